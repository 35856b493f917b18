/* SPDX-License-Identifier: BSD-2-Clause */
/* Sorted lists of disjoint runs of sequence numbers: what lies behind holes, here or at the peer.
 */
#ifndef TCPREF_SRC_RANGES_H
#define TCPREF_SRC_RANGES_H

#include "seq.h"

struct seq_range {
    tcpref_seq lo, hi; /* [lo, hi) */
};

/* Adds `new` to the `*count` runs at `range`, joining it with those that it meets or touches.
 * False: it would be one more than `max`; nothing is changed. */
bool ranges_add(struct seq_range *range, uint32_t *count, uint32_t max, struct seq_range new);

/* Takes out `n` runs from the one at `at` on. */
void ranges_drop(struct seq_range *range, uint32_t *count, uint32_t at, uint32_t n);

/* Octets in all of them. */
uint32_t ranges_octets(const struct seq_range *range, uint32_t count);

/* The first run that ends behind `seq`; `count`: there is none. */
uint32_t ranges_find(const struct seq_range *range, uint32_t count, tcpref_seq seq);

#endif
