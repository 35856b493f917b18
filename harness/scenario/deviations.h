/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * specs/deviations/STACK.yaml: what a stack is known to do otherwise. `keys` soften invariants of
 * the oracle, or declare SHOULDs that it keeps; `signatures` are broken invariants that fuzzing the
 * stack passes over; `cases` is the baseline: verdicts that are expected, each with its reason.
 * `clauses` is for readers: requirements that the stack leaves on purpose though no case fails on
 * them.
 */
#ifndef HARNESS_SCENARIO_DEVIATIONS_H
#define HARNESS_SCENARIO_DEVIATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct deviation_key {
    const char *key, *why;
    unsigned line;
};

struct deviation_clause {
    const char *ids; /* of the catalogue, a blank between */
    const char *where, *what, *why;
    unsigned line;
};

struct deviation_signature {
    const char *signature; /* a glob over what oracle_signature() says, without "INVARIANT " */
    const char *why;
    unsigned line;
};

struct deviation {
    const char *rule;    /* a case, a rule (all its cases), or a glob over names of cases */
    const char *verdict; /* "FAIL", "WARN", "SKIP", "INCONC", "CRASH" or "HANG" */
    const char *reason;  /* stands somewhere in the message of the verdict */
    const char *why;
    const char *until; /* "YYYY-MM-DD", the last day on which it holds, or NULL */
    unsigned line;
};

struct deviations;
/** An empty list. NULL without memory. */
struct deviations *deviations_new(void);
/**
 * Read a file. NULL with errors printed as FILE:LINE:COLUMN. KEYS are the names that may stand
 * under `keys` (those of oracle_keys()).
 */
struct deviations *deviations_read(const char *path, const char *const *keys, size_t key_count,
                                   FILE *errors);
void deviations_free(struct deviations *d);

size_t deviations_key_count(const struct deviations *d);
const struct deviation_key *deviations_key(const struct deviations *d, size_t index);
size_t deviations_clause_count(const struct deviations *d);
const struct deviation_clause *deviations_clause(const struct deviations *d, size_t index);
size_t deviations_signature_count(const struct deviations *d);
const struct deviation_signature *deviations_signature(const struct deviations *d, size_t index);
size_t deviations_count(const struct deviations *d);
const struct deviation *deviations_at(const struct deviations *d, size_t index);

/** The first entry that speaks of the case NAME, whatever it says of it; or NULL. */
const struct deviation *deviations_find(const struct deviations *d, const char *name);
/** The first entry for NAME with that verdict and a reason that stands in MESSAGE; or NULL. */
const struct deviation *deviations_match(const struct deviations *d, const char *name,
                                         const char *verdict, const char *message);
/** Whether the entry has run out on the day TODAY ("YYYY-MM-DD"). */
bool deviation_expired(const struct deviation *entry, const char *today);

/** Add an entry; the texts are copied. False if it is not complete or there is no memory. */
bool deviations_add_key(struct deviations *d, const char *key, const char *why);
bool deviations_add_clause(struct deviations *d, const struct deviation_clause *clause);
bool deviations_add_signature(struct deviations *d, const char *signature, const char *why);
bool deviations_add(struct deviations *d, const struct deviation *entry);
/** Write a file that `deviations_read` reads. 0, or -1 if writing failed. */
int deviations_write(const struct deviations *d, FILE *out);

#endif
