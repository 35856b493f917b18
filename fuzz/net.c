/* SPDX-License-Identifier: BSD-2-Clause */
/* What the targets share that drive whole hosts of tcpref. */
#include "net.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Findings ---- */

_Noreturn void net_finding(const char *name, const char *clause, const char *state)
{
    fprintf(stderr, "INVARIANT %s %s %s\n", name, clause, state);
    abort();
}

/* ---- Memory ---- */

enum { GARBAGE = 512 };

static bool fails(struct net_mem *mem)
{
    if (mem->before > 0) {
        mem->before--;
        return false;
    }
    if (mem->fail > 0) {
        mem->fail--;
        return true;
    }
    return false;
}

static void *net_alloc(void *ctx, size_t size)
{
    struct net_mem *mem = ctx;
    mem->calls++;
    uint8_t *block = fails(mem) ? NULL : malloc(size);
    if (!block)
        return NULL;
    /* Nothing may rest on zeroed memory. */
    memset(block, 0xa5, size < GARBAGE ? size : GARBAGE);
    mem->blocks++;
    mem->octets += malloc_usable_size(block);
    return block;
}

static void net_free(void *ctx, void *block)
{
    struct net_mem *mem = ctx;
    mem->blocks--;
    mem->octets -= malloc_usable_size(block);
    free(block);
}

struct tcpref_mem net_memory(struct net_mem *mem)
{
    return (struct tcpref_mem){mem, net_alloc, net_free};
}

/* ---- Hosts ---- */

static void take_switches(const uint8_t *p, struct tcpref_config *k)
{
    static const tcpref_ns delays[] = {200 * TCPREF_MS, 0, 40 * TCPREF_MS, 500 * TCPREF_MS};
    k->timestamps = !(p[1] & 1);
    k->window_scale = !(p[1] & 2);
    k->sack = k->sack != ((p[1] & 4) != 0);
    k->rack = k->rack != ((p[1] & 8) != 0);
    k->ecn = p[1] & 16;
    k->nodelay = p[1] & 32;
    k->pmtud = !(p[1] & 64);
    k->fast_path = !(p[1] & 128);
    k->cc = p[2] & 3 ? (enum tcpref_cc)((p[2] & 3) - 1) : k->cc;
    k->initial_window = p[2] & 4 ? 10 : k->initial_window;
    k->frto = !(p[2] & 8);
    k->delayed_ack = delays[p[2] >> 4 & 3];
    k->rfc1337 = p[2] & 64;
    k->blackhole_timeouts = p[2] & 128 ? 0 : 3;
}

void net_config(const uint8_t octets[NET_HOST_OCTETS], struct tcpref_config *ret_config)
{
    const uint8_t *p = octets;
    struct tcpref_config *k = ret_config;
    static const uint32_t buffers[] = {16384, 65536, 3000, 8000, 536, 1, 1460, 150000};
    static const uint32_t starts[] = {0, UINT32_MAX - 200, INT32_MAX - 200U, UINT32_MAX - 5000};
    static const uint16_t mtus[] = {1500, 576, 1400, 9000};
    *k = *tcpref_profiles[p[0] % 6];
    take_switches(p, k);
    k->rcvbuf = buffers[p[3] % 8];
    k->sndbuf = buffers[p[4] % 8];
    k->iss_set = p[5] % 4 > 0;
    k->iss = starts[p[5] % 4];
    k->ts_offset_set = p[5] >> 2 & 3;
    k->ts_offset = starts[p[5] >> 2 & 3];
    k->user_timeout_option = p[5] & 16 ? 200 * TCPREF_SEC : 0;
    k->segment_overhead = p[5] & 32 ? 100 : k->segment_overhead;
    k->gso_max = p[6] & 7 ? (uint16_t)(p[6] % 8 * 6000U) : k->gso_max;
    k->mtu = mtus[p[6] >> 3 & 3];
    k->seed[0] = p[7];
}

tcpref_ns net_origin(uint8_t octet)
{
    static const tcpref_ns origins[] = {TCPREF_SEC, (UINT64_C(1) << 31) * TCPREF_MS - TCPREF_SEC,
                                        (UINT64_C(1) << 32) * TCPREF_MS - TCPREF_SEC, 0};
    return origins[octet % 4] + (octet >> 2) * 17 * TCPREF_MS;
}

tcpref_addr net_addr(uint8_t family, uint8_t last)
{
    if (family == 4)
        return (tcpref_addr){.family = 4, .bytes = {10, 0, 0, last}};
    return (tcpref_addr){.family = 6, .bytes = {0xfd, [15] = last}};
}

struct wire_addr net_wire_addr(const tcpref_addr *addr, uint16_t port)
{
    struct wire_addr to = {.family = addr->family, .port = port};
    memcpy(to.ip, addr->bytes, sizeof to.ip);
    return to;
}

void net_open(struct net_host *h, uint8_t last, tcpref_ns now)
{
    struct tcpref_mem mem = net_memory(&h->mem);
    tcpref_addr addr[2] = {net_addr(4, last), net_addr(6, last)};
    if (tcpref_host_new(&h->host, &h->config, &mem, now) != TCPREF_OK ||
        tcpref_host_add_address(h->host, &addr[0], 24) != TCPREF_OK ||
        tcpref_host_add_address(h->host, &addr[1], 64) != TCPREF_OK)
        net_finding("host-made", "RFC9293,3.9.2", "-");
}

void net_close(struct net_host *h)
{
    tcpref_host_free(h->host);
    h->host = NULL;
    net_holds(h->mem.blocks == 0 && h->mem.octets == 0, "account", "memory-comes-back", "-");
}

/* ---- Connections ---- */

const char *net_state(const tcpref_conn *conn)
{
    struct tcpref_status s;
    if (!conn)
        return "-";
    tcpref_get_status(conn, &s);
    return tcpref_state_name(s.state);
}

void net_view(const tcpref_conn *conn, struct net_view *ret_view)
{
    struct tcpref_status s;
    tcpref_get_status(conn, &s);
    *ret_view = (struct net_view){{s.state,
                                   s.iss.n,
                                   s.snd_una.n,
                                   s.snd_nxt.n,
                                   s.snd_wl1.n,
                                   s.snd_wl2.n,
                                   s.snd_up.n,
                                   s.snd_wnd,
                                   s.max_snd_wnd,
                                   s.irs.n,
                                   s.rcv_nxt.n,
                                   s.rcv_max.n,
                                   s.rcv_up.n,
                                   s.rcv_wnd,
                                   s.path_mtu,
                                   s.snd_mss,
                                   s.ts_recent,
                                   s.cwnd,
                                   s.ssthresh,
                                   s.srtt,
                                   s.rttvar,
                                   s.rto,
                                   s.timeouts,
                                   s.r1_reached,
                                   s.user_timeout,
                                   s.send_queue,
                                   s.recv_queue,
                                   s.acked,
                                   tcpref_ready(conn),
                                   (uint64_t)-tcpref_conn_error(conn)}};
}

bool net_view_same(const struct net_view *a, const struct net_view *b)
{
    for (unsigned i = 0; i < NET_VIEW; i++) {
        if (a->value[i] != b->value[i])
            return false;
    }
    return true;
}

bool net_owes(const struct tcpref_status *s)
{
    switch (s->state) {
    case TCPREF_CLOSED:
    case TCPREF_LISTEN:
        return false;
    case TCPREF_ESTABLISHED:
    case TCPREF_CLOSE_WAIT:
    case TCPREF_FIN_WAIT_2:
        return s->snd_una.n != s->snd_nxt.n || s->send_queue > 0;
    default: /* a SYN or a FIN has no ACK, or TIME-WAIT is to end */
        return true;
    }
}

void net_check_record(const struct net_host *h, const struct tcpref_status *s, tcpref_ns now)
{
    const char *state = tcpref_state_name(s->state);
    net_holds(s->path_mtu >= (s->local.family == 4 ? 68 : 1280), "mss", "RFC5927,7", state);
    if (!net_owes(s))
        return;
    tcpref_ns at = tcpref_deadline(h->host);
    tcpref_ns most = s->state == TCPREF_TIME_WAIT ? 2 * h->config.msl : h->config.rto_max;
    net_holds(at != TCPREF_NEVER && at <= now + most, "armed", "RFC9293,3.8.1", state);
}

static void check_size(const struct wire_seg *seg, uint32_t text, const struct tcpref_status *s)
{
    bool v4 = s->local.family == 4;
    uint32_t size = (v4 ? 40U : 60U) + seg->raw_options_len + text;
    /* 64 octets of text and options always go, without DF if need be. */
    uint32_t most = v4 && s->path_mtu < 104 ? 104 : s->path_mtu;
    net_holds(text == 0 || size <= most, "mss", "RFC9293,3.7.1", tcpref_state_name(s->state));
}

/* RFC 2018, 3; the first may tell of a duplicate (RFC 2883, 4). */
static void check_sacks(const struct wire_seg *seg, const char *state)
{
    for (unsigned i = 0; i < seg->opt.sacks; i++) {
        uint32_t left = seg->opt.sack[i].left, right = seg->opt.sack[i].right;
        net_holds(net_diff(right, left) > 0, "sack-truth", "RFC2018,3", state);
        net_holds(i == 0 || net_diff(left, seg->ack) > 0, "sack-truth", "RFC2018,4", state);
    }
}

void net_check_sent(const struct wire_seg *seg, uint32_t text, const struct tcpref_status *s)
{
    const char *state = tcpref_state_name(s->state);
    uint32_t end = seg->seq + wire_seg_len(seg);
    net_holds(seg->ack == s->rcv_nxt.n, "ack-of-unseen", "RFC9293,3.4", state);
    net_holds(net_diff(seg->seq, s->snd_una.n - 1) >= 0 && net_diff(end, s->snd_nxt.n) <= 0,
              "empty-form", "RFC9293,3.4", state);
    net_holds(seg->ack + ((uint32_t)seg->window << s->rcv_shift) == s->rcv_nxt.n + s->rcv_wnd,
              "edge", "RFC7323,2.4", state);
    check_size(seg, text, s);
    check_sacks(seg, state);
    net_holds(seg->opt.ts_set == s->timestamps, "timestamps", "RFC7323,3.2", state);
    net_holds(!seg->opt.ts_set || seg->opt.ts_ecr == s->ts_recent, "timestamps", "RFC7323,4.3",
              state);
}

/* ---- Packets ---- */

enum tcpref_verdict net_input(struct net_host *h, const void *packet, size_t len, tcpref_ns now)
{
    enum tcpref_verdict verdict = TCPREF_V_MAX;
    uint8_t *exact = malloc(len ? len : 1);
    if (!exact)
        abort();
    memcpy(exact, packet, len);
    tcpref_input(h->host, exact, len, now, &verdict);
    free(exact);
    net_holds(verdict < TCPREF_V_MAX, "verdict", "every-packet-has-one", "-");
    return verdict;
}

bool net_owed_answer(enum tcpref_verdict verdict, const struct wire_seg *seg)
{
    if (seg->flags & (WIRE_SYN | WIRE_RST) || !(seg->flags & WIRE_ACK) || wire_seg_len(seg) == 0)
        return false;
    return verdict == TCPREF_V_DROP_SEQUENCE || verdict == TCPREF_V_DROP_PAWS ||
           verdict == TCPREF_V_CHALLENGE_ACK || verdict == TCPREF_V_REFUSED_MEMORY ||
           verdict == TCPREF_V_REFUSED_ZERO_WINDOW;
}

bool net_refused_by_form(enum tcpref_verdict verdict)
{
    switch (verdict) {
    case TCPREF_V_DROP_SHORT:
    case TCPREF_V_DROP_IP_VERSION:
    case TCPREF_V_DROP_IP_HEADER:
    case TCPREF_V_DROP_IP_CHECKSUM:
    case TCPREF_V_DROP_FRAGMENT:
    case TCPREF_V_DROP_PROTOCOL:
    case TCPREF_V_DROP_ICMP_CHECKSUM:
    case TCPREF_V_DROP_CHECKSUM:
    case TCPREF_V_DROP_OFFSET:
    case TCPREF_V_DROP_PORT:
        return true;
    default:
        return false;
    }
}

/* ---- For people ---- */

void net_trace(tcpref_ns now, const char *who, const void *packet, size_t len, const char *what)
{
    static int on = -1;
    struct wire_seg seg;
    char flags[16], src[64], dst[64];
    if (on < 0)
        on = getenv("TCPASSAY_TRACE") != NULL;
    if (!on)
        return;
    wire_parse(packet, len, &seg);
    fprintf(stderr, "%13.6f %s %s > %s %s seq %u ack %u win %u len %u", (double)now / 1e9, who,
            wire_addr_text(&seg.src, src, sizeof src), wire_addr_text(&seg.dst, dst, sizeof dst),
            wire_flags_text(seg.flags, flags, sizeof flags), seg.seq, seg.ack, seg.window, seg.len);
    if (seg.opt.ts_set)
        fprintf(stderr, " ts %u %u", seg.opt.ts_val, seg.opt.ts_ecr);
    for (unsigned i = 0; i < seg.opt.sacks; i++)
        fprintf(stderr, " sack %u-%u", seg.opt.sack[i].left, seg.opt.sack[i].right);
    fprintf(stderr, "%s%s  %s\n", seg.errors ? " bad: " : "",
            seg.errors ? wire_error_text(seg.errors) : "", what);
}
