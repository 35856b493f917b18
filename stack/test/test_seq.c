/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.4: sequence numbers, where they wrap. */
#include "seq.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_order_across_the_wrap(void **state)
{
    (void)state;
    for (uint32_t n = 0xffffff00; n != 0x100; n++) {
        tcpref_seq a = seq_of(n), b = seq_add(a, 0x80);
        assert_true(seq_lt(a, b) && !seq_lt(b, a) && seq_leq(a, a));
        assert_int_equal(seq_diff(b, a), 0x80);
        assert_int_equal(seq_diff(a, b), -0x80);
        assert_int_equal(seq_ahead(b, a), 0x80);
        assert_int_equal(seq_ahead(a, b), 0);
        assert_true(seq_eq(seq_max(a, b), b) && seq_eq(seq_min(a, b), a));
        assert_true(seq_eq(seq_sub(b, 0x80), a));
    }
}

static void test_diff_is_total(void **state)
{
    (void)state;
    assert_int_equal(seq_diff(seq_of(0x80000000), seq_of(0)), INT32_MIN);
    assert_int_equal(seq_diff(seq_of(0x7fffffff), seq_of(0)), INT32_MAX);
    assert_int_equal(seq_diff(seq_of(0), seq_of(1)), -1);
}

static void test_half_open_ranges(void **state)
{
    tcpref_seq lo = seq_of(0xfffffffe);
    (void)state;
    assert_true(seq_in(lo, lo, 4) && seq_in(seq_of(1), lo, 4));
    assert_false(seq_in(seq_of(2), lo, 4) || seq_in(seq_sub(lo, 1), lo, 4) || seq_in(lo, lo, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_across_the_wrap),
        cmocka_unit_test(test_diff_is_total),
        cmocka_unit_test(test_half_open_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
