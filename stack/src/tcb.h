/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.3.1: the connection record (TCB), grouped by what it serves. */
#ifndef TCPREF_SRC_TCB_H
#define TCPREF_SRC_TCB_H

#include "recvq.h"
#include "segment.h"
#include "sendq.h"
#include "timer.h"

#include <tcpref/tcpref.h>

/* What the connection owes the wire. */
enum pending {
    PENDING_SYN = 1,       /* SYN, or SYN,ACK */
    PENDING_REXMIT = 2,    /* the segment at SND.UNA, whatever the congestion window says */
    PENDING_PROBE = 4,     /* a zero-window probe or keep-alive */
    PENDING_ACK = 8,       /* an acknowledgment, now */
    PENDING_TLP = 32,      /* a tail loss probe */
    PENDING_OVERRIDE = 16, /* the SWS override timer ran out: send what fits */
};

/* What tcpref_output() is to send next for this connection (output.c). */
enum plan_kind { PLAN_NONE, PLAN_SYN, PLAN_REXMIT, PLAN_NEW, PLAN_PROBE, PLAN_ACK };

struct plan {
    enum plan_kind kind;
    tcpref_seq seq;
    uint32_t len;
    bool fin, rescue;
};

struct snd {
    tcpref_seq iss, una, nxt; /* nxt: behind all that was ever handed down; it never goes back */
    tcpref_seq edge;          /* SND.UNA + SND.WND as last offered; kept as an edge, see window.c */
    tcpref_seq wl1, wl2, up;
    uint32_t max_wnd;
    uint16_t mss;      /* Eff.snd.MSS: text of a full segment, options taken off */
    uint16_t peer_mss; /* SendMSS: what the peer's SYN said, or the default; 0: no SYN yet */
    uint8_t shift;
    bool syn_acked; /* SND.UNA may come by the ISS again after 4 GiB, so it is no sign of that */
    bool fin_queued, fin_sent, urgent, scaled; /* scaled: both SYNs had the option */
};

struct rcv {
    tcpref_seq irs, nxt;
    tcpref_seq edge;    /* right edge that the receive buffer stands for; what is advertised is it,
                           rounded down */
    tcpref_seq adv;     /* right edge advertised last */
    tcpref_seq max;     /* RCV.MAX: furthest right edge ever advertised (RFC 7323, 2.4) */
    tcpref_seq acked;   /* Last.ACK.sent */
    tcpref_seq up, fin; /* fin: where the peer's FIN stands, if fin_known */
    uint16_t syn_wnd;   /* largest window offered in a SYN of ours that has no ACK */
    uint32_t buffer;    /* RCV.BUFF: what the user allows */
    uint32_t seg_max;   /* longest text seen */
    uint8_t full;       /* segments of that length not yet acknowledged */
    uint8_t shift;
    bool fin_known, fin_done, urgent;
};

struct rtx {
    /* What is not SACKed in [next, end) is lost and still to be sent again; below `next` that has
     * been done. HighRxt of RFC 6675 is next - 1. */
    tcpref_seq next, end;
    struct scoreboard *board; /* NULL until the peer's first SACK block */
    tcpref_ns since;          /* last progress, or first sending */
    tcpref_ns rto, srtt, rttvar;
    tcpref_seq timed; /* the segment that ends here is being timed */
    tcpref_ns timed_at;
    uint16_t timeouts; /* since the last progress */
    bool timing, timed_resent, sampled;
    uint8_t syn_timeouts;
};

/* F-RTO (RFC 5682, 2.1) waits for the first or the second ACK after a timeout. */
enum frto { FRTO_OFF, FRTO_FIRST, FRTO_SECOND };

struct cubic { /* RFC 9438, 4.1; octets */
    uint32_t w_max, w_prior, k_ms;
    uint64_t w_est;
    tcpref_ns epoch, seen; /* seen: the newest ACK, or sending after an idle time */
    bool running, timed_out;
};

struct cc {
    uint32_t cwnd, ssthresh;
    uint32_t counted;   /* octets acknowledged since cwnd grew last, in congestion avoidance */
    uint32_t limited;   /* octets sent by limited transmit since SND.UNA moved */
    tcpref_seq recover; /* RecoveryPoint of RFC 6675 is recover - 1 */
    tcpref_seq rescue;  /* a rescue retransmission waits until SND.UNA is here */
    struct cubic cubic;
    enum frto frto;
    tcpref_seq frto_end; /* of what the timeout sent again */
    uint32_t prior_cwnd, prior_ssthresh;
    tcpref_ns last_sent;
    uint8_t dupacks;
    bool recovering, partial_seen;
    bool full; /* cwnd is what held new text back last, neither the user nor the peer */
};

/* Sizes of IP packets in octets; 0: none. */
struct path {
    tcpref_ns lowered;
    tcpref_seq mark, pending_seq; /* `marked` ends at mark; the error quoted pending_seq */
    uint16_t mtu;                 /* the estimate */
    uint16_t sent, acked;         /* largest sent, and largest known to have come through */
    uint16_t marked;              /* largest in flight */
    uint16_t pending;             /* claimed, to be confirmed by a timeout (RFC 5927, 7.2) */
    bool hold;                    /* one segment was sent again: the rest waits for its ACK */
};

struct uto {
    tcpref_ns adopted; /* USER_TIMEOUT as the peer has changed it; 0: it has not */
    bool due;          /* the option goes on the next segment */
};

struct ts {
    bool ok;
    uint32_t recent, offset, sent; /* sent: TSval of the newest segment */
    tcpref_ns recent_at;
};

/* RFC 2018, 4: what is to be reported of text out of order (sack.c). */
struct sack {
    bool ok;              /* both SYNs had SACK-permitted */
    bool dup_known;       /* the newest segment held octets that were here already: */
    struct seq_range dup; /* RFC 2883 */
    uint8_t recents;
    tcpref_seq recent[SACK_BLOCKS]; /* an octet of each block, that of the newest first */
};

/* RFC 3168 (ecn.c). */
struct ecn {
    bool ok;            /* the peer's SYN asked for it, and so do we */
    bool plain;         /* a SYN of ours did not ask */
    bool echo;          /* ECE until the peer's CWR */
    bool echoed;        /* the ACK being taken has ECE */
    bool cwr;           /* the next new text tells that cwnd was cut */
    bool hold;          /* no new text until TIMER_ECN */
    tcpref_seq reacted; /* what was in flight at the last reaction */
};

struct user {
    uint32_t sndbuf;
    tcpref_ns uto; /* ADV_UTO; 0: RFC 5482 is off */
    tcpref_ns timeout, delayed_ack, keepalive_idle, keepalive_interval;
    uint32_t clamp;  /* 0: none */
    uint16_t maxseg; /* 0: as the link says */
    uint8_t keepalive_count, ttl, dscp;
    bool nodelay, keepalive, linger_0, soft_off;
};

struct limits {
    tcpref_ns challenge_from, oow_at;
    uint16_t challenges;
    bool oow_sent;
};

struct tcpref_conn {
    tcpref_host *host;
    tcpref_conn *bucket_next;         /* table of tuples */
    tcpref_conn *all_next, *all_prev; /* every connection of the host */
    tcpref_conn *out_next, *out_prev; /* those with something to send */
    tcpref_conn *child_next, *child_prev;
    struct children *among;    /* the listener's list that it stands in */
    tcpref_listener *listener; /* not yet accepted */
    size_t heap_at;
    tcpref_ns due;

    struct tuple tuple;
    enum tcpref_state state; /* written by tcb_enter() alone */
    tcpref_err error;
    uint8_t pending;
    bool passive, hashed, queued, released, closed, r1;
    bool frozen;   /* its image was written: no clock, no input, no output (checkpoint.c) */
    bool syn_text; /* counted in the listener's `syn_texts` */
    struct plan plan;

    struct snd snd;
    struct rcv rcv;
    struct rtx rtx;
    struct cc cc;
    struct path path;
    struct ts ts;
    struct sack sack;
    struct ecn ecn;
    struct uto uto;
    struct user user;
    struct limits limits;
    struct timers timers;
    struct sendq sendq;
    struct rack *rack;   /* NULL: RFC 6675 or 6582 it is */
    struct recvq *recvq; /* NULL until text comes */
    tcpref_ns heard;     /* when the last acceptable segment came */
    uint8_t persist_shift, keepalive_sent;
    uint8_t unanswered; /* timeouts since then */
    struct tcpref_soft soft;
    bool soft_new; /* the user has not seen it */
    uint64_t acked, urgent_count;
    uint64_t sent_segments, received_segments, retransmitted;
};

#ifdef TCPREF_NO_CHECKS
#define TCB_ASSERT(sentence, condition) ((void)sizeof((condition) ? 1 : 0))
#else
#undef NDEBUG /* on in release builds too */
#include <assert.h>
/* Asserts are sentences. What a peer sends is judged before it gets here. */
#define TCB_ASSERT(sentence, condition) assert((sentence) && (condition))
#endif

/* The invariants of a connection record. At entry and exit of each call and event. */
void tcb_check(const tcpref_conn *c);
/* The same of a record whose origin is not trusted: the first sentence that does not hold, or NULL.
 */
const char *tcb_fault(const tcpref_conn *c);

/* Makes a record in CLOSED, in no table yet. NULL: no memory. */
tcpref_conn *tcb_new(tcpref_host *host, const struct tuple *tuple);

/* Ends the connection: CLOSED, out of every table, buffers given back but for text to be read. The
 * record itself goes at the next tcb_settle() if nobody holds it. */
void tcb_end(tcpref_conn *c, tcpref_err why);

/* Tells the user of an error that does not end the connection (lower.c; MUST-47). */
void tcb_soft_error(tcpref_conn *c, const struct tcpref_soft *what);

/* Closes an event: plans the next output, arms the timers that the state asks for, tells the host.
 * Nothing may touch `c` afterwards: it may be gone. */
void tcb_settle(tcpref_conn *c);

static inline bool tcb_syn_unacked(const tcpref_conn *c)
{
    return !c->snd.syn_acked;
}

/* The sequence number of the first octet in the send buffer. */
static inline tcpref_seq tcb_queue_seq(const tcpref_conn *c)
{
    return tcb_syn_unacked(c) ? seq_add(c->snd.iss, 1) : c->snd.una;
}

/* Octets queued and never sent. */
static inline uint32_t tcb_unsent(const tcpref_conn *c)
{
    if (c->snd.fin_sent)
        return 0;
    return c->sendq.len - seq_ahead(c->snd.nxt, tcb_queue_seq(c));
}

/* Whether there is anything to send, in flight or not: else whoever only receives asks no further.
 */
static inline bool tcb_sends(const tcpref_conn *c)
{
    return c->sendq.len > 0 || c->snd.fin_queued;
}

static inline uint32_t tcb_unread(const tcpref_conn *c)
{
    return c->recvq ? c->recvq->used : 0;
}

/* The next octet to be read. */
static inline tcpref_seq tcb_read_seq(const tcpref_conn *c)
{
    return seq_sub(c->rcv.nxt, tcb_unread(c) + (c->rcv.fin_done ? 1 : 0));
}

#endif
