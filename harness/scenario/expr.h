/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers, durations, expressions and ranges as rules write them. specs/README.md, "Numbers". */
#ifndef HARNESS_SCENARIO_EXPR_H
#define HARNESS_SCENARIO_EXPR_H

#include "scenario/scenario.h"

/** What an expression has to come to. A plain 0 is both. */
enum expr_want {
    EXPR_COUNT, /* octets, positions, values of fields */
    EXPR_TIME,  /* a duration: each number has its unit */
    EXPR_VALUE, /* either */
};

/** Names bound by earlier steps; the index of one is its SCN_BOUND index. */
struct expr_names {
    const char *const *name;
    unsigned count;
};

struct expr_error {
    size_t at; /* octet of the text */
    char message[120];
    const char *suggest; /* a name that may have been meant, or NULL */
};

/** False with the error if it is none; RET_EXPR is then untouched. NAMES may be NULL. */
bool expr_parse(const char *text, enum expr_want want, const struct expr_names *names,
                struct scn_expr *ret_expr, struct expr_error *ret_error);
/** A number, `A..B` with either end left out, `any` or `none`. */
bool expr_parse_range(const char *text, const struct expr_names *names, struct scn_range *ret_range,
                      struct expr_error *ret_error);
/** True if the expression is a plain number (or duration), with its value. */
bool expr_constant(const struct scn_expr *expr, int64_t *ret_value);
/** Whether NAME already means something in an expression, so that nothing may be bound to it. */
bool expr_is_reserved(const char *name);

#endif
