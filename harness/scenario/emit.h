/* SPDX-License-Identifier: BSD-2-Clause */
/* Scenarios written out for people, in the form of specs/README.md. */
#ifndef HARNESS_SCENARIO_EMIT_H
#define HARNESS_SCENARIO_EMIT_H

#include "scenario/scenario.h"

#include <stdio.h>

/**
 * Write SCN as `kind: scenario`: its set-up, its stimuli, its seed and its breach. 0; -1 if the
 * file could not be written, memory ran out (errno says which), or the scenario holds what is no
 * stimulus (ENOTSUP: claims, branches, bound names), in which case OUT may have got the beginning.
 */
int scn_emit_yaml(const struct scn *scn, FILE *out);

/** An expression as it is written in a rule; `time`: plain numbers are durations. Returns buf. */
const char *scn_expr_text(const struct scn_expr *expr, bool time, char *buf, size_t cap);

#endif
