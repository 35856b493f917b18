/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.4.1 and RFC 6528: initial sequence numbers, from SipHash-2-4 and a clock of 4 us. */
#include "isn.h"

#include <string.h>

enum { USE_ISN = 1, USE_TS = 2, USE_PORT = 3, USE_PORT_COUNTER = 4 };

static uint64_t rotl(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotl(v[1], 13) ^ v[0];
    v[3] = rotl(v[3], 16) ^ v[2];
    v[0] = rotl(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotl(v[1], 17) ^ v[2];
    v[3] = rotl(v[3], 21) ^ v[0];
    v[2] = rotl(v[2], 32);
}

static void sip_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_round(v);
    sip_round(v);
    v[0] ^= word;
}

uint64_t prf(const uint64_t key[2], uint8_t use, const void *data, size_t len)
{
    uint64_t v[4] = {key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
                     key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573};
    const uint8_t *p = data;
    uint64_t word;
    uint64_t last = ((uint64_t)len + 1) << 56;

    sip_word(v, use);
    for (; len >= 8; p += 8, len -= 8) {
        memcpy(&word, p, sizeof(word));
        sip_word(v, word);
    }
    for (size_t i = 0; i < len; i++)
        last |= (uint64_t)p[i] << (8 * i);
    sip_word(v, last);
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

tcpref_seq isn_of(const uint64_t key[2], const struct tuple *tuple, tcpref_ns now)
{
    return seq_of((uint32_t)(prf(key, USE_ISN, tuple, sizeof(*tuple)) + now / 4000));
}

uint32_t ts_offset_of(const uint64_t key[2], const struct tuple *tuple)
{
    return (uint32_t)prf(key, USE_TS, tuple, sizeof(*tuple));
}

uint32_t port_offset_of(const uint64_t key[2], const struct tuple *tuple)
{
    return (uint32_t)prf(key, USE_PORT, tuple, sizeof(*tuple));
}

uint32_t port_counter_of(const uint64_t key[2], const struct tuple *tuple)
{
    return (uint32_t)prf(key, USE_PORT_COUNTER, tuple, sizeof(*tuple));
}
