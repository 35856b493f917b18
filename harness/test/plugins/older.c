/* SPDX-License-Identifier: BSD-2-Clause */
/* A plug-in of an older port: its table ends before `abort`, whatever stands there. */
#include "dummy.h"

static int stray(void *stack, int conn)
{
    (void)stack, (void)conn;
    return 0;
}

const struct tcpassay_stack tcpassay_stack_plugin = {
    .abi = TCPASSAY_STACK_ABI,
    .size = offsetof(struct tcpassay_stack, abort),
    .name = "older",
    .input = dummy_input,
    .recv = dummy_recv,
    .abort = stray,
    .open = dummy_open,
    DUMMY,
};
