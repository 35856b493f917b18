/* SPDX-License-Identifier: BSD-2-Clause */
/* A plug-in that lacks an entry which no adapter may lack. */
#include "dummy.h"

const struct tcpassay_stack tcpassay_stack_plugin = {
    .abi = TCPASSAY_STACK_ABI,
    .size = sizeof(struct tcpassay_stack),
    .name = "no-recv",
    .input = dummy_input,
    .open = dummy_open,
    DUMMY,
};
