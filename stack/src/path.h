/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.7.2: what the path bears; RFC 1191, RFC 8201, RFC 5927, 7. */
#ifndef TCPREF_SRC_PATH_H
#define TCPREF_SRC_PATH_H

#include "icmp.h"
#include "tcb.h"

/* Room for text beside all options: no MSS is taken to be less. */
enum { PATH_MSS_MIN = 64 };

/* A new connection: the path is taken to bear what the link does. */
void path_open(tcpref_conn *c);
/* The least that a path can bear. */
uint16_t path_mtu_floor(const tcpref_conn *c);
/* The MTU of the link was `old`. */
void path_link_changed(tcpref_conn *c, uint16_t old);
/* Eff.snd.MSS from what the peer takes, the path bears and the user wants (MUST-16). */
void path_set_mss(tcpref_conn *c);

/* Whether a packet of so many octets is taken to get through whole. */
bool path_bears(const tcpref_conn *c, size_t header, size_t text);
/* An IP packet of `len` octets went out whose text ends at `end`. */
void path_sent(tcpref_conn *c, tcpref_seq end, uint32_t len, bool again);
/* SND.UNA has moved. */
void path_acked(tcpref_conn *c);
/* The retransmission timer ran out. */
void path_timeout(tcpref_conn *c);
/* Before something is sent for the first time: an old estimate is tried for an increase. */
void path_refresh(tcpref_conn *c);

/* A router says that a packet of ours was too big. */
enum tcpref_verdict path_too_big(tcpref_conn *c, const struct icmp_error *e);

#endif
