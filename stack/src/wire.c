/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.1: the header's format, with the IP header in front and the checksum over both. */
#include "wire.h"

#include "checksum.h"
#include "options.h"

#include <string.h>

enum { PROTO_HOPOPTS = 0, PROTO_ICMP = 1, PROTO_TCP = 6, PROTO_ROUTING = 43, PROTO_FRAGMENT = 44 };
enum { PROTO_ICMP6 = 58, PROTO_DSTOPTS = 60 };
enum { IP4_LEN = 20, IP6_LEN = 40, TCP_LEN = 20 };

/* The checksum field's two octets as they stand in memory. */
static void put_checksum(uint8_t *p, uint64_t sum)
{
    uint16_t folded = (uint16_t)~checksum_fold(sum);
    memcpy(p, &folded, sizeof(folded));
}

static uint64_t sum_addresses(const struct segment *seg)
{
    size_t words = seg->tuple.local.family == 4 ? 1 : 4;
    return checksum_words(seg->tuple.local.bytes, words) +
           checksum_words(seg->tuple.remote.bytes, words);
}

static uint64_t sum_pseudo(const struct segment *seg, size_t tcp_len)
{
    return sum_addresses(seg) + checksum_values(PROTO_TCP + (uint32_t)tcp_len);
}

bool wire_sum_ok(const struct segment *seg, uint64_t text_sum)
{
    return !seg->sum_open || checksum_fold(seg->sum + text_sum) == 0xffff;
}

bool wire_sound(const struct segment *seg)
{
    return !seg->sum_open || wire_sum_ok(seg, checksum_add(0, seg->text, seg->len));
}

static enum tcpref_verdict parse_tcp(const uint8_t *p, size_t len, bool verify, struct segment *seg)
{
    if (len < TCP_LEN)
        return TCPREF_V_DROP_SHORT;
    size_t header = (size_t)(p[12] >> 4) * 4;
    if (header < TCP_LEN || header > len)
        return TCPREF_V_DROP_OFFSET;
    seg->sum_open = verify;
    if (verify)
        seg->sum = sum_pseudo(seg, len) + checksum_words(p, header / 4);
    seg->text_stored = false;
    seg->tuple.remote_port = get16(p);
    seg->tuple.local_port = get16(p + 2);
    seg->seq = seq_of(get32(p + 4));
    seg->ack = seq_of(get32(p + 8));
    seg->flags = p[13];
    seg->wnd = get16(p + 14);
    seg->up = get16(p + 18);
    seg->text = p + header;
    seg->len = (uint32_t)(len - header);
    seg->has_ts = seg->has_mss = seg->has_wscale = seg->has_sack_ok = seg->has_uto = seg->had_syn =
        false;
    seg->sacks = 0;
    if (header > TCP_LEN)
        options_parse(p + TCP_LEN, header - TCP_LEN, seg);
    if (seg->tuple.remote_port == 0 || seg->tuple.local_port == 0)
        return wire_sound(seg) ? TCPREF_V_DROP_PORT : TCPREF_V_DROP_CHECKSUM;
    return TCPREF_V_ACCEPTED;
}

static enum tcpref_verdict parse_ip4(const uint8_t *p, size_t len, bool verify, struct segment *seg)
{
    if (len < IP4_LEN)
        return TCPREF_V_DROP_SHORT;
    size_t header = (size_t)(p[0] & 15) * 4;
    size_t total = get16(p + 2);
    if (header < IP4_LEN || total < header)
        return TCPREF_V_DROP_IP_HEADER;
    if (total > len)
        return TCPREF_V_DROP_SHORT;
    if (verify && checksum_fold(checksum_words(p, header / 4)) != 0xffff)
        return TCPREF_V_DROP_IP_CHECKSUM;
    if (get16(p + 6) & 0x3fff)
        return TCPREF_V_DROP_FRAGMENT;
    memset(&seg->tuple, 0, sizeof(seg->tuple));
    seg->tuple.remote.family = seg->tuple.local.family = 4;
    memcpy(seg->tuple.remote.bytes, p + 12, 4);
    memcpy(seg->tuple.local.bytes, p + 16, 4);
    seg->ecn = p[1] & 3;
    if (p[9] == PROTO_ICMP)
        return TCPREF_V_DROP_ICMP;
    if (p[9] != PROTO_TCP)
        return TCPREF_V_DROP_PROTOCOL;
    return parse_tcp(p + header, total - header, verify, seg);
}

/* Steps over extension headers (RFC 8200, 4). Returns what follows; `*ret_skip` is where. */
static uint8_t skip_extensions(const uint8_t *p, size_t len, uint8_t next, size_t *ret_skip)
{
    size_t at = 0;
    while (next == PROTO_HOPOPTS || next == PROTO_DSTOPTS || next == PROTO_ROUTING) {
        if (len - at < 8 || len - at < ((size_t)p[at + 1] + 1) * 8)
            break;
        /* A route that does not end here is not for TCP (RFC 8200, 4.4). */
        if (next == PROTO_ROUTING && p[at + 3] != 0)
            break;
        next = p[at];
        at += ((size_t)p[at + 1] + 1) * 8;
    }
    *ret_skip = at;
    return next;
}

static enum tcpref_verdict parse_ip6(const uint8_t *p, size_t len, bool verify, struct segment *seg)
{
    if (len < IP6_LEN)
        return TCPREF_V_DROP_SHORT;
    size_t payload = get16(p + 4);
    if (payload > len - IP6_LEN)
        return TCPREF_V_DROP_SHORT;
    seg->tuple.remote.family = seg->tuple.local.family = 6;
    memcpy(seg->tuple.remote.bytes, p + 8, 16);
    memcpy(seg->tuple.local.bytes, p + 24, 16);
    seg->ecn = p[1] >> 4 & 3;
    size_t skip;
    uint8_t next = skip_extensions(p + IP6_LEN, payload, p[6], &skip);
    if (next == PROTO_FRAGMENT)
        return TCPREF_V_DROP_FRAGMENT;
    if (next == PROTO_ICMP6)
        return TCPREF_V_DROP_ICMP;
    if (next != PROTO_TCP)
        return TCPREF_V_DROP_PROTOCOL;
    return parse_tcp(p + IP6_LEN + skip, payload - skip, verify, seg);
}

enum tcpref_verdict wire_parse(const uint8_t *packet, size_t len, bool verify,
                               struct segment *ret_seg)
{
    if (len == 0)
        return TCPREF_V_DROP_SHORT;
    if (packet[0] >> 4 == 4)
        return parse_ip4(packet, len, verify, ret_seg);
    if (packet[0] >> 4 == 6)
        return parse_ip6(packet, len, verify, ret_seg);
    return TCPREF_V_DROP_IP_VERSION;
}

const uint8_t *wire_upper(const uint8_t *packet, size_t *ret_len)
{
    if (packet[0] >> 4 == 4) {
        size_t header = (size_t)(packet[0] & 15) * 4;
        *ret_len = get16(packet + 2) - header;
        return packet + header;
    }
    size_t skip, payload = get16(packet + 4);
    skip_extensions(packet + IP6_LEN, payload, packet[6], &skip);
    *ret_len = payload - skip;
    return packet + IP6_LEN + skip;
}

bool wire_icmp_sum_ok(const uint8_t *packet, const uint8_t *p, size_t len)
{
    uint64_t sum = 0;
    if (packet[0] >> 4 == 6) /* RFC 4443, 2.3 */
        sum = checksum_words(packet + 8, 8) + checksum_values(PROTO_ICMP6 + (uint32_t)len);
    return checksum_fold(checksum_add(sum, p, len)) == 0xffff;
}

size_t wire_header_len(const struct segment *seg)
{
    size_t ip = seg->tuple.local.family == 4 ? IP4_LEN : IP6_LEN;
    return ip + TCP_LEN + options_len(seg);
}

/* An atomic datagram: DF set, no identification needed (RFC 6864, 4). Else one may be cut. */
static void emit_ip4(const struct segment *seg, uint8_t *p, size_t total)
{
    memset(p, 0, IP4_LEN);
    p[0] = 0x45;
    p[1] = (uint8_t)(seg->dscp << 2 | seg->ecn);
    put16(p + 2, (uint32_t)total);
    if (seg->may_fragment)
        put16(p + 4, seg->ip_id);
    else
        p[6] = 0x40;
    p[8] = seg->ttl;
    p[9] = PROTO_TCP;
    memcpy(p + 12, seg->tuple.local.bytes, 4);
    memcpy(p + 16, seg->tuple.remote.bytes, 4);
    uint32_t values = (0x4500U | (uint32_t)seg->dscp << 2 | seg->ecn) + (uint32_t)total +
                      (seg->may_fragment ? seg->ip_id : 0x4000U) +
                      ((uint32_t)seg->ttl << 8 | PROTO_TCP);
    put_checksum(p + 10, sum_addresses(seg) + checksum_values(values));
}

static void emit_ip6(const struct segment *seg, uint8_t *p, size_t payload)
{
    put32(p, 6U << 28 | (uint32_t)seg->dscp << 22 | (uint32_t)seg->ecn << 20);
    put16(p + 4, (uint32_t)payload);
    p[6] = PROTO_TCP;
    p[7] = seg->ttl;
    memcpy(p + 8, seg->tuple.local.bytes, 16);
    memcpy(p + 24, seg->tuple.remote.bytes, 16);
}

/* The fixed part of the header as numbers: it has just been written, octet by octet, and to read it
 * back in words would have to wait for that. */
static uint64_t sum_header(const struct segment *seg, const uint8_t *p, size_t header)
{
    uint32_t ack = seg->flags & ACK ? seg->ack.n : 0;
    uint32_t values = (uint32_t)seg->tuple.local_port + seg->tuple.remote_port;
    values += (seg->seq.n >> 16) + (seg->seq.n & 0xffff) + (ack >> 16) + (ack & 0xffff);
    values += ((uint32_t)header << 10 | seg->flags) + seg->wnd + seg->up;
    return checksum_values(values) + checksum_words(p + TCP_LEN, (header - TCP_LEN) / 4);
}

static void emit_checksum(const struct segment *seg, uint8_t *p, size_t header)
{
    uint64_t sum = sum_pseudo(seg, header + seg->len);
    if (seg->sum_by_device) {
        put_checksum(p + 16, (uint16_t)~checksum_fold(sum));
        return;
    }
    sum += sum_header(seg, p, header);
    sum += seg->text_summed ? seg->text_sum : checksum_add(0, p + header, seg->len);
    put_checksum(p + 16, sum);
}

size_t wire_emit(const struct segment *seg, uint8_t *packet)
{
    bool v4 = seg->tuple.local.family == 4;
    size_t header = TCP_LEN + options_len(seg);
    size_t tcp_len = header + seg->len;
    size_t ip = v4 ? IP4_LEN : IP6_LEN;
    uint8_t *p = packet + ip;

    if (v4)
        emit_ip4(seg, packet, ip + tcp_len);
    else
        emit_ip6(seg, packet, tcp_len);
    put16(p, seg->tuple.local_port);
    put16(p + 2, seg->tuple.remote_port);
    put32(p + 4, seg->seq.n);
    put32(p + 8, seg->flags & ACK ? seg->ack.n : 0);
    p[12] = (uint8_t)(header / 4 << 4);
    p[13] = seg->flags;
    put16(p + 14, seg->wnd);
    put16(p + 18, seg->up);
    if (header > TCP_LEN)
        options_emit(seg, p + TCP_LEN);
    emit_checksum(seg, p, header);
    return ip + tcp_len;
}
