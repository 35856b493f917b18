/* SPDX-License-Identifier: BSD-2-Clause */
/* Two hosts joined by a lossy link in memory, in virtual time, from a seed. */
#include "pair.h"

#include "wire.h"

#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static uint8_t octet(int who, uint64_t i)
{
    return (uint8_t)((i * 2654435761U + (unsigned)who * 77U) >> 7);
}

unsigned pair_random(struct pair *p, unsigned below)
{
    p->random = p->random * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)(p->random >> 33) % below;
}

static void *alloc(void *ctx, size_t size)
{
    struct pair *p = ctx;
    if (p->fail_after == 0)
        return NULL;
    if (p->fail_after > 0)
        p->fail_after--;
    p->allocations++;
    void *block = malloc(size);
    assert_non_null(block);
    memset(block, 0xa5, size); /* nothing may rest on zeroed memory */
    return block;
}

static void dealloc(void *ctx, void *block)
{
    struct pair *p = ctx;
    assert_non_null(block);
    p->allocations--;
    free(block);
}

struct tcpref_mem pair_mem(struct pair *p)
{
    return (struct tcpref_mem){p, alloc, dealloc};
}

enum tcpref_verdict pair_parse(const uint8_t *packet, size_t len, struct segment *ret_seg)
{
    enum tcpref_verdict verdict = wire_parse(packet, len, true, ret_seg);
    if (verdict != TCPREF_V_ACCEPTED)
        return verdict;
    return wire_sound(ret_seg) ? TCPREF_V_ACCEPTED : TCPREF_V_DROP_CHECKSUM;
}

tcpref_addr pair_addr(int which, uint8_t family)
{
    tcpref_addr a = {.family = family};
    if (family == 4) {
        memcpy(a.bytes, (uint8_t[]){10, 0, 0, (uint8_t)(1 + which)}, 4);
    } else {
        a.bytes[0] = 0xfd;
        a.bytes[15] = (uint8_t)(1 + which);
    }
    return a;
}

void pair_open(struct pair *p, uint64_t seed, const struct tcpref_config *a,
               const struct tcpref_config *b, uint8_t family)
{
    const struct tcpref_config *config[2] = {a, b};
    *p = (struct pair){.random = seed * 2 + 1, .fail_after = -1, .now = 5 * TCPREF_SEC};
    p->link.delay = 10 * TCPREF_MS;
    struct tcpref_mem mem = pair_mem(p);
    for (int i = 0; i < 2; i++) {
        tcpref_addr addr = pair_addr(i, family);
        assert_int_equal(tcpref_host_new(&p->host[i], config[i], &mem, p->now), TCPREF_OK);
        assert_int_equal(tcpref_host_add_address(p->host[i], &addr, 24), TCPREF_OK);
    }
    assert_int_equal(tcpref_listen(p->host[1], NULL, 80, 4, &p->listener), TCPREF_OK);
}

void pair_connect(struct pair *p)
{
    uint8_t family = 4;
    tcpref_addr to = pair_addr(1, family);
    if (tcpref_connect(p->host[0], NULL, 0, &to, 80, &p->conn[0]) != TCPREF_OK) {
        to = pair_addr(1, 6);
        assert_int_equal(tcpref_connect(p->host[0], NULL, 0, &to, 80, &p->conn[0]), TCPREF_OK);
    }
}

void pair_connect_both(struct pair *p)
{
    for (int i = 0; i < 2; i++) {
        tcpref_addr to = pair_addr(1 - i, 4);
        assert_int_equal(tcpref_connect(p->host[i], NULL, (uint16_t)(1000 + i), &to,
                                        (uint16_t)(1001 - i), &p->conn[i]),
                         TCPREF_OK);
    }
}

void pair_close(struct pair *p)
{
    tcpref_host_free(p->host[0]);
    tcpref_host_free(p->host[1]);
    assert_int_equal(p->allocations, 0);
}

static void fly(struct pair *p, int to, const uint8_t *packet, size_t len)
{
    if (p->in_flight == PAIR_QUEUE)
        return;
    struct flying *f = &p->flying[p->in_flight++];
    f->at = p->now + p->link.delay;
    if (pair_random(p, 1000) < p->link.reorder)
        f->at += pair_random(p, 50) * TCPREF_MS;
    f->order = p->order++;
    f->len = len;
    f->to = to;
    memcpy(f->packet, packet, len);
}

/* Counts how often the edge that a host offers goes back. */
static void watch_edge(struct pair *p, int from)
{
    struct tcpref_status s;
    if (!p->conn[from])
        return;
    tcpref_get_status(p->conn[from], &s);
    tcpref_seq edge = {s.rcv_nxt.n + s.rcv_wnd};
    if ((int32_t)(edge.n - p->edge[from].n) < 0)
        p->retractions++;
    p->edge[from] = edge;
}

static void carry(struct pair *p, int from, const uint8_t *packet, size_t len)
{
    p->packets++;
    assert_true(p->packets < 5000000);
    if (p->dead || pair_random(p, 1000) < p->link.loss)
        return;
    fly(p, 1 - from, packet, len);
    if (pair_random(p, 1000) < p->link.duplicate)
        fly(p, 1 - from, packet, len);
}

/* The device cuts what it gets; now and then it sends only the first few pieces, or none, and says
 * so, or says it of more than it is true of. */
static void carry_pieces(struct pair *p, int from, const uint8_t *super, size_t len, uint16_t size)
{
    uint8_t packet[PAIR_MTU];
    size_t pieces = 0, piece;
    while (tcpref_cut(super, len, size, pieces, packet, sizeof(packet)) > 0)
        pieces++;
    assert_true(pieces > 1);
    p->supers++;
    size_t sent = pair_random(p, 1000) < p->refuse ? pair_random(p, (unsigned)pieces) : pieces;
    for (size_t i = 0; i < sent; i++) {
        piece = tcpref_cut(super, len, size, i, packet, sizeof(packet));
        carry(p, from, packet, piece);
    }
    if (sent < pieces)
        tcpref_output_partial(p->host[from], pieces, sent > 0 ? pair_random(p, (unsigned)sent) : 0);
}

static void pull(struct pair *p, int from)
{
    uint8_t packet[65536];
    size_t len;
    uint16_t piece;
    while ((len = tcpref_output_gso(p->host[from], packet, sizeof(packet), p->now, &piece)) > 0) {
        watch_edge(p, from);
        if (piece > 0)
            carry_pieces(p, from, packet, len, piece);
        else
            carry(p, from, packet, len);
    }
}

static size_t soonest(const struct pair *p)
{
    size_t best = 0;
    for (size_t i = 1; i < p->in_flight; i++) {
        const struct flying *f = &p->flying[i], *b = &p->flying[best];
        if (f->at < b->at || (f->at == b->at && f->order < b->order))
            best = i;
    }
    return best;
}

static void deliver_due(struct pair *p)
{
    while (p->in_flight > 0) {
        size_t at = soonest(p);
        if (p->flying[at].at > p->now)
            return;
        struct flying f = p->flying[at];
        p->flying[at] = p->flying[--p->in_flight];
        enum tcpref_verdict verdict;
        tcpref_input(p->host[f.to], f.packet, f.len, p->now, &verdict);
        assert_true(verdict < TCPREF_V_MAX);
        pull(p, f.to);
    }
}

static void write_some(struct pair *p, int i)
{
    struct stream *s = &p->out[i];
    while (s->written < s->total) {
        uint8_t data[1000];
        size_t len = 1 + pair_random(p, sizeof(data)), taken;
        if (len > s->total - s->written)
            len = (size_t)(s->total - s->written);
        for (size_t k = 0; k < len; k++)
            data[k] = octet(i, s->written + k);
        if (tcpref_send(p->conn[i], data, len, &taken) != TCPREF_OK)
            return;
        s->written += taken;
    }
    /* A CLOSE in SYN-SENT would give up the connection. */
    if (!s->shut && (tcpref_ready(p->conn[i]) & TCPREF_READY_WRITE))
        s->shut = tcpref_shutdown(p->conn[i]) == TCPREF_OK;
}

static void read_some(struct pair *p, int i)
{
    struct stream *s = &p->out[1 - i];
    uint8_t data[2000];
    size_t cap =
        p->read_step[i] > 0 && p->read_step[i] < sizeof(data) ? p->read_step[i] : sizeof(data);
    size_t len;
    while (!p->paused[i] && tcpref_recv(p->conn[i], data, cap, &len) == TCPREF_OK) {
        if (len == 0) {
            s->eof = true;
            return;
        }
        for (size_t k = 0; k < len; k++)
            assert_int_equal(data[k], octet(1 - i, s->read + k));
        s->read += len;
        if (p->read_step[i] > 0)
            return;
    }
}

static void applications(struct pair *p)
{
    if (!p->conn[1] && p->listener && tcpref_accept(p->listener, &p->conn[1]) != TCPREF_OK)
        p->conn[1] = NULL;
    for (int i = 0; i < 2; i++) {
        if (!p->conn[i])
            continue;
        write_some(p, i);
        read_some(p, i);
    }
    pull(p, 0);
    pull(p, 1);
}

static tcpref_ns next_moment(const struct pair *p)
{
    tcpref_ns next = p->in_flight > 0 ? p->flying[soonest(p)].at : TCPREF_NEVER;
    for (int i = 0; i < 2; i++) {
        tcpref_ns at = tcpref_deadline(p->host[i]);
        next = at < next ? at : next;
    }
    return next;
}

void pair_run(struct pair *p, tcpref_ns until)
{
    for (;;) {
        deliver_due(p);
        applications(p);
        tcpref_ns next = next_moment(p);
        /* An application that reads in small steps comes by every 5 ms. */
        if ((p->read_step[0] || p->read_step[1]) && !pair_streams_done(p) &&
            next > p->now + 5 * TCPREF_MS)
            next = p->now + 5 * TCPREF_MS;
        if (next > until || next == TCPREF_NEVER)
            break;
        p->now = next > p->now ? next : p->now;
        for (int i = 0; i < 2; i++) {
            tcpref_advance(p->host[i], p->now);
            pull(p, i);
        }
    }
    if (until != TCPREF_NEVER && until > p->now)
        p->now = until;
}

bool pair_streams_done(const struct pair *p)
{
    for (int i = 0; i < 2; i++) {
        if (p->out[i].read != p->out[i].total || !p->out[i].eof)
            return false;
    }
    return true;
}
