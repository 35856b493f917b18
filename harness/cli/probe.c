/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpassay probe: does the adapter tell the truth? */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

/** What the probe printed; what it found wrong stands in its last line. */
static int probe(const struct stacks_choice *choice)
{
    char *text = NULL;
    size_t len = 0;
    FILE *memory = open_memstream(&text, &len);
    if (!memory)
        return cli_say(EXIT_UNABLE, "no memory");
    int rc = stacks_probe(choice, memory);
    fclose(memory);
    fputs(text, stdout);
    while (len > 0 && text[len - 1] == '\n')
        text[--len] = '\0';
    const char *last = strrchr(text, '\n');
    last = last ? last + 1 : text;
    if (rc)
        cli_say(0, "%s: %s", choice->name, last + strspn(last, " "));
    free(text);
    return rc ? EXIT_UNABLE : EXIT_AS_EXPECTED;
}

int cli_probe(const struct cli_options *o)
{
    int code = EXIT_AS_EXPECTED;
    if (!o->stacks)
        return cli_say(EXIT_USAGE, "probe: which stack? -s STACK");
    for (unsigned i = 0; i < o->stacks; i++) {
        struct stacks_choice choice;
        int one = cli_choose(o->stack[i], &choice);
        if (!one) {
            one = probe(&choice);
            stacks_release(&choice);
        }
        code = one ? one : code;
    }
    return code;
}
