/* SPDX-License-Identifier: BSD-2-Clause */
/* Chance that can be repeated: splitmix64. */
#ifndef HARNESS_WIRE_RANDOM_H
#define HARNESS_WIRE_RANDOM_H

#include <stdint.h>

/** The next of the sequence that began with any STATE. */
static inline uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

#endif
