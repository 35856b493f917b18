/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 3168, 6.1: explicit congestion notification, off unless the config asks. */
#include "ecn.h"

#include "cc.h"
#include "host.h"

uint8_t ecn_syn_flags(tcpref_conn *c)
{
    if (c->state != TCPREF_SYN_SENT)
        return c->ecn.ok ? ECE : 0;
    /* 6.1.1.1: middleboxes have eaten such SYNs; one that is sent again goes without. */
    bool setup = c->host->config.ecn && c->rtx.timeouts == 0;
    c->ecn.plain = c->ecn.plain || !setup;
    return setup ? ECE | CWR : 0;
}

void ecn_take_syn(tcpref_conn *c, const struct segment *seg)
{
    uint8_t both = seg->flags & (ECE | CWR);
    /* A SYN,ACK with both is a reflection of ours (6.1.1.2). */
    uint8_t setup = seg->flags & ACK ? ECE : ECE | CWR;
    c->ecn.ok = c->host->config.ecn && both == setup;
}

/* Who has ever sent a SYN that did not ask sets no ECT (6.1.1). */
static bool may_mark(const tcpref_conn *c)
{
    return c->ecn.ok && !c->ecn.plain;
}

/* 6.1.2: like a loss, once for what was in flight. At one segment the timer paces. */
static void react(tcpref_conn *c)
{
    struct cc *cc = &c->cc;
    uint32_t mss = c->snd.mss;
    if (cc->cwnd <= mss) {
        c->ecn.hold = true;
        c->timers.at[TIMER_ECN] = c->host->now + c->rtx.rto;
    }
    cc_reduce(c);
    if (cc->cwnd <= 2 * mss)
        cc->cwnd = mss;
    else if (cc->cwnd > cc->ssthresh)
        cc->cwnd = cc->ssthresh;
    c->ecn.reacted = c->snd.nxt;
}

void ecn_take_ack(tcpref_conn *c, const struct segment *seg)
{
    struct ecn *e = &c->ecn;
    e->echoed = may_mark(c) && (seg->flags & (ECE | SYN)) == ECE;
    bool answered = c->cc.recovering || seq_lt(c->snd.una, c->cc.recover);
    if (e->echoed && !answered && seq_lt(e->reacted, seg->ack))
        react(c);
}

void ecn_reduced(tcpref_conn *c)
{
    c->ecn.cwr = may_mark(c);
}

void ecn_expired(tcpref_conn *c)
{
    c->ecn.hold = false;
}

void ecn_take_text(tcpref_conn *c, const struct segment *seg)
{
    if (!c->ecn.ok)
        return;
    if (seg->flags & CWR)
        c->ecn.echo = false;
    if (seg->ecn == ECN_CE)
        c->ecn.echo = true;
}

void ecn_put(tcpref_conn *c, struct segment *seg)
{
    if (c->ecn.ok && c->ecn.echo)
        seg->flags |= ECE;
    if (!may_mark(c) || c->plan.kind != PLAN_NEW || seg->len == 0)
        return;
    seg->ecn = ECN_ECT0;
    if (c->ecn.cwr)
        seg->flags |= CWR;
    c->ecn.cwr = false;
}
