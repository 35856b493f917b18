/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcpassay selftest: can the judge fail? A judge that finds fault with nobody proves nothing, so
 * the rules are played on the reference stack, which they are to hold on; on the same stack broken
 * in three ways between it and the judge, where none may pass; and on stacks that are known to be
 * broken.
 */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

#define REFERENCE "tcpref"
enum { NAMED = 3 }; /* cases that a line names */

struct tally {
    size_t played, passed, failed;
};

static bool passes(enum verdict v)
{
    return v == VERDICT_PASS || v == VERDICT_INFO;
}

static bool fails(enum verdict v)
{
    return v == VERDICT_FAIL || v == VERDICT_CRASH || v == VERDICT_HANG || v == VERDICT_ERROR;
}

static struct tally count(const json_t *report)
{
    struct tally t = {0};
    const json_t *cases = json_object_get(report, "cases");
    for (size_t i = 0; i < json_array_size(cases); i++) {
        enum verdict v = case_verdict(json_array_get(cases, i));
        t.played++;
        t.passed += passes(v);
        t.failed += fails(v);
    }
    return t;
}

/** The cases that failed, or, with a fault, those that passed all the same: some of their names. */
static void print_names(const json_t *report, bool (*which)(enum verdict v))
{
    const json_t *cases = json_object_get(report, "cases");
    size_t printed = 0, more = 0;
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        if (!which(case_verdict(one)))
            continue;
        if (printed == NAMED)
            more++;
        else
            printf("%s%s", printed++ ? ", " : "  ", json_string_value(json_object_get(one, "id")));
    }
    if (more)
        printf(" and %zu more", more);
    putchar('\n');
}

/** Plays all on SPEC with FAULT. NULL with an exit code after a message. */
static json_t *play(const struct cli_options *o, const struct cli_specs *specs,
                    const struct cli_cases *cases, const char *spec, enum player_fault fault,
                    int *ret_code)
{
    struct cli_options with = *o;
    struct stacks_choice choice;
    with.fault = fault;
    with.pcap = PCAP_NONE;
    with.no_baseline = true;
    *ret_code = cli_choose(spec, &choice);
    if (*ret_code)
        return NULL;
    json_t *report = cli_judge(&with, specs, cases, &choice, spec, NULL, ret_code);
    stacks_release(&choice);
    bool whole = report && !json_object_get(report, "interrupted");
    if (whole)
        return report;
    json_decref(report);
    return NULL;
}

static bool reference(const json_t *report)
{
    struct tally t = count(report);
    bool good = t.failed == 0 && t.passed > 0;
    printf("%-4s %-24s %zu of %zu cases pass, %zu fail%s", good ? "ok" : "BAD", REFERENCE, t.passed,
           t.played, t.failed, good ? "\n" : ":");
    if (!good)
        print_names(report, fails);
    return good;
}

/** A case may be skipped or come to nothing on a stack that is broken, but it may not pass. */
static bool broken(const json_t *report, const char *fault)
{
    char name[40];
    struct tally t = count(report);
    bool good = t.passed == 0 && t.failed > 0;
    snprintf(name, sizeof name, REFERENCE ", %s", fault);
    printf("%-4s %-24s %zu of %zu cases fail, %zu pass%s", good ? "ok" : "BAD", name, t.failed,
           t.played, t.passed, good ? "\n" : ":");
    if (!good)
        print_names(report, passes);
    return good;
}

static bool planted(const json_t *report, const char *spec)
{
    struct tally t = count(report);
    printf("%-4s %-24s %s", t.failed ? "ok" : "BAD", spec, t.failed ? "caught:" : "not caught\n");
    if (t.failed)
        print_names(report, fails);
    return t.failed > 0;
}

static int all(const struct cli_options *o, const struct cli_specs *specs,
               const struct cli_cases *cases)
{
    static const char *const faults[] = {
        [FAULT_MUTE] = "mute", [FAULT_RESETS] = "resets", [FAULT_STALE] = "stale"};
    int code = 0;
    bool good = true;
    for (int fault = FAULT_NONE; fault <= FAULT_STALE; fault++) {
        json_t *report = play(o, specs, cases, REFERENCE, (enum player_fault)fault, &code);
        if (!report)
            return code;
        good &= fault ? broken(report, faults[fault]) : reference(report);
        json_decref(report);
    }
    for (unsigned i = 0; i < o->stacks; i++) {
        json_t *report = play(o, specs, cases, o->stack[i], FAULT_NONE, &code);
        if (!report)
            return code;
        good &= planted(report, o->stack[i]);
        json_decref(report);
    }
    puts(good ? "the judge can fail, and fails whom it should" : "the judge is not to be trusted");
    return good ? EXIT_AS_EXPECTED : EXIT_FAILED;
}

int cli_selftest(const struct cli_options *o)
{
    struct cli_specs specs;
    struct cli_cases cases = {0};
    int code = cli_open_specs(o, &specs);
    if (code)
        return code;
    code = cli_read_rules(o, &specs);
    if (!code)
        code = cli_select(o, &specs, &cases);
    if (!code && cases.count == 0)
        code = cli_say(EXIT_NOTHING, "no rule matches; nothing was judged");
    if (!code)
        code = all(o, &specs, &cases);
    free(cases.scn);
    cli_close_specs(&specs);
    return code;
}
