/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 5961: ACKs that answer what is not taken, and their limit. */
#ifndef TCPREF_SRC_CHALLENGE_H
#define TCPREF_SRC_CHALLENGE_H

#include "tcb.h"

/* A challenge ACK (RFC 5961, 3.2, 4.2, 5.2). */
void challenge(tcpref_conn *c, const struct segment *seg);

/* The ACK that a segment outside the window draws (RFC 9293, 3.10.7.4, first). */
void answer_unacceptable(tcpref_conn *c, const struct segment *seg);

#endif
