/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 5681, 3.1: congestion avoidance as NewReno has it: one segment a round trip, half on loss. */
#include "cc.h"

static void reno_open(tcpref_conn *c)
{
    c->cc.counted = 0;
}

/* Octets are counted, not ACKs: a peer that cuts its ACKs small gains nothing by it. */
static void reno_avoid(tcpref_conn *c, uint32_t len)
{
    struct cc *cc = &c->cc;
    cc->counted += len;
    if (cc->counted < cc->cwnd)
        return;
    cc->counted -= cc->cwnd;
    cc_set_cwnd(c, (uint64_t)cc->cwnd + c->snd.mss);
}

static uint32_t reno_reduce(tcpref_conn *c, uint32_t flight)
{
    c->cc.counted = 0;
    return flight / 2;
}

static uint32_t reno_restart(tcpref_conn *c)
{
    return c->snd.mss;
}

static void reno_idle(tcpref_conn *c)
{
    (void)c;
}

static bool reno_grows(tcpref_conn *c)
{
    (void)c;
    return true;
}

const struct cc_algorithm cc_reno = {reno_open,    reno_avoid, reno_reduce,
                                     reno_restart, reno_idle,  reno_grows};
