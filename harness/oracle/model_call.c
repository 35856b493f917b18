/* SPDX-License-Identifier: BSD-2-Clause */
/* The account of the application's calls, of what they returned, and of faults. */
#include "oracle/table.h"
#include "tcpassay/stack.h"

/* Whether RESULT tells the application that its connection is over. */
bool call_ends(int64_t result)
{
    return result == TCPASSAY_ERESET || result == TCPASSAY_EREFUSED ||
           result == TCPASSAY_ETIMEDOUT || result == TCPASSAY_EUNREACHABLE ||
           result == TCPASSAY_EABORTED;
}

static void queued(struct model *m, uint64_t now)
{
    if (m->queued_since == 0) {
        m->queued_since = now;
    }
    m->queued_at = now;
    m->stirs++;
}

static void setting(struct settings *set, int64_t which, int64_t value)
{
    switch (which) {
    case TCPASSAY_OPT_USER_TIMEOUT:
        set->user_timeout = value > 0 ? (uint64_t)value : 0;
        break;
    case TCPASSAY_OPT_KEEPALIVE:
        set->keepalive = value != 0;
        break;
    case TCPASSAY_OPT_KEEPIDLE:
        set->keepalive_idle = (uint64_t)value;
        break;
    case TCPASSAY_OPT_KEEPCNT:
        set->keepalive_once = value == 1;
        break;
    case TCPASSAY_OPT_LINGER0:
        set->linger0 = value != 0;
        break;
    default:
        break;
    }
}

static void option(struct model *m, int64_t which, int64_t value)
{
    setting(&m->set, which, value);
    if (which == TCPASSAY_OPT_RCVBUF || which == TCPASSAY_OPT_WINDOW_CLAMP ||
        which == TCPASSAY_OPT_MAXSEG) {
        m->resized |= m->iss_set;
    }
    m->stirs++;
}

void model_handed_on(struct oracle *o, const struct trace_event *ev)
{
    if (ev->result >= 0) {
        setting(&o->handed, ev->arg, ev->offset);
    }
}

/* The owner drops it. A frozen connection lives on elsewhere: here there is none from now on. */
static void aborted(struct model *m)
{
    m->aborted = m->closed = true;
    m->frozen = false;
    m->causes |= CAUSE_ABORT;
}

static void closed(struct model *m, uint64_t now)
{
    if (!m->accepted && !m->active) {
        return; /* a listener */
    }
    if (m->frozen) {
        aborted(m);
        return;
    }
    m->closed = true;
    if (m->set.linger0) {
        m->causes |= CAUSE_ABORT;
    }
    if (m->phase != PHASE_OPEN) {
        m->causes |= CAUSE_HANDSHAKE; /* CLOSE in SYN-SENT deletes the attempt */
    }
    if (m->run > m->app_read + 1 && !m->eof) {
        m->causes |= CAUSE_CLOSE_UNREAD;
    }
    queued(m, now);
}

enum { MTU_FLOOR = 88 }; /* 48 octets of text or options behind two headers */

static void fault(struct oracle *o, struct model *m, const struct trace_event *ev)
{
    switch (ev->call) {
    case TRACE_ALLOC_FAIL:
        o->alloc_fault = ev->arg != 0;
        m->alloc_fault |= ev->arg != 0;
        break;
    case TRACE_TX_ERROR:
        m->tx_error = ev->time + ORIGIN;
        m->stirs++;
        for (int64_t i = 0; i < ev->arg && m->n_pending > 0; i++) {
            m->n_pending--;
        }
        break;
    case TRACE_READER:
        m->reading = ev->arg != 0;
        break;
    case TRACE_MTU:
        m->resized |= m->iss_set && ev->result >= 0; /* a segment is smaller from now on */
        m->stirs++;
        o->blind |= has_key(o, KEY_MTU_FLOOR) && ev->arg < MTU_FLOOR && ev->result >= 0;
        break;
    default:
        break;
    }
}

/* The application knows that the connection is open: the stack took an ACK of its SYN. */
static void known_open(struct model *m)
{
    if (m->phase == PHASE_SYN_RECEIVED) {
        m->phase = PHASE_OPEN;
    }
    if (m->phase == PHASE_OPEN && m->una_lo < 1 && m->una_hi >= 1) {
        m->una_lo = 1;
        if (m->una_hi <= 1) {
            m->doubt_since =
                0; /* one of the ACKs that came by now was taken, and made the sample */
        }
    }
}

static void opened(struct model *m, const struct trace_event *ev)
{
    if (ev->call == TRACE_CONNECT && ev->result >= 0) {
        if (m->iss_set) {
            model_renew(m, ev->time + ORIGIN, &m->set);
        }
        m->active = true;
    } else if (ev->call == TRACE_ACCEPT && ev->result >= 0) {
        m->accepted = true;
        known_open(m);
    } else if (ev->call == TRACE_CONNECTED && ev->result >= 0 && m->irs_set) {
        known_open(m);
    }
}

static void transfer(struct model *m, const struct trace_event *ev)
{
    if (ev->call == TRACE_SEND && ev->result > 0) {
        m->app_sent = ev->offset + ev->result;
        queued(m, ev->time + ORIGIN);
    } else if (ev->call == TRACE_RECV && ev->result >= 0) {
        m->eof |= ev->result == 0;
        m->app_read += ev->result;
        m->nxt_lo = m->app_read + 1 > m->nxt_lo ? m->app_read + 1 : m->nxt_lo;
    }
}

static void ending(struct model *m, const struct trace_event *ev)
{
    switch (ev->call) {
    case TRACE_SHUTDOWN:
        m->shutdown |= ev->result >= 0;
        if (m->phase != PHASE_OPEN) {
            m->causes |= CAUSE_HANDSHAKE; /* CLOSE in SYN-SENT deletes the attempt */
        }
        queued(m, ev->time + ORIGIN);
        break;
    case TRACE_CLOSE:
        closed(m, ev->time + ORIGIN);
        break;
    case TRACE_ABORT:
        aborted(m);
        break;
    case TRACE_CHECKPOINT:
        m->frozen = m->frozen || ev->result >= 0;
        m->was_frozen |= m->frozen;
        break;
    case TRACE_RESTORE:
        if (ev->result >= 0) {
            m->frozen = false;
            m->progress = ev->time + ORIGIN;
            m->stirs++;
            m->quiet_ack = ev->time + ORIGIN; /* its clock stood still: the throttle may hold yet */
            m->wait_since = 0;
        }
        break;
    default:
        break;
    }
}

/* What a listener has brought and nobody has accepted may go with it. */
static void listener_closed(struct oracle *o)
{
    for (unsigned i = 0; i < TRACE_CONNS; i++) {
        struct model *m = &o->model[i];
        if (m->bound && !model_owned(m)) {
            m->causes |= CAUSE_HANDSHAKE;
        }
    }
}

void model_call(struct oracle *o, struct model *m, const struct moment *at)
{
    const struct trace_event *ev = at->ev;
    if (ev->result > 0 || (ev->call != TRACE_RECV && ev->call != TRACE_CONNECTED &&
                           ev->call != TRACE_ACCEPT && ev->call != TRACE_SEND)) {
        m->now.called = true;
    }
    opened(m, ev);
    if (model_owned(m)) { /* else it is of the connection before this one, or of a listener */
        transfer(m, ev);
        ending(m, ev);
    } else if (ev->call == TRACE_CLOSE || ev->call == TRACE_ABORT) {
        listener_closed(o);
    }
    if (ev->call == TRACE_OPTION && ev->result >= 0) {
        m->causes |= m->iss_set ? model_silent_causes(o, m, at->now) : 0; /* by those of before */
        option(m, ev->arg, ev->offset);
        m->queued_at = ev->time + ORIGIN; /* it may let text go */
    }
    fault(o, m, ev);
    if (model_owned(m) && call_ends(ev->result)) {
        m->told_error = m->ended = true;
    }
}
