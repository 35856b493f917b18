/* SPDX-License-Identifier: BSD-2-Clause */
/* Known deviations of a stack laid over a run: KNOWN, NEW, FIXED, CHANGED. */
#ifndef HARNESS_CLI_BASELINE_H
#define HARNESS_CLI_BASELINE_H

#include "cli/cli.h"
#include "scenario/deviations.h"

/** --baseline FILE, else specs/deviations/STACK.yaml: that of NAME:PROFILE, else that of NAME. */
void baseline_path(const struct cli_options *o, const struct cli_specs *specs, const char *stack,
                   char *buf, size_t cap);
/**
 * Read it if it is there; *ret_known stays as it is where there is none, and with --no-baseline or
 * --fault. 0, or EXIT_USAGE after a message.
 */
int baseline_open(const struct cli_options *o, const struct cli_specs *specs, const char *stack,
                  struct deviations **ret_known);
/** The differences it declares to the oracle, as player_options.oracle_keys. */
uint64_t baseline_keys(const struct deviations *known);
/** Give the cases their `baseline` (and `known_why`). */
void baseline_overlay(const struct deviations *known, json_t *cases);
/** Whether ENTRY speaks of the case: its name, its rule, or a glob. */
bool baseline_covers(const struct deviation *entry, const char *id);

#endif
