/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text of a connection: eight octets at a time out of seed and position, so that any stretch of
 * any stream can be made and checked without the ones before it.
 */
#include "wire/wire.h"

#include <endian.h>
#include <string.h>

enum { WORD = 8 };

#define STEP UINT64_C(0x9e3779b97f4a7c15) /* odd, with bits all over: so is the next */
#define FROM UINT64_C(0xd6e8feb86659fd93)

/* From one word to the next is one addition, and every octet has low bits of the sum in it. */
static uint64_t stream_at(uint64_t seed, uint64_t offset)
{
    return offset / WORD * STEP + seed * FROM;
}

static uint64_t stream_word(uint64_t at)
{
    return htole64(at ^ at >> 32);
}

uint8_t wire_stream_octet(uint64_t seed, uint64_t offset)
{
    uint8_t octets[WORD];
    uint64_t word = stream_word(stream_at(seed, offset));
    memcpy(octets, &word, WORD);
    return octets[offset % WORD];
}

void wire_stream_fill(uint64_t seed, uint64_t offset, void *buf, size_t len)
{
    uint8_t *to = buf;
    size_t n = 0;
    for (; n < len && (offset + n) % WORD != 0; n++) {
        to[n] = wire_stream_octet(seed, offset + n);
    }
    for (uint64_t at = stream_at(seed, offset + n); len - n >= WORD; n += WORD, at += STEP) {
        uint64_t word = stream_word(at);
        memcpy(to + n, &word, WORD);
    }
    for (; n < len; n++) {
        to[n] = wire_stream_octet(seed, offset + n);
    }
}

size_t wire_stream_check(uint64_t seed, uint64_t offset, const void *buf, size_t len)
{
    const uint8_t *p = buf;
    size_t n = 0;
    for (; n < len && (offset + n) % WORD != 0; n++) {
        if (p[n] != wire_stream_octet(seed, offset + n)) {
            return n;
        }
    }
    for (uint64_t at = stream_at(seed, offset + n); len - n >= WORD; n += WORD, at += STEP) {
        uint64_t word;
        memcpy(&word, p + n, WORD); /* no memcmp(): under a fuzzer each is a call */
        if (word != stream_word(at)) {
            break;
        }
    }
    while (n < len && p[n] == wire_stream_octet(seed, offset + n)) {
        n++;
    }
    return n;
}
