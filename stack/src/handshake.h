/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.5: what both ways of opening share. */
#ifndef TCPREF_SRC_HANDSHAKE_H
#define TCPREF_SRC_HANDSHAKE_H

#include "tcb.h"

/* The peer's SYN: IRS, RCV.NXT, its options, its window. */
void handshake_take_syn(tcpref_conn *c, const struct segment *seg);

/* Our SYN is acknowledged and the peer's has come: data may flow. */
void handshake_done(tcpref_conn *c);

/* Starts the keep-alive timer if the user wants it (RFC 9293, 3.8.4). */
void keepalive_start(tcpref_conn *c);
/* The keep-alive timer ran out. */
void keepalive_expired(tcpref_conn *c);

#endif
