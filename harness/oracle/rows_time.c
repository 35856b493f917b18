/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows on timers: what must have happened by now. */
#include "oracle/table.h"

static const char *retransmission(const struct model *m)
{
    if (m->phase == PHASE_SYN_SENT) {
        return "TIMEOUT-RETX-SYN-SENT";
    }
    if (m->phase == PHASE_SYN_RECEIVED) {
        return "TIMEOUT-RETX-SYN-RECEIVED";
    }
    return model_zero_window(m) ? "MUST-36" : "TIMEOUT-RETX-ESTABLISHED";
}

/* The connection may lawfully be given up by now, and not a word need be said of it. */
static bool maybe_gone(const struct oracle *o, const struct model *m, uint64_t now)
{
    unsigned causes = model_causes(o, m, now);
    if (m->phase == PHASE_SYN_RECEIVED || !(m->accepted || m->active)) {
        /* SYN-RECEIVED is given up after a few tries, but not before the first */
        return (causes & ~(unsigned)CAUSE_HANDSHAKE) != 0 || m->timeouts > 0;
    }
    return causes != 0;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

void row_overdue(struct oracle *o, struct model *m, const struct moment *at)
{
    uint64_t base = later(later(m->una_sent, m->progress), m->tx_error);
    base = later(base, m->tail_probe); /* it starts the timer anew, once: RFC 8985, 7.3 */
    if (!model_in_flight(m) || !model_alive(m) || m->rto_unknown || o->alloc_fault ||
        at->now <= base || at->now - base <= model_late(o, m) || maybe_gone(o, m, base)) {
        return;
    }
    if (maybe_gone(o, m, base + model_late(o, m))) {
        return;
    }
    breach(o, m, at, ROW_OVERDUE, ORACLE_MUST, retransmission(m),
           "the octet at %lld has not been sent again for %llu ms, the RTO being at most %llu ms",
           (long long)m->una_hi, (unsigned long long)((at->now - base) / MS),
           (unsigned long long)(model_late(o, m) / MS));
}

void row_armed(struct oracle *o, struct model *m, const struct moment *at)
{
    bool queued = m->phase == PHASE_OPEN && model_waiting(m) && m->queued_since > 0;
    uint64_t limit = later(2 * m->last_gap, PROBE_LIMIT);
    if (!o->config.has_deadline || !model_alive(m) || model_fault(o, m, at->now) ||
        !(model_in_flight(m) || queued) || maybe_gone(o, m, at->now) || m->told_error) {
        return;
    }
    limit = later(limit, m->rto_unknown ? UINT64_MAX / 2 : model_late(o, m));
    if (at->deadline == UINT64_MAX) {
        breach(o, m, at, ROW_ARMED, ORACLE_MUST, queued ? "MUST-36" : retransmission(m),
               "no timer runs, though [%lld, %lld) waits", (long long)m->una_hi,
               (long long)later((uint64_t)m->snd_max, (uint64_t)m->app_sent + 1));
    } else if (at->deadline > at->now && at->deadline - at->now > limit) {
        breach(o, m, at, ROW_ARMED, ORACLE_MUST, queued ? "MUST-36" : retransmission(m),
               "the next timer is %llu s away, though [%lld, %lld) waits",
               (unsigned long long)((at->deadline - at->now) / SECOND), (long long)m->una_hi,
               (long long)later((uint64_t)m->snd_max, (uint64_t)m->app_sent + 1));
    }
}

/* Nothing in flight, something to send: if it does not go out, a probe must. */
void row_probing(struct oracle *o, struct model *m, const struct moment *at)
{
    uint64_t base = later(later(m->obliged, m->progress), later(m->queued_since, m->last_injected));
    uint64_t limit = later(2 * m->last_gap, PROBE_LIMIT) + o->config.slack + 2 * o->config.tick;
    base = later(base, m->tx_error);
    if (!model_open(m) || !model_alive(m) || !model_waiting(m) || m->una_lo != m->snd_max ||
        m->una_hi != m->una_lo || m->queued_since == 0 || m->set.user_timeout > 0 || m->closed ||
        model_fault(o, m, at->now) || maybe_gone(o, m, base + limit) || at->now <= base ||
        at->now - base <= limit) {
        return;
    }
    breach(o, m, at, ROW_PROBING, ORACLE_MUST, "MUST-36",
           "text waits from %lld on and nothing is in flight, but nothing was sent for %llu s",
           (long long)m->snd_max, (unsigned long long)((at->now - base) / SECOND));
}
