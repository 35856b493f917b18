/* SPDX-License-Identifier: BSD-2-Clause */
/* A step while it is read, and the tables of what each verb takes. */
#ifndef HARNESS_SCENARIO_YAML_DRAFT_H
#define HARNESS_SCENARIO_YAML_DRAFT_H

#include "scenario/yaml_reader.h"

enum yaml_shape {
    YAML_STEP,    /* one step */
    YAML_PARENT,  /* with children: `steps` */
    YAML_CHOICES, /* with branches: `steps` lists them */
    YAML_BRANCH,  /* match: the steps of one of `cases` take its place */
    YAML_FAULTS,  /* link: one step for each fault, `fault` */
    YAML_RECORDS, /* record: one step for each entry of `steps` */
};

/* Index: enum scn_link. In the order in which they are put on the link. */
enum { YAML_FAULT_KINDS = SCN_LINK_HEAL + 1 };

struct yaml_draft {
    struct scn_step step;
    uint8_t shape; /* enum yaml_shape */
    bool claim;
    const struct yaml_node *steps, *cases, *bind, *otherwise, *clause;
    const char *match; /* the value that picks a branch */
    const struct yaml_node *match_node;
    struct scn_expr fault[YAML_FAULT_KINDS]; /* n == 0: not there */
};

/** One step: a verb, and what may stand beside it. The base of its keys is a struct yaml_draft. */
extern const struct yaml_table yaml_step_table;

/* The parts of it, each read into the struct that its name tells. */
extern const struct yaml_table yaml_send_table;                     /* struct scn_segment */
extern const struct yaml_table yaml_expect_table, yaml_never_table; /* struct scn_step */
extern const struct yaml_table yaml_eventually_table;               /* struct scn_step */
extern const struct yaml_table yaml_app_table;                      /* struct scn_step */
extern const struct yaml_table yaml_branch_table;                   /* struct yaml_draft */

/** After the keys of a pattern have been read: it has to say something of the segment. */
bool yaml_check_pattern(struct yaml_reader *r, const struct yaml_node *map);
/** `app`, as a map or, for calls without a value, a word. */
bool yaml_read_app(struct yaml_reader *r, const struct yaml_key *key, const struct yaml_node *value,
                   void *base);
/** Whether an app step is a claim about what the application sees. */
bool yaml_app_claims(const struct scn_step *step);
/** Every branch of a `match` has to be one that some row picks. */
void yaml_check_branches(struct yaml_reader *r, const struct yaml_node *steps);

#endif
