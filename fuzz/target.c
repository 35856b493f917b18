/* SPDX-License-Identifier: BSD-2-Clause */
/* What the scenario targets share, whatever the stack. */
#include "target.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t target_keys(const char *const *names)
{
    size_t count;
    uint64_t bits = 0;
    const struct oracle_key *key = oracle_keys(&count);
    for (; *names; names++) {
        size_t i = 0;
        while (i < count && strcmp(key[i].name, *names) != 0)
            i++;
        if (i == count) {
            fprintf(stderr, "no invariant has a key \"%s\"\n", *names);
            exit(4);
        }
        bits |= UINT64_C(1) << i;
    }
    return bits;
}

struct player *target_open(const struct tcpassay_stack *stack, const char *profile, uint64_t keys,
                           unsigned leave_out, const char *name)
{
    char why[256] = "no memory";
    struct player *p = player_new();
    if (p) {
        struct player_options options = {.stack = stack,
                                         .profile = profile,
                                         .seed = 1,
                                         .oracle_keys = keys,
                                         .most_events = SCN_BYTES_EVENTS,
                                         .leave_out = leave_out};
        if (player_attach(p, &options, why, sizeof why) == TCPASSAY_OK) {
            player_forget(p);
            return p;
        }
    }
    fprintf(stderr, "%s: %s\n", name, why);
    exit(4);
}

static bool known(const char *signature)
{
    const char *rest = signature + strlen("INVARIANT ");
    for (const char *const *glob = target_known; *glob; glob++)
        if (fnmatch(*glob, rest, 0) == 0)
            return true;
    return false;
}

struct scn *target_scenario(void)
{
    static struct scn scn;
    int16_t index;
    while (scn.capacity < SCN_BYTES_STEPS) {
        if (!scn_step_add(&scn, SCN_WAIT, &index)) {
            fprintf(stderr, "no memory\n");
            exit(4);
        }
    }
    return &scn;
}

/* The signature is the engines'. NOLINTNEXTLINE(readability-non-const-parameter) */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    target_scenario();
    for (unsigned i = 0; i < target_profiles(); i++)
        target_player(i);
    return 0;
}

/* What breaks on a connection behind something known is taken for its consequence. */
const char *target_finding(const struct player *p, const struct player_result *result, char *line,
                           size_t cap)
{
    size_t n;
    bool spoilt[TRACE_CONNS] = {false};
    const struct oracle_breach *b = oracle_breaches(player_oracle(p), &n);
    for (size_t i = 0; i < n; i++) {
        char signature[128];
        if (b[i].level != ORACLE_MUST || spoilt[b[i].conn % TRACE_CONNS])
            continue;
        if (known(oracle_signature(&b[i], signature, sizeof signature))) {
            spoilt[b[i].conn % TRACE_CONNS] = true;
            continue;
        }
        snprintf(line, cap, "%s: %s", signature, b[i].message);
        return line;
    }
    if (result->verdict != VERDICT_ERROR)
        return NULL;
    snprintf(line, cap, "ERROR %s", result->message);
    return line;
}
