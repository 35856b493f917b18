/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guide of black-box fuzzing: a second tcpref, compiled so that it tells which of its blocks
 * are gone through. A stack that cannot be instrumented is steered by what an input does to this
 * one.
 */
#ifndef HARNESS_GUIDE_H
#define HARNESS_GUIDE_H

#include "tcpassay/stack.h"

/** tcpref as built for this; its profiles are those of the stack `tcpref`. */
extern const struct tcpassay_stack stacks_guide;

enum { GUIDE_BLOCKS = 1 << 18 }; /* more than tcpref's code has octets */

/** Forget what was gone through. */
void guide_clear(void);
/** The blocks gone through since then, each once, in order of their first time. */
size_t guide_blocks(const uint32_t **ret_blocks);
/** How often BLOCK was gone through: 1, 2, 3, up to 255. */
uint8_t guide_times(uint32_t block);

#endif
