/* SPDX-License-Identifier: BSD-2-Clause */
/* The pool: a crash or a hang costs one job, and the others are done. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "player/pool.h"

enum { JOBS_MAX = 3000, NONE = SIZE_MAX / 2 };

struct record {
    enum pool_end end[JOBS_MAX];
    bool seen[JOBS_MAX];
    size_t order[JOBS_MAX], done, stop_after;
    char how[128];
    size_t crash_at, hang_at, exit_at, refuse_at, slow_at, most_by_one;
    size_t worked; /* in a worker: its jobs so far */
    bool unable, big;
};

static int begin(void *context, unsigned worker, char *why, size_t why_cap)
{
    struct record *r = context;
    (void)worker;
    if (!r->unable)
        return 0;
    snprintf(why, why_cap, "no right to do so");
    return -1;
}

static int work(void *context, size_t index, void **ret_answer, size_t *ret_len)
{
    struct record *r = context;
    if (index == r->crash_at) {
        signal(SIGSEGV, SIG_DFL); /* a sanitizer has its own ideas */
        raise(SIGSEGV);
    }
    if (index == r->hang_at)
        for (;;)
            pause();
    if (index == r->exit_at)
        _exit(7);
    if (index == r->refuse_at)
        return -1;
    if (index == r->slow_at)
        usleep(200000);
    r->worked++;
    *ret_len = r->big ? 3u << 20 : sizeof index + sizeof r->worked;
    uint8_t *answer = calloc(1, *ret_len);
    if (!answer)
        return -1;
    memcpy(answer, &index, sizeof index);
    memcpy(answer + sizeof index, &r->worked, sizeof r->worked);
    *ret_answer = answer;
    return 0;
}

static void done(void *context, size_t index, enum pool_end end, const void *answer, size_t len,
                 const char *how)
{
    struct record *r = context;
    size_t echoed = NONE, worked = 0;
    assert_true(index < JOBS_MAX);
    assert_false(r->seen[index]);
    r->seen[index] = true;
    r->end[index] = end;
    r->order[r->done++] = index;
    if (how)
        snprintf(r->how, sizeof r->how, "%s", how);
    if (end == POOL_DONE && index != r->refuse_at) {
        assert_true(len >= sizeof echoed + sizeof worked);
        memcpy(&echoed, answer, sizeof echoed);
        assert_int_equal(echoed, index);
        memcpy(&worked, (const uint8_t *)answer + sizeof echoed, sizeof worked);
        r->most_by_one = worked > r->most_by_one ? worked : r->most_by_one;
    } else {
        assert_null(answer);
    }
}

static bool idle(void *context)
{
    const struct record *r = context;
    return r->stop_after && r->done >= r->stop_after;
}

static struct record *fresh(void)
{
    struct record *r = calloc(1, sizeof *r);
    assert_non_null(r);
    r->crash_at = r->hang_at = r->exit_at = r->refuse_at = r->slow_at = NONE;
    return r;
}

static struct pool_job job_of(struct record *r, size_t count, unsigned workers)
{
    return (struct pool_job){.begin = begin,
                             .work = work,
                             .done = done,
                             .idle = idle,
                             .context = r,
                             .count = count,
                             .workers = workers,
                             .limit = r->hang_at == NONE ? 60000000000ull : 300000000ull};
}

static int run(struct record *r, size_t count, unsigned workers, char *why, size_t why_cap)
{
    struct pool_job job = job_of(r, count, workers);
    return pool_run(&job, why, why_cap);
}

static void jobs_are_done_in_order(void **state)
{
    (void)state;
    char why[200];
    struct record *r = fresh();
    assert_int_equal(run(r, JOBS_MAX, 1, why, sizeof why), 0);
    assert_int_equal(r->done, JOBS_MAX);
    for (size_t i = 0; i < JOBS_MAX; i++)
        assert_int_equal(r->order[i], i);
    free(r);
}

static void many_workers_do_each_job_once(void **state)
{
    (void)state;
    char why[200];
    const size_t counts[] = {0, 1, 5, 500};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct record *r = fresh();
        assert_int_equal(run(r, counts[i], 16, why, sizeof why), 0);
        assert_int_equal(r->done, counts[i]);
        free(r);
    }
}

static void a_crash_costs_one_job(void **state)
{
    (void)state;
    char why[200];
    struct record *r = fresh();
    r->crash_at = 3;
    assert_int_equal(run(r, 20, 2, why, sizeof why), 0);
    assert_int_equal(r->done, 20);
    assert_string_equal(r->how, "signal 11 (Segmentation fault)");
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(r->end[i], i == 3 ? POOL_CRASHED : POOL_DONE);
    free(r);
}

static void a_worker_that_leaves_has_crashed(void **state)
{
    (void)state;
    char why[200];
    struct record *r = fresh();
    r->exit_at = 19; /* the last one: no worker follows */
    assert_int_equal(run(r, 20, 1, why, sizeof why), 0);
    assert_int_equal(r->end[19], POOL_CRASHED);
    assert_non_null(strstr(r->how, "status 7"));
    free(r);
}

static void a_hang_is_ended(void **state)
{
    (void)state;
    char why[200];
    struct record *r = fresh();
    r->hang_at = 1;
    assert_int_equal(run(r, 10, 1, why, sizeof why), 0);
    assert_int_equal(r->done, 10);
    assert_int_equal(r->end[1], POOL_HUNG);
    assert_non_null(strstr(r->how, "no answer within 0.3 s"));
    free(r);
}

static void a_job_may_have_no_answer(void **state)
{
    (void)state;
    char why[200];
    struct record *r = fresh();
    r->refuse_at = 2;
    assert_int_equal(run(r, 4, 1, why, sizeof why), 0);
    assert_int_equal(r->done, 4);
    assert_int_equal(r->end[2], POOL_DONE);
    free(r);
}

static void answers_may_be_large(void **state)
{
    (void)state;
    char why[200];
    struct record *r = fresh();
    r->big = true;
    assert_int_equal(run(r, 6, 3, why, sizeof why), 0);
    assert_int_equal(r->done, 6);
    free(r);
}

static void workers_that_cannot_begin_end_the_run(void **state)
{
    (void)state;
    char why[200] = "";
    struct record *r = fresh();
    r->unable = true;
    assert_int_equal(run(r, 10, 4, why, sizeof why), -1);
    assert_string_equal(why, "no right to do so");
    assert_int_equal(r->done, 0);
    free(r);
}

static void a_run_can_be_stopped(void **state)
{
    (void)state;
    char why[200];
    struct record *r = fresh();
    r->stop_after = 5;
    assert_int_equal(run(r, 1000, 1, why, sizeof why), 0);
    assert_int_equal(r->done, 5);
    free(r);
}

/* Do COUNT jobs; STOP_AFTER of them end it, 0: all. */
static void do_some(struct pool *pool, struct record *r, size_t count, size_t stop_after)
{
    char why[200];
    memset(r->seen, 0, sizeof r->seen);
    r->done = 0;
    r->stop_after = stop_after;
    assert_int_equal(pool_do(pool, count, why, sizeof why), 0);
    assert_int_equal(r->done, stop_after ? stop_after : count);
}

static void workers_live_on_between_jobs(void **state)
{
    (void)state;
    struct record *r = fresh();
    struct pool_job job = job_of(r, 0, 2);
    struct pool *pool = pool_open(&job);
    assert_non_null(pool);
    for (unsigned i = 0; i < 3; i++)
        do_some(pool, r, 4, 0);
    assert_true(r->most_by_one >= 6);
    do_some(pool, r, 0, 0);
    pool_close(pool);
    free(r);
}

static void what_was_under_way_at_a_stop_is_not_told(void **state)
{
    (void)state;
    struct record *r = fresh();
    r->slow_at = 0;
    r->crash_at = 7;
    struct pool_job job = job_of(r, 0, 2);
    struct pool *pool = pool_open(&job);
    assert_non_null(pool);
    do_some(pool, r, 4, 1);
    assert_false(r->seen[0]);
    do_some(pool, r, 8, 0); /* the slow one twice, and a death at the end */
    assert_int_equal(r->end[7], POOL_CRASHED);
    do_some(pool, r, 4, 0);
    pool_close(pool);
    free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_are_done_in_order),
        cmocka_unit_test(many_workers_do_each_job_once),
        cmocka_unit_test(a_crash_costs_one_job),
        cmocka_unit_test(a_worker_that_leaves_has_crashed),
        cmocka_unit_test(a_hang_is_ended),
        cmocka_unit_test(a_job_may_have_no_answer),
        cmocka_unit_test(answers_may_be_large),
        cmocka_unit_test(workers_that_cannot_begin_end_the_run),
        cmocka_unit_test(a_run_can_be_stopped),
        cmocka_unit_test(workers_live_on_between_jobs),
        cmocka_unit_test(what_was_under_way_at_a_stop_is_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
