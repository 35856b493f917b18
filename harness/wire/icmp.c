/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ICMP (RFC 792) and ICMPv6 (RFC 4443) errors: eight octets of header, then the packet they are
 * about.
 */
#include "wire/checksum.h"

#include <string.h>

/* RFC 1812, 4.3.2.3 and RFC 4443, 2.4 (c): as much of the packet as fits into these. */
enum { ICMP4_LEN_MAX = 576, ICMP6_LEN_MAX = 1280 };

static uint16_t icmp_checksum(const struct wire_ip *ip, const uint8_t *p, size_t len)
{
    uint64_t sum = 0; /* ICMP for IPv4 has no pseudo-header */
    if (ip->src.family == 6) {
        sum = wire_sum_pseudo(&ip->src, &ip->dst, WIRE_PROTO_ICMP6, (uint32_t)len);
    }
    return wire_sum_done(wire_sum(sum, p, len));
}

size_t wire_build_icmp(const struct wire_icmp *icmp, void *buf, size_t cap)
{
    bool is4 = icmp->src.family == 4;
    struct wire_ip ip = {
        .src = icmp->src, .dst = icmp->dst, .protocol = is4 ? WIRE_PROTO_ICMP : WIRE_PROTO_ICMP6};
    size_t ip_len = wire_ip_len(icmp->src.family);
    size_t room = (size_t)(is4 ? ICMP4_LEN_MAX : ICMP6_LEN_MAX) - ip_len - WIRE_ICMP_LEN;
    size_t quote = icmp->quoted_len < room ? icmp->quoted_len : room;
    size_t len = WIRE_ICMP_LEN + quote;
    if (ip_len + len > cap) {
        return 0;
    }
    uint8_t *p = (uint8_t *)buf + wire_put_ip(buf, &ip, len);
    p[0] = icmp->type;
    p[1] = icmp->code;
    wire_put16(p + 2, 0);
    wire_put32(p + 4, icmp->info);
    if (quote > 0) {
        memcpy(p + WIRE_ICMP_LEN, icmp->quoted, quote);
    }
    wire_put16(p + 2, icmp_checksum(&ip, p, len));
    return ip_len + len;
}

bool wire_parse_icmp(const void *packet, size_t len, struct wire_icmp *ret_icmp)
{
    struct wire_ip ip;
    wire_parse_ip(packet, len, &ip);
    uint8_t protocol = ip.src.family == 4 ? WIRE_PROTO_ICMP : WIRE_PROTO_ICMP6;
    const uint8_t *p = (const uint8_t *)packet + ip.at;
    if (ip.errors != 0 || ip.protocol != protocol || ip.len < WIRE_ICMP_LEN ||
        icmp_checksum(&ip, p, ip.len) != 0) {
        return false;
    }
    *ret_icmp = (struct wire_icmp){.src = ip.src,
                                   .dst = ip.dst,
                                   .type = p[0],
                                   .code = p[1],
                                   .info = wire_get32(p + 4),
                                   .quoted = p + WIRE_ICMP_LEN,
                                   .quoted_len = ip.len - WIRE_ICMP_LEN};
    return true;
}
