/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of the user's. */
#ifndef TCPREF_SRC_USER_H
#define TCPREF_SRC_USER_H

#include "tcb.h"

#define USER_BUFFER_MAX (1U << 30)
#define USER_MAXSEG_MIN 64

/* Sets one of those that a listener hands on; not TCPREF_OPT_RCVBUF. */
tcpref_err user_set(struct user *user, enum tcpref_option option, uint64_t value);

#endif
