/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the oracle believes of a connection: its own account in 64-bit positions, where every number
 * that the wire leaves open is kept as a pair or a set. The rows read it; only model*.c write it.
 */
#ifndef HARNESS_ORACLE_MODEL_H
#define HARNESS_ORACLE_MODEL_H

#include "oracle/oracle.h"
#include "oracle/spans.h"

/** Added to every time that comes in, so that 0 can mean never. */
#define ORIGIN      1ull
#define MS          1000000ull
#define SECOND      1000000000ull
#define JIFFY       (4 * MS)       /* of the slowest Linux the real clock meets */
#define R2_TEXT     (100 * SECOND) /* RFC 9293, 3.8.3 (SHLD-11) */
#define R2_SYN      (180 * SECOND) /* the same (MUST-23) */
#define PROBE_LIMIT (120 * SECOND)
#define TS_IDLE     (24ull * 86400 * SECOND) /* RFC 7323, 5.5 */

enum phase { PHASE_NONE, PHASE_SYN_SENT, PHASE_SYN_RECEIVED, PHASE_OPEN };

/** What a delivered segment is to the stack (ORACLE, definition 2). None of these: "either". */
enum taken {
    TAKEN_BROKEN = 1 << 0,   /* checksum, offset or length: nobody may look at it */
    TAKEN_NOT = 1 << 1,      /* surely not takable */
    TAKEN_COUNTS = 1 << 2,   /* its ACK and window count at once (every-window-honoured) */
    TAKEN_SURE = 1 << 3,     /* surely takable, text included */
    TAKEN_HONOURED = 1 << 4, /* its text lies in a window that was offered */
    TAKEN_OUT = 1 << 5,      /* begins above RCV.NXT */
    TAKEN_AT_NXT = 1 << 6,   /* text at RCV.NXT in an offered window, delivered before or not */
};

/** Why a connection may lawfully end (ORACLE, section 3). */
enum cause {
    CAUSE_RST = 1 << 0,
    CAUSE_SYN = 1 << 1,
    CAUSE_ICMP = 1 << 2,
    CAUSE_OPTION = 1 << 3, /* illegal option length, MUST-7 */
    CAUSE_ABORT = 1 << 4,
    CAUSE_CLOSE_UNREAD = 1 << 5,
    CAUSE_MEMORY = 1 << 6,
    CAUSE_HANDSHAKE = 1 << 7, /* SYN-RECEIVED: timed out, refused, backlog full */
    CAUSE_R2 = 1 << 8,
    CAUSE_USER_TIMEOUT = 1 << 9,
    CAUSE_KEEPALIVE = 1 << 10,
    CAUSE_ORPHAN = 1 << 11, /* FIN-WAIT-2 or zero window without an owner */
    CAUSE_CLOSED = 1 << 12, /* both FINs acknowledged: an end like any other */
    CAUSE_FROZEN = 1 << 13,
};

/** A SYN that was delivered and may be the one that opened the connection. */
struct syn_seen {
    uint32_t seq;
    uint32_t len;
    uint16_t window;
    bool has_ack, fin;
    struct wire_options opt;
};

/** One reading of SND.WL1, SND.WL2 and the edge they stand for. */
struct window_seen {
    int64_t wl1, wl2, edge, wnd;
};

struct in_flight {
    int64_t from, to;
    uint64_t first;
    unsigned resent; /* of the model, as it was then */
    bool again;
};

struct ts_sent {
    uint32_t val;
    uint64_t time;
};

/** What the application set, of a connection or for those that a listener will bring. */
struct settings {
    uint64_t user_timeout, keepalive_idle;
    bool keepalive, linger0;
    bool keepalive_once; /* the application lets one unanswered keep-alive end it */
};

enum { SYNS = 6, WINDOWS = 8, FLIGHT = 16, TS_SENT = 16, TS_RECENT = 8, FINS = 4, REPEATS = 3 };

/** What happened since the last delivery, until time moves: the place where answers are counted. */
struct answering {
    unsigned injected;
    bool called; /* the application called in between */
    bool filled_hole;
    unsigned acks; /* segments with the ACK bit, RSTs excepted */
    unsigned empty_acks, rsts;
    unsigned n;
    struct span sent[6];
    bool last[6]; /* of those, which ended where all that was sent by then does */
    size_t index;   /* the event of the delivery */
    uint16_t flags; /* of what was delivered, and where */
    int64_t seq, end, text_end;
    uint32_t raw_ack, raw_end;
    unsigned taken;
    /* an answer that is owed */
    const char *owed; /* its clause, or NULL */
    const char *owed_why;
    uint8_t owed_row;
    enum oracle_level owed_level;
    size_t owed_index;
    bool owed_rst, owed_ack; /* which kinds of answer will do */
    bool owed_if_read;       /* only if the application read beyond it */
    bool silent;             /* nothing at all may be said */
};

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order of what it is about */
struct model {
    bool bound;
    struct wire_addr stack, tester;
    enum phase phase;
    bool active, accepted, muddled;
    bool iss_set, irs_set;
    bool crossed;    /* SYNs crossed, and a SYN,ACK has acknowledged the stack's (RFC 9293, 3.5) */
    bool syn_text;   /* the tester's SYN carried text or FIN, which may be taken or not */
    bool irs_unseen; /* the stack acknowledged a SYN that was never delivered */
    uint32_t iss, irs;
    struct wire_options stack_opt;
    bool stack_accecn, tester_accecn;
    unsigned n_syn;
    /* agreed in the SYNs; where delivered SYNs differ, the connection is `muddled` */
    bool ts, wscale, sack;
    uint8_t rcv_shift, snd_shift;
    uint16_t peer_mss; /* 0: no option */

    /* the stack as receiver */
    int64_t acked, run, nxt_lo;
    int64_t edge, max_edge, wnd_largest;
    unsigned held; /* segments delivered above a hole since there was none */
    int64_t fin[FINS];
    unsigned n_fin;
    bool fins_any;
    int64_t text_end; /* furthest octet of text delivered inside an offered window */
    bool retracted;
    int64_t refused_at; /* text at RCV.NXT that was answered by an ACK at its own start */
    unsigned refused;
    int64_t offered_from, offered_to; /* such text, delivered in this instant */
    uint64_t wait_since;              /* an in-order octet waits for its ACK since then; 0: none */
    int64_t wait_from, wait_to;
    bool wait_warned;
    uint64_t quiet_ack; /* when an out-of-window segment last drew (or was owed) an ACK */

    /* timestamps */
    uint32_t recent[TS_RECENT];
    unsigned n_recent;
    bool recent_any;
    uint64_t recent_time;
    uint32_t shadow_ts;
    bool shadow_ts_set;
    const char *shadow_clause; /* why the newest of those was not to be taken */
    int64_t last_ack;
    uint32_t ts_val;
    bool ts_val_set;

    /* the stack as sender */
    int64_t snd_max, una_lo, una_hi, una_sure;
    int64_t una_judged; /* una_sure as it was before what a real clock may still have in flight */
    uint64_t una_judged_at;
    int64_t una_honoured;
    int64_t held_ack, held_from; /* ACK of honoured text above a hole */
    int64_t shadow_edge, edge_max, limit_before;
    uint64_t limit_until;
    unsigned n_win;
    bool win_any;     /* there was no room for a reading, */
    int64_t win_lost; /* and this was the newest SND.WL1 of those */
    int64_t max_wnd;
    int64_t fin_sent;
    uint64_t tx_error; /* when a sending last failed; 0: never */

    /* time */
    unsigned resent; /* how often something was sent again */
    unsigned n_flight;
    unsigned n_ts_sent;
    uint32_t ts_first;
    uint64_t start, last_injected, last_taken, progress, una_sent, flight_since;
    uint64_t unsure_since; /* what may be unacknowledged is so, or was queued, since then */
    uint64_t doubt_since;  /* sending of what an ACK that may not have been taken acknowledged; 0 */
    uint64_t queued_since; /* text or FIN waits or is unacknowledged since then; 0: none */
    uint64_t rtt_max, srtt, rttvar;
    bool sampled, rto_unknown, syn_repeated;
    size_t una_index, injected_index; /* events: the sending of SND.UNA, the newest delivery */
    unsigned timeouts;
    int64_t recover; /* SND.NXT may stand anywhere while SND.UNA is below it: SND.MAX at a repeat */
    unsigned dups;   /* duplicate ACKs of SND.UNA that surely count */
    int64_t sacked_from, sacked; /* what the newest of them reported */
    bool reordered;              /* SACKs told of something that is not a plain loss, once */
    int64_t lost_of;  /* what was in flight at a fast retransmit; 0: no such recovery goes on */
    int64_t deflated; /* what may be in flight after it, until the next delivery; 0: all */
    bool by_timer;    /* the newest repeat: nothing had been delivered since the sending before */
    int64_t burst;    /* octets of text sent since, with nothing delivered */
    uint64_t repeat[REPEATS];
    unsigned n_repeat;
    uint64_t probe[2];     /* when empty probes of a closed window went out, the newest first, */
    unsigned probe_stirs;  /* and `stirs` then: answers that change nothing do not count */
    unsigned stirs;        /* how often something was delivered or called, */
    unsigned repeat_stirs; /* as it was at the last repeat */
    uint64_t flight_sent;  /* when text or control last went out */
    uint64_t queued_at;    /* when the application last gave text, closed, or set an option */
    uint64_t tail_probe; /* when one went out since SND.UNA was last sent (RFC 8985, 7); 0: never */
    uint64_t last_gap;
    uint64_t obliged; /* when something that obliges an answer last went out, nothing in flight */
    bool probed;      /* a probe into a closed window since the last progress */
    unsigned keepalives; /* unanswered */
    bool zero_text;      /* text went beyond a zero window in this instant */

    /* the application */
    int64_t app_sent, app_read;
    bool reading, eof, shutdown, closed, aborted;
    bool lost_unread; /* CLOSE in this instant threw away what it had acknowledged */
    bool told_error;
    struct settings set;
    int64_t read_mark;     /* octets read when the last ACK was sent */
    bool resized;          /* its buffer, or its largest segment, since the SYN */
    uint64_t unread_since; /* acknowledged octets wait for a willing reader */

    /* what the tester's end of the link got */
    int64_t arrived;
    unsigned n_pending;
    struct span pending[8];

    /* the end */
    unsigned causes;     /* enum cause */
    uint64_t cause_time; /* of the newest */
    uint64_t reset_at;   /* when a RST came that no reading lets be passed over; 0: never */
    bool ended, rst_sent, frozen, was_frozen;
    uint64_t both_closed; /* when both FINs were acknowledged; 0: not yet */
    bool closed_first;    /* its FIN went out before the tester's came: TIME-WAIT is its own */
    bool alloc_fault;
    uint64_t told; /* rows that spoke in this episode */
    struct answering now;

    /* these are large, and empty by their count alone: model_begin */
    struct syn_seen syn[SYNS];
    struct window_seen win[WINDOWS];
    struct in_flight flight[FLIGHT];
    struct ts_sent ts_sent[TS_SENT];
    struct spans poss, shadow;
    struct spans arrived_out;
};

/** What is being looked at. Rows run before the model takes it in. */
enum when {
    ON_SENT = 1,
    ON_INJECTED = 2,
    ON_CALL = 4,
    ON_QUIET = 8,
    ON_TIME = 16,
    ON_SYN = 32,
    ON_OCTETS = 64 /* sent, with SEG.LEN > 0: to the row it is ON_SENT */
};
enum { WHENS = 6 };

struct moment {
    enum when when;
    const struct trace_event *ev;
    const struct wire_seg *seg;
    size_t index;
    unsigned conn;
    uint64_t now, deadline;
    uint16_t flags;
    int64_t seq, ack, end; /* positions; end = seq + SEG.LEN */
    int64_t text;          /* where the text begins: after the SYN */
    unsigned taken;        /* enum taken, on ON_INJECTED */
};

enum { BREACHES = 32 };

/** The rows that look at one kind of moment, in their order. */
struct looking {
    unsigned n;
    void (*row[64])(struct oracle *o, struct model *m, const struct moment *at);
};

struct oracle {
    struct looking look[WHENS]; /* by the number of the bit in `enum when` */
    struct looking look_octets; /* ON_SENT and ON_OCTETS, in the order of the rows */
    struct oracle_config config;
    const struct trace *trace;
    uint64_t now;
    bool blind; /* a fragment was delivered: what the stack got is unknown; or KEY_MTU_FLOOR */
    bool alloc_fault;
    struct settings handed; /* by the listener, to what comes */
    size_t n_breaches;
    struct oracle_breach breaches[BREACHES];
    struct model model[TRACE_CONNS];
};

/* model.c */
void model_begin(struct model *m, const struct trace_flow *flow);
/** The tester's SYN that RAW_ACK acknowledges, or NULL; it decides IRS and what was agreed. */
const struct syn_seen *model_syn(const struct model *m, uint32_t raw_ack);
/** Whether a SYN of the stack begins another connection: another ISS, or it answers another SYN. */
bool model_begins(const struct oracle *o, const struct model *m, const struct moment *at);
/** Another connection between the same two, with what was SET. */
void model_renew(struct model *m, uint64_t now_is, const struct settings *set);
/** What a segment of the stack says of the handshake; comes before the rows look at it. */
void model_handshake(const struct oracle *o, struct model *m, const struct moment *at);
void model_sent(struct oracle *o, struct model *m, const struct moment *at);
void model_lost(struct model *m, const struct moment *at);
void model_quiet(struct oracle *o, struct model *m, const struct moment *at);
void model_take_fin(struct model *m, int64_t pos);
/** Both FINs may have been acknowledged by now: TIME-WAIT may count from here. */
void model_closed(struct model *m, uint64_t now);
/* model_call.c */
void model_call(struct oracle *o, struct model *m, const struct moment *at);
/** An option set on the listener is that of each connection it brings from then on. */
void model_handed_on(struct oracle *o, const struct trace_event *ev);
bool call_ends(int64_t result);
/* model_receive.c */
void model_injected(struct oracle *o, struct model *m, const struct moment *at);
void model_icmp(struct oracle *o, const struct trace_event *ev);
/* classify.c */
unsigned classify(const struct oracle *o, const struct model *m, const struct moment *at);
/** No window that the stack may ever have offered reaches farther than this position. */
int64_t model_beyond(const struct model *m);
/* model_time.c */
void model_flight(struct model *m, const struct moment *at);
void model_doubt(struct model *m, const struct moment *at);
void model_progress(struct model *m, const struct moment *at, int64_t una);
void model_repeat(struct model *m, const struct moment *at);
uint64_t model_rto(const struct oracle *o, const struct model *m);
uint64_t model_late(const struct oracle *o, const struct model *m);
/* answers.c: what the model says, for rows */
unsigned model_silent_causes(const struct oracle *o, const struct model *m, uint64_t now);
/** Something was delivered or called since the octet at SND.UNA last went out again. */
bool model_stirred(const struct model *m);
bool model_waiting(const struct model *m);
bool model_zero_window(const struct model *m);
bool model_maybe_shut(const struct model *m, int64_t pos);
int64_t model_limit(const struct model *m);
unsigned model_causes(const struct oracle *o, const struct model *m, uint64_t now);
const char *model_state(const struct model *m);

static inline bool ts_older(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

/** A fault is in force: claims about answers are suspended (ORACLE, definition 4). */
static inline bool model_fault(const struct oracle *o, const struct model *m, uint64_t now)
{
    return m->frozen || o->alloc_fault || (m->tx_error != 0 && now - m->tx_error < SECOND);
}

/** The application that makes the calls is that of this connection. */
static inline bool model_owned(const struct model *m)
{
    return m->accepted || m->active;
}

/** The handshake is over for the stack, and its application knows. */
static inline bool model_open(const struct model *m)
{
    return m->phase == PHASE_OPEN && (m->accepted || m->active) && !m->ended;
}

/** Nothing has happened that may have ended the connection. */
static inline bool model_alive(const struct model *m)
{
    return m->iss_set && !m->ended && !m->frozen && m->causes == 0;
}

/** The stack has acknowledged a FIN of the tester. */
static inline bool model_fin_taken(const struct model *m)
{
    for (unsigned i = 0; i < m->n_fin; i++) {
        if (m->acked > m->fin[i]) {
            return true;
        }
    }
    return m->eof;
}

static inline bool model_drained(const struct model *m)
{
    return m->app_read + 1 + (m->eof ? 1 : 0) >= m->acked || model_fin_taken(m);
}

/** The stack's own FIN may have been acknowledged. */
static inline bool model_fin_acked(const struct model *m)
{
    return m->fin_sent >= 0 && m->una_hi > m->fin_sent;
}

/** Something is surely not acknowledged yet. */
static inline bool model_in_flight(const struct model *m)
{
    return m->iss_set && m->una_hi < m->snd_max;
}

/** So long after the stack's last TSval that its clock may have turned its sign: RFC 7323, 5.5. */
static inline bool ts_turned(const struct model *m, uint64_t now)
{
    return m->n_ts_sent > 0 && now - m->ts_sent[m->n_ts_sent - 1].time >= TS_IDLE;
}

/** The most text that a segment of the stack may carry, options not counted. */
static inline int64_t model_mss(const struct model *m)
{
    int64_t mss = m->peer_mss > 0 ? m->peer_mss : m->stack.family == 6 ? 1220 : 536; /* MUST-15 */
    return mss < 64 ? 64 : mss;
}

/** SND.WND and RCV.WND of a segment, in octets. */
static inline int64_t window_of(const struct wire_seg *seg, unsigned shift)
{
    return (int64_t)seg->window << ((seg->flags & WIRE_SYN) ? 0 : shift);
}

#endif
