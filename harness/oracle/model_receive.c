/* SPDX-License-Identifier: BSD-2-Clause */
/* The account of what was delivered to the stack. */
#include "oracle/table.h"

static void cause(struct model *m, uint64_t now, unsigned which)
{
    m->causes |= which;
    m->cause_time = now;
}

static void remember_syn(struct model *m, const struct wire_seg *seg)
{
    if (m->n_syn >= SYNS && m->irs_set && m->syn[m->n_syn % SYNS].seq == m->irs) {
        struct syn_seen own = m->syn[m->n_syn % SYNS]; /* that of the connection there is stays */
        m->syn[m->n_syn % SYNS] = m->syn[(m->n_syn + 1) % SYNS];
        m->syn[(m->n_syn + 1) % SYNS] = own;
        m->n_syn += 2;
    }
    struct syn_seen *s = &m->syn[m->n_syn % SYNS];
    *s = (struct syn_seen){.seq = seg->seq,
                           .len = seg->len + ((seg->flags & WIRE_FIN) != 0),
                           .window = seg->window,
                           .has_ack = (seg->flags & WIRE_ACK) != 0,
                           .fin = (seg->flags & WIRE_FIN) != 0,
                           .opt = seg->opt};
    m->n_syn++;
    m->tester_accecn |= (seg->flags & WIRE_AE) != 0;
}

static void reset_causes(const struct oracle *o, struct model *m, const struct moment *at)
{
    bool exact = at->seq >= m->acked && at->seq <= m->run;
    bool window = at->end >= m->acked - 1 && at->seq <= m->run + m->wnd_largest;
    if (at->flags & WIRE_RST) {
        if (m->phase == PHASE_SYN_SENT) {
            if ((at->flags & WIRE_ACK) && at->ack > 0 && at->ack <= m->snd_max) {
                cause(m, at->now, CAUSE_RST);
            }
        } else if (!m->irs_set || exact || (!o->config.rfc5961 && window)) {
            cause(m, at->now, CAUSE_RST);
        }
    } else if ((at->flags & WIRE_SYN) && m->irs_set && m->phase != PHASE_SYN_SENT) {
        if (window && (!o->config.rfc5961 || m->phase == PHASE_SYN_RECEIVED)) {
            cause(m, at->now, CAUSE_SYN);
        }
    }
}

static void note_causes(const struct oracle *o, struct model *m, const struct moment *at)
{
    reset_causes(o, m, at);
    /* Acceptability comes before what is in the segment: RFC 9293, 3.10.7.4, first step. */
    bool outside = model_open(m) && (at->end < m->acked - 1 || at->seq > model_beyond(m));
    if ((at->seg->errors & (WIRE_OPTION_LENGTH | WIRE_OPTION_KIND)) && !outside) {
        cause(m, at->now, CAUSE_OPTION);
    }
    if (m->closed && m->irs_set && !(at->taken & TAKEN_NOT) && at->seg->len > 0 &&
        at->end > m->acked) {
        cause(m, at->now, CAUSE_CLOSE_UNREAD); /* text after CLOSE */
    }
}

static void take_ack(const struct oracle *o, struct model *m, const struct moment *at)
{
    bool first = at->ack > m->una_lo && at->ack <= m->una_hi; /* that is taken, it may be */
    if (first) {
        m->progress = at->now; /* RFC 6298, 5.3 */
    }
    if (at->taken & TAKEN_COUNTS) {
        m->last_taken = at->now;
        m->keepalives = 0;
        m->una_lo = at->ack > m->una_lo ? at->ack : m->una_lo;
        m->una_honoured = at->ack > m->una_honoured ? at->ack : m->una_honoured;
        if ((at->taken & TAKEN_SURE) && at->ack > m->una_sure) {
            if (!o->config.real_clock || at->now >= m->una_judged_at + o->config.slack) {
                m->una_judged = m->una_sure;
                m->una_judged_at = at->now;
            }
            m->una_sure = at->ack;
        }
    }
    if (first || at->ack >= m->una_hi) {
        model_doubt(m, at);
    }
    if (at->ack > m->una_hi && at->ack <= m->snd_max) {
        if (!(at->taken & TAKEN_COUNTS) && m->n_flight > 0 && m->doubt_since == 0) {
            m->doubt_since = m->flight[0].first + 1;
        }
        model_progress(m, at, at->ack);
    }
}

static void add_window(struct model *m, const struct window_seen *w)
{
    for (unsigned i = 0; i < m->n_win; i++) {
        if (m->win[i].wl1 == w->wl1 && m->win[i].wl2 == w->wl2 && m->win[i].edge == w->edge) {
            return;
        }
    }
    if (m->n_win == WINDOWS) {
        m->win_lost = m->win_any && m->win_lost > w->wl1 ? m->win_lost : w->wl1;
        m->win_any = true;
        return;
    }
    m->win[m->n_win++] = *w;
}

/* SND.WND by SND.WL1 and SND.WL2 (RFC 9293, 3.10.7.4, fifth check), for every reading at once. */
static void take_window(const struct oracle *o, struct model *m, const struct moment *at)
{
    int64_t wnd = window_of(at->seg, m->snd_shift);
    struct window_seen w = {at->seq, at->ack, at->ack + wnd, wnd};
    bool counts = (at->taken & TAKEN_COUNTS) != 0;
    bool update = false;
    bool all = true;
    unsigned kept = 0;
    if (at->ack < m->una_lo || at->ack > m->snd_max) {
        return;
    }
    if (counts) {
        m->limit_before = model_limit(m);
        m->limit_until = o->config.real_clock ? at->now + o->config.slack : 0;
    }
    for (unsigned i = 0; i < m->n_win; i++) {
        struct window_seen *c = &m->win[i];
        bool newer = c->wl1 < w.wl1 || (c->wl1 == w.wl1 && c->wl2 <= w.wl2);
        bool ignored = has_key(o, KEY_SAME_SEQ_SHRINK) && c->wl1 == w.wl1 && c->wl2 == w.wl2 &&
                       wnd != 0 && w.edge < c->edge;
        update |= newer || at->ack > c->wl2;
        all &= newer;
        if (!newer || ignored || !counts) {
            m->win[kept++] = *c;
        }
    }
    m->n_win = kept;
    if (update || kept == 0) {
        add_window(m, &w);
    }
    if (counts && all && w.wl1 > m->win_lost) {
        m->win_any = false;
    }
    m->edge_max = w.edge > m->edge_max ? w.edge : m->edge_max;
    m->max_wnd = wnd > m->max_wnd ? wnd : m->max_wnd;
}

void model_take_fin(struct model *m, int64_t pos)
{
    unsigned i = 0;
    while (i < m->n_fin && m->fin[i] < pos) {
        i++;
    }
    if (i < m->n_fin && m->fin[i] == pos) {
        return;
    }
    if (m->n_fin == FINS) {
        m->fins_any = true;
        return;
    }
    for (unsigned j = m->n_fin; j > i; j--) {
        m->fin[j] = m->fin[j - 1];
    }
    m->fin[i] = pos;
    m->n_fin++;
}

static void take_octets(struct model *m, const struct moment *at)
{
    int64_t text_end = at->text + at->seg->len;
    if (at->end == at->seq) {
        return;
    }
    m->syn_text |= (at->flags & WIRE_SYN) != 0; /* one that was not challenged, it may be */
    if (at->taken & TAKEN_SURE) {
        if (m->wait_since == 0) {
            m->wait_since = at->now;
            m->wait_from = at->seq;
            m->wait_warned = false;
        }
        m->wait_to = at->end;
        m->nxt_lo = at->end;
    }
    if ((at->flags & WIRE_FIN) && at->end - 1 >= m->acked) {
        bool again = false;
        for (unsigned i = 0; i < m->n_fin; i++) {
            again |= m->fin[i] == at->end - 1;
        }
        model_take_fin(m, at->end - 1);
        /* text there came before, or a SYN which may be taken or challenged: either may count */
        m->fins_any |= m->run > at->end - !again || (at->flags & WIRE_SYN);
    } else if (m->n_fin > 0 && m->acked <= m->fin[0] && at->end > m->fin[0] + 1) {
        m->fins_any = true;
    }
    if (at->seg->len > 0 && at->text < m->max_edge) {
        text_end = text_end < m->max_edge ? text_end : m->max_edge;
        m->text_end = text_end > m->text_end ? text_end : m->text_end;
    }
    if (at->seq <= m->run) {
        m->run = at->end > m->run ? at->end : m->run;
    } else {
        spans_add(&m->poss, at->seq, at->end);
        m->held++;
    }
    m->run = spans_run(&m->poss, m->run);
    spans_trim(&m->poss, m->run);
    m->held = m->poss.n > 0 ? m->held : 0;
    if (m->held_ack > 0 && m->nxt_lo > m->held_from) {
        m->una_honoured = m->held_ack > m->una_honoured ? m->held_ack : m->una_honoured;
        m->held_ack = 0;
    }
}

static void add_recent(struct model *m, uint32_t val)
{
    for (unsigned i = 0; i < m->n_recent; i++) {
        if (m->recent[i] == val) {
            return;
        }
    }
    if (m->n_recent == TS_RECENT) {
        m->recent_any = true;
        return;
    }
    m->recent[m->n_recent++] = val;
}

/* TS.Recent by RFC 7323, 4.3 and 5.3, side by side (C02). */
static void take_ts(const struct oracle *o, struct model *m, const struct moment *at)
{
    uint32_t val = at->seg->opt.ts_val;
    bool old = at->now - m->recent_time >= TS_IDLE;
    bool update = m->n_recent == 0 || old;
    if (!m->ts || !at->seg->opt.ts_set || (at->flags & WIRE_RST)) {
        return;
    }
    if (at->seq > (o->config.real_clock ? m->run : m->last_ack)) {
        return;
    }
    for (unsigned i = 0; i < m->n_recent; i++) {
        update |= !ts_older(val, m->recent[i]) || m->recent[i] == 0;
        update |= val - m->recent[i] == UINT32_C(1) << 31; /* either reading: RFC 7323, 5.2 */
        update |= has_key(o, KEY_PAWS_ONE_TICK) && val + 1 == m->recent[i];
    }
    if (!update) {
        return;
    }
    if ((at->taken & TAKEN_COUNTS) && at->seq == m->last_ack && !o->config.real_clock) {
        m->n_recent = 0;
        m->recent_any = false;
        m->recent_time = at->now;
    }
    add_recent(m, val);
}

/* What the segment would explain if somebody took it after all. */
static void shadow(struct model *m, const struct moment *at)
{
    int64_t edge = at->ack + window_of(at->seg, m->snd_shift);
    m->shadow_clause = (at->taken & TAKEN_BROKEN) ? "MUST-3"
                       : !(at->flags & WIRE_ACK)  ? "SEG-ESTABLISHED-17"
                       : at->ack > m->snd_max     ? "SEG-ESTABLISHED-19"
                                                  : "SEG-ESTABLISHED-37";
    if (at->end > at->seq) {
        spans_add(&m->shadow, at->seq, at->end);
    }
    if (at->flags & WIRE_ACK) {
        m->shadow_edge = edge > m->shadow_edge ? edge : m->shadow_edge;
    }
    if (at->seg->opt.ts_set) {
        m->shadow_ts = at->seg->opt.ts_val;
        m->shadow_ts_set = true;
    }
}

/* SYN-SENT: the first SYN that comes, with a good ACK or none, is the one (RFC 9293, 3.10.7.3). */
static void take_first_syn(struct model *m, const struct moment *at)
{
    int64_t wnd = window_of(at->seg, 0);
    bool has_ack = (at->flags & WIRE_ACK) != 0;
    if (!(at->flags & WIRE_SYN) || (at->flags & WIRE_RST) ||
        (has_ack && (at->ack < 1 || at->ack > m->snd_max))) {
        return;
    }
    m->irs = at->seg->seq;
    m->irs_set = true;
    m->run = at->end;
    m->nxt_lo = m->acked;
    if (at->flags & WIRE_FIN) {
        model_take_fin(m, at->end - 1);
        m->fins_any = true; /* as in settle_irs() */
    }
    if (has_ack) {
        m->edge_max = at->ack + wnd;
        add_window(m, &(struct window_seen){0, at->ack, at->ack + wnd, wnd});
        m->last_taken = at->now;
        model_progress(m, at, at->ack);
    } else {
        m->edge_max = 1 + wnd;
        add_window(m, &(struct window_seen){0, 0, 1 + wnd, wnd});
    }
    m->max_wnd = wnd;
}

/* An ACK by RFC 5681, 2, or with SACK by RFC 6675, 2: it tells of a segment more. */
static void take_duplicate(struct model *m, const struct moment *at)
{
    const struct wire_options *opt = &at->seg->opt;
    int64_t wnd = window_of(at->seg, m->snd_shift);
    int64_t left, right;
    if (m->sack && opt->sacks > 0) {
        left = trace_unwrap(opt->sack[0].left, m->iss, m->una_hi);
        right = trace_unwrap(opt->sack[0].right, m->iss, m->una_hi);
        if (left <= m->una_hi || right > m->snd_max || left >= right) {
            return; /* nothing to be believed, or what is known */
        }
        /* a segment more, behind what was told or at its end: the loss is below them all */
        bool next = left >= m->sacked ? right - left >= model_mss(m)
                                      : left == m->sacked_from && right - m->sacked >= model_mss(m);
        m->reordered |= !next;
        m->sacked_from = left;
        m->sacked = right;
    } else if (m->sack) {
        return;
    }
    if ((at->taken & TAKEN_COUNTS) && at->end == at->seq && (at->flags & ~WIRE_PSH) == WIRE_ACK &&
        at->ack == m->una_lo && m->una_lo == m->una_hi && m->una_hi >= 1 &&
        m->una_hi < m->snd_max && m->una_hi != m->fin_sent && wnd > 0 && m->n_win == 1 &&
        !m->win_any && m->win[0].edge == at->ack + wnd) {
        m->dups++;
    }
}

/* The SYN,ACK of a simultaneous open, which acknowledges the stack's SYN: RFC 9293, Figure 7. */
static bool crosses(const struct model *m, const struct moment *at)
{
    const struct wire_options *opt = &at->seg->opt;
    return m->active && m->phase == PHASE_SYN_RECEIVED && at->flags == (WIRE_SYN | WIRE_ACK) &&
           at->seq == 0 && at->seg->len == 0 && at->ack == 1 && m->snd_max == 1 && !m->muddled &&
           at->seg->errors == 0 && opt->unknown == 0 && m->run == 1 &&
           (!m->ts || (opt->ts_set && m->n_recent > 0 && !m->recent_any &&
                       !ts_older(opt->ts_val, m->recent[0])));
}

/* An ACK that answers a probe at once, and changes nothing. */
static bool probe_answered(const struct oracle *o, const struct model *m, const struct moment *at)
{
    return m->probe_stirs == m->stirs && m->probe[0] > 0 &&
           at->now <= m->probe[0] + o->config.slack && (at->taken & TAKEN_COUNTS) &&
           at->end == at->seq && (at->flags & ~WIRE_PSH) == WIRE_ACK && at->ack == m->una_lo &&
           at->seg->window == 0 && m->n_win == 1 && !m->win_any && m->win[0].edge == at->ack;
}

/* RFC 9293, 3.10.7.3, first step: its ACK alone makes it nobody's. */
static bool refused_syn(const struct model *m, const struct moment *at)
{
    return m->phase == PHASE_SYN_SENT && (at->flags & WIRE_ACK) &&
           (at->ack < 1 || at->ack > m->snd_max);
}

void model_injected(struct oracle *o, struct model *m, const struct moment *at)
{
    m->last_injected = at->now;
    m->injected_index = at->index;
    m->probe_stirs += probe_answered(o, m, at);
    m->stirs++;
    m->deflated = 0;
    if (at->taken & TAKEN_BROKEN) {
        shadow(m, at);
        return;
    }
    if (m->frozen) {
        return;
    }
    note_causes(o, m, at);
    if (m->iss_set) { /* it may be too late for this one */
        m->causes |= model_silent_causes(o, m, at->now);
    }
    if ((at->flags & (WIRE_SYN | WIRE_RST)) == WIRE_SYN && !refused_syn(m, at)) {
        remember_syn(m, at->seg);
    }
    if (!m->iss_set) {
        return;
    }
    if (!m->irs_set) {
        if (m->phase == PHASE_SYN_SENT) {
            take_first_syn(m, at);
        }
        return;
    }
    m->crossed |= crosses(m, at);
    if (m->phase == PHASE_SYN_RECEIVED && (at->seq < m->acked || at->seq >= m->max_edge)) {
        m->quiet_ack = at->now; /* the throttle counts from the handshake on */
    }
    if (at->end == at->seq && (at->seq != m->acked || at->seq != m->run)) {
        m->quiet_ack = at->now; /* it may have drawn a throttled ACK */
    }
    if (at->taken & TAKEN_NOT) {
        m->quiet_ack = at->now;
        shadow(m, at);
        if (has_key(o, KEY_ACK_ANY_SEQ) && (at->flags & WIRE_ACK)) {
            struct moment either = *at;
            either.taken = 0;
            take_ack(o, m, &either);
            take_window(o, m, &either);
        }
        take_ts(o, m, at); /* by RFC 7323, 4.3, before any other check */
        return;
    }
    if (at->flags & WIRE_ACK) {
        take_duplicate(m, at);
        take_ack(o, m, at);
        take_window(o, m, at);
        if ((at->taken & (TAKEN_HONOURED | TAKEN_COUNTS)) == TAKEN_HONOURED) {
            m->held_ack = at->ack;
            m->held_from = at->seq;
        }
    }
    take_octets(m, at);
    take_ts(o, m, at);
    model_closed(m, at->now);
}

/* An ICMP error may end any connection of the case, or lower its path's MTU. */
void model_icmp(struct oracle *o, const struct trace_event *ev)
{
    struct wire_icmp icmp;
    if (!wire_parse_icmp(ev->packet, ev->packet_len, &icmp)) {
        return;
    }
    bool v6 = icmp.src.family == 6;
    bool unreachable = icmp.type == (v6 ? 1 : 3);
    bool hard =
        v6 ? icmp.code == 1 || icmp.code == 4 || icmp.code >= 5 : icmp.code >= 2 && icmp.code <= 4;
    for (unsigned i = 0; i < TRACE_CONNS; i++) {
        struct model *m = &o->model[i];
        if (unreachable && m->iss_set && (hard || m->phase != PHASE_OPEN)) {
            cause(m, ev->time + ORIGIN, CAUSE_ICMP);
        }
        m->last_injected = ev->time + ORIGIN;
        m->injected_index = SIZE_MAX; /* it may have any answer at any time */
        m->stirs++;
        m->now.injected += 2; /* not alone: what is said now may be the answer to this */
    }
}
