/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any octets into IP header, TCP segment and options. Total: what cannot be read is said in
 * `errors`, and nothing beyond the packet is ever touched.
 */
#include "wire/checksum.h"

#include <string.h>

enum { IP6_HOPOPTS = 0, IP6_ROUTING = 43, IP6_FRAGMENT = 44, IP6_DSTOPTS = 60 };

static void parse_ip4(const uint8_t *p, size_t len, struct wire_ip *ip)
{
    if (len < WIRE_IP4_LEN) {
        ip->errors |= WIRE_SHORT;
        return;
    }
    size_t head = (size_t)(p[0] & 15) * 4;
    size_t total = wire_get16(p + 2);
    ip->src.family = ip->dst.family = 4;
    memcpy(ip->src.ip, p + 12, 4);
    memcpy(ip->dst.ip, p + 16, 4);
    ip->tos = p[1];
    ip->ttl = p[8];
    ip->protocol = p[9];
    if (head < WIRE_IP4_LEN || head > total || total > len) {
        ip->errors |= WIRE_IP_HEADER;
        return;
    }
    if (wire_sum_done(wire_sum(0, p, head)) != 0) {
        ip->errors |= WIRE_IP_CHECKSUM;
    }
    if ((wire_get16(p + 6) & 0x3fff) != 0) { /* more fragments, or an offset */
        ip->errors |= WIRE_FRAGMENT;
    }
    ip->at = head;
    ip->len = total - head;
}

/* One extension header that is passed over: its length, or 0 if what follows cannot be read. */
static size_t ip6_extension(const uint8_t *p, size_t len, struct wire_ip *ip)
{
    if (len < 8) {
        ip->errors |= WIRE_SHORT;
        return 0;
    }
    if (ip->protocol == IP6_FRAGMENT) {
        if ((wire_get16(p + 2) & 0xfff9) != 0) { /* RFC 6946: an atomic one is whole */
            ip->errors |= WIRE_FRAGMENT;
            return 0;
        }
        return 8;
    }
    if (ip->protocol == IP6_ROUTING && p[3] != 0) {
        return 0; /* not yet at its destination: the checksum is not over what stands here */
    }
    size_t ext = 8 + (size_t)p[1] * 8;
    if (ext > len) {
        ip->errors |= WIRE_SHORT;
        return 0;
    }
    return ext;
}

static void parse_ip6(const uint8_t *p, size_t len, struct wire_ip *ip)
{
    if (len < WIRE_IP6_LEN) {
        ip->errors |= WIRE_SHORT;
        return;
    }
    size_t total = WIRE_IP6_LEN + (size_t)wire_get16(p + 4);
    ip->src.family = ip->dst.family = 6;
    memcpy(ip->src.ip, p + 8, 16);
    memcpy(ip->dst.ip, p + 24, 16);
    ip->tos = (uint8_t)(wire_get16(p) >> 4);
    ip->ttl = p[7];
    ip->protocol = p[6];
    if (total > len) {
        ip->errors |= WIRE_IP_HEADER;
        return;
    }
    size_t at = WIRE_IP6_LEN;
    while (ip->protocol == IP6_HOPOPTS || ip->protocol == IP6_ROUTING ||
           ip->protocol == IP6_FRAGMENT || ip->protocol == IP6_DSTOPTS) {
        size_t ext = ip6_extension(p + at, total - at, ip);
        if (ext == 0) {
            break;
        }
        ip->protocol = p[at];
        at += ext;
    }
    ip->at = at;
    ip->len = total - at;
}

void wire_parse_ip(const uint8_t *packet, size_t len, struct wire_ip *ret_ip)
{
    memset(ret_ip, 0, sizeof *ret_ip);
    if (len == 0) {
        ret_ip->errors = WIRE_SHORT;
    } else if (packet[0] >> 4 == 4) {
        parse_ip4(packet, len, ret_ip);
    } else if (packet[0] >> 4 == 6) {
        parse_ip6(packet, len, ret_ip);
    } else {
        ret_ip->errors = WIRE_IP_HEADER;
    }
}

static bool option_is_legal(uint8_t kind, size_t len)
{
    switch (kind) {
    case 2:
        return len == 4;
    case 3:
        return len == 3;
    case 4:
        return len == 2;
    case 5:
        return len >= 10 && (len - 2) % 8 == 0 && len <= 2 + 8 * WIRE_SACK_MAX;
    case 8:
        return len == 10;
    default:
        return true;
    }
}

static void take_option(struct wire_options *opt, const uint8_t *p, size_t len)
{
    switch (p[0]) {
    case 2:
        opt->mss_set = true;
        opt->mss = wire_get16(p + 2);
        break;
    case 3:
        opt->wscale_set = true;
        opt->wscale = p[2];
        break;
    case 4:
        opt->sack_ok = true;
        break;
    case 5:
        opt->sacks = (uint8_t)((len - 2) / 8);
        for (unsigned i = 0; i < opt->sacks; i++) {
            opt->sack[i].left = wire_get32(p + 2 + 8 * i);
            opt->sack[i].right = wire_get32(p + 6 + 8 * i);
        }
        break;
    case 8:
        opt->ts_set = true;
        opt->ts_val = wire_get32(p + 2);
        opt->ts_ecr = wire_get32(p + 6);
        break;
    default:
        opt->unknown++;
        break;
    }
}

/* RFC 9293, 3.1 and 3.2: EOL and NOP are single octets, all others have a length (MUST-68). */
static uint32_t parse_options(const uint8_t *p, size_t len, struct wire_options *opt)
{
    uint32_t errors = 0;
    size_t at = 0;
    while (at < len && p[at] != 0) {
        if (p[at] == 1) {
            at++;
            continue;
        }
        if (at + 1 >= len || p[at + 1] < 2 || p[at + 1] > len - at) {
            return errors | WIRE_OPTION_LENGTH;
        }
        if (option_is_legal(p[at], p[at + 1])) {
            take_option(opt, p + at, p[at + 1]);
        } else {
            errors |= WIRE_OPTION_KIND;
        }
        at += p[at + 1];
    }
    for (; at < len; at++) {
        if (p[at] != 0) {
            return errors | WIRE_EOL_PADDING;
        }
    }
    return errors;
}

static void parse_tcp(const uint8_t *p, size_t len, struct wire_seg *seg)
{
    seg->src.port = wire_get16(p);
    seg->dst.port = wire_get16(p + 2);
    if (len < WIRE_TCP_LEN) {
        seg->errors |= WIRE_SHORT;
        return;
    }
    seg->seq = wire_get32(p + 4);
    seg->ack = wire_get32(p + 8);
    seg->flags = wire_get16(p + 12) & 0x1ff;
    seg->window = wire_get16(p + 14);
    seg->urgent = wire_get16(p + 18);
    if ((p[12] & 0x0e) != 0) {
        seg->errors |= WIRE_RESERVED;
    }
    uint64_t sum = wire_sum_pseudo(&seg->src, &seg->dst, WIRE_PROTO_TCP, (uint32_t)len);
    if (wire_sum_done(wire_sum(sum, p, len)) != 0) {
        seg->errors |= WIRE_TCP_CHECKSUM;
    }
    size_t head = (size_t)(p[12] >> 4) * 4;
    if (head < WIRE_TCP_LEN || head > len) {
        seg->errors |= WIRE_TCP_OFFSET;
        return;
    }
    seg->raw_options_len = (uint8_t)(head - WIRE_TCP_LEN);
    if (seg->raw_options_len > 0) {
        memcpy(seg->raw_options, p + WIRE_TCP_LEN, seg->raw_options_len);
        seg->errors |= parse_options(p + WIRE_TCP_LEN, seg->raw_options_len, &seg->opt);
    }
    seg->payload = p + head;
    seg->len = (uint32_t)(len - head);
}

void wire_parse(const void *packet, size_t len, struct wire_seg *ret_seg)
{
    struct wire_ip ip;
    wire_parse_ip(packet, len, &ip);
    memset(ret_seg, 0, sizeof *ret_seg);
    ret_seg->src = ip.src;
    ret_seg->dst = ip.dst;
    ret_seg->protocol = ip.protocol;
    ret_seg->ttl = ip.ttl;
    ret_seg->tos = ip.tos;
    ret_seg->errors = ip.errors;
    if ((ip.errors & (WIRE_SHORT | WIRE_IP_HEADER | WIRE_FRAGMENT)) != 0) {
        return;
    }
    if (ip.protocol != WIRE_PROTO_TCP) {
        ret_seg->errors |= WIRE_NOT_TCP;
    } else if (ip.len < 4) {
        ret_seg->errors |= WIRE_SHORT;
    } else {
        parse_tcp((const uint8_t *)packet + ip.at, ip.len, ret_seg);
    }
}
