/* SPDX-License-Identifier: BSD-2-Clause */
/* A stack that does nothing: the ground on which the faulty plug-ins of the tests stand. */
#ifndef HARNESS_TEST_DUMMY_H
#define HARNESS_TEST_DUMMY_H

#include "tcpassay/stack.h"

static char dummy_state;

static inline int dummy_open(const struct tcpassay_open *how, void **ret_stack, char *why,
                             size_t why_cap)
{
    (void)how, (void)why, (void)why_cap;
    *ret_stack = &dummy_state;
    return TCPASSAY_OK;
}
static void dummy_close(void *stack)
{
    (void)stack;
}
static inline int dummy_input(void *stack, const void *packet, size_t len)
{
    (void)stack, (void)packet, (void)len;
    return TCPASSAY_OK;
}
static inline size_t dummy_output(void *stack, void *buf, size_t cap)
{
    (void)stack, (void)buf, (void)cap;
    return 0;
}
static uint64_t dummy_deadline(void *stack)
{
    (void)stack;
    return TCPASSAY_NEVER;
}
static void dummy_advance(void *stack, uint64_t now)
{
    (void)stack, (void)now;
}
static int dummy_listen(void *stack, const struct tcpassay_addr *local, int backlog)
{
    (void)stack, (void)local, (void)backlog;
    return 0;
}
static int dummy_accept(void *stack, int listener)
{
    (void)stack, (void)listener;
    return TCPASSAY_EWOULDBLOCK;
}
static int dummy_send(void *stack, int conn, const void *data, size_t len, unsigned flags)
{
    (void)stack, (void)conn, (void)data, (void)len, (void)flags;
    return TCPASSAY_ENOTCONN;
}
static inline int dummy_recv(void *stack, int conn, void *buf, size_t cap, unsigned *ret_flags)
{
    (void)stack, (void)conn, (void)buf, (void)cap, (void)ret_flags;
    return TCPASSAY_ENOTCONN;
}
static int dummy_close_conn(void *stack, int conn)
{
    (void)stack, (void)conn;
    return TCPASSAY_OK;
}

/* All that is alike in the plug-ins; each adds its name, size, `abi` and the entries that differ.
 */
#define DUMMY                                                                                      \
    .close = dummy_close, .output = dummy_output, .deadline = dummy_deadline,                      \
    .advance = dummy_advance, .listen = dummy_listen, .accept = dummy_accept, .send = dummy_send,  \
    .close_conn = dummy_close_conn

#endif
