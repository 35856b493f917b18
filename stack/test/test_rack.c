/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 8985: loss by time, the reordering window, the tail loss probe. */
#include "rack.h"
#include "tester.h"

#include "host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct tester t;

#define RTT (100 * TCPREF_MS)

static void ack(uint32_t number)
{
    t_in(&t, ACK, 1, number, 0, 60000);
}

static void sack(uint32_t number, uint32_t lo, uint32_t hi)
{
    t_sacks(&t, lo, hi);
    ack(number);
}

static void expect(uint32_t seq)
{
    t_expect(&t, ACK, seq, 1, 1000);
}

/* One segment came and went in 100 ms; then `count` are sent 1 ms apart, from 1001 on, and most of
 * a round trip has passed since. */
static void in_flight(unsigned count)
{
    struct tcpref_config k = tcpref_rack;
    k.initial_window = 10;
    k.nodelay = true;
    t_passive_sack(&t, &k, 60000);
    t_send(&t, 1000);
    expect(1);
    t_pass(&t, RTT);
    ack(1001);
    t.conn->rtx.srtt = RTT; /* the handshake took no time */
    for (unsigned i = 0; i < count; i++) {
        t_send(&t, 1000);
        expect(1001 + 1000 * i);
        t_pass(&t, TCPREF_MS);
    }
    t_pass(&t, RTT - count * TCPREF_MS);
    t_silent(&t);
}

/* 6.2, step 5: without reordering seen one later delivery waits for a quarter of the least round
 * trip; three segments end the waiting. */
static void test_waits_then_marks(void **state)
{
    (void)state;
    in_flight(5);
    sack(1001, 2001, 3001);
    t_silent(&t);
    t_pass(&t, 20 * TCPREF_MS);
    t_silent(&t);
    t_pass(&t, 6 * TCPREF_MS);
    expect(1001);
    t_silent(&t);
    t_free(&t);
    in_flight(5);
    t_pass(&t, TCPREF_MS);
    sack(1001, 2001, 5001);
    expect(1001);
    t_silent(&t); /* nothing later than the last was delivered */
    assert_int_equal(t_status(&t).ssthresh, 2500);
    t_free(&t);
}

/* Reordering within the window costs nothing, and is remembered. */
static void test_reordering(void **state)
{
    (void)state;
    in_flight(6);
    sack(1001, 2001, 3001);
    t_pass(&t, 10 * TCPREF_MS);
    ack(3001);
    t_pass(&t, TCPREF_MS);
    assert_true(t.conn->rack->reordering);
    sack(3001, 4001, 7001); /* three at once do not end the waiting any more */
    t_silent(&t);
    ack(7001);
    t_silent(&t);
    assert_int_equal(t_status(&t).retransmitted, 0);
    t_free(&t);
}

/* Step 4: a duplicate reported widens the window, once a round trip; the bound is SRTT. */
static void test_dsack_widens(void **state)
{
    (void)state;
    in_flight(6);
    sack(2001, 1, 1001);
    assert_int_equal(t.conn->rack->mult, 2);
    sack(2001, 1, 1001);
    assert_int_equal(t.conn->rack->mult, 2);
    t_sacks(&t, 4001, 4501);
    sack(2001, 4001, 5001); /* above the ACK: inside the second block */
    assert_int_equal(t.conn->rack->mult, 2);
    ack(7001);
    sack(7001, 2001, 3001);
    assert_int_equal(t.conn->rack->mult, 3);
    t_free(&t);
}

/* A retransmission that is lost too is found without a timeout, and cuts the window again. */
static void test_lost_retransmission(void **state)
{
    (void)state;
    in_flight(8);
    t_pass(&t, TCPREF_MS);
    t_send(&t, 8000);
    while (t_out(&t)) {
    }
    sack(1001, 2001, 5001);
    expect(1001);
    uint32_t cut = t_status(&t).ssthresh;
    t_pass(&t, RTT + 2 * TCPREF_MS);
    while (t_out(&t)) {
    }
    sack(1001, 5001, 9001); /* sent before the retransmission: says nothing of it */
    uint32_t next = 0;
    while (t_out(&t))
        next = t.got.seq.n + t.got.len;
    assert_true(next > 9001);
    t_pass(&t, RTT + 2 * TCPREF_MS);
    sack(1001, 9001, next);
    expect(1001);
    assert_true(t_status(&t).ssthresh < cut);
    assert_int_equal(t_status(&t).timeouts, 0);
    t_free(&t);
}

/* 7: the tail is lost. The probe repeats the last segment, its report shows the hole. */
static void test_probe_of_the_tail(void **state)
{
    (void)state;
    in_flight(3);
    t_pass(&t, 97 * TCPREF_MS); /* two round trips after the last sending, but for 1 ms and more */
    t_silent(&t);
    t_pass(&t, 8 * TCPREF_MS);
    expect(3001);
    t_silent(&t);
    t_pass(&t, RTT);
    sack(1001, 3001, 4001);
    t_pass(&t, RTT);
    expect(1001);
    expect(2001);
    t_free(&t);
}

/* 7.3: the probe has the last octet, though SACK blocks of our own make it smaller by now. */
static void test_probe_has_the_last_octet(void **state)
{
    (void)state;
    in_flight(2);
    t_in(&t, ACK, 2, 1001, 1, 60000);
    t_expect(&t, ACK, 3001, 1, 0);
    t_pass(&t, 2 * RTT);
    t_expect(&t, ACK, 2013, 1, 988);
    t_silent(&t);
    t_free(&t);
}

/* 7.3: new text goes first; one probe only until an ACK has come. */
static void test_probe_with_new_text(void **state)
{
    (void)state;
    struct tcpref_config k = tcpref_rack;
    t_passive_sack(&t, &k, 60000);
    t_send(&t, 1000);
    expect(1);
    t_pass(&t, RTT);
    ack(1001);
    t.conn->rtx.srtt = RTT; /* the handshake took no time */
    t.conn->cc.cwnd = 2000;
    t_send(&t, 5000);
    expect(1001);
    expect(2001);
    t_silent(&t);
    t_pass(&t, 2 * RTT + TCPREF_MS);
    expect(3001); /* beyond cwnd */
    t_silent(&t);
    t_pass(&t, 5 * RTT);
    t_silent(&t);
    t_pass(&t, 10 * RTT);
    expect(1001); /* the timeout */
    t_free(&t);
}

/* 7.4: the probe alone arrived: one loss, one cut. It and the original: none. */
static void test_what_the_probe_showed(void **state)
{
    (void)state;
    for (int both = 0; both < 2; both++) {
        in_flight(1);
        t_pass(&t, 400 * TCPREF_MS);
        expect(1001);
        uint32_t before = t_status(&t).ssthresh;
        ack(2001);
        if (both)
            sack(2001, 1001, 2001);
        t_send(&t, 1000);
        expect(2001);
        ack(3001);
        assert_int_equal(t_status(&t).ssthresh == before, both);
        t_free(&t);
    }
}

/* 7.1: a recovery that begins meanwhile has cut the window already. */
static void test_recovery_ends_the_probe(void **state)
{
    (void)state;
    in_flight(3);
    t_pass(&t, 105 * TCPREF_MS);
    expect(3001);
    t_pass(&t, RTT);
    sack(1001, 3001, 4001);
    t_pass(&t, RTT);
    expect(1001);
    expect(2001);
    uint32_t once = t_status(&t).ssthresh;
    t_send(&t, 1000);
    ack(4001);
    expect(4001);
    ack(5001);
    assert_int_equal(t_status(&t).ssthresh, once);
    t_free(&t);
}

/* 6.3: after a timeout the first goes; and what was reported and is at SND.UNA is not relied on. */
static void test_timeout_and_reneging(void **state)
{
    (void)state;
    in_flight(4);
    t_pass(&t, TCPREF_MS);
    sack(1001, 2001, 5001);
    expect(1001);
    ack(2001); /* and no more: the rest was given up */
    expect(2001);
    expect(3001);
    t_silent(&t);
    t_pass(&t, 2 * TCPREF_SEC);
    expect(2001);
    t_silent(&t);
    ack(3001);
    expect(3001);
    expect(4001);
    ack(5001);
    t_silent(&t);
    t_free(&t);
}

/* More runs than are told apart: everything goes through in the end. */
static void test_many_runs(void **state)
{
    struct tcpref_config k = tcpref_rack;
    (void)state;
    k.cc = TCPREF_CC_NONE;
    k.nodelay = true;
    t_passive_sack(&t, &k, 60000);
    for (uint32_t i = 0; i < 400; i++) {
        t_send(&t, 10);
        t_expect(&t, ACK, 1 + 10 * i, 1, 10);
        t_pass(&t, TCPREF_MS / 10);
    }
    for (uint32_t i = 0; i < 200; i++)
        sack(1, 11 + 20 * i, 21 + 20 * i);
    t_pass(&t, RTT);
    uint32_t packets = 0;
    while (t_out(&t))
        packets++;
    assert_in_range(packets, 60, 300);
    ack(4001);
    t_silent(&t);
    assert_int_equal(t.conn->rack->runs, 0);
    t_free(&t);
}

/* Without memory for the record RFC 6675 does it. */
static void test_no_memory(void **state)
{
    (void)state;
    struct tcpref_config k = tcpref_rack;
    k.initial_window = 10;
    t_passive_sack(&t, &k, 60000);
    t_send(&t, 8000);
    t.mem.fail_after = 0;
    for (uint32_t i = 0; i < 8; i++)
        expect(1 + 1000 * i);
    t.mem.fail_after = -1;
    assert_null(t.conn->rack);
    sack(1, 1001, 5001);
    expect(1);
    t_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_waits_then_marks),
        cmocka_unit_test(test_reordering),
        cmocka_unit_test(test_dsack_widens),
        cmocka_unit_test(test_lost_retransmission),
        cmocka_unit_test(test_probe_of_the_tail),
        cmocka_unit_test(test_probe_has_the_last_octet),
        cmocka_unit_test(test_probe_with_new_text),
        cmocka_unit_test(test_what_the_probe_showed),
        cmocka_unit_test(test_recovery_ends_the_probe),
        cmocka_unit_test(test_timeout_and_reneging),
        cmocka_unit_test(test_many_runs),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
