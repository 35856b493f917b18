/* SPDX-License-Identifier: BSD-2-Clause */
/* What the fuzz targets share. */
#include "target.h"

#include "stacks/stacks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const stacks[TARGET_PROFILES] = {
    "tcpref", "tcpref:squeezed", "tcpref:nosack", "tcpref:cubic", "tcpref:rack", "tcpref:gso"};

const char *target_stack(unsigned profile)
{
    return stacks[profile % TARGET_PROFILES];
}

struct player *target_attach(unsigned profile, unsigned leave_out)
{
    const char *spec = target_stack(profile);
    char why[256] = "no memory";
    /* The choice lives as long as the process, like the player that stands on it. */
    struct stacks_choice *choice = malloc(sizeof *choice);
    struct player *p = player_new();
    if (p && choice && stacks_choose(spec, choice, why, sizeof why) == 0) {
        struct player_options options = {.stack = choice->stack,
                                         .profile = choice->profile,
                                         .seed = 1,
                                         .most_events = TARGET_EVENTS,
                                         .leave_out = leave_out};
        if (player_attach(p, &options, why, sizeof why) == TCPASSAY_OK) {
            player_forget(p);
            return p;
        }
    }
    fprintf(stderr, "%s: %s\n", spec, why);
    exit(4);
}

struct player *target_player(unsigned profile)
{
    static struct player *players[TARGET_PROFILES];
    profile %= TARGET_PROFILES;
    if (!players[profile])
        players[profile] = target_attach(profile, 0);
    return players[profile];
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
    for (unsigned i = 0; i < TARGET_PROFILES; i++)
        target_player(i);
    return 0;
}

/* Beside every MUST, the SHOULDs that tcpref keeps in all its profiles. */
static bool counts(const struct oracle_breach *b)
{
    static const char *const kept[] = {"first-timeouts", "reopen"};
    if (b->level == ORACLE_MUST)
        return true;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (!strcmp(b->invariant->name, kept[i]))
            return true;
    return false;
}

const char *target_finding(const struct player *p, const struct player_result *result, char *line,
                           size_t cap)
{
    size_t n;
    const struct oracle_breach *b = oracle_breaches(player_oracle(p), &n);
    for (size_t i = 0; i < n; i++) {
        char signature[128];
        if (!counts(&b[i]))
            continue;
        snprintf(line, cap, "%s: %s", oracle_signature(&b[i], signature, sizeof signature),
                 b[i].message);
        return line;
    }
    if (result->verdict != VERDICT_ERROR)
        return NULL;
    snprintf(line, cap, "ERROR %s", result->message);
    return line;
}
