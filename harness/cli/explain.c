/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpassay explain: whatever has a name, in words. */
#include "cli/cli.h"
#include "cli/coverage.h"
#include "cli/words.h"
#include "scenario/suggest.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { WIDTH = 100 };

static void paragraph(const char *head, const char *text)
{
    if (!text || !*text)
        return;
    fputs("  ", stdout);
    text_left(stdout, head, 12);
    text_wrap(stdout, text, 14, 14, WIDTH);
    putchar('\n');
}

static void clause_line(const struct cli_specs *specs, const char *id)
{
    char head[96];
    const struct clause *c = catalogue_find(specs->catalogue, id);
    if (!c)
        return;
    snprintf(head, sizeof head, "%s (%s, RFC %s, %s): ", c->id,
             c->level == CLAUSE_NOKEY ? "stated" : c->level_text, c->rfc, c->section);
    fputs("  clause      ", stdout);
    fputs(head, stdout);
    text_wrap(stdout, c->text ? c->text : "", 14 + (int)strlen(head), 14, WIDTH);
    putchar('\n');
}

/* ---- a rule or a case ---- */

static void steps_of(const struct scn *scn, int16_t first, int depth)
{
    for (int16_t i = first; i >= 0; i = scn->step[i].next) {
        const struct scn_step *step = &scn->step[i];
        printf("    %*s%u  %s", depth * 2, "", step->label, scn_op_name(step));
        for (size_t k = 0; k < SCN_CLAUSES && step->clause[k]; k++)
            printf("  %s", step->clause[k]);
        printf("  (line %u)", step->line);
        if (step->say || step->note)
            printf("  %s", step->say ? step->say : step->note);
        putchar('\n');
        steps_of(scn, step->child, depth + 1);
    }
}

static void print_rule(const struct cli_specs *specs, const struct scn *scn, bool one_case)
{
    printf("%s  %s\n", scn->kind, one_case ? scn->name : scn->rule);
    paragraph("claim", scn->title);
    paragraph("why", scn->why);
    paragraph("file", scn->file);
    paragraph("given", scn_state_name((enum scn_state)scn->given.state));
    for (size_t i = 0; i < SCN_NEEDS && scn->needs[i]; i++)
        paragraph("needs", scn->needs[i]);
    paragraph("profile", scn->profile);
    paragraph("tags", scn->tags);
    json_t *judged = json_object();
    for (size_t i = 0; i < SCN_CLAUSES && scn->clause[i]; i++)
        json_object_set_new(judged, scn->clause[i], json_true());
    coverage_of(scn, judged);
    for (void *it = json_object_iter(judged); it; it = json_object_iter_next(judged, it))
        clause_line(specs, json_object_iter_key(it));
    json_decref(judged);
}

static bool explain_rule(const struct cli_specs *specs, const char *name)
{
    const struct scn *found = NULL;
    size_t cases = 0;
    bool one_case = false;
    for (size_t i = 0; i < rulebook_count(specs->book); i++) {
        const struct scn *scn = rulebook_case(specs->book, i);
        bool rule = !strcmp(scn->rule, name);
        if (!rule && strcmp(scn->name, name) != 0)
            continue;
        one_case = one_case || !rule;
        if (cases++ == 0)
            found = scn;
    }
    if (!found)
        return false;
    print_rule(specs, found, one_case);
    if (!one_case && cases > 1)
        printf("  cases       %zu; the steps of the first, %s:\n", cases, found->name);
    steps_of(found, found->first, 0);
    printf("  run         tcpassay run %s -s tcpref\n", name);
    return true;
}

/* ---- a clause ---- */

static void list_names(const char *head, const json_t *names)
{
    for (size_t i = 0; i < json_array_size(names); i++)
        paragraph(i ? "" : head, json_string_value(json_array_get(names, i)));
}

static bool explain_clause(const struct cli_specs *specs, const char *name)
{
    static const char *const sure[] = {"high", "medium", "low"};
    static const char *const weight[] = {"breaking it is FAIL", "breaking it is WARN",
                                         "breaking it is INFO"};
    const struct clause *c = catalogue_find(specs->catalogue, name);
    if (!c)
        return false;
    printf("requirement  %s   RFC %s, %s   %s\n", c->id, c->rfc, c->section, c->level_text);
    paragraph("title", c->title);
    paragraph("says", c->text);
    paragraph("seen by", c->observable);
    paragraph("confidence", sure[c->confidence]);
    paragraph("weight", weight[clause_weight(c)]);
    paragraph("untestable", c->untestable);
    json_t *all = coverage_json(specs);
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *one = json_array_get(all, i);
        if (strcmp(json_string_value(json_object_get(one, "id")), c->id) != 0)
            continue;
        paragraph("status", json_string_value(json_object_get(one, "status")));
        list_names("rules", json_object_get(one, "rules"));
        list_names("checks", json_object_get(one, "invariants"));
    }
    json_decref(all);
    return true;
}

/* ---- a check, a key, a word, a capability ---- */

static bool explain_check(const struct cli_specs *specs, const char *name)
{
    static const char *const kinds[] = {"safety", "answer", "liveness"};
    size_t count, keys;
    const struct oracle_invariant *row = oracle_invariants(&count);
    const struct oracle_key *key = oracle_keys(&keys);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(row[i].name, name) != 0)
            continue;
        printf("check  %s   %s   %s\n", name, row[i].level == ORACLE_MUST ? "MUST" : "SHOULD",
               kinds[row[i].kind]);
        paragraph("claim", row[i].claim);
        char id[64];
        for (const char *p = row[i].clauses; *p; p += strspn(p, " ")) {
            size_t n = strcspn(p, " ");
            snprintf(id, sizeof id, "%.*s", (int)n, p);
            clause_line(specs, id);
            p += n;
        }
        for (size_t k = 0; k < keys; k++)
            if (!strcmp(key[k].row, name))
                paragraph("key", key[k].name);
        return true;
    }
    return false;
}

static bool explain_key(const char *name)
{
    size_t count;
    const struct oracle_key *key = oracle_keys(&count);
    for (size_t i = 0; i < count; i++)
        if (!strcmp(key[i].name, name)) {
            printf("key  %s   %s the check %s\n", name,
                   strncmp(name, "keeps-", 6) == 0 ? "hardens" : "softens", key[i].row);
            paragraph("says", key[i].says);
            paragraph("declare", "in specs/deviations/STACK.yaml");
            return true;
        }
    return false;
}

static bool explain_word(const char *kind, const struct cli_word *words, size_t count,
                         const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (!strcasecmp(words[i].name, name)) {
            printf("%s  %s\n", kind, words[i].name);
            paragraph("says", words[i].says);
            return true;
        }
    return false;
}

static bool explain_capability(const char *name)
{
    size_t count;
    const struct stacks_capability *c = stacks_capabilities(&count);
    for (size_t i = 0; i < count; i++)
        if (!strcmp(c[i].name, name)) {
            printf("capability  %s\n", name);
            paragraph("says", c[i].says);
            return true;
        }
    return false;
}

static const char *meant(const struct cli_specs *specs, const char *name)
{
    size_t count;
    struct suggest s = {.written = name};
    for (size_t i = 0; i < rulebook_count(specs->book); i++)
        suggest_offer(&s, rulebook_case(specs->book, i)->rule);
    for (size_t i = 0; i < catalogue_count(specs->catalogue); i++)
        suggest_offer(&s, catalogue_at(specs->catalogue, i)->id);
    const struct oracle_invariant *row = oracle_invariants(&count);
    for (size_t i = 0; i < count; i++)
        suggest_offer(&s, row[i].name);
    const struct cli_word *word = cli_step_words(&count);
    for (size_t i = 0; i < count; i++)
        suggest_offer(&s, word[i].name);
    return s.best;
}

static int explain(const struct cli_specs *specs, const char *name)
{
    size_t verdicts, steps;
    const struct cli_word *verdict = cli_verdict_words(&verdicts);
    const struct cli_word *step = cli_step_words(&steps);
    bool found = explain_rule(specs, name);
    found = explain_clause(specs, name) || found;
    found = explain_check(specs, name) || found;
    found = explain_key(name) || found;
    found = explain_word("verdict", verdict, verdicts, name) || found;
    found = explain_word("step", step, steps, name) || found;
    found = explain_capability(name) || found;
    if (found)
        return EXIT_AS_EXPECTED;
    const char *hint = meant(specs, name);
    return cli_say(EXIT_USAGE, "nothing is called \"%s\"%s%s%s", name,
                   hint ? "; did you mean \"" : "", hint ? hint : "", hint ? "\"?" : "");
}

int cli_explain(const struct cli_options *o)
{
    struct cli_specs specs;
    struct cli_options all = *o;
    if (o->words != 1)
        return cli_say(EXIT_USAGE, "explain: which rule, clause, check, key, verdict or step?");
    int code = cli_open_specs(o, &specs);
    if (code)
        return code;
    all.words = 0;
    code = cli_read_rules(&all, &specs);
    if (!code)
        code = explain(&specs, o->word[0]);
    cli_close_specs(&specs);
    return code;
}
