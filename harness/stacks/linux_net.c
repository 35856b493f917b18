/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A network of its own for the Linux adapter: a namespace with one TUN device. The namespace is
 * that of the thread that calls, from then on: whoever opens the stack does so in a process of its
 * own (a worker), and the host's network is never seen.
 */
#include "stacks/linux_stack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/ipv6.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define TUN_NODE "/dev/net/tun"

static int give_up(const char *what, char *why, size_t why_cap)
{
    snprintf(why, why_cap, "%s: %s", what, strerror(errno));
    return TCPASSAY_EFAILED;
}

static int write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    size_t len = strlen(text);
    bool done = write(fd, text, len) == (ssize_t)len;
    close(fd);
    return done ? 0 : -1;
}

/* Become root of a user namespace, in which whoever we are may own a network. */
static int enter_user_namespace(char *why, size_t why_cap)
{
    char map[32];
    unsigned uid = geteuid(), gid = getegid();
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
        return give_up("no right to a network namespace, nor to a user namespace", why, why_cap);
    /* user_namespaces(7): a group may be mapped only once setgroups is given up. */
    bool done = write_file("/proc/self/setgroups", "deny") == 0;
    snprintf(map, sizeof map, "0 %u 1", uid);
    done = done && write_file("/proc/self/uid_map", map) == 0;
    snprintf(map, sizeof map, "0 %u 1", gid);
    done = done && write_file("/proc/self/gid_map", map) == 0;
    return done ? TCPASSAY_OK : give_up("cannot map ids into a user namespace", why, why_cap);
}

static int enter_namespace(struct linux_stack *s, char *why, size_t why_cap)
{
    int before = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (unshare(CLONE_NEWNET) == 0) {
        s->host_net = before;
        return TCPASSAY_OK;
    }
    if (before >= 0)
        close(before); /* out of a user namespace there is no way back */
    return enter_user_namespace(why, why_cap);
}

static int open_tun(struct linux_stack *s, char *why, size_t why_cap)
{
    struct ifreq r;
    s->tun = open(TUN_NODE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (s->tun < 0)
        return give_up("cannot open " TUN_NODE, why, why_cap);
    memset(&r, 0, sizeof r);
    r.ifr_flags = IFF_TUN | IFF_NO_PI;
    memcpy(r.ifr_name, "tun0", 5);
    if (ioctl(s->tun, TUNSETIFF, &r))
        return give_up("cannot make a TUN device", why, why_cap);
    memcpy(s->device, r.ifr_name, sizeof s->device);
    return TCPASSAY_OK;
}

/* A request that names our device. */
static struct ifreq request(const struct linux_stack *s)
{
    struct ifreq r;
    memset(&r, 0, sizeof r);
    memcpy(r.ifr_name, s->device, sizeof s->device);
    return r;
}

static int set_address4(const struct linux_stack *s, int fd)
{
    struct ifreq r = request(s);
    struct sockaddr_in a = {.sin_family = AF_INET};
    memcpy(&a.sin_addr, s->how.local4.ip, 4);
    memcpy(&r.ifr_addr, &a, sizeof a);
    if (ioctl(fd, SIOCSIFADDR, &r))
        return -1;
    a.sin_addr.s_addr = htonl(0xffffff00u);
    memcpy(&r.ifr_netmask, &a, sizeof a);
    return ioctl(fd, SIOCSIFNETMASK, &r);
}

static bool has_route6(const char *address)
{
    char line[256];
    bool found = false;
    FILE *routes = fopen("/proc/self/net/ipv6_route", "re");
    while (routes && !found && fgets(line, sizeof line, routes))
        found = strncmp(line, address, 32) == 0 && strncmp(line + 32, " 80 ", 4) == 0;
    if (routes)
        fclose(routes);
    return found;
}

/** A socket that gets word of new IPv6 routes, or -1. */
static int watch_routes6(void)
{
    struct sockaddr_nl who = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV6_ROUTE};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (fd >= 0 && bind(fd, (const struct sockaddr *)&who, sizeof who)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/*
 * A new IPv6 address takes no packets until a work queue of the kernel has made its route, even
 * where duplicate address detection is off. To look at all routes is dear: it is done when there is
 * word of a new one, and now and then in case there was no word.
 */
static int await_route6(const struct linux_stack *s, int word)
{
    enum { LOOKS = 5000, PAUSE_MS = 2 };
    char address[33], message[4096];
    for (int i = 0; i < 16; i++)
        snprintf(address + 2 * i, 3, "%02x", (unsigned)s->how.local6.ip[i]);
    for (int i = 0; i < LOOKS; i++) {
        if (has_route6(address))
            return 0;
        struct pollfd p = {.fd = word, .events = POLLIN}; /* -1: it is a pause */
        (void)poll(&p, 1, PAUSE_MS);
        while (word >= 0 && read(word, message, sizeof message) > 0)
            continue;
    }
    errno = ETIMEDOUT;
    return -1;
}

static int set_address6(const struct linux_stack *s)
{
    struct ifreq r = request(s);
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno == EAFNOSUPPORT ? 0 : -1; /* a kernel without IPv6; `can` says so */
    int word = watch_routes6(), rc = ioctl(fd, SIOCGIFINDEX, &r);
    struct in6_ifreq a = {.ifr6_prefixlen = 64, .ifr6_ifindex = r.ifr_ifindex};
    memcpy(&a.ifr6_addr, s->how.local6.ip, 16);
    if (rc == 0 && ioctl(fd, SIOCSIFADDR, &a) && errno != EEXIST)
        rc = -1;
    rc = rc ? rc : await_route6(s, word);
    int error = errno;
    close(fd);
    if (word >= 0)
        close(word);
    errno = error;
    return rc;
}

static int set_mtu(const struct linux_stack *s, int fd, uint32_t mtu)
{
    struct ifreq r = request(s);
    r.ifr_mtu = (int)mtu;
    return ioctl(fd, SIOCSIFMTU, &r);
}

static int configure(struct linux_stack *s, char *why, size_t why_cap)
{
    struct ifreq r = request(s);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return give_up("no IPv4 socket", why, why_cap);
    r.ifr_flags = IFF_UP | IFF_RUNNING;
    bool done = set_address4(s, fd) == 0 && set_mtu(s, fd, s->how.mtu) == 0 &&
                ioctl(fd, SIOCSIFFLAGS, &r) == 0 && set_address6(s) == 0;
    int error = errno;
    close(fd);
    errno = error;
    return done ? TCPASSAY_OK : give_up("cannot set up the TUN device", why, why_cap);
}

int linux_net_enter(struct linux_stack *s, char *why, size_t why_cap)
{
    int rc = enter_namespace(s, why, why_cap);
    if (rc == 0)
        rc = linux_sysctls_set(s->as_shipped, why, why_cap);
    if (rc == 0)
        rc = open_tun(s, why, why_cap);
    if (rc == 0)
        rc = configure(s, why, why_cap);
    return rc;
}

void linux_net_leave(struct linux_stack *s)
{
    if (s->tun >= 0)
        close(s->tun);
    if (s->host_net >= 0) {
        /* The process may go on, and should not find itself cut off. */
        (void)setns(s->host_net, CLONE_NEWNET);
        close(s->host_net);
    }
}

int linux_net_mtu(struct linux_stack *s, uint32_t mtu)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return linux_fail(s, errno);
    int rc = set_mtu(s, fd, mtu) ? linux_fail(s, errno) : TCPASSAY_OK;
    close(fd);
    if (rc == 0)
        s->mtu = mtu;
    if (rc == 0 && mtu >= IPV6_MIN_MTU && set_address6(s))
        rc = linux_fail(s, errno);
    return rc;
}
