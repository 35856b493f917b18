/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpassay run: rules against stacks. */
#include "cli/baseline.h"
#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

int cli_choose(const char *spec, struct stacks_choice *ret_choice)
{
    char why[CLI_WHY];
    if (stacks_choose(spec, ret_choice, why, sizeof why) == 0)
        return 0;
    return cli_say(strncmp(spec, "lib:", 4) == 0 ? EXIT_UNABLE : EXIT_USAGE, "%s", why);
}

struct style cli_style(const struct cli_options *o, FILE *out)
{
    struct winsize size = {0};
    const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
    bool tty = isatty(fileno(out));
    bool plain = !tty || (no_color && *no_color) || !term || !strcmp(term, "dumb");
    struct style style = {.width = 100, .ascii = o->ascii, .verbose = o->verbosity};
    style.color = o->color == WHEN_ALWAYS || (o->color == WHEN_AUTO && !plain);
    if (tty && ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_col < 100)
        style.width = 80;
    return style;
}

static uint64_t wall_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000u + (uint64_t)ts.tv_nsec / 1000000u;
}

static const char *fault_name(enum player_fault fault)
{
    static const char *const names[] = {NULL, "mute", "resets", "stale"};
    return names[fault];
}

static json_t *gather(struct cli_play *play)
{
    json_t *cases = json_array();
    for (size_t i = 0; i < play->cases->count; i++)
        if (play->result[i])
            json_array_append(cases, play->result[i]);
    return cases;
}

static json_t *make_report(const struct cli_play *play, const char *spec, json_t *cases,
                           uint64_t wall)
{
    struct report_head head = {
        .stack = play->choice->name,
        .spec = spec,
        .version = json_string_value(json_object_get(play->stack, "version")),
        .profile = *play->choice->profile ? play->choice->profile : NULL,
        .tool_version = TCPASSAY_VERSION,
        .seed = play->options->seed,
        .tick = (uint64_t)json_integer_value(json_object_get(play->stack, "tick_ns")),
        .real_clock = !(play->choice->stack->deadline && play->choice->stack->advance),
        .files = rulebook_files(play->specs->book),
        .fault = fault_name(play->options->fault),
        .out = play->captures};
    return report_json(&head, cases, wall);
}

json_t *cli_judge(const struct cli_options *o, const struct cli_specs *specs,
                  const struct cli_cases *cases, const struct stacks_choice *choice,
                  const char *spec, const char *folder, int *ret_code)
{
    uint64_t begin = wall_ms();
    json_t *report = NULL;
    struct deviations *known = NULL;
    struct cli_play play = {
        .options = o, .specs = specs, .choice = choice, .cases = cases, .captures = folder};
    int code = baseline_open(o, specs, choice->name, &known);
    play.oracle_keys = baseline_keys(known);
    if (!code)
        code = cli_play_cases(&play);
    if (!code) {
        json_t *found = gather(&play);
        if (known && !o->keys_only)
            baseline_overlay(known, found);
        report = make_report(&play, spec, found, wall_ms() - begin);
        code = report ? report_exit_code(report, o->strict, o->allow_inconc)
                      : cli_say(EXIT_UNABLE, "no memory");
    }
    if (report && play.interrupted)
        code = EXIT_INTERRUPTED;
    if (report && json_array_size(json_object_get(report, "cases")) < cases->count) {
        json_object_set_new(report, "planned", json_integer((json_int_t)cases->count));
        json_object_set_new(report, "interrupted", json_true());
    }
    if (report && o->repeat > 1)
        json_object_set_new(report, "repeat", json_integer(o->repeat));
    if (report)
        json_object_set_new(report, "exit", json_integer(code));
    cli_play_free(&play);
    deviations_free(known);
    *ret_code = code;
    return report;
}

/* ---- where it goes ---- */

static void folder_of(const struct cli_options *o, const char *stack, char *buf, size_t cap)
{
    char name[80];
    case_file_name(stack, name, sizeof name);
    if (o->out && o->stacks <= 1)
        snprintf(buf, cap, "%s", o->out);
    else
        snprintf(buf, cap, "%s/%s", o->out ? o->out : ".tcpassay", name);
}

static int human_writer(FILE *out, const json_t *report)
{
    const struct style style = {.width = 100};
    return report_human(out, report, &style);
}

static int print_as(const struct cli_options *o, const char *name, const json_t *report)
{
    struct style style = cli_style(o, stdout);
    if (!strncmp(name, "json", 4))
        return report_dump(stdout, report);
    if (!strncmp(name, "junit", 5))
        return report_junit(stdout, report);
    if (!strncmp(name, "tap", 3))
        return report_tap(stdout, report);
    return report_human(stdout, report, &style);
}

static int write_as(const char *format, const char *path, const json_t *report)
{
    int (*writer)(FILE *, const json_t *) = human_writer;
    if (!strncmp(format, "json", 4))
        writer = report_dump;
    else if (!strncmp(format, "junit", 5))
        writer = report_junit;
    else if (!strncmp(format, "tap", 3))
        writer = report_tap;
    return cli_out_write(path, writer, report);
}

/** Every --format; without one that goes to stdout, the report for people does. */
static int print_formats(const struct cli_options *o, const json_t *report, bool *ret_human)
{
    int code = 0;
    bool printed = false;
    *ret_human = false;
    for (unsigned i = 0; i < o->formats; i++) {
        const char *colon = strchr(o->format[i], ':');
        if (colon) {
            int rc = write_as(o->format[i], colon + 1, report);
            code = rc ? rc : code;
        } else {
            printed = true;
            *ret_human = *ret_human || !strncmp(o->format[i], "human", 5);
            print_as(o, o->format[i], report);
        }
    }
    if (!printed)
        *ret_human = print_as(o, "human", report) == 0;
    return code;
}

static int write_folder(const char *folder, const json_t *report)
{
    char path[1500];
    cli_out_sweep(folder, report);
    snprintf(path, sizeof path, "%s/junit.xml", folder);
    int code = cli_out_write(path, report_junit, report);
    snprintf(path, sizeof path, "%s/report.json", folder);
    return code ? code : cli_out_write(path, report_dump, report);
}

/* ---- the verb ---- */

/** 2, then 4, 3, 1, 5; an interruption before them all. */
static int worse(int a, int b)
{
    static const int order[] = {EXIT_INTERRUPTED, EXIT_USAGE,  EXIT_UNABLE,
                                EXIT_STACK_DIED,  EXIT_FAILED, EXIT_NOTHING};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (a == order[i] || b == order[i])
            return order[i];
    return EXIT_AS_EXPECTED;
}

static bool failed_then(const json_t *last, const char *id)
{
    const json_t *cases = json_object_get(last, "cases");
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        enum verdict v = case_verdict(one);
        const char *name = json_string_value(json_object_get(one, "id"));
        if (name && !strcmp(name, id))
            return v != VERDICT_PASS && v != VERDICT_SKIP && v != VERDICT_INFO && v != VERDICT_WARN;
    }
    return false;
}

/** Of CASES those that failed in the last run, or all of them. */
static int narrow(const struct cli_options *o, const char *folder, const struct cli_cases *cases,
                  struct cli_cases *ret_cases)
{
    *ret_cases = (struct cli_cases){.scn = calloc(cases->count + 1, sizeof(const struct scn *))};
    json_t *last = o->last_failed ? cli_out_last(folder) : NULL;
    if (!ret_cases->scn)
        return cli_say(EXIT_UNABLE, "no memory");
    if (o->last_failed && !last)
        return cli_say(EXIT_NOTHING, "no earlier run in %s", folder);
    for (size_t i = 0; i < cases->count; i++)
        if (!o->last_failed || failed_then(last, cases->scn[i]->name))
            ret_cases->scn[ret_cases->count++] = cases->scn[i];
    json_decref(last);
    if (ret_cases->count == 0)
        return cli_say(EXIT_NOTHING,
                       o->last_failed ? "nothing failed in the last run (%s)"
                                      : "no rule matches; nothing was judged%s",
                       o->last_failed ? folder : "");
    return 0;
}

static int run_stack(const struct cli_options *o, const struct cli_specs *specs,
                     const struct cli_cases *all, const char *spec)
{
    struct stacks_choice choice;
    struct cli_cases cases = {0};
    char folder[1300];
    bool human = false;
    int code = cli_choose(spec, &choice);
    if (code)
        return code;
    folder_of(o, choice.name, folder, sizeof folder);
    code = narrow(o, folder, all, &cases);
    if (!code)
        code = cli_out_prepare(folder);
    json_t *report = code ? NULL : cli_judge(o, specs, &cases, &choice, spec, folder, &code);
    if (report) {
        code = worse(code, write_folder(folder, report));
        code = worse(code, print_formats(o, report, &human));
        if (code == EXIT_NOTHING)
            cli_say(0, "every case was skipped; nothing was judged");
        if (human)
            printf("    report   %s/report.json          exit %d\n", folder, code);
    }
    json_decref(report);
    free(cases.scn);
    stacks_release(&choice);
    return code;
}

static int dry_run(const struct cli_cases *cases)
{
    for (size_t i = 0; i < cases->count; i++)
        puts(cases->scn[i]->name);
    return cases->count ? 0 : cli_say(EXIT_NOTHING, "no rule matches; nothing was judged");
}

static int check_options(const struct cli_options *o)
{
    if (!o->stacks && !o->dry_run)
        return cli_say(EXIT_USAGE, "run: which stack? -s tcpref, -s linux, -s lib:PATH.so "
                                   "(`tcpassay list stacks`)");
    for (unsigned i = 0; i < o->formats; i++)
        if (o->stacks > 1 && strchr(o->format[i], ':'))
            return cli_say(EXIT_USAGE,
                           "run: --format %s is one file for several stacks; each has "
                           "its folder below --out",
                           o->format[i]);
    return 0;
}

int cli_run(const struct cli_options *o)
{
    struct cli_specs specs;
    struct cli_cases cases = {0};
    int code = check_options(o);
    if (!code)
        code = cli_open_specs(o, &specs);
    if (code)
        return code;
    code = cli_read_rules(o, &specs);
    if (!code)
        code = cli_select(o, &specs, &cases);
    if (!code && o->dry_run)
        code = dry_run(&cases);
    for (unsigned i = 0; (!code || i) && !o->dry_run && i < o->stacks; i++) {
        int one = run_stack(o, &specs, &cases, o->stack[i]);
        code = worse(code, one);
        if (one == EXIT_INTERRUPTED)
            break;
    }
    free(cases.scn);
    cli_close_specs(&specs);
    return code;
}
