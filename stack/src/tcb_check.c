/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.3.1: what holds of every connection record between events, one sentence a line. */
#include "host.h"
#include "rack.h"
#include "state.h"

/* Each list of sentences is used twice: as asserts, and as reasons to refuse a record. */

#define SEND_SIDE(HOLDS)                                                                           \
    HOLDS("SND.UNA =< SND.NXT", seq_leq(s->una, s->nxt));                                          \
    HOLDS("nothing is sent that was not queued", s->fin_sent || in_flight <= c->sendq.len);        \
    HOLDS("the FIN is the last octet sent",                                                        \
          !s->fin_sent || in_flight == 0 || in_flight == c->sendq.len + 1);                        \
    HOLDS("no FIN without CLOSE", !s->fin_sent || s->fin_queued);                                  \
    HOLDS("what is resent lies in SND.UNA..SND.NXT",                                               \
          seq_leq(c->rtx.end, s->nxt) && seq_leq(c->rtx.next, s->nxt));                            \
    HOLDS("RACK knows when each octet in flight was sent",                                         \
          !c->rack ||                                                                              \
              (seq_eq(c->rack->base, s->una) &&                                                    \
               seq_eq(c->rack->runs ? c->rack->run[c->rack->runs - 1].hi : s->una, s->nxt)));      \
    HOLDS("cwnd is never zero once there is something to send by",                                 \
          !state_facts(c)->may_send || c->cc.cwnd > 0)

#define RECEIVE_SIDE(HOLDS)                                                                        \
    HOLDS("the advertised edge is not beyond RCV.MAX", seq_leq(r->adv, r->max));                   \
    HOLDS("RCV.NXT passes RCV.MAX by a FIN at most", seq_diff(r->nxt, r->max) <= 1);               \
    HOLDS("the last ACK sent is not ahead of RCV.NXT", seq_leq(r->acked, r->nxt));                 \
    HOLDS("a FIN that was taken is known", !r->fin_done || r->fin_known);                          \
    HOLDS("unread text fits its ring", !c->recvq || c->recvq->used <= c->recvq->cap);              \
    HOLDS("unread and waiting text fit together",                                                  \
          !c->recvq || c->recvq->used + c->recvq->apart <= c->recvq->cap)

/* No path may leave something owed without a moment at which it is thought of again. */
#define IN_FLIGHT(HOLDS)                                                                           \
    HOLDS("what is in flight is timed", !in_flight || timer_on(&c->timers, TIMER_REXMIT));         \
    HOLDS("TIME-WAIT ends", c->state != TCPREF_TIME_WAIT || timer_on(&c->timers, TIMER_2MSL))

#define ASSERT(sentence, condition) TCB_ASSERT(sentence, condition)
#define REFUSE(sentence, condition)                                                                \
    do {                                                                                           \
        if (!(condition))                                                                          \
            return sentence;                                                                       \
    } while (0)

static uint32_t octets_in_flight(const tcpref_conn *c)
{
    return seq_ahead(c->snd.nxt, tcb_queue_seq(c));
}

static void check_send_side(const tcpref_conn *c)
{
    const struct snd *s = &c->snd;
    uint32_t in_flight = octets_in_flight(c);
    SEND_SIDE(ASSERT);
}

static void check_receive_side(const tcpref_conn *c)
{
    const struct rcv *r = &c->rcv;
    RECEIVE_SIDE(ASSERT);
}

static void check_liveness(const tcpref_conn *c)
{
    bool in_flight = !seq_eq(c->snd.una, c->snd.nxt);
    bool waiting =
        state_facts(c)->may_send && (tcb_unsent(c) > 0 || (c->snd.fin_queued && !c->snd.fin_sent));
    bool ready = c->plan.kind != PLAN_NONE;
    IN_FLIGHT(ASSERT);
    TCB_ASSERT("what waits is ready, in flight or probed for",
               !waiting || in_flight || ready || timer_on(&c->timers, TIMER_PERSIST));
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

static const char *send_fault(const tcpref_conn *c)
{
    const struct snd *s = &c->snd;
    uint32_t in_flight = octets_in_flight(c);
    SEND_SIDE(REFUSE);
    return NULL;
}

static const char *receive_fault(const tcpref_conn *c)
{
    const struct rcv *r = &c->rcv;
    if (c->state == TCPREF_SYN_SENT)
        return NULL;
    RECEIVE_SIDE(REFUSE);
    return NULL;
}

const char *tcb_fault(const tcpref_conn *c)
{
    bool in_flight = !seq_eq(c->snd.una, c->snd.nxt);
    const char *fault = send_fault(c);
    if (!fault)
        fault = receive_fault(c);
    if (fault)
        return fault;
    IN_FLIGHT(REFUSE);
    return NULL;
}
