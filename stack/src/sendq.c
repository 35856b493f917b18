/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.8: the send buffer, a ring that holds what is queued and what is in flight. */
#include "sendq.h"

#include "ring.h"

bool sendq_reserve(struct sendq *q, const struct tcpref_mem *mem, uint32_t limit)
{
    if (limit <= q->cap)
        return true;
    uint8_t *ring = mem->alloc(mem->ctx, limit);
    if (!ring)
        return false;
    if (q->ring) {
        ring_read(q->ring, q->cap, q->head, ring, q->len);
        mem->free(mem->ctx, q->ring);
    }
    q->ring = ring;
    q->cap = limit;
    q->head = 0;
    return true;
}

void sendq_free(struct sendq *q, const struct tcpref_mem *mem)
{
    if (q->ring)
        mem->free(mem->ctx, q->ring);
    *q = (struct sendq){0};
}

void sendq_append(struct sendq *q, const void *data, uint32_t len)
{
    ring_write(q->ring, q->cap, ring_at(q->cap, q->head, q->len), data, len);
    q->len += len;
}

void sendq_copy(const struct sendq *q, uint32_t off, uint8_t *buf, uint32_t len)
{
    ring_read(q->ring, q->cap, ring_at(q->cap, q->head, off), buf, len);
}

uint64_t sendq_copy_sum(const struct sendq *q, uint32_t off, uint8_t *buf, uint32_t len)
{
    return ring_read_sum(q->ring, q->cap, ring_at(q->cap, q->head, off), buf, len);
}

void sendq_drop(struct sendq *q, uint32_t len)
{
    q->head = ring_at(q->cap, q->head, len);
    q->len -= len;
}
