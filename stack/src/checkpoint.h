/* SPDX-License-Identifier: BSD-2-Clause */
/* Checkpoint and restore of a live connection: what the two share. */
#ifndef TCPREF_SRC_CHECKPOINT_H
#define TCPREF_SRC_CHECKPOINT_H

#include "image.h"
#include "tcb.h"

/* Every moment in the record becomes a span: an age, or for a timer the time it had left; and the
 * offset of timestamps becomes the TSval of that moment. A record on its way has no clock. */
void checkpoint_stop_clock(tcpref_conn *c, tcpref_ns now);
/* And back, by the clock of the host where it goes on. */
void checkpoint_start_clock(tcpref_conn *c, tcpref_ns now);

/* All fields but the queues, in the order of the image; reads or writes by `im`. */
void checkpoint_fields(struct image *im, tcpref_conn *c, uint16_t flags);
/* The bounds of what the receive queue holds out of order. */
void checkpoint_ranges(struct image *im, struct recvq *q);

/* Measures (`image` NULL) or writes; the record has its clock stopped. Returns the length. */
size_t checkpoint_write(const tcpref_conn *c, uint16_t flags, uint8_t *image);

/* The octets of what waits out of order at `r`. */
static inline uint32_t checkpoint_range_len(const struct seq_range *r)
{
    return seq_ahead(r->hi, r->lo);
}

#endif
