/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets of the peers that the benchmark plays, with a codec of its own. */
#ifndef TCPREF_BENCH_PACKET_H
#define TCPREF_BENCH_PACKET_H

#include "subject.h"

enum { HEADERS = 40, IN_BULK = 40 * MSS };
enum { FLAG_FIN = 1, FLAG_SYN = 2, FLAG_PSH = 8, FLAG_ACK = 16 };

/* A peer of a connection of host 0. */
struct peer {
    uint32_t addr;
    uint16_t port, local_port;
    uint32_t seq, ack; /* what it sends next, and awaits next */
    bench_conn *conn;
};

/* A packet whose text stays the same: its sum is known. */
struct frame {
    uint8_t bytes[PACKET_MAX];
    size_t text;
    uint32_t text_sum;
};

/* One's complement sum of `len` octets, not folded to the end: the floor's, too. */
uint64_t sum_octets(const uint8_t *p, size_t len);

void frame_fill(struct frame *f, size_t text, unsigned seed);
/* Writes the headers; returns the packet's length. With SYN the text is the options. */
size_t frame_address(struct frame *f, const struct peer *from, uint8_t flags);

uint32_t packet_seq(const uint8_t *packet);
uint32_t packet_ack(const uint8_t *packet);

#endif
