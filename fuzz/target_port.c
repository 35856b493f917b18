/* SPDX-License-Identifier: BSD-2-Clause */
/* The stack of the scenario targets is the one port that is linked in; what it is known to do
 * otherwise (TARGET_KEYS, TARGET_KNOWN: words in quotes, each with a comma behind it) comes from
 * its deviations file. */
#include "target.h"

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

struct player *target_attach(unsigned profile, unsigned leave_out)
{
    (void)profile; /* a port has its own, if any */
    return target_open(&tcpassay_stack_plugin, "", target_keys(keys), leave_out,
                       tcpassay_stack_plugin.name);
}

struct player *target_player(unsigned profile)
{
    static struct player *player;
    if (!player)
        player = target_attach(profile, 0);
    return player;
}
