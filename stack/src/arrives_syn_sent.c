/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.10.7.3: SEGMENT ARRIVES in SYN-SENT. */
#include "arrives.h"
#include "handshake.h"
#include "reset.h"
#include "state.h"

/* First, check the ACK bit. */
static enum step_result first_ack(struct arrival *a)
{
    const tcpref_conn *c = a->c;
    const struct segment *seg = a->seg;
    if (!(seg->flags & ACK))
        return STEP_NEXT;
    if (seq_lt(c->snd.iss, seg->ack) && seq_leq(seg->ack, c->snd.nxt))
        return STEP_NEXT;
    if (seg->flags & RST)
        return stop(a, TCPREF_V_DROP_RST);
    reset_reply(c->host, seg);
    return stop(a, TCPREF_V_RESET_BAD_ACK);
}

/* Second, check the RST bit. The ACK field alone decides (erratum 8167). */
static enum step_result second_rst(struct arrival *a)
{
    if (!(a->seg->flags & RST))
        return STEP_NEXT;
    if (!(a->seg->flags & ACK))
        return stop(a, TCPREF_V_DROP_RST);
    tcb_end(a->c, TCPREF_ERR_REFUSED);
    return stop(a, TCPREF_V_RESET_BY_PEER);
}

/* Our SYN is acknowledged: ESTABLISHED, and what came along goes on to the sixth step. */
static void establish(struct arrival *a)
{
    tcpref_conn *c = a->c;
    acknowledge(c, a->seg);
    tcb_enter(c, TCPREF_ESTABLISHED);
    handshake_done(c);
    c->pending &= (uint8_t)~PENDING_SYN;
    c->pending |= PENDING_ACK;
    a->seg->seq = seq_add(a->seg->seq, 1);
    a->seg->flags &= (uint8_t)~SYN;
    arrives_other_from_sixth(a);
}

/* Fourth, check the SYN bit. */
static enum step_result fourth_syn(struct arrival *a)
{
    tcpref_conn *c = a->c;
    if (!(a->seg->flags & SYN))
        return stop(a, TCPREF_V_DROP_NO_SYN);
    heard(c);
    handshake_take_syn(c, a->seg);
    if (a->seg->flags & ACK) {
        establish(a);
        return STEP_DONE;
    }
    keep_syn_text(c, a->seg);
    tcb_enter(c, TCPREF_SYN_RECEIVED);
    c->pending |= PENDING_SYN;
    return STEP_DONE;
}

void arrives_syn_sent(struct arrival *a)
{
    if (first_ack(a) == STEP_NEXT && second_rst(a) == STEP_NEXT)
        fourth_syn(a);
}
