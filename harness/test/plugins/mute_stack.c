/* SPDX-License-Identifier: BSD-2-Clause */
/* A whole plug-in that never sends a packet. */
#include "dummy.h"

const struct tcpassay_stack tcpassay_stack_plugin = {
    .abi = TCPASSAY_STACK_ABI,
    .size = sizeof(struct tcpassay_stack),
    .name = "mute",
    .input = dummy_input,
    .recv = dummy_recv,
    .open = dummy_open,
    DUMMY,
};
