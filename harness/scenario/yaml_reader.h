/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of reading one rule file; shared by the parts of the reader and by nobody else. */
#ifndef HARNESS_SCENARIO_YAML_READER_H
#define HARNESS_SCENARIO_YAML_READER_H

#include "scenario/catalogue.h"
#include "scenario/expr.h"
#include "scenario/yaml_keys.h"

enum { YAML_CASES_MAX = 10000, YAML_STEPS_MAX = 50000, YAML_AXES_MAX = 8 };

/** One way in which the cases differ. A row is a scalar or a map with `case`. */
struct yaml_axis {
    const char *name; /* NULL: the matrix is a plain list of rows */
    const struct yaml_node *list, *row;
    struct yaml_node *key; /* of the axis, to mark it as used; NULL as above */
};

struct yaml_reader {
    struct yaml_errors *errors;
    struct arena *scratch; /* as long as the file is read */
    struct arena *book;    /* as long as the rule book */
    const struct catalogue *catalogue;
    struct scn scn;        /* the case being read; its steps are copied when it is complete */
    bool blind;            /* the matrix is broken: say nothing of what a `$name` stands for */
    bool in_head;          /* where `$` is a letter like any other */
    const char *case_name; /* of the row, for errors; NULL without a matrix */
    unsigned axes;
    struct yaml_axis axis[YAML_AXES_MAX];
    uint16_t label;   /* of the step at the top level being read */
    unsigned claims;  /* of the case */
    bool bounds_told; /* too many steps or names: once a case */
};

/** The names bound so far in the case. */
static inline struct expr_names yaml_bound_names(const struct yaml_reader *r)
{
    return (struct expr_names){.name = r->scn.bound_name, .count = r->scn.bound_count};
}

/** What `$NAME` stands for in this case, or NULL; it counts as used. yaml_matrix.c */
const struct yaml_node *yaml_lookup(struct yaml_reader *r, const char *name, size_t len);
/** A name in the matrix like NAME, or NULL. */
const char *yaml_lookup_suggest(struct yaml_reader *r, const char *name);

/** The first part of a file: everything but matrix, given and steps. yaml_head.c */
bool yaml_read_head(struct yaml_reader *r, const struct yaml_node *root);
extern const struct yaml_table yaml_head_table, yaml_given_table;
/** `given` of one case; NODE may be NULL. yaml_head.c */
bool yaml_read_given(struct yaml_reader *r, const struct yaml_node *node);

/** The steps of one case. yaml_steps.c */
bool yaml_read_steps(struct yaml_reader *r, const struct yaml_node *list);

/** Called for each combination, with `axis[].row` set. yaml_matrix.c */
typedef void yaml_case_fn(struct yaml_reader *r, void *context);
bool yaml_read_matrix(struct yaml_reader *r, const struct yaml_node *matrix, yaml_case_fn *take,
                      void *context);

#endif
