/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 3168, 6.1: explicit congestion notification, off unless the config asks. */
#ifndef TCPREF_SRC_ECN_H
#define TCPREF_SRC_ECN_H

#include "tcb.h"

/* 6.1.1: the flags of our SYN or SYN,ACK; what the peer's says. */
uint8_t ecn_syn_flags(tcpref_conn *c);
void ecn_take_syn(tcpref_conn *c, const struct segment *seg);

/* 6.1.2: an acceptable ACK, before it is taken. */
void ecn_take_ack(tcpref_conn *c, const struct segment *seg);
/* cwnd was cut, for whatever reason. */
void ecn_reduced(tcpref_conn *c);
/* TIMER_ECN ran out. */
void ecn_expired(tcpref_conn *c);

/* 6.1.3: text in the window has come. */
void ecn_take_text(tcpref_conn *c, const struct segment *seg);

/* The marks of a segment that goes out; never on what is not new text. */
void ecn_put(tcpref_conn *c, struct segment *seg);

#endif
