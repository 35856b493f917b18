/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Header prediction, in front of the eight steps of RFC 9293, 3.10.7.4: in ESTABLISHED a pure ACK
 * of new data, or the next text in order. What it does is what the steps do, with the same
 * functions in the same order; it only knows beforehand which of them have nothing to do. SND.WND,
 * SND.WL1 and SND.WL2 are kept like everything else: a receiver that sends nothing for 2^31 octets
 * must still know a newer window when it sees one.
 */
#include "fastpath.h"

#include "ecn.h"
#include "scoreboard.h"
#include "window.h"
#include "wire.h"

/* The first four steps, the sixth and the eighth would do nothing. */
static bool header_predicted(const tcpref_conn *c, const struct segment *seg)
{
    if (c->state != TCPREF_ESTABLISHED || (seg->flags & ~PSH) != ACK || c->frozen)
        return false;
    if (!seq_eq(seg->seq, c->rcv.nxt) || seg->has_uto || seg->had_syn || seg->sacks > 0 ||
        c->ecn.ok)
        return false;
    if (c->ts.ok && (!seg->has_ts || seq_lt(seq_of(seg->tsval), seq_of(c->ts.recent))))
        return false;
    return !c->closed && c->snd.syn_acked && !c->rcv.fin_known;
}

/* Nothing is thought lost, so that an ACK is nothing more than that. */
static bool all_is_well(const tcpref_conn *c)
{
    return !c->cc.recovering && c->cc.frto == FRTO_OFF && !c->rack && !scoreboard_any(c);
}

static bool ack_predicted(const tcpref_conn *c, const struct segment *seg)
{
    /* Counted from SND.UNA: half the number space away is not both before and behind. */
    return seq_in(seg->ack, c->snd.una, c->snd.nxt.n - c->snd.una.n + 1) &&
           (!seq_eq(seg->ack, c->snd.una) || seg->len > 0);
}

/* The seventh step: there is room for all of it, and nothing waits behind a hole. */
static bool text_predicted(const tcpref_conn *c, const struct segment *seg)
{
    tcpref_seq end = seq_add(seg->seq, seg->len);
    return c->recvq && c->recvq->ranges == 0 && seq_lt(c->rcv.nxt, c->rcv.max) &&
           seq_leq(end, window_room_end(c)) && !window_memory_full(c, true);
}

bool fastpath_predicts(const tcpref_conn *c, const struct segment *seg)
{
    return c->host->config.fast_path && header_predicted(c, seg) && all_is_well(c) &&
           ack_predicted(c, seg) && (seg->len == 0 || text_predicted(c, seg));
}

static void take(struct arrival *a)
{
    tcpref_conn *c = a->c;
    const struct segment *seg = a->seg;
    ecn_take_ack(c, seg);
    if (seq_lt(c->snd.una, seg->ack))
        acknowledge(c, seg);
    window_update(c, seg, false);
    record_timestamp(c, seg);
    heard(c);
    if (seg->len == 0)
        return;
    ecn_take_text(c, seg);
    store_in_order(c, seg, seg->len);
}

#ifdef TCPREF_CHECK_FASTPATH
#include <string.h>

/* Both ways from the same record: the steps first, then, with everything put back, this one. The
 * ring need not be put back: both write the same octets to the same place. */
static void take_checked(struct arrival *a)
{
    tcpref_conn *c = a->c;
    struct recvq none = {0};
    const tcpref_conn before = *c;
    const struct recvq queue_before = c->recvq ? *c->recvq : none;
    const struct segment seg = *a->seg;

    a->seg->text_stored = false; /* they do it themselves */
    arrives_other(a);
    const tcpref_conn by_steps = *c;
    const struct recvq queue_by_steps = c->recvq ? *c->recvq : none;
    TCB_ASSERT("the steps accept what was predicted", a->verdict == TCPREF_V_ACCEPTED);
    TCB_ASSERT("the steps keep the receive queue", by_steps.recvq == before.recvq);

    memcpy(c, &before, sizeof(*c));
    if (c->recvq)
        memcpy(c->recvq, &queue_before, sizeof(queue_before));
    *a->seg = seg;
    take(a);
    /* Padding is equal too: both began from one copy. */
    /* NOLINTBEGIN(bugprone-suspicious-memory-comparison) */
    TCB_ASSERT("the fast path leaves the record as the steps do",
               memcmp(c, &by_steps, sizeof(*c)) == 0);
    TCB_ASSERT("the fast path leaves the receive queue as the steps do",
               !c->recvq || memcmp(c->recvq, &queue_by_steps, sizeof(none)) == 0);
    /* NOLINTEND(bugprone-suspicious-memory-comparison) */
}
#else
#define take_checked(a) take(a)
#endif

/* It is known where the text goes, so that it is summed while it is copied there. Should the sum be
 * wrong, nothing has happened: what stands behind the octets in order is nobody's. */
bool fastpath_sound(tcpref_conn *c, struct segment *seg)
{
    if (!seg->sum_open || seg->len == 0)
        return wire_sound(seg);
    seg->text_stored = true;
    return wire_sum_ok(seg, recvq_store_sum(c->recvq, seg->text, seg->len));
}

void fastpath(struct arrival *a)
{
    take_checked(a);
}
