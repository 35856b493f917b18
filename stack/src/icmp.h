/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 792 and RFC 4443: ICMP errors that quote a segment of this host. */
#ifndef TCPREF_SRC_ICMP_H
#define TCPREF_SRC_ICMP_H

#include "segment.h"

/* What an error means to TCP (RFC 9293, 3.9.2.2; RFC 5927, 5). */
enum icmp_class { ICMP_NONE, ICMP_SOFT, ICMP_HARD, ICMP_TOO_BIG, ICMP_QUENCH };

struct icmp_error {
    enum icmp_class class;
    uint8_t type, code;
    uint32_t mtu; /* of the next hop, for ICMP_TOO_BIG; 0: the router did not say */
    /* The quoted packet. */
    struct tuple tuple;
    tcpref_seq seq;
    uint16_t len; /* of the whole IP packet */
};

/* Reads a packet that wire_parse() has called TCPREF_V_DROP_ICMP. TCPREF_V_ACCEPTED, or why not;
 * then `ret_error` is not to be used. */
enum tcpref_verdict icmp_parse(const uint8_t *packet, bool verify, struct icmp_error *ret_error);

#endif
