/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.4.1: numbers that an outsider cannot guess. */
#ifndef TCPREF_SRC_ISN_H
#define TCPREF_SRC_ISN_H

#include "segment.h"

/* The pseudorandom function behind all of them; `use` keeps its uses apart. */
uint64_t prf(const uint64_t key[2], uint8_t use, const void *data, size_t len);

/* ISN = M + F(sockets, key): a clock of 4 us and a keyed function (RFC 6528, 3). */
tcpref_seq isn_of(const uint64_t key[2], const struct tuple *tuple, tcpref_ns now);

/* What is added to the clock in TSval, the same for the same sockets (RFC 7323, 5.4). */
uint32_t ts_offset_of(const uint64_t key[2], const struct tuple *tuple);

/* Where the search for an ephemeral port begins (RFC 6056, 3.3.3). */
uint32_t port_offset_of(const uint64_t key[2], const struct tuple *tuple);
/* Which counter it goes on by (RFC 6056, 3.3.4). */
uint32_t port_counter_of(const uint64_t key[2], const struct tuple *tuple);

#endif
