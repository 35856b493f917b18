/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpassay lint: check rule files. */
#include "cli/cli.h"

static int lint_files(const struct cli_options *o)
{
    struct cli_specs specs;
    int code = cli_open_specs(o, &specs);
    if (code)
        return code;
    for (int i = 0; i < o->words; i++) {
        unsigned before = specs.errors;
        size_t cases = rulebook_count(specs.book);
        specs.errors += cli_is_folder(o->word[i])
                            ? rulebook_read_tree(specs.book, o->word[i], stderr)
                            : rulebook_read(specs.book, o->word[i], stderr);
        cases = rulebook_count(specs.book) - cases;
        if (specs.errors == before)
            printf("%s: %zu case%s\n", o->word[i], cases, cases == 1 ? "" : "s");
    }
    if (specs.errors)
        code = cli_say(EXIT_USAGE, "%u error%s", specs.errors, specs.errors == 1 ? "" : "s");
    cli_close_specs(&specs);
    return code;
}

int cli_lint(const struct cli_options *o)
{
    if (o->schema)
        return rulebook_schema(stdout) ? cli_say(EXIT_UNABLE, "the schema cannot be written")
                                       : EXIT_AS_EXPECTED;
    if (!o->words)
        return cli_say(EXIT_USAGE, "lint: which files? (or --schema)");
    return lint_files(o);
}
