/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the probe share. */
#ifndef HARNESS_STACKS_PROBE_H
#define HARNESS_STACKS_PROBE_H

#include "stacks/stacks.h"
#include "wire/wire.h"

struct probe {
    const struct tcpassay_stack *stack;
    void *state; /* the open stack */
    struct tcpassay_open how;
    struct tcpassay_facts facts;
    FILE *out;
    uint64_t now; /* virtual clock */
    unsigned lies;
};

/** stacks_probe(), with the seconds after which a stack is taken to hang. */
int probe_within(const struct stacks_choice *choice, unsigned limit, FILE *out);
/** Whether the stack says that it can. Without a `can` it claims nothing. */
bool probe_claims(const struct probe *p, const char *name);
/** Print a claim that does not hold, and count it. */
void probe_lie(struct probe *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Shake hands over FAMILY, and compare what the stack sends with what it claims. */
void probe_handshake(struct probe *p, unsigned family);

#endif
