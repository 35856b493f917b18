/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpassay probe: does the adapter tell the truth? */
#include "cli/cli.h"

int cli_probe(const struct cli_options *o)
{
    int code = EXIT_AS_EXPECTED;
    if (!o->stacks)
        return cli_say(EXIT_USAGE, "probe: which stack? -s STACK");
    for (unsigned i = 0; i < o->stacks; i++) {
        struct stacks_choice choice;
        int one = cli_choose(o->stack[i], &choice);
        if (!one) {
            if (stacks_probe(&choice, stdout))
                one = cli_say(EXIT_UNABLE, "the adapter of %s does not hold to its word", choice.name);
            stacks_release(&choice);
        }
        code = one ? one : code;
    }
    return code;
}
