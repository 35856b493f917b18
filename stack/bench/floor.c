/* SPDX-License-Identifier: BSD-2-Clause */
/* What the machine allows: memcpy and checksum, and a chain of cache misses. */
#include "bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * The floor is what has to be done to the octets of a segment whatever the stack: each end copies
 * them once (the sender out of the user's hands, since it must keep them until they are
 * acknowledged; the receiver out of the device's, since the device wants its buffer back) and sums
 * them once (RFC 9293, 3.1). So it is one memcpy() of the C library and one checksum for a segment
 * received or sent, and two of each for bulk, where both ends run on the one core. That a stack may
 * do both in one pass is the stack's own affair, and so are the headers and all that TCP has to
 * think about. As many packets as the stacks are given, so that they lie as near.
 */
double floor_octets(size_t len)
{
    enum { PACKETS = 64, ROUNDS = 20 };
    static _Alignas(64) uint8_t from[PACKETS][PACKET_MAX], to[PACKETS][PACKET_MAX];
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

enum { LINE = 64 };

/* A ring through all lines in random order (Sattolo): each holds where the next one is. */
bool chain_open(struct chain *chain, size_t octets)
{
    const size_t lines = octets / LINE, step = LINE / sizeof(size_t);
    uint64_t x = 88172645463325252;
    chain->mem = aligned_alloc(LINE, lines * LINE);
    chain->at = 0;
    if (!chain->mem)
        return false;
    for (size_t i = 0; i < lines; i++)
        chain->mem[i * step] = i;
    for (size_t i = lines - 1; i > 0; i--) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        size_t j = (x >> 16) % i, keep = chain->mem[i * step];
        chain->mem[i * step] = chain->mem[j * step];
        chain->mem[j * step] = keep;
    }
    return true;
}

double chain_step(struct chain *chain, unsigned steps)
{
    const size_t step = LINE / sizeof(size_t);
    size_t at = chain->at;
    double start = clock_now();
    for (unsigned i = 0; i < steps; i++)
        at = chain->mem[at * step];
    double took = clock_now() - start;
    chain->at = at;
    return took * 1e9 / steps;
}

void chain_close(struct chain *chain)
{
    free(chain->mem);
    chain->mem = NULL;
}
