/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcpassay fuzz: findings. Each signature counts once. A process of its own plays its input again,
 * on a real clock three times and with all patience, shrinks it, and writes the rule and the
 * capture; the workers go on meanwhile.
 */
#include "cli/fuzz.h"

#include "scenario/emit.h"
#include "scenario/shrink.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { AT_ONCE = 2, AT_ONCE_REAL = 10, WORKERS_REAL = 24, TIMES_REAL = 3, ATTEMPTS = 3 };
enum { TRIES = 20000, TRIES_REAL = 1500, BATCH = 16 };
#define LIMIT_VIRTUAL 10000000000u
#define LIMIT_REAL    120000000000u
#define PATIENCE      1500000000u  /* real clock, while shrinking */
#define SHRINK_MAX    60000000000u /* likewise: then what there is has to do */

static void path_of(const struct fuzz *f, const struct fuzz_found *x, const char *ending, char *buf)
{
    snprintf(buf, FUZZ_PATH, "%s/findings/%s.%s", f->folder, x->name, ending);
}

/** "every-window-honoured.r7323-2.4-2.established" */
static void name_of(const char *line, char *buf, size_t cap)
{
    static const char said[] = "INVARIANT ";
    size_t n = 0;
    for (line += strncmp(line, said, sizeof said - 1) ? 0 : sizeof said - 1; *line && n + 1 < cap;
         line++) {
        if (isalnum((unsigned char)*line))
            buf[n++] = (char)tolower((unsigned char)*line);
        else if (*line == ' ' || *line == '.' || *line == '-')
            buf[n++] = *line == '-' ? '-' : '.';
    }
    buf[n] = '\0';
}

/* ---- in the process of one finding ---- */

struct finishing {
    struct fuzz *f;
    const struct fuzz_found *x;
    struct fuzz_outcome *outcome;
    struct trial trial;
    struct scn scn;
    uint64_t until; /* of shrinking; 0: as long as it takes */
    char rule[TRIAL_LINE + 8], title[TRIAL_LINE + 40], why[600], breach[TRIAL_LINE],
        clause[TRIAL_LINE];
};

static size_t still_shows(void *context, const struct scn *candidates, size_t n)
{
    struct finishing *g = context;
    return g->until && fuzz_now() > g->until ? n : trial_first(&g->trial, candidates, n);
}

/** Whether SCN shows it TIMES times in a row. */
static bool confirms(struct finishing *g, const struct scn *scn)
{
    g->trial.times = g->f->real ? TIMES_REAL : 1;
    return trial_first(&g->trial, scn, 1) == 0;
}

static void shrink(struct finishing *g, unsigned times)
{
    bool real = g->f->real;
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
    path_of(g->f, g->x, "yaml", path);
    path_of(g->f, g->x, "pcap", capture);
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

/** Load it as it was found, shrink it by cases that show it TIMES times (0: not at all), write it.
 */
static bool try_to_finish(struct finishing *g, unsigned times)
{
    const struct fuzz_input *input = &g->x->input;
    if (fuzz_scenario(g->f, input->data, input->len, &g->scn))
        return false;
    if (times)
        shrink(g, times);
    if (!confirms(g, &g->scn))
        return false;
    describe(g);
    return write_and_confirm(g);
}

/* What a real clock lets through by luck while it is shrunk does not hold in the end: then more has
 * to be asked of each step, or it stays as it was found. */
static void finish(struct finishing *g)
{
    const struct fuzz_input *input = &g->x->input;
    if (fuzz_scenario(g->f, input->data, input->len, &g->scn) || !confirms(g, &g->scn))
        return;
    unsigned times = g->f->real ? 2 : 1;
    bool good = try_to_finish(g, times) || (g->f->real && try_to_finish(g, times + 1)) ||
                try_to_finish(g, 0);
    g->outcome->steps = g->scn.steps;
    g->outcome->confirmed = good;
}

static void life(struct fuzz *f, size_t index)
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
}

/* ---- in the parent ---- */

static void begin_finish(struct fuzz *f, size_t index)
{
    struct fuzz_found *x = &f->found[index];
    fflush(NULL);
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
        close_range(STDERR_FILENO + 1, ~0u, 0); /* or the parent's workers would wait for us */
        life(f, index);
        _exit(0);
    }
    if (pid < 0)
        return; /* it waits */
    x->finisher = pid;
    x->state = FOUND_AT_WORK;
    x->attempts++;
}

static void take_outcome(struct fuzz *f, size_t index)
{
    struct fuzz_found *x = &f->found[index];
    const struct fuzz_outcome *outcome = &f->shared->outcome[index];
    x->state = outcome->confirmed ? FOUND_WRITTEN : FOUND_UNSURE;
    x->steps = outcome->steps;
    x->reference_too = outcome->reference_too;
    x->finisher = 0;
    fuzz_wipe(f);
    if (x->state == FOUND_WRITTEN && f->o->verbosity >= 0)
        cli_say(0, "found: %s, %u steps: %s/findings/%s.yaml", x->line, x->steps, f->folder,
                x->name);
    if (x->state == FOUND_WRITTEN && f->o->fail_fast)
        f->stopped = true;
}

/** Whether one of these is finished, or at work, that differs from X in the state alone. */
static bool has_twin(const struct fuzz *f, const struct fuzz_found *x)
{
    const char *state = strrchr(x->line, ' ');
    size_t same = state ? (size_t)(state - x->line) : strlen(x->line);
    for (size_t i = 0; i < f->found_count; i++) {
        const struct fuzz_found *y = &f->found[i];
        if (y != x && (y->state == FOUND_WRITTEN || y->state == FOUND_AT_WORK) &&
            strncmp(x->line, y->line, same + 1) == 0)
            return true;
    }
    return false;
}

/** What a missing end shows takes the longest. */
static bool is_slow(const struct fuzz_found *x)
{
    return strstr(x->line, " liveness ") || !strncmp(x->line, "HANG", 4);
}

/** Of those that wait the next: the same once more in another state tells less. SLOW: only if
 *  nothing else waits. */
static size_t next_pending(const struct fuzz *f, bool slow)
{
    size_t best = f->found_count;
    unsigned least = 4;
    for (size_t i = 0; i < f->found_count; i++) {
        const struct fuzz_found *x = &f->found[i];
        unsigned late = has_twin(f, x) + 2u * is_slow(x);
        if (x->state == FOUND_PENDING && late < least && (slow || !is_slow(x))) {
            best = i;
            least = late;
        }
    }
    return best;
}

bool fuzz_found_tend(struct fuzz *f)
{
    unsigned most = f->real ? AT_ONCE_REAL : AT_ONCE, at_work = 0, slow = 0;
    size_t next;
    for (size_t i = 0; i < f->found_count; i++) {
        struct fuzz_found *x = &f->found[i];
        if (x->state == FOUND_AT_WORK && waitpid(x->finisher, NULL, WNOHANG) == x->finisher)
            take_outcome(f, i);
        at_work += x->state == FOUND_AT_WORK;
        slow += x->state == FOUND_AT_WORK && is_slow(x);
    }
    while (at_work < most && (next = next_pending(f, slow < most / 2)) < f->found_count) {
        begin_finish(f, next);
        if (f->found[next].state != FOUND_AT_WORK)
            break;
        at_work++;
        slow += is_slow(&f->found[next]);
    }
    return at_work > 0 || next_pending(f, true) < f->found_count;
}

void fuzz_found_kill(struct fuzz *f)
{
    static const char *const endings[] = {"yaml", "yaml.tmp", "pcap"};
    char path[FUZZ_PATH];
    for (size_t i = 0; i < f->found_count; i++) {
        struct fuzz_found *x = &f->found[i];
        if (x->state != FOUND_AT_WORK)
            continue;
        kill(x->finisher, SIGKILL);
        while (waitpid(x->finisher, NULL, 0) < 0 && errno == EINTR)
            ;
        x->state = FOUND_PENDING;
        for (size_t k = 0; k < sizeof endings / sizeof *endings; k++) {
            path_of(f, x, endings[k], path);
            unlink(path); /* nobody vouches for it */
        }
    }
}

/** The octets of this input are those that are finished. */
static void take_input(struct fuzz *f, struct fuzz_found *x, const uint8_t *data, size_t len)
{
    char path[FUZZ_PATH];
    uint8_t *copy = malloc(len ? len : 1);
    path_of(f, x, "bin", path);
    if (!copy || fuzz_write_octets(path, data, len)) {
        f->broken = true; /* it is told at the end */
        free(copy);
        return;
    }
    memcpy(copy, data, len);
    free(x->input.data);
    x->input = (struct fuzz_input){.data = copy, .len = (uint32_t)len};
    x->state = FOUND_PENDING;
}

void fuzz_found_add(struct fuzz *f, const char *line, const char *message, const uint8_t *data,
                    size_t len)
{
    struct fuzz_found *x = NULL;
    for (size_t i = 0; i < f->found_count && !x; i++)
        if (!strcmp(f->found[i].line, line))
            x = &f->found[i];
    if (x) {
        x->hits++;
        if (x->state == FOUND_UNSURE && x->attempts < ATTEMPTS)
            take_input(f, x, data, len);
        return;
    }
    if (f->found_count == FUZZ_FOUND_MAX) {
        f->dropped++;
        return;
    }
    x = &f->found[f->found_count];
    *x = (struct fuzz_found){.hits = 1, .first_run = f->runs, .first_ms = fuzz_elapsed_ms(f)};
    snprintf(x->line, sizeof x->line, "%s", line);
    snprintf(x->message, sizeof x->message, "%s", message);
    name_of(x->line, x->name, sizeof x->name);
    take_input(f, x, data, len);
    f->found_count += x->input.data != NULL;
}
