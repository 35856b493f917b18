/* SPDX-License-Identifier: BSD-2-Clause */
/* What the targets share that drive whole hosts of tcpref: a host out of eight octets, memory that
 * is counted, packets in blocks of their exact size, and what must hold of every connection. */
#ifndef FUZZ_NET_H
#define FUZZ_NET_H

#include "wire/wire.h"

#include <tcpref/tcpref.h>

enum { NET_HOST_OCTETS = 8, NET_PACKET_MAX = 65536 };

/* ---- Findings ---- */

/** Prints "INVARIANT name clause state", with the clause's blanks taken out, and aborts. */
_Noreturn void net_finding(const char *name, const char *clause, const char *state);
/** The same, if it does not hold; the words are not looked for otherwise. */
#define net_holds(holds, name, clause, state) ((holds) ? (void)0 : net_finding(name, clause, state))

/* ---- Memory ---- */

struct net_mem {
    size_t blocks, octets; /* in use */
    unsigned calls;        /* since somebody set it to 0 */
    unsigned before, fail; /* so many succeed, then so many fail */
};
struct tcpref_mem net_memory(struct net_mem *mem);

/* ---- Hosts ---- */

struct net_host {
    tcpref_host *host;
    struct net_mem mem;
    struct tcpref_config config;
};

/** A profile with its numbers and switches as eight octets say; any octets will do. */
void net_config(const uint8_t octets[NET_HOST_OCTETS], struct tcpref_config *ret_config);
/** Where the clock begins: a second, or just before the milliseconds come round or change sign. */
tcpref_ns net_origin(uint8_t octet);
tcpref_addr net_addr(uint8_t family, uint8_t last);
struct wire_addr net_wire_addr(const tcpref_addr *addr, uint16_t port);
/** Of h->config, with the addresses 10.0.0.LAST and fd00::LAST. Aborts if it cannot be made. */
void net_open(struct net_host *h, uint8_t last, tcpref_ns now);
/** Frees it; whatever it has not given back then is a finding. */
void net_close(struct net_host *h);

/* ---- Connections ---- */

const char *net_state(const tcpref_conn *conn);
/** What a segment must not change unnoticed, as numbers to be compared. */
enum { NET_VIEW = 30 };
struct net_view {
    uint64_t value[NET_VIEW];
};
void net_view(const tcpref_conn *conn, struct net_view *ret_view);
bool net_view_same(const struct net_view *a, const struct net_view *b);
/** Whether something waits for the peer: then some timer must be armed. */
bool net_owes(const struct tcpref_status *s);
/** With output drained, what is owed has its moment, and none is further off than the profile says.
 */
void net_check_record(const struct net_host *h, const struct tcpref_status *s, tcpref_ns now);

/** Whether the numbers of a segment without SYN or RST, just sent, are those of its connection, and
 * the path bears it, cut into pieces of `text` octets. */
void net_check_sent(const struct wire_seg *seg, uint32_t text, const struct tcpref_status *s);

/** Position of `seq` relative to `base`. */
static inline int32_t net_diff(uint32_t seq, uint32_t base)
{
    return (int32_t)(seq - base);
}

/* ---- Packets ---- */

/** The host gets the packet out of a block of just its size. */
enum tcpref_verdict net_input(struct net_host *h, const void *packet, size_t len, tcpref_ns now);
/** Whether a segment of a synchronized connection that had this fate is answered, whatever limits
 * there are: its text or FIN were not taken, and its sender waits. */
bool net_owed_answer(enum tcpref_verdict verdict, const struct wire_seg *seg);
/** Whether the packet was refused for its form alone. */
bool net_refused_by_form(enum tcpref_verdict verdict);

/** With TCPASSAY_TRACE set, a line about the packet to stderr: when, who, what became of it. */
void net_trace(tcpref_ns now, const char *who, const void *packet, size_t len, const char *what);

#endif
