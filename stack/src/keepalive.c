/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.8.4: keep-alives, off unless the user asks (MUST-25). */
#include "handshake.h"
#include "host.h"

/* RFC 5482, 4.2: longer than a user timeout that the peer has asked for. */
static tcpref_ns idle_span(const tcpref_conn *c)
{
    tcpref_ns least = c->user.uto > 0 ? c->uto.adopted + TCPREF_SEC : 0;
    return c->user.keepalive_idle > least ? c->user.keepalive_idle : least;
}

/* While something waits other timers are at work: no need to wake up for each short interval. */
static tcpref_ns look_again(const tcpref_conn *c)
{
    tcpref_ns interval = c->user.keepalive_interval;
    return interval > TCPREF_SEC ? interval : TCPREF_SEC;
}

void keepalive_start(tcpref_conn *c)
{
    c->keepalive_sent = 0;
    if (c->user.keepalive)
        c->timers.at[TIMER_KEEPALIVE] = c->host->now + idle_span(c);
    else
        timer_stop(&c->timers, TIMER_KEEPALIVE);
}

/* The timer is not touched by each segment: when it runs out it looks when the peer was heard last.
 */
void keepalive_expired(tcpref_conn *c)
{
    tcpref_ns idle_until = c->heard + idle_span(c);
    bool waiting = !seq_eq(c->snd.una, c->snd.nxt) || tcb_unsent(c) > 0;
    if (waiting || idle_until > c->host->now) {
        /* MUST-26: only when nothing is in flight and nothing came meanwhile. */
        c->keepalive_sent = 0;
        c->timers.at[TIMER_KEEPALIVE] =
            idle_until > c->host->now ? idle_until : c->host->now + look_again(c);
        return;
    }
    if (c->keepalive_sent >= c->user.keepalive_count) {
        tcb_end(c, TCPREF_ERR_TIMED_OUT);
        return;
    }
    c->keepalive_sent++;
    c->pending |= PENDING_PROBE;
    c->timers.at[TIMER_KEEPALIVE] = c->host->now + c->user.keepalive_interval;
}
