/* SPDX-License-Identifier: BSD-2-Clause */
/* Known deviations of a stack laid over a run: KNOWN, NEW, FIXED, CHANGED. */
#ifndef HARNESS_CLI_BASELINE_H
#define HARNESS_CLI_BASELINE_H

#include "cli/cli.h"

struct baseline;

/**
 * Read --baseline FILE, or specs/deviations/STACK.yaml if it is there. *ret_baseline stays as it is
 * where there is none (and with --no-baseline or --fault). 0, or EXIT_USAGE after a message.
 */
int baseline_open(const struct cli_options *o, const struct cli_specs *specs, const char *stack,
                  struct baseline **ret_baseline);
void baseline_close(struct baseline *b);
/** The differences it declares to the oracle, as player_options.oracle_keys. */
uint64_t baseline_keys(const struct baseline *b);
/** Give every case its `baseline` (and `known_why`). */
void baseline_overlay(const struct baseline *b, json_t *cases);

#endif
