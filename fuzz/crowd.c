/* SPDX-License-Identifier: BSD-2-Clause */
/* The crowd of fuzz_host: its beginning and end, the user's calls, and what must hold after each
 * step. */
#include "crowd.h"

#include <string.h>

/* What a connection costs beside its buffers, and what the host itself and its tables cost. */
enum { RECORD_OCTETS = 8192, HOST_OCTETS = 16384, LISTENER_OCTETS = 1024 };
enum { FIRST_V6 = 12, PACKETS_LEFT_MAX = 4000, CHUNK = 4096 };
/* R2, user timeouts (RFC 5482: an hour at most), twice the MSL and FIN-WAIT-2, one after the other.
 */
#define ALL_GONE (3 * 3600 * TCPREF_SEC)

static uint64_t host_seed(int i)
{
    return 100 + (uint64_t)i;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* ---- Beginning and end ---- */

void crowd_open(struct crowd *w, const uint8_t octets[NET_HOST_OCTETS], unsigned limits,
                tcpref_ns now)
{
    struct crowd_log *log = w->log;
    bool again = w->again;
    *w = (struct crowd){.log = log, .again = again, .now = now};
    w->backlog = 1 + (limits >> 4 & 3);
    net_config(octets, &w->net.config);
    struct tcpref_config *k = &w->net.config;
    k->connections = limits & 1 ? 6 : 40;
    k->half_open = (uint16_t)(1 + (limits >> 1 & 7));
    k->syn_texts = limits & 64 ? 1 : 0;
    if (limits & 128)
        k->time_wait_reuse = TCPREF_NEVER;
    w->buffers = larger(k->sndbuf, CROWD_BUFFER_MAX) + larger(k->rcvbuf, CROWD_BUFFER_MAX);
    net_open(&w->net, 1, now);
    for (int i = 0; i < CROWD_PEERS; i++) {
        uint8_t family = i < FIRST_V6 ? 4 : 6;
        tcpref_addr addr = net_addr(family, (uint8_t)(10 + i % 3)), host = net_addr(family, 1);
        w->peer[i].addr = net_wire_addr(&addr, (uint16_t)(1000 + i));
        w->peer[i].host = net_wire_addr(&host, 80);
        w->peer[i].iss = w->peer[i].nxt = UINT32_C(0x10000000) * (unsigned)i - 100U;
    }
}

void crowd_close(struct crowd *w)
{
    tcpref_ns limit = w->now + ALL_GONE;
    unsigned turns = 0;
    w->net.mem.before = w->net.mem.fail = 0;
    for (unsigned l = 0; l < CROWD_LISTENERS; l++) {
        tcpref_listener_close(w->listener[l]);
        w->listener[l] = NULL;
    }
    for (int i = 0; i < CROWD_PEERS; i++)
        crowd_release(w, i);
    crowd_pull(w, NULL);
    while (tcpref_host_connections(w->net.host) > 0) {
        tcpref_ns at = tcpref_deadline(w->net.host);
        net_holds(at <= limit && ++turns < PACKETS_LEFT_MAX, "liveness", "RFC9293,3.8.3",
                  "orphans");
        crowd_pass(w, at > w->now ? at : w->now);
    }
    /* The host and its table. */
    net_holds(w->net.mem.blocks <= 2, "account", "memory-comes-back", "-");
    net_close(&w->net);
}

/* ---- The user's calls ---- */

static bool same_peer(const struct crowd_peer *peer, const struct tcpref_status *s)
{
    struct wire_addr remote = net_wire_addr(&s->remote, s->remote_port);
    return wire_addr_same(&peer->addr, &remote);
}

static uint16_t port_of(const tcpref_conn *conn)
{
    struct tcpref_status s;
    tcpref_get_status(conn, &s);
    return s.local_port;
}

void crowd_release(struct crowd *w, int i)
{
    struct crowd_peer *peer = &w->peer[i];
    if (!peer->conn)
        return;
    if (peer->thinned)
        peer->left_port = port_of(peer->conn);
    peer->thinned = false;
    w->orphans++;
    tcpref_release(peer->conn);
    peer->conn = NULL;
}

static bool abort_tells(const struct tcpref_status *s)
{
    /* Until its FIN goes out it is CLOSE-WAIT to the peer. */
    bool fin_waits = s->state == TCPREF_LAST_ACK &&
                     net_diff(s->snd_nxt.n, s->snd_una.n) <= (int32_t)s->send_queue;
    return s->state == TCPREF_SYN_RECEIVED || s->state == TCPREF_ESTABLISHED ||
           s->state == TCPREF_FIN_WAIT_1 || s->state == TCPREF_FIN_WAIT_2 ||
           s->state == TCPREF_CLOSE_WAIT || fin_waits;
}

/* RFC 9293, 3.10.5: ABORT tells the peer; RFC 2525, 2.17: so does CLOSE with text unread. */
void crowd_end(struct crowd *w, int i, bool aborts)
{
    tcpref_conn *conn = w->peer[i].conn;
    struct tcpref_status s;
    uint64_t linger = 0;
    if (!conn)
        return;
    tcpref_get_status(conn, &s);
    (void)tcpref_get(conn, TCPREF_OPT_LINGER_0, &linger);
    bool tells = s.recv_queue > 0 && s.state != TCPREF_TIME_WAIT && s.state != TCPREF_CLOSED;
    if (aborts || (linger && !tells))
        tells = abort_tells(&s);
    w->rsts = 0;
    if ((aborts ? tcpref_abort(conn) : tcpref_close(conn)) != TCPREF_OK)
        return;
    crowd_pull(w, NULL);
    net_holds(w->rsts == tells, "reset-form", aborts ? "RFC9293,3.10.5" : "RFC2525,2.17",
              tcpref_state_name(s.state));
}

static void take_handle(struct crowd *w, int i, tcpref_conn *conn)
{
    struct crowd_peer *peer = &w->peer[i];
    struct tcpref_status s;
    crowd_release(w, i);
    tcpref_get_status(conn, &s);
    peer->conn = conn;
    peer->host = net_wire_addr(&s.local, s.local_port);
    peer->read = peer->written = 0;
    peer->eof = peer->unsure = false;
    peer->ts_newest = s.ts_recent;
}

void crowd_accept(struct crowd *w, unsigned listener)
{
    tcpref_conn *conn = NULL;
    struct tcpref_status s;
    if (!w->listener[listener] || tcpref_accept(w->listener[listener], &conn) != TCPREF_OK)
        return;
    tcpref_get_status(conn, &s);
    for (int i = 0; i < CROWD_PEERS; i++) {
        if (same_peer(&w->peer[i], &s)) {
            take_handle(w, i, conn);
            w->peer[i].unsure = w->unsure;
            return;
        }
    }
    w->orphans++;
    tcpref_release(conn);
}

/* What it holds is in TIME-WAIT, and another connection with other timestamps may follow it. */
static bool may_follow(const struct crowd *w, int i, uint16_t local_port)
{
    const struct crowd_peer *peer = &w->peer[i];
    const struct tcpref_config *k = &w->net.config;
    struct tcpref_status s;
    if (!peer->conn || local_port == 0 || k->time_wait_reuse == TCPREF_NEVER)
        return false;
    tcpref_get_status(peer->conn, &s);
    tcpref_ns wait = s.srtt > k->time_wait_reuse ? s.srtt : k->time_wait_reuse;
    return s.state == TCPREF_TIME_WAIT && s.timestamps && s.local_port == local_port &&
           w->now > peer->talked + wait + 2 * TCPREF_MS;
}

void crowd_connect(struct crowd *w, int i, uint16_t local_port)
{
    bool follows = may_follow(w, i, local_port);
    const struct wire_addr *addr = &w->peer[i].addr;
    tcpref_addr to = net_addr(addr->family, addr->ip[addr->family == 4 ? 3 : 15]);
    tcpref_conn *conn = NULL;
    w->peer[i].mixed = true; /* its port is not known before */
    w->peer[i].used = true;
    tcpref_err err = tcpref_connect(w->net.host, NULL, local_port, &to, addr->port, &conn);
    net_holds(!follows || err != TCPREF_ERR_TIME_WAIT, "reuse", "RFC6191,2", "TIME-WAIT");
    if (err == TCPREF_OK)
        take_handle(w, i, conn);
}

/* Octets by their sequence numbers, which may come round meanwhile. */
static void fill(uint64_t seed, uint32_t seq, uint8_t *to, size_t len)
{
    size_t first = (size_t)((UINT64_C(1) << 32) - seq);
    first = first < len ? first : len;
    wire_stream_fill(seed, seq, to, first);
    wire_stream_fill(seed, 0, to + first, len - first);
}

static bool filled(uint64_t seed, uint32_t seq, const uint8_t *octets, size_t len)
{
    size_t first = (size_t)((UINT64_C(1) << 32) - seq);
    first = first < len ? first : len;
    return wire_stream_check(seed, seq, octets, first) == first &&
           wire_stream_check(seed, 0, octets + first, len - first) == len - first;
}

void crowd_write(struct crowd *w, int i, size_t len, bool urgent)
{
    struct crowd_peer *peer = &w->peer[i];
    uint8_t data[CHUNK];
    struct tcpref_status s;
    size_t taken = 0;
    len = len < CHUNK ? len : CHUNK;
    if (!peer->conn)
        return;
    tcpref_get_status(peer->conn, &s);
    fill(host_seed(i), s.iss.n + 1 + peer->written, data, len);
    if ((urgent ? tcpref_send_urgent(peer->conn, data, len, &taken)
                : tcpref_send(peer->conn, data, len, &taken)) == TCPREF_OK)
        peer->written += (uint32_t)taken;
    (void)w;
}

void crowd_read(struct crowd *w, int i, size_t len)
{
    struct crowd_peer *peer = &w->peer[i];
    uint8_t data[CHUNK];
    struct tcpref_status s;
    size_t n = 0;
    len = len < CHUNK ? len : CHUNK;
    if (!peer->conn || len == 0 || tcpref_recv(peer->conn, data, len, &n) != TCPREF_OK)
        return;
    tcpref_get_status(peer->conn, &s);
    net_holds(!peer->eof || n == 0, "delivery", "RFC9293,3.6", tcpref_state_name(s.state));
    net_holds(filled((uint64_t)i, s.irs.n + 1 + peer->read, data, n), "delivery", "RFC9293,3.4",
              tcpref_state_name(s.state));
    peer->read += (uint32_t)n;
    peer->eof = n == 0;
    (void)w;
}

/* ---- What must hold ---- */

/* tcpref/config.h, "Bounds": records for open connections, buffers for those that somebody has
 * accepted or that wait for it, and for `syn_texts` of each listener. */
static void check_memory(struct crowd *w, size_t open, size_t closed)
{
    const struct tcpref_config *k = &w->net.config;
    size_t conns = tcpref_host_connections(w->net.host), listeners = 0, waiting = 0;
    for (unsigned l = 0; l < CROWD_LISTENERS; l++) {
        listeners += w->listener[l] != NULL;
        waiting += w->listener[l] ? tcpref_listener_waiting(w->listener[l]) : 0;
    }
    w->orphans = w->orphans < conns ? w->orphans : conns;
    size_t most = open + w->orphans + listeners * ((size_t)k->half_open + w->backlog);
    net_holds(conns <= k->connections && conns <= most, "account", "connections", "-");
    /* Those half-open when the backlog was full may still come through. */
    net_holds(waiting <= listeners * (w->backlog + k->half_open - 1U), "account", "backlog", "-");
    size_t buffered = open + closed + w->orphans + waiting + listeners * k->syn_texts;
    net_holds(w->net.mem.octets <= HOST_OCTETS + listeners * LISTENER_OCTETS +
                                       (conns + closed) * RECORD_OCTETS + buffered * w->buffers,
              "account", "memory", "-");
}

void crowd_check(struct crowd *w)
{
    size_t open = 0, closed = 0;
    for (int i = 0; i < CROWD_PEERS; i++) {
        struct tcpref_status s;
        if (!w->peer[i].conn)
            continue;
        tcpref_get_status(w->peer[i].conn, &s);
        net_check_record(&w->net, &s, w->now);
        open += s.state != TCPREF_CLOSED;
        closed += s.state == TCPREF_CLOSED;
    }
    check_memory(w, open, closed);
}

/* ---- What comes out ---- */

int crowd_peer_of(const struct crowd *w, const struct wire_addr *addr)
{
    int i = (int)addr->port - 1000;
    return i >= 0 && i < CROWD_PEERS && wire_addr_same(&w->peer[i].addr, addr) ? i : -1;
}

/* RFC 9293, 3.7.1: text and options fit what the peer takes; 64 is the least that is believed. */
static void check_size(const struct crowd_peer *peer, const struct wire_seg *seg, uint16_t each)
{
    uint32_t text = each > 0 ? each : seg->len;
    net_holds(text > 0 && text + seg->raw_options_len <= (peer->mss > 64 ? peer->mss : 64), "mss",
              "RFC9293,3.7.1", net_state(peer->conn));
}

static void check_numbers(const struct crowd_peer *peer, const struct wire_seg *seg, uint16_t each)
{
    struct tcpref_status s;
    if (!peer->conn || seg->flags & (WIRE_SYN | WIRE_RST))
        return;
    tcpref_get_status(peer->conn, &s);
    if (s.local_port != seg->src.port || s.state == TCPREF_CLOSED)
        return;
    net_check_sent(seg, each > 0 ? each : seg->len, &s);
    if (seg->len == 0)
        return;
    check_size(peer, seg, each);
    uint32_t end = seg->seq + seg->len;
    net_holds(peer->mixed || net_diff(end, s.iss.n + 1 + peer->syn_window) <= 0 ||
                  net_diff(end, peer->edge) <= 0,
              "beyond-edge", "RFC9293,3.8.6", tcpref_state_name(s.state));
    net_holds(s.acked <= peer->written, "acked", "RFC9293,3.9.1.2", tcpref_state_name(s.state));
    net_holds(seg->seq - s.iss.n - 1 + seg->len <= peer->written, "same-bytes", "RFC9293,3.4",
              tcpref_state_name(s.state));
}

static void take_output(struct crowd *w, const uint8_t *packet, size_t len, uint16_t each,
                        const struct wire_addr *whom)
{
    struct wire_seg seg;
    wire_parse(packet, len, &seg);
    net_trace(w->now, "host sends", packet, len, "");
    net_holds(seg.errors == 0, "form", "RFC9293,3.1", "-");
    net_holds(!whom || wire_addr_same(whom, &seg.dst), "crosstalk", "RFC9293,3.3.1", "output");
    w->sent++;
    w->rsts += (seg.flags & WIRE_RST) != 0;
    if (seg.flags & (WIRE_RST | WIRE_SYN))
        w->answer = seg;
    w->empty += (seg.flags & (WIRE_SYN | WIRE_FIN | WIRE_RST)) == 0 && seg.len == 0;
    int i = crowd_peer_of(w, &seg.dst);
    if (i < 0)
        return;
    struct crowd_peer *peer = &w->peer[i];
    peer->talked = w->now;
    net_holds(filled(host_seed(i), seg.seq, seg.payload, seg.len), "same-bytes", "RFC9293,3.4",
              net_state(peer->conn));
    check_numbers(peer, &seg, each);
    if (seg.flags & WIRE_RST || !(peer->host.port == seg.src.port || seg.flags & WIRE_SYN))
        return;
    uint32_t end = seg.seq + wire_seg_len(&seg);
    if (seg.flags & WIRE_SYN || net_diff(end, peer->host_nxt) > 0)
        peer->host_nxt = end;
    if (seg.flags & WIRE_SYN)
        peer->edge = end;
    peer->host_ack = seg.ack;
    peer->host = seg.src;
}

void crowd_pull(struct crowd *w, const struct wire_addr *whom)
{
    static uint8_t packet[NET_PACKET_MAX];
    size_t len, count = 0;
    uint16_t each;
    while ((len = tcpref_output_gso(w->net.host, packet, sizeof packet, w->now, &each)) > 0) {
        net_holds(++count < PACKETS_LEFT_MAX, "answers-bounded", "output-ends", "-");
        take_output(w, packet, len, each, whom);
    }
}

void crowd_pass(struct crowd *w, tcpref_ns until)
{
    w->known = false;
    w->now = until;
    tcpref_advance(w->net.host, until);
    crowd_pull(w, NULL);
    tcpref_ns at = tcpref_deadline(w->net.host);
    net_holds(at > w->now, "armed", "time-goes-on", "-");
}

/* ---- Outcomes ---- */

void crowd_outcome(const struct crowd *w, struct crowd_outcome *ret_outcome)
{
    struct crowd_outcome *out = ret_outcome;
    *out = (struct crowd_outcome){.now = w->now, .unsure = w->unsure};
    for (int i = 0; i < CROWD_PEERS; i++) {
        const struct crowd_peer *peer = &w->peer[i];
        struct tcpref_status s = {.state = TCPREF_STATE_MAX};
        if (peer->conn) {
            tcpref_get_status(peer->conn, &s);
            out->peer[i].error = tcpref_conn_error(peer->conn);
        }
        out->peer[i].read = peer->read;
        out->peer[i].written = peer->written;
        out->peer[i].eof = peer->eof;
        out->peer[i].unsure = peer->unsure || (w->unsure && !peer->conn);
        out->peer[i].acked = s.acked;
        out->peer[i].state = s.state;
        out->peer[i].port = s.local_port;
        out->peer[i].irs = s.irs.n;
    }
}

void crowd_compare(const struct crowd_outcome *with, const struct crowd_outcome *without)
{
    /* A blind segment may draw an ACK that was delayed: a step to the next deadline goes elsewhere.
     */
    if (with->now != without->now)
        return;
    for (int i = 0; i < CROWD_PEERS; i++) {
        bool same = with->peer[i].port == without->peer[i].port &&
                    with->peer[i].irs == without->peer[i].irs;
        if (with->peer[i].unsure || without->peer[i].unsure || (without->unsure && !same))
            continue; /* what was accepted in another order may have taken its place */
        const char *state = tcpref_state_name(with->peer[i].state);
        net_holds(with->peer[i].state == without->peer[i].state &&
                      with->peer[i].error == without->peer[i].error,
                  "off-path", "RFC5961,1.2", state);
        net_holds(with->peer[i].read == without->peer[i].read &&
                      with->peer[i].eof == without->peer[i].eof,
                  "off-path", "RFC9293,3.10.7.4", state);
        net_holds(with->peer[i].acked == without->peer[i].acked, "off-path", "RFC5961,5.2", state);
    }
}
