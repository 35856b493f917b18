/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests of adapters: a peer of a few lines that speaks to a stack through the port. */
#ifndef HARNESS_TEST_DRIVE_H
#define HARNESS_TEST_DRIVE_H

#include "player/player.h"
#include "stacks/stacks.h"
#include "wire/wire.h"

#include <string.h>

struct drive {
    const struct tcpassay_stack *stack;
    void *state;
    struct tcpassay_open how;
    unsigned cases;
    uint64_t now; /* virtual clock */
    struct wire_addr us, it;
    uint32_t snd, rcv;    /* next numbers of ours and of the stack's */
    uint8_t packet[2048]; /* the last segment taken */
    struct wire_seg seg;
};

enum { DRIVE_PORT = 7 };

static inline int drive_open(struct drive *d, const struct tcpassay_stack *stack,
                             const char *profile, char *why, size_t why_cap)
{
    *d = (struct drive){.stack = stack, .now = 1000000000};
    d->how = (struct tcpassay_open){
        .size = sizeof d->how, .profile = profile, .mtu = 1500, .seed = 1, .now = d->now};
    player_addresses(&d->how);
    return stack->open(&d->how, &d->state, why, why_cap);
}

/* The tester's end from now on: FAMILY, and an address and port of its own for each case. */
static inline void drive_from(struct drive *d, uint8_t family, uint8_t last_octet, uint16_t port)
{
    const struct tcpassay_addr *local = family == 4 ? &d->how.local4 : &d->how.local6;
    const struct tcpassay_addr *peer = family == 4 ? &d->how.peer4 : &d->how.peer6;
    d->it = (struct wire_addr){.family = family, .port = DRIVE_PORT};
    d->us = (struct wire_addr){.family = family, .port = port};
    memcpy(d->it.ip, local->ip, sizeof local->ip);
    memcpy(d->us.ip, peer->ip, sizeof peer->ip);
    d->us.ip[family == 4 ? 3 : 15] = last_octet;
    d->snd = 1000;
}

static inline void drive_put(struct drive *d, uint16_t flags, const void *data, uint32_t len)
{
    uint8_t packet[2048];
    struct wire_seg seg = {.src = d->us, .dst = d->it, .seq = d->snd, .flags = flags};
    seg.ack = flags & WIRE_ACK ? d->rcv : 0;
    seg.window = 65535;
    seg.ttl = 64;
    seg.payload = data;
    seg.len = len;
    size_t size = wire_build(&seg, NULL, packet, sizeof packet);
    if (d->stack->advance)
        d->stack->advance(d->state, d->now);
    (void)d->stack->input(d->state, packet, size);
    d->snd += wire_seg_len(&seg);
}

/* The stack's next segment, if it has one for us within LIMIT ns. */
static inline bool drive_take(struct drive *d, uint64_t limit)
{
    const struct tcpassay_stack *s = d->stack;
    uint64_t until = (s->advance ? d->now : s->now(d->state)) + limit;
    for (int i = 0; i < 1000; i++) {
        size_t len = s->output(d->state, d->packet, sizeof d->packet);
        if (len > 0) {
            wire_parse(d->packet, len, &d->seg);
            if (d->seg.errors == 0 && wire_addr_same(&d->seg.dst, &d->us)) {
                d->rcv = d->seg.seq + wire_seg_len(&d->seg);
                return true;
            }
        } else if (s->advance) {
            uint64_t next = s->deadline(d->state);
            if (next > until)
                return false;
            d->now = next > d->now ? next : d->now;
            s->advance(d->state, d->now);
        } else if (s->now(d->state) >= until) {
            return false;
        } else {
            (void)s->wait(d->state, until);
        }
    }
    return false;
}

/* A connection that the tester opens; the handle, or the error. */
static inline int drive_passive(struct drive *d, int *ret_listener)
{
    struct tcpassay_addr local = d->it.family == 4 ? d->how.local4 : d->how.local6;
    local.port = d->it.port;
    *ret_listener = d->stack->listen(d->state, &local, 8);
    if (*ret_listener < 0)
        return *ret_listener;
    drive_put(d, WIRE_SYN, NULL, 0);
    if (!drive_take(d, 0) || d->seg.flags != (WIRE_SYN | WIRE_ACK))
        return TCPASSAY_EFAILED;
    drive_put(d, WIRE_ACK, NULL, 0);
    return d->stack->accept(d->state, *ret_listener);
}

#endif
