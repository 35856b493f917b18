/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 5682, 2.1: F-RTO: was the timeout spurious? Two new segments ask before more goes again. */
#include "frto.h"

#include "cc.h"
#include "host.h"
#include "path.h"

void frto_timeout(tcpref_conn *c)
{
    struct cc *cc = &c->cc;
    cc->frto = FRTO_OFF;
    /* Not while something lost before is still being recovered; RACK asks by time. */
    if (!c->host->config.frto || c->rack || seq_lt(c->snd.una, cc->recover))
        return;
    cc->frto = FRTO_FIRST;
    cc->prior_cwnd = cc->cwnd;
    cc->prior_ssthresh = cc->ssthresh;
}

/* Step 2: an ACK of all that was sent again, and not of all that was in flight: new text asks. */
static void first_ack(tcpref_conn *c)
{
    bool can_ask = tcb_unsent(c) > 0 && seq_lt(c->snd.nxt, c->snd.edge);
    c->cc.frto = FRTO_OFF;
    if (seq_leq(c->cc.recover, c->snd.una) || seq_lt(c->snd.una, c->cc.frto_end) || !can_ask)
        return;
    c->cc.frto = FRTO_SECOND;
    c->pending |= PENDING_OVERRIDE; /* Nagle may be overridden */
}

/* Step 3b: what was in flight arrives after all. Nothing more goes again; of the responses in
 * RFC 4015, 3 the window is restored but lets no burst go. */
static void spurious(tcpref_conn *c)
{
    struct cc *cc = &c->cc;
    uint32_t flight = seq_ahead(c->snd.nxt, c->snd.una);
    uint32_t gentle = flight + 2U * c->snd.mss;
    cc->frto = FRTO_OFF;
    cc->ssthresh = cc->prior_ssthresh;
    cc_set_cwnd(c, gentle < cc->prior_cwnd ? gentle : cc->prior_cwnd);
    path_set_mss(c); /* segments may be larger by now: one may always go */
    cc->recover = seq_sub(c->snd.una, 1);
    c->rtx.next = c->rtx.end = c->snd.una;
}

void frto_ack(tcpref_conn *c, bool moved, bool duplicate)
{
    struct cc *cc = &c->cc;
    if (cc->frto == FRTO_OFF || (!moved && !duplicate))
        return;
    /* Step 3a allows as much: the two new ones, and the first of those that are lost. */
    if (duplicate && cc->frto == FRTO_SECOND)
        cc_set_cwnd(c, 3U * c->snd.mss);
    if (duplicate)
        cc->frto = FRTO_OFF; /* steps 2a, 3a: a true loss */
    else if (cc->frto == FRTO_FIRST)
        first_ack(c);
    else
        spurious(c);
}
