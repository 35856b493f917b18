/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of a scenario, one after the other. */
#include "player/run.h"

#include <string.h>

/* ---- stimuli: where observations begin, and what a fuzzer's seed is made of ---- */

static void resolve(struct player *p, unsigned conn, struct scn_expr *e)
{
    bool bound = false;
    for (unsigned i = 0; i < e->n; i++)
        bound |= e->term[i].var == SCN_BOUND;
    if (bound)
        *e = (struct scn_expr){.n = 1, .term = {{.number = value_of(p, conn, e)}}};
}

static void copy_stimulus(struct player *p, const struct scn_step *step)
{
    int16_t index;
    struct scn_step *s = scn_step_add(p->stimulus, step->op, &index);
    if (!s)
        return;
    *s = *step;
    s->next = s->child = -1;
    s->clause[0] = s->say = s->note = NULL;
    s->binds = 0;
    struct scn_expr *fields[] = {&s->number,  &s->seg.seq, &s->seg.ack,    &s->seg.data,
                                 &s->seg.win, &s->seg.urg, &s->seg.ts_val, &s->seg.ts_ecr};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        resolve(p, step->conn, fields[i]);
    if (index > 0)
        p->stimulus->step[index - 1].next = index;
    else
        p->stimulus->first = 0;
}

/* Time has passed since the last stimulus: that is one too. */
void stimulus_time(struct player *p)
{
    if (!p->stimulus)
        return;
    uint64_t passed = run_time(p) - p->stimulus_time;
    p->stimulus_time = run_time(p);
    if (passed) {
        struct scn_step wait;
        scn_step_default(&wait, SCN_WAIT);
        wait.number = (struct scn_expr){.n = 1, .term = {{.number = (int64_t)passed}}};
        copy_stimulus(p, &wait);
    }
}

void stimulus_begin(struct player *p, const struct scn_step *step)
{
    if (!p->in_group) {
        p->in_group = true;
        p->cursor = trace_count(p->trace);
        p->group_time = run_time(p);
    }
    if (step && p->stimulus) {
        stimulus_time(p);
        copy_stimulus(p, step);
    }
}

/* ---- one function a verb ---- */

static void play_auto_ack(struct player *p, const struct scn_step *step)
{
    struct tester *t = &p->tester[step->conn];
    t->auto_ack = !step->off;
    t->every = step->every;
    t->auto_seg = step->seg;
    t->auto_seg.flags = WIRE_ACK;
    /* A window opened by it is told at once, as a receiver would. */
    if (t->auto_ack && t->open && t->ack > 0 && step->seg.win.n)
        tester_send(p, step->conn, &t->auto_seg);
}

static enum flow_control play_icmp(struct player *p, const struct scn_step *step)
{
    int64_t at = value_of(p, step->conn, &step->number);
    for (size_t i = trace_count(p->trace); i > 0; i--) {
        const struct trace_event *e = trace_at(p->trace, i - 1);
        if (e->kind != TRACE_SENT || e->conn != step->conn || at < e->seq ||
            at >= e->seq + (int64_t)wire_seg_len(&e->seg))
            continue;
        struct wire_icmp icmp = {.src = e->seg.dst,
                                 .dst = e->seg.src,
                                 .type = step->icmp_type,
                                 .code = step->icmp_code,
                                 .info = step->icmp_info,
                                 .quoted = e->packet,
                                 .quoted_len = e->packet_len};
        size_t len = wire_build_icmp(&icmp, p->packet, PACKET_MAX);
        if (len)
            link_from_tester(p, p->packet, len);
        run_settle(p);
        return GO_ON;
    }
    if (strcmp(p->scn->kind, "scenario") == 0)
        return GO_ON; /* it claims nothing */
    return verdict_decide(p, VERDICT_INCONC, step, "the stack sent no segment at %lld to quote",
                          (long long)at);
}

static enum flow_control play_together(struct player *p, const struct scn_step *step)
{
    const struct scn_step *children[WATCH_MAX];
    unsigned n = 0;
    for (int16_t i = step->child; i >= 0 && n < WATCH_MAX; i = p->scn->step[i].next)
        children[n++] = &p->scn->step[i];
    return observe(p, children, n);
}

static enum flow_control play_one_of(struct player *p, const struct scn_step *step)
{
    const struct scn_step *firsts[WATCH_MAX], *groups[WATCH_MAX];
    struct watch w[WATCH_MAX];
    unsigned n = 0;
    for (int16_t i = step->child; i >= 0 && n < WATCH_MAX; i = p->scn->step[i].next)
        if (p->scn->step[i].child >= 0) {
            groups[n] = &p->scn->step[i];
            firsts[n] = &p->scn->step[groups[n]->child];
            n++;
        }
    int met = n ? observe_first(p, firsts, n, w) : -1;
    if (met < 0) {
        struct watch none = {.step = step, .state = WATCH_BROKEN, .event = SIZE_MAX};
        for (unsigned i = 0; i < n && none.event == SIZE_MAX; i++)
            none.event = w[i].event;
        return verdict_broken(p, &none);
    }
    verdict_held(p, firsts[met]->clause[0] ? firsts[met] : step);
    struct player_result *r = &p->result;
    if (groups[met]->as && r->choices < PLAYER_CHOICES)
        r->choice[r->choices++] = groups[met]->as;
    return firsts[met]->next < 0 ? GO_ON : steps_play(p, firsts[met]->next);
}

static enum flow_control play_repeat(struct player *p, const struct scn_step *step)
{
    int64_t times = value_of(p, step->conn, &step->number);
    for (int64_t i = 0; i < times && !p->wild; i++)
        if (step->child >= 0 && steps_play(p, step->child) == STOP)
            return STOP;
    return GO_ON;
}

/* Send text in small segments, within every window offered, until the window is used up or the
 * stack has taken some of it back. */
static enum flow_control play_fill(struct player *p, const struct scn_step *step)
{
    const struct trace_flow *f = tester_flow(p, step->conn);
    struct tester *t = &p->tester[step->conn];
    struct scn_step one;
    scn_step_default(&one, SCN_SEND);
    one.conn = step->conn;
    one.seg.flags = WIRE_ACK;
    one.seg.data = step->number;
    int64_t size = value_of(p, step->conn, &step->number);
    unsigned most = step->seg.count ? step->seg.count : 10000;
    if (p->stimulus) {
        stimulus_time(p);
        copy_stimulus(p, step);
    }
    for (unsigned i = 0; i < most && f && !p->wild && !f->stack_reset; i++) {
        if (step->what == SCN_FILL_RETRACTED && f->retracted)
            break;
        /* An ACK may be delayed: RFC 9293, 3.8.6.3. */
        for (unsigned waited = 0; waited < 50 && f->rcv_edge - t->nxt < size && !p->wild; waited++)
            run_wait(p, 10 * MS);
        if (f->rcv_edge - t->nxt < size)
            break;
        stimulus_begin(p, NULL);
        tester_send(p, step->conn, &one.seg);
        run_settle(p);
    }
    p->stimulus_time = run_time(p); /* its waits are its own */
    p->in_group = false; /* what follows is a new stimulus; an observation still sees all of this */
    return GO_ON;
}

static enum flow_control play_skip(struct player *p, const struct scn_step *step)
{
    const struct trace_flow *f = tester_flow(p, step->conn);
    bool holds = false;
    run_settle(p);
    switch ((enum scn_condition)step->what) {
    case SCN_IF_RETRACTED:
        holds = f && f->retracted;
        break;
    case SCN_IF_WSCALE:
        holds = f && f->wscale;
        break;
    case SCN_IF_TS:
        holds = f && f->ts;
        break;
    case SCN_IF_SACK:
        holds = f && f->sack;
        break;
    }
    if (holds)
        return GO_ON;
    return verdict_decide(p, VERDICT_SKIP, step, "%s",
                          step->otherwise_why ? step->otherwise_why : "it does not apply");
}

static void play_record(struct player *p, const struct scn_step *step)
{
    struct player_result *r = &p->result;
    if (r->records == PLAYER_RECORDS)
        return;
    const struct scn_expr *e = &step->number;
    bool is_time =
        e->n &&
        (e->term[0].var == SCN_RTO || e->term[0].var == SCN_TICK || e->term[0].var == SCN_MSL ||
         (e->term[0].var == SCN_BOUND && p->bound_is_time[e->term[0].index % SCN_BOUND_MAX]));
    r->record[r->records++] = (struct player_record){
        .name = step->name, .value = value_of(p, step->conn, e), .is_time = is_time};
}

/* ---- answer ---- */

static bool asks(struct player *p, const struct scn_step *step, const struct trace_event *e)
{
    if (e->kind != TRACE_SENT || e->conn != step->conn || (e->seg.flags & WIRE_RST))
        return false;
    switch ((enum scn_answer)step->what) {
    case SCN_ANSWER_PROBES: {
        struct scn_pattern probe = {.any_flags = true, .probe = true};
        return pattern_matches(p, step->conn, &probe, e);
    }
    case SCN_ANSWER_SYN:
        return e->seg.flags & WIRE_SYN;
    case SCN_ANSWER_FIN:
        return e->seg.flags & WIRE_FIN;
    case SCN_ANSWER_DATA:
        return e->seg.len > 0;
    case SCN_ANSWER_ALL:
        break;
    }
    return wire_seg_len(&e->seg) > 0 || e->seq < tester_flow(p, step->conn)->snd_max;
}

struct gaps {
    unsigned count;
    uint64_t last, gap;
    bool bad;
    size_t event;
};

static void gap_add(struct player *p, struct gaps *g, const struct scn_step *step, uint64_t time,
                    size_t event)
{
    if (g->count++ == 0) {
        g->last = time;
        return;
    }
    uint64_t gap = time - g->last;
    uint64_t grain = p->real ? g->gap / 8 + 3 * p->facts.tick : 2 * p->facts.tick;
    uint64_t least = step->gaps == SCN_GAPS_DOUBLING && g->gap < 60 * SECOND ? 2 * g->gap : g->gap;
    if (least > 60 * SECOND) /* a ceiling is lawful (RFC 6298, 2.5) */
        least = 60 * SECOND;
    if (step->gaps != SCN_GAPS_FREE && g->count > 2 && gap + grain < least && !g->bad) {
        g->bad = true;
        g->event = event;
    }
    g->gap = gap;
    g->last = time;
}

static enum flow_control play_answer(struct player *p, const struct scn_step *step)
{
    uint64_t end = run_time(p) + duration_of(p, step->conn, &step->dur);
    size_t cursor = p->cursor;
    struct gaps g = {.event = SIZE_MAX};
    run_settle(p);
    p->in_group = false;
    for (;;) {
        for (; cursor < trace_count(p->trace); cursor++) {
            const struct trace_event *e = trace_at(p->trace, cursor);
            if (!asks(p, step, e))
                continue;
            gap_add(p, &g, step, e->time, cursor);
            struct scn_step reply = *step;
            reply.op = SCN_SEND;
            stimulus_begin(p, &reply);
            tester_send(p, step->conn, &step->seg);
            run_settle(p);
        }
        if (p->wild || run_time(p) >= end)
            break;
        run_advance(p, end);
    }
    p->in_group = false;
    p->cursor = trace_count(p->trace);
    if (g.count < 2 || g.bad) {
        struct watch w = {.step = step, .state = WATCH_BROKEN, .event = g.event};
        return verdict_broken(p, &w);
    }
    verdict_held(p, step);
    return GO_ON;
}

/* ---- the path through the steps ---- */

static void bind_stimulus(struct player *p, const struct scn_step *step)
{
    for (unsigned i = 0; i < step->binds; i++) {
        const struct scn_bind *b = &step->bind[i];
        if (b->field == SCN_F_VALUE)
            p->bound[b->index % SCN_BOUND_MAX] = value_of(p, step->conn, &b->value);
    }
}

static enum flow_control play_app(struct player *p, const struct scn_step *step)
{
    if (app_is_claim(step->what))
        return observe(p, &step, 1);
    stimulus_begin(p, step);
    bind_stimulus(p, step);
    if (app_do(p, step) == STOP)
        return STOP;
    run_settle(p);
    return GO_ON;
}

static enum flow_control play_stimulus(struct player *p, const struct scn_step *step)
{
    stimulus_begin(p, step);
    bind_stimulus(p, step);
    switch (step->op) {
    case SCN_SEND:
        tester_send(p, step->conn, &step->seg);
        break;
    case SCN_AUTO_ACK:
        play_auto_ack(p, step);
        break;
    case SCN_LINK:
        link_set(p, step);
        break;
    default:
        return play_icmp(p, step);
    }
    run_settle(p);
    return GO_ON;
}

static void play_wait(struct player *p, const struct scn_step *step)
{
    if (step->number.n) {
        run_wait(p, duration_of(p, step->conn, &step->number));
        return;
    }
    run_settle(p); /* left out: to whatever happens next, at most an hour */
    run_advance(p, run_time(p) + 3600 * SECOND);
}

static enum flow_control play_step(struct player *p, const struct scn_step *step)
{
    switch ((enum scn_op)step->op) {
    case SCN_APP:
        return play_app(p, step);
    case SCN_SEND:
    case SCN_AUTO_ACK:
    case SCN_LINK:
    case SCN_ICMP:
        return play_stimulus(p, step);
    case SCN_EXPECT:
    case SCN_NEVER:
    case SCN_ALIVE:
        return observe(p, &step, 1);
    case SCN_TOGETHER:
        return play_together(p, step);
    case SCN_ONE_OF:
        return play_one_of(p, step);
    case SCN_GROUP:
        return step->child < 0 ? GO_ON : steps_play(p, step->child);
    case SCN_REPEAT:
        return play_repeat(p, step);
    case SCN_ANSWER:
        return play_answer(p, step);
    case SCN_WAIT:
        play_wait(p, step);
        return GO_ON;
    case SCN_RECORD:
        play_record(p, step);
        return GO_ON;
    case SCN_FILL:
        return play_fill(p, step);
    case SCN_SKIP_UNLESS:
        return play_skip(p, step);
    }
    return GO_ON;
}

enum flow_control steps_play(struct player *p, int16_t first)
{
    for (int16_t i = first; i >= 0; i = p->scn->step[i].next) {
        const struct scn_step *step = &p->scn->step[i];
        p->step_now = step->label ? step->label : (uint16_t)(i + 1);
        run_event(p, trace_mark(p->trace, TRACE_STEP, run_time(p), p->step_now, step->note));
        if (play_step(p, step) == STOP || p->wild)
            return STOP;
    }
    return GO_ON;
}
