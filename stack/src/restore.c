/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Restoring a connection from its image, on this host or another. An image comes from outside: each
 * value is held against what a live connection can have before anything is made of it.
 */
#include "checkpoint.h"
#include "host.h"
#include "path.h"
#include "state.h"
#include "user.h"
#include "window.h"

#define SPAN_MAX (366 * 24 * 3600 * TCPREF_SEC)
enum { SEGMENT_MIN = 64 }; /* handshake.c takes no less */
/* A tail loss probe is a guess, and those do not outlive the move (checkpoint.c). */
enum {
    PENDING_IN_IMAGE = PENDING_SYN | PENDING_REXMIT | PENDING_PROBE | PENDING_ACK | PENDING_OVERRIDE
};
#define WINDOW_MAX (UINT32_C(1) << 30) /* RFC 7323, 2.3 */

/* An image while it is read: the record as it says, and where the queues' octets stand in it. */
struct reading {
    tcpref_conn says;
    const uint8_t *unsent, *unread;
    uint16_t flags;
    struct recvq bounds; /* its `used`, `ranges` and charges; last, as its type ends in an array */
};

#define REFUSE_UNLESS(sentence, condition)                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            return sentence;                                                                       \
    } while (0)

static const char *tuple_fault(const tcpref_host *host, const struct tuple *t)
{
    REFUSE_UNLESS("of a connection without ports", t->local_port > 0 && t->remote_port > 0);
    REFUSE_UNLESS("of a connection between two families", t->local.family == t->remote.family);
    REFUSE_UNLESS("of a connection to no single host", host_is_unicast(host, &t->remote));
    REFUSE_UNLESS("of an address that this host does not have", host_has_address(host, &t->local));
    return NULL;
}

static bool timers_possible(const struct timers *t)
{
    for (int i = 0; i < TIMER_MAX; i++) {
        if (t->at[i] != TCPREF_NEVER && t->at[i] > SPAN_MAX)
            return false;
    }
    return true;
}

static bool options_possible(const struct user *u)
{
    struct user probe;
    return user_set(&probe, TCPREF_OPT_SNDBUF, u->sndbuf) == TCPREF_OK &&
           user_set(&probe, TCPREF_OPT_WINDOW_CLAMP, u->clamp) == TCPREF_OK &&
           user_set(&probe, TCPREF_OPT_MAXSEG, u->maxseg) == TCPREF_OK &&
           user_set(&probe, TCPREF_OPT_USER_TIMEOUT_OPTION, u->uto) == TCPREF_OK &&
           user_set(&probe, TCPREF_OPT_USER_TIMEOUT, u->timeout) == TCPREF_OK &&
           user_set(&probe, TCPREF_OPT_DELAYED_ACK, u->delayed_ack) == TCPREF_OK &&
           user_set(&probe, TCPREF_OPT_KEEPALIVE_IDLE, u->keepalive_idle) == TCPREF_OK &&
           user_set(&probe, TCPREF_OPT_KEEPALIVE_INTERVAL, u->keepalive_interval) == TCPREF_OK &&
           user_set(&probe, TCPREF_OPT_KEEPALIVE_COUNT, u->keepalive_count) == TCPREF_OK &&
           user_set(&probe, TCPREF_OPT_TTL, u->ttl) == TCPREF_OK &&
           user_set(&probe, TCPREF_OPT_DSCP, u->dscp) == TCPREF_OK;
}

/* What the state says of SYN and FIN of both sides (RFC 9293, 3.3.2). */
static const char *state_fault(const tcpref_conn *c)
{
    const struct state_facts *facts = state_facts(c);
    bool syn_may_wait = !facts->synchronized || c->state == TCPREF_FIN_WAIT_1;
    bool fin_acked = c->snd.fin_sent && seq_eq(c->snd.una, c->snd.nxt);
    REFUSE_UNLESS("with a SYN that belies the state",
                  c->snd.syn_acked ? facts->synchronized : syn_may_wait);
    REFUSE_UNLESS("with a SYN that is not where it was sent",
                  c->snd.syn_acked || seq_eq(c->snd.una, c->snd.iss));
    REFUSE_UNLESS("with a SYN that is neither sent nor due", !seq_eq(c->snd.nxt, c->snd.iss) ||
                                                                 c->snd.syn_acked ||
                                                                 (c->pending & PENDING_SYN));
    REFUSE_UNLESS("that owes what cannot be owed", !(c->pending & ~(unsigned)PENDING_IN_IMAGE));
    REFUSE_UNLESS("that would send a SYN again after its ACK",
                  !c->snd.syn_acked || !(c->pending & PENDING_SYN));
    REFUSE_UNLESS("that would resend text before the SYN has its ACK",
                  c->snd.syn_acked ||
                      (!(c->pending & PENDING_REXMIT) && seq_leq(c->rtx.end, c->rtx.next)));
    REFUSE_UNLESS("with a CLOSE that belies the state",
                  facts->synchronized ? c->snd.fin_queued == !facts->user_sends
                                      : c->state != TCPREF_SYN_SENT || !c->snd.fin_queued);
    REFUSE_UNLESS("of a user who is done, without a CLOSE", !c->closed || c->snd.fin_queued);
    REFUSE_UNLESS("with a FIN that belies the state",
                  c->rcv.fin_done == (facts->synchronized && !facts->may_receive));
    REFUSE_UNLESS("with a FIN that has no ACK in a state beyond",
                  fin_acked || (c->state != TCPREF_FIN_WAIT_2 && c->state != TCPREF_TIME_WAIT));
    return NULL;
}

/* Not known, or taken at RCV.NXT - 1, or still ahead. */
static bool fin_possible(const tcpref_conn *c)
{
    const struct rcv *r = &c->rcv;
    if (!r->fin_known)
        return true;
    if (r->fin_done)
        return seq_eq(seq_add(r->fin, 1), r->nxt);
    return c->state != TCPREF_SYN_SENT && seq_leq(r->nxt, r->fin) && seq_leq(r->fin, r->max);
}

/* Comparisons modulo 2^32 tell nothing of numbers that are half the space apart. */
static bool near(tcpref_seq a, tcpref_seq b)
{
    return a.n - b.n <= WINDOW_MAX || b.n - a.n <= WINDOW_MAX;
}

static const char *number_fault(const tcpref_conn *c)
{
    const struct snd *s = &c->snd;
    const struct rcv *r = &c->rcv;
    bool met = c->state != TCPREF_SYN_SENT;
    REFUSE_UNLESS("with a window beyond all bounds",
                  s->shift <= 14 && r->shift <= 14 && seq_ahead(r->max, r->nxt) <= WINDOW_MAX);
    REFUSE_UNLESS("with numbers further apart than any window",
                  r->nxt.n - r->acked.n <= WINDOW_MAX && s->nxt.n - s->una.n <= WINDOW_MAX &&
                      near(r->nxt, r->edge) && near(r->nxt, r->adv) && near(r->nxt, r->max));
    REFUSE_UNLESS("with a window from a segment that cannot have come",
                  !met || (seq_leq(s->wl1, r->max) && seq_leq(s->wl2, s->una)));
    REFUSE_UNLESS("with a FIN where none can be", fin_possible(c));
    REFUSE_UNLESS("with a buffer beyond all bounds", r->buffer > 0 && r->buffer <= USER_BUFFER_MAX);
    REFUSE_UNLESS("with too small a segment size", !met || s->peer_mss >= SEGMENT_MIN);
    REFUSE_UNLESS("with a path that bears nothing", c->path.mtu >= path_mtu_floor(c));
    REFUSE_UNLESS("with an impossible congestion window",
                  !met || (c->cc.cwnd > 0 && c->cc.cwnd <= WINDOW_MAX));
    REFUSE_UNLESS("with something to resend that has its ACK",
                  seq_leq(s->una, c->rtx.next) && near(s->una, c->rtx.next) &&
                      seq_leq(s->una, c->rtx.end) && near(s->una, c->rtx.end));
    REFUSE_UNLESS("that would resend though all has its ACK",
                  !seq_eq(s->una, s->nxt) ||
                      !(c->pending & PENDING_REXMIT || timer_on(&c->timers, TIMER_REXMIT)));
    REFUSE_UNLESS("in a recovery that is over or not of what is in flight",
                  !c->cc.recovering ||
                      (seq_lt(s->una, c->cc.recover) && seq_leq(c->cc.recover, s->nxt)));
    REFUSE_UNLESS("with an impossible RTO", c->rtx.rto > 0 && c->rtx.rto <= SPAN_MAX &&
                                                c->rtx.srtt <= SPAN_MAX &&
                                                c->rtx.rttvar <= SPAN_MAX);
    REFUSE_UNLESS("with an impossible timer", timers_possible(&c->timers) &&
                                                  c->persist_shift <= 10 &&
                                                  c->uto.adopted <= SPAN_MAX);
    REFUSE_UNLESS("with an option that cannot be set", options_possible(&c->user));
    return NULL;
}

/* In order, disjoint, apart from RCV.NXT and from each other, and within what fits. */
static const char *ranges_fault(const struct recvq *q, tcpref_seq next)
{
    tcpref_seq end = seq_add(next, q->cap - q->used);
    tcpref_seq at = next;
    for (uint32_t i = 0; i < q->ranges; i++) {
        const struct seq_range *r = &q->range[i];
        /* Text of a SYN waits at RCV.NXT for the handshake. */
        bool apart = i == 0 ? seq_leq(at, r->lo) : seq_lt(at, r->lo);
        if (!apart || !seq_lt(r->lo, r->hi) || !seq_leq(r->hi, end))
            return "with text out of order in no order";
        at = r->hi;
    }
    return NULL;
}

/* As large as what was ever offered needs (arrives_text.c makes it so too). */
static uint32_t receive_capacity(const tcpref_conn *c, uint32_t used)
{
    uint32_t least = used + seq_ahead(c->rcv.max, c->rcv.nxt);
    return least > c->rcv.buffer ? least : c->rcv.buffer;
}

static const char *read_queues(struct image *im, struct reading *rd)
{
    struct recvq *q = &rd->bounds;
    uint32_t apart = 0;
    rd->unsent = image_read(im, rd->says.sendq.len);
    checkpoint_ranges(im, q);
    if (im->bad || q->used > USER_BUFFER_MAX || q->ranges > RECVQ_RANGES)
        return "with queues that are not in it";
    q->cap = receive_capacity(&rd->says, q->used);
    const char *fault = ranges_fault(q, rd->says.rcv.nxt);
    for (uint32_t i = 0; !fault && i < q->ranges; i++)
        apart += checkpoint_range_len(&q->range[i]);
    if (fault)
        return fault;
    q->apart = apart;
    rd->unread = image_read(im, (size_t)q->used + apart);
    if (im->bad || im->at != im->len)
        return "with queues that are not in it";
    rd->says.recvq = q;
    return NULL;
}

static const char *read_image(const tcpref_host *host, const uint8_t *image, size_t len,
                              struct reading *rd)
{
    struct image im = {.in = image, .at = IMAGE_HEADER, .len = len};
    const char *fault = image_open(image, len, &rd->flags);
    if (fault)
        return fault;
    checkpoint_fields(&im, &rd->says, rd->flags);
    if (im.bad)
        return "with values that no field can have";
    if (!fault)
        fault = tuple_fault(host, &rd->says.tuple);
    if (!fault)
        fault = number_fault(&rd->says);
    if (!fault)
        fault = state_fault(&rd->says);
    if (!fault)
        fault = read_queues(&im, rd);
    return fault ? fault : tcb_fault(&rd->says);
}

static bool fill_queues(tcpref_conn *c, const struct reading *rd)
{
    const struct tcpref_mem *mem = &c->host->mem;
    const struct recvq *from = &rd->bounds;
    uint32_t unsent = rd->says.sendq.len;
    c->sendq.len = 0;
    if (unsent > 0) {
        uint32_t room = unsent > c->user.sndbuf ? unsent : c->user.sndbuf;
        if (!sendq_reserve(&c->sendq, mem, room))
            return false;
        sendq_append(&c->sendq, rd->unsent, unsent);
    }
    if (from->used + from->apart == 0)
        return true;
    c->recvq = recvq_new(mem, from->cap);
    if (!c->recvq)
        return false;
    const uint8_t *text = rd->unread + from->used;
    (void)recvq_append(c->recvq, c->rcv.nxt, rd->unread, from->used, c->rcv.nxt);
    for (uint32_t i = 0; i < from->ranges; i++) {
        uint32_t len = checkpoint_range_len(&from->range[i]);
        (void)recvq_insert(c->recvq, c->rcv.nxt, from->range[i].lo, text, len);
        text += len;
    }
    c->recvq->overhead = from->overhead;
    c->recvq->apart_overhead = from->apart_overhead;
    return true;
}

/* What the new host cannot do as the old one did. */
static void fit_to_host(tcpref_conn *c)
{
    uint16_t estimate = c->path.mtu;
    path_open(c);
    if (estimate < c->path.mtu)
        c->path.mtu = estimate;
    if (c->snd.peer_mss > 0)
        path_set_mss(c);
    if (c->rtx.rto > c->host->config.rto_max)
        c->rtx.rto = c->host->config.rto_max;
}

static tcpref_err make(tcpref_host *host, const uint8_t *image, size_t len,
                       const struct reading *rd, tcpref_conn **ret_conn)
{
    struct image im = {.in = image, .at = IMAGE_HEADER, .len = len};
    if (table_find(host, &rd->says.tuple))
        return TCPREF_ERR_IN_USE;
    tcpref_conn *c = tcb_new(host, &rd->says.tuple);
    if (!c)
        return TCPREF_ERR_NO_MEMORY;
    checkpoint_fields(&im, c, rd->flags);
    if (!fill_queues(c, rd)) {
        c->released = true;
        tcb_end(c, TCPREF_ERR_NO_MEMORY);
        tcb_settle(c);
        return TCPREF_ERR_NO_MEMORY;
    }
    fit_to_host(c);
    checkpoint_start_clock(c, host->now);
    table_add(c);
    tcb_settle(c);
    *ret_conn = c;
    return TCPREF_OK;
}

/* see tcpref/conn.h */
tcpref_err tcpref_restore(tcpref_host *host, const void *image, size_t len, tcpref_conn **ret_conn,
                          const char **ret_why)
{
    struct reading rd = {.says = {.host = host}};
    const char *fault = read_image(host, image, len, &rd);
    if (!fault)
        return make(host, image, len, &rd, ret_conn);
    if (ret_why)
        *ret_why = fault;
    return TCPREF_ERR_IMAGE;
}
