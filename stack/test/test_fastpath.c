/* SPDX-License-Identifier: BSD-2-Clause */
/* Header prediction and the checksum: the text is copied before its sum is known, so that a wrong
 * sum must leave no trace. That the path does what the steps do is checked in every test build. */
#include "host.h"
#include "tester.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { TEXT = 45, RCVBUF = 101, IP_LEN = 20 };

static struct tester t;

/* A packet of the peer with the next text in order; numbers count from 1, as t_in() counts. */
static size_t next_packet(uint8_t *p, uint32_t at, uint32_t len)
{
    struct segment seg = {.flags = ACK, .len = len, .wnd = 1000, .ttl = 64};
    seg.tuple = (struct tuple){pair_addr(1, 4), pair_addr(0, 4), 5000, 80};
    seg.seq.n = T_IRS + at;
    seg.ack.n = T_ISS + 1;
    for (uint32_t i = 0; i < len; i++)
        p[wire_header_len(&seg) + i] = (uint8_t)(at + i);
    return wire_emit(&seg, p);
}

static enum tcpref_verdict give(const uint8_t *p, size_t len)
{
    enum tcpref_verdict verdict;
    tcpref_input(t.host, p, len, t.now, &verdict);
    return verdict;
}

static void drain(void)
{
    while (t_out(&t))
        ;
}

static void read_exactly(uint32_t at, size_t len)
{
    uint8_t out[RCVBUF];
    size_t n;
    assert_int_equal(tcpref_recv(t.conn, out, len, &n), TCPREF_OK);
    assert_int_equal(n, len);
    for (size_t i = 0; i < len; i++)
        assert_int_equal(out[i], (uint8_t)(at + i));
}

/* Every single bit, at every place of the ring; then the right one is taken. */
static void test_damaged_text(void **state)
{
    struct tcpref_config config = tcpref_rfc9293;
    (void)state;
    config.rcvbuf = RCVBUF;
    t_passive(&t, &config, 1000);
    uint32_t at = 1;
    for (unsigned round = 0; round < 30; round++) {
        uint8_t p[200];
        size_t len = next_packet(p, at, TEXT);
        for (size_t bit = IP_LEN * 8; bit < len * 8; bit++) {
            p[bit / 8] ^= (uint8_t)(1U << bit % 8);
            enum tcpref_verdict v = give(p, len);
            assert_true(v == TCPREF_V_DROP_CHECKSUM || v == TCPREF_V_DROP_OFFSET);
            p[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        assert_int_equal(t_status(&t).recv_queue, round == 0 ? 0 : 8);
        t_silent(&t);
        assert_int_equal(give(p, len), TCPREF_V_ACCEPTED);
        if (round > 0) /* never empty, so that the place moves round the ring */
            read_exactly(at - 8, 8);
        read_exactly(at, TEXT - 8);
        at += TEXT;
        drain();
    }
    t_free(&t);
}

/* An ACK of new data has no text to be copied; what is damaged acknowledges nothing. */
static void test_damaged_ack(void **state)
{
    uint8_t p[200];
    (void)state;
    t_passive(&t, &tcpref_rfc9293, 1000);
    t_send(&t, 100);
    t_expect(&t, ACK, 1, 1, 100);
    struct segment seg = {.flags = ACK, .wnd = 1000, .ttl = 64};
    seg.tuple = (struct tuple){pair_addr(1, 4), pair_addr(0, 4), 5000, 80};
    seg.seq.n = T_IRS + 1;
    seg.ack.n = T_ISS + 101;
    size_t len = wire_emit(&seg, p);
    p[len - 5] ^= 1;
    assert_int_equal(give(p, len), TCPREF_V_DROP_CHECKSUM);
    assert_int_equal(t_status(&t).send_queue, 100);
    p[len - 5] ^= 1;
    assert_int_equal(give(p, len), TCPREF_V_ACCEPTED);
    assert_int_equal(t_status(&t).send_queue, 0);
    t_free(&t);
}

/* The connection that the last segment was for is remembered, but not longer than it lives. */
static void test_remembered(void **state)
{
    uint8_t p[200];
    (void)state;
    t_passive(&t, &tcpref_rfc9293, 1000);
    size_t len = next_packet(p, 1, TEXT);
    assert_int_equal(give(p, len), TCPREF_V_ACCEPTED);
    assert_true(t.host->recent == t.conn);
    tcpref_release(t.conn); /* unread text: it is reset, and gone */
    assert_null(t.host->recent);
    drain();
    assert_int_equal(give(p, len), TCPREF_V_RESET_BAD_ACK);
    assert_null(t.host->recent);
    drain();
    t_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_damaged_text),
        cmocka_unit_test(test_damaged_ack),
        cmocka_unit_test(test_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
