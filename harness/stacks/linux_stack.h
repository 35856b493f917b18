/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the Linux adapter share: the stack in its namespace, and its sockets. */
#ifndef HARNESS_LINUX_STACK_H
#define HARNESS_LINUX_STACK_H

#include "tcpassay/stack.h"

#include <netinet/in.h>

enum { LINUX_SOCKETS = 1024, LINUX_PEERS = 8 };

struct linux_socket {
    int fd; /* -1: the handle is free */
    bool listener;
    bool opened;  /* the open has succeeded */
    bool shut;    /* the application closed its sending side */
    int64_t sent; /* octets the kernel took */
    int error;    /* TCPASSAY_E*, kept: the kernel tells each error once */
};

struct linux_stack {
    int tun;
    int host_net;    /* the namespace to go back to, or -1 */
    char device[16]; /* as the kernel named it: "tun0" */
    struct tcpassay_open how;
    uint32_t mtu;                  /* of the device now */
    bool as_shipped;               /* profile "defaults": no sysctl was touched */
    bool timestamps, wscale, sack; /* as the namespace has them */
    char version[65];              /* of uname */
    char error[128];               /* for last_error */
    struct linux_socket socket[LINUX_SOCKETS];
    /* Addresses that packets of this case came from or go to; what is for others is not its own. */
    struct tcpassay_addr peer[LINUX_PEERS];
    unsigned peers;
};

/* linux_net.c */

/** Go into a new namespace with a TUN device. 0, or TCPASSAY_E* with one line in WHY. */
int linux_net_enter(struct linux_stack *s, char *why, size_t why_cap);
void linux_net_leave(struct linux_stack *s);
/** The device's MTU, and the IPv6 address again, which goes while the MTU is below 1280. */
int linux_net_mtu(struct linux_stack *s, uint32_t mtu);

/* linux_sysctl.c */

/** Settings of the new namespace, before it has a device. As linux_net_enter. */
int linux_sysctls_set(bool as_shipped, char *why, size_t why_cap);
/** The first number in net/NAME, or OTHERWISE where this kernel has none. */
int64_t linux_sysctl(const char *name, int64_t otherwise);

/* linux_calls.c: the port's entries of the same names */

bool linux_peer_known(const struct linux_stack *s, const struct tcpassay_addr *peer);
void linux_peer_add(struct linux_stack *s, const struct tcpassay_addr *peer);
void linux_sockets_clear(struct linux_stack *s);  /* at open */
void linux_sockets_abort(struct linux_stack *s);  /* all of them */
int linux_fail(struct linux_stack *s, int error); /* errno as TCPASSAY_E*, noted for last_error */

int linux_listen(void *stack, const struct tcpassay_addr *local, int backlog);
int linux_accept(void *stack, int listener);
int linux_connect(void *stack, const struct tcpassay_addr *local,
                  const struct tcpassay_addr *remote);
int linux_connected(void *stack, int conn);
int linux_send(void *stack, int conn, const void *data, size_t len, unsigned flags);
int linux_recv(void *stack, int conn, void *buf, size_t cap, unsigned *ret_flags);
int linux_shutdown(void *stack, int conn);
int linux_close_conn(void *stack, int conn);
int linux_abort(void *stack, int conn);
int linux_set_option(void *stack, int conn, enum tcpassay_option option, int64_t value);
int linux_get_option(void *stack, int conn, enum tcpassay_option option, int64_t *ret_value);
int linux_status(void *stack, int conn, struct tcpassay_status *status);
int64_t linux_acked(void *stack, int conn);
int linux_peer(void *stack, int conn, struct tcpassay_addr *ret_peer);

#endif
