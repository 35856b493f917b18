/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets that a stack gave to its device, in their order, until `output` pulls them. In a header,
 * since each adapter is one file, which is built alone too. */
#ifndef HARNESS_STACKS_OUTBOX_H
#define HARNESS_STACKS_OUTBOX_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { OUTBOX = 1 << 20 };

/** Each behind its length. Nothing but `first` and `end` needs to be cleared. */
struct outbox {
    size_t first, end;
    uint8_t octets[OUTBOX];
};

/** Where a packet of LEN octets is to be written, or NULL: it is full. */
static inline uint8_t *outbox_add(struct outbox *o, uint16_t len)
{
    if (sizeof len + len > OUTBOX - o->end)
        return NULL;
    memcpy(o->octets + o->end, &len, sizeof len);
    o->end += sizeof len + len;
    return o->octets + o->end - len;
}

/** As `output` of the port: the length of the packet written to BUF; 0: there is none. */
static inline size_t outbox_take(struct outbox *o, void *buf, size_t cap)
{
    uint16_t len;
    if (o->first == o->end)
        o->first = o->end = 0;
    if (o->end == 0)
        return 0;
    memcpy(&len, o->octets + o->first, sizeof len);
    o->first += sizeof len;
    memcpy(buf, o->octets + o->first, len <= cap ? len : 0);
    o->first += len;
    return len <= cap ? len : 0;
}

#endif
