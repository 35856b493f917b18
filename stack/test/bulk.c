/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One way for longer than the sequence numbers reach, while the window the other way is closed:
 * when it opens the stack must see it (SND.WL1 must have come along). bulk [MIB [SECONDS]], default
 * 64 MiB; with 4096 or more the numbers come round, and SND.UNA comes by the ISS again. It fails if
 * what is received takes longer than SECONDS.
 */
#include "tester.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { PIECE = 64000, SEGMENT = 1460 };

static struct tester t;
static uint8_t packet[65536], data[65536];
static size_t packet_len;
static uint64_t total = UINT64_C(64) << 20;
static double limit; /* 0: none */

static double seconds(void)
{
    struct timespec ts;
    (void)timespec_get(&ts, TIME_UTC);
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static void open_wide(uint16_t wnd)
{
    struct tcpref_config config = tcpref_rfc9293;
    config.verify_checksums = false;
    config.rcvbuf = 1 << 20;
    config.sndbuf = 1 << 20;
    config.gso_max = PIECE;
    config.nodelay = true;
    config.cc = TCPREF_CC_NONE;
    t_host(&t, &config);
    t.in.has_mss = t.in.has_wscale = true;
    t.in.mss = 1000;
    t.in.wscale = 7;
    assert_int_equal(t_in(&t, SYN, 0, 0, 0, wnd), TCPREF_V_NEW_CONNECTION);
    t_expect(&t, SYN | ACK, 0, 1, 0);
    assert_int_equal(t_in(&t, ACK, 1, 1, 0, wnd), TCPREF_V_ACCEPTED);
    assert_int_equal(tcpref_accept(t.listener, &t.conn), TCPREF_OK);
}

static void make_packet(uint32_t len, uint16_t wnd)
{
    struct segment seg = {.ttl = 64, .flags = ACK, .len = len, .wnd = wnd};
    seg.tuple = (struct tuple){pair_addr(1, 4), pair_addr(0, 4), 5000, 80};
    packet_len = wire_emit(&seg, packet);
}

static void inject(uint32_t seq, uint32_t ack)
{
    enum tcpref_verdict verdict;
    put32(packet + 24, T_IRS + seq);
    put32(packet + 28, T_ISS + ack);
    tcpref_input(t.host, packet, packet_len, t.now, &verdict);
    assert_int_equal(verdict, TCPREF_V_ACCEPTED);
}

static void drain(void)
{
    while (tcpref_output(t.host, data, sizeof(data), t.now) > 0)
        ;
}

static void test_receiving_at_a_closed_window(void **state)
{
    uint64_t done = 0;
    size_t len;
    (void)state;
    open_wide(0);
    t_send(&t, 1000);
    make_packet(SEGMENT, 0);
    double begin = seconds();
    for (; done < total; done += SEGMENT) {
        inject((uint32_t)(1 + done), 1);
        assert_int_equal(tcpref_recv(t.conn, data, sizeof(data), &len), TCPREF_OK);
        assert_int_equal(len, SEGMENT);
        if (done % (1024 * (uint64_t)SEGMENT) == 0) {
            assert_int_equal(t_status(&t).snd_wl1.n, (uint32_t)(T_IRS + 1 + done));
            t_pass(&t, TCPREF_MS);
        }
        drain();
    }
    double took = seconds() - begin;
    print_message("%.1f MiB in %.2f s\n", (double)done / (1 << 20), took);
    assert_true(limit == 0 || took < limit);
    assert_int_equal(t_status(&t).send_queue, 1000);
    /* The peer reads: its window opens, and what has waited goes out. */
    assert_int_equal(t_in(&t, ACK, (uint32_t)(1 + done), 1, 0, 1000), TCPREF_V_ACCEPTED);
    t_expect(&t, ACK, 1, (uint32_t)(1 + done), 1000);
    t_free(&t);
}

/* All the way round to the ISS: that SND.UNA equals it again does not mean that the SYN has no ACK.
 */
static void test_sending_all_the_way_round(void **state)
{
    uint64_t done = 0, octets = total < UINT64_C(1) << 32 ? total : UINT32_MAX;
    uint16_t piece;
    size_t len;
    (void)state;
    open_wide(60000);
    make_packet(0, 60000);
    while (done < octets) {
        size_t want = octets - done < PIECE ? (size_t)(octets - done) : PIECE;
        assert_int_equal(tcpref_send(t.conn, data, want, &len), TCPREF_OK);
        assert_int_equal(len, want);
        while (tcpref_output_gso(t.host, data, sizeof(data), t.now, &piece) > 0)
            ;
        done += want;
        inject(1, (uint32_t)(1 + done));
    }
    assert_int_equal(t_status(&t).send_queue, 0);
    assert_true(octets < UINT32_MAX || t_status(&t).snd_una.n == T_ISS);
    t_send(&t, 300);
    t_expect(&t, ACK, (uint32_t)(1 + octets), 1, 300);
    for (uint32_t i = 0; i < 300; i++)
        assert_int_equal(t.text[i], (uint8_t)i);
    assert_int_equal(t_in(&t, ACK, 1, (uint32_t)(301 + octets), 0, 60000), TCPREF_V_ACCEPTED);
    assert_int_equal(t_status(&t).send_queue, 0);
    t_free(&t);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_receiving_at_a_closed_window),
        cmocka_unit_test(test_sending_all_the_way_round),
    };
    if (argc > 1)
        total = strtoull(argv[1], NULL, 10) << 20;
    if (argc > 2)
        limit = strtod(argv[2], NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
