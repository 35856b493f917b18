/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Internet checksum (RFC 1071) of the harness.
 */
#include "wire/checksum.h"

#include <string.h>

/* RFC 1071, 2: the sum may be taken in words of any width and in the machine's own order; folding
 * and one swap at the end give the same as adding 16-bit words in network order. */
uint64_t wire_sum(uint64_t sum, const void *data, size_t len)
{
    const uint8_t *p = data;
    for (; len >= 4; p += 4, len -= 4) {
        uint32_t word;
        memcpy(&word, p, 4);
        sum += word;
    }
    if (len > 0) {
        uint32_t word = 0;
        memcpy(&word, p, len);
        sum += word;
    }
    return sum;
}

uint16_t wire_sum_done(uint64_t sum)
{
    while (sum >> 16 != 0) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    uint16_t folded = (uint16_t)~sum;
    uint8_t octets[2];
    memcpy(octets, &folded, 2);
    return wire_get16(octets);
}

uint64_t wire_sum_pseudo(const struct wire_addr *src, const struct wire_addr *dst, uint8_t protocol,
                         uint32_t len)
{
    size_t ip_len = src->family == 4 ? 4 : 16;
    uint64_t sum = wire_sum(0, src->ip, ip_len);
    sum = wire_sum(sum, dst->ip, ip_len);
    uint8_t rest[8] = {0};
    rest[3] = protocol;
    wire_put32(rest + 4, len);
    return wire_sum(sum, rest, sizeof rest);
}
