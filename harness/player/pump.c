/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop that everything else stands on: drain the stack, move packets, let the application work,
 * and only when nothing more happens at this instant let time move. */
#include "player/run.h"
#include "wire/random.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* On a real clock the application may be told something (a timeout) without a packet: look often.
 */
#define POLL (20 * MS)

uint64_t run_time(const struct player *p)
{
    return p->now - p->t0;
}

uint64_t run_random(struct player *p)
{
    return random_next(&p->random);
}

/* A signature that is enough ends the case: what is still to come could show no more. */
static void look_content(struct player *p)
{
    size_t n;
    char line[PLAYER_SIGNATURE];
    const struct oracle_breach *b = oracle_breaches(p->oracle, &n);
    for (; p->breaches_seen < n; p->breaches_seen++)
        if (!strcmp(oracle_signature(&b[p->breaches_seen], line, sizeof line), p->content_with))
            p->wild = p->content = true;
}

void run_event(struct player *p, const struct trace_event *e)
{
    if (!e) {
        p->wild = true; /* no memory: the case cannot be judged */
        return;
    }
    if (trace_count(p->trace) > p->options.most_events)
        p->wild = p->endless = true;
    if (!(p->options.leave_out & PLAYER_NO_ORACLE))
        oracle_event(p->oracle, trace_count(p->trace) - 1);
    if (p->content_with[0])
        look_content(p);
}

void run_port_broken(struct player *p, const char *what)
{
    verdict_decide(p, VERDICT_ERROR, NULL, "the adapter breaks the port: %s", what);
    p->wild = true;
}

static void clock_read(struct player *p)
{
    if (p->real) {
        uint64_t now = p->s->now(p->stack);
        if (now > p->now)
            p->now = now;
    }
}

/* Take all that the stack wants to send now. */
static bool drain(struct player *p)
{
    bool any = false;
    size_t len;
    while (!p->wild && (len = p->s->output(p->stack, p->packet, PACKET_MAX)) > 0) {
        if (len > PACKET_MAX) {
            run_port_broken(p, "output wrote more than there was room for");
            break;
        }
        any = true;
        clock_read(p);
        if (p->fault_on)
            len = fault_output(p, p->packet, len, PACKET_MAX);
        if (len == 0)
            continue;
        const struct trace_event *e =
            trace_packet(p->trace, TRACE_SENT, true, run_time(p), p->step_now, p->packet, len);
        run_event(p, e);
        if (e && p->link[1].tx_error > 0 && p->s->tx_done) {
            p->link[1].tx_error--;
            p->s->tx_done(p->stack, 1, -1);
            run_event(p,
                      trace_call(p->trace, run_time(p), p->step_now,
                                 e->conn == TRACE_NO_CONN ? 0 : e->conn, TRACE_TX_ERROR, 1, 0, 0));
        } else if (e) {
            link_from_stack(p, trace_count(p->trace) - 1);
        }
    }
    return any;
}

void run_settle(struct player *p)
{
    /* Each packet's answer is drained before the application is let near the stack: what is sent
     * without a call of the application and before time moves is the answer (ORACLE, 1). */
    for (unsigned round = 0; !p->wild; round++) {
        if (round > SPIN_MAX)
            p->wild = true;
        bool any = drain(p);
        if (any)
            p->dirty = true;
        if (link_deliver_due(p) || tester_react(p)) {
            p->dirty = true;
            continue;
        }
        if (p->dirty) {
            p->dirty = false;
            if (app_work(p)) {
                p->dirty = true;
                continue;
            }
        }
        if (!any)
            break;
    }
}

static uint64_t stack_deadline(struct player *p)
{
    return p->s->deadline && !p->real ? p->s->deadline(p->stack) : TCPASSAY_NEVER;
}

/* How long this process has waited for a processor, ns in all; 0 where the system does not tell. */
static uint64_t held_up(const struct player *p)
{
    char text[64];
    ssize_t len = pread(p->schedstat, text, sizeof text - 1, 0);
    text[len > 0 ? len : 0] = '\0';
    char *second = strchr(text, ' ');
    return second ? strtoull(second, NULL, 10) : 0;
}

static void move_real(struct player *p, uint64_t next)
{
    int waits = p->s->wait(p->stack, next);
    clock_read(p);
    /* Beyond `next` the harness itself was late: a timer of its own was not served in time. And a
     * packet that waited while it had no processor seems later than it was. */
    uint64_t late = waits == 0 && p->now > next ? p->now - next : 0;
    uint64_t held = held_up(p);
    if (held > p->held_up && held - p->held_up > late)
        late = held - p->held_up;
    p->held_up = held;
    if (late > p->result.lateness)
        p->result.lateness = late;
}

static void move_virtual(struct player *p, uint64_t next)
{
    if (next <= p->now) {
        /* The stack asks to be served at once and then sends nothing: it must move on by itself. */
        if (++p->spins > SPIN_MAX)
            p->wild = true;
    } else {
        p->spins = 0;
        p->now = next;
    }
    p->s->advance(p->stack, p->now);
}

uint64_t run_quiet(struct player *p)
{
    uint64_t deadline = stack_deadline(p);
    oracle_quiet(p->oracle, run_time(p),
                 deadline == TCPASSAY_NEVER || deadline < p->t0 ? deadline : deadline - p->t0);
    return deadline;
}

void run_advance(struct player *p, uint64_t until)
{
    if (run_time(p) / (SECOND * 3600 * 24 * 365) >= YEARS_MAX)
        p->wild = p->endless = true;
    if (p->wild)
        return;
    uint64_t deadline = run_quiet(p);
    uint64_t next = until > TCPASSAY_NEVER - p->t0 ? TCPASSAY_NEVER : until + p->t0;
    uint64_t others[] = {deadline, link_next(p), tester_next(p)};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i] < next)
            next = others[i];
    if (p->real)
        move_real(p, next < p->now + POLL ? next : p->now + POLL);
    else if (next != TCPASSAY_NEVER)
        move_virtual(p, next);
    p->dirty = true;
    run_settle(p);
}

uint64_t run_widen(const struct player *p, uint64_t limit)
{
    if (limit > TCPASSAY_NEVER / 4)
        return limit;
    /* A timer wheel fires late by up to an eighth of the delay and some ticks. */
    return p->real ? limit + limit / 8 + 3 * p->facts.tick + p->options.slack
                   : limit + p->facts.tick;
}

void run_wait(struct player *p, uint64_t duration)
{
    uint64_t end = run_time(p) + duration;
    run_settle(p);
    while (!p->wild && run_time(p) < end)
        run_advance(p, end);
}
