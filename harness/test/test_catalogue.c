/* SPDX-License-Identifier: BSD-2-Clause */
/* The catalogue of requirements: the one of specs/, and a broken one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/catalogue.h"

static struct catalogue *requirements;

static int set_up(void **state)
{
    (void)state;
    requirements = catalogue_read(SPECS "/requirements", stderr);
    return requirements == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    catalogue_free(requirements);
    return 0;
}

static const struct clause *clause(const char *id)
{
    const struct clause *found = catalogue_find(requirements, id);

    assert_non_null(found);
    return found;
}

static void holds_every_requirement(void **state)
{
    (void)state;
    char id[20];
    assert_true(catalogue_count(requirements) >= 1277);
    for (int i = 1; i <= 69; i++) {
        snprintf(id, sizeof id, "MUST-%d", i);
        assert_string_equal(clause(id)->rfc, "9293");
    }
    for (size_t i = 0; i < catalogue_count(requirements); i++) {
        const struct clause *c = catalogue_at(requirements, i);
        assert_ptr_equal(catalogue_find(requirements, c->id), c);
        assert_non_null(c->section);
        assert_non_null(c->title);
        assert_non_null(c->text);
        assert_true(c->observable != NULL || c->untestable != NULL);
    }
}

static void rows_are_read_whole(void **state)
{
    (void)state;
    const struct clause *c = clause("R7323-2.2-2");
    assert_string_equal(c->rfc, "7323");
    assert_string_equal(c->section, "2.2");
    assert_string_equal(c->title, "Offer WSopt even with zero shift");
    assert_string_equal(c->level_text, "SHOULD");
    assert_int_equal(c->level, CLAUSE_SHOULD);
    assert_int_equal(c->confidence, CLAUSE_HIGH);
    assert_null(c->untestable);
}

static void unknown_ids_have_a_neighbour(void **state)
{
    (void)state;
    assert_null(catalogue_find(requirements, "MUST-334"));
    assert_null(catalogue_find(requirements, ""));
    assert_string_equal(catalogue_suggest(requirements, "MUST-334"), "MUST-34");
    assert_string_equal(catalogue_suggest(requirements, "R7323-2.2.2"), "R7323-2.2-2");
    assert_null(catalogue_suggest(requirements, "something else"));
}

static void weights(void **state)
{
    static const struct {
        enum clause_level level;
        enum clause_confidence confidence;
        enum clause_weight weight;
    } rows[] = {
        {CLAUSE_MUST, CLAUSE_HIGH, CLAUSE_FAILS},   {CLAUSE_MUST, CLAUSE_LOW, CLAUSE_FAILS},
        {CLAUSE_SHOULD, CLAUSE_HIGH, CLAUSE_WARNS}, {CLAUSE_MAY, CLAUSE_HIGH, CLAUSE_INFORMS},
        {CLAUSE_NOKEY, CLAUSE_HIGH, CLAUSE_FAILS},  {CLAUSE_NOKEY, CLAUSE_MEDIUM, CLAUSE_WARNS},
        {CLAUSE_NOKEY, CLAUSE_LOW, CLAUSE_WARNS},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct clause c = {.level = rows[i].level, .confidence = rows[i].confidence};
        assert_int_equal(clause_weight(&c), rows[i].weight);
    }
}

static void says(const char *folder, const char *expected)
{
    char *text = NULL;
    size_t len = 0;
    FILE *errors = open_memstream(&text, &len);

    assert_non_null(errors);
    assert_null(catalogue_read(folder, errors));
    fclose(errors);
    assert_string_equal(text, expected);
    free(text);
}

static void errors_have_their_place(void **state)
{
    (void)state;
    says(TEST_DATA "/yaml/catalogue", TEST_DATA
         "/yaml/catalogue/rfc1.yaml:1:3: error: a requirement needs \"title\"\n"
         "    1 | - id: R1-1\n"
         "      |   ^\n" TEST_DATA "/yaml/catalogue/rfc1.yaml:4:3: error: unknown key \"titel\"\n"
         "    4 |   titel: slip\n"
         "      |   ^\n"
         "      = did you mean \"title\"?\n" TEST_DATA
         "/yaml/catalogue/rfc1.yaml:8:10: error: unknown level \"ought\"\n"
         "    8 |   level: ought\n"
         "      |          ^\n" TEST_DATA
         "/yaml/catalogue/rfc1.yaml:11:9: error: \"text\" is text, not a list\n"
         "   11 |   text: [a]\n"
         "      |         ^\n" TEST_DATA "/yaml/catalogue/rfc1.yaml:12:15: error: "
         "confidence is high, medium or low\n"
         "   12 |   confidence: sure\n"
         "      |               ^\n" TEST_DATA
         "/yaml/catalogue/rfc1.yaml:13:3: error: a requirement is a map, not text\n"
         "   13 | - text\n"
         "      |   ^\n");
    says("/nowhere", "/nowhere: error: cannot read it: No such file or directory\n");
    says(TEST_DATA "/yaml/rules",
         TEST_DATA "/yaml/rules: error: no catalogue is there (rfc*.yaml)\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_every_requirement),      cmocka_unit_test(rows_are_read_whole),
        cmocka_unit_test(unknown_ids_have_a_neighbour), cmocka_unit_test(weights),
        cmocka_unit_test(errors_have_their_place),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
