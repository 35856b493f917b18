/* SPDX-License-Identifier: BSD-2-Clause */
/* The link between tester and stack, and what it does to packets. Without a delay a packet arrives
 * in the instant it was sent. */
#include "player/run.h"

#include <string.h>

static void lose(struct player *p, bool from_stack, const void *packet, size_t len)
{
    run_event(
        p, trace_packet(p->trace, TRACE_LOST, from_stack, run_time(p), p->step_now, packet, len));
}

/* Whether the link loses the next packet of this direction. */
static bool loses(struct player *p, struct direction *d)
{
    if (d->pass > 0) {
        d->pass--;
        return false;
    }
    if (d->drop > 0) {
        d->drop--;
        return true;
    }
    return d->loss && run_random(p) % 1000 < d->loss;
}

static void enqueue(struct player *p, size_t event, bool from_stack, uint64_t due,
                    int64_t overtaken)
{
    if (p->transits == TRANSIT_MAX) {
        const struct trace_event *e = trace_at(p->trace, event);
        lose(p, from_stack, e->packet, e->packet_len);
        return;
    }
    size_t at = p->transits++;
    while (at > 0 && p->transit[at - 1].due > due) {
        p->transit[at] = p->transit[at - 1];
        at--;
    }
    p->transit[at] = (struct transit){
        .due = due, .event = event, .overtaken = overtaken, .from_stack = from_stack};
}

/* A packet of this direction has passed: those held back behind it come nearer. */
static void overtake(struct player *p, bool from_stack)
{
    for (size_t i = 0; i < p->transits; i++) {
        struct transit *t = &p->transit[i];
        if (t->from_stack == from_stack && t->overtaken > 0 && --t->overtaken == 0)
            t->due = p->now;
    }
}

static void deliver(struct player *p, const void *packet, size_t len)
{
    /* Nothing readable lies behind it, so that a sanitizer sees a read beyond its end. */
    if (len <= sizeof p->last) {
        uint8_t *exact = p->last + sizeof p->last - len;
        memcpy(exact, packet, len);
        packet = exact;
    }
    p->s->input(p->stack, packet, len);
    p->dirty = true;
}

static void arrive(struct player *p, size_t event, bool from_stack)
{
    const struct trace_event *e = trace_at(p->trace, event);
    if (from_stack) {
        if (e->kind != TRACE_SENT || e->time != run_time(p))
            run_event(p, trace_packet(p->trace, TRACE_ARRIVED, true, run_time(p), p->step_now,
                                      e->packet, e->packet_len));
        tester_receive(p, e);
        return;
    }
    run_event(p, trace_packet(p->trace, TRACE_INJECTED, false, run_time(p), p->step_now, e->packet,
                              e->packet_len));
    deliver(p, e->packet, e->packet_len);
}

static void carry(struct player *p, size_t event, bool from_stack)
{
    struct direction *d = &p->link[from_stack];
    unsigned copies = 1;
    if (d->duplicate > 0) {
        d->duplicate--;
        copies = 2;
    }
    for (unsigned i = 0; i < copies; i++) {
        if (d->reorder > 0 && i == 0) {
            /* Held back behind others, but not for ever if no others come. */
            enqueue(p, event, from_stack, p->now + d->delay + 100 * MS, d->reorder);
            d->reorder = 0;
            continue;
        }
        enqueue(p, event, from_stack, p->now + d->delay, 0);
    }
}

void link_from_stack(struct player *p, size_t event)
{
    const struct trace_event *e = trace_at(p->trace, event);
    if (loses(p, &p->link[1]))
        lose(p, true, e->packet, e->packet_len);
    else
        carry(p, event, true);
}

void link_from_tester(struct player *p, const void *packet, size_t len)
{
    if (loses(p, &p->link[0])) {
        lose(p, false, packet, len);
        return;
    }
    struct direction *d = &p->link[0];
    if (!d->delay && !d->duplicate && !d->reorder && !p->transits) {
        /* The common case: no copy on the link. */
        run_event(p, trace_packet(p->trace, TRACE_INJECTED, false, run_time(p), p->step_now, packet,
                                  len));
        deliver(p, packet, len);
        return;
    }
    const struct trace_event *e =
        trace_packet(p->trace, TRACE_TESTER, false, run_time(p), p->step_now, packet, len);
    run_event(p, e);
    if (e)
        carry(p, trace_count(p->trace) - 1, false);
}

/* One packet that is due: its answer is drained before the next is delivered. */
bool link_deliver_due(struct player *p)
{
    for (size_t i = 0; i < p->transits; i++) {
        if (p->transit[i].due > p->now)
            continue;
        struct transit t = p->transit[i];
        if (i < --p->transits)
            memmove(&p->transit[i], &p->transit[i + 1], (p->transits - i) * sizeof *p->transit);
        arrive(p, t.event, t.from_stack);
        if (t.overtaken == 0)
            overtake(p, t.from_stack);
        return true;
    }
    return false;
}

uint64_t link_next(const struct player *p)
{
    uint64_t next = TCPASSAY_NEVER;
    for (size_t i = 0; i < p->transits; i++)
        if (p->transit[i].due < next)
            next = p->transit[i].due;
    return next;
}

void link_heal(struct player *p)
{
    memset(p->link, 0, sizeof p->link);
}

void link_set(struct player *p, const struct scn_step *step)
{
    struct direction *d = &p->link[step->from_stack];
    int64_t n = value_of(p, step->conn, &step->number);
    if (n < 0)
        n = 0;
    switch ((enum scn_link)step->what) {
    case SCN_LINK_DROP:
        d->drop = n;
        break;
    case SCN_LINK_PASS:
        d->pass = n;
        break;
    case SCN_LINK_DELAY:
        d->delay = (uint64_t)n;
        break;
    case SCN_LINK_LOSS:
        d->loss = n > 1000 ? 1000 : (unsigned)n;
        break;
    case SCN_LINK_DUPLICATE:
        d->duplicate = n;
        break;
    case SCN_LINK_REORDER:
        d->reorder = n;
        break;
    case SCN_LINK_TX_ERROR:
        p->link[1].tx_error = n;
        break;
    case SCN_LINK_HEAL:
        link_heal(p);
        break;
    }
}
