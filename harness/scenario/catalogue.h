/* SPDX-License-Identifier: BSD-2-Clause */
/* The catalogue of requirements: specs/requirements/rfc*.yaml. */
#ifndef HARNESS_SCENARIO_CATALOGUE_H
#define HARNESS_SCENARIO_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum clause_level { CLAUSE_MUST, CLAUSE_SHOULD, CLAUSE_MAY, CLAUSE_NOKEY };
enum clause_confidence { CLAUSE_HIGH, CLAUSE_MEDIUM, CLAUSE_LOW };

struct clause {
    const char *id;      /* "MUST-34", "R7323-2.4-1" */
    const char *rfc;     /* "9293" */
    const char *section; /* "3.8.6" */
    const char *title, *text, *observable;
    const char *untestable;  /* why it cannot be tested, or NULL */
    const char *level_text;  /* as in the catalogue: "MUST NOT", "NOKEY" … */
    enum clause_level level; /* MUST NOT is MUST, RECOMMENDED is SHOULD … */
    enum clause_confidence confidence;
};

struct catalogue;
/** Read every rfc*.yaml of the folder (rfc9293-extra.yaml holds notes, not requirements). NULL with
 *  errors printed as FILE:LINE:COLUMN. */
struct catalogue *catalogue_read(const char *folder, FILE *errors);
void catalogue_free(struct catalogue *c);
size_t catalogue_count(const struct catalogue *c);
const struct clause *catalogue_at(const struct catalogue *c, size_t index);
const struct clause *catalogue_find(const struct catalogue *c, const char *id);
/** The id most like ID, or NULL: for "did you mean". */
const char *catalogue_suggest(const struct catalogue *c, const char *id);

/** What breaking it means: MUST and NOKEY of high confidence fail, SHOULD and other NOKEY warn. */
enum clause_weight { CLAUSE_FAILS, CLAUSE_WARNS, CLAUSE_INFORMS };
enum clause_weight clause_weight(const struct clause *c);

#endif
