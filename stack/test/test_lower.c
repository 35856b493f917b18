/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.9.2.2: ICMP errors; RFC 1191 and RFC 8201: path MTU; the link's MTU; MAXSEG. */
#include "icmp_packet.h"
#include "tester.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct tester t;
static const struct tcpref_config *const ref = &tcpref_rfc9293;

/* The ICMP error about a segment of the host's at `seq`, whose IP packet had `len` octets. */
static enum tcpref_verdict error(uint8_t type, uint8_t code, uint16_t mtu, uint32_t seq,
                                 uint16_t len)
{
    uint8_t p[TEST_ICMP_LEN];
    enum tcpref_verdict v;
    struct segment quoted = {.tuple = {pair_addr(0, 4), pair_addr(1, 4), t.port, 5000}};
    quoted.seq.n = T_ISS + seq;
    test_icmp(p, type, code, mtu, &quoted, len);
    tcpref_input(t.host, p, sizeof(p), t.now, &v);
    return v;
}

static struct tcpref_soft news(void)
{
    struct tcpref_soft soft;
    tcpref_soft_error(t.conn, &soft);
    return soft;
}

/* MUST-54 to MUST-56, SHLD-25; RFC 5927, 4.1, 5.2. */
static void test_errors_of_a_connection(void **state)
{
    (void)state;
    t_passive(&t, ref, 5000);
    assert_int_equal(error(3, 1, 0, 1, 40), TCPREF_V_DROP_ICMP_SEQUENCE);
    t_send(&t, 100);
    t_expect(&t, ACK, 1, 1, 100);
    assert_int_equal(error(3, 1, 0, 0, 40), TCPREF_V_DROP_ICMP_SEQUENCE);
    assert_int_equal(error(3, 1, 0, 101, 40), TCPREF_V_DROP_ICMP_SEQUENCE);
    assert_int_equal(error(4, 0, 0, 1, 40), TCPREF_V_DROP_QUENCH);
    assert_int_equal(error(8, 0, 0, 1, 40), TCPREF_V_DROP_ICMP);
    assert_false(tcpref_ready(t.conn) & TCPREF_READY_SOFT);
    for (uint8_t code = 0; code < 16; code++) {
        if (code == 4)
            continue;
        assert_int_equal(error(3, code, 0, 1, 40), TCPREF_V_ICMP_SOFT);
        assert_true(tcpref_ready(t.conn) & TCPREF_READY_SOFT);
        struct tcpref_soft soft = news();
        assert_int_equal(soft.kind, TCPREF_SOFT_ICMP);
        assert_int_equal(soft.icmp_type, 3);
        assert_int_equal(soft.icmp_code, code);
    }
    assert_int_equal(news().kind, TCPREF_SOFT_NONE);
    assert_int_equal(error(11, 0, 0, 1, 40), TCPREF_V_ICMP_SOFT);
    assert_int_equal(error(12, 0, 0, 100, 40), TCPREF_V_ICMP_SOFT);
    assert_int_equal(news().count, 17);
    assert_int_equal(tcpref_set(t.conn, TCPREF_OPT_SOFT_ERRORS, 0), TCPREF_OK); /* SHLD-20 */
    assert_int_equal(error(12, 0, 0, 100, 40), TCPREF_V_ICMP_SOFT);
    assert_int_equal(news().kind, TCPREF_SOFT_NONE);
    t.port = 79;
    assert_int_equal(error(3, 3, 0, 1, 40), TCPREF_V_DROP_ICMP_NO_CONN);
    t_silent(&t);
    assert_int_equal(t_state(&t), TCPREF_ESTABLISHED);
    t_free(&t);
}

static void test_errors_while_opening(void **state)
{
    tcpref_addr to = pair_addr(1, 4);
    (void)state;
    t_host(&t, ref);
    t.port = 3000;
    assert_int_equal(tcpref_connect(t.host, NULL, 3000, &to, 5000, &t.conn), TCPREF_OK);
    t_expect(&t, SYN, 0, 0, 0);
    assert_int_equal(error(3, 0, 0, 0, 60), TCPREF_V_ICMP_SOFT);
    assert_int_equal(t_state(&t), TCPREF_SYN_SENT);
    assert_int_equal(error(3, 4, 1000, 0, 60), TCPREF_V_DROP_TOO_BIG);
    assert_int_equal(error(3, 3, 0, 0, 60), TCPREF_V_ICMP_HARD);
    assert_int_equal(t_state(&t), TCPREF_CLOSED);
    assert_int_equal(tcpref_conn_error(t.conn), TCPREF_ERR_UNREACHABLE);
    t.port = 80;
    assert_int_equal(t_in(&t, SYN, 0, 0, 0, 1000), TCPREF_V_NEW_CONNECTION);
    t_expect(&t, SYN | ACK, 0, 1, 0);
    assert_int_equal(error(3, 2, 0, 0, 60), TCPREF_V_ICMP_HARD);
    assert_int_equal(tcpref_host_connections(t.host), 0);
    t_free(&t);
}

static void open_with_mss(const struct tcpref_config *k, uint16_t mss)
{
    t_host(&t, k);
    t.in.has_mss = true;
    t.in.mss = mss;
    assert_int_equal(t_in(&t, SYN, 0, 0, 0, 60000), TCPREF_V_NEW_CONNECTION);
    t_expect(&t, SYN | ACK, 0, 1, 0);
    assert_int_equal(t_in(&t, ACK, 1, 1, 0, 60000), TCPREF_V_ACCEPTED);
    assert_int_equal(tcpref_accept(t.listener, &t.conn), TCPREF_OK);
}

/* RFC 1191, 3, 6.4: smaller at once, one segment until it is acknowledged. */
static void test_too_big(void **state)
{
    (void)state;
    open_with_mss(ref, 1460);
    t_send(&t, 4380);
    for (uint32_t i = 0; i < 3; i++)
        t_expect(&t, ACK, 1 + i * 1460, 1, 1460);
    uint32_t cwnd = t_status(&t).cwnd;
    assert_int_equal(error(3, 4, 1500, 1, 1500), TCPREF_V_DROP_TOO_BIG);
    assert_int_equal(error(3, 4, 67, 1, 1500), TCPREF_V_DROP_TOO_BIG);
    assert_int_equal(error(3, 4, 1400, 1, 1500), TCPREF_V_TOO_BIG);
    assert_int_equal(error(3, 4, 1400, 1461, 1500), TCPREF_V_DROP_TOO_BIG);
    assert_int_equal(t_status(&t).path_mtu, 1400);
    t_expect(&t, ACK, 1, 1, 1360);
    t_silent(&t);
    assert_int_equal(t_status(&t).cwnd, cwnd / 1460 * 1360); /* RFC 5681, 3.1: as many segments */
    assert_int_equal(t_in(&t, ACK, 1, 1361, 0, 60000), TCPREF_V_ACCEPTED);
    t_expect(&t, ACK, 1361, 1, 1360);
    t_expect(&t, ACK, 2721, 1, 1360);
    t_expect(&t, ACK, 4081, 1, 300);
    t_silent(&t);
    assert_int_equal(t_in(&t, ACK, 1, 4381, 0, 60000), TCPREF_V_ACCEPTED);
    /* What has come through needs a timeout to be doubted (RFC 5927, 7.2). */
    t_send(&t, 1360);
    t_expect(&t, ACK, 4381, 1, 1360);
    assert_int_equal(error(3, 4, 600, 4381, 1400), TCPREF_V_TOO_BIG_PENDING);
    t_silent(&t);
    t_pass(&t, 2 * TCPREF_SEC);
    t_expect(&t, ACK, 4381, 1, 560);
    assert_int_equal(t_in(&t, ACK, 1, 5741, 0, 60000), TCPREF_V_ACCEPTED);
    /* In the end an increase is tried. */
    t_pass(&t, 601 * TCPREF_SEC);
    t_send(&t, 1460);
    t_expect(&t, ACK, 5741, 1, 1460);
    t_free(&t);
}

/* A pending claim is forgotten when what it quotes arrives after all; old routers name no MTU. */
static void test_too_big_disproved_and_without_mtu(void **state)
{
    (void)state;
    open_with_mss(ref, 1460);
    t_send(&t, 1460);
    t_expect(&t, ACK, 1, 1, 1460);
    assert_int_equal(t_in(&t, ACK, 1, 1461, 0, 60000), TCPREF_V_ACCEPTED);
    t_send(&t, 1460);
    t_expect(&t, ACK, 1461, 1, 1460);
    assert_int_equal(error(3, 4, 0, 1461, 1500), TCPREF_V_TOO_BIG_PENDING);
    assert_int_equal(t_in(&t, ACK, 1, 2921, 0, 60000), TCPREF_V_ACCEPTED);
    t_send(&t, 1460);
    t_expect(&t, ACK, 2921, 1, 1460);
    t_pass(&t, 2 * TCPREF_SEC);
    t_expect(&t, ACK, 2921, 1, 1460);
    uint32_t cwnd = t_status(&t).cwnd;
    assert_int_equal(error(3, 4, 0, 2921, 1500), TCPREF_V_TOO_BIG);
    assert_int_equal(t_status(&t).path_mtu, 1492);
    assert_int_equal(t_status(&t).cwnd, cwnd); /* no longer the initial one: as it was */
    t_free(&t);
}

/* Less than a segment with all its options needs: DF is left off (RFC 1191, 3). */
static void test_too_big_for_its_headers(void **state)
{
    uint8_t packet[1500];
    (void)state;
    open_with_mss(ref, 1460);
    t_send(&t, 200);
    t_expect(&t, ACK, 1, 1, 200);
    assert_int_equal(error(3, 4, 68, 1, 240), TCPREF_V_TOO_BIG);
    assert_int_equal(t_status(&t).path_mtu, 68);
    assert_int_equal(tcpref_output(t.host, packet, sizeof(packet), t.now), 104);
    assert_int_equal(packet[6], 0);
    t_free(&t);
}

/* No ICMP error about an empty segment is believed, so none may be needed. */
static void test_nothing_to_make_smaller(void **state)
{
    uint8_t packet[1500];
    (void)state;
    t_passive_sack(&t, ref, 60000);
    for (uint32_t runs = 1; runs <= 4; runs++) {
        t_in(&t, ACK, 1 + 2 * runs, 1, 1, 60000);
        size_t len = tcpref_output(t.host, packet, sizeof(packet), t.now);
        assert_int_equal(len, 40 + 4 + 8 * runs);
        assert_int_equal(packet[6], len <= 68 ? 0x40 : 0);
    }
    t_free(&t);
}

static void test_black_hole(void **state)
{
    (void)state;
    open_with_mss(ref, 1460);
    t_send(&t, 1460);
    t_expect(&t, ACK, 1, 1, 1460);
    for (int i = 1; i <= 6; i++) {
        while (tcpref_wants_output(t.host) == false)
            t_pass(&t, TCPREF_SEC);
        t_expect(&t, ACK, 1, 1, i < 3 ? 1460 : i < 6 ? 1240 : 536);
    }
    assert_int_equal(t_status(&t).path_mtu, 576);
    assert_int_equal(news().kind, TCPREF_SOFT_RETRANSMISSION); /* SHLD-9, at R1 */
    t_free(&t);
}

static void test_discovery_off(void **state)
{
    struct tcpref_config k = *ref;
    uint8_t packet[1500];
    (void)state;
    k.pmtud = false;
    open_with_mss(&k, 1460);
    t_send(&t, 2920);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(tcpref_output(t.host, packet, sizeof(packet), t.now), 1500);
        assert_int_equal(packet[6], 0);
        assert_int_equal(get16(packet + 4), 1 + i); /* 0 was the SYN's */
    }
    assert_int_equal(error(3, 4, 1400, 1, 1500), TCPREF_V_DROP_TOO_BIG);
    t_free(&t);
}

static void test_link_mtu_and_maxseg(void **state)
{
    (void)state;
    open_with_mss(ref, 1460);
    assert_int_equal(tcpref_host_set_mtu(t.host, 575), TCPREF_ERR_INVALID);
    t_send(&t, 1460);
    assert_int_equal(tcpref_host_set_mtu(t.host, 1000), TCPREF_OK);
    t_expect(&t, ACK, 1, 1, 960);
    assert_int_equal(tcpref_host_set_mtu(t.host, 1500), TCPREF_OK);
    assert_int_equal(t_status(&t).snd_mss, 1460);
    assert_int_equal(tcpref_set(t.conn, TCPREF_OPT_MAXSEG, 63), TCPREF_ERR_INVALID);
    assert_int_equal(tcpref_set(t.conn, TCPREF_OPT_MAXSEG, 500), TCPREF_OK);
    assert_int_equal(t_in(&t, ACK, 1, 961, 0, 60000), TCPREF_V_ACCEPTED);
    t_expect(&t, ACK, 961, 1, 500);
    t_free(&t);
    t_host(&t, ref);
    assert_int_equal(tcpref_listener_set(t.listener, TCPREF_OPT_MAXSEG, 700), TCPREF_OK);
    assert_int_equal(t_in(&t, SYN, 0, 0, 0, 60000), TCPREF_V_NEW_CONNECTION);
    t_expect(&t, SYN | ACK, 0, 1, 0);
    assert_int_equal(t.got.mss, 700);
    t_free(&t);
}

/* A clamp never takes window back; below it the window moves as if the buffer were so large. */
static void test_window_clamp(void **state)
{
    (void)state;
    t_host(&t, ref);
    assert_int_equal(tcpref_listener_set(t.listener, TCPREF_OPT_WINDOW_CLAMP, 3000), TCPREF_OK);
    assert_int_equal(t_in(&t, SYN, 0, 0, 0, 60000), TCPREF_V_NEW_CONNECTION);
    t_expect(&t, SYN | ACK, 0, 1, 0);
    assert_int_equal(t.got.wnd, 3000);
    assert_int_equal(t_in(&t, ACK, 1, 1, 1000, 60000), TCPREF_V_ACCEPTED);
    assert_int_equal(t_in(&t, ACK, 1001, 1, 1000, 60000), TCPREF_V_ACCEPTED);
    t_expect(&t, ACK, 1, 2001, 0);
    assert_int_equal(t.got.wnd, 3000);
    assert_int_equal(tcpref_accept(t.listener, &t.conn), TCPREF_OK);
    assert_int_equal(tcpref_set(t.conn, TCPREF_OPT_WINDOW_CLAMP, 100), TCPREF_OK);
    assert_int_equal(t_in(&t, ACK, 2001, 1, 1000, 60000), TCPREF_V_ACCEPTED);
    assert_int_equal(t_in(&t, ACK, 3001, 1, 1000, 60000), TCPREF_V_ACCEPTED);
    t_expect(&t, ACK, 1, 4001, 0);
    assert_int_equal(t.got.wnd, 1000);
    t_free(&t);
}

/* An ICMPv6 message of the peer's about `quote`, right but for `spoil`. */
static enum tcpref_verdict error_6(tcpref_host *host, uint8_t type, uint8_t code, uint32_t mtu,
                                   const uint8_t *quote, unsigned spoil)
{
    uint8_t p[40 + 8 + 48] = {0x60, [5] = 56, [6] = 58, [7] = 64}, *icmp = p + 40;
    uint8_t pseudo[40 + 56] = {0};
    enum tcpref_verdict v;
    memcpy(p + 8, quote + 24, 16);
    memcpy(p + 24, quote + 8, 16);
    icmp[0] = type;
    icmp[1] = code;
    put32(icmp + 4, mtu);
    memcpy(icmp + 8, quote, 48);
    memcpy(pseudo, p + 8, 32);
    pseudo[35] = 56;
    pseudo[39] = 58;
    memcpy(pseudo + 40, icmp, 56);
    put16(icmp + 2, (uint32_t)test_sum(pseudo, sizeof(pseudo)) + spoil);
    tcpref_input(host, p, sizeof(p), 0, &v);
    return v;
}

static void test_ipv6(void **state)
{
    static struct pair pair;
    uint8_t packet[1500], data[3000] = {0};
    size_t len, taken;
    struct tcpref_status s;
    (void)state;
    pair_open(&pair, 1, ref, ref, 6);
    pair.out[0].shut = pair.out[1].shut = true; /* nobody closes */
    pair_connect(&pair);
    pair_run(&pair, pair.now + TCPREF_SEC);
    tcpref_conn *c = pair.conn[0];
    assert_int_equal(tcpref_send(c, data, sizeof(data), &taken), TCPREF_OK);
    len = tcpref_output(pair.host[0], packet, sizeof(packet), pair.now);
    assert_int_equal(len, 1500);
    assert_int_equal(error_6(pair.host[0], 2, 0, 1400, packet, 1), TCPREF_V_DROP_ICMP_CHECKSUM);
    assert_int_equal(error_6(pair.host[0], 2, 0, 1279, packet, 0), TCPREF_V_DROP_TOO_BIG);
    assert_int_equal(error_6(pair.host[0], 2, 0, 0, packet, 0), TCPREF_V_DROP_TOO_BIG);
    assert_int_equal(error_6(pair.host[0], 1, 4, 0, packet, 0), TCPREF_V_ICMP_SOFT);
    assert_int_equal(error_6(pair.host[0], 1, 0, 0, packet, 0), TCPREF_V_ICMP_SOFT);
    assert_int_equal(error_6(pair.host[0], 3, 1, 0, packet, 0), TCPREF_V_ICMP_SOFT);
    assert_int_equal(error_6(pair.host[0], 4, 2, 0, packet, 0), TCPREF_V_ICMP_SOFT);
    assert_int_equal(error_6(pair.host[0], 129, 0, 0, packet, 0), TCPREF_V_DROP_ICMP);
    packet[6] = 17;
    assert_int_equal(error_6(pair.host[0], 1, 4, 0, packet, 0), TCPREF_V_DROP_ICMP_QUOTE);
    packet[6] = 6;
    assert_int_equal(error_6(pair.host[0], 2, 0, 1280, packet, 0), TCPREF_V_TOO_BIG);
    tcpref_get_status(c, &s);
    assert_int_equal(s.path_mtu, 1280);
    assert_int_equal(tcpref_output(pair.host[0], packet, sizeof(packet), pair.now), 1280);
    pair_close(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors_of_a_connection),
        cmocka_unit_test(test_errors_while_opening),
        cmocka_unit_test(test_too_big),
        cmocka_unit_test(test_too_big_disproved_and_without_mtu),
        cmocka_unit_test(test_too_big_for_its_headers),
        cmocka_unit_test(test_nothing_to_make_smaller),
        cmocka_unit_test(test_black_hole),
        cmocka_unit_test(test_discovery_off),
        cmocka_unit_test(test_link_mtu_and_maxseg),
        cmocka_unit_test(test_window_clamp),
        cmocka_unit_test(test_ipv6),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
