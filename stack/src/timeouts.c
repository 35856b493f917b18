/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.10.8: user, retransmission and TIME-WAIT timeouts; R1 and R2 of 3.8.3. */
#include "timeouts.h"

#include "ecn.h"
#include "handshake.h"
#include "host.h"
#include "path.h"
#include "rack.h"
#include "recovery.h"
#include "rto.h"
#include "state.h"
#include "uto.h"

static tcpref_ns later(tcpref_ns a, tcpref_ns b)
{
    return a > b ? a : b;
}

/* However long the RTO has become, fewer losses in a row are no proof that the peer is gone. */
enum { R2_TIMEOUTS = 6 };

/* R2: no answer in all that time. A peer that answers is alive, whatever it takes (MUST-37). */
static bool r2_reached(const tcpref_conn *c)
{
    const struct tcpref_config *config = &c->host->config;
    tcpref_ns limit = tcb_syn_unacked(c) ? config->r2_syn : config->r2;
    if (uto_in_force(c) > 0 || c->unanswered < R2_TIMEOUTS)
        return false; /* the user timeout decides, if there is one (MUST-21) */
    return c->host->now - later(c->rtx.since, c->heard) >= limit;
}

static void count_unanswered(tcpref_conn *c)
{
    c->unanswered += c->unanswered < UINT8_MAX;
}

/* RFC 6298, 5.4 to 5.7: the first unacknowledged goes again, and the timer backs off. */
static void rexmit_expired(tcpref_conn *c)
{
    if (r2_reached(c)) {
        tcb_end(c, TCPREF_ERR_TIMED_OUT);
        return;
    }
    count_unanswered(c);
    c->rtx.timeouts += c->rtx.timeouts < UINT16_MAX;
    if (!c->r1 && c->rtx.timeouts >= c->host->config.r1) {
        struct tcpref_soft soft = {.kind = TCPREF_SOFT_RETRANSMISSION};
        c->r1 = true;
        tcb_soft_error(c, &soft); /* SHLD-9 */
    }
    rto_back_off(c);
    rto_restart(c);
    if (tcb_syn_unacked(c)) {
        c->rtx.syn_timeouts += c->rtx.syn_timeouts < UINT8_MAX;
        c->pending |= PENDING_SYN;
        return;
    }
    path_timeout(c);
    recovery_timeout(c);
}

/* DEVIATION: the probe has no octet: beyond the window it would be in flight, and its loss would
 * look like congestion. An empty segment below SND.UNA draws the same answer. */
static void persist_expired(tcpref_conn *c)
{
    if (seq_lt(c->snd.nxt, c->snd.edge)) {
        c->pending |= PENDING_OVERRIDE;
        return;
    }
    if (r2_reached(c)) {
        tcb_end(c, TCPREF_ERR_TIMED_OUT);
        return;
    }
    count_unanswered(c);
    c->pending |= PENDING_PROBE;
    if (c->persist_shift < 10)
        c->persist_shift++;
}

static void expired(tcpref_conn *c, enum timer which)
{
    switch (which) {
    case TIMER_REXMIT:
        rexmit_expired(c);
        break;
    case TIMER_PERSIST:
        persist_expired(c);
        break;
    case TIMER_DELACK:
        c->pending |= PENDING_ACK;
        break;
    case TIMER_2MSL:
        tcb_end(c, TCPREF_OK);
        break;
    case TIMER_KEEPALIVE:
        keepalive_expired(c);
        break;
    case TIMER_ECN:
        ecn_expired(c);
        break;
    case TIMER_RACK:
        rack_expired(c);
        break;
    default: /* TIMER_USER */
        tcb_end(c, TCPREF_ERR_TIMED_OUT);
        break;
    }
}

void timeouts_run(tcpref_conn *c)
{
    for (int which = 0; which < TIMER_MAX && c->state != TCPREF_CLOSED; which++) {
        if (c->timers.at[which] <= c->host->now) {
            timer_stop(&c->timers, (enum timer)which);
            expired(c, (enum timer)which);
        }
    }
}

void timeouts_arm_user(tcpref_conn *c)
{
    tcpref_ns limit = uto_in_force(c);
    if (limit == 0) {
        timer_stop(&c->timers, TIMER_USER);
        return;
    }
    bool waiting = !seq_eq(c->snd.una, c->snd.nxt) ||
                   (state_facts(c)->may_send &&
                    (tcb_unsent(c) > 0 || (c->snd.fin_queued && !c->snd.fin_sent)));
    if (!waiting)
        timer_stop(&c->timers, TIMER_USER);
    else if (!timer_on(&c->timers, TIMER_USER))
        c->timers.at[TIMER_USER] = c->host->now + limit;
}
