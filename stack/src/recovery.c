/* SPDX-License-Identifier: BSD-2-Clause */
/* Loss recovery: RFC 6675 where SACK is agreed, RFC 6582 (NewReno) where it is not. */
#include "recovery.h"

#include "cc.h"
#include "frto.h"
#include "host.h"
#include "rack.h"
#include "rto.h"
#include "scoreboard.h"
#include "tlp.h"
#include "window.h"

enum { DUP_THRESH = 3 };

static uint32_t flight(const tcpref_conn *c)
{
    return seq_ahead(c->snd.nxt, c->snd.una);
}

static void enter(tcpref_conn *c)
{
    cc_reduce(c);
    c->cc.recover = c->snd.nxt;
    c->cc.recovering = true;
    c->cc.partial_seen = false;
    c->pending |= PENDING_REXMIT;
}

/* RFC 6582, 3.2, step 3, full acknowledgments. With SACK the window is right already. */
static void leave(tcpref_conn *c)
{
    struct cc *cc = &c->cc;
    uint32_t mss = c->snd.mss;
    uint32_t small = (flight(c) > mss ? flight(c) : mss) + mss;
    if (!c->sack.ok)
        cc->cwnd = cc->ssthresh < small ? cc->ssthresh : small;
    cc->recovering = false;
    if (c->rack)
        rack_recovered(c);
}

/* RFC 6582, 3.2, step 3, partial acknowledgments: the next hole, and a smaller window. */
static void partial_ack(tcpref_conn *c, uint32_t len)
{
    struct cc *cc = &c->cc;
    uint32_t mss = c->snd.mss;
    cc->cwnd = cc->cwnd > len ? cc->cwnd - len : 0;
    if (len >= mss || cc->cwnd < mss)
        cc->cwnd += mss;
    c->pending |= PENDING_REXMIT;
    if (!cc->partial_seen)
        rto_restart(c);
    cc->partial_seen = true;
}

void recovery_acked(tcpref_conn *c, uint32_t len)
{
    struct cc *cc = &c->cc;
    cc->dupacks = 0;
    cc->limited = 0;
    if (!cc->recovering && c->ecn.echoed)
        return; /* no growth by such an ACK (RFC 3168, 6.1.2) */
    if (!cc->recovering)
        cc_acked(c, len);
    else if (seq_leq(cc->recover, c->snd.una))
        leave(c);
    else if (!c->sack.ok)
        partial_ack(c, len);
}

/* RFC 6582, 3.2, steps 1 and 2. */
void recovery_duplicate(tcpref_conn *c)
{
    struct cc *cc = &c->cc;
    if (cc->recovering) {
        cc_set_cwnd(c, (uint64_t)cc->cwnd + c->snd.mss);
        return;
    }
    cc->dupacks += cc->dupacks < DUP_THRESH;
    /* Only once for what was in flight then. */
    if (cc->dupacks < DUP_THRESH || !seq_lt(cc->recover, c->snd.una))
        return;
    enter(c);
    cc_set_cwnd(c, (uint64_t)cc->ssthresh + 3U * c->snd.mss);
}

/* RFC 6675, 5: steps 1 to 4 outside recovery, B in it. */
void recovery_sacked(tcpref_conn *c, bool news)
{
    struct cc *cc = &c->cc;
    if (!cc->recovering && news) {
        cc->dupacks += cc->dupacks < DUP_THRESH;
        bool lost = cc->dupacks >= DUP_THRESH || seq_lt(c->snd.una, scoreboard_lost_edge(c));
        /* Not again for what was in flight at a timeout (5.1). */
        if (lost && seq_leq(cc->recover, c->snd.una)) {
            enter(c);
            cc->cwnd = cc->ssthresh;
            cc->rescue = seq_min(seq_add(c->snd.una, c->snd.mss), c->snd.nxt);
        }
    }
    if (cc->recovering)
        c->rtx.end = seq_max(c->rtx.end, scoreboard_lost_edge(c));
}

/* RFC 8985, 9.3: the response is the same. DEVIATION: without PRR, so that the loss of what was
 * sent again is one more sign of congestion. */
void recovery_found_loss(tcpref_conn *c, bool again)
{
    struct cc *cc = &c->cc;
    bool first = !cc->recovering && seq_leq(cc->recover, c->snd.una);
    if (!first && !(cc->recovering && again))
        return;
    enter(c);
    tlp_forget(c);
    cc->cwnd = cc->ssthresh;
}

void recovery_all_lost(tcpref_conn *c)
{
    if (c->rack)
        rack_all_lost(c);
    c->rtx.next = c->snd.una;
    c->rtx.end = c->snd.nxt;
}

/* All that is in flight counts as lost. What was SACKed is not relied on (RFC 2018, 8; of the
 * readings of RFC 6675, 5.1 the strict one). */
void recovery_timeout(tcpref_conn *c)
{
    frto_timeout(c);
    cc_timeout(c);
    c->cc.recover = c->snd.nxt;
    c->cc.recovering = false;
    c->cc.dupacks = 0;
    c->cc.limited = 0;
    c->pending |= PENDING_REXMIT;
    if (c->rack) {
        rack_timeout(c);
        return;
    }
    scoreboard_forget(c);
    recovery_all_lost(c);
}

uint32_t recovery_pipe(const tcpref_conn *c)
{
    const struct rtx *x = &c->rtx;
    if (c->rack)
        return rack_pipe(c);
    if (!scoreboard_any(c))
        return flight(c) - seq_ahead(x->end, x->next);
    uint32_t first_sending =
        seq_ahead(c->snd.nxt, x->end) - scoreboard_octets(c, x->end, c->snd.nxt);
    uint32_t again = seq_ahead(x->next, c->snd.una) - scoreboard_octets(c, c->snd.una, x->next);
    return first_sending + again;
}

/* With SACK the pipe says it all. */
uint32_t recovery_allowance(const tcpref_conn *c)
{
    if (c->sack.ok || c->cc.recovering)
        return 0;
    return (c->cc.dupacks < 2U ? c->cc.dupacks : 2U) * c->snd.mss;
}

bool recovery_lost(const tcpref_conn *c, struct seq_range *ret_hole)
{
    if (c->rack)
        return rack_lost(c, ret_hole);
    if (c->pending & PENDING_REXMIT)
        return scoreboard_hole(c, c->snd.una, c->snd.nxt, ret_hole);
    /* F-RTO asks first. */
    return c->cc.frto != FRTO_SECOND && scoreboard_hole(c, c->rtx.next, c->rtx.end, ret_hole);
}

void recovery_resent(tcpref_conn *c, tcpref_seq end)
{
    struct seq_range last;
    if (c->cc.recovering && c->sack.ok && !c->rack && scoreboard_last_hole(c, &last) &&
        seq_leq(last.hi, end))
        c->cc.rescue = seq_max(c->cc.rescue, seq_add(c->snd.una, 1));
}

bool recovery_last_resort(const tcpref_conn *c, struct seq_range *ret_hole, bool *ret_rescue)
{
    if (!c->cc.recovering || !c->sack.ok || c->rack || recovery_pipe(c) + c->snd.mss > c->cc.cwnd)
        return false;
    *ret_rescue = false;
    if (scoreboard_hole(c, c->rtx.next, scoreboard_top(c), ret_hole))
        return true;
    *ret_rescue = true;
    if (!seq_leq(c->cc.rescue, c->snd.una) || !scoreboard_last_hole(c, ret_hole))
        return false;
    ret_hole->lo = seq_max(ret_hole->lo, window_tail(c, ret_hole->hi));
    return true;
}
