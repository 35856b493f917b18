/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 8985, 7: the tail loss probe: one segment draws the ACK that the lost tail cannot. */
#include "tlp.h"

#include "cc.h"
#include "host.h"
#include "rto.h"

#define PTO_MIN          (10 * TCPREF_MS) /* of peers on the same wire, which still take time */
#define PTO_WITHOUT_SRTT TCPREF_SEC
#define MAX_ACK_DELAY    (200 * TCPREF_MS) /* of peers that hold the ACK of a single segment */

/* Something is in flight, nothing of it is reported, and no recovery is under way (7.2). */
static bool wanted(const tcpref_conn *c)
{
    const struct rack *r = c->rack;
    uint32_t flight = seq_ahead(c->snd.nxt, c->snd.una);
    return flight > 0 && !r->tlp_out && !c->cc.recovering && seq_leq(c->cc.recover, c->snd.una) &&
           rack_pipe(c) == flight;
}

void tlp_arm(tcpref_conn *c)
{
    struct rack *r = c->rack;
    bool reordering_timer = timer_on(&c->timers, TIMER_RACK) && !r->tlp_armed;
    if (reordering_timer || !wanted(c))
        return;
    tcpref_ns pto = c->rtx.sampled ? 2 * c->rtx.srtt : PTO_WITHOUT_SRTT;
    pto = pto > PTO_MIN ? pto : PTO_MIN;
    if (seq_ahead(c->snd.nxt, c->snd.una) <= c->snd.mss)
        pto += MAX_ACK_DELAY;
    /* DEVIATION: beside the retransmission timer, which goes on; what would come after it is left
     * to it. */
    r->tlp_armed = c->host->now + pto < c->timers.at[TIMER_REXMIT];
    c->timers.at[TIMER_RACK] = r->tlp_armed ? c->host->now + pto : TCPREF_NEVER;
}

void tlp_stop_unless_wanted(tcpref_conn *c)
{
    if (!c->rack->tlp_armed || wanted(c))
        return;
    c->rack->tlp_armed = false;
    timer_stop(&c->timers, TIMER_RACK);
}

void tlp_forget(tcpref_conn *c)
{
    c->rack->tlp_out = false;
    c->pending &= (uint8_t)~PENDING_TLP;
    if (c->rack->tlp_armed)
        timer_stop(&c->timers, TIMER_RACK);
    c->rack->tlp_armed = false;
}

void tlp_expired(tcpref_conn *c)
{
    struct rack *r = c->rack;
    r->tlp_armed = false;
    /* 7.3: not twice without a round-trip time between: then the retransmission timer decides. */
    if (wanted(c) && r->sampled)
        c->pending |= PENDING_TLP;
}

void tlp_sent(tcpref_conn *c, bool again)
{
    struct rack *r = c->rack;
    c->pending &= (uint8_t)~PENDING_TLP;
    r->tlp_out = true;
    r->tlp_again = again;
    r->tlp_end = c->snd.nxt;
    r->sampled = r->tlp_armed = false;
    timer_stop(&c->timers, TIMER_RACK);
    rto_restart(c);
}

void tlp_acked(tcpref_conn *c, const struct segment *seg, bool dsack, bool duplicate)
{
    struct rack *r = c->rack;
    if (!r->tlp_out || seq_lt(seg->ack, r->tlp_end))
        return;
    bool beyond = seq_lt(r->tlp_end, seg->ack);
    bool both_came = !r->tlp_again || dsack || (!beyond && duplicate);
    if (!both_came && !beyond)
        return; /* the next ACK will tell */
    r->tlp_out = false;
    if (both_came)
        return;
    /* 7.4.2: the probe filled a hole, so something was lost. */
    cc_reduce(c);
    c->cc.cwnd = c->cc.ssthresh < c->cc.cwnd ? c->cc.ssthresh : c->cc.cwnd;
}
