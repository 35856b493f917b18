/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 2018, 4 and RFC 2883, 4: what the receiver reports beside its ACK. */
#ifndef TCPREF_SRC_SACK_H
#define TCPREF_SRC_SACK_H

#include "tcb.h"

/* Text beyond a hole has come; called before it is stored. */
void sack_note_apart(tcpref_conn *c, tcpref_seq lo, tcpref_seq hi);
/* [lo, hi) has come at RCV.NXT while text waits behind a hole. */
void sack_note_filling(tcpref_conn *c, tcpref_seq lo, tcpref_seq hi);
/* [lo, hi) has come, and lies below RCV.NXT. */
void sack_note_old(tcpref_conn *c, tcpref_seq lo, tcpref_seq hi);

/* How many blocks the next segment will carry. */
static inline uint32_t sack_blocks(const tcpref_conn *c)
{
    uint32_t all = (c->sack.dup_known ? 1U : 0U) + (c->recvq ? c->recvq->ranges : 0);
    /* Text of the peer's SYN is held at RCV.NXT, not beyond a hole, until the handshake is over. */
    if (all == 0 || !c->sack.ok || tcb_syn_unacked(c))
        return 0;
    uint32_t max = c->ts.ok ? SACK_BLOCKS - 1 : SACK_BLOCKS;
    if (c->snd.mss < 64) /* a path that bears little is to bear text too */
        max = c->snd.mss < 24 ? 0 : 1;
    return all < max ? all : max;
}

/* Writes them to `seg`. */
void sack_report(const tcpref_conn *c, struct segment *seg);

#endif
