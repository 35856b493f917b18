/* SPDX-License-Identifier: BSD-2-Clause */
/* Sorted lists of disjoint runs of sequence numbers (for RFC 9293, 3.10.7.4 and RFC 2018). */
#include "ranges.h"

#include <string.h>

void ranges_drop(struct seq_range *range, uint32_t *count, uint32_t at, uint32_t n)
{
    memmove(range + at, range + at + n, (*count - at - n) * sizeof(range[0]));
    *count -= n;
}

bool ranges_add(struct seq_range *range, uint32_t *count, uint32_t max, struct seq_range new)
{
    uint32_t at = 0;
    while (at < *count && seq_lt(range[at].hi, new.lo))
        at++;
    uint32_t touching = 0;
    while (at + touching < *count && seq_leq(range[at + touching].lo, new.hi))
        touching++;
    if (touching == 0) {
        if (*count == max)
            return false;
        memmove(range + at + 1, range + at, (*count - at) * sizeof(range[0]));
        ++*count;
    } else {
        new.lo = seq_min(new.lo, range[at].lo);
        new.hi = seq_max(new.hi, range[at + touching - 1].hi);
        ranges_drop(range, count, at + 1, touching - 1);
    }
    range[at] = new;
    return true;
}

uint32_t ranges_octets(const struct seq_range *range, uint32_t count)
{
    uint32_t octets = 0;
    for (uint32_t i = 0; i < count; i++)
        octets += seq_ahead(range[i].hi, range[i].lo);
    return octets;
}

uint32_t ranges_find(const struct seq_range *range, uint32_t count, tcpref_seq seq)
{
    uint32_t at = 0;
    while (at < count && seq_leq(range[at].hi, seq))
        at++;
    return at;
}
