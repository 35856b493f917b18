/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.8.6: windows of both directions, silly windows, delayed ACKs, zero-window probes. */
#ifndef TCPREF_SRC_WINDOW_H
#define TCPREF_SRC_WINDOW_H

#include "tcb.h"

/* Largest segment we say we take: what the network below can reassemble (MUST-67). */
uint16_t window_rcv_mss(const tcpref_conn *c);
/* The shift to offer for a buffer of so many octets (RFC 7323, 2.3). */
uint8_t window_shift_for(uint32_t buffer);

/* The window field of the segment about to be sent; what it promises is kept. */
uint16_t window_advertise(tcpref_conn *c, bool syn);
/* The user has read, or changed the buffer: tells the peer if it is worth it (3.8.6.2.2). False: it
 * is not, and nothing has changed. */
bool window_changed(tcpref_conn *c);

/* Where text may be stored: behind it there is no room. */
tcpref_seq window_room_end(const tcpref_conn *c);
/* Whether memory has run out for one more segment. */
bool window_memory_full(const tcpref_conn *c, bool count_apart);

/* Text came in order: an ACK now, or later (3.8.6.3). */
void window_ack_text(tcpref_conn *c, uint32_t len);

/* The window that a segment offers, in octets. */
uint32_t window_of(const tcpref_conn *c, const struct segment *seg);
/* The send window from an acceptable segment, if it is newer (3.10.7.4, fifth). */
void window_update(tcpref_conn *c, const struct segment *seg, bool always);

/* Text of a full segment if it went out now: SACK blocks take their part of Eff.snd.MSS. */
uint32_t window_text_max(const tcpref_conn *c);
/* Where a full segment begins that ends at `end`, with the FIN if that is where it was sent. */
tcpref_seq window_tail(const tcpref_conn *c, tcpref_seq end);
/* Whether `len` octets are worth a segment now: SWS avoidance and Nagle (3.8.6.2.1, 3.7.4). */
bool window_worth_sending(const tcpref_conn *c, uint32_t len, uint32_t unsent);

/* Arms or stops the persist timer as the state asks (3.8.6.1). */
void window_arm_persist(tcpref_conn *c);

#endif
