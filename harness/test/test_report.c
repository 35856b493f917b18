/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports: counts add up, exit codes have their precedence, each format is well-formed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/report.h"

static json_t *make_case(const char *id, const char *verdict, const char *overlay)
{
    json_t *one = json_pack("{s:s, s:s, s:s, s:[s], s:s, s:s, s:I, s:s, s:s*}", "id", id, "rule",
                            id, "verdict", verdict, "clauses", "MUST-1", "message",
                            "wanted <this> & \"that\" # now", "area", "open", "elapsed_ns",
                            (json_int_t)1500000, "title", "A claim", "baseline", overlay);
    assert_non_null(one);
    return one;
}

static json_t *make_report(json_t *cases)
{
    struct report_head head = {.stack = "acmetcp",
                               .spec = "lib:./acme.so",
                               .version = "1.4",
                               .tool_version = "0",
                               .seed = 0x7f3a,
                               .files = 3};
    json_t *report = report_json(&head, cases, 12);
    assert_non_null(report);
    return report;
}

/** One of each verdict. */
static json_t *full_report(void)
{
    json_t *cases = json_array();
    char id[32];
    for (int v = 0; v < VERDICTS; v++) {
        snprintf(id, sizeof id, "case.%d", v);
        json_array_append_new(cases, make_case(id, verdict_name((enum verdict)v), NULL));
    }
    json_array_append_new(cases, make_case("case.known", "FAIL", "KNOWN"));
    return make_report(cases);
}

static char *printed(int (*writer)(FILE *, const json_t *), const json_t *report)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_int_equal(writer(out, report), 0);
    fclose(out);
    return text;
}

static void the_summary_adds_up(void **state)
{
    (void)state;
    static const char *const keys[] = {"pass",   "fail",  "warn", "info", "skip",
                                       "inconc", "crash", "hang", "error"};
    json_t *report = full_report();
    const json_t *sum = json_object_get(report, "summary");
    json_int_t total = 0;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        total += json_integer_value(json_object_get(sum, keys[i]));
    assert_int_equal(total, VERDICTS + 1);
    assert_int_equal(json_integer_value(json_object_get(sum, "cases")), total);
    assert_int_equal(json_integer_value(json_object_get(sum, "fail")), 2);
    assert_int_equal(json_integer_value(json_object_get(sum, "known")), 1);
    assert_string_equal(json_string_value(json_object_get(report, "seed")), "7f3a");
    assert_int_equal(json_integer_value(json_object_get(report, "format")), REPORT_FORMAT);
    json_decref(report);
}

static int code_of(const char *const *verdicts, const char *overlay, bool strict, bool allow)
{
    json_t *cases = json_array();
    for (; *verdicts; verdicts++)
        json_array_append_new(cases, make_case("a", *verdicts, overlay));
    json_t *report = make_report(cases);
    int code = report_exit_code(report, strict, allow);
    json_decref(report);
    return code;
}

#define CODE(overlay, strict, allow, ...)                                                          \
    code_of((const char *const[]){__VA_ARGS__, NULL}, overlay, strict, allow)

static void exit_codes(void **state)
{
    (void)state;
    assert_int_equal(CODE(NULL, false, false, "PASS", "SKIP", "WARN", "INFO"), 0);
    assert_int_equal(CODE(NULL, true, false, "PASS", "WARN"), 1);
    assert_int_equal(CODE(NULL, false, false, "PASS", "FAIL"), 1);
    assert_int_equal(CODE(NULL, false, false, "FAIL", "CRASH"), 3);
    assert_int_equal(CODE(NULL, false, false, "HANG"), 3);
    assert_int_equal(CODE(NULL, false, false, "CRASH", "ERROR"), 4);
    assert_int_equal(CODE(NULL, false, false, "CRASH", "INCONC"), 4);
    assert_int_equal(CODE(NULL, false, true, "PASS", "INCONC"), 0);
    assert_int_equal(CODE(NULL, false, true, "FAIL", "INCONC"), 1);
    assert_int_equal(CODE(NULL, false, false, "SKIP", "SKIP"), 5);
    assert_int_equal(CODE("KNOWN", false, false, "FAIL", "INCONC", "CRASH"), 0);
    assert_int_equal(CODE("KNOWN", true, false, "WARN"), 0);
    assert_int_equal(CODE("NEW", false, false, "FAIL"), 1);
    assert_int_equal(CODE("FIXED", false, false, "PASS"), 1);
    json_t *flaky = make_case("a", "PASS", NULL);
    json_object_set_new(flaky, "flaky", json_pack("[s, s]", "PASS", "WARN"));
    json_t *report = make_report(json_pack("[o]", flaky));
    assert_int_equal(report_exit_code(report, false, false), 1);
    json_decref(report);
    assert_int_equal(CODE("CHANGED", false, false, "FAIL"), 1);
}

static void junit_is_escaped_and_counted(void **state)
{
    (void)state;
    json_t *report = full_report();
    char *text = printed(report_junit, report);
    assert_non_null(strstr(text, "tests=\"10\" failures=\"1\" errors=\"4\" skipped=\"2\""));
    assert_non_null(strstr(text, "&lt;this&gt; &amp; &quot;that&quot;"));
    assert_null(strstr(text, "<this>"));
    assert_non_null(strstr(text, "known deviation: "));
    free(text);
    json_decref(report);
}

static void tap_has_its_plan(void **state)
{
    (void)state;
    json_t *report = full_report();
    char *text = printed(report_tap, report);
    assert_int_equal(strncmp(text, "TAP version 14\n1..10\nok 1 - case.0\n", 33), 0);
    assert_non_null(strstr(text, "\nnot ok 2 - case.1\n  ---\n"));
    assert_non_null(strstr(text, "\nok 5 - case.4 # SKIP "));
    assert_non_null(strstr(text, "# TODO known: "));
    free(text);
    json_decref(report);
}

static void json_is_the_same_twice_but_for_the_time(void **state)
{
    (void)state;
    json_t *one = full_report(), *two = full_report();
    json_object_set_new(two, "wall_ms", json_integer(99));
    assert_false(json_equal(one, two));
    json_object_set_new(two, "wall_ms", json_integer(12));
    char *a = printed(report_dump, one), *b = printed(report_dump, two);
    assert_string_equal(a, b);
    free(a);
    free(b);
    json_decref(one);
    json_decref(two);
}

static void people_see_failures_and_how_to_see_them_again(void **state)
{
    (void)state;
    json_t *report = full_report();
    char *text = NULL;
    size_t len = 0;
    struct style style = {.width = 100, .ascii = 1};
    FILE *out = open_memstream(&text, &len);
    assert_int_equal(report_human(out, report, &style), 0);
    fclose(out);
    assert_non_null(strstr(text, "tcpassay run case.1 -s lib:./acme.so --seed 7f3a"));
    assert_non_null(strstr(text, "x FAIL  case.1"));
    assert_non_null(strstr(text, "Known deviations\n  x FAIL  case.known"));
    assert_non_null(strstr(text,
                           "10 cases: 2 fail . 1 pass . 1 warn . 1 info . 1 skip . 1 inconc . "
                           "1 crash . 1 hang . 1 error (1 known)"));
    for (const char *p = text; *p; p++)
        assert_true((unsigned char)*p < 0x80);
    free(text);
    json_decref(report);
}

static void file_names_are_plain(void **state)
{
    (void)state;
    char buf[64];
    assert_string_equal(case_file_name("a.b/c d", buf, sizeof buf), "a.b_c-d");
    assert_string_equal(case_file_name("tcpref:squeezed", buf, sizeof buf), "tcpref-squeezed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_summary_adds_up),
        cmocka_unit_test(exit_codes),
        cmocka_unit_test(junit_is_escaped_and_counted),
        cmocka_unit_test(tap_has_its_plan),
        cmocka_unit_test(json_is_the_same_twice_but_for_the_time),
        cmocka_unit_test(people_see_failures_and_how_to_see_them_again),
        cmocka_unit_test(file_names_are_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
