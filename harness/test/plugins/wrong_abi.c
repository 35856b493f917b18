/* SPDX-License-Identifier: BSD-2-Clause */
/* A plug-in of another version of the port. */
#include "dummy.h"

const struct tcpassay_stack tcpassay_stack_plugin = {
    .abi = TCPASSAY_STACK_ABI + 98,
    .size = sizeof(struct tcpassay_stack),
    .name = "wrong-abi",
    .input = dummy_input,
    .recv = dummy_recv,
    .open = dummy_open,
    DUMMY,
};
