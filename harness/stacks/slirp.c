/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libslirp behind the port. It is a proxy: it speaks TCP with a guest, which the tester is here,
 * and hands the streams to sockets of the host. Each listener is a UNIX socket that libslirp
 * connects to when a SYN comes (slirp_add_unix); nothing leaves the process, and nothing but its
 * own clock, which is ours, moves it. It opens no connection to the guest on its own, so there is
 * no active open.
 *
 * The path of the socket is gone as soon as it is bound: the kernel finds it through the
 * descriptor.
 */
#include "outbox.h"
#include "tcpassay/stack.h"

#ifndef TCPASSAY_PLUGIN
#include "stacks/stacks.h"
#endif

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <slirp/libslirp.h>

enum { HANDLES = 256, FRAME = 14, ROUNDS = 64, INFO = 24 };
enum { MSL_S = 5, RTO_S = 6, TICK_MS = 500 }; /* TCPTV_* of libslirp, in none of its headers */
static const uint64_t MS = 1000000, S = 1000000000;
static const uint8_t guest_mac[6] = {0x52, 0x54, 0, 0, 0, 2};

/* A listener or a connection; `fd` is -1 while it is neither. */
struct handle {
    int fd;       /* the application's end */
    int theirs;   /* a listener: what the path stands for; a connection: libslirp's end */
    int listener; /* a connection: which one it came to; -1: it is a listener itself */
    unsigned order;
    bool accepted, shut;
    struct tcpassay_addr at; /* a listener: its address; a connection: its peer's */
};

struct adapter {
    struct tcpassay_open how;
    Slirp *slirp;
    uint64_t now, next; /* when libslirp wants to be called */
    unsigned opened;
    struct tcpassay_addr from, to; /* of the packet that is being put in */
    int fds;
    struct pollfd fd[HANDLES];
    struct handle handle[HANDLES];
    struct outbox out;
};

/* ---- what libslirp calls ---- */

static ssize_t on_packet(const void *frame, size_t len, void *opaque)
{
    struct adapter *a = opaque;
    const uint8_t *f = frame;
    uint16_t size = (uint16_t)(len - FRAME);
    bool ip = len > FRAME && f[12] == 8 && f[13] == 0;
    uint8_t *packet = ip ? outbox_add(&a->out, size) : NULL;
    if (packet) /* else ARP, or a device that is full */
        memcpy(packet, f + FRAME, size);
    return (ssize_t)len;
}

static void on_guest_error(const char *message, void *opaque)
{
    (void)message;
    (void)opaque;
}

static int64_t on_clock(void *opaque)
{
    const struct adapter *a = opaque;
    return (int64_t)a->now;
}

/* Timers serve router advertisements alone. */
static void *on_timer_new(SlirpTimerCb call, void *call_opaque, void *opaque)
{
    (void)call;
    (void)call_opaque;
    return opaque;
}

static void on_timer_free(void *timer, void *opaque)
{
    (void)timer;
    (void)opaque;
}

static void on_timer_mod(void *timer, int64_t expires, void *opaque)
{
    (void)timer;
    (void)expires;
    (void)opaque;
}

static struct handle *new_handle(struct adapter *a)
{
    for (int i = 0; i < HANDLES; i++)
        if (a->handle[i].fd < 0)
            return &a->handle[i];
    return NULL;
}

static void forget(struct handle *h)
{
    *h = (struct handle){.fd = -1, .theirs = -1, .listener = -1};
}

static bool same_address(const struct tcpassay_addr *a, const struct tcpassay_addr *b)
{
    return a->port == b->port && memcmp(a->ip, b->ip, 4) == 0;
}

/* A SYN made libslirp connect: the other end waits at the listener. */
static void on_register(int fd, void *opaque)
{
    struct adapter *a = opaque;
    for (int i = 0; i < HANDLES; i++) {
        const struct handle *l = &a->handle[i];
        if (l->fd < 0 || l->listener >= 0 || !same_address(&l->at, &a->to))
            continue;
        int ours = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        struct handle *h = ours >= 0 ? new_handle(a) : NULL;
        if (h)
            *h = (struct handle){ours, fd, i, a->opened++, false, false, a->from};
        else if (ours >= 0)
            close(ours);
        return;
    }
}

static void on_unregister(int fd, void *opaque)
{
    struct adapter *a = opaque;
    for (int i = 0; i < HANDLES; i++)
        if (a->handle[i].fd >= 0 && a->handle[i].listener >= 0 && a->handle[i].theirs == fd)
            a->handle[i].theirs = -1;
}

static void on_notify(void *opaque)
{
    (void)opaque;
}

static int on_add_poll(int fd, int events, void *opaque)
{
    struct adapter *a = opaque;
    if (a->fds == HANDLES)
        return -1;
    short wanted =
        (short)((events & SLIRP_POLL_IN ? POLLIN : 0) | (events & SLIRP_POLL_OUT ? POLLOUT : 0) |
                (events & SLIRP_POLL_PRI ? POLLPRI : 0));
    a->fd[a->fds] = (struct pollfd){.fd = fd, .events = wanted};
    return a->fds++;
}

static int on_get_events(int index, void *opaque)
{
    const struct adapter *a = opaque;
    short got = index >= 0 ? a->fd[index].revents : 0;
    return (got & POLLIN ? SLIRP_POLL_IN : 0) | (got & POLLOUT ? SLIRP_POLL_OUT : 0) |
           (got & POLLPRI ? SLIRP_POLL_PRI : 0) | (got & POLLERR ? SLIRP_POLL_ERR : 0) |
           (got & POLLHUP ? SLIRP_POLL_HUP : 0);
}

/* ---- time ---- */

/* Let libslirp do what is due and what its sockets are ready for, until nothing is left. */
static void pump(struct adapter *a)
{
    for (int i = 0; i < ROUNDS; i++) {
        uint32_t timeout = UINT32_MAX;
        size_t before = a->out.end;
        a->fds = 0;
        slirp_pollfds_fill(a->slirp, &timeout, on_add_poll, a);
        int ready = a->fds > 0 ? poll(a->fd, (nfds_t)a->fds, 0) : 0;
        slirp_pollfds_poll(a->slirp, ready < 0, on_get_events, a);
        a->next = timeout == UINT32_MAX ? TCPASSAY_NEVER : a->now + timeout * MS;
        if (ready <= 0 && a->out.end == before && timeout > 0)
            return;
    }
}

static uint64_t sl_deadline(void *stack)
{
    const struct adapter *a = stack;
    return a->next;
}

static void sl_advance(void *stack, uint64_t now)
{
    struct adapter *a = stack;
    while (a->next < now) {
        a->now = a->next > a->now ? a->next : a->now + MS;
        pump(a);
    }
    if (now > a->now)
        a->now = now;
    pump(a);
}

/* ---- life ---- */

static int new_slirp(struct adapter *a)
{
    static const SlirpCb calls = {
        .send_packet = on_packet,
        .guest_error = on_guest_error,
        .clock_get_ns = on_clock,
        .timer_new = on_timer_new,
        .timer_free = on_timer_free,
        .timer_mod = on_timer_mod,
        .register_poll_fd = on_register,
        .unregister_poll_fd = on_unregister,
        .notify = on_notify,
    };
    SlirpConfig config = {.version = 3,
                          .restricted = 1,
                          .in_enabled = true,
                          .if_mtu = a->how.mtu,
                          .if_mru = a->how.mtu,
                          .disable_dns = true};
    uint8_t net[4];
    memcpy(net, a->how.local4.ip, sizeof net);
    /* Its own host, name server and leases: none of the addresses that are played with. */
    net[3] = 0;
    memcpy(&config.vnetwork, net, sizeof net);
    config.vnetmask.s_addr = htonl(0xffffff00);
    net[3] = 254;
    memcpy(&config.vhost, net, sizeof net);
    net[3] = 253;
    memcpy(&config.vnameserver, net, sizeof net);
    net[3] = 240;
    memcpy(&config.vdhcp_start, net, sizeof net);
    a->slirp = slirp_new(&config, &calls, a);
    a->next = TCPASSAY_NEVER;
    a->opened = 0;
    a->out.first = a->out.end = 0;
    return a->slirp ? TCPASSAY_OK : TCPASSAY_EFAILED;
}

static void end_all(struct adapter *a)
{
    if (a->slirp)
        slirp_cleanup(a->slirp);
    a->slirp = NULL;
    for (int i = 0; i < HANDLES; i++) {
        struct handle *h = &a->handle[i];
        if (h->fd < 0)
            continue;
        close(h->fd);
        if (h->listener < 0)
            close(h->theirs);
        forget(h);
    }
}

static void sl_close(void *stack)
{
    end_all(stack);
    free(stack);
}

static int sl_reset(void *stack, uint64_t seed, uint64_t now)
{
    struct adapter *a = stack;
    end_all(a);
    a->how.seed = seed;
    a->now = now;
    return new_slirp(a);
}

static int sl_open(const struct tcpassay_open *how, void **ret_stack, char *why, size_t why_cap)
{
    if (how->profile && *how->profile) {
        snprintf(why, why_cap, "libslirp has no profiles");
        return TCPASSAY_EINVAL;
    }
    struct adapter *a = calloc(1, sizeof *a);
    if (!a) {
        snprintf(why, why_cap, "no memory");
        return TCPASSAY_ENOMEM;
    }
    for (int i = 0; i < HANDLES; i++)
        forget(&a->handle[i]);
    a->how = *how;
    a->now = how->now;
    int rc = new_slirp(a);
    if (rc) {
        snprintf(why, why_cap, "libslirp refuses its configuration");
        sl_close(a);
        return rc;
    }
    signal(SIGPIPE, SIG_IGN); /* it writes to sockets that the application has closed */
    *ret_stack = a;
    return TCPASSAY_OK;
}

static void sl_facts(void *stack, struct tcpassay_facts *facts)
{
    struct tcpassay_facts now = {
        .size = facts->size,
        .version = slirp_version_string(),
        .tick = TICK_MS * MS,
        .msl = MSL_S * S,
        .rto_min = S,
        .rto_initial = RTO_S * S,
    };
    (void)stack;
    memcpy(facts, &now, facts->size < sizeof now ? facts->size : sizeof now);
}

static bool sl_can(void *stack, const char *name)
{
    static const char *const names[] = {"clock.virtual", "ipv4",           "opt.mss",
                                        "app.listen",    "app.accept",     "app.send",
                                        "app.recv",      "app.half-close", "app.close"};
    (void)stack;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* ---- packets ---- */

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

/* Who the guest is, so that libslirp need not ask. */
static void tell_neighbour(struct adapter *a, const uint8_t *ip)
{
    static const uint8_t head[] = {0, 1, 8, 0, 6, 4, 0, 2};
    uint8_t frame[FRAME + 28];
    memset(frame, 0xff, 6);
    memcpy(frame + 6, guest_mac, 6);
    frame[12] = 8;
    frame[13] = 6;
    memcpy(frame + FRAME, head, sizeof head);
    memcpy(frame + FRAME + 8, guest_mac, 6);
    memcpy(frame + FRAME + 14, ip, 4);
    memset(frame + FRAME + 18, 0, 6);
    memcpy(frame + FRAME + 24, ip, 4);
    slirp_input(a->slirp, frame, (int)sizeof frame);
}

static int sl_input(void *stack, const void *packet, size_t len)
{
    static const uint8_t head[FRAME] = {0x52, 0x55, 0, 0, 0, 1, 0x52, 0x54, 0, 0, 0, 2, 8, 0};
    struct adapter *a = stack;
    const uint8_t *p = packet;
    size_t header = len > 0 ? (size_t)(p[0] & 15) * 4 : 0;
    if (len < 20 || p[0] >> 4 != 4 || len > UINT16_MAX)
        return TCPASSAY_OK; /* nothing that it would take from a guest */
    a->from = a->to = (struct tcpassay_addr){.family = 4};
    memcpy(a->from.ip, p + 12, 4);
    memcpy(a->to.ip, p + 16, 4);
    if (header >= 20 && len >= header + 4) {
        a->from.port = get16(p + header);
        a->to.port = get16(p + header + 2);
    }
    uint8_t *frame = malloc(FRAME + len);
    if (!frame)
        return TCPASSAY_ENOMEM;
    memcpy(frame, head, FRAME);
    memcpy(frame + FRAME, packet, len);
    tell_neighbour(a, p + 12);
    slirp_input(a->slirp, frame, (int)(FRAME + len));
    free(frame);
    pump(a);
    return TCPASSAY_OK;
}

static size_t sl_output(void *stack, void *buf, size_t cap)
{
    struct adapter *a = stack;
    return outbox_take(&a->out, buf, cap);
}

/* ---- calls of the application ---- */

static struct handle *find(struct adapter *a, int handle, bool listener)
{
    bool there = handle >= 0 && handle < HANDLES && a->handle[handle].fd >= 0;
    return there && (a->handle[handle].listener < 0) == listener ? &a->handle[handle] : NULL;
}

/* A listening socket without a name: RET_PATH is what the name stood for, as a descriptor. */
static int nameless(int *ret_path)
{
    char folder[] = "/tmp/tcpassay-slirp-XXXXXX";
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (!mkdtemp(folder))
        return -1;
    snprintf(name.sun_path, sizeof name.sun_path, "%s/s", folder);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), path = -1;
    if (fd >= 0 && bind(fd, (struct sockaddr *)&name, sizeof name) == 0 && listen(fd, HANDLES) == 0)
        path = open(name.sun_path, O_PATH | O_CLOEXEC);
    unlink(name.sun_path);
    rmdir(folder);
    if (path < 0 && fd >= 0)
        close(fd);
    *ret_path = path;
    return path < 0 ? -1 : fd;
}

static int sl_listen(void *stack, const struct tcpassay_addr *local, int backlog)
{
    struct adapter *a = stack;
    char path[INFO];
    struct in_addr at;
    (void)backlog;
    if (local->family != 4)
        return TCPASSAY_ENOTSUP;
    struct handle *h = new_handle(a);
    if (!h)
        return TCPASSAY_ENOMEM;
    h->fd = nameless(&h->theirs);
    if (h->fd < 0)
        return TCPASSAY_EFAILED;
    h->at = *local;
    snprintf(path, sizeof path, "/proc/self/fd/%d", h->theirs);
    memcpy(&at, local->ip, sizeof at);
    if (slirp_add_unix(a->slirp, path, &at, local->port) == 0)
        return (int)(h - a->handle);
    close(h->fd);
    close(h->theirs);
    forget(h);
    return TCPASSAY_EINUSE;
}

/* libslirp tells what state a connection is in in a table for people alone. */
static bool is_open(const struct adapter *a, const struct handle *h)
{
    char *table = slirp_connection_info(a->slirp), *rest = NULL, state[16];
    bool open = h->theirs < 0; /* it was, and is over */
    for (char *line = strtok_r(table, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        int fd;
        if (sscanf(line, " TCP[%15[^]]] %d", state, &fd) == 2 && fd == h->theirs)
            open = strcmp(state, "SYN_RCVD") != 0;
    }
    free(table); /* g_free() is free() */
    return open;
}

static int sl_accept(void *stack, int listener)
{
    struct adapter *a = stack;
    struct handle *first = NULL;
    if (!find(a, listener, true))
        return TCPASSAY_ENOTCONN;
    for (struct handle *h = a->handle; h < a->handle + HANDLES; h++)
        if (h->fd >= 0 && h->listener == listener && !h->accepted &&
            (!first || h->order < first->order) && is_open(a, h))
            first = h;
    if (!first)
        return TCPASSAY_EWOULDBLOCK;
    first->accepted = true;
    return (int)(first - a->handle);
}

static int sl_send(void *stack, int conn, const void *data, size_t len, unsigned flags)
{
    struct adapter *a = stack;
    const struct handle *h = find(a, conn, false);
    if (!h)
        return TCPASSAY_ENOTCONN;
    if (flags & TCPASSAY_SEND_URGENT)
        return TCPASSAY_ENOTSUP;
    ssize_t n = send(h->fd, data, len, MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return TCPASSAY_EWOULDBLOCK;
    if (n < 0)
        return h->shut ? TCPASSAY_EPIPE : TCPASSAY_ERESET;
    pump(a);
    return (int)n;
}

static int sl_recv(void *stack, int conn, void *buf, size_t cap, unsigned *ret_flags)
{
    struct adapter *a = stack;
    const struct handle *h = find(a, conn, false);
    if (!h)
        return TCPASSAY_ENOTCONN;
    if (ret_flags)
        *ret_flags = 0;
    ssize_t n = recv(h->fd, buf, cap, 0);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? TCPASSAY_EWOULDBLOCK : TCPASSAY_ERESET;
    if (n > 0)
        pump(a);
    return (int)n;
}

static int sl_shutdown(void *stack, int conn)
{
    struct adapter *a = stack;
    struct handle *h = find(a, conn, false);
    if (!h || shutdown(h->fd, SHUT_WR))
        return TCPASSAY_ENOTCONN;
    h->shut = true;
    pump(a);
    return TCPASSAY_OK;
}

static void end_listener(struct adapter *a, struct handle *l)
{
    struct in_addr at;
    memcpy(&at, l->at.ip, sizeof at);
    slirp_remove_guestfwd(a->slirp, at, l->at.port);
    for (struct handle *h = a->handle; h < a->handle + HANDLES; h++) {
        if (h->fd >= 0 && h->listener == l - a->handle && !h->accepted) {
            close(h->fd);
            forget(h);
        }
    }
    close(l->theirs);
}

static int sl_close_conn(void *stack, int conn)
{
    struct adapter *a = stack;
    struct handle *h = find(a, conn, false), *l = find(a, conn, true);
    if (!h && !l)
        return TCPASSAY_ENOTCONN;
    if (l)
        end_listener(a, l);
    close(a->handle[conn].fd);
    forget(&a->handle[conn]);
    pump(a);
    return TCPASSAY_OK;
}

static int sl_peer(void *stack, int conn, struct tcpassay_addr *ret_peer)
{
    const struct handle *h = find(stack, conn, false);
    if (!h)
        return TCPASSAY_ENOTCONN;
    *ret_peer = h->at;
    return TCPASSAY_OK;
}

#ifdef TCPASSAY_PLUGIN
#define TABLE tcpassay_stack_plugin
#else
#define TABLE stacks_slirp
#endif
const struct tcpassay_stack TABLE = {
    .abi = TCPASSAY_STACK_ABI,
    .size = sizeof(struct tcpassay_stack),
    .name = "slirp",
    .open = sl_open,
    .close = sl_close,
    .reset = sl_reset,
    .facts = sl_facts,
    .can = sl_can,
    .input = sl_input,
    .output = sl_output,
    .deadline = sl_deadline,
    .advance = sl_advance,
    .listen = sl_listen,
    .accept = sl_accept,
    .send = sl_send,
    .recv = sl_recv,
    .shutdown = sl_shutdown,
    .close_conn = sl_close_conn,
    .peer = sl_peer,
};
