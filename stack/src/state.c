/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.3.2: states, their meaning and the legal edges of Figure 5. */
#include "state.h"

/* clang-format off */
const struct state_facts state_table[TCPREF_STATE_MAX] = {
    /*                        synchronized  may_send  may_receive  user_sends */
    [TCPREF_CLOSED]       = { false,        false,    false,       false },
    [TCPREF_LISTEN]       = { false,        false,    false,       false },
    [TCPREF_SYN_SENT]     = { false,        false,    false,       true  },
    [TCPREF_SYN_RECEIVED] = { false,        false,    false,       true  },
    [TCPREF_ESTABLISHED]  = { true,         true,     true,        true  },
    [TCPREF_FIN_WAIT_1]   = { true,         true,     true,        false },
    [TCPREF_FIN_WAIT_2]   = { true,         false,    true,        false },
    [TCPREF_CLOSE_WAIT]   = { true,         true,     false,       true  },
    [TCPREF_CLOSING]      = { true,         true,     false,       false },
    [TCPREF_LAST_ACK]     = { true,         true,     false,       false },
    [TCPREF_TIME_WAIT]    = { true,         false,    false,       false },
};

#define TO(state) (1U << (state))
/* Every state leads to CLOSED: by ABORT, a reset or a timeout. */
static const uint16_t edges[TCPREF_STATE_MAX] = {
    [TCPREF_CLOSED]       = TO(TCPREF_LISTEN) | TO(TCPREF_SYN_SENT),
    [TCPREF_LISTEN]       = TO(TCPREF_CLOSED) | TO(TCPREF_SYN_RECEIVED),
    [TCPREF_SYN_SENT]     = TO(TCPREF_CLOSED) | TO(TCPREF_SYN_RECEIVED) | TO(TCPREF_ESTABLISHED),
    [TCPREF_SYN_RECEIVED] = TO(TCPREF_CLOSED) | TO(TCPREF_ESTABLISHED) | TO(TCPREF_FIN_WAIT_1),
    [TCPREF_ESTABLISHED]  = TO(TCPREF_CLOSED) | TO(TCPREF_FIN_WAIT_1) | TO(TCPREF_CLOSE_WAIT),
    [TCPREF_FIN_WAIT_1]   = TO(TCPREF_CLOSED) | TO(TCPREF_FIN_WAIT_2) | TO(TCPREF_CLOSING),
    [TCPREF_FIN_WAIT_2]   = TO(TCPREF_CLOSED) | TO(TCPREF_TIME_WAIT),
    [TCPREF_CLOSE_WAIT]   = TO(TCPREF_CLOSED) | TO(TCPREF_LAST_ACK),
    [TCPREF_CLOSING]      = TO(TCPREF_CLOSED) | TO(TCPREF_TIME_WAIT),
    [TCPREF_LAST_ACK]     = TO(TCPREF_CLOSED),
    [TCPREF_TIME_WAIT]    = TO(TCPREF_CLOSED),
};
/* clang-format on */

bool tcb_resume(tcpref_conn *c, uint8_t state)
{
    bool live = state < TCPREF_STATE_MAX && state != TCPREF_CLOSED && state != TCPREF_LISTEN;
    if (live)
        c->state = (enum tcpref_state)state;
    return live;
}

void tcb_enter(tcpref_conn *c, enum tcpref_state state)
{
    TCB_ASSERT("the edge is one of Figure 5", edges[c->state] & TO(state));
    c->state = state;
}
