/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcpassay fuzz, in the process of one finding: its input is played again, on a real clock three
 * times and with all patience, shrunk, and written out as a rule and a capture.
 */
#include "cli/fuzz.h"

#include "scenario/emit.h"
#include "scenario/shrink.h"

#include <unistd.h>

enum { WORKERS_REAL = 24, TIMES_REAL = 3, TIMES_SHRINKING = 2, STAGES = 64 };
enum { TRIES = 20000, TRIES_REAL = 1500, BATCH = 16 };
#define LIMIT_VIRTUAL 10000000000u
#define LIMIT_REAL    120000000000u
#define PATIENCE      1500000000u  /* real clock, while shrinking */
#define SHRINK_MAX    30000000000u /* likewise: then what there is has to do */

struct finishing {
    struct fuzz *f;
    const struct fuzz_found *x;
    struct fuzz_outcome *outcome;
    struct trial trial;
    struct scn scn;
    struct scn stage[STAGES]; /* what it was on its way, the newest of `stages` behind the others */
    unsigned stages;
    uint64_t until; /* of shrinking; 0: as long as it takes */
    char rule[TRIAL_LINE + 8], title[TRIAL_LINE + 40], why[600], breach[TRIAL_LINE],
        clause[TRIAL_LINE];
};

static size_t still_shows(void *context, const struct scn *candidates, size_t n)
{
    struct finishing *g = context;
    if (g->until && fuzz_now() > g->until)
        return n;
    size_t found = trial_first(&g->trial, candidates, n);
    if (found < n && scn_copy(&g->stage[g->stages % STAGES], &candidates[found]) == 0)
        g->stages++;
    return found;
}

/** Whether SCN shows it TIMES times in a row. */
static bool confirms(struct finishing *g, const struct scn *scn)
{
    g->trial.times = g->f->real ? TIMES_REAL : 1;
    return trial_first(&g->trial, scn, 1) == 0;
}

static void shrink(struct finishing *g)
{
    bool real = g->f->real;
    unsigned times = real ? TIMES_SHRINKING : 1;
    g->trial.times = times;
    g->trial.options.patience = real ? PATIENCE : 0;
    g->until = real ? fuzz_now() + SHRINK_MAX : 0;
    struct scn_shrink job = {.first = still_shows,
                             .context = g,
                             .batch = real ? WORKERS_REAL / times : BATCH,
                             .most = real ? TRIES_REAL : TRIES};
    if (trial_begin(&g->trial) == 0)
        (void)scn_shrink(&g->scn, &job); /* without memory it stays as it is */
    trial_end(&g->trial);
    g->outcome->tries = job.tried;
    g->trial.options.patience = 0;
}

/** The words of a signature: INVARIANT, name, clause, state. */
static void describe(struct finishing *g)
{
    const struct fuzz_found *x = g->x;
    struct scn *scn = &g->scn;
    bool invariant = sscanf(x->line, "INVARIANT %159s %159s", g->breach, g->clause) == 2;
    snprintf(g->rule, sizeof g->rule, "fuzz.%s", x->name);
    snprintf(g->title, sizeof g->title, "%s", invariant ? g->trial.message : x->line);
    snprintf(g->why, sizeof g->why, "Found by tcpassay fuzz on %s: %s", g->f->choice.name, x->line);
    scn->rule = scn->name = g->rule;
    scn->title = g->title;
    scn->why = g->why;
    scn->kind = "scenario";
    scn->breach = invariant ? g->breach : NULL;
    scn->clause[0] = NULL;
    if (invariant && catalogue_find(g->f->specs.catalogue, g->clause))
        scn->clause[0] = g->clause;
}

static int write_rule(const struct finishing *g, const char *path)
{
    char temporary[FUZZ_PATH + 8];
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    FILE *out = fopen(temporary, "w");
    if (!out)
        return -1;
    int rc = scn_emit_yaml(&g->scn, out);
    rc = fclose(out) ? -1 : rc;
    if (!rc && rename(temporary, path) == 0)
        return 0;
    unlink(temporary);
    return -1;
}

/** Write it, and see that what a reader makes of it shows it, and what the reference does with it.
 */
static bool write_and_confirm(struct finishing *g)
{
    char path[FUZZ_PATH], capture[FUZZ_PATH];
    fuzz_found_path(g->f, g->x, "yaml", path);
    fuzz_found_path(g->f, g->x, "pcap", capture);
    if (write_rule(g, path))
        return false;
    struct rulebook *book = rulebook_new(g->f->specs.catalogue);
    bool good = book && rulebook_read(book, path, stderr) == 0 && rulebook_count(book) == 1 &&
                confirms(g, rulebook_case(book, 0));
    if (good) {
        struct trial reference = {.options = {.stack = &stacks_tcpref, .seed = g->f->o->seed},
                                  .workers = 1,
                                  .limit = LIMIT_VIRTUAL};
        g->outcome->reference_too = trial_find(&reference, rulebook_case(book, 0), false) != 0;
        (void)trial_capture(&g->trial, rulebook_case(book, 0), capture);
    } else {
        unlink(path);
    }
    rulebook_free(book);
    return good;
}

static bool holds(struct finishing *g)
{
    if (!confirms(g, &g->scn))
        return false;
    describe(g);
    return write_and_confirm(g);
}

/* What a real clock lets through by luck while it is shrunk does not hold in the end: then it is
 * what it was a while before, or what it was at first. */
static bool settle(struct finishing *g, const struct scn *first)
{
    unsigned kept = g->stages < STAGES ? g->stages : STAGES;
    bool good = holds(g);
    for (unsigned back = 2; !good && back <= kept; back *= 2)
        good = scn_copy(&g->scn, &g->stage[(g->stages - back) % STAGES]) == 0 && holds(g);
    return good || (scn_copy(&g->scn, first) == 0 && holds(g));
}

static void finish(struct finishing *g)
{
    const struct fuzz_input *input = &g->x->input;
    struct scn first = {0};
    if (fuzz_scenario(g->f, input->data, input->len, &g->scn) || !confirms(g, &g->scn) ||
        scn_copy(&first, &g->scn))
        return;
    shrink(g);
    g->outcome->confirmed = settle(g, &first);
    g->outcome->steps = g->scn.steps;
    scn_free_steps(&first);
}

void fuzz_finish(struct fuzz *f, size_t index)
{
    struct finishing g = {.f = f,
                          .x = &f->found[index],
                          .outcome = &f->shared->outcome[index],
                          .trial = {.options = f->options,
                                    .workers = f->real ? WORKERS_REAL : 1,
                                    .limit = f->real ? LIMIT_REAL : LIMIT_VIRTUAL}};
    *g.outcome = (struct fuzz_outcome){0};
    g.trial.options.patience = 0; /* all of it */
    snprintf(g.trial.want, sizeof g.trial.want, "%s", g.x->line);
    finish(&g);
    scn_free_steps(&g.scn);
    for (unsigned i = 0; i < STAGES; i++)
        scn_free_steps(&g.stage[i]);
}
