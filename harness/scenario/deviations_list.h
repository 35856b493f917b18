/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of deviations in memory; for its reader and its writer only. */
#ifndef HARNESS_SCENARIO_DEVIATIONS_LIST_H
#define HARNESS_SCENARIO_DEVIATIONS_LIST_H

#include "scenario/arena.h"
#include "scenario/deviations.h"
#include "scenario/yaml_scan.h"

struct deviations {
    struct arena memory;
    struct deviation_key *key;
    size_t keys, key_capacity;
    struct deviation_signature *signature;
    size_t signatures, signature_capacity;
    struct deviation_clause *clause;
    size_t clauses, clause_capacity;
    struct deviation *entry;
    size_t entries, entry_capacity;
};

#endif
