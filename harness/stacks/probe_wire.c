/* SPDX-License-Identifier: BSD-2-Clause */
/* The probe's handshake: does the stack's SYN,ACK bear out what its adapter claims? */
#include "stacks/probe.h"

#include <inttypes.h>
#include <string.h>

enum { PROBE_PORT = 7, PROBE_PEER_PORT = 40007 };
static const uint32_t probe_seq = 0x00010000, probe_iss = 0x5eed5eedu;
static const uint64_t patience = 3000000000; /* for an answer that may come at once, in ns */

static bool real_clock(const struct probe *p)
{
    return !p->stack->advance;
}

static uint64_t time_now(const struct probe *p)
{
    return real_clock(p) ? p->stack->now(p->state) : p->now;
}

/* The next segment of the connection, at the latest by UNTIL. */
static bool next_segment(struct probe *p, unsigned family, uint64_t until, struct wire_seg *ret_seg)
{
    static const unsigned steps = 100000; /* a stack whose deadline never moves on is given up */
    uint8_t packet[2048];
    for (unsigned i = 0; i < steps; i++) {
        size_t len = p->stack->output(p->state, packet, sizeof packet);
        if (len > 0) {
            wire_parse(packet, len, ret_seg);
            ret_seg->payload = NULL; /* goes with the buffer */
            if (!(ret_seg->errors & WIRE_UNREADABLE) && ret_seg->src.family == family &&
                ret_seg->dst.port == PROBE_PEER_PORT)
                return true;
            continue;
        }
        if (time_now(p) >= until)
            return false;
        if (real_clock(p)) {
            (void)p->stack->wait(p->state, until);
            continue;
        }
        uint64_t next = p->stack->deadline(p->state);
        if (next > p->now)
            p->now = next < until ? next : until;
        p->stack->advance(p->state, p->now);
    }
    return false;
}

static void put(struct probe *p, unsigned family, uint16_t flags, uint32_t seq)
{
    uint8_t packet[256];
    const struct tcpassay_addr *to = family == 4 ? &p->how.local4 : &p->how.local6;
    const struct tcpassay_addr *from = family == 4 ? &p->how.peer4 : &p->how.peer6;
    struct wire_seg seg = {.seq = seq, .flags = flags, .window = 65535, .ttl = 64};
    seg.src = (struct wire_addr){.family = (uint8_t)family, .port = PROBE_PEER_PORT};
    seg.dst = (struct wire_addr){.family = (uint8_t)family, .port = PROBE_PORT};
    memcpy(seg.src.ip, from->ip, sizeof from->ip);
    memcpy(seg.dst.ip, to->ip, sizeof to->ip);
    if (flags & WIRE_SYN)
        seg.opt = (struct wire_options){.mss_set = true,
                                        .mss = 1200,
                                        .wscale_set = true,
                                        .wscale = 7,
                                        .sack_ok = true,
                                        .ts_set = true,
                                        .ts_val = 1};
    size_t len = wire_build(&seg, NULL, packet, sizeof packet);
    if (!real_clock(p))
        p->stack->advance(p->state, p->now);
    if (p->stack->input(p->state, packet, len) < 0)
        probe_lie(p, "refuses a SYN or RST from the tester at its input");
}

static void compare_options(struct probe *p, const struct wire_options *opt)
{
    const struct {
        const char *name;
        bool seen;
    } rows[] = {{"opt.mss", opt->mss_set},
                {"opt.wscale", opt->wscale_set},
                {"opt.ts", opt->ts_set},
                {"opt.sack", opt->sack_ok}};
    for (size_t i = 0; p->stack->can && i < sizeof rows / sizeof rows[0]; i++) {
        bool claimed = probe_claims(p, rows[i].name);
        if (claimed && !rows[i].seen)
            probe_lie(p, "claims %s, but its SYN,ACK has no such option", rows[i].name);
        if (!claimed && rows[i].seen)
            probe_lie(p, "denies %s, but its SYN,ACK has the option", rows[i].name);
    }
}

/* The SYN,ACK stays unanswered: when it comes again, RTO and TSval clock show. */
static void compare_times(struct probe *p, unsigned family, const struct wire_seg *first)
{
    struct wire_seg again;
    uint64_t start = time_now(p), rto = p->facts.rto_initial;
    /* A kernel's timer wheel is up to an eighth late, and so may be the machine on a real clock. */
    uint64_t slack = real_clock(p) ? rto / 8 + 4 * p->facts.tick + 50000000 : p->facts.tick;
    if (!next_segment(p, family, start + rto + slack + patience, &again)) {
        probe_lie(p, "says its first RTO is %.3f s, but repeats no SYN,ACK in that time",
                  (double)rto / 1e9);
        return;
    }
    uint64_t gap = time_now(p) - start;
    fprintf(p->out, "  SYN,ACK again after %.3f s\n", (double)gap / 1e9);
    if (rto > 0 && (gap + p->facts.tick < rto || gap > rto + slack))
        probe_lie(p, "says its first RTO is %.3f s, but it is %.3f s", (double)rto / 1e9,
                  (double)gap / 1e9);
    if (p->facts.ts_tick == 0 || !first->opt.ts_set || !again.opt.ts_set)
        return;
    uint64_t moved = (again.opt.ts_val - first->opt.ts_val) * p->facts.ts_tick;
    uint64_t off = moved > gap ? moved - gap : gap - moved;
    if (off > gap / 8 + 2 * p->facts.ts_tick + slack)
        probe_lie(p, "says a tick of its TSval is %.3f ms, but it went on by %" PRIu32 " in %.3f s",
                  (double)p->facts.ts_tick / 1e6, again.opt.ts_val - first->opt.ts_val,
                  (double)gap / 1e9);
}

void probe_handshake(struct probe *p, unsigned family)
{
    struct wire_seg answer;
    struct tcpassay_addr local = family == 4 ? p->how.local4 : p->how.local6;
    bool iss = p->stack->set_option && probe_claims(p, "set.iss");
    local.port = PROBE_PORT;
    if (iss && p->stack->set_option(p->state, -1, TCPASSAY_OPT_ISS, probe_iss) < 0)
        probe_lie(p, "claims set.iss, but refuses to set it");
    int listener = p->stack->listen(p->state, &local, 4);
    if (listener < 0) {
        probe_lie(p, "cannot listen on port %d over IPv%u", PROBE_PORT, family);
        return;
    }
    put(p, family, WIRE_SYN, probe_seq);
    if (!next_segment(p, family, time_now(p) + patience, &answer)) {
        probe_lie(p, "does not answer a SYN over IPv%u", family);
    } else if ((answer.flags & (WIRE_SYN | WIRE_ACK)) != (WIRE_SYN | WIRE_ACK) || answer.errors ||
               answer.ack != probe_seq + 1) {
        probe_lie(p, "answers a SYN over IPv%u with something else than a SYN,ACK of it", family);
    } else {
        fprintf(p->out, "  IPv%u: SYN,ACK seen\n", family);
        compare_options(p, &answer.opt);
        if (iss && answer.seq != probe_iss)
            probe_lie(p, "claims set.iss, but its SYN,ACK has another number");
        if (family == 4)
            compare_times(p, family, &answer);
    }
    put(p, family, WIRE_RST, probe_seq + 1);
    (void)p->stack->close_conn(p->state, listener);
}
