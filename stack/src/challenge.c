/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 5961, 7: challenge ACKs and their limit, kept by connection so that nobody learns of
 * another's. */
#include "challenge.h"

#include "host.h"

/* A sender that resends text or FIN waits for the answer: no limit holds it back. */
static bool bears_text_or_fin(const struct segment *seg)
{
    return seg->len > 0 || (seg->flags & FIN);
}

void challenge(tcpref_conn *c, const struct segment *seg)
{
    const struct tcpref_config *config = &c->host->config;
    struct limits *l = &c->limits;
    if (bears_text_or_fin(seg) && !(seg->flags & RST)) {
        c->pending |= PENDING_ACK;
        return;
    }
    if (l->challenges == 0 || c->host->now - l->challenge_from >= config->challenge_interval) {
        l->challenge_from = c->host->now;
        l->challenges = 0;
    }
    if (l->challenges < config->challenge_limit) {
        l->challenges++;
        c->pending |= PENDING_ACK;
    }
}

void answer_unacceptable(tcpref_conn *c, const struct segment *seg)
{
    struct limits *l = &c->limits;
    if (!bears_text_or_fin(seg)) {
        /* Two peers that disagree about SND.NXT would answer each other's answers for ever. */
        if (l->oow_sent && c->host->now - l->oow_at < c->host->config.oow_ack_interval)
            return;
        l->oow_sent = true;
        l->oow_at = c->host->now;
    }
    c->pending |= PENDING_ACK;
}
