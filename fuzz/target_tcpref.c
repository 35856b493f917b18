/* SPDX-License-Identifier: BSD-2-Clause */
/* The stack of the scenario targets is tcpref, with its profiles; what it declares (TARGET_KEYS,
 * and for one profile TARGET_KEYS_SQUEEZED) comes from its deviations files. */
#include "target.h"

#include "stacks/stacks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const keys[] = {TARGET_KEYS NULL};
static const char *const keys_squeezed[] = {TARGET_KEYS_SQUEEZED NULL};
const char *const target_known[] = {NULL};

unsigned target_profiles(void)
{
    return stacks_input_profiles();
}

const char *target_stack(unsigned profile)
{
    static char spec[STACKS_INPUT_PROFILES_MAX][64];
    profile %= target_profiles();
    stacks_input_spec(profile, spec[profile], sizeof spec[profile]);
    return spec[profile];
}

struct player *target_attach(unsigned profile, unsigned leave_out)
{
    const char *spec = target_stack(profile);
    char why[256] = "no memory";
    /* The choice lives as long as the process, like the player that stands on it. */
    struct stacks_choice *choice = malloc(sizeof *choice);
    if (choice && stacks_choose(spec, choice, why, sizeof why) == 0)
        return target_open(choice->stack, choice->profile,
                           target_keys(strcmp(choice->profile, "squeezed") ? keys : keys_squeezed),
                           leave_out, spec);
    fprintf(stderr, "%s: %s\n", spec, why);
    exit(4);
}

struct player *target_player(unsigned profile)
{
    static struct player *players[STACKS_INPUT_PROFILES_MAX];
    profile %= target_profiles();
    if (!players[profile])
        players[profile] = target_attach(profile, 0);
    return players[profile];
}
