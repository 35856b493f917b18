/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checkpoint of a live connection: freezing it, and its image. An ACK is a promise for every octet
 * below it (RFC 9293, 3.4): what came after the image was written must not be acknowledged by
 * anybody who does not have it, so a frozen connection takes nothing and says nothing.
 */
#include "checkpoint.h"

#include "host.h"
#include "rack.h"
#include "ring.h"
#include "scoreboard.h"
#include "state.h"

/* ---- The clock ---- */

enum { AGES = 8 };

static void ages(tcpref_conn *c, tcpref_ns *ret_age[AGES])
{
    tcpref_ns *const all[AGES] = {
        &c->rtx.since,    &c->rtx.timed_at,          &c->cc.last_sent,  &c->heard,
        &c->ts.recent_at, &c->limits.challenge_from, &c->limits.oow_at, &c->path.lowered,
    };
    for (int i = 0; i < AGES; i++)
        ret_age[i] = all[i];
}

void checkpoint_stop_clock(tcpref_conn *c, tcpref_ns now)
{
    tcpref_ns *age[AGES];
    ages(c, age);
    for (int i = 0; i < AGES; i++)
        *age[i] = now - *age[i];
    for (int i = 0; i < TIMER_MAX; i++) {
        tcpref_ns *at = &c->timers.at[i];
        if (*at != TCPREF_NEVER)
            *at = *at > now ? *at - now : 0;
    }
    c->ts.offset += (uint32_t)(now / TCPREF_MS);
    c->rtx.timed_resent = true; /* what was on the way then may come late: only TSecr can tell */
}

/* A host that has not run for as long as something is old counts it from its own beginning. */
void checkpoint_start_clock(tcpref_conn *c, tcpref_ns now)
{
    tcpref_ns *age[AGES];
    ages(c, age);
    for (int i = 0; i < AGES; i++)
        *age[i] = now > *age[i] ? now - *age[i] : 0;
    for (int i = 0; i < TIMER_MAX; i++) {
        if (c->timers.at[i] != TCPREF_NEVER)
            c->timers.at[i] += now;
    }
    c->ts.offset -= (uint32_t)(now / TCPREF_MS);
}

/* ---- The fields ---- */

static void address(struct image *im, tcpref_addr *addr)
{
    image_u8(im, &addr->family);
    for (unsigned i = 0; i < sizeof(addr->bytes); i++)
        image_u8(im, &addr->bytes[i]);
}

static void head(struct image *im, tcpref_conn *c)
{
    uint8_t state = (uint8_t)c->state;
    image_u8(im, &state);
    if (im->in && !tcb_resume(c, state))
        im->bad = true;
    address(im, &c->tuple.local);
    address(im, &c->tuple.remote);
    image_u16(im, &c->tuple.local_port);
    image_u16(im, &c->tuple.remote_port);
    image_u8(im, &c->pending);
    image_bool(im, &c->passive);
    image_bool(im, &c->closed);
    image_bool(im, &c->r1);
}

static void send_side(struct image *im, struct snd *s)
{
    image_seq(im, &s->iss);
    image_seq(im, &s->una);
    image_seq(im, &s->nxt);
    image_seq(im, &s->edge);
    image_seq(im, &s->wl1);
    image_seq(im, &s->wl2);
    image_seq(im, &s->up);
    image_u32(im, &s->max_wnd);
    image_u16(im, &s->peer_mss);
    image_u8(im, &s->shift);
    image_bool(im, &s->syn_acked);
    image_bool(im, &s->fin_queued);
    image_bool(im, &s->fin_sent);
    image_bool(im, &s->urgent);
    image_bool(im, &s->scaled);
}

/* Without RCV.MAX the window offered last has to do for it (RFC 7323, 2.4). */
static void receive_side(struct image *im, struct rcv *r, uint16_t flags)
{
    image_seq(im, &r->irs);
    image_seq(im, &r->nxt);
    image_seq(im, &r->edge);
    image_seq(im, &r->adv);
    if (flags & IMAGE_HAS_RCV_MAX)
        image_seq(im, &r->max);
    else
        r->max = seq_max(r->adv, r->nxt);
    image_seq(im, &r->acked);
    image_seq(im, &r->up);
    image_seq(im, &r->fin);
    image_u16(im, &r->syn_wnd);
    image_u32(im, &r->buffer);
    image_u32(im, &r->seg_max);
    image_u8(im, &r->full);
    image_u8(im, &r->shift);
    image_bool(im, &r->fin_known);
    image_bool(im, &r->fin_done);
    image_bool(im, &r->urgent);
}

static void retransmission(struct image *im, struct rtx *x)
{
    image_seq(im, &x->next);
    image_seq(im, &x->end);
    image_u64(im, &x->since);
    image_u64(im, &x->rto);
    image_u64(im, &x->srtt);
    image_u64(im, &x->rttvar);
    image_u16(im, &x->timeouts);
    image_seq(im, &x->timed);
    image_u64(im, &x->timed_at);
    image_bool(im, &x->timing);
    image_bool(im, &x->timed_resent);
    image_u8(im, &x->syn_timeouts);
    image_bool(im, &x->sampled);
}

static void congestion(struct image *im, struct cc *cc)
{
    image_u32(im, &cc->cwnd);
    image_u32(im, &cc->ssthresh);
    image_u32(im, &cc->counted);
    image_u32(im, &cc->limited);
    image_seq(im, &cc->rescue);
    image_u32(im, &cc->cubic.w_max);
    image_u32(im, &cc->cubic.w_prior);
    image_bool(im, &cc->cubic.timed_out);
    image_seq(im, &cc->recover);
    image_u64(im, &cc->last_sent);
    image_u8(im, &cc->dupacks);
    image_bool(im, &cc->recovering);
    image_bool(im, &cc->partial_seen);
}

static void selective(struct image *im, struct sack *s)
{
    image_bool(im, &s->ok);
    image_u8(im, &s->recents);
    for (unsigned i = 0; i < SACK_BLOCKS; i++)
        image_seq(im, &s->recent[i]);
    im->bad = im->bad || s->recents > SACK_BLOCKS;
}

static void notification(struct image *im, struct ecn *e)
{
    image_bool(im, &e->ok);
    image_bool(im, &e->plain);
    image_bool(im, &e->echo);
    image_bool(im, &e->cwr);
    image_bool(im, &e->hold);
    image_seq(im, &e->reacted);
}

static void timestamps_and_limits(struct image *im, tcpref_conn *c)
{
    image_bool(im, &c->ts.ok);
    image_u32(im, &c->ts.recent);
    image_u32(im, &c->ts.offset);
    image_u32(im, &c->ts.sent);
    image_u64(im, &c->ts.recent_at);
    image_u64(im, &c->limits.challenge_from);
    image_u64(im, &c->limits.oow_at);
    image_u16(im, &c->limits.challenges);
    image_bool(im, &c->limits.oow_sent);
}

/* Of the path only its estimate: what was learnt of single packets is not of the new path. */
static void path_and_user_timeout(struct image *im, tcpref_conn *c)
{
    image_u16(im, &c->path.mtu);
    image_u64(im, &c->path.lowered);
    image_u64(im, &c->uto.adopted);
    image_bool(im, &c->uto.due);
}

static void timers_and_counters(struct image *im, tcpref_conn *c)
{
    for (int i = 0; i < TIMER_MAX; i++)
        image_u64(im, &c->timers.at[i]);
    image_u64(im, &c->heard);
    image_u8(im, &c->persist_shift);
    image_u8(im, &c->keepalive_sent);
    image_u8(im, &c->unanswered);
    image_u64(im, &c->acked);
    image_u64(im, &c->urgent_count);
    image_u64(im, &c->sent_segments);
    image_u64(im, &c->received_segments);
    image_u64(im, &c->retransmitted);
}

static void user_options(struct image *im, struct user *u)
{
    image_u32(im, &u->sndbuf);
    image_u32(im, &u->clamp);
    image_u16(im, &u->maxseg);
    image_u64(im, &u->uto);
    image_u64(im, &u->timeout);
    image_u64(im, &u->delayed_ack);
    image_u64(im, &u->keepalive_idle);
    image_u64(im, &u->keepalive_interval);
    image_u8(im, &u->keepalive_count);
    image_u8(im, &u->ttl);
    image_u8(im, &u->dscp);
    image_bool(im, &u->nodelay);
    image_bool(im, &u->keepalive);
    image_bool(im, &u->linger_0);
    image_bool(im, &u->soft_off);
}

void checkpoint_fields(struct image *im, tcpref_conn *c, uint16_t flags)
{
    head(im, c);
    send_side(im, &c->snd);
    receive_side(im, &c->rcv, flags);
    retransmission(im, &c->rtx);
    congestion(im, &c->cc);
    selective(im, &c->sack);
    notification(im, &c->ecn);
    timestamps_and_limits(im, c);
    path_and_user_timeout(im, c);
    timers_and_counters(im, c);
    user_options(im, &c->user);
    image_u32(im, &c->sendq.len);
}

void checkpoint_ranges(struct image *im, struct recvq *q)
{
    image_u32(im, &q->used);
    image_u32(im, &q->overhead);
    image_u32(im, &q->apart_overhead);
    image_u32(im, &q->ranges);
    for (uint32_t i = 0; i < q->ranges && i < RECVQ_RANGES; i++) {
        image_seq(im, &q->range[i].lo);
        image_seq(im, &q->range[i].hi);
    }
}

/* ---- Writing ---- */

static void write_text(struct image *im, const uint8_t *ring, uint32_t cap, uint32_t at,
                       uint32_t len)
{
    uint8_t *p = image_write(im, len);
    if (p && len > 0)
        ring_read(ring, cap, at, p, len);
}

static void write_received(struct image *im, const tcpref_conn *c)
{
    const struct recvq *q = c->recvq;
    struct recvq none = {0}, bounds = q ? *q : none;
    checkpoint_ranges(im, &bounds);
    if (!q)
        return;
    write_text(im, q->ring, q->cap, q->head, q->used);
    for (uint32_t i = 0; i < q->ranges; i++) {
        uint32_t off = q->used + seq_ahead(q->range[i].lo, c->rcv.nxt);
        write_text(im, q->ring, q->cap, ring_at(q->cap, q->head, off),
                   checkpoint_range_len(&q->range[i]));
    }
}

size_t checkpoint_write(const tcpref_conn *c, uint16_t flags, uint8_t *image)
{
    tcpref_conn copy = *c;
    struct image im = {.out = image, .at = IMAGE_HEADER};
    checkpoint_fields(&im, &copy, flags);
    write_text(&im, c->sendq.ring, c->sendq.cap, c->sendq.head, c->sendq.len);
    write_received(&im, c);
    if (image)
        image_seal(image, im.at, flags);
    return im.at;
}

/* ---- Calls ---- */

/* What was only inferred, or reported without a promise (RFC 2018, 8), does not outlive the move:
 * it is found out again, at worst by the retransmission timer. */
static void forget_guesses(tcpref_conn *c)
{
    scoreboard_forget(c);
    rack_free(c);
    timer_stop(&c->timers, TIMER_RACK);
    timer_stop(&c->timers, TIMER_ECN);
    c->ecn.hold = false;
    c->pending &= (uint8_t)~PENDING_TLP;
    c->cc.frto = FRTO_OFF;
    c->cc.cubic.running = false;
    c->sack.dup_known = false;
}

/* see tcpref/conn.h */
tcpref_err tcpref_checkpoint(tcpref_conn *conn, void *image, size_t cap, size_t *ret_len)
{
    if (conn->state == TCPREF_CLOSED)
        return conn->error ? conn->error : TCPREF_ERR_CLOSING;
    *ret_len = checkpoint_write(conn, IMAGE_HAS_RCV_MAX, NULL);
    if (*ret_len > cap)
        return TCPREF_ERR_NO_MEMORY;
    if (!conn->frozen) {
        conn->frozen = true;
        forget_guesses(conn);
        checkpoint_stop_clock(conn, conn->host->now);
        tcb_settle(conn);
    }
    (void)checkpoint_write(conn, IMAGE_HAS_RCV_MAX, image);
    return TCPREF_OK;
}

/* see tcpref/conn.h */
tcpref_err tcpref_thaw(tcpref_conn *conn)
{
    if (!conn->frozen)
        return TCPREF_ERR_INVALID;
    checkpoint_start_clock(conn, conn->host->now);
    conn->frozen = false;
    tcb_settle(conn);
    return TCPREF_OK;
}
