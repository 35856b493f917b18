/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.10.7: single segments against single connections, state by state. */
#include "tester.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct tester t;
static const struct tcpref_config *const ref = &tcpref_rfc9293;

static void test_closed(void **state)
{
    (void)state;
    t_host(&t, ref);
    t.port = 81;
    assert_int_equal(t_in(&t, RST, 5, 0, 0, 0), TCPREF_V_DROP_RST);
    t_silent(&t);
    assert_int_equal(t_in(&t, SYN | FIN, 5, 0, 3, 0), TCPREF_V_RESET_NO_CONN);
    t_expect(&t, RST | ACK, 0, 5 + 5, 0);
    assert_int_equal(t_in(&t, ACK, 5, 77, 3, 0), TCPREF_V_RESET_NO_CONN);
    t_expect(&t, RST, 77, 0, 0);
    t_silent(&t);
    t_free(&t);
}

static void test_listen(void **state)
{
    (void)state;
    t_host(&t, ref);
    assert_int_equal(t_in(&t, RST | SYN, 0, 0, 0, 0), TCPREF_V_DROP_RST);
    assert_int_equal(t_in(&t, FIN, 0, 0, 0, 0), TCPREF_V_DROP_LISTEN);
    t_silent(&t);
    assert_int_equal(t_in(&t, SYN | ACK, 0, 9, 0, 0), TCPREF_V_RESET_BAD_ACK);
    t_expect(&t, RST, 9, 0, 0);
    assert_int_equal(t_in(&t, SYN, 0, 0, 0, 1000), TCPREF_V_NEW_CONNECTION);
    t_expect(&t, SYN | ACK, 0, 1, 0);
    assert_true(t.got.has_mss && t.got.mss == 1460);
    assert_false(t.got.has_ts || t.got.has_wscale);
    t_free(&t);
}

static void test_syn_sent(void **state)
{
    tcpref_addr to = pair_addr(1, 4);
    (void)state;
    t_host(&t, ref);
    t.port = 3000;
    assert_int_equal(tcpref_connect(t.host, NULL, 3000, &to, 5000, &t.conn), TCPREF_OK);
    t_expect(&t, SYN, 0, 0, 0);
    assert_true(t.got.has_ts && t.got.has_wscale && t.got.mss == 1460);
    assert_int_equal(t_in(&t, ACK, 0, 0, 0, 0), TCPREF_V_RESET_BAD_ACK);
    t_expect(&t, RST, 0, 0, 0);
    assert_int_equal(t_in(&t, SYN | ACK, 0, 2, 0, 0), TCPREF_V_RESET_BAD_ACK);
    t_expect(&t, RST, 2, 0, 0);
    assert_int_equal(t_in(&t, RST | ACK, 0, 2, 0, 0), TCPREF_V_DROP_RST);
    assert_int_equal(t_in(&t, RST, 0, 0, 0, 0), TCPREF_V_DROP_RST);
    assert_int_equal(t_in(&t, ACK, 0, 1, 0, 0), TCPREF_V_DROP_NO_SYN);
    t_silent(&t);
    /* Text and FIN of the SYN,ACK are taken. */
    assert_int_equal(t_in(&t, SYN | ACK | FIN, 0, 1, 10, 500), TCPREF_V_ACCEPTED);
    assert_int_equal(t_state(&t), TCPREF_CLOSE_WAIT);
    t_expect(&t, ACK, 1, 12, 0);
    assert_int_equal(t_read(&t), 10);
    assert_int_equal(t_status(&t).snd_wnd, 500);
    t_free(&t);
}

static void test_syn_sent_refused(void **state)
{
    tcpref_addr to = pair_addr(1, 4);
    (void)state;
    t_host(&t, ref);
    t.port = 3000;
    assert_int_equal(tcpref_connect(t.host, NULL, 3000, &to, 5000, &t.conn), TCPREF_OK);
    t_expect(&t, SYN, 0, 0, 0);
    assert_int_equal(t_in(&t, RST | ACK, 999999, 1, 0, 0), TCPREF_V_RESET_BY_PEER);
    assert_int_equal(tcpref_conn_error(t.conn), TCPREF_ERR_REFUSED);
    assert_int_equal(tcpref_deadline(t.host), TCPREF_NEVER);
    t_free(&t);
}

static void test_syn_received(void **state)
{
    (void)state;
    t_host(&t, ref);
    assert_int_equal(t_in(&t, SYN, 0, 0, 0, 1000), TCPREF_V_NEW_CONNECTION);
    t_expect(&t, SYN | ACK, 0, 1, 0);
    assert_int_equal(t_in(&t, SYN, 0, 0, 0, 1000), TCPREF_V_DROP_SEQUENCE);
    t_expect(&t, ACK, 1, 1, 0);
    assert_int_equal(t_in(&t, ACK, 1, 0, 0, 0), TCPREF_V_RESET_BAD_ACK);
    t_expect(&t, RST, 0, 0, 0);
    assert_int_equal(t_in(&t, ACK, 1, 2, 0, 0), TCPREF_V_RESET_BAD_ACK);
    t_expect(&t, RST, 2, 0, 0);
    assert_int_equal(t_in(&t, RST, 2, 0, 0, 0), TCPREF_V_CHALLENGE_RST);
    t_expect(&t, ACK, 1, 1, 0);
    t_pass(&t, 1000 * TCPREF_MS);
    t_expect(&t, SYN | ACK, 0, 1, 0);
    assert_int_equal(t_in(&t, RST, 1, 0, 0, 0), TCPREF_V_BACK_TO_LISTEN);
    assert_int_equal(tcpref_host_connections(t.host), 0);
    assert_int_equal(t_in(&t, SYN, 0, 0, 0, 1000), TCPREF_V_NEW_CONNECTION);
    t_expect(&t, SYN | ACK, 0, 1, 0);
    assert_int_equal(t_in(&t, SYN, 5, 0, 0, 1000), TCPREF_V_BACK_TO_LISTEN);
    t_silent(&t);
    t_free(&t);
}

static void test_window_edges(void **state)
{
    struct tcpref_config k = *ref;
    (void)state;
    k.rcvbuf = 1000;
    t_passive(&t, &k, 5000);
    assert_int_equal(t_in(&t, ACK, 1001, 1, 1, 0), TCPREF_V_DROP_SEQUENCE);
    t_expect(&t, ACK, 1, 1, 0);
    assert_int_equal(t_in(&t, ACK, 1000, 1, 1, 5000), TCPREF_V_ACCEPTED);
    t_expect(&t, ACK, 1, 1, 0);
    /* Straddling: what lies inside is taken, the FIN beyond the edge is not. */
    assert_int_equal(t_in(&t, ACK | FIN, 1, 1, 1010, 5000), TCPREF_V_ACCEPTED);
    t_expect(&t, ACK, 1, 1001, 0);
    assert_int_equal(t.got.wnd, 0);
    assert_int_equal(t_state(&t), TCPREF_ESTABLISHED);
    /* At a zero window: text is refused, its ACK field counts; an exact RST resets. */
    t_send(&t, 10);
    t_expect(&t, ACK, 1, 1001, 10);
    assert_int_equal(t_in(&t, ACK, 1001, 11, 5, 0), TCPREF_V_REFUSED_ZERO_WINDOW);
    t_expect(&t, ACK, 11, 1001, 0);
    assert_int_equal(t_status(&t).snd_una.n, T_ISS + 11);
    assert_int_equal(t_in(&t, RST, 1002, 0, 0, 0), TCPREF_V_DROP_RST_OUTSIDE);
    assert_int_equal(t_in(&t, RST, 1001, 0, 3, 0), TCPREF_V_RESET_BY_PEER);
    assert_int_equal(tcpref_conn_error(t.conn), TCPREF_ERR_RESET);
    t_silent(&t);
    t_free(&t);
}

static void test_challenges(void **state)
{
    (void)state;
    t_passive(&t, ref, 5000);
    assert_int_equal(t_in(&t, RST, 2, 0, 0, 0), TCPREF_V_CHALLENGE_RST);
    t_expect(&t, ACK, 1, 1, 0);
    assert_int_equal(t_in(&t, RST, 0, 0, 0, 0), TCPREF_V_DROP_RST_OUTSIDE);
    t_silent(&t);
    assert_int_equal(t_in(&t, SYN, 50, 0, 0, 0), TCPREF_V_CHALLENGE_SYN);
    t_expect(&t, ACK, 1, 1, 0);
    assert_int_equal(t_in(&t, ACK, 1, 2, 4, 0), TCPREF_V_CHALLENGE_ACK);
    t_expect(&t, ACK, 1, 1, 0);
    assert_int_equal(t_in(&t, ACK, 1, (uint32_t)-6000, 0, 0), TCPREF_V_CHALLENGE_ACK);
    t_expect(&t, ACK, 1, 1, 0);
    assert_int_equal(t_in(&t, 0, 1, 0, 4, 0), TCPREF_V_DROP_NO_ACK);
    t_silent(&t);
    for (int i = 0; i < 30; i++) /* the limit */
        assert_int_equal(t_in(&t, RST, 2, 0, 0, 0), TCPREF_V_CHALLENGE_RST);
    (void)t_out(&t);
    (void)t_in(&t, RST, 2, 0, 0, 0);
    t_silent(&t);
    t_pass(&t, TCPREF_SEC);
    (void)t_in(&t, RST, 2, 0, 0, 0);
    t_expect(&t, ACK, 1, 1, 0);
    assert_int_equal(t_read(&t), 0);
    t_free(&t);
}

static void test_timestamps(void **state)
{
    (void)state;
    t_host(&t, ref);
    t.in.has_ts = true;
    t.in.tsval = 100;
    assert_int_equal(t_in(&t, SYN, 0, 0, 0, 1000), TCPREF_V_NEW_CONNECTION);
    t_expect(&t, SYN | ACK, 0, 1, 0);
    assert_true(t.got.has_ts && t.got.tsecr == 100);
    t.in.has_ts = true;
    t.in.tsval = 200;
    (void)t_in(&t, ACK, 1, 1, 0, 1000);
    assert_int_equal(tcpref_accept(t.listener, &t.conn), TCPREF_OK);
    assert_int_equal(t_in(&t, ACK, 1, 1, 5, 1000), TCPREF_V_DROP_NO_TIMESTAMP);
    t_silent(&t);
    t.in.has_ts = true;
    t.in.tsval = 199;
    assert_int_equal(t_in(&t, ACK, 1, 1, 5, 1000), TCPREF_V_DROP_PAWS);
    t_expect(&t, ACK, 1, 1, 0);
    assert_true(t.got.has_ts && t.got.tsecr == 200);
    /* Out of order: TSecr stays that of the segment that moved the edge. */
    t.in.has_ts = true;
    t.in.tsval = 300;
    assert_int_equal(t_in(&t, ACK, 11, 1, 5, 1000), TCPREF_V_ACCEPTED);
    t_expect(&t, ACK, 1, 1, 0);
    assert_int_equal(t.got.tsecr, 200);
    /* After 24 days TS.Recent is not to be compared with. */
    t_pass(&t, 25 * 24 * 3600 * TCPREF_SEC);
    t.in.has_ts = true;
    t.in.tsval = 7;
    assert_int_equal(t_in(&t, ACK, 1, 1, 10, 1000), TCPREF_V_ACCEPTED);
    t_expect(&t, ACK, 1, 16, 0);
    assert_int_equal(t.got.tsecr, 7);
    assert_int_equal(t_in(&t, RST, 16, 0, 0, 0), TCPREF_V_RESET_BY_PEER);
    t_free(&t);
}

static void test_reassembly(void **state)
{
    (void)state;
    t_passive(&t, ref, 5000);
    (void)t_in(&t, ACK | FIN, 31, 1, 10, 0);
    t_expect(&t, ACK, 1, 1, 0);
    (void)t_in(&t, ACK, 11, 1, 10, 0);
    t_expect(&t, ACK, 1, 1, 0);
    (void)t_in(&t, ACK, 1, 1, 10, 0);
    t_expect(&t, ACK, 1, 21, 0);
    (void)t_in(&t, ACK, 15, 1, 16, 0);
    t_expect(&t, ACK, 1, 42, 0);
    assert_int_equal(t_state(&t), TCPREF_CLOSE_WAIT);
    assert_int_equal(t_read(&t), 40);
    t_free(&t);
}

static void test_no_effect_of_old_acks(void **state)
{
    (void)state;
    t_passive(&t, ref, 5000);
    t_send(&t, 3000);
    t_expect(&t, ACK, 1, 1, 1000);
    t_expect(&t, ACK, 1001, 1, 1000);
    t_expect(&t, ACK, 2001, 1, 1000);
    (void)t_in(&t, ACK, 1, 1001, 0, 2000);
    assert_int_equal(t_status(&t).snd_wnd, 2000);
    /* Older by its ACK, or by its SEQ: the window stays. */
    (void)t_in(&t, ACK, 1, 1, 0, 9000);
    assert_int_equal(t_status(&t).snd_wnd, 2000);
    /* An ACK that is taken without its window must not move the edge (C42). */
    (void)t_in(&t, ACK, 101, 1001, 10, 2500);
    t_expect(&t, ACK, 3001, 1, 0);
    assert_int_equal(t_status(&t).snd_wnd, 2500);
    (void)t_in(&t, ACK, 1, 2001, 0, 4000);
    assert_int_equal(t_status(&t).snd_wnd, 1500);
    t_free(&t);
}

static void test_bad_packets(void **state)
{
    uint8_t p[60] = {0x45, 0, 0, 40, 0, 0, 0x20, 0, 64, 6, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1};
    enum tcpref_verdict v;
    struct tcpref_config k = *ref;
    (void)state;
    k.verify_checksums = false;
    t_host(&t, &k);
    tcpref_input(t.host, p, 40, t.now, &v);
    assert_int_equal(v, TCPREF_V_DROP_FRAGMENT);
    p[6] = 0;
    tcpref_input(t.host, p, 39, t.now, &v);
    assert_int_equal(v, TCPREF_V_DROP_SHORT);
    tcpref_input(t.host, p, 40, t.now, &v);
    assert_int_equal(v, TCPREF_V_DROP_OFFSET);
    p[32] = 0x50;
    tcpref_input(t.host, p, 40, t.now, &v);
    assert_int_equal(v, TCPREF_V_DROP_PORT);
    p[21] = p[23] = 80;
    p[33] = SYN;
    p[19] = 255; /* the directed broadcast */
    tcpref_input(t.host, p, 40, t.now, &v);
    assert_int_equal(v, TCPREF_V_DROP_NOT_UNICAST);
    p[19] = 9;
    tcpref_input(t.host, p, 40, t.now, &v);
    assert_int_equal(v, TCPREF_V_DROP_NOT_OURS);
    t_silent(&t);
    t_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closed),       cmocka_unit_test(test_listen),
        cmocka_unit_test(test_syn_sent),     cmocka_unit_test(test_syn_sent_refused),
        cmocka_unit_test(test_syn_received), cmocka_unit_test(test_window_edges),
        cmocka_unit_test(test_challenges),   cmocka_unit_test(test_timestamps),
        cmocka_unit_test(test_reassembly),   cmocka_unit_test(test_no_effect_of_old_acks),
        cmocka_unit_test(test_bad_packets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
