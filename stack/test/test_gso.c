/* SPDX-License-Identifier: BSD-2-Clause */
/* Segmentation offload: super-segments out, sent in whole, in part or not at all; coalesced
 * segments in. */
#include "tester.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct tester t;
static uint8_t super[65536];
static size_t super_len;
static uint16_t piece;

static struct tcpref_config with_offload(uint16_t most)
{
    struct tcpref_config config = tcpref_rfc9293;
    config.gso_max = most;
    return config;
}

static struct segment pull(void)
{
    struct segment seg;
    super_len = tcpref_output_gso(t.host, super, sizeof(super), t.now, &piece);
    assert_true(super_len > 0);
    assert_int_equal(pair_parse(super, super_len, &seg), TCPREF_V_ACCEPTED);
    return seg;
}

/* `before` octets are in flight when this begins, in a window that is no bound. */
static void open_offload(uint16_t most)
{
    struct tcpref_config config = with_offload(most);
    t_passive(&t, &config, 60000);
}

static void test_as_much_as_both_windows_allow(void **state)
{
    (void)state;
    open_offload(65400);
    t_send(&t, 20000);
    struct segment seg = pull();
    assert_int_equal(piece, 1000);
    assert_int_equal(seg.len, 4000); /* the initial window */
    assert_int_equal(t_status(&t).snd_nxt.n, (uint32_t)T_ISS + 4001);
    assert_int_equal(t_in(&t, ACK, 1, 4001, 0, 2500), TCPREF_V_ACCEPTED);
    seg = pull();
    assert_int_equal(piece, 1000);
    assert_int_equal(seg.len, 2000); /* whole segments of what the peer offers */
    t_free(&t);
}

static void test_at_most_so_much(void **state)
{
    (void)state;
    open_offload(2999);
    t_send(&t, 4000);
    assert_int_equal(pull().len, 2000);
    assert_int_equal(pull().len, 2000);
    assert_true(t.config.gso_max == 2999 && piece == 1000);
    t_free(&t);
}

static void test_one_segment_has_no_pieces(void **state)
{
    (void)state;
    open_offload(65400);
    t_send(&t, 900);
    assert_int_equal(pull().len, 900);
    assert_int_equal(piece, 0);
    t_free(&t);
    /* Who does not ask for more gets one segment at a time. */
    open_offload(65400);
    t_send(&t, 3000);
    t_expect(&t, ACK, 1, 1, 1000);
    t_expect(&t, ACK, 1001, 1, 1000);
    t_free(&t);
    /* And urgent data goes by the segment: its pointer is of one. */
    open_offload(65400);
    size_t taken;
    assert_int_equal(tcpref_send_urgent(t.conn, super, 3000, &taken), TCPREF_OK);
    assert_int_equal(pull().len, 1000);
    t_free(&t);
}

static void test_cut(void **state)
{
    uint8_t buf[1100];
    (void)state;
    open_offload(65400);
    t_send(&t, 3500);
    assert_int_equal(tcpref_shutdown(t.conn), TCPREF_OK);
    struct segment whole = pull();
    assert_int_equal(whole.len, 3000);
    assert_int_equal(tcpref_cut(super, super_len, piece, 0, buf, 1000), 0);
    for (uint32_t i = 0; i < 3; i++) {
        struct segment seg;
        size_t len = tcpref_cut(super, super_len, piece, i, buf, sizeof(buf));
        assert_int_equal(pair_parse(buf, len, &seg), TCPREF_V_ACCEPTED);
        assert_int_equal(seg.seq.n, whole.seq.n + i * 1000);
        assert_int_equal(seg.flags, ACK);
        assert_int_equal(seg.len, 1000);
        assert_memory_equal(seg.text, whole.text + i * 1000, 1000);
    }
    assert_int_equal(tcpref_cut(super, super_len, piece, 3, buf, sizeof(buf)), 0);
    assert_int_equal(tcpref_cut(super, 39, piece, 0, buf, sizeof(buf)), 0);
    assert_int_equal(tcpref_cut(super, super_len, 0, 0, buf, sizeof(buf)), 0);
    t_free(&t);
}

/* PSH and FIN belong to the last piece; the last may be short. */
static void test_cut_ends(void **state)
{
    uint8_t buf[1100];
    struct segment seg;
    (void)state;
    for (uint8_t family = 4; family <= 6; family += 2) {
        struct segment made = {.ttl = 64, .flags = ACK | PSH | FIN, .len = 2100, .seq = {7}};
        made.tuple = (struct tuple){pair_addr(0, family), pair_addr(1, family), 80, 5000};
        made.has_ts = true;
        super_len = wire_emit(&made, super);
        for (uint32_t i = 0; i < 3; i++) {
            size_t len = tcpref_cut(super, super_len, 1000, i, buf, sizeof(buf));
            assert_int_equal(pair_parse(buf, len, &seg), TCPREF_V_ACCEPTED);
            assert_int_equal(seg.flags, i < 2 ? ACK : ACK | PSH | FIN);
            assert_int_equal(seg.len, i < 2 ? 1000 : 100);
            assert_true(seg.has_ts);
        }
    }
}

/* SND.NXT stays, and an ACK of whatever was handed down is acceptable: a report of the layer below
 * may be wrong. */
static void test_nothing_went_out_they_say(void **state)
{
    (void)state;
    for (size_t sent = 0; sent <= 4; sent++) {
        open_offload(65400);
        t_send(&t, 4000);
        assert_int_equal(pull().len, 4000);
        tcpref_output_partial(t.host, 4, sent);
        assert_int_equal(tcpref_host_send_errors(t.host), 4 - sent);
        assert_int_equal(t_status(&t).snd_nxt.n, (uint32_t)T_ISS + 4001);
        assert_int_equal(t_in(&t, ACK, 1, 2501, 0, 60000), TCPREF_V_ACCEPTED);
        assert_int_equal(t_in(&t, ACK, 1, 4001, 0, 60000), TCPREF_V_ACCEPTED);
        assert_int_equal(t_status(&t).send_queue, 0);
        t_silent(&t);
        t_free(&t);
    }
}

static void test_the_rest_is_sent_again(void **state)
{
    (void)state;
    open_offload(65400);
    t_send(&t, 4000);
    assert_int_equal(pull().len, 4000);
    tcpref_output_partial(t.host, 4, 1);
    assert_int_equal(t_in(&t, ACK, 1, 1001, 0, 60000), TCPREF_V_ACCEPTED);
    t_silent(&t);
    t_pass(&t, 3 * TCPREF_SEC);
    t_expect(&t, ACK, 1001, 1, 1000);
    assert_int_equal(t_in(&t, ACK, 1, 2001, 0, 60000), TCPREF_V_ACCEPTED);
    t_expect(&t, ACK, 2001, 1, 1000);
    t_expect(&t, ACK, 3001, 1, 1000);
    assert_int_equal(t_in(&t, ACK, 1, 4001, 0, 60000), TCPREF_V_ACCEPTED);
    t_silent(&t);
    t_free(&t);
}

/* ---- Received ---- */

static enum tcpref_verdict coalesced(uint32_t seq, uint32_t len)
{
    struct segment seg = {.ttl = 64, .flags = ACK, .len = len, .wnd = 60000};
    enum tcpref_verdict verdict;
    seg.tuple = (struct tuple){pair_addr(1, 4), pair_addr(0, 4), 5000, 80};
    seg.seq.n = T_IRS + seq;
    seg.ack.n = T_ISS + 1;
    for (uint32_t i = 0; i < len; i++)
        super[wire_header_len(&seg) + i] = (uint8_t)(seq + i);
    tcpref_input(t.host, super, wire_emit(&seg, super), t.now, &verdict);
    return verdict;
}

static void test_coalesced_are_taken_as_one(void **state)
{
    static const uint32_t lengths[] = {1461, 5000, 65495};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        open_offload(0);
        uint32_t len = lengths[i], next = 1 + lengths[i];
        assert_int_equal(coalesced(1, len), TCPREF_V_ACCEPTED);
        t_expect(&t, ACK, 1, next, 0); /* at once: more than two segments' worth */
        t_silent(&t);
        assert_int_equal(t_read(&t), len);
        while (t_out(&t)) /* a window update */
            ;
        /* Behind a hole, and the hole filled by the same again. */
        assert_int_equal(coalesced(next + 5000, 3000), TCPREF_V_ACCEPTED);
        t_expect(&t, ACK, 1, next, 0);
        assert_int_equal(coalesced(next, 6000), TCPREF_V_ACCEPTED);
        t_expect(&t, ACK, 1, next + 8000, 0);
        assert_int_equal(t_read(&t), 8000);
        t_free(&t);
    }
}

/* They are no measure of what a full segment is: every second one is still acknowledged. */
static void test_single_segments_after_coalesced(void **state)
{
    (void)state;
    open_offload(0);
    assert_int_equal(t_in(&t, ACK, 1, 1, 1000, 60000), TCPREF_V_ACCEPTED);
    assert_int_equal(t_in(&t, ACK, 1001, 1, 1000, 60000), TCPREF_V_ACCEPTED);
    t_expect(&t, ACK, 1, 2001, 0);
    assert_int_equal(coalesced(2001, 10000), TCPREF_V_ACCEPTED);
    t_expect(&t, ACK, 1, 12001, 0);
    assert_int_equal(t_in(&t, ACK, 12001, 1, 1000, 60000), TCPREF_V_ACCEPTED);
    t_silent(&t);
    assert_int_equal(t_in(&t, ACK, 13001, 1, 1000, 60000), TCPREF_V_ACCEPTED);
    t_expect(&t, ACK, 1, 14001, 0);
    t_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_much_as_both_windows_allow),
        cmocka_unit_test(test_at_most_so_much),
        cmocka_unit_test(test_one_segment_has_no_pieces),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_cut_ends),
        cmocka_unit_test(test_nothing_went_out_they_say),
        cmocka_unit_test(test_the_rest_is_sent_again),
        cmocka_unit_test(test_coalesced_are_taken_as_one),
        cmocka_unit_test(test_single_segments_after_coalesced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
