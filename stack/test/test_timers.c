/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.8 and 3.10.8: what happens when, to the nanosecond. */
#include "tcb.h"
#include "tester.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct tester t;
static const struct tcpref_config *const ref = &tcpref_rfc9293;

/* Nothing until `span` has passed, and then something. */
static void due_after(tcpref_ns span)
{
    assert_int_equal(tcpref_deadline(t.host), t.now + span);
    t_pass(&t, span - 1);
    t_silent(&t);
    t_pass(&t, 1);
}

static void test_syn_backs_off(void **state)
{
    tcpref_addr to = pair_addr(1, 4);
    (void)state;
    t_host(&t, ref);
    t.port = 3000;
    assert_int_equal(tcpref_connect(t.host, NULL, 3000, &to, 5000, &t.conn), TCPREF_OK);
    t_expect(&t, SYN, 0, 0, 0);
    for (unsigned s = 1; s <= 4; s *= 2) {
        due_after(s * TCPREF_SEC);
        t_expect(&t, SYN, 0, 0, 0);
    }
    /* The SYN was lost: RTO 3 s, one segment (RFC 6298, 5.7; RFC 5681, 3.1). */
    (void)t_in(&t, SYN | ACK, 0, 1, 0, 60000);
    t_expect(&t, ACK, 1, 1, 0);
    t_send(&t, 2000);
    t_expect(&t, ACK, 1, 1, 536);
    t_silent(&t);
    due_after(3 * TCPREF_SEC);
    t_expect(&t, ACK, 1, 1, 536);
    t_free(&t);
}

static void test_data_backs_off_and_recovers(void **state)
{
    (void)state;
    t_passive(&t, ref, 60000);
    t_send(&t, 3000);
    for (uint32_t at = 1; at <= 2001; at += 1000)
        t_expect(&t, ACK, at, 1, 1000);
    due_after(1 * TCPREF_SEC);
    t_expect(&t, ACK, 1, 1, 1000);
    t_silent(&t);
    due_after(2 * TCPREF_SEC);
    t_expect(&t, ACK, 1, 1, 1000);
    /* One acknowledged: slow start goes on with the rest; Karn keeps the back-off. */
    (void)t_in(&t, ACK, 1, 1001, 0, 60000);
    t_expect(&t, ACK, 1001, 1, 1000);
    t_expect(&t, ACK, 2001, 1, 1000);
    t_silent(&t);
    assert_int_equal(t_status(&t).rto, 4 * TCPREF_SEC);
    (void)t_in(&t, ACK, 1, 3001, 0, 60000);
    assert_int_equal(tcpref_deadline(t.host), TCPREF_NEVER);
    t_free(&t);
}

/* RFC 6298, 3: what was sent again cannot be timed, but what goes after it can; the back-off ends.
 */
static void test_timed_after_a_timeout(void **state)
{
    (void)state;
    t_passive(&t, ref, 60000);
    t_send(&t, 100);
    t_expect(&t, ACK, 1, 1, 100);
    due_after(1 * TCPREF_SEC);
    t_expect(&t, ACK, 1, 1, 100);
    assert_int_equal(t_status(&t).rto, 2 * TCPREF_SEC);
    assert_int_equal(tcpref_set(t.conn, TCPREF_OPT_NODELAY, 1), TCPREF_OK);
    t_send(&t, 100);
    t_expect(&t, ACK, 101, 1, 100);
    t_pass(&t, 10 * TCPREF_MS);
    assert_int_equal(t_in(&t, ACK, 1, 201, 0, 60000), TCPREF_V_ACCEPTED);
    assert_int_equal(t_status(&t).rto, 1 * TCPREF_SEC);
    t_free(&t);
}

/* What is compared now and then follows SND.UNA, or it would look ahead again after 2^31 octets. */
static void test_numbers_keep_up(void **state)
{
    (void)state;
    t_passive(&t, ref, 60000);
    for (uint32_t at = 1; at < 5000; at += 1000) {
        t_send(&t, 1000);
        t_expect(&t, ACK, at, 1, 1000);
        if (at == 1) { /* lost once */
            due_after(1 * TCPREF_SEC);
            t_expect(&t, ACK, 1, 1, 1000);
        }
        (void)t_in(&t, ACK, 1, at + 1000, 0, 60000);
        assert_int_equal(t.conn->rtx.end.n, t.conn->snd.una.n);
        assert_int_equal(t.conn->rtx.next.n, t.conn->snd.una.n);
        assert_int_equal(t.conn->snd.up.n, t.conn->snd.una.n);
        assert_true(seq_leq(seq_sub(t.conn->snd.una, 1), t.conn->cc.recover));
    }
    t_free(&t);
}

static void test_fast_retransmit(void **state)
{
    struct tcpref_config k = *ref;
    (void)state;
    k.initial_window = 8;
    t_passive(&t, &k, 60000);
    t_send(&t, 10000);
    for (uint32_t at = 1; at <= 7001; at += 1000)
        t_expect(&t, ACK, at, 1, 1000);
    (void)t_in(&t, ACK, 1, 1001, 0, 60000);
    t_expect(&t, ACK, 8001, 1, 1000);
    t_expect(&t, ACK, 9001, 1, 1000);
    (void)t_in(&t, ACK, 1, 1001, 0, 60000);
    (void)t_in(&t, ACK, 1, 1001, 0, 60000);
    t_silent(&t);
    (void)t_in(&t, ACK, 1, 1001, 0, 60000);
    t_expect(&t, ACK, 1001, 1, 1000);
    t_silent(&t);
    /* A partial ACK: the next hole at once (RFC 6582, 3.2, step 3). */
    (void)t_in(&t, ACK, 1, 4001, 0, 60000);
    t_expect(&t, ACK, 4001, 1, 1000);
    t_silent(&t);
    (void)t_in(&t, ACK, 1, 10001, 0, 60000);
    assert_int_equal(t_status(&t).cwnd, 2000);
    t_free(&t);
}

static void test_delayed_ack(void **state)
{
    (void)state;
    t_passive(&t, ref, 60000);
    (void)t_in(&t, ACK, 1, 1, 1000, 60000);
    due_after(200 * TCPREF_MS);
    t_expect(&t, ACK, 1, 1001, 0);
    (void)t_in(&t, ACK, 1001, 1, 1000, 60000);
    t_silent(&t);
    (void)t_in(&t, ACK, 2001, 1, 1000, 60000);
    t_expect(&t, ACK, 1, 3001, 0);
    (void)t_in(&t, ACK, 3001, 1, 10, 60000);
    t_silent(&t);
    t_send(&t, 10); /* piggybacked */
    t_expect(&t, ACK, 1, 3011, 10);
    t_silent(&t);
    t_free(&t);
}

static void test_nagle(void **state)
{
    (void)state;
    t_passive(&t, ref, 60000);
    t_send(&t, 10);
    t_expect(&t, ACK, 1, 1, 10);
    t_send(&t, 20);
    t_send(&t, 30);
    t_silent(&t);
    (void)t_in(&t, ACK, 1, 11, 0, 60000);
    t_expect(&t, ACK, 11, 1, 50);
    assert_int_equal(t.got.flags & PSH, PSH);
    assert_int_equal(tcpref_set(t.conn, TCPREF_OPT_NODELAY, 1), TCPREF_OK);
    t_send(&t, 20);
    t_expect(&t, ACK, 61, 1, 20);
    t_free(&t);
}

static void test_probes(void **state)
{
    (void)state;
    t_passive(&t, ref, 2000);
    t_send(&t, 3000);
    t_expect(&t, ACK, 1, 1, 1000);
    t_expect(&t, ACK, 1001, 1, 1000);
    (void)t_in(&t, ACK, 1, 2001, 0, 0);
    for (unsigned s = 1; s <= 32; s *= 2) {
        due_after(s * TCPREF_SEC);
        t_expect(&t, ACK, 2000, 1, 0);
        (void)t_in(&t, ACK, 1, 2001, 0, 0);
    }
    /* A window smaller than what waits: the override timer sends what fits (3.8.6.2.1). */
    (void)t_in(&t, ACK, 1, 2001, 0, 300);
    due_after(ref->sws_override);
    t_expect(&t, ACK, 2001, 1, 300);
    (void)t_in(&t, ACK, 1, 2301, 0, 5000);
    t_expect(&t, ACK, 2301, 1, 700);
    t_free(&t);
}

static void test_shrunken_window(void **state)
{
    (void)state;
    t_passive(&t, ref, 3000);
    t_send(&t, 6000);
    for (uint32_t at = 1; at <= 2001; at += 1000)
        t_expect(&t, ACK, at, 1, 1000);
    (void)t_in(&t, ACK, 1, 1001, 0, 500);
    t_silent(&t);
    assert_int_equal(t_status(&t).snd_wnd, 500);
    due_after(1 * TCPREF_SEC);
    t_expect(&t, ACK, 1001, 1, 1000); /* the first repeat as it was */
    due_after(2 * TCPREF_SEC);
    t_expect(&t, ACK, 1001, 1, 500); /* later ones within the window */
    (void)t_in(&t, ACK, 1, 1501, 0, 0);
    t_pass(&t, 4 * TCPREF_SEC);
    t_expect(&t, ACK, 1501, 1, 1000);
    t_silent(&t);
    t_free(&t);
}

static void test_user_timeout(void **state)
{
    (void)state;
    t_passive(&t, ref, 3000);
    assert_int_equal(tcpref_set(t.conn, TCPREF_OPT_USER_TIMEOUT, 5 * TCPREF_SEC), TCPREF_OK);
    t_send(&t, 10);
    t_expect(&t, ACK, 1, 1, 10);
    t_pass(&t, 5 * TCPREF_SEC - 1);
    assert_int_equal(t_state(&t), TCPREF_ESTABLISHED);
    t_pass(&t, 1);
    assert_int_equal(tcpref_conn_error(t.conn), TCPREF_ERR_TIMED_OUT);
    t_free(&t);
}

static void test_keepalive(void **state)
{
    (void)state;
    t_passive(&t, ref, 3000);
    assert_int_equal(tcpref_deadline(t.host), TCPREF_NEVER);
    assert_int_equal(tcpref_set(t.conn, TCPREF_OPT_KEEPALIVE, 1), TCPREF_OK);
    assert_int_equal(tcpref_set(t.conn, TCPREF_OPT_KEEPALIVE_COUNT, 2), TCPREF_OK);
    due_after(ref->keepalive_idle);
    t_expect(&t, ACK, 0, 1, 0);
    (void)t_in(&t, ACK, 1, 1, 0, 3000);
    t_pass(&t, ref->keepalive_interval);
    t_silent(&t);
    t_pass(&t, ref->keepalive_idle);
    t_expect(&t, ACK, 0, 1, 0);
    due_after(ref->keepalive_interval);
    t_expect(&t, ACK, 0, 1, 0);
    t_pass(&t, ref->keepalive_interval);
    assert_int_equal(tcpref_conn_error(t.conn), TCPREF_ERR_TIMED_OUT);
    t_free(&t);
}

static void test_time_wait(void **state)
{
    (void)state;
    t_passive(&t, ref, 3000);
    assert_int_equal(tcpref_shutdown(t.conn), TCPREF_OK);
    t_expect(&t, FIN | ACK, 1, 1, 0);
    (void)t_in(&t, ACK, 1, 2, 0, 3000);
    assert_int_equal(t_state(&t), TCPREF_FIN_WAIT_2);
    (void)t_in(&t, FIN | ACK, 1, 2, 0, 3000);
    t_expect(&t, ACK, 2, 2, 0);
    assert_int_equal(t_state(&t), TCPREF_TIME_WAIT);
    t_pass(&t, 100 * TCPREF_SEC);
    (void)t_in(&t, FIN | ACK, 1, 2, 0, 3000);
    t_expect(&t, ACK, 2, 2, 0);
    t_pass(&t, 2 * ref->msl - 1);
    assert_int_equal(t_state(&t), TCPREF_TIME_WAIT);
    t_pass(&t, 1);
    assert_int_equal(t_state(&t), TCPREF_CLOSED);
    assert_int_equal(tcpref_conn_error(t.conn), TCPREF_OK);
    t_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_syn_backs_off),
        cmocka_unit_test(test_data_backs_off_and_recovers),
        cmocka_unit_test(test_timed_after_a_timeout),
        cmocka_unit_test(test_numbers_keep_up),
        cmocka_unit_test(test_fast_retransmit),
        cmocka_unit_test(test_delayed_ack),
        cmocka_unit_test(test_nagle),
        cmocka_unit_test(test_probes),
        cmocka_unit_test(test_shrunken_window),
        cmocka_unit_test(test_user_timeout),
        cmocka_unit_test(test_keepalive),
        cmocka_unit_test(test_time_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
