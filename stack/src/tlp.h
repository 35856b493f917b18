/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 8985, 7: the tail loss probe. */
#ifndef TCPREF_SRC_TLP_H
#define TCPREF_SRC_TLP_H

#include "rack.h"

/* 7.2: new text went out, or SND.UNA moved: the probe waits from now. */
void tlp_arm(tcpref_conn *c);
/* The probe's time has come, or there is nothing to probe for any more. */
void tlp_expired(tcpref_conn *c);
void tlp_stop_unless_wanted(tcpref_conn *c);
/* 7.1: recovery begins, and what the probe was to tell is known. */
void tlp_forget(tcpref_conn *c);
/* 7.3: the probe went out; `again`: as a copy of the last segment. */
void tlp_sent(tcpref_conn *c, bool again);
/* 7.4: was it the probe that repaired the loss? */
void tlp_acked(tcpref_conn *c, const struct segment *seg, bool dsack, bool duplicate);

#endif
