/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of deviations: read, asked, written and read again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scenario/deviations.h"

static const char *const keys[] = {"same-seq-shrink", "late-probe"};

static struct deviations *read_from(const char *path, char **ret_said)
{
    size_t len = 0;
    FILE *errors = open_memstream(ret_said, &len);

    assert_non_null(errors);
    struct deviations *d = deviations_read(path, keys, 2, errors);
    fclose(errors);
    return d;
}

static struct deviations *good(void)
{
    char *said = NULL;
    struct deviations *d = read_from(TEST_DATA "/yaml/deviations/good.yaml", &said);

    assert_string_equal(said, "");
    assert_non_null(d);
    free(said);
    return d;
}

static void entries_are_read(void **state)
{
    (void)state;
    struct deviations *d = good();
    assert_int_equal(deviations_key_count(d), 1);
    assert_string_equal(deviations_key(d, 0)->key, "same-seq-shrink");
    assert_int_equal(deviations_key(d, 0)->line, 2);
    assert_int_equal(deviations_clause_count(d), 1);
    assert_string_equal(deviations_clause(d, 0)->ids, "MUST-1 SHLD-2");
    assert_string_equal(deviations_clause(d, 0)->where, "a.c");
    assert_int_equal(deviations_count(d), 2);
    assert_string_equal(deviations_at(d, 1)->until, "2026-06-30");
    assert_null(deviations_at(d, 0)->until);
    assert_int_equal(deviations_at(d, 1)->line, 8);
    deviations_free(d);
}

static void entries_match(void **state)
{
    (void)state;
    struct deviations *d = good();
    const struct deviation *paws = deviations_at(d, 0), *rst = deviations_at(d, 1);
    const char *paws_case = "paws.old-segment-acked-and-dropped/newer";
    assert_ptr_equal(deviations_match(d, paws_case, "FAIL", "it wanted an ACK there"), paws);
    assert_ptr_equal(deviations_match(d, paws->rule, "FAIL", "wanted an ACK"), paws);
    assert_null(deviations_match(d, paws_case, "CRASH", "wanted an ACK"));
    assert_null(deviations_match(d, paws_case, "FAIL", "something else"));
    assert_null(
        deviations_match(d, "paws.old-segment-acked-and-dropped2", "FAIL", "wanted an ACK"));
    assert_ptr_equal(deviations_find(d, "rst.x/closing/next"), rst);
    assert_null(deviations_find(d, "rst.x/closing/exact"));
    assert_false(deviation_expired(paws, "2099-01-01"));
    assert_false(deviation_expired(rst, "2026-06-30"));
    assert_true(deviation_expired(rst, "2026-07-01"));
    deviations_free(d);
}

static void errors_have_their_place(void **state)
{
    static const char *const expected[] = {
        ":2:11: error: no invariant has a key \"same-seq-shirnk\"\n",
        "= did you mean \"same-seq-shrink\"?\n",
        ":3:5: error: an entry of keys needs \"why\"\n",
        ":5:24: error: \"PASS\" is none of: FAIL WARN SKIP INCONC CRASH HANG\n",
        ":6:5: error: an entry of cases needs \"reason\"\n",
        ":6:30: error: unknown key \"reson\"\n",
        "= did you mean \"reason\"?\n",
        ":7:56: error: \"2026-06-30\" means different things to different YAML versions: text, or "
        "a "
        "date\n",
        ":8:56: error: \"until\" is a day, as \"2026-06-30\"\n",
        ":9:5: error: an entry of cases is a map, not text\n",
        ":10:1: error: unknown key \"case\"\n",
        "= did you mean \"cases\"?\n",
        ":12:5: error: an entry of clauses needs \"what\"\n",
        ":12:14: error: \"clause\" is a list of ids of the catalogue\n",
    };
    (void)state;
    char *said = NULL;
    assert_null(read_from(TEST_DATA "/yaml/deviations/bad.yaml", &said));
    const char *at = said;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        at = strstr(at, expected[i]);
        if (at == NULL)
            fail_msg("%s not in its place in\n%s", expected[i], said);
    }
    free(said);
    assert_null(read_from("/nowhere.yaml", &said));
    assert_string_equal(said, "/nowhere.yaml: error: cannot read it: No such file or directory\n");
    free(said);
}

static const struct deviation odd[] = {
    {.rule = "no", .verdict = "FAIL", .reason = "\"quotes\" \\ and: more", .why = "- # {x}"},
    {.rule = "*", .verdict = "HANG", .reason = "3.10", .why = "é", .until = "2030-01-01"},
    {.rule = "a/b", .verdict = "SKIP", .reason = " spaces ", .why = "!tag"},
};

static const struct deviation_clause left = {
    .ids = "MUST-1 SHLD-2", .where = "a.c", .what = "is: so", .why = "by choice"};

static void what_is_written_is_read(void **state)
{
    (void)state;
    char path[] = "/tmp/tcpassay-test-XXXXXX", *said = NULL;
    int fd = mkstemp(path);
    FILE *out = fdopen(fd, "w");
    struct deviations *d = deviations_new();
    assert_non_null(out);
    assert_true(deviations_add_key(d, "late-probe", "by choice"));
    assert_true(deviations_add_clause(d, &left));
    assert_true(deviations_add_signature(d, "edge-back SHLD-14 *", "its way"));
    for (size_t i = 0; i < 3; i++)
        assert_true(deviations_add(d, &odd[i]));
    assert_int_equal(deviations_write(d, out), 0);
    fclose(out);
    deviations_free(d);

    d = read_from(path, &said);
    assert_string_equal(said, "");
    assert_string_equal(deviations_key(d, 0)->key, "late-probe");
    assert_string_equal(deviations_clause(d, 0)->ids, left.ids);
    assert_string_equal(deviations_clause(d, 0)->what, left.what);
    assert_int_equal(deviations_signature_count(d), 1);
    assert_string_equal(deviations_signature(d, 0)->signature, "edge-back SHLD-14 *");
    assert_int_equal(deviations_count(d), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(deviations_at(d, i)->rule, odd[i].rule);
        assert_string_equal(deviations_at(d, i)->verdict, odd[i].verdict);
        assert_string_equal(deviations_at(d, i)->reason, odd[i].reason);
        assert_string_equal(deviations_at(d, i)->why, odd[i].why);
    }
    assert_string_equal(deviations_at(d, 1)->until, "2030-01-01");
    deviations_free(d);
    free(said);
    unlink(path);
}

static void empty_list_is_written(void **state)
{
    (void)state;
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    struct deviations *d = deviations_new();
    assert_int_equal(deviations_write(d, out), 0);
    fclose(out);
    assert_string_equal(text, "keys: []\ncases: []\n");
    free(text);
    deviations_free(d);
}

/* A reason is a part of the message: what no file can hold ends it. */
static void reasons_are_cut(void **state)
{
    (void)state;
    struct deviations *d = deviations_new();
    struct deviation entry = {
        .rule = "a", .verdict = "FAIL", .reason = "text\x1b[31m", .why = "bad \xff octet"};
    assert_true(deviations_add(d, &entry));
    assert_string_equal(deviations_at(d, 0)->reason, "text");
    assert_string_equal(deviations_at(d, 0)->why, "bad ");
    entry.reason = "";
    assert_false(deviations_add(d, &entry));
    assert_int_equal(deviations_count(d), 1);
    deviations_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_read),        cmocka_unit_test(entries_match),
        cmocka_unit_test(errors_have_their_place), cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(empty_list_is_written),   cmocka_unit_test(reasons_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
