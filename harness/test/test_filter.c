/* SPDX-License-Identifier: BSD-2-Clause */
/* The filter expression: blank and, comma or, `!` not; keys; ids. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scenario/filter.h"

static struct catalogue *catalogue;

static struct scn sample(void)
{
    struct scn scn = {.rule = "paws.old-segment",
                      .name = "paws.old-segment/one-tick",
                      .kind = "rule",
                      .clause = {"R7323-5.3-3", "MUST-34"},
                      .tags = "paws timestamps receiver"};
    scn.given.state = SCN_TIME_WAIT;
    return scn;
}

static bool takes(const char *expression)
{
    char why[200] = "";
    struct scn scn = sample();
    struct filter *f = filter_parse(expression, why, sizeof why);
    assert_non_null(f);
    bool yes = filter_takes(f, &scn, catalogue);
    filter_free(f);
    return yes;
}

static void ids_and_globs(void **state)
{
    (void)state;
    assert_true(takes(""));
    assert_true(takes("paws.old-segment"));
    assert_true(takes("paws.old-segment/one-tick"));
    assert_true(takes("paws.*"));
    assert_true(takes("*/one-tick"));
    assert_false(takes("paws.old"));
    assert_false(takes("window.*"));
    assert_false(takes("paws.old-segment/two"));
}

static void keys_of_a_case(void **state)
{
    (void)state;
    assert_true(takes("tag:paws"));
    assert_true(takes("tag:time*"));
    assert_false(takes("tag:paw"));
    assert_true(takes("state:time-wait"));
    assert_false(takes("state:listen"));
    assert_true(takes("kind:rule"));
    assert_true(takes("clause:MUST-34"));
    assert_true(takes("clause:RFC9293/3.8*"));
    assert_true(takes("clause:RFC7323/*"));
    assert_false(takes("clause:RFC6298/*"));
    assert_true(takes("rfc:7323"));
    assert_true(takes("level:must"));
    assert_false(takes("level:may"));
}

static void words_joined(void **state)
{
    (void)state;
    assert_true(takes("tag:paws state:time-wait"));
    assert_false(takes("tag:paws state:listen"));
    assert_true(takes("tag:wscale,tag:paws state:time-wait"));
    assert_true(takes("state:listen,state:time-wait tag:wscale,tag:paws"));
    assert_false(takes("tag:paws !state:time-wait"));
    assert_true(takes("!tag:wscale,state:listen"));
    assert_false(takes("!tag:paws,state:listen"));
    assert_true(takes("  tag:paws   "));
    assert_true(takes("tag:paws,"));
}

static void wrong_expressions(void **state)
{
    (void)state;
    char why[200];
    const char *const wrong[] = {"colour:red", "level:maybe", "tag:", "!", "a , b :c"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        why[0] = '\0';
        assert_null(filter_parse(wrong[i], why, sizeof why));
        assert_true(strlen(why) > 5);
    }
}

static int load(void **state)
{
    (void)state;
    catalogue = catalogue_read(SPECS "/requirements", stderr);
    return catalogue ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    catalogue_free(catalogue);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_and_globs),
        cmocka_unit_test(keys_of_a_case),
        cmocka_unit_test(words_joined),
        cmocka_unit_test(wrong_expressions),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
