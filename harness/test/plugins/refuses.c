/* SPDX-License-Identifier: BSD-2-Clause */
/* A plug-in that cannot be opened. */
#include "dummy.h"

#include <stdio.h>

static int refuse(const struct tcpassay_open *how, void **ret_stack, char *why, size_t why_cap)
{
    (void)how, (void)ret_stack;
    snprintf(why, why_cap, "the licence has run out");
    return TCPASSAY_EFAILED;
}

const struct tcpassay_stack tcpassay_stack_plugin = {
    .abi = TCPASSAY_STACK_ABI,
    .size = sizeof(struct tcpassay_stack),
    .name = "refuses",
    .input = dummy_input,
    .recv = dummy_recv,
    .open = refuse,
    DUMMY,
};
