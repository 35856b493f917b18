/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.8 and 3.10.7.4: the receive buffer and the text that came out of order. */
#ifndef TCPREF_SRC_RECVQ_H
#define TCPREF_SRC_RECVQ_H

#include "ranges.h"

#include <tcpref/config.h>

enum { RECVQ_RANGES = 32 };

/*
 * The ring's first octet is the next to be read; `used` octets in order follow it. Text out of
 * order stands in its place in the ring, and `range` says where, in order, disjoint, not touching.
 */
struct recvq {
    uint32_t cap, head, used;
    uint32_t apart;                    /* octets out of order */
    uint32_t overhead, apart_overhead; /* charged for segments, beside their text */
    uint32_t ranges;
    struct seq_range range[RECVQ_RANGES];
    uint8_t ring[];
};

struct recvq *recvq_new(const struct tcpref_mem *mem, uint32_t cap);

/* The same content in a larger ring; NULL: no memory, `q` stays. `next` is RCV.NXT. */
struct recvq *recvq_grow(struct recvq *q, const struct tcpref_mem *mem, uint32_t cap,
                         tcpref_seq next);

/* Puts text where the next in order belongs, and returns its sum (checksum.h); there must be room
 * and nothing out of order. Until recvq_append() follows it is not there. */
uint64_t recvq_store_sum(struct recvq *q, const uint8_t *text, uint32_t len);

/* Text at `next`, which is RCV.NXT; there must be room. NULL: it is in its place already. Returns
 * the new RCV.NXT, never behind text that was waiting, never beyond `end`. */
tcpref_seq recvq_append(struct recvq *q, tcpref_seq next, const uint8_t *text, uint32_t len,
                        tcpref_seq end);

/* Text beyond a hole; there must be room. False: too many holes, nothing is stored. */
bool recvq_insert(struct recvq *q, tcpref_seq next, tcpref_seq seq, const uint8_t *text,
                  uint32_t len);

/* Forgets what came out of order. It was never acknowledged, so the peer has it still. */
void recvq_forget(struct recvq *q);

/* Takes `len` octets; at most `used`. */
void recvq_read(struct recvq *q, uint8_t *buf, uint32_t len);

/* Charges for one stored segment. */
void recvq_charge(struct recvq *q, bool in_order, uint32_t overhead);

#endif
