/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.4: arithmetic on sequence numbers. Total: no argument traps. */
#ifndef TCPREF_SRC_SEQ_H
#define TCPREF_SRC_SEQ_H

#include <tcpref/types.h>

static inline tcpref_seq seq_of(uint32_t n)
{
    return (tcpref_seq){n};
}

static inline tcpref_seq seq_add(tcpref_seq seq, uint32_t len)
{
    return (tcpref_seq){seq.n + len};
}

static inline tcpref_seq seq_sub(tcpref_seq seq, uint32_t len)
{
    return (tcpref_seq){seq.n - len};
}

/* How far `a` is ahead of `b`; negative if behind. */
static inline int32_t seq_diff(tcpref_seq a, tcpref_seq b)
{
    uint32_t d = a.n - b.n;
    return d < 0x80000000U ? (int32_t)d : -(int32_t)(UINT32_MAX - d) - 1;
}

/* The same, with "behind" counted as nothing. */
static inline uint32_t seq_ahead(tcpref_seq a, tcpref_seq b)
{
    int32_t d = seq_diff(a, b);
    return d > 0 ? (uint32_t)d : 0;
}

static inline bool seq_eq(tcpref_seq a, tcpref_seq b)
{
    return a.n == b.n;
}

static inline bool seq_lt(tcpref_seq a, tcpref_seq b)
{
    return seq_diff(a, b) < 0;
}

static inline bool seq_leq(tcpref_seq a, tcpref_seq b)
{
    return seq_diff(a, b) <= 0;
}

/* Whether x lies in [lo, lo + len). */
static inline bool seq_in(tcpref_seq x, tcpref_seq lo, uint32_t len)
{
    return x.n - lo.n < len;
}

static inline tcpref_seq seq_max(tcpref_seq a, tcpref_seq b)
{
    return seq_lt(a, b) ? b : a;
}

static inline tcpref_seq seq_min(tcpref_seq a, tcpref_seq b)
{
    return seq_lt(a, b) ? a : b;
}

#endif
