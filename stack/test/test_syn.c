/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.5 and 3.10.7.2: what comes on a SYN, and floods of SYNs. */
#include "tester.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct tester t;
static const struct tcpref_config *const ref = &tcpref_rfc9293;

/* SEG-LISTEN-6, SEG-LISTEN-7, TXT-3.5-1. */
static void test_text_and_fin_on_syn_wait(void **state)
{
    (void)state;
    t_host(&t, ref);
    assert_int_equal(t_in(&t, SYN | FIN, 0, 0, 10, 1000), TCPREF_V_NEW_CONNECTION);
    t_expect(&t, SYN | ACK, 0, 1, 0);
    assert_int_equal(tcpref_accept(t.listener, &t.conn), TCPREF_ERR_WOULD_BLOCK);
    assert_int_equal(t_in(&t, ACK, 1, 1, 0, 1000), TCPREF_V_ACCEPTED);
    t_expect(&t, ACK, 1, 12, 0);
    assert_int_equal(tcpref_accept(t.listener, &t.conn), TCPREF_OK);
    assert_int_equal(t_state(&t), TCPREF_CLOSE_WAIT);
    assert_int_equal(t_read(&t), 10);
    t_free(&t);
}

/* SEG-SYN-SENT-17. */
static void test_text_on_crossing_syn_waits(void **state)
{
    tcpref_addr to = pair_addr(1, 4);
    (void)state;
    t_host(&t, ref);
    t.port = 3000;
    assert_int_equal(tcpref_connect(t.host, NULL, 3000, &to, 5000, &t.conn), TCPREF_OK);
    t_expect(&t, SYN, 0, 0, 0);
    t.in.up = 4;
    assert_int_equal(t_in(&t, SYN | URG, 0, 0, 10, 1000), TCPREF_V_ACCEPTED);
    t_expect(&t, SYN | ACK, 0, 1, 0);
    assert_int_equal(t_read(&t), 0);
    assert_int_equal(tcpref_urgent_count(t.conn), 1);
    assert_int_equal(t_in(&t, SYN | ACK, 0, 1, 10, 1000), TCPREF_V_ACCEPTED);
    t_expect(&t, ACK, 1, 11, 0);
    assert_int_equal(t_state(&t), TCPREF_ESTABLISHED);
    assert_int_equal(t_read(&t), 10);
    t_free(&t);
}

/* What the window of our own SYN,ACK does not cover comes again. */
static void test_text_on_syn_beyond_the_buffer(void **state)
{
    struct tcpref_config k = *ref;
    (void)state;
    k.rcvbuf = 100;
    t_host(&t, &k);
    assert_int_equal(t_in(&t, SYN | FIN, 0, 0, 150, 1000), TCPREF_V_NEW_CONNECTION);
    t_expect(&t, SYN | ACK, 0, 1, 0);
    assert_int_equal(t_in(&t, ACK, 1, 1, 0, 1000), TCPREF_V_ACCEPTED);
    t_expect(&t, ACK, 1, 101, 0);
    assert_int_equal(tcpref_accept(t.listener, &t.conn), TCPREF_OK);
    assert_int_equal(t_state(&t), TCPREF_ESTABLISHED);
    assert_int_equal(t_read(&t), 100);
    t_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_and_fin_on_syn_wait),
        cmocka_unit_test(test_text_on_crossing_syn_waits),
        cmocka_unit_test(test_text_on_syn_beyond_the_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
