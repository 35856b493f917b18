/* SPDX-License-Identifier: BSD-2-Clause */
/* Copying into and out of a ring of `cap` octets. */
#ifndef TCPREF_SRC_RING_H
#define TCPREF_SRC_RING_H

#include "checksum.h"

/* The place `off` octets after `head`; off <= cap. */
static inline uint32_t ring_at(uint32_t cap, uint32_t head, uint32_t off)
{
    uint32_t to_end = cap - head;
    return off < to_end ? head + off : off - to_end;
}

static inline void ring_write(uint8_t *ring, uint32_t cap, uint32_t at, const uint8_t *data,
                              uint32_t len)
{
    uint32_t first = len < cap - at ? len : cap - at;
    memcpy(ring + at, data, first);
    if (first < len)
        memcpy(ring, data + first, len - first);
}

static inline void ring_read(const uint8_t *ring, uint32_t cap, uint32_t at, uint8_t *data,
                             uint32_t len)
{
    uint32_t first = len < cap - at ? len : cap - at;
    memcpy(data, ring + at, first);
    if (first < len)
        memcpy(data + first, ring, len - first);
}

/* The sum (checksum.h) of two pieces, the first of them so long. */
static inline uint64_t ring_join_sums(uint64_t sum, uint64_t rest, uint32_t first)
{
    return sum + (first % 2 == 0 ? rest : checksum_odd(rest));
}

/* The same two, and the sum of what is copied. */
static inline uint64_t ring_write_sum(uint8_t *ring, uint32_t cap, uint32_t at, const uint8_t *data,
                                      uint32_t len)
{
    uint32_t first = len < cap - at ? len : cap - at;
    uint64_t sum = checksum_copy(ring + at, data, first);
    if (first == len)
        return sum;
    return ring_join_sums(sum, checksum_copy(ring, data + first, len - first), first);
}

static inline uint64_t ring_read_sum(const uint8_t *ring, uint32_t cap, uint32_t at, uint8_t *data,
                                     uint32_t len)
{
    uint32_t first = len < cap - at ? len : cap - at;
    uint64_t sum = checksum_copy(data, ring + at, first);
    if (first == len)
        return sum;
    return ring_join_sums(sum, checksum_copy(data + first, ring, len - first), first);
}

#endif
