/* SPDX-License-Identifier: BSD-2-Clause */
/* Trials and features: what a case shows is told, whoever dies of it, and the same case looks
 * alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "player/feature.h"
#include "player/trial.h"
#include "scenario/catalogue.h"
#include "scenario/yaml.h"
#include "stacks/stacks.h"

#define LIMIT 5000000000u

static const char *const texts[] = {
    "rule: trial.plain\ntitle: t\nkind: scenario\nsteps:\n- send: {flags: PA, data: 10}\n"
    "- wait: 1s\n",
    "rule: trial.frail\ntitle: t\nkind: scenario\nsteps:\n- send: {flags: FAU, urg: 1}\n"
    "- wait: 1s\n",
    "rule: trial.frail-too\ntitle: t\nkind: scenario\nsteps:\n- send: {flags: PA, data: 10}\n"
    "- send: {flags: FAU, urg: 1}\n- wait: 1s\n",
    "rule: trial.small\ntitle: t\nkind: scenario\ngiven: {state: established, reader: stop}\n"
    "steps:\n- app: {setopt: {rcvbuf: 2304}}\n- send: {flags: PA, data: 100, count: 30}\n"
    "- wait: 1s\n",
};
enum { PLAIN, FRAIL, FRAIL_TOO, SMALL, TEXTS };

struct books {
    struct catalogue *catalogue;
    struct rulebook *book[TEXTS];
    struct scn scn[TEXTS];
};

static int open_books(void **state)
{
    struct books *b = calloc(1, sizeof *b);
    assert_non_null(b);
    b->catalogue = catalogue_read(SPECS "/requirements", stderr);
    assert_non_null(b->catalogue);
    for (unsigned i = 0; i < TEXTS; i++) {
        b->book[i] = rulebook_new(b->catalogue);
        assert_int_equal(rulebook_parse(b->book[i], "test", texts[i], strlen(texts[i]), stderr), 0);
        b->scn[i] = *rulebook_case(b->book[i], 0);
    }
    *state = b;
    return 0;
}

static int close_books(void **state)
{
    struct books *b = *state;
    for (unsigned i = 0; i < TEXTS; i++)
        rulebook_free(b->book[i]);
    catalogue_free(b->catalogue);
    free(b);
    return 0;
}

static struct trial trial_on(const char *spec, struct stacks_choice *choice)
{
    char why[200];
    if (stacks_choose(spec, choice, why, sizeof why))
        fail_msg("%s", why);
    return (struct trial){
        .options = {.stack = choice->stack, .seed = 1}, .workers = 1, .limit = LIMIT};
}

static void a_right_stack_shows_nothing(void **state)
{
    struct books *b = *state;
    struct stacks_choice choice;
    struct trial t = trial_on("tcpref", &choice);
    assert_int_equal(trial_find(&t, &b->scn[PLAIN], false), 0);
    snprintf(t.want, sizeof t.want, "INVARIANT edge-back SHLD-14 ESTABLISHED");
    assert_int_equal(trial_first(&t, b->scn, 2), 2);
    stacks_release(&choice);
}

static void a_death_is_told_and_costs_its_case(void **state)
{
    struct books *b = *state;
    struct stacks_choice choice;
    struct trial t = trial_on("lib:" TEST_PLUGINS "/frail.so", &choice);
    assert_int_equal(trial_find(&t, &b->scn[PLAIN], false), 0);
    assert_int_equal(trial_find(&t, &b->scn[FRAIL], false), 1);
    assert_non_null(strstr(t.want, "CRASH signal 11"));
    assert_int_equal(trial_first(&t, b->scn, TEXTS), FRAIL);
    t.times = 3;
    t.workers = 8;
    assert_int_equal(trial_first(&t, b->scn, TEXTS), FRAIL);
    assert_int_equal(trial_first(&t, &b->scn[FRAIL_TOO], 1), 0);
    assert_int_equal(trial_first(&t, &b->scn[PLAIN], 1), 1);
    stacks_release(&choice);
}

static void workers_may_be_kept(void **state)
{
    struct books *b = *state;
    struct stacks_choice choice;
    struct trial t = trial_on("lib:" TEST_PLUGINS "/frail.so", &choice);
    t.workers = 3;
    assert_int_equal(trial_find(&t, &b->scn[FRAIL], false), 1);
    assert_int_equal(trial_begin(&t), 0);
    assert_int_equal(trial_first(&t, b->scn, TEXTS), FRAIL);
    t.times = 2;
    assert_int_equal(trial_first(&t, &b->scn[PLAIN], 1), 1);
    assert_int_equal(trial_first(&t, b->scn, TEXTS), FRAIL);
    assert_int_equal(trial_first(&t, b->scn, 0), 0);
    struct scn empty = b->scn[PLAIN];
    empty.first = -1;
    empty.steps = empty.capacity = 0;
    empty.step = NULL;
    assert_int_equal(trial_first(&t, &empty, 1), 1);
    trial_end(&t);
    trial_end(&t);
    stacks_release(&choice);
}

static void a_case_may_end_with_what_is_wanted(void **state)
{
    struct books *b = *state;
    char why[200];
    struct player *p = player_new();
    struct player_options options = {.stack = &stacks_tcpref, .profile = "squeezed", .seed = 1};
    assert_non_null(p);
    assert_int_equal(player_attach(p, &options, why, sizeof why), 0);
    const struct player_result *result = player_play(p, &b->scn[SMALL]);
    char line[TRIAL_LINE];
    assert_non_null(trial_line(p, result, true, line, sizeof line));
    size_t whole = trace_count(player_trace(p));
    player_content_with(p, line);
    result = player_play(p, &b->scn[SMALL]);
    assert_true(trial_shows(p, result, line));
    assert_int_not_equal(result->verdict, VERDICT_ERROR);
    assert_true(trace_count(player_trace(p)) < whole);
    player_content_with(p, NULL);
    player_play(p, &b->scn[SMALL]);
    assert_int_equal(trace_count(player_trace(p)), whole);
    player_free(p);
}

static void a_stack_that_cannot_be_opened_is_no_finding(void **state)
{
    struct books *b = *state;
    struct stacks_choice choice;
    struct trial t = trial_on("lib:" TEST_PLUGINS "/refuses.so", &choice);
    assert_int_equal(trial_find(&t, &b->scn[PLAIN], true), -1);
    assert_true(strlen(t.why) > 0);
    assert_int_equal(trial_first(&t, b->scn, 1), 1);
    stacks_release(&choice);
}

/* ---- features ---- */

struct set {
    bool has[FEATURES];
    unsigned count;
};

static void take(void *context, uint16_t feature)
{
    struct set *s = context;
    s->count += !s->has[feature];
    s->has[feature] = true;
}

static void features_of(struct player *p, const struct scn *scn, struct set *ret_set)
{
    memset(ret_set, 0, sizeof *ret_set);
    (void)player_play(p, scn);
    feature_each(player_trace(p), take, ret_set);
}

static void the_same_case_has_the_same_features(void **state)
{
    struct books *b = *state;
    static struct set first, again, other;
    char why[200];
    struct player *p = player_new();
    struct player_options options = {.stack = &stacks_tcpref, .seed = 1};
    assert_non_null(p);
    assert_int_equal(player_attach(p, &options, why, sizeof why), 0);
    features_of(p, &b->scn[PLAIN], &first);
    features_of(p, &b->scn[PLAIN], &again);
    features_of(p, &b->scn[SMALL], &other);
    assert_true(first.count > 3);
    assert_memory_equal(&first, &again, sizeof first);
    unsigned news = 0;
    for (unsigned i = 0; i < FEATURES; i++)
        news += other.has[i] && !first.has[i];
    assert_true(news > 0);
    player_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_stack_shows_nothing),
        cmocka_unit_test(a_death_is_told_and_costs_its_case),
        cmocka_unit_test(workers_may_be_kept),
        cmocka_unit_test(a_case_may_end_with_what_is_wanted),
        cmocka_unit_test(a_stack_that_cannot_be_opened_is_no_finding),
        cmocka_unit_test(the_same_case_has_the_same_features),
    };
    return cmocka_run_group_tests(tests, open_books, close_books);
}
