/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 6298: SRTT, RTTVAR, RTO, back-off; Karn's algorithm, lifted by timestamps (RFC 7323, 4). */
#include "rto.h"

#include "host.h"

#define CLOCK_GRANULARITY TCPREF_MS

uint32_t ts_clock(const tcpref_conn *c)
{
    return (uint32_t)(c->host->now / TCPREF_MS) + c->ts.offset;
}

/* RFC 6298, 2.2 to 2.5. */
static void sample(tcpref_conn *c, tcpref_ns r)
{
    const struct tcpref_config *config = &c->host->config;
    struct rtx *x = &c->rtx;
    if (!x->sampled) {
        x->srtt = r;
        x->rttvar = r / 2;
        x->sampled = true;
    } else {
        tcpref_ns error = x->srtt > r ? x->srtt - r : r - x->srtt;
        x->rttvar = x->rttvar - x->rttvar / 4 + error / 4;
        x->srtt = x->srtt - x->srtt / 8 + r / 8;
    }
    tcpref_ns spread = 4 * x->rttvar;
    x->rto = x->srtt + (spread > CLOCK_GRANULARITY ? spread : CLOCK_GRANULARITY);
    if (x->rto < config->rto_min)
        x->rto = config->rto_min;
    if (x->rto > config->rto_max)
        x->rto = config->rto_max;
}

void rto_sent(tcpref_conn *c, tcpref_seq end)
{
    struct rtx *x = &c->rtx;
    /* What was sent again is of no use without timestamps: what goes now is timed in its place. */
    if (!x->timing || (x->timed_resent && !c->ts.ok)) {
        x->timing = true;
        x->timed_resent = false;
        x->timed = end;
        x->timed_at = c->host->now;
    }
    if (!timer_on(&c->timers, TIMER_REXMIT)) {
        x->since = c->host->now;
        rto_restart(c);
    }
}

void rto_resent(tcpref_conn *c)
{
    c->rtx.timed_resent = true;
    if (!timer_on(&c->timers, TIMER_REXMIT))
        rto_restart(c);
}

/* TSecr says which sending is acknowledged; it is believed within what can be true. DEVIATION: what
 * was sent once is timed without it: one sample a round trip keeps the history of RFC 6298. */
static void sample_by_timestamp(tcpref_conn *c, const struct segment *seg, tcpref_ns elapsed)
{
    tcpref_ns r = (tcpref_ns)(ts_clock(c) - seg->tsecr) * TCPREF_MS;
    if (c->ts.ok && seg->has_ts && r <= elapsed + CLOCK_GRANULARITY)
        sample(c, r);
}

void rto_acked(tcpref_conn *c, const struct segment *seg)
{
    struct rtx *x = &c->rtx;
    tcpref_ns elapsed = c->host->now - x->timed_at;
    if (!x->timing)
        return;
    bool covered = seq_leq(x->timed, seg->ack);
    if (x->timed_resent)
        sample_by_timestamp(c, seg, elapsed);
    else if (covered)
        sample(c, elapsed);
    x->timing = !covered;
}

void rto_back_off(tcpref_conn *c)
{
    tcpref_ns max = c->host->config.rto_max;
    c->rtx.rto = c->rtx.rto > max / 2 ? max : c->rtx.rto * 2;
}

void rto_data_begins(tcpref_conn *c)
{
    if (c->rtx.syn_timeouts > 0 && (!c->rtx.sampled || c->rtx.rto < c->host->config.rto_syn))
        c->rtx.rto = c->host->config.rto_syn;
}

void rto_restart(tcpref_conn *c)
{
    c->timers.at[TIMER_REXMIT] = c->host->now + c->rtx.rto;
}
