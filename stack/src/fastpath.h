/* SPDX-License-Identifier: BSD-2-Clause */
/* Header prediction: the two common cases without the eight steps. */
#ifndef TCPREF_SRC_FASTPATH_H
#define TCPREF_SRC_FASTPATH_H

#include "arrives.h"

/* Whether the segment is one of the two cases; if not, the steps are to be gone through. */
bool fastpath_predicts(const tcpref_conn *c, const struct segment *seg);
/* Whether the checksum of such a segment is right; it may have its text stored then. */
bool fastpath_sound(tcpref_conn *c, struct segment *seg);
/* Takes such a segment. */
void fastpath(struct arrival *a);

#endif
