/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.9.1 and 3.10.1 to 3.10.6: the user's calls, state by state. */
#include "tester.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct tester t;
static const struct tcpref_config *const ref = &tcpref_rfc9293;

static void test_open_errors(void **state)
{
    tcpref_addr to = pair_addr(1, 4), many = {4, {224, 0, 0, 1}}, none = {0};
    tcpref_conn *c = NULL;
    tcpref_listener *l = NULL;
    (void)state;
    t_host(&t, ref);
    assert_int_equal(tcpref_connect(t.host, NULL, 0, &to, 0, &c), TCPREF_ERR_INVALID);
    assert_int_equal(tcpref_connect(t.host, NULL, 0, &none, 9, &c), TCPREF_ERR_INVALID);
    assert_int_equal(tcpref_connect(t.host, NULL, 0, &many, 9, &c), TCPREF_ERR_UNREACHABLE);
    assert_int_equal(tcpref_connect(t.host, &to, 0, &to, 9, &c), TCPREF_ERR_NOT_AVAILABLE);
    assert_null(c);
    assert_int_equal(tcpref_connect(t.host, NULL, 80, &to, 9, &c), TCPREF_OK); /* MUST-42 */
    assert_int_equal(tcpref_connect(t.host, NULL, 80, &to, 9, &c), TCPREF_ERR_IN_USE);
    assert_int_equal(tcpref_listen(t.host, NULL, 80, 1, &l), TCPREF_ERR_IN_USE);
    assert_int_equal(tcpref_listen(t.host, NULL, 0, 1, &l), TCPREF_ERR_INVALID);
    assert_int_equal(tcpref_listen(t.host, &to, 9, 1, &l), TCPREF_ERR_NOT_AVAILABLE);
    t_free(&t);
}

static void test_backlog_and_close_of_listener(void **state)
{
    (void)state;
    struct tcpref_config k = *ref;
    k.half_open = 3;
    t_host(&t, &k);
    for (uint16_t port = 0; port < 4; port++) {
        uint8_t packet[100];
        enum tcpref_verdict v;
        struct segment syn = {.tuple = {pair_addr(1, 4), pair_addr(0, 4), 0, 80}, .flags = SYN};
        syn.tuple.local_port = (uint16_t)(6000 + port);
        syn.ttl = 1;
        tcpref_input(t.host, packet, wire_emit(&syn, packet), t.now, &v);
        assert_int_equal(v, TCPREF_V_NEW_CONNECTION); /* the fourth in place of the first */
    }
    assert_int_equal(tcpref_listener_waiting(t.listener), 0);
    while (t_out(&t))
        assert_int_equal(t.got.flags, SYN | ACK);
    tcpref_listener_close(t.listener);
    for (int i = 0; i < 3; i++) {
        assert_true(t_out(&t));
        assert_int_equal(t.got.flags, RST);
    }
    assert_int_equal(tcpref_host_connections(t.host), 0);
    t_free(&t);
}

static void test_send_and_shutdown(void **state)
{
    size_t n = 99;
    (void)state;
    t_passive(&t, ref, 60000);
    assert_int_equal(tcpref_set(t.conn, TCPREF_OPT_SNDBUF, 10), TCPREF_OK);
    assert_int_equal(tcpref_send(t.conn, "0123456789abc", 13, &n), TCPREF_OK);
    assert_int_equal(n, 10);
    assert_int_equal(tcpref_send(t.conn, "x", 1, &n), TCPREF_ERR_WOULD_BLOCK);
    assert_int_equal(tcpref_ready(t.conn), 0);
    assert_int_equal(tcpref_shutdown(t.conn), TCPREF_OK);
    assert_int_equal(tcpref_shutdown(t.conn), TCPREF_ERR_CLOSING);
    assert_int_equal(tcpref_send(t.conn, "x", 1, &n), TCPREF_ERR_CLOSING);
    t_expect(&t, ACK | FIN, 1, 1, 10);
    assert_int_equal(memcmp(t.text, "0123456789", 10), 0);
    (void)t_in(&t, ACK, 1, 6, 0, 60000);
    assert_int_equal(tcpref_octets_acked(t.conn), 5);
    /* Half-closed: the other direction goes on. */
    (void)t_in(&t, ACK, 1, 12, 4, 60000);
    assert_int_equal(t_state(&t), TCPREF_FIN_WAIT_2);
    assert_int_equal(tcpref_ready(t.conn), TCPREF_READY_READ);
    assert_int_equal(t_read(&t), 4);
    (void)t_in(&t, ACK | FIN, 5, 12, 0, 60000);
    assert_int_equal(tcpref_ready(t.conn), TCPREF_READY_READ | TCPREF_READY_EOF);
    assert_int_equal(tcpref_recv(t.conn, &n, 1, &n), TCPREF_OK);
    assert_int_equal(n, 0);
    t_free(&t);
}

static void test_close_with_unread_text(void **state)
{
    (void)state;
    t_passive(&t, ref, 60000);
    (void)t_in(&t, ACK, 1, 1, 4, 60000);
    assert_int_equal(tcpref_close(t.conn), TCPREF_OK);
    t_expect(&t, RST, 1, 0, 0);
    assert_int_equal(t_state(&t), TCPREF_CLOSED);
    assert_int_equal(tcpref_close(t.conn), TCPREF_ERR_CLOSING);
    t_free(&t);
}

static void test_text_after_close(void **state)
{
    (void)state;
    t_passive(&t, ref, 60000);
    assert_int_equal(tcpref_close(t.conn), TCPREF_OK);
    t_expect(&t, ACK | FIN, 1, 1, 0);
    (void)t_in(&t, ACK, 1, 2, 0, 60000);
    assert_int_equal(tcpref_deadline(t.host), t.now + ref->fin_wait_2);
    assert_int_equal(t_in(&t, ACK, 1, 2, 4, 60000), TCPREF_V_RESET_SENT);
    t_expect(&t, RST, 2, 0, 0);
    t_silent(&t);
    t_free(&t);
}

static void test_abort(void **state)
{
    tcpref_addr to = pair_addr(1, 4);
    size_t n;
    (void)state;
    t_passive(&t, ref, 60000);
    t_send(&t, 30);
    assert_int_equal(tcpref_abort(t.conn), TCPREF_OK);
    t_expect(&t, RST, 1, 0, 0);
    t_silent(&t);
    assert_int_equal(tcpref_recv(t.conn, &n, 1, &n), TCPREF_ERR_ABORTED);
    assert_int_equal(tcpref_abort(t.conn), TCPREF_ERR_ABORTED);
    tcpref_release(t.conn);
    /* In SYN-SENT nothing is sent. */
    assert_int_equal(tcpref_connect(t.host, NULL, 0, &to, 9, &t.conn), TCPREF_OK);
    assert_true(t_out(&t));
    assert_int_equal(tcpref_abort(t.conn), TCPREF_OK);
    t_silent(&t);
    t_free(&t);
}

/* ABORT has no RST for LAST-ACK; but a FIN that only waits leaves the peer as in CLOSE-WAIT. */
static void test_abort_before_the_fin(void **state)
{
    (void)state;
    t_passive(&t, ref, 10);
    t_send(&t, 30);
    t_expect(&t, ACK, 1, 1, 10);
    (void)t_in(&t, ACK | FIN, 1, 1, 0, 10);
    t_expect(&t, ACK, 11, 2, 0);
    assert_int_equal(tcpref_shutdown(t.conn), TCPREF_OK);
    assert_int_equal(tcpref_abort(t.conn), TCPREF_OK);
    t_expect(&t, RST, 11, 0, 0);
    t_free(&t);
}

/* SHLD-3: a close that means ABORT tells what it loses in CLOSING too. */
static void test_linger_0_with_unread_text(void **state)
{
    (void)state;
    for (int unread = 0; unread <= 4; unread += 4) {
        t_passive(&t, ref, 60000);
        assert_int_equal(tcpref_set(t.conn, TCPREF_OPT_LINGER_0, 1), TCPREF_OK);
        assert_int_equal(tcpref_shutdown(t.conn), TCPREF_OK);
        t_expect(&t, ACK | FIN, 1, 1, 0);
        (void)t_in(&t, ACK | FIN, 1, 1, (uint32_t)unread, 60000);
        t_expect(&t, ACK, 2, 2 + (uint32_t)unread, 0);
        assert_int_equal(t_state(&t), TCPREF_CLOSING);
        assert_int_equal(tcpref_close(t.conn), TCPREF_OK);
        if (unread > 0)
            t_expect(&t, RST, 2, 0, 0);
        t_silent(&t);
        assert_int_equal(t_state(&t), TCPREF_CLOSED);
        t_free(&t);
    }
}

static void test_release_without_owner(void **state)
{
    (void)state;
    t_passive(&t, ref, 60000);
    tcpref_release(t.conn);
    t_expect(&t, ACK | FIN, 1, 1, 0);
    (void)t_in(&t, ACK | FIN, 1, 2, 0, 60000);
    t_expect(&t, ACK, 2, 2, 0);
    t_pass(&t, 2 * ref->msl);
    assert_int_equal(tcpref_host_connections(t.host), 0);
    assert_int_equal(t.mem.allocations, 2); /* host and listener */
    t_free(&t);
}

/* They may go in any order; what is set on one is checked at once. */
static void test_two_listeners(void **state)
{
    tcpref_listener *other;
    uint64_t most = UINT64_C(1) << 30;
    (void)state;
    t_host(&t, ref);
    assert_int_equal(tcpref_listen(t.host, NULL, 81, 1, &other), TCPREF_OK);
    assert_int_equal(tcpref_listener_set(other, TCPREF_OPT_RCVBUF, 0), TCPREF_ERR_INVALID);
    assert_int_equal(tcpref_listener_set(other, TCPREF_OPT_RCVBUF, most + 1), TCPREF_ERR_INVALID);
    assert_int_equal(tcpref_listener_set(other, TCPREF_OPT_RCVBUF, 5000), TCPREF_OK);
    tcpref_listener_close(t.listener); /* the older one */
    assert_int_equal(t_in(&t, SYN, 0, 0, 0, 1000), TCPREF_V_RESET_NO_CONN);
    t.port = 81;
    assert_true(t_out(&t));
    assert_int_equal(t_in(&t, SYN, 0, 0, 0, 1000), TCPREF_V_NEW_CONNECTION);
    assert_true(t_out(&t));
    assert_int_equal(t.got.wnd, 5000);
    tcpref_listener_close(other);
    t_free(&t);
}

static void test_urgent(void **state)
{
    uint8_t buf[20];
    size_t n;
    (void)state;
    t_passive(&t, ref, 60000);
    t.in.up = 8;
    (void)t_in(&t, ACK | URG, 1, 1, 10, 60000);
    assert_int_equal(tcpref_urgent_count(t.conn), 1);
    assert_int_equal(tcpref_urgent_left(t.conn), 8);
    assert_int_equal(tcpref_ready(t.conn) & TCPREF_READY_URGENT, TCPREF_READY_URGENT);
    t.in.up = 1;
    (void)t_in(&t, ACK | URG, 1, 1, 10, 60000); /* again, and never back */
    assert_int_equal(tcpref_urgent_count(t.conn), 1);
    assert_int_equal(tcpref_recv(t.conn, buf, sizeof(buf), &n), TCPREF_OK);
    assert_int_equal(n, 7);
    assert_true(tcpref_at_mark(t.conn));
    assert_int_equal(tcpref_recv(t.conn, buf, sizeof(buf), &n), TCPREF_OK);
    assert_int_equal(n, 3);
    assert_int_equal(tcpref_urgent_left(t.conn), 0);
    assert_int_equal(tcpref_ready(t.conn) & TCPREF_READY_URGENT, 0);
    assert_int_equal(tcpref_send_urgent(t.conn, "abc", 3, &n), TCPREF_OK);
    assert_true(t_out(&t)); /* the answer to the repeated text rides on it */
    assert_int_equal(t.got.flags, ACK | URG | PSH);
    assert_int_equal(t.got.up, 3);
    t_free(&t);
}

static void test_reopen_from_time_wait(void **state)
{
    (void)state;
    t_passive(&t, ref, 60000);
    assert_int_equal(tcpref_shutdown(t.conn), TCPREF_OK);
    t_expect(&t, FIN | ACK, 1, 1, 0);
    (void)t_in(&t, ACK | FIN, 1, 2, 0, 60000);
    t_expect(&t, ACK, 2, 2, 0);
    assert_int_equal(t_state(&t), TCPREF_TIME_WAIT);
    assert_int_equal(t_in(&t, SYN, 1, 0, 0, 60000), TCPREF_V_DROP_SEQUENCE);
    t_expect(&t, ACK, 2, 2, 0);
    assert_int_equal(t_in(&t, SYN, 3, 0, 0, 60000), TCPREF_V_REOPENED);
    assert_true(t_out(&t));
    assert_int_equal(t.got.flags, SYN | ACK);
    assert_int_equal(t_state(&t), TCPREF_CLOSED);
    t_free(&t);
}

/* 100-octet segments into a buffer nobody reads: the window is taken back, and what was in it
 * counts. */
static void test_retraction(void **state)
{
    uint32_t at = 1;
    (void)state;
    t_passive(&t, &tcpref_squeezed, 60000);
    while (t_status(&t).rcv_nxt.n == T_IRS + at) {
        (void)t_in(&t, ACK, at, 1, 100, 60000);
        while (t_out(&t))
            ;
        at += 100;
    }
    struct tcpref_status s = t_status(&t);
    assert_int_equal(s.rcv_wnd, 0);
    assert_true((int32_t)(s.rcv_max.n - (T_IRS + at)) > 10000);
    t_send(&t, 500);
    t_expect(&t, ACK, 1, s.rcv_nxt.n - T_IRS, 500);
    /* The peer's SND.NXT lies in the old window: a pure ACK from there counts. */
    assert_int_equal(t_in(&t, ACK, at, 501, 0, 60000), TCPREF_V_ACCEPTED);
    assert_int_equal(t_status(&t).snd_una.n - T_ISS, 501);
    t_silent(&t);
    assert_int_equal(t_in(&t, ACK, at - 100, 501, 100, 60000), TCPREF_V_REFUSED_MEMORY);
    t_expect(&t, ACK, 501, at - 100, 0);
    assert_int_equal(t_read(&t), at - 101);
    t_expect(&t, ACK, 501, at - 100, 0);
    assert_true(t.got.wnd > 0);
    assert_int_equal(t_in(&t, ACK, at - 100, 501, 100, 60000), TCPREF_V_ACCEPTED);
    t_free(&t);
}

static void test_options(void **state)
{
    uint64_t v;
    (void)state;
    t_passive(&t, ref, 60000);
    for (int option = 0; option < TCPREF_OPT_MAX; option++) {
        assert_int_equal(tcpref_set(t.conn, (enum tcpref_option)option, UINT64_MAX),
                         TCPREF_ERR_INVALID);
        assert_int_equal(tcpref_set(t.conn, (enum tcpref_option)option, 1),
                         option == TCPREF_OPT_KEEPALIVE_IDLE || option == TCPREF_OPT_MAXSEG ||
                                 option == TCPREF_OPT_USER_TIMEOUT_OPTION ||
                                 option == TCPREF_OPT_KEEPALIVE_INTERVAL
                             ? TCPREF_ERR_INVALID
                             : TCPREF_OK);
        assert_int_equal(tcpref_get(t.conn, (enum tcpref_option)option, &v), TCPREF_OK);
    }
    assert_int_equal(tcpref_get(t.conn, TCPREF_OPT_MAX, &v), TCPREF_ERR_INVALID);
    t_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open_errors),
        cmocka_unit_test(test_backlog_and_close_of_listener),
        cmocka_unit_test(test_send_and_shutdown),
        cmocka_unit_test(test_close_with_unread_text),
        cmocka_unit_test(test_text_after_close),
        cmocka_unit_test(test_abort),
        cmocka_unit_test(test_abort_before_the_fin),
        cmocka_unit_test(test_linger_0_with_unread_text),
        cmocka_unit_test(test_release_without_owner),
        cmocka_unit_test(test_two_listeners),
        cmocka_unit_test(test_urgent),
        cmocka_unit_test(test_reopen_from_time_wait),
        cmocka_unit_test(test_retraction),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
