/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a case looked like, as a few small numbers: how the stack answered what, coarsely. A stack
 * that cannot be instrumented is explored by them.
 */
#ifndef HARNESS_PLAYER_FEATURE_H
#define HARNESS_PLAYER_FEATURE_H

#include "trace/trace.h"

enum { FEATURES = 1 << 16 };

/** Hand each feature of TRACE to TAKE, some of them more than once. */
void feature_each(const struct trace *trace, void (*take)(void *context, uint16_t feature),
                  void *context);

#endif
