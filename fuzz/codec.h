/* SPDX-License-Identifier: BSD-2-Clause */
/* A segment as any codec tells it, so that two which share no header can be compared. */
#ifndef FUZZ_CODEC_H
#define FUZZ_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CODEC_SACKS = 4, CODEC_PACKET_MAX = 65536 };

/* Numbers in host order; what is not there is 0. Filled over zeros, so that two compare as memory.
 */
struct codec_seg {
    uint8_t src[16], dst[16];
    uint32_t family, sport, dport;
    uint32_t seq, ack, flags, window, urgent;
    uint32_t text, len; /* where the text begins in the packet, and its octets */
    uint32_t ecn;
    uint32_t mss_set, mss, wscale_set, wscale, sack_ok;
    uint32_t ts_set, ts_val, ts_ecr;
    uint32_t sacks, sack[2 * CODEC_SACKS];
};

/** tcpref's codec: NULL and the segment, or the verdict by name. `verify`: checksums must be right.
 */
const char *codec_tcpref_read(const uint8_t *packet, size_t len, bool verify,
                              struct codec_seg *ret_seg);
/** The packet it builds: its length, or 0 if the options do not fit. */
size_t codec_tcpref_build(const struct codec_seg *from, const uint8_t *text, uint8_t *packet);

#endif
