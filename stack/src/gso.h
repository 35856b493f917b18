/* SPDX-License-Identifier: BSD-2-Clause */
/* Segmentation offload: several segments of new text go down as one. */
#ifndef TCPREF_SRC_GSO_H
#define TCPREF_SRC_GSO_H

#include "tcb.h"

/* How much of `len` octets that the peer's window allows goes down at once: one segment, or several
 * whole ones as far as the congestion window and the layer below allow. */
uint32_t gso_text(const tcpref_conn *c, uint32_t len, uint32_t mss, uint32_t in_flight);

#endif
