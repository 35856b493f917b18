/* SPDX-License-Identifier: BSD-2-Clause */
/* One connection of tcpref against the fuzzed tester, judged by the oracle: any octets are a
 * scenario (scenario/bytes.h). A broken MUST aborts with one greppable line. */
#include "target.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scn *scn = target_scenario();
    char line[512];
    if (size > SCN_BYTES_MAX || scn_from_bytes(data, size, scn) < 0)
        return 0;
    struct player *p = target_player(scn_bytes_profile(data, size));
    if (target_finding(p, player_play(p, scn), line, sizeof line)) {
        fprintf(stderr, "%s\n", line);
        abort();
    }
    player_forget(p);
    return 0;
}
