/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.8.1 and RFC 6298: the retransmission timer. */
#ifndef TCPREF_SRC_RTO_H
#define TCPREF_SRC_RTO_H

#include "tcb.h"

/* Something that ends at `end` was sent for the first time. */
void rto_sent(tcpref_conn *c, tcpref_seq end);
/* What is in flight was sent again: Karn's algorithm (RFC 6298, 3). */
void rto_resent(tcpref_conn *c);
/* An acceptable segment moved SND.UNA. */
void rto_acked(tcpref_conn *c, const struct segment *seg);
/* The timer ran out (5.5). */
void rto_back_off(tcpref_conn *c);
/* The handshake is through; its timer may have run out (5.7). */
void rto_data_begins(tcpref_conn *c);
/* Starts the timer afresh (5.3). */
void rto_restart(tcpref_conn *c);

/* The clock of TSval: 1 ms (RFC 7323, 5.4). */
uint32_t ts_clock(const tcpref_conn *c);

#endif
