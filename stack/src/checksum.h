/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.1 and RFC 1071: the checksum: sums in native order, 64 bits wide, folded at the end.
 */
#ifndef TCPREF_SRC_CHECKSUM_H
#define TCPREF_SRC_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Adds `len` octets that begin at an even offset. Byte order does not matter to a one's complement
 * sum (RFC 1071, 2(B)), so words are taken as they lie in memory; any alignment will do. */
uint64_t checksum_add(uint64_t sum, const uint8_t *p, size_t len);

/* The sum of what is copied meanwhile; the two do not overlap. */
uint64_t checksum_copy(uint8_t *to, const uint8_t *from, size_t len);

/* The same sum for octets that begin at an odd offset. */
uint64_t checksum_odd(uint64_t sum);

/* The word that two octets make in memory. */
static inline uint16_t checksum_native(uint8_t first, uint8_t second)
{
    const uint8_t octets[2] = {first, second};
    uint16_t word;
    memcpy(&word, octets, sizeof(word));
    return word;
}

/* A few words of 32 bits, without a call: headers and addresses. */
static inline uint64_t checksum_words(const uint8_t *p, size_t words)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < words; i++) {
        uint32_t w;
        memcpy(&w, p + i * sizeof(w), sizeof(w));
        sum += w;
    }
    return sum;
}

/* Down to 16 bits, not complemented. A number is added to itself with its halves exchanged: the
 * upper half is then the sum of both, and the carry that came up from below is in it. */
static inline uint16_t checksum_fold(uint64_t sum)
{
    sum += sum << 32 | sum >> 32;
    uint32_t half = (uint32_t)(sum >> 32);
    half += half << 16 | half >> 16;
    return (uint16_t)(half >> 16);
}

/* The sum of 16-bit numbers as they would lie in memory: so would the sum itself. */
static inline uint64_t checksum_values(uint32_t sum)
{
    const uint8_t octets[4] = {(uint8_t)(sum >> 24), (uint8_t)(sum >> 16), (uint8_t)(sum >> 8),
                               (uint8_t)sum};
    uint32_t word;
    memcpy(&word, octets, sizeof(word));
    return word;
}

#endif
