/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows on the shape of what the stack sends. */
#include "oracle/table.h"

static void errors(struct oracle *o, struct model *m, const struct moment *at)
{
    static const struct {
        uint32_t errors;
        const char *clause;
    } table[] = {
        {WIRE_SHORT | WIRE_IP_HEADER | WIRE_TCP_OFFSET, "TXT-3.1-3"},
        {WIRE_IP_CHECKSUM | WIRE_TCP_CHECKSUM, "MUST-2"},
        {WIRE_OPTION_LENGTH | WIRE_OPTION_KIND, "MUST-68"},
        {WIRE_EOL_PADDING, "MUST-69"},
        {WIRE_RESERVED, "TXT-3.1-1"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        uint32_t bad = at->seg->errors & table[i].errors;
        if (bad) {
            breach(o, m, at, ROW_FORM, ORACLE_MUST, table[i].clause, "sent a malformed segment: %s",
                   wire_error_text(bad));
        }
    }
}

static void options(struct oracle *o, struct model *m, const struct moment *at)
{
    const struct wire_options *opt = &at->seg->opt;
    bool syn = (at->flags & WIRE_SYN) != 0;
    bool known = m && m->irs_set && m->phase >= PHASE_SYN_RECEIVED && !m->muddled;
    if (!syn && opt->mss_set) {
        breach(o, m, at, ROW_FORM, ORACLE_MUST, "MUST-65", "MSS option on a segment without SYN");
    }
    if (!syn && opt->wscale_set) {
        breach(o, m, at, ROW_FORM, ORACLE_MUST, "R7323-1.3-1",
               "window scale option on a segment without SYN");
    }
    if (opt->wscale_set && opt->wscale > 14) {
        breach(o, m, at, ROW_FORM, ORACLE_MUST, "R7323-2.3-8", "announced a window shift of %u",
               (unsigned)opt->wscale);
    }
    if (!syn && opt->sack_ok) {
        breach(o, m, at, ROW_FORM, ORACLE_MUST, "R2018-2-2",
               "SACK-permitted on a segment without SYN");
    }
    if (!syn && known && opt->sacks > 0 && !m->sack) {
        breach(o, m, at, ROW_FORM, ORACLE_MUST, "R2018-4-3",
               "SACK blocks, though not both SYNs permitted them");
    }
    if (!syn && known && opt->ts_set && !m->ts && !(at->flags & WIRE_RST)) {
        breach(o, m, at, ROW_FORM, ORACLE_MUST, "R7323-3.2-14",
               "timestamps, though not both SYNs had them");
    }
}

void row_form(struct oracle *o, struct model *m, const struct moment *at)
{
    const struct wire_seg *seg = at->seg;
    if (seg->errors & (WIRE_NOT_TCP | WIRE_FRAGMENT)) {
        return;
    }
    if (seg->errors) {
        errors(o, m, at);
    }
    if (seg->errors & WIRE_UNREADABLE) {
        return;
    }
    if (seg->raw_options_len > 0) {
        options(o, m, at);
    }
    if ((at->flags & WIRE_AE) && m && !m->tester_accecn && !m->stack_accecn &&
        !(at->flags & WIRE_SYN)) {
        breach(o, m, at, ROW_FORM, ORACLE_MUST, "TXT-3.1-1",
               "reserved bit set (AE, though AccECN was not asked for)");
    }
}

void row_same_bytes(struct oracle *o, struct model *m, const struct moment *at)
{
    const struct wire_seg *seg = at->seg;
    int64_t end = at->text + seg->len;
    if (seg->len == 0 || (at->flags & WIRE_RST) || !m->iss_set ||
        (seg->len == 1 && end <= m->una_hi)) {
        return; /* RFC 9293, 3.8.4 allows a keep-alive one octet of garbage */
    }
    if (at->text < 1) {
        breach(o, m, at, ROW_SAME_BYTES, ORACLE_MUST, "TXT-3.4.3-2",
               "sent text at %lld, where the SYN is", (long long)at->text);
        return;
    }
    if (end > m->app_sent + 1) {
        breach(o, m, at, ROW_SAME_BYTES, ORACLE_MUST, "TXT-3.4.3-2",
               "sent text up to %lld, but the application wrote only up to %lld", (long long)end,
               (long long)m->app_sent + 1);
        return;
    }
    size_t good =
        wire_stream_check(o->config.stack_seed, (uint64_t)(at->text - 1), seg->payload, seg->len);
    if (good < seg->len) {
        breach(o, m, at, ROW_SAME_BYTES, ORACLE_MUST, "TXT-3.4.3-2",
               "the octet sent at %lld is not the one that was written there",
               (long long)at->text + (int64_t)good);
    }
}

static void fin_fixed(struct oracle *o, struct model *m, const struct moment *at)
{
    int64_t pos = at->end - 1;
    if (!model_owned(m)) {
        return; /* closed before it was handed over: whose calls they were is not known */
    }
    if (!m->closed && !m->shutdown) {
        breach(o, m, at, ROW_CONTROLS_FIXED, ORACLE_MUST, "TXT-3.6-2",
               "sent a FIN at %lld, but the application has not closed", (long long)pos);
    } else if (m->fin_sent >= 0 && pos != m->fin_sent) {
        breach(o, m, at, ROW_CONTROLS_FIXED, ORACLE_MUST, "TXT-3.4-3",
               "sent the FIN at %lld, which stood at %lld before", (long long)pos,
               (long long)m->fin_sent);
    } else if (pos != m->app_sent + 1) {
        breach(o, m, at, ROW_CONTROLS_FIXED, ORACLE_MUST, "TXT-3.6-1",
               "sent the FIN at %lld, but the octets written end at %lld", (long long)pos,
               (long long)m->app_sent + 1);
    }
}

void row_controls_fixed(struct oracle *o, struct model *m, const struct moment *at)
{
    if (!m->iss_set || (at->flags & WIRE_RST)) {
        return;
    }
    if (m->rst_sent && m->ended) {
        breach(o, m, at, ROW_CONTROLS_FIXED, ORACLE_MUST, "SEG-CLOSED-3",
               "sent another segment after its own RST");
        return;
    }
    if (at->flags & WIRE_FIN) {
        fin_fixed(o, m, at);
    }
    if (m->fin_sent >= 0 && at->text + at->seg->len > m->fin_sent && at->seg->len > 0) {
        breach(o, m, at, ROW_CONTROLS_FIXED, ORACLE_MUST, "CALL-CLOSE-ESTABLISHED-2",
               "sent text up to %lld, behind its FIN at %lld", (long long)at->text + at->seg->len,
               (long long)m->fin_sent);
    }
}

/* RFC 9293, 3.10.7.4: an ACK is <SEQ=SND.NXT><ACK=RCV.NXT>. */
void row_empty_form(struct oracle *o, struct model *m, const struct moment *at)
{
    bool window_end = false;
    if (at->end > at->seq || (at->flags & WIRE_RST) || !m->irs_set || m->phase < PHASE_OPEN ||
        at->seq == m->snd_max || at->seq == m->una_hi - 1 || at->seq == m->una_lo - 1) {
        return;
    }
    for (unsigned i = 0; i < m->n_win; i++) { /* SND.UNA + SND.WND after a shrink: lawful */
        window_end |= at->seq == m->win[i].edge || at->seq == m->una_hi + m->win[i].wnd ||
                      at->seq == m->una_lo + m->win[i].wnd;
    }
    if (window_end || m->win_any) {
        return;
    }
    if (at->seq < m->una_lo - 1 || at->seq > m->snd_max) {
        breach(o, m, at, ROW_EMPTY_FORM, ORACLE_MUST, "SEG-ESTABLISHED-1",
               "an empty segment at %lld, outside [%lld, %lld]", (long long)at->seq,
               (long long)m->una_lo - 1, (long long)m->snd_max);
    } else if (m->una_hi >= m->recover && !m->probed && m->tx_error == 0) {
        breach(o, m, at, ROW_EMPTY_FORM, ORACLE_SHOULD, "SEG-ESTABLISHED-1",
               "an empty segment at %lld, but SND.NXT is %lld", (long long)at->seq,
               (long long)m->snd_max);
    }
}

void row_mss(struct oracle *o, struct model *m, const struct moment *at)
{
    int64_t standard = at->seg->src.family == 6 ? 1220 : 536; /* MUST-15 */
    int64_t mss = m->peer_mss > 0 ? m->peer_mss : standard;
    int64_t room;
    if (at->seg->len == 0 || (at->flags & WIRE_RST) || m->muddled || !m->irs_set) {
        return;
    }
    mss = mss < 64 ? 64 : mss;
    room = mss - at->seg->raw_options_len;
    if ((int64_t)at->seg->len > room) {
        breach(o, m, at, ROW_MSS, ORACLE_MUST, m->peer_mss > 0 ? "MUST-16" : "MUST-15",
               "sent %u octets of text, but the MSS of %lld leaves room for %lld",
               (unsigned)at->seg->len, (long long)mss, (long long)room);
    }
}

void row_frozen(struct oracle *o, struct model *m, const struct moment *at)
{
    if (m->frozen) {
        breach(o, m, at, ROW_FROZEN, ORACLE_MUST, "TXT-3.4-2",
               "sent a segment while the connection was frozen");
    }
}

/* Whether this RST is what RFC 9293, 3.10.7.1 answers to the delivered segment. */
static bool rst_answers(const struct answering *a, const struct wire_seg *rst)
{
    if (a->flags & WIRE_ACK) {
        return rst->seq == a->raw_ack;
    }
    return rst->seq == 0 && (rst->flags & WIRE_ACK) && rst->ack == a->raw_end;
}

static bool rst_own(const struct model *m, const struct moment *at)
{
    if (!m->iss_set) {
        return false;
    }
    if (at->seq >= m->una_lo && at->seq <= m->snd_max) {
        return true;
    }
    for (unsigned i = 0; i < m->n_win; i++) { /* SND.UNA + SND.WND: lawful */
        if (at->seq == m->win[i].edge || at->seq == m->una_hi + m->win[i].wnd) {
            return true;
        }
    }
    return m->win_any;
}

void row_reset_form(struct oracle *o, struct model *m, const struct moment *at)
{
    const struct answering *a = &m->now;
    bool answers = a->injected > 0 && rst_answers(a, at->seg);
    if (!(at->flags & WIRE_RST) || m->frozen || a->injected > 1) {
        return;
    }
    if (answers && !a->called && !rst_own(m, at) &&
        ((a->flags & WIRE_RST) || (a->taken & TAKEN_BROKEN))) {
        breach(o, m, at, ROW_RESET_FORM, ORACLE_MUST,
               (a->flags & WIRE_RST) ? "SEG-CLOSED-1" : "MUST-3", "answered a %s with a RST",
               (a->flags & WIRE_RST) ? "RST" : "segment with a bad checksum");
        return;
    }
    if (answers || rst_own(m, at) || (a->injected == 0 && !m->iss_set)) {
        return;
    }
    if (a->injected == 1 && (a->flags & WIRE_ACK)) {
        breach(o, m, at, ROW_RESET_FORM, ORACLE_MUST, "SEG-CLOSED-3",
               "a RST with SEQ %u answers a segment with ACK %u", (unsigned)at->seg->seq,
               (unsigned)a->raw_ack);
    } else if (a->injected == 1) {
        breach(o, m, at, ROW_RESET_FORM, ORACLE_MUST, "SEG-CLOSED-2",
               "a RST with SEQ %u and ACK %u answers a segment without ACK that ends at %u",
               (unsigned)at->seg->seq, (unsigned)at->seg->ack, (unsigned)a->raw_end);
    } else if (m->iss_set) {
        breach(o, m, at, ROW_RESET_FORM, ORACLE_MUST, "CALL-ABORT-ESTABLISHED-1",
               "a RST at %lld, outside [%lld, %lld]", (long long)at->seq, (long long)m->una_lo,
               (long long)m->snd_max);
    }
}
