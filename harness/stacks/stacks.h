/* SPDX-License-Identifier: BSD-2-Clause */
/* The stacks that can be put to the test: those built in, and plug-ins. */
#ifndef HARNESS_STACKS_H
#define HARNESS_STACKS_H

#include "tcpassay/stack.h"

#include <stdio.h>

struct stacks_builtin {
    const struct tcpassay_stack *stack;
    const char *says;     /* one line for `list stacks` */
    const char *profiles; /* separated by spaces, or NULL */
};
const struct stacks_builtin *stacks_builtins(size_t *ret_count);

/**
 * What an input's octet (scn_bytes_profile) stands for, modulo their number: the profiles of tcpref
 * in their order, the first without its name, as "tcpref", "tcpref:squeezed".
 */
enum { STACKS_INPUT_PROFILES_MAX = 16 };
unsigned stacks_input_profiles(void);
void stacks_input_spec(unsigned octet, char *buf, size_t cap);

/** A stack named by -s: `tcpref`, `tcpref:squeezed`, `linux`, `lib:PATH.so`, `lib:PATH.so:PROFILE`.
 */
struct stacks_choice {
    const struct tcpassay_stack *stack; /* complete: entries beyond its size are NULL */
    struct tcpassay_stack table;        /* the copy that `stack` points to */
    char name[64];                      /* "tcpref:squeezed", "mystack" */
    char profile[64];                   /* "" if none */
    void *library;                      /* of dlopen, or NULL */
};
/**
 * Find SPEC. 0, or -1 with one line for people in WHY: unknown name (with what it may have meant),
 * a missing or broken plug-in, another ABI, a mandatory entry missing.
 */
int stacks_choose(const char *spec, struct stacks_choice *ret_choice, char *why, size_t why_cap);
void stacks_release(struct stacks_choice *choice);

/**
 * The capabilities that tcpassay knows by name, which `can` is asked for and rules need. ENTRY says
 * whether a table has the entries that one stands on; NULL where no entry shows it.
 */
struct stacks_capability {
    const char *name; /* "app.half-close" */
    const char *says; /* one line */
    bool (*entry)(const struct tcpassay_stack *stack);
    bool alone; /* whoever has the entries can do this */
};
const struct stacks_capability *stacks_capabilities(size_t *ret_count);
/** The first entry that no adapter may lack and STACK does, or NULL: "a clock", "recv". */
const char *stacks_lacks(const struct tcpassay_stack *stack);

/**
 * Ask the stack of CHOICE what it can do, and hold it to its word; prints a report to OUT. The
 * stack is opened in a process of its own. 0; -1: it lies, crashed or hung; -2: it cannot be
 * opened.
 */
int stacks_probe(const struct stacks_choice *choice, FILE *out);

/* The adapters built in. */
extern const struct tcpassay_stack stacks_linux;
/* Where their libraries are: */
extern const struct tcpassay_stack stacks_lwip;
extern const struct tcpassay_stack stacks_slirp;
extern const struct tcpassay_stack stacks_tcpref;

#endif
