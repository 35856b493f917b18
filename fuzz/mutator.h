/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The structure-aware mutator, which libFuzzer (mutator_libfuzzer.c) and AFL++ (mutator_afl.c)
 * share. An input is a head and records of fixed size; a step is a record with those before it that
 * only prepare it. What comes out depends on nothing but the input and the seed.
 */
#ifndef FUZZ_MUTATOR_H
#define FUZZ_MUTATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mutator_random {
    uint64_t state;
};

uint32_t mutator_random(struct mutator_random *random);
/** From 0 to LIMIT - 1; 0 if LIMIT is 0. */
uint32_t mutator_below(struct mutator_random *random, size_t limit);

/** How the inputs of a target are built; a NULL stands for what holds for any octets. */
struct mutator_format {
    size_t head, record; /* octets; a record has 1 to MUTATOR_RECORD_MAX */
    size_t steps;        /* that are played; those behind them are wasted. 0: all of them */
    /** Whether this record only prepares the next one. */
    bool (*prepares)(const uint8_t *record);
    /** A record worth playing, out of nothing. */
    void (*make)(struct mutator_random *random, uint8_t *ret_record);
    /** Bring one field to a boundary. */
    void (*perturb)(struct mutator_random *random, uint8_t *record);
    void (*perturb_head)(struct mutator_random *random, uint8_t *head);
    /** A record that waits for the stack's next deadline; NULL: there is none. */
    void (*wait)(struct mutator_random *random, uint8_t *ret_record);
};

enum { MUTATOR_RECORD_MAX = 64, MUTATOR_STEPS = 1024 };

/** The octets of a scenario, harness/scenario/bytes.h. */
extern const struct mutator_format mutator_scenario;

/** Change SIZE octets in place to 1 to MAX others. MAX is at least 1. Returns how many. */
size_t mutator_mutate(const struct mutator_format *format, uint8_t *data, size_t size, size_t max,
                      uint64_t seed);
/** Write a child of A and B, of at most MAX octets, to RET_DATA, which overlaps neither. Returns
 * how many. */
size_t mutator_cross(const struct mutator_format *format, const uint8_t *a, size_t a_size,
                     const uint8_t *b, size_t b_size, uint8_t *ret_data, size_t max, uint64_t seed);
/**
 * Where the steps of an input begin, at most MUTATOR_STEPS of them, and where the last one ends
 * (half a record at the end belongs to it). Returns how many steps there are.
 */
size_t mutator_steps(const struct mutator_format *format, const uint8_t *data, size_t size,
                     size_t ret_start[MUTATOR_STEPS + 1]);

#endif
