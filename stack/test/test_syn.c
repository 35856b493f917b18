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

/* RFC 2018, 3: it is not beyond a hole, so no SACK block names it. */
static void test_text_on_syn_is_not_sacked(void **state)
{
    (void)state;
    t_host(&t, ref);
    t.in.has_sack_ok = true;
    assert_int_equal(t_in(&t, SYN, 0, 0, 10, 1000), TCPREF_V_NEW_CONNECTION);
    t_expect(&t, SYN | ACK, 0, 1, 0);
    assert_true(t.got.has_sack_ok);
    assert_int_equal(t_in(&t, ACK, 90000, 1, 0, 1000), TCPREF_V_DROP_SEQUENCE);
    t_expect(&t, ACK, 1, 1, 0);
    assert_int_equal(t.got.sacks, 0);
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

/* A peer of its own at each port. */
static enum tcpref_verdict from_port(uint16_t port, uint8_t flags, uint32_t len)
{
    uint8_t packet[200] = {0};
    enum tcpref_verdict v;
    struct segment s = {.tuple = {pair_addr(1, 4), pair_addr(0, 4), 0, 80}, .flags = flags};
    s.tuple.local_port = port;
    s.tuple.remote_port = 80;
    s.ttl = 64;
    s.len = len;
    s.wnd = 1000;
    s.seq.n = flags & SYN ? T_IRS : T_IRS + 1;
    s.ack.n = T_ISS + 1;
    tcpref_input(t.host, packet, wire_emit(&s, packet), t.now, &v);
    return v;
}

/* RFC 4987, 3.4: memory stays bounded, the oldest goes, and who answers soon gets through. */
static void test_flood_of_syns(void **state)
{
    struct tcpref_config k = *ref;
    (void)state;
    k.half_open = 100;
    t_host(&t, &k);
    size_t most = 0;
    for (uint16_t port = 1; port < 60000; port++) {
        assert_int_equal(from_port(port, SYN, port % 2 ? 10 : 0), TCPREF_V_NEW_CONNECTION);
        while (t_out(&t))
            assert_int_equal(t.got.flags, SYN | ACK);
        most = t.mem.allocations > most ? t.mem.allocations : most;
    }
    assert_int_equal(tcpref_host_connections(t.host), 100);
    assert_in_range(most, 100, 100 + k.syn_texts + 3);
    assert_int_equal(from_port(59000, ACK, 0), TCPREF_V_RESET_BAD_ACK); /* long gone */
    assert_int_equal(from_port(59900, ACK, 0), TCPREF_V_ACCEPTED);
    assert_int_equal(from_port(59990, ACK, 10), TCPREF_V_ACCEPTED);
    assert_int_equal(tcpref_listener_waiting(t.listener), 2);
    assert_int_equal(tcpref_accept(t.listener, &t.conn), TCPREF_OK);
    assert_int_equal(t_status(&t).remote_port, 59900);
    t_free(&t);
}

static void test_backlog_of_those_through(void **state)
{
    (void)state;
    t_host(&t, ref);
    for (uint16_t port = 1; port <= 3; port++) {
        assert_int_equal(from_port(port, SYN, 0), TCPREF_V_NEW_CONNECTION);
        assert_true(t_out(&t));
        assert_int_equal(from_port(port, ACK, 0), TCPREF_V_ACCEPTED);
    }
    assert_int_equal(from_port(4, SYN, 0), TCPREF_V_DROP_BACKLOG);
    assert_int_equal(tcpref_accept(t.listener, &t.conn), TCPREF_OK);
    assert_int_equal(from_port(4, SYN, 0), TCPREF_V_NEW_CONNECTION);
    t_free(&t);
}

static void test_connections_are_bounded(void **state)
{
    struct tcpref_config k = *ref;
    tcpref_addr to = pair_addr(1, 4);
    tcpref_conn *c;
    (void)state;
    k.connections = 2;
    t_host(&t, &k);
    assert_int_equal(tcpref_connect(t.host, NULL, 0, &to, 5000, &t.conn), TCPREF_OK);
    assert_int_equal(from_port(1, SYN, 0), TCPREF_V_NEW_CONNECTION);
    assert_int_equal(tcpref_connect(t.host, NULL, 0, &to, 5001, &c), TCPREF_ERR_NO_MEMORY);
    assert_int_equal(from_port(2, SYN, 0), TCPREF_V_NEW_CONNECTION); /* in place of the first */
    assert_int_equal(tcpref_host_connections(t.host), 2);
    t_free(&t);
}

/* One octet in each segment, every second one missing: so many holes and no more. */
static void test_flood_of_holes(void **state)
{
    size_t before;
    (void)state;
    t_passive(&t, ref, 60000);
    assert_int_equal(t_in(&t, ACK, 3, 1, 1, 60000), TCPREF_V_ACCEPTED);
    before = t.mem.allocations;
    unsigned kept = 0;
    for (uint32_t seq = 5; seq < 40000; seq += 2) {
        enum tcpref_verdict v = t_in(&t, ACK, seq, 1, 1, 60000);
        kept += v == TCPREF_V_ACCEPTED;
        while (t_out(&t))
            assert_int_equal(t.got.ack.n, 1);
    }
    assert_in_range(kept, 8, 256);
    assert_int_equal(t.mem.allocations, before);
    for (uint32_t seq = 1; seq < 40000; seq++) /* and all of it in order */
        (void)t_in(&t, ACK, seq, 1, 1, 60000);
    assert_int_equal(t_read(&t), 39999);
    assert_int_equal(t.mem.allocations, before);
    t_free(&t);
}

/* TXT-3.9.1.1-1. */
static void test_listener_for_one_peer(void **state)
{
    tcpref_addr peer = pair_addr(1, 4), other = pair_addr(2, 4), none = {0};
    (void)state;
    t_host(&t, ref);
    assert_int_equal(tcpref_listener_only(t.listener, &none, 0), TCPREF_ERR_INVALID);
    assert_int_equal(tcpref_listener_only(t.listener, &other, 0), TCPREF_OK);
    assert_int_equal(from_port(7, SYN, 0), TCPREF_V_RESET_NO_CONN);
    assert_int_equal(tcpref_listener_only(t.listener, &peer, 8), TCPREF_OK);
    assert_int_equal(from_port(7, SYN, 0), TCPREF_V_RESET_NO_CONN);
    assert_int_equal(from_port(8, SYN, 0), TCPREF_V_NEW_CONNECTION);
    assert_int_equal(tcpref_listener_only(t.listener, NULL, 8), TCPREF_OK);
    assert_int_equal(from_port(7, SYN, 0), TCPREF_V_NEW_CONNECTION);
    t_free(&t);
}

/* RFC 6056: unpredictable, spread, and off the ports that are served. */
static void test_ephemeral_ports(void **state)
{
    struct tcpref_config k = *ref;
    tcpref_addr to = pair_addr(1, 4);
    struct tcpref_status s;
    unsigned seen[8] = {0};
    tcpref_conn *c;
    (void)state;
    k.port_lo = 78;
    k.port_hi = 82;
    t_host(&t, &k); /* listens on 80 */
    for (int i = 0; i < 4; i++) {
        assert_int_equal(tcpref_connect(t.host, NULL, 0, &to, 5000, &c), TCPREF_OK);
        tcpref_get_status(c, &s);
        seen[s.local_port - 78]++;
    }
    assert_int_equal(tcpref_connect(t.host, NULL, 0, &to, 5000, &c), TCPREF_ERR_NOT_AVAILABLE);
    assert_int_equal(seen[2], 0);
    assert_int_equal(seen[0] * seen[1] * seen[3] * seen[4], 1);
    assert_int_equal(tcpref_connect(t.host, NULL, 0, &to, 5001, &c), TCPREF_OK);
    t_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_and_fin_on_syn_wait),
        cmocka_unit_test(test_text_on_crossing_syn_waits),
        cmocka_unit_test(test_text_on_syn_is_not_sacked),
        cmocka_unit_test(test_text_on_syn_beyond_the_buffer),
        cmocka_unit_test(test_flood_of_syns),
        cmocka_unit_test(test_backlog_of_those_through),
        cmocka_unit_test(test_connections_are_bounded),
        cmocka_unit_test(test_flood_of_holes),
        cmocka_unit_test(test_listener_for_one_peer),
        cmocka_unit_test(test_ephemeral_ports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
