/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.2, RFC 7323 and RFC 2018: options. */
#ifndef TCPREF_SRC_OPTIONS_H
#define TCPREF_SRC_OPTIONS_H

#include "segment.h"

enum { OPTIONS_TS_LEN = 12, OPTIONS_UTO_LEN = 4 };

/* Octets that so many SACK blocks take, with the padding in front. */
static inline uint32_t options_sack_len(uint32_t blocks)
{
    return blocks > 0 ? 4 + 8 * blocks : 0;
}

/* Reads the options at `p` into `seg`. */
void options_parse(const uint8_t *p, size_t len, struct segment *seg);

/* Octets that the options of `seg` take, a multiple of four. */
size_t options_len(const struct segment *seg);

/* Writes them. */
void options_emit(const struct segment *seg, uint8_t *p);

#endif
