/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scenario: what the tester sends, what the application calls, what the link does, how time
 * passes, and what is expected. YAML rules and fuzz bytes are both read into this, and the player
 * plays nothing else. specs/README.md describes the YAML form of everything here.
 *
 * Steps live in one array; `next` is the following sibling and `child` the first child, by index,
 * -1 for none. A scenario holds no pointers into itself, so it can be reused without allocating.
 */
#ifndef HARNESS_SCENARIO_H
#define HARNESS_SCENARIO_H

#include "tcpassay/stack.h"
#include "wire/wire.h"

#define SCN_FOREVER UINT64_MAX

/* ---- expressions: a sum of up to three terms, as `RCV.EDGE - 1` or `2 * rto + tick` ---- */

enum scn_var {
    SCN_NUMBER, /* a plain number, or a duration in ns */
    SCN_ISS,    /* 0 in the stack's stream */
    SCN_SND_UNA,
    SCN_SND_NXT,
    SCN_SND_WND, /* what the tester offers now, in octets */
    SCN_IRS,     /* 0 in the tester's stream */
    SCN_RCV_NXT,
    SCN_RCV_WND,
    SCN_RCV_EDGE,
    SCN_RCV_MAX,
    SCN_TS_RECENT,    /* what the stack echoes: a raw 32-bit value */
    SCN_TESTER_NXT,   /* next position the tester would send */
    SCN_TESTER_ACK,   /* next position of the stack's stream the tester waits for */
    SCN_TESTER_TS,    /* TSval of the tester's clock now */
    SCN_TESTER_TSECR, /* newest TSval of the stack */
    SCN_MSS,          /* the MSS the tester announced */
    SCN_STACK_MSS,    /* the MSS the stack announced */
    SCN_RTO,          /* the largest lawful RTO by the harness's own estimate */
    SCN_TICK,
    SCN_MSL,
    SCN_BOUND, /* a value bound by an earlier step: `index` */
};

struct scn_term {
    int64_t number; /* the value of SCN_NUMBER, else the factor */
    uint8_t var;    /* enum scn_var */
    uint8_t index;
};
enum { SCN_TERMS = 3 };
struct scn_expr {
    uint8_t n; /* 0: left out */
    struct scn_term term[SCN_TERMS];
};

/** What a field of an expected segment may be. */
enum scn_range_kind { SCN_DONT_CARE, SCN_ANY, SCN_NONE, SCN_IS, SCN_FROM_TO };
struct scn_range {
    uint8_t kind;
    struct scn_expr lo, hi; /* SCN_IS: lo; SCN_FROM_TO: both ends count, either may be left out */
};

/* ---- a segment to send ---- */

enum scn_ts { SCN_TS_AUTO, SCN_TS_NONE, SCN_TS_SET };
enum scn_to { SCN_TO_STACK, SCN_TO_BROADCAST, SCN_TO_MULTICAST };

struct scn_segment {
    uint16_t flags;                 /* enum wire_flag */
    struct scn_expr seq;            /* left out: tester.nxt */
    struct scn_expr ack;            /* left out: tester.ack, or 0 without the ACK flag */
    struct scn_expr data;           /* octets of text, those of the stream at seq */
    struct scn_expr win;            /* octets offered; the tester scales it. Left out: as before */
    bool raw_win;                   /* `win` is the 16-bit field itself */
    struct scn_expr urg;            /* urgent pointer field, with the URG flag */
    uint8_t ts;                     /* enum scn_ts; AUTO: present if agreed (or offered in a SYN) */
    struct scn_expr ts_val, ts_ecr; /* left out: tester's clock, newest TSval of the stack */
    int32_t mss, wscale;            /* option value, -1: none, -2: as the set-up says (SYN only) */
    int8_t sack_ok;                 /* 1, 0, or -2 as the set-up says */
    uint8_t raw_options[WIRE_OPTIONS_MAX];
    uint8_t raw_options_len; /* > 0: these go behind the ones above */
    bool only_raw;           /* and the ones above are left out */
    struct wire_twist twist;
    uint8_t ecn;    /* codepoint of the IP header (RFC 3168, 5), 0 to 3 */
    uint8_t to;     /* enum scn_to */
    uint16_t count; /* how many, one behind the other; 0 means 1 */
    bool junk;      /* text that is not the stream's (each octet turned) */
    uint8_t sacks;  /* numbers in `sack`, two for each block; the others hold anything */
    struct scn_expr sack[2 * WIRE_SACK_MAX]; /* left edge, right edge, …; counted as `ack` is */
};

/* ---- a segment to wait for ---- */

struct scn_pattern {
    bool any_flags; /* flags do not matter */
    uint16_t flags; /* the flags of `mask` must be these */
    uint16_t mask;
    struct scn_range seq, ack, win, len, mss, wscale, sack_ok, ts, ts_val, ts_ecr, urg;
    struct scn_range sack;                  /* number of SACK blocks */
    struct scn_range sack_left, sack_right; /* the edges of the first, counted as `ack` is */
    struct scn_range ecn;                   /* codepoint of the IP header */
    struct scn_range raw_seq;               /* SEG.SEQ as on the wire, modulo 2^32 */
    bool probe;             /* any shape of a window probe or keep-alive; `player` says which */
    struct scn_expr upto;   /* every octet before it has arrived (cumulative, not this segment) */
    struct scn_expr from;   /* the segment carries the octet at it */
    struct scn_expr beyond; /* the segment carries an octet at or after it */
};

/* ---- the application ---- */

enum scn_app {
    SCN_APP_LISTEN, /* number: backlog */
    SCN_APP_CONNECT,
    SCN_APP_ACCEPT,
    SCN_APP_SEND,   /* number: octets, queued as fast as the stack takes them */
    SCN_APP_URGENT, /* the same, the last octet being urgent */
    SCN_APP_READER, /* number: 1 drains as octets come, 0 stops reading */
    SCN_APP_READ,   /* number: read this many octets and no more */
    SCN_APP_SHUTDOWN,
    SCN_APP_CLOSE,
    SCN_APP_ABORT,
    SCN_APP_SETOPT, /* option, number */
    SCN_APP_CHECKPOINT,
    SCN_APP_RESTORE,
    SCN_APP_ALLOC_FAIL, /* number */
    SCN_APP_MTU,        /* number */
    /* claims: each waits at most `within` (at once if left out) */
    SCN_APP_RECEIVED,    /* number: exactly so many octets have been read in all */
    SCN_APP_EOF,         /* the end of the stream was told */
    SCN_APP_CONNECTED,   /* the open succeeded */
    SCN_APP_ACCEPTED,    /* a connection could be accepted */
    SCN_APP_ERROR,       /* number: the error (enum tcpassay_err) the application is told; 1: any */
    SCN_APP_NO_ERROR,    /* none was told */
    SCN_APP_URGENT_SEEN, /* it was told of urgent data */
    SCN_APP_ACKED,       /* number: so many octets were reported as acknowledged */
    SCN_APP_SENT,        /* number: the stack has taken so many octets in all */
};

/* ---- the link ---- */

enum scn_link {
    SCN_LINK_DROP,      /* number: the next N packets are lost */
    SCN_LINK_PASS,      /* number: the next N pass, then the drops begin (set before DROP) */
    SCN_LINK_DELAY,     /* number: ns each packet takes */
    SCN_LINK_LOSS,      /* number: per mille lost, by the seed */
    SCN_LINK_DUPLICATE, /* number: the next N arrive twice */
    SCN_LINK_REORDER,   /* number: the next packet is held back behind N others */
    SCN_LINK_TX_ERROR,  /* number: the next N sendings of the stack fail (tx_done) */
    SCN_LINK_HEAL,      /* no fault any more */
};

/* ---- steps ---- */

enum scn_op {
    SCN_APP,
    SCN_SEND,
    SCN_EXPECT, /* also reach and eventually: `role` */
    SCN_NEVER,
    SCN_TOGETHER, /* children, watched at once */
    SCN_ONE_OF,   /* children are SCN_GROUPs; the first whose first step holds is gone through */
    SCN_GROUP,    /* children, in order */
    SCN_REPEAT,   /* number times the children, in order */
    SCN_ALIVE,
    SCN_AUTO_ACK,
    SCN_ANSWER,
    SCN_LINK,
    SCN_WAIT,
    SCN_RECORD,
    SCN_ICMP,
    SCN_FILL, /* `what`: enum scn_fill; number: octets a segment; seg.count: at most so many */
    SCN_SKIP_UNLESS, /* `what`: enum scn_condition; else the case is SKIP for `otherwise_why` */
};
enum scn_fill { SCN_FILL_FULL, SCN_FILL_RETRACTED };
enum scn_condition { SCN_IF_RETRACTED, SCN_IF_WSCALE, SCN_IF_TS, SCN_IF_SACK };
enum scn_role {
    SCN_CLAIM, /* fails the rule by its clause's level */
    SCN_REACH, /* sets the scene: INCONC when it does not come */
};
enum scn_alive { SCN_ALIVE_CONNECTION, SCN_ALIVE_LISTENER };
enum scn_answer {
    SCN_ANSWER_PROBES,
    SCN_ANSWER_SYN,
    SCN_ANSWER_FIN,
    SCN_ANSWER_DATA,
    SCN_ANSWER_ALL
};
enum scn_gaps { SCN_GAPS_FREE, SCN_GAPS_NON_DECREASING, SCN_GAPS_DOUBLING };
enum scn_field { /* of the segment (or the moment) that a step met, for `bind` */
                 SCN_F_SEQ,
                 SCN_F_ACK,
                 SCN_F_WIN,
                 SCN_F_LEN,
                 SCN_F_TS_VAL,
                 SCN_F_TS_ECR,
                 SCN_F_MSS,
                 SCN_F_WSCALE,
                 SCN_F_ELAPSED,
                 SCN_F_URG,
                 SCN_F_RAW_SEQ,
                 SCN_F_VALUE /* of `bind_value` */
};
enum scn_else { SCN_ELSE_NONE, SCN_ELSE_SKIP, SCN_ELSE_INCONC, SCN_ELSE_PASS };

enum { SCN_CLAUSES = 4, SCN_BINDS = 2, SCN_BOUND_MAX = 8 };

struct scn_bind {
    uint8_t index; /* of the bound value */
    uint8_t field; /* enum scn_field */
    struct scn_expr value;
};

struct scn_step {
    uint8_t op, role;
    uint8_t conn; /* 0 'a' … TRACE_CONNS - 1 */
    int16_t next, child;
    uint16_t line, column;           /* in the rule file, 0 from bytes */
    uint16_t label;                  /* as people count: 1, 2, 3; a child has its parent's */
    const char *clause[SCN_CLAUSES]; /* ids; none: the rule's own */
    const char *say, *note;          /* for people, or NULL */
    const char *as;                  /* the name of a branch of one-of */
    struct scn_expr within, dur;     /* limit, and `for` */
    uint8_t otherwise;               /* enum scn_else */
    const char *otherwise_why;
    struct scn_expr number; /* app, link, repeat, wait, record, icmp (what it quotes) */
    uint8_t what;           /* enum scn_app, scn_link, scn_alive or scn_answer */
    uint8_t option;         /* enum tcpassay_option */
    bool from_stack;        /* link: which direction */
    bool off;               /* auto-ack: off */
    uint8_t every;          /* auto-ack: each so-manieth segment; 0 means 1 */
    uint8_t gaps;           /* enum scn_gaps */
    const char *name;       /* record */
    uint8_t icmp_type, icmp_code;
    uint32_t icmp_info;
    uint8_t binds;
    struct scn_segment seg; /* send, auto-ack, answer, fill */
    /* The rest is large and of observations alone; in a send, app, wait, link,
     * auto-ack, icmp or fill it holds anything. */
    struct scn_bind bind[SCN_BINDS];
    struct scn_pattern see; /* expect, never, alive */
};

/* ---- set-up ---- */

enum scn_state { /* RFC 9293, 3.3.2, in its order */
                 SCN_CLOSED,
                 SCN_LISTEN,
                 SCN_SYN_SENT,
                 SCN_SYN_RECEIVED,
                 SCN_ESTABLISHED,
                 SCN_FIN_WAIT_1,
                 SCN_FIN_WAIT_2,
                 SCN_CLOSE_WAIT,
                 SCN_CLOSING,
                 SCN_LAST_ACK,
                 SCN_TIME_WAIT,
                 SCN_STATES
};
enum scn_open { SCN_PASSIVE, SCN_ACTIVE, SCN_SIMULTANEOUS };

struct scn_given {
    uint8_t state, open; /* enum scn_state, scn_open */
    uint8_t family;      /* 4 or 6 */
    int8_t ts;           /* tester offers (or answers) timestamps: 1, 0 */
    int8_t sack;         /* likewise SACK-permitted */
    int16_t wscale;      /* tester's shift, -1: no option */
    int32_t mss;         /* tester's MSS option, -1: none */
    int64_t win;         /* octets the tester offers, 65535 */
    bool iss_set, irs_set;
    uint32_t iss, irs;      /* the stack's initial number (needs set.iss), the tester's */
    int64_t rcvbuf, sndbuf; /* -1: the stack's own */
    bool nodelay, linger0;
    int8_t reader;     /* 1: the application drains what comes */
    int64_t in_flight; /* warm-up: so many octets may be in flight before step 1; 0 none */
    int32_t backlog;
    uint64_t delay; /* of the link, one way, ns */
};

enum { SCN_NEEDS = 8, SCN_STEPS_MAX = 512 };
enum { SCN_TOGETHER_MAX = 16 }; /* observations at once; alternatives too */

struct scn {
    const char *rule; /* id: the file's path below specs/rules without .yaml, or its `rule` */
    const char *name; /* the case: "rule/axis/axis", or the rule */
    const char *title, *why, *file;
    const char *kind;   /* "rule", "liveness", "incident", "scenario" */
    const char *breach; /* kind scenario: the invariant that must be broken, or NULL */
    const char *clause[SCN_CLAUSES];
    const char *needs[SCN_NEEDS]; /* capabilities */
    const char *profile; /* `when: {profile}`: a capability that must hold, or with '!' must not */
    const char *tags;    /* separated by spaces */
    struct scn_given given;
    uint64_t seed; /* 0: the run's */
    uint8_t bound_count;
    const char *bound_name[SCN_BOUND_MAX];
    int16_t first; /* first step, -1 none */
    uint16_t steps;
    uint16_t capacity;
    struct scn_step *step;
};

/** The defaults of a set-up and of a step, in one place for all readers. */
void scn_given_default(struct scn_given *given);
void scn_step_default(struct scn_step *step, enum scn_op op);
void scn_segment_default(struct scn_segment *seg);
/** Room for one more step, which is not one yet; NULL beyond SCN_STEPS_MAX. */
struct scn_step *scn_step_room(struct scn *scn);
/** The next free step of the array (grown as needed up to SCN_STEPS_MAX), or NULL. */
struct scn_step *scn_step_add(struct scn *scn, enum scn_op op, int16_t *ret_index);
/** TO becomes what FROM is, with steps of its own: in the array it has, which grows where it is too
 *  small. 0, or -1 without memory, and TO is as it was. */
int scn_copy(struct scn *to, const struct scn *from);
void scn_clear(struct scn *scn); /* forget the steps, keep their memory */
void scn_free_steps(struct scn *scn);

const char *scn_state_name(enum scn_state state);     /* "fin-wait-1" */
const char *scn_var_name(enum scn_var var);           /* "RCV.NXT" */
const char *scn_op_name(const struct scn_step *step); /* "expect", "reach", "send", … */
/** How long the case may take by its own bounds, rto standing for RTO ns and so on. */
uint64_t scn_time_bound(const struct scn *scn, uint64_t rto, uint64_t tick, uint64_t msl);

#endif
