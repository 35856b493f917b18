/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 5482: the user timeout option: what is advertised, and what of the peer's is adopted. */
#include "uto.h"

#include "host.h"
#include "options.h"
#include "state.h"

enum { MINUTES = 0x8000, VALUE_MAX = 0x7fff, OPTIONS_MAX = 40 };

tcpref_ns uto_in_force(const tcpref_conn *c)
{
    if (c->user.timeout > 0)
        return c->user.timeout;
    /* RFC 5482, 3.3: states that are not synchronized keep to the default. */
    return c->user.uto > 0 && state_facts(c)->synchronized ? c->uto.adopted : 0;
}

void uto_announce(tcpref_conn *c)
{
    c->uto.due = c->user.uto > 0;
}

/* Seconds as long as they fit; never zero (3.4). */
static uint16_t encode(tcpref_ns span)
{
    tcpref_ns seconds = span / TCPREF_SEC;
    if (seconds <= VALUE_MAX)
        return (uint16_t)(seconds > 0 ? seconds : 1);
    tcpref_ns minutes = seconds / 60;
    return (uint16_t)(MINUTES | (minutes < VALUE_MAX ? minutes : VALUE_MAX));
}

/* Once: a peer or a path that does not bear it does not see it again (4.1). */
void uto_put(tcpref_conn *c, struct segment *seg)
{
    if (!c->uto.due || options_len(seg) + OPTIONS_UTO_LEN > OPTIONS_MAX)
        return;
    seg->has_uto = true;
    seg->uto = encode(c->user.timeout > 0 ? c->user.timeout : c->user.uto);
    c->uto.due = false;
}

/* 3.1: min(U_LIMIT, max(ADV_UTO, REMOTE_UTO, L_LIMIT)), where L_LIMIT is above the RTO. */
static tcpref_ns bounded(const tcpref_conn *c, tcpref_ns remote)
{
    const struct tcpref_config *config = &c->host->config;
    tcpref_ns span = config->uto_lower;
    if (span <= c->rtx.rto)
        span = c->rtx.rto + 1;
    if (span < c->user.uto)
        span = c->user.uto;
    if (span < remote)
        span = remote;
    return span < config->uto_upper ? span : config->uto_upper;
}

void uto_take(tcpref_conn *c, const struct segment *seg)
{
    tcpref_ns value = seg->uto & VALUE_MAX;
    if (!seg->has_uto || value == 0 || c->user.uto == 0)
        return;
    tcpref_ns remote = value * (seg->uto & MINUTES ? 60 : 1) * TCPREF_SEC;
    if (c->user.timeout > 0) { /* CHANGEABLE is false: the user is told */
        struct tcpref_soft soft = {.kind = TCPREF_SOFT_USER_TIMEOUT, .user_timeout = remote};
        tcb_soft_error(c, &soft);
        return;
    }
    tcpref_ns adopted = bounded(c, remote);
    if (adopted == c->uto.adopted)
        return;
    c->uto.adopted = adopted;
    timer_stop(&c->timers, TIMER_USER);
    uto_announce(c);
}
