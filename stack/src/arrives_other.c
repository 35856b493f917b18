/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.10.7.4: SEGMENT ARRIVES in the other states: the eight steps, and the first four. */
#include "arrives.h"
#include "challenge.h"
#include "ecn.h"
#include "reset.h"
#include "sack.h"
#include "state.h"

/* RFC 7323, 5.5: TS.Recent of a connection idle for longer is not to be compared with. */
#define TS_RECENT_LIFE (24 * 24 * 3600 * TCPREF_SEC)

/* RFC 9293, Table 6, with the furthest edge ever offered in the place of RCV.NXT+RCV.WND: what was
 * in the window of any ACK sent is acceptable (RFC 7323, 2.4). */
static bool acceptable(const tcpref_conn *c, const struct segment *seg)
{
    uint32_t len = segment_len(seg);
    uint32_t wnd = seq_ahead(c->rcv.max, c->rcv.nxt);
    if (seq_eq(seg->seq, c->rcv.nxt) && (len == 0 || wnd > 0))
        return true;
    /*
     * DEVIATION: an empty segment just at the right edge is taken too, but for a RST. A peer that
     * has filled the window sends its ACKs from there, and if what filled it was lost or refused
     * they must not be lost with it.
     */
    if (len == 0 && !(seg->flags & RST))
        wnd += wnd > 0;
    if (seq_in(seg->seq, c->rcv.nxt, wnd))
        return true;
    return len > 0 && seq_in(seq_add(seg->seq, len - 1), c->rcv.nxt, wnd);
}

/* RFC 7323, 5.3, R1. A SYN without the option is left to the fourth step, which challenges it. */
static enum step_result check_paws(struct arrival *a)
{
    tcpref_conn *c = a->c;
    const struct segment *seg = a->seg;
    if (!c->ts.ok || (seg->flags & RST))
        return STEP_NEXT;
    if (!seg->has_ts)
        return seg->flags & SYN ? STEP_NEXT : stop(a, TCPREF_V_DROP_NO_TIMESTAMP);
    bool outdated = c->host->now - c->ts.recent_at > TS_RECENT_LIFE;
    if (outdated || !seq_lt(seq_of(seg->tsval), seq_of(c->ts.recent)))
        return STEP_NEXT;
    answer_unacceptable(c, seg);
    return stop(a, TCPREF_V_DROP_PAWS);
}

/* Figure 7: in a simultaneous open the peer's SYN,ACK repeats its SYN. Taken literally the sequence
 * check would refuse it; the SYN has been taken already, so it is trimmed like old text. */
static void trim_repeated_syn(const tcpref_conn *c, struct segment *seg)
{
    if (c->passive || !tcb_syn_unacked(c) || !seq_eq(seg->seq, c->rcv.irs))
        return;
    if ((seg->flags & (SYN | ACK | RST)) != (SYN | ACK))
        return;
    seg->flags &= (uint8_t)~SYN;
    seg->had_syn = true;
    seg->seq = seq_add(seg->seq, 1);
}

/* At a zero window no text is acceptable, but ACK, URG and RST of a segment at RCV.NXT are. */
static bool allowed_at_zero_window(struct arrival *a)
{
    tcpref_conn *c = a->c;
    struct segment *seg = a->seg;
    if (!seq_eq(c->rcv.max, c->rcv.nxt) || !seq_eq(seg->seq, c->rcv.nxt) || (seg->flags & SYN))
        return false;
    if (seg->len > 0) /* a window probe may tell of congestion (RFC 3168, 6.1.6) */
        ecn_take_text(c, seg);
    seg->len = 0;
    seg->flags &= (uint8_t)~FIN;
    a->verdict = TCPREF_V_REFUSED_ZERO_WINDOW;
    c->pending |= PENDING_ACK;
    return true;
}

/* A zero-window probe or keep-alive: nothing of it is taken, but the peer is there. */
static bool is_probe(const tcpref_conn *c, const struct segment *seg)
{
    return segment_len(seg) == 0 && seq_eq(seg->seq, seq_sub(c->rcv.nxt, 1));
}

/* First. */
static enum step_result check_sequence(struct arrival *a)
{
    tcpref_conn *c = a->c;
    struct segment *seg = a->seg;
    trim_repeated_syn(c, seg);
    if (check_paws(a) == STEP_DONE)
        return STEP_DONE;
    if (acceptable(c, seg))
        return STEP_NEXT;
    if (seg->flags & RST) {
        /* With no window a RST at RCV.NXT resets all the same, text or none (MUST-66, SHLD-2). */
        return seq_eq(seg->seq, c->rcv.nxt) ? STEP_NEXT : stop(a, TCPREF_V_DROP_RST_OUTSIDE);
    }
    if (allowed_at_zero_window(a))
        return STEP_NEXT;
    bool fin_again = (seg->flags & FIN) && !(seg->flags & SYN) &&
                     seq_eq(seq_add(seg->seq, segment_len(seg)), c->rcv.nxt);
    if (c->state == TCPREF_TIME_WAIT && fin_again)
        restart_time_wait(c);
    if (is_probe(c, seg))
        heard(c);
    sack_note_old(c, seg->seq, seq_add(seg->seq, seg->len));
    answer_unacceptable(c, seg);
    return stop(a, TCPREF_V_DROP_SEQUENCE);
}

/* Second. RFC 5961, 3.2: only a RST just at RCV.NXT resets; others in the window are challenged. */
static enum step_result check_rst(struct arrival *a)
{
    tcpref_conn *c = a->c;
    if (!(a->seg->flags & RST))
        return STEP_NEXT;
    if (c->state == TCPREF_TIME_WAIT && c->host->config.rfc1337)
        return stop(a, TCPREF_V_DROP_RST_TIME_WAIT);
    if (!seq_eq(a->seg->seq, c->rcv.nxt)) {
        challenge(c, a->seg);
        return stop(a, TCPREF_V_CHALLENGE_RST);
    }
    bool half_open = c->state == TCPREF_SYN_RECEIVED;
    bool closing =
        c->state == TCPREF_CLOSING || c->state == TCPREF_LAST_ACK || c->state == TCPREF_TIME_WAIT;
    if (half_open && c->passive) {
        tcb_end(c, TCPREF_OK);
        return stop(a, TCPREF_V_BACK_TO_LISTEN);
    }
    tcb_end(c, half_open ? TCPREF_ERR_REFUSED : closing ? TCPREF_OK : TCPREF_ERR_RESET);
    return stop(a, TCPREF_V_RESET_BY_PEER);
}

/* Third. This host has no compartments, so nothing can differ (RFC 9293, A.1). */
static enum step_result check_security(struct arrival *a)
{
    (void)a;
    return STEP_NEXT;
}

/* Fourth. RFC 5961, 4.2: a SYN in a synchronized state is challenged. */
static enum step_result check_syn(struct arrival *a)
{
    tcpref_conn *c = a->c;
    if (!(a->seg->flags & SYN))
        return STEP_NEXT;
    if (c->state == TCPREF_SYN_RECEIVED && c->passive) {
        tcb_end(c, TCPREF_OK);
        return stop(a, TCPREF_V_BACK_TO_LISTEN);
    }
    challenge(c, a->seg);
    return stop(a, TCPREF_V_CHALLENGE_SYN);
}

/* clang-format off */
static const struct step {
    const char *ordinal, *name;
    enum step_result (*run)(struct arrival *a);
} other_states[] = {
    { "first",   "check sequence number",    check_sequence },
    { "second",  "check the RST bit",        check_rst      },
    { "third",   "check security",           check_security },
    { "fourth",  "check the SYN bit",        check_syn      },
    { "fifth",   "check the ACK field",      check_ack      },
    { "sixth",   "check the URG bit",        check_urg      },
    { "seventh", "process the segment text", process_text   },
    { "eighth",  "check the FIN bit",        check_fin      },
};
/* clang-format on */

static void run_from(struct arrival *a, size_t step)
{
    const size_t steps = sizeof(other_states) / sizeof(other_states[0]);
    while (step < steps && other_states[step].run(a) == STEP_NEXT)
        step++;
}

void arrives_other(struct arrival *a)
{
    run_from(a, 0);
}

void arrives_other_from_sixth(struct arrival *a)
{
    run_from(a, 5);
}
