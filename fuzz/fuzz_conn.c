/* SPDX-License-Identifier: BSD-2-Clause */
/* One connection of tcpref against the fuzzed tester, judged by the oracle: any octets are a scenario
 * (scenario/bytes.h). A broken MUST aborts with one greppable line. */
#include "player/player.h"
#include "scenario/bytes.h"
#include "stacks/stacks.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const profiles[] = {"tcpref", "tcpref:squeezed"};
enum { PROFILES = sizeof profiles / sizeof *profiles };

static struct player *attach(const char *spec)
{
    char why[256] = "no memory";
    /* The choice lives as long as the process, like the player that stands on it. */
    struct stacks_choice *choice = malloc(sizeof *choice);
    struct player *p = player_new();
    if (p && choice && stacks_choose(spec, choice, why, sizeof why) == 0) {
        struct player_options options = {
            .stack = choice->stack, .profile = choice->profile, .seed = 1, .most_events = 20000};
        if (player_attach(p, &options, why, sizeof why) == TCPASSAY_OK)
            return p;
    }
    fprintf(stderr, "fuzz_conn: %s: %s\n", spec, why);
    exit(4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct player *players[PROFILES];
    static struct scn scn;
    if (size > SCN_BYTES_MAX)
        return 0;
    unsigned profile = scn_bytes_profile(data, size) % PROFILES;
    if (scn_from_bytes(data, size, &scn) < 0)
        return 0;
    if (!players[profile])
        players[profile] = attach(profiles[profile]);
    const struct player_result *r = player_play(players[profile], &scn);
    size_t n;
    const struct oracle_breach *b = oracle_breaches(player_oracle(players[profile]), &n);
    for (size_t i = 0; i < n; i++) {
        char line[256];
        if (b[i].level != ORACLE_MUST)
            continue;
        fprintf(stderr, "%s: %s\n", oracle_signature(&b[i], line, sizeof line), b[i].message);
        abort();
    }
    if (r->verdict == VERDICT_ERROR) {
        fprintf(stderr, "ERROR %s\n", r->message);
        abort();
    }
    return 0;
}
