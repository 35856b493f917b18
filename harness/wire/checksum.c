/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Internet checksum (RFC 1071) of the harness.
 */
#include "wire/checksum.h"

#include <endian.h>
#include <string.h>

/* One's complement: what is carried out at the top comes in at the bottom. */
static uint64_t add(uint64_t sum, uint64_t word)
{
    sum += word;
    return sum + (sum < word);
}

/* RFC 1071, 2: the sum may be taken in words of any width and in the machine's own order; folding
 * and one swap at the end give the same as adding 16-bit words in network order. */
uint64_t wire_sum(uint64_t sum, const void *data, size_t len)
{
    const uint8_t *p = data;
    for (; len >= 8; p += 8, len -= 8) {
        uint64_t words;
        memcpy(&words, p, 8);
        sum = add(sum, words);
    }
    if (len >= 4) {
        uint32_t word;
        memcpy(&word, p, 4);
        sum = add(sum, word);
        p += 4;
        len -= 4;
    }
    if (len > 0) {
        uint32_t word = 0;
        memcpy(&word, p, len);
        sum = add(sum, word);
    }
    return sum;
}

uint64_t wire_sum_pseudo(const struct wire_addr *src, const struct wire_addr *dst, uint8_t protocol,
                         uint32_t len)
{
    uint64_t sum = (uint64_t)htobe32(protocol) + htobe32(len);
    if (src->family == 4) {
        return wire_sum(wire_sum(sum, src->ip, 4), dst->ip, 4);
    }
    return wire_sum(wire_sum(sum, src->ip, 16), dst->ip, 16);
}
