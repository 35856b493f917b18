/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fast path against the eight steps: two hosts, alike but for header prediction, get the same
 * arbitrary segments, calls and time from ESTABLISHED on. After each, what they send and the
 * verdict must be the same, and now and then the whole record, as a checkpoint writes it.
 */
#include "checkpoint.h"
#include "host.h"
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    HEAD = 4,
    RECORD = 8,
    RECORDS_MAX = 400,
    PACKET_MAX = 65536,
    PEER_ISS = 77,
    RECORDS_EVERY = 8
};

struct twin {
    tcpref_host *host;
    tcpref_listener *listener;
    tcpref_conn *conn;
    enum tcpref_verdict verdict;
};

struct run {
    struct twin twin[2]; /* with the fast path, and without */
    tcpref_ns now;
    unsigned steps;
    bool ts;
};

static uint8_t packet[PACKET_MAX], out[2][PACKET_MAX], image[2][1 << 20];

static void *alloc(void *ctx, size_t size)
{
    (void)ctx;
    return malloc(size);
}

static void dealloc(void *ctx, void *block)
{
    (void)ctx;
    free(block);
}

static void differ(const char *what)
{
    fprintf(stderr, "FASTPATH %s differ\n", what);
    abort();
}

static tcpref_addr address(uint8_t last)
{
    return (tcpref_addr){.family = 4, .bytes = {10, 0, 0, last}};
}

/* Everything both wait to send must be the same. */
static void drain(struct run *r)
{
    size_t len[2];
    do {
        for (int i = 0; i < 2; i++)
            len[i] = tcpref_output(r->twin[i].host, out[i], PACKET_MAX, r->now);
        if (len[0] != len[1] || memcmp(out[0], out[1], len[0]) != 0)
            differ("packets");
    } while (len[0] > 0);
}

static void compare_records(const struct run *r)
{
    size_t len[2];
    for (int i = 0; i < 2; i++)
        len[i] = checkpoint_write(r->twin[i].conn, IMAGE_HAS_RCV_MAX, NULL);
    if (len[0] != len[1] || len[0] > sizeof(image[0]))
        differ("lengths of the record");
    for (int i = 0; i < 2; i++)
        (void)checkpoint_write(r->twin[i].conn, IMAGE_HAS_RCV_MAX, image[i]);
    if (memcmp(image[0], image[1], len[0]) != 0)
        differ("records");
}

static void compare(struct run *r)
{
    drain(r);
    if (r->twin[0].verdict != r->twin[1].verdict)
        differ("verdicts");
    if (tcpref_deadline(r->twin[0].host) != tcpref_deadline(r->twin[1].host))
        differ("deadlines");
    if (++r->steps % RECORDS_EVERY == 0)
        compare_records(r);
}

/* `damage`: 0, or which octet of the TCP part is not as it was sent. */
static void give(struct run *r, struct segment *seg, uint8_t damage)
{
    seg->tuple.local = address(2);
    seg->tuple.remote = address(1);
    seg->tuple.local_port = 5000;
    seg->tuple.remote_port = 80;
    seg->ttl = 64;
    size_t header = wire_header_len(seg);
    for (uint32_t i = 0; i < seg->len; i++)
        packet[header + i] = (uint8_t)(seg->seq.n + i);
    size_t len = wire_emit(seg, packet);
    if (damage > 0)
        packet[20 + (size_t)(damage - 1) % (len - 20)] ^= damage;
    for (int i = 0; i < 2; i++)
        tcpref_input(r->twin[i].host, packet, len, r->now, &r->twin[i].verdict);
}

static bool set_up(struct run *r, const uint8_t *head)
{
    const struct tcpref_mem mem = {NULL, alloc, dealloc};
    struct tcpref_config config = head[0] & 1 ? tcpref_squeezed : tcpref_rfc9293;
    struct segment seg = {.flags = SYN, .seq = {PEER_ISS}, .wnd = (uint16_t)(head[1] * 257)};
    config.verify_checksums = head[0] & 128;
    config.iss_set = true;
    config.iss = head[0] & 2 ? UINT32_MAX - 300 : 1000;
    config.sack = head[0] & 4;
    config.rack = head[0] & 8;
    config.rcvbuf = head[0] & 16 ? 3000 : 16384; /* each step writes out what both buffers hold */
    config.sndbuf = 8192;
    r->ts = seg.has_ts = head[0] & 32;
    seg.has_sack_ok = head[0] & 64;
    for (int i = 0; i < 2; i++) {
        struct twin *t = &r->twin[i];
        tcpref_addr addr = address(1);
        config.fast_path = i == 0;
        if (tcpref_host_new(&t->host, &config, &mem, r->now) != TCPREF_OK)
            return false;
        if (tcpref_host_add_address(t->host, &addr, 24) != TCPREF_OK ||
            tcpref_listen(t->host, NULL, 80, 2, &t->listener) != TCPREF_OK)
            return false;
    }
    give(r, &seg, 0);
    drain(r);
    seg = (struct segment){.flags = ACK, .seq = {PEER_ISS + 1}, .ack = {config.iss + 1}};
    seg.wnd = (uint16_t)(head[1] * 257);
    seg.has_ts = r->ts;
    give(r, &seg, 0);
    for (int i = 0; i < 2; i++) {
        if (tcpref_accept(r->twin[i].listener, &r->twin[i].conn) != TCPREF_OK)
            return false;
    }
    return true;
}

/* op, flags, 2 of seq, 2 of ack, window, length: mostly near what is expected. */
static void segment(struct run *r, const uint8_t *p)
{
    static const uint32_t lengths[] = {0, 0, 1, 100, 1000, 1460, 4000, 60000};
    static const uint8_t flags[] = {ACK, ACK, ACK | PSH, ACK | PSH, ACK | FIN, ACK | URG, RST, SYN};
    const tcpref_conn *c = r->twin[0].conn;
    struct segment seg = {.seq = c->rcv.nxt, .ack = c->snd.una};
    seg.flags = p[1] < 240 ? flags[p[1] % 4] : p[1] < 250 ? flags[p[1] % 8] : (uint8_t)(p[1] * 7);
    if (p[2] >= 192)
        seg.seq = seq_add(seg.seq, (uint32_t)((int8_t)p[3] * (p[2] % 4 == 0 ? 100 : 1)));
    uint32_t flight = seq_ahead(c->snd.nxt, c->snd.una);
    seg.ack = seq_add(seg.ack, p[4] < 200 ? (uint32_t)((uint64_t)flight * p[5] / 255)
                                          : (uint32_t)(int8_t)p[5]);
    seg.wnd = (uint16_t)(p[6] * 257);
    seg.len = lengths[p[7] % 8];
    seg.up = p[3];
    seg.has_ts = p[0] & 8 ? !r->ts : r->ts;
    seg.tsval = c->ts.recent + (p[0] >> 4) - (p[0] & 8 ? 5 : 0);
    give(r, &seg, p[1] % 32 == 31 ? p[2] : 0);
}

static void call(struct run *r, const uint8_t *p)
{
    static uint8_t data[8192];
    size_t n, len = (size_t)p[2] * 32;
    for (int i = 0; i < 2; i++) {
        tcpref_conn *c = r->twin[i].conn;
        if (p[1] % 8 < 3)
            (void)tcpref_send(c, data, len, &n);
        else if (p[1] % 8 < 6)
            (void)tcpref_recv(c, data, len, &n);
        else if (p[1] % 8 == 6)
            (void)tcpref_set(c, TCPREF_OPT_RCVBUF, 1 + (uint64_t)p[2] * p[3]);
        else if (p[2] > 250)
            (void)tcpref_close(c);
    }
}

static void step(struct run *r, const uint8_t *p)
{
    if (p[0] % 8 < 5) {
        segment(r, p);
    } else if (p[0] % 8 < 7) {
        call(r, p);
    } else {
        r->now += ((tcpref_ns)1 << p[1] % 36) + p[2];
        for (int i = 0; i < 2; i++)
            tcpref_advance(r->twin[i].host, r->now);
    }
    compare(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct run r = {.now = TCPREF_SEC};
    if (size < HEAD || size > HEAD + RECORD * RECORDS_MAX)
        return 0;
    if (set_up(&r, data)) {
        for (size_t at = HEAD; at + RECORD <= size; at += RECORD)
            step(&r, data + at);
        compare_records(&r);
    }
    for (int i = 0; i < 2; i++)
        tcpref_host_free(r.twin[i].host);
    return 0;
}
