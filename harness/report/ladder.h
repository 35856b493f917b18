/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ladder: what tester and stack sent each other in a case, row by row, with the right edges,
 * the step in force, and the guilty row. Made as JSON where the trace is, printed where the report
 * is.
 */
#ifndef HARNESS_REPORT_LADDER_H
#define HARNESS_REPORT_LADDER_H

#include "report/text.h"
#include "scenario/scenario.h"
#include "trace/trace.h"

#include <jansson.h>

enum { LADDER_ROWS = 60 };

struct ladder_source {
    const struct trace *trace;
    const struct scn *scn;
    size_t guilty;               /* event, SIZE_MAX: none, what was asked did not come */
    const struct scn_step *step; /* the guilty one, or NULL */
    bool went_on;                /* the case was played on after the guilty step (a WARN) */
    uint64_t elapsed;            /* of the case: when what did not come was given up */
    const char *mark;            /* what the guilty row says: "not allowed here" */
    bool whole;                  /* fold nothing */
};

/**
 * Rows: `at` (ns since the first event), `who` (tester, stack, app, link, note, fold), `text`, and
 * where it applies `edge`, `step`, `mark`, `lost`, `guilty`. NULL without memory. At most
 * LADDER_ROWS unless `whole`.
 */
json_t *ladder_rows(const struct ladder_source *from);
void ladder_print(FILE *out, const json_t *rows, const char *stack, const struct style *style);

#endif
