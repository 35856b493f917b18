/* SPDX-License-Identifier: BSD-2-Clause */
/* The errors of one file: gathered while it is read, then printed in the order of their places. */
#ifndef HARNESS_SCENARIO_YAML_ERRORS_H
#define HARNESS_SCENARIO_YAML_ERRORS_H

#include "scenario/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { YAML_ERRORS_MAX = 200 }; /* as many of one file are kept and shown */

struct yaml_error {
    uint32_t line, column; /* from 1; line 0: the file as a whole */
    const char *message, *hint[2];
};

struct yaml_errors {
    struct arena *memory; /* of the messages */
    const char *name;     /* of the file */
    const char *text;     /* what was read, or NULL */
    size_t len;
    unsigned count;
    struct yaml_error item[YAML_ERRORS_MAX];
};

/** Where an error is; `raw` and `text` tell of a scalar in which a `$name` was replaced. */
struct yaml_place {
    uint32_t line, column;
    const char *raw, *text;
};

void yaml_errors_begin(struct yaml_errors *e, struct arena *memory, const char *name,
                       const char *text, size_t len);
/**
 * Note an error; the same one at the same place counts once. HINT may be NULL and must live as long
 * as the errors.
 */
void yaml_error(struct yaml_errors *e, struct yaml_place place, const char *hint,
                const char *format, ...) __attribute__((format(printf, 4, 5)));
/** The hint `did you mean "NAME"?`, or NULL without a NAME. */
const char *yaml_did_you_mean(struct yaml_errors *e, const char *name);
/** Print them as FILE:LINE:COLUMN: error: …, with the line and a caret. Returns how many. */
unsigned yaml_errors_print(struct yaml_errors *e, FILE *out);

#endif
