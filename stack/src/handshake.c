/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.5 and 3.7.1: what a SYN says, and the moment when the handshake is through. */
#include "handshake.h"

#include "cc.h"
#include "ecn.h"
#include "host.h"
#include "path.h"
#include "rto.h"
#include "uto.h"
#include "window.h"

/* MUST-15, 16. */
static void take_mss(tcpref_conn *c, const struct segment *seg)
{
    uint32_t mss = seg->has_mss ? seg->mss : c->tuple.local.family == 4 ? 536 : 1220;
    if (mss < PATH_MSS_MIN)
        mss = PATH_MSS_MIN;
    c->snd.peer_mss = (uint16_t)mss;
    path_set_mss(c);
}

/* RFC 7323, 2.2 and 3.2; RFC 2018, 2: an option is in force if both SYNs carry it. */
static void take_options(tcpref_conn *c, const struct segment *seg)
{
    const struct tcpref_config *config = &c->host->config;
    c->ts.ok = config->timestamps && seg->has_ts;
    if (c->ts.ok) {
        c->ts.recent = seg->tsval;
        c->ts.recent_at = c->host->now;
    }
    c->sack.ok = config->sack && seg->has_sack_ok;
    c->snd.scaled = config->window_scale && seg->has_wscale;
    c->snd.shift = c->snd.scaled ? seg->wscale : 0;
    if (!c->snd.scaled)
        c->rcv.shift = 0;
}

void handshake_take_syn(tcpref_conn *c, const struct segment *seg)
{
    struct rcv *r = &c->rcv;
    r->irs = seg->seq;
    r->nxt = seq_add(seg->seq, 1);
    r->edge = r->adv = r->max = r->acked = r->up = r->nxt;
    if (c->state == TCPREF_SYN_SENT) {
        /* Our SYN has promised this much already. */
        r->edge = r->adv = r->max = seq_add(r->nxt, r->syn_wnd);
    }
    take_options(c, seg);
    ecn_take_syn(c, seg);
    uto_take(c, seg);
    uto_announce(c);
    take_mss(c, seg);
    /* The window of a SYN is never scaled. Without an ACK it counts from the octet after our SYN.
     */
    c->snd.wl1 = seg->seq;
    c->snd.wl2 = seg->flags & ACK ? seg->ack : c->snd.iss;
    c->snd.edge = seq_add(c->snd.iss, 1U + seg->wnd);
    c->snd.max_wnd = seg->wnd;
    c->heard = c->host->now;
    cc_open(c);
}

/* Text that came with the SYN is text now, as far as it was offered room meanwhile. */
static void join_syn_text(tcpref_conn *c)
{
    struct rcv *r = &c->rcv;
    if (!c->recvq)
        return;
    tcpref_seq next = recvq_append(c->recvq, r->nxt, c->recvq->ring, 0, r->max);
    if (!seq_eq(next, r->nxt))
        c->pending |= PENDING_ACK;
    r->nxt = next;
}

void handshake_done(tcpref_conn *c)
{
    if (c->listener)
        listener_through(c);
    join_syn_text(c);
    rto_data_begins(c);
    uto_announce(c); /* on the first segment without SYN too (RFC 5482, 3) */
    cc_open(c);
    keepalive_start(c);
}
