/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 5681 and RFC 6582: slow start, congestion avoidance, fast retransmit, NewReno recovery. */
#include "cc.h"
#include "host.h"
#include "rto.h"

#define CWND_MAX (1U << 30)

static uint32_t flight(const tcpref_conn *c)
{
    return seq_ahead(c->snd.nxt, c->snd.una);
}

static void set_cwnd(tcpref_conn *c, uint64_t cwnd)
{
    c->cc.cwnd = cwnd < CWND_MAX ? (uint32_t)cwnd : CWND_MAX;
}

/* RFC 5681, 3.1: four segments of at most 1095 octets, three, or two above 2190. */
static uint32_t initial_window(const tcpref_conn *c)
{
    uint32_t mss = c->snd.mss;
    uint32_t segments = c->host->config.initial_window;
    if (segments == 0)
        segments = mss > 2190 ? 2 : mss > 1095 ? 3 : 4;
    return segments * mss;
}

void cc_open(tcpref_conn *c)
{
    /* One segment after the SYN was lost (RFC 5681, 3.1). */
    c->cc.cwnd = c->rtx.syn_timeout ? c->snd.mss : initial_window(c);
    c->cc.ssthresh = CWND_MAX;
    c->cc.last_sent = c->host->now;
}

static void halve(tcpref_conn *c)
{
    uint32_t half = flight(c) / 2;
    c->cc.ssthresh = half > 2U * c->snd.mss ? half : 2U * c->snd.mss;
}

/* RFC 6582, 3.2, steps 3 and 4. */
static void acked_in_recovery(tcpref_conn *c, tcpref_seq ack, uint32_t len)
{
    struct cc *cc = &c->cc;
    uint32_t mss = c->snd.mss;
    if (seq_leq(cc->recover, ack)) {
        uint32_t left = seq_ahead(c->snd.nxt, ack);
        uint32_t small = (left > mss ? left : mss) + mss;
        cc->cwnd = cc->ssthresh < small ? cc->ssthresh : small;
        cc->recovering = false;
        return;
    }
    cc->cwnd = cc->cwnd > len ? cc->cwnd - len : 0;
    if (len >= mss || cc->cwnd < mss)
        cc->cwnd += mss;
    c->pending |= PENDING_REXMIT;
    if (!cc->partial_seen)
        rto_restart(c);
    cc->partial_seen = true;
}

void cc_acked(tcpref_conn *c, tcpref_seq ack, uint32_t len)
{
    struct cc *cc = &c->cc;
    uint32_t mss = c->snd.mss;
    cc->dupacks = 0;
    if (cc->recovering)
        acked_in_recovery(c, ack, len);
    else if (cc->cwnd < cc->ssthresh)
        set_cwnd(c, (uint64_t)cc->cwnd + (len < mss ? len : mss));
    else
        set_cwnd(c, (uint64_t)cc->cwnd + (mss * mss > cc->cwnd ? mss * mss / cc->cwnd : 1));
}

void cc_duplicate(tcpref_conn *c)
{
    struct cc *cc = &c->cc;
    if (cc->recovering) {
        set_cwnd(c, (uint64_t)cc->cwnd + c->snd.mss);
        return;
    }
    if (cc->dupacks < 3)
        cc->dupacks++;
    /* Only once for what was in flight then (RFC 6582, 3.2, step 2). */
    if (cc->dupacks != 3 || !seq_lt(cc->recover, c->snd.una))
        return;
    halve(c);
    cc->recover = c->snd.nxt;
    cc->recovering = true;
    cc->partial_seen = false;
    cc->cwnd = cc->ssthresh + 3U * c->snd.mss;
    c->pending |= PENDING_REXMIT;
}

void cc_timeout(tcpref_conn *c)
{
    /* Repeated timeouts of the same segment leave ssthresh alone (RFC 5681, 3.1). */
    if (c->rtx.timeouts <= 1)
        halve(c);
    c->cc.cwnd = c->snd.mss;
    c->cc.recover = c->snd.nxt;
    c->cc.recovering = false;
    c->cc.dupacks = 0;
}

void cc_before_send(tcpref_conn *c)
{
    uint32_t restart = initial_window(c);
    if (flight(c) == 0 && c->host->now - c->cc.last_sent > c->rtx.rto && c->cc.cwnd > restart)
        c->cc.cwnd = restart;
    c->cc.last_sent = c->host->now;
}
