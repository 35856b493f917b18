/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.6.1; RFC 6191; RFC 7323, 5: a tuple whose last connection is in TIME-WAIT. */
#ifndef TCPREF_SRC_TIME_WAIT_H
#define TCPREF_SRC_TIME_WAIT_H

#include "tcb.h"

/* What a connection has used up: the next one with its tuple begins beyond that. */
struct incarnation {
    tcpref_seq used;
    uint32_t ts_offset;
};

/* Whether a segment for a connection in TIME-WAIT is surely the SYN of a new one. */
bool time_wait_reopens(const tcpref_conn *c, const struct segment *seg);
/* Whether an OPEN of this side may take the tuple of `c`. */
bool time_wait_yields(const tcpref_conn *c);
/* Ends the connection in TIME-WAIT, which may be gone afterwards. */
struct incarnation time_wait_end(tcpref_conn *c);
/* A connection that has sent nothing yet is the one after `before`. */
void time_wait_follow(tcpref_conn *c, const struct incarnation *before);

#endif
