/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.9.2.2: what the layer below reports. */
#ifndef TCPREF_SRC_LOWER_H
#define TCPREF_SRC_LOWER_H

#include "host.h"

/* An ICMP packet has come; wire_parse() has found its IP header sound. */
enum tcpref_verdict lower_icmp(tcpref_host *host, const uint8_t *packet);

#endif
