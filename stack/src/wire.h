/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.1: packets to segments and back. */
#ifndef TCPREF_SRC_WIRE_H
#define TCPREF_SRC_WIRE_H

#include "segment.h"

enum { WIRE_HEADERS_MAX = 40 + 20 + 40 };

/* Reads a whole IP packet. TCPREF_V_ACCEPTED, or why not; then `ret_seg` is not to be used. With
 * `verify` the text's part of the checksum is left for later: nothing may be done for the segment
 * before wire_sound() or wire_sum_ok() has said yes. */
enum tcpref_verdict wire_parse(const uint8_t *packet, size_t len, bool verify,
                               struct segment *ret_seg);

/* Whether the checksum is right; the same for a text whose sum (checksum.h) is known. */
bool wire_sound(const struct segment *seg);
bool wire_sum_ok(const struct segment *seg, uint64_t text_sum);

/* The upper layer's part of a packet whose IP header is sound, and how long it is. */
const uint8_t *wire_upper(const uint8_t *packet, size_t *ret_len);
/* Whether the checksum of the ICMP message `p` in that packet is right. */
bool wire_icmp_sum_ok(const uint8_t *packet, const uint8_t *p, size_t len);

/* Octets of IP and TCP header in front of the text of `seg`. */
size_t wire_header_len(const struct segment *seg);

/* Writes the headers of `seg` at `packet`, where the text stands already behind them. */
size_t wire_emit(const struct segment *seg, uint8_t *packet);

static inline uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline void put32(uint8_t *p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p + 2, v);
}

#endif
