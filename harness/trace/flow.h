/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside the trace only: the account of one connection, and what it needs beside `struct
 * trace_flow`.
 */
#ifndef HARNESS_TRACE_FLOW_H
#define HARNESS_TRACE_FLOW_H

#include "trace/trace.h"

/* Stretches delivered beyond a hole. More than these are joined over their smallest gap. */
enum { FLOW_RANGES = 64 };

struct flow_range {
    int64_t from, to; /* to: the octet after the last */
};

struct flow {
    struct trace_flow pub;
    struct flow_range range[FLOW_RANGES + 1]; /* in order, disjoint, all beyond rcv_run */
    int64_t wnd_max;                          /* the largest window the stack has offered */
    int64_t syn_at, syn_end; /* of the newest SYN of the tester that may begin a connection */
    uint64_t ts_recent_time;
    struct wire_options syn_opt;
    unsigned ranges;
    bool declared;
    bool syn_set;
    bool ts_recent_set;
    bool ts_offered; /* some SYN of the tester had them */
    bool ts_agreed;  /* the stack sent timestamps outside a SYN */
    bool acked;      /* the stack has acknowledged something: rcv_acked and the edges are set */
    bool reopened;   /* a SYN was delivered, or CONNECT called, after a reset: a new beginning */
};

void flow_open(struct flow *f, const struct wire_addr *stack, const struct wire_addr *tester,
               uint32_t irs);
/** Take a packet event into the account, and set its positions and incarnation. */
void flow_packet(struct flow *f, struct trace_event *event);
/** Take a call of the application into the account, and set the event's incarnation. */
void flow_call(struct flow *f, struct trace_event *event);

#endif
