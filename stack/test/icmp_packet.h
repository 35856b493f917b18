/* SPDX-License-Identifier: BSD-2-Clause */
/* ICMP errors (RFC 792) as a router sends them, with just enough of the quoted packet. */
#ifndef TCPREF_TEST_ICMP_PACKET_H
#define TCPREF_TEST_ICMP_PACKET_H

#include "wire.h"

#include <string.h>

enum { TEST_ICMP_LEN = 56 };

static inline uint16_t test_sum(const uint8_t *p, size_t len)
{
    uint32_t all = 0;
    for (size_t i = 0; i < len; i += 2)
        all += (uint32_t)p[i] << 8 | p[i + 1];
    while (all >> 16)
        all = (all & 0xffff) + (all >> 16);
    return (uint16_t)~all;
}

/* About a segment `quoted` that the host sent in a packet of `len` octets. */
static inline void test_icmp(uint8_t p[TEST_ICMP_LEN], uint8_t type, uint8_t code, uint16_t mtu,
                             const struct segment *quoted, uint16_t len)
{
    uint8_t *icmp = p + 20, *quote = p + 28;
    memset(p, 0, TEST_ICMP_LEN);
    p[0] = quote[0] = 0x45;
    p[3] = TEST_ICMP_LEN;
    p[8] = 64;
    p[9] = 1;
    memcpy(p + 12, quoted->tuple.remote.bytes, 4);
    memcpy(p + 16, quoted->tuple.local.bytes, 4);
    put16(p + 10, test_sum(p, 20));
    icmp[0] = type;
    icmp[1] = code;
    put16(icmp + 6, mtu);
    put16(quote + 2, len);
    quote[9] = 6;
    memcpy(quote + 12, quoted->tuple.local.bytes, 4);
    memcpy(quote + 16, quoted->tuple.remote.bytes, 4);
    put16(quote + 20, quoted->tuple.local_port);
    put16(quote + 22, quoted->tuple.remote_port);
    put32(quote + 24, quoted->seq.n);
    put16(icmp + 2, test_sum(icmp, 36));
}

#endif
