/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace: events stay where they are, and the account of a connection says what it should.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tcpassay/stack.h"
#include "trace/trace.h"

enum { SHIFT = 3, TS = 1, WS = 2, SACK = 4, MS = 1000000 };

/* A connection that near-wrap numbers are played through: positions in, packets out. */
struct play {
    struct trace *t;
    const struct trace_flow *f;
    struct wire_addr stack, tester;
    uint32_t iss, irs;
    uint64_t now;
    uint32_t ts_val, ts_ecr; /* of the next segment, if `ts` */
    bool ts;
    unsigned options; /* of both SYNs */
    uint16_t win;     /* of the next segment */
    struct wire_twist twist;
};

static struct wire_addr addr(uint8_t family, uint8_t last, uint16_t port)
{
    struct wire_addr a = {.family = family, .port = port};
    a.ip[0] = 10;
    a.ip[family == 4 ? 3 : 15] = last;
    return a;
}

static void play_begin(struct play *p, uint32_t iss, uint32_t irs, unsigned options)
{
    struct trace *t = p->t != NULL ? p->t : trace_new();
    assert_non_null(t);
    trace_reset(t);
    *p = (struct play){.t = t, .iss = iss, .irs = irs, .options = options, .win = 1000};
    p->stack = addr(4, 1, 80);
    p->tester = addr(4, 2, 4000);
    trace_flow_open(t, 0, &p->stack, &p->tester, irs);
    p->f = trace_flow(t, 0);
    assert_non_null(p->f);
}

static const struct trace_event *play(struct play *p, bool from_stack, uint16_t flags, int64_t seq,
                                      int64_t ack, uint32_t len)
{
    static const uint8_t text[4000];
    uint8_t buf[5000];
    struct wire_seg seg = {.flags = flags, .window = p->win, .payload = text, .len = len};
    seg.src = from_stack ? p->stack : p->tester;
    seg.dst = from_stack ? p->tester : p->stack;
    seg.seq = (from_stack ? p->iss : p->irs) + (uint32_t)seq;
    seg.ack = (flags & WIRE_ACK) != 0 ? (from_stack ? p->irs : p->iss) + (uint32_t)ack : 0;
    if ((flags & WIRE_SYN) != 0) {
        seg.opt.mss_set = true;
        seg.opt.mss = 1460;
        seg.opt.wscale_set = p->options & WS;
        seg.opt.wscale = from_stack ? SHIFT : SHIFT + 1;
        seg.opt.sack_ok = p->options & SACK;
    }
    seg.opt.ts_set = p->ts || ((flags & WIRE_SYN) != 0 && (p->options & TS));
    seg.opt.ts_val = p->ts_val;
    seg.opt.ts_ecr = p->ts_ecr;
    size_t n = wire_build(&seg, &p->twist, buf, sizeof buf);
    assert_int_not_equal(n, 0);
    p->now += MS;
    const struct trace_event *event =
        trace_packet(p->t, from_stack ? TRACE_SENT : TRACE_INJECTED, from_stack, p->now, 1, buf, n);
    assert_non_null(event);
    return event;
}

static const struct trace_event *sent(struct play *p, uint16_t flags, int64_t seq, int64_t ack,
                                      uint32_t len)
{
    return play(p, true, flags, seq, ack, len);
}

static const struct trace_event *given(struct play *p, uint16_t flags, int64_t seq, int64_t ack,
                                       uint32_t len)
{
    return play(p, false, flags, seq, ack, len);
}

static void handshake(struct play *p)
{
    given(p, WIRE_SYN, 0, 0, 0);
    sent(p, WIRE_SYN | WIRE_ACK, 0, 1, 0);
    p->ts = p->options & TS;
    given(p, WIRE_ACK, 1, 1, 0);
}

static void established(struct play *p, unsigned options)
{
    play_begin(p, 0xfffffff0, 0x7ffffff8, options);
    handshake(p);
}

static void flow_before_anything(void **unused)
{
    (void)unused;
    struct play p = {0};
    play_begin(&p, 0, 0, 0);
    assert_null(trace_flow(p.t, 1));
    assert_null(trace_flow(p.t, TRACE_CONNS));
    assert_false(p.f->iss_set);
    assert_true(p.f->irs_set);
    assert_int_equal(p.f->snd_una, -1);
    assert_int_equal(p.f->snd_max, -1);
    assert_int_equal(p.f->rcv_acked, -1);
    assert_int_equal(p.f->rcv_run, -1);
    trace_free(p.t);
}

static void passive_open_over_the_wraps(void **unused)
{
    (void)unused;
    static const uint32_t isns[] = {0, 1, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};
    struct play p = {0};
    for (unsigned i = 0; i < 36; i++) {
        play_begin(&p, isns[i % 6], isns[i / 6], WS | SACK | TS);
        handshake(&p);
        assert_true(p.f->ts && p.f->sack && p.f->wscale);
        assert_int_equal(p.f->rcv_shift, SHIFT);
        assert_int_equal(p.f->snd_shift, SHIFT + 1);
        assert_int_equal(p.f->snd_una, 1);
        assert_int_equal(p.f->snd_max, 1);
        assert_int_equal(p.f->rcv_edge, 1001); /* unscaled on the SYN */
        assert_int_equal(p.f->snd_edge, 1 + (1000 << (SHIFT + 1)));
        const struct trace_event *e = given(&p, WIRE_ACK, 1, 1, 500);
        assert_int_equal(e->seq, 1);
        assert_int_equal(e->ack, 1);
        assert_int_equal(p.f->rcv_run, 501);
        e = sent(&p, WIRE_ACK, 1, 501, 300);
        assert_int_equal(e->ack, 501);
        assert_int_equal(p.f->rcv_acked, 501);
        assert_int_equal(p.f->rcv_edge, 501 + (1000 << SHIFT));
        assert_int_equal(p.f->snd_max, 301);
    }
    trace_free(p.t);
}

static void options_need_both_syns(void **unused)
{
    (void)unused;
    struct play p = {0};
    play_begin(&p, 5, 9, WS | TS);
    p.twist.bad_checksum = true;
    given(&p, WIRE_SYN, 0, 0, 0); /* not seen by the stack */
    assert_false(p.f->tester_syn);
    p.twist.bad_checksum = false;
    p.options = 0;
    given(&p, WIRE_SYN, 77, 0, 0); /* not at the declared number */
    assert_false(p.f->tester_syn);
    given(&p, WIRE_SYN, 0, 0, 0);
    assert_true(p.f->tester_syn);
    p.options = WS | TS | SACK;
    sent(&p, WIRE_SYN | WIRE_ACK, 0, 1, 0);
    assert_false(p.f->ts || p.f->wscale || p.f->sack);
    assert_int_equal(p.f->rcv_shift, 0);
    trace_free(p.t);
}

static void active_open_takes_the_port(void **unused)
{
    (void)unused;
    struct play p = {0};
    play_begin(&p, 100, 200, WS);
    p.stack.port = 0;
    trace_flow_open(p.t, 0, &p.stack, &p.tester, 200);
    p.stack.port = 5555;
    assert_int_equal(given(&p, WIRE_SYN, 0, 0, 0)->conn, TRACE_NO_CONN);
    assert_int_equal(sent(&p, WIRE_SYN, 0, 0, 0)->conn, 0);
    assert_int_equal(p.f->stack.port, 5555);
    assert_int_equal(p.f->rcv_max, -1);      /* a window without an ACK offers no edge */
    given(&p, WIRE_SYN | WIRE_ACK, 0, 2, 0); /* acknowledges what was not sent */
    assert_false(p.f->tester_syn);
    assert_int_equal(p.f->snd_una, 0);
    given(&p, WIRE_ACK, 1, 1, 0); /* nothing counts before the tester's SYN */
    assert_int_equal(p.f->snd_una, 0);
    given(&p, WIRE_SYN | WIRE_ACK, 0, 1, 0);
    assert_true(p.f->tester_syn && p.f->wscale);
    assert_int_equal(p.f->snd_una, 1);
    assert_int_equal(p.f->rcv_run, 1);
    assert_int_equal(p.f->snd_edge, 1001);
    trace_free(p.t);
}

static void simultaneous_open(void **unused)
{
    (void)unused;
    struct play p = {0};
    play_begin(&p, 0xffffffff, 0xffffffff, SACK);
    sent(&p, WIRE_SYN, 0, 0, 0);
    given(&p, WIRE_SYN, 0, 0, 0);
    assert_true(p.f->sack);
    sent(&p, WIRE_SYN | WIRE_ACK, 0, 1, 0);
    assert_int_equal(p.f->incarnation, 0);
    given(&p, WIRE_SYN | WIRE_ACK, 0, 1, 0);
    assert_int_equal(p.f->snd_una, 1);
    assert_int_equal(p.f->rcv_run, 1);
    trace_free(p.t);
}

static void believed_acks(void **unused)
{
    (void)unused;
    struct play p = {0};
    established(&p, 0);
    sent(&p, WIRE_ACK, 1, 1, 1000);
    given(&p, WIRE_ACK, 1, 1002, 0); /* of what was never sent */
    assert_int_equal(p.f->snd_una, 1);
    given(&p, 0, 1, 500, 0); /* no ACK bit */
    assert_int_equal(p.f->snd_una, 1);
    given(&p, WIRE_ACK | WIRE_RST, 5, 500, 0);
    assert_int_equal(p.f->snd_una, 1);
    given(&p, WIRE_ACK, 1002, 500, 0); /* beyond RCV.MAX = 1001 */
    assert_int_equal(p.f->snd_una, 1);
    given(&p, WIRE_ACK, 0, 500, 0); /* before RCV.NXT */
    assert_int_equal(p.f->snd_una, 1);
    p.twist.bad_checksum = true;
    given(&p, WIRE_ACK, 1, 500, 0);
    assert_int_equal(p.f->snd_una, 1);
    p.twist = (struct wire_twist){.reserved = 1}; /* to be ignored */
    given(&p, WIRE_ACK, 1001, 500, 0);
    assert_int_equal(p.f->snd_una, 500);
    p.twist = (struct wire_twist){0};
    given(&p, WIRE_ACK, 1, 400, 0);
    assert_int_equal(p.f->snd_una, 500);
    given(&p, WIRE_ACK, 1, 1001, 0);
    assert_int_equal(p.f->snd_una, 1001);
    trace_free(p.t);
}

static void newest_window(void **unused)
{
    (void)unused;
    struct play p = {0};
    established(&p, 0);
    assert_int_equal(p.f->snd_edge, 1001);
    sent(&p, WIRE_ACK, 1, 1, 1000);
    p.win = 2000;
    given(&p, WIRE_ACK, 1, 500, 10);
    assert_int_equal(p.f->snd_edge, 2500);
    assert_int_equal(p.f->snd_wl1, 1);
    assert_int_equal(p.f->snd_wl2, 500);
    p.win = 100; /* newer, and less */
    given(&p, WIRE_ACK, 11, 500, 0);
    assert_int_equal(p.f->snd_edge, 600);
    assert_int_equal(p.f->snd_edge_max, 2500);
    p.win = 9000; /* older by WL1: a reordered one */
    given(&p, WIRE_ACK, 1, 500, 10);
    assert_int_equal(p.f->snd_edge, 600);
    assert_int_equal(p.f->snd_edge_max, 9500);
    p.win = 3; /* beyond a hole: may be dealt with later, so it must not narrow */
    given(&p, WIRE_ACK, 100, 500, 10);
    assert_int_equal(p.f->snd_edge, 600);
    p.win = 4000; /* an old ACK updates nothing */
    given(&p, WIRE_ACK, 200, 499, 0);
    assert_int_equal(p.f->snd_edge, 600);
    trace_free(p.t);
}

static void doubtful_widens_only(void **unused)
{
    (void)unused;
    struct play p = {0};
    play_begin(&p, 1, 1, TS);
    p.ts_val = 1000;
    given(&p, WIRE_SYN, 0, 0, 0);
    p.ts_val = 50;
    p.ts_ecr = 1000;
    sent(&p, WIRE_SYN | WIRE_ACK, 0, 1, 0);
    assert_int_equal(p.f->ts_recent, 1000);
    p.ts = true;
    p.ts_val = 1000;
    given(&p, WIRE_ACK, 1, 1, 0);
    assert_int_equal(p.f->snd_edge, 1001);
    p.ts_val = 999; /* one tick old: the stack may take it or not */
    p.win = 10;
    given(&p, WIRE_ACK, 1, 1, 0);
    assert_int_equal(p.f->snd_edge, 1001);
    p.win = 3000;
    given(&p, WIRE_ACK, 1, 1, 0);
    assert_int_equal(p.f->snd_edge, 3001);
    p.ts_val = 998; /* surely old */
    p.win = 6000;
    given(&p, WIRE_ACK, 1, 1, 20);
    assert_int_equal(p.f->snd_edge_max, 3001);
    assert_int_equal(p.f->rcv_run, 1);
    p.now += UINT64_C(25) * 24 * 3600 * 1000 * MS; /* idle: any TSval may do */
    given(&p, WIRE_ACK, 1, 1, 20);
    assert_int_equal(p.f->snd_edge_max, 6001);
    assert_int_equal(p.f->rcv_run, 21);
    trace_free(p.t);
}

static void run_of_octets(void **unused)
{
    (void)unused;
    struct play p = {0};
    established(&p, 0);
    given(&p, WIRE_ACK, 101, 1, 100);
    given(&p, WIRE_ACK, 301, 1, 100);
    given(&p, WIRE_ACK, 201, 1, 50);
    assert_int_equal(p.f->rcv_run, 1);
    given(&p, WIRE_ACK, 1, 1, 100);
    assert_int_equal(p.f->rcv_run, 251);
    given(&p, WIRE_ACK | WIRE_FIN, 401, 1, 10);
    assert_int_equal(p.f->fin_delivered, 411);
    given(&p, WIRE_ACK, 240, 1, 70);
    assert_int_equal(p.f->rcv_run, 412);
    given(&p, WIRE_ACK, 2002, 1, 1); /* beyond any edge there could be: 412 + 1000 */
    given(&p, 0, 412, 1, 10);        /* no ACK bit */
    given(&p, WIRE_ACK, 412, 2, 10); /* acknowledges what was not sent */
    assert_int_equal(p.f->rcv_run, 412);
    given(&p, WIRE_ACK, 412, 1, 5000 - 3000);
    assert_int_equal(p.f->rcv_run, 2412); /* straddling octets count */
    trace_free(p.t);
}

static void many_holes_never_lower_the_run(void **unused)
{
    (void)unused;
    struct play p = {0};
    play_begin(&p, 1, 0xffffff00, WS);
    p.win = 65535;
    handshake(&p);
    sent(&p, WIRE_ACK, 1, 1, 0);
    for (unsigned i = 999; i > 0; i--) { /* every second octet, from behind */
        given(&p, WIRE_ACK, 1 + 2 * i, 1, 1);
    }
    assert_int_equal(p.f->rcv_run, 1);
    for (unsigned i = 0; i < 1000; i++) {
        given(&p, WIRE_ACK, 1 + 2 * i, 1, 2);
        assert_true(p.f->rcv_run >= 3 + 2 * i);
    }
    assert_int_equal(p.f->rcv_run, 2001);
    trace_free(p.t);
}

static void edge_going_back(void **unused)
{
    (void)unused;
    struct play p = {0};
    established(&p, WS);
    sent(&p, WIRE_ACK, 1, 1, 0);
    given(&p, WIRE_ACK, 1, 1, 7);
    p.win = 999; /* 8 + 7992 = 8000: one less than 8001, within the shift */
    sent(&p, WIRE_ACK, 1, 8, 0);
    assert_int_equal(p.f->rcv_max, 8001);
    assert_int_equal(p.f->rcv_edge, 8000);
    assert_false(p.f->retracted);
    p.win = 0;
    sent(&p, WIRE_RST | WIRE_ACK, 1, 8, 0); /* a RST offers nothing */
    assert_false(p.f->retracted);
    assert_true(p.f->stack_reset);
    p.win = 998;
    sent(&p, WIRE_ACK, 1, 8, 0);
    assert_true(p.f->retracted);
    assert_int_equal(p.f->rcv_wnd, 998 * 8);
    trace_free(p.t);
}

static void incarnations(void **unused)
{
    (void)unused;
    struct play p = {0};
    play_begin(&p, 1000, 7, TS);
    given(&p, WIRE_SYN, 0, 0, 0);
    sent(&p, WIRE_SYN | WIRE_ACK, 0, 1, 0);
    sent(&p, WIRE_SYN | WIRE_ACK, 0, 1, 0);
    assert_int_equal(p.f->incarnation, 0);
    sent(&p, WIRE_RST, 0xfff, 0, 0); /* for an unacceptable ACK: the open goes on */
    assert_false(p.f->stack_reset);
    given(&p, WIRE_SYN, 0, 0, 0);
    p.iss = 99999;
    const struct trace_event *e = sent(&p, WIRE_SYN | WIRE_ACK, 0, 1, 0);
    assert_int_equal(e->incarnation, 1);
    assert_int_equal(e->seq, 0);
    assert_int_equal(p.f->iss, 99999);
    assert_int_equal(p.f->snd_una, 0);
    assert_int_equal(p.f->snd_max, 1);
    assert_int_equal(p.f->rcv_run, 1);
    assert_true(p.f->ts);
    p.ts = true;
    given(&p, WIRE_ACK, 1, 1, 0);
    given(&p, WIRE_RST, 1, 0, 0);
    assert_true(p.f->tester_reset);
    sent(&p, WIRE_SYN | WIRE_ACK, 0, 1, 0); /* same number, nothing asked for it: no new one */
    assert_int_equal(p.f->incarnation, 1);
    given(&p, WIRE_SYN, 0, 0, 0);
    sent(&p, WIRE_SYN | WIRE_ACK, 0, 1, 0);
    assert_int_equal(p.f->incarnation, 2);
    assert_false(p.f->tester_reset);
    trace_flow_open(p.t, 0, &p.stack, &p.tester, 12345);
    assert_int_equal(p.f->incarnation, 3);
    assert_false(p.f->iss_set);
    trace_free(p.t);
}

/* A SYN elsewhere, after the end of a connection, begins another one even if the ISS is the same.
 */
static void another_connection_on_the_tuple(void **unused)
{
    (void)unused;
    struct play p = {0};
    established(&p, 0);
    p.options = TS;
    given(&p, WIRE_SYN, 50000, 0, 0); /* before the end it begins nothing */
    sent(&p, WIRE_SYN | WIRE_ACK, 0, 1, 0);
    assert_int_equal(p.f->incarnation, 0);
    given(&p, WIRE_RST, 1, 0, 0);
    given(&p, WIRE_SYN, 90000, 0, 0);
    sent(&p, WIRE_SYN | WIRE_ACK, 0, 90001, 0);
    assert_int_equal(p.f->incarnation, 1);
    assert_true(p.f->tester_syn && p.f->ts);
    assert_int_equal(p.f->rcv_run, 90001);
    assert_int_equal(p.f->rcv_acked, 90001);
    assert_int_equal(p.f->snd_una, 0);
    trace_free(p.t);
}

/* The stack may be told which ISS to take: that its SYN,ACK answers another SYN shows it too. */
static void another_connection_by_its_ack(void **unused)
{
    (void)unused;
    struct play p = {0};
    established(&p, 0);
    given(&p, WIRE_SYN, 5000, 0, 0);
    sent(&p, WIRE_ACK, 1, 1, 0); /* challenged */
    assert_int_equal(p.f->incarnation, 0);
    sent(&p, WIRE_SYN | WIRE_ACK, 0, 5001, 0);
    assert_int_equal(p.f->incarnation, 1);
    assert_int_equal(p.f->snd_max, 1);
    trace_free(p.t);
}

static void options_of_the_answered_syn(void **unused)
{
    (void)unused;
    struct play p = {0};
    play_begin(&p, 1000, 7, TS);
    given(&p, WIRE_SYN, 0, 0, 0);
    sent(&p, WIRE_SYN | WIRE_ACK, 0, 1, 0);
    p.options = WS;
    given(&p, WIRE_SYN, 5, 0, 0);
    assert_false(p.f->wscale);
    sent(&p, WIRE_SYN | WIRE_ACK, 0, 6, 0);
    assert_int_equal(p.f->incarnation, 0);
    assert_true(p.f->wscale);
    trace_free(p.t);
}

static void windows_from_below_the_beginning(void **unused)
{
    (void)unused;
    struct play p = {0};
    play_begin(&p, 1000, 7, 0);
    given(&p, WIRE_SYN, -1000, 0, 0);
    sent(&p, WIRE_SYN | WIRE_ACK, 0, -999, 0);
    given(&p, WIRE_ACK, -999, 1, 0);
    assert_int_equal(p.f->snd_wl1, -999);
    trace_free(p.t);
}

static void resets_of_the_tester(void **unused)
{
    (void)unused;
    struct play p = {0};
    established(&p, 0);
    given(&p, WIRE_RST, 2, 0, 0);
    given(&p, WIRE_RST, 0, 0, 0);
    p.twist.bad_checksum = true;
    given(&p, WIRE_RST, 1, 0, 0);
    p.twist.bad_checksum = false;
    assert_false(p.f->tester_reset);
    given(&p, WIRE_RST, 1, 0, 0);
    assert_true(p.f->tester_reset);
    play_begin(&p, 3, 4, 0);
    sent(&p, WIRE_SYN, 0, 0, 0);
    given(&p, WIRE_RST, 0, 0, 0);
    given(&p, WIRE_RST | WIRE_ACK, 0, 2, 0);
    assert_false(p.f->tester_reset);
    given(&p, WIRE_RST | WIRE_ACK, 0, 1, 0);
    assert_true(p.f->tester_reset);
    trace_free(p.t);
}

static void numbers_before_the_syn_are_raw(void **unused)
{
    (void)unused;
    struct play p = {0};
    play_begin(&p, 0, 0xfffffff0, 0);
    const struct trace_event *e = given(&p, WIRE_ACK, 0x20, 0xfedcba98, 0);
    assert_int_equal(e->seq, 0x20);
    assert_int_equal(e->ack, 0xfedcba98);
    e = sent(&p, WIRE_RST, 0xfedcba98, 0, 0);
    assert_int_equal(e->seq, 0xfedcba98);
    assert_int_equal(e->ack, -1);
    assert_int_equal(p.f->snd_max, -1);
    assert_int_equal(p.f->rcv_acked, -1);
    trace_free(p.t);
}

static void what_the_stack_sends(void **unused)
{
    (void)unused;
    struct play p = {0};
    p.ts_ecr = 5;
    established(&p, TS);
    p.ts_val = 10;
    sent(&p, WIRE_ACK, 1, 1, 100);
    uint64_t first = p.now;
    sent(&p, WIRE_ACK | WIRE_FIN, 101, 1, 20);
    assert_int_equal(p.f->ts_val_time, first); /* the same TSval: when it came first */
    assert_int_equal(p.f->fin_sent, 121);
    assert_int_equal(p.f->snd_max, 122);
    sent(&p, WIRE_ACK, 1, 1, 100);
    assert_int_equal(p.f->snd_max, 122);
    assert_int_equal(p.f->last_sent, p.now);
    trace_free(p.t);
}

static void other_packets_belong_to_none(void **unused)
{
    (void)unused;
    struct play p = {0};
    established(&p, 0);
    p.tester.port++;
    assert_int_equal(given(&p, WIRE_ACK, 1, 1, 10)->conn, TRACE_NO_CONN);
    p.tester.port--;
    p.stack.ip[3]++;
    assert_int_equal(given(&p, WIRE_ACK, 1, 1, 10)->conn, TRACE_NO_CONN);
    const struct trace_event *e = trace_packet(p.t, TRACE_INJECTED, false, 1, 0, "\x45octets", 7);
    assert_int_equal(e->conn, TRACE_NO_CONN);
    assert_int_equal(e->seg.errors, WIRE_SHORT);
    e = trace_packet(p.t, TRACE_SENT, true, 1, 0, "", 0);
    assert_int_equal(e->packet_len, 0);
    assert_int_equal(p.f->rcv_run, 1);
    trace_free(p.t);
}

static void a_lost_packet_changes_nothing(void **unused)
{
    (void)unused;
    struct play p = {0};
    uint8_t buf[200];
    established(&p, 0);
    struct trace_flow before = *p.f;
    struct wire_seg seg = {.src = p.tester,
                           .dst = p.stack,
                           .seq = p.irs + 1,
                           .ack = p.iss + 1,
                           .flags = WIRE_ACK | WIRE_FIN};
    size_t n = wire_build(&seg, NULL, buf, sizeof buf);
    const struct trace_event *e = trace_packet(p.t, TRACE_TESTER, false, 1, 0, buf, n);
    assert_int_equal(e->conn, 0);
    assert_int_equal(e->seq, 1);
    trace_packet(p.t, TRACE_LOST, false, 1, 0, buf, n);
    assert_memory_equal(&before, p.f, sizeof before);
    trace_free(p.t);
}

static void calls(void **unused)
{
    (void)unused;
    struct play p = {0};
    established(&p, 0);
    trace_call(p.t, 1, 0, 0, TRACE_ACCEPT, 0, TCPASSAY_EWOULDBLOCK, 0);
    assert_false(p.f->app_accepted);
    trace_call(p.t, 1, 0, 0, TRACE_ACCEPT, 0, 3, 0);
    assert_true(p.f->app_accepted);
    trace_call(p.t, 1, 0, 0, TRACE_SEND, 100, 60, 0);
    trace_call(p.t, 1, 0, 0, TRACE_SEND, 40, TCPASSAY_EWOULDBLOCK, 60);
    assert_int_equal(p.f->app_sent, 60);
    trace_call(p.t, 1, 0, 0, TRACE_RECV, 7, 7, 0);
    assert_int_equal(p.f->app_read, 7);
    assert_false(p.f->app_eof);
    trace_call(p.t, 1, 0, 0, TRACE_RECV, 0, 0, 7);
    assert_true(p.f->app_eof);
    trace_call(p.t, 1, 0, 0, TRACE_READER, 1, 0, 0);
    assert_true(p.f->reading);
    trace_call(p.t, 1, 0, 0, TRACE_SHUTDOWN, 0, 0, 0);
    assert_true(p.f->app_shutdown);
    trace_call(p.t, 1, 0, 0, TRACE_SEND, 1, TCPASSAY_EPIPE, 60);
    assert_int_equal(p.f->app_error, 0);
    trace_call(p.t, 1, 0, 0, TRACE_RECV, 0, TCPASSAY_ERESET, 7);
    trace_call(p.t, 1, 0, 0, TRACE_RECV, 0, TCPASSAY_ENOTCONN, 7);
    assert_int_equal(p.f->app_error, TCPASSAY_ERESET);
    trace_call(p.t, 1, 0, 0, TRACE_CLOSE, 0, 0, 0);
    trace_call(p.t, 1, 0, 0, TRACE_ABORT, 0, 0, 0);
    assert_true(p.f->app_closed && p.f->app_aborted);
    assert_int_equal(trace_call(p.t, 1, 0, 0, TRACE_TX_ERROR, 1, 0, 0)->kind, TRACE_FAULT);
    assert_int_equal(trace_call(p.t, 1, 0, TRACE_NO_CONN, TRACE_MTU, 1400, 0, 0)->conn,
                     TRACE_NO_CONN);
    assert_string_equal(trace_mark(p.t, TRACE_NOTE, 5, 2, "here")->text, "here");
    trace_free(p.t);
}

/* Events and octets stay put while thousands follow, and a second case reuses their memory. */
static void memory_is_stable(void **unused)
{
    (void)unused;
    enum { COUNT = 3000 };
    struct play p = {0};
    established(&p, 0);
    const struct trace_event *kept[COUNT];
    uint8_t big[60000];
    for (unsigned round = 0; round < 3; round++) {
        trace_reset(p.t);
        assert_int_equal(trace_count(p.t), 0);
        assert_null(trace_at(p.t, 0));
        assert_null(trace_flow(p.t, 0));
        for (unsigned i = 0; i < COUNT; i++) {
            size_t len = i % 50 == 0 ? sizeof big : i % 200;
            wire_stream_fill(i, 0, big, len);
            const struct trace_event *e = trace_packet(p.t, TRACE_SENT, true, i, 0, big, len);
            assert_true(round == 0 || kept[i] == e);
            kept[i] = e;
        }
        for (unsigned i = 0; i < COUNT; i++) {
            assert_ptr_equal(trace_at(p.t, i), kept[i]);
            assert_int_equal(kept[i]->time, i);
            assert_int_equal(wire_stream_check(i, 0, kept[i]->packet, kept[i]->packet_len),
                             kept[i]->packet_len);
        }
    }
    static uint8_t huge[700000]; /* beyond any IP packet, still recorded */
    assert_int_equal(trace_packet(p.t, TRACE_SENT, true, 0, 0, huge, sizeof huge)->packet_len,
                     sizeof huge);
    trace_free(p.t);
    trace_free(NULL);
}

/* Random segments in both directions: whatever comes, the account keeps its order. */
static void any_segments(void **unused)
{
    (void)unused;
    struct play p = {0};
    uint32_t r = 1;
    for (unsigned round = 0; round < 300; round++) {
        play_begin(&p, r * 7u, r * 13u, r >> 5 & 7);
        for (unsigned i = 0; i < 100; i++) {
            r = r * 1664525u + 1013904223u;
            int64_t seq = (int64_t)(r >> 20) - 100, ack = (int64_t)(r >> 8 & 0xfff) - 100;
            p.win = (uint16_t)(r >> 3);
            p.ts_val = r >> 28;
            play(&p, r >> 16 & 1, (uint16_t)(r >> 9 & 0x1f) | (r & 6 ? WIRE_ACK : 0), seq, ack,
                 r >> 21 & 0x3ff);
            assert_true(p.f->snd_una <= p.f->snd_max);
            assert_true(p.f->snd_edge <= p.f->snd_edge_max);
            assert_true(p.f->rcv_edge <= p.f->rcv_max);
        }
    }
    trace_free(p.t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flow_before_anything),
        cmocka_unit_test(passive_open_over_the_wraps),
        cmocka_unit_test(options_need_both_syns),
        cmocka_unit_test(active_open_takes_the_port),
        cmocka_unit_test(simultaneous_open),
        cmocka_unit_test(believed_acks),
        cmocka_unit_test(newest_window),
        cmocka_unit_test(doubtful_widens_only),
        cmocka_unit_test(run_of_octets),
        cmocka_unit_test(many_holes_never_lower_the_run),
        cmocka_unit_test(edge_going_back),
        cmocka_unit_test(incarnations),
        cmocka_unit_test(another_connection_by_its_ack),
        cmocka_unit_test(options_of_the_answered_syn),
        cmocka_unit_test(windows_from_below_the_beginning),
        cmocka_unit_test(another_connection_on_the_tuple),
        cmocka_unit_test(resets_of_the_tester),
        cmocka_unit_test(numbers_before_the_syn_are_raw),
        cmocka_unit_test(what_the_stack_sends),
        cmocka_unit_test(other_packets_belong_to_none),
        cmocka_unit_test(a_lost_packet_changes_nothing),
        cmocka_unit_test(calls),
        cmocka_unit_test(memory_is_stable),
        cmocka_unit_test(any_segments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
