/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.8.6: managing the window. */
#include "window.h"

#include "host.h"
#include "options.h"
#include "sack.h"
#include "state.h"

uint16_t window_rcv_mss(const tcpref_conn *c)
{
    uint16_t mss = (uint16_t)(c->host->config.mtu - (c->tuple.local.family == 4 ? 40 : 60));
    return c->user.maxseg > 0 && c->user.maxseg < mss ? c->user.maxseg : mss;
}

uint8_t window_shift_for(uint32_t buffer)
{
    uint8_t shift = 0;
    while (shift < 14 && (UINT32_C(65535) << shift) < buffer)
        shift++;
    return shift;
}

/* ---- Receiver: what to offer. ---- */

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* RCV.BUFF, or the user's bound; less than one unit of the window field could never be offered. */
static uint32_t offerable(const tcpref_conn *c)
{
    uint32_t unit = UINT32_C(1) << c->rcv.shift;
    uint32_t clamp = c->user.clamp > unit ? c->user.clamp : unit;
    return c->user.clamp > 0 ? smaller(c->rcv.buffer, clamp) : c->rcv.buffer;
}

/* Octets for which there is a place in the ring. */
static uint32_t hard_room(const tcpref_conn *c)
{
    uint32_t unread = tcb_unread(c);
    return c->rcv.buffer > unread ? c->rcv.buffer - unread : 0;
}

/* Octets that memory would back if they came in one piece. What came out of order does not count:
 * it is given up if need be. */
static uint32_t soft_room(const tcpref_conn *c)
{
    uint32_t room = hard_room(c);
    uint32_t overhead = c->recvq ? c->recvq->overhead : 0;
    return room > overhead ? room - overhead : 0;
}

bool window_memory_full(const tcpref_conn *c, bool count_apart)
{
    if (!c->recvq || c->host->config.segment_overhead == 0)
        return false;
    uint64_t charged = (uint64_t)c->recvq->used + c->recvq->overhead;
    if (count_apart)
        charged += (uint64_t)c->recvq->apart + c->recvq->apart_overhead;
    return charged >= c->rcv.buffer;
}

tcpref_seq window_room_end(const tcpref_conn *c)
{
    return seq_min(c->rcv.max, seq_add(c->rcv.nxt, hard_room(c)));
}

/* RFC 9293, 3.8.6.2.2: the edge stays until it may move by min(Fr * RCV.BUFF, Eff.snd.MSS). It goes
 * back only when memory has run out (squeezed) or the user has shrunk the buffer: RFC 7323, 2.4. */
static tcpref_seq wanted_edge(const tcpref_conn *c)
{
    const struct rcv *r = &c->rcv;
    uint32_t soft = smaller(soft_room(c), offerable(c));
    uint32_t step = smaller(offerable(c) / 2, window_rcv_mss(c));
    tcpref_seq hard_edge = seq_add(r->nxt, hard_room(c));
    tcpref_seq soft_edge = seq_add(r->nxt, soft);
    tcpref_seq edge = seq_max(r->edge, r->nxt);
    /* RCV.WND is what the peer can read of it. */
    uint32_t wnd = seq_ahead(edge, r->nxt) >> r->shift << r->shift;
    if (soft == 0)
        return r->nxt;
    if (seq_lt(hard_edge, edge))
        return hard_edge;
    if (seq_diff(soft_edge, seq_add(r->nxt, wnd)) >= (int32_t)(step > 0 ? step : 1))
        edge = seq_max(edge, soft_edge);
    return seq_min(edge, seq_add(r->nxt, UINT32_C(65535) << r->shift));
}

uint16_t window_advertise(tcpref_conn *c, bool syn)
{
    struct rcv *r = &c->rcv;
    /* The window of a SYN is never scaled (RFC 7323, 2.2). */
    unsigned shift = syn ? 0 : r->shift;
    if (c->state == TCPREF_SYN_SENT) {
        uint16_t offer = (uint16_t)smaller(offerable(c), 65535);
        r->syn_wnd = offer > r->syn_wnd ? offer : r->syn_wnd;
        return offer;
    }
    r->edge = wanted_edge(c);
    uint32_t field = smaller(seq_ahead(r->edge, r->nxt) >> shift, 65535);
    r->adv = seq_add(r->nxt, field << shift);
    r->max = seq_max(r->max, r->adv);
    return (uint16_t)field;
}

bool window_changed(tcpref_conn *c)
{
    const struct rcv *r = &c->rcv;
    if (!state_facts(c)->may_receive || !state_facts(c)->synchronized)
        return false;
    if (c->pending & PENDING_ACK) /* whatever goes next tells it */
        return false;
    tcpref_seq edge = wanted_edge(c);
    uint32_t gain = seq_ahead(edge, r->adv);
    uint32_t step = smaller(offerable(c) / 2, window_rcv_mss(c));
    uint32_t offered = seq_ahead(r->adv, r->nxt);
    uint32_t would = seq_ahead(edge, r->nxt);
    bool much = gain > 0 && gain >= smaller(offerable(c) / 2, 2U * window_rcv_mss(c));
    bool reopens = offered < step && would >= step;
    if (much || reopens)
        c->pending |= PENDING_ACK;
    return much || reopens;
}

void window_ack_text(tcpref_conn *c, uint32_t len)
{
    struct rcv *r = &c->rcv;
    uint32_t mss = window_rcv_mss(c);
    /* What is longer than any segment was coalesced below: several, and no measure of one. */
    bool coalesced = len > mss;
    if (len > r->seg_max && !coalesced) {
        r->seg_max = len;
        r->full = 0;
    }
    if (len == r->seg_max)
        r->full++;
    uint32_t waiting = seq_ahead(r->nxt, r->acked);
    uint32_t two = 2U * (mss - (c->ts.ok ? 12U : 0U));
    if (coalesced || r->full >= 2 || waiting >= two || c->user.delayed_ack == 0)
        c->pending |= PENDING_ACK;
    else if (!timer_on(&c->timers, TIMER_DELACK))
        c->timers.at[TIMER_DELACK] = c->host->now + c->user.delayed_ack;
}

/* ---- Sender: what may go out. ---- */

uint32_t window_of(const tcpref_conn *c, const struct segment *seg)
{
    return (uint32_t)seg->wnd << (seg->had_syn ? 0 : c->snd.shift);
}

void window_update(tcpref_conn *c, const struct segment *seg, bool always)
{
    struct snd *s = &c->snd;
    bool newer =
        seq_lt(s->wl1, seg->seq) || (seq_eq(s->wl1, seg->seq) && seq_leq(s->wl2, seg->ack));
    if (!always && !newer)
        return;
    uint32_t wnd = window_of(c, seg);
    /* The right edge is kept, not the width: an ACK that does not update the window must not move
     * the edge beyond any that was offered (RFC 7323, 2.4). */
    s->edge = seq_add(seg->ack, wnd);
    s->wl1 = seg->seq;
    s->wl2 = seg->ack;
    if (wnd > s->max_wnd)
        s->max_wnd = wnd;
}

uint32_t window_text_max(const tcpref_conn *c)
{
    return c->snd.mss - options_sack_len(sack_blocks(c));
}

tcpref_seq window_tail(const tcpref_conn *c, tcpref_seq end)
{
    bool fin = c->snd.fin_sent && seq_eq(end, c->snd.nxt);
    return seq_sub(end, window_text_max(c) + (fin ? 1 : 0));
}

bool window_worth_sending(const tcpref_conn *c, uint32_t len, uint32_t unsent)
{
    bool idle = seq_eq(c->snd.nxt, c->snd.una);
    bool no_nagle = idle || c->user.nodelay || c->snd.fin_queued;
    if (len >= window_text_max(c))
        return true;
    if (no_nagle && len == unsent)
        return true;
    if (no_nagle && len >= c->snd.max_wnd / 2)
        return true;
    return c->pending & PENDING_OVERRIDE;
}

void window_arm_persist(tcpref_conn *c)
{
    tcpref_ns *at = &c->timers.at[TIMER_PERSIST];
    bool fin_waits = c->snd.fin_queued && !c->snd.fin_sent;
    bool waiting = tcb_sends(c) && state_facts(c)->may_send && (tcb_unsent(c) > 0 || fin_waits);
    bool in_flight = !seq_eq(c->snd.una, c->snd.nxt);
    if (!waiting || in_flight || c->plan.kind == PLAN_NEW) {
        timer_stop(&c->timers, TIMER_PERSIST);
        c->persist_shift = 0;
        return;
    }
    bool closed = seq_leq(c->snd.edge, c->snd.nxt);
    tcpref_ns gap = c->rtx.rto << c->persist_shift;
    if (gap > c->host->config.rto_max)
        gap = c->host->config.rto_max;
    if (!closed)
        gap = c->host->config.sws_override;
    if (!timer_on(&c->timers, TIMER_PERSIST) || (!closed && *at > c->host->now + gap))
        *at = c->host->now + gap;
}
