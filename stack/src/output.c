/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.7: what to send next and why, as one ladder of reasons. */
#include "output.h"

#include "cc.h"
#include "host.h"
#include "options.h"
#include "path.h"
#include "rto.h"
#include "state.h"
#include "uto.h"
#include "window.h"
#include "wire.h"

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* The part of [seq, SND.NXT) that makes one segment. */
static struct plan again_from(const tcpref_conn *c, tcpref_seq seq)
{
    tcpref_seq text_end = seq_sub(c->snd.nxt, c->snd.fin_sent ? 1 : 0);
    struct plan plan = {PLAN_REXMIT, seq, smaller(c->snd.mss, seq_ahead(text_end, seq)), false};
    /* The first repeat goes out as the segment did; later ones keep to the window of the newest
     * ACK, and at a closed one a single octet probes (RFC 7323, 2.4; RFC 9293, 3.8.6.1). */
    if (c->rtx.timeouts > 1) {
        uint32_t usable = seq_ahead(c->snd.edge, seq);
        plan.len = smaller(plan.len, usable > 0 ? usable : 1);
    }
    plan.fin = c->snd.fin_sent && seq_eq(seq_add(seq, plan.len), text_end);
    return plan;
}

/* After a timeout all that was in flight goes again, as the congestion window allows. */
static bool plan_resend(tcpref_conn *c)
{
    bool head = c->pending & PENDING_REXMIT;
    tcpref_seq from = head ? c->snd.una : c->rtx.next;
    if (!head && !seq_lt(c->rtx.next, c->rtx.end))
        return false;
    struct plan plan = again_from(c, from);
    if (!head) {
        if (c->path.hold)
            return false;
        uint32_t ahead = seq_ahead(from, c->snd.una) + plan.len;
        if (ahead > c->cc.cwnd || seq_leq(c->snd.edge, from))
            return false;
    }
    c->plan = plan;
    return true;
}

static bool plan_new(tcpref_conn *c)
{
    uint32_t unsent = tcb_unsent(c);
    bool fin_waits = c->snd.fin_queued && !c->snd.fin_sent;
    if (unsent == 0 && !fin_waits)
        return false;
    path_refresh(c);
    uint32_t usable = seq_ahead(c->snd.edge, c->snd.nxt);
    uint32_t flight = seq_ahead(c->snd.nxt, c->snd.una);
    uint32_t len = smaller(smaller(unsent, usable), c->snd.mss);
    if (flight + len > c->cc.cwnd && len > 0)
        return false;
    /* A FIN waits for a window like an octet of text: beyond the edge the peer would refuse it, and
     * our ACKs after it. The persist timer sees to it that the wait ends. */
    bool fin = fin_waits && len == unsent && usable > len;
    if (len > 0 ? !window_worth_sending(c, len, unsent) : !fin)
        return false;
    c->plan = (struct plan){PLAN_NEW, c->snd.nxt, len, fin};
    return true;
}

void output_plan(tcpref_conn *c)
{
    c->plan = (struct plan){PLAN_NONE, c->snd.nxt, 0, false};
    if (c->pending & PENDING_SYN) {
        c->plan.kind = PLAN_SYN;
        return;
    }
    if (tcb_sends(c) && state_facts(c)->may_send) {
        bool resending = (c->pending & PENDING_REXMIT) || seq_lt(c->rtx.next, c->rtx.end);
        if (resending ? plan_resend(c) : plan_new(c))
            return;
    }
    if (c->pending & PENDING_PROBE) {
        c->plan.kind = PLAN_PROBE;
        c->plan.seq = seq_sub(c->snd.una, 1);
    } else if (c->pending & PENDING_ACK) {
        c->plan.kind = PLAN_ACK;
    }
}

/* RFC 9293, 3.8.5: the pointer tells the octet behind the urgent data (MUST-62). */
static void put_urgent(const tcpref_conn *c, struct segment *seg)
{
    if (!c->snd.urgent || !seq_lt(seg->seq, c->snd.up))
        return;
    seg->flags |= URG;
    seg->up = (uint16_t)smaller(seq_ahead(c->snd.up, seg->seq), 65535); /* RFC 7323, App. A */
}

static void put_syn(tcpref_conn *c, struct segment *seg)
{
    const struct tcpref_config *config = &c->host->config;
    bool first = c->state == TCPREF_SYN_SENT;
    seg->seq = c->snd.iss;
    seg->flags = first ? SYN : SYN | ACK;
    seg->has_mss = true;
    seg->mss = window_rcv_mss(c);
    seg->has_wscale = first ? config->window_scale : c->snd.scaled;
    seg->wscale = c->rcv.shift;
    seg->has_ts = first ? config->timestamps : c->ts.ok;
}

static void put_header(tcpref_conn *c, struct segment *seg)
{
    *seg = (struct segment){.tuple = c->tuple, .ttl = c->user.ttl, .dscp = c->user.dscp};
    host_mark_fragment(c->host, seg);
    seg->seq = c->plan.seq;
    seg->ack = c->rcv.nxt;
    seg->len = c->plan.len;
    seg->flags = ACK;
    seg->has_ts = c->ts.ok;
    seg->sum_by_device = c->host->config.checksum_offload;
    if (c->plan.kind == PLAN_SYN)
        put_syn(c, seg);
    else
        put_urgent(c, seg);
    if (c->plan.fin)
        seg->flags |= FIN;
    if (seg->has_ts) {
        seg->tsval = ts_clock(c);
        seg->tsecr = c->ts.recent; /* 0 until the peer's SYN has come */
    }
    uto_put(c, seg);
    seg->wnd = window_advertise(c, seg->flags & SYN);
}

/* What was handed down counts as sent, whatever the layer below says of it later. */
static void sent_new(tcpref_conn *c, uint32_t octets)
{
    cc_before_send(c);
    c->snd.nxt = seq_add(c->snd.nxt, octets);
    c->snd.fin_sent = c->snd.fin_sent || c->plan.fin;
    c->pending &= (uint8_t)~PENDING_OVERRIDE;
    rto_sent(c, c->snd.nxt);
}

static void sent_again(tcpref_conn *c, uint32_t octets)
{
    c->pending &= (uint8_t)~PENDING_REXMIT;
    c->rtx.next = seq_max(c->rtx.next, seq_add(c->plan.seq, octets));
    c->cc.last_sent = c->host->now;
    c->retransmitted++;
    rto_resent(c);
}

static void sent_syn(tcpref_conn *c)
{
    c->pending &= (uint8_t)~PENDING_SYN;
    if (seq_eq(c->snd.nxt, c->snd.iss)) {
        c->snd.nxt = seq_add(c->snd.iss, 1);
        rto_sent(c, c->snd.nxt);
    } else {
        c->retransmitted++;
        rto_resent(c);
    }
}

static void sent(tcpref_conn *c, const struct segment *seg)
{
    uint32_t octets = c->plan.len + (c->plan.fin ? 1 : 0);
    c->sent_segments++;
    if (c->plan.kind == PLAN_NEW)
        sent_new(c, octets);
    else if (c->plan.kind == PLAN_REXMIT)
        sent_again(c, octets);
    else if (c->plan.kind == PLAN_SYN)
        sent_syn(c);
    else if (c->plan.kind == PLAN_PROBE)
        c->pending &= (uint8_t)~PENDING_PROBE;
    if (seg->flags & ACK) {
        c->pending &= (uint8_t)~PENDING_ACK;
        timer_stop(&c->timers, TIMER_DELACK);
        c->rcv.acked = c->rcv.nxt;
        c->rcv.full = 0;
    }
}

/* The text is summed while it is copied: it passes through the caches once. */
static void put_text(const tcpref_conn *c, uint32_t off, uint8_t *buf, struct segment *seg)
{
    seg->text_summed = !seg->sum_by_device;
    if (seg->text_summed)
        seg->text_sum = sendq_copy_sum(&c->sendq, off, buf, seg->len);
    else
        sendq_copy(&c->sendq, off, buf, seg->len);
}

static void cut_to(tcpref_conn *c, struct segment *seg, uint32_t most)
{
    if (seg->len <= most)
        return;
    c->plan.len = seg->len = most;
    c->plan.fin = false;
    seg->flags &= (uint8_t)~FIN;
}

size_t output_emit(tcpref_conn *c, uint8_t *buf, size_t cap)
{
    struct segment seg;
    if (cap < 128)
        return 0;
    put_header(c, &seg);
    size_t header = wire_header_len(&seg);
    cut_to(c, &seg, (uint32_t)(cap - header));
    if (seg.has_uto) /* was not reckoned with in Eff.snd.MSS (3.7.1) */
        cut_to(c, &seg, c->snd.mss - (uint32_t)OPTIONS_UTO_LEN);
    if (seg.len > 0) {
        uint32_t off = seq_ahead(seg.seq, tcb_queue_seq(c));
        put_text(c, off, buf + header, &seg);
        /* The segment that empties the queue carries PSH (MUST-61). */
        if (off + seg.len == c->sendq.len)
            seg.flags |= PSH;
    }
    path_sent(c, seq_add(seg.seq, seg.len), (uint32_t)header + seg.len,
              c->plan.kind == PLAN_REXMIT);
    sent(c, &seg);
    return wire_emit(&seg, buf);
}
