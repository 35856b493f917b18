/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.3.1: what holds of every connection record between events, one sentence a line. */
#include "host.h"
#include "rack.h"
#include "state.h"

static void check_send_side(const tcpref_conn *c)
{
    const struct snd *s = &c->snd;
    uint32_t in_flight = seq_ahead(s->nxt, tcb_queue_seq(c));
    TCB_ASSERT("SND.UNA =< SND.NXT", seq_leq(s->una, s->nxt));
    TCB_ASSERT("nothing is sent that was not queued", s->fin_sent || in_flight <= c->sendq.len);
    TCB_ASSERT("the FIN is the last octet sent",
               !s->fin_sent || in_flight == 0 || in_flight == c->sendq.len + 1);
    TCB_ASSERT("no FIN without CLOSE", !s->fin_sent || s->fin_queued);
    TCB_ASSERT("what is resent lies in SND.UNA..SND.NXT",
               seq_leq(c->rtx.end, s->nxt) && seq_leq(c->rtx.next, s->nxt));
    TCB_ASSERT("RACK knows when each octet in flight was sent",
               !c->rack ||
                   (seq_eq(c->rack->base, s->una) &&
                    seq_eq(c->rack->runs ? c->rack->run[c->rack->runs - 1].hi : s->una, s->nxt)));
    TCB_ASSERT("cwnd is never zero once there is something to send by",
               !state_facts(c)->may_send || c->cc.cwnd > 0);
}

static void check_receive_side(const tcpref_conn *c)
{
    const struct rcv *r = &c->rcv;
    TCB_ASSERT("the advertised edge is not beyond RCV.MAX", seq_leq(r->adv, r->max));
    TCB_ASSERT("RCV.NXT passes RCV.MAX by a FIN at most", seq_diff(r->nxt, r->max) <= 1);
    TCB_ASSERT("the last ACK sent is not ahead of RCV.NXT", seq_leq(r->acked, r->nxt));
    TCB_ASSERT("a FIN that was taken is known", !r->fin_done || r->fin_known);
    TCB_ASSERT("unread text fits its ring", !c->recvq || c->recvq->used <= c->recvq->cap);
    TCB_ASSERT("unread and waiting text fit together",
               !c->recvq || c->recvq->used + c->recvq->apart <= c->recvq->cap);
}

/* No path may leave something owed without a moment at which it is thought of again. */
static void check_liveness(const tcpref_conn *c)
{
    bool in_flight = !seq_eq(c->snd.una, c->snd.nxt);
    bool waiting =
        state_facts(c)->may_send && (tcb_unsent(c) > 0 || (c->snd.fin_queued && !c->snd.fin_sent));
    bool ready = c->plan.kind != PLAN_NONE;
    TCB_ASSERT("what is in flight is timed", !in_flight || timer_on(&c->timers, TIMER_REXMIT));
    TCB_ASSERT("what waits is ready, in flight or probed for",
               !waiting || in_flight || ready || timer_on(&c->timers, TIMER_PERSIST));
    TCB_ASSERT("TIME-WAIT ends", c->state != TCPREF_TIME_WAIT || timer_on(&c->timers, TIMER_2MSL));
}

void tcb_check(const tcpref_conn *c)
{
    if (c->state == TCPREF_CLOSED || c->state == TCPREF_LISTEN)
        return;
    check_send_side(c);
    if (c->state != TCPREF_SYN_SENT)
        check_receive_side(c);
    check_liveness(c);
}
