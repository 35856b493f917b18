/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 5482: the user timeout option. */
#ifndef TCPREF_SRC_UTO_H
#define TCPREF_SRC_UTO_H

#include "tcb.h"

/* USER_TIMEOUT in force now; 0: R2 decides. */
tcpref_ns uto_in_force(const tcpref_conn *c);
/* The option goes on the next segment. */
void uto_announce(tcpref_conn *c);
/* Puts it on `seg` if it is due and there is room. */
void uto_put(tcpref_conn *c, struct segment *seg);
/* REMOTE_UTO from a segment that has passed every check. */
void uto_take(tcpref_conn *c, const struct segment *seg);

#endif
