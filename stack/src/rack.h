/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 8985: RACK-TLP: loss found by time, and a probe of the tail. */
#ifndef TCPREF_SRC_RACK_H
#define TCPREF_SRC_RACK_H

#include "tcb.h"

/* Bounds memory and work: beyond it, runs are told apart less finely, and are found lost later. */
enum { RACK_RUNS = 128 };

/* When a segment went, as which of all (a moment may see many, the first of them again), and where
 * it ended. */
struct sending {
    tcpref_ns at;
    uint32_t nth;
    tcpref_seq end;
};

/* Consecutive octets that were sent at one moment and fared alike. */
struct rack_run {
    tcpref_seq hi; /* it begins where the one before ends */
    bool delivered, lost, resent;
    tcpref_ns at; /* when it was sent last */
    uint32_t nth;
};

struct rack {
    tcpref_seq base; /* where the first run begins: SND.UNA */
    uint32_t runs;
    struct rack_run run[RACK_RUNS];

    /* Of what was delivered the one sent last (6.2, step 2). */
    struct sending newest;
    tcpref_ns rtt, min_rtt, min_rtt_at;
    bool any_delivered;

    /* The reordering window (6.2, steps 3 and 4). */
    tcpref_seq fack, dsack_round;
    bool reordering, dsack_seen;
    uint8_t mult, persist;

    /* The tail loss probe (7). */
    tcpref_seq tlp_end;
    bool tlp_armed; /* TIMER_RACK stands for the probe, not for the reordering window */
    bool tlp_out, tlp_again, sampled; /* sampled: a round-trip time since the last probe */
};

/* New text is about to go; makes the record if this connection is to have one. */
void rack_prepare(tcpref_conn *c);
/* [SEG.SEQ, SEG.SEQ + octets) went out. */
void rack_sent(tcpref_conn *c, tcpref_seq seq, uint32_t octets, bool again);
/* An ACK was taken. `moved`: SND.UNA is new; `duplicate`: neither it nor a block said anything. */
void rack_acked(tcpref_conn *c, const struct segment *seg, bool moved, bool duplicate);
/* Recovery is over. */
void rack_recovered(tcpref_conn *c);
/* The retransmission timer ran out (6.3). */
void rack_timeout(tcpref_conn *c);
/* All that is not delivered is lost. */
void rack_all_lost(tcpref_conn *c);
/* TIMER_RACK ran out: time to look again, or to probe. */
void rack_expired(tcpref_conn *c);

/* Octets in the network. */
uint32_t rack_pipe(const tcpref_conn *c);
/* The first that is lost and was not sent again. */
bool rack_lost(const tcpref_conn *c, struct seq_range *ret_hole);
/* What the probe is, if it is not new text. */
struct seq_range rack_tail(const tcpref_conn *c);

void rack_free(tcpref_conn *c);

#endif
