/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.8: the send buffer. The first octet in it is the one at SND.UNA. */
#ifndef TCPREF_SRC_SENDQ_H
#define TCPREF_SRC_SENDQ_H

#include <tcpref/config.h>

struct sendq {
    uint8_t *ring; /* NULL until first used */
    uint32_t cap, head, len;
};

/* Makes room for `limit` octets in all; what is queued stays. False: no memory, nothing changed. */
bool sendq_reserve(struct sendq *q, const struct tcpref_mem *mem, uint32_t limit);
void sendq_free(struct sendq *q, const struct tcpref_mem *mem);

/* Appends; there must be room. */
void sendq_append(struct sendq *q, const void *data, uint32_t len);
/* Copies `len` octets that stand `off` octets behind SND.UNA. */
void sendq_copy(const struct sendq *q, uint32_t off, uint8_t *buf, uint32_t len);
/* The same, and returns their sum (checksum.h). */
uint64_t sendq_copy_sum(const struct sendq *q, uint32_t off, uint8_t *buf, uint32_t len);
/* The first `len` octets are acknowledged. */
void sendq_drop(struct sendq *q, uint32_t len);

#endif
