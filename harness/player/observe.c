/* SPDX-License-Identifier: BSD-2-Clause */
/* Observations: what a step expects, watched over the trace from the stimulus on. */
#include "player/run.h"

#include <string.h>

/* ---- patterns ---- */

/* Timestamps and raw sequence numbers are compared as the 32-bit numbers they are. */
static bool circular_holds(struct player *p, unsigned conn, const struct scn_range *r,
                           uint32_t value)
{
    if (r->kind == SCN_IS)
        return (uint32_t)value_of(p, conn, &r->lo) == value;
    if (r->kind == SCN_FROM_TO)
        return (!r->lo.n || (int32_t)(value - (uint32_t)value_of(p, conn, &r->lo)) >= 0) &&
               (!r->hi.n || (int32_t)((uint32_t)value_of(p, conn, &r->hi) - value) >= 0);
    return true;
}

static bool first_sack_matches(struct player *p, unsigned c, const struct scn_pattern *see,
                               const struct trace_event *e)
{
    const struct wire_options *o = &e->seg.opt;
    int64_t left = e->ack + (int32_t)(o->sack[0].left - e->seg.ack);
    int64_t right = e->ack + (int32_t)(o->sack[0].right - e->seg.ack);
    return range_holds(p, c, &see->sack_left, o->sacks > 0, left) &&
           range_holds(p, c, &see->sack_right, o->sacks > 0, right);
}

static bool options_match(struct player *p, unsigned c, const struct scn_pattern *see,
                          const struct trace_event *e)
{
    const struct wire_options *o = &e->seg.opt;
    if (!range_holds(p, c, &see->mss, o->mss_set, o->mss) ||
        !range_holds(p, c, &see->wscale, o->wscale_set, o->wscale) ||
        !range_holds(p, c, &see->sack_ok, o->sack_ok, o->sack_ok) ||
        !range_holds(p, c, &see->sack, o->sacks > 0, o->sacks) ||
        !first_sack_matches(p, c, see, e) || !range_holds(p, c, &see->ts, o->ts_set, o->ts_set))
        return false;
    if ((see->ts_val.kind || see->ts_ecr.kind) && !o->ts_set)
        return false;
    return circular_holds(p, c, &see->ts_val, o->ts_val) &&
           circular_holds(p, c, &see->ts_ecr, o->ts_ecr);
}

static bool is_probe(struct player *p, const struct trace_event *e)
{
    const struct trace_flow *f = tester_flow(p, e->conn);
    if (e->seg.flags & (WIRE_SYN | WIRE_RST))
        return false;
    if (e->seg.len == 0 && !(e->seg.flags & WIRE_FIN))
        return e->seq == f->snd_una - 1;
    return e->seq >= f->snd_una - 1 && e->seq <= f->snd_max && e->seg.len <= 1460;
}

static int64_t window_octets(const struct trace_flow *f, const struct wire_seg *seg)
{
    return seg->flags & WIRE_SYN || !f->wscale ? seg->window : (int64_t)seg->window << f->rcv_shift;
}

bool pattern_matches(struct player *p, unsigned c, const struct scn_pattern *see,
                     const struct trace_event *e)
{
    const struct wire_seg *seg = &e->seg;
    if (e->kind != TRACE_SENT || e->conn != c || (seg->errors & WIRE_UNREADABLE))
        return false;
    if (!see->any_flags && (seg->flags & see->mask) != see->flags)
        return false;
    int64_t text = e->seq + ((seg->flags & WIRE_SYN) != 0);
    if (!range_holds(p, c, &see->seq, true, e->seq) ||
        !range_holds(p, c, &see->ack, seg->flags & WIRE_ACK, e->ack) ||
        !range_holds(p, c, &see->win, true, window_octets(tester_flow(p, c), seg)) ||
        !range_holds(p, c, &see->len, true, seg->len) ||
        !range_holds(p, c, &see->urg, seg->flags & WIRE_URG, seg->urgent) ||
        !range_holds(p, c, &see->ecn, true, seg->tos & 3) ||
        !circular_holds(p, c, &see->raw_seq, seg->seq) || !options_match(p, c, see, e))
        return false;
    if (see->probe && !is_probe(p, e))
        return false;
    if (see->from.n) {
        int64_t at = value_of(p, c, &see->from);
        if (at < text || at >= text + seg->len)
            return false;
    }
    return !see->beyond.n || (seg->len > 0 && text + seg->len > value_of(p, c, &see->beyond));
}

/* ---- alive ---- */

static void poke_connection(struct player *p, struct watch *w)
{
    const struct trace_flow *f = tester_flow(p, w->poke_conn);
    struct scn_segment seg;
    /* An octet that the stack has had: it must be answered by an ACK, throttled or not. It
     * acknowledges nothing new, for that could be the FIN, and the end of what is asked for. */
    tester_plain(&seg, WIRE_ACK);
    seg.seq = (struct scn_expr){.n = 1, .term = {{.number = f->rcv_acked - 1}}};
    seg.ack = (struct scn_expr){.n = 1, .term = {{.number = f->snd_una}}};
    seg.data = (struct scn_expr){.n = 1, .term = {{.number = 1}}};
    tester_send(p, w->poke_conn, &seg);
}

static void poke(struct player *p, struct watch *w)
{
    const struct trace_flow *f = tester_flow(p, w->poke_conn);
    uint64_t limit = SECOND;
    w->phase = 1;
    w->cursor = trace_count(p->trace);
    w->poke_ack = f ? f->rcv_acked : 0;
    if (w->step->what == SCN_ALIVE_LISTENER) {
        struct scn_segment syn;
        tester_plain(&syn, WIRE_SYN);
        w->poke_conn = TRACE_CONNS - 1;
        tester_open(p, w->poke_conn, true);
        tester_send(p, w->poke_conn, &syn);
    } else if (f && f->rcv_acked > 0) {
        poke_connection(p, w);
    } else {
        limit = oracle_rto(p->oracle, w->poke_conn) * 4; /* SYN-SENT: it asks again by itself */
    }
    w->end = run_time(p) + run_widen(p, limit);
    run_settle(p);
}

/* Whether E is what a living listener, or a living connection, says to the poke. */
static bool answers_poke(const struct watch *w, const struct trace_event *e)
{
    if (w->step->what == SCN_ALIVE_LISTENER)
        return (e->seg.flags & (WIRE_SYN | WIRE_ACK)) == (WIRE_SYN | WIRE_ACK) && e->ack == 1;
    return w->poke_ack <= 0 || ((e->seg.flags & WIRE_ACK) && e->ack >= w->poke_ack);
}

static void look_alive(struct player *p, struct watch *w)
{
    for (; w->cursor < trace_count(p->trace) && w->state == WATCH_OPEN; w->cursor++) {
        const struct trace_event *e = trace_at(p->trace, w->cursor);
        if (e->kind != TRACE_SENT || e->conn != w->poke_conn)
            continue;
        if (e->seg.flags & WIRE_RST)
            w->state = WATCH_BROKEN;
        else if (w->phase == 1 && answers_poke(w, e))
            w->state = WATCH_MET;
        else
            continue;
        w->event = w->cursor;
    }
    if (w->state == WATCH_MET && w->step->what == SCN_ALIVE_LISTENER) {
        struct scn_segment rst; /* leave no half-open connection behind */
        tester_plain(&rst, WIRE_RST);
        tester_send(p, w->poke_conn, &rst);
        p->tester[w->poke_conn].open = false;
    }
}

/* ---- watches ---- */

static bool is_app_claim(const struct scn_step *step)
{
    return step->op == SCN_APP;
}

static void freeze(struct player *p, unsigned conn, struct scn_expr *e)
{
    if (e->n)
        *e = (struct scn_expr){.n = 1, .term = {{.number = value_of(p, conn, e)}}};
}

/* Numbers are worked out when the observation begins: SND.UNA moves while it is watched. */
static void freeze_pattern(struct player *p, unsigned conn, struct scn_pattern *see)
{
    struct scn_range *ranges[] = {&see->seq,     &see->ack,       &see->win,        &see->len,
                                  &see->mss,     &see->wscale,    &see->sack_ok,    &see->ts,
                                  &see->ts_val,  &see->ts_ecr,    &see->urg,        &see->sack,
                                  &see->raw_seq, &see->sack_left, &see->sack_right, &see->ecn};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        freeze(p, conn, &ranges[i]->lo);
        freeze(p, conn, &ranges[i]->hi);
    }
    freeze(p, conn, &see->upto);
    freeze(p, conn, &see->from);
    freeze(p, conn, &see->beyond);
}

static void observe_begin(struct player *p, struct watch *w, const struct scn_step *step)
{
    const struct scn_expr *limit = step->within.n ? &step->within : &step->dur;
    *w = (struct watch){.step = step,
                        .begin = run_time(p),
                        .cursor = p->cursor,
                        .event = SIZE_MAX,
                        .see = step->see,
                        .poke_conn = step->conn};
    freeze_pattern(p, step->conn, &w->see);
    uint64_t span = duration_of(p, step->conn, limit);
    bool lower = step->op == SCN_NEVER || step->op == SCN_ALIVE;
    if (!limit->n)
        span = p->real ? p->options.slack : 0;
    else if (!lower)
        span = run_widen(p, span);
    else
        span -= span > p->facts.tick ? p->facts.tick : 0;
    w->end = w->begin + span;
}

static void look_segments(struct player *p, struct watch *w)
{
    bool never = w->step->op == SCN_NEVER;
    for (; w->cursor < trace_count(p->trace); w->cursor++) {
        const struct trace_event *e = trace_at(p->trace, w->cursor);
        if (e->time > w->end || (never && w->step->dur.n && e->time == w->end))
            return;
        if (pattern_matches(p, w->step->conn, &w->see, e)) {
            w->state = never ? WATCH_BROKEN : WATCH_MET;
            w->event = w->cursor++;
            return;
        }
    }
}

static void look_upto(struct player *p, struct watch *w)
{
    w->cursor = trace_count(p->trace);
    if (p->tester[w->step->conn].ack >= value_of(p, w->step->conn, &w->see.upto)) {
        w->state = w->step->op == SCN_NEVER ? WATCH_BROKEN : WATCH_MET;
        w->event = w->cursor ? w->cursor - 1 : SIZE_MAX;
    }
}

/* Look at what has come; time has not moved on since. */
static void observe_look(struct player *p, struct watch *w)
{
    if (w->state != WATCH_OPEN)
        return;
    if (is_app_claim(w->step))
        w->state = app_claim(p, w->step);
    else if (w->step->op == SCN_ALIVE)
        look_alive(p, w);
    else if (w->step->see.upto.n)
        look_upto(p, w);
    else
        look_segments(p, w);
}

/* Its time is over. */
static void expire(struct player *p, struct watch *w)
{
    if (w->state != WATCH_OPEN || run_time(p) < w->end)
        return;
    if (w->step->op == SCN_ALIVE && w->phase == 0) {
        poke(p, w);
        look_alive(p, w);
    } else {
        w->state = w->step->op == SCN_NEVER ? WATCH_MET : WATCH_BROKEN;
    }
}

static uint64_t next_end(const struct watch *w, unsigned n)
{
    uint64_t next = TCPASSAY_NEVER;
    for (unsigned i = 0; i < n; i++)
        if (w[i].state == WATCH_OPEN && w[i].end < next)
            next = w[i].end;
    return next;
}

/* One round: look, let what is over expire. false: nothing is open any more. */
static bool round_of(struct player *p, struct watch *w, unsigned n)
{
    bool open = false;
    for (unsigned i = 0; i < n; i++) {
        observe_look(p, &w[i]);
        expire(p, &w[i]);
        open |= w[i].state == WATCH_OPEN;
    }
    return open && !p->wild;
}

static void consume(struct player *p, const struct watch *w)
{
    size_t to = p->cursor;
    if (w->step->op == SCN_NEVER) /* what came just when its time was over is not of it */
        to = w->cursor;
    else if (w->step->op == SCN_ALIVE || w->step->see.upto.n)
        to = trace_count(p->trace);
    else if (!is_app_claim(w->step) && w->event != SIZE_MAX)
        to = w->event + 1;
    if (to > p->cursor)
        p->cursor = to;
}

static void bind_values(struct player *p, const struct watch *w)
{
    const struct scn_step *s = w->step;
    const struct trace_event *e = w->event == SIZE_MAX ? NULL : trace_at(p->trace, w->event);
    for (unsigned i = 0; i < s->binds; i++) {
        const struct scn_bind *b = &s->bind[i];
        const struct wire_seg *seg = e ? &e->seg : NULL;
        int64_t v = 0;
        if (b->field == SCN_F_VALUE)
            v = value_of(p, s->conn, &b->value);
        else if (b->field == SCN_F_ELAPSED)
            v = (int64_t)((e ? e->time : run_time(p)) - p->group_time);
        else if (seg)
            v = b->field == SCN_F_SEQ       ? e->seq
                : b->field == SCN_F_ACK     ? e->ack
                : b->field == SCN_F_LEN     ? (int64_t)seg->len
                : b->field == SCN_F_TS_VAL  ? (int64_t)seg->opt.ts_val
                : b->field == SCN_F_TS_ECR  ? (int64_t)seg->opt.ts_ecr
                : b->field == SCN_F_MSS     ? (int64_t)seg->opt.mss
                : b->field == SCN_F_WSCALE  ? (int64_t)seg->opt.wscale
                : b->field == SCN_F_URG     ? (int64_t)seg->urgent
                : b->field == SCN_F_RAW_SEQ ? (int64_t)seg->seq
                                            : window_octets(tester_flow(p, s->conn), seg);
        p->bound[b->index % SCN_BOUND_MAX] = v;
        p->bound_is_time[b->index % SCN_BOUND_MAX] = b->field == SCN_F_ELAPSED;
    }
}

/* Weigh what broke since the last time. What only warns leaves the others to be watched to their
 * end. */
static enum flow_control weigh_broken(struct player *p, struct watch *w, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (w[i].state != WATCH_BROKEN || w[i].weighed)
            continue;
        w[i].weighed = true;
        if (verdict_broken(p, &w[i]) == STOP)
            return STOP;
    }
    return GO_ON;
}

enum flow_control observe(struct player *p, const struct scn_step *const *steps, unsigned n)
{
    struct watch w[WATCH_MAX];
    run_settle(p);
    for (unsigned i = 0; i < n; i++)
        observe_begin(p, &w[i], steps[i]);
    p->in_group = false;
    bool open;
    do {
        open = round_of(p, w, n);
        if (weigh_broken(p, w, n) == STOP)
            return STOP;
        if (open)
            run_advance(p, next_end(w, n));
    } while (open);
    for (unsigned i = 0; i < n; i++) {
        if (w[i].state == WATCH_MET) {
            verdict_held(p, steps[i]);
            bind_values(p, &w[i]);
        }
        consume(p, &w[i]);
    }
    return p->wild ? STOP : GO_ON;
}

int observe_first(struct player *p, const struct scn_step *const *steps, unsigned n,
                  struct watch *w)
{
    run_settle(p);
    for (unsigned i = 0; i < n; i++)
        observe_begin(p, &w[i], steps[i]);
    p->in_group = false;
    for (;;) {
        bool open = round_of(p, w, n);
        for (unsigned i = 0; i < n; i++)
            if (w[i].state == WATCH_MET) {
                bind_values(p, &w[i]);
                consume(p, &w[i]);
                return (int)i;
            }
        if (!open)
            return -1;
        run_advance(p, next_end(w, n));
    }
}
