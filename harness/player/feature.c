/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Features of a trace: pairs of a cause and the stack's answer, each reduced to its flags and to
 * where its numbers lie, and what state of things that leaves. A small account of each connection
 * is kept for that: the trace's own flow shows the end of a case alone. Times are left out, for on
 * a real clock they are chance.
 */
#include "player/feature.h"

struct seen {
    int64_t snd_max, snd_una, acked, edge, edge_max;
    uint32_t cause;
    bool retracted, shut, fin_out, fin_in, unread;
    uint8_t shift;
};

enum { TELLING = WIRE_SYN | WIRE_FIN | WIRE_RST | WIRE_ACK };

static uint32_t mix(uint32_t a, uint32_t b)
{
    uint32_t h = (a ^ (b + 0x9e3779b9u + (a << 6) + (a >> 2))) * 0x85ebca6bu;
    return h ^ h >> 13;
}

/** A below, at or above B. */
static uint32_t beside(int64_t a, int64_t b)
{
    return a < b ? 0 : a == b ? 1 : 2;
}

static uint32_t length_class(uint32_t len)
{
    return len == 0 ? 0 : len < 200 ? 1 : 2;
}

static uint32_t shape(const struct seen *s)
{
    return (uint32_t)s->retracted | (uint32_t)s->shut << 1 | (uint32_t)s->fin_out << 2 |
           (uint32_t)s->fin_in << 3 | (uint32_t)s->unread << 4;
}

static uint32_t sent_word(struct seen *s, const struct trace_event *e)
{
    bool syn = e->seg.flags & WIRE_SYN;
    int64_t edge = e->ack + ((int64_t)e->seg.window << (syn ? 0 : s->shift));
    uint32_t w =
        mix(e->seg.flags & TELLING, beside(e->seq, s->snd_max) | length_class(e->seg.len) << 2 |
                                        beside(e->ack, s->acked) << 4 | beside(edge, s->edge) << 6);
    if (!(e->seg.flags & WIRE_RST)) {
        int64_t end = e->seq + (int64_t)wire_seg_len(&e->seg);
        s->snd_max = end > s->snd_max ? end : s->snd_max;
        s->acked = e->ack > s->acked ? e->ack : s->acked;
        s->retracted |= edge < s->edge && !syn;
        s->shut = e->seg.window == 0;
        s->edge = edge;
        s->edge_max = edge > s->edge_max ? edge : s->edge_max;
        s->fin_out |= (e->seg.flags & WIRE_FIN) != 0;
    }
    return mix(w, shape(s));
}

/* Where a segment begins: old, next, in the window, in an earlier one alone, beyond all of them. */
static uint32_t place(const struct seen *s, int64_t seq)
{
    return seq < s->acked       ? 0
           : seq == s->acked    ? 1
           : seq < s->edge      ? 2
           : seq <= s->edge_max ? 3
                                : 4;
}

static uint32_t injected_word(struct seen *s, const struct trace_event *e)
{
    uint32_t ack = !(e->seg.flags & WIRE_ACK) ? 0
                   : e->ack > s->snd_max      ? 1
                                              : 2 + beside(e->ack, s->snd_una);
    uint32_t w = mix((e->seg.flags & TELLING) | 0x100u,
                     place(s, e->seq) | ack << 3 | length_class(e->seg.len) << 6);
    if ((e->seg.flags & WIRE_ACK) && e->ack > s->snd_una && e->ack <= s->snd_max)
        s->snd_una = e->ack;
    s->fin_in |= (e->seg.flags & WIRE_FIN) != 0;
    return w;
}

static uint32_t call_word(struct seen *s, const struct trace_event *e)
{
    int64_t r = e->result;
    if (e->call == TRACE_READER)
        s->unread = e->arg == 0;
    return mix(0x200u | (uint32_t)e->call,
               (r < 0 ? (uint32_t)-r : 0u) | (e->call == TRACE_OPTION ? (uint32_t)e->arg << 9 : 0));
}

void feature_each(const struct trace *trace, void (*take)(void *context, uint16_t feature),
                  void *context)
{
    struct seen seen[TRACE_CONNS] = {0};
    size_t n = trace_count(trace);
    for (size_t i = 0; i < n; i++) {
        const struct trace_event *e = trace_at(trace, i);
        if (e->conn >= TRACE_CONNS)
            continue;
        struct seen *s = &seen[e->conn];
        const struct trace_flow *flow = trace_flow(trace, e->conn);
        s->shift = flow ? flow->rcv_shift : 0;
        if (e->kind == TRACE_INJECTED)
            s->cause = injected_word(s, e);
        else if (e->kind == TRACE_CALL)
            take(context, (uint16_t)((s->cause = call_word(s, e)) % FEATURES));
        else if (e->kind == TRACE_SENT)
            take(context, (uint16_t)(mix(s->cause, sent_word(s, e)) % FEATURES));
    }
}
