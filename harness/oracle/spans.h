/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bounded set of half-open ranges of positions. When it is full, the two nearest ranges become
 * one: the set is then larger than the truth, so it may only be used where more means "may be".
 */
#ifndef HARNESS_ORACLE_SPANS_H
#define HARNESS_ORACLE_SPANS_H

#include <stdbool.h>
#include <stdint.h>

enum { SPANS_MAX = 24 };

struct span {
    int64_t from, to;
};

/** Sorted, disjoint, not touching. All zero is the empty set. */
struct spans {
    unsigned n;
    struct span at[SPANS_MAX + 1];
};

void spans_add(struct spans *s, int64_t from, int64_t to);
/** Forget everything below POS. */
void spans_trim(struct spans *s, int64_t pos);
/** The end of the range that holds POS, or POS if none does. */
int64_t spans_run(const struct spans *s, int64_t pos);
/** Whether all of [from, to) is in the set. */
bool spans_hold(const struct spans *s, int64_t from, int64_t to);
/** Whether any position of [from, to) is in the set. */
bool spans_meet(const struct spans *s, int64_t from, int64_t to);

#endif
