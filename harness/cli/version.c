/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpassay version, tcpassay help. */
#include "cli/cli.h"

#include <pcap/pcap.h>
#include <yaml.h>

int cli_version(const struct cli_options *o)
{
    (void)o;
    printf("tcpassay %s\nport ABI %u, report format %d\nlibyaml %s\n%s\njansson %s\n",
           TCPASSAY_VERSION, TCPASSAY_STACK_ABI, REPORT_FORMAT, yaml_get_version_string(),
           pcap_lib_version(), jansson_version_str());
    return EXIT_AS_EXPECTED;
}

static void overview(FILE *out)
{
    size_t count;
    const struct cli_verb *verb = cli_verbs(&count);
    fputs("tcpassay judges TCP stacks by the RFCs.\n\n", out);
    for (size_t i = 0; i < count; i++) {
        fputs("  tcpassay ", out);
        text_left(out, verb[i].synopsis, 60);
        fprintf(out, "%s\n", verb[i].says);
    }
    fputs(
        "\n`tcpassay help VERB` has the options.\n\n"
        "Exit codes: 0 as expected; 1 a failure (or, with --strict, a warning; or a baseline "
        "entry\n"
        "that no longer holds); 2 usage, or a wrong rule file; 3 the stack crashed or hung; 4 the\n"
        "harness or the adapter could not work, or INCONC; 5 nothing was judged; 130 "
        "interrupted.\n",
        out);
}

int cli_help(const struct cli_options *o)
{
    const char *name = o->topic ? o->topic : o->words ? o->word[0] : NULL;
    const struct cli_verb *verb = name ? cli_find_verb(name) : NULL;
    if (name && !verb)
        return cli_say(EXIT_USAGE, "no verb \"%s\" (see `tcpassay help`)", name);
    if (!verb) {
        overview(stdout);
        return EXIT_AS_EXPECTED;
    }
    printf("tcpassay %s\n    %s\n\n%s%s", verb->synopsis, verb->says, verb->more,
           *verb->more ? "\n" : "");
    cli_print_options(stdout, verb);
    return EXIT_AS_EXPECTED;
}
