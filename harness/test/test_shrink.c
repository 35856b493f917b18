/* SPDX-License-Identifier: BSD-2-Clause */
/* Shrinking: what is needed stays, all else goes, it ends, and what is left can be written out. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scenario/bytes.h"
#include "scenario/catalogue.h"
#include "scenario/emit.h"
#include "scenario/shrink.h"
#include "scenario/yaml.h"

static struct scn_step *add(struct scn *scn, enum scn_op op, unsigned what, int64_t n)
{
    int16_t index;
    struct scn_step *step = scn_step_add(scn, op, &index);
    assert_non_null(step);
    step->what = (uint8_t)what;
    step->number = (struct scn_expr){.n = 1, .term = {{.number = n}}};
    if (index > 0)
        scn->step[index - 1].next = index;
    else
        scn->first = 0;
    return step;
}

static void begin(struct scn *scn)
{
    *scn = (struct scn){.kind = "scenario"};
    scn_given_default(&scn->given);
    scn_clear(scn);
}

static void add_noise(struct scn *scn, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        add(scn, SCN_WAIT, 0, 1000 + i);
}

static int64_t number_of(const struct scn *scn, enum scn_op op)
{
    for (int16_t i = scn->first; i >= 0; i = scn->step[i].next)
        if (scn->step[i].op == op)
            return scn->step[i].number.n ? scn->step[i].number.term[0].number : 0;
    return -1;
}

/* A fill of at least 37 octets, somewhere before a call with at least 1000. */
static bool shows(const struct scn *scn)
{
    bool filled = false;
    for (int16_t i = scn->first; i >= 0; i = scn->step[i].next) {
        const struct scn_step *s = &scn->step[i];
        if (s->op == SCN_FILL && s->number.term[0].number >= 37)
            filled = true;
        if (filled && s->op == SCN_APP && s->number.n && s->number.term[0].number >= 1000)
            return true;
    }
    return false;
}

static size_t first_that_shows(void *context, const struct scn *candidates, size_t n)
{
    unsigned *asked = context;
    for (size_t i = 0; i < n; i++) {
        ++*asked;
        if (shows(&candidates[i]))
            return i;
    }
    return n;
}

static void make_large(struct scn *scn)
{
    begin(scn);
    scn->given.family = 6;
    scn->given.mss = 1440;
    scn->given.sack = 1;
    scn->given.iss_set = true;
    scn->given.delay = 123456789;
    add_noise(scn, 13);
    add(scn, SCN_FILL, SCN_FILL_FULL, 7777)->seg.count = 900;
    add_noise(scn, 9);
    add(scn, SCN_APP, SCN_APP_SEND, 123456)->conn = 1;
    add_noise(scn, 21);
}

static void only_what_is_needed_stays(size_t batch)
{
    struct scn scn;
    unsigned asked = 0;
    struct scn_shrink job = {
        .first = first_that_shows, .context = &asked, .batch = batch, .most = 5000};
    make_large(&scn);
    assert_int_equal(scn_shrink(&scn, &job), 0);
    assert_int_equal(scn.steps, 2);
    assert_true(shows(&scn));
    assert_int_equal(number_of(&scn, SCN_FILL), 40); /* one digit, at least 37 */
    assert_int_equal(number_of(&scn, SCN_APP), 1000);
    assert_int_equal(scn.step[0].seg.count, 0);
    assert_int_equal(scn.step[1].conn, 0);
    assert_int_equal(scn.step[1].label, 2);
    struct scn_given usual;
    scn_given_default(&usual);
    assert_true(scn_given_same(&scn.given, &usual));
    assert_true(asked <= job.tried && job.tried < 5000);
    scn_free_steps(&scn);
}

static void one_at_a_time(void **unused)
{
    (void)unused;
    only_what_is_needed_stays(1);
}

static void many_at_once(void **unused)
{
    (void)unused;
    only_what_is_needed_stays(64);
}

static void it_ends_with_its_budget(void **unused)
{
    (void)unused;
    struct scn scn;
    unsigned asked = 0;
    struct scn_shrink job = {.first = first_that_shows, .context = &asked, .batch = 1, .most = 7};
    make_large(&scn);
    assert_int_equal(scn_shrink(&scn, &job), 0);
    assert_int_equal(job.tried, 7);
    assert_int_equal(asked, 7);
    assert_true(shows(&scn));
    scn_free_steps(&scn);
}

static size_t none(void *context, const struct scn *candidates, size_t n)
{
    (void)context;
    (void)candidates;
    return n;
}

static void where_nothing_may_go_it_stays_as_it_was(void **unused)
{
    (void)unused;
    struct scn scn, before;
    struct scn_shrink job = {.first = none, .batch = 8, .most = 100000};
    make_large(&scn);
    make_large(&before);
    assert_int_equal(scn_shrink(&scn, &job), 0);
    assert_int_equal(job.kept, 0);
    assert_int_equal(scn.steps, before.steps);
    for (unsigned i = 0; i < scn.steps; i++)
        assert_true(scn_step_same(&scn.step[i], &before.step[i]));
    assert_true(scn_given_same(&scn.given, &before.given));
    scn_free_steps(&scn);
    scn_free_steps(&before);
}

static void claims_are_refused(void **unused)
{
    (void)unused;
    struct scn scn;
    struct scn_shrink job = {.first = none, .batch = 1, .most = 10};
    begin(&scn);
    add(&scn, SCN_EXPECT, 0, 0);
    errno = 0;
    assert_int_equal(scn_shrink(&scn, &job), -1);
    assert_int_equal(errno, ENOTSUP);
    scn_clear(&scn);
    add(&scn, SCN_APP, SCN_APP_EOF, 0);
    assert_int_equal(scn_shrink(&scn, &job), -1);
    scn_free_steps(&scn);
}

/* ---- whatever is put can be written out and read ---- */

static void assert_readable(const struct scn *scn, const struct catalogue *catalogue)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    int rc = scn_emit_yaml(scn, out);
    fclose(out);
    struct rulebook *book = rulebook_new(catalogue);
    if (rc || rulebook_parse(book, "shrunk", text, len, stderr) != 0) {
        fputs(text, stderr);
        fail();
    }
    rulebook_free(book);
    free(text);
}

struct reader {
    const struct catalogue *catalogue;
    uint64_t random;
};

static uint64_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* Now and then one holds, whatever it is. */
static size_t some(void *context, const struct scn *candidates, size_t n)
{
    struct reader *r = context;
    for (size_t i = 0; i < n; i++)
        if (next(&r->random) % 16 == 0) {
            assert_readable(&candidates[i], r->catalogue);
            return i;
        }
    return n;
}

static void what_is_left_can_be_read(void **unused)
{
    (void)unused;
    struct catalogue *catalogue = catalogue_read(SPECS "/requirements", stderr);
    assert_non_null(catalogue);
    struct reader r = {.catalogue = catalogue, .random = 1};
    struct scn scn = {0};
    for (unsigned k = 0; k < 40; k++) {
        uint8_t data[SCN_BYTES_HEAD + 20 * SCN_BYTES_RECORD];
        for (size_t i = 0; i < sizeof data; i++)
            data[i] = (uint8_t)next(&r.random);
        struct scn_shrink job = {.first = some, .context = &r, .batch = 4, .most = 3000};
        assert_int_equal(scn_from_bytes(data, sizeof data, &scn), 0);
        assert_int_equal(scn_shrink(&scn, &job), 0);
    }
    scn_free_steps(&scn);
    catalogue_free(catalogue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_at_a_time),
        cmocka_unit_test(many_at_once),
        cmocka_unit_test(it_ends_with_its_budget),
        cmocka_unit_test(where_nothing_may_go_it_stays_as_it_was),
        cmocka_unit_test(claims_are_refused),
        cmocka_unit_test(what_is_left_can_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
