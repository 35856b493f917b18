/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 5681, 3.1: congestion avoidance as NewReno has it: one segment a round trip, half on loss. */
#include "cc.h"

static void reno_open(tcpref_conn *c)
{
    (void)c;
}

static void reno_avoid(tcpref_conn *c, uint32_t len)
{
    uint32_t mss = c->snd.mss, cwnd = c->cc.cwnd;
    (void)len; /* equation 3 counts ACKs */
    cc_set_cwnd(c, (uint64_t)cwnd + (mss * mss > cwnd ? mss * mss / cwnd : 1));
}

static uint32_t reno_reduce(tcpref_conn *c, uint32_t flight)
{
    (void)c;
    return flight / 2;
}

static uint32_t reno_restart(tcpref_conn *c)
{
    return c->snd.mss;
}

static void reno_idle(tcpref_conn *c, tcpref_ns idle)
{
    (void)c;
    (void)idle;
}

const struct cc_algorithm cc_reno = {reno_open, reno_avoid, reno_reduce, reno_restart, reno_idle};
