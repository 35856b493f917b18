/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main() that plays every input twice in one process, the second time in the opposite order, and
 * says what ran otherwise: something of an earlier input was left behind. Takes over the counters
 * that -fsanitize=fuzzer-no-link puts on every edge. Fails if more than one edge in a thousand
 * varies.
 */
#include "inputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int __attribute__((weak)) LLVMFuzzerInitialize(int *argc, char ***argv);

/* The compiler's own names. NOLINTBEGIN */
void __sanitizer_cov_8bit_counters_init(uint8_t *start, uint8_t *stop);
void __sanitizer_cov_pcs_init(const uintptr_t *start, const uintptr_t *stop);
void __sanitizer_symbolize_pc(uintptr_t pc, const char *format, char *out, size_t cap)
    __attribute__((weak));
/* NOLINTEND */

enum { MODULES = 16 };

struct module {
    uint8_t *start;
    size_t edges;
    const uintptr_t *pcs; /* two numbers each, the first the place */
};

static struct module module[MODULES];
static size_t modules, tables;

/* NOLINTNEXTLINE */
void __sanitizer_cov_8bit_counters_init(uint8_t *start, uint8_t *stop)
{
    for (size_t m = 0; m < modules; m++) {
        if (module[m].start == start)
            return; /* each object file of a program names them again */
    }
    if (modules < MODULES && start < stop)
        module[modules++] = (struct module){.start = start, .edges = (size_t)(stop - start)};
}

void __sanitizer_cov_pcs_init(const uintptr_t *start, const uintptr_t *stop)
{
    if (tables > 0 && module[tables - 1].pcs == start)
        return;
    if (tables < MODULES && start < stop)
        module[tables++].pcs = start;
}

/* Everything seen of one edge, and how often it was otherwise. */
struct edges {
    size_t count;
    uint8_t *now, *ever;
    unsigned *varied;
};

/* As AFL++ has it: 1, 2, 3, then powers of two. */
static uint8_t bucket(uint8_t n)
{
    uint8_t b = 1;
    if (n <= 3)
        return n;
    while (n >>= 1)
        b++;
    return b + 1;
}

static void *room(size_t size)
{
    void *block = calloc(1, size ? size : 1);
    if (block)
        return block;
    fprintf(stderr, "no memory\n");
    exit(4);
}

static void play(struct edges *e, const struct input *in)
{
    for (size_t m = 0; m < modules; m++)
        memset(module[m].start, 0, module[m].edges);
    LLVMFuzzerTestOneInput(in->data, in->size);
    for (size_t m = 0, at = 0; m < modules; m++) {
        for (size_t i = 0; i < module[m].edges; i++)
            e->now[at++] = bucket(module[m].start[i]);
    }
    for (size_t i = 0; i < e->count; i++)
        e->ever[i] |= e->now[i];
}

static void describe(const struct edges *e)
{
    char line[512];
    for (size_t m = 0, at = 0; m < modules; m++) {
        for (size_t i = 0; i < module[m].edges; i++, at++) {
            uintptr_t pc = m < tables && e->varied[at] > 0 ? module[m].pcs[2 * i] : 0;
            if (pc && __sanitizer_symbolize_pc) {
                __sanitizer_symbolize_pc(pc + 1, "%f %s:%l", line, sizeof line);
                printf("%6u inputs: %s\n", e->varied[at], line);
            } else if (pc) {
                printf("%6u inputs: %#jx\n", e->varied[at], (uintmax_t)pc);
            }
        }
    }
}

static int judge(const struct edges *e)
{
    size_t seen = 0, varied = 0;
    for (size_t i = 0; i < e->count; i++) {
        seen += e->ever[i] != 0;
        varied += e->varied[i] > 0;
    }
    describe(e);
    printf("%zu edges seen, %zu of them vary: %.2f %% are stable\n", seen, varied,
           seen ? 100.0 - 100.0 * (double)varied / (double)seen : 0.0);
    return seen == 0 || varied * 1000 > seen;
}

int main(int argc, char **argv)
{
    struct inputs in = {0};
    struct edges e = {0};
    bool fine = true;
    if (LLVMFuzzerInitialize)
        LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++)
        fine &= inputs_add(&in, argv[i]);
    for (size_t m = 0; m < modules; m++)
        e.count += module[m].edges;
    if (!fine || in.count == 0) {
        fprintf(stderr, "%s FOLDER...: nothing to play\n", argv[0]);
        return 4;
    }
    e.now = room(e.count);
    e.ever = room(e.count);
    e.varied = room(e.count * sizeof *e.varied);
    uint8_t *first = room(in.count * e.count);
    for (size_t k = 0; k < in.count; k++) {
        play(&e, &in.input[k]);
        memcpy(first + k * e.count, e.now, e.count);
    }
    for (size_t k = in.count; k-- > 0;) {
        play(&e, &in.input[k]);
        for (size_t i = 0; i < e.count; i++)
            e.varied[i] += e.now[i] != first[k * e.count + i];
    }
    int bad = judge(&e);
    inputs_free(&in);
    free(first);
    free(e.now);
    free(e.ever);
    free(e.varied);
    return bad;
}
