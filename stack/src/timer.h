/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.10.8: the timers of one connection, absolute moments; off is TCPREF_NEVER. */
#ifndef TCPREF_SRC_TIMER_H
#define TCPREF_SRC_TIMER_H

#include <tcpref/types.h>

enum timer {
    TIMER_REXMIT,    /* RFC 6298, 5 */
    TIMER_PERSIST,   /* RFC 9293, 3.8.6.1 and the override of 3.8.6.2.1 */
    TIMER_DELACK,    /* RFC 9293, 3.8.6.3 */
    TIMER_2MSL,      /* TIME-WAIT, and FIN-WAIT-2 without a reader */
    TIMER_KEEPALIVE, /* RFC 9293, 3.8.4 */
    TIMER_RACK,      /* RFC 8985, 6.2.1 and 7.2 */
    TIMER_ECN,       /* RFC 3168, 6.1.2: ECE with a window of one segment */
    TIMER_USER,      /* RFC 9293, 3.10.8, USER TIMEOUT */
    TIMER_MAX
};

struct timers {
    tcpref_ns at[TIMER_MAX];
};

static inline void timers_stop_all(struct timers *t)
{
    for (int i = 0; i < TIMER_MAX; i++)
        t->at[i] = TCPREF_NEVER;
}

static inline bool timer_on(const struct timers *t, enum timer which)
{
    return t->at[which] != TCPREF_NEVER;
}

static inline void timer_stop(struct timers *t, enum timer which)
{
    t->at[which] = TCPREF_NEVER;
}

static inline tcpref_ns timers_min(const struct timers *t)
{
    tcpref_ns min = t->at[0];
    for (int i = 1; i < TIMER_MAX; i++)
        min = t->at[i] < min ? t->at[i] : min;
    return min;
}

#endif
