/* SPDX-License-Identifier: BSD-2-Clause */
/* Private to the player: what one running case is made of. */
#ifndef HARNESS_PLAYER_RUN_H
#define HARNESS_PLAYER_RUN_H

#include "player/player.h"

#define MS     1000000ull
#define SECOND (1000 * MS)

enum {
    PACKET_MAX = 65536 + 64,
    TRANSIT_MAX = 4096, /* packets on the link at once */
    WATCH_MAX = SCN_TOGETHER_MAX,
    SPANS_MAX = 64,      /* runs of octets beyond a hole */
    SPIN_MAX = 100000,   /* rounds of work at one instant before the stack is said to run wild */
    EVENTS_MAX = 400000, /* events of one case, if the options do not say */
    YEARS_MAX = 100,     /* of one case */
    TESTER_TS_START = 1000000,
};

/** Runs of octets, sorted and apart: lo <= position < hi. */
struct spans {
    struct {
        int64_t lo, hi;
    } at[SPANS_MAX];
    unsigned n;
};

/** The peer that the harness plays, for one connection. Positions as in the trace. */
struct tester {
    bool open;  /* the flow has been declared */
    bool based; /* `base` has been compared with what the stack acknowledged */
    uint32_t isn;
    int64_t base;       /* of the SYN that the stack took: 0, unless it was not at `isn` */
    int64_t nxt;        /* next position to send: tester.nxt */
    int64_t ack;        /* next position of the stack's stream waited for: tester.ack */
    int64_t fin_at;     /* where the stack's FIN stands, or -1 */
    int64_t own_fin;    /* where the tester's own FIN stands, or -1 */
    int64_t win;        /* octets offered */
    uint32_t ts_recent; /* newest TSval of the stack */
    bool auto_ack;
    uint8_t every;
    struct scn_segment auto_seg;
    unsigned unacked; /* segments with text not acknowledged yet */
    uint64_t ack_due; /* when a delayed acknowledgment is due */
    bool refresh;     /* something came that obliges an answer though it moved nothing */
    bool passive;     /* closing phase A: answers whatever asks */
    bool tells;       /* and tells its window from ahead too, once the stack has answered */
    int64_t tells_from;
    /* these are large, and empty by their count alone: tester_fresh */
    struct spans ahead; /* sent beyond `nxt`, waiting for what lies between */
    struct spans held;  /* received beyond `ack` */
};

/** The application above the stack, for one connection. */
struct app {
    int handle;     /* of the connection, -1: none yet */
    bool opened;    /* by connect */
    bool connected; /* was told that the open succeeded */
    uint8_t life;   /* of what it accepted: the incarnation of the flow then */
    bool accepted;
    bool reader, eof, shut, closed;
    bool want_shutdown, want_close;
    bool urgent_seen;
    bool frozen;  /* by checkpoint: no call is made until restore */
    bool refused; /* a SEND after the end of its sending side was refused */
    int error;
    int64_t want;       /* octets the scenario gave it to send, in all */
    int64_t taken;      /* octets the stack took */
    int64_t urgent_end; /* the octet before this position of the stream is urgent; -1: none */
    int64_t read;
    int64_t read_quota; /* without a reader: octets still to be read by `read` */
};

/** Text of an application's stream, made already: octets lo to hi. */
struct made {
    unsigned conn;
    int64_t lo, hi;
    uint8_t text[PACKET_MAX];
};

struct direction {
    int64_t pass, drop, duplicate, reorder, tx_error;
    uint64_t delay;
    unsigned loss; /* per mille */
};

struct transit {
    uint64_t due;
    size_t event;      /* of the trace: the packet */
    int64_t overtaken; /* > 0: held back until so many others have passed */
    bool from_stack;
};

enum watch_state { WATCH_OPEN, WATCH_MET, WATCH_BROKEN };

/** One observation under way. */
struct watch {
    const struct scn_step *step;
    uint64_t begin, end;    /* trace time; `end` of an expect counts, of a never does not */
    size_t cursor;          /* next event to look at */
    struct scn_pattern see; /* its numbers worked out when the observation began */
    enum watch_state state;
    bool weighed;  /* broken, and the verdict knows */
    size_t event;  /* that decided, or SIZE_MAX */
    uint8_t phase; /* alive: 0 watching, 1 poked */
    unsigned poke_conn;
    int64_t poke_ack; /* what the stack had acknowledged then */
};

enum flow_control { GO_ON, STOP }; /* STOP: the verdict stands */

struct player {
    struct player_options options;
    const struct tcpassay_stack *s;
    void *stack;
    struct tcpassay_facts facts;
    struct {
        bool connect, set_iss, ipv6, rfc5961, rfc5961_5;
    } can; /* asked once, when the stack is opened */
    struct tcpassay_open how;
    bool forgotten; /* player_forget() made the stack fresh, for the seed in `how` */
    bool attached, real, dirty;
    bool in_group, alloc_fails, fault_on;
    int schedstat; /* where the system tells the process that attached the stack of `held_up` */
    struct trace *trace;
    struct oracle *oracle;
    uint64_t t0, now; /* of the stack's clock */
    uint64_t held_up; /* real clock: ns without a processor until the last look */
    uint64_t random;  /* state of the case's own generator */
    uint64_t serial;  /* of the case, for fresh addresses */
    uint64_t seed;    /* of the case */
    const struct scn *scn;
    struct tester tester[TRACE_CONNS];
    struct app app[TRACE_CONNS];
    unsigned conns; /* none at or above this one is open */
    int listener;
    uint16_t listen_port;
    bool auto_accept;
    struct direction link[2]; /* [1]: from the stack */
    struct transit *transit;
    size_t transits;
    uint16_t step_now;   /* for the trace */
    size_t cursor;       /* where the next observation begins */
    uint64_t group_time; /* when the last group of stimuli began */
    size_t stale_event; /* the last ACK before the fault began */
    int64_t bound[SCN_BOUND_MAX];
    bool bound_is_time[SCN_BOUND_MAX];
    struct player_result result;
    size_t breaches_seen; /* of the oracle, by `content_with` */
    bool wild; /* nothing moves any more: the stack does not come to rest, `endless`, `content` */
    bool endless; /* the case takes too many events, or too long, to be judged */
    bool content; /* it has shown what it may end with */
    char content_with[PLAYER_SIGNATURE]; /* "": nothing */
    unsigned spins;
    struct scn *stimulus;
    uint64_t stimulus_time;
    uint8_t image[131072]; /* of a checkpoint */
    size_t image_len;
    unsigned image_conn; /* whose it is */
    uint8_t packet[PACKET_MAX], text[PACKET_MAX];
    struct made made;
    uint8_t last[PACKET_MAX]; /* of all: behind it lies what a sanitizer watches (link.c) */
};

/* What hostile input may make of a number, so that sums of several do not overflow. */
#define NUMBER_MAX (INT64_C(1) << 58)

/* pump.c: the stack, the link and the clock */
uint64_t run_time(const struct player *p);          /* trace time */
void run_settle(struct player *p);                  /* work until nothing more happens now */
uint64_t run_quiet(struct player *p);               /* all is said for now; the next deadline */
void run_advance(struct player *p, uint64_t until); /* one move of time, then settle */
void run_wait(struct player *p, uint64_t duration);
void run_event(struct player *p, const struct trace_event *e); /* show it to the oracle */
uint64_t run_random(struct player *p);
void run_port_broken(struct player *p, const char *what);   /* by the adapter: the case ends */
uint64_t run_widen(const struct player *p, uint64_t limit); /* an upper limit, by tick and slack */

/* link.c */
void link_from_tester(struct player *p, const void *packet, size_t len);
void link_from_stack(struct player *p, size_t event);
bool link_deliver_due(struct player *p);
uint64_t link_next(const struct player *p);
void link_heal(struct player *p);
void link_set(struct player *p, const struct scn_step *step);

/* fault.c */
size_t fault_output(struct player *p, uint8_t *packet, size_t len, size_t cap);

/* tester.c */
/** As if it had never been used. */
void tester_fresh(struct tester *t);
void tester_open(struct player *p, unsigned conn, bool passive);
void tester_send(struct player *p, unsigned conn, const struct scn_segment *seg);
/** The stack took a SYN that stood elsewhere than declared: the stream counts from there. */
void tester_rebase(struct player *p, unsigned conn);
void tester_stand_by_acks(struct player *p, unsigned conn);
void tester_tell_window(struct player *p, unsigned conn, int64_t from);
void tester_receive(struct player *p, const struct trace_event *e);
uint64_t tester_next(const struct player *p);
bool tester_react(struct player *p);
void tester_plain(struct scn_segment *seg, uint16_t flags); /* a segment with all defaults */
uint32_t tester_ts(const struct player *p, unsigned conn);
const struct trace_flow *tester_flow(const struct player *p, unsigned conn);

/* values.c */
uint64_t duration_of(struct player *p, unsigned conn, const struct scn_expr *e);
int64_t value_of(struct player *p, unsigned conn, const struct scn_expr *e);
bool range_holds(struct player *p, unsigned conn, const struct scn_range *r, bool present,
                 int64_t value);

/* app.c */
void app_fresh(struct player *p, unsigned conn); /* that has made no call yet */
bool app_work(struct player *p);
const char *app_error(int error); /* words for a TCPASSAY_E* */
enum flow_control app_do(struct player *p, const struct scn_step *step);
bool app_is_claim(uint8_t what);
enum watch_state app_claim(struct player *p, const struct scn_step *step);
void app_heal(struct player *p);
int app_listen(struct player *p, int backlog);
int app_connect(struct player *p, unsigned conn);

/* given.c */
enum flow_control given_reach(struct player *p);

/* observe.c */
enum flow_control observe(struct player *p, const struct scn_step *const *steps, unsigned n);
int observe_first(struct player *p, const struct scn_step *const *steps, unsigned n,
                  struct watch *watches); /* index of the first that held, or -1 */
bool pattern_matches(struct player *p, unsigned conn, const struct scn_pattern *see,
                     const struct trace_event *e);

/* steps.c */
enum flow_control steps_play(struct player *p, int16_t first);
void stimulus_begin(struct player *p, const struct scn_step *step);
void stimulus_time(struct player *p);

/* closing.c */
void closing_check(struct player *p);

/* verdict.c */
enum flow_control verdict_decide(struct player *p, enum verdict v, const struct scn_step *step,
                                 const char *format, ...) __attribute__((format(printf, 4, 5)));
enum flow_control verdict_broken(struct player *p, const struct watch *w);
void verdict_held(struct player *p, const struct scn_step *step);
void verdict_finish(struct player *p);

#endif
