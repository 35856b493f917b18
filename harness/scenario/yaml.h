/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules in YAML: read, checked and expanded into scenarios. specs/README.md is the reference. */
#ifndef HARNESS_SCENARIO_YAML_H
#define HARNESS_SCENARIO_YAML_H

#include "scenario/scenario.h"

#include <stdio.h>

struct catalogue; /* scenario/catalogue.h */

/** The cases of one or more files. All strings in them belong to the book. */
struct rulebook;

struct rulebook *rulebook_new(const struct catalogue *catalogue);
void rulebook_free(struct rulebook *book);
/**
 * Read a file. Errors are printed to ERRORS as FILE:LINE:COLUMN with the line, a caret and a hint;
 * every error of the file is reported, not the first alone. Returns how many; with errors the book
 * is as it was before. An unreadable or empty file is one error.
 */
unsigned rulebook_read(struct rulebook *book, const char *path, FILE *errors);
/** The same from memory (`name` stands in errors). */
unsigned rulebook_parse(struct rulebook *book, const char *name, const char *text, size_t len,
                        FILE *errors);
/** Read every .yaml below a folder, in the order of their paths. */
unsigned rulebook_read_tree(struct rulebook *book, const char *folder, FILE *errors);

size_t rulebook_count(const struct rulebook *book); /* cases */
const struct scn *rulebook_case(const struct rulebook *book, size_t index);
size_t rulebook_files(const struct rulebook *book);

/** JSON Schema (draft 2020-12) of the rule format, from the tables that the reader uses. */
int rulebook_schema(FILE *out);

#endif
