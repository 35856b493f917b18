/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.10.7.2: SEGMENT ARRIVES in LISTEN. */
#include "arrives.h"
#include "handshake.h"
#include "reset.h"
#include "state.h"
#include "time_wait.h"
#include "window.h"

static void add_child(tcpref_listener *l, tcpref_conn *c)
{
    listener_add(l, c);
    c->released = true; /* nobody's until accepted */
    c->passive = true;
    c->rcv.buffer = l->rcvbuf;
    c->user = l->user;
}

/* Text on a SYN costs a receive buffer before anybody has shown to be there: a flood may fill few
 * of them. What is not kept comes again. */
static void take_syn_text(tcpref_listener *l, tcpref_conn *c, const struct segment *seg)
{
    if (segment_len(seg) <= 1 && !(seg->flags & URG))
        return;
    if (seg->len > 0 && l->syn_texts >= l->host->config.syn_texts)
        return;
    keep_syn_text(c, seg);
    c->syn_text = c->recvq;
    l->syn_texts += c->syn_text;
}

/* A flood of SYNs costs `half_open` records: the oldest goes, which is the likeliest forged. Where
 * memory has run out for a moment the SYN is left to come again: nobody is hurt by that. */
static tcpref_conn *new_child(tcpref_listener *l, const struct tuple *tuple)
{
    const struct tcpref_config *config = &l->host->config;
    if (l->half_open.count >= config->half_open || l->host->conns >= config->connections)
        listener_recycle(l);
    return tcb_new(l->host, tuple);
}

/* Third, check for a SYN. */
static enum tcpref_verdict take_syn(tcpref_listener *l, const struct segment *seg,
                                    const struct incarnation *before)
{
    if (listener_full(l))
        return TCPREF_V_DROP_BACKLOG;
    tcpref_conn *c = new_child(l, &seg->tuple);
    if (!c)
        return TCPREF_V_DROP_NO_MEMORY;
    if (before)
        time_wait_follow(c, before);
    add_child(l, c);
    table_add(c);
    tcb_enter(c, TCPREF_LISTEN);
    c->rcv.shift = window_shift_for(c->rcv.buffer);
    c->received_segments = 1;
    handshake_take_syn(c, seg);
    take_syn_text(l, c, seg);
    tcb_enter(c, TCPREF_SYN_RECEIVED);
    c->pending |= PENDING_SYN;
    tcb_settle(c);
    return TCPREF_V_NEW_CONNECTION;
}

enum tcpref_verdict arrives_listen(tcpref_listener *l, struct segment *seg,
                                   const struct incarnation *before)
{
    /* First, check for a RST. */
    if (seg->flags & RST)
        return TCPREF_V_DROP_RST;
    /* Second, check for an ACK. */
    if (seg->flags & ACK) {
        reset_reply(l->host, seg);
        return TCPREF_V_RESET_BAD_ACK;
    }
    if (seg->flags & SYN)
        return take_syn(l, seg, before);
    /* Fourth, other data or control. */
    return TCPREF_V_DROP_LISTEN;
}
