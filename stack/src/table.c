/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.9.2: which connection a segment belongs to; and which timer is due first. */
#include "host.h"

#include <string.h>

/* Keyed, so that nobody chooses tuples that meet in one bucket. */
static size_t hash(const tcpref_host *host, const struct tuple *tuple)
{
    uint64_t w[5] = {0};
    memcpy(w, tuple, sizeof(*tuple));
    uint64_t h = host->config.seed[0];
    for (int i = 0; i < 5; i++) {
        h = (h ^ w[i]) * 0x9e3779b97f4a7c15;
        h ^= h >> 29;
    }
    h = (h ^ host->config.seed[1]) * 0xbf58476d1ce4e5b9;
    return (size_t)(h >> 32) & (host->slots - 1);
}

static void link_bucket(tcpref_host *host, tcpref_conn *c)
{
    tcpref_conn **bucket = &host->bucket[hash(host, &c->tuple)];
    c->bucket_next = *bucket;
    *bucket = c;
}

/* Makes sure that one more connection fits. */
bool table_reserve(tcpref_host *host)
{
    if (host->conns < host->slots)
        return true;
    size_t slots = host->slots * 2;
    const size_t width = sizeof(void *);
    tcpref_conn **both = host->mem.alloc(host->mem.ctx, 2 * slots * width);
    if (!both)
        return false;
    memset(both, 0, slots * width);
    memcpy(both + slots, host->heap, host->conns * width);
    if (host->bucket != host->first_slots)
        host->mem.free(host->mem.ctx, host->bucket);
    host->bucket = both;
    host->heap = both + slots;
    host->slots = slots;
    for (size_t i = 0; i < host->conns; i++)
        link_bucket(host, host->heap[i]);
    return true;
}

tcpref_conn *table_find(const tcpref_host *host, const struct tuple *tuple)
{
    tcpref_conn *c = host->bucket[hash(host, tuple)];
    while (c && memcmp(&c->tuple, tuple, sizeof(*tuple)) != 0)
        c = c->bucket_next;
    return c;
}

static void put(tcpref_host *host, size_t at, tcpref_conn *c)
{
    host->heap[at] = c;
    c->heap_at = at;
}

static void sift_up(tcpref_host *host, tcpref_conn *c)
{
    size_t at = c->heap_at;
    while (at > 0 && host->heap[(at - 1) / 2]->due > c->due) {
        put(host, at, host->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(host, at, c);
}

static void sift_down(tcpref_host *host, tcpref_conn *c)
{
    size_t at = c->heap_at;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= host->conns)
            break;
        if (child + 1 < host->conns && host->heap[child + 1]->due < host->heap[child]->due)
            child++;
        if (host->heap[child]->due >= c->due)
            break;
        put(host, at, host->heap[child]);
        at = child;
    }
    put(host, at, c);
}

void table_due(tcpref_conn *c, tcpref_ns due)
{
    if (due == c->due)
        return;
    bool sooner = due < c->due;
    c->due = due;
    if (sooner)
        sift_up(c->host, c);
    else
        sift_down(c->host, c);
}

void table_add(tcpref_conn *c)
{
    tcpref_host *host = c->host;
    link_bucket(host, c);
    c->due = TCPREF_NEVER;
    put(host, host->conns++, c);
    sift_up(host, c);
    c->hashed = true;
}

void table_remove(tcpref_conn *c)
{
    tcpref_host *host = c->host;
    tcpref_conn **at = &host->bucket[hash(host, &c->tuple)];
    while (*at != c)
        at = &(*at)->bucket_next;
    *at = c->bucket_next;
    tcpref_conn *last = host->heap[--host->conns];
    if (last != c) {
        put(host, c->heap_at, last);
        sift_up(host, last);
        sift_down(host, last);
    }
    c->hashed = false;
}
