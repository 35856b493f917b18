/* SPDX-License-Identifier: BSD-2-Clause */
/* The account of what the stack sent and what its application called. */
#include "oracle/table.h"

#include <stddef.h>
#include <string.h>

void model_begin(struct model *m, const struct trace_flow *flow)
{
    memset(m, 0, offsetof(struct model, syn));
    m->poss.n = m->shadow.n = m->arrived_out.n = 0;
    m->bound = true;
    m->stack = flow->stack;
    m->tester = flow->tester;
    m->fin_sent = -1;
    m->reading = true;
    m->refused_at = -1;
}

/* Another connection between the same two: what is about the flow and the tester's SYNs stays. */
void model_renew(struct model *m, uint64_t now_is, const struct settings *set)
{
    struct settings its = *set;
    struct trace_flow flow = {.stack = m->stack, .tester = m->tester};
    struct answering now = m->now;
    unsigned n_syn = m->n_syn;
    bool reading = m->reading;
    model_begin(m, &flow);
    m->n_syn = n_syn;
    m->reading = reading;
    m->set = its;
    m->now = now;
    m->start = now_is;
}

const struct syn_seen *model_syn(const struct model *m, uint32_t raw_ack)
{
    unsigned n = m->n_syn < SYNS ? m->n_syn : SYNS;
    const struct syn_seen *found = NULL;
    unsigned best = 0;
    for (unsigned i = 1; i <= n; i++) {
        const struct syn_seen *s = &m->syn[(m->n_syn - i) % SYNS];
        uint32_t past = raw_ack - (s->seq + 1); /* how much of its text is acknowledged */
        unsigned fits = past == 0 ? 3 : m->irs_set && s->seq == m->irs ? 2 : 1;
        if (past <= s->len && fits > best) {
            found = s; /* the likeliest, and of those the newest */
            best = fits;
        }
    }
    return found;
}

static uint8_t shift_of(const struct wire_options *opt)
{
    return opt->wscale > 14 ? 14 : opt->wscale;
}

static bool same_offer(const struct wire_options *a, const struct wire_options *b)
{
    return a->ts_set == b->ts_set && a->wscale_set == b->wscale_set && a->wscale == b->wscale &&
           a->sack_ok == b->sack_ok && a->mss_set == b->mss_set && a->mss == b->mss;
}

static void agree(struct model *m, const struct syn_seen *syn)
{
    unsigned n = m->n_syn < SYNS ? m->n_syn : SYNS;
    for (unsigned i = 0; i < n; i++) {
        if (m->syn[i].seq == syn->seq && !same_offer(&m->syn[i].opt, &syn->opt)) {
            m->muddled = true; /* which of the two the stack took, the wire does not show */
        }
    }
    m->ts = m->stack_opt.ts_set && syn->opt.ts_set;
    m->sack = m->stack_opt.sack_ok && syn->opt.sack_ok;
    m->wscale = m->stack_opt.wscale_set && syn->opt.wscale_set;
    m->rcv_shift = m->wscale ? shift_of(&m->stack_opt) : 0;
    m->snd_shift = m->wscale ? shift_of(&syn->opt) : 0;
    m->peer_mss = syn->opt.mss_set ? syn->opt.mss : 0;
    if (m->n_recent == 0 && syn->opt.ts_set) {
        m->recent[m->n_recent++] = syn->opt.ts_val;
    }
}

/* A FIN on any SYN of this number is taken at once, later, or left to be sent again. */
static void fins_of_syns(struct model *m)
{
    unsigned n = m->n_syn < SYNS ? m->n_syn : SYNS;
    for (unsigned i = 0; i < n; i++) {
        if (m->syn[i].seq == m->irs && m->syn[i].fin) {
            model_take_fin(m, m->syn[i].len);
            m->fins_any = true;
        }
    }
}

static void settle_irs(struct model *m, const struct moment *at)
{
    const struct syn_seen *syn = model_syn(m, at->seg->ack);
    if (!syn) {
        if (!m->irs_set) { /* a breach; go on with what it says */
            m->irs_unseen = true;
            m->irs = at->seg->ack - 1;
            m->irs_set = true;
            m->run = 1;
        }
        return;
    }
    if (!m->irs_set || m->irs != syn->seq) {
        m->irs = syn->seq;
        m->irs_set = true;
        m->run = 1 + syn->len;
        fins_of_syns(m);
    }
    if (m->n_win == 0) {
        int64_t wnd = syn->window;
        m->win[m->n_win++] = (struct window_seen){0, 0, 1 + wnd, wnd};
        m->edge_max = 1 + wnd;
        m->max_wnd = wnd;
    }
    m->syn_text = syn->len > 0;
    agree(m, syn);
    m->recent_time = at->now;
}

/* Whether this SYN begins another connection: another ISS, or one that answers another SYN. */
bool model_begins(const struct oracle *o, const struct model *m, const struct moment *at)
{
    const struct syn_seen *syn = (at->flags & WIRE_ACK) ? model_syn(m, at->seg->ack) : NULL;
    /* What the application opened goes on until it is told of the end, or opens anew. */
    bool over = m->fin_sent >= 0 && m->una_hi > m->fin_sent && m->n_fin > 0;
    /* Once open, whatever may have ended it has: no SYN goes out again from there. */
    bool answers = at->now <= m->last_injected + o->config.slack; /* else it may be a repeat */
    unsigned causes = m->phase == PHASE_OPEN ? model_causes(o, m, at->now) : 0;
    if (m->phase != PHASE_OPEN && answers) {
        causes = m->causes & (CAUSE_RST | CAUSE_SYN);
    }
    bool gone = !m->active && (over || causes != 0);
    return at->seg->seq != m->iss || m->ended || gone ||
           (syn && m->phase >= PHASE_SYN_RECEIVED && syn->seq != m->irs);
}

static void sent_syn(const struct oracle *o, struct model *m, const struct moment *at)
{
    if (!m->iss_set || model_begins(o, m, at)) {
        if (m->iss_set) {
            model_renew(m, at->now, m->active ? &m->set : &o->handed);
        } else if (!m->active) {
            m->set = o->handed;
        }
        m->iss = at->seg->seq;
        m->iss_set = true;
        m->start = m->last_taken = m->progress = at->now;
        m->phase = PHASE_SYN_SENT;
        if (m->queued_since == 0) {
            m->queued_since = at->now;
        }
    }
    m->stack_opt = at->seg->opt;
    m->stack_accecn |= (at->flags & WIRE_AE) != 0;
    if (at->flags & WIRE_ACK) {
        settle_irs(m, at);
        if (m->phase != PHASE_OPEN) {
            m->phase = PHASE_SYN_RECEIVED;
        }
    }
}

void model_closed(struct model *m, uint64_t now)
{
    bool fin = model_fin_taken(m) || (m->n_fin > 0 && m->run > m->fin[0]);
    if (model_fin_acked(m) && fin && m->both_closed == 0) {
        m->both_closed = now;
    }
}

static void sent_ack(struct model *m, const struct moment *at)
{
    int64_t ack = m->irs_set ? trace_unwrap(at->seg->ack, m->irs, m->acked) : 0;
    int64_t wnd = window_of(at->seg, m->rcv_shift);
    if (ack > m->run) {
        m->run = spans_run(&m->poss, ack); /* reported; not to be reported again */
        spans_trim(&m->poss, m->run);
    }
    m->acked = ack > m->acked ? ack : m->acked;
    m->nxt_lo = m->acked > m->app_read + 1 ? m->acked : m->app_read + 1; /* it says so itself */
    m->last_ack = ack;
    m->edge = ack + wnd;
    if (m->edge < m->max_edge) {
        m->retracted = true;
    }
    if (m->edge > m->max_edge) {
        m->max_edge = m->edge;
        episode_over(m, ROW_EDGE_BACK);
    }
    m->wnd_largest = wnd > m->wnd_largest ? wnd : m->wnd_largest;
    m->wait_since = 0;
    m->read_mark = m->app_read;
    spans_trim(&m->shadow, m->acked);
    model_closed(m, at->now);
}

static void sent_octets(struct model *m, const struct moment *at)
{
    if (at->end == at->seq) {
        if (at->seq == m->una_hi - 1 || at->seq == m->una_lo - 1) {
            m->last_gap = m->obliged > m->progress ? at->now - m->obliged : m->last_gap;
            m->obliged = at->now;
            m->keepalives++;
            m->probe[1] = m->probe_stirs == m->stirs ? m->probe[0] : 0;
            m->probe[0] = at->now;
            m->probe_stirs = m->stirs;
        }
        return;
    }
    if (model_zero_window(m) && at->end > model_limit(m)) {
        m->probed = m->zero_text = true;
    }
    if (!m->now.called && m->now.n < sizeof m->now.sent / sizeof m->now.sent[0]) {
        m->now.last[m->now.n] = at->end >= m->snd_max;
        m->now.sent[m->now.n++] = (struct span){at->seq, at->end};
    }
    m->obliged = at->now;
    if ((at->flags & WIRE_FIN) && m->fin_sent < 0) {
        m->fin_sent = at->end - 1;
        m->closed_first = !model_fin_taken(m);
    }
    if (m->n_pending == sizeof m->pending / sizeof m->pending[0]) {
        spans_add(&m->arrived_out, m->pending[0].from, m->pending[0].to);
        memmove(m->pending, m->pending + 1, (m->n_pending - 1) * sizeof m->pending[0]);
        m->n_pending--;
    }
    m->pending[m->n_pending++] = (struct span){at->seq, at->end};
    model_flight(m, at);
}

static void sent_ts(struct model *m, const struct moment *at)
{
    uint32_t val = at->seg->opt.ts_val;
    if (ts_turned(m, at->now)) {
        m->ts_val_set = false;
        m->n_ts_sent = 0;
    }
    if (!at->seg->opt.ts_set || (m->ts_val_set && !ts_older(m->ts_val, val))) {
        return;
    }
    if (!m->ts_val_set) {
        m->ts_first = val;
    }
    m->ts_val = val;
    m->ts_val_set = true;
    if (m->n_ts_sent == TS_SENT) { /* thin out: the older of two times makes the larger sample */
        for (unsigned i = 0; i < TS_SENT / 2; i++) {
            m->ts_sent[i] = m->ts_sent[2 * i];
        }
        m->n_ts_sent = TS_SENT / 2;
    }
    m->ts_sent[m->n_ts_sent++] = (struct ts_sent){val, at->now};
}

static void sent_answer(struct model *m, const struct moment *at)
{
    struct answering *a = &m->now;
    if (at->flags & WIRE_RST) {
        a->rsts += !a->called;
    } else if (at->flags & WIRE_ACK) {
        a->acks++;
        a->empty_acks += !a->called && at->end == at->seq && at->seq >= m->snd_max;
    }
    if ((a->owed_rst && (at->flags & WIRE_RST)) ||
        (a->owed_ack && (at->flags & WIRE_ACK) && !(at->flags & WIRE_RST))) {
        a->owed = NULL;
    }
}

void model_handshake(const struct oracle *o, struct model *m, const struct moment *at)
{
    if (at->flags & WIRE_RST) {
        return;
    }
    if (at->flags & WIRE_SYN) {
        sent_syn(o, m, at);
    } else if (m->phase == PHASE_SYN_SENT && (at->flags & WIRE_ACK)) {
        settle_irs(m, at);
        m->phase = PHASE_OPEN;
    } else if (m->phase == PHASE_SYN_RECEIVED && at->seg->len > 0 && m->una_hi > 0) {
        m->phase = PHASE_OPEN;
    }
}

void model_sent(struct oracle *o, struct model *m, const struct moment *at)
{
    bool sure_now = !o->config.real_clock || at->now > m->cause_time + o->config.slack;
    sent_answer(m, at);
    if (at->flags & WIRE_RST) {
        m->rst_sent = true;
        bool answers =
            m->now.injected > 0 && (m->now.flags & WIRE_ACK) && at->seg->seq == m->now.raw_ack;
        if ((m->phase == PHASE_OPEN && m->una_hi > 0) ||
            (m->phase >= PHASE_SYN_RECEIVED && !answers)) {
            m->ended = true;
        }
        return;
    }
    if (sure_now) { /* it goes on: whatever might have ended it did not */
        m->causes &= ~(unsigned)(CAUSE_RST | CAUSE_SYN | CAUSE_OPTION | CAUSE_ICMP | CAUSE_R2 |
                                 CAUSE_USER_TIMEOUT | CAUSE_KEEPALIVE);
    }
    if (!m->iss_set) {
        return;
    }
    if (at->flags & WIRE_ACK) {
        sent_ack(m, at);
    } else if ((at->flags & WIRE_SYN) && at->seg->window > m->wnd_largest) {
        m->wnd_largest = at->seg->window; /* no edge yet, but a window offered */
    }
    sent_octets(m, at);
    sent_ts(m, at);
}

/* The link lost a packet of the stack. */
void model_lost(struct model *m, const struct moment *at)
{
    for (unsigned i = m->n_pending; i-- > 0;) {
        if (m->pending[i].from == at->seq && m->pending[i].to == at->end) {
            m->pending[i].to = m->pending[i].from;
            return;
        }
    }
}

/* Packets that were not lost by now have arrived at the tester. */
static void commit(struct model *m)
{
    for (unsigned i = 0; i < m->n_pending; i++) {
        spans_add(&m->arrived_out, m->pending[i].from, m->pending[i].to);
    }
    m->n_pending = 0;
    m->arrived = spans_run(&m->arrived_out, m->arrived);
    spans_trim(&m->arrived_out, m->arrived);
}

void model_quiet(struct oracle *o, struct model *m, const struct moment *at)
{
    (void)o;
    (void)at;
    commit(m);
    m->zero_text = false;
    m->offered_to = 0;
    m->now = (struct answering){0};
}
