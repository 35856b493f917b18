/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of what a stack may be able to do, as a rule's `needs` and the port's `can` use them.
 */
#ifndef HARNESS_SCENARIO_CAPABILITY_H
#define HARNESS_SCENARIO_CAPABILITY_H

#include <stddef.h>

struct capability {
    const char *name;
    const char *says; /* one line for people */
};
const struct capability *capabilities(size_t *ret_count);
/** NULL if there is none of that name. */
const struct capability *capability_find(const char *name);
/** The name most like NAME, or NULL: for "did you mean". */
const char *capability_suggest(const char *name);

#endif
