/* SPDX-License-Identifier: BSD-2-Clause */
/* Play cases through the pool. What a worker found comes back as JSON; a capture it writes itself.
 */
#include "cli/cli.h"
#include "player/pool.h"
#include "report/emit_c.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define NS_PER_S        1000000000ull
#define LIMIT_VIRTUAL   (30 * NS_PER_S)
#define LIMIT_REAL      (300 * NS_PER_S)
#define LIMIT_REAL_SLOW (4 * 3600 * NS_PER_S)
enum { WORKERS_REAL = 64 };

static bool real_clock(const struct stacks_choice *choice)
{
    return !(choice->stack->deadline && choice->stack->advance);
}

/* ---- in the worker ---- */

static int begin(void *context, unsigned worker, char *why, size_t why_cap)
{
    struct cli_play *play = context;
    const struct cli_options *o = play->options;
    (void)worker;
    struct player_options options = {.stack = play->choice->stack,
                                     .profile =
                                         *play->choice->profile ? play->choice->profile : NULL,
                                     .catalogue = play->specs->catalogue,
                                     .seed = o->seed,
                                     .fault = o->fault,
                                     .no_invariants = o->no_invariants,
                                     .oracle_keys = play->oracle_keys,
                                     .slack = o->slack,
                                     .slow = o->slow,
                                     .most_events = o->most_events};
    play->player = player_new();
    if (!play->player) {
        snprintf(why, why_cap, "no memory for a player");
        return -1;
    }
    return player_attach(play->player, &options, why, why_cap) < 0 ? -1 : 0;
}

/** What `repro --emit pcap` asks for. */
static void capture_to(const struct cli_play *play, json_t *one)
{
    char why[CLI_WHY];
    const char *path = play->options->capture_file;
    if (trace_write_pcap(player_trace(play->player), path, why, sizeof why))
        json_object_set_new(one, "pcap_error", json_string(why));
}

/* The same case on the reference, by the same profile if it has that; NULL if it cannot be played.
 */
static struct player *reference(const struct cli_play *play, const struct scn *scn)
{
    char why[CLI_WHY];
    struct player *p = player_new();
    struct player_options options = {.stack = &stacks_tcpref,
                                     .profile =
                                         *play->choice->profile ? play->choice->profile : NULL,
                                     .seed = play->options->seed,
                                     .most_events = play->options->most_events};
    bool attached = p && player_attach(p, &options, why, sizeof why) == TCPASSAY_OK;
    options.profile = NULL;
    if (p && (attached || player_attach(p, &options, why, sizeof why) == TCPASSAY_OK)) {
        (void)player_play(p, scn);
        return p;
    }
    player_free(p);
    return NULL;
}

/** The breach that the scenario names, else the first of a MUST, else the first, or NULL. */
static const struct oracle_breach *worst(const struct oracle *oracle, const struct scn *scn)
{
    size_t n;
    const struct oracle_breach *b = oracle_breaches(oracle, &n);
    for (size_t i = 0; scn->breach && i < n; i++)
        if (!strcmp(b[i].invariant->name, scn->breach))
            return &b[i];
    for (size_t i = 0; i < n; i++)
        if (b[i].level == ORACLE_MUST)
            return &b[i];
    return n ? b : NULL;
}

/** What `repro --emit c` asks for: the test as `c`, or `c_error`. */
static void test_in_c(const struct cli_play *play, const struct scn *scn, json_t *one)
{
    char why[CLI_WHY] = "no invariant is broken: there is nothing to test";
    char *text = NULL;
    size_t len = 0;
    struct emit_c_source from = {.scn = scn,
                                 .trace = player_trace(play->player),
                                 .breach = worst(player_oracle(play->player), scn),
                                 .stack = play->choice->name,
                                 .profile = play->choice->profile,
                                 .seed = player_seed(play->player),
                                 .real = player_real_clock(play->player)};
    FILE *out = from.breach ? open_memstream(&text, &len) : NULL;
    if (out) {
        struct player *right = reference(play, scn);
        from.reference = right ? player_trace(right) : NULL;
        bool written = emit_c(&from, out, why, sizeof why) == 0;
        player_free(right);
        if (fclose(out) == 0 && written)
            json_object_set_new(one, "c", json_stringn(text, len));
        free(text);
    }
    if (!json_object_get(one, "c"))
        json_object_set_new(one, "c_error", json_string(why));
}

static bool wants_capture(const struct cli_play *play, enum verdict v)
{
    if (!play->captures || play->options->pcap == PCAP_NONE || v == VERDICT_SKIP)
        return false;
    return play->options->pcap == PCAP_ALL || (v != VERDICT_PASS && v != VERDICT_INFO);
}

/** DIR/ID.STACK.pcap, through a temporary name. A capture that fails is told, and costs no verdict.
 */
static void capture(struct cli_play *play, const struct scn *scn, json_t *one)
{
    char id[256], stack[80], name[360], path[1500], temporary[1510], why[CLI_WHY];
    if (trace_count(player_trace(play->player)) == 0)
        return;
    snprintf(name, sizeof name, "%s.%s.pcap", case_file_name(scn->name, id, sizeof id),
             case_file_name(play->choice->name, stack, sizeof stack));
    snprintf(path, sizeof path, "%s/%s", play->captures, name);
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    if (trace_write_pcap(player_trace(play->player), temporary, why, sizeof why) == 0) {
        if (rename(temporary, path) == 0) {
            json_object_set_new(one, "pcap", json_string(name));
            return;
        }
        snprintf(why, sizeof why, "%s cannot be made", name);
    }
    unlink(temporary);
    json_object_set_new(one, "pcap_error", json_string(why));
}

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    z ^= z >> 31;
    return z ? z : 1;
}

/** By the name of the case, so that it is the same when the case is run alone. */
static uint64_t seed_of_repetition(uint64_t seed, const char *name, size_t repetition)
{
    uint64_t z = seed;
    for (const char *p = name; *p; p++)
        z = mix(z + (unsigned char)*p);
    return mix(z + repetition);
}

static json_t *about_stack(const struct player *player)
{
    char version[128];
    const struct tcpassay_facts *facts = player_facts(player);
    return json_pack("{s:s, s:I, s:b}", "version",
                     text_clean(facts->version, version, sizeof version), "tick_ns",
                     (json_int_t)facts->tick, "real", (int)player_real_clock(player));
}

static int work(void *context, size_t job, void **ret_answer, size_t *ret_len)
{
    struct cli_play *play = context;
    size_t index = play->order[job / play->options->repeat];
    size_t repetition = job % play->options->repeat;
    struct scn scn = *play->cases->scn[index]; /* steps are shared; only the seed may change */
    if (repetition)
        scn.seed =
            seed_of_repetition(scn.seed ? scn.seed : play->options->seed, scn.name, repetition);
    const struct player_result *result = player_play(play->player, &scn);
    struct case_source source = {.scn = play->cases->scn[index],
                                 .catalogue = play->specs->catalogue,
                                 .result = result,
                                 .trace = player_trace(play->player),
                                 .oracle = player_oracle(play->player),
                                 .real_clock = player_real_clock(play->player),
                                 .ladder_always = play->options->verbosity > 1};
    json_t *one = case_json(&source);
    if (!one)
        return -1;
    if (wants_capture(play, result->verdict))
        capture(play, &scn, one);
    if (play->options->capture_file)
        capture_to(play, one);
    if (play->options->emit_c)
        test_in_c(play, &scn, one);
    json_t *envelope = json_pack("{s:o, s:o}", "case", one, "stack", about_stack(play->player));
    char *text = envelope ? json_dumps(envelope, JSON_COMPACT) : NULL;
    json_decref(envelope);
    if (!text)
        return -1;
    *ret_answer = text;
    *ret_len = strlen(text);
    return 0;
}

/* ---- in the parent ---- */

static int badness(const json_t *one)
{
    static const int rank[VERDICTS] = {
        [VERDICT_PASS] = 0, [VERDICT_INFO] = 1,   [VERDICT_SKIP] = 2,
        [VERDICT_WARN] = 3, [VERDICT_INCONC] = 4, [VERDICT_FAIL] = 5,
        [VERDICT_HANG] = 6, [VERDICT_CRASH] = 7,  [VERDICT_ERROR] = 8};
    return rank[case_verdict(one)];
}

/** Of several repetitions the worst is kept; verdicts that vary are noted. */
static void keep(struct cli_play *play, size_t index, json_t *one)
{
    json_t *before = play->result[index];
    if (before && case_verdict(before) != case_verdict(one)) {
        json_t *flaky = json_object_get(before, "flaky");
        flaky = flaky ? json_incref(flaky) : json_pack("[s]", verdict_name(case_verdict(before)));
        bool listed = false;
        for (size_t i = 0; i < json_array_size(flaky); i++)
            listed |= !strcmp(json_string_value(json_array_get(flaky, i)),
                              verdict_name(case_verdict(one)));
        if (!listed)
            json_array_append_new(flaky, json_string(verdict_name(case_verdict(one))));
        json_object_set(before, "flaky", flaky);
        json_object_set_new(one, "flaky", flaky);
    } else if (before && json_object_get(before, "flaky")) {
        json_object_set(one, "flaky", json_object_get(before, "flaky"));
    }
    if (before && badness(before) >= badness(one)) {
        json_decref(one);
        return;
    }
    json_decref(before);
    play->result[index] = one;
}

static json_t *open_envelope(struct cli_play *play, const void *answer, size_t len)
{
    json_t *envelope = answer ? json_loadb(answer, len, 0, NULL) : NULL;
    json_t *one = json_incref(json_object_get(envelope, "case"));
    if (!play->stack)
        play->stack = json_incref(json_object_get(envelope, "stack"));
    json_decref(envelope);
    return one;
}

static void done(void *context, size_t job, enum pool_end end, const void *answer, size_t len,
                 const char *how)
{
    struct cli_play *play = context;
    size_t index = play->order[job / play->options->repeat];
    const struct scn *scn = play->cases->scn[index];
    const struct catalogue *catalogue = play->specs->catalogue;
    char message[CLI_WHY];
    json_t *one = NULL;
    if (end == POOL_DONE) {
        one = open_envelope(play, answer, len);
        if (!one)
            one = case_broken(scn, catalogue, VERDICT_ERROR, "the worker had no memory to answer");
    } else {
        snprintf(message, sizeof message, "the stack %s: %s",
                 end == POOL_CRASHED ? "crashed" : "hung", how);
        one = case_broken(scn, catalogue, end == POOL_CRASHED ? VERDICT_CRASH : VERDICT_HANG,
                          message);
    }
    if (!one)
        return;
    play->progress.done++;
    play->progress.failed += badness(one) >= 4;
    snprintf(play->progress.name, sizeof play->progress.name, "%s", scn->name);
    if (play->options->fail_fast && badness(one) >= 5)
        play->cut_short = true;
    keep(play, index, one);
}

static bool idle(void *context)
{
    struct cli_play *play = context;
    struct signalfd_siginfo info;
    if (play->signals >= 0 && read(play->signals, &info, sizeof info) == sizeof info)
        play->interrupted = true;
    cli_progress_show(&play->progress);
    return play->interrupted || play->cut_short;
}

static void shuffle(size_t *order, size_t count, uint64_t seed)
{
    for (size_t i = count; i > 1; i--) {
        size_t k = (size_t)(mix(seed + i) % i);
        size_t swap = order[i - 1];
        order[i - 1] = order[k];
        order[k] = swap;
    }
}

static uint64_t limit_of(const struct cli_play *play)
{
    if (play->options->timeout)
        return play->options->timeout;
    if (!real_clock(play->choice))
        return LIMIT_VIRTUAL;
    return play->options->slow ? LIMIT_REAL_SLOW : LIMIT_REAL;
}

/** SIGINT comes through a descriptor, so that no handler needs global state; workers never see it.
 */
static int catch_signals(sigset_t *ret_before)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, ret_before);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int cli_play_cases(struct cli_play *play)
{
    char why[CLI_WHY];
    sigset_t before;
    size_t count = play->cases->count;
    play->result = calloc(count, sizeof(json_t *));
    play->order = calloc(count, sizeof *play->order);
    if (!play->result || !play->order)
        return cli_say(EXIT_UNABLE, "no memory");
    for (size_t i = 0; i < count; i++)
        play->order[i] = i;
    if (play->options->shuffle)
        shuffle(play->order, count, play->options->shuffle_seed);
    play->signals = catch_signals(&before);
    play->progress.on = isatty(STDERR_FILENO) && play->options->verbosity >= 0;
    play->progress.total = count * play->options->repeat;
    unsigned workers = real_clock(play->choice) ? WORKERS_REAL : 1;
    struct pool_job job = {.begin = begin,
                           .work = work,
                           .done = done,
                           .idle = idle,
                           .context = play,
                           .count = play->progress.total,
                           .workers = play->options->jobs ? play->options->jobs : workers,
                           .limit = limit_of(play)};
    int rc = pool_run(&job, why, sizeof why);
    cli_progress_wipe(&play->progress);
    close(play->signals);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return rc ? cli_say(EXIT_UNABLE, "%s: %s", play->choice->name, why) : 0;
}

void cli_play_free(struct cli_play *play)
{
    for (size_t i = 0; play->result && i < play->cases->count; i++)
        json_decref(play->result[i]);
    free(play->result);
    free(play->order);
    json_decref(play->stack);
}
