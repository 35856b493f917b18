/* SPDX-License-Identifier: BSD-2-Clause */
/* Header prediction: the two common cases without the eight steps. */
#ifndef TCPREF_SRC_FASTPATH_H
#define TCPREF_SRC_FASTPATH_H

#include "arrives.h"

/* Takes the segment if it is what was predicted; false: nothing was done, the steps are to be gone
 * through. */
bool fastpath(struct arrival *a);

#endif
