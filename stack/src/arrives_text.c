/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.10.7.4, sixth to eighth: URG, text, FIN. */
#include "arrives.h"
#include "challenge.h"
#include "ecn.h"
#include "rack.h"
#include "reset.h"
#include "sack.h"
#include "scoreboard.h"
#include "state.h"
#include "window.h"

static void note_urgent(tcpref_conn *c, tcpref_seq up)
{
    if (!seq_lt(tcb_read_seq(c), up) || (c->rcv.urgent && seq_leq(up, c->rcv.up)))
        return;
    c->rcv.up = up;
    c->rcv.urgent = true;
    c->urgent_count++;
}

/* Sixth. The user is told on entering urgent mode and when its end moves on (MUST-32). */
enum step_result check_urg(struct arrival *a)
{
    tcpref_conn *c = a->c;
    const struct segment *seg = a->seg;
    if (!(seg->flags & URG) || !state_facts(c)->may_receive)
        return STEP_NEXT;
    note_urgent(c, seq_add(seg->seq, seg->up));
    return STEP_NEXT;
}

/* Cuts off what was received before; what came twice is answered at once. */
static void trim_left(tcpref_conn *c, struct segment *seg)
{
    uint32_t old = seq_ahead(c->rcv.nxt, seg->seq);
    if (old == 0)
        return;
    if (old > seg->len)
        old = seg->len;
    sack_note_old(c, seg->seq, seq_add(seg->seq, old));
    seg->text += old;
    seg->len -= old;
    seg->seq = seq_add(seg->seq, old);
    c->pending |= PENDING_ACK;
}

static bool have_recvq(tcpref_conn *c)
{
    if (c->recvq)
        return true;
    /* Room for whatever was ever offered, even if the user has shrunk the buffer since. */
    uint32_t offered = seq_ahead(c->rcv.max, c->rcv.nxt);
    c->recvq = recvq_new(&c->host->mem, offered > c->rcv.buffer ? offered : c->rcv.buffer);
    return c->recvq;
}

/* Text at RCV.NXT. */
void store_in_order(tcpref_conn *c, const struct segment *seg, uint32_t len)
{
    bool hole = c->recvq->ranges > 0;
    uint32_t before = c->recvq->used;
    /* Limit where the stream ends; else as far as what waits may reach. */
    tcpref_seq end = c->rcv.fin_known ? c->rcv.fin : seq_add(c->rcv.nxt, c->recvq->cap - before);
    if (hole)
        sack_note_filling(c, seg->seq, seq_add(seg->seq, len));
    recvq_charge(c->recvq, true, c->host->config.segment_overhead);
    const uint8_t *text = seg->text_stored ? NULL : seg->text;
    c->rcv.nxt = recvq_append(c->recvq, c->rcv.nxt, text, len, end);
    if (hole)
        c->pending |= PENDING_ACK; /* RFC 5681, 4.2 */
    else
        window_ack_text(c, len);
}

/* Text beyond a hole: kept (SHLD-31) and answered at once. */
static bool store_apart(tcpref_conn *c, const struct segment *seg, uint32_t len)
{
    sack_note_apart(c, seg->seq, seq_add(seg->seq, len));
    if (window_memory_full(c, true) ||
        !recvq_insert(c->recvq, c->rcv.nxt, seg->seq, seg->text, len))
        return false;
    recvq_charge(c->recvq, false, c->host->config.segment_overhead);
    return true;
}

/* Stores as much as there is room for. Less than all of it is answered at once. */
static bool store(tcpref_conn *c, const struct segment *seg)
{
    tcpref_seq end = seq_add(seg->seq, seg->len);
    tcpref_seq room_end = window_room_end(c);
    if (c->rcv.fin_known)
        room_end = seq_min(room_end, c->rcv.fin);
    uint32_t len = seq_ahead(seq_min(end, room_end), seg->seq);
    bool in_order = seq_eq(seg->seq, c->rcv.nxt);
    if (len < seg->len || !in_order)
        c->pending |= PENDING_ACK;
    if (len == 0 || !have_recvq(c))
        return false;
    if (!in_order)
        return store_apart(c, seg, len);
    if (window_memory_full(c, false))
        return false;
    /* Memory that text out of order holds is given up for text that is in order. */
    if (window_memory_full(c, true) && c->recvq->ranges > 0) {
        recvq_forget(c->recvq);
        c->pending |= PENDING_ACK; /* it is in a hole all the same */
    }
    store_in_order(c, seg, len);
    return true;
}

/* Seventh. */
enum step_result process_text(struct arrival *a)
{
    tcpref_conn *c = a->c;
    struct segment *seg = a->seg;
    if (seg->len == 0)
        return STEP_NEXT;
    if (!state_facts(c)->may_receive) {
        /* The peer's FIN has been taken: no text can follow it. */
        answer_unacceptable(c, seg);
        return STEP_NEXT;
    }
    ecn_take_text(c, seg);
    trim_left(c, seg);
    if (seg->len == 0)
        return STEP_NEXT;
    if (c->closed) {
        /* Nobody will read it, and the peer is to know (SHLD-3). */
        reset_peer(c);
        tcb_end(c, TCPREF_ERR_ABORTED);
        return stop(a, TCPREF_V_RESET_SENT);
    }
    if (!store(c, seg)) {
        c->pending |= PENDING_ACK;
        a->verdict = TCPREF_V_REFUSED_MEMORY;
    }
    return STEP_NEXT;
}

void restart_time_wait(tcpref_conn *c)
{
    c->timers.at[TIMER_2MSL] = c->host->now + 2 * c->host->config.msl;
}

void enter_time_wait(tcpref_conn *c)
{
    tcb_enter(c, TCPREF_TIME_WAIT);
    timers_stop_all(&c->timers);
    restart_time_wait(c);
    sendq_free(&c->sendq, &c->host->mem);
    scoreboard_free(c);
    rack_free(c);
}

/* Every octet before the peer's FIN is here: it takes effect. */
static void take_fin(tcpref_conn *c)
{
    c->rcv.nxt = seq_add(c->rcv.nxt, 1);
    c->rcv.fin_done = true;
    c->pending |= PENDING_ACK;
    if (c->recvq)
        recvq_forget(c->recvq);
    if (c->state == TCPREF_ESTABLISHED)
        tcb_enter(c, TCPREF_CLOSE_WAIT);
    else if (c->state == TCPREF_FIN_WAIT_1)
        tcb_enter(c, TCPREF_CLOSING);
    else if (c->state == TCPREF_FIN_WAIT_2)
        enter_time_wait(c);
}

/* A FIN in the window is remembered, in order or not; of several the first in the stream counts. */
static void note_fin(tcpref_conn *c, const struct segment *seg)
{
    tcpref_seq at = seq_add(seg->seq, seg->len);
    c->pending |= PENDING_ACK;
    if (seq_lt(at, c->rcv.nxt) || !seq_lt(at, c->rcv.max))
        return;
    if (!c->rcv.fin_known || seq_lt(at, c->rcv.fin))
        c->rcv.fin = at;
    c->rcv.fin_known = true;
}

/* The text stands at RCV.NXT as if it were out of order, neither acknowledged nor readable, until
 * handshake_done() joins it. */
void keep_syn_text(tcpref_conn *c, const struct segment *syn)
{
    struct rcv *r = &c->rcv;
    uint32_t len = syn->len < r->buffer ? syn->len : r->buffer;
    if (syn->flags & URG)
        note_urgent(c, seq_add(syn->seq, syn->up));
    if (len > 0) {
        if (!have_recvq(c) || !recvq_insert(c->recvq, r->nxt, r->nxt, syn->text, len))
            return;
        recvq_charge(c->recvq, false, c->host->config.segment_overhead);
    }
    if ((syn->flags & FIN) && len == syn->len) {
        r->fin = seq_add(r->nxt, len);
        r->fin_known = true;
    }
}

/* Eighth. */
enum step_result check_fin(struct arrival *a)
{
    tcpref_conn *c = a->c;
    if (!state_facts(c)->may_receive) {
        if (a->seg->flags & FIN) {
            answer_unacceptable(c, a->seg);
            if (c->state == TCPREF_TIME_WAIT)
                restart_time_wait(c);
        }
        return STEP_NEXT;
    }
    if (a->seg->flags & FIN)
        note_fin(c, a->seg);
    if (c->rcv.fin_known && seq_eq(c->rcv.nxt, c->rcv.fin))
        take_fin(c);
    return STEP_NEXT;
}
