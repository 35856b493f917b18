/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 792 and RFC 4443: reading ICMP errors. What they do is in lower.c. */
#include "icmp.h"

#include "wire.h"

#include <string.h>

enum { PROTO_TCP = 6, IP4_LEN = 20, IP6_LEN = 40, ICMP_LEN = 8, QUOTE_LEN = 8 };

/* RFC 9293, 3.9.2.2. Of the codes that came later all count as soft: they tell of a path. */
static enum icmp_class class_of_4(uint8_t type, uint8_t code)
{
    if (type == 3 && code == 4)
        return ICMP_TOO_BIG;
    if (type == 3)
        return code == 2 || code == 3 ? ICMP_HARD : ICMP_SOFT;
    if (type == 4)
        return ICMP_QUENCH;
    return type == 11 || type == 12 ? ICMP_SOFT : ICMP_NONE;
}

/* RFC 4443, 3.1: codes 5 and 6 are special cases of code 1. */
static enum icmp_class class_of_6(uint8_t type, uint8_t code)
{
    if (type == 1)
        return code == 1 || code == 4 || code == 5 || code == 6 ? ICMP_HARD : ICMP_SOFT;
    if (type == 2)
        return ICMP_TOO_BIG;
    return type == 3 || type == 4 ? ICMP_SOFT : ICMP_NONE;
}

/* Eight octets of the quoted TCP header are there at least: ports and sequence number. */
static bool read_quoted_tcp(const uint8_t *p, size_t len, struct icmp_error *e)
{
    if (len < QUOTE_LEN)
        return false;
    e->tuple.local_port = get16(p);
    e->tuple.remote_port = get16(p + 2);
    e->seq = seq_of(get32(p + 4));
    return true;
}

static bool read_quote_4(const uint8_t *p, size_t len, struct icmp_error *e)
{
    if (len < IP4_LEN || p[0] >> 4 != 4)
        return false;
    size_t header = (size_t)(p[0] & 15) * 4;
    if (header < IP4_LEN || header > len || p[9] != PROTO_TCP || (get16(p + 6) & 0x1fff))
        return false;
    e->tuple.local.family = e->tuple.remote.family = 4;
    memcpy(e->tuple.local.bytes, p + 12, 4);
    memcpy(e->tuple.remote.bytes, p + 16, 4);
    e->len = (uint16_t)get16(p + 2);
    return read_quoted_tcp(p + header, len - header, e);
}

/* This host sends no extension headers, so none can be in a quote of its own. */
static bool read_quote_6(const uint8_t *p, size_t len, struct icmp_error *e)
{
    if (len < IP6_LEN || p[0] >> 4 != 6 || p[6] != PROTO_TCP)
        return false;
    e->tuple.local.family = e->tuple.remote.family = 6;
    memcpy(e->tuple.local.bytes, p + 8, 16);
    memcpy(e->tuple.remote.bytes, p + 24, 16);
    uint32_t whole = get16(p + 4) + (uint32_t)IP6_LEN;
    e->len = (uint16_t)(whole < UINT16_MAX ? whole : UINT16_MAX);
    return read_quoted_tcp(p + IP6_LEN, len - IP6_LEN, e);
}

enum tcpref_verdict icmp_parse(const uint8_t *packet, bool verify, struct icmp_error *ret_error)
{
    bool v4 = packet[0] >> 4 == 4;
    struct icmp_error e = {0};
    size_t rest;
    const uint8_t *p = wire_upper(packet, &rest);
    if (rest < ICMP_LEN)
        return TCPREF_V_DROP_SHORT;
    if (verify && !wire_icmp_sum_ok(packet, p, rest))
        return TCPREF_V_DROP_ICMP_CHECKSUM;
    e.type = p[0];
    e.code = p[1];
    e.class = v4 ? class_of_4(e.type, e.code) : class_of_6(e.type, e.code);
    if (e.class == ICMP_NONE)
        return TCPREF_V_DROP_ICMP;
    if (e.class == ICMP_QUENCH)
        return TCPREF_V_DROP_QUENCH;
    /* RFC 1191, 4: the low half of a word that was unused before. */
    e.mtu = v4 ? get16(p + 6) : get32(p + 4);
    if (!(v4 ? read_quote_4 : read_quote_6)(p + ICMP_LEN, rest - ICMP_LEN, &e))
        return TCPREF_V_DROP_ICMP_QUOTE;
    *ret_error = e;
    return TCPREF_V_ACCEPTED;
}
