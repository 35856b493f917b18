/* SPDX-License-Identifier: BSD-2-Clause */
/* The set-up: the shortest way to each state of RFC 9293, 3.3.2. What fails here is INCONC: nothing
 * is known about the rule then. */
#include "player/run.h"

enum { WARM_ROUNDS = 48, STALE_ROUNDS = 2, WARM_STEP = 536 };
#define WARM_TIME (30 * SECOND) /* of one round */

static enum flow_control failed(struct player *p, const char *what)
{
    return verdict_decide(p, VERDICT_INCONC, NULL, "the set-up failed: %s", what);
}

/* Whether the stack has sent a segment with these flags, and no RST, since the stimulus. */
static bool came(struct player *p, uint16_t flags, int64_t ack)
{
    for (size_t i = p->cursor; i < trace_count(p->trace); i++) {
        const struct trace_event *e = trace_at(p->trace, i);
        if (e->kind == TRACE_SENT && e->conn == 0 && !(e->seg.errors & WIRE_UNREADABLE) &&
            (e->seg.flags & (flags | WIRE_RST)) == flags &&
            (ack < 0 || e->ack == ack)) {
            p->cursor = i + 1;
            return true;
        }
    }
    return false;
}

/* Wait for such a segment, and at most a second. */
static bool comes(struct player *p, uint16_t flags, int64_t ack)
{
    run_settle(p);
    p->in_group = false;
    uint64_t end = run_time(p) + run_widen(p, SECOND);
    bool there = came(p, flags, ack);
    while (!there && !p->wild && run_time(p) < end) {
        run_advance(p, end);
        there = came(p, flags, ack);
    }
    if (p->scn->given.delay) /* seen when it left the stack: let it arrive */
        run_wait(p, p->scn->given.delay);
    return there;
}

static void tester_sends(struct player *p, uint16_t flags)
{
    struct scn_segment seg;
    tester_plain(&seg, flags);
    stimulus_begin(p, NULL);
    tester_send(p, 0, &seg);
    run_settle(p);
}

static bool option(struct player *p, int handle, enum tcpassay_option o, int64_t value)
{
    if (!p->s->set_option || p->s->set_option(p->stack, handle, o, value) != TCPASSAY_OK)
        return false;
    unsigned conn = handle == p->listener ? TRACE_NO_CONN : 0;
    run_event(p, trace_call(p->trace, run_time(p), p->step_now, conn, TRACE_OPTION, o, 0, value));
    return true;
}

/* What the rule asks for and the stack cannot set makes another case of it: that is not played. */
static enum flow_control options(struct player *p, int handle)
{
    const struct scn_given *g = &p->scn->given;
    const char *lacks = NULL;
    if (g->rcvbuf >= 0 && !option(p, handle, TCPASSAY_OPT_RCVBUF, g->rcvbuf))
        lacks = "rcvbuf";
    if (g->sndbuf >= 0 && !option(p, handle, TCPASSAY_OPT_SNDBUF, g->sndbuf))
        lacks = "sndbuf";
    if (g->nodelay)
        (void)option(p, handle, TCPASSAY_OPT_NODELAY,
                     1); /* who lacks it may have no Nagle either */
    if (g->linger0 && !option(p, handle, TCPASSAY_OPT_LINGER0, 1))
        lacks = "linger0";
    return lacks ? verdict_decide(p, VERDICT_SKIP, NULL, "the stack cannot set %s", lacks) : GO_ON;
}

static enum flow_control open_passive(struct player *p)
{
    tester_open(p, 0, true);
    int r = app_listen(p, p->scn->given.backlog);
    if (r < 0)
        return failed(p, "the stack does not listen");
    if (options(p, p->listener) == STOP)
        return STOP;
    run_settle(p);
    if (p->scn->given.state == SCN_LISTEN)
        return GO_ON;
    tester_sends(p, WIRE_SYN);
    if (!comes(p, WIRE_SYN | WIRE_ACK, 1))
        return failed(p, "no SYN,ACK to a SYN");
    if (p->scn->given.state == SCN_SYN_RECEIVED)
        return GO_ON;
    tester_sends(p, WIRE_ACK);
    if (p->scn->given.backlog > 0 && p->app[0].handle < 0)
        run_wait(p, p->scn->given.delay + (p->real ? 10 * MS : 0));
    if (p->auto_accept && p->app[0].handle < 0)
        return failed(p, "the handshake is done and nothing can be accepted");
    return GO_ON;
}

static enum flow_control open_active(struct player *p)
{
    const struct scn_given *g = &p->scn->given;
    tester_open(p, 0, false);
    stimulus_begin(p, NULL);
    int r = app_connect(p, 0);
    if (r < 0)
        return failed(p, "the stack does not connect");
    if (options(p, p->app[0].handle) == STOP)
        return STOP;
    run_settle(p);
    if (!comes(p, WIRE_SYN, -1))
        return failed(p, "no SYN");
    if (g->state == SCN_SYN_SENT)
        return GO_ON;
    if (g->open == SCN_SIMULTANEOUS || g->state == SCN_SYN_RECEIVED) {
        tester_sends(p, WIRE_SYN);
        if (!comes(p, WIRE_SYN | WIRE_ACK, 1))
            return failed(p, "no SYN,ACK to a crossing SYN");
        if (g->state == SCN_SYN_RECEIVED)
            return GO_ON;
        tester_sends(p, WIRE_ACK);
    } else {
        tester_sends(p, WIRE_SYN | WIRE_ACK);
        if (!comes(p, WIRE_ACK, 1))
            return failed(p, "no ACK to a SYN,ACK");
    }
    if (p->s->connected && !p->app[0].connected)
        return failed(p, "the application was not told that the open succeeded");
    return GO_ON;
}

/* What the congestion window lets out at once of so many octets more. */
static int64_t burst(struct player *p, int64_t octets)
{
    int64_t before = tester_flow(p, 0)->snd_max;
    p->app[0].want += octets;
    p->dirty = true;
    run_settle(p);
    return tester_flow(p, 0)->snd_max - before;
}

/* Acknowledge, in steps of less than a segment so that the window grows by as much as it may, until
 * the stack has sent all that it was given and knows that it arrived. */
static bool acknowledge_all(struct player *p)
{
    const struct trace_flow *f = tester_flow(p, 0);
    const struct tester *t = &p->tester[0];
    int64_t end = 1 + p->app[0].want, acked = f->snd_una;
    uint64_t until = run_time(p) + WARM_TIME;
    while (f->snd_una < end && run_time(p) < until && !p->wild) {
        if (acked == t->ack) { /* all that came: let more come, or the last ACK arrive */
            run_wait(p, 10 * MS);
            continue;
        }
        acked = acked + WARM_STEP < t->ack ? acked + WARM_STEP : t->ack;
        struct scn_segment seg;
        tester_plain(&seg, WIRE_ACK);
        seg.ack = (struct scn_expr){.n = 1, .term = {{.number = acked}}};
        tester_send(p, 0, &seg);
        run_settle(p);
    }
    return f->snd_una >= end;
}

/* Let the congestion window grow until so many octets are in flight at once. */
static enum flow_control warm_up(struct player *p, int64_t wanted)
{
    if (p->scn->given.win < wanted)
        return failed(p, "the tester offers less than is to be in flight");
    int64_t most = 0;
    for (unsigned round = 0, stale = 0; round < WARM_ROUNDS && stale < STALE_ROUNDS; round++) {
        int64_t flight = burst(p, wanted);
        if (!acknowledge_all(p))
            return failed(p, "the warm-up did not come to its end");
        if (flight >= wanted)
            return GO_ON;
        stale = flight > most ? 0 : stale + 1; /* something else than cwnd is the limit */
        most = flight > most ? flight : most;
    }
    return failed(p, "the stack never had as much in flight as the rule needs");
}

/* The stack's own FIN, by the gentlest call it has. */
static bool finish(struct player *p, bool whole)
{
    struct app *a = &p->app[0];
    stimulus_begin(p, NULL);
    if (p->s->shutdown && !whole)
        a->want_shutdown = true;
    else
        a->want_close = true;
    p->dirty = true;
    run_settle(p);
    return comes(p, WIRE_FIN | WIRE_ACK, -1);
}

static enum flow_control tester_finishes(struct player *p, bool acks_fin)
{
    struct scn_segment seg;
    tester_plain(&seg, WIRE_FIN | WIRE_ACK);
    if (!acks_fin)
        seg.ack = (struct scn_expr){.n = 1, .term = {{.number = tester_flow(p, 0)->fin_sent}}};
    stimulus_begin(p, NULL);
    tester_send(p, 0, &seg);
    run_settle(p);
    return comes(p, WIRE_ACK, p->tester[0].nxt) ? GO_ON : failed(p, "no ACK of a FIN");
}

static enum flow_control close_passively(struct player *p)
{
    if (tester_finishes(p, true) == STOP)
        return STOP;
    if (p->scn->given.state == SCN_LAST_ACK && !finish(p, true))
        return failed(p, "no FIN after CLOSE");
    return GO_ON;
}

static enum flow_control close_actively(struct player *p)
{
    enum scn_state state = p->scn->given.state;
    if (!finish(p, false))
        return failed(p, "no FIN after CLOSE");
    if (state == SCN_FIN_WAIT_1)
        return GO_ON;
    if (state == SCN_CLOSING)
        return tester_finishes(p, false);
    tester_sends(p, WIRE_ACK);
    return state == SCN_TIME_WAIT ? tester_finishes(p, true) : GO_ON;
}

enum flow_control given_reach(struct player *p)
{
    const struct scn_given *g = &p->scn->given;
    p->link[0].delay = p->link[1].delay = g->delay;
    if (g->iss_set && p->s->set_option)
        p->s->set_option(p->stack, -1, TCPASSAY_OPT_ISS, g->iss);
    if (g->state == SCN_CLOSED) {
        tester_open(p, 0, true); /* an active open declares the flow anew */
        return GO_ON;
    }
    bool active = g->open != SCN_PASSIVE || g->state == SCN_SYN_SENT;
    enum flow_control r = active ? open_active(p) : open_passive(p);
    if (r == STOP || g->state < SCN_ESTABLISHED)
        return r;
    if (g->in_flight > 0 && warm_up(p, g->in_flight) == STOP)
        return STOP;
    if (g->state == SCN_ESTABLISHED)
        return GO_ON;
    return g->state == SCN_CLOSE_WAIT || g->state == SCN_LAST_ACK ? close_passively(p)
                                                                  : close_actively(p);
}
