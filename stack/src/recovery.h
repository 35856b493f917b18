/* SPDX-License-Identifier: BSD-2-Clause */
/* Loss recovery: by config RFC 8985 (rack.h); else RFC 6675 where SACK is agreed, RFC 6582
 * (NewReno) where it is not. */
#ifndef TCPREF_SRC_RECOVERY_H
#define TCPREF_SRC_RECOVERY_H

#include "tcb.h"

/* SND.UNA has moved on by `len` octets of text and FIN. */
void recovery_acked(tcpref_conn *c, uint32_t len);
/* An ACK that did not move it; `duplicate` by the definition of RFC 5681, 2. Without SACK. */
void recovery_duplicate(tcpref_conn *c);
/* An ACK has come and its SACK blocks are taken; `news`: they told something new. With SACK. */
void recovery_sacked(tcpref_conn *c, bool news);
/* RACK has found that something is lost; `again`: something that had been sent again. */
void recovery_found_loss(tcpref_conn *c, bool again);
/* Nothing of what is in flight and not SACKed will arrive. */
void recovery_all_lost(tcpref_conn *c);
/* The retransmission timer ran out. */
void recovery_timeout(tcpref_conn *c);

/* Octets thought to be in the network: SetPipe() of RFC 6675, 4. */
uint32_t recovery_pipe(const tcpref_conn *c);
/* How far new data may go beyond cwnd: limited transmit (RFC 3042, 2). */
uint32_t recovery_allowance(const tcpref_conn *c);
/* What is lost and to be sent again next; false: nothing is. */
bool recovery_lost(const tcpref_conn *c, struct seq_range *ret_hole);
/* What else may go again when there is nothing better to send (RFC 6675, 4, NextSeg, 3 and 4). */
bool recovery_last_resort(const tcpref_conn *c, struct seq_range *ret_hole, bool *ret_rescue);
/* What ends at `end` went again: if that was the last hole, NextSeg (4) waits for the next ACK that
 * moves SND.UNA, or it would send a second copy in the same moment. */
void recovery_resent(tcpref_conn *c, tcpref_seq end);

#endif
