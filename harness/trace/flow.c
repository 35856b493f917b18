/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the wire and the calls show of one connection. Two rules decide in doubt: what the stack may
 * believe widens what it is allowed, and only what it must believe narrows that.
 */
#include "trace/flow.h"

#include "tcpassay/stack.h"

#include <string.h>

enum { WSCALE_MAX = 14 }; /* RFC 7323, 2.3 */

/* After so long without one, a TSval may be taken whatever it is: RFC 7323, 5.5. */
#define PAWS_IDLE (UINT64_C(24) * 24 * 3600 * 1000000000)

/* A receiver ignores the reserved bits: RFC 9293, 3.1. Padding after EOL it may ignore or not. */
#define DROPPED_FOR  (WIRE_UNREADABLE | WIRE_IP_CHECKSUM | WIRE_TCP_CHECKSUM)
#define DOUBTFUL_FOR (WIRE_OPTION_LENGTH | WIRE_OPTION_KIND | WIRE_EOL_PADDING)

/* How surely the stack acts on what a delivered segment says. */
enum belief { REFUSED, DOUBTFUL, BELIEVED };

static int64_t at_least(int64_t value, int64_t floor)
{
    return value > floor ? value : floor;
}

static bool has(const struct wire_seg *seg, unsigned flags)
{
    return (seg->flags & flags) == flags;
}

/* ---- beginnings ---- */

static void begin_sender(struct trace_flow *p)
{
    p->snd_una = p->snd_max = p->snd_edge = p->snd_edge_max = -1;
    p->fin_sent = p->snd_wl1 = p->snd_wl2 = -1;
    p->iss_set = p->stack_syn = p->stack_reset = false;
    p->ts_val_set = false;
}

static void begin_receiver(struct flow *f)
{
    struct trace_flow *p = &f->pub;
    p->rcv_acked = p->rcv_edge = p->rcv_max = p->rcv_wnd = p->rcv_run = -1;
    p->fin_delivered = -1;
    p->retracted = p->tester_syn = p->tester_reset = false;
    p->ts = p->wscale = p->sack = false;
    p->rcv_shift = p->snd_shift = 0;
    p->ts_recent = 0;
    f->ranges = 0;
    f->wnd_max = 0;
    f->ts_recent_set = false;
    f->reopened = f->acked = f->ts_agreed = false;
}

static void begin_application(struct trace_flow *p)
{
    p->app_sent = p->app_read = 0;
    p->app_accepted = p->app_eof = p->app_shutdown = p->app_closed = p->app_aborted = false;
    p->app_error = TCPASSAY_OK;
}

void flow_open(struct flow *f, const struct wire_addr *stack, const struct wire_addr *tester,
               uint32_t irs)
{
    uint8_t incarnation = f->declared ? (uint8_t)(f->pub.incarnation + 1) : 0;
    memset(f, 0, sizeof *f);
    f->declared = true;
    f->pub.stack = *stack;
    f->pub.tester = *tester;
    f->pub.incarnation = incarnation;
    f->pub.irs = irs;
    f->pub.irs_set = true;
    begin_sender(&f->pub);
    begin_receiver(f);
    begin_application(&f->pub);
}

static void agree(struct flow *f)
{
    struct trace_flow *p = &f->pub;
    bool both = p->stack_syn && p->tester_syn;
    p->ts = f->ts_agreed || (both && p->stack_opt.ts_set && p->tester_opt.ts_set);
    p->sack = both && p->stack_opt.sack_ok && p->tester_opt.sack_ok;
    p->wscale = both && p->stack_opt.wscale_set && p->tester_opt.wscale_set;
    p->rcv_shift = p->snd_shift = 0;
    if (p->wscale) {
        p->rcv_shift = p->stack_opt.wscale < WSCALE_MAX ? p->stack_opt.wscale : WSCALE_MAX;
        p->snd_shift = p->tester_opt.wscale < WSCALE_MAX ? p->tester_opt.wscale : WSCALE_MAX;
    }
}

/* The tester's SYN stands at the beginning of the receiver's account. */
static void take_tester_syn(struct flow *f)
{
    /* The first may lie anywhere, below 0 too. */
    f->pub.rcv_run = f->pub.tester_syn ? at_least(f->pub.rcv_run, f->syn_end) : f->syn_end;
    f->pub.tester_syn = true;
    f->pub.tester_opt = f->syn_opt;
    agree(f);
}

/* Whether a SYN,ACK of the stack answers that SYN; some of the SYN's own text may not be taken. */
static bool answers_syn(const struct flow *f, const struct wire_seg *seg)
{
    int64_t ack = trace_unwrap(seg->ack, f->pub.irs, f->syn_at);
    return f->syn_set && has(seg, WIRE_ACK) && ack > f->syn_at && ack <= f->syn_end;
}

/* Whether the newest SYN is another one than what it answered before, by the numbers alone. */
static bool answers_another(const struct flow *f, const struct wire_seg *seg)
{
    return has(seg, WIRE_SYN) && f->acked && answers_syn(f, seg) &&
           trace_unwrap(seg->ack, f->pub.irs, f->pub.rcv_acked) != f->pub.rcv_acked;
}

static void begin_incarnation(struct flow *f)
{
    struct trace_flow *p = &f->pub;
    p->incarnation++;
    begin_sender(p);
    begin_receiver(f);
    if (p->app_closed || p->app_aborted || p->app_error != TCPASSAY_OK) {
        begin_application(p); /* the handle of before is gone */
    }
}

static void take_stack_syn(struct flow *f, const struct wire_seg *seg)
{
    struct trace_flow *p = &f->pub;
    bool reset = p->stack_reset || p->tester_reset;
    bool anew = p->snd_una >= 1 && answers_another(f, seg); /* its ISS may be the one of before */
    if (p->iss_set && (p->iss != seg->seq || (reset && f->reopened) || anew)) {
        begin_incarnation(f);
    }
    if (!p->iss_set) {
        p->iss_set = true;
        p->iss = seg->seq;
        p->snd_una = 0;
    }
    if (p->snd_una < 1) { /* later ones only repeat it, perhaps with fewer options */
        p->stack_syn = true;
        p->stack_opt = seg->opt;
        agree(f);
    }
}

/* ---- what the stack sends ---- */

static void sent_reset(struct trace_flow *p, const struct trace_event *event)
{
    /* RFC 9293, 3.5.2: before the handshake is over, a RST that carries the number of an
     * unacceptable ACK leaves the open going on. */
    if (p->iss_set && (p->snd_una >= 1 || event->seq == p->snd_max)) {
        p->stack_reset = true;
    }
}

static void sent_timestamps(struct flow *f, const struct trace_event *event)
{
    struct trace_flow *p = &f->pub;
    const struct wire_seg *seg = &event->seg;
    if (!seg->opt.ts_set) {
        return;
    }
    /* Whichever of several SYNs it took: RFC 7323, 3.2 allows the option only once it is agreed. */
    f->ts_agreed |=
        !has(seg, WIRE_RST) && (!has(seg, WIRE_SYN) || (has(seg, WIRE_ACK) && f->ts_offered));
    p->ts |= f->ts_agreed;
    if (!p->ts_val_set || p->ts_val != seg->opt.ts_val) {
        p->ts_val_set = true;
        p->ts_val = seg->opt.ts_val;
        p->ts_val_time = event->time;
    }
    if (has(seg, WIRE_ACK) && (!f->ts_recent_set || p->ts_recent != seg->opt.ts_ecr)) {
        f->ts_recent_set = true;
        p->ts_recent = seg->opt.ts_ecr;
        f->ts_recent_time = event->time;
    }
}

static void sent_window(struct flow *f, const struct trace_event *event)
{
    struct trace_flow *p = &f->pub;
    unsigned shift = has(&event->seg, WIRE_SYN) ? 0 : p->rcv_shift; /* RFC 7323, 2.2 */
    int64_t window = (int64_t)event->seg.window << shift;
    f->wnd_max = at_least(f->wnd_max, window);
    if (!has(&event->seg, WIRE_ACK)) {
        return;
    }
    if (has(&event->seg, WIRE_SYN) && event->ack < p->rcv_acked) {
        f->acked = false; /* it answers another SYN than before: RFC 9293, 3.10.7.4, fourth step */
        p->rcv_run = f->syn_end;
    }
    int64_t edge = event->ack + window;
    if (f->acked && edge < p->rcv_max - (((int64_t)1 << p->rcv_shift) - 1)) {
        p->retracted = true;
    }
    p->rcv_acked = f->acked ? at_least(p->rcv_acked, event->ack) : event->ack;
    p->rcv_wnd = window;
    p->rcv_edge = edge;
    p->rcv_max = f->acked ? at_least(p->rcv_max, edge) : edge;
    f->acked = true;
}

static void sent(struct flow *f, struct trace_event *event)
{
    struct trace_flow *p = &f->pub;
    const struct wire_seg *seg = &event->seg;
    p->last_sent = event->time;
    if (has(seg, WIRE_RST)) {
        sent_reset(p, event);
        return;
    }
    if (!p->iss_set) {
        return; /* of a connection before this one */
    }
    p->snd_max = at_least(p->snd_max, event->seq + wire_seg_len(seg));
    if (has(seg, WIRE_FIN) && p->fin_sent < 0) {
        p->fin_sent = event->seq + has(seg, WIRE_SYN) + seg->len;
    }
    sent_timestamps(f, event);
    sent_window(f, event);
}

/* ---- what is delivered to it ---- */

/* RFC 7323, 5.3, R1. By one tick only, it is the reading of the clocks that decides. */
static enum belief by_timestamp(const struct flow *f, const struct trace_event *event)
{
    const struct trace_flow *p = &f->pub;
    if (!p->ts || has(&event->seg, WIRE_SYN)) {
        return BELIEVED;
    }
    if (!event->seg.opt.ts_set) {
        return DOUBTFUL; /* RFC 7323, 3.2: SHOULD be dropped */
    }
    int32_t age = (int32_t)(p->ts_recent - event->seg.opt.ts_val);
    if (!f->ts_recent_set || age <= 0) {
        return BELIEVED;
    }
    bool idle = event->time - f->ts_recent_time > PAWS_IDLE;
    return age == 1 || idle || p->ts_recent == 0 ? DOUBTFUL : REFUSED;
}

/* A SYN that may begin a connection: in LISTEN one without ACK, in SYN-SENT one without ACK or with
 * an acceptable one. */
static bool may_begin(const struct flow *f, const struct trace_event *event)
{
    const struct trace_flow *p = &f->pub;
    return has(&event->seg, WIRE_SYN) &&
           (!has(&event->seg, WIRE_ACK) ||
            (p->iss_set && event->ack >= 1 && event->ack <= p->snd_max));
}

static bool is_beginning(const struct flow *f, const struct trace_event *event)
{
    return event->seg.seq == f->pub.irs && may_begin(f, event);
}

/* All that does not hang on where the segment lies. */
static enum belief believe(const struct flow *f, const struct trace_event *event)
{
    const struct trace_flow *p = &f->pub;
    const struct wire_seg *seg = &event->seg;
    if ((seg->errors & DROPPED_FOR) != 0 || has(seg, WIRE_RST)) {
        return REFUSED;
    }
    if (has(seg, WIRE_ACK) ? !p->iss_set || event->ack > p->snd_max : !has(seg, WIRE_SYN)) {
        return REFUSED;
    }
    enum belief belief = by_timestamp(f, event);
    if (belief == BELIEVED && (seg->errors & DOUBTFUL_FOR) != 0) {
        return DOUBTFUL;
    }
    return belief;
}

/* RFC 9293, 3.10.7.4, first step, with RCV.MAX as the edge. A SYN counts only at the beginning; one
 * that completes a simultaneous open comes a second time, and lies below the window (3.5). */
static bool is_acceptable(const struct flow *f, const struct trace_event *event)
{
    const struct trace_flow *p = &f->pub;
    if (has(&event->seg, WIRE_SYN)) {
        return is_beginning(f, event) && p->snd_una < 1;
    }
    int64_t end = event->seq + wire_seg_len(&event->seg);
    bool reaches = end > event->seq ? end > p->rcv_acked : end >= p->rcv_acked;
    return f->acked && reaches && event->seq <= p->rcv_max;
}

static void take_window(struct flow *f, const struct trace_event *event, enum belief belief)
{
    struct trace_flow *p = &f->pub;
    unsigned shift = has(&event->seg, WIRE_SYN) ? 0 : p->snd_shift;
    int64_t edge = event->ack + ((int64_t)event->seg.window << shift);
    p->snd_edge_max = at_least(p->snd_edge_max, edge);
    if (event->ack < p->snd_una) {
        return; /* an old ACK updates nothing */
    }
    bool first = p->snd_wl2 < 0; /* it may lie below 0 */
    bool newer =
        first || p->snd_wl1 < event->seq || (p->snd_wl1 == event->seq && p->snd_wl2 <= event->ack);
    bool waits = event->seq > p->rcv_run && wire_seg_len(&event->seg) > 0;
    if (newer && belief == BELIEVED) {
        p->snd_wl1 = event->seq;
        p->snd_wl2 = event->ack;
    }
    if (newer) { /* a segment beyond a hole may be dealt with only once that is filled */
        p->snd_edge = belief == BELIEVED && !waits ? edge : at_least(p->snd_edge, edge);
    }
}

static void take_ack(struct flow *f, const struct trace_event *event, enum belief belief)
{
    if (belief == REFUSED || !has(&event->seg, WIRE_ACK) || !is_acceptable(f, event)) {
        return;
    }
    take_window(f, event, belief);
    if (belief == BELIEVED) {
        f->pub.snd_una = at_least(f->pub.snd_una, event->ack);
    }
}

/* Two neighbours become one over the smallest gap, so that the run is never put too low. */
static void join_closest(struct flow *f)
{
    unsigned best = 0;
    for (unsigned i = 1; i + 1 < f->ranges; i++) {
        if (f->range[i + 1].from - f->range[i].to < f->range[best + 1].from - f->range[best].to) {
            best = i;
        }
    }
    f->range[best].to = f->range[best + 1].to;
    f->ranges--;
    memmove(&f->range[best + 1], &f->range[best + 2], (f->ranges - best - 1) * sizeof f->range[0]);
}

static void add_range(struct flow *f, int64_t from, int64_t to)
{
    unsigned first = 0;
    while (first < f->ranges && f->range[first].to < from) {
        first++;
    }
    unsigned last = first; /* behind the last range that touches [from, to] */
    for (; last < f->ranges && f->range[last].from <= to; last++) {
        from = f->range[last].from < from ? f->range[last].from : from;
        to = at_least(f->range[last].to, to);
    }
    memmove(&f->range[first + 1], &f->range[last], (f->ranges - last) * sizeof f->range[0]);
    f->range[first] = (struct flow_range){.from = from, .to = to};
    f->ranges = f->ranges - (last - first) + 1;
    if (f->ranges > FLOW_RANGES) {
        join_closest(f);
    }
}

static void extend_run(struct flow *f, int64_t from, int64_t to)
{
    struct trace_flow *p = &f->pub;
    if (from > p->rcv_run) {
        add_range(f, from, to);
        return;
    }
    p->rcv_run = at_least(p->rcv_run, to);
    unsigned n = 0;
    for (; n < f->ranges && f->range[n].from <= p->rcv_run; n++) {
        p->rcv_run = at_least(p->rcv_run, f->range[n].to);
    }
    f->ranges -= n;
    if (n > 0 && f->ranges > 0) {
        memmove(&f->range[0], &f->range[n], f->ranges * sizeof f->range[0]);
    }
}

static void take_text(struct flow *f, const struct trace_event *event, enum belief belief)
{
    struct trace_flow *p = &f->pub;
    int64_t end = event->seq + wire_seg_len(&event->seg);
    int64_t slack = ((int64_t)1 << p->rcv_shift) - 1;
    int64_t furthest = at_least(p->rcv_run + f->wnd_max, p->rcv_max) + slack;
    if (belief == REFUSED || has(&event->seg, WIRE_SYN) || !p->tester_syn || end == event->seq ||
        end <= p->rcv_acked || event->seq > furthest) {
        return;
    }
    if (has(&event->seg, WIRE_FIN) && end - 1 <= p->rcv_max &&
        (p->fin_delivered < 0 || end - 1 < p->fin_delivered)) {
        p->fin_delivered = end - 1;
    }
    extend_run(f, event->seq, end);
}

static void take_syn(struct flow *f, const struct trace_event *event, enum belief belief)
{
    struct trace_flow *p = &f->pub;
    if (belief == REFUSED || !may_begin(f, event)) {
        return;
    }
    f->reopened |= p->stack_reset || p->tester_reset;
    f->syn_set = true;
    f->syn_opt = event->seg.opt;
    f->ts_offered |= event->seg.opt.ts_set;
    f->syn_at = event->seq;
    f->syn_end = event->seq + wire_seg_len(&event->seg);
    if (event->seg.seq == p->irs && p->rcv_acked < 1) { /* later it is a repetition */
        take_tester_syn(f);
    }
}

static void take_reset(struct flow *f, const struct trace_event *event)
{
    struct trace_flow *p = &f->pub;
    const struct wire_seg *seg = &event->seg;
    if ((seg->errors & DROPPED_FOR) != 0 || !has(seg, WIRE_RST)) {
        return;
    }
    if (!f->acked) { /* SYN-SENT: RFC 9293, 3.10.7.3 */
        p->tester_reset |=
            has(seg, WIRE_ACK) && p->iss_set && event->ack >= 1 && event->ack <= p->snd_max;
    } else {
        p->tester_reset |= event->seq >= p->rcv_acked && event->seq <= p->rcv_run;
    }
}

static void delivered(struct flow *f, const struct trace_event *event)
{
    f->pub.last_injected = event->time;
    enum belief belief = believe(f, event);
    take_reset(f, event);
    take_syn(f, event, belief);
    take_ack(f, event, belief);
    take_text(f, event, belief);
}

/* ---- events ---- */

/* Numbers of the stack's stream are raw until its SYN has been seen. */
static int64_t in_stack_stream(const struct trace_flow *p, uint32_t number, int64_t near)
{
    return p->iss_set ? trace_unwrap(number, p->iss, near) : (int64_t)number;
}

static int64_t near_acked(const struct flow *f)
{
    return f->acked ? f->pub.rcv_acked : 0;
}

static void set_positions(const struct flow *f, struct trace_event *event)
{
    const struct trace_flow *p = &f->pub;
    const struct wire_seg *seg = &event->seg;
    bool ack = has(seg, WIRE_ACK);
    if (event->from_stack) {
        event->seq = in_stack_stream(p, seg->seq, at_least(p->snd_max, 0));
        event->ack = ack ? trace_unwrap(seg->ack, p->irs, near_acked(f)) : -1;
    } else {
        event->seq = trace_unwrap(seg->seq, p->irs, near_acked(f));
        event->ack = ack ? in_stack_stream(p, seg->ack, at_least(p->snd_una, 0)) : -1;
    }
}

void flow_packet(struct flow *f, struct trace_event *event)
{
    const struct wire_seg *seg = &event->seg;
    bool readable = (seg->errors & WIRE_UNREADABLE) == 0;
    bool handed_down = event->kind == TRACE_SENT && readable;
    if (handed_down && has(seg, WIRE_SYN) && !has(seg, WIRE_RST)) {
        take_stack_syn(f, seg);
    }
    if (handed_down && !has(seg, WIRE_RST) &&
        (f->pub.tester_syn ? answers_another(f, seg) : answers_syn(f, seg))) {
        take_tester_syn(f); /* perhaps not at the declared number: what is answered counts */
    }
    event->incarnation = f->pub.incarnation;
    set_positions(f, event);
    if (handed_down) {
        sent(f, event);
    } else if (event->kind == TRACE_INJECTED) {
        delivered(f, event);
    }
}

/* ---- calls ---- */

/* Whether an answer says that the connection is over, not only that this call was. */
static bool is_end(enum trace_call call, int64_t result)
{
    switch (result) {
    case TCPASSAY_ERESET:
    case TCPASSAY_EREFUSED:
    case TCPASSAY_ETIMEDOUT:
    case TCPASSAY_EUNREACHABLE:
    case TCPASSAY_ENOTCONN:
    case TCPASSAY_EABORTED:
    case TCPASSAY_EFAILED:
        return true;
    case TCPASSAY_EWOULDBLOCK:
        return false;
    default:
        return result < 0 && (call == TRACE_CONNECT || call == TRACE_CONNECTED);
    }
}

static void call_worked(struct flow *f, const struct trace_event *event)
{
    struct trace_flow *p = &f->pub;
    switch (event->call) {
    case TRACE_ACCEPT:
    case TRACE_CONNECT:
        if (p->app_closed || p->app_aborted || p->app_error != TCPASSAY_OK) {
            begin_application(p);
        }
        p->app_accepted = true;
        f->reopened |= p->stack_reset || p->tester_reset;
        break;
    case TRACE_SEND:
        p->app_sent += event->result;
        break;
    case TRACE_RECV:
        p->app_read += event->result;
        p->app_eof |= event->result == 0;
        break;
    case TRACE_SHUTDOWN:
        p->app_shutdown = true;
        break;
    case TRACE_CLOSE:
        p->app_closed = true;
        break;
    case TRACE_ABORT:
        p->app_aborted = true;
        break;
    case TRACE_READER:
        p->reading = event->arg != 0;
        break;
    default:
        break;
    }
}

void flow_call(struct flow *f, struct trace_event *event)
{
    event->incarnation = f->pub.incarnation;
    if (event->result >= 0) {
        call_worked(f, event);
    } else if (event->call != TRACE_ACCEPT && event->call != TRACE_LISTEN &&
               f->pub.app_error == TCPASSAY_OK && is_end(event->call, event->result)) {
        f->pub.app_error = (int)event->result;
    }
}
