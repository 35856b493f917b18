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

/* The only edge from state to state; asserts that it is in Figure 5. */
void tcb_enter(tcpref_conn *c, enum tcpref_state state);
/* A record that is made from an image takes up the state that stands there. False: not a state in
 * which a connection lives. */
bool tcb_resume(tcpref_conn *c, uint8_t state);

#endif
