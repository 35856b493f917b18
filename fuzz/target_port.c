/* SPDX-License-Identifier: BSD-2-Clause */
/* The stack of the scenario targets is the one port that is linked in; what it is known to do
 * otherwise (TARGET_KEYS, TARGET_KNOWN: words in quotes, each with a comma behind it) comes from
 * its deviations file. */
#include "target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const keys[] = {TARGET_KEYS NULL};
const char *const target_known[] = {TARGET_KNOWN NULL};

unsigned target_profiles(void)
{
    return 1;
}

const char *target_stack(unsigned profile)
{
    (void)profile;
    return tcpassay_stack_plugin.name;
}

static uint64_t declared(void)
{
    size_t count;
    uint64_t bits = 0;
    const struct oracle_key *key = oracle_keys(&count);
    for (const char *const *k = keys; *k; k++) {
        size_t i = 0;
        while (i < count && strcmp(key[i].name, *k) != 0)
            i++;
        if (i == count) {
            fprintf(stderr, "no invariant has a key \"%s\"\n", *k);
            exit(4);
        }
        bits |= UINT64_C(1) << i;
    }
    return bits;
}

struct player *target_attach(unsigned profile, unsigned leave_out)
{
    (void)profile; /* a port has its own, if any */
    return target_open(&tcpassay_stack_plugin, "", declared(), leave_out,
                       tcpassay_stack_plugin.name);
}

struct player *target_player(unsigned profile)
{
    static struct player *player;
    if (!player)
        player = target_attach(profile, 0);
    return player;
}
