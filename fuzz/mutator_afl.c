/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mutator for AFL++: AFL_CUSTOM_MUTATOR_LIBRARY=libtcpassay_mutator.so afl-fuzz ...
 * TCPASSAY_FORMAT="HEAD,RECORD,MAX" in the environment names the format of a target whose input is
 * no scenario, and its longest input.
 */
#include "mutator.h"

#include "scenario/bytes.h"

#include <stdio.h>
#include <stdlib.h>

enum { LARGEST = 1 << 16 };

struct state {
    struct mutator_format format;
    struct mutator_random random;
    size_t max;
    uint8_t out[LARGEST];
};

/* What afl-fuzz looks for by name. */
#define EXPORT __attribute__((visibility("default")))
EXPORT void *afl_custom_init(void *afl, unsigned seed);
EXPORT size_t afl_custom_fuzz(void *ctx, uint8_t *data, size_t size, uint8_t **ret_data,
                              uint8_t *add, size_t add_size, size_t max_size);
EXPORT size_t afl_custom_havoc_mutation(void *ctx, uint8_t *data, size_t size, uint8_t **ret_data,
                                        size_t max_size);
EXPORT uint8_t afl_custom_havoc_mutation_probability(void *ctx);
EXPORT void afl_custom_deinit(void *ctx);

static bool read_format(struct state *s, const char *text)
{
    size_t head, record, max;
    char end;
    if (sscanf(text, "%zu,%zu,%zu%c", &head, &record, &max, &end) != 3 || record == 0 ||
        record > MUTATOR_RECORD_MAX || max == 0 || max > LARGEST)
        return false;
    if (head != SCN_BYTES_HEAD || record != SCN_BYTES_RECORD)
        s->format = (struct mutator_format){.head = head, .record = record};
    s->max = max;
    return true;
}

void *afl_custom_init(void *afl, unsigned seed)
{
    (void)afl;
    const char *text = getenv("TCPASSAY_FORMAT");
    struct state *s = malloc(sizeof *s);
    if (!s)
        return NULL;
    s->format = mutator_scenario;
    s->random.state = seed;
    s->max = SCN_BYTES_MAX;
    if (text && !read_format(s, text)) {
        fprintf(stderr, "TCPASSAY_FORMAT=%s: not HEAD,RECORD,MAX\n", text);
        free(s);
        return NULL;
    }
    return s;
}

static size_t bound(const struct state *s, size_t max_size)
{
    return max_size < s->max ? max_size : s->max;
}

static size_t mutate(struct state *s, const uint8_t *data, size_t size, size_t max)
{
    size = size < max ? size : max;
    for (size_t i = 0; i < size; i++)
        s->out[i] = data[i];
    return mutator_mutate(&s->format, s->out, size, max, s->random.state);
}

/* ADD is another input of the corpus. */
size_t afl_custom_fuzz(void *ctx, uint8_t *data, size_t size, uint8_t **ret_data, uint8_t *add,
                       size_t add_size, size_t max_size)
{
    struct state *s = ctx;
    size_t max = bound(s, max_size), len = 0;
    if (add && add_size > 0 && mutator_below(&s->random, 4) == 0)
        len = mutator_cross(&s->format, data, size, add, add_size, s->out, max, s->random.state);
    mutator_random(&s->random);
    *ret_data = s->out;
    return len > 0 ? len : mutate(s, data, size, max);
}

/* One of several mutations that AFL++ puts one on another. */
size_t afl_custom_havoc_mutation(void *ctx, uint8_t *data, size_t size, uint8_t **ret_data,
                                 size_t max_size)
{
    struct state *s = ctx;
    mutator_random(&s->random);
    *ret_data = s->out;
    return mutate(s, data, size, bound(s, max_size));
}

uint8_t afl_custom_havoc_mutation_probability(void *ctx)
{
    (void)ctx;
    return 30; /* in a hundred */
}

void afl_custom_deinit(void *ctx)
{
    free(ctx);
}
