/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 5681: what the rest of the stack tells the congestion controller, and asks of it. */
#ifndef TCPREF_SRC_CC_H
#define TCPREF_SRC_CC_H

#include "tcb.h"

/* The connection is open and Eff.snd.MSS known. */
void cc_open(tcpref_conn *c);
/* SND.UNA is about to move on by `len` to `ack`. */
void cc_acked(tcpref_conn *c, tcpref_seq ack, uint32_t len);
/* A duplicate ACK by the definition of RFC 5681, 2. */
void cc_duplicate(tcpref_conn *c);
/* The retransmission timer ran out. */
void cc_timeout(tcpref_conn *c);
/* New data is about to be sent: after an idle time the window starts anew (RFC 5681, 4.1). */
void cc_before_send(tcpref_conn *c);

#endif
