/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows on how much is sent into a path, and on the repair of a loss. */
#include "oracle/table.h"

/* RFC 6928, 2, the largest initial window there is. */
static int64_t initial_window(const struct model *m)
{
    int64_t mss = model_mss(m);
    int64_t bound = 2 * mss > 14600 ? 2 * mss : 14600;
    return 10 * mss < bound ? 10 * mss : bound;
}

void row_flight(struct oracle *o, struct model *m, const struct moment *at)
{
    int64_t flight = at->text + at->seg->len - m->una_hi;
    if (at->seg->len == 0 || at->end <= m->snd_max || (at->flags & (WIRE_SYN | WIRE_RST)) ||
        m->phase != PHASE_OPEN || m->muddled || m->was_frozen || m->tx_error != 0) {
        return;
    }
    if (m->deflated > 0 && flight > m->deflated) {
        breach(o, m, at, ROW_FLIGHT, ORACLE_MUST, "R5681-3.2-13",
               "%lld octets are in flight right after a recovery, %lld being the most there may be",
               (long long)flight, (long long)m->deflated);
    }
    /* Any delivery since the first octet went out may have widened the window. */
    if (m->una_hi == 1 && m->una_lo == 1 && m->timeouts == 0 && m->snd_max > 1 &&
        m->injected_index < m->una_index && flight > initial_window(m)) {
        breach(o, m, at, ROW_FLIGHT, ORACLE_MUST, "R5681-3.1-2",
               "a first flight of %lld octets, %lld being the largest initial window",
               (long long)flight, (long long)initial_window(m));
    }
}

void row_fast_retransmit(struct oracle *o, struct model *m, const struct moment *at)
{
    bool patient = m->reordered || o->config.real_clock; /* RFC 8985, 6.2 waits a little */
    if (at->when == ON_INJECTED && o->config.real_clock) {
        return; /* the answer to the one before may not have been read yet */
    }
    if (m->dups < 3 || m->recover >= m->una_hi || (m->sack && patient) || !model_open(m) ||
        !model_alive(m) || m->was_frozen || m->muddled || o->blind || m->tx_error != 0 ||
        model_fault(o, m, at->now) || model_causes(o, m, at->now) != 0) {
        return;
    }
    breach(o, m, at, ROW_FAST_RETRANSMIT, ORACLE_SHOULD, "R5681-3.2-3",
           "%u duplicate ACKs did not bring the octet at %lld again", m->dups,
           (long long)m->una_hi);
}
