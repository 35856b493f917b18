/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 5681: the congestion window, and the hooks behind which an algorithm stands. */
#ifndef TCPREF_SRC_CC_H
#define TCPREF_SRC_CC_H

#include "tcb.h"

#define CWND_MAX (1U << 30)

/* One congestion control algorithm. Slow start, recovery and restart after idle times are common.
 */
struct cc_algorithm {
    /* Data begins to flow; cwnd and ssthresh hold what RFC 5681, 3.1 says. */
    void (*open)(tcpref_conn *c);
    /* Congestion avoidance: `len` octets more are acknowledged, cwnd may grow. */
    void (*avoid)(tcpref_conn *c, uint32_t len);
    /* Segments were lost with `flight` octets out: the new ssthresh. */
    uint32_t (*reduce)(tcpref_conn *c, uint32_t flight);
    /* The retransmission timer ran out: the window to begin again with. */
    uint32_t (*restart)(tcpref_conn *c);
    /* New data after nothing was in flight. */
    void (*idle)(tcpref_conn *c);
    /* Whether cwnd may grow for the ACK that has come, in slow start too. */
    bool (*grows)(tcpref_conn *c);
};

extern const struct cc_algorithm cc_reno, cc_cubic, cc_none;

/* The connection is open and Eff.snd.MSS known. */
void cc_open(tcpref_conn *c);
/* `len` octets more are acknowledged, outside recovery. */
void cc_acked(tcpref_conn *c, uint32_t len);
/* Loss was found: sets ssthresh. cwnd is recovery's to set. */
void cc_reduce(tcpref_conn *c);
/* The retransmission timer ran out. */
void cc_timeout(tcpref_conn *c);
/* New data is about to be sent: after an idle time the window starts anew (RFC 5681, 4.1). */
void cc_before_send(tcpref_conn *c);

/* The path bears less than Eff.snd.MSS had it: in the initial window cwnd counts in the new one. */
void cc_mss_lowered(tcpref_conn *c, uint16_t old);

/* Sets cwnd, within bounds. */
void cc_set_cwnd(tcpref_conn *c, uint64_t cwnd);

#endif
