/* SPDX-License-Identifier: BSD-2-Clause */
/* As much of cmocka's interface as the tests of tcpref use, for machines that cmocka is not built
 * for (ci/cross-check). The first check that fails ends the program. */
#ifndef TCPREF_TEST_ALONE_CMOCKA_H
#define TCPREF_TEST_ALONE_CMOCKA_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CMUnitTest {
    const char *name;
    void (*run)(void **state);
};

static inline void alone_check(int ok, const char *what, const char *file, int line)
{
    if (ok)
        return;
    fprintf(stderr, "%s:%d: %s does not hold\n", file, line, what);
    exit(1);
}

static inline void alone_equal(uintmax_t a, uintmax_t b, int equal, const char *file, int line)
{
    if ((a == b) == equal)
        return;
    fprintf(stderr, "%s:%d: %#jx %s %#jx\n", file, line, a, equal ? "!=" : "==", b);
    exit(1);
}

static inline void alone_range(uintmax_t v, uintmax_t lo, uintmax_t hi, const char *file, int line)
{
    alone_check(v >= lo && v <= hi, "the range", file, line);
}

#define alone_what(ok, what)   alone_check((ok) ? 1 : 0, what, __FILE__, __LINE__)
#define assert_true(c)         alone_what(c, #c)
#define assert_false(c)        alone_what(!(c), "!(" #c ")")
#define assert_null(p)         alone_what((p) == NULL, #p " is NULL")
#define assert_non_null(p)     alone_what((p) != NULL, #p " is not NULL")
#define assert_int_equal(a, b) alone_equal((uintmax_t)(a), (uintmax_t)(b), 1, __FILE__, __LINE__)
#define assert_int_not_equal(a, b)                                                                 \
    alone_equal((uintmax_t)(a), (uintmax_t)(b), 0, __FILE__, __LINE__)
#define assert_in_range(v, lo, hi)    alone_range(v, lo, hi, __FILE__, __LINE__)
#define assert_memory_equal(a, b, n)  alone_what(memcmp(a, b, n) == 0, #a " == " #b)
#define assert_string_equal(a, b)     alone_what(strcmp(a, b) == 0, #a " == " #b)
#define assert_string_not_equal(a, b) alone_what(strcmp(a, b) != 0, #a " != " #b)

/* clang-format off */
#define cmocka_unit_test(f) { #f, f }
/* clang-format on */

static inline int alone_run(const struct CMUnitTest *tests, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        void *state = NULL;
        tests[i].run(&state);
    }
    return 0;
}

#define cmocka_run_group_tests(tests, setup, teardown)                                             \
    ((void)(setup), (void)(teardown), alone_run(tests, sizeof(tests) / sizeof((tests)[0])))

#endif
