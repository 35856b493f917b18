/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls of the application on the Linux adapter's sockets. */
#include "stacks/linux_stack.h"

#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h> /* not libc's, whose tcp_info is shorter than the kernel's */
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

union socket_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static socklen_t to_sockaddr(const struct tcpassay_addr *a, union socket_address *ret_address)
{
    memset(ret_address, 0, sizeof *ret_address);
    if (a->family == 4) {
        ret_address->v4.sin_family = AF_INET;
        ret_address->v4.sin_port = htons(a->port);
        memcpy(&ret_address->v4.sin_addr, a->ip, 4);
        return sizeof ret_address->v4;
    }
    ret_address->v6.sin6_family = AF_INET6;
    ret_address->v6.sin6_port = htons(a->port);
    memcpy(&ret_address->v6.sin6_addr, a->ip, 16);
    return sizeof ret_address->v6;
}

int linux_fail(struct linux_stack *s, int error)
{
    snprintf(s->error, sizeof s->error, "%s", strerror(error));
    switch (error) {
    case EAGAIN:
    case EINPROGRESS:
    case EALREADY:
        return TCPASSAY_EWOULDBLOCK;
    case ECONNRESET:
        return TCPASSAY_ERESET;
    case ECONNREFUSED:
        return TCPASSAY_EREFUSED;
    case ETIMEDOUT:
        return TCPASSAY_ETIMEDOUT;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENOPROTOOPT: /* RFC 1122, 4.2.3.9: protocol unreachable */
    case EPROTO:
        return TCPASSAY_EUNREACHABLE;
    case ENOTCONN:
        return TCPASSAY_ENOTCONN;
    case EPIPE:
        return TCPASSAY_EPIPE;
    case EADDRINUSE:
    case EADDRNOTAVAIL: /* connect: no port, or the tuple is taken */
        return TCPASSAY_EINUSE;
    case ENOMEM:
    case ENOBUFS:
    case EMFILE:
    case ENFILE:
        return TCPASSAY_ENOMEM;
    case EOPNOTSUPP:
    case EAFNOSUPPORT:
        return TCPASSAY_ENOTSUP;
    case EINVAL:
        return TCPASSAY_EINVAL;
    case ECONNABORTED:
        return TCPASSAY_EABORTED;
    default:
        return TCPASSAY_EFAILED;
    }
}

bool linux_peer_known(const struct linux_stack *s, const struct tcpassay_addr *peer)
{
    for (unsigned i = 0; i < LINUX_PEERS && i < s->peers; i++)
        if (s->peer[i].family == peer->family &&
            memcmp(s->peer[i].ip, peer->ip, peer->family == 4 ? 4 : 16) == 0)
            return true;
    return false;
}

void linux_peer_add(struct linux_stack *s, const struct tcpassay_addr *peer)
{
    if (!linux_peer_known(s, peer))
        s->peer[s->peers++ % LINUX_PEERS] = *peer;
}

void linux_sockets_clear(struct linux_stack *s)
{
    for (int i = 0; i < LINUX_SOCKETS; i++)
        s->socket[i].fd = -1;
}

/* The handle of a new socket, which is ours from here on. */
static int keep(struct linux_stack *s, int fd, bool listener)
{
    for (int i = 0; i < LINUX_SOCKETS; i++) {
        if (s->socket[i].fd >= 0)
            continue;
        s->socket[i] = (struct linux_socket){.fd = fd, .listener = listener};
        return i;
    }
    close(fd);
    return TCPASSAY_ENOMEM;
}

static struct linux_socket *find(struct linux_stack *s, int handle)
{
    if (handle < 0 || handle >= LINUX_SOCKETS || s->socket[handle].fd < 0)
        return NULL;
    return &s->socket[handle];
}

/* A socket bound to LOCAL, if given; its descriptor, or TCPASSAY_E*. */
static int new_socket(struct linux_stack *s, int family, const struct tcpassay_addr *local)
{
    const int on = 1;
    union socket_address address;
    int fd =
        socket(family == 4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return linux_fail(s, errno);
    /* Ports of earlier cases rest in TIME-WAIT. Urgent octets stay in the stream, always. */
    bool done = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on) == 0;
    if (family == 6)
        done = done && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0;
    if (local) {
        socklen_t len = to_sockaddr(local, &address);
        done = done && bind(fd, &address.any, len) == 0;
    }
    if (done)
        return fd;
    int rc = linux_fail(s, errno);
    close(fd);
    return rc;
}

int linux_listen(void *stack, const struct tcpassay_addr *local, int backlog)
{
    struct linux_stack *s = stack;
    int fd = new_socket(s, local->family, local);
    if (fd < 0)
        return fd;
    if (listen(fd, backlog) == 0)
        return keep(s, fd, true);
    int rc = linux_fail(s, errno);
    close(fd);
    return rc;
}

int linux_accept(void *stack, int listener)
{
    struct linux_stack *s = stack;
    struct linux_socket *l = find(s, listener);
    if (!l || !l->listener)
        return TCPASSAY_ENOTCONN;
    int fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return linux_fail(s, errno);
    int handle = keep(s, fd, false);
    if (handle >= 0)
        s->socket[handle].opened = true;
    return handle;
}

int linux_connect(void *stack, const struct tcpassay_addr *local,
                  const struct tcpassay_addr *remote)
{
    struct linux_stack *s = stack;
    union socket_address address;
    int fd = new_socket(s, remote->family, local);
    if (fd < 0)
        return fd;
    linux_peer_add(s, remote);
    socklen_t len = to_sockaddr(remote, &address);
    if (connect(fd, &address.any, len) == 0 || errno == EINPROGRESS)
        return keep(s, fd, false);
    int rc = linux_fail(s, errno);
    close(fd);
    return rc;
}

/* The kernel's numbers of the states, include/net/tcp_states.h; no header for users has them. */
enum { KERNEL_SYN_SENT = 2, KERNEL_SYN_RECV = 3, KERNEL_CLOSE = 7 };

/* The kernel's tcp_info, which grows at its end. */
union kernel_info {
    struct tcp_info info;
    struct {
        uint8_t before[offsetof(struct tcp_info, tcpi_snd_wnd)];
        uint32_t snd_wnd, rcv_wnd; /* rcv_wnd: since 6.2; 0 before */
    } windows;
};

static int tcp_info(const struct linux_socket *c, union kernel_info *ret_info)
{
    socklen_t len = sizeof *ret_info;
    memset(ret_info, 0, sizeof *ret_info);
    return getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, ret_info, &len);
}

/* The error that waits on the socket, if any, as C->error: asking takes it away. */
static int pending_error(struct linux_stack *s, struct linux_socket *c)
{
    int error = 0;
    socklen_t len = sizeof error;
    if (c->error == 0 && getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error)
        c->error = linux_fail(s, error);
    return c->error;
}

int linux_connected(void *stack, int conn)
{
    struct linux_stack *s = stack;
    struct linux_socket *c = find(s, conn);
    union kernel_info kernel;
    if (!c || c->listener)
        return TCPASSAY_ENOTCONN;
    if (c->opened)
        return 1;
    if (tcp_info(c, &kernel))
        return linux_fail(s, errno);
    /* A soft error, as an ICMP unreachable, waits on the socket without ending the open. */
    unsigned state = kernel.info.tcpi_state;
    if (state == KERNEL_SYN_SENT || state == KERNEL_SYN_RECV)
        return TCPASSAY_EWOULDBLOCK;
    if (pending_error(s, c))
        return c->error;
    if (state == KERNEL_CLOSE)
        return TCPASSAY_ENOTCONN;
    c->opened = true;
    return 1;
}

int linux_send(void *stack, int conn, const void *data, size_t len, unsigned flags)
{
    struct linux_stack *s = stack;
    struct linux_socket *c = find(s, conn);
    if (!c || c->listener)
        return TCPASSAY_ENOTCONN;
    int how = MSG_NOSIGNAL | MSG_DONTWAIT;
    if (flags & TCPASSAY_SEND_URGENT)
        how |= MSG_OOB;
    ssize_t n = send(c->fd, data, len, how);
    if (n >= 0) {
        c->sent += n;
        return (int)n;
    }
    int rc = linux_fail(s, errno);
    if (rc == TCPASSAY_EWOULDBLOCK)
        return rc;
    /* The kernel tells of a reset once, by whichever call comes first, and then says EPIPE. */
    if (rc == TCPASSAY_EPIPE && c->error && !c->shut)
        return c->error;
    if (rc == TCPASSAY_EPIPE && !c->shut)
        rc = TCPASSAY_ERESET;
    if (!c->shut)
        c->error = rc;
    return rc;
}

int linux_recv(void *stack, int conn, void *buf, size_t cap, unsigned *ret_flags)
{
    struct linux_stack *s = stack;
    struct linux_socket *c = find(s, conn);
    int at_mark = 0;
    unsigned flags = 0;
    if (!c || c->listener)
        return TCPASSAY_ENOTCONN;
    struct pollfd p = {.fd = c->fd, .events = POLLPRI};
    if (poll(&p, 1, 0) == 1 && (p.revents & POLLPRI)) {
        flags |= TCPASSAY_RECV_URGENT;
        /* The kernel stops short of the urgent octet, the port's mark stands behind it: read one.
         */
        if (ioctl(c->fd, SIOCATMARK, &at_mark) == 0 && at_mark && cap > 0)
            cap = 1;
    }
    ssize_t n = recv(c->fd, buf, cap, MSG_DONTWAIT);
    int error = errno;
    if (n > 0 && at_mark)
        flags |= TCPASSAY_RECV_AT_MARK;
    if (ret_flags)
        *ret_flags = flags;
    if (n > 0 || (n == 0 && (cap == 0 || c->error == 0)))
        return (int)n;
    if (n == 0)
        return c->error;
    int rc = linux_fail(s, error);
    if (rc == TCPASSAY_EPIPE)
        rc = TCPASSAY_ERESET; /* what a RST in CLOSE-WAIT is called */
    if (rc != TCPASSAY_EWOULDBLOCK)
        c->error = rc;
    return rc;
}

int linux_shutdown(void *stack, int conn)
{
    struct linux_stack *s = stack;
    struct linux_socket *c = find(s, conn);
    if (!c || c->listener)
        return TCPASSAY_ENOTCONN;
    if (shutdown(c->fd, SHUT_WR))
        return linux_fail(s, errno);
    c->shut = true;
    return TCPASSAY_OK;
}

int linux_close_conn(void *stack, int conn)
{
    struct linux_socket *c = find(stack, conn);
    if (!c)
        return TCPASSAY_ENOTCONN;
    close(c->fd);
    c->fd = -1;
    return TCPASSAY_OK;
}

int linux_abort(void *stack, int conn)
{
    const struct linger linger = {.l_onoff = 1};
    struct linux_socket *c = find(stack, conn);
    if (!c)
        return TCPASSAY_ENOTCONN;
    (void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    return linux_close_conn(stack, conn);
}

void linux_sockets_abort(struct linux_stack *s)
{
    for (int i = 0; i < LINUX_SOCKETS; i++)
        if (s->socket[i].fd >= 0)
            (void)linux_abort(s, i);
}

/* Where an option of the port lies, and how many ns (or what) make one of the kernel's units. */
struct option_row {
    enum tcpassay_option option;
    int level, name;
    int64_t unit;
};
static const struct option_row option_rows[] = {
    {TCPASSAY_OPT_RCVBUF, SOL_SOCKET, SO_RCVBUF, 1},
    {TCPASSAY_OPT_SNDBUF, SOL_SOCKET, SO_SNDBUF, 1},
    {TCPASSAY_OPT_NODELAY, IPPROTO_TCP, TCP_NODELAY, 1},
    {TCPASSAY_OPT_KEEPALIVE, SOL_SOCKET, SO_KEEPALIVE, 1},
    {TCPASSAY_OPT_KEEPIDLE, IPPROTO_TCP, TCP_KEEPIDLE, 1000000000},
    {TCPASSAY_OPT_KEEPINTVL, IPPROTO_TCP, TCP_KEEPINTVL, 1000000000},
    {TCPASSAY_OPT_KEEPCNT, IPPROTO_TCP, TCP_KEEPCNT, 1},
    {TCPASSAY_OPT_USER_TIMEOUT, IPPROTO_TCP, TCP_USER_TIMEOUT, 1000000},
    {TCPASSAY_OPT_OOBINLINE, SOL_SOCKET, SO_OOBINLINE, 1},
    {TCPASSAY_OPT_WINDOW_CLAMP, IPPROTO_TCP, TCP_WINDOW_CLAMP, 1},
    {TCPASSAY_OPT_MAXSEG, IPPROTO_TCP, TCP_MAXSEG, 1},
};

static const struct option_row *option_row(enum tcpassay_option option)
{
    for (size_t i = 0; i < sizeof option_rows / sizeof option_rows[0]; i++)
        if (option_rows[i].option == option)
            return &option_rows[i];
    return NULL;
}

int linux_set_option(void *stack, int conn, enum tcpassay_option option, int64_t value)
{
    struct linux_stack *s = stack;
    struct linux_socket *c = find(s, conn);
    const struct option_row *row = option_row(option);
    if (option == TCPASSAY_OPT_ISS || (!row && option != TCPASSAY_OPT_LINGER0))
        return TCPASSAY_ENOTSUP;
    if (!c)
        return TCPASSAY_ENOTCONN;
    if (value < 0)
        return TCPASSAY_EINVAL;
    if (option == TCPASSAY_OPT_LINGER0) {
        const struct linger linger = {.l_onoff = value != 0};
        int rc = setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
        return rc ? linux_fail(s, errno) : TCPASSAY_OK;
    }
    /* Rounded up: a timeout of 1 ns is not "none". */
    int64_t units = value / row->unit + (value % row->unit != 0);
    if (units > INT32_MAX)
        return TCPASSAY_EINVAL;
    int number = (int)units;
    return setsockopt(c->fd, row->level, row->name, &number, sizeof number) ? linux_fail(s, errno)
                                                                            : TCPASSAY_OK;
}

int linux_get_option(void *stack, int conn, enum tcpassay_option option, int64_t *ret_value)
{
    struct linux_stack *s = stack;
    struct linux_socket *c = find(s, conn);
    const struct option_row *row = option_row(option);
    if (option == TCPASSAY_OPT_ISS || (!row && option != TCPASSAY_OPT_LINGER0))
        return TCPASSAY_ENOTSUP;
    if (!c)
        return TCPASSAY_ENOTCONN;
    if (option == TCPASSAY_OPT_LINGER0) {
        struct linger linger;
        socklen_t len = sizeof linger;
        if (getsockopt(c->fd, SOL_SOCKET, SO_LINGER, &linger, &len))
            return linux_fail(s, errno);
        *ret_value = linger.l_onoff && linger.l_linger == 0;
        return TCPASSAY_OK;
    }
    int number = 0;
    socklen_t len = sizeof number;
    if (getsockopt(c->fd, row->level, row->name, &number, &len))
        return linux_fail(s, errno);
    /* socket(7): the kernel doubles a buffer that is set, for its own book-keeping. */
    if (option == TCPASSAY_OPT_RCVBUF || option == TCPASSAY_OPT_SNDBUF)
        number /= 2;
    *ret_value = number * row->unit;
    return TCPASSAY_OK;
}

int linux_status(void *stack, int conn, struct tcpassay_status *status)
{
    static const char *const names[] = {/* by the kernel's numbers */
                                        NULL,          "ESTABLISHED", "SYN-SENT",  "SYN-RECEIVED",
                                        "FIN-WAIT-1",  "FIN-WAIT-2",  "TIME-WAIT", "CLOSED",
                                        "CLOSE-WAIT",  "LAST-ACK",    "LISTEN",    "CLOSING",
                                        "SYN-RECEIVED"};
    struct linux_stack *s = stack;
    struct linux_socket *c = find(s, conn);
    union kernel_info kernel;
    if (!c)
        return TCPASSAY_ENOTCONN;
    if (tcp_info(c, &kernel))
        return linux_fail(s, errno);
    struct tcpassay_status now = {.size = status->size};
    unsigned state = kernel.info.tcpi_state;
    now.state = state < sizeof names / sizeof names[0] ? names[state] : NULL;
    now.snd_wnd = kernel.windows.snd_wnd;
    now.rcv_wnd = kernel.windows.rcv_wnd;
    memcpy(status, &now, status->size < sizeof now ? status->size : sizeof now);
    return TCPASSAY_OK;
}

int64_t linux_acked(void *stack, int conn)
{
    struct linux_stack *s = stack;
    struct linux_socket *c = find(s, conn);
    int queued = 0;
    if (!c || c->listener)
        return TCPASSAY_ENOTCONN;
    if (ioctl(c->fd, SIOCOUTQ, &queued))
        return linux_fail(s, errno);
    /* A FIN that waits for its ACK is counted too. */
    int64_t octets = c->shut && queued > 0 ? queued - 1 : queued;
    return c->sent > octets ? c->sent - octets : 0;
}

int linux_peer(void *stack, int conn, struct tcpassay_addr *ret_peer)
{
    struct linux_stack *s = stack;
    struct linux_socket *c = find(s, conn);
    union socket_address address = {.v6 = {0}};
    socklen_t len = sizeof address;
    if (!c || c->listener)
        return TCPASSAY_ENOTCONN;
    if (getpeername(c->fd, &address.any, &len))
        return linux_fail(s, errno);
    bool v4 = address.any.sa_family == AF_INET;
    struct tcpassay_addr peer = {.family = v4 ? 4 : 6};
    peer.port = ntohs(v4 ? address.v4.sin_port : address.v6.sin6_port);
    if (v4)
        memcpy(peer.ip, &address.v4.sin_addr, 4);
    else
        memcpy(peer.ip, &address.v6.sin6_addr, 16);
    *ret_peer = peer;
    return TCPASSAY_OK;
}
