/* SPDX-License-Identifier: BSD-2-Clause */
/* Trials, by the pool of workers: a stack that crashes costs its case alone. */
#include "player/trial.h"
#include "player/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

const char *trial_line(const struct player *p, const struct player_result *result, bool shoulds,
                       char *line, size_t cap)
{
    size_t n;
    const struct oracle_breach *b = oracle_breaches(player_oracle(p), &n);
    for (size_t i = 0; i < n; i++)
        if (b[i].level == ORACLE_MUST)
            return oracle_signature(&b[i], line, cap);
    if (result->verdict == VERDICT_ERROR) {
        snprintf(line, cap, "ERROR");
        return line;
    }
    return shoulds && n > 0 ? oracle_signature(&b[0], line, cap) : NULL;
}

bool trial_shows(const struct player *p, const struct player_result *result, const char *want)
{
    size_t n;
    char line[TRIAL_LINE];
    const struct oracle_breach *b = oracle_breaches(player_oracle(p), &n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(oracle_signature(&b[i], line, sizeof line), want) == 0)
            return true;
    return result->verdict == VERDICT_ERROR && strcmp(want, "ERROR") == 0;
}

/** The words of the breach whose signature is LINE, "" if it is none. */
static void message_of(const struct player *p, const char *line, char *buf)
{
    size_t n;
    char one[TRIAL_LINE];
    const struct oracle_breach *b = oracle_breaches(player_oracle(p), &n);
    buf[0] = '\0';
    for (size_t i = n; i > 0; i--)
        if (strcmp(oracle_signature(&b[i - 1], one, sizeof one), line) == 0)
            snprintf(buf, TRIAL_LINE, "%s", b[i - 1].message);
}

/* ---- the pool ---- */

/** What a worker answers. */
struct shown {
    char line[TRIAL_LINE], message[TRIAL_LINE];
};

/** What is known of a case: how often it showed it, and that it once did not. */
struct score {
    unsigned shown;
    bool missed;
};

/** Where a worker finds the case that it is to play. */
struct slot {
    struct scn scn;
    struct scn_step step[SCN_STEPS_MAX];
};

/** What is asked of a case: what it shows at all, whether it shows `want`, and its packets too. */
enum purpose { FIND, FIND_SHOULDS, SHOW, CAPTURE };

struct trial_crew {
    struct trial *t;
    enum purpose purpose;
    const char *capture; /* where the packets go */
    unsigned workers;
    struct slot *slot; /* of each worker, in memory that all of them share */
    struct pool *pool;

    /* of one call, in the parent */
    const struct scn *cases;
    size_t n, found;
    unsigned times;
    struct score *score;
    bool shows;

    /* in a worker */
    struct player *player;
    struct slot *mine;
};

static int begin(void *context, unsigned worker, char *why, size_t why_cap)
{
    struct trial_crew *c = context;
    c->mine = &c->slot[worker];
    c->player = player_new();
    if (!c->player) {
        snprintf(why, why_cap, "no memory for a player");
        return -1;
    }
    if (c->purpose == SHOW)
        player_content_with(c->player, c->t->want);
    return player_attach(c->player, &c->t->options, why, why_cap) < 0 ? -1 : 0;
}

static void give(void *context, unsigned worker, size_t index)
{
    struct trial_crew *c = context;
    struct slot *to = &c->slot[worker];
    to->scn.step = to->step; /* it has room for any case */
    to->scn.capacity = SCN_STEPS_MAX;
    (void)scn_copy(&to->scn, &c->cases[index / c->times]);
}

static int work(void *context, size_t index, void **ret_answer, size_t *ret_len)
{
    struct trial_crew *c = context;
    (void)index;
    const struct player_result *result = player_play(c->player, &c->mine->scn);
    struct shown *answer = calloc(1, sizeof *answer);
    if (!answer)
        return -1;
    if (c->purpose == FIND || c->purpose == FIND_SHOULDS)
        trial_line(c->player, result, c->purpose == FIND_SHOULDS, answer->line,
                   sizeof answer->line);
    else if (trial_shows(c->player, result, c->t->want))
        memcpy(answer->line, c->t->want, sizeof answer->line);
    message_of(c->player, answer->line, answer->message);
    if (c->purpose == CAPTURE && answer->line[0]) {
        char why[TRIAL_LINE];
        if (trace_write_pcap(player_trace(c->player), c->capture, why, sizeof why))
            answer->line[0] = '\0';
    }
    *ret_answer = answer;
    *ret_len = sizeof *answer;
    return 0;
}

/** The first that showed it each time, once none before it may still do so. */
static void look(struct trial_crew *c)
{
    for (size_t i = 0; i < c->n && c->found == c->n; i++) {
        if (c->score[i].missed)
            continue;
        if (c->score[i].shown < c->times)
            return;
        c->found = i;
    }
}

static void done(void *context, size_t index, enum pool_end end, const void *answer, size_t len,
                 const char *how)
{
    struct trial_crew *c = context;
    struct shown shown = {0};
    char *line = shown.line;
    if (end != POOL_DONE)
        snprintf(line, TRIAL_LINE, "%s %s", end == POOL_CRASHED ? "CRASH" : "HANG", how);
    else if (answer && len == sizeof shown)
        memcpy(&shown, answer, sizeof shown);
    if (line[0])
        memcpy(c->t->message, shown.message, sizeof shown.message);
    if (c->purpose == FIND || c->purpose == FIND_SHOULDS) {
        c->shows = line[0] != '\0';
        memcpy(c->t->want, line, TRIAL_LINE);
        return;
    }
    struct score *score = &c->score[index / c->times];
    if (strcmp(line, c->t->want) == 0)
        score->shown++;
    else
        score->missed = true;
    look(c);
}

static bool idle(void *context)
{
    const struct trial_crew *c = context;
    return c->found < c->n;
}

static void disband(struct trial_crew *c)
{
    pool_close(c->pool);
    if (c->slot)
        munmap(c->slot, c->workers * sizeof *c->slot);
    free(c);
}

/** Workers, and no more than MOST of them. NULL, with `why` of T. */
static struct trial_crew *gather(struct trial *t, size_t most, enum purpose purpose,
                                 const char *capture)
{
    struct trial_crew *c = calloc(1, sizeof *c);
    snprintf(t->why, sizeof t->why, "no memory");
    if (!c)
        return NULL;
    unsigned workers = t->workers ? t->workers : 1;
    *c = (struct trial_crew){.t = t, .purpose = purpose, .capture = capture};
    c->workers = workers < most ? workers : (unsigned)most;
    void *shared = mmap(NULL, c->workers * sizeof *c->slot, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    c->slot = shared == MAP_FAILED ? NULL : shared;
    struct pool_job job = {.begin = begin,
                           .give = give,
                           .work = work,
                           .done = done,
                           .idle = idle,
                           .context = c,
                           .workers = c->workers,
                           .limit = t->limit};
    if (c->slot)
        c->pool = pool_open(&job);
    if (c->pool)
        return c;
    disband(c);
    return NULL;
}

/** Play each of N cases TIMES times. 0, or -1 with `why`. */
static int put(struct trial_crew *c, const struct scn *cases, size_t n, unsigned times)
{
    c->cases = cases;
    c->n = c->found = n;
    c->times = times;
    c->t->why[0] = '\0';
    return pool_do(c->pool, n * times, c->t->why, sizeof c->t->why);
}

int trial_find(struct trial *t, const struct scn *scn, bool shoulds)
{
    struct trial_crew *c = gather(t, 1, shoulds ? FIND_SHOULDS : FIND, NULL);
    int shown = c && put(c, scn, 1, 1) == 0 ? c->shows : -1;
    if (c)
        disband(c);
    return shown;
}

int trial_begin(struct trial *t)
{
    t->crew = gather(t, SIZE_MAX, SHOW, NULL);
    return t->crew ? 0 : -1;
}

void trial_end(struct trial *t)
{
    if (t->crew)
        disband(t->crew);
    t->crew = NULL;
}

size_t trial_first(struct trial *t, const struct scn *cases, size_t n)
{
    unsigned times = t->times ? t->times : 1;
    struct trial_crew *c = t->crew ? t->crew : n > 0 ? gather(t, n * times, SHOW, NULL) : NULL;
    size_t found = n;
    if (!c)
        return n;
    c->score = calloc(n + 1, sizeof *c->score);
    if (c->score && put(c, cases, n, times) == 0)
        found = c->found;
    free(c->score);
    c->score = NULL;
    if (!t->crew)
        disband(c);
    return found;
}

int trial_capture(struct trial *t, const struct scn *scn, const char *path)
{
    enum { TRIES = 3 };
    struct score score = {0};
    struct trial_crew *c = gather(t, 1, CAPTURE, path);
    bool shown = false;
    for (unsigned i = 0; c && i < TRIES && !shown; i++) {
        score = (struct score){0};
        c->score = &score;
        shown = put(c, scn, 1, 1) == 0 && c->found == 0;
    }
    if (c)
        disband(c);
    return shown ? 0 : -1;
}
