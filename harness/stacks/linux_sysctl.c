/* SPDX-License-Identifier: BSD-2-Clause */
/* The settings of the Linux adapter's namespace, each with the reason why it is not left alone. */
#include "stacks/linux_stack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct setting {
    const char *name; /* below /proc/sys/net */
    const char *value;
    const char *why;
};

/*
 * What a kernel is judged by is its TCP as shipped, so a setting stands here only if the host would
 * otherwise decide it, if it makes verdicts depend on the machine's load, or if it is a limiter
 * that cases share. What is lawful but slow stays: no RTO is shortened (RFC 6298, 2.5 wants a cap
 * of 60 s or more, and gaps that double until there).
 */
static const struct setting settings[] = {
    {"ipv4/tcp_congestion_control", "reno",
     "the host's choice may pace (bbr) or be refused (cubic)"},
    {"ipv4/tcp_timestamps", "1", "RFC 7323 is judged"},
    {"ipv4/tcp_window_scaling", "1", "RFC 7323 is judged"},
    {"ipv4/tcp_sack", "1", "RFC 2018 is judged"},
    {"ipv4/tcp_rmem", "4096 131072 6291456", "the host's maximum would choose the window scale"},
    {"ipv4/tcp_wmem", "4096 16384 4194304", "the same send buffer on every host"},
    {"ipv4/tcp_moderate_rcvbuf", "0", "windows shall not depend on how fast the reader was"},
    {"ipv4/tcp_ecn", "2", "RFC 3168 is judged where the peer asks; no SYN of the kernel's does"},
    {"ipv4/tcp_frto", "2", "RFC 5682 is judged"},
    {"ipv4/tcp_fastopen", "0", "RFC 7413 is not judged"},
    {"ipv4/tcp_syncookies", "0", "cookies forget the options of a SYN when the backlog is full"},
    {"ipv4/tcp_max_syn_backlog", "4096", "cases are many and leave embryos behind"},
    {"ipv4/tcp_syn_linear_timeouts", "0", "SYNs back off from the first (RFC 6298, 5.5)"},
    {"ipv4/tcp_early_retrans", "0",
     "no tail-loss probe: it comes by a measured RTT of microseconds"},
    {"ipv4/tcp_rto_min_us", "200000", "the kernel's own floor, whatever the host chose"},
    {"ipv4/tcp_rto_max_ms", "120000", "the kernel's own cap, whatever the host chose"},
    {"ipv4/tcp_comp_sack_nr", "0", "no timer of 1 ms between a hole and its duplicate ACK"},
    {"ipv4/tcp_autocorking", "0", "small segments shall not wait for the device"},
    {"ipv4/tcp_mtu_probing", "0", "no larger or smaller segments than the case asks for"},
    {"ipv4/tcp_no_metrics_save", "1", "a case shall not learn from the one before it"},
    {"ipv4/tcp_invalid_ratelimit", "0", "challenge and duplicate ACKs: a limit shared in time"},
    {"ipv4/tcp_challenge_ack_limit", "2147483647", "one limit for all connections of a second"},
    {"ipv4/ip_local_port_range", "32768 60999", "the same ephemeral ports on every host"},
    {"ipv4/conf/all/rp_filter", "0", "the host may filter the tester's addresses"},
    {"ipv4/conf/default/rp_filter", "0", "the host may filter the tester's addresses"},
    {"ipv6/conf/default/disable_ipv6", "0", "the host may have no IPv6"},
    {"ipv6/conf/default/accept_dad", "0", "the address is of use at once"},
    {"ipv6/conf/default/dad_transmits", "0", "no neighbour solicitations"},
    {"ipv6/conf/default/accept_ra", "0", "no router solicitations"},
    {"ipv6/conf/default/router_solicitations", "0", "no router solicitations"},
    {"ipv6/conf/default/autoconf", "0", "no addresses but ours"},
    {"ipv6/conf/default/addr_gen_mode", "1", "no link-local address, so no MLD reports for it"},
    {"ipv6/conf/default/use_tempaddr", "0", "no addresses but ours"},
};

static int open_sysctl(const char *name, int flags)
{
    char path[128];
    snprintf(path, sizeof path, "/proc/sys/net/%s", name);
    return open(path, flags | O_CLOEXEC);
}

static int set(const struct setting *s, char *why, size_t why_cap)
{
    int fd = open_sysctl(s->name, O_WRONLY);
    if (fd < 0 && errno == ENOENT)
        return TCPASSAY_OK; /* an older kernel, or one without IPv6 */
    size_t len = strlen(s->value);
    bool done = fd >= 0 && write(fd, s->value, len) == (ssize_t)len;
    int error = errno;
    if (fd >= 0)
        close(fd);
    if (done)
        return TCPASSAY_OK;
    snprintf(why, why_cap, "cannot set net/%s to %s: %s (linux:defaults leaves it alone)", s->name,
             s->value, strerror(error));
    return TCPASSAY_EFAILED;
}

int linux_sysctls_set(bool as_shipped, char *why, size_t why_cap)
{
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        bool tcp = strncmp(settings[i].name, "ipv4/tcp_", 9) == 0;
        if (as_shipped && tcp)
            continue;
        int rc = set(&settings[i], why, why_cap);
        if (rc &&
            !as_shipped) /* else it has to do where /proc/sys is read-only, as in containers */
            return rc;
    }
    return TCPASSAY_OK;
}

int64_t linux_sysctl(const char *name, int64_t otherwise)
{
    char text[64];
    int fd = open_sysctl(name, O_RDONLY);
    if (fd < 0)
        return otherwise;
    ssize_t len = read(fd, text, sizeof text - 1);
    close(fd);
    if (len <= 0)
        return otherwise;
    text[len] = '\0';
    char *end;
    long long value = strtoll(text, &end, 10);
    return end == text ? otherwise : value;
}
