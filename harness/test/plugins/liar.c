/* SPDX-License-Identifier: BSD-2-Clause */
/* A plug-in that says yes to everything. */
#include "dummy.h"

static bool can(void *stack, const char *name)
{
    (void)stack, (void)name;
    return true;
}

const struct tcpassay_stack tcpassay_stack_plugin = {
    .abi = TCPASSAY_STACK_ABI,
    .size = sizeof(struct tcpassay_stack),
    .name = "liar",
    .input = dummy_input,
    .recv = dummy_recv,
    .can = can,
    .open = dummy_open,
    DUMMY,
};
