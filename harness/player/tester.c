/* SPDX-License-Identifier: BSD-2-Clause */
/* The peer that the harness plays: what it sends, what it has received, and what it answers by
 * itself. It is no TCP; it does what the scenario says. */
#include "player/run.h"

#include <stddef.h>
#include <string.h>

const struct trace_flow *tester_flow(const struct player *p, unsigned conn)
{
    return trace_flow(p->trace, conn);
}

void tester_plain(struct scn_segment *seg, uint16_t flags)
{
    scn_segment_default(seg);
    seg->flags = flags;
}

static struct wire_addr address(const struct tcpassay_addr *a)
{
    struct wire_addr w = {.family = a->family, .port = a->port};
    memcpy(w.ip, a->ip, sizeof w.ip);
    return w;
}

/* A fresh address and port for each case, so that what an earlier one left behind (TIME-WAIT, route
 * metrics) is not met again. In virtual time the stack forgets everything, so they stay the same.
 */
static struct wire_addr tester_address(const struct player *p, unsigned conn)
{
    struct wire_addr a =
        address(p->how.peer4.family && p->scn->given.family == 4 ? &p->how.peer4 : &p->how.peer6);
    a.port = (uint16_t)(40000 + conn);
    if (p->real) {
        unsigned last = a.family == 4 ? 3 : 15;
        a.ip[last] = (uint8_t)(2 + p->serial % 250);
        a.port = (uint16_t)(20000 + (p->serial / 250) % 10000 * TRACE_CONNS + conn);
    }
    return a;
}

void tester_fresh(struct tester *t)
{
    memset(t, 0, offsetof(struct tester, ahead));
    t->ahead.n = t->held.n = 0;
}

void tester_open(struct player *p, unsigned conn, bool passive)
{
    struct tester *t = &p->tester[conn];
    const struct scn_given *g = &p->scn->given;
    struct wire_addr stack = address(g->family == 4 ? &p->how.local4 : &p->how.local6);
    struct wire_addr tester = tester_address(p, conn);
    stack.port = passive ? p->listen_port : 0;
    tester_fresh(t);
    if (p->conns <= conn)
        p->conns = conn + 1;
    t->open = true;
    t->isn = g->irs_set && conn == 0 ? g->irs : (uint32_t)run_random(p);
    t->fin_at = t->own_fin = -1;
    t->win = g->win;
    t->ack_due = TCPASSAY_NEVER;
    trace_flow_open(p->trace, conn, &stack, &tester, t->isn);
    run_event(p, trace_call(p->trace, run_time(p), p->step_now, conn, TRACE_READER,
                            p->app[conn].reader, 0, 0));
}

/* ---- runs of octets ---- */

static void spans_add(struct spans *s, int64_t lo, int64_t hi)
{
    unsigned i = 0;
    while (i < s->n && s->at[i].hi < lo)
        i++;
    unsigned j = i;
    while (j < s->n && s->at[j].lo <= hi) {
        lo = lo < s->at[j].lo ? lo : s->at[j].lo;
        hi = hi > s->at[j].hi ? hi : s->at[j].hi;
        j++;
    }
    if (i == j && s->n == SPANS_MAX)
        return; /* forgotten, as a receiver may: the stack sends it again */
    memmove(&s->at[i + 1], &s->at[j], (s->n - j) * sizeof *s->at);
    s->n = s->n + 1 + i - j;
    s->at[i].lo = lo;
    s->at[i].hi = hi;
}

/* Octets LO to HI: those at the edge move it, and what lay beyond the hole counts as soon as the
 * hole is filled; others are kept. */
static void spans_take(struct spans *s, int64_t *edge, int64_t lo, int64_t hi)
{
    if (hi <= *edge)
        return;
    if (lo > *edge) {
        spans_add(s, lo, hi);
        return;
    }
    *edge = hi;
    unsigned joined = 0;
    for (; joined < s->n && s->at[joined].lo <= *edge; joined++)
        if (s->at[joined].hi > *edge)
            *edge = s->at[joined].hi;
    s->n -= joined;
    if (joined > 0 && s->n > 0)
        memmove(&s->at[0], &s->at[joined], s->n * sizeof *s->at);
}

/* ---- sending ---- */

static bool ts_before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

uint32_t tester_ts(const struct player *p, unsigned conn)
{
    uint32_t clock = TESTER_TS_START + (uint32_t)(run_time(p) / MS);
    const struct trace_flow *f = tester_flow(p, conn);
    /* Never behind what the stack holds: a rule may have put it ahead of the clock. */
    if (f && f->ts && ts_before(clock, f->ts_recent))
        return f->ts_recent;
    return clock;
}

static void fill_window(struct player *p, unsigned conn, const struct scn_segment *seg,
                        struct wire_seg *w)
{
    struct tester *t = &p->tester[conn];
    const struct trace_flow *f = tester_flow(p, conn);
    unsigned shift = f && f->wscale && !(seg->flags & WIRE_SYN) ? f->snd_shift : 0;
    if (seg->win.n) {
        int64_t win = value_of(p, conn, &seg->win);
        if (seg->raw_win)
            win = (win > 65535 ? 65535 : win) * (1 << shift);
        t->win = win < 0 ? 0 : win;
    }
    int64_t field = t->win >> shift;
    w->window = (uint16_t)(field > 65535 ? 65535 : field);
}

static void fill_options(struct player *p, unsigned conn, const struct scn_segment *seg,
                         struct wire_seg *w)
{
    const struct scn_given *g = &p->scn->given;
    const struct trace_flow *f = tester_flow(p, conn);
    bool syn = seg->flags & WIRE_SYN;
    /* A SYN,ACK may carry only what the SYN offered (RFC 7323, 1.3). */
    bool reply = syn && (seg->flags & WIRE_ACK) && f && f->stack_syn;
    int64_t mss = seg->mss == -2 ? (syn ? g->mss : -1) : seg->mss;
    int64_t shift = seg->wscale == -2 ? (syn ? g->wscale : -1) : seg->wscale;
    bool sack = seg->sack_ok == -2 ? syn && g->sack : seg->sack_ok == 1;
    if (reply && seg->wscale == -2 && !f->stack_opt.wscale_set)
        shift = -1;
    if (reply && seg->sack_ok == -2 && !f->stack_opt.sack_ok)
        sack = false;
    w->opt.mss_set = mss >= 0;
    w->opt.mss = (uint16_t)mss;
    w->opt.wscale_set = shift >= 0;
    w->opt.wscale = (uint8_t)shift;
    w->opt.sack_ok = sack;
    w->opt.sacks = seg->sacks / 2;
    for (unsigned i = 0; i < w->opt.sacks; i++) {
        uint32_t iss = f && f->iss_set ? f->iss : 0;
        w->opt.sack[i].left = iss + (uint32_t)value_of(p, conn, &seg->sack[2 * i]);
        w->opt.sack[i].right = iss + (uint32_t)value_of(p, conn, &seg->sack[2 * i + 1]);
    }
    bool ts = seg->ts == SCN_TS_SET;
    if (seg->ts == SCN_TS_AUTO)
        ts = syn ? g->ts && (!reply || f->stack_opt.ts_set) : f && f->ts;
    if (ts) {
        w->opt.ts_set = true;
        w->opt.ts_val =
            seg->ts_val.n ? (uint32_t)value_of(p, conn, &seg->ts_val) : tester_ts(p, conn);
        w->opt.ts_ecr = seg->ts_ecr.n           ? (uint32_t)value_of(p, conn, &seg->ts_ecr)
                        : seg->flags & WIRE_ACK ? p->tester[conn].ts_recent
                                                : 0;
    }
}

static void fill_destination(const struct scn_segment *seg, struct wire_seg *w)
{
    if (seg->to == SCN_TO_BROADCAST && w->dst.family == 4)
        w->dst.ip[3] = 255;
    if (seg->to == SCN_TO_MULTICAST || (seg->to == SCN_TO_BROADCAST && w->dst.family == 6)) {
        static const uint8_t all4[4] = {224, 0, 0, 1};
        static const uint8_t all6[16] = {0xff, 0x02, [15] = 1};
        if (w->dst.family == 4)
            memcpy(w->dst.ip, all4, sizeof all4);
        else
            memcpy(w->dst.ip, all6, sizeof all6);
    }
}

static int64_t fill_text(struct player *p, unsigned conn, const struct scn_segment *seg,
                         int64_t position, struct wire_seg *w)
{
    int64_t len = seg->data.n ? value_of(p, conn, &seg->data) : 0;
    if (len < 0)
        len = 0;
    if (len > 65000)
        len = 65000;
    /* The text of a SYN begins the stream, wherever that SYN stands. */
    int64_t offset = seg->flags & WIRE_SYN ? 0 : position - p->tester[conn].base - 1;
    wire_stream_fill(p->seed ^ 1, (uint64_t)offset, p->text, (size_t)len);
    if (seg->junk)
        for (int64_t i = 0; i < len; i++)
            p->text[i] ^= 0xff;
    w->payload = p->text;
    w->len = (uint32_t)len;
    return len;
}

static size_t build(const struct scn_segment *seg, struct wire_seg *w, uint8_t *packet)
{
    struct wire_twist twist = seg->twist;
    if (seg->raw_options_len) {
        uint8_t options[WIRE_OPTIONS_MAX];
        unsigned before = 0;
        if (!seg->only_raw) {
            struct wire_seg plain = *w, parsed;
            plain.len = 0;
            uint8_t head[WIRE_HEADERS_MAX];
            size_t len = wire_build(&plain, NULL, head, sizeof head);
            wire_parse(head, len, &parsed);
            before = parsed.raw_options_len;
            memcpy(options, parsed.raw_options, before);
        }
        unsigned more = seg->raw_options_len;
        if (before + more > WIRE_OPTIONS_MAX)
            more = WIRE_OPTIONS_MAX - before;
        memcpy(options + before, seg->raw_options, more);
        memcpy(w->raw_options, options, before + more);
        w->raw_options_len = (uint8_t)(before + more);
        twist.raw_options = true;
    }
    return wire_build(w, &twist, packet, PACKET_MAX);
}

static void moved(struct tester *t, const struct scn_segment *seg, int64_t position, int64_t len)
{
    position = t->nxt + (int32_t)(uint32_t)(position - t->nxt); /* the wire shows 32 bits of it */
    int64_t end = position + len + ((seg->flags & WIRE_SYN) != 0) + ((seg->flags & WIRE_FIN) != 0);
    if ((seg->flags & WIRE_RST) || seg->twist.bad_checksum || seg->twist.zero_checksum ||
        seg->to != SCN_TO_STACK)
        return;
    if ((seg->flags & WIRE_SYN) && position != t->base)
        return; /* one that nobody takes, nor what comes with it */
    if (seg->flags & WIRE_FIN && t->own_fin < 0 && position <= t->nxt && end > t->nxt)
        t->own_fin = end - 1;
    if (position <= t->nxt)
        spans_take(&t->ahead, &t->nxt, position, end);
    else if (len > 0)
        spans_take(&t->ahead, &t->nxt, position, position + len);
}

/* A wrong data offset makes text of options, or options of text; -1: nobody can read it. */
static int64_t text_as_read(const uint8_t *packet, size_t size)
{
    struct wire_seg parsed;
    wire_parse(packet, size, &parsed);
    return parsed.errors & WIRE_UNREADABLE ? -1 : (int64_t)parsed.len;
}

static void send_one(struct player *p, unsigned conn, const struct scn_segment *seg)
{
    struct tester *t = &p->tester[conn];
    const struct trace_flow *f = tester_flow(p, conn);
    struct wire_seg w;
    memset(&w, 0, sizeof w);
    int64_t seq = seg->seq.n ? value_of(p, conn, &seg->seq) : t->nxt;
    int64_t ack = seg->ack.n ? value_of(p, conn, &seg->ack) : t->ack;
    w.src = f->tester;
    w.dst = f->stack;
    if (!w.dst.port)
        w.dst.port = p->listen_port;
    w.ttl = 64;
    w.tos = seg->ecn;
    w.flags = seg->flags;
    w.seq = t->isn + (uint32_t)seq;
    if (seg->ack.n || (seg->flags & WIRE_ACK))
        w.ack = (f->iss_set ? f->iss : 0) + (uint32_t)ack;
    w.urgent = seg->urg.n ? (uint16_t)value_of(p, conn, &seg->urg) : 0;
    fill_window(p, conn, seg, &w);
    fill_options(p, conn, seg, &w);
    fill_destination(seg, &w);
    int64_t len = fill_text(p, conn, seg, seq, &w);
    size_t size = build(seg, &w, p->packet);
    if (!size)
        return;
    if (seg->twist.data_offset)
        len = text_as_read(p->packet, size);
    if (len >= 0)
        moved(t, seg, seq, len);
    if (w.flags & WIRE_ACK) {
        t->unacked = 0;
        t->refresh = false;
        t->ack_due = TCPASSAY_NEVER;
    }
    link_from_tester(p, p->packet, size);
}

void tester_send(struct player *p, unsigned conn, const struct scn_segment *seg)
{
    if (!p->tester[conn].open)
        tester_open(p, conn, true);
    unsigned count = seg->count ? seg->count : 1;
    for (unsigned i = 0; i < count && !p->wild; i++) {
        send_one(p, conn, seg);
        if (count > 1)
            run_settle(p);
    }
}

/* ---- receiving ---- */

void tester_rebase(struct player *p, unsigned conn)
{
    struct tester *t = &p->tester[conn];
    struct oracle_owed owed;
    oracle_owed(p->oracle, conn, run_time(p), &owed);
    int64_t taken = tester_flow(p, conn)->rcv_acked;
    t->based = true;
    if (taken - owed.resume_at == t->base)
        return;
    t->base = taken - owed.resume_at;
    t->nxt = owed.tester_end > owed.resume_at ? t->base + owed.tester_end : taken;
    t->own_fin = -1;
    t->ahead.n = 0;
}

/* What the scenario acknowledged, the stack has thrown away: an ACK below it would say that nothing
 * came of it, and one far below is refused with all it carries (RFC 5961, 5.2). */
void tester_stand_by_acks(struct player *p, unsigned conn)
{
    struct tester *t = &p->tester[conn];
    spans_take(&t->held, &t->ack, t->ack, tester_flow(p, conn)->snd_una);
}

void tester_receive(struct player *p, const struct trace_event *e)
{
    if (e->conn == TRACE_NO_CONN || !p->tester[e->conn].open ||
        (e->seg.errors & (WIRE_UNREADABLE | WIRE_TCP_CHECKSUM)))
        return;
    struct tester *t = &p->tester[e->conn];
    const struct wire_seg *seg = &e->seg;
    if (seg->flags & WIRE_RST)
        return;
    if (seg->opt.ts_set && (!t->ts_recent || ts_before(t->ts_recent, seg->opt.ts_val)))
        t->ts_recent = seg->opt.ts_val;
    if ((seg->flags & WIRE_SYN) && e->seq == 0 && e->incarnation && t->ack > 0 &&
        tester_flow(p, e->conn)->snd_max <= 1) {
        t->ack = 0; /* another incarnation: its stream begins anew */
        t->held.n = 0;
        t->fin_at = -1;
    }
    if ((seg->flags & WIRE_ACK) && ((seg->flags & WIRE_SYN) || !t->based))
        tester_rebase(p, e->conn);
    int64_t end = e->seq + wire_seg_len(seg);
    if (seg->flags & WIRE_FIN)
        t->fin_at = end - 1;
    if (end > e->seq) {
        spans_take(&t->held, &t->ack, e->seq, end);
        t->unacked++;
        if (t->held.n || end < t->ack)
            t->refresh = true;
    } else if (e->seq < t->ack) {
        t->refresh = true; /* a probe or keep-alive: RFC 9293, 3.10.7.4, first step */
    }
}

/* ---- reacting ---- */

/* What the scenario sent far ahead may be the newest by SND.WL1, so that no window told from where
 * the tester now stands counts (RFC 9293, 3.10.7.4): tell it from there too. */
void tester_tell_window(struct player *p, unsigned conn, int64_t from)
{
    const struct trace_flow *f = tester_flow(p, conn);
    if (f->snd_wl1 <= from)
        return;
    struct scn_segment seg;
    tester_plain(&seg, WIRE_ACK);
    seg.seq = (struct scn_expr){.n = 1, .term = {{.number = f->snd_wl1}}};
    tester_send(p, conn, &seg);
}

static void react(struct player *p, unsigned conn)
{
    struct tester *t = &p->tester[conn];
    struct scn_segment seg;
    int64_t edge = tester_flow(p, conn)->rcv_max, acked = tester_flow(p, conn)->rcv_acked;
    /* Had it sent too much, or less than was taken, it goes back to the window. */
    bool astray = acked > t->base && (t->nxt > edge || t->nxt < acked);
    int64_t from = astray ? acked : t->nxt;
    if (t->passive || !t->auto_seg.flags)
        tester_plain(&seg, WIRE_ACK);
    else
        seg = t->auto_seg;
    if (t->passive)
        seg.seq = (struct scn_expr){.n = 1, .term = {{.number = from}}};
    if (t->passive && t->nxt == 0) { /* its SYN has never been sent: RFC 9293, 3.5 */
        seg.flags |= WIRE_SYN;
        seg.seq = (struct scn_expr){.n = 1};
    }
    tester_send(p, conn, &seg);
    t->tells = t->passive;
    t->tells_from = from;
}

/* Whether it owes an answer that it gives by itself, now or when its timer ends. */
static bool will_react(const struct player *p, unsigned conn)
{
    const struct tester *t = &p->tester[conn];
    return (t->unacked || t->refresh) && (t->auto_ack || t->passive) && t->open &&
           !tester_flow(p, conn)->stack_reset;
}

bool tester_react(struct player *p)
{
    for (unsigned i = 0; i < p->conns; i++) {
        struct tester *t = &p->tester[i];
        if (!will_react(p, i)) {
            if (!t->tells)
                continue;
            t->tells = false;
            tester_tell_window(p, i, t->tells_from);
            return true;
        }
        unsigned every = t->every > 1 && !t->passive ? t->every : 1;
        bool fin = t->fin_at >= 0 && t->fin_at < t->ack;
        if (t->refresh || t->unacked >= every || fin || t->ack_due <= p->now) {
            react(p, i);
            return true;
        }
        if (t->ack_due == TCPASSAY_NEVER)
            t->ack_due = p->now + 100 * MS; /* RFC 9293, 3.8.6.3 */
    }
    return false;
}

uint64_t tester_next(const struct player *p)
{
    uint64_t next = TCPASSAY_NEVER;
    for (unsigned i = 0; i < p->conns; i++)
        if (will_react(p, i) && p->tester[i].ack_due < next)
            next = p->tester[i].ack_due;
    return next;
}
