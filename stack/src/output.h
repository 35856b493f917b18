/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.7: what to send next, and sending it. */
#ifndef TCPREF_SRC_OUTPUT_H
#define TCPREF_SRC_OUTPUT_H

#include "tcb.h"

/* Decides what goes out next; c->plan tells. Changes nothing else. */
void output_plan(tcpref_conn *c);

/* Writes what is planned as a packet. Returns its length; 0: `cap` is too small. `ret_segment`:
 * text of each piece if several segments go as one, else 0; NULL: one at a time. */
size_t output_emit(tcpref_conn *c, uint8_t *buf, size_t cap, uint16_t *ret_segment);

#endif
