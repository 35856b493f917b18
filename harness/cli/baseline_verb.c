/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpassay baseline: write what a stack does otherwise, or hold it to what is written. */
#include "cli/baseline.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNEXPLAINED "not explained yet"

static const char *get(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static bool recorded(const struct cli_options *o, enum verdict v)
{
    return v == VERDICT_FAIL || v == VERDICT_CRASH || v == VERDICT_HANG || v == VERDICT_INCONC ||
           (v == VERDICT_WARN && o->strict);
}

/** The part of a message that another run will say too: without what was seen, and when. */
static void stable_part(const char *message, char *buf, size_t cap)
{
    static const char *const cuts[] = {"; saw", " at ", " after "};
    snprintf(buf, cap, "%s", message);
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        char *at = strstr(buf, cuts[i]);
        if (at && at - buf > 10)
            *at = '\0';
    }
}

static bool add_case(struct deviations *list, const json_t *one)
{
    char reason[256];
    stable_part(get(one, "message"), reason, sizeof reason);
    struct deviation entry = {.rule = get(one, "id"),
                              .verdict = get(one, "verdict"),
                              .reason = reason,
                              .why = UNEXPLAINED};
    return deviations_add(list, &entry);
}

/** Whether an old entry still holds: some case is as it says, or none of its cases was judged. */
static bool still_holds(const struct deviation *entry, const json_t *cases)
{
    bool judged = false;
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        if (!baseline_covers(entry, get(one, "id")) || case_verdict(one) == VERDICT_SKIP)
            continue;
        judged = true;
        if (!strcmp(get(one, "verdict"), entry->verdict) &&
            strstr(get(one, "message"), entry->reason ? entry->reason : ""))
            return true;
    }
    return !judged;
}

static struct deviations *renewed(const struct cli_options *o, const struct deviations *old,
                                  const json_t *cases, size_t *ret_new)
{
    struct deviations *list = deviations_new();
    bool ok = list != NULL;
    *ret_new = 0;
    for (size_t i = 0; ok && old && i < deviations_key_count(old); i++)
        ok = deviations_add_key(list, deviations_key(old, i)->key, deviations_key(old, i)->why);
    for (size_t i = 0; ok && old && i < deviations_signature_count(old); i++)
        ok = deviations_add_signature(list, deviations_signature(old, i)->signature,
                                      deviations_signature(old, i)->why);
    for (size_t i = 0; ok && old && i < deviations_clause_count(old); i++)
        ok = deviations_add_clause(list, deviations_clause(old, i));
    for (size_t i = 0; ok && old && i < deviations_count(old); i++)
        if (still_holds(deviations_at(old, i), cases))
            ok = deviations_add(list, deviations_at(old, i));
    for (size_t i = 0; ok && i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        if (!recorded(o, case_verdict(one)) ||
            deviations_match(list, get(one, "id"), get(one, "verdict"), get(one, "message")))
            continue;
        ok = add_case(list, one);
        *ret_new += ok;
    }
    if (ok)
        return list;
    deviations_free(list);
    return NULL;
}

static int write_list(const struct deviations *list, const char *path)
{
    char temporary[1400], folder[1400];
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    snprintf(folder, sizeof folder, "%s", path);
    mkdir(dirname(folder), 0777);
    FILE *out = fopen(temporary, "w");
    int bad = !out || deviations_write(list, out);
    if (out && fclose(out))
        bad = 1;
    if (!bad && rename(temporary, path) == 0)
        return 0;
    cli_say(0, "%s cannot be written: %s", path, strerror(errno));
    unlink(temporary);
    return EXIT_UNABLE;
}

static int write_baseline(const struct cli_options *o, const struct cli_specs *specs,
                          const char *stack, const json_t *report)
{
    char path[1300];
    size_t count;
    struct deviations *old = NULL;
    int code = baseline_open(o, specs, stack, &old);
    if (code)
        return code;
    struct deviations *list = renewed(o, old, json_object_get(report, "cases"), &count);
    baseline_path(o, specs, stack, path, sizeof path);
    code = list ? write_list(list, path) : cli_say(EXIT_UNABLE, "no memory");
    if (!code)
        printf("%s: %zu entries, %zu new (their `why` is \"%s\")\n", path, deviations_count(list),
               count, UNEXPLAINED);
    deviations_free(list);
    deviations_free(old);
    return code;
}

static int check_baseline(const struct cli_options *o, const json_t *report, int code)
{
    struct style style = cli_style(o, stdout);
    style.verbose = style.verbose ? style.verbose : -1;
    report_human(stdout, report, &style);
    printf("    baseline %s\n", code ? "does not hold" : "holds");
    return code;
}

static int one_stack(const struct cli_options *o, const struct cli_specs *specs,
                     const struct cli_cases *cases, const char *spec, bool write)
{
    struct stacks_choice choice;
    struct cli_options with = *o;
    char path[1300];
    int code = cli_choose(spec, &choice);
    if (code)
        return code;
    baseline_path(o, specs, choice.name, path, sizeof path);
    bool there = access(path, F_OK) == 0;
    if (write && !there)
        with.baseline = NULL; /* it is made now */
    if (!write && !there)
        code = cli_say(EXIT_USAGE, "there is no baseline %s", path);
    with.no_baseline = write && !there;
    json_t *report = code ? NULL : cli_judge(&with, specs, cases, &choice, spec, NULL, &code);
    if (report && code != EXIT_INTERRUPTED && write) {
        with.no_baseline = !there;
        with.baseline = o->baseline;
        code = write_baseline(&with, specs, choice.name, report);
    } else if (report) {
        code = check_baseline(o, report, code);
    }
    json_decref(report);
    stacks_release(&choice);
    return code;
}

int cli_baseline(const struct cli_options *o)
{
    struct cli_specs specs;
    struct cli_cases cases = {0};
    struct cli_options rest = *o;
    bool write = o->words && !strcmp(o->word[0], "write");
    if (!write && !(o->words && !strcmp(o->word[0], "check")))
        return cli_say(EXIT_USAGE, "baseline: write or check?");
    if (o->stacks != 1)
        return cli_say(EXIT_USAGE, "baseline: which stack? -s STACK (one)");
    if (o->no_baseline || o->fault != FAULT_NONE)
        return cli_say(EXIT_USAGE, "baseline: not with --no-baseline or --fault");
    rest.word++;
    rest.words--;
    int code = cli_open_specs(o, &specs);
    if (code)
        return code;
    code = cli_read_rules(&rest, &specs);
    if (!code)
        code = cli_select(&rest, &specs, &cases);
    if (!code && cases.count == 0)
        code = cli_say(EXIT_NOTHING, "no rule matches; nothing was judged");
    if (!code)
        code = one_stack(&rest, &specs, &cases, o->stack[0], write);
    free(cases.scn);
    cli_close_specs(&specs);
    return code;
}
