/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Smaller scenarios that still show what the whole one shows: fewer steps (delta debugging), fewer
 * options, plainer numbers. Who asks says what is to stay, by playing what is put to it.
 */
#ifndef HARNESS_SCENARIO_SHRINK_H
#define HARNESS_SCENARIO_SHRINK_H

#include "scenario/scenario.h"

enum { SCN_SHRINK_BATCH = 64 };

struct scn_shrink {
    /** Of N candidates the index of the first that still shows it; N: none does. N is at most
     *  `batch`. They live until the call returns. */
    size_t (*first)(void *context, const struct scn *candidates, size_t n);
    void *context;
    size_t batch;  /* how many are put at once, at most SCN_SHRINK_BATCH; 1 where each is dear */
    unsigned most; /* candidates in all; then it ends with what it has */
    /* found: */
    unsigned tried, kept;
};

/**
 * Make WHOLE, which is known to show it, smaller in place. Its steps have to be stimuli that follow
 * each other by `next`, as scn_from_bytes and a rule of `kind: scenario` have them. 0; -1 if they
 * are not (errno ENOTSUP) or without memory (ENOMEM): WHOLE still shows it.
 */
int scn_shrink(struct scn *whole, struct scn_shrink *job);

#endif
