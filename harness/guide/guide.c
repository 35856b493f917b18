/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the compiler calls at each block of the guide (-fsanitize-coverage=trace-pc, which gcc and
 * clang both have). It gets no argument to keep state behind, so the counters are this process's
 * own: the one place in the harness with static data that changes.
 */
#include "guide/guide.h"

enum { TOUCHED_MAX = 1 << 16 };

static struct {
    uint8_t times[GUIDE_BLOCKS];
    uint32_t touched[TOUCHED_MAX];
    size_t count;
} seen;

void __sanitizer_cov_trace_pc(void);

void __sanitizer_cov_trace_pc(void)
{
    /* tcpref is one object and smaller than the table, so no two of its blocks meet there. */
    uint32_t block = (uint32_t)(uintptr_t)__builtin_return_address(0) % GUIDE_BLOCKS;
    uint8_t times = seen.times[block];
    if (times == 0) {
        if (seen.count == TOUCHED_MAX)
            return;
        seen.touched[seen.count++] = block;
    }
    seen.times[block] = (uint8_t)(times + (times < UINT8_MAX));
}

void guide_clear(void)
{
    for (size_t i = 0; i < seen.count; i++)
        seen.times[seen.touched[i]] = 0;
    seen.count = 0;
}

size_t guide_blocks(const uint32_t **ret_blocks)
{
    *ret_blocks = seen.touched;
    return seen.count;
}

uint8_t guide_times(uint32_t block)
{
    return seen.times[block % GUIDE_BLOCKS];
}
