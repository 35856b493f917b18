/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows on the stack as sender: windows, and what is sent again. */
#include "oracle/table.h"

void row_beyond_edge(struct oracle *o, struct model *m, const struct moment *at)
{
    int64_t end = at->text + at->seg->len;
    if ((at->flags & (WIRE_RST | WIRE_SYN)) || m->n_win == 0 || m->muddled || end <= m->snd_max) {
        return;
    }
    int64_t limit = model_limit(m);
    if (m->limit_before > limit && at->now < m->limit_until) {
        limit = m->limit_before;
    }
    if (end <= limit) {
        return;
    }
    if (model_maybe_shut(m, m->una_hi) && (int64_t)at->seg->len <= model_mss(m)) {
        if (m->zero_text) {
            breach(o, m, at, ROW_BEYOND_EDGE, ORACLE_MUST, "TXT-3.8.6-1",
                   "a second segment beyond a closed window in one instant, up to %lld",
                   (long long)end);
        }
        return;
    }
    if (end <= m->shadow_edge) {
        return; /* no-effect has the word */
    }
    if (end > m->edge_max) {
        breach(o, m, at, ROW_BEYOND_EDGE, ORACLE_MUST, "TXT-3.8.6-1",
               "sent text up to %lld, beyond every edge offered (%lld)", (long long)end,
               (long long)m->edge_max);
        return;
    }
    breach(o, m, at, ROW_BEYOND_EDGE, ORACLE_MUST, "R7323-2.4-4",
           "sent new text up to %lld, beyond the newest edge %lld", (long long)end,
           (long long)limit);
}

void row_no_resend(struct oracle *o, struct model *m, const struct moment *at)
{
    int64_t una = m->una_sure;
    if (o->config.real_clock && at->now < m->una_judged_at + o->config.slack) {
        una = m->una_judged; /* what may still have been on its way is not held against it */
    }
    if ((at->flags & (WIRE_SYN | WIRE_RST)) == WIRE_SYN && m->crossed && m->now.injected == 0 &&
        m->tx_error == 0 && model_alive(m) && at->seg->seq == m->iss) {
        breach(o, m, at, ROW_NO_RESEND, ORACLE_MUST, "MUST-10",
               "sent its SYN again, though a SYN,ACK that crossed it had acknowledged it");
    }
    if (at->end == at->seq || (at->flags & (WIRE_SYN | WIRE_RST)) || m->tx_error != 0 ||
        at->end > una || (at->end == una && at->seg->len == 1 && !(at->flags & WIRE_FIN))) {
        return;
    }
    breach(o, m, at, ROW_NO_RESEND, ORACLE_MUST, "SEG-ESTABLISHED-20",
           "sent [%lld, %lld) again, though %lld was acknowledged", (long long)at->seq,
           (long long)at->end, (long long)una);
}

/* An empty segment that asks for the window is sent at a pace that slows down. */
static void probes_slow_down(struct oracle *o, struct model *m, const struct moment *at)
{
    uint64_t before = m->probe[0] - m->probe[1];
    uint64_t gap = at->now - m->probe[0];
    uint64_t grace = 2 * o->config.tick + 1000 + (o->config.real_clock ? gap / 8 + 3 * JIFFY : 0);
    if (m->probe[1] == 0 || m->probe_stirs != m->stirs || !model_zero_window(m) ||
        !model_waiting(m) || m->set.keepalive || at->seq != m->una_hi - 1 ||
        m->una_lo != m->snd_max || gap == 0 || gap + grace >= before + before / 4 ||
        gap + grace >= 60 * SECOND) {
        return;
    }
    breach(o, m, at, ROW_BACK_OFF, ORACLE_SHOULD, "SHLD-30",
           "probed the closed window after %llu ms, the gap before having been %llu ms",
           (unsigned long long)(gap / MS), (unsigned long long)(before / MS));
}

void row_back_off(struct oracle *o, struct model *m, const struct moment *at)
{
    uint64_t before, gap, grace;
    bool probe = model_zero_window(m);
    if (at->end == at->seq && (at->flags & ~WIRE_PSH) == WIRE_ACK) {
        probes_slow_down(o, m, at);
    }
    if (m->n_repeat < 2 || model_stirred(m) || m->una_lo != m->una_hi || at->end == at->seq ||
        (at->flags & WIRE_RST) || at->seq > m->una_hi || at->end <= m->una_hi || m->tx_error != 0 ||
        (o->config.linear_syn && m->phase < PHASE_OPEN)) {
        return;
    }
    before = m->repeat[m->n_repeat - 1] - m->repeat[m->n_repeat - 2];
    gap = at->now - m->repeat[m->n_repeat - 1];
    grace = 2 * o->config.tick + 1000;
    if (o->config.real_clock) {
        grace += gap / 8 + 3 * JIFFY;
    }
    if (gap == 0 || gap + grace >= 2 * before || gap + grace >= 60 * SECOND) {
        return;
    }
    breach(o, m, at, ROW_BACK_OFF, probe ? ORACLE_SHOULD : ORACLE_MUST,
           probe ? "SHLD-30" : "R6298-5.5-1",
           "repeated the octet at %lld after %llu ms, the gap before having been %llu ms",
           (long long)m->una_hi, (unsigned long long)(gap / MS), (unsigned long long)(before / MS));
}
