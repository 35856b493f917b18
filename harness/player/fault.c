/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults that wrap any stack, for trying the rules: a rule that passes on one of these is no rule.
 */
#include "player/run.h"

#include <string.h>

static size_t turn_to_reset(uint8_t *packet, size_t len, size_t cap)
{
    struct wire_seg seg;
    wire_parse(packet, len, &seg);
    if (seg.errors & WIRE_UNREADABLE)
        return 0;
    seg.flags = WIRE_RST | (seg.flags & WIRE_ACK);
    seg.len = 0;
    seg.payload = NULL;
    seg.window = 0;
    memset(&seg.opt, 0, sizeof seg.opt);
    return wire_build(&seg, NULL, packet, cap);
}

/* The last ACK again, and for ever; a SYN,ACK has become the plain ACK that would have followed. */
static size_t turn_to_stale(struct player *p, uint8_t *packet, size_t cap)
{
    struct wire_seg seg;
    if (p->stale_event == SIZE_MAX)
        return 0;
    const struct trace_event *e = trace_at(p->trace, p->stale_event);
    wire_parse(e->packet, e->packet_len, &seg);
    if (seg.flags & WIRE_SYN) {
        seg.seq++;
        seg.opt.mss_set = seg.opt.wscale_set = seg.opt.sack_ok = false;
        seg.opt.ts_set = seg.opt.ts_set && trace_flow(p->trace, 0)->ts;
    }
    seg.flags = WIRE_ACK;
    seg.len = 0;
    return wire_build(&seg, NULL, packet, cap);
}

size_t fault_output(struct player *p, uint8_t *packet, size_t len, size_t cap)
{
    switch (p->options.fault) {
    case FAULT_MUTE:
        return 0;
    case FAULT_RESETS:
        return turn_to_reset(packet, len, cap);
    case FAULT_STALE:
        return turn_to_stale(p, packet, cap);
    case FAULT_NONE:
        break;
    }
    return len;
}
