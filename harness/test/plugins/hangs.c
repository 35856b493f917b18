/* SPDX-License-Identifier: BSD-2-Clause */
/* A plug-in that does not come back from the first packet. */
#include "dummy.h"

#include <unistd.h>

static int hang(void *stack, const void *packet, size_t len)
{
    (void)stack, (void)packet, (void)len;
    while (pause() < 0) /* as it always is */
        continue;
    return TCPASSAY_EFAILED;
}

const struct tcpassay_stack tcpassay_stack_plugin = {
    .abi = TCPASSAY_STACK_ABI,
    .size = sizeof(struct tcpassay_stack),
    .name = "hangs",
    .recv = dummy_recv,
    .input = hang,
    .open = dummy_open,
    DUMMY,
};
