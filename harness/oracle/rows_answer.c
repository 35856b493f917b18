/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows on what a delivered segment must be answered with, how soon, and how often. */
#include "oracle/table.h"

/* A plain segment that can be judged alone, on a connection that is surely there (C39). */
bool answer_judged(const struct oracle *o, const struct model *m, const struct moment *at)
{
    return m->now.injected == 1 && !o->blind && !m->muddled && !(at->taken & TAKEN_BROKEN) &&
           at->seg->errors == 0 && (at->flags & WIRE_ACK) && !(at->flags & (WIRE_RST | WIRE_SYN)) &&
           !model_fault(o, m, at->now);
}

void answer_owe(struct model *m, const struct moment *at, enum row row, enum oracle_level level,
                const char *clause, const char *why)
{
    struct answering *a = &m->now;
    if (a->owed) {
        return;
    }
    a->owed = clause;
    a->owed_why = why;
    a->owed_row = row;
    a->owed_level = level;
    a->owed_index = at->index;
    a->owed_ack = true;
    a->owed_if_read = false;
    a->owed_rst = m->closed; /* once the application is gone, a RST is the answer */
}

void answer_settle(struct oracle *o, struct model *m, const struct moment *at, enum row row)
{
    struct answering *a = &m->now;
    bool over = m->ended && row != ROW_TIME_WAIT; /* from there no RST goes out */
    if (!a->owed || a->owed_row != row || a->injected > 1 || over) {
        return;
    }
    if (a->owed_if_read && m->app_read + 1 <= a->end) {
        return; /* it had not kept what lies above the hole, or who can tell */
    }
    struct moment guilty = *at;
    guilty.index = a->owed_index;
    breach(o, m, &guilty, row, a->owed_level, a->owed, "no answer to %s [%lld, %lld)", a->owed_why,
           (long long)a->seq, (long long)a->end);
}

static void owed_text(struct model *m, const struct moment *at)
{
    bool surely_not = (at->taken & TAKEN_NOT) != 0;
    if (at->end <= m->nxt_lo) {
        answer_owe(m, at, ROW_OWED_ACK, ORACLE_MUST, "SEG-ESTABLISHED-1", "a duplicate");
    } else if (surely_not && at->seq > m->run && at->seq >= m->max_edge) {
        answer_owe(m, at, ROW_OWED_ACK, ORACLE_MUST, "SEG-ESTABLISHED-1", "text beyond the window");
    } else if (surely_not) {
        answer_owe(m, at, ROW_OWED_ACK, ORACLE_SHOULD, "R7323-5.3-3", "text with an old timestamp");
    } else if (at->seq == m->run && at->seq == m->acked && at->seq == m->max_edge &&
               at->seq >
                   m->wnd_largest && /* a SYN may have offered more, before there was an edge */
               m->n_fin == 0) {
        answer_owe(m, at, ROW_OWED_ACK, ORACLE_MUST, "TXT-3.8.6.1-1", "text at a closed window");
    } else if ((at->taken & TAKEN_HONOURED) && (at->taken & TAKEN_OUT) && at->end <= m->edge &&
               at->seq > m->run) {
        answer_owe(m, at, ROW_OWED_ACK, ORACLE_SHOULD, "R5681-4.2-6", "text above a hole");
    } else if ((at->taken & TAKEN_SURE) && m->poss.n > 0 && at->end >= m->poss.at[0].from) {
        answer_owe(m, at, ROW_OWED_ACK, ORACLE_SHOULD, "R5681-4.2-8", "text that fills a hole");
        m->now.owed_if_read = true;
    }
}

void row_owed_ack(struct oracle *o, struct model *m, const struct moment *at)
{
    if (at->when == ON_QUIET) {
        answer_settle(o, m, at, ROW_OWED_ACK);
        return;
    }
    if (!answer_judged(o, m, at) || !model_open(m) || !model_alive(m) ||
        (m->ts && !at->seg->opt.ts_set) || at->ack > m->snd_max ||
        (model_fin_acked(m) && m->n_fin > 0)) {
        return;
    }
    if (at->end > at->seq) {
        if (at->ack >= m->una_lo) {
            owed_text(m, at);
        }
    } else if ((at->taken & TAKEN_NOT) && (at->seq < m->acked - 1 || at->seq > m->run) &&
               (!m->ts || !ts_older(at->seg->opt.ts_val, m->recent[0])) && at->ack >= m->una_lo &&
               (m->quiet_ack == 0 || at->now >= m->quiet_ack + SECOND)) {
        answer_owe(m, at, ROW_OWED_ACK, ORACLE_MUST, "SEG-ESTABLISHED-1",
                   "an empty segment outside the window");
    }
}

static void unacceptable_before(struct model *m, const struct moment *at)
{
    bool low = at->ack < 1;
    if (m->phase == PHASE_SYN_SENT && m->n_syn == 0) {
        if (low || at->ack > m->snd_max) {
            answer_owe(m, at, ROW_ACK_UNACCEPTABLE, ORACLE_MUST,
                       low ? "SEG-SYN-SENT-1" : "SEG-SYN-SENT-2", "an ACK of what was not sent");
            m->now.owed_rst = true;
            m->now.owed_ack = false;
        }
    } else if (m->phase == PHASE_SYN_RECEIVED && m->una_hi == 0 && at->seq == m->run &&
               (!m->ts || at->seg->opt.ts_set)) { /* RFC 7323, 3.2: without, it may be dropped */
        if (low || at->ack > m->snd_max) {
            answer_owe(m, at, ROW_ACK_UNACCEPTABLE, ORACLE_MUST,
                       low ? "SEG-SYN-RECEIVED-16" : "SEG-SYN-RECEIVED-17",
                       "an ACK of what was not sent");
            m->now.owed_rst = true;
        }
    }
}

void row_ack_unacceptable(struct oracle *o, struct model *m, const struct moment *at)
{
    bool quiet = m->quiet_ack == 0 || at->now >= m->quiet_ack + SECOND;
    if (at->when == ON_QUIET) {
        answer_settle(o, m, at, ROW_ACK_UNACCEPTABLE);
        return;
    }
    if (!answer_judged(o, m, at) || !quiet || m->ended) {
        return;
    }
    if (!m->iss_set) {
        if (m->n_syn == 0 && !m->active && !m->closed) {
            answer_owe(m, at, ROW_ACK_UNACCEPTABLE, ORACLE_MUST, "SEG-LISTEN-2",
                       "an ACK where there is no connection");
            m->now.owed_rst = true;
            m->now.owed_ack = false;
        }
    } else if (m->phase < PHASE_OPEN) {
        unacceptable_before(m, at);
    } else if (model_open(m) && model_alive(m) && !m->closed && at->ack > m->snd_max &&
               !(model_fin_acked(m) && m->n_fin > 0) && /* TIME-WAIT may keep silent */
               (!m->ts || at->seg->opt.ts_set)) {
        answer_owe(m, at, ROW_ACK_UNACCEPTABLE, ORACLE_MUST, "SEG-ESTABLISHED-19",
                   "an ACK of what was not sent");
    }
}

void row_ack_timely(struct oracle *o, struct model *m, const struct moment *at)
{
    uint64_t limit = m->wait_since + 500 * MS;
    int64_t rmss = m->stack_opt.mss_set ? m->stack_opt.mss : 536;
    if (m->wait_since == 0 || !model_open(m) || !model_alive(m) || o->blind ||
        model_fault(o, m, at->now)) {
        return;
    }
    if (at->when == ON_TIME && at->now > limit + o->config.tick + o->config.slack) {
        breach(o, m, at, ROW_ACK_TIMELY, ORACLE_MUST, "MUST-40",
               "text at %lld was not acknowledged for more than 500 ms", (long long)m->wait_from);
        m->wait_since = 0;
    } else if (at->when == ON_SENT && at->now == limit && (at->flags & WIRE_ACK)) {
        breach(o, m, at, ROW_ACK_TIMELY, ORACLE_SHOULD, "MUST-40",
               "text at %lld was acknowledged after 500 ms, which is not below them (C19)",
               (long long)m->wait_from);
    } else if (at->when == ON_QUIET && !m->wait_warned && m->reading && model_drained(m) &&
               !m->resized) { /* its RMSS may no longer be that of its SYN */
        rmss -= m->ts ? 12 : 0;
        if (m->wait_to - m->wait_from >= 2 * rmss) {
            m->wait_warned = true;
            breach(o, m, at, ROW_ACK_TIMELY, ORACLE_SHOULD, "SHLD-19",
                   "two full segments wait for an ACK, [%lld, %lld)", (long long)m->wait_from,
                   (long long)m->wait_to);
        }
    }
}

/* An answer to this would itself be answered: nothing may come of it. */
static bool must_be_silent(const struct oracle *o, const struct model *m, const struct moment *at)
{
    return answer_judged(o, m, at) && model_open(m) && model_alive(m) &&
           (at->taken & TAKEN_COUNTS) && at->end == at->seq && at->seq == m->nxt_lo &&
           at->seq == m->run && at->seq == m->acked && (at->flags & ~WIRE_PSH) == WIRE_ACK &&
           m->wait_since == 0 && m->poss.n == 0 && m->edge > m->acked && m->edge >= m->max_edge &&
           (at->seg->tos & 3) == 0 && m->reading && model_drained(m);
}

static void repeated_octets(struct oracle *o, struct model *m, const struct moment *at)
{
    const struct answering *a = &m->now;
    for (unsigned i = 0; i < a->n; i++) {
        for (unsigned j = i + 1; j < a->n; j++) {
            if (m->sack && m->recover > m->una_hi && a->last[j]) {
                continue; /* the last of all may go once more: RFC 6675, 4, NextSeg (4) */
            }
            if (a->sent[j].from < a->sent[i].to && a->sent[j].to > a->sent[i].from) {
                breach(o, m, at, ROW_ANSWERS_BOUNDED, ORACLE_MUST, "R6298-5-1",
                       "sent the octet at %lld twice in one instant",
                       (long long)(a->sent[j].from > a->sent[i].from ? a->sent[j].from
                                                                     : a->sent[i].from));
                return;
            }
        }
    }
}

void row_answers_bounded(struct oracle *o, struct model *m, const struct moment *at)
{
    struct answering *a = &m->now;
    if (at->when == ON_INJECTED) {
        a->silent = must_be_silent(o, m, at);
        a->filled_hole = m->poss.n > 0;
        return;
    }
    if (a->injected != 1 || o->config.real_clock || o->blind || m->tx_error != 0) {
        return;
    }
    if (a->empty_acks > (a->filled_hole ? 2u : 1u)) {
        breach(o, m, at, ROW_ANSWERS_BOUNDED, ORACLE_MUST, "R5681-4.2-9",
               "%u empty ACKs for one delivered segment", a->empty_acks);
    } else if (a->rsts > 1) {
        breach(o, m, at, ROW_ANSWERS_BOUNDED, ORACLE_MUST, "TXT-3.5.2-1",
               "%u RSTs for one delivered segment", a->rsts);
    } else if (a->silent && a->empty_acks > 0) {
        breach(o, m, at, ROW_ANSWERS_BOUNDED, ORACLE_SHOULD, "SEG-ESTABLISHED-22",
               "answered an empty ACK at RCV.NXT %lld with an ACK", (long long)a->seq);
    }
    repeated_octets(o, m, at);
}
