/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside the codec only: the Internet checksum, and octets in network order.
 */
#ifndef HARNESS_WIRE_CHECKSUM_H
#define HARNESS_WIRE_CHECKSUM_H

#include "wire/wire.h"

#include <endian.h>

enum {
    WIRE_IP4_LEN = 20,
    WIRE_IP6_LEN = 40,
    WIRE_TCP_LEN = 20,
    WIRE_ICMP_LEN = 8,
    WIRE_PROTO_ICMP = 1,
    WIRE_PROTO_TCP = 6,
    WIRE_PROTO_ICMP6 = 58,
};

static inline uint16_t wire_get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t wire_get32(const uint8_t *p)
{
    return (uint32_t)wire_get16(p) << 16 | wire_get16(p + 2);
}

static inline void wire_put16(uint8_t *p, uint32_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static inline void wire_put32(uint8_t *p, uint32_t value)
{
    wire_put16(p, value >> 16);
    wire_put16(p + 2, value);
}

/** Add LEN octets to a running sum. Only the last piece may be of odd length. */
uint64_t wire_sum(uint64_t sum, const void *data, size_t len);
/** The field's value for a finished sum; 0 if the sum took in a right checksum. */
static inline uint16_t wire_sum_done(uint64_t sum)
{
    sum = (sum & UINT32_MAX) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return be16toh((uint16_t)~sum);
}
/** The sum of the pseudo-header (RFC 9293, 3.1; RFC 8200, 8.1). Ports do not matter. */
uint64_t wire_sum_pseudo(const struct wire_addr *src, const struct wire_addr *dst, uint8_t protocol,
                         uint32_t len);

/** What an IP header says: where its content lies, and what is wrong (enum wire_error). */
struct wire_ip {
    struct wire_addr src, dst;
    uint8_t protocol, ttl, tos;
    size_t at, len; /* of the content; 0, 0 if it cannot be told */
    uint32_t errors;
};
void wire_parse_ip(const uint8_t *packet, size_t len, struct wire_ip *ret_ip);
/** Write an IP header without extensions for LEN octets of content: its own length. */
size_t wire_put_ip(uint8_t *to, const struct wire_ip *ip, size_t len);
static inline size_t wire_ip_len(uint8_t family)
{
    return family == 4 ? WIRE_IP4_LEN : WIRE_IP6_LEN;
}

#endif
