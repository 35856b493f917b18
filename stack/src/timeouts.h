/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.10.8: timeouts. */
#ifndef TCPREF_SRC_TIMEOUTS_H
#define TCPREF_SRC_TIMEOUTS_H

#include "tcb.h"

/* Runs every timer of the connection that is due. */
void timeouts_run(tcpref_conn *c);
/* Arms or stops the user timeout as the state asks. */
void timeouts_arm_user(tcpref_conn *c);

#endif
