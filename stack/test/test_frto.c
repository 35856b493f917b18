/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 5682, 2.1: after a timeout new text asks whether it was spurious. */
#include "tester.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct tester t;

/* Four segments are in flight, all of them timed out, the first was sent again; `more` waits. */
static void timed_out(size_t more, bool sack)
{
    if (sack)
        t_passive_sack(&t, &tcpref_rfc9293, 60000);
    else
        t_passive(&t, &tcpref_rfc9293, 60000);
    t_send(&t, 4000 + more);
    for (uint32_t i = 0; i < 4; i++)
        t_expect(&t, ACK, 1 + 1000 * i, 1, 1000);
    t_pass(&t, TCPREF_SEC);
    t_expect(&t, ACK, 1, 1, 1000);
    t_silent(&t);
}

static void ack(uint32_t number)
{
    t_in(&t, ACK, 1, number, 0, 60000);
}

/* Steps 2b and 3b: the originals were only late. Nothing but the first went twice. */
static void test_spurious(void **state)
{
    (void)state;
    for (int sack = 0; sack < 2; sack++) {
        timed_out(5000, sack);
        ack(1001);
        t_expect(&t, ACK, 4001, 1, 1000);
        t_expect(&t, ACK, 5001, 1, 1000);
        t_silent(&t);
        ack(2001);
        assert_int_equal(t_status(&t).ssthresh, 1 << 30);
        assert_in_range(t_status(&t).cwnd, 2000, 6000);
        ack(6001);
        while (t_out(&t))
            assert_in_range(t.got.seq.n, 6001, 9001);
        ack(9001);
        assert_int_equal(t_status(&t).retransmitted, 1);
        t_free(&t);
    }
}

/* Step 3a: a duplicate says that the rest is lost. */
static void test_true_loss_later(void **state)
{
    (void)state;
    timed_out(5000, false);
    ack(1001);
    t_expect(&t, ACK, 4001, 1, 1000);
    t_expect(&t, ACK, 5001, 1, 1000);
    ack(1001);
    assert_int_equal(t_status(&t).cwnd, 3000);
    t_expect(&t, ACK, 1001, 1, 1000);
    ack(1001);
    t_silent(&t); /* the pipe holds it and the two new ones */
    ack(2001);
    t_expect(&t, ACK, 2001, 1, 1000);
    t_free(&t);
}

/* Step 2a: a duplicate, a part of what went again, or all there was: the usual way. */
static void test_conventional(void **state)
{
    (void)state;
    timed_out(5000, false);
    ack(1);
    ack(1001);
    t_expect(&t, ACK, 1001, 1, 1000);
    t_expect(&t, ACK, 2001, 1, 1000);
    t_free(&t);
    timed_out(5000, false);
    ack(501);
    t_expect(&t, ACK, 1001, 1, 1000); /* what the timeout sent ended there */
    t_free(&t);
    timed_out(5000, false);
    ack(4001);
    t_expect(&t, ACK, 4001, 1, 1000);
    t_expect(&t, ACK, 5001, 1, 1000);
    t_silent(&t);
    t_free(&t);
}

/* Nothing to ask with, or no window for it (2.1, step 2b): the usual way. */
static void test_nothing_to_ask_with(void **state)
{
    (void)state;
    timed_out(0, false);
    ack(1001);
    t_expect(&t, ACK, 1001, 1, 1000);
    t_expect(&t, ACK, 2001, 1, 1000);
    t_free(&t);
    timed_out(5000, false);
    t_in(&t, ACK, 1, 1001, 0, 3000);
    t_expect(&t, ACK, 1001, 1, 1000);
    t_free(&t);
}

/* A second timeout in a row is past asking; off by config it never asks. */
static void test_not_twice(void **state)
{
    struct tcpref_config off = tcpref_rfc9293;
    (void)state;
    timed_out(5000, false);
    t_pass(&t, 2 * TCPREF_SEC);
    t_expect(&t, ACK, 1, 1, 1000);
    ack(1001);
    t_expect(&t, ACK, 1001, 1, 1000);
    t_free(&t);
    off.frto = false;
    t_passive(&t, &off, 60000);
    t_send(&t, 6000);
    while (t_out(&t)) {
    }
    t_pass(&t, TCPREF_SEC);
    t_expect(&t, ACK, 1, 1, 1000);
    ack(1001);
    t_expect(&t, ACK, 1001, 1, 1000);
    t_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spurious),     cmocka_unit_test(test_true_loss_later),
        cmocka_unit_test(test_conventional), cmocka_unit_test(test_nothing_to_ask_with),
        cmocka_unit_test(test_not_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
