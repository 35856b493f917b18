/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpassay list: rules, stacks, clauses, checks, keys; for people, or as JSON. */
#include "cli/cli.h"
#include "cli/coverage.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static const char *get(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static bool as_json(const struct cli_options *o)
{
    return o->formats && !strncmp(o->format[o->formats - 1], "json", 4);
}

static int dump(const char *what, json_t *list)
{
    json_t *out = json_pack("{s:i, s:o}", "format", REPORT_FORMAT, what, list);
    int rc = report_dump(stdout, out);
    json_decref(out);
    return rc ? EXIT_UNABLE : EXIT_AS_EXPECTED;
}

/** The words after the first choose by glob. */
static bool wanted(const struct cli_options *o, const char *id)
{
    for (int i = 1; i < o->words; i++)
        if (fnmatch(o->word[i], id, 0) == 0)
            return true;
    return o->words <= 1;
}

/* ---- rules ---- */

static void print_rules(const struct cli_cases *cases)
{
    for (size_t i = 0; i < cases->count;) {
        const struct scn *scn = cases->scn[i];
        size_t n = 1;
        while (i + n < cases->count && !strcmp(cases->scn[i + n]->rule, scn->rule))
            n++;
        text_left(stdout, scn->rule, 46);
        printf(" %3zu case%s  ", n, n == 1 ? " " : "s");
        text_left(stdout, scn->clause[0] ? scn->clause[0] : "-", 20);
        printf("  %s\n", scn->title ? scn->title : "");
        i += n;
    }
}

static json_t *case_entry(const struct scn *scn)
{
    json_t *clauses = json_array(), *judged = json_object();
    for (size_t i = 0; i < SCN_CLAUSES && scn->clause[i]; i++)
        json_array_append_new(clauses, json_string(scn->clause[i]));
    coverage_of(scn, judged);
    json_t *ids = coverage_keys(judged);
    json_decref(judged);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:s, s:s}", "id", scn->name, "rule",
                     scn->rule, "title", scn->title ? scn->title : "", "kind", scn->kind, "state",
                     scn_state_name((enum scn_state)scn->given.state), "clauses", clauses, "judges",
                     ids, "tags", scn->tags ? scn->tags : "", "file", scn->file ? scn->file : "");
}

static int list_rules(const struct cli_options *o)
{
    struct cli_specs specs;
    struct cli_cases cases = {0};
    struct cli_options select = *o;
    int code = cli_open_specs(o, &specs);
    if (code)
        return code;
    select.word++; /* behind "rules" */
    select.words--;
    code = cli_read_rules(&select, &specs);
    if (!code)
        code = cli_select(&select, &specs, &cases);
    if (!code && cases.count == 0)
        code = cli_say(EXIT_NOTHING, "no rule matches");
    if (!code && as_json(o)) {
        json_t *list = json_array();
        for (size_t i = 0; i < cases.count; i++)
            json_array_append_new(list, case_entry(cases.scn[i]));
        code = dump("rules", list);
    } else if (!code && o->verbosity > 0) {
        for (size_t i = 0; i < cases.count; i++)
            puts(cases.scn[i]->name);
    } else if (!code) {
        print_rules(&cases);
        printf("\n%zu cases in %zu files\n", cases.count, rulebook_files(specs.book));
    }
    free(cases.scn);
    cli_close_specs(&specs);
    return code;
}

/* ---- clauses ---- */

static const char *level_row(const char *level)
{
    if (!strncmp(level, "MUST", 4) || !strncmp(level, "SHALL", 5) || !strncmp(level, "REQ", 3))
        return "MUST";
    if (!strncmp(level, "SHOULD", 6) || !strncmp(level, "REC", 3) || !strncmp(level, "NOT REC", 7))
        return "SHOULD";
    return !strncmp(level, "NOKEY", 5) ? "stated" : "MAY";
}

static void count_clause(json_t *table, const json_t *c)
{
    char key[64];
    snprintf(key, sizeof key, "%-6s %-7s", get(c, "rfc"), level_row(get(c, "level")));
    json_t *row = json_object_get(table, key);
    if (!row) {
        row = json_object();
        json_object_set_new(table, key, row);
    }
    json_int_t n = json_integer_value(json_object_get(row, get(c, "status")));
    json_object_set_new(row, get(c, "status"), json_integer(n + 1));
}

static void print_counts(const char *name, const json_t *row)
{
    printf("  %-16s", name);
    for (int s = 0; s < COVERAGES; s++) {
        json_int_t n = json_integer_value(json_object_get(row, coverage_name((enum coverage)s)));
        printf("%12lld", (long long)n);
    }
    putchar('\n');
}

static void print_table(const json_t *clauses)
{
    json_t *table = json_object(), *sum = json_object();
    for (size_t i = 0; i < json_array_size(clauses); i++) {
        const json_t *c = json_array_get(clauses, i);
        json_int_t n = json_integer_value(json_object_get(sum, get(c, "status")));
        json_object_set_new(sum, get(c, "status"), json_integer(n + 1));
        count_clause(table, c);
    }
    printf("  %-16s", "RFC    level");
    for (int s = 0; s < COVERAGES; s++)
        printf("%12s", coverage_name((enum coverage)s));
    putchar('\n');
    for (void *it = json_object_iter(table); it; it = json_object_iter_next(table, it))
        print_counts(json_object_iter_key(it), json_object_iter_value(it));
    print_counts("all", sum);
    json_decref(table);
    json_decref(sum);
}

static void print_names(const json_t *names)
{
    for (size_t i = 0; i < json_array_size(names) && i < 3; i++)
        printf(" %s", json_string_value(json_array_get(names, i)));
    if (json_array_size(names) > 3)
        printf(" (%zu more)", json_array_size(names) - 3);
}

static void print_clause(const json_t *c)
{
    text_left(stdout, get(c, "id"), 26);
    printf(" %-10s RFC%-5s %-12s", get(c, "level"), get(c, "rfc"), get(c, "section"));
    text_left(stdout, get(c, "status"), 11);
    print_names(json_object_get(c, "rules"));
    print_names(json_object_get(c, "invariants"));
    printf("%s%s\n", *get(c, "reason") ? " " : "", get(c, "reason"));
}

static int list_clauses(const struct cli_options *o)
{
    struct cli_specs specs;
    struct cli_options all = {.verb = o->verb};
    int code = cli_open_specs(o, &specs);
    if (code)
        return code;
    code = cli_read_rules(&all, &specs);
    json_t *clauses = code ? NULL : coverage_json(&specs);
    json_t *chosen = json_array();
    for (size_t i = 0; i < json_array_size(clauses); i++)
        if (wanted(o, get(json_array_get(clauses, i), "id")))
            json_array_append(chosen, json_array_get(clauses, i));
    if (!code && json_array_size(chosen) == 0)
        code = cli_say(EXIT_NOTHING, "no requirement matches");
    if (!code && as_json(o)) {
        code = dump("clauses", json_incref(chosen));
    } else if (!code) {
        for (size_t i = 0; i < json_array_size(chosen); i++)
            print_clause(json_array_get(chosen, i));
        putchar('\n');
        print_table(chosen);
    }
    json_decref(chosen);
    json_decref(clauses);
    cli_close_specs(&specs);
    return code;
}

/* ---- stacks, checks, keys ---- */

static int list_stacks(const struct cli_options *o)
{
    size_t count;
    const struct stacks_builtin *s = stacks_builtins(&count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:s*}", "name", s[i].stack->name, "says",
                                              s[i].says, "profiles", s[i].profiles));
    if (as_json(o))
        return dump("stacks", list);
    for (size_t i = 0; i < count; i++)
        printf("  %-16s %s%s%s%s\n", s[i].stack->name, s[i].says,
               s[i].profiles ? " (profiles: " : "", s[i].profiles ? s[i].profiles : "",
               s[i].profiles ? ")" : "");
    puts("  lib:PATH.so      a plug-in that exports tcpassay_stack_plugin (<tcpassay/stack.h>)");
    json_decref(list);
    return EXIT_AS_EXPECTED;
}

static int list_checks(const struct cli_options *o)
{
    static const char *const kinds[] = {"safety", "answer", "liveness"};
    size_t count;
    const struct oracle_invariant *row = oracle_invariants(&count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        const char *level = row[i].level == ORACLE_MUST ? "MUST" : "SHOULD";
        if (!wanted(o, row[i].name))
            continue;
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", row[i].name,
                                              "level", level, "kind", kinds[row[i].kind], "clauses",
                                              row[i].clauses, "claim", row[i].claim));
        if (as_json(o))
            continue;
        printf("%-24s %-7s %-9s ", row[i].name, level, kinds[row[i].kind]);
        text_wrap(stdout, row[i].claim, 42, 42, 100);
        printf("\n%42s%s\n", "", row[i].clauses);
    }
    if (as_json(o))
        return dump("checks", list);
    json_decref(list);
    return EXIT_AS_EXPECTED;
}

static int list_keys(const struct cli_options *o)
{
    size_t count;
    const struct oracle_key *key = oracle_keys(&count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        if (!wanted(o, key[i].name))
            continue;
        json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "name", key[i].name, "check",
                                              key[i].row, "says", key[i].says));
        if (as_json(o))
            continue;
        printf("%-28s %-22s ", key[i].name, key[i].row);
        text_wrap(stdout, key[i].says, 52, 52, 100);
        putchar('\n');
    }
    if (as_json(o))
        return dump("keys", list);
    json_decref(list);
    return EXIT_AS_EXPECTED;
}

int cli_list(const struct cli_options *o)
{
    static const struct {
        const char *name;
        int (*list)(const struct cli_options *o);
    } kinds[] = {{"rules", list_rules},
                 {"stacks", list_stacks},
                 {"clauses", list_clauses},
                 {"checks", list_checks},
                 {"keys", list_keys}};
    const char *what = o->words ? o->word[0] : "";
    for (unsigned i = 0; i < o->formats; i++)
        if (strcmp(o->format[i], "human") != 0 && strcmp(o->format[i], "json") != 0)
            return cli_say(EXIT_USAGE, "list: --format human or json");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(kinds[i].name, what))
            return kinds[i].list(o);
    return cli_say(EXIT_USAGE, "list: rules, stacks, clauses, checks or keys?");
}
