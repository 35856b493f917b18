/* SPDX-License-Identifier: BSD-2-Clause */
/* A host: addresses, connections and listeners. Packets and the time go in; packets and the next
 * deadline come out. Not thread-safe; hosts share nothing, so one thread for each host is fine. */
#ifndef TCPREF_HOST_H
#define TCPREF_HOST_H

#include <tcpref/config.h>
#include <tcpref/err.h>

typedef struct tcpref_host tcpref_host;
typedef struct tcpref_conn tcpref_conn;
typedef struct tcpref_listener tcpref_listener;

/** Most addresses of one host. */
#define TCPREF_ADDRESSES_MAX 8

/**
 * Makes a host without addresses. `config` and `mem` are copied.
 * TCPREF_ERR_INVALID: the config is out of range. TCPREF_ERR_NO_MEMORY.
 */
TCPREF_API tcpref_err tcpref_host_new(tcpref_host **ret_host, const struct tcpref_config *config,
                                      const struct tcpref_mem *mem, tcpref_ns now) TCPREF_MUST_USE;

/** Ends every connection without a word on the wire and frees all memory, handles of connections
 * and listeners too. NULL is allowed. */
TCPREF_API void tcpref_host_free(tcpref_host *host);

/**
 * Gives the host an address. `prefix_len` tells an IPv4 directed broadcast (MUST-57); 0 if unknown.
 * TCPREF_ERR_INVALID: not a unicast address. TCPREF_ERR_IN_USE: has it. TCPREF_ERR_NO_MEMORY: has
 * the most.
 */
TCPREF_API tcpref_err tcpref_host_add_address(tcpref_host *host, const tcpref_addr *addr,
                                              unsigned prefix_len);

/**
 * A whole IP packet has come. `ret_verdict`, which may be NULL, says what became of it. The packet
 * is read during the call only. Time does not go back: an earlier `now` counts as the latest one.
 */
TCPREF_API void tcpref_input(tcpref_host *host, const void *packet, size_t len, tcpref_ns now,
                             enum tcpref_verdict *ret_verdict);

/**
 * Writes the next IP packet to send into `buf` and returns its length; 0: nothing to send now.
 * Call until 0 after tcpref_advance(), user calls, and the tcpref_input() of all packets that have
 * come: what is acknowledged in one go costs one ACK (MUST-58, MUST-59). A `cap` below the MTU
 * cuts text to fit; one below 128 octets sends nothing.
 */
TCPREF_API size_t tcpref_output(tcpref_host *host, void *buf, size_t cap, tcpref_ns now);

/**
 * tcpref_output() for a layer below that cuts segments itself (TSO, GSO). If `*ret_segment` is not
 * 0 the packet is a super-segment: its text, at most `gso_max` of the config, is to be sent in
 * pieces of `*ret_segment` octets, the last as short as it comes, each with the same header but for
 * lengths, sequence number and checksum, PSH and FIN on the last alone; tcpref_cut() does that in
 * software.
 */
TCPREF_API size_t tcpref_output_gso(tcpref_host *host, void *buf, size_t cap, tcpref_ns now,
                                    uint16_t *ret_segment);

/**
 * Writes piece `index`, from 0, of a super-segment as a packet into `buf` and returns its length;
 * 0: there is no such piece, `cap` is less than it needs, or `packet` is not one of
 * tcpref_output_gso().
 */
TCPREF_API size_t tcpref_cut(const void *packet, size_t len, uint16_t segment, size_t index,
                             void *buf, size_t cap);

/**
 * Of the `pieces` of the super-segment pulled last only the first `sent` went out (0: none). As
 * with tcpref_output_done() all of it counts as sent: the layer below may be wrong about what went
 * out, and an ACK of any octet handed down is acceptable. Retransmission makes up for the rest.
 */
TCPREF_API void tcpref_output_partial(tcpref_host *host, size_t pieces, size_t sent);

/**
 * Reports on the `count` packets pulled last: `error` is true if they were not sent. What was
 * pulled counts as sent all the same, so SND.NXT never goes back; retransmission makes up for the
 * loss.
 */
TCPREF_API void tcpref_output_done(tcpref_host *host, size_t count, bool error);

/** Whether tcpref_output() would give a packet now. */
TCPREF_API bool tcpref_wants_output(const tcpref_host *host);

/** When tcpref_advance() is next needed; TCPREF_NEVER if no timer is armed. If output is ready it
 * is the latest `now` the host was told. */
TCPREF_API tcpref_ns tcpref_deadline(const tcpref_host *host);

/** Time has come to `now`: runs every timer that is due. User calls happen at the latest `now`. */
TCPREF_API void tcpref_advance(tcpref_host *host, tcpref_ns now);

/** The link below has another MTU from now on, in octets; what is sent next keeps to it. An
 * estimate of a path that was lower stays (RFC 1191, 3). TCPREF_ERR_INVALID: below 576. */
TCPREF_API tcpref_err tcpref_host_set_mtu(tcpref_host *host, uint16_t mtu);

/** The initial sequence number of connections made from now on, as `iss` of the config; NULL: back
 * to RFC 6528's. For tests. */
TCPREF_API void tcpref_host_set_iss(tcpref_host *host, const uint32_t *iss);

/** Connections the host holds, TIME-WAIT and unaccepted ones among them, CLOSED ones not. */
TCPREF_API size_t tcpref_host_connections(const tcpref_host *host);

/** Packets that tcpref_output_done() reported as not sent. */
TCPREF_API uint64_t tcpref_host_send_errors(const tcpref_host *host);

#endif
