/* SPDX-License-Identifier: BSD-2-Clause */
/* "Did you mean": which of some names is most like the one that was written. */
#ifndef HARNESS_SCENARIO_SUGGEST_H
#define HARNESS_SCENARIO_SUGGEST_H

/** The search so far. Begin with `{.written = TEXT}` and offer every name that could be meant. */
struct suggest {
    const char *written;
    const char *best; /* NULL: none is like it */
    unsigned distance;
};
void suggest_offer(struct suggest *s, const char *name);

/** Changes of one letter (put in, left out, replaced, swapped with the next) that turn A into B. */
unsigned suggest_distance(const char *a, const char *b);

#endif
