/* SPDX-License-Identifier: BSD-2-Clause */
/* The oracle's tables: every clause is in the catalogue, every key softens a row that exists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "oracle/oracle.h"

static bool in_file(const char *path, const char *line)
{
    char text[4096];
    bool found = false;
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while (!found && fgets(text, sizeof text, f)) {
        text[strcspn(text, "\r\n")] = '\0';
        found = strcmp(text, line) == 0;
    }
    fclose(f);
    return found;
}

static bool in_catalogue(const char *clause)
{
    static const char *const files[] = {"rfc9293", "rfc7323", "rfc6298", "rfc5681", "rfc2018"};
    char line[128], path[512];
    snprintf(line, sizeof line, "- id: %s", clause);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, SPECS "/requirements/%s.yaml", files[i]);
        if (in_file(path, line)) {
            return true;
        }
    }
    return false;
}

static void clauses_exist(void **state)
{
    (void)state;
    size_t n;
    const struct oracle_invariant *rows = oracle_invariants(&n);
    assert_true(n >= 25);
    for (size_t i = 0; i < n; i++) {
        char *copy = strdup(rows[i].clauses);
        char *rest;
        assert_true(strlen(rows[i].claim) > 10);
        for (char *id = strtok_r(copy, " ", &rest); id; id = strtok_r(NULL, " ", &rest)) {
            if (!in_catalogue(id)) {
                fail_msg("%s: no clause %s", rows[i].name, id);
            }
        }
        free(copy);
    }
}

static void keys_soften_rows(void **state)
{
    (void)state;
    size_t n_keys, n_rows;
    const struct oracle_key *keys = oracle_keys(&n_keys);
    const struct oracle_invariant *rows = oracle_invariants(&n_rows);
    assert_true(n_keys > 0 && n_keys <= 64);
    for (size_t i = 0; i < n_keys; i++) {
        bool found = false;
        for (size_t j = 0; j < n_rows; j++) {
            found |= strcmp(keys[i].row, rows[j].name) == 0;
        }
        assert_true(found);
        assert_non_null(keys[i].says);
    }
}

static void signature_is_stable(void **state)
{
    (void)state;
    size_t n;
    char line[128];
    const struct oracle_breach b = {
        .invariant = oracle_invariants(&n), .clause = "MUST-2", .state = "ESTABLISHED"};
    assert_string_equal(oracle_signature(&b, line, sizeof line),
                        "INVARIANT form MUST-2 ESTABLISHED");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clauses_exist),
        cmocka_unit_test(keys_soften_rows),
        cmocka_unit_test(signature_is_stable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
