/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 3168, 6.1: agreeing, marking, echoing, reacting. */
#include "tester.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct tester t;

static struct tcpref_config with_ecn(void)
{
    struct tcpref_config k = tcpref_rfc9293;
    k.ecn = true;
    k.nodelay = true;
    k.initial_window = 10;
    return k;
}

static void syn(uint8_t flags)
{
    t.in.has_mss = true;
    t.in.mss = 1000;
    t_in(&t, flags, 0, flags & ACK ? 1 : 0, 0, 60000);
}

static void passive_with(const struct tcpref_config *k)
{
    t_host(&t, k);
    syn(SYN | ECE | CWR);
    t_expect(&t, SYN | ACK | ECE, 0, 1, 0);
    assert_int_equal(t.got.ecn, ECN_NOT);
    t_in(&t, ACK, 1, 1, 0, 60000);
    assert_int_equal(tcpref_accept(t.listener, &t.conn), TCPREF_OK);
}

static void passive(void)
{
    struct tcpref_config k = with_ecn();
    passive_with(&k);
}

/* 6.1.1: every SYN that does not ask rightly is answered without. */
static void test_passive_agreement(void **state)
{
    static const uint8_t asked[] = {0, ECE, CWR};
    struct tcpref_config k = with_ecn();
    (void)state;
    for (size_t i = 0; i < sizeof(asked); i++) {
        t_host(&t, &k);
        syn(SYN | asked[i]);
        t_expect(&t, SYN | ACK, 0, 1, 0);
        t_free(&t);
    }
    t_host(&t, &tcpref_rfc9293);
    syn(SYN | ECE | CWR);
    t_expect(&t, SYN | ACK, 0, 1, 0);
    t_free(&t);
}

/* 6.1.1.1, 6.1.1.2: what our SYN asks, and which SYN,ACK is taken for a yes. */
static void test_active_agreement(void **state)
{
    static const uint8_t said[] = {ECE, 0, ECE | CWR, CWR};
    struct tcpref_config k = with_ecn();
    tcpref_addr to = pair_addr(1, 4);
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        t_host(&t, &k);
        t.port = 3000;
        assert_int_equal(tcpref_connect(t.host, NULL, 3000, &to, 5000, &t.conn), TCPREF_OK);
        t_expect(&t, SYN | ECE | CWR, 0, 0, 0);
        if (i == 4) { /* lost: the next goes without, and no text is marked then */
            t_pass(&t, TCPREF_SEC);
            t_expect(&t, SYN, 0, 0, 0);
        }
        syn(SYN | ACK | said[i % 4]);
        t_expect(&t, ACK, 1, 1, 0);
        assert_int_equal(t.got.ecn, ECN_NOT);
        t_send(&t, 100);
        t_expect(&t, ACK, 1, 1, 100);
        assert_int_equal(t.got.ecn, i == 0 ? ECN_ECT0 : ECN_NOT);
        t_free(&t);
    }
}

/* 6.1.4, 6.1.5: new text alone is marked. */
static void test_what_is_marked(void **state)
{
    (void)state;
    passive();
    t_send(&t, 1000);
    t_expect(&t, ACK, 1, 1, 1000);
    assert_int_equal(t.got.ecn, ECN_ECT0);
    t_in(&t, ACK, 101, 1, 10, 60000);
    t_expect(&t, ACK, 1001, 1, 0);
    assert_int_equal(t.got.ecn, ECN_NOT);
    t_pass(&t, TCPREF_SEC);
    t_expect(&t, ACK, 1, 1, 1000);
    assert_int_equal(t.got.ecn, ECN_NOT);
    t_send(&t, 1000);
    t_in(&t, ACK, 1, 1001, 0, 60000);
    t_expect(&t, ACK | CWR, 1001, 1, 1000); /* the timeout cut the window */
    t_free(&t);
}

static void text(uint32_t seq, uint8_t flags, uint8_t ecn)
{
    t.in.ecn = ecn;
    t_in(&t, ACK | flags, seq, 1, 10, 60000);
    t_pass(&t, 200 * TCPREF_MS);
}

/* 6.1.3: ECE from CE until CWR; not for what lies outside the window. */
static void test_echo(void **state)
{
    (void)state;
    passive();
    text(1, 0, ECN_ECT0);
    t_expect(&t, ACK, 1, 11, 0);
    text(1, 0, ECN_CE); /* old */
    t_expect(&t, ACK, 1, 11, 0);
    text(11, 0, ECN_CE);
    t_expect(&t, ACK | ECE, 1, 21, 0);
    text(21, 0, ECN_ECT0);
    t_expect(&t, ACK | ECE, 1, 31, 0);
    text(31, CWR, ECN_ECT0);
    t_expect(&t, ACK, 1, 41, 0);
    text(41, CWR, ECN_CE);
    t_expect(&t, ACK | ECE, 1, 51, 0);
    t_free(&t);
}

/* 6.1.6: a probe of the closed window tells of congestion though nothing of it is taken. */
static void test_marked_probe(void **state)
{
    (void)state;
    struct tcpref_config k = with_ecn();
    k.rcvbuf = 1000;
    passive_with(&k);
    t_in(&t, ACK, 1, 1, 1000, 60000);
    t_pass(&t, 200 * TCPREF_MS);
    t_expect(&t, ACK, 1, 1001, 0);
    assert_int_equal(t.got.wnd, 0);
    t.in.ecn = ECN_CE;
    assert_int_equal(t_in(&t, ACK, 1001, 1, 1, 60000), TCPREF_V_REFUSED_ZERO_WINDOW);
    t_expect(&t, ACK | ECE, 1, 1001, 0);
    t_free(&t);
}

/* 6.1.2: half, once for a window of text, told by CWR on the next new text. */
static void test_reaction(void **state)
{
    (void)state;
    passive();
    t_send(&t, 15000);
    for (uint32_t i = 0; i < 10; i++)
        t_expect(&t, ACK, 1 + 1000 * i, 1, 1000);
    t_in(&t, ACK | ECE, 1, 1001, 0, 60000);
    assert_int_equal(t_status(&t).cwnd, 5000);
    t_in(&t, ACK | ECE, 1, 4001, 0, 60000);
    assert_int_equal(t_status(&t).cwnd, 5000); /* not again, and no growth */
    t_silent(&t);
    t_in(&t, ACK | ECE, 1, 7001, 0, 60000);
    t_expect(&t, ACK | CWR, 10001, 1, 1000);
    t_expect(&t, ACK, 11001, 1, 1000);
    t_in(&t, ACK | ECE, 1, 11001, 0, 60000);
    assert_in_range(t_status(&t).cwnd, 2000, 2500);
    t_expect(&t, ACK | CWR, 12001, 1, 1000);
    t_free(&t);
}

/* With one segment as the window the timer paces. */
static void test_window_of_one(void **state)
{
    (void)state;
    passive();
    t_send(&t, 20000);
    t_send(&t, 20000);
    uint32_t end = 0;
    for (int i = 0; i < 12; i++) {
        while (t_out(&t))
            end = t.got.seq.n + t.got.len;
        t_in(&t, ACK | ECE, 1, end, 0, 60000);
        if (t_status(&t).cwnd == 1000 && !tcpref_wants_output(t.host))
            break;
    }
    assert_int_equal(t_status(&t).cwnd, 1000);
    t_silent(&t);
    t_pass(&t, 900 * TCPREF_MS);
    t_silent(&t);
    t_pass(&t, 200 * TCPREF_MS);
    t_expect(&t, ACK | CWR, end, 1, 1000);
    t_silent(&t);
    t_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_passive_agreement), cmocka_unit_test(test_active_agreement),
        cmocka_unit_test(test_what_is_marked),    cmocka_unit_test(test_echo),
        cmocka_unit_test(test_marked_probe),      cmocka_unit_test(test_reaction),
        cmocka_unit_test(test_window_of_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
