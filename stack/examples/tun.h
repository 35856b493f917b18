/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpref on a TUN device: the layer below, and the clock. The device lives in a network namespace
 * made for it, with Linux at 10.0.0.1 and fd00::1 and tcpref at 10.0.0.2 and fd00::2. */
#ifndef EXAMPLES_TUN_H
#define EXAMPLES_TUN_H

#include <tcpref/tcpref.h>

#define TUN_LINUX_4  "10.0.0.1"
#define TUN_TCPREF_4 "10.0.0.2"
#define TUN_LINUX_6  "fd00::1"
#define TUN_TCPREF_6 "fd00::2"

/** What is done to packets, in both directions. */
struct tun_options {
    double loss;    /**< per cent of packets that are dropped */
    double reorder; /**< per cent of packets that up to five others overtake */
    uint64_t seed;  /**< of the choice */
    const struct tcpref_config *profile;
};

struct tun;

/** Takes -l LOSS, -r REORDER, -s SEED and -p PROFILE; false: not one of those, or no such value. */
bool tun_option(struct tun_options *options, int letter, const char *value);
/** The letters of tun_option(), as getopt() takes them, and their words. */
#define TUN_LETTERS "l:r:s:p:"
#define TUN_USAGE   "[-l LOSS%] [-r REORDER%] [-s SEED] [-p PROFILE]"
/** Loses and reorders nothing. */
extern const struct tun_options tun_defaults;

/** Moves the process to a new network namespace, opens the device there and makes the host. NULL:
 * it cannot be done; the reason was printed. */
struct tun *tun_open(const struct tun_options *options);
void tun_close(struct tun *tun);
tcpref_host *tun_host(struct tun *tun);

/** Sends what the host wants sent, waits for a packet, a timer or `max_wait`, and hands all on. */
void tun_step(struct tun *tun, tcpref_ns max_wait);

/** One line on stderr: how many packets went each way, were lost, were overtaken. */
void tun_report(const struct tun *tun);

/** The clock of the host. */
tcpref_ns tun_now(void);

#endif
