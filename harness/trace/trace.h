/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The record of a case: every segment in both directions, every call of the application and what it
 * returned, in order, with the time; and what can be worked out of it, connection by connection.
 *
 * Positions are 64-bit and unwrapped, counted from the sender's initial sequence number: the SYN is
 * 0, the first octet of text 1. The stack counts mod 2^32, the judge never does.
 */
#ifndef HARNESS_TRACE_H
#define HARNESS_TRACE_H

#include "wire/wire.h"

enum trace_kind {
    TRACE_SENT,     /* the stack handed a packet down */
    TRACE_INJECTED, /* a packet was delivered to the stack */
    TRACE_TESTER,   /* the tester put a packet on the link (its delivery, if any, follows) */
    TRACE_LOST,     /* the link lost a packet; `from_stack` says whose */
    TRACE_ARRIVED,  /* a packet of the stack reached the tester; only where the link delays */
    TRACE_CALL,     /* the application called, and the call returned */
    TRACE_FAULT,    /* a fault was set or lifted: `call` says which, `arg` how much */
    TRACE_STEP,     /* the scenario went on to step `step` */
    TRACE_NOTE,     /* for people: `text` */
};

enum trace_call {
    TRACE_LISTEN, /* arg: backlog */
    TRACE_ACCEPT,
    TRACE_CONNECT,
    TRACE_CONNECTED, /* the open succeeded, or failed with `result` */
    TRACE_SEND,      /* arg: octets offered; result: octets taken; offset: where they begin */
    TRACE_RECV,      /* result: octets, 0 = end of stream; offset: where they begin;
                        arg: how many of them are those of the stream there (== result: all) */
    TRACE_SHUTDOWN,
    TRACE_CLOSE, /* without a flow: the listener's */
    TRACE_ABORT,
    TRACE_OPTION, /* arg: enum tcpassay_option; offset: the value; without a flow: the listener's */
    TRACE_URGENT, /* the application was told of urgent data */
    TRACE_CHECKPOINT,
    TRACE_RESTORE,
    TRACE_ALLOC_FAIL, /* as fault; arg: N, 0 lifts it */
    TRACE_TX_ERROR,   /* as fault; arg: packets reported as not sent, just now */
    TRACE_MTU,
    TRACE_READER, /* arg: 1 the application drains, 0 it stopped reading */
};

enum { TRACE_CONNS = 4, TRACE_NO_CONN = 255 };

struct trace_event {
    uint64_t time;
    enum trace_kind kind;
    uint8_t conn;        /* index of the flow, or TRACE_NO_CONN */
    uint8_t incarnation; /* of the flow; ORACLE: one ends when the stack sends another SYN */
    bool from_stack;
    uint16_t step; /* index of the step in force; 0xffff: set-up, 0xfffe: closing */

    /* packets */
    struct wire_seg seg; /* parsed; payload points into the trace's own copy */
    const uint8_t *packet;
    uint32_t packet_len;
    int64_t seq, ack; /* unwrapped */

    /* calls and faults */
    enum trace_call call;
    int64_t arg, result, offset;
    const char *text;
};

#define TRACE_STEP_GIVEN   0xffffu
#define TRACE_STEP_CLOSING 0xfffeu

/**
 * What the wire and the calls show of one connection, as seen from the stack under test and named
 * as RFC 9293, 3.3.1 names it. -1 where nothing is known yet.
 */
struct trace_flow {
    struct wire_addr stack, tester;
    uint8_t incarnation;
    bool iss_set; /* the stack has sent a SYN */
    bool irs_set; /* the tester's initial sequence number has been declared */
    uint32_t iss, irs;

    /* the stack as sender: positions in its stream */
    int64_t snd_una;  /* highest ACK delivered that may be believed */
    int64_t snd_max;  /* end of everything ever handed down: SND.NXT */
    int64_t snd_edge; /* ACK + window of the newest update delivered, by WL1/WL2 */
    int64_t snd_edge_max;
    int64_t fin_sent; /* position of its FIN, or -1 */
    int64_t snd_wl1, snd_wl2;

    /* the stack as receiver: positions in the tester's stream */
    int64_t rcv_acked; /* RCV.NXT: the highest ACK it sent */
    int64_t rcv_edge;  /* right edge it offers now */
    int64_t rcv_max;   /* furthest right edge it ever offered */
    int64_t rcv_wnd;   /* window it offers now, in octets */
    int64_t rcv_run;   /* end of the gap-free run of octets delivered to it in takable segments */
    int64_t fin_delivered; /* position of the lowest FIN delivered within RCV.MAX, or -1 */
    bool retracted;        /* its right edge has moved left at least once */

    /* agreed in the SYNs: what each side sent */
    bool stack_syn, tester_syn; /* a SYN of each was seen */
    struct wire_options stack_opt, tester_opt;
    bool ts, wscale, sack;        /* in both SYNs */
    uint8_t rcv_shift, snd_shift; /* of the stack's windows, of the tester's; 0 unless `wscale` */

    uint32_t ts_val;    /* newest TSval of the stack */
    uint32_t ts_recent; /* newest TSecr of the stack: what it holds as TS.Recent */
    bool ts_val_set;
    uint64_t ts_val_time; /* when that TSval was seen */

    bool stack_reset;  /* the stack has sent a RST (after it, nothing else may come) */
    bool tester_reset; /* a RST at exactly RCV.NXT has been delivered */
    uint64_t last_sent, last_injected; /* times */

    /* the application */
    int64_t app_sent; /* octets the stack took from the application */
    int64_t app_read; /* octets the application has read */
    bool app_accepted, app_eof, app_shutdown, app_closed, app_aborted;
    int app_error; /* enum tcpassay_err the application was told, or 0 */
    bool reading;  /* the application drains */
};

struct trace;

/** NULL without memory. One trace serves many cases: `trace_reset` keeps its memory. */
struct trace *trace_new(void);
void trace_free(struct trace *t);
void trace_reset(struct trace *t);
/** Have room for EVENTS and OCTETS of their packets beforehand; false without memory. */
bool trace_reserve(struct trace *t, size_t events, size_t octets);

/**
 * Declare the connection with index CONN (0 ≤ conn < TRACE_CONNS): who talks, and the tester's
 * initial sequence number. Segments between the two addresses belong to it from now on. A second
 * declaration begins it anew. A port of 0 in `stack` takes the first port seen (active opens).
 */
void trace_flow_open(struct trace *t, unsigned conn, const struct wire_addr *stack,
                     const struct wire_addr *tester, uint32_t irs);

/**
 * Record a packet (the trace copies and parses it), update the flow, and return the event, which
 * stays where it is until the next reset. NULL without memory. `step` and `time` as given.
 */
const struct trace_event *trace_packet(struct trace *t, enum trace_kind kind, bool from_stack,
                                       uint64_t time, uint16_t step, const void *packet,
                                       size_t len);
const struct trace_event *trace_call(struct trace *t, uint64_t time, uint16_t step, unsigned conn,
                                     enum trace_call call, int64_t arg, int64_t result,
                                     int64_t offset);
const struct trace_event *trace_mark(struct trace *t, enum trace_kind kind, uint64_t time,
                                     uint16_t step, const char *text); /* text: kept by pointer */

size_t trace_count(const struct trace *t);
const struct trace_event *trace_at(const struct trace *t, size_t index);
/** The flow, or NULL if it was not declared. */
const struct trace_flow *trace_flow(const struct trace *t, unsigned conn);

/** Unwrap a number of the wire near position NEAR, given the initial number. */
static inline int64_t trace_unwrap(uint32_t number, uint32_t isn, int64_t near)
{
    return near + (int32_t)(number - isn - (uint32_t)near);
}

/**
 * Write the packets as a classic capture (libpcap, LINKTYPE_RAW): what the stack sent and what was
 * delivered to it. 0, or -1 with a line for people in WHY.
 */
int trace_write_pcap(const struct trace *t, const char *path, char *why, size_t why_cap);

#endif
