/* SPDX-License-Identifier: BSD-2-Clause */
/* No congestion control: only the peer's window limits. For links without queues, and for tests. */
#include "cc.h"

static void none_open(tcpref_conn *c)
{
    c->cc.cwnd = CWND_MAX;
}

static void none_avoid(tcpref_conn *c, uint32_t len)
{
    (void)len;
    c->cc.cwnd = CWND_MAX;
}

static uint32_t none_reduce(tcpref_conn *c, uint32_t flight)
{
    (void)c;
    (void)flight;
    return CWND_MAX;
}

static uint32_t none_restart(tcpref_conn *c)
{
    (void)c;
    return CWND_MAX;
}

static void none_idle(tcpref_conn *c)
{
    c->cc.cwnd = CWND_MAX;
}

static bool none_grows(tcpref_conn *c)
{
    (void)c;
    return true;
}

const struct cc_algorithm cc_none = {none_open,    none_avoid, none_reduce,
                                     none_restart, none_idle,  none_grows};
