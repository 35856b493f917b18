/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpassay fuzz: scenarios made by chance against any stack, judged by the oracle, steered by
 * tcpref. */
#include "cli/fuzz.h"

#include "cli/baseline.h"
#include "player/pool.h"
#include "wire/random.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_MS     1000000u
#define LIMIT_VIRTUAL (20ull * 1000 * NS_PER_MS)
#define LIMIT_REAL    (120ull * 1000 * NS_PER_MS)
#define SAVE_EVERY    (10ull * 1000 * NS_PER_MS)
#define FINISH        (300ull * 1000 * NS_PER_MS) /* of what was found, at the end */
#define PATIENCE      (400ull * NS_PER_MS)        /* of a first look, on a real clock */
enum { WORKERS_REAL = 120, EVENTS_REAL = 20000, AMONG = 16, LEAD_TURN = 2 };

uint64_t fuzz_now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t fuzz_elapsed_ms(const struct fuzz *f)
{
    uint64_t now = f->end ? f->end : fuzz_now();
    return f->before_ms + (f->begin ? (now - f->begin) / NS_PER_MS : 0);
}

/* ---- the pool's callbacks, in the parent ---- */

/** What is rare, short, or has not been taken often. */
static uint64_t price(const struct fuzz *f, const struct fuzz_input *input)
{
    uint64_t often = input->mark == FUZZ_UNMARKED ? 0 : f->shared->hits[input->mark];
    return (often + 16u * input->picked + 1) * (256u + input->len);
}

/** The cheapest of some. */
static const struct fuzz_input *pick(struct fuzz *f)
{
    struct fuzz_input *best = NULL;
    for (unsigned i = 0; i < AMONG; i++) {
        struct fuzz_input *one = &f->corpus[(size_t)(random_next(&f->random) % f->corpus_count)];
        if (!best || price(f, one) < price(f, best))
            best = one;
    }
    best->picked++;
    return best;
}

static void give_data(struct fuzz_slot *slot, unsigned which, const struct fuzz_input *input)
{
    memcpy(slot->data[which], input->data, input->len);
    slot->len[which] = input->len;
}

static void give(void *context, unsigned worker, size_t index)
{
    struct fuzz *f = context;
    struct fuzz_slot *slot = &f->shared->slot[worker];
    slot->job = index;
    slot->now_len = 0;
    slot->seed = random_next(&f->random);
    if (f->replayed < f->to_replay) {
        slot->kind = FUZZ_AS_IS;
        give_data(slot, 0, &f->corpus[f->replayed++]);
        return;
    }
    bool turn = random_next(&f->random) % LEAD_TURN == 0;
    const struct fuzz_input *lead = turn ? fuzz_lead_pick(f, slot) : NULL;
    slot->kind = lead ? FUZZ_FOLLOWED : FUZZ_CHANGED;
    give_data(slot, 0, lead ? lead : pick(f));
    give_data(slot, 1, pick(f));
}

static const struct fuzz_slot *slot_of(const struct fuzz *f, size_t job)
{
    for (unsigned i = 0; i < f->workers; i++)
        if (f->shared->slot[i].job == job)
            return &f->shared->slot[i];
    return NULL;
}

static void note(struct fuzz *f, const char *line)
{
    size_t i = 0;
    while (i < f->note_count && strcmp(f->note[i].line, line) != 0)
        i++;
    if (i == FUZZ_NOTES_MAX)
        return;
    if (i == f->note_count)
        snprintf(f->note[f->note_count++].line, sizeof f->note[i].line, "%s", line);
    f->note[i].hits++;
}

static void take_item(struct fuzz *f, const struct fuzz_slot *slot, const struct fuzz_item *item,
                      const uint8_t *data)
{
    if (item->kind == FUZZ_SHOULD) {
        note(f, item->line);
        if (item->mark != FUZZ_UNMARKED)
            fuzz_lead_add(f, slot, item, data);
    } else if (item->kind == FUZZ_MUST) {
        fuzz_found_add(f, item->line, item->message, data, item->len);
    } else if (fuzz_keep(f, data, item->len, item->mark, true)) {
        f->broken = true;
    }
}

static void take_answer(struct fuzz *f, const struct fuzz_slot *slot, const uint8_t *answer,
                        size_t len)
{
    struct fuzz_answer head;
    struct fuzz_item item;
    size_t at = sizeof head;
    if (len < at)
        return;
    memcpy(&head, answer, sizeof head);
    f->runs += head.runs;
    f->guide_runs += head.guide_runs;
    f->unjudged += head.unjudged;
    for (uint32_t i = 0; i < head.items && len - at >= sizeof item; i++) {
        memcpy(&item, answer + at, sizeof item);
        at += sizeof item;
        if (len - at < item.len)
            return;
        take_item(f, slot, &item, answer + at);
        at += item.len;
    }
}

static void done(void *context, size_t index, enum pool_end end, const void *answer, size_t len,
                 const char *how)
{
    struct fuzz *f = context;
    const struct fuzz_slot *slot = slot_of(f, index);
    char line[TRIAL_LINE];
    if (!slot)
        return;
    if (end == POOL_DONE && answer)
        take_answer(f, slot, answer, len);
    if (end == POOL_DONE || slot->now_len == 0)
        return;
    f->runs++;
    snprintf(line, sizeof line, "%s %s", end == POOL_CRASHED ? "CRASH" : "HANG", how);
    fuzz_found_add(f, line, "the stack did not live to answer", slot->now, slot->now_len);
}

static bool idle(void *context)
{
    struct fuzz *f = context;
    struct signalfd_siginfo info;
    if (f->signals >= 0 && read(f->signals, &info, sizeof info) == sizeof info)
        f->interrupted = true;
    (void)fuzz_found_tend(f);
    fuzz_progress(f);
    if (fuzz_now() - f->saved > SAVE_EVERY && fuzz_save(f))
        f->broken = true;
    if (f->o->time && fuzz_now() - f->begin >= f->o->time)
        f->stopped = true;
    if (f->o->runs && f->runs >= f->o->runs)
        f->stopped = true;
    return f->interrupted || f->stopped || f->broken;
}

/* ---- the run ---- */

static int run(struct fuzz *f)
{
    char why[CLI_WHY];
    struct pool_job job = {.begin = fuzz_begin,
                           .give = give,
                           .work = fuzz_work,
                           .done = done,
                           .idle = idle,
                           .context = f,
                           .count = SIZE_MAX,
                           .workers = f->workers,
                           .limit = f->o->timeout ? f->o->timeout
                                    : f->real     ? LIMIT_REAL
                                                  : LIMIT_VIRTUAL};
    const struct timespec pause = {.tv_nsec = 20 * NS_PER_MS};
    f->begin = f->saved = fuzz_now();
    f->to_replay = f->corpus_count;
    int rc = pool_run(&job, why, sizeof why);
    f->end = fuzz_now();
    while (!rc && !f->interrupted && !f->broken && !f->o->fail_fast &&
           fuzz_now() < f->end + FINISH && fuzz_found_tend(f)) {
        (void)idle(f);
        nanosleep(&pause, NULL);
    }
    fuzz_found_kill(f);
    fuzz_wipe(f);
    if (rc)
        return cli_say(EXIT_UNABLE, "%s: %s", f->choice.name, why);
    int code = fuzz_save(f);
    if (f->broken && !code)
        code = cli_say(EXIT_UNABLE, "%s cannot be written: %s", f->folder, strerror(errno));
    return code;
}

static int exit_code(const struct fuzz *f)
{
    int code = f->runs > f->unjudged ? EXIT_AS_EXPECTED : EXIT_NOTHING;
    for (size_t i = 0; i < f->found_count; i++) {
        const struct fuzz_found *x = &f->found[i];
        bool died = !strncmp(x->line, "CRASH", 5) || !strncmp(x->line, "HANG", 4);
        if (x->state == FOUND_WRITTEN)
            code = died || code == EXIT_STACK_DIED ? EXIT_STACK_DIED : EXIT_FAILED;
    }
    if (code == EXIT_NOTHING)
        cli_say(0, "no run came to its first step; nothing was judged");
    return f->interrupted ? EXIT_INTERRUPTED : code;
}

static int share(struct fuzz *f)
{
    f->shared_size = sizeof *f->shared + f->workers * sizeof f->shared->slot[0];
    void *p = mmap(NULL, f->shared_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return cli_say(EXIT_UNABLE, "no memory to share with the workers");
    f->shared = p;
    for (unsigned i = 0; i < f->workers; i++)
        f->shared->slot[i].job = SIZE_MAX;
    return 0;
}

static int prepare(struct fuzz *f)
{
    struct deviations *known = NULL;
    char name[80];
    case_file_name(f->choice.name, name, sizeof name);
    if (f->o->out)
        snprintf(f->folder, sizeof f->folder, "%s", f->o->out);
    else
        snprintf(f->folder, sizeof f->folder, ".tcpassay/fuzz-%s", name);
    f->real = !(f->choice.stack->deadline && f->choice.stack->advance);
    f->workers = f->o->jobs ? f->o->jobs : f->real ? WORKERS_REAL : 1;
    f->random = f->o->seed;
    f->tty = isatty(STDERR_FILENO) && f->o->verbosity >= 0;
    int code = baseline_open(f->o, &f->specs, f->choice.name, &known);
    f->options = (struct player_options){.stack = f->choice.stack,
                                         .profile = *f->choice.profile ? f->choice.profile : NULL,
                                         .catalogue = f->specs.catalogue,
                                         .seed = f->o->seed,
                                         .oracle_keys = baseline_keys(known),
                                         .slack = f->o->slack,
                                         .patience = f->real ? PATIENCE : 0,
                                         .most_events = f->real ? EVENTS_REAL : SCN_BYTES_EVENTS};
    deviations_free(known);
    code = code ? code : share(f);
    code = code ? code : fuzz_open_folder(f);
    return code ? code : fuzz_seed(f);
}

static int fuzz_stack(struct fuzz *f)
{
    sigset_t set, before;
    int code = prepare(f);
    if (code)
        return code;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, &before);
    f->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    code = run(f);
    close(f->signals);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (code)
        return code;
    fuzz_tell(f, stdout);
    return exit_code(f);
}

int cli_fuzz(const struct cli_options *o)
{
    if (o->stacks != 1)
        return cli_say(EXIT_USAGE, "fuzz: %s", o->stacks ? "one stack" : "which stack? (-s STACK)");
    if (o->words)
        return cli_say(EXIT_USAGE, "fuzz takes no words; seeds come by --seeds DIR");
    struct fuzz *f = calloc(1, sizeof *f);
    if (!f)
        return cli_say(EXIT_UNABLE, "no memory");
    f->o = o;
    int code = cli_open_specs(o, &f->specs);
    if (!code) {
        code = cli_choose(o->stack[0], &f->choice);
        if (!code) {
            code = fuzz_stack(f);
            stacks_release(&f->choice);
        }
        cli_close_specs(&f->specs);
    }
    fuzz_free(f);
    free(f);
    return code;
}
