/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.9.2: which connection a segment belongs to; and which timer is due first. */
#include "host.h"

#include <string.h>

static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * 0x9e3779b97f4a7c15;
    return h ^ h >> 32;
}

static uint32_t word32(const uint8_t *p)
{
    uint32_t w;
    memcpy(&w, p, sizeof(w));
    return w;
}

/* Keyed, so that nobody chooses tuples that meet in one bucket. Local addresses are too few to
 * count. */
static size_t hash(const tcpref_host *host, const struct tuple *tuple)
{
    const uint64_t *seed = host->config.seed;
    const uint8_t *addr = tuple->remote.bytes;
    uint64_t ports = (uint64_t)tuple->remote_port << 16 | tuple->local_port;
    uint64_t h = mix(seed[0], ports << 32 | word32(addr));
    if (tuple->remote.family == 6) {
        h = mix(h, (uint64_t)word32(addr + 4) << 32 | word32(addr + 8));
        h = mix(h, word32(addr + 12));
    }
    return (size_t)(((h ^ seed[1]) * 0xbf58476d1ce4e5b9) >> 32) & (host->slots - 1);
}

static bool same_address(const tcpref_addr *a, const tcpref_addr *b)
{
    if (a->family == 4)
        return word32(a->bytes) == word32(b->bytes);
    return memcmp(a->bytes, b->bytes, 16) == 0;
}

static bool same_tuple(const struct tuple *a, const struct tuple *b)
{
    return a->remote_port == b->remote_port && a->local_port == b->local_port &&
           a->remote.family == b->remote.family && same_address(&a->remote, &b->remote) &&
           same_address(&a->local, &b->local);
}

static void link_bucket(tcpref_host *host, tcpref_conn *c)
{
    tcpref_conn **bucket = &host->bucket[hash(host, &c->tuple)];
    c->bucket_next = *bucket;
    *bucket = c;
}

void table_free(tcpref_host *host)
{
    if (host->heap != host->first_heap)
        host->mem.free(host->mem.ctx, host->heap);
}

/* Makes sure that one more connection fits. Both tables are one block. */
bool table_reserve(tcpref_host *host)
{
    if (host->conns < host->slots)
        return true;
    size_t slots = host->slots * 2;
    struct alarm *heap =
        host->mem.alloc(host->mem.ctx, slots * (sizeof(*heap) + sizeof(tcpref_conn *)));
    if (!heap)
        return false;
    memcpy(heap, host->heap, host->conns * sizeof(*heap));
    table_free(host);
    host->heap = heap;
    host->bucket = (tcpref_conn **)(heap + slots);
    host->slots = slots;
    memset(host->bucket, 0, slots * sizeof(tcpref_conn *));
    for (size_t i = 0; i < host->conns; i++)
        link_bucket(host, heap[i].conn);
    return true;
}

/* Asks for the lines of memory that an event will need, all at once: one after the other they
 * would cost a cache miss each. */
static void fetch_lines(const void *from, size_t octets)
{
#if defined(__GNUC__)
    const char *p = from;
    for (size_t i = 0; i < octets; i += 64)
        __builtin_prefetch(p + i, 1);
#else
    (void)from;
    (void)octets;
#endif
}

void table_fetch_ahead(const tcpref_conn *c)
{
    if (c)
        fetch_lines(c, sizeof(*c));
}

tcpref_conn *table_find(const tcpref_host *host, const struct tuple *tuple)
{
    tcpref_conn *c = host->bucket[hash(host, tuple)];
    table_fetch_ahead(c);
    while (c && !same_tuple(&c->tuple, tuple))
        c = c->bucket_next;
    if (c && c->recvq)
        fetch_lines(c->recvq, 3 * 64);
    return c;
}

tcpref_conn *table_find_again(tcpref_host *host, const struct tuple *tuple)
{
    if (!host->recent || !same_tuple(&host->recent->tuple, tuple))
        host->recent = table_find(host, tuple);
    return host->recent;
}

/*
 * The heap of alarms has four children to a node: those lie in one cache line. A connection whose
 * timers move to a later moment keeps its place, so that an alarm may be early; only the first
 * one must be right. Segments that stop and start timers move nothing then.
 */
enum { CHILDREN = 4 };

static void put(tcpref_host *host, size_t at, struct alarm alarm)
{
    host->heap[at] = alarm;
    alarm.conn->heap_at = at;
}

static void sift_up(tcpref_host *host, size_t at, struct alarm alarm)
{
    while (at > 0 && host->heap[(at - 1) / CHILDREN].due > alarm.due) {
        put(host, at, host->heap[(at - 1) / CHILDREN]);
        at = (at - 1) / CHILDREN;
    }
    put(host, at, alarm);
}

static size_t earliest_child(const tcpref_host *host, size_t at)
{
    size_t first = CHILDREN * at + 1, best = first;
    for (size_t i = first + 1; i < first + CHILDREN && i < host->conns; i++)
        best = host->heap[i].due < host->heap[best].due ? i : best;
    return best;
}

static void sift_down(tcpref_host *host, size_t at, struct alarm alarm)
{
    while (CHILDREN * at + 1 < host->conns) {
        size_t child = earliest_child(host, at);
        if (host->heap[child].due >= alarm.due)
            break;
        put(host, at, host->heap[child]);
        at = child;
    }
    put(host, at, alarm);
}

static void make_first_exact(tcpref_host *host)
{
    while (host->conns > 0 && host->heap[0].due != host->heap[0].conn->due) {
        tcpref_conn *c = host->heap[0].conn;
        sift_down(host, 0, (struct alarm){c->due, c});
    }
}

void table_due(tcpref_conn *c, tcpref_ns due)
{
    tcpref_host *host = c->host;
    if (due == c->due)
        return;
    c->due = due;
    if (due < host->heap[c->heap_at].due)
        sift_up(host, c->heap_at, (struct alarm){due, c});
    else if (c->heap_at == 0)
        make_first_exact(host);
}

void table_add(tcpref_conn *c)
{
    tcpref_host *host = c->host;
    link_bucket(host, c);
    c->due = TCPREF_NEVER;
    put(host, host->conns++, (struct alarm){TCPREF_NEVER, c});
    c->hashed = true;
}

void table_remove(tcpref_conn *c)
{
    tcpref_host *host = c->host;
    tcpref_conn **at = &host->bucket[hash(host, &c->tuple)];
    while (*at != c)
        at = &(*at)->bucket_next;
    *at = c->bucket_next;
    if (host->recent == c)
        host->recent = NULL;
    struct alarm last = host->heap[--host->conns];
    if (last.conn != c) {
        size_t place = c->heap_at;
        bool up = place > 0 && last.due < host->heap[(place - 1) / CHILDREN].due;
        if (up)
            sift_up(host, place, last);
        else
            sift_down(host, place, last);
    }
    make_first_exact(host);
    c->hashed = false;
}
