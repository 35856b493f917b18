/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 5682, 2.1: F-RTO: was the timeout spurious? */
#ifndef TCPREF_SRC_FRTO_H
#define TCPREF_SRC_FRTO_H

#include "tcb.h"

/* Step 1, before anything is changed for the timeout. */
void frto_timeout(tcpref_conn *c);
/* Steps 2 and 3, once everything else in an ACK is taken; neither: it says nothing here. */
void frto_ack(tcpref_conn *c, bool moved, bool duplicate);

#endif
