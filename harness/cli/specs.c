/* SPDX-License-Identifier: BSD-2-Clause */
/* Where rules and requirements lie, reading them, and choosing among them. */
#include "cli/cli.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool cli_is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/** Beside the program, as installed: ../share/tcpassay/specs. */
static bool installed_folder(char *buf, size_t cap)
{
    char self[1024];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0)
        return false;
    self[n] = '\0';
    return snprintf(buf, cap, "%s/../share/tcpassay/specs", dirname(self)) < (int)cap &&
           cli_is_folder(buf);
}

static int find_folder(const struct cli_options *o, char *buf, size_t cap)
{
    const char *named = o->specs ? o->specs : getenv("TCPASSAY_SPECS");
    if (!named && !cli_is_folder(TCPASSAY_SPECS) && installed_folder(buf, cap))
        return 0;
    if (!named)
        named = TCPASSAY_SPECS;
    if (snprintf(buf, cap, "%s", named) >= (int)cap)
        return cli_say(EXIT_USAGE, "the path of the specs is too long");
    if (!cli_is_folder(buf))
        return cli_say(EXIT_USAGE, "no folder of rules and requirements at %s (--specs DIR)", buf);
    return 0;
}

static void below(const struct cli_specs *specs, const char *name, char *buf, size_t cap)
{
    snprintf(buf, cap, "%s/%s", specs->folder, name);
}

int cli_open_specs(const struct cli_options *o, struct cli_specs *ret_specs)
{
    struct cli_specs specs = {0};
    char path[1100];
    int code = find_folder(o, specs.folder, sizeof specs.folder);
    if (code)
        return code;
    below(&specs, "requirements", path, sizeof path);
    specs.catalogue = catalogue_read(path, stderr);
    if (!specs.catalogue)
        return cli_say(EXIT_USAGE, "the catalogue of requirements in %s cannot be read", path);
    specs.book = rulebook_new(specs.catalogue);
    if (!specs.book) {
        catalogue_free(specs.catalogue);
        return cli_say(EXIT_UNABLE, "no memory");
    }
    *ret_specs = specs;
    return 0;
}

void cli_close_specs(struct cli_specs *specs)
{
    rulebook_free(specs->book);
    catalogue_free(specs->catalogue);
}

bool cli_is_path(const char *word)
{
    const char *dot = strrchr(word, '.');
    return (dot && (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml"))) || cli_is_folder(word);
}

static void read_path(struct cli_specs *specs, const char *path)
{
    specs->errors += cli_is_folder(path) ? rulebook_read_tree(specs->book, path, stderr)
                                         : rulebook_read(specs->book, path, stderr);
}

int cli_read_rules(const struct cli_options *o, struct cli_specs *specs)
{
    static const char *const folders[] = {"rules", "incidents"};
    char path[1100];
    bool named = false;
    for (int i = 0; i < o->words; i++)
        if (cli_is_path(o->word[i])) {
            read_path(specs, o->word[i]);
            named = true;
        }
    for (size_t i = 0; !named && i < sizeof folders / sizeof *folders; i++) {
        below(specs, folders[i], path, sizeof path);
        if (cli_is_folder(path))
            read_path(specs, path);
    }
    if (specs->errors)
        return cli_say(EXIT_USAGE, "%u error%s in the rules; nothing was played", specs->errors,
                       specs->errors == 1 ? "" : "s");
    return 0;
}

/* ---- choosing ---- */

static bool words_take(const struct cli_options *o, const struct scn *scn)
{
    bool any = false;
    for (int i = 0; i < o->words; i++) {
        if (cli_is_path(o->word[i]))
            continue;
        any = true;
        if (filter_id(o->word[i], scn))
            return true;
    }
    return !any;
}

static bool level_takes(const struct cli_options *o, const struct scn *scn,
                        const struct catalogue *catalogue)
{
    enum clause_weight lowest = CLAUSE_INFORMS;
    if (o->level && !strcmp(o->level, "must"))
        lowest = CLAUSE_FAILS;
    else if (o->level && !strcmp(o->level, "should"))
        lowest = CLAUSE_WARNS;
    return filter_weight(scn, catalogue) <= lowest;
}

int cli_select(const struct cli_options *o, const struct cli_specs *specs,
               struct cli_cases *ret_cases)
{
    struct filter *filter[CLI_FILTERS];
    char why[CLI_WHY];
    size_t count = rulebook_count(specs->book);
    struct cli_cases cases = {.scn = calloc(count + 1, sizeof(const struct scn *))};
    int code = 0;
    unsigned filters = 0;
    if (!cases.scn)
        return cli_say(EXIT_UNABLE, "no memory");
    for (; !code && filters < o->filters; filters++) {
        filter[filters] = filter_parse(o->filter[filters], why, sizeof why);
        if (!filter[filters]) {
            code = cli_say(EXIT_USAGE, "%s", why);
            break;
        }
    }
    for (size_t i = 0; !code && i < count; i++) {
        const struct scn *scn = rulebook_case(specs->book, i);
        bool take = words_take(o, scn) && level_takes(o, scn, specs->catalogue);
        for (unsigned k = 0; take && k < filters; k++)
            take = filter_takes(filter[k], scn, specs->catalogue);
        if (take)
            cases.scn[cases.count++] = scn;
    }
    while (filters > 0)
        filter_free(filter[--filters]);
    if (code) {
        free(cases.scn);
        return code;
    }
    *ret_cases = cases;
    return 0;
}
