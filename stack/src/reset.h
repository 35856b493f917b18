/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.5.2: resets. */
#ifndef TCPREF_SRC_RESET_H
#define TCPREF_SRC_RESET_H

#include "tcb.h"

/* The RST that answers a segment for which there is no connection, or with an unacceptable ACK. */
void reset_reply(tcpref_host *host, const struct segment *seg);

/* The RST that tells the peer that this side gives the connection up. */
void reset_peer(tcpref_conn *c);

#endif
