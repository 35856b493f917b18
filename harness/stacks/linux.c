/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The running Linux kernel as a stack under test: sockets in this process, and packets through a
 * TUN device, in a network namespace that belongs to whoever opened the stack (linux_net.c).
 * Injection is synchronous: when `input` returns, the kernel's answer waits in `output` unless a
 * timer is due to send it. The clock is the real one.
 *
 * Connections that the application closed live on in the namespace until they end by themselves, so
 * each case should use a fresh address of the tester. What such leftovers send is not passed on.
 */
#include "stacks/linux_stack.h"
#include "stacks/stacks.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum { NS_PER_S = 1000000000, NS_PER_MS = 1000000, NS_PER_US = 1000 };

static uint64_t clock_ns(clockid_t id, int (*ask)(clockid_t, struct timespec *))
{
    struct timespec t = {0};
    (void)ask(id, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static void linux_close(void *stack)
{
    struct linux_stack *s = stack;
    linux_sockets_abort(s);
    linux_net_leave(s);
    free(s);
}

static int linux_open(const struct tcpassay_open *how, void **ret_stack, char *why, size_t why_cap)
{
    const char *profile = how->profile ? how->profile : "";
    bool as_shipped = strcmp(profile, "defaults") == 0;
    if (*profile && !as_shipped) {
        snprintf(why, why_cap, "linux has no profile \"%s\"; it has \"defaults\"", profile);
        return TCPASSAY_EINVAL;
    }
    struct linux_stack *s = calloc(1, sizeof *s);
    if (!s) {
        snprintf(why, why_cap, "no memory");
        return TCPASSAY_ENOMEM;
    }
    s->tun = -1;
    s->host_net = -1;
    s->how = *how;
    s->mtu = how->mtu;
    s->as_shipped = as_shipped;
    linux_sockets_clear(s);
    int rc = linux_net_enter(s, why, why_cap);
    if (rc) {
        linux_close(s);
        return rc;
    }
    struct utsname name;
    snprintf(s->version, sizeof s->version, "%s", uname(&name) == 0 ? name.release : "");
    s->timestamps = linux_sysctl("ipv4/tcp_timestamps", 1) != 0;
    s->wscale = linux_sysctl("ipv4/tcp_window_scaling", 1) != 0;
    s->sack = linux_sysctl("ipv4/tcp_sack", 1) != 0;
    *ret_stack = s;
    return TCPASSAY_OK;
}

static void drain(const struct linux_stack *s)
{
    uint8_t packet[2048];
    while (read(s->tun, packet, sizeof packet) > 0)
        continue;
}

static int linux_reset(void *stack, uint64_t seed, uint64_t now)
{
    struct linux_stack *s = stack;
    (void)now;
    s->how.seed = seed;
    linux_sockets_abort(s);
    s->peers = 0;
    int rc = s->mtu == s->how.mtu ? TCPASSAY_OK : linux_net_mtu(s, s->how.mtu);
    drain(s);
    return rc;
}

static void linux_facts(void *stack, struct tcpassay_facts *facts)
{
    struct linux_stack *s = stack;
    struct tcpassay_facts now = {
        .size = facts->size,
        .version = s->version,
        .tick = clock_ns(CLOCK_MONOTONIC_COARSE, clock_getres), /* a jiffy */
        .msl = 30ull * NS_PER_S,
        .ts_tick = NS_PER_MS,
        .rto_min = (uint64_t)linux_sysctl("ipv4/tcp_rto_min_us", 200000) * NS_PER_US,
        .rto_initial = NS_PER_S,
        .initial_window = 10,
        .linear_syn = linux_sysctl("ipv4/tcp_syn_linear_timeouts", 0) > 0,
    };
    memcpy(facts, &now, facts->size < sizeof now ? facts->size : sizeof now);
}

static bool linux_can(void *stack, const char *name)
{
    /* rfc5961.5 is not among them: header prediction takes data whose ACK section 5 refuses. A
     * buffer of small segments runs out of memory before the window, so it takes windows back. */
    static const char *const names[] = {
        "clock.real",     "app.listen",    "app.connect",
        "app.accept",     "app.send",      "app.recv",
        "app.half-close", "app.close",     "app.abort",
        "app.urgent",     "app.rcvbuf",    "app.sndbuf",
        "app.nodelay",    "app.linger0",   "app.window-clamp",
        "app.maxseg",     "app.keepalive", "app.user-timeout",
        "app.oobinline",  "app.acked",     "app.status",
        "app.mtu",        "ipv4",          "icmp",
        "opt.mss",        "rfc5961",       "retracts",
    };
    const struct linux_stack *s = stack;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return (s->timestamps && strcmp(name, "opt.ts") == 0) ||
           (s->wscale && strcmp(name, "opt.wscale") == 0) ||
           (s->sack && strcmp(name, "opt.sack") == 0) ||
           (strcmp(name, "opt.ecn") == 0 && linux_sysctl("ipv4/tcp_ecn", 0) > 0) ||
           (strcmp(name, "frto") == 0 && linux_sysctl("ipv4/tcp_frto", 0) > 0) ||
           (strcmp(name, "ipv6") == 0 && linux_sysctl("ipv6/conf/all/disable_ipv6", 1) == 0);
}

/* The source (or destination) of a packet whose first nibble says 4 or 6 and that is long enough.
 */
static bool end_of(const uint8_t *packet, size_t len, bool source, struct tcpassay_addr *ret_end)
{
    unsigned version = len > 0 ? packet[0] >> 4 : 0;
    size_t size = version == 4 ? 4 : 16, at = version == 4 ? 12 : 8;
    if ((version != 4 && version != 6) || len < at + 2 * size)
        return false;
    *ret_end = (struct tcpassay_addr){.family = (uint8_t)version};
    memcpy(ret_end->ip, packet + at + (source ? 0 : size), size);
    return true;
}

static int linux_input(void *stack, const void *packet, size_t len)
{
    struct linux_stack *s = stack;
    struct tcpassay_addr source;
    if (end_of(packet, len, true, &source))
        linux_peer_add(s, &source);
    ssize_t n = write(s->tun, packet, len);
    /* What the device refuses (no IP version, too short) is as good as lost on the way. */
    return n == (ssize_t)len || errno == EINVAL ? TCPASSAY_OK : linux_fail(s, errno);
}

/* Not of this case: multicast that the kernel sends by itself, and an earlier case's leftovers. */
static bool is_noise(const struct linux_stack *s, const uint8_t *packet, size_t len)
{
    struct tcpassay_addr to;
    return !end_of(packet, len, false, &to) || !linux_peer_known(s, &to);
}

static size_t linux_output(void *stack, void *buf, size_t cap)
{
    struct linux_stack *s = stack;
    ssize_t n = read(s->tun, buf, cap);
    while (n > 0 && is_noise(s, buf, (size_t)n))
        n = read(s->tun, buf, cap);
    return n > 0 ? (size_t)n : 0;
}

static uint64_t linux_now(void *stack)
{
    (void)stack;
    return clock_ns(CLOCK_MONOTONIC, clock_gettime);
}

static int linux_wait(void *stack, uint64_t until)
{
    struct linux_stack *s = stack;
    uint64_t now = linux_now(s), left = until > now ? until - now : 0;
    struct timespec limit = {.tv_sec = (time_t)(left / NS_PER_S),
                             .tv_nsec = (long)(left % NS_PER_S)};
    struct pollfd p = {.fd = s->tun, .events = POLLIN};
    return ppoll(&p, 1, until == TCPASSAY_NEVER ? NULL : &limit, NULL) == 1;
}

static int linux_set_mtu(void *stack, uint32_t mtu)
{
    struct linux_stack *s = stack;
    return mtu > 65535 ? TCPASSAY_EINVAL : linux_net_mtu(s, mtu);
}

static const char *linux_last_error(void *stack)
{
    const struct linux_stack *s = stack;
    return *s->error ? s->error : NULL;
}

const struct tcpassay_stack stacks_linux = {
    .abi = TCPASSAY_STACK_ABI,
    .size = sizeof(struct tcpassay_stack),
    .name = "linux",
    .open = linux_open,
    .close = linux_close,
    .reset = linux_reset,
    .facts = linux_facts,
    .can = linux_can,
    .input = linux_input,
    .output = linux_output,
    .now = linux_now,
    .wait = linux_wait,
    .listen = linux_listen,
    .accept = linux_accept,
    .connect = linux_connect,
    .connected = linux_connected,
    .send = linux_send,
    .recv = linux_recv,
    .shutdown = linux_shutdown,
    .close_conn = linux_close_conn,
    .abort = linux_abort,
    .set_option = linux_set_option,
    .get_option = linux_get_option,
    .status = linux_status,
    .acked = linux_acked,
    .set_mtu = linux_set_mtu,
    .last_error = linux_last_error,
    .peer = linux_peer,
};
