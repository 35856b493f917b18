/* SPDX-License-Identifier: BSD-2-Clause */
/* A tuple in TIME-WAIT: when the next connection may have it, at both ends, and why not. */
#include "pair.h"
#include "tester.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { PORT = 5000 };

static struct pair pair;

static struct tcpref_config one_port(void)
{
    struct tcpref_config config = tcpref_rfc9293;
    config.port_lo = config.port_hi = PORT;
    return config;
}

static void open_pair(uint64_t seed, const struct tcpref_config *config, tcpref_ns delay)
{
    pair_open(&pair, seed, config, config, 4);
    pair.link.delay = delay;
}

static tcpref_err connect_again(void)
{
    tcpref_addr to = pair_addr(1, 4);
    for (int i = 0; i < 2; i++) {
        tcpref_release(pair.conn[i]);
        pair.conn[i] = NULL;
        tcpref_advance(pair.host[i], pair.now); /* a call is made at the time last told */
    }
    memset(pair.out, 0, sizeof(pair.out));
    pair.out[0].total = 100;
    pair.out[1].total = 50;
    return tcpref_connect(pair.host[0], NULL, 0, &to, 80, &pair.conn[0]);
}

/* Who closes first has TIME-WAIT; 2: both at once. */
static void run_short(int first, tcpref_ns until)
{
    if (first < 2)
        pair.out[1 - first].shut = true; /* not yet */
    pair_run(&pair, pair.now + (until - pair.now) / 2);
    if (first < 2)
        pair.out[1 - first].shut = false;
    pair_run(&pair, until);
}

static void thousand_in_a_row(int first)
{
    struct tcpref_config config = one_port();
    uint64_t both[2] = {0, 0};
    open_pair((uint64_t)first, &config, TCPREF_MS);
    for (unsigned i = 0; i < 1000; i++) {
        tcpref_ns begin = pair.now;
        assert_int_equal(connect_again(), TCPREF_OK);
        run_short(first, begin + 10 * TCPREF_MS);
        assert_non_null(pair.conn[1]);
        assert_true(pair_streams_done(&pair));
        for (int k = 0; k < 2; k++) {
            struct tcpref_status s;
            assert_int_equal(tcpref_conn_error(pair.conn[k]), TCPREF_OK);
            tcpref_get_status(pair.conn[k], &s);
            both[k] += s.state == TCPREF_TIME_WAIT;
        }
    }
    assert_int_equal(first < 2 ? both[first] : both[0] + both[1] >= 1000, first < 2 ? 1000 : 1);
    pair_close(&pair);
}

static void test_thousand_client_first(void **state)
{
    (void)state;
    thousand_in_a_row(0);
}

static void test_thousand_server_first(void **state)
{
    (void)state;
    thousand_in_a_row(1);
}

static void test_thousand_both_at_once(void **state)
{
    (void)state;
    thousand_in_a_row(2);
}

static void test_off_says_why(void **state)
{
    struct tcpref_config config = one_port();
    tcpref_addr to = pair_addr(1, 4);
    tcpref_conn *conn;
    (void)state;
    config.time_wait_reuse = TCPREF_NEVER;
    open_pair(1, &config, TCPREF_MS);
    assert_int_equal(connect_again(), TCPREF_OK);
    assert_int_equal(tcpref_connect(pair.host[0], NULL, PORT, &to, 80, &conn), TCPREF_ERR_IN_USE);
    assert_int_equal(tcpref_connect(pair.host[0], NULL, 0, &to, 80, &conn),
                     TCPREF_ERR_NOT_AVAILABLE);
    run_short(0, pair.now + 50 * TCPREF_MS);
    pair_run(&pair, pair.now + 200 * TCPREF_SEC);
    assert_int_equal(connect_again(), TCPREF_ERR_TIME_WAIT);
    assert_int_equal(tcpref_connect(pair.host[0], NULL, PORT, &to, 80, &conn),
                     TCPREF_ERR_TIME_WAIT);
    assert_string_equal(tcpref_strerror(TCPREF_ERR_TIME_WAIT),
                        "the address and port are held by a connection in TIME-WAIT");
    pair_run(&pair, pair.now + 2 * config.msl);
    assert_int_equal(connect_again(), TCPREF_OK);
    pair_close(&pair);
}

/* The configured time, or a round trip if that is longer. */
static void not_before(tcpref_ns reuse, tcpref_ns delay, tcpref_ns least)
{
    struct tcpref_config config = one_port();
    struct tcpref_status s;
    config.time_wait_reuse = reuse;
    open_pair(1, &config, delay);
    assert_int_equal(connect_again(), TCPREF_OK);
    do {
        pair_run(&pair, pair.now + TCPREF_MS / 4);
        tcpref_get_status(pair.conn[0], &s);
    } while (s.state != TCPREF_TIME_WAIT);
    tcpref_ns since = pair.now;
    tcpref_err err = connect_again();
    while (err == TCPREF_ERR_TIME_WAIT) {
        pair_run(&pair, pair.now + TCPREF_MS / 4);
        err = connect_again();
    }
    assert_int_equal(err, TCPREF_OK);
    assert_in_range(pair.now - since, least - TCPREF_MS, least + TCPREF_MS);
    pair_close(&pair);
}

static void test_not_too_soon(void **state)
{
    (void)state;
    not_before(TCPREF_MS, TCPREF_MS / 4, TCPREF_MS);
    not_before(TCPREF_MS, 50 * TCPREF_MS, 100 * TCPREF_MS);
    not_before(300 * TCPREF_MS, 50 * TCPREF_MS, 300 * TCPREF_MS);
    not_before(2 * TCPREF_SEC, TCPREF_MS, 2 * TCPREF_SEC);
}

/* Without timestamps nothing tells old segments from new ones for sure: this side does not try. */
static void test_not_without_timestamps(void **state)
{
    struct tcpref_config config = one_port();
    (void)state;
    config.timestamps = false;
    open_pair(1, &config, TCPREF_MS);
    assert_int_equal(connect_again(), TCPREF_OK);
    run_short(0, pair.now + 50 * TCPREF_MS);
    pair_run(&pair, pair.now + TCPREF_SEC);
    assert_int_equal(connect_again(), TCPREF_ERR_TIME_WAIT);
    pair_close(&pair);
}

/* Numbers and timestamps of the next one are above all of the one before, whatever the clock says.
 */
static void test_begins_above(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 200; i++) {
        struct tcpref_config config = one_port();
        struct tcpref_status before, after;
        config.iss_set = i % 2;
        config.iss = 0xfffffff0;
        open_pair(i, &config, TCPREF_MS);
        assert_int_equal(connect_again(), TCPREF_OK);
        run_short(0, pair.now + 50 * TCPREF_MS);
        tcpref_get_status(pair.conn[0], &before);
        assert_int_equal(connect_again(), TCPREF_OK);
        tcpref_get_status(pair.conn[0], &after);
        assert_in_range(after.iss.n - before.snd_nxt.n, 1, 0x7fffffff);
        run_short(0, pair.now + 50 * TCPREF_MS);
        assert_true(pair_streams_done(&pair));
        pair_close(&pair);
    }
}

/* Segments of connections before, late and doubled, do no harm to the ones after. */
static void test_old_duplicates(void **state)
{
    struct tcpref_config config = one_port();
    unsigned opened = 0;
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        open_pair(seed, &config, 5 * TCPREF_MS);
        pair.link.duplicate = 300;
        pair.link.reorder = 300;
        for (unsigned i = 0; i < 50; i++) {
            tcpref_err err = connect_again();
            opened += err == TCPREF_OK;
            while (err) { /* not over yet, or not for one round trip */
                assert_true(err == TCPREF_ERR_TIME_WAIT || err == TCPREF_ERR_NOT_AVAILABLE);
                pair_run(&pair, pair.now + 5 * TCPREF_MS);
                err = connect_again();
            }
            for (unsigned k = 0; k < 1000 && !pair_streams_done(&pair); k++)
                pair_run(&pair, pair.now + 20 * TCPREF_MS);
            assert_true(pair_streams_done(&pair));
        }
        pair_close(&pair);
    }
    assert_true(opened > 100);
}

/* RFC 6191, 2: without timestamps a SYN opens anew if it lies above the FIN, the last number used.
 */
static void test_just_above_the_fin(void **state)
{
    struct tester t;
    (void)state;
    t_passive(&t, &tcpref_rfc9293, 60000);
    assert_int_equal(tcpref_shutdown(t.conn), TCPREF_OK);
    t_expect(&t, FIN | ACK, 1, 1, 0);
    t_in(&t, ACK, 1, 2, 0, 60000);
    t_in(&t, FIN | ACK, 1, 2, 0, 60000);
    t_expect(&t, ACK, 2, 2, 0);
    assert_int_equal(t_state(&t), TCPREF_TIME_WAIT);
    assert_int_equal(t_in(&t, SYN, 1, 0, 0, 60000), TCPREF_V_DROP_SEQUENCE);
    assert_int_equal(t_in(&t, SYN, 2, 0, 0, 60000), TCPREF_V_REOPENED);
    t_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thousand_client_first), cmocka_unit_test(test_thousand_server_first),
        cmocka_unit_test(test_thousand_both_at_once), cmocka_unit_test(test_off_says_why),
        cmocka_unit_test(test_not_too_soon),          cmocka_unit_test(test_not_without_timestamps),
        cmocka_unit_test(test_begins_above),          cmocka_unit_test(test_old_duplicates),
        cmocka_unit_test(test_just_above_the_fin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
