/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.10.7.4, seventh: text is kept until it is in order and read (SHLD-31). */
#include "recvq.h"

#include "ring.h"

struct recvq *recvq_new(const struct tcpref_mem *mem, uint32_t cap)
{
    struct recvq *q = mem->alloc(mem->ctx, sizeof(*q) + cap);
    if (!q)
        return NULL;
    q->cap = cap;
    q->head = q->used = q->apart = q->overhead = q->apart_overhead = q->ranges = 0;
    return q;
}

static uint32_t place(const struct recvq *q, tcpref_seq next, tcpref_seq seq)
{
    return ring_at(q->cap, q->head, q->used + seq_ahead(seq, next));
}

struct recvq *recvq_grow(struct recvq *q, const struct tcpref_mem *mem, uint32_t cap,
                         tcpref_seq next)
{
    struct recvq *bigger = recvq_new(mem, cap);
    if (!bigger)
        return NULL;
    *bigger = *q;
    bigger->cap = cap;
    bigger->head = 0;
    ring_read(q->ring, q->cap, q->head, bigger->ring, q->used);
    for (uint32_t i = 0; i < q->ranges; i++) {
        struct seq_range r = q->range[i];
        ring_read(q->ring, q->cap, place(q, next, r.lo), bigger->ring + place(bigger, next, r.lo),
                  seq_ahead(r.hi, r.lo));
    }
    mem->free(mem->ctx, q);
    return bigger;
}

static void count_apart(struct recvq *q)
{
    q->apart = ranges_octets(q->range, q->ranges);
}

/* What came out of order and is in order now changes sides, and its charge with it. */
static tcpref_seq join_ranges(struct recvq *q, tcpref_seq next, tcpref_seq end)
{
    uint32_t before = q->apart;
    while (q->ranges > 0 && seq_leq(q->range[0].lo, next)) {
        next = seq_max(next, seq_min(q->range[0].hi, end));
        ranges_drop(q->range, &q->ranges, 0, 1);
    }
    count_apart(q);
    if (before > q->apart) {
        uint32_t moved = (uint32_t)((uint64_t)q->apart_overhead * (before - q->apart) / before);
        if (q->apart == 0)
            moved = q->apart_overhead;
        q->apart_overhead -= moved;
        q->overhead += moved;
    }
    return next;
}

uint64_t recvq_store_sum(struct recvq *q, const uint8_t *text, uint32_t len)
{
    return ring_write_sum(q->ring, q->cap, ring_at(q->cap, q->head, q->used), text, len);
}

tcpref_seq recvq_append(struct recvq *q, tcpref_seq next, const uint8_t *text, uint32_t len,
                        tcpref_seq end)
{
    tcpref_seq now = seq_add(next, len);
    if (text)
        ring_write(q->ring, q->cap, ring_at(q->cap, q->head, q->used), text, len);
    if (q->ranges > 0)
        now = join_ranges(q, now, end);
    q->used += seq_ahead(now, next);
    return now;
}

bool recvq_insert(struct recvq *q, tcpref_seq next, tcpref_seq seq, const uint8_t *text,
                  uint32_t len)
{
    struct seq_range new = {seq, seq_add(seq, len)};
    if (!ranges_add(q->range, &q->ranges, RECVQ_RANGES, new))
        return false;
    ring_write(q->ring, q->cap, place(q, next, seq), text, len);
    count_apart(q);
    return true;
}

void recvq_forget(struct recvq *q)
{
    q->ranges = q->apart = q->apart_overhead = 0;
}

void recvq_read(struct recvq *q, uint8_t *buf, uint32_t len)
{
    ring_read(q->ring, q->cap, q->head, buf, len);
    /* Octets carry their share of the charge with them: no record of single segments is kept. */
    if (len == q->used)
        q->overhead = 0;
    else
        q->overhead -= (uint32_t)((uint64_t)q->overhead * len / q->used);
    q->head = ring_at(q->cap, q->head, len);
    q->used -= len;
    if (q->used == 0 && q->ranges == 0)
        q->head = 0; /* a reader who keeps up meets the same octets of memory again */
}

void recvq_charge(struct recvq *q, bool in_order, uint32_t overhead)
{
    if (in_order)
        q->overhead += overhead;
    else
        q->apart_overhead += overhead;
}
