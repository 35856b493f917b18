/* SPDX-License-Identifier: BSD-2-Clause */
/* The closing check: once the network and the peer behave, data moves and the connection ends, in
 * bounded time. First with a peer that only answers, for a helpful one heals what should be found;
 * then with one that resumes, resends and closes. */
#include "player/run.h"

/* How far the connection has come, by all that counts as progress. */
static int64_t progress(const struct player *p, unsigned conn)
{
    const struct trace_flow *f = tester_flow(p, conn);
    const struct tester *t = &p->tester[conn];
    return t->ack + f->rcv_acked + p->app[conn].read + p->app[conn].eof;
}

static uint64_t deadline_now(struct player *p)
{
    if (p->real || !p->s->deadline)
        return TCPASSAY_NEVER;
    uint64_t d = p->s->deadline(p->stack);
    return d == TCPASSAY_NEVER || d < p->t0 ? d : d - p->t0;
}

static bool stack_owes(struct player *p, unsigned conn)
{
    struct oracle_owed owed;
    oracle_owed(p->oracle, conn, run_time(p), &owed);
    return owed.alive && (owed.stack_text || owed.stack_fin);
}

static bool anything_owed(struct player *p, unsigned conn)
{
    struct oracle_owed owed;
    oracle_owed(p->oracle, conn, run_time(p), &owed);
    return owed.alive && (owed.stack_text || owed.stack_fin || owed.tester_text || owed.tester_fin);
}

/* Run until nothing is owed any more or the bound is over; STEP is done each second of it. */
static void run_phase(struct player *p, unsigned conn, bool (*owes)(struct player *, unsigned),
                      void (*step)(struct player *, unsigned))
{
    uint64_t end = oracle_bound(p->oracle, conn, run_time(p), deadline_now(p)) + run_time(p);
    int64_t come = progress(p, conn);
    uint64_t patience = run_time(p) + p->options.patience;
    run_settle(p);
    while (!p->wild && run_time(p) < end && owes(p, conn)) {
        if (step)
            step(p, conn);
        run_advance(p, p->real || step ? run_time(p) + (p->real ? SECOND / 5 : SECOND) : end);
        if (progress(p, conn) != come) {
            come = progress(p, conn);
            patience = run_time(p) + p->options.patience;
        } else if (p->real && run_time(p) > patience) {
            break;
        }
    }
}

/* Where the tester's FIN stands, or is to stand: behind all that it has sent. */
static int64_t stream_end(struct player *p, unsigned conn, int64_t una)
{
    struct tester *t = &p->tester[conn];
    const struct trace_flow *f = tester_flow(p, conn);
    if (t->own_fin < una && una <= f->fin_delivered)
        t->own_fin = f->fin_delivered; /* the one that the stack may have kept */
    /* If it was refused, what has been acknowledged there is text, and may have been read. */
    bool text = t->own_fin >= 0 && t->base + 1 + p->app[conn].read > t->own_fin;
    if (t->own_fin >= 0 && !text && una <= t->own_fin + (f->fin_delivered == t->own_fin))
        return t->own_fin;
    /* What was on its way when another connection began is not in the tester's own account. */
    struct oracle_owed owed;
    oracle_owed(p->oracle, conn, run_time(p), &owed);
    int64_t delivered = t->base + owed.tester_end;
    int64_t end = delivered > t->nxt ? delivered : t->nxt;
    for (unsigned i = 0; i < t->ahead.n; i++)
        if (t->ahead.at[i].lo <= f->rcv_max && t->ahead.at[i].hi > end)
            end = t->ahead.at[i].hi;
    t->own_fin = -1; /* it was none: the stack has gone beyond it */
    return end;
}

static void resend(struct player *p, unsigned conn)
{
    struct tester *t = &p->tester[conn];
    struct app *a = &p->app[conn];
    const struct trace_flow *f = tester_flow(p, conn);
    struct scn_segment seg;
    bool begun = f->rcv_acked > t->base;
    int64_t una = begun ? f->rcv_acked : t->base;
    if (a->handle >= 0 && !a->want_close && (a->eof || !t->open))
        a->want_close = true;
    p->dirty = true;
    tester_plain(&seg, WIRE_ACK);
    seg.seq = (struct scn_expr){.n = 1, .term = {{.number = una}}};
    int64_t end = stream_end(p, conn, una);
    int64_t room = f->rcv_edge - una;
    int64_t len = end - una;
    if (len > 1000)
        len = 1000;
    if (room < len)
        len = room > 0 ? room : len > 0; /* a probe of one octet at a closed window */
    if (!begun) {
        seg.flags |= WIRE_SYN;
        len = 0;
    }
    if (len > 0)
        seg.data = (struct scn_expr){.n = 1, .term = {{.number = len}}};
    if (una + len >= end && una <= end && !(seg.flags & WIRE_SYN))
        seg.flags |= WIRE_FIN;
    if (t->own_fin >= 0 && una > t->own_fin)
        seg.flags &= (uint16_t)~WIRE_FIN;
    tester_send(p, conn, &seg);
    run_settle(p);
    tester_tell_window(p, conn, una);
    run_settle(p);
}

/* Resume where the stack says it is, go on as a willing sender, and close. */
static void resume(struct player *p, unsigned conn)
{
    int64_t before;
    unsigned segments = 0;
    do {
        before = progress(p, conn);
        resend(p, conn);
    } while (!p->wild && progress(p, conn) > before && anything_owed(p, conn) &&
             ++segments < 100000);
}

static void open_window(struct player *p, unsigned conn)
{
    struct tester *t = &p->tester[conn];
    const struct trace_flow *f = tester_flow(p, conn);
    int64_t ahead = f->snd_max - (f->snd_una > 0 ? f->snd_una : 0) + 1460;
    int64_t offered = f->snd_edge_max - (f->snd_una > 0 ? f->snd_una : 0);
    int64_t win = ahead > offered ? ahead : offered;
    t->win = win > 65535 ? win : 65535;
    t->passive = true;
    t->auto_ack = false;
}

/* A phase that was cut short shows nothing. */
static void phase_end(struct player *p, unsigned conn, char phase)
{
    if (!p->wild)
        oracle_phase_end(p->oracle, conn, phase, run_time(p));
}

static void check_connection(struct player *p, unsigned conn)
{
    struct oracle_owed owed;
    oracle_owed(p->oracle, conn, run_time(p), &owed);
    if (!owed.alive)
        return;
    if (!p->app[conn].reader && p->app[conn].handle >= 0) {
        p->app[conn].reader = true;
        run_event(p, trace_call(p->trace, run_time(p), p->step_now, conn, TRACE_READER, 1, 0, 0));
    }
    p->dirty = true;
    tester_rebase(p, conn); /* the SYN,ACK of a connection after another may never have come */
    tester_stand_by_acks(p, conn);
    open_window(p, conn);
    if (owed.stack_text || owed.stack_fin) {
        run_phase(p, conn, stack_owes, NULL);
        phase_end(p, conn, 'A');
    }
    open_window(p, conn);
    resume(p, conn);
    run_phase(p, conn, anything_owed, resume);
    phase_end(p, conn, 'B');
}

void closing_check(struct player *p)
{
    if (!p->real && !p->wild)
        run_quiet(p); /* the last step's answers are due as any other's are */
    p->step_now = TRACE_STEP_CLOSING;
    link_heal(p);
    app_heal(p);
    stimulus_time(p);
    run_event(p, trace_mark(p->trace, TRACE_STEP, run_time(p), p->step_now, "closing check"));
    for (unsigned i = 0; i < TRACE_CONNS && !p->wild; i++)
        if (p->tester[i].open && (p->app[i].handle >= 0 || p->app[i].closed))
            check_connection(p, i);
}
