/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows that look deeper: SACK, TIME-WAIT, first timeouts, the window that opens again. */
#include "oracle/table.h"

static bool delivered(const struct model *m, int64_t from, int64_t to)
{
    return to <= m->run || spans_hold(&m->poss, from < m->run ? m->run : from, to);
}

/* More segments than this above a hole may be more than a stack keeps: they are not named then. Nor
 * is anything sure where memory runs out before the window does. */
enum { KEPT = 8 };

/* The ACK that a segment above a hole draws names it, first of all but a duplicate. */
static void newest_first(struct oracle *o, struct model *m, const struct moment *at)
{
    const struct wire_options *opt = &at->seg->opt;
    const struct answering *a = &m->now;
    if (a->injected != 1 || a->acks > 0 || a->called || o->config.real_clock ||
        (a->taken & (TAKEN_HONOURED | TAKEN_OUT)) != (TAKEN_HONOURED | TAKEN_OUT) ||
        at->end > at->seq || at->ack > a->seq || a->text_end > m->edge || a->text_end <= a->seq ||
        !m->reading || !model_drained(m) || model_fault(o, m, at->now) || m->n_fin > 0 ||
        m->resized || m->retracted || m->held > KEPT || m->run > a->seq ||
        has_key(o, KEY_RETRACTS)) {
        return;
    }
    for (unsigned i = 0; i < opt->sacks && i < 2; i++) {
        int64_t left = trace_unwrap(opt->sack[i].left, m->irs, at->ack);
        int64_t right = trace_unwrap(opt->sack[i].right, m->irs, at->ack);
        if (left <= a->seq && right >= a->text_end) {
            return;
        }
    }
    breach(o, m, at, ROW_SACK_TRUTH, opt->sacks > 0 ? ORACLE_MUST : ORACLE_SHOULD,
           opt->sacks > 0 ? "R2018-4-7" : "R2018-4-6",
           "an ACK in answer to [%lld, %lld), above a hole, does not name it%s", (long long)a->seq,
           (long long)a->text_end, opt->sacks > 0 ? " first" : "");
}

void row_sack_truth(struct oracle *o, struct model *m, const struct moment *at)
{
    const struct wire_options *opt = &at->seg->opt;
    if (!m->irs_set || !m->sack || m->muddled || o->blind) {
        return;
    }
    for (unsigned i = 0; i < opt->sacks; i++) {
        int64_t left = trace_unwrap(opt->sack[i].left, m->irs, at->ack);
        int64_t right = trace_unwrap(opt->sack[i].right, m->irs, at->ack);
        bool duplicate = i == 0 && (right <= at->ack || opt->sacks > 1); /* D-SACK, RFC 2883 */
        if (left >= right) {
            breach(o, m, at, ROW_SACK_TRUTH, ORACLE_MUST, "R2018-3-3",
                   "a SACK block [%lld, %lld) with nothing in it", (long long)left,
                   (long long)right);
        } else if (!duplicate && left <= at->ack) {
            breach(o, m, at, ROW_SACK_TRUTH, ORACLE_MUST, "R2018-3-3",
                   "a SACK block [%lld, %lld) that begins at or below the ACK %lld",
                   (long long)left, (long long)right, (long long)at->ack);
        } else if (!delivered(m, left, right) && !spans_meet(&m->shadow, left, right)) {
            breach(o, m, at, ROW_SACK_TRUTH, ORACLE_MUST, "R2018-3-3",
                   "a SACK block [%lld, %lld) with octets that were not delivered", (long long)left,
                   (long long)right);
        }
    }
    if ((at->flags & WIRE_ACK) && !(at->flags & (WIRE_SYN | WIRE_RST))) {
        newest_first(o, m, at);
    }
}

static bool in_time_wait(const struct oracle *o, const struct model *m, uint64_t now)
{
    return m->closed_first && m->both_closed > 0 && m->una_lo > m->fin_sent && !m->ended &&
           m->causes == 0 && !m->frozen && !m->alloc_fault && /* for want of memory it may go */
           now + o->config.tick < m->both_closed + 2 * o->config.msl;
}

/* MAY-2: a SYN may reopen if its number, or its timestamp (RFC 6191), is beyond what there was. */
static bool may_reopen(const struct model *m, const struct syn_seen *syn)
{
    bool later = trace_unwrap(syn->seq, m->irs, m->acked) >= m->acked;
    /* RFC 6191, 2: a SYN with timestamps after a connection without is another one's too. */
    bool newer = syn->opt.ts_set && (!m->ts || m->recent_any || m->n_recent == 0 ||
                                     ts_older(m->recent[0], syn->opt.ts_val));
    return later || newer;
}

/* Of several SYNs of one number the answer does not say which was meant. */
static bool one_may_reopen(const struct model *m, uint32_t seq)
{
    unsigned n = m->n_syn < SYNS ? m->n_syn : SYNS;
    for (unsigned i = 0; i < n; i++) {
        if (m->syn[i].seq == seq && may_reopen(m, &m->syn[i])) {
            return true;
        }
    }
    return false;
}

static void reopened(struct oracle *o, struct model *m, const struct moment *at)
{
    const struct syn_seen *syn = model_syn(m, at->seg->ack);
    int64_t iss = trace_unwrap(at->seg->seq, m->iss, m->snd_max);
    if (!(at->flags & WIRE_ACK) || !syn || !model_begins(o, m, at)) {
        return;
    }
    if (!one_may_reopen(m, syn->seq)) {
        breach(o, m, at, ROW_TIME_WAIT, ORACLE_MUST, "MUST-13",
               "left TIME-WAIT for an old SYN at %lld, below %lld",
               (long long)trace_unwrap(syn->seq, m->irs, m->acked), (long long)m->acked);
    } else if (iss < m->snd_max) {
        breach(o, m, at, ROW_TIME_WAIT, ORACLE_MUST, "MUST-13",
               "left TIME-WAIT for a new SYN with an ISS of %lld, %lld having been used",
               (long long)iss, (long long)m->snd_max - 1);
    }
}

void row_time_wait(struct oracle *o, struct model *m, const struct moment *at)
{
    if (at->when == ON_QUIET) {
        answer_settle(o, m, at, ROW_TIME_WAIT);
    } else if (!m->irs_set || o->blind || !in_time_wait(o, m, at->now)) {
        return;
    } else if (at->when == ON_SYN) {
        reopened(o, m, at);
    } else if (answer_judged(o, m, at) && (at->flags & WIRE_FIN) && m->n_fin == 1 && !m->fins_any &&
               at->end - 1 == m->fin[0] && at->ack == m->snd_max &&
               (!m->ts || at->seg->opt.ts_set)) {
        answer_owe(m, at, ROW_TIME_WAIT, ORACLE_MUST, "SEG-TIME-WAIT-13",
                   "a FIN seen again in TIME-WAIT");
        m->now.owed_rst = false;
    }
}

static void too_soon(struct oracle *o, struct model *m, const struct moment *at)
{
    uint64_t grace = o->config.tick + 1000;
    uint64_t gap = at->now - m->una_sent;
    grace += o->config.real_clock ? SECOND / 8 + 3 * JIFFY : 0;
    if (m->timeouts == 0 && !m->sampled && gap + grace < SECOND) {
        breach(o, m, at, ROW_FIRST_TIMEOUTS, ORACLE_SHOULD, "R6298-2.1-1",
               "repeated the octet at %lld after %llu ms, without a sample", (long long)m->una_hi,
               (unsigned long long)(gap / MS));
    }
}

void row_first_timeouts(struct oracle *o, struct model *m, const struct moment *at)
{
    int64_t mss = model_mss(m);
    bool again;
    if (at->end == at->seq || (at->flags & WIRE_RST) || m->tx_error != 0 || m->muddled ||
        !model_in_flight(m) || m->frozen || m->was_frozen) {
        return;
    }
    again = at->seq <= m->una_hi && at->end > m->una_lo;
    if (again && m->injected_index < m->una_index && m->una_lo == m->una_hi) {
        too_soon(o, m, at);
    } else if (!again && m->by_timer && !model_stirred(m) && at->seg->len > 0 &&
               m->burst + (int64_t)at->seg->len > mss) {
        breach(o, m, at, ROW_FIRST_TIMEOUTS, ORACLE_MUST, "R5681-3.1-24",
               "sent %lld octets after a timeout with nothing delivered, the MSS being %lld",
               (long long)m->burst + (int64_t)at->seg->len, (long long)mss);
    }
}

/* How much must be free before a small window is opened (RFC 9293, 3.8.6.2.2). */
static int64_t worth(const struct model *m)
{
    int64_t mss = m->stack_opt.mss_set ? m->stack_opt.mss : 536;
    int64_t half = m->wnd_largest / 2;
    mss = model_mss(m) < mss ? model_mss(m) : mss; /* by the words, Eff.snd.MSS */
    return mss < half ? mss : half;
}

void row_reopen(struct oracle *o, struct model *m, const struct moment *at)
{
    int64_t coarse = 1 << m->rcv_shift;
    if (m->phase != PHASE_OPEN || m->muddled || m->resized || model_fin_taken(m) ||
        !model_alive(m) || model_fault(o, m, at->now) || m->n_fin > 0 || m->closed ||
        m->acked < 2 || m->last_ack == 0) {
        return;
    }
    if (at->when == ON_QUIET) {
        if (m->reading && model_drained(m) && m->poss.n == 0 && m->run == m->acked &&
            m->edge - m->acked + coarse < worth(m) && m->app_read - m->read_mark >= worth(m)) {
            breach(o, m, at, ROW_REOPEN, ORACLE_SHOULD, "SEG-ESTABLISHED-30",
                   "%lld octets were read, but the window of %lld was not opened",
                   (long long)m->app_read - m->read_mark, (long long)m->edge - m->acked);
        }
    } else if (at->when == ON_SENT && (at->flags & WIRE_ACK) && !(at->flags & WIRE_RST)) {
        int64_t edge = at->ack + window_of(at->seg, m->rcv_shift);
        if (edge >= m->max_edge + coarse && edge > at->ack && edge - at->ack + coarse < worth(m) &&
            edge - m->max_edge + coarse < worth(m)) {
            breach(o, m, at, ROW_REOPEN, ORACLE_SHOULD, "MUST-39",
                   "moved its right edge by %lld alone, to a window of %lld",
                   (long long)edge - m->max_edge, (long long)edge - at->ack);
        }
    }
}
