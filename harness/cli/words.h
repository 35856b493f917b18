/* SPDX-License-Identifier: BSD-2-Clause */
/* Verdicts and verbs of steps, explained. */
#ifndef HARNESS_CLI_WORDS_H
#define HARNESS_CLI_WORDS_H

#include <stddef.h>

struct cli_word {
    const char *name, *says;
};
const struct cli_word *cli_verdict_words(size_t *ret_count);
const struct cli_word *cli_step_words(size_t *ret_count);

#endif
