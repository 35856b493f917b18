/* SPDX-License-Identifier: BSD-2-Clause */
/* The oracle's entry: events come in, the rows look, the model takes them in; breaches go out. */
#include "oracle/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* When each row looks. Rows that come first see the state before those below have spoken. */
static const struct {
    row_fn *fn;
    unsigned when;
} watches[ROWS] = {
    [ROW_FORM] = {row_form, ON_SENT},
    [ROW_EDGE_BACK] = {row_edge_back, ON_SENT},
    [ROW_EVERY_WINDOW] = {row_every_window, ON_SENT | ON_INJECTED | ON_QUIET},
    [ROW_NO_EFFECT] = {row_no_effect, ON_SENT | ON_CALL},
    [ROW_ACK_OF_UNSEEN] = {row_ack_of_unseen, ON_SENT},
    [ROW_ACK_UNACCEPTABLE] = {row_ack_unacceptable, ON_INJECTED | ON_QUIET},
    [ROW_BEYOND_EDGE] = {row_beyond_edge, ON_OCTETS},
    [ROW_SAME_BYTES] = {row_same_bytes, ON_OCTETS},
    [ROW_CONTROLS_FIXED] = {row_controls_fixed, ON_SENT},
    [ROW_DELIVERY] = {row_delivery, ON_CALL | ON_QUIET},
    [ROW_OWED_ACK] = {row_owed_ack, ON_INJECTED | ON_QUIET},
    [ROW_NO_RESEND] = {row_no_resend, ON_SENT},
    [ROW_OVERDUE] = {row_overdue, ON_TIME},
    [ROW_ARMED] = {row_armed, ON_QUIET},
    [ROW_ACK_TIMELY] = {row_ack_timely, ON_SENT | ON_QUIET | ON_TIME},
    [ROW_ANSWERS_BOUNDED] = {row_answers_bounded, ON_INJECTED | ON_QUIET},
    [ROW_EMPTY_FORM] = {row_empty_form, ON_SENT},
    [ROW_TIMESTAMPS] = {row_timestamps, ON_SENT},
    [ROW_MSS] = {row_mss, ON_OCTETS},
    [ROW_BACK_OFF] = {row_back_off, ON_SENT},
    [ROW_PROBING] = {row_probing, ON_TIME},
    [ROW_RESET_FORM] = {row_reset_form, ON_SENT},
    [ROW_LAWFUL_END] = {row_lawful_end, ON_SENT | ON_SYN | ON_CALL},
    [ROW_FROZEN] = {row_frozen, ON_SENT},
    [ROW_LIVENESS] = {NULL, 0}, /* oracle_phase_end */
    [ROW_SACK_TRUTH] = {row_sack_truth, ON_SENT},
    [ROW_TIME_WAIT] = {row_time_wait, ON_SYN | ON_INJECTED | ON_QUIET},
    [ROW_FIRST_TIMEOUTS] = {row_first_timeouts, ON_OCTETS},
    [ROW_REOPEN] = {row_reopen, ON_SENT | ON_QUIET},
    [ROW_FLIGHT] = {row_flight, ON_OCTETS},
    [ROW_FAST_RETRANSMIT] = {row_fast_retransmit, ON_INJECTED | ON_QUIET},
    [ROW_CLOSE_TELLS] = {row_close_tells, ON_CALL | ON_INJECTED | ON_QUIET},
    [ROW_RESET_ENDS] = {row_reset_ends, ON_SENT | ON_INJECTED | ON_QUIET},
};

static void let_look(struct looking *look, unsigned row, bool looks)
{
    if (looks) {
        look->row[look->n++] = watches[row].fn;
    }
}

struct oracle *oracle_new(void)
{
    struct oracle *o = calloc(1, sizeof *o);
    for (unsigned i = 0; o && i < ROWS; i++) {
        for (unsigned k = 0; k < WHENS; k++) {
            let_look(&o->look[k], i, watches[i].when & 1u << k);
        }
        let_look(&o->look_octets, i, watches[i].when & (ON_SENT | ON_OCTETS));
    }
    return o;
}

void oracle_free(struct oracle *o)
{
    free(o);
}

void oracle_reset(struct oracle *o, const struct oracle_config *config, const struct trace *trace)
{
    for (unsigned i = 0; i < TRACE_CONNS; i++) {
        o->model[i].bound = false; /* model_begin clears the rest when it is used */
        o->model[i].iss_set = false;
    }
    o->config = *config;
    o->trace = trace;
    o->now = 0;
    o->blind = o->alloc_fault = false;
    o->handed = (struct settings){0};
    o->n_breaches = 0;
}

void breach(struct oracle *o, struct model *m, const struct moment *at, enum row row,
            enum oracle_level level, const char *clause, const char *format, ...)
{
    va_list args;
    if (o->n_breaches == BREACHES || (m && (m->told >> row & 1))) {
        return;
    }
    if (m) {
        m->told |= 1ull << row;
    }
    struct oracle_breach *b = &o->breaches[o->n_breaches++];
    *b = (struct oracle_breach){.invariant = oracle_invariants(&(size_t){0}) + row,
                                .level = keeps_shoulds(o, row) ? ORACLE_MUST : level,
                                .conn = at->conn,
                                .event = at->index,
                                .time = at->now - ORIGIN,
                                .clause = clause,
                                .state = m ? model_state(m) : "CLOSED"};
    va_start(args, format);
    vsnprintf(b->message, sizeof b->message, format, args);
    va_end(args);
}

void episode_over(struct model *m, enum row row)
{
    m->told &= ~(1ull << row);
}

static void look(struct oracle *o, struct model *m, struct moment *at, enum when when)
{
    const struct looking *look = &o->look[__builtin_ctz(when)];
    if (when == ON_SENT && at->end > at->seq) {
        look = &o->look_octets;
    }
    at->when = when;
    for (unsigned i = 0; i < look->n; i++) {
        look->row[i](o, m, at);
    }
}

/* The model of CONN, begun anew if the flow was declared anew. */
static struct model *model_of(struct oracle *o, unsigned conn)
{
    if (conn >= TRACE_CONNS) {
        return NULL;
    }
    struct model *m = &o->model[conn];
    const struct trace_flow *flow = trace_flow(o->trace, conn);
    if (!flow) {
        return NULL;
    }
    bool same = m->bound && wire_addr_same(&m->tester, &flow->tester) &&
                (m->stack.port == 0 || wire_addr_same(&m->stack, &flow->stack));
    if (!same) {
        model_begin(m, flow);
    } else if (m->stack.port == 0) {
        m->stack = flow->stack;
    }
    return m;
}

static void time_passes(struct oracle *o, uint64_t now, size_t index)
{
    if (now <= o->now) {
        return;
    }
    for (unsigned i = 0; i < TRACE_CONNS; i++) {
        struct model *m = &o->model[i];
        if (m->bound && m->iss_set && !m->ended) {
            struct moment at = {.now = now, .conn = i, .index = index};
            look(o, m, &at, ON_TIME);
        }
    }
    o->now = now;
}

static void place(const struct model *m, struct moment *at)
{
    const struct wire_seg *seg = at->seg;
    bool syn = (seg->flags & WIRE_SYN) != 0;
    if (m->irs_set || at->when == ON_SENT) {
        at->seq = at->when == ON_SENT ? (syn ? 0 : trace_unwrap(seg->seq, m->iss, m->snd_max))
                                      : trace_unwrap(seg->seq, m->irs, m->acked);
    }
    if (at->when == ON_SENT) {
        at->ack = m->irs_set ? trace_unwrap(seg->ack, m->irs, m->acked) : 0;
    } else {
        at->ack = m->iss_set ? trace_unwrap(seg->ack, m->iss, m->snd_max) : 0;
    }
    at->text = at->seq + syn;
    at->end = at->seq + wire_seg_len(seg);
}

static void sent(struct oracle *o, struct model *m, struct moment *at)
{
    if (!m) {
        at->when = ON_SENT;
        row_form(o, NULL, at);
        return;
    }
    if (at->seg->errors & WIRE_UNREADABLE) {
        row_form(o, m, at);
        return;
    }
    if ((at->flags & (WIRE_SYN | WIRE_RST)) == WIRE_SYN) {
        look(o, m, at, ON_SYN);
    }
    model_handshake(o, m, at);
    at->when = ON_SENT;
    place(m, at);
    look(o, m, at, ON_SENT);
    model_sent(o, m, at);
}

static void injected(struct oracle *o, struct model *m, struct moment *at)
{
    struct answering *a = &m->now;
    at->when = ON_INJECTED;
    place(m, at);
    at->taken = classify(o, m, at);
    a->injected++;
    a->owed = NULL;
    a->silent = false;
    if (a->injected == 1) {
        a->called = false;
        a->acks = a->empty_acks = a->rsts = a->n = 0;
    }
    a->index = at->index;
    a->flags = at->flags;
    a->seq = at->seq;
    a->end = at->end;
    a->text_end = at->text + at->seg->len;
    a->raw_ack = at->seg->ack;
    a->raw_end = at->seg->seq + wire_seg_len(at->seg);
    a->taken = at->taken;
    look(o, m, at, ON_INJECTED);
    model_injected(o, m, at);
}

static void every_call(struct oracle *o, struct moment *at)
{
    unsigned conn = at->ev->conn;
    for (unsigned i = 0; i < TRACE_CONNS; i++) {
        if (conn < TRACE_CONNS && conn != i) {
            continue;
        }
        struct model *m = model_of(o, i);
        bool listeners = conn >= TRACE_CONNS && at->ev->call == TRACE_CLOSE;
        if (m && !(listeners && model_owned(m))) {
            at->conn = i;
            look(o, m, at, ON_CALL);
            model_call(o, m, at);
        }
    }
}

void oracle_event(struct oracle *o, size_t index)
{
    const struct trace_event *ev = trace_at(o->trace, index);
    struct moment at = {.ev = ev,
                        .seg = &ev->seg,
                        .index = index,
                        .conn = ev->conn,
                        .now = ev->time + ORIGIN,
                        .flags = ev->seg.flags};
    struct model *m = NULL;
    time_passes(o, ev->time + ORIGIN, index);
    switch (ev->kind) {
    case TRACE_SENT:
        sent(o, model_of(o, ev->conn), &at);
        break;
    case TRACE_INJECTED:
        o->blind |= (ev->seg.errors & WIRE_FRAGMENT) != 0;
        m = model_of(o, ev->conn);
        if (m) {
            injected(o, m, &at);
        } else if (ev->seg.errors & WIRE_NOT_TCP) {
            model_icmp(o, ev);
        }
        break;
    case TRACE_LOST:
        m = ev->from_stack ? model_of(o, ev->conn) : NULL;
        if (m && m->iss_set) {
            at.when = ON_SENT;
            place(m, &at);
            model_lost(m, &at);
        }
        break;
    case TRACE_CALL:
    case TRACE_FAULT:
        if (ev->kind == TRACE_CALL && ev->call == TRACE_OPTION && ev->conn >= TRACE_CONNS) {
            model_handed_on(o, ev);
        } else {
            every_call(o, &at);
        }
        break;
    default:
        break;
    }
}

void oracle_quiet(struct oracle *o, uint64_t now, uint64_t deadline)
{
    size_t count = trace_count(o->trace);
    for (unsigned i = 0; i < TRACE_CONNS; i++) {
        struct model *m = &o->model[i];
        if (m->bound) {
            struct moment at = {.now = now + ORIGIN,
                                .deadline = deadline,
                                .conn = i,
                                .index = count > 0 ? count - 1 : 0};
            look(o, m, &at, ON_QUIET);
            model_quiet(o, m, &at);
        }
    }
}

const struct oracle_breach *oracle_breaches(const struct oracle *o, size_t *ret_count)
{
    *ret_count = o->n_breaches;
    return o->breaches;
}

const char *oracle_signature(const struct oracle_breach *b, char *buf, size_t cap)
{
    snprintf(buf, cap, "INVARIANT %s %s %s", b->invariant->name, b->clause, b->state);
    return buf;
}
