/* SPDX-License-Identifier: BSD-2-Clause */
/* The stacks that can be put to the test: those built in, and plug-ins. */
#ifndef HARNESS_STACKS_H
#define HARNESS_STACKS_H

#include "tcpassay/stack.h"

struct stacks_builtin {
    const struct tcpassay_stack *stack;
    const char *says;     /* one line for `list stacks` */
    const char *profiles; /* separated by spaces, or NULL */
};
const struct stacks_builtin *stacks_builtins(size_t *ret_count);

/** A stack named by -s: `tcpref`, `tcpref:squeezed`, `linux`, `lib:PATH.so`, `lib:PATH.so:PROFILE`. */
struct stacks_choice {
    const struct tcpassay_stack *stack; /* complete: entries beyond its size are NULL */
    struct tcpassay_stack table;        /* the copy that `stack` points to */
    char name[64];                      /* "tcpref:squeezed", "mystack" */
    char profile[64];                   /* "" if none */
    void *library;                      /* of dlopen, or NULL */
};
/**
 * Find SPEC. 0, or -1 with one line for people in WHY: unknown name (with what it may have meant), a
 * missing or broken plug-in, another ABI, a mandatory entry missing.
 */
int stacks_choose(const char *spec, struct stacks_choice *ret_choice, char *why, size_t why_cap);
void stacks_release(struct stacks_choice *choice);

/** The addresses of the link between stack and tester, alike in every stack. */
void stacks_addresses(struct tcpassay_open *how);

/** Ask the stack of CHOICE what it can do; prints a report to `out` (a FILE *). 0, or -1: it lies. */
int stacks_probe(const struct stacks_choice *choice, void *out);

#endif
