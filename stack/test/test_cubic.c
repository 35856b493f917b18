/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9438: the window over time against the curve, in floating point here. Initial windows. */
#include "cc.h"
#include "tester.h"

#include "host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct tester t;

enum { MSS = 1000 };

/* An open connection whose congestion window is driven by hand. */
static void open_with(enum tcpref_cc cc, uint32_t cwnd)
{
    struct tcpref_config k = tcpref_rfc9293;
    k.cc = cc;
    t_passive(&t, &k, 60000);
    t.conn->cc.cwnd = cwnd;
    t.conn->cc.ssthresh = 2 * MSS;
    t.conn->rtx.srtt = 100 * TCPREF_MS;
    t.conn->cc.full = true; /* the user always has more */
}

/* The peer acknowledges a window in each round trip of 100 ms, for `seconds`. */
static void run(unsigned seconds)
{
    for (unsigned trip = 0; trip < 10 * seconds; trip++) {
        t.host->now += 100 * TCPREF_MS;
        uint32_t segments = t.conn->cc.cwnd / MSS;
        for (uint32_t i = 0; i < segments; i++)
            cc_acked(t.conn, MSS);
    }
}

/* A loss with the window full. */
static void lose(void)
{
    struct tcpref_conn *c = t.conn;
    c->snd.nxt = seq_add(c->snd.una, c->cc.cwnd);
    cc_reduce(c);
    c->cc.cwnd = c->cc.ssthresh;
    c->snd.nxt = c->snd.una;
}

static void near(double is, double wanted)
{
    assert_true(is > wanted * 0.97 && is < wanted * 1.03);
}

/* W_max 200 segments: back at 140; K = cbrt(60 / 0.4) = 5.31 s; then flat, then convex. */
static void test_curve(void **state)
{
    (void)state;
    open_with(TCPREF_CC_CUBIC, 200 * MSS);
    lose();
    assert_int_equal(t.conn->cc.cwnd, 140 * MSS);
    for (unsigned s = 1; s <= 12; s++) {
        run(1);
        double d = s - 5.313;
        near(t.conn->cc.cwnd, 1000 * (200 + 0.4 * d * d * d));
    }
    t_free(&t);
}

/* 4.3: with a small window the curve is slower than Reno, which is followed. */
static void test_reno_friendly(void **state)
{
    (void)state;
    open_with(TCPREF_CC_CUBIC, 10 * MSS);
    lose();
    run(1);
    assert_in_range(t.conn->cc.cwnd, 11 * MSS, 14 * MSS); /* 7 + 10 * 9/17 and a little */
    t_free(&t);
}

/* 4.7: a second loss below the last maximum lowers the maximum further. */
static void test_fast_convergence(void **state)
{
    (void)state;
    open_with(TCPREF_CC_CUBIC, 200 * MSS);
    lose();
    lose();
    assert_int_equal(t.conn->cc.cubic.w_max, 119 * MSS);
    assert_int_equal(t.conn->cc.cwnd, 98 * MSS);
    t_free(&t);
}

/* 4.8: after a timeout the curve begins at its turning point. */
static void test_timeout(void **state)
{
    (void)state;
    open_with(TCPREF_CC_CUBIC, 100 * MSS);
    t.conn->snd.nxt = seq_add(t.conn->snd.una, 100 * MSS);
    t.conn->rtx.timeouts = 1;
    cc_timeout(t.conn);
    t.conn->snd.nxt = t.conn->snd.una;
    assert_int_equal(t.conn->cc.cwnd, MSS);
    assert_int_equal(t.conn->cc.ssthresh, 70 * MSS);
    while (t.conn->cc.cwnd < t.conn->cc.ssthresh)
        cc_acked(t.conn, MSS);
    run(1);
    assert_int_equal(t.conn->cc.cubic.k_ms, 0);
    assert_in_range(t.conn->cc.cwnd, 70 * MSS, 80 * MSS);
    t_free(&t);
}

/* 4.2: idle time is no time; and nothing overflows after a month. */
static void test_long_times(void **state)
{
    (void)state;
    open_with(TCPREF_CC_CUBIC, 200 * MSS);
    lose();
    run(1);
    uint32_t before = t.conn->cc.cwnd;
    t.conn->rtx.rto = 7200 * TCPREF_SEC;
    t.host->now += 3600 * TCPREF_SEC;
    cc_before_send(t.conn);
    cc_acked(t.conn, MSS);
    assert_in_range(t.conn->cc.cwnd, before, before + 2 * MSS);
    t.host->now += 30 * 24 * 3600 * TCPREF_SEC;
    cc_acked(t.conn, MSS);
    assert_in_range(t.conn->cc.cwnd, before, before + 2 * MSS);
    for (int i = 0; i < 100000; i++)
        cc_acked(t.conn, MSS);
    assert_in_range(t.conn->cc.cwnd, 100 * before, 1 << 30);
    t_free(&t);
}

/* 5.8, 4.2: while the user has less to send cwnd stays, and that time is none for the curve. */
static void test_little_to_send(void **state)
{
    (void)state;
    open_with(TCPREF_CC_CUBIC, 200 * MSS);
    lose();
    run(2);
    uint32_t before = t.conn->cc.cwnd;
    t.conn->cc.full = false;
    run(60);
    assert_int_equal(t.conn->cc.cwnd, before);
    t.conn->cc.full = true;
    run(1);
    double d = 3 - 5.313;
    near(t.conn->cc.cwnd, 1000 * (200 + 0.4 * d * d * d));
    t_free(&t);
    open_with(TCPREF_CC_CUBIC, MSS); /* slow start */
    t.conn->cc.full = false;
    cc_acked(t.conn, MSS);
    assert_int_equal(t.conn->cc.cwnd, MSS);
    t_free(&t);
}

/* What tells so: cwnd, the user, the peer's window, Nagle. */
static void test_what_holds_back(void **state)
{
    (void)state;
    t_passive(&t, &tcpref_cubic, 60000);
    t_send(&t, 20000);
    while (t_out(&t))
        ;
    assert_true(t.conn->cc.full);
    t_in(&t, ACK, 1, 10001, 0, 60000);
    assert_true(t.conn->cc.full);
    while (t_out(&t))
        ;
    assert_false(t.conn->cc.full);
    t_in(&t, ACK, 1, 20001, 0, 2500);
    t.conn->cc.full = true;
    t_send(&t, 2500);
    while (t_out(&t))
        ;
    assert_false(t.conn->cc.full);
    t.conn->cc.full = true;
    t_in(&t, ACK, 1, 20002, 0, 60000);
    t_send(&t, 10); /* Nagle waits */
    t_silent(&t);
    assert_false(t.conn->cc.full);
    t_free(&t);
}

/* RFC 5681, 5: it is octets that count, however many ACKs they come in. */
static void test_divided_acks(void **state)
{
    (void)state;
    open_with(TCPREF_CC_NEWRENO, 10 * MSS);
    for (unsigned i = 0; i < 99; i++)
        cc_acked(t.conn, MSS / 10);
    assert_int_equal(t.conn->cc.cwnd, 10 * MSS);
    cc_acked(t.conn, MSS / 10);
    assert_int_equal(t.conn->cc.cwnd, 11 * MSS);
    cc_acked(t.conn, 12 * MSS); /* one segment at a time, the rest is carried over */
    assert_int_equal(t.conn->cc.cwnd, 12 * MSS);
    cc_acked(t.conn, 11 * MSS);
    assert_int_equal(t.conn->cc.cwnd, 13 * MSS);
    t_free(&t);
}

static void test_reno_and_none(void **state)
{
    (void)state;
    open_with(TCPREF_CC_NEWRENO, 100 * MSS);
    lose();
    assert_int_equal(t.conn->cc.cwnd, 50 * MSS);
    run(1);
    near(t.conn->cc.cwnd, 60 * MSS);
    t_free(&t);
    open_with(TCPREF_CC_NONE, 1 << 30);
    lose();
    cc_timeout(t.conn);
    cc_acked(t.conn, 1);
    assert_int_equal(t.conn->cc.cwnd, 1 << 30);
    t_free(&t);
}

/* RFC 5681, 3.1 and RFC 6928, 2, by segment size. */
static void test_initial_windows(void **state)
{
    static const struct {
        uint8_t config;
        uint16_t mss;
        uint32_t window;
    } cases[] = {{0, 536, 4 * 536},   {0, 1095, 4 * 1095}, {0, 1096, 3 * 1096}, {0, 2190, 3 * 2190},
                 {0, 2191, 2 * 2191}, {10, 536, 5360},     {10, 1460, 14600},   {10, 1500, 14600},
                 {10, 9000, 18000},   {1, 1460, 1460}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        t_passive(&t, &tcpref_rfc9293, 60000);
        t.host->config.initial_window = cases[i].config;
        t.conn->snd.mss = cases[i].mss;
        cc_open(t.conn);
        assert_int_equal(t.conn->cc.cwnd, cases[i].window);
        t.conn->rtx.syn_timeouts = 1; /* forgiven once where it is large */
        cc_open(t.conn);
        assert_int_equal(t.conn->cc.cwnd, cases[i].config ? cases[i].window : cases[i].mss);
        t.conn->rtx.syn_timeouts = 2;
        cc_open(t.conn);
        assert_int_equal(t.conn->cc.cwnd, cases[i].mss);
        t_free(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_curve),
        cmocka_unit_test(test_reno_friendly),
        cmocka_unit_test(test_fast_convergence),
        cmocka_unit_test(test_timeout),
        cmocka_unit_test(test_long_times),
        cmocka_unit_test(test_little_to_send),
        cmocka_unit_test(test_what_holds_back),
        cmocka_unit_test(test_divided_acks),
        cmocka_unit_test(test_reno_and_none),
        cmocka_unit_test(test_initial_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
