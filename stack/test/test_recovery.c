/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 6675 and RFC 6582, the sender: holes alone go again; what the peer says is judged first. */
#include "tester.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct tester t;
static struct pair pair;

static struct tcpref_config ten_segments(void)
{
    struct tcpref_config k = tcpref_rfc9293;
    k.initial_window = 10;
    return k;
}

/* Ten segments of 1000 octets are in flight, from 1 on; `more` octets wait. */
static void ten_in_flight(bool sack, size_t more)
{
    struct tcpref_config k = ten_segments();
    if (sack)
        t_passive_sack(&t, &k, 60000);
    else
        t_passive(&t, &k, 60000);
    t_send(&t, 10000 + more);
    for (uint32_t i = 0; i < 10; i++)
        t_expect(&t, ACK, 1 + 1000 * i, 1, 1000);
    t_silent(&t);
}

static void ack(uint32_t number)
{
    t_in(&t, ACK, 1, number, 0, 60000);
}

static void sack(uint32_t number, uint32_t lo, uint32_t hi)
{
    t_sacks(&t, lo, hi);
    ack(number);
}

/* Lost: 1 and 4001. They go again, and nothing else. */
static void test_holes_alone(void **state)
{
    (void)state;
    ten_in_flight(true, 0);
    sack(1, 1001, 2001);
    t_silent(&t);
    sack(1, 1001, 3001);
    t_silent(&t);
    sack(1, 1001, 4001);
    t_expect(&t, ACK, 1, 1, 1000);
    assert_int_equal(t_status(&t).ssthresh, 5000);
    sack(1, 5001, 6001);
    sack(1, 5001, 7001);
    t_silent(&t); /* the hole at 4001 is not lost yet, and the pipe is full */
    sack(1, 5001, 8001);
    t_expect(&t, ACK, 4001, 1, 1000);
    sack(1, 5001, 9001);
    sack(1, 5001, 10001);
    t_silent(&t);
    ack(4001);
    t_expect(&t, ACK, 4001, 1, 1000); /* once more if SND.UNA stops short of it: NextSeg (4) */
    t_silent(&t);
    ack(10001);
    t_silent(&t);
    assert_int_equal(t_status(&t).retransmitted, 3);
    assert_int_equal(t_status(&t).cwnd, 5000);
    t_free(&t);
}

/* RFC 6675, 2: an ACK that tells something new counts as a duplicate even if it moves. */
static void test_moving_duplicate(void **state)
{
    (void)state;
    ten_in_flight(true, 0);
    sack(1001, 2001, 2501);
    sack(1001, 2001, 2601);
    t_silent(&t);
    sack(1001, 2001, 2701);
    t_expect(&t, ACK, 1001, 1, 1000);
    t_free(&t);
}

/* RFC 6675, 5, (2): enough is reported at once; (4.3) the pipe lets new text go. */
static void test_early_by_octets(void **state)
{
    (void)state;
    ten_in_flight(true, 5000);
    sack(1, 1001, 6001);
    t_expect(&t, ACK, 1, 1, 1000);
    t_silent(&t);
    sack(1, 6001, 8001);
    t_expect(&t, ACK, 10001, 1, 1000);
    t_expect(&t, ACK, 11001, 1, 1000);
    t_silent(&t);
    ack(8001);
    t_expect(&t, ACK, 12001, 1, 1000);
    t_free(&t);
}

/* RFC 6675, 4, NextSeg (3) and (4): with room and nothing better, holes not yet lost, and at last
 * the end of the flight, once. */
static void test_last_resorts(void **state)
{
    (void)state;
    ten_in_flight(true, 0);
    t_sacks(&t, 8001, 9001);
    sack(1, 1001, 7001);
    t_expect(&t, ACK, 1, 1, 1000);
    t_expect(&t, ACK, 7001, 1, 1000); /* rule 3 */
    t_silent(&t);
    ack(7001);
    t_expect(&t, ACK, 9001, 1, 1000); /* rule 4 */
    t_silent(&t);
    ack(9001);
    t_silent(&t);
    ack(10001);
    t_silent(&t);
    t_free(&t);
}

/* A segment of it has the last octet, also where SACK blocks make it smaller. */
static void test_rescue_has_the_last_octet(void **state)
{
    (void)state;
    ten_in_flight(true, 0);
    t_in(&t, ACK, 2, 1, 1, 60000);
    t_expect(&t, ACK, 10001, 1, 0);
    t_sacks(&t, 8001, 9001);
    sack(1, 1001, 7001);
    t_expect(&t, ACK, 1, 1, 988);
    t_expect(&t, ACK, 989, 1, 12);
    t_expect(&t, ACK, 7001, 1, 988);
    t_expect(&t, ACK, 7989, 1, 12);
    t_silent(&t);
    ack(7001);
    t_expect(&t, ACK, 9013, 1, 988);
    t_silent(&t);
    t_free(&t);
}

/* The peer takes back what was the only hole: it goes once, not as NextSeg (4) too. */
static void test_no_second_copy_at_once(void **state)
{
    (void)state;
    ten_in_flight(true, 0);
    sack(1, 1001, 10001);
    t_expect(&t, ACK, 1, 1, 1000);
    t_silent(&t);
    sack(1001, 2001, 10001);
    t_expect(&t, ACK, 1001, 1, 1000);
    t_silent(&t);
    t_free(&t);
}

/* RFC 6675, 5.1; RFC 2018, 5: at a timeout nothing counts as SACKed, and SND.UNA goes first. */
static void test_timeout_forgets(void **state)
{
    (void)state;
    ten_in_flight(true, 0);
    sack(1, 1001, 3001);
    t_pass(&t, 3 * TCPREF_SEC);
    t_expect(&t, ACK, 1, 1, 1000);
    t_silent(&t);
    sack(1, 3001, 6001); /* no recovery for what was in flight then */
    t_silent(&t);
    ack(1001); /* slow start: two segments; what came since is used */
    t_expect(&t, ACK, 1001, 1, 1000);
    t_expect(&t, ACK, 2001, 1, 1000);
    t_silent(&t);
    ack(6001);
    t_expect(&t, ACK, 6001, 1, 1000);
    t_expect(&t, ACK, 7001, 1, 1000);
    t_expect(&t, ACK, 8001, 1, 1000);
    t_free(&t);
}

/* RFC 2018, 8: the peer gives up what it had reported, and says so by its ACK. */
static void test_reneging(void **state)
{
    (void)state;
    ten_in_flight(true, 0);
    sack(1, 1001, 6001);
    t_expect(&t, ACK, 1, 1, 1000);
    ack(1001);
    for (uint32_t i = 0; i < 5; i++)
        t_expect(&t, ACK, 1001 + 1000 * i, 1, 1000);
    t_silent(&t);
    ack(6001);
    for (uint32_t i = 0; i < 4; i++)
        t_expect(&t, ACK, 6001 + 1000 * i, 1, 1000);
    ack(10001);
    t_free(&t);
}

/* Blocks for what was not sent, turned round, or acknowledged already: no effect. */
static void test_lies(void **state)
{
    (void)state;
    ten_in_flight(true, 5000);
    for (int i = 0; i < 5; i++) {
        sack(1, 10001, 20001);
        sack(1, 3001, 2001);
        sack(1, 0x80000000, 0x80001000);
        sack(1, 1, 5001);
        sack(1, 0xfffff000, 1);
        sack(1, 2001, 2001);
    }
    t_silent(&t);
    assert_int_equal(t_status(&t).retransmitted, 0);
    sack(1, 2001, 3001); /* control */
    sack(1, 2001, 4001);
    sack(1, 2001, 5001);
    t_expect(&t, ACK, 1, 1, 1000);
    t_free(&t);
}

/* More holes than are recorded: all goes through in the end. */
static void test_many_holes(void **state)
{
    struct tcpref_config k = tcpref_rfc9293;
    (void)state;
    k.cc = TCPREF_CC_NONE;
    k.nodelay = true;
    t_passive_sack(&t, &k, 60000);
    for (uint32_t i = 0; i < 300; i++) {
        t_send(&t, 10);
        t_expect(&t, ACK, 1 + 10 * i, 1, 10);
    }
    for (uint32_t i = 0; i < 150; i++)
        sack(1, 11 + 20 * i, 21 + 20 * i);
    uint32_t again = 0;
    while (t_out(&t))
        again += t.got.len;
    assert_in_range(again, 970, 2010);
    ack(3001);
    t_silent(&t);
    t_free(&t);
}

/* RFC 6582, 3.2: a partial ACK brings the next hole, a full one ends recovery. */
static void test_newreno(void **state)
{
    (void)state;
    ten_in_flight(false, 3000);
    ack(1);
    t_expect(&t, ACK, 10001, 1, 1000); /* RFC 3042 */
    ack(1);
    t_expect(&t, ACK, 11001, 1, 1000);
    ack(1);
    t_expect(&t, ACK, 1, 1, 1000);
    t_silent(&t);
    assert_int_equal(t_status(&t).ssthresh, 5000); /* of ten segments, not of twelve */
    ack(4001);
    t_expect(&t, ACK, 4001, 1, 1000);
    ack(12001);
    t_expect(&t, ACK, 12001, 1, 1000);
    t_silent(&t);
    assert_in_range(t_status(&t).cwnd, 2000, 5000);
    t_free(&t);
}

/* RFC 3042, 2: with SACK only what tells something new lets a new segment go. */
static void test_limited_transmit_needs_news(void **state)
{
    (void)state;
    ten_in_flight(true, 5000);
    ack(1);
    ack(1);
    t_silent(&t);
    sack(1, 1001, 2001);
    t_expect(&t, ACK, 10001, 1, 1000);
    sack(1, 1001, 2001);
    t_silent(&t);
    t_free(&t);
}

static void lossy(const struct tcpref_config *a, const struct tcpref_config *b, uint64_t seed)
{
    pair_open(&pair, seed, a, b, 4);
    pair.link = (struct link){(unsigned)(seed % 8) * 15, 30, 150, 20 * TCPREF_MS};
    pair.out[0].total = 60000;
    pair.out[1].total = 20000 + 1000 * seed;
    pair_connect(&pair);
    pair_run(&pair, pair.now + 4 * 3600 * TCPREF_SEC);
    assert_true(pair_streams_done(&pair));
    assert_int_equal(tcpref_conn_error(pair.conn[0]), TCPREF_OK);
    assert_int_equal(tcpref_conn_error(pair.conn[1]), TCPREF_OK);
    pair_close(&pair);
}

/* Every combination, over the wrap of the numbers, byte for byte. */
static void test_every_combination(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 96; seed++) {
        struct tcpref_config a = seed % 5 ? tcpref_rfc9293 : tcpref_squeezed;
        a.iss_set = true;
        a.iss = 0xffffc000;
        a.cc = (enum tcpref_cc)(seed % TCPREF_CC_MAX);
        a.sack = seed / 3 % 4 != 0;
        a.initial_window = seed % 2 ? 10 : 0;
        a.timestamps = seed % 7 != 0;
        a.ecn = seed / 24 % 2;
        a.rack = seed / 12 % 2;
        struct tcpref_config b = a;
        b.sack = seed / 3 % 4 != 1;
        lossy(&a, &b, seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_holes_alone),
        cmocka_unit_test(test_moving_duplicate),
        cmocka_unit_test(test_early_by_octets),
        cmocka_unit_test(test_last_resorts),
        cmocka_unit_test(test_rescue_has_the_last_octet),
        cmocka_unit_test(test_no_second_copy_at_once),
        cmocka_unit_test(test_timeout_forgets),
        cmocka_unit_test(test_reneging),
        cmocka_unit_test(test_lies),
        cmocka_unit_test(test_many_holes),
        cmocka_unit_test(test_newreno),
        cmocka_unit_test(test_limited_transmit_needs_news),
        cmocka_unit_test(test_every_combination),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
