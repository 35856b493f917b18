/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The codec: what is built is parsed back, what is wrong is named, and no octets can hurt it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/wire.h"

enum { BUF = 65536 };

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    uint64_t x = *state ^ *state >> 33;
    return x * UINT64_C(0xff51afd7ed558ccd) >> 16;
}

static struct wire_addr addr(uint8_t family, uint8_t last, uint16_t port)
{
    struct wire_addr a = {.family = family, .port = port};
    if (family == 4) {
        a.ip[0] = 10;
        a.ip[3] = last;
    } else {
        a.ip[0] = 0xfd;
        a.ip[15] = last;
    }
    return a;
}

static struct wire_seg segment(uint8_t family)
{
    return (struct wire_seg){.src = addr(family, 1, 4000),
                             .dst = addr(family, 2, 80),
                             .seq = 0xfffffff0,
                             .ack = 7,
                             .flags = WIRE_ACK,
                             .window = 1000};
}

static struct wire_options random_options(uint64_t *state)
{
    struct wire_options opt = {0};
    uint64_t r = next_random(state);
    opt.mss_set = r & 1;
    opt.wscale_set = r >> 1 & 1;
    opt.sack_ok = r >> 2 & 1;
    opt.ts_set = r >> 3 & 1;
    opt.sacks = (uint8_t)(r >> 4 & 7) > WIRE_SACK_MAX ? 0 : (uint8_t)(r >> 4 & 7);
    if (opt.mss_set) {
        opt.mss = (uint16_t)next_random(state);
    }
    if (opt.wscale_set) {
        opt.wscale = (uint8_t)next_random(state);
    }
    if (opt.ts_set) {
        opt.ts_val = (uint32_t)next_random(state);
        opt.ts_ecr = (uint32_t)next_random(state);
    }
    for (unsigned i = 0; i < opt.sacks; i++) {
        opt.sack[i].left = (uint32_t)next_random(state);
        opt.sack[i].right = (uint32_t)next_random(state);
    }
    return opt;
}

static void assert_same(const struct wire_seg *a, const struct wire_seg *b)
{
    assert_true(wire_addr_same(&a->src, &b->src));
    assert_true(wire_addr_same(&a->dst, &b->dst));
    assert_int_equal(a->seq, b->seq);
    assert_int_equal(a->ack, b->ack);
    assert_int_equal(a->flags, b->flags);
    assert_int_equal(a->window, b->window);
    assert_int_equal(a->urgent, b->urgent);
    assert_int_equal(a->len, b->len);
    assert_int_equal(a->tos, b->tos);
    assert_int_equal(a->ttl, b->ttl);
    assert_memory_equal(&a->opt, &b->opt, sizeof a->opt);
    if (a->len > 0) {
        assert_memory_equal(a->payload, b->payload, a->len);
    }
}

static void round_trip(void **unused)
{
    (void)unused;
    static uint8_t text[3000], buf[BUF];
    uint64_t state = 42;
    wire_stream_fill(3, 0, text, sizeof text);
    for (unsigned i = 0; i < 20000; i++) {
        struct wire_seg seg = segment(i & 1 ? 4 : 6);
        seg.seq = (uint32_t)next_random(&state);
        seg.ack = (uint32_t)next_random(&state);
        seg.flags = next_random(&state) & 0x1ff;
        seg.window = (uint16_t)next_random(&state);
        seg.urgent = (uint16_t)next_random(&state);
        seg.tos = (uint8_t)next_random(&state);
        seg.ttl = (uint8_t)(1 + next_random(&state) % 255);
        seg.opt = random_options(&state);
        seg.payload = text;
        seg.len = (uint32_t)(next_random(&state) % (sizeof text + 1));
        size_t len = wire_build(&seg, NULL, buf, sizeof buf);
        if (wire_options_len(&seg.opt) > WIRE_OPTIONS_MAX) {
            assert_int_equal(len, 0);
            continue;
        }
        struct wire_seg back;
        wire_parse(buf, len, &back);
        assert_int_equal(back.errors, 0);
        assert_int_equal(back.protocol, 6);
        assert_int_equal(back.raw_options_len, wire_options_len(&seg.opt));
        assert_same(&seg, &back);
    }
}

static void lengths_and_capacity(void **unused)
{
    (void)unused;
    static uint8_t buf[2 * BUF], text[BUF];
    struct wire_seg seg = segment(4);
    seg.payload = text;
    for (seg.len = 0; seg.len < 9; seg.len++) {
        size_t len = wire_build(&seg, NULL, buf, sizeof buf);
        assert_int_equal(len, 40 + seg.len);
        assert_int_equal(wire_build(&seg, NULL, buf, len), len);
        assert_int_equal(wire_build(&seg, NULL, buf, len - 1), 0);
    }
    seg.len = 65535 - 40;
    assert_int_equal(wire_build(&seg, NULL, buf, sizeof buf), 65535);
    seg.len++;
    assert_int_equal(wire_build(&seg, NULL, buf, sizeof buf), 0);
    seg = segment(6);
    seg.payload = text;
    seg.len = 65535 - 20;
    assert_int_equal(wire_build(&seg, NULL, buf, sizeof buf), 65535 + 40);
    struct wire_seg back;
    wire_parse(buf, 65535 + 40, &back);
    assert_int_equal(back.errors, 0);
    assert_int_equal(back.len, seg.len);
    seg.len++;
    assert_int_equal(wire_build(&seg, NULL, buf, sizeof buf), 0);
}

/* A checksum worked out by hand, so that builder and parser cannot be wrong together. */
static void known_packet(void **unused)
{
    (void)unused;
    static const uint8_t want[] = {
        0x45, 0, 0,  41, 0, 0, 0x40, 0, 64, 6, 0x26, 0xcd, 10,   0, 0, 1,    10,   0, 0, 2,    0x0f,
        0xa0, 0, 80, 0,  0, 0, 1,    0, 0,  0, 2,    0x50, 0x10, 0, 3, 0x4a, 0xdb, 0, 0, 0x41,
    };
    uint8_t buf[100], text[1] = {0x41};
    struct wire_seg seg = segment(4);
    seg.seq = 1;
    seg.ack = 2;
    seg.window = 3;
    seg.payload = text;
    seg.len = 1;
    assert_int_equal(wire_build(&seg, NULL, buf, sizeof buf), sizeof want);
    assert_memory_equal(buf, want, sizeof want);
}

static uint32_t errors_of(const void *packet, size_t len)
{
    struct wire_seg seg;
    wire_parse(packet, len, &seg);
    return seg.errors;
}

static uint32_t errors_with(struct wire_twist twist, const uint8_t *raw, size_t raw_len)
{
    uint8_t buf[200];
    struct wire_seg seg = segment(4);
    if (raw != NULL) {
        memcpy(seg.raw_options, raw, raw_len);
        seg.raw_options_len = (uint8_t)raw_len;
        twist.raw_options = true;
    }
    size_t len = wire_build(&seg, &twist, buf, sizeof buf);
    assert_int_not_equal(len, 0);
    return errors_of(buf, len);
}

static void twists(void **unused)
{
    (void)unused;
    assert_int_equal(errors_with((struct wire_twist){.bad_checksum = true}, NULL, 0),
                     WIRE_TCP_CHECKSUM);
    assert_int_equal(errors_with((struct wire_twist){.zero_checksum = true}, NULL, 0),
                     WIRE_TCP_CHECKSUM);
    assert_int_equal(errors_with((struct wire_twist){.data_offset = 4}, NULL, 0), WIRE_TCP_OFFSET);
    assert_int_equal(errors_with((struct wire_twist){.data_offset = 6}, NULL, 0), WIRE_TCP_OFFSET);
    assert_int_equal(errors_with((struct wire_twist){.data_offset = 16}, NULL, 0), WIRE_TCP_OFFSET);
    for (uint8_t bits = 1; bits < 8; bits++) {
        assert_int_equal(errors_with((struct wire_twist){.reserved = bits}, NULL, 0),
                         WIRE_RESERVED);
    }
    assert_int_equal(errors_with((struct wire_twist){.data_offset = 5}, NULL, 0), 0);
}

static void bad_options(void **unused)
{
    (void)unused;
    static const struct {
        uint8_t raw[12];
        uint8_t len;
        uint32_t errors;
    } cases[] = {
        {{1, 1, 1, 0}, 4, 0},
        {{1, 1, 1}, 3, 0},
        {{254, 4, 1, 2}, 4, 0},
        {{8, 0, 0, 0}, 4, WIRE_OPTION_LENGTH},
        {{254, 0, 0, 0}, 4, WIRE_OPTION_LENGTH},
        {{254, 1, 0, 0}, 4, WIRE_OPTION_LENGTH},
        {{254, 5, 0, 0}, 4, WIRE_OPTION_LENGTH},
        {{1, 1, 1, 8}, 4, WIRE_OPTION_LENGTH},
        {{2, 3, 9, 1}, 4, WIRE_OPTION_KIND},
        {{3, 4, 9, 1}, 4, WIRE_OPTION_KIND},
        {{4, 3, 9, 1}, 4, WIRE_OPTION_KIND},
        {{5, 2, 1, 1}, 4, WIRE_OPTION_KIND},
        {{5, 11, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, 12, WIRE_OPTION_KIND},
        {{8, 9, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0}, 12, WIRE_OPTION_KIND},
        {{8, 9, 1, 1, 1, 1, 1, 1, 1, 5, 1, 0}, 12, WIRE_OPTION_KIND | WIRE_OPTION_LENGTH},
        {{0, 1, 0, 0}, 4, WIRE_EOL_PADDING},
        {{0, 0, 0, 7}, 4, WIRE_EOL_PADDING},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(errors_with((struct wire_twist){0}, cases[i].raw, cases[i].len),
                         cases[i].errors);
    }
}

static void unknown_options_are_counted(void **unused)
{
    (void)unused;
    uint8_t buf[200];
    static const uint8_t raw[] = {254, 4, 1, 2, 2, 4, 5, 180, 30, 2, 1, 1};
    struct wire_twist twist = {.raw_options = true};
    struct wire_seg seg = segment(6), back;
    memcpy(seg.raw_options, raw, sizeof raw);
    seg.raw_options_len = sizeof raw;
    wire_parse(buf, wire_build(&seg, &twist, buf, sizeof buf), &back);
    assert_int_equal(back.errors, 0);
    assert_int_equal(back.opt.unknown, 2);
    assert_true(back.opt.mss_set);
    assert_int_equal(back.opt.mss, 1460);
    assert_memory_equal(back.raw_options, raw, sizeof raw);
}

static void ip4_errors(void **unused)
{
    (void)unused;
    uint8_t buf[200];
    struct wire_seg seg = segment(4);
    size_t len = wire_build(&seg, NULL, buf, sizeof buf);
    assert_int_equal(errors_of(buf, 0), WIRE_SHORT);
    assert_int_equal(errors_of(buf, 19), WIRE_SHORT);
    assert_int_equal(errors_of(buf, len - 1), WIRE_IP_HEADER);
    buf[0] = 0x44;
    assert_int_equal(errors_of(buf, len), WIRE_IP_HEADER);
    buf[0] = 0x55;
    assert_int_equal(errors_of(buf, len), WIRE_IP_HEADER);
    buf[0] = 0x45;
    buf[8]--;
    assert_int_equal(errors_of(buf, len), WIRE_IP_CHECKSUM);
    buf[8]++;
    buf[6] = 0x20;
    assert_int_equal(errors_of(buf, len), WIRE_FRAGMENT | WIRE_IP_CHECKSUM);
    buf[6] = 0;
    buf[7] = 1;
    assert_int_equal(errors_of(buf, len), WIRE_FRAGMENT | WIRE_IP_CHECKSUM);
    buf[6] = 0x40;
    buf[7] = 0;
    buf[9] = 17;
    assert_int_equal(errors_of(buf, len), WIRE_NOT_TCP | WIRE_IP_CHECKSUM);
    buf[9] = 6;
    assert_int_equal(errors_of(buf, len), 0);
    assert_int_equal(errors_of(buf, len + 7), 0); /* octets behind the packet are padding */
    buf[3] = 39;
    assert_int_equal(errors_of(buf, len) & WIRE_SHORT, WIRE_SHORT);
}

/* Put EXT before the TCP header of a packet over IPv6. */
static size_t with_extension(uint8_t *buf, uint8_t kind, const uint8_t *ext, size_t ext_len)
{
    struct wire_seg seg = segment(6);
    size_t len = wire_build(&seg, NULL, buf, 200);
    memmove(buf + 40 + ext_len, buf + 40, len - 40);
    memcpy(buf + 40, ext, ext_len);
    buf[6] = kind;
    buf[40] = 6;
    buf[5] = (uint8_t)(len - 40 + ext_len);
    return len + ext_len;
}

static void ip6_extensions(void **unused)
{
    (void)unused;
    uint8_t buf[300];
    static const uint8_t empty[16] = {0}, longer[16] = {6, 1}, beyond[8] = {6, 200};
    static const uint8_t piece[8] = {6, 0, 0, 8}, first[8] = {6, 0, 0, 1};
    static const uint8_t on_its_way[8] = {6, 0, 2, 1};
    assert_int_equal(errors_of(buf, with_extension(buf, 0, empty, 8)), 0);
    assert_int_equal(errors_of(buf, with_extension(buf, 60, longer, 16)), 0);
    assert_int_equal(errors_of(buf, with_extension(buf, 43, empty, 8)), 0);
    assert_int_equal(errors_of(buf, with_extension(buf, 44, empty, 8)), 0);
    assert_int_equal(errors_of(buf, with_extension(buf, 44, piece, 8)), WIRE_FRAGMENT);
    assert_int_equal(errors_of(buf, with_extension(buf, 44, first, 8)), WIRE_FRAGMENT);
    assert_int_equal(errors_of(buf, with_extension(buf, 60, beyond, 8)) & WIRE_SHORT, WIRE_SHORT);
    assert_int_equal(errors_of(buf, with_extension(buf, 43, on_its_way, 8)), WIRE_NOT_TCP);
    size_t len = with_extension(buf, 0, empty, 8);
    assert_int_equal(errors_of(buf, len - 1), WIRE_IP_HEADER);
    assert_int_equal(errors_of(buf, 39), WIRE_SHORT);
}

/* Each input in a block of its own size, so that a sanitizer sees the first octet too many. */
static void parse_block(const uint8_t *octets, size_t len)
{
    uint8_t *block = malloc(len + 1);
    assert_non_null(block);
    memcpy(block + 1, octets, len);
    struct wire_seg seg;
    struct wire_icmp icmp;
    wire_parse(block + 1, len, &seg);
    wire_parse_icmp(block + 1, len, &icmp);
    assert_true(seg.raw_options_len <= WIRE_OPTIONS_MAX);
    if ((seg.errors & WIRE_UNREADABLE) == 0) {
        assert_true(seg.payload >= block + 1 && seg.payload + seg.len <= block + 1 + len);
    }
    free(block);
}

static void any_octets(void **unused)
{
    (void)unused;
    uint8_t buf[300];
    uint64_t state = 7;
    for (unsigned round = 0; round < 30000; round++) {
        for (size_t i = 0; i < sizeof buf; i++) {
            buf[i] = (uint8_t)next_random(&state);
        }
        size_t len = next_random(&state) % 120;
        if (round % 2 == 0) {
            struct wire_seg seg = segment(round % 4 == 0 ? 4 : 6);
            seg.opt = random_options(&state);
            size_t built = wire_build(&seg, NULL, buf, sizeof buf);
            for (unsigned i = 0; i < 3 && built > 0; i++) {
                buf[next_random(&state) % built] = (uint8_t)next_random(&state);
            }
            len = built + next_random(&state) % 3;
        }
        parse_block(buf, len);
    }
}

static void icmp_errors(void **unused)
{
    (void)unused;
    for (uint8_t family = 4; family <= 6; family += 2) {
        uint8_t quoted[1500], buf[2000];
        wire_stream_fill(1, 1, quoted, sizeof quoted);
        struct wire_icmp icmp = {.src = addr(family, 9, 0),
                                 .dst = addr(family, 1, 0),
                                 .type = family == 4 ? 3 : 2,
                                 .code = 4,
                                 .info = 1280,
                                 .quoted = quoted,
                                 .quoted_len = 28};
        struct wire_icmp back;
        size_t len = wire_build_icmp(&icmp, buf, sizeof buf);
        assert_int_equal(len, (family == 4 ? 20u : 40u) + 8 + 28);
        assert_int_equal(wire_build_icmp(&icmp, buf, len - 1), 0);
        assert_true(wire_parse_icmp(buf, len, &back));
        assert_int_equal(back.type, icmp.type);
        assert_int_equal(back.code, 4);
        assert_int_equal(back.info, 1280);
        assert_int_equal(back.quoted_len, 28);
        assert_memory_equal(back.quoted, quoted, 28);
        assert_true(wire_addr_same(&back.src, &icmp.src));
        assert_int_equal(errors_of(buf, len), WIRE_NOT_TCP);
        buf[len - 1] ^= 1;
        assert_false(wire_parse_icmp(buf, len, &back));
        icmp.quoted_len = sizeof quoted; /* cut to what the RFCs allow */
        assert_int_equal(wire_build_icmp(&icmp, buf, sizeof buf), family == 4 ? 576 : 1280);
    }
}

static void texts(void **unused)
{
    (void)unused;
    char buf[80];
    struct wire_addr a = addr(4, 1, 80), b = addr(6, 1, 80);
    assert_string_equal(wire_addr_text(&a, buf, sizeof buf), "10.0.0.1:80");
    assert_string_equal(wire_addr_text(&b, buf, sizeof buf), "[fd00::1]:80");
    assert_false(wire_addr_same(&a, &b));
    assert_string_equal(wire_flags_text(0xff, buf, sizeof buf), "SFRP.UEW");
    assert_string_equal(wire_flags_text(WIRE_SYN | WIRE_ACK, buf, sizeof buf), "S.");
    assert_string_equal(wire_flags_text(0, buf, sizeof buf), "none");
    assert_string_equal(wire_error_text(WIRE_NOT_TCP | WIRE_RESERVED), "not TCP");
    assert_string_equal(wire_error_text(WIRE_RESERVED), "a reserved bit is set");
    for (unsigned i = 0; i <= 10; i++) {
        assert_string_not_equal(wire_error_text(1u << i), wire_error_text(0));
    }
}

static void stream(void **unused)
{
    (void)unused;
    uint8_t buf[100];
    uint64_t far = UINT64_C(0xfffffffa); /* over the wrap of 2^32 */
    for (uint64_t base = 0; base < 17; base++) {
        for (size_t len = 0; len < 40; len++) {
            wire_stream_fill(5, far + base, buf, len);
            assert_int_equal(wire_stream_check(5, far + base, buf, len), len);
            for (size_t i = 0; i < len; i++) {
                assert_int_equal(buf[i], wire_stream_octet(5, far + base + i));
            }
            for (size_t i = 0; i < len; i++) {
                buf[i] ^= 0x20;
                assert_int_equal(wire_stream_check(5, far + base, buf, len), i);
                buf[i] ^= 0x20;
            }
        }
    }
    wire_stream_fill(5, 0, buf, 64);
    for (uint64_t off = 1; off < 5000; off++) { /* another place, or another stream, is seen soon */
        assert_true(wire_stream_check(5, off, buf, 64) < 6);
        assert_true(wire_stream_check(5 + off, 0, buf, 64) < 6);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),   cmocka_unit_test(lengths_and_capacity),
        cmocka_unit_test(known_packet), cmocka_unit_test(twists),
        cmocka_unit_test(bad_options),  cmocka_unit_test(unknown_options_are_counted),
        cmocka_unit_test(ip4_errors),   cmocka_unit_test(ip6_extensions),
        cmocka_unit_test(any_octets),   cmocka_unit_test(icmp_errors),
        cmocka_unit_test(texts),        cmocka_unit_test(stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
