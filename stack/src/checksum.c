/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.1 and RFC 1071: the checksum, in loops that a compiler makes vectors of. */
#include "checksum.h"

#include <string.h>

/* A wider version beside the common one, chosen by the loader, where there is one that does. */
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__) &&   \
    __STDC_HOSTED__ && !defined(__SANITIZE_ADDRESS__) && !defined(__AVX2__)
#define CLONES __attribute__((target_clones("avx2", "default")))
#else
#define CLONES
#endif

/*
 * Of 64-bit words w: `all` is their sum modulo 2^64 and `high` the sum of their upper halves, so
 * that all - 2^32 * high is the sum of the lower halves, exactly. That is one operation a word less
 * than to take both halves out, and no carry is to be caught.
 */
static inline uint64_t both_halves(uint64_t all, uint64_t high)
{
    return high + (all - (high << 32));
}

/* Fewer than eight; `to` may be NULL. Each load is as wide as the octets are many: a buffer of
 * words would have to wait for its octets to arrive. */
static inline uint64_t last_octets(uint8_t *to, const uint8_t *from, size_t len)
{
    uint64_t sum = 0;
    size_t at = 0;
    if (len & 4) {
        uint32_t w;
        memcpy(&w, from, sizeof(w));
        if (to)
            memcpy(to, &w, sizeof(w));
        sum += w;
        at += sizeof(w);
    }
    if (len & 2) {
        uint16_t w;
        memcpy(&w, from + at, sizeof(w));
        if (to)
            memcpy(to + at, &w, sizeof(w));
        sum += w;
        at += sizeof(w);
    }
    if (len & 1) {
        sum += checksum_native(from[at], 0);
        if (to)
            to[at] = from[at];
    }
    return sum;
}

CLONES
static uint64_t add(uint64_t sum, const uint8_t *p, size_t len)
{
    uint64_t all = 0, high = 0;
    for (; len >= sizeof(uint64_t); p += sizeof(uint64_t), len -= sizeof(uint64_t)) {
        uint64_t w;
        memcpy(&w, p, sizeof(w));
        all += w;
        high += w >> 32;
    }
    sum += both_halves(all, high);
    return len > 0 ? sum + last_octets(NULL, p, len) : sum;
}

CLONES
static uint64_t copy(uint8_t *restrict to, const uint8_t *restrict from, size_t len)
{
    uint64_t all = 0, high = 0;
    size_t words = len / sizeof(uint64_t), done = words * sizeof(uint64_t);
    for (size_t i = 0; i < words; i++) {
        uint64_t w;
        memcpy(&w, from + i * sizeof(w), sizeof(w));
        memcpy(to + i * sizeof(w), &w, sizeof(w));
        all += w;
        high += w >> 32;
    }
    uint64_t sum = both_halves(all, high);
    return done < len ? sum + last_octets(to + done, from + done, len - done) : sum;
}

uint64_t checksum_add(uint64_t sum, const uint8_t *p, size_t len)
{
    return add(sum, p, len);
}

uint64_t checksum_copy(uint8_t *to, const uint8_t *from, size_t len)
{
    return copy(to, from, len);
}

uint64_t checksum_odd(uint64_t sum)
{
    uint16_t folded = checksum_fold(sum);
    return (uint16_t)(folded << 8 | folded >> 8);
}
