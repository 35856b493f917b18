/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.7.1: segmentation offload: how much goes down at once, and cutting it in software. */
#include "gso.h"

#include "host.h"
#include "wire.h"

#include <string.h>

enum { IP4_LEN = 20, IP6_LEN = 40, TCP_LEN = 20, PROTO_TCP = 6 };

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

uint32_t gso_text(const tcpref_conn *c, uint32_t len, uint32_t mss, uint32_t in_flight)
{
    uint32_t room = c->cc.cwnd > in_flight ? c->cc.cwnd - in_flight : 0;
    uint32_t most = smaller(smaller(len, room), c->host->config.gso_max);
    /* Whole segments, so that no piece is small; and the urgent pointer is that of one segment. */
    if (most < 2 * mss || c->snd.urgent)
        return smaller(len, mss);
    return most - most % mss;
}

/* Where the parts of an IP packet of ours with TCP in it stand. */
struct parts {
    size_t tcp, text; /* offsets */
    uint32_t len;     /* of the text */
    bool v4;
};

static bool find_parts(const uint8_t *packet, size_t len, struct parts *ret)
{
    bool v4 = len > 0 && packet[0] >> 4 == 4;
    size_t ip = v4 ? IP4_LEN : IP6_LEN;
    if (len < ip + TCP_LEN || packet[v4 ? 9 : 6] != PROTO_TCP)
        return false;
    size_t header = (size_t)(packet[ip + 12] >> 4) * 4;
    if (header < TCP_LEN || ip + header > len)
        return false;
    *ret = (struct parts){.tcp = ip, .text = ip + header, .v4 = v4};
    ret->len = (uint32_t)(len - ret->text);
    return true;
}

static uint32_t sum(const uint8_t *p, size_t len, uint32_t n)
{
    for (; len > 1; p += 2, len -= 2)
        n += get16(p);
    if (len > 0)
        n += (uint32_t)p[0] << 8;
    return (n & 0xffff) + (n >> 16);
}

static uint16_t fold(uint32_t n)
{
    while (n >> 16)
        n = (n & 0xffff) + (n >> 16);
    return (uint16_t)~n;
}

static void seal(uint8_t *p, const struct parts *parts, size_t total, uint32_t index)
{
    size_t tcp_len = total - parts->tcp;
    uint8_t *tcp = p + parts->tcp;
    if (parts->v4) {
        put16(p + 2, (uint32_t)total);
        if (!(p[6] & 0x40)) /* may be fragmented: the pieces are told apart (RFC 6864, 4) */
            put16(p + 4, get16(p + 4) + index);
        put16(p + 10, 0);
        put16(p + 10, fold(sum(p, IP4_LEN, 0)));
    } else {
        put16(p + 4, (uint32_t)tcp_len);
    }
    size_t from = parts->v4 ? 12 : 8;
    uint32_t pseudo = sum(p + from, parts->tcp - from, PROTO_TCP + (uint32_t)tcp_len);
    put16(tcp + 16, 0);
    put16(tcp + 16, fold(sum(tcp, tcp_len, pseudo)));
}

/* see tcpref/host.h */
size_t tcpref_cut(const void *packet, size_t len, uint16_t segment, size_t index, void *buf,
                  size_t cap)
{
    struct parts parts;
    uint8_t *p = buf;
    if (!find_parts(packet, len, &parts) || segment == 0)
        return 0;
    size_t off = index * segment;
    if (index > 0 && off >= parts.len)
        return 0;
    uint32_t piece = smaller(segment, parts.len - (uint32_t)off);
    bool last = off + piece == parts.len;
    if (cap < parts.text + piece)
        return 0;
    memcpy(p, packet, parts.text);
    memcpy(p + parts.text, (const uint8_t *)packet + parts.text + off, piece);
    put32(p + parts.tcp + 4, get32(p + parts.tcp + 4) + (uint32_t)off);
    if (!last)
        p[parts.tcp + 13] &= (uint8_t) ~(FIN | PSH);
    if (index > 0) /* once is enough (RFC 3168, 6.1.2) */
        p[parts.tcp + 13] &= (uint8_t)~CWR;
    seal(p, &parts, parts.text + piece, (uint32_t)index);
    return parts.text + piece;
}
