/* SPDX-License-Identifier: BSD-2-Clause */
/* Trials, by the pool of workers: a stack that crashes costs its case alone. */
#include "player/trial.h"
#include "player/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

struct session {
    struct trial *t;
    const struct scn *cases;
    size_t n, found;
    unsigned times;
    struct score *score; /* NULL: what it shows is asked for, not whether it shows `want` */
    bool shoulds, shows;
    const char *capture; /* where the packets of one that shows it go, or NULL */
    struct player *player;
};

static int begin(void *context, unsigned worker, char *why, size_t why_cap)
{
    struct session *s = context;
    (void)worker;
    s->player = player_new();
    if (!s->player) {
        snprintf(why, why_cap, "no memory for a player");
        return -1;
    }
    return player_attach(s->player, &s->t->options, why, why_cap) < 0 ? -1 : 0;
}

static int work(void *context, size_t index, void **ret_answer, size_t *ret_len)
{
    struct session *s = context;
    const struct player_result *result = player_play(s->player, &s->cases[index / s->times]);
    struct shown *answer = calloc(1, sizeof *answer);
    if (!answer)
        return -1;
    if (!s->score)
        trial_line(s->player, result, s->shoulds, answer->line, sizeof answer->line);
    else if (trial_shows(s->player, result, s->t->want))
        memcpy(answer->line, s->t->want, sizeof answer->line);
    message_of(s->player, answer->line, answer->message);
    if (s->capture && answer->line[0]) {
        char why[TRIAL_LINE];
        if (trace_write_pcap(player_trace(s->player), s->capture, why, sizeof why))
            answer->line[0] = '\0';
    }
    *ret_answer = answer;
    *ret_len = sizeof *answer;
    return 0;
}

/** The first that showed it each time, once none before it may still do so. */
static void look(struct session *s)
{
    for (size_t i = 0; i < s->n && s->found == s->n; i++) {
        if (s->score[i].missed)
            continue;
        if (s->score[i].shown < s->times)
            return;
        s->found = i;
    }
}

static void done(void *context, size_t index, enum pool_end end, const void *answer, size_t len,
                 const char *how)
{
    struct session *s = context;
    struct shown shown = {0};
    char *line = shown.line;
    if (end != POOL_DONE)
        snprintf(line, TRIAL_LINE, "%s %s", end == POOL_CRASHED ? "CRASH" : "HANG", how);
    else if (answer && len == sizeof shown)
        memcpy(&shown, answer, sizeof shown);
    if (line[0])
        memcpy(s->t->message, shown.message, sizeof shown.message);
    if (!s->score) {
        s->shows = line[0] != '\0';
        memcpy(s->t->want, line, TRIAL_LINE);
        return;
    }
    struct score *score = &s->score[index / s->times];
    if (strcmp(line, s->t->want) == 0)
        score->shown++;
    else
        score->missed = true;
    look(s);
}

static bool idle(void *context)
{
    const struct session *s = context;
    return s->found < s->n;
}

static int run(struct session *s)
{
    struct pool_job job = {.begin = begin,
                           .work = work,
                           .done = done,
                           .idle = idle,
                           .context = s,
                           .count = s->n * s->times,
                           .workers = s->t->workers,
                           .limit = s->t->limit};
    s->found = s->n;
    s->t->why[0] = '\0';
    return pool_run(&job, s->t->why, sizeof s->t->why);
}

int trial_find(struct trial *t, const struct scn *scn, bool shoulds)
{
    struct session s = {.t = t, .cases = scn, .n = 1, .times = 1, .shoulds = shoulds};
    return run(&s) ? -1 : s.shows;
}

size_t trial_first(struct trial *t, const struct scn *cases, size_t n)
{
    struct session s = {.t = t, .cases = cases, .n = n, .times = t->times ? t->times : 1};
    s.score = calloc(n + 1, sizeof *s.score);
    if (!s.score)
        snprintf(t->why, sizeof t->why, "no memory");
    int rc = s.score ? run(&s) : -1;
    free(s.score);
    return rc ? n : s.found;
}

int trial_capture(struct trial *t, const struct scn *scn, const char *path)
{
    enum { TRIES = 3 };
    struct score score = {0};
    for (unsigned i = 0; i < TRIES; i++) {
        struct session s = {
            .t = t, .cases = scn, .n = 1, .times = 1, .score = &score, .capture = path};
        score = (struct score){0};
        if (run(&s) == 0 && s.found == 0)
            return 0;
    }
    return -1;
}
