/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 2018 and RFC 2883, the receiver: blocks are true, the newest comes first, duplicates before.
 */
#include "options.h"
#include "tester.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct tester t;

static void text(uint32_t seq, uint32_t len)
{
    t_in(&t, ACK, seq, 1, len, 60000);
}

/* An ACK of `ack` with so many blocks. */
static void expect_ack(uint32_t ack, unsigned blocks)
{
    t_expect(&t, ACK, 1, ack, 0);
    assert_int_equal(t.got.sacks, blocks);
}

static void test_agreed_by_both(void **state)
{
    struct tcpref_config off = tcpref_rfc9293;
    (void)state;
    off.sack = false;
    for (int i = 0; i < 4; i++) {
        bool ours = i & 1, peers = i & 2;
        t_host(&t, ours ? &tcpref_rfc9293 : &off);
        t.in.has_sack_ok = peers;
        t_in(&t, SYN, 0, 0, 0, 1000);
        t_expect(&t, SYN | ACK, 0, 1, 0);
        assert_int_equal(t.got.has_sack_ok, ours && peers);
        t_in(&t, ACK, 1, 1, 0, 1000);
        text(11, 10);
        t_expect(&t, ACK, 1, 1, 0);
        assert_int_equal(t.got.sacks, ours && peers ? 1 : 0);
        t_free(&t);
    }
    t_active(&t, &off, 1000);
    t_free(&t);
}

/* RFC 2018, 4: the newest first, then those reported last, then what fits. */
static void test_newest_first(void **state)
{
    (void)state;
    t_passive_sack(&t, &tcpref_rfc9293, 60000);
    for (uint32_t i = 1; i <= 5; i++) {
        text(1 + 20 * i, 10);
        expect_ack(1, i < 4 ? i : 4);
        for (uint32_t k = 0; k < t.got.sacks; k++)
            t_block(&t, k, 1 + 20 * (i - k), 11 + 20 * (i - k));
    }
    text(31, 10); /* joins the first two runs */
    expect_ack(1, 4);
    t_block(&t, 0, 21, 51);
    t_block(&t, 1, 101, 111);
    t_block(&t, 2, 81, 91);
    t_block(&t, 3, 61, 71);
    text(1, 20);
    expect_ack(51, 3);
    text(51, 100); /* covers all that waited, which so came twice: the first of it is told */
    expect_ack(151, 1);
    t_block(&t, 0, 61, 71);
    assert_int_equal(t_read(&t), 150);
    text(171, 10);
    expect_ack(151, 1);
    text(151, 20); /* no block is left */
    expect_ack(181, 0);
    t_free(&t);
}

/* Three blocks beside timestamps (RFC 2018, 3). */
static void test_three_with_timestamps(void **state)
{
    (void)state;
    t_host(&t, &tcpref_rfc9293);
    t.in.has_sack_ok = t.in.has_ts = true;
    t.in.tsval = 1;
    t_in(&t, SYN, 0, 0, 0, 1000);
    t_expect(&t, SYN | ACK, 0, 1, 0);
    for (uint32_t i = 0; i < 6; i++) {
        t.in.has_ts = true;
        t.in.tsval = 2;
        t.in.tsecr = t.got.tsval;
        text(i == 0 ? 1 : 100 * i, i == 0 ? 0 : 10);
        if (i > 0)
            expect_ack(1, i < 3 ? i : 3);
    }
    t_free(&t);
}

static void test_duplicates(void **state)
{
    (void)state;
    t_passive_sack(&t, &tcpref_rfc9293, 60000);
    text(1, 100);
    t_pass(&t, 200 * TCPREF_MS);
    expect_ack(101, 0);
    text(1, 100); /* all of it, nothing waits: RFC 2883, 4.1 */
    expect_ack(101, 1);
    t_block(&t, 0, 1, 101);
    text(201, 100);
    expect_ack(101, 1); /* each is reported once */
    t_block(&t, 0, 201, 301);
    text(51, 100); /* the old part alone: 4.2 */
    expect_ack(151, 2);
    t_block(&t, 0, 51, 101);
    t_block(&t, 1, 201, 301);
    text(221, 100); /* above the ACK: the duplicate, then what holds it */
    expect_ack(151, 2);
    t_block(&t, 0, 221, 301);
    t_block(&t, 1, 201, 321);
    text(0xffffff00, 0x140); /* a liar: nothing below the first octet is claimed */
    expect_ack(151, 2);
    t_block(&t, 0, 1, 64);
    text(0x80000000U, 1000); /* half the space away: its end alone looks old */
    expect_ack(151, 1);
    t_block(&t, 0, 201, 321);
    text(1, 10);
    text(400, 10); /* the newest segment alone is told of */
    expect_ack(151, 2);
    t_block(&t, 0, 400, 410);
    t_free(&t);
}

static void text_with_ts(uint32_t seq, uint32_t len)
{
    t.in.has_ts = true;
    t.in.tsval = 2;
    t.in.tsecr = t.got.tsval;
    text(seq, len);
}

/* A path that bears little has room for one block: the newest, not what came again. */
static void test_room_for_one(void **state)
{
    (void)state;
    t_host(&t, &tcpref_rfc9293);
    t.in.has_sack_ok = t.in.has_ts = t.in.has_mss = true;
    t.in.tsval = 1;
    t.in.mss = 64;
    t_in(&t, SYN, 0, 0, 0, 1000);
    t_expect(&t, SYN | ACK, 0, 1, 0);
    text_with_ts(1, 0);
    text_with_ts(101, 10);
    expect_ack(1, 1);
    text_with_ts(101, 20);
    expect_ack(1, 1);
    t_block(&t, 0, 101, 121);
    text_with_ts(1, 120);
    expect_ack(121, 1); /* nothing is held any more: the duplicate */
    t_block(&t, 0, 101, 121);
    t_free(&t);
}

/* Two parts that come again in one segment: the first is reported (RFC 2883, 4.2). */
static void test_first_of_two_parts(void **state)
{
    (void)state;
    t_passive_sack(&t, &tcpref_rfc9293, 60000);
    text(101, 100);
    text(301, 100);
    while (t_out(&t)) {
    }
    text(151, 300);
    expect_ack(1, 2);
    t_block(&t, 0, 151, 201);
    t_block(&t, 1, 101, 451);
    t_free(&t);
}

/* RFC 2018, 4: text of ours carries the report too, and leaves room for it. */
static void test_on_text(void **state)
{
    (void)state;
    t_passive_sack(&t, &tcpref_rfc9293, 60000);
    text(101, 100);
    expect_ack(1, 1);
    t_send(&t, 3 * 988);
    t_expect(&t, ACK, 1, 1, 988);
    t_block(&t, 0, 101, 201);
    t_expect(&t, ACK, 989, 1, 988);
    t_expect(&t, ACK, 1977, 1, 988);
    t_silent(&t);
    t_free(&t);
}

/* What memory refuses, or gives up, is not claimed. */
static void test_only_what_is_held(void **state)
{
    struct tcpref_config k = tcpref_squeezed;
    (void)state;
    k.rcvbuf = 2000;
    k.segment_overhead = 500;
    t_passive_sack(&t, &k, 60000);
    text(101, 10);
    text(201, 10);
    text(301, 10);
    text(401, 10);
    while (t_out(&t)) {
    }
    assert_int_equal(t.got.sacks, 4);
    assert_int_equal(t_in(&t, ACK, 501, 1, 10, 60000), TCPREF_V_REFUSED_MEMORY);
    expect_ack(1, 4);
    t_block(&t, 0, 401, 411);
    text(1, 10); /* in order: takes the memory of the rest */
    expect_ack(11, 0);
    t_free(&t);
}

static void test_odd_lengths(void **state)
{
    (void)state;
    for (unsigned len = 2; len <= 40; len++) {
        struct segment seg = {.flags = ACK};
        uint8_t option[40] = {5, (uint8_t)len};
        options_parse(option, sizeof(option), &seg);
        unsigned blocks = len % 8 == 2 ? len / 8 : 0;
        assert_int_equal(seg.sacks, blocks);
    }
    struct segment seg = {.flags = ACK};
    options_parse((const uint8_t[]){4, 2}, 2, &seg);
    assert_false(seg.has_sack_ok);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agreed_by_both),
        cmocka_unit_test(test_newest_first),
        cmocka_unit_test(test_three_with_timestamps),
        cmocka_unit_test(test_duplicates),
        cmocka_unit_test(test_room_for_one),
        cmocka_unit_test(test_first_of_two_parts),
        cmocka_unit_test(test_on_text),
        cmocka_unit_test(test_only_what_is_held),
        cmocka_unit_test(test_odd_lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
