/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 6528: initial sequence numbers follow the clock, and differ by socket and key. */
#include "isn.h"

#include "pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const uint64_t key[2] = {1, 2}, other_key[2] = {1, 3};

static void test_isn(void **state)
{
    struct tuple a = {pair_addr(0, 4), pair_addr(1, 4), 1000, 80}, b = a;
    (void)state;
    b.local_port++;
    uint32_t start = isn_of(key, &a, 0).n;
    assert_int_equal(isn_of(key, &a, 0).n, start);
    assert_int_equal(isn_of(key, &a, 4000).n, start + 1); /* MUST-8: 4 us */
    assert_int_equal(isn_of(key, &a, TCPREF_SEC).n, start + 250000);
    assert_int_not_equal(isn_of(key, &b, 0).n, start);
    assert_int_not_equal(isn_of(other_key, &a, 0).n, start);
    assert_int_not_equal(ts_offset_of(key, &a), ts_offset_of(key, &b));
    assert_int_not_equal(ts_offset_of(key, &a), port_offset_of(key, &a));
}

/* About half of the output bits change with each bit of the input. */
static void test_prf_avalanche(void **state)
{
    uint8_t data[13] = {0};
    unsigned changed = 0;
    (void)state;
    uint64_t base = prf(key, 1, data, sizeof(data));
    for (unsigned bit = 0; bit < sizeof(data) * 8; bit++) {
        data[bit / 8] ^= (uint8_t)(1U << bit % 8);
        uint64_t diff = base ^ prf(key, 1, data, sizeof(data));
        for (; diff; diff &= diff - 1)
            changed++;
        data[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    assert_in_range(changed / (sizeof(data) * 8), 28, 36);
    assert_int_not_equal(prf(key, 1, data, 12), base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_isn),
        cmocka_unit_test(test_prf_avalanche),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
