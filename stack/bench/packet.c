/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets of the peers that the benchmark plays. */
#include "packet.h"

#include <string.h>

/* The widest vectors that the machine has: the floor is not to be lifted by a slow sum. */
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) && __GNUC__ >= 12
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define CLONES
#endif

CLONES
uint64_t sum_octets(const uint8_t *p, size_t len)
{
    uint64_t all = 0, high = 0, sum;
    for (; len >= 8; p += 8, len -= 8) {
        uint64_t w;
        memcpy(&w, p, sizeof(w));
        all += w;
        high += w >> 32;
    }
    sum = high + (all - (high << 32));
    for (size_t i = 0; i < len; i++) {
        const uint8_t pair[2] = {i % 2 == 0 ? p[i] : 0, i % 2 == 0 ? 0 : p[i]};
        uint16_t w;
        memcpy(&w, pair, sizeof(w));
        sum += w;
    }
    return sum;
}

static uint16_t fold(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

static void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p + 2, v);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

void frame_fill(struct frame *f, size_t text, unsigned seed)
{
    f->text = text;
    for (size_t i = 0; i < text; i++)
        f->bytes[HEADERS + i] = (uint8_t)(seed * 31 + i * 7);
    f->text_sum = fold(sum_octets(f->bytes + HEADERS, text));
}

size_t frame_address(struct frame *f, const struct peer *from, uint8_t flags)
{
    static const uint8_t ip[12] = {0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 6, 0, 0};
    uint8_t *p = f->bytes, *tcp = p + 20;
    size_t len = HEADERS + f->text;
    memcpy(p, ip, sizeof(ip));
    put16(p + 2, (uint32_t)len);
    put32(p + 12, from->addr);
    put32(p + 16, 0x0a000001);
    uint16_t check = (uint16_t)~fold(sum_octets(p, 20));
    memcpy(p + 10, &check, sizeof(check));
    put16(tcp, from->port);
    put16(tcp + 2, from->local_port);
    put32(tcp + 4, from->seq);
    put32(tcp + 8, from->ack);
    put16(tcp + 12, (flags & FLAG_SYN ? 5U + (uint32_t)f->text / 4 : 5U) << 12 | flags);
    put16(tcp + 14, 65535);
    put32(tcp + 16, 0);
    uint8_t pseudo[4] = {0, 6, 0, 0};
    put16(pseudo + 2, (uint32_t)(20 + f->text));
    uint64_t sum = sum_octets(p + 12, 8) + sum_octets(pseudo, 4) + sum_octets(tcp, 20);
    check = (uint16_t)~fold(sum + f->text_sum);
    memcpy(tcp + 16, &check, sizeof(check));
    return len;
}

uint32_t packet_seq(const uint8_t *packet)
{
    return get32(packet + 24);
}

uint32_t packet_ack(const uint8_t *packet)
{
    return get32(packet + 28);
}
