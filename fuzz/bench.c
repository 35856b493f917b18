/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_bench SEEDS [RATE]: what an execution of fuzz_conn costs on inputs of ten steps, and where
 * it goes, beside an empty target in the same program with the same flags. The inputs are spliced
 * from the records of the seeds. Prints a table and, as one line, JSON; with RATE it exits 1 if
 * there are fewer executions a second.
 */
#include "inputs.h"
#include "scenario/bytes.h"
#include "stacks/stacks.h"
#include "target.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS = 10, LIGHT = 3000, INPUTS = 512, ROUNDS = 40, FEWEST = 100 };

struct spliced {
    size_t size;
    uint8_t octets[SCN_BYTES_MAX];
};

enum what { EMPTY, DECODE, RESET, HANDSHAKE, PLAY, WHOLE };

/* In their order, each has all that the one before has, and more. */
static const struct variant {
    const char *name;
    enum what what;
    unsigned leave_out;
    unsigned minus; /* the row so far above is no part of this one's; 0: it stands for itself */
} variants[] = {
    {"empty target", EMPTY, 0, 0},
    {"  decoding", DECODE, 0, 0},
    {"  reset", RESET, PLAYER_NO_ORACLE | PLAYER_NO_CLOSING, 1},
    {"  handshake, to the state given", HANDSHAKE, PLAYER_NO_ORACLE | PLAYER_NO_CLOSING, 1},
    {"  steps", PLAY, PLAYER_NO_ORACLE | PLAYER_NO_CLOSING, 1},
    {"  oracle", PLAY, PLAYER_NO_CLOSING, 1},
    {"  liveness, watched too", PLAY, 0, 1},
    {"whole", WHOLE, 0, 0},
};
enum { VARIANTS = sizeof variants / sizeof variants[0] };

struct bench {
    struct inputs seed;
    struct spliced *input;
    struct scn scn;
    struct player *player[VARIANTS][STACKS_INPUT_PROFILES_MAX];
};

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* ---- the inputs ---- */

static int load(struct bench *b, const char *folder)
{
    if (!inputs_add(&b->seed, folder))
        return -1;
    if (b->seed.count < FEWEST)
        fprintf(stderr, "%s: fewer than %d seeds to make inputs of\n", folder, FEWEST);
    return b->seed.count < FEWEST ? -1 : 0;
}

/* A step of a few segments: the bulk of a whole window would measure the stack alone. */
static bool is_light(const struct scn_step *step)
{
    const struct scn_expr *octets = step->op == SCN_SEND ? &step->seg.data : &step->number;
    bool sends =
        step->op == SCN_SEND ||
        (step->op == SCN_APP && (step->what == SCN_APP_SEND || step->what == SCN_APP_URGENT));
    return step->op != SCN_FILL && step->seg.count <= 1 &&
           !(sends && octets->n > 0 && octets->term[0].number > LIGHT);
}

/* The head of one seed, and records of it and of others, until there are ten steps. */
static void splice(struct bench *b, struct spliced *in, unsigned k)
{
    const struct input *first = &b->seed.input[k % b->seed.count];
    size_t at = SCN_BYTES_HEAD;
    in->size = first->size < SCN_BYTES_HEAD ? first->size : SCN_BYTES_HEAD;
    memcpy(in->octets, first->data, in->size);
    in->size = SCN_BYTES_HEAD;
    for (unsigned from = k; in->size + SCN_BYTES_RECORD <= SCN_BYTES_MAX; at += SCN_BYTES_RECORD) {
        const struct input *seed = &b->seed.input[from % b->seed.count];
        if (at + SCN_BYTES_RECORD > seed->size) {
            from = from * 7 + 1;
            at = SCN_BYTES_HEAD - SCN_BYTES_RECORD;
            continue;
        }
        memcpy(in->octets + in->size, seed->data + at, SCN_BYTES_RECORD);
        in->size += SCN_BYTES_RECORD;
        if (scn_from_bytes(in->octets, in->size, &b->scn) < 0)
            return;
        if (b->scn.steps > 0 && !is_light(&b->scn.step[b->scn.steps - 1]))
            in->size -= SCN_BYTES_RECORD;
        else if (b->scn.steps == STEPS)
            return;
    }
}

/* ---- what is measured ---- */

static void play(struct bench *b, const struct spliced *in, const struct variant *v)
{
    scn_from_bytes(in->octets, in->size, &b->scn);
    if (v->what == DECODE)
        return;
    if (v->what == RESET)
        scn_given_default(&b->scn.given);
    if (v->what <= HANDSHAKE)
        b->scn.first = -1;
    player_play(
        b->player[v - variants][scn_bytes_profile(in->octets, in->size) % target_profiles()],
        &b->scn);
}

static void run(struct bench *b, const struct spliced *in, const struct variant *v)
{
    static volatile uint8_t sum;
    if (v->what == EMPTY) {
        for (size_t i = 0; i < in->size; i++)
            sum = sum ^ in->octets[i];
    } else if (v->what == WHOLE) {
        LLVMFuzzerTestOneInput(in->octets, in->size);
    } else {
        play(b, in, v);
    }
}

/* Microseconds for one input: the best of many rounds, since what disturbs only ever adds. */
static double measure(struct bench *b, const struct variant *v)
{
    double best = 1e18;
    for (unsigned round = 0; round < ROUNDS; round++) {
        double begin = now_us();
        for (unsigned i = 0; i < INPUTS; i++)
            run(b, &b->input[i], v);
        double took = now_us() - begin;
        best = took < best ? took : best;
    }
    return best / INPUTS;
}

static void print(const double *us)
{
    json_t *rows = json_array();
    printf("%-34s %10s %14s\n", "fuzz_conn, ten steps", "us", "executions/s");
    for (unsigned i = 0; i < VARIANTS; i++) {
        const struct variant *v = &variants[i];
        double part = us[i] - (v->minus ? us[i - v->minus] : 0);
        char rate[32] = "";
        if (!v->minus)
            snprintf(rate, sizeof rate, "%.0f", 1e6 / us[i]);
        printf("%-34s %10.2f %14s\n", v->name, part, rate);
        json_array_append_new(rows, json_pack("{s:s, s:f}", "name", v->name, "us", part));
    }
    json_dumpf(rows, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
    putchar('\n');
    json_decref(rows);
}

static int prepare(struct bench *b, const char *folder)
{
    if (load(b, folder) < 0 || !(b->input = calloc(INPUTS, sizeof *b->input)))
        return -1;
    for (unsigned i = 0; i < INPUTS; i++)
        splice(b, &b->input[i], i * 5);
    for (unsigned v = 0; v < VARIANTS; v++)
        for (unsigned i = 0; i < target_profiles(); i++)
            b->player[v][i] = target_attach(i, variants[v].leave_out);
    return 0;
}

int main(int argc, char **argv)
{
    static struct bench b;
    double us[VARIANTS];
    if (argc < 2 || argc > 3 || prepare(&b, argv[1]) < 0) {
        fprintf(stderr, "usage: fuzz_bench SEEDS [RATE]\n");
        return 4;
    }
    for (unsigned i = 0; i < VARIANTS; i++)
        us[i] = measure(&b, &variants[i]);
    print(us);
    double wanted = argc > 2 ? atof(argv[2]) : 0, rate = 1e6 / us[VARIANTS - 1];
    if (rate < wanted) {
        fprintf(stderr, "fuzz_bench: %.0f executions/s, and %.0f are wanted\n", rate, wanted);
        return 1;
    }
    return 0;
}
