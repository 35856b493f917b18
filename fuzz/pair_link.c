/* SPDX-License-Identifier: BSD-2-Clause */
/* The link of fuzz_pair: what it does to packets, the router on it, and what must hold of every
 * packet that is handed down. */
#include "pair.h"

#include <stdlib.h>
#include <string.h>

/* Some 60000 octets at most, a few of them in a segment where the path is narrow: that many packets
 * no lawful exchange needs. */
enum { AT_ONCE_MAX = 6000, PACKETS_MAX = 60000 };

static void fly(struct pair *p, int to, const uint8_t *packet, size_t len, tcpref_ns delay)
{
    if (p->in_flight == PAIR_QUEUE)
        return;
    struct pair_flying *f = &p->flying[p->in_flight++];
    *f = (struct pair_flying){.at = p->now + delay, .order = p->order++, .len = len, .to = to};
    f->intact = true;
    f->octets = malloc(len);
    if (!f->octets)
        abort();
    memcpy(f->octets, packet, len);
}

/* ---- What is handed down ---- */

static void check_form(const struct pair *p, int from, const struct wire_seg *seg)
{
    const struct pair_side *s = &p->side[from];
    tcpref_addr own = net_addr(p->family, (uint8_t)(1 + from));
    struct wire_addr src = net_wire_addr(&own, seg->src.port);
    net_holds(seg->errors == 0, "form", "RFC9293,3.1", net_state(s->conn));
    net_holds(wire_addr_same(&src, &seg->src), "form", "RFC9293,3.9.2", net_state(s->conn));
    net_holds(!s->away, "frozen", "RFC9293,3.4", net_state(s->conn));
}

/* Every octet and control where it belongs, and nothing beyond what the peer has offered. */
static void check_numbers(const struct pair *p, int from, const struct wire_seg *seg)
{
    const struct pair_side *s = &p->side[from], *peer = &p->side[1 - from];
    struct tcpref_status now;
    if (!s->conn || (seg->flags & (WIRE_RST | WIRE_SYN)))
        return;
    tcpref_get_status(s->conn, &now);
    if (now.state == TCPREF_CLOSED)
        return;
    net_check_sent(seg, seg->len, &now);
    const char *state = tcpref_state_name(now.state);
    uint32_t at = seg->seq - now.iss.n - 1;
    if (seg->len > 0) {
        net_holds(at + seg->len <= s->written && at <= s->written, "same-bytes", "RFC9293,3.4",
                  state);
        net_holds(wire_stream_check(1 + (uint64_t)from, at, seg->payload, seg->len) == seg->len,
                  "same-bytes", "RFC9293,3.4", state);
        net_holds(!peer->looked || peer->was.state < TCPREF_ESTABLISHED || p->broken ||
                      net_diff(seg->seq + seg->len, peer->was.rcv_max.n) <= 0,
                  "beyond-edge", "RFC9293,3.8.6", state);
    }
    if (seg->flags & WIRE_FIN)
        net_holds(s->shut && at + seg->len == s->written, "controls-fixed", "RFC9293,3.6", state);
    if (peer->looked && !p->broken)
        net_holds(seg->ack - peer->was.iss.n - 1 <= peer->written + peer->shut, "ack-of-unseen",
                  "RFC9293,3.4", state);
}

static void check_packet(struct pair *p, int from, const uint8_t *packet, size_t len)
{
    struct wire_seg seg;
    wire_parse(packet, len, &seg);
    net_trace(p->now, from ? "  1 sends" : "0 sends", packet, len, net_state(p->side[from].conn));
    check_form(p, from, &seg);
    check_numbers(p, from, &seg);
    struct pair_side *s = &p->side[from];
    s->quoted_len = len;
    s->quote_len = len < PAIR_QUOTE ? len : PAIR_QUOTE;
    memcpy(s->quote, packet, s->quote_len);
}

/* ---- What the link does ---- */

static void turn_bit(struct pair_flying *f)
{
    /* The header of IPv6 has no checksum: what is turned there, nobody can see. */
    size_t from = f->octets[0] >> 4 == 6 ? 40 : 0;
    size_t at = (size_t)(f->order * 2654435761U >> 3) % ((f->len - from) * 8);
    f->octets[from + at / 8] ^= (uint8_t)(1U << at % 8);
    f->intact = false;
}

static void cut(struct pair_flying *f)
{
    size_t keep = (size_t)(f->order * 40503U) % f->len;
    uint8_t *shorter = malloc(keep ? keep : 1);
    if (!shorter)
        abort();
    memcpy(shorter, f->octets, keep);
    free(f->octets);
    f->octets = shorter;
    f->len = keep;
    f->intact = false;
}

/* RFC 3168, 5. The checksum of IPv4's header goes along (RFC 1624, 3). */
static void mark(struct pair_flying *f)
{
    uint8_t *p = f->octets;
    bool v4 = p[0] >> 4 == 4;
    unsigned ecn = v4 ? p[1] & 3U : p[1] >> 4 & 3U;
    if (ecn == 0)
        return;
    if (!v4) {
        p[1] |= 3 << 4;
        return;
    }
    uint32_t sum = (uint32_t)(p[10] << 8 | p[11]) + 0xffffU - (3 - ecn);
    sum = (sum & 0xffff) + (sum >> 16);
    p[1] |= 3;
    p[10] = (uint8_t)(sum >> 8);
    p[11] = (uint8_t)sum;
}

static bool too_big(const struct pair_side *s, const uint8_t *packet, size_t len)
{
    bool v4 = packet[0] >> 4 == 4;
    size_t most = v4 || s->path_mtu >= 1280 ? s->path_mtu : 1280;
    /* Without DF the router cuts it, and the other side puts it together again. */
    return len > most && !(v4 && !(packet[6] & 0x40));
}

static void carry(struct pair *p, int from, const uint8_t *packet, size_t len, enum fate fate)
{
    static const tcpref_ns delays[] = {[FATE_LATE] = 25 * TCPREF_MS,
                                       [FATE_LATER] = 300 * TCPREF_MS,
                                       [FATE_MUCH_LATER] = 3 * TCPREF_SEC,
                                       [FATE_MARK] = 0};
    struct pair_side *s = &p->side[from];
    if (fate == FATE_LOSE)
        return;
    if (too_big(s, packet, len)) {
        uint16_t mtu = p->family == 4 || s->path_mtu >= 1280 ? s->path_mtu : 1280;
        if (!s->black_hole)
            pair_icmp(p, from, p->family == 4 ? 3 : 2, p->family == 4 ? 4 : 0, mtu);
        return;
    }
    unsigned before = p->in_flight;
    fly(p, 1 - from, packet, len, s->delay + delays[fate]);
    if (p->in_flight == before)
        return;
    struct pair_flying *f = &p->flying[p->in_flight - 1];
    if (fate == FATE_TURN_BIT)
        turn_bit(f);
    else if (fate == FATE_CUT)
        cut(f);
    else if (fate == FATE_MARK)
        mark(f);
    else if (fate == FATE_TWICE)
        fly(p, 1 - from, packet, len, s->delay + 2 * TCPREF_MS);
}

static enum fate next_fate(struct pair_side *s)
{
    if (s->fates == 0)
        return FATE_PASS;
    enum fate fate = (enum fate)s->fate[0];
    memmove(s->fate, s->fate + 1, --s->fates);
    return fate;
}

static void send_one(struct pair *p, int from, const uint8_t *packet, size_t len)
{
    enum fate fate = next_fate(&p->side[from]);
    check_packet(p, from, packet, len);
    if (fate == FATE_REFUSE)
        tcpref_output_done(p->side[from].net->host, 1, true);
    else
        carry(p, from, packet, len, fate);
}

/* The device cuts what it gets. An error in the middle leaves the rest unsent. */
static void send_super(struct pair *p, int from, const uint8_t *packet, size_t len, uint16_t each)
{
    static uint8_t piece[NET_PACKET_MAX];
    size_t pieces = 0;
    while (tcpref_cut(packet, len, each, pieces, piece, sizeof piece) > 0)
        pieces++;
    net_holds(pieces > 1, "super-segment", "RFC9293,3.7.1", net_state(p->side[from].conn));
    for (size_t i = 0; i < pieces; i++) {
        enum fate fate = next_fate(&p->side[from]);
        if (fate == FATE_REFUSE) {
            tcpref_output_partial(p->side[from].net->host, pieces, i);
            return;
        }
        size_t n = tcpref_cut(packet, len, each, i, piece, sizeof piece);
        check_packet(p, from, piece, n);
        carry(p, from, piece, n, fate);
    }
}

void pair_pull(struct pair *p, int from)
{
    static uint8_t packet[NET_PACKET_MAX];
    struct pair_side *s = &p->side[from];
    uint16_t each;
    size_t len, count = 0;
    while ((len = tcpref_output_gso(s->net->host, packet, sizeof packet, p->now, &each)) > 0) {
        net_holds(++count < AT_ONCE_MAX, "answers-bounded", "output-ends", net_state(s->conn));
        net_holds(++p->packets < PACKETS_MAX, "work-budget", "RFC9293,3.8.6", net_state(s->conn));
        if (each > 0)
            send_super(p, from, packet, len, each);
        else
            send_one(p, from, packet, len);
    }
    net_holds(!tcpref_wants_output(s->net->host), "answers-bounded", "output-ends",
              net_state(s->conn));
}

/* ---- Arrivals ---- */

static unsigned soonest(const struct pair *p)
{
    unsigned best = 0;
    for (unsigned i = 1; i < p->in_flight; i++) {
        const struct pair_flying *f = &p->flying[i], *b = &p->flying[best];
        if (f->at < b->at || (f->at == b->at && f->order < b->order))
            best = i;
    }
    return best;
}

tcpref_ns pair_next_arrival(const struct pair *p)
{
    return p->in_flight > 0 ? p->flying[soonest(p)].at : TCPREF_NEVER;
}

static bool taken(enum tcpref_verdict verdict)
{
    return verdict == TCPREF_V_ACCEPTED || verdict == TCPREF_V_NEW_CONNECTION ||
           verdict == TCPREF_V_REFUSED_MEMORY || verdict == TCPREF_V_REFUSED_ZERO_WINDOW ||
           verdict == TCPREF_V_ICMP_SOFT || verdict == TCPREF_V_TOO_BIG;
}

/* A probe is answered too, once in half a second at least (tcpref/config.h). */
static bool owes_answer(const struct pair *p, const struct pair_flying *f,
                        enum tcpref_verdict verdict)
{
    const struct pair_side *s = &p->side[f->to];
    struct wire_seg seg;
    if (verdict == TCPREF_V_ACCEPTED || !f->intact || s->away || !s->looked ||
        s->was.state < TCPREF_ESTABLISHED || s->was.state == TCPREF_CLOSED)
        return false;
    wire_parse(f->octets, f->len, &seg);
    bool probe = verdict == TCPREF_V_DROP_SEQUENCE && seg.errors == 0 && wire_seg_len(&seg) == 0 &&
                 seg.seq == s->was.rcv_nxt.n - 1 &&
                 p->now - s->probed > s->net->config.oow_ack_interval;
    return probe || (seg.errors == 0 && net_owed_answer(verdict, &seg));
}

static void arrive(struct pair *p, const struct pair_flying *f)
{
    struct pair_side *s = &p->side[f->to];
    enum tcpref_verdict verdict = TCPREF_V_MAX;
    tcpref_input(s->net->host, f->octets, f->len, p->now, &verdict);
    net_trace(p->now, f->to ? "  1 gets " : "0 gets ", f->octets, f->len,
              tcpref_verdict_name(verdict));
    net_holds(verdict < TCPREF_V_MAX, "verdict", "every-packet-has-one", net_state(s->conn));
    net_holds(f->intact || net_refused_by_form(verdict), "no-effect", "RFC9293,3.1",
              net_state(s->conn));
    net_holds(!s->away || !taken(verdict), "frozen", "RFC9293,3.4", net_state(s->conn));
    if (taken(verdict) && verdict != TCPREF_V_ICMP_SOFT && verdict != TCPREF_V_TOO_BIG)
        s->heard = p->now;
    bool owed = owes_answer(p, f, verdict);
    uint64_t before = p->packets;
    pair_pull(p, f->to);
    net_holds(!owed || p->packets > before, "owed-ack", "RFC9293,3.10.7.4", net_state(s->conn));
    if (verdict != TCPREF_V_ACCEPTED)
        s->probed = p->now; /* one limit for all that is empty */
}

void pair_deliver(struct pair *p)
{
    while (p->in_flight > 0) {
        unsigned at = soonest(p);
        struct pair_flying f = p->flying[at];
        if (f.at > p->now)
            return;
        p->flying[at] = p->flying[--p->in_flight];
        net_holds(++p->at_once < AT_ONCE_MAX, "answers-bounded", "time-goes-on",
                  net_state(p->side[f.to].conn));
        arrive(p, &f);
        free(f.octets);
        pair_look(p, f.to);
    }
}

void pair_icmp(struct pair *p, int to, uint8_t type, uint8_t code, uint32_t info)
{
    static uint8_t packet[NET_PACKET_MAX];
    const struct pair_side *s = &p->side[to];
    tcpref_addr router = net_addr(p->family, 200), own = net_addr(p->family, (uint8_t)(1 + to));
    struct wire_icmp icmp = {.src = net_wire_addr(&router, 0),
                             .dst = net_wire_addr(&own, 0),
                             .type = type,
                             .code = code,
                             .info = info,
                             .quoted = s->quote,
                             .quoted_len = s->quote_len};
    size_t len = wire_build_icmp(&icmp, packet, sizeof packet);
    if (len > 0 && s->quote_len > 0)
        fly(p, to, packet, len, TCPREF_MS);
}

void pair_again(struct pair *p, int from)
{
    const struct pair_side *s = &p->side[from];
    if (s->quote_len > 0 && s->quote_len == s->quoted_len)
        fly(p, 1 - from, s->quote, s->quote_len, s->delay + 40 * TCPREF_MS);
}

void pair_link_clear(struct pair *p)
{
    for (unsigned i = 0; i < p->in_flight; i++)
        free(p->flying[i].octets);
    p->in_flight = 0;
}
