/* SPDX-License-Identifier: BSD-2-Clause */
/* Which requirements are judged, by what, and which are not: holes stay visible. */
#ifndef HARNESS_CLI_COVERAGE_H
#define HARNESS_CLI_COVERAGE_H

#include "cli/cli.h"

enum coverage { COVER_RULED, COVER_WATCHED, COVER_UNTESTABLE, COVER_OPEN, COVERAGES };
const char *coverage_name(enum coverage c); /* "ruled" */

/** `clauses`: objects with id rfc section level status rules invariants reason, catalogue order. */
json_t *coverage_json(const struct cli_specs *specs);
/** The ids that a claim of SCN judges: each step's own, or the rule's where it has none. */
void coverage_of(const struct scn *scn, json_t *ret_ids);
/** The keys of an object as a list. */
json_t *coverage_keys(json_t *object);

#endif
