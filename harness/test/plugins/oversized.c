/* SPDX-License-Identifier: BSD-2-Clause */
/* A plug-in that says it wrote more than it was given room for. */
#include "dummy.h"

static size_t too_much(void *stack, void *buf, size_t cap)
{
    (void)stack, (void)buf;
    return cap + 1;
}

const struct tcpassay_stack tcpassay_stack_plugin = {
    .abi = TCPASSAY_STACK_ABI,
    .size = sizeof(struct tcpassay_stack),
    .name = "oversized",
    .open = dummy_open,
    .close = dummy_close,
    .input = dummy_input,
    .output = too_much,
    .deadline = dummy_deadline,
    .advance = dummy_advance,
    .listen = dummy_listen,
    .accept = dummy_accept,
    .send = dummy_send,
    .recv = dummy_recv,
    .close_conn = dummy_close_conn,
};
