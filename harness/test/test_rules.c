/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules themselves, tried: on the reference stack they hold, on broken stacks none of them
 * does. */
#include "player/player.h"
#include "scenario/yaml.h"
#include "stacks/stacks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { CASES_AT_LEAST = 250, FILES_AT_LEAST = 60, IDS_AT_LEAST = 120, IDS_MAX = 2048 };

static struct catalogue *catalogue;
static struct rulebook *book;

static int read_specs(void **state)
{
    (void)state;
    catalogue = catalogue_read(SPECS "/requirements", stderr);
    book = catalogue ? rulebook_new(catalogue) : NULL;
    return !book || rulebook_read_tree(book, SPECS "/rules", stderr) ||
           rulebook_read_tree(book, SPECS "/incidents", stderr);
}

static int free_specs(void **state)
{
    (void)state;
    rulebook_free(book);
    catalogue_free(catalogue);
    return 0;
}

struct bench {
    struct stacks_choice choice;
    struct player *player;
};

static void set_up(struct bench *b, const char *spec, enum player_fault fault)
{
    char why[200];
    assert_int_equal(stacks_choose(spec, &b->choice, why, sizeof why), 0);
    b->player = player_new();
    struct player_options options = {.stack = b->choice.stack,
                                     .profile = b->choice.profile,
                                     .catalogue = catalogue,
                                     .seed = 1,
                                     .fault = fault};
    assert_int_equal(player_attach(b->player, &options, why, sizeof why), TCPASSAY_OK);
}

static void tear_down(struct bench *b)
{
    player_free(b->player);
    stacks_release(&b->choice);
}

static unsigned unclean(const char *spec)
{
    struct bench b;
    unsigned bad = 0;
    set_up(&b, spec, FAULT_NONE);
    for (size_t i = 0; i < rulebook_count(book); i++) {
        const struct player_result *r = player_play(b.player, rulebook_case(book, i));
        bool clean = r->verdict == VERDICT_PASS || r->verdict == VERDICT_WARN ||
                     r->verdict == VERDICT_INFO || r->verdict == VERDICT_SKIP;
        if (!clean) {
            print_message("%s: %s %s: %s\n", spec, verdict_name(r->verdict),
                          rulebook_case(book, i)->name, r->message);
            bad++;
        }
    }
    tear_down(&b);
    return bad;
}

static void tcpref_is_clean(void **state)
{
    (void)state;
    assert_int_equal(unclean("tcpref"), 0);
}

static void squeezed_is_clean(void **state)
{
    (void)state;
    assert_int_equal(unclean("tcpref:squeezed"), 0);
}

static void offload_is_clean(void **state)
{
    (void)state;
    assert_int_equal(unclean("tcpref:gso"), 0);
}

static void other_profiles_are_clean(void **state)
{
    (void)state;
    assert_int_equal(unclean("tcpref:nosack"), 0);
    assert_int_equal(unclean("tcpref:cubic"), 0);
    assert_int_equal(unclean("tcpref:rack"), 0);
    assert_int_equal(unclean("tcpref:ecn"), 0);
}

static void squeezed_retracts_in_the_incident(void **state)
{
    (void)state;
    struct bench b;
    unsigned seen = 0;
    set_up(&b, "tcpref:squeezed", FAULT_NONE);
    for (size_t i = 0; i < rulebook_count(book); i++) {
        const struct scn *scn = rulebook_case(book, i);
        if (strncmp(scn->rule, "window-retraction.", 18) != 0)
            continue;
        assert_true(player_play(b.player, scn)->retracted);
        seen++;
    }
    tear_down(&b);
    assert_true(seen >= 10);
}

static void try_fault_on(const char *stack, enum player_fault fault, const char *name)
{
    struct bench b;
    size_t reached = 0, skipped = 0, passed = 0, count = rulebook_count(book);
    set_up(&b, stack, fault);
    for (size_t i = 0; i < count; i++) {
        const struct player_result *r = player_play(b.player, rulebook_case(book, i));
        reached += r->own_step_reached;
        skipped += r->verdict == VERDICT_SKIP && !r->own_step_reached;
        if (r->verdict == VERDICT_PASS || r->verdict == VERDICT_INFO) {
            print_message("%s passes on a stack that is %s\n", rulebook_case(book, i)->name, name);
            passed++;
        }
    }
    tear_down(&b);
    assert_int_equal(passed, 0);
    assert_true(reached * 10 >= count * 9);
    assert_true(skipped * 10 <= count);
}

/* The profiles that some rules need. */
static void try_fault(enum player_fault fault, const char *name)
{
    try_fault_on("tcpref", fault, name);
    try_fault_on("tcpref:ecn", fault, name);
    try_fault_on("tcpref:rack", fault, name);
}

static void none_passes_mute(void **state)
{
    (void)state;
    try_fault(FAULT_MUTE, "mute");
}

static void none_passes_resets(void **state)
{
    (void)state;
    try_fault(FAULT_RESETS, "all resets");
}

static void none_passes_stale(void **state)
{
    (void)state;
    try_fault(FAULT_STALE, "stale");
}

static size_t add_id(const char **ids, size_t n, const char *id)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(ids[i], id) == 0)
            return n;
    if (n < IDS_MAX)
        ids[n++] = id;
    return n;
}

static void enough_and_spread(void **state)
{
    (void)state;
    static const char *ids[IDS_MAX];
    size_t n = 0, most = 0, run = 0, count = rulebook_count(book);
    struct bench b;
    set_up(&b, "tcpref", FAULT_NONE);
    for (size_t i = 0; i < count; i++) {
        const struct player_result *r = player_play(b.player, rulebook_case(book, i));
        for (unsigned j = 0; j < r->judged_count; j++)
            n = add_id(ids, n, r->judged[j]);
        bool same =
            i && strcmp(rulebook_case(book, i)->rule, rulebook_case(book, i - 1)->rule) == 0;
        run = same ? run + 1 : 1;
        most = run > most ? run : most;
    }
    tear_down(&b);
    print_message("%zu files, %zu cases, %zu ids judged, %zu cases in the largest rule\n",
                  rulebook_files(book), count, n, most);
    assert_true(rulebook_files(book) >= FILES_AT_LEAST);
    assert_true(count >= CASES_AT_LEAST);
    assert_true(n >= IDS_AT_LEAST);
    assert_true(most * 100 <= count * 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tcpref_is_clean),
        cmocka_unit_test(squeezed_is_clean),
        cmocka_unit_test(offload_is_clean),
        cmocka_unit_test(other_profiles_are_clean),
        cmocka_unit_test(squeezed_retracts_in_the_incident),
        cmocka_unit_test(none_passes_mute),
        cmocka_unit_test(none_passes_resets),
        cmocka_unit_test(none_passes_stale),
        cmocka_unit_test(enough_and_spread),
    };
    return cmocka_run_group_tests(tests, read_specs, free_specs);
}
