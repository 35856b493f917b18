/* SPDX-License-Identifier: BSD-2-Clause */
/* A connection under traffic and loss moves from host to host: nothing is lost or repeated. */
#include "pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct pair pair;
static uint8_t image[300000];

/* Host i gives way to a new one that knows nothing but the image; the link goes on meanwhile. */
static bool move(int i, const struct tcpref_config *config, tcpref_ns away)
{
    struct tcpref_mem mem = pair_mem(&pair);
    tcpref_host *host;
    size_t len;
    const char *why = "";
    if (tcpref_checkpoint(pair.conn[i], image, sizeof(image), &len) != TCPREF_OK)
        return false; /* it is over */
    pair_run(&pair, pair.now + away);
    assert_int_equal(tcpref_host_new(&host, config, &mem, pair.now), TCPREF_OK);
    for (uint8_t family = 4; family <= 6; family += 2) {
        tcpref_addr addr = pair_addr(i, family);
        assert_int_equal(tcpref_host_add_address(host, &addr, 24), TCPREF_OK);
    }
    tcpref_host_free(pair.host[i]);
    if (i == 1)
        pair.listener = NULL;
    pair.host[i] = host;
    tcpref_err err = tcpref_restore(host, image, len, &pair.conn[i], &why);
    assert_string_equal(why, "");
    assert_int_equal(err, TCPREF_OK);
    return true;
}

static unsigned transfer_on_the_move(uint64_t seed, const struct tcpref_config *config)
{
    unsigned moves = 0;
    pair_open(&pair, seed, config, config, seed % 2 ? 4 : 6);
    pair.link = (struct link){(unsigned)(seed % 4) * 40, 30, 100, 10 * TCPREF_MS};
    pair.read_step[0] = seed % 3 == 0 ? 300 : 0;
    pair.out[0].total = 400000;
    pair.out[1].total = 250000;
    pair_connect(&pair);
    while (!pair.conn[1])
        pair_run(&pair, pair.now + 5 * TCPREF_MS);
    for (unsigned i = 0; i < 60 && !pair_streams_done(&pair); i++) {
        pair_run(&pair, pair.now + (1 + pair_random(&pair, seed % 4 ? 900 : 60)) * TCPREF_MS);
        moves += move((int)(i % 2), config, pair_random(&pair, 40) * TCPREF_MS);
    }
    pair_run(&pair, pair.now + 4 * 3600 * TCPREF_SEC);
    assert_true(pair_streams_done(&pair));
    assert_true(moves >= 1);
    for (int i = 0; i < 2; i++)
        assert_int_equal(tcpref_conn_error(pair.conn[i]), TCPREF_OK);
    pair_close(&pair);
    return moves;
}

static void test_profiles(void **state)
{
    unsigned moves = 0;
    (void)state;
    for (size_t i = 0; tcpref_profiles[i]; i++) {
        for (uint64_t seed = 0; seed < 8; seed++)
            moves += transfer_on_the_move(seed, tcpref_profiles[i]);
    }
    assert_true(moves > 500);
}

static void test_squeezed(void **state)
{
    struct tcpref_config config = tcpref_squeezed;
    unsigned moves = 0;
    (void)state;
    config.rcvbuf = 8000;
    for (uint64_t seed = 0; seed < 16; seed++)
        moves += transfer_on_the_move(seed, &config);
    assert_true(moves > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_profiles),
        cmocka_unit_test(test_squeezed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
