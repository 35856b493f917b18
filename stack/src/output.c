/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.7: what to send next and why, as one ladder of reasons. */
#include "output.h"

#include "cc.h"
#include "ecn.h"
#include "gso.h"
#include "host.h"
#include "options.h"
#include "path.h"
#include "recovery.h"
#include "rto.h"
#include "sack.h"
#include "state.h"
#include "tlp.h"
#include "uto.h"
#include "window.h"
#include "wire.h"

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* As much of the hole as makes one segment. */
static struct plan again(const tcpref_conn *c, const struct seq_range *hole)
{
    tcpref_seq seq = hole->lo;
    tcpref_seq text_end = seq_sub(c->snd.nxt, c->snd.fin_sent ? 1 : 0);
    uint32_t text = seq_ahead(seq_min(hole->hi, text_end), seq);
    struct plan plan = {.kind = PLAN_REXMIT, .seq = seq, .len = smaller(window_text_max(c), text)};
    /* The first repeat goes out as the segment did; later ones keep to the window of the newest
     * ACK, and at a closed one a single octet probes (RFC 7323, 2.4; RFC 9293, 3.8.6.1). */
    if (c->rtx.timeouts > 1) {
        uint32_t usable = seq_ahead(c->snd.edge, seq);
        plan.len = smaller(plan.len, usable > 0 ? usable : 1);
    }
    plan.fin = c->snd.fin_sent && seq_eq(seq_add(seq, plan.len), text_end);
    return plan;
}

/* What is lost goes again as the congestion window allows; the segment at SND.UNA, when it is its
 * turn, whatever it allows. */
static bool plan_resend(tcpref_conn *c, const struct seq_range *hole)
{
    struct plan plan = again(c, hole);
    if (!(c->pending & PENDING_REXMIT)) {
        if (c->path.hold)
            return false;
        if (recovery_pipe(c) + plan.len > c->cc.cwnd || seq_leq(c->snd.edge, plan.seq))
            return false;
    }
    c->plan = plan;
    return true;
}

static bool plan_new(tcpref_conn *c)
{
    uint32_t unsent = tcb_unsent(c);
    bool fin_waits = c->snd.fin_queued && !c->snd.fin_sent;
    if (unsent == 0 && !fin_waits) {
        c->cc.full = false;
        return false;
    }
    path_refresh(c);
    uint32_t usable = seq_ahead(c->snd.edge, c->snd.nxt);
    uint32_t in_flight = recovery_pipe(c);
    uint32_t len = gso_text(c, smaller(unsent, usable), window_text_max(c), in_flight);
    if (len > 0 && c->ecn.hold)
        return false;
    if (len > 0 && in_flight + len > c->cc.cwnd + recovery_allowance(c)) {
        c->cc.full = true;
        return false;
    }
    /* A FIN waits for a window like an octet of text: beyond the edge the peer would refuse it, and
     * our ACKs after it. The persist timer sees to it that the wait ends. */
    bool fin = fin_waits && len == unsent && usable > len;
    if (len > 0 ? !window_worth_sending(c, len, unsent) : !fin) {
        c->cc.full = false;
        return false;
    }
    c->plan = (struct plan){.kind = PLAN_NEW, .seq = c->snd.nxt, .len = len, .fin = fin};
    return true;
}

static bool plan_last_resort(tcpref_conn *c)
{
    struct seq_range hole;
    bool rescue;
    if (!recovery_last_resort(c, &hole, &rescue) || seq_leq(c->snd.edge, hole.lo))
        return false;
    c->plan = again(c, &hole);
    c->plan.rescue = rescue;
    return true;
}

/* RFC 8985, 7.3: new text if there is some and a window for it, else the last segment again;
 * whatever the congestion window says. */
static void plan_tail_probe(tcpref_conn *c)
{
    uint32_t usable = seq_ahead(c->snd.edge, c->snd.nxt);
    uint32_t len = smaller(smaller(tcb_unsent(c), usable), window_text_max(c));
    struct seq_range tail = rack_tail(c);
    if (len > 0)
        c->plan = (struct plan){.kind = PLAN_NEW, .seq = c->snd.nxt, .len = len};
    else
        c->plan = again(c, &tail);
}

/* NextSeg() of RFC 6675, 4; without SACK the same order. */
static bool plan_data(tcpref_conn *c)
{
    struct seq_range hole;
    if (c->pending & PENDING_TLP) {
        plan_tail_probe(c);
        return true;
    }
    if (recovery_lost(c, &hole))
        return plan_resend(c, &hole);
    return plan_new(c) || plan_last_resort(c);
}

void output_plan(tcpref_conn *c)
{
    c->plan = (struct plan){.kind = PLAN_NONE, .seq = c->snd.nxt};
    if (c->pending & PENDING_SYN) {
        c->plan.kind = PLAN_SYN;
        return;
    }
    if (tcb_sends(c) && state_facts(c)->may_send && plan_data(c))
        return;
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
    seg->has_sack_ok = first ? config->sack : c->sack.ok;
    seg->flags |= ecn_syn_flags(c);
}

static void put_header(tcpref_conn *c, struct segment *seg)
{
    *seg = (struct segment){.tuple = c->tuple, .ttl = c->user.ttl, .dscp = c->user.dscp};
    seg->seq = c->plan.seq;
    seg->ack = c->rcv.nxt;
    seg->len = c->plan.len;
    seg->flags = ACK;
    seg->has_ts = c->ts.ok;
    seg->sum_by_device = c->host->config.checksum_offload;
    if (c->plan.kind == PLAN_SYN) {
        put_syn(c, seg);
    } else {
        put_urgent(c, seg);
        sack_report(c, seg);
        ecn_put(c, seg);
    }
    if (c->plan.fin)
        seg->flags |= FIN;
    if (seg->has_ts) {
        seg->tsval = c->ts.sent = ts_clock(c);
        seg->tsecr = c->ts.recent; /* 0 until the peer's SYN has come */
    }
    uto_put(c, seg);
    seg->wnd = window_advertise(c, seg->flags & SYN);
}

/* What was handed down counts as sent, whatever the layer below says of it later. */
static void sent_new(tcpref_conn *c, uint32_t octets)
{
    cc_before_send(c);
    rack_prepare(c);
    if (c->cc.dupacks > 0 && !c->cc.recovering)
        c->cc.limited += octets;
    c->snd.nxt = seq_add(c->snd.nxt, octets);
    c->snd.fin_sent = c->snd.fin_sent || c->plan.fin;
    c->pending &= (uint8_t)~PENDING_OVERRIDE;
    rto_sent(c, c->snd.nxt);
    rack_sent(c, c->plan.seq, octets, false);
}

static void sent_again(tcpref_conn *c, uint32_t octets)
{
    c->pending &= (uint8_t)~PENDING_REXMIT;
    if (c->plan.rescue)
        c->cc.rescue = c->cc.recover;
    else {
        c->rtx.next = seq_max(c->rtx.next, seq_add(c->plan.seq, octets));
        recovery_resent(c, seq_add(c->plan.seq, octets));
    }
    if (c->cc.frto == FRTO_FIRST && seq_eq(c->plan.seq, c->snd.una))
        c->cc.frto_end = seq_add(c->plan.seq, octets);
    c->cc.last_sent = c->host->now;
    c->retransmitted++;
    rto_resent(c);
    rack_sent(c, c->plan.seq, octets, true);
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
    if ((c->pending & PENDING_TLP) && octets > 0)
        tlp_sent(c, c->plan.kind == PLAN_REXMIT);
    if (seg->flags & ACK) {
        c->pending &= (uint8_t)~PENDING_ACK;
        timer_stop(&c->timers, TIMER_DELACK);
        c->rcv.acked = c->rcv.nxt;
        c->rcv.full = 0;
        c->sack.dup_known = false; /* each is reported once (RFC 2883, 4) */
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

size_t output_emit(tcpref_conn *c, uint8_t *buf, size_t cap, uint16_t *ret_segment)
{
    struct segment seg;
    if (cap < 128)
        return 0;
    put_header(c, &seg);
    size_t header = wire_header_len(&seg);
    cut_to(c, &seg, (uint32_t)(cap - header));
    if (!ret_segment)
        cut_to(c, &seg, window_text_max(c));
    if (seg.has_uto) /* was not reckoned with in Eff.snd.MSS (3.7.1) */
        cut_to(c, &seg, window_text_max(c) - (uint32_t)OPTIONS_UTO_LEN);
    if (seg.len > 0) {
        uint32_t off = seq_ahead(seg.seq, tcb_queue_seq(c));
        put_text(c, off, buf + header, &seg);
        /* The segment that empties the queue carries PSH (MUST-61). */
        if (off + seg.len == c->sendq.len)
            seg.flags |= PSH;
    }
    uint32_t piece = smaller(seg.len, window_text_max(c));
    host_mark_fragment(c->host, &seg, path_bears(c, header, piece));
    path_sent(c, seq_add(seg.seq, seg.len), (uint32_t)header + piece, c->plan.kind == PLAN_REXMIT);
    sent(c, &seg);
    if (ret_segment)
        *ret_segment = (uint16_t)(piece < seg.len ? piece : 0);
    return wire_emit(&seg, buf);
}
