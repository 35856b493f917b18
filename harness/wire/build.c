/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TCP segment into a packet, right in every field unless a twist asks otherwise.
 */
#include "wire/checksum.h"

#include <string.h>

enum { DEFAULT_TTL = 64, DONT_FRAGMENT = 0x4000 };

size_t wire_put_ip(uint8_t *to, const struct wire_ip *ip, size_t len)
{
    uint8_t ttl = ip->ttl != 0 ? ip->ttl : DEFAULT_TTL;
    if (ip->src.family == 4) {
        memset(to, 0, WIRE_IP4_LEN);
        to[0] = 0x45;
        to[1] = ip->tos;
        wire_put16(to + 2, (uint32_t)(WIRE_IP4_LEN + len));
        wire_put16(to + 6, DONT_FRAGMENT);
        to[8] = ttl;
        to[9] = ip->protocol;
        memcpy(to + 12, ip->src.ip, 4);
        memcpy(to + 16, ip->dst.ip, 4);
        wire_put16(to + 10, wire_sum_done(wire_sum(0, to, WIRE_IP4_LEN)));
        return WIRE_IP4_LEN;
    }
    wire_put32(to, 6u << 28 | (uint32_t)ip->tos << 20);
    wire_put16(to + 4, (uint32_t)len);
    to[6] = ip->protocol;
    to[7] = ttl;
    memcpy(to + 8, ip->src.ip, 16);
    memcpy(to + 24, ip->dst.ip, 16);
    return WIRE_IP6_LEN;
}

/* The order and alignment that most stacks use, so that a SYN's fit into 20 octets and timestamps
 * with three SACK blocks into 40. Every option is filled up to whole words with NOPs before it. */
static void put_options(const struct wire_options *opt, uint8_t *to)
{
    size_t n = 0;
    if (opt->mss_set) {
        to[n++] = 2;
        to[n++] = 4;
        wire_put16(to + n, opt->mss);
        n += 2;
    }
    if (opt->sack_ok || opt->ts_set) {
        to[n++] = opt->sack_ok && opt->ts_set ? 4 : 1;
        to[n++] = opt->sack_ok && opt->ts_set ? 2 : 1;
    }
    if (opt->ts_set) {
        to[n++] = 8;
        to[n++] = 10;
        wire_put32(to + n, opt->ts_val);
        wire_put32(to + n + 4, opt->ts_ecr);
        n += 8;
    } else if (opt->sack_ok) {
        to[n++] = 4;
        to[n++] = 2;
    }
    if (opt->wscale_set) {
        to[n++] = 1;
        to[n++] = 3;
        to[n++] = 3;
        to[n++] = opt->wscale;
    }
    if (opt->sacks > 0) {
        to[n++] = 1;
        to[n++] = 1;
        to[n++] = 5;
        to[n++] = (uint8_t)(2 + 8 * opt->sacks);
        for (unsigned i = 0; i < opt->sacks; i++, n += 8) {
            wire_put32(to + n, opt->sack[i].left);
            wire_put32(to + n + 4, opt->sack[i].right);
        }
    }
}

size_t wire_options_len(const struct wire_options *opt)
{
    size_t n = 0;
    n += opt->mss_set ? 4 : 0;
    n += opt->ts_set ? 12 : opt->sack_ok ? 4 : 0;
    n += opt->wscale_set ? 4 : 0;
    n += opt->sacks > 0 ? 4 + 8 * (size_t)opt->sacks : 0;
    return n;
}

static void put_raw_options(const struct wire_seg *seg, uint8_t *to)
{
    size_t padding = (size_t)-seg->raw_options_len % 4;
    memcpy(to, seg->raw_options, seg->raw_options_len);
    memset(to + seg->raw_options_len, 0, padding);
}

static void put_tcp(uint8_t *to, const struct wire_seg *seg, const struct wire_twist *twist,
                    size_t head)
{
    unsigned words =
        twist->data_offset != 0 ? (unsigned)twist->data_offset & 15 : (unsigned)head / 4;
    wire_put16(to, seg->src.port);
    wire_put16(to + 2, seg->dst.port);
    wire_put32(to + 4, seg->seq);
    wire_put32(to + 8, seg->ack);
    wire_put16(to + 12, words << 12 | (twist->reserved & 7u) << 9 | (seg->flags & 0x1ffu));
    wire_put16(to + 14, seg->window);
    wire_put16(to + 16, 0);
    wire_put16(to + 18, seg->urgent);
    if (seg->len > 0) {
        memcpy(to + head, seg->payload, seg->len);
    }
    if (twist->zero_checksum) {
        return;
    }
    size_t len = head + seg->len;
    uint64_t sum = wire_sum_pseudo(&seg->src, &seg->dst, WIRE_PROTO_TCP, (uint32_t)len);
    uint16_t checksum = wire_sum_done(wire_sum(sum, to, len));
    wire_put16(to + 16, twist->bad_checksum ? checksum ^ 1u : checksum);
}

size_t wire_build(const struct wire_seg *seg, const struct wire_twist *twist, void *buf, size_t cap)
{
    static const struct wire_twist straight;
    if (twist == NULL) {
        twist = &straight;
    }
    size_t options = twist->raw_options ? seg->raw_options_len : wire_options_len(&seg->opt);
    if (options > WIRE_OPTIONS_MAX) {
        return 0;
    }
    size_t head = WIRE_TCP_LEN + (options + 3) / 4 * 4;
    size_t ip_len = wire_ip_len(seg->src.family);
    size_t len = head + seg->len;
    size_t limit = seg->src.family == 4 ? UINT16_MAX - ip_len : UINT16_MAX;
    if (len > limit || ip_len + len > cap) {
        return 0;
    }
    struct wire_ip ip = {.src = seg->src,
                         .dst = seg->dst,
                         .protocol = WIRE_PROTO_TCP,
                         .ttl = seg->ttl,
                         .tos = seg->tos};
    uint8_t *to = buf;
    wire_put_ip(to, &ip, len);
    if (twist->raw_options) {
        put_raw_options(seg, to + ip_len + WIRE_TCP_LEN);
    } else {
        put_options(&seg->opt, to + ip_len + WIRE_TCP_LEN);
    }
    put_tcp(to + ip_len, seg, twist, head);
    return ip_len + len;
}
