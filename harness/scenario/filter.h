/* SPDX-License-Identifier: BSD-2-Clause */
/* Which cases to run: `level:must tag:paws,tag:wscale !state:time-wait window.*`. */
#ifndef HARNESS_SCENARIO_FILTER_H
#define HARNESS_SCENARIO_FILTER_H

#include "scenario/catalogue.h"
#include "scenario/scenario.h"

struct filter;

/**
 * A blank is AND, a comma OR (it binds tighter), a leading `!` NOT. A word is KEY:GLOB with one of
 * the keys level tag state clause kind rfc, or a glob of case or rule ids; a rule's id stands for
 * all its cases. NULL with one line in WHY. An empty expression takes everything.
 */
struct filter *filter_parse(const char *expression, char *why, size_t why_cap);
void filter_free(struct filter *f);
bool filter_takes(const struct filter *f, const struct scn *scn, const struct catalogue *catalogue);

/** One glob of ids, as the positional words of `run` are. */
bool filter_id(const char *glob, const struct scn *scn);
/** The heaviest weight among the clauses of the case; a scenario without clauses fails. */
enum clause_weight filter_weight(const struct scn *scn, const struct catalogue *catalogue);

#endif
