/* SPDX-License-Identifier: BSD-2-Clause */
/* A plug-in whose table says that it is larger than it is. */
#include "dummy.h"

const struct tcpassay_stack tcpassay_stack_plugin = {
    .abi = TCPASSAY_STACK_ABI,
    .size = sizeof(struct tcpassay_stack) + 4096,
    .name = "too-large",
    .input = dummy_input,
    .recv = dummy_recv,
    .open = dummy_open,
    DUMMY,
};
