/* SPDX-License-Identifier: BSD-2-Clause */
/* What the scenario targets share: a player for the stack, and what counts as a finding. Which
 * stack it is is said by target_tcpref.c, or, for any other one (tcpassay_fuzz() in
 * CMakeLists.txt), target_port.c. */
#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

#include "player/player.h"
#include "scenario/bytes.h"

/** How many profiles there are: scn_bytes_profile() modulo this chooses. */
unsigned target_profiles(void);
/** "tcpref", "tcpref:squeezed" …, as tcpref lists them (stacks_input_spec). */
const char *target_stack(unsigned profile);
/** The engines call it first: what an input does must not depend on which of them came before. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
/** Where an input's octets are decoded to; there is one, and it has room for all its steps. */
struct scn *target_scenario(void);
/** Its player, made at the first call; the process ends with a message if that cannot be done. */
struct player *target_player(unsigned profile);
/** Another one, which leaves out PLAYER_NO_… */
struct player *target_attach(unsigned profile, unsigned leave_out);
/** Globs over signatures without "INVARIANT " that are no findings, ended by NULL. */
extern const char *const target_known[];

/** The keys of the oracle with these names, ended by NULL; the process ends where one is none. */
uint64_t target_keys(const char *const *names);
/** A new player of this stack, which is to have the process's life; NAME is for messages. */
struct player *target_open(const struct tcpassay_stack *stack, const char *profile, uint64_t keys,
                           unsigned leave_out, const char *name);
/**
 * Why the case just played is a finding, or NULL: a broken MUST (or SHOULD that the stack declares
 * to keep) that is not known, as its signature and message, or an error of the harness itself.
 */
const char *target_finding(const struct player *p, const struct player_result *result, char *line,
                           size_t cap);

#endif
