/* SPDX-License-Identifier: BSD-2-Clause */
/* Copying into and out of a ring of `cap` octets. */
#ifndef TCPREF_SRC_RING_H
#define TCPREF_SRC_RING_H

#include <stdint.h>
#include <string.h>

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

#endif
