/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.3.2: what the states mean, and the only writer of the state. */
#ifndef TCPREF_SRC_STATE_H
#define TCPREF_SRC_STATE_H

#include "tcb.h"

struct state_facts {
    bool synchronized; /* both SYNs are through */
    bool may_send;     /* queued text may be sent (again) */
    bool may_receive;  /* the peer's text is welcome */
    bool user_sends;   /* the user may SEND */
};

extern const struct state_facts state_table[TCPREF_STATE_MAX];

static inline const struct state_facts *state_facts(const tcpref_conn *c)
{
    return &state_table[c->state];
}

/* The only assignment to the state; asserts that the edge is in Figure 5. */
void tcb_enter(tcpref_conn *c, enum tcpref_state state);

#endif
