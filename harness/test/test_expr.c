/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers, durations, sums and ranges; and how long a scenario may take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "scenario/expr.h"
#include "scenario/suggest.h"

static const char *const bound[] = {"recent", "first-probe"};
static const struct expr_names names = {bound, 2};

static struct scn_expr parse(const char *text, enum expr_want want)
{
    struct scn_expr expr = {0};
    struct expr_error error = {0};

    if (!expr_parse(text, want, &names, &expr, &error))
        fail_msg("%s: %s", text, error.message);
    return expr;
}

static int64_t constant(const char *text, enum expr_want want)
{
    struct scn_expr expr = parse(text, want);
    int64_t value = 0;

    assert_true(expr_constant(&expr, &value));
    return value;
}

static void assert_term(const struct scn_expr *e, unsigned i, int64_t number, unsigned var,
                        unsigned index)
{
    assert_true(i < e->n);
    assert_int_equal(e->term[i].number, number);
    assert_int_equal(e->term[i].var, var);
    assert_int_equal(e->term[i].index, index);
}

static void numbers(void **state)
{
    (void)state;
    assert_int_equal(constant("0", EXPR_COUNT), 0);
    assert_int_equal(constant("4294967295", EXPR_COUNT), 4294967295);
    assert_int_equal(constant("-5", EXPR_COUNT), -5);
    assert_int_equal(constant("2 * 3 + 4 - 1", EXPR_COUNT), 9);
    assert_int_equal(constant("10 - (3 - 1)", EXPR_COUNT), 8);
    assert_int_equal(constant("9223372036854775807", EXPR_COUNT), INT64_MAX);
}

static void durations(void **state)
{
    (void)state;
    assert_int_equal(constant("0", EXPR_TIME), 0);
    assert_int_equal(constant("7ns", EXPR_TIME), 7);
    assert_int_equal(constant("50us", EXPR_TIME), 50000);
    assert_int_equal(constant("200ms", EXPR_TIME), 200000000);
    assert_int_equal(constant("3s", EXPR_TIME), 3000000000);
    assert_int_equal(constant("20m", EXPR_TIME), 1200000000000);
    assert_int_equal(constant("1h", EXPR_TIME), 3600000000000);
    assert_int_equal(constant("2 * 3s + 1ms", EXPR_VALUE), 6001000000);
    assert_int_equal(constant("3s * 2", EXPR_TIME), 6000000000);
}

static void sums(void **state)
{
    (void)state;
    struct scn_expr e = parse("RCV.EDGE - 1", EXPR_COUNT);
    assert_int_equal(e.n, 2);
    assert_term(&e, 0, 1, SCN_RCV_EDGE, 0);
    assert_term(&e, 1, -1, SCN_NUMBER, 0);

    e = parse("2 * rto + tick", EXPR_TIME);
    assert_term(&e, 0, 2, SCN_RTO, 0);
    assert_term(&e, 1, 1, SCN_TICK, 0);

    e = parse("first-probe-1", EXPR_COUNT);
    assert_term(&e, 0, 1, SCN_BOUND, 1);
    assert_term(&e, 1, -1, SCN_NUMBER, 0);

    e = parse("1000 - (SND.NXT - recent)", EXPR_COUNT);
    assert_int_equal(e.n, 3);
    assert_term(&e, 1, -1, SCN_SND_NXT, 0);
    assert_term(&e, 2, 1, SCN_BOUND, 0);

    e = parse("RCV.NXT + 1 - 1", EXPR_COUNT);
    assert_int_equal(e.n, 1);
    assert_term(&e, 0, 1, SCN_RCV_NXT, 0);
}

static void every_name_is_known(void **state)
{
    (void)state;
    for (unsigned var = SCN_NUMBER + 1; var < SCN_BOUND; var++) {
        struct scn_expr e = parse(scn_var_name((enum scn_var)var), EXPR_VALUE);
        assert_term(&e, 0, 1, var, 0);
        assert_true(expr_is_reserved(scn_var_name((enum scn_var)var)));
    }
    assert_false(expr_is_reserved("recent"));
}

static void wrong(void **state)
{
    static const struct {
        const char *text;
        enum expr_want want;
        size_t at;
        const char *message, *suggest;
    } rows[] = {
        {"", EXPR_COUNT, 0, "a number is missing", NULL},
        {"1 +", EXPR_COUNT, 3, "a number is missing", NULL},
        {"RCV.NXTT", EXPR_COUNT, 0, "unknown name \"RCV.NXTT\"", "RCV.NXT"},
        {"1 + recnt", EXPR_COUNT, 4, "unknown name \"recnt\"", "recent"},
        {"3 x", EXPR_COUNT, 2, "\"x\" makes no sense here", NULL},
        {"200", EXPR_TIME, 0, "this is a number; a duration has a unit, as 200ms or 3s", NULL},
        {"RCV.NXT", EXPR_TIME, 0, "this is a number; a duration has a unit, as 200ms or 3s", NULL},
        {"3s", EXPR_COUNT, 0, "this is a duration; a number was expected", NULL},
        {"3s + 1", EXPR_VALUE, 4, "a duration and a number cannot be added", NULL},
        {"5min", EXPR_TIME, 1, "\"min\" is no unit of time: ns us ms s m h", NULL},
        {"0.5", EXPR_VALUE, 0, "numbers are whole; for half a second write 500ms", NULL},
        {"9223372036854775808", EXPR_COUNT, 0, "the number is too large", NULL},
        {"9223372036854775807 + 1", EXPR_COUNT, 21, "the number is too large", NULL},
        {"9000000000h", EXPR_TIME, 0, "the duration is too long", NULL},
        {"rto * tick", EXPR_VALUE, 4, "one of two factors has to be a plain number", NULL},
        {"ISS + IRS + MSS + 1", EXPR_COUNT, 17, "a sum of more than 3 terms", NULL},
        {"(1", EXPR_COUNT, 2, "a \")\" is missing", NULL},
        {"((((((((((1))))))))))", EXPR_COUNT, 8, "too many brackets", NULL},
        {"&", EXPR_COUNT, 0, "a number was expected, not \"&\"", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scn_expr expr = {.n = 77};
        struct expr_error error = {0};
        assert_false(expr_parse(rows[i].text, rows[i].want, &names, &expr, &error));
        assert_string_equal(error.message, rows[i].message);
        if (error.at != rows[i].at)
            fail_msg("%s: at %zu", rows[i].text, error.at);
        assert_true((error.suggest == NULL) == (rows[i].suggest == NULL));
        if (rows[i].suggest != NULL)
            assert_string_equal(error.suggest, rows[i].suggest);
        assert_int_equal(expr.n, 77); /* untouched */
    }
}

static void least_number_does_no_harm(void **state)
{
    (void)state;
    struct scn_expr expr;
    struct expr_error error;
    assert_false(expr_parse("0 - (0 - 9223372036854775807 - 1)", EXPR_COUNT, NULL, &expr, &error));
    assert_string_equal(error.message, "the number is too large");
}

static struct scn_range range(const char *text)
{
    struct scn_range r = {0};
    struct expr_error error = {0};

    if (!expr_parse_range(text, &names, &r, &error))
        fail_msg("%s: %s", text, error.message);
    return r;
}

static void ranges(void **state)
{
    (void)state;
    assert_int_equal(range("any").kind, SCN_ANY);
    assert_int_equal(range("none").kind, SCN_NONE);
    struct scn_range r = range("tester.nxt");
    assert_int_equal(r.kind, SCN_IS);
    assert_term(&r.lo, 0, 1, SCN_TESTER_NXT, 0);
    r = range("1..MSS");
    assert_int_equal(r.kind, SCN_FROM_TO);
    assert_term(&r.lo, 0, 1, SCN_NUMBER, 0);
    assert_term(&r.hi, 0, 1, SCN_MSS, 0);
    r = range("RCV.NXT + 1 .. RCV.EDGE");
    assert_int_equal(r.lo.n, 2);
    assert_term(&r.hi, 0, 1, SCN_RCV_EDGE, 0);
    assert_int_equal(range("..5").lo.n, 0);
    assert_int_equal(range("5..").hi.n, 0);
}

static void wrong_ranges(void **state)
{
    (void)state;
    struct scn_range r;
    struct expr_error error;
    assert_false(expr_parse_range("..", NULL, &r, &error));
    assert_string_equal(error.message, "a range without ends; `any` means: present");
    assert_false(expr_parse_range("5..1", NULL, &r, &error));
    assert_string_equal(error.message, "the range is empty: its ends are the wrong way round");
    assert_false(expr_parse_range("1..2..3", NULL, &r, &error));
    assert_int_equal(error.at, 4);
    assert_false(expr_parse_range("1 2..3", NULL, &r, &error));
    assert_int_equal(error.at, 2);
}

static struct scn_step *add(struct scn *scn, enum scn_op op, int16_t *chain)
{
    int16_t index;
    struct scn_step *step = scn_step_add(scn, op, &index);

    assert_non_null(step);
    if (*chain >= 0)
        scn->step[*chain].next = index;
    *chain = index;
    return step;
}

/* 1s, then together 2s and rto, then three times 4s, then one of 5s and (6s + tick). */
static void time_bound(void **state)
{
    (void)state;
    struct scn scn = {.first = 0};
    int16_t top = -1, inner = -1, branch = -1, deep = -1;
    add(&scn, SCN_EXPECT, &top)->within = parse("1s", EXPR_TIME);
    add(&scn, SCN_TOGETHER, &top)->child = 2;
    add(&scn, SCN_NEVER, &inner)->dur = parse("2s", EXPR_TIME);
    add(&scn, SCN_EXPECT, &inner)->within = parse("rto", EXPR_TIME);
    struct scn_step *repeat = add(&scn, SCN_REPEAT, &top);
    repeat->number = parse("3", EXPR_COUNT);
    repeat->child = 5;
    inner = -1;
    add(&scn, SCN_WAIT, &inner)->number = parse("4s", EXPR_TIME);
    add(&scn, SCN_ONE_OF, &top)->child = 7;
    add(&scn, SCN_GROUP, &branch)->child = 8;
    add(&scn, SCN_EXPECT, &deep)->within = parse("5s", EXPR_TIME);
    add(&scn, SCN_GROUP, &branch)->child = 10;
    deep = -1;
    add(&scn, SCN_EXPECT, &deep)->within = parse("6s + tick", EXPR_TIME);
    assert_int_equal(scn_time_bound(&scn, 500000000, 7, 0), 21000000007);
    assert_int_equal(scn_time_bound(&scn, 3000000000, 7, 0), 22000000007);
    scn_free_steps(&scn);
}

static void steps_have_a_limit(void **state)
{
    (void)state;
    struct scn scn = {.first = -1};
    int16_t index = -1;
    for (int i = 0; i < SCN_STEPS_MAX; i++)
        assert_non_null(scn_step_add(&scn, SCN_SEND, &index));
    assert_null(scn_step_add(&scn, SCN_SEND, &index));
    assert_int_equal(index, SCN_STEPS_MAX - 1);
    scn_free_steps(&scn);
}

static void distances(void **state)
{
    (void)state;
    assert_int_equal(suggest_distance("within", "within"), 0);
    assert_int_equal(suggest_distance("witin", "within"), 1);
    assert_int_equal(suggest_distance("wihtin", "within"), 1);
    assert_int_equal(suggest_distance("", "abc"), 3);
    struct suggest s = {.written = "x"};
    suggest_offer(&s, "y");
    assert_null(s.best); /* everything is one letter away from that */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),    cmocka_unit_test(durations),
        cmocka_unit_test(sums),       cmocka_unit_test(every_name_is_known),
        cmocka_unit_test(wrong),      cmocka_unit_test(least_number_does_no_harm),
        cmocka_unit_test(ranges),     cmocka_unit_test(wrong_ranges),
        cmocka_unit_test(time_bound), cmocka_unit_test(steps_have_a_limit),
        cmocka_unit_test(distances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
