/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Worker processes: a job that crashes or hangs costs its case, not the run. The work is given by
 * index; a worker answers with octets of its own choosing.
 */
#ifndef HARNESS_POOL_H
#define HARNESS_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pool_end { POOL_DONE, POOL_CRASHED, POOL_HUNG };

struct pool_job {
    /** In the worker, once: make ready. Returns 0 or writes why not (the run ends). */
    int (*begin)(void *context, unsigned worker, char *why, size_t why_cap);
    /** In the parent, before WORKER gets job INDEX: what it needs may be put where it finds it.
     * NULL: the index says it all. */
    void (*give)(void *context, unsigned worker, size_t index);
    /** In the worker: do job INDEX; answer with a malloc'ed buffer (freed by the pool). Not 0: it
     *  could not be done, and `done` gets no answer (NULL). */
    int (*work)(void *context, size_t index, void **ret_answer, size_t *ret_len);
    /** In the parent, in order of completion. `how` says what ended a worker ("signal 11
     *  (Segmentation fault)", "no answer within 10 s"), NULL if the job was done. */
    void (*done)(void *context, size_t index, enum pool_end end, const void *answer, size_t len,
                 const char *how);
    /** In the parent, after each completion and ten times a second; true stops the run. */
    bool (*idle)(void *context);
    void *context;
    size_t count;
    unsigned workers;
    uint64_t limit; /* ns that one job may take before its worker is killed */
};
/** 0: all jobs done or stopped; -1: workers cannot begin, with one line in WHY. */
int pool_run(const struct pool_job *job, char *why, size_t why_cap);

/* The same in parts, for work that comes a little at a time: the workers live on between. */
struct pool;
/** For JOB, which is copied; its `count` does not matter. Workers are made when there is work for
 *  them. NULL without memory. */
struct pool *pool_open(const struct pool_job *job);
/** Do jobs 0 to COUNT - 1, as pool_run. Where it is stopped, what is under way is not told of any
 *  more, and its workers take new jobs when they are through. */
int pool_do(struct pool *pool, size_t count, char *why, size_t why_cap);
void pool_close(struct pool *pool); /* NULL: nothing */

#endif
