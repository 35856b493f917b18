/* SPDX-License-Identifier: BSD-2-Clause */
/* A broken invariant as a test in C for the stack's own suite: one file that needs nothing but
 * <tcpassay/stack.h>. */
#ifndef HARNESS_REPORT_EMIT_C_H
#define HARNESS_REPORT_EMIT_C_H

#include "player/player.h"

struct emit_c_source {
    const struct scn *scn;
    const struct trace *trace; /* of the case on the stack that fails */
    const struct oracle_breach *breach;
    const struct trace *reference; /* of the same case on one that does not */
    const char *stack, *profile;   /* for the head; profile or NULL */
    uint64_t seed;                 /* player_seed() */
    bool real;                     /* its clock */
};

/**
 * Write the test: it feeds the packets of the trace, makes its calls, and fails if the stack does
 * again what the breach stands on: the segment or the result of a call that must not come; or,
 * where something did not come, if that does not come which the reference sends. 0; -1 with one
 * line in WHY if it cannot be written, or nothing tells the two stacks apart.
 */
int emit_c(const struct emit_c_source *from, FILE *out, char *why, size_t why_cap);

#endif
