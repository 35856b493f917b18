/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the crowd of fuzz_host sends: whether it is blind, that it touches nothing but its own
 * connection, and the log from which all but the blind is played again (RFC 5961, RFC 5927: who
 * does not see the connection has no effect on it).
 */
#include "crowd.h"

#include <string.h>

enum { ALLOCATIONS_MAX = 6, EMPTY_MAX = 2, RESETS_MAX = 1 };

/* ---- Blind ---- */

static bool between(uint32_t n, uint32_t from, uint32_t to)
{
    return n - from <= to - from;
}

static bool judged(const struct tcpref_status *s)
{
    return s->state >= TCPREF_ESTABLISHED && s->state < TCPREF_TIME_WAIT &&
           s->snd_una.n != s->iss.n;
}

/* Whether text and FIN lie wholly outside what may be taken: 1 octet of it inside is enough. */
static bool beside_window(const struct tcpref_status *s, const struct wire_seg *seg)
{
    uint32_t len = seg->len + ((seg->flags & WIRE_FIN) != 0);
    uint32_t nxt = s->rcv_nxt.n, max = s->rcv_max.n;
    if (len == 0) /* probes and keep-alives stand one before, a full window's ACKs at its end */
        return !between(seg->seq, nxt - 1, max);
    if (seg->seq == nxt) /* its ACK counts even at a zero window */
        return false;
    if (between(seg->seq, nxt, max) && seg->seq != max)
        return false;
    uint32_t last = seg->seq + len - 1;
    return !(between(last, nxt, max) && last != max) && !between(nxt, seg->seq, last);
}

static bool is_blind(const struct tcpref_status *s, const struct wire_seg *seg)
{
    bool ts_old = s->timestamps && seg->opt.ts_set && net_diff(seg->opt.ts_val, s->ts_recent) < -1;
    bool probe = wire_seg_len(seg) == 0 && seg->seq == s->rcv_nxt.n - 1;
    if (!judged(s) || probe) /* a keep-alive is an answer owed, and says that the peer is there */
        return false;
    if (seg->flags & (WIRE_RST | WIRE_SYN))
        return seg->seq != s->rcv_nxt.n;
    return !(seg->flags & WIRE_ACK) ||
           !between(seg->ack, s->snd_una.n - s->max_snd_wnd, s->snd_nxt.n) ||
           beside_window(s, seg) || (s->timestamps && !seg->opt.ts_set) || ts_old;
}

/* What this does may hang on which ACKs went before: edges offered, TS.Recent, what was sent. */
static bool hangs_on_acks(const struct tcpref_status *s, const struct wire_seg *seg)
{
    uint32_t end = seg->seq + wire_seg_len(seg);
    return is_blind(s, seg) || net_diff(end, s->rcv_max.n) > 0;
}

/* ---- The log ---- */

struct entry {
    size_t len;
    int peer;
    bool blind;
};

static void log_write(struct crowd *w, const struct crowd_packet *p)
{
    struct crowd_log *log = w->log;
    struct entry e = {.len = p->len, .peer = p->peer, .blind = p->blind};
    if (log->end + sizeof e + p->len > CROWD_LOG)
        return;
    memcpy(log->octets + log->end, &e, sizeof e);
    memcpy(log->octets + log->end + sizeof e, p->octets, p->len);
    log->end += sizeof e + p->len;
}

/* The packet of the first play in the place of this. */
static bool log_read(struct crowd *w, struct crowd_packet *p)
{
    struct crowd_log *log = w->log;
    struct entry e;
    if (log->at + sizeof e > log->end)
        return false;
    memcpy(&e, log->octets + log->at, sizeof e);
    memcpy(p->octets, log->octets + log->at + sizeof e, e.len);
    log->at += sizeof e + e.len;
    p->len = e.len;
    p->blind = e.blind;
    p->peer = e.peer;
    if (p->seg.src.family != 0)
        wire_parse(p->octets, p->len, &p->seg);
    return true;
}

/* ---- Injecting ---- */

/* Whose connection it is of, and whether that is one whose numbers we are told. */
static bool has_status(const struct crowd *w, const struct crowd_packet *p,
                       struct tcpref_status *ret_status)
{
    const tcpref_conn *conn = p->peer >= 0 ? w->peer[p->peer].conn : NULL;
    if (!conn || p->seg.dst.family == 0)
        return false;
    tcpref_get_status(conn, ret_status);
    return ret_status->local_port == p->seg.dst.port;
}

static void look(struct crowd *w)
{
    for (int i = 0; i < CROWD_PEERS && !w->known; i++) {
        if (w->peer[i].conn)
            net_view(w->peer[i].conn, &w->view[i]);
    }
    w->known = true;
}

static void check_others(const struct crowd *w, int own, bool own_too)
{
    for (int i = 0; i < CROWD_PEERS; i++) {
        struct net_view after;
        if (!w->peer[i].conn || (i == own && !own_too))
            continue;
        net_view(w->peer[i].conn, &after);
        if (!net_view_same(&w->view[i], &after))
            net_finding(i == own ? "off-path" : "crosstalk",
                        i == own ? "RFC5961,1.2" : "RFC9293,3.3.1", net_state(w->peer[i].conn));
    }
}

/* RFC 9293, 3.5.2, first: the numbers of a RST are those of what it answers. */
static void check_reset(const struct crowd *w, const struct wire_seg *seg)
{
    const struct wire_seg *rst = &w->answer;
    bool acks = seg->flags & WIRE_ACK;
    net_holds(acks ? rst->seq == seg->ack
                   : rst->seq == 0 && rst->ack == seg->seq + wire_seg_len(seg),
              "reset-form", "RFC9293,3.5.2", "-");
}

static void check_answers(const struct crowd *w, const struct crowd_packet *p,
                          enum tcpref_verdict verdict, bool owing)
{
    const char *fate = tcpref_verdict_name(verdict);
    bool refuses = verdict == TCPREF_V_RESET_NO_CONN || verdict == TCPREF_V_RESET_BAD_ACK;
    net_holds(w->empty <= EMPTY_MAX && w->rsts <= RESETS_MAX && !(p->form && w->sent > 0),
              "answers-bounded", "RFC9293,3.10.7", fate);
    net_holds(!refuses || w->rsts == 1, "reset-form", "RFC9293,3.5.2", fate);
    if (refuses && p->seg.src.family != 0)
        check_reset(w, &p->seg);
    net_holds(!(p->seg.flags & WIRE_RST) || w->rsts == 0, "reset-form", "RFC9293,3.5.2", fate);
    if (verdict == TCPREF_V_NEW_CONNECTION && p->seg.src.family != 0 && w->sent > 0)
        net_holds(w->answer.ack == p->seg.seq + 1, "ack-of-unseen", "RFC9293,3.10.7.2", fate);
    net_holds(!owing || !net_owed_answer(verdict, &p->seg) || w->sent > 0, "owed-ack",
              "RFC9293,3.10.7.4", fate);
}

static void give(struct crowd *w, struct crowd_packet *p)
{
    struct tcpref_status s;
    bool owing = has_status(w, p, &s) && judged(&s);
    look(w);
    w->net.mem.calls = w->sent = w->empty = w->rsts = 0;
    enum tcpref_verdict verdict = net_input(&w->net, p->octets, p->len, w->now);
    w->verdict = verdict;
    net_trace(w->now, "host gets ", p->octets, p->len, tcpref_verdict_name(verdict));
    net_holds(w->net.mem.calls <= ALLOCATIONS_MAX, "account", "allocations",
              tcpref_verdict_name(verdict));
    net_holds(!p->form || net_refused_by_form(verdict), "no-effect", "RFC9293,3.1",
              tcpref_verdict_name(verdict));
    check_others(w, p->peer, p->blind || p->form);
    crowd_pull(w, &p->whom);
    if (p->peer >= 0 && w->peer[p->peer].conn)
        net_view(w->peer[p->peer].conn, &w->view[p->peer]);
    check_answers(w, p, verdict, owing);
}

static void note_window(struct crowd_peer *peer, const struct wire_seg *seg)
{
    uint32_t edge = seg->ack + ((uint32_t)seg->window << peer->shift);
    if (seg->flags & WIRE_ACK && net_diff(edge, peer->edge) > 0 && edge - peer->host_nxt < 1U << 30)
        peer->edge = edge;
}

static void note_syn(struct crowd_peer *peer, const struct wire_seg *seg)
{
    bool any = seg->raw_options_len > 0; /* options of any kind */
    uint32_t unsaid = peer->addr.family == 4 ? 536 : 1220;
    uint32_t mss = any ? UINT16_MAX : seg->opt.mss_set ? seg->opt.mss : unsaid;
    if (!(seg->flags & WIRE_SYN))
        return;
    peer->mixed = peer->mixed || (peer->used && peer->syn_port != seg->dst.port);
    peer->used = true;
    peer->syn_port = seg->dst.port;
    if (seg->window > peer->syn_window)
        peer->syn_window = seg->window;
    if (any)
        peer->shift = 14;
    else if (seg->opt.wscale_set && seg->opt.wscale > peer->shift)
        peer->shift = seg->opt.wscale;
    peer->mss = mss > peer->mss ? mss : peer->mss;
}

static void note_doubt(struct crowd *w, const struct crowd_packet *p, int sender)
{
    struct tcpref_status s;
    if (p->blind || p->form)
        return;
    if (has_status(w, p, &s)) {
        struct crowd_peer *peer = &w->peer[p->peer];
        bool old = peer->ts && net_diff(p->seg.opt.ts_val, peer->ts_newest) < 0;
        peer->unsure = peer->unsure || old || (w->again && hangs_on_acks(&s, &p->seg));
        w->unsure = w->unsure || peer->unsure;
        peer->ts_newest = p->seg.opt.ts_val;
    } else if (sender >= 0 && w->peer[sender].left_port > 0 &&
               w->peer[sender].left_port == p->seg.dst.port) {
        /* What lives on there without a handle has edges that nobody tells. */
        w->unsure = w->peer[sender].unsure = true;
    }
}

void crowd_inject(struct crowd *w, struct crowd_packet *p)
{
    if (w->again) {
        if (!log_read(w, p))
            return;
        if (p->blind && p->peer >= 0)
            w->peer[p->peer].thinned = true;
        if (p->blind)
            return;
    } else {
        log_write(w, p);
        w->blind += p->blind;
    }
    int sender = crowd_peer_of(w, &p->seg.src);
    note_doubt(w, p, sender);
    if (sender >= 0) {
        w->peer[sender].talked = w->now;
        note_window(&w->peer[sender], &p->seg);
        note_syn(&w->peer[sender], &p->seg);
    }
    give(w, p);
}

/* ---- Segments ---- */

struct wire_seg crowd_segment(const struct crowd *w, int i)
{
    const struct crowd_peer *peer = &w->peer[i];
    return (struct wire_seg){.src = peer->addr,
                             .dst = peer->host,
                             .seq = peer->nxt,
                             .ack = peer->host_nxt,
                             .flags = WIRE_ACK,
                             .window = 8000};
}

static void put_text(struct wire_seg *seg, uint64_t seed, uint8_t *text)
{
    /* A SYN takes the number before the text. */
    uint32_t at = seg->seq + ((seg->flags & WIRE_SYN) != 0);
    size_t first = (size_t)((UINT64_C(1) << 32) - at);
    first = first < seg->len ? first : seg->len;
    wire_stream_fill(seed, at, text, first);
    wire_stream_fill(seed, 0, text + first, seg->len - first);
    seg->payload = text;
}

void crowd_send(struct crowd *w, int i, struct wire_seg *seg, const struct wire_twist *twist)
{
    static uint8_t text[4096];
    struct crowd_packet p = {.peer = i, .whom = seg->src};
    struct tcpref_status s;
    seg->len = seg->len < 3000 ? seg->len : 3000;
    put_text(seg, (uint64_t)i, text);
    p.len = wire_build(seg, twist, p.octets, sizeof p.octets);
    p.seg = *seg;
    if (w->peer[i].conn && !has_status(w, &p, &s))
        p.peer = -1; /* of another connection than the one whose handle we have */
    p.form = twist && (twist->bad_checksum || twist->zero_checksum || twist->data_offset);
    if (!p.form && !(twist && twist->raw_options) && has_status(w, &p, &s))
        p.blind = is_blind(&s, seg);
    crowd_inject(w, &p);
}
