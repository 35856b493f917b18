/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpref on a TUN device in a network namespace of its own. */
#include "tun.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/if_tun.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define PACKET_MAX 2048
#define BATCH      64 /* packets that come before the user has a turn */
#define HELD_MAX   16
#define HELD_FOR   (2 * TCPREF_MS) /* when nothing comes that could overtake */

struct held {
    uint8_t data[PACKET_MAX];
    size_t len; /* 0: free */
    unsigned overtakers;
    tcpref_ns due;
};

/* One direction. */
struct lane {
    void (*deliver)(struct tun *tun, const void *packet, size_t len);
    struct held held[HELD_MAX];
    uint64_t random;
    uint64_t passed, lost, overtaken;
};

struct tun {
    int fd;
    tcpref_host *host;
    uint64_t loss, reorder; /* of 2^32 */
    struct lane in, out;
};

const struct tun_options tun_defaults = {.seed = 1, .profile = &tcpref_rack};

tcpref_ns tun_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (tcpref_ns)t.tv_sec * TCPREF_SEC + (tcpref_ns)t.tv_nsec;
}

static bool per_cent(const char *value, double *ret_share)
{
    char *end;
    double share = strtod(value, &end);
    if (end == value || *end != '\0' || !(share >= 0 && share <= 50)) {
        return false;
    }
    *ret_share = share;
    return true;
}

bool tun_option(struct tun_options *options, int letter, const char *value)
{
    char *end;
    switch (letter) {
    case 'l':
        return per_cent(value, &options->loss);
    case 'r':
        return per_cent(value, &options->reorder);
    case 's':
        options->seed = strtoull(value, &end, 0);
        return end != value && *end == '\0';
    case 'p':
        for (size_t i = 0; tcpref_profiles[i] != NULL; i++) {
            if (strcmp(tcpref_profiles[i]->name, value) == 0) {
                options->profile = tcpref_profiles[i];
                return true;
            }
        }
        return false;
    default:
        return false;
    }
}

static bool failed(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    return false;
}

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        return failed(path);
    }
    ssize_t n = write(fd, text, strlen(text));
    close(fd);
    return n == (ssize_t)strlen(text) || failed(path);
}

/* Who is not root becomes root of a user namespace, to which the network namespace belongs. */
static bool enter_namespace(void)
{
    uid_t uid = getuid();
    gid_t gid = getgid();
    if (geteuid() == 0) {
        return unshare(CLONE_NEWNET) == 0 || failed("a network namespace");
    }
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
        return failed("a user namespace (root needs none)");
    }
    char map[64];
    snprintf(map, sizeof(map), "0 %u 1", (unsigned)uid);
    if (!write_file("/proc/self/setgroups", "deny") || !write_file("/proc/self/uid_map", map)) {
        return false;
    }
    snprintf(map, sizeof(map), "0 %u 1", (unsigned)gid);
    return write_file("/proc/self/gid_map", map);
}

static bool open_device(struct tun *tun, struct ifreq *ret_device)
{
    tun->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (tun->fd < 0) {
        return failed("/dev/net/tun");
    }
    *ret_device = (struct ifreq){.ifr_flags = IFF_TUN | IFF_NO_PI};
    return ioctl(tun->fd, TUNSETIFF, ret_device) == 0 || failed("a TUN device");
}

static bool address_4(int fd, const struct ifreq *device)
{
    struct ifreq request = *device;
    struct sockaddr_in addr = {.sin_family = AF_INET};
    inet_pton(AF_INET, TUN_LINUX_4, &addr.sin_addr);
    memcpy(&request.ifr_addr, &addr, sizeof(addr));
    if (ioctl(fd, SIOCSIFADDR, &request) != 0) {
        return failed(TUN_LINUX_4);
    }
    inet_pton(AF_INET, "255.255.255.0", &addr.sin_addr);
    memcpy(&request.ifr_netmask, &addr, sizeof(addr));
    if (ioctl(fd, SIOCSIFNETMASK, &request) != 0) {
        return failed("a netmask");
    }
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    return ioctl(fd, SIOCSIFFLAGS, &request) == 0 || failed("the device");
}

static bool address_6(int fd, const struct ifreq *device)
{
    struct in6_ifreq request = {.ifr6_prefixlen = 64,
                                .ifr6_ifindex = (int)if_nametoindex(device->ifr_name)};
    inet_pton(AF_INET6, TUN_LINUX_6, &request.ifr6_addr);
    return ioctl(fd, SIOCSIFADDR, &request) == 0 || failed(TUN_LINUX_6);
}

static bool with_socket(int family, const struct ifreq *device,
                        bool (*act)(int fd, const struct ifreq *device))
{
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return failed("a socket");
    }
    bool ok = act(fd, device);
    close(fd);
    return ok;
}

static void *mem_alloc(void *ctx, size_t size)
{
    (void)ctx;
    return malloc(size);
}

static void mem_free(void *ctx, void *block)
{
    (void)ctx;
    free(block);
}

static bool make_host(struct tun *tun, const struct tun_options *options)
{
    struct tcpref_config config = *options->profile;
    struct tcpref_mem mem = {.alloc = mem_alloc, .free = mem_free};
    tcpref_addr v4 = {.family = 4}, v6 = {.family = 6};
    inet_pton(AF_INET, TUN_TCPREF_4, v4.bytes);
    inet_pton(AF_INET6, TUN_TCPREF_6, v6.bytes);
    config.rcvbuf = config.sndbuf = 1 << 20;
    config.gso_max = 0;
    if (getentropy(config.seed, sizeof(config.seed)) != 0) {
        return failed("entropy");
    }
    tcpref_err err = tcpref_host_new(&tun->host, &config, &mem, tun_now());
    if (err == TCPREF_OK) {
        err = tcpref_host_add_address(tun->host, &v4, 24);
    }
    if (err == TCPREF_OK) {
        err = tcpref_host_add_address(tun->host, &v6, 64);
    }
    if (err != TCPREF_OK) {
        fprintf(stderr, "a host: %s\n", tcpref_strerror(err));
    }
    return err == TCPREF_OK;
}

static void deliver_in(struct tun *tun, const void *packet, size_t len)
{
    tcpref_input(tun->host, packet, len, tun_now(), NULL);
}

static void deliver_out(struct tun *tun, const void *packet, size_t len)
{
    /* A packet that the device does not take is a packet lost. */
    if (write(tun->fd, packet, len) < 0) {
        tun->out.lost++;
    }
}

struct tun *tun_open(const struct tun_options *options)
{
    struct ifreq device;
    struct tun *tun = calloc(1, sizeof(*tun));
    if (tun == NULL) {
        failed("memory");
        return NULL;
    }
    tun->fd = -1;
    tun->loss = (uint64_t)(options->loss / 100 * 4294967296.0);
    tun->reorder = (uint64_t)(options->reorder / 100 * 4294967296.0);
    tun->in.deliver = deliver_in;
    tun->in.random = options->seed * 2;
    tun->out.deliver = deliver_out;
    tun->out.random = options->seed * 2 + 1;
    if (!enter_namespace() || !open_device(tun, &device) ||
        !with_socket(AF_INET, &device, address_4) || !with_socket(AF_INET6, &device, address_6) ||
        !make_host(tun, options)) {
        tun_close(tun);
        return NULL;
    }
    return tun;
}

void tun_close(struct tun *tun)
{
    tcpref_host_free(tun->host);
    if (tun->fd >= 0) {
        close(tun->fd);
    }
    free(tun);
}

tcpref_host *tun_host(struct tun *tun)
{
    return tun->host;
}

/* SplitMix64, its upper half. */
static uint64_t draw(struct lane *lane)
{
    uint64_t n = lane->random += UINT64_C(0x9e3779b97f4a7c15);
    n = (n ^ (n >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    n = (n ^ (n >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (n ^ (n >> 31)) >> 32;
}

static bool hold(struct lane *lane, const void *packet, size_t len)
{
    for (size_t i = 0; i < HELD_MAX; i++) {
        struct held *held = &lane->held[i];
        if (held->len == 0) {
            memcpy(held->data, packet, len);
            held->len = len;
            held->overtakers = 1 + (unsigned)(draw(lane) % 5);
            held->due = tun_now() + HELD_FOR;
            lane->overtaken++;
            return true;
        }
    }
    return false;
}

static void let_go(struct tun *tun, struct lane *lane, struct held *held)
{
    lane->deliver(tun, held->data, held->len);
    held->len = 0;
}

static void pass(struct tun *tun, struct lane *lane, const void *packet, size_t len)
{
    lane->passed++;
    if (draw(lane) < tun->loss) {
        lane->lost++;
        return;
    }
    if (draw(lane) < tun->reorder && hold(lane, packet, len)) {
        return;
    }
    lane->deliver(tun, packet, len);
    for (size_t i = 0; i < HELD_MAX; i++) {
        struct held *held = &lane->held[i];
        if (held->len > 0 && --held->overtakers == 0) {
            let_go(tun, lane, held);
        }
    }
}

/* Lets go what was held long enough; returns when the next is. */
static tcpref_ns pass_held(struct tun *tun, struct lane *lane, tcpref_ns now)
{
    tcpref_ns next = TCPREF_NEVER;
    for (size_t i = 0; i < HELD_MAX; i++) {
        struct held *held = &lane->held[i];
        if (held->len > 0 && held->due <= now) {
            let_go(tun, lane, held);
        } else if (held->len > 0 && held->due < next) {
            next = held->due;
        }
    }
    return next;
}

static void send_packets(struct tun *tun)
{
    uint8_t packet[PACKET_MAX];
    size_t len;
    while ((len = tcpref_output(tun->host, packet, sizeof(packet), tun_now())) > 0) {
        pass(tun, &tun->out, packet, len);
    }
}

static void receive_packets(struct tun *tun)
{
    uint8_t packet[PACKET_MAX];
    for (int i = 0; i < BATCH; i++) {
        ssize_t len = read(tun->fd, packet, sizeof(packet));
        if (len <= 0) {
            break;
        }
        pass(tun, &tun->in, packet, (size_t)len);
        send_packets(tun); /* an ACK of each second segment, not of the batch */
    }
}

void tun_step(struct tun *tun, tcpref_ns max_wait)
{
    send_packets(tun);
    tcpref_ns now = tun_now();
    tcpref_ns until = now + max_wait;
    tcpref_ns moments[3] = {pass_held(tun, &tun->in, now), pass_held(tun, &tun->out, now),
                            tcpref_deadline(tun->host)};
    for (size_t i = 0; i < 3; i++) {
        until = moments[i] < until ? moments[i] : until;
    }
    tcpref_ns wait = until > now ? until - now : 0;
    struct timespec timeout = {.tv_sec = (time_t)(wait / TCPREF_SEC),
                               .tv_nsec = (long)(wait % TCPREF_SEC)};
    struct pollfd device = {.fd = tun->fd, .events = POLLIN};
    if (ppoll(&device, 1, &timeout, NULL) > 0) {
        receive_packets(tun);
    }
    tcpref_advance(tun->host, tun_now());
}

void tun_report(const struct tun *tun)
{
    const struct lane *lanes[] = {&tun->in, &tun->out};
    const char *names[] = {"to tcpref", "from tcpref"};
    for (size_t i = 0; i < 2; i++) {
        fprintf(stderr, "%s: %" PRIu64 " packets, %" PRIu64 " lost, %" PRIu64 " overtaken%s",
                names[i], lanes[i]->passed, lanes[i]->lost, lanes[i]->overtaken,
                i == 0 ? "; " : "\n");
    }
}
