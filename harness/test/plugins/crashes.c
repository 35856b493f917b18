/* SPDX-License-Identifier: BSD-2-Clause */
/* A plug-in that dies of the first packet. */
#include "dummy.h"

#include <signal.h>

static int crash(void *stack, const void *packet, size_t len)
{
    (void)stack, (void)packet, (void)len;
    (void)signal(SIGSEGV, SIG_DFL); /* a sanitizer would turn it into an exit */
    (void)raise(SIGSEGV);
    return TCPASSAY_EFAILED;
}

const struct tcpassay_stack tcpassay_stack_plugin = {
    .abi = TCPASSAY_STACK_ABI,
    .size = sizeof(struct tcpassay_stack),
    .name = "crashes",
    .recv = dummy_recv,
    .input = crash,
    .open = dummy_open,
    DUMMY,
};
