/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows on the stack as receiver: what it acknowledges, offers, and hands to its application. */
#include "oracle/table.h"

/* How far RCV.NXT could stand if every segment had been taken that must not be. */
static int64_t shadow_run(const struct model *m)
{
    int64_t run = m->run;
    int64_t before;
    do {
        before = run;
        run = spans_run(&m->shadow, run);
        run = spans_run(&m->poss, run);
    } while (run != before);
    return run;
}

static bool recent_holds(const struct model *m, uint32_t ecr)
{
    for (unsigned i = 0; i < m->n_recent; i++) {
        if (m->recent[i] == ecr) {
            return true;
        }
    }
    return m->recent_any || m->n_recent == 0;
}

static void no_effect_sent(struct oracle *o, struct model *m, const struct moment *at)
{
    const char *clause = m->shadow_clause ? m->shadow_clause : "SEG-ESTABLISHED-37";
    int64_t text_end = at->text + at->seg->len;
    if ((at->flags & WIRE_ACK) && at->ack > m->run && at->ack <= shadow_run(m)) {
        breach(o, m, at, ROW_NO_EFFECT, ORACLE_MUST, clause,
               "acknowledged %lld, but octets from %lld on came only in a segment not to be taken",
               (long long)at->ack, (long long)m->run);
    }
    if (at->seg->len > 0 && m->n_win > 0 && text_end > model_limit(m) && text_end > m->snd_max &&
        text_end <= m->shadow_edge) {
        breach(o, m, at, ROW_NO_EFFECT, ORACLE_MUST, clause,
               "sent text up to %lld, which only a segment not to be taken allowed (edge %lld)",
               (long long)text_end, (long long)model_limit(m));
    }
    if (m->ts && at->seg->opt.ts_set && (at->flags & WIRE_ACK) && m->shadow_ts_set &&
        at->seg->opt.ts_ecr == m->shadow_ts && !recent_holds(m, at->seg->opt.ts_ecr)) {
        breach(o, m, at, ROW_NO_EFFECT, ORACLE_MUST, clause,
               "echoed a timestamp that only a segment not to be taken carried");
    }
}

void row_no_effect(struct oracle *o, struct model *m, const struct moment *at)
{
    const struct trace_event *ev = at->ev;
    if (!m->irs_set || o->blind || m->muddled) {
        return;
    }
    if (at->when == ON_SENT && !(at->flags & WIRE_RST)) {
        no_effect_sent(o, m, at);
    } else if (at->when == ON_CALL && model_owned(m) && ev->call == TRACE_RECV && ev->result > 0 &&
               m->app_read + ev->result + 1 > m->run &&
               m->app_read + ev->result + 1 <= shadow_run(m)) {
        breach(o, m, at, ROW_NO_EFFECT, ORACLE_MUST,
               m->shadow_clause ? m->shadow_clause : "SEG-ESTABLISHED-37",
               "the application read up to %lld, but octets from %lld on came only in a segment "
               "not to be taken",
               (long long)m->app_read + ev->result + 1, (long long)m->run);
    }
}

void row_ack_of_unseen(struct oracle *o, struct model *m, const struct moment *at)
{
    if (!(at->flags & WIRE_ACK) || (at->flags & WIRE_RST) || o->blind || !m->irs_set) {
        return;
    }
    if (m->irs_unseen) {
        m->irs_unseen = false;
        breach(o, m, at, ROW_ACK_OF_UNSEEN, ORACLE_MUST, "TXT-3.4-2",
               "acknowledged a SYN that was never delivered");
    } else if (at->ack > m->run && at->ack > shadow_run(m)) {
        breach(o, m, at, ROW_ACK_OF_UNSEEN, ORACLE_MUST, "TXT-3.4-2",
               "acknowledged %lld, but only octets before %lld were delivered", (long long)at->ack,
               (long long)m->run);
    } else if (at->ack < m->acked && !(at->flags & WIRE_SYN)) {
        breach(o, m, at, ROW_ACK_OF_UNSEEN, ORACLE_MUST, "TXT-3.4-2",
               "acknowledged %lld after %lld: went back", (long long)at->ack, (long long)m->acked);
    }
}

void row_edge_back(struct oracle *o, struct model *m, const struct moment *at)
{
    int64_t edge = at->ack + window_of(at->seg, m->rcv_shift);
    int64_t coarse = (1 << m->rcv_shift) - 1;
    if (!(at->flags & WIRE_ACK) || (at->flags & WIRE_RST) || !m->irs_set || m->muddled ||
        model_fin_taken(m) || m->n_fin > 0 || m->fins_any) {
        return;
    }
    if (has_key(o, KEY_RETRACTS) && !model_drained(m)) {
        return;
    }
    if (edge < m->max_edge - coarse) {
        breach(o, m, at, ROW_EDGE_BACK, ORACLE_SHOULD, "SHLD-14",
               "took its right edge back to %lld, having offered %lld%s", (long long)edge,
               (long long)m->max_edge, model_drained(m) ? ", with nothing left unread" : "");
    }
}

static void every_window_quiet(struct oracle *o, struct model *m, const struct moment *at)
{
    if (m->offered_to == 0 || m->acked > m->offered_from || m->now.acks == 0 || !model_alive(m)) {
        if (m->acked > m->refused_at) {
            m->refused = 0;
        }
        return;
    }
    m->refused = m->refused_at == m->offered_from ? m->refused + 1 : 1;
    m->refused_at = m->offered_from;
    if (m->refused >= 2) {
        breach(o, m, at, ROW_EVERY_WINDOW, ORACLE_MUST, "R7323-2.4-2",
               "refused text at RCV.NXT %lld up to %lld twice, having offered a window up to %lld",
               (long long)m->offered_from, (long long)m->offered_to, (long long)m->max_edge);
    }
}

/* The ACK of a segment in any window ever offered counts: what it covers is not sent again. */
static void every_window_sent(struct oracle *o, struct model *m, const struct moment *at)
{
    bool racing = o->config.real_clock && at->now < m->last_injected + o->config.slack;
    if (at->end == at->seq || (at->flags & (WIRE_SYN | WIRE_RST)) || racing || m->tx_error != 0) {
        return;
    }
    if (at->end <= m->una_honoured && at->end > m->una_sure &&
        !(at->seg->len == 1 && at->end == m->una_honoured)) {
        breach(o, m, at, ROW_EVERY_WINDOW, ORACLE_MUST, "R7323-2.4-2",
               "sent [%lld, %lld) again, though a segment in an offered window acknowledged %lld",
               (long long)at->seq, (long long)at->end, (long long)m->una_honoured);
    }
}

void row_every_window(struct oracle *o, struct model *m, const struct moment *at)
{
    if (at->when == ON_SENT) {
        every_window_sent(o, m, at);
    } else if (at->when == ON_QUIET) {
        every_window_quiet(o, m, at);
    } else if ((at->taken & TAKEN_AT_NXT) && m->reading && model_drained(m) && at->seg->len > 0 &&
               m->now.injected == 1) {
        m->offered_from = at->seq;
        m->offered_to = at->end;
    }
}

/* Whether the tester delivered text at OFFSET that is not the stream's. */
static bool junk_at(const struct oracle *o, const struct model *m, const struct moment *at,
                    int64_t from, int64_t to)
{
    for (size_t i = 0; i < at->index; i++) {
        const struct trace_event *ev = trace_at(o->trace, i);
        if (ev->kind != TRACE_INJECTED || ev->conn != at->ev->conn || ev->seg.len == 0) {
            continue;
        }
        int64_t pos = trace_unwrap(ev->seg.seq, m->irs, from);
        pos += (ev->seg.flags & WIRE_SYN) != 0;
        if (pos < to && pos + (int64_t)ev->seg.len > from &&
            (pos < 1 || wire_stream_check(o->config.tester_seed, (uint64_t)(pos - 1),
                                          ev->seg.payload, ev->seg.len) < ev->seg.len)) {
            return true;
        }
    }
    return false;
}

static void delivery_read(struct oracle *o, struct model *m, const struct moment *at)
{
    const struct trace_event *ev = at->ev;
    int64_t from = m->app_read + 1;
    int64_t to = from + ev->result;
    if (ev->result > 0 && ev->arg < ev->result && !junk_at(o, m, at, from + ev->arg, to)) {
        breach(o, m, at, ROW_DELIVERY, ORACLE_MUST, "SEG-ESTABLISHED-28",
               "the application read an octet at %lld that is not the stream's",
               (long long)from + ev->arg);
    } else if (ev->result > 0 && to > m->run && to > shadow_run(m) && m->irs_set) {
        breach(o, m, at, ROW_DELIVERY, ORACLE_MUST, "SEG-ESTABLISHED-28",
               "the application read up to %lld, but only octets before %lld were delivered",
               (long long)to, (long long)m->run);
    } else if (ev->result == 0 && !m->eof && !m->told_error && !m->aborted && m->irs_set) {
        for (unsigned i = 0; i < m->n_fin; i++) {
            if (m->fin[i] == from) {
                return;
            }
        }
        if (!m->fins_any) {
            breach(o, m, at, ROW_DELIVERY, ORACLE_MUST, "SEG-ESTABLISHED-33",
                   "the application was told of the end of the stream at %lld, where no FIN came",
                   (long long)from);
        }
    }
}

static void delivery_quiet(struct oracle *o, struct model *m, const struct moment *at)
{
    int64_t text = m->acked - m->fins_any; /* one of them may be a FIN that is not in the account */
    bool fin = false;
    uint64_t patience = MS + o->config.tick + o->config.slack;
    if (m->n_fin > 0 && m->acked > m->fin[0]) {
        text = m->fin[0];
        fin = m->n_fin == 1 && !m->fins_any && !m->syn_text && m->text_end <= text;
    }
    if (!m->reading || !(m->accepted || m->active) || m->closed || m->told_error || m->ended ||
        m->frozen || !m->irs_set || (m->app_read + 1 >= text && (m->eof || !fin))) {
        m->unread_since = 0;
    } else if (m->unread_since == 0) {
        m->unread_since = at->now > 0 ? at->now : 1;
    } else if (at->now > m->unread_since + patience) {
        bool octets = m->app_read + 1 < text;
        breach(o, m, at, ROW_DELIVERY, ORACLE_MUST,
               octets ? "SEG-ESTABLISHED-28" : "SEG-ESTABLISHED-34",
               "acknowledged up to %lld, but a willing reader got %lld octets and %s the end",
               (long long)m->acked, (long long)m->app_read, m->eof ? "was told of" : "not");
    }
}

void row_delivery(struct oracle *o, struct model *m, const struct moment *at)
{
    if (o->blind) {
        return;
    }
    if (at->when == ON_QUIET) {
        delivery_quiet(o, m, at);
    } else if (at->ev->call == TRACE_RECV && model_owned(m)) {
        delivery_read(o, m, at);
    }
}

void row_timestamps(struct oracle *o, struct model *m, const struct moment *at)
{
    const struct wire_options *opt = &at->seg->opt;
    if (!m->ts || m->muddled || !m->irs_set || (at->flags & WIRE_RST)) {
        return;
    }
    if (has_key(o, KEY_TSRECENT0)) {
        for (unsigned i = 0; i < m->n_recent; i++) {
            if (m->recent[i] == 0) {
                return;
            }
        }
    }
    if (!opt->ts_set) {
        breach(o, m, at, ROW_TIMESTAMPS, ORACLE_MUST, "R7323-3.2-9",
               "a segment without timestamps, which both SYNs agreed on");
        return;
    }
    if (m->ts_val_set && ts_older(opt->ts_val, m->ts_val) && !ts_turned(m, at->now)) {
        breach(o, m, at, ROW_TIMESTAMPS, ORACLE_MUST, "R7323-4.1-1",
               "TSval %u after %u: its clock went back", (unsigned)opt->ts_val,
               (unsigned)m->ts_val);
    }
    if ((at->flags & WIRE_ACK) && !o->blind && !recent_holds(m, opt->ts_ecr) &&
        !(m->shadow_ts_set && opt->ts_ecr == m->shadow_ts)) {
        breach(o, m, at, ROW_TIMESTAMPS, ORACLE_MUST, "R7323-3.2-5",
               "echoed TSecr %u, but TS.Recent is %u", (unsigned)opt->ts_ecr,
               (unsigned)m->recent[0]);
    }
}
