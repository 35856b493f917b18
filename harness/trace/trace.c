/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The record of a case. Events and packets lie in chunks that never move; a reset forgets what they
 * hold and keeps them, so that a warm trace takes in segments without asking for memory.
 */
#include "trace/flow.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { EVENTS_PER_CHUNK = 256, ARENA_CHUNK = 256 * 1024 };

struct arena_chunk {
    uint8_t *data;
    size_t cap;
};

struct event_chunk {
    struct trace_event *event; /* EVENTS_PER_CHUNK of them */
};

struct trace {
    struct event_chunk *events;
    size_t event_chunks, count;
    struct arena_chunk *arena;
    size_t arena_chunks;
    size_t arena_at, arena_used; /* the chunk in use, and how far */
    struct flow flow[TRACE_CONNS];
};

struct trace *trace_new(void)
{
    return calloc(1, sizeof(struct trace));
}

void trace_free(struct trace *t)
{
    if (t == NULL) {
        return;
    }
    for (size_t i = 0; i < t->event_chunks; i++) {
        free(t->events[i].event);
    }
    for (size_t i = 0; i < t->arena_chunks; i++) {
        free(t->arena[i].data);
    }
    free(t->events);
    free(t->arena);
    free(t);
}

void trace_reset(struct trace *t)
{
    t->count = 0;
    t->arena_at = t->arena_used = 0;
    for (unsigned i = 0; i < TRACE_CONNS; i++) {
        t->flow[i].declared = false;
    }
}

void trace_flow_open(struct trace *t, unsigned conn, const struct wire_addr *stack,
                     const struct wire_addr *tester, uint32_t irs)
{
    flow_open(&t->flow[conn], stack, tester, irs);
}

const struct trace_flow *trace_flow(const struct trace *t, unsigned conn)
{
    return conn < TRACE_CONNS && t->flow[conn].declared ? &t->flow[conn].pub : NULL;
}

/* One more chunk; the table of chunks may move, they themselves never. */
static bool grow_events(struct trace *t)
{
    struct event_chunk *table = realloc(t->events, (t->event_chunks + 1) * sizeof *table);
    if (table == NULL) {
        return false;
    }
    t->events = table;
    struct trace_event *event = malloc(EVENTS_PER_CHUNK * sizeof *event);
    if (event == NULL) {
        return false;
    }
    table[t->event_chunks++].event = event;
    return true;
}

static struct trace_event *event_at(const struct trace *t, size_t index)
{
    return &t->events[index / EVENTS_PER_CHUNK].event[index % EVENTS_PER_CHUNK];
}

/* All but the segment is clear. */
static struct trace_event *add_event(struct trace *t)
{
    if (t->count == t->event_chunks * EVENTS_PER_CHUNK && !grow_events(t)) {
        return NULL;
    }
    struct trace_event *event = event_at(t, t->count++);
    const size_t behind = offsetof(struct trace_event, packet);
    memset(event, 0, offsetof(struct trace_event, seg));
    memset((uint8_t *)event + behind, 0, sizeof *event - behind);
    event->conn = TRACE_NO_CONN;
    event->seq = event->ack = -1;
    return event;
}

static bool grow_arena(struct trace *t, size_t cap)
{
    struct arena_chunk *table = realloc(t->arena, (t->arena_chunks + 1) * sizeof *table);
    if (table == NULL) {
        return false;
    }
    t->arena = table;
    uint8_t *data = malloc(cap);
    if (data == NULL) {
        return false;
    }
    table[t->arena_chunks++] = (struct arena_chunk){.data = data, .cap = cap};
    return true;
}

bool trace_reserve(struct trace *t, size_t events, size_t octets)
{
    bool room = true;
    while (room && t->event_chunks * EVENTS_PER_CHUNK < events) {
        room = grow_events(t);
    }
    while (room && t->arena_chunks * ARENA_CHUNK < octets) {
        room = grow_arena(t, ARENA_CHUNK);
    }
    return room;
}

/* The next LEN octets. Where they do not fit, the rest of a chunk is left, and a chunk that holds
 * nothing yet is passed over. */
static uint8_t *arena_take(struct trace *t, size_t len)
{
    while (t->arena_at < t->arena_chunks && t->arena[t->arena_at].cap - t->arena_used < len) {
        t->arena_at++;
        t->arena_used = 0;
    }
    if (t->arena_at == t->arena_chunks && !grow_arena(t, len > ARENA_CHUNK ? len : ARENA_CHUNK)) {
        return NULL;
    }
    uint8_t *at = t->arena[t->arena_at].data + t->arena_used;
    t->arena_used += len;
    return at;
}

static bool is_between(const struct wire_addr *stack, const struct flow *f,
                       const struct trace_event *event)
{
    const struct wire_addr *from = event->from_stack ? stack : &f->pub.tester;
    const struct wire_addr *to = event->from_stack ? &f->pub.tester : stack;
    return wire_addr_same(&event->seg.src, from) && wire_addr_same(&event->seg.dst, to);
}

/* Whose packet it is. A flow that does not know its port yet takes that of the first packet which
 * belongs to no other and opens something. */
static unsigned find_flow(struct trace *t, const struct trace_event *event)
{
    for (unsigned i = 0; i < TRACE_CONNS; i++) {
        if (t->flow[i].declared && is_between(&t->flow[i].pub.stack, &t->flow[i], event)) {
            return i;
        }
    }
    bool opens = event->kind == TRACE_SENT && (event->seg.flags & WIRE_SYN) != 0;
    for (unsigned i = 0; i < TRACE_CONNS && opens; i++) {
        struct flow *f = &t->flow[i];
        struct wire_addr stack = f->pub.stack;
        stack.port = event->seg.src.port;
        if (f->declared && f->pub.stack.port == 0 && is_between(&stack, f, event)) {
            f->pub.stack = stack;
            return i;
        }
    }
    return TRACE_NO_CONN;
}

const struct trace_event *trace_packet(struct trace *t, enum trace_kind kind, bool from_stack,
                                       uint64_t time, uint16_t step, const void *packet, size_t len)
{
    uint8_t *copy = arena_take(t, len);
    struct trace_event *event = copy != NULL ? add_event(t) : NULL;
    if (event == NULL) {
        return NULL;
    }
    if (len > 0) {
        memcpy(copy, packet, len);
    }
    event->time = time;
    event->kind = kind;
    event->from_stack = from_stack;
    event->step = step;
    event->packet = copy;
    event->packet_len = (uint32_t)len;
    wire_parse(copy, len, &event->seg);
    if ((event->seg.errors & WIRE_NOT_TCP) == 0) {
        unsigned conn = find_flow(t, event);
        if (conn != TRACE_NO_CONN) {
            event->conn = (uint8_t)conn;
            flow_packet(&t->flow[conn], event);
        }
    }
    return event;
}

const struct trace_event *trace_call(struct trace *t, uint64_t time, uint16_t step, unsigned conn,
                                     enum trace_call call, int64_t arg, int64_t result,
                                     int64_t offset)
{
    struct trace_event *event = add_event(t);
    if (event == NULL) {
        return NULL;
    }
    memset(&event->seg, 0, sizeof event->seg);
    event->time = time;
    event->kind = call == TRACE_ALLOC_FAIL || call == TRACE_TX_ERROR ? TRACE_FAULT : TRACE_CALL;
    event->step = step;
    event->call = call;
    event->arg = arg;
    event->result = result;
    event->offset = offset;
    if (conn < TRACE_CONNS) {
        event->conn = (uint8_t)conn;
        if (t->flow[conn].declared) {
            flow_call(&t->flow[conn], event);
        }
    }
    return event;
}

const struct trace_event *trace_mark(struct trace *t, enum trace_kind kind, uint64_t time,
                                     uint16_t step, const char *text)
{
    struct trace_event *event = add_event(t);
    if (event != NULL) {
        memset(&event->seg, 0, sizeof event->seg);
        event->time = time;
        event->kind = kind;
        event->step = step;
        event->text = text;
    }
    return event;
}

size_t trace_count(const struct trace *t)
{
    return t->count;
}

const struct trace_event *trace_at(const struct trace *t, size_t index)
{
    return index < t->count ? event_at(t, index) : NULL;
}
