/* SPDX-License-Identifier: BSD-2-Clause */
/* Two hosts over a bad link: every stream arrives byte for byte and ends. */
#include "pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define HOUR (3600 * TCPREF_SEC)

static struct pair pair;

static enum tcpref_state state_of(int i)
{
    struct tcpref_status s;
    tcpref_get_status(pair.conn[i], &s);
    return s.state;
}

static void transfer(uint64_t octets_0, uint64_t octets_1)
{
    pair.out[0].total = octets_0;
    pair.out[1].total = octets_1;
    pair_run(&pair, pair.now + 4 * HOUR);
    assert_non_null(pair.conn[1]);
    assert_true(pair_streams_done(&pair));
    assert_int_equal(state_of(0), TCPREF_CLOSED);
    assert_int_equal(state_of(1), TCPREF_CLOSED);
    assert_int_equal(tcpref_conn_error(pair.conn[0]), TCPREF_OK);
    assert_int_equal(tcpref_conn_error(pair.conn[1]), TCPREF_OK);
    assert_int_equal(tcpref_octets_acked(pair.conn[0]), octets_0);
    assert_int_equal(tcpref_octets_acked(pair.conn[1]), octets_1);
    pair_close(&pair);
}

static void test_clean_link(void **state)
{
    (void)state;
    pair_open(&pair, 1, &tcpref_rfc9293, &tcpref_rfc9293, 4);
    pair_connect(&pair);
    transfer(200000, 200000);
    pair_open(&pair, 1, &tcpref_rfc9293, &tcpref_rfc9293, 6);
    pair_connect(&pair);
    transfer(200000, 0);
}

static void test_lossy_link(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 60; seed++) {
        pair_open(&pair, seed, &tcpref_rfc9293, &tcpref_rfc9293, seed % 2 ? 4 : 6);
        pair.link = (struct link){(unsigned)(seed * 3), 50, 200, 20 * TCPREF_MS};
        pair_connect(&pair);
        transfer(seed * 700, 30000);
    }
}

static void test_offload(void **state)
{
    struct tcpref_config config = tcpref_rfc9293;
    uint64_t supers = 0;
    (void)state;
    config.gso_max = 20000;
    for (uint64_t seed = 0; seed < 60; seed++) {
        pair_open(&pair, seed, &config, &config, seed % 2 ? 4 : 6);
        pair.link = (struct link){(unsigned)(seed % 6 * 20), 20, 50, 20 * TCPREF_MS};
        pair.refuse = (unsigned)(seed % 5 * 100);
        pair_connect(&pair);
        transfer(100000 + seed * 700, 150000);
        supers += pair.supers;
    }
    assert_true(supers > 1000);
}

/* Sequence numbers run over 2^32 early, in both directions; windows of all sizes. */
static void test_small_windows_across_the_wrap(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {1, 2, 3, 10, 535, 1460, 1461, 3000, 20000, 100000};
    for (size_t i = 0; i < 40; i++) {
        struct tcpref_config a = tcpref_rfc9293, b = tcpref_rfc9293;
        a.iss_set = b.iss_set = true;
        a.iss = 0xffffff00;
        b.iss = 0xfffffff0;
        a.rcvbuf = sizes[i % 10];
        b.rcvbuf = sizes[i / 4 % 10];
        b.timestamps = i % 3 != 0;
        a.window_scale = i % 4 != 0;
        pair_open(&pair, i, &a, &b, 4);
        pair.link = (struct link){i % 2 ? 60 : 0, 30, 100, 5 * TCPREF_MS};
        pair_connect(&pair);
        transfer(600, 500);
    }
}

/* Small segments use up memory before they use up the window; readers are slow. */
static void test_squeezed(void **state)
{
    (void)state;
    uint64_t retractions = 0;
    for (uint64_t seed = 0; seed < 30; seed++) {
        struct tcpref_config k = tcpref_squeezed;
        k.nodelay = true;
        k.mtu = 576;
        pair_open(&pair, seed, &k, &k, 4);
        pair.link = (struct link){(unsigned)(seed % 4) * 40, 20, 50, 3 * TCPREF_MS};
        pair.read_step[0] = 1 + 200 * (seed % 3);
        pair.read_step[1] = 100;
        pair_connect(&pair);
        pair.paused[0] = pair.paused[1] = true;
        pair.out[0].total = pair.out[1].total = 80000;
        pair_run(&pair, pair.now + 600 * TCPREF_SEC);
        retractions += pair.retractions;
        pair.paused[0] = pair.paused[1] = false;
        transfer(80000, 80000);
    }
    assert_true(retractions > 0);
}

/* Nobody reads for hours, while the link loses packets; then both go on (MUST-37). */
static void test_closed_windows_for_hours(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        pair_open(&pair, seed, &tcpref_rfc9293, &tcpref_rfc9293, 4);
        pair.link = (struct link){50, 20, 50, 30 * TCPREF_MS};
        pair.paused[0] = pair.paused[1] = true;
        pair.out[0].total = pair.out[1].total = 150000;
        pair_connect(&pair);
        pair_run(&pair, pair.now + 5 * HOUR);
        assert_int_equal(state_of(0), TCPREF_ESTABLISHED);
        assert_int_equal(state_of(1), TCPREF_ESTABLISHED);
        pair.paused[0] = pair.paused[1] = false;
        transfer(150000, 150000);
    }
}

/* Both applications shrink and grow their buffers while data moves. */
static void test_buffers_change(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        pair_open(&pair, seed, &tcpref_rfc9293, seed % 2 ? &tcpref_squeezed : &tcpref_rfc9293, 4);
        pair.link = (struct link){(unsigned)(seed % 4) * 30, 20, 50, 20 * TCPREF_MS};
        pair.out[0].total = pair.out[1].total = 120000;
        pair_connect(&pair);
        for (int k = 0; k < 30; k++) {
            int i = (int)pair_random(&pair, 2);
            pair.paused[i] = pair_random(&pair, 2);
            pair_run(&pair, pair.now + pair_random(&pair, 3000) * TCPREF_MS);
            if (pair.conn[i])
                assert_int_equal(tcpref_set(pair.conn[i], TCPREF_OPT_RCVBUF,
                                            1 + pair_random(&pair, k % 3 ? 4000 : 200000)),
                                 TCPREF_OK);
        }
        pair.paused[0] = pair.paused[1] = false;
        transfer(120000, 120000);
    }
}

/* Figure 7: SYNs that cross. */
static void test_simultaneous_open(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 30; seed++) {
        struct tcpref_config plain = tcpref_rfc9293;
        plain.timestamps = plain.window_scale = false;
        pair_open(&pair, seed, &tcpref_rfc9293, seed % 3 ? &tcpref_rfc9293 : &plain, 4);
        pair.link = (struct link){seed > 5 ? 100 : 0, 50, 100, 20 * TCPREF_MS};
        pair_connect_both(&pair);
        transfer(20000, 10000);
    }
}

/* The peer is gone: SYN for three minutes at least, data for R2 (MUST-20 to 23). */
static void test_give_up(void **state)
{
    (void)state;
    pair_open(&pair, 1, &tcpref_rfc9293, &tcpref_rfc9293, 4);
    pair.dead = true;
    tcpref_ns start = pair.now;
    pair_connect(&pair);
    pair_run(&pair, start + 180 * TCPREF_SEC - 1);
    assert_int_equal(state_of(0), TCPREF_SYN_SENT);
    pair_run(&pair, start + HOUR);
    assert_int_equal(tcpref_conn_error(pair.conn[0]), TCPREF_ERR_TIMED_OUT);
    pair_close(&pair);

    pair_open(&pair, 1, &tcpref_rfc9293, &tcpref_rfc9293, 4);
    pair.out[0].total = pair.out[1].total = 10000000;
    pair_connect(&pair);
    pair_run(&pair, pair.now + 2 * TCPREF_SEC);
    pair.dead = true;
    start = pair.now;
    pair_run(&pair, start + 100 * TCPREF_SEC);
    assert_int_equal(state_of(0), TCPREF_ESTABLISHED);
    pair_run(&pair, start + HOUR);
    assert_int_equal(tcpref_conn_error(pair.conn[0]), TCPREF_ERR_TIMED_OUT);
    pair_close(&pair);
}

/* Allocation fails once at each place in turn; the pair recovers or tells, and leaks nothing. */
static void test_out_of_memory(void **state)
{
    (void)state;
    for (long after = 0; after < 12; after++) {
        pair_open(&pair, 1, &tcpref_rfc9293, &tcpref_rfc9293, 4);
        tcpref_addr to = pair_addr(1, 4);
        pair.fail_after = after;
        if (tcpref_connect(pair.host[0], NULL, 0, &to, 80, &pair.conn[0]) == TCPREF_OK) {
            pair.out[0].total = pair.out[1].total = 5000;
            pair_run(&pair, pair.now + 3 * TCPREF_SEC);
            pair.fail_after = -1;
            transfer(5000, 5000);
        } else {
            assert_int_equal(after, 0);
            pair_close(&pair);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean_link),     cmocka_unit_test(test_lossy_link),
        cmocka_unit_test(test_offload),        cmocka_unit_test(test_small_windows_across_the_wrap),
        cmocka_unit_test(test_squeezed),       cmocka_unit_test(test_closed_windows_for_hours),
        cmocka_unit_test(test_buffers_change), cmocka_unit_test(test_simultaneous_open),
        cmocka_unit_test(test_give_up),        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
