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
        pair.link = (struct link){50 + (unsigned)(seed * 5), 50, 200, 20 * TCPREF_MS};
        pair_connect(&pair);
        transfer(seed * 700, 30000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean_link),
        cmocka_unit_test(test_lossy_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
