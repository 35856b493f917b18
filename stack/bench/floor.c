/* SPDX-License-Identifier: BSD-2-Clause */
/* What the machine allows: memcpy and checksum, and a chain of cache misses. */
#include "bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Over as many packets as the stacks are given, so that they lie as near. */
double floor_octets(size_t len)
{
    enum { PACKETS = 64, ROUNDS = 2000 };
    static uint8_t from[PACKETS][PACKET_MAX], to[PACKETS][PACKET_MAX];
    volatile uint64_t sink = 0;
    double best = INFINITY;
    memset(from, 0x5a, sizeof(from));
    for (int rep = 0; rep < 10; rep++) {
        double start = clock_now();
        for (unsigned i = 0; i < ROUNDS * PACKETS; i++) {
            uint8_t *at = to[i % PACKETS];
            memcpy(at, from[i % PACKETS], len);
            sink += sum_octets(at, len);
        }
        best = fmin(best, clock_now() - start);
    }
    return best * 1e9 / (ROUNDS * PACKETS);
}

/* A ring through 256 MiB in random order (Sattolo), one step a cache line. */
double floor_miss(void)
{
    enum { LINE = 64 / sizeof(size_t), STEPS = 2000000 };
    const size_t lines = (size_t)4 << 20;
    size_t *mem = aligned_alloc(64, lines * 64);
    uint64_t x = 88172645463325252;
    if (!mem)
        bench_fail("floor", "no memory");
    for (size_t i = 0; i < lines; i++)
        mem[i * LINE] = i;
    for (size_t i = lines - 1; i > 0; i--) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        size_t j = (x >> 16) % i, keep = mem[i * LINE];
        mem[i * LINE] = mem[j * LINE];
        mem[j * LINE] = keep;
    }
    volatile size_t sink;
    double best = INFINITY;
    for (int rep = 0; rep < 2; rep++) {
        size_t at = 0;
        double start = clock_now();
        for (unsigned i = 0; i < STEPS; i++)
            at = mem[at * LINE];
        best = fmin(best, clock_now() - start);
        sink = at;
    }
    (void)sink;
    free(mem);
    return best * 1e9 / STEPS;
}
