/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 5482: the user timeout option; RFC 9293, 3.8.4: keep-alives; RFC 1337. */
#include "tester.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct tester t;
static const struct tcpref_config *const ref = &tcpref_rfc9293;

static void passive_with(tcpref_ns adv, bool peer, uint16_t remote)
{
    struct tcpref_config k = *ref;
    k.user_timeout_option = adv;
    t_host(&t, &k);
    assert_int_equal(t_in(&t, SYN, 0, 0, 0, 60000), TCPREF_V_NEW_CONNECTION);
    t_expect(&t, SYN | ACK, 0, 1, 0);
    t.in.has_uto = peer;
    t.in.uto = remote;
    assert_int_equal(t_in(&t, ACK, 1, 1, 0, 60000), TCPREF_V_ACCEPTED);
    assert_int_equal(tcpref_accept(t.listener, &t.conn), TCPREF_OK);
}

static tcpref_ns dies_after(void)
{
    tcpref_ns from = t.now;
    t_send(&t, 100);
    while (t_state(&t) != TCPREF_CLOSED) {
        while (t_out(&t))
            ;
        t_pass(&t, TCPREF_SEC);
    }
    assert_int_equal(tcpref_conn_error(t.conn), TCPREF_ERR_TIMED_OUT);
    tcpref_ns span = t.now - from;
    t_free(&t);
    return span / TCPREF_SEC;
}

/* 3.1: USER_TIMEOUT = min(U_LIMIT, max(ADV_UTO, REMOTE_UTO, L_LIMIT)). */
static void test_adopted(void **state)
{
    (void)state;
    passive_with(200 * TCPREF_SEC, true, 600);
    assert_int_equal(t_status(&t).user_timeout, 600 * TCPREF_SEC);
    assert_int_equal(dies_after(), 600);
    passive_with(200 * TCPREF_SEC, true, 0x8000 | 3);
    assert_int_equal(dies_after(), 200);
    passive_with(TCPREF_SEC, true, 10);
    assert_int_equal(dies_after(), 100);
    passive_with(200 * TCPREF_SEC, true, 0xffff);
    assert_int_equal(t_status(&t).user_timeout, 3600 * TCPREF_SEC);
    t_free(&t);
    passive_with(200 * TCPREF_SEC, true, 0x8000); /* reserved */
    assert_int_equal(t_status(&t).user_timeout, 0);
    t_free(&t);
    passive_with(0, true, 600); /* not asked for */
    assert_int_equal(t_status(&t).user_timeout, 0);
    t_silent(&t);
    t_free(&t);
}

/* 3: what the user has set no peer changes; the user is told. */
static void test_not_changeable(void **state)
{
    struct tcpref_soft soft;
    (void)state;
    passive_with(200 * TCPREF_SEC, false, 0);
    assert_int_equal(tcpref_set(t.conn, TCPREF_OPT_USER_TIMEOUT, 150 * TCPREF_SEC), TCPREF_OK);
    t.in.has_uto = true;
    t.in.uto = 600;
    assert_int_equal(t_in(&t, ACK, 1, 1, 10, 60000), TCPREF_V_ACCEPTED);
    tcpref_soft_error(t.conn, &soft);
    assert_int_equal(soft.kind, TCPREF_SOFT_USER_TIMEOUT);
    assert_int_equal(soft.user_timeout, 600 * TCPREF_SEC);
    assert_int_equal(dies_after(), 150);
}

/* 3, 3.3, 3.4: where the option goes and how it counts. */
static void test_sent(void **state)
{
    struct tcpref_config k = *ref;
    tcpref_addr to = pair_addr(1, 4);
    (void)state;
    k.user_timeout_option = 300 * TCPREF_SEC;
    t_host(&t, &k);
    t.port = 3000;
    assert_int_equal(tcpref_connect(t.host, NULL, 3000, &to, 5000, &t.conn), TCPREF_OK);
    t_expect(&t, SYN, 0, 0, 0);
    assert_true(t.got.has_uto && t.got.uto == 300);
    t_pass(&t, TCPREF_SEC);
    t_expect(&t, SYN, 0, 0, 0);
    assert_false(t.got.has_uto); /* it may be what the path does not bear */
    assert_int_equal(t_in(&t, SYN | ACK, 0, 1, 0, 60000), TCPREF_V_ACCEPTED);
    t_expect(&t, ACK, 1, 1, 0);
    assert_true(t.got.has_uto);
    t_send(&t, 536);
    t_expect(&t, ACK, 1, 1, 536);
    assert_false(t.got.has_uto);
    assert_int_equal(t_in(&t, ACK, 1, 537, 0, 60000), TCPREF_V_ACCEPTED);
    assert_int_equal(
        tcpref_set(t.conn, TCPREF_OPT_USER_TIMEOUT_OPTION, (tcpref_ns)40000 * TCPREF_SEC),
        TCPREF_OK);
    t_send(&t, 536);
    t_expect(&t, ACK, 537, 1, 532);
    assert_true(t.got.has_uto && t.got.uto == (0x8000 | 666));
    t_free(&t);
}

/* MUST-26, MUST-29, SHLD-12; RFC 5482, 4.2: later than a user timeout that was adopted. */
static void test_keepalive_after_user_timeout(void **state)
{
    (void)state;
    passive_with(200 * TCPREF_SEC, true, 600);
    while (t_out(&t))
        ;
    assert_int_equal(tcpref_set(t.conn, TCPREF_OPT_KEEPALIVE_IDLE, 10 * TCPREF_SEC), TCPREF_OK);
    assert_int_equal(tcpref_set(t.conn, TCPREF_OPT_KEEPALIVE_INTERVAL, TCPREF_SEC), TCPREF_OK);
    assert_int_equal(tcpref_set(t.conn, TCPREF_OPT_KEEPALIVE, 1), TCPREF_OK);
    t_pass(&t, 600 * TCPREF_SEC);
    t_silent(&t);
    t_pass(&t, TCPREF_SEC);
    t_expect(&t, ACK, 0, 1, 0);
    t_pass(&t, TCPREF_SEC);
    t_expect(&t, ACK, 0, 1, 0);
    assert_int_equal(t_in(&t, ACK, 1, 1, 0, 60000), TCPREF_V_ACCEPTED); /* and again nine */
    for (int i = 0; i < 9; i++) {
        t_pass(&t, i ? TCPREF_SEC : 601 * TCPREF_SEC);
        t_expect(&t, ACK, 0, 1, 0);
    }
    t_pass(&t, TCPREF_SEC);
    assert_int_equal(tcpref_conn_error(t.conn), TCPREF_ERR_TIMED_OUT);
    t_free(&t);
}

static void test_rst_in_time_wait(void **state)
{
    struct tcpref_config k = *ref;
    (void)state;
    k.rfc1337 = true;
    t_passive(&t, &k, 5000);
    assert_int_equal(tcpref_shutdown(t.conn), TCPREF_OK);
    t_expect(&t, FIN | ACK, 1, 1, 0);
    assert_int_equal(t_in(&t, FIN | ACK, 1, 2, 0, 5000), TCPREF_V_ACCEPTED);
    t_expect(&t, ACK, 2, 2, 0);
    assert_int_equal(t_state(&t), TCPREF_TIME_WAIT);
    assert_int_equal(t_in(&t, RST, 2, 0, 0, 0), TCPREF_V_DROP_RST_TIME_WAIT);
    assert_int_equal(t_state(&t), TCPREF_TIME_WAIT);
    t_silent(&t);
    t_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adopted),
        cmocka_unit_test(test_not_changeable),
        cmocka_unit_test(test_sent),
        cmocka_unit_test(test_keepalive_after_user_timeout),
        cmocka_unit_test(test_rst_in_time_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
