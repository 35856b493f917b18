/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One host of tcpref among many peers, listeners, floods of SYNs, errors and garbage: memory stays
 * within its bound, no connection is touched by what is another's, and who does not see a
 * connection has no effect on it: on some inputs all is played again without the blind segments,
 * and must come out the same. Any octets are a scenario: 16 choose the host, then each 8 are a
 * step.
 */
#include "crowd.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 16, RECORD = 8, RECORDS_MAX = 250, PORTS = 4, AGAIN_ONE_IN = 16 };

static const uint16_t ports[PORTS] = {80, 81, 82, 443};

static struct crowd crowd;
static struct crowd_log records;

static unsigned get16(const uint8_t *at)
{
    return (unsigned)(at[0] << 8 | at[1]);
}

/* ---- Segments ---- */

static void stamp(const struct crowd *w, struct wire_seg *seg, const struct crowd_peer *peer,
                  int32_t older)
{
    seg->opt.ts_set = peer->ts;
    /* Each has a clock of its own. */
    seg->opt.ts_val = (uint32_t)(w->now / TCPREF_MS) - 16 - peer->addr.port * 0x17000000U;
    seg->opt.ts_val -= (uint32_t)older;
    seg->opt.ts_ecr = 1;
}

static void put_syn_options(struct wire_seg *seg, uint8_t bits, uint8_t mss)
{
    static const uint16_t sizes[] = {1460, 300, 64, 0, 1, 63, 9000, UINT16_MAX};
    seg->opt.mss_set = bits & 1;
    seg->opt.mss = bits & 2 ? 1460 : sizes[mss % 8];
    seg->opt.sack_ok = bits & 4;
    seg->opt.wscale_set = bits & 8;
    seg->opt.wscale = bits & 16 ? 3 : 0;
    if (bits & 32)
        seg->flags |= WIRE_ECE | WIRE_CWR;
}

/* Nothing that the host remembers of others speaks against the first SYN of a peer. */
static void check_first(const struct crowd *w)
{
    bool answered = w->verdict == TCPREF_V_NEW_CONNECTION || w->verdict == TCPREF_V_RESET_NO_CONN;
    net_holds(answered || w->verdict == TCPREF_V_DROP_BACKLOG ||
                  w->verdict == TCPREF_V_DROP_NO_MEMORY,
              "crosstalk", "RFC7323,5.2", tcpref_verdict_name(w->verdict));
}

static void begin(struct crowd *w, int i, const uint8_t *r, bool answers)
{
    struct crowd_peer *peer = &w->peer[i];
    bool first = !peer->used;
    peer->iss += 1 + get16(r + 3) * 64;
    peer->nxt = peer->iss + 1;
    peer->ts = r[5] & 64;
    if (!answers)
        peer->host.port = ports[r[6] % PORTS];
    struct wire_seg seg = crowd_segment(w, i);
    seg.seq = peer->iss;
    seg.flags = answers ? WIRE_SYN | WIRE_ACK : WIRE_SYN;
    seg.len = r[6] & 128 ? r[7] : 0;
    put_syn_options(&seg, r[5], r[7]);
    stamp(w, &seg, peer, 0);
    crowd_send(w, i, &seg, NULL);
    if (first && !answers && !w->again)
        check_first(w);
}

/* What the peer itself would do next. */
static void proper(struct crowd *w, int i, const uint8_t *r)
{
    struct crowd_peer *peer = &w->peer[i];
    struct wire_seg seg = crowd_segment(w, i);
    enum crowd_proper kind = (enum crowd_proper)(r[2] % 8);
    if (kind <= PROPER_SYN_ACK) {
        begin(w, i, r, kind == PROPER_SYN_ACK);
        return;
    }
    seg.window = (uint16_t)(r[4] * 257);
    seg.len = kind == PROPER_ACK || kind == PROPER_FIN ? 0 : get16(r + 5) % 1461;
    seg.flags |= kind == PROPER_FIN || kind == PROPER_LAST_TEXT ? WIRE_FIN : 0;
    if (kind == PROPER_AHEAD)
        seg.seq += 1 + r[3] * 8U;
    else if (kind == PROPER_AGAIN)
        seg.seq -= seg.len;
    else
        peer->nxt += wire_seg_len(&seg);
    if (r[7] & 1 && kind == PROPER_ACK) {
        seg.opt.sacks = 1;
        seg.opt.sack[0].left = seg.ack + r[3];
        seg.opt.sack[0].right = seg.ack + r[3] + 1000;
    }
    seg.ack -= r[7] & 2 ? r[3] * 16U : 0;
    stamp(w, &seg, peer, 0);
    crowd_send(w, i, &seg, NULL);
}

static uint32_t delta(unsigned which)
{
    static const uint32_t deltas[] = {0,
                                      0,
                                      0,
                                      1,
                                      -1U,
                                      2,
                                      -2U,
                                      100,
                                      -100U,
                                      1460,
                                      65535,
                                      -65535U,
                                      3000,
                                      1U << 31,
                                      (1U << 31) - 1,
                                      (1U << 31) + 1};
    return deltas[which % 16];
}

/* What anybody might send: numbers near those that matter, or half the space away. */
static void odd(struct crowd *w, int i, const uint8_t *r)
{
    static const uint16_t flags[16] = {WIRE_ACK,
                                       WIRE_ACK | WIRE_PSH,
                                       WIRE_RST,
                                       WIRE_RST | WIRE_ACK,
                                       WIRE_SYN,
                                       WIRE_SYN | WIRE_ACK,
                                       WIRE_FIN | WIRE_ACK,
                                       WIRE_ACK | WIRE_URG,
                                       0,
                                       WIRE_FIN,
                                       WIRE_ACK | WIRE_ECE,
                                       WIRE_ACK | WIRE_CWR,
                                       WIRE_SYN | WIRE_FIN,
                                       WIRE_SYN | WIRE_RST,
                                       WIRE_PSH,
                                       0x1ff};
    const struct crowd_peer *peer = &w->peer[i];
    struct wire_seg seg = crowd_segment(w, i);
    struct tcpref_status s = {.rcv_nxt.n = peer->nxt, .snd_nxt.n = peer->host_nxt};
    s.rcv_max.n = peer->nxt + 8000;
    s.snd_una.n = s.iss.n = peer->host_nxt;
    s.irs.n = peer->iss;
    if (peer->conn)
        tcpref_get_status(peer->conn, &s);
    const uint32_t seqs[] = {s.rcv_nxt.n, s.rcv_nxt.n, s.rcv_max.n, s.irs.n};
    const uint32_t acks[] = {s.snd_nxt.n, s.snd_una.n, s.iss.n + 1, s.snd_una.n - s.max_snd_wnd};
    seg.seq = seqs[r[2] & 3] + delta(r[2] >> 2);
    seg.ack = acks[r[3] & 3] + delta(r[3] >> 2);
    seg.flags = flags[r[1] >> 4];
    seg.len = r[4] & 1 ? 0 : r[4] < 128 ? r[4] : r[4] * 11U;
    seg.window = (uint16_t)(r[5] * 257);
    seg.urgent = get16(r + 6);
    stamp(w, &seg, peer, r[6] < 150 ? 0 : r[6] < 200 ? 149 - r[6] : (r[6] - 200) * 100);
    seg.opt.ts_set ^= r[7] >= 250;
    if (seg.flags & WIRE_SYN)
        put_syn_options(&seg, r[6], 0);
    seg.tos = r[7] & 3;
    crowd_send(w, i, &seg, NULL);
}

/* ---- What is no segment of anybody's ---- */

static void flood(struct crowd *w, const uint8_t *r)
{
    for (unsigned k = 0; k < 1 + r[2] % 8U; k++) {
        struct crowd_packet p = {.peer = -1};
        tcpref_addr from = net_addr(4, (uint8_t)(100 + (r[3] + k) % 100)), to = net_addr(4, 1);
        struct wire_seg seg = {.src = net_wire_addr(&from, (uint16_t)(2000 + r[4] + k)),
                               .dst = net_wire_addr(&to, ports[r[5] % PORTS]),
                               .seq = get16(r + 6) * 65537U,
                               .flags = WIRE_SYN,
                               .window = 1000};
        static const uint8_t text[64];
        seg.payload = text;
        seg.len = r[5] & 16 ? 64 : 0;
        seg.flags |= r[5] & 32 ? WIRE_ACK : 0;
        put_syn_options(&seg, r[5], 0);
        p.whom = seg.src;
        p.seg = seg;
        p.len = wire_build(&seg, NULL, p.octets, sizeof p.octets);
        crowd_inject(w, &p);
    }
}

static bool quotes_outside(const tcpref_conn *conn, uint32_t seq)
{
    struct tcpref_status s;
    if (!conn)
        return false;
    tcpref_get_status(conn, &s);
    return seq - s.snd_una.n >= s.snd_nxt.n - s.snd_una.n;
}

/* An error about a segment of the host's; whoever has not seen it does not know its number. */
static void icmp(struct crowd *w, int i, const uint8_t *r)
{
    const struct crowd_peer *peer = &w->peer[i];
    struct wire_seg quoted = {.src = peer->host, .dst = peer->addr, .flags = WIRE_ACK};
    struct crowd_packet p = {.peer = i, .whom = peer->addr};
    struct tcpref_status s = {.snd_nxt.n = peer->host_nxt, .snd_una.n = peer->host_nxt - 1};
    uint8_t octets[128];
    if (peer->conn)
        tcpref_get_status(peer->conn, &s);
    quoted.seq = (r[4] & 1 ? s.snd_una.n : s.snd_nxt.n) + delta(r[4] >> 1);
    p.blind = s.local_port == peer->host.port && quotes_outside(peer->conn, quoted.seq);
    struct wire_icmp error = {.src = peer->addr,
                              .dst = peer->host,
                              .type = r[2] < 128 ? (peer->addr.family == 4 ? 3 : 1 + r[2] % 2)
                                                 : r[2] % 16,
                              .code = r[3] % 16,
                              .info = get16(r + 5),
                              .quoted = octets,
                              .quoted_len = wire_build(&quoted, NULL, octets, sizeof octets)};
    if (r[7] & 1)
        error.quoted_len = r[7] % 40;
    p.len = wire_build_icmp(&error, p.octets, sizeof p.octets);
    crowd_inject(w, &p);
}

static void spoil(struct crowd_packet *p, const uint8_t *r)
{
    size_t from = p->octets[0] >> 4 == 6 ? 40 : 0;
    size_t bit = get16(r + 3) % ((p->len - from) * 8);
    if (r[2] & 1)
        p->octets[from + bit / 8] ^= (uint8_t)(1U << bit % 8);
    else
        p->len = get16(r + 3) % p->len;
    p->form = true;
}

static void garbage(struct crowd *w, int i, const uint8_t *r)
{
    struct wire_seg seg = crowd_segment(w, i);
    struct crowd_packet p = {.peer = -1, .whom = seg.src};
    struct wire_twist twist = {0};
    seg.len = r[5];
    switch (r[2] % 8) {
    case 0:
    case 1: /* one bit turned, or cut short */
        stamp(w, &seg, &w->peer[i], 0);
        seg.payload = p.octets + 2000;
        p.len = wire_build(&seg, NULL, p.octets, sizeof p.octets);
        spoil(&p, r);
        break;
    case 2: /* to another host, or to many, and from anywhere */
        seg.dst.ip[seg.dst.family == 4 ? 3 : 15] = r[3] == 1 ? 255 : r[3];
        seg.src.ip[0] = r[4];
        seg.len = 0;
        p.whom = seg.src;
        p.len = wire_build(&seg, NULL, p.octets, sizeof p.octets);
        break;
    case 3:
    case 4: /* options of any kind */
        twist.raw_options = true;
        seg.raw_options_len = r[3] % 41;
        for (unsigned k = 0; k < seg.raw_options_len; k++)
            seg.raw_options[k] = r[4 + k % 4] ^ (k < 8 ? 0 : r[5]);
        seg.flags = r[4] & 128 ? WIRE_SYN : WIRE_ACK;
        crowd_send(w, i, &seg, &twist);
        return;
    case 5:
        twist.data_offset = (int8_t)(r[3] % 5);
        twist.bad_checksum = twist.data_offset == 0;
        crowd_send(w, i, &seg, &twist);
        return;
    default:
        p.len = r[3] % 64;
        for (size_t k = 0; k < p.len; k++)
            p.octets[k] = r[k % 8];
    }
    crowd_inject(w, &p);
}

/* ---- The user and the world ---- */

static void listen(struct crowd *w, unsigned l, bool open)
{
    if (!open) {
        tcpref_listener_close(w->listener[l]);
        w->listener[l] = NULL;
    } else if (!w->listener[l]) {
        (void)!tcpref_listen(w->net.host, NULL, ports[l], w->backlog, &w->listener[l]);
    }
}

static void option(struct crowd *w, int i, const uint8_t *r)
{
    static const uint32_t buffers[] = {1, 100, 536, 1460, 3000, 8000};
    tcpref_conn *conn = w->peer[i].conn;
    const struct {
        enum tcpref_option option;
        uint64_t value;
    } sets[] = {{TCPREF_OPT_RCVBUF, buffers[r[4] % 6]},
                {TCPREF_OPT_SNDBUF, buffers[r[4] % 6]},
                {TCPREF_OPT_WINDOW_CLAMP, get16(r + 4)},
                {TCPREF_OPT_NODELAY, r[4] & 1},
                {TCPREF_OPT_DELAYED_ACK, r[4] * TCPREF_MS},
                {TCPREF_OPT_LINGER_0, r[4] & 1},
                {TCPREF_OPT_KEEPALIVE, r[4] & 1},
                {TCPREF_OPT_KEEPALIVE_IDLE, (1 + r[4]) * TCPREF_SEC},
                {TCPREF_OPT_KEEPALIVE_INTERVAL, (1 + r[4]) * TCPREF_SEC},
                {TCPREF_OPT_USER_TIMEOUT, r[4] * TCPREF_SEC},
                {TCPREF_OPT_USER_TIMEOUT_OPTION, r[4] * TCPREF_SEC},
                {TCPREF_OPT_MAXSEG, 64 + r[4]},
                {TCPREF_OPT_SOFT_ERRORS, r[4] & 1}};
    unsigned which = r[3] % (sizeof sets / sizeof *sets);
    if (r[5] & 1 && w->listener[r[6] % CROWD_LISTENERS])
        (void)tcpref_listener_set(w->listener[r[6] % CROWD_LISTENERS], sets[which].option,
                                  sets[which].value);
    else if (conn)
        (void)tcpref_set(conn, sets[which].option, sets[which].value);
}

static void call(struct crowd *w, int i, const uint8_t *r)
{
    tcpref_conn *conn = w->peer[i].conn;
    unsigned l = r[3] % CROWD_LISTENERS;
    w->known = false;
    switch (r[2] % 16) {
    case CALL_ACCEPT:
    case CALL_ACCEPT + 1:
    case CALL_ACCEPT + 2:
        crowd_accept(w, l);
        break;
    case CALL_CONNECT:
        crowd_connect(w, i, r[4] & 1 ? (uint16_t)(5000 + r[4] % 3) : 0);
        break;
    case CALL_WRITE:
    case CALL_WRITE + 1:
        crowd_write(w, i, get16(r + 4), r[3] & 128);
        break;
    case CALL_READ:
    case CALL_READ + 1:
    case CALL_READ + 2:
        crowd_read(w, i, get16(r + 4));
        break;
    case CALL_SHUTDOWN:
        if (conn)
            (void)tcpref_shutdown(conn);
        break;
    case CALL_CLOSE:
        crowd_end(w, i, r[4] & 1);
        break;
    case CALL_RELEASE:
        crowd_release(w, i);
        break;
    case CALL_LISTEN:
        listen(w, l, r[4] % 4 > 0);
        break;
    case CALL_ONLY:
        if (w->listener[l]) {
            tcpref_addr only = net_addr(4, (uint8_t)(10 + i % 3));
            (void)tcpref_listener_only(w->listener[l], r[4] & 1 ? &only : NULL, 0);
        }
        break;
    default:
        option(w, i, r);
    }
    crowd_pull(w, NULL);
}

static void pass_time(struct crowd *w, const uint8_t *r)
{
    tcpref_ns at = tcpref_deadline(w->net.host);
    if (r[2] % 4 == 0 && at != TCPREF_NEVER && at < w->now + 300 * TCPREF_SEC)
        crowd_pass(w, at);
    else if (r[2] % 4 == 3)
        crowd_pass(w, w->now + r[3] * TCPREF_SEC);
    else
        crowd_pass(w, w->now + get16(r + 3) % 2000 * TCPREF_MS);
}

static void world(struct crowd *w, const uint8_t *r)
{
    uint32_t iss = get16(r + 3) * 65537U;
    w->known = false;
    if (r[2] % 4 == 0)
        (void)tcpref_host_set_mtu(w->net.host, (uint16_t)(576 + get16(r + 3) % 1000));
    else if (r[2] % 4 == 1)
        tcpref_host_set_iss(w->net.host, r[5] & 1 ? &iss : NULL);
    crowd_pull(w, NULL);
}

static void step(struct crowd *w, const uint8_t *r)
{
    int i = r[1] % CROWD_PEERS;
    switch (r[0] % 16) {
    case CROWD_PROPER:
    case CROWD_PROPER + 1:
    case CROWD_PROPER + 2:
    case CROWD_PROPER + 3:
        proper(w, i, r);
        break;
    case CROWD_ODD:
    case CROWD_ODD + 1:
    case CROWD_ODD + 2:
        odd(w, i, r);
        break;
    case CROWD_CALL:
    case CROWD_CALL + 1:
    case CROWD_CALL + 2:
    case CROWD_CALL + 3:
        call(w, i, r);
        break;
    case CROWD_FLOOD:
        flood(w, r);
        break;
    case CROWD_ICMP:
        icmp(w, i, r);
        break;
    case CROWD_GARBAGE:
        garbage(w, i, r);
        break;
    case CROWD_TIME:
        pass_time(w, r);
        break;
    default:
        world(w, r);
    }
    crowd_check(w);
}

static void play(struct crowd *w, const uint8_t head[HEAD], const uint8_t *data, size_t size,
                 struct crowd_outcome *ret_outcome)
{
    crowd_open(w, head, head[8], net_origin(head[9]));
    listen(w, 0, true);
    for (size_t at = HEAD, n = 0; at + RECORD <= size && n < RECORDS_MAX; at += RECORD, n++) {
        const uint8_t *r = data + at;
        bool fails = r[0] & 16 && r[7] % 16 == 7; /* memory runs out for this step */
        w->net.mem.before = fails ? r[6] % 3 : 0;
        w->net.mem.fail = fails ? 8 : 0;
        step(w, r);
    }
    crowd_outcome(w, ret_outcome);
    crowd_close(w);
}

static bool one_in_some(const uint8_t *data, size_t size)
{
    uint32_t h = 2166136261U;
    for (size_t i = 0; i < size; i++)
        h = (h ^ data[i]) * 16777619U;
    return (h ^ h >> 16) % AGAIN_ONE_IN == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t head[HEAD] = {0};
    struct crowd_outcome with, without;
    for (size_t i = 0; i < HEAD && i < size; i++)
        head[i] = data[i];
    crowd.log = &records;
    records.end = 0;
    crowd.again = false;
    play(&crowd, head, data, size, &with);
    if (crowd.blind == 0 || !(head[10] & 1 || one_in_some(data, size)))
        return 0;
    records.at = 0;
    crowd.again = true;
    play(&crowd, head, data, size, &without);
    crowd_compare(&with, &without);
    return 0;
}
