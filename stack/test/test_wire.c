/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.1 and 3.2: packets and options, there and back, whole and broken. */
#include "wire.h"

#include "options.h"
#include "pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static size_t packet_of(uint8_t family, uint8_t *packet, struct segment *seg)
{
    *seg = (struct segment){.tuple = {pair_addr(1, family), pair_addr(0, family), 7, 9}};
    seg->seq = seq_of(0xfffffff0);
    seg->ack = seq_of(77);
    seg->flags = SYN | ACK;
    seg->ttl = 64;
    seg->len = 5;
    seg->has_mss = seg->has_wscale = seg->has_ts = true;
    seg->mss = 1234;
    seg->wscale = 7;
    seg->tsval = 0x01020304;
    seg->tsecr = 0x05060708;
    memcpy(packet + wire_header_len(seg), "hello", 5);
    return wire_emit(seg, packet);
}

static void test_there_and_back(void **state)
{
    (void)state;
    for (uint8_t family = 4; family <= 6; family += 2) {
        uint8_t p[200];
        struct segment out, in;
        size_t len = packet_of(family, p, &out);
        assert_int_equal(pair_parse(p, len, &in), TCPREF_V_ACCEPTED);
        assert_int_equal(in.seq.n, out.seq.n);
        assert_int_equal(in.ack.n, out.ack.n);
        assert_int_equal(in.flags, out.flags);
        assert_true(in.mss == 1234 && in.wscale == 7 && in.tsval == out.tsval);
        assert_int_equal(in.tsecr, out.tsecr);
        assert_int_equal(in.len, 5);
        assert_memory_equal(in.text, "hello", 5);
        assert_true(in.tuple.local_port == 9 && in.tuple.remote_port == 7);
    }
}

/* Every bit counts in the checksum; every shorter packet is refused. */
static void test_broken(void **state)
{
    (void)state;
    for (uint8_t family = 4; family <= 6; family += 2) {
        uint8_t p[200];
        struct segment seg;
        size_t len = packet_of(family, p, &seg);
        for (size_t bit = 160; bit < len * 8; bit++) {
            p[bit / 8] ^= (uint8_t)(1U << bit % 8);
            assert_int_not_equal(pair_parse(p, len, &seg), TCPREF_V_ACCEPTED);
            p[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        for (size_t n = 0; n < len; n++)
            assert_int_equal(pair_parse(p, n, &seg), TCPREF_V_DROP_SHORT);
    }
}

/* Port 0 is a reason of its own only where the packet is whole. */
static void test_port_0(void **state)
{
    (void)state;
    for (int to = 0; to < 2; to++) {
        uint8_t p[200];
        struct segment seg, back;
        (void)packet_of(4, p, &seg);
        if (to)
            seg.tuple.remote_port = 0;
        else
            seg.tuple.local_port = 0;
        size_t len = wire_emit(&seg, p);
        assert_int_equal(wire_parse(p, len, true, &back), TCPREF_V_DROP_PORT);
        p[len - 1] ^= 1;
        assert_int_equal(wire_parse(p, len, true, &back), TCPREF_V_DROP_CHECKSUM);
        assert_int_equal(wire_parse(p, len, false, &back), TCPREF_V_DROP_PORT);
    }
}

static void test_extension_headers(void **state)
{
    uint8_t p[200], q[220];
    struct segment seg;
    (void)state;
    size_t len = packet_of(6, p, &seg);
    memcpy(q, p, 40);
    memset(q + 40, 0, 8);
    memcpy(q + 48, p + 40, len - 40);
    q[6] = 60; /* destination options */
    q[40] = 6;
    put16(q + 4, (uint32_t)(len - 40 + 8));
    assert_int_equal(pair_parse(q, len + 8, &seg), TCPREF_V_ACCEPTED);
    q[6] = 44;
    assert_int_equal(pair_parse(q, len + 8, &seg), TCPREF_V_DROP_FRAGMENT);
    q[6] = 43;
    q[43] = 1; /* segments left */
    assert_int_equal(pair_parse(q, len + 8, &seg), TCPREF_V_DROP_PROTOCOL);
    q[6] = 58;
    assert_int_equal(pair_parse(q, len + 8, &seg), TCPREF_V_DROP_ICMP);
}

static void test_options(void **state)
{
    static const uint8_t bad[][4] = {{2, 0}, {2, 1}, {8, 10}, {99, 200}, {2, 4}};
    struct segment seg = {.flags = SYN};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        options_parse(bad[i], i == 4 ? 3 : 4, &seg);
    options_parse((const uint8_t *)"\2", 1, &seg);
    options_parse((const uint8_t *)"\1\1\0\2\4\5\6", 7, &seg); /* nothing after the end counts */
    assert_false(seg.has_mss || seg.has_ts || seg.has_wscale);
    /* Unknown ones are skipped; no padding is needed (MUST-6, MUST-64); a shift over 14 is 14. */
    options_parse((const uint8_t *)"\375\3\11\1\2\4\2\30\3\3\17", 11, &seg);
    assert_true(seg.has_mss && seg.mss == 536 && seg.has_wscale && seg.wscale == 14);
    struct segment plain = {.flags = ACK};
    options_parse((const uint8_t *)"\2\4\2\30", 4, &plain);
    assert_false(plain.has_mss);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_broken),
        cmocka_unit_test(test_port_0),         cmocka_unit_test(test_extension_headers),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
