/* SPDX-License-Identifier: BSD-2-Clause */
/* Passive OPEN (RFC 9293, 3.9.1.1): a listener and the connections it makes. */
#ifndef TCPREF_LISTENER_H
#define TCPREF_LISTENER_H

#include <tcpref/conn.h>

/**
 * Listens on `port` at `addr`; NULL or family 0 is every address. While `backlog`
 * connections, at least 1, wait for tcpref_accept(), SYNs are dropped without a word. The half-open
 * ones have a bound of their own: `half_open` of the config.
 * TCPREF_ERR_IN_USE: somebody listens there (MUST-41). TCPREF_ERR_NOT_AVAILABLE: not the host's
 * address. TCPREF_ERR_INVALID: port 0. TCPREF_ERR_NO_MEMORY.
 */
TCPREF_API tcpref_err tcpref_listen(tcpref_host *host, const tcpref_addr *addr, uint16_t port,
                                    unsigned backlog,
                                    tcpref_listener **ret_listener) TCPREF_MUST_USE;

/** A passive OPEN for one peer (RFC 9293, 3.9.1.1): from now on SYNs from others draw a RST, as if
 * nobody listened. NULL: from everybody, as at first. `port` 0: any port of that address.
 * TCPREF_ERR_INVALID: an address of no family. */
TCPREF_API tcpref_err tcpref_listener_only(tcpref_listener *listener, const tcpref_addr *remote,
                                           uint16_t port);

/** Hands over the oldest connection that is through its handshake. The caller releases it.
 * TCPREF_ERR_WOULD_BLOCK: none yet. */
TCPREF_API tcpref_err tcpref_accept(tcpref_listener *listener,
                                    tcpref_conn **ret_conn) TCPREF_MUST_USE;

/** Sets an option for connections to come. As tcpref_set(). */
TCPREF_API tcpref_err tcpref_listener_set(tcpref_listener *listener, enum tcpref_option option,
                                          uint64_t value);

/** Stops listening and frees the handle. Connections not accepted are aborted: those through the
 * handshake with a RST, half-open ones too. NULL is allowed. */
TCPREF_API void tcpref_listener_close(tcpref_listener *listener);

/** How many connections wait for tcpref_accept(). */
TCPREF_API size_t tcpref_listener_waiting(const tcpref_listener *listener);

#endif
