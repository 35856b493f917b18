/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's own record: its tables, and the replies that belong to no connection. */
#ifndef TCPREF_SRC_HOST_H
#define TCPREF_SRC_HOST_H

#include "tcb.h"

enum { CONFIG_MTU_MIN = 576, REPLIES_MAX = 8, TABLE_MIN = 8, PORT_COUNTERS = 16 };

/* Connections of a listener, the oldest first. */
struct children {
    tcpref_conn *first, *last;
    unsigned count;
};

struct tcpref_listener {
    tcpref_host *host;
    tcpref_listener *next;
    tcpref_addr addr; /* family 0: any */
    uint16_t port;
    tcpref_addr remote; /* family 0: any */
    uint16_t remote_port;
    unsigned backlog;
    struct children half_open, waiting; /* waiting: for ACCEPT */
    unsigned syn_texts;                 /* of the half-open, those that hold text of their SYN */
    uint32_t rcvbuf;
    struct user user;
};

struct host_address {
    tcpref_addr addr;
    uint8_t prefix_len;
};

/* One place in the heap of connections: not later than the connection's own `due`. */
struct alarm {
    tcpref_ns due;
    tcpref_conn *conn;
};

struct tcpref_host {
    struct tcpref_config config;
    struct tcpref_mem mem;
    tcpref_ns now;
    struct host_address address[TCPREF_ADDRESSES_MAX];
    unsigned addresses;

    tcpref_conn **bucket; /* of open connections, by tuple */
    struct alarm *heap;   /* the same, the earliest `due` first: heap[0] is exact */
    size_t slots, conns;  /* slots is a power of two and bounds both tables */
    tcpref_conn *recent;  /* the last that a segment was for; NULL: none, or it is gone */
    tcpref_conn *first_bucket[TABLE_MIN];
    struct alarm first_heap[TABLE_MIN];

    tcpref_conn *all;                  /* CLOSED ones that are still held too */
    tcpref_conn *out_first, *out_last; /* those with output */
    tcpref_listener *listeners;

    struct segment reply[REPLIES_MAX]; /* RSTs without a connection; a ring */
    unsigned reply_first, replies;

    uint32_t ports_taken[PORT_COUNTERS]; /* RFC 6056, 3.3.4: table of next_ephemeral */
    uint64_t send_errors;
    uint16_t ip_id; /* of the next packet that may be fragmented */
};

static inline void host_tick(tcpref_host *host, tcpref_ns now)
{
    if (now > host->now)
        host->now = now;
}

/* host.c */
bool host_has_address(const tcpref_host *host, const tcpref_addr *addr);
bool host_is_unicast(const tcpref_host *host, const tcpref_addr *addr);
enum tcpref_verdict host_judge_addresses(const tcpref_host *host, const struct segment *seg);
/* DF, or the identification that goes without it. */
void host_mark_fragment(tcpref_host *host, struct segment *seg, bool fits);
void host_reply(tcpref_host *host, const struct segment *reply);

/* table.c */
bool table_reserve(tcpref_host *host);
void table_free(tcpref_host *host);
tcpref_conn *table_find(const tcpref_host *host, const struct tuple *tuple);
/* The same for a segment that has come: the next is likely for the same connection. */
tcpref_conn *table_find_again(tcpref_host *host, const struct tuple *tuple);
/* An event of this connection is near; NULL: of none. */
void table_fetch_ahead(const tcpref_conn *c);
void table_add(tcpref_conn *c);
void table_remove(tcpref_conn *c);
void table_due(tcpref_conn *c, tcpref_ns due);

/* listener.c */
tcpref_listener *listener_find(const tcpref_host *host, const struct tuple *tuple);
bool listener_full(const tcpref_listener *l);
/* Gives up the oldest half-open connection, if there is one. */
void listener_recycle(tcpref_listener *l);
/* A half-open connection of the listener's; it has come through its handshake; it leaves. */
void listener_add(tcpref_listener *l, tcpref_conn *c);
void listener_through(tcpref_conn *c);
void listener_forget(tcpref_conn *c);

/* user.c */
void user_defaults(const tcpref_host *host, struct user *user);

#endif
