/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.3.1: the SEG variables of one segment, in host order. */
#ifndef TCPREF_SRC_SEGMENT_H
#define TCPREF_SRC_SEGMENT_H

#include "ranges.h"

enum { FIN = 0x01, SYN = 0x02, RST = 0x04, PSH = 0x08, ACK = 0x10, URG = 0x20 };
enum { ECE = 0x40, CWR = 0x80 };
/* RFC 3168, 5: codepoints of the IP header. */
enum { ECN_NOT = 0, ECN_ECT0 = 2, ECN_CE = 3 };

enum { SACK_BLOCKS = 4 };

/* The two sockets as this host sees them. Without padding and with unused octets zero, so that
 * tuples compare as memory. */
struct tuple {
    tcpref_addr local, remote;
    uint16_t local_port, remote_port;
};

struct segment {
    struct tuple tuple;
    const uint8_t *text; /* in the packet; not owned */
    uint32_t len;        /* octets of text */
    tcpref_seq seq, ack;
    uint16_t wnd, up;
    uint8_t flags;
    uint8_t ttl, dscp; /* of what is sent */
    uint8_t ecn;
    bool may_fragment; /* IPv4: DF is off, and `ip_id` tells packets apart */
    uint16_t ip_id;
    bool has_ts, has_mss, has_wscale, has_sack_ok, has_uto;
    bool had_syn; /* its SYN is trimmed off; the window of a SYN is not scaled */
    uint8_t wscale;
    uint16_t mss, uto;
    uint32_t tsval, tsecr;
    bool sum_by_device; /* of what is sent: the device completes the checksum */
    bool text_summed;   /* of what is sent: `text_sum` is known */
    uint64_t text_sum;  /* checksum_add() of the text */
    bool sum_open;      /* of what came: `sum` lacks the text's part, and is not yet judged */
    bool text_stored;   /* of what came: it stands in the receive buffer at RCV.NXT already */
    uint64_t sum;       /* checksum_add() of the pseudo-header and the header */
    uint8_t sacks;      /* blocks of the SACK option; as they came: anything */
    struct seq_range sack[SACK_BLOCKS];
};

/* SEG.LEN: text, and SYN and FIN one each. */
static inline uint32_t segment_len(const struct segment *seg)
{
    return seg->len + ((seg->flags & SYN) != 0) + ((seg->flags & FIN) != 0);
}

#endif
