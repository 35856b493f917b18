/* SPDX-License-Identifier: BSD-2-Clause */
/* Which delivered segments a stack must take, must not take, or may do either with. */
#include "oracle/table.h"

static bool broken(const struct wire_seg *seg)
{
    return (seg->errors & (WIRE_UNREADABLE | WIRE_IP_CHECKSUM | WIRE_TCP_CHECKSUM)) != 0;
}

/* Older than every value that TS.Recent may have, by more than TICKS of the clock. At exactly half
 * the circle neither is the older one (RFC 7323, 5.2): not surely stale. */
static bool ts_stale(const struct model *m, const struct moment *at, int32_t ticks)
{
    if (!m->ts || !at->seg->opt.ts_set || m->recent_any || m->n_recent == 0 ||
        at->now - m->recent_time >= TS_IDLE) {
        return false;
    }
    for (unsigned i = 0; i < m->n_recent; i++) {
        int32_t newer = (int32_t)(at->seg->opt.ts_val - m->recent[i]);
        if (m->recent[i] == 0 || newer == INT32_MIN || newer >= -ticks) {
            return false;
        }
    }
    return true;
}

/* Not older than any of them; a connection without timestamps has nothing to compare. */
static bool ts_fresh(const struct model *m, const struct moment *at)
{
    if (!m->ts) {
        return true;
    }
    if (!at->seg->opt.ts_set || m->recent_any) {
        return false;
    }
    for (unsigned i = 0; i < m->n_recent; i++) {
        if (ts_older(at->seg->opt.ts_val, m->recent[i])) {
            return false;
        }
    }
    return true;
}

int64_t model_beyond(const struct model *m)
{
    int64_t far = m->run + m->wnd_largest;
    if (m->max_edge > far) {
        far = m->max_edge;
    }
    return far + (1 << m->rcv_shift) - 1;
}

static bool not_takable(const struct oracle *o, const struct model *m, const struct moment *at)
{
    bool open = m->phase == PHASE_OPEN;
    bool has_len = at->end > at->seq;
    bool acked = has_key(o, KEY_OLD_TEXT_ACK); /* it counts from there, and not so exactly */
    int64_t left = acked ? m->acked : m->nxt_lo;
    if (m->frozen || (at->flags & WIRE_RST) || (open && !(at->flags & WIRE_ACK))) {
        return true;
    }
    if (m->phase == PHASE_SYN_RECEIVED && m->una_hi == 0 && (at->flags & WIRE_ACK) &&
        !(at->flags & WIRE_SYN) && (at->ack < 1 || at->ack > m->snd_max)) {
        return true; /* a RST, and no more of it: the fifth check again */
    }
    if (m->phase == PHASE_SYN_RECEIVED && !(at->flags & (WIRE_ACK | WIRE_SYN))) {
        return true; /* the fifth check holds there too; a SYN may end it before */
    }
    if (open && (at->flags & WIRE_SYN)) {
        return true; /* challenged or a reset: in neither case are its octets used */
    }
    if (open && (has_len ? at->end < left + !acked : at->seq < left - 1)) {
        return true;
    }
    if (open && at->seq > model_beyond(m)) {
        return true;
    }
    if ((at->flags & WIRE_ACK) && at->ack > m->snd_max && open) {
        return true;
    }
    if (o->config.rfc5961_5 && open && at->ack < m->una_lo - m->max_wnd &&
        !has_key(o, KEY_OLD_ACK_FAST_PATH)) {
        return true;
    }
    return open && ts_stale(m, at, 1);
}

/* Every window ever offered is to be honoured (RFC 7323, 2.4). */
static bool honoured(const struct oracle *o, const struct model *m, const struct moment *at)
{
    const struct wire_seg *seg = at->seg;
    int64_t edge = has_key(o, KEY_WINDOW_RETRACTION) ? m->edge : m->max_edge;
    bool empty = at->end == at->seq;
    if (!model_open(m) || m->muddled || m->frozen || model_fault(o, m, at->now) ||
        seg->errors != 0 || !(at->flags & WIRE_ACK) ||
        (at->flags & (WIRE_SYN | WIRE_RST | WIRE_URG)) || !ts_fresh(m, at) || m->fins_any) {
        return false;
    }
    if (at->end > edge || (empty && at->seq == edge && at->seq != m->nxt_lo)) {
        return false;
    }
    if (!empty && (m->closed || (m->n_fin > 0 && at->end > m->fin[0]))) {
        return false;
    }
    return at->ack >= m->una_hi && at->ack <= m->snd_max;
}

static bool sure(const struct oracle *o, const struct model *m, const struct moment *at)
{
    uint16_t plain = WIRE_ACK | WIRE_PSH | WIRE_FIN;
    (void)o;
    return at->seq == m->nxt_lo && at->seq == m->run && at->end <= m->edge &&
           (at->flags & ~plain) == 0 && at->seg->opt.unknown == 0 && m->reading &&
           model_drained(m) && (m->accepted || m->active);
}

unsigned classify(const struct oracle *o, const struct model *m, const struct moment *at)
{
    unsigned taken = 0;
    if (broken(at->seg)) {
        return TAKEN_BROKEN | TAKEN_NOT;
    }
    if (!m->iss_set || !m->irs_set) {
        return 0;
    }
    if (not_takable(o, m, at)) {
        return TAKEN_NOT;
    }
    if (!honoured(o, m, at)) {
        return 0;
    }
    if (at->end > at->seq && at->seq == m->acked) {
        taken = TAKEN_AT_NXT;
    }
    if (at->seq < m->run) {
        return taken;
    }
    taken |= TAKEN_HONOURED;
    if (at->seq > m->nxt_lo) {
        taken |= TAKEN_OUT;
    }
    /* (1) empty, or at RCV.NXT: its ACK counts at once */
    if (at->end == at->seq || at->seq == m->nxt_lo) {
        taken |= TAKEN_COUNTS;
    }
    if (sure(o, m, at)) {
        taken |= TAKEN_SURE;
    }
    return taken;
}
