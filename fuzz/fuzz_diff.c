/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same scenario on tcpref and on lwIP. After each segment that both got alike, what RFC 9293
 * determines must be alike: the octets delivered, the end of the stream, whether the open is done,
 * whether the connection is reset or over. What it leaves free, and what lwIP is known to do
 * otherwise, stands in one table; after such a difference the two are no longer compared.
 *
 * No time passes, since what timers do is each stack's own, and no option is agreed but the MSS.
 */
#include "scenario/bytes.h"
#include "stacks/stacks.h"
#include "target.h"

#include <stdio.h>
#include <stdlib.h>

enum { TURNS = 2 * SCN_BYTES_STEPS };

/* A segment that arrived, what was known of the connection before it, and what came of it at once.
 */
struct turn {
    uint16_t flags, step;
    uint32_t len, window;
    int64_t seq, ack;
    int64_t nxt, edge, edge_max, snd_max; /* RCV.NXT, its right edge now and furthest, SND.NXT */
    bool gap;         /* text waits behind a hole, or may have been thrown away */
    int64_t gap_edge; /* the right edge when that began */
    bool opened, fin_sent, closed;
    bool late_reset;            /* a RST came when both sides had sent their FIN */
    bool early_text;            /* or a FIN came with a SYN */
    int64_t read;               /* octets delivered so far, after it */
    bool open_done, eof, error; /* so far, after it */
    bool reset;                 /* it was answered by a RST */
};

struct account {
    struct turn turn[TURNS];
    size_t turns;
    uint16_t ends_at; /* the step with which another life begins, or its room ends; 0: at none */
};

/* ---- what was seen of one stack ---- */

static int64_t end_of(const struct turn *t)
{
    return t->seq + t->len + !!(t->flags & WIRE_SYN) + !!(t->flags & WIRE_FIN);
}

static void sent(struct turn *now, const struct trace_event *e)
{
    const struct wire_seg *s = &e->seg;
    int64_t end = e->seq + (int64_t)s->len + !!(s->flags & WIRE_SYN) + !!(s->flags & WIRE_FIN);
    if (s->flags & WIRE_RST) {
        now->reset = true;
        return;
    }
    if (end > now->snd_max)
        now->snd_max = end;
    now->fin_sent |= (s->flags & WIRE_FIN) != 0;
    if (!(s->flags & WIRE_ACK))
        return;
    if (e->ack > now->nxt)
        now->nxt = e->ack;
    now->edge = e->ack + s->window;
    if (now->edge > now->edge_max)
        now->edge_max = now->edge;
}

static void called(struct turn *now, const struct trace_event *e)
{
    bool over = e->result < 0 && e->result != TCPASSAY_EWOULDBLOCK;
    if (e->call == TRACE_RECV && e->result > 0) {
        now->read += e->result;
        if (now->nxt < 1 + now->read)
            now->nxt = 1 + now->read; /* its ACK may be delayed */
    }
    if (e->call == TRACE_RECV && e->result == 0)
        now->eof = true;
    if (e->call == TRACE_SEND && (e->result == TCPASSAY_EPIPE || e->result == TCPASSAY_ENOTCONN))
        return;
    if ((e->call == TRACE_RECV || e->call == TRACE_CONNECTED || e->call == TRACE_SEND) && over)
        now->error = true;
    if (e->call == TRACE_ACCEPT || (e->call == TRACE_CONNECTED && !over))
        now->open_done = now->opened = true;
    if (e->call == TRACE_CLOSE || e->call == TRACE_ABORT)
        now->closed = true;
}

static struct turn *begin_turn(struct account *a, struct turn *now, const struct trace_event *e)
{
    struct turn *t = &a->turn[a->turns++];
    *t = *now;
    t->flags = e->seg.flags;
    t->step = e->step;
    t->window = e->seg.window;
    t->len = (uint32_t)e->seg.len;
    t->seq = e->seq;
    t->ack = e->seg.flags & WIRE_ACK ? e->ack : 0;
    t->reset = now->reset = false;
    bool apart = end_of(t) > t->seq && t->seq > t->nxt;
    if (apart && !now->gap)
        now->gap_edge = now->edge;
    now->gap |= apart;
    now->early_text |= (t->flags & WIRE_SYN) && (t->len > 0 || (t->flags & WIRE_FIN));
    now->late_reset |= (t->flags & WIRE_RST) && now->eof && now->fin_sent;
    return t;
}

static void note(struct turn *now, const struct trace_event *e)
{
    if (e->kind == TRACE_SENT)
        sent(now, e);
    else if (e->kind == TRACE_CALL)
        called(now, e);
}

static bool ends_turn(const struct trace_event *e)
{
    return e->kind == TRACE_CALL &&
           (e->call == TRACE_SHUTDOWN || e->call == TRACE_CLOSE || e->call == TRACE_ABORT);
}

/* The first life of the connection that a segment came to. */
static int first_life(const struct trace *trace)
{
    for (size_t i = 0; i < trace_count(trace); i++) {
        const struct trace_event *e = trace_at(trace, i);
        if (e->kind == TRACE_INJECTED && e->conn == 0)
            return e->incarnation;
    }
    return -1;
}

/* The trace of the case just played, turn by turn. */
static void read_trace(struct account *a, const struct trace *trace)
{
    struct turn now = {0}, *open = NULL;
    int life = first_life(trace);
    a->turns = a->ends_at = 0;
    for (size_t i = 0; i < trace_count(trace); i++) {
        const struct trace_event *e = trace_at(trace, i);
        if (e->conn != 0 || e->incarnation < life)
            continue;
        if (e->incarnation > life || (e->kind == TRACE_INJECTED && a->turns == TURNS)) {
            a->ends_at = e->step;
            break;
        }
        if (e->kind == TRACE_INJECTED)
            open = begin_turn(a, &now, e);
        note(&now, e);
        if (ends_turn(e))
            open = NULL; /* what comes now is of the application's making */
        if (!open)
            continue;
        open->read = now.read;
        open->open_done = now.open_done;
        open->eof = now.eof;
        open->error = now.error;
        open->reset = now.reset;
    }
}

/* ---- what may differ ---- */

struct pair {
    const struct turn *ref, *lwip;
};

static bool in_synchronized(const struct turn *t)
{
    return t->opened;
}

static bool beyond_an_edge(const struct pair *p)
{
    int64_t end = end_of(p->ref);
    return end > p->ref->edge || end > p->lwip->edge;
}

static bool behind_a_hole(const struct pair *p)
{
    return p->ref->gap || p->lwip->gap || p->ref->seq > p->ref->nxt;
}

static bool in_an_embryo(const struct pair *p)
{
    return !in_synchronized(p->ref) || !in_synchronized(p->lwip);
}

static bool is_old_ack(const struct pair *p)
{
    const struct turn *t = p->ref;
    return (t->flags & WIRE_ACK) && (t->ack < 1 || t->ack < t->snd_max - 65535);
}

static bool has_urgent_or_syn(const struct pair *p)
{
    return (p->ref->flags & (WIRE_URG | WIRE_SYN)) != 0;
}

static bool is_closed(const struct pair *p)
{
    return p->ref->closed || p->lwip->closed;
}

static bool is_after_early_text(const struct pair *p)
{
    return p->ref->early_text;
}

static bool is_after_time_wait(const struct pair *p)
{
    return p->ref->late_reset || p->lwip->late_reset;
}

static bool lacks_ack(const struct pair *p)
{
    return !(p->ref->flags & (WIRE_ACK | WIRE_RST));
}

static bool acks_unsent(const struct pair *p)
{
    return p->ref->ack > p->ref->snd_max || p->ref->ack > p->lwip->snd_max;
}

static bool acks_from_outside(const struct pair *p)
{
    return (p->ref->flags & WIRE_ACK) && p->ref->seq < p->ref->nxt && end_of(p->ref) <= p->ref->nxt;
}

static bool is_reset_at_edge(const struct pair *p)
{
    return (p->ref->flags & WIRE_RST) && p->ref->seq >= p->lwip->edge;
}

/* One row for each difference that is no finding. */
static const struct allowed {
    const char *clause, *says;
    bool (*holds)(const struct pair *p);
    bool later; /* it may show only after segments to come */
} allowed[] = {
    {"RFC 9293, 3.8.6", "how much window is offered is free", beyond_an_edge, true},
    {"RFC 9293, 3.10.7.4, SHLD-31", "text behind a hole may be thrown away", behind_a_hole, true},
    {"RFC 9293, 3.4 and 3.10.7.2",
     "what comes with a SYN may be kept, or thrown away and not acknowledged", is_after_early_text,
     true},
    {"RFC 9293, 3.10.7.4; RFC 5961, 3 and 4", "SYN-RECEIVED: RFC 793's way or a challenge",
     in_an_embryo, false},
    {"RFC 5961, 5", "an ACK that is too old may be refused", is_old_ack, true},
    {"RFC 9293, 3.8.5; RFC 5961, 4", "urgent octets; a SYN is challenged or resets",
     has_urgent_or_syn, false},
    {"RFC 9293, 3.6.1, SHLD-3", "text after CLOSE may be answered by a reset", is_closed, true},
    {"RFC 9293, 3.10.7.4, second step; RFC 1337, 3", "TIME-WAIT may ignore a RST",
     is_after_time_wait, true},
    /* What lwIP is known to do otherwise: specs/deviations/lwip.yaml. */
    {"RFC 9293, 3.10.7.4, fifth step", "lwIP takes segments without ACK", lacks_ack, true},
    {"RFC 9293, 3.10.7.4, fifth step", "lwIP takes text that acknowledges what was not sent",
     acks_unsent, true},
    {"RFC 9293, 3.10.7.4, first step", "lwIP uses the ACK of an old segment", acks_from_outside,
     true},
    {"RFC 9293, 3.4", "lwIP's window has its right edge in it", is_reset_at_edge, false},
};

/* What makes an assertion of lwIP 2.1.3 fail: it is not given these, nor what follows them. */
static bool kills_lwip(const struct turn *t)
{
    int64_t away = t->seq - t->nxt;
    bool beyond = end_of(t) > t->edge || (t->gap && end_of(t) > t->gap_edge);
    bool overruns = t->edge > 0 && beyond && end_of(t) > t->seq;          /* tcp_in.c:1580 */
    bool early = (t->flags & WIRE_SYN) && (t->len > 0 || t->seq != 0);    /* likewise, later */
    bool opposite = away > INT32_MAX - 65536 || away < 65536 - INT32_MAX; /* tcp_in.c:1430 */
    bool squeezes = t->window < 2 * 1460;                                 /* tcp_out.c:486, 504 */
    return overruns || early || opposite || (squeezes && !(t->flags & WIRE_RST));
}

static bool may_differ(const struct pair *p, bool later)
{
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
        if ((allowed[i].later || !later) && allowed[i].holds(p))
            return true;
    return false;
}

/* Part of a handshake by the book. */
static bool is_of_handshake(const struct turn *t)
{
    bool syn = t->seq == 0 && (t->flags & WIRE_SYN) && t->len == 0;
    bool ack = t->seq == 1 && t->flags == WIRE_ACK && t->len == 0;
    return !t->opened && (syn || (ack && t->ack == 1));
}

static bool alike(const struct pair *p)
{
    const struct turn *a = p->ref, *b = p->lwip;
    return a->flags == b->flags && a->len == b->len && a->seq == b->seq && a->ack == b->ack;
}

static const char *difference(const struct pair *p)
{
    const struct turn *a = p->ref, *b = p->lwip;
    if (a->read != b->read)
        return "delivered";
    if (a->eof != b->eof)
        return "end-of-stream";
    if (a->open_done != b->open_done)
        return "opened";
    if (a->reset != b->reset)
        return "reset";
    return a->error != b->error ? "over" : NULL;
}

static void compare(const struct account *ref, const struct account *lwip)
{
    bool excused = false; /* it may show only later */
    for (size_t i = 0; i < ref->turns && i < lwip->turns; i++) {
        const struct pair p = {&ref->turn[i], &lwip->turn[i]};
        if (!alike(&p) || p.ref->step == TRACE_STEP_CLOSING)
            return;
        const char *what = difference(&p);
        if (what && (excused || may_differ(&p, false)))
            return; /* from here on each goes its own way */
        excused = excused || (!is_of_handshake(p.ref) && may_differ(&p, true));
        if (!what)
            continue;
        fprintf(
            stderr,
            "DIFF %s: after segment %zu (flags %#x, SEQ %lld, ACK %lld, %u octets) tcpref has read "
            "%lld%s%s%s%s, lwIP %lld%s%s%s%s\n",
            what, i, p.ref->flags, (long long)p.ref->seq, (long long)p.ref->ack, p.ref->len,
            (long long)p.ref->read, p.ref->eof ? ", end" : "", p.ref->open_done ? ", open" : "",
            p.ref->reset ? ", reset" : "", p.ref->error ? ", over" : "", (long long)p.lwip->read,
            p.lwip->eof ? ", end" : "", p.lwip->open_done ? ", open" : "",
            p.lwip->reset ? ", reset" : "", p.lwip->error ? ", over" : "");
        abort();
    }
}

/* ---- the scenario ---- */

static bool is_kept(const struct scn_step *s)
{
    if (s->conn != 0)
        return false;
    if (s->op == SCN_SEND)
        return true;
    return s->op == SCN_APP &&
           (s->what == SCN_APP_SEND || s->what == SCN_APP_SHUTDOWN || s->what == SCN_APP_CLOSE ||
            s->what == SCN_APP_ABORT || s->what == SCN_APP_LISTEN || s->what == SCN_APP_CONNECT);
}

static void make_segment_plain(struct scn_segment *seg)
{
    seg->ts = SCN_TS_NONE;
    seg->wscale = -1;
    if (!(seg->flags & WIRE_SYN))
        seg->mss = -1;
    seg->sack_ok = 0;
    seg->sacks = 0;
    seg->raw_options_len = 0;
    seg->only_raw = false;
}

/* Nothing is left in which two right stacks may go apart at once. */
static void make_plain(struct scn *scn)
{
    struct scn_given *g = &scn->given;
    g->ts = g->sack = 0;
    g->wscale = -1;
    g->rcvbuf = g->sndbuf = -1;
    g->win = 65535; /* kills_lwip() */
    g->in_flight = 0;
    g->delay = 0;
    g->reader = 1;
    g->linger0 = false;
    for (int16_t *link = &scn->first; *link >= 0;) {
        struct scn_step *s = &scn->step[*link];
        make_segment_plain(&s->seg);
        if (is_kept(s))
            link = &s->next;
        else
            *link = s->next;
    }
}

/* Leave out the steps from the one with this label on. */
static void cut(struct scn *scn, uint16_t label)
{
    int16_t *link = &scn->first;
    while (*link >= 0 && scn->step[*link].label < label)
        link = &scn->step[*link].next;
    *link = -1;
}

enum fate { LIVES, CUT, DIES };

/* Cut the scenario where lwIP would die; if that is not in a step of it, there is no help. */
static enum fate spare_lwip(const struct account *ref, struct scn *scn)
{
    for (size_t i = 0; i < ref->turns; i++) {
        uint16_t step = ref->turn[i].step;
        if (!kills_lwip(&ref->turn[i]))
            continue;
        if (step >= TRACE_STEP_CLOSING) /* or that of the set-up */
            return DIES;
        cut(scn, step);
        return CUT;
    }
    if (ref->ends_at > 0 && ref->ends_at < TRACE_STEP_CLOSING) {
        cut(scn, ref->ends_at);
        return CUT;
    }
    return LIVES;
}

static struct player *lwip_player(void)
{
    static struct player *player;
    if (!player)
        player = target_open(&stacks_lwip, "", 0, 0, "lwip");
    return player;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct account ref, lwip;
    struct scn *scn = target_scenario();
    if (size > SCN_BYTES_MAX || scn_from_bytes(data, size, scn) < 0)
        return 0;
    make_plain(scn);
    enum fate fate = CUT;
    for (int tries = 0; fate == CUT && tries < SCN_BYTES_STEPS; tries++) {
        player_play(target_player(0), scn);
        read_trace(&ref, player_trace(target_player(0)));
        player_forget(target_player(0));
        fate = spare_lwip(&ref, scn);
    }
    if (fate != LIVES)
        return 0;
    player_play(lwip_player(), scn);
    read_trace(&lwip, player_trace(lwip_player()));
    player_forget(lwip_player());
    compare(&ref, &lwip);
    return 0;
}
