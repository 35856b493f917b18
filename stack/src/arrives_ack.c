/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.10.7.4, fifth: check the ACK field. */
#include "arrives.h"
#include "challenge.h"
#include "ecn.h"
#include "frto.h"
#include "handshake.h"
#include "path.h"
#include "rack.h"
#include "recovery.h"
#include "reset.h"
#include "rto.h"
#include "scoreboard.h"
#include "state.h"
#include "uto.h"
#include "window.h"

/* Recorded only once nothing speaks against the segment: one that is dropped for its SYN or its ACK
 * must not change what TSecr says. DEVIATION: RFC 7323, App. D, does it before the window is asked.
 */
void record_timestamp(tcpref_conn *c, const struct segment *seg)
{
    if (!c->ts.ok || !seg->has_ts || seq_lt(c->rcv.acked, seg->seq))
        return;
    c->ts.recent = seg->tsval;
    c->ts.recent_at = c->host->now;
}

void heard(tcpref_conn *c)
{
    c->heard = c->host->now;
    c->keepalive_sent = c->unanswered = 0;
}

/* RFC 5961, 5.2: neither beyond what was sent, nor older than the peer's largest window. */
static bool ack_in_range(const tcpref_conn *c, tcpref_seq ack)
{
    /* Counted from the low end: half the number space away is not both before and behind. */
    tcpref_seq oldest = seq_sub(c->snd.una, c->snd.max_wnd);
    return seq_in(ack, oldest, c->snd.nxt.n - oldest.n + 1);
}

static void restart_or_stop_timers(tcpref_conn *c)
{
    c->rtx.timeouts = 0;
    c->rtx.since = c->host->now;
    c->r1 = false;
    timer_stop(&c->timers, TIMER_USER);
    if (seq_eq(c->snd.una, c->snd.nxt))
        timer_stop(&c->timers, TIMER_REXMIT);
    else if (!c->cc.recovering || !c->cc.partial_seen) /* RFC 6582, 4, the impatient variant */
        rto_restart(c);
}

/* Numbers that only matter now and then must not fall 2^31 behind: they would look ahead again. */
static void drag_along(tcpref_conn *c)
{
    tcpref_seq una = c->snd.una;
    c->rtx.next = seq_max(c->rtx.next, una);
    c->rtx.end = seq_max(c->rtx.end, una);
    c->cc.recover = seq_max(c->cc.recover, seq_sub(una, 1));
    c->cc.rescue = seq_max(c->cc.rescue, una);
    c->ecn.reacted = seq_max(c->ecn.reacted, seq_sub(una, 1));
    if (!c->snd.urgent)
        c->snd.up = una;
}

void acknowledge(tcpref_conn *c, const struct segment *seg)
{
    struct snd *s = &c->snd;
    uint32_t octets = seq_ahead(seg->ack, tcb_queue_seq(c));
    bool data_moves = !tcb_syn_unacked(c) || octets > 0;
    rto_acked(c, seg);
    uint32_t text = octets < c->sendq.len ? octets : c->sendq.len; /* the FIN has no octet */
    sendq_drop(&c->sendq, text);
    c->acked += text;
    s->una = seg->ack;
    s->syn_acked = true;
    path_acked(c);
    if (s->urgent && seq_leq(s->up, s->una))
        s->urgent = false;
    drag_along(c);
    scoreboard_trim(c);
    if (data_moves)
        recovery_acked(c, octets);
    if (seq_eq(s->una, s->nxt))
        c->pending &= (uint8_t) ~(PENDING_REXMIT | PENDING_TLP);
    restart_or_stop_timers(c);
}

/* RFC 5681, 2. */
static bool is_duplicate(const tcpref_conn *c, const struct segment *seg)
{
    tcpref_seq edge = seq_add(seg->ack, window_of(c, seg));
    return seq_eq(seg->ack, c->snd.una) && !seq_eq(c->snd.una, c->snd.nxt) && seg->len == 0 &&
           !(seg->flags & (SYN | FIN)) && seq_eq(edge, c->snd.edge);
}

/* What ESTABLISHED does with an ACK, and every later state with it. */
static void take_ack(tcpref_conn *c, const struct segment *seg, bool establishes)
{
    tcpref_seq una = c->snd.una;
    bool fresh = seq_leq(una, seg->ack);
    bool moves = seq_lt(una, seg->ack);
    bool duplicate = is_duplicate(c, seg);
    if (fresh)
        ecn_take_ack(c, seg);
    if (moves)
        acknowledge(c, seg);
    else if (duplicate && !c->sack.ok)
        recovery_duplicate(c);
    if (c->rack)
        rack_acked(c, seg, moves, duplicate && seg->sacks == 0);
    else if (c->sack.ok)
        recovery_sacked(c, scoreboard_update(c, seg) > 0);
    if (fresh)
        window_update(c, seg, establishes);
    frto_ack(c, moves, duplicate);
}

/* SYN-RECEIVED, or FIN-WAIT-1 reached from there: is this the ACK of our SYN? */
static enum step_result check_ack_of_syn(struct arrival *a)
{
    tcpref_conn *c = a->c;
    const struct segment *seg = a->seg;
    if (!seq_lt(c->snd.una, seg->ack) || !seq_leq(seg->ack, c->snd.nxt)) {
        reset_reply(c->host, seg);
        return stop(a, TCPREF_V_RESET_BAD_ACK);
    }
    if (c->state == TCPREF_SYN_RECEIVED) {
        tcb_enter(c, TCPREF_ESTABLISHED);
        if (c->snd.fin_queued) /* the user's CLOSE waited for this (3.10.4) */
            tcb_enter(c, TCPREF_FIN_WAIT_1);
    }
    c->pending &= (uint8_t)~PENDING_SYN;
    take_ack(c, seg, true);
    handshake_done(c);
    return STEP_NEXT;
}

/* What the acknowledgment of our FIN means to each state. */
static enum step_result after_ack(struct arrival *a)
{
    tcpref_conn *c = a->c;
    bool fin_acked = c->snd.fin_sent && seq_eq(c->snd.una, c->snd.nxt);
    if (c->state == TCPREF_FIN_WAIT_1 && fin_acked) {
        tcb_enter(c, TCPREF_FIN_WAIT_2);
        if (c->closed)
            c->timers.at[TIMER_2MSL] = c->host->now + c->host->config.fin_wait_2;
    } else if (c->state == TCPREF_CLOSING && fin_acked) {
        enter_time_wait(c);
    } else if (c->state == TCPREF_CLOSING) {
        if (a->seg->len > 0 || (a->seg->flags & FIN))
            answer_unacceptable(c, a->seg);
        return STEP_DONE;
    } else if (c->state == TCPREF_LAST_ACK && fin_acked) {
        tcb_end(c, TCPREF_OK);
        return STEP_DONE;
    }
    return STEP_NEXT;
}

enum step_result check_ack(struct arrival *a)
{
    tcpref_conn *c = a->c;
    const struct segment *seg = a->seg;
    if (!(seg->flags & ACK))
        return stop(a, TCPREF_V_DROP_NO_ACK);
    if (tcb_syn_unacked(c)) {
        if (check_ack_of_syn(a) == STEP_DONE)
            return STEP_DONE;
    } else {
        if (!ack_in_range(c, seg->ack)) {
            challenge(c, seg);
            return stop(a, TCPREF_V_CHALLENGE_ACK);
        }
        take_ack(c, seg, false);
    }
    record_timestamp(c, seg);
    uto_take(c, seg);
    heard(c);
    return after_ack(a);
}
