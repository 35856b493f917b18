/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpassay repro: a fuzzer's input, or a rule file, played, made smaller, and shown. */
#include "cli/baseline.h"
#include "cli/cli.h"
#include "player/trial.h"
#include "scenario/bytes.h"
#include "scenario/emit.h"
#include "scenario/shrink.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct repro {
    const struct cli_options *o;
    struct cli_options play; /* the same, so that every case has its ladder */
    struct cli_specs specs;
    struct cli_cases cases;
    struct scn scn; /* of bytes */
    char name[128];
    char spec[64]; /* of the stack */
};

/** An id for the scenario: the file's name, so far as ids are made of its letters. */
static void name_of(const char *path, char *buf, size_t cap)
{
    const char *slash = strrchr(path, '/');
    snprintf(buf, cap, "crash.%s", slash ? slash + 1 : path);
    for (char *p = buf; *p; p++)
        *p = isalnum((unsigned char)*p) ? (char)tolower((unsigned char)*p) : *p == '.' ? '.' : '-';
}

static int load_bytes(struct repro *r, const char *path)
{
    uint8_t *data = malloc(SCN_BYTES_MAX);
    size_t len = 0;
    int code = data ? cli_read_octets(path, data, &len) : cli_say(EXIT_UNABLE, "no memory");
    if (!code && scn_from_bytes(data, len, &r->scn))
        code = cli_say(EXIT_UNABLE, "no memory");
    if (!code) {
        name_of(path, r->name, sizeof r->name);
        r->scn.rule = r->scn.name = r->name;
        r->scn.file = path;
        r->cases.scn[r->cases.count++] = &r->scn;
        stacks_input_spec(scn_bytes_profile(data, len), r->spec, sizeof r->spec);
    }
    free(data);
    return code;
}

static int load(struct repro *r)
{
    const char *path = r->o->word[0];
    if (cli_is_folder(path))
        return cli_say(EXIT_USAGE, "%s is a folder", path);
    int code = cli_open_specs(r->o, &r->specs);
    if (code)
        return code;
    snprintf(r->spec, sizeof r->spec, "tcpref");
    if (!cli_is_path(path)) {
        r->cases.scn = calloc(1, sizeof(const struct scn *));
        if (r->cases.scn)
            return load_bytes(r, path);
        cli_say(0, "no memory");
        return EXIT_UNABLE;
    }
    code = cli_read_rules(r->o, &r->specs);
    if (!code)
        code = cli_select(r->o, &r->specs, &r->cases);
    return code;
}

static void show(const struct repro *r, const json_t *report, FILE *out)
{
    struct style style = cli_style(r->o, out);
    const json_t *cases = json_object_get(report, "cases");
    char *text = NULL;
    size_t len = 0;
    FILE *memory = open_memstream(&text, &len);
    if (!memory)
        return;
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        const json_t *list = json_object_get(one, "breaches");
        report_case(memory, report, one, &style);
        for (size_t k = 0; k < json_array_size(list); k++)
            fprintf(memory, "%s\n",
                    json_string_value(json_object_get(json_array_get(list, k), "signature")));
    }
    fclose(memory);
    if (style.ascii)
        text_ascii(out, text);
    else
        fputs(text, out);
    free(text);
}

static int write_text(const char *path, const char *text)
{
    FILE *out = path ? fopen(path, "w") : stdout;
    if (!out)
        return cli_say(EXIT_UNABLE, "%s cannot be written: %s", path, strerror(errno));
    bool bad = fputs(text, out) < 0;
    if (out != stdout)
        bad = fclose(out) || bad;
    if (bad && path)
        (void)remove(path); /* rather none than half of it */
    return bad ? cli_say(EXIT_UNABLE, "%s cannot be written", path ? path : "stdout") : 0;
}

/** The first MUST that was broken, or the first SHOULD, or NULL. */
static const json_t *worst_breach(const json_t *report)
{
    const json_t *one = json_array_get(json_object_get(report, "cases"), 0);
    const json_t *list = json_object_get(one, "breaches");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *level = json_string_value(json_object_get(json_array_get(list, i), "level"));
        if (level && !strcmp(level, "MUST"))
            return json_array_get(list, i);
    }
    return json_array_get(list, 0);
}

/** The scenario, with the invariant that it broke just now. */
static int emit_yaml(const struct repro *r, const json_t *report)
{
    const json_t *breach = worst_breach(report);
    struct scn scn = *r->cases.scn[0];
    char *text = NULL;
    size_t len = 0;
    FILE *memory = open_memstream(&text, &len);
    if (!memory)
        return cli_say(EXIT_UNABLE, "no memory");
    scn.breach = json_string_value(json_object_get(breach, "invariant"));
    int rc = scn_emit_yaml(&scn, memory);
    int problem = errno;
    fclose(memory);
    int code = 0;
    if (rc && problem == ENOTSUP)
        code = cli_say(EXIT_USAGE, "--emit yaml is for scenarios without claims; %s has some",
                       scn.name);
    else if (rc)
        code = cli_say(EXIT_UNABLE, "the scenario cannot be written");
    else
        code = write_text(r->o->output, text);
    free(text);
    return code;
}

/* ---- --shrink ---- */

enum { TRIES = 20000, TRIES_REAL = 1500, BATCH_VIRTUAL = 16, WORKERS_REAL = 64, TIMES_REAL = 2 };
#define LIMIT_VIRTUAL 10000000000u
#define LIMIT_REAL    120000000000u

static size_t still_shows(void *context, const struct scn *candidates, size_t n)
{
    return trial_first(context, candidates, n);
}

/** The case's steps as the repro's own, so that they may be changed. */
static int own_steps(struct repro *r)
{
    const struct scn *from = r->cases.scn[0];
    if (from == &r->scn)
        return 0;
    if (scn_copy(&r->scn, from))
        return -1;
    r->cases.scn[0] = &r->scn;
    return 0;
}

static int trial_of(const struct repro *r, const struct stacks_choice *choice,
                    struct trial *ret_trial)
{
    struct deviations *known = NULL;
    bool real = !(choice->stack->deadline && choice->stack->advance);
    int code = baseline_open(&r->play, &r->specs, choice->name, &known);
    *ret_trial = (struct trial){.options = {.stack = choice->stack,
                                            .profile = *choice->profile ? choice->profile : NULL,
                                            .catalogue = r->specs.catalogue,
                                            .seed = r->o->seed,
                                            .fault = r->o->fault,
                                            .oracle_keys = baseline_keys(known),
                                            .slack = r->o->slack,
                                            .most_events = r->play.most_events},
                                .workers = real ? WORKERS_REAL : 1,
                                .times = real ? TIMES_REAL : 1,
                                .limit = real ? LIMIT_REAL : LIMIT_VIRTUAL};
    deviations_free(known);
    return code;
}

/** Make the case smaller for as long as it shows what it shows now. */
static int shrink(struct repro *r, const struct stacks_choice *choice)
{
    struct trial trial;
    int code = trial_of(r, choice, &trial);
    if (code || r->cases.count > 1)
        return code ? code
                    : cli_say(EXIT_USAGE, "--shrink is for one case; %s has %zu", r->o->word[0],
                              r->cases.count);
    if (own_steps(r))
        return cli_say(EXIT_UNABLE, "no memory");
    unsigned before = r->scn.steps;
    struct scn_shrink job = {.first = still_shows,
                             .context = &trial,
                             .batch =
                                 trial.workers > 1 ? trial.workers / trial.times : BATCH_VIRTUAL,
                             .most = trial.workers > 1 ? TRIES_REAL : TRIES};
    int found = trial_find(&trial, &r->scn, true);
    if (found < 0)
        return cli_say(EXIT_UNABLE, "%s: %s", choice->name, trial.why);
    if (!found)
        return cli_say(EXIT_NOTHING, "%s breaks nothing on %s: there is nothing to keep",
                       r->o->word[0], choice->name);
    if (trial_begin(&trial))
        return cli_say(EXIT_UNABLE, "%s: %s", choice->name, trial.why);
    int rc = scn_shrink(&r->scn, &job), problem = errno;
    trial_end(&trial);
    errno = problem;
    if (rc)
        return errno == ENOTSUP ? cli_say(EXIT_USAGE,
                                          "--shrink is for scenarios without claims; %s "
                                          "has some",
                                          r->scn.name)
                                : cli_say(EXIT_UNABLE, "no memory");
    cli_say(0, "%u steps, of %u before, show %s (%u tries)", r->scn.steps, before, trial.want,
            job.tried);
    return 0;
}

/** The test in C that the worker wrote. */
static int emit_test(const struct repro *r, const json_t *report)
{
    const json_t *one = json_array_get(json_object_get(report, "cases"), 0);
    const char *text = json_string_value(json_object_get(one, "c"));
    const char *why = json_string_value(json_object_get(one, "c_error"));
    if (!text)
        return cli_say(why ? EXIT_NOTHING : EXIT_UNABLE, "no test in C: %s",
                       why ? why : "the stack did not live to tell");
    return write_text(r->o->output, text);
}

static bool emits(const struct repro *r, const char *what)
{
    return r->o->emit ? !strcmp(r->o->emit, what) : r->o->shrink && !strcmp(what, "yaml");
}

static int play(struct repro *r)
{
    struct stacks_choice choice;
    const char *spec = r->o->stacks ? r->o->stack[0] : r->spec;
    bool text = (emits(r, "yaml") || emits(r, "c")) && !r->o->output;
    if (!r->cases.scn || r->cases.count == 0)
        return cli_say(EXIT_NOTHING, "%s has no case", r->o->word[0]);
    int code = cli_choose(spec, &choice);
    if (code)
        return code;
    r->play.keys_only = true;
    r->play.most_events = r->scn.kind ? SCN_BYTES_EVENTS : 0;
    code = r->o->shrink ? shrink(r, &choice) : 0;
    if (code) {
        stacks_release(&choice);
        return code;
    }
    r->play.verbosity = 2;
    r->play.repeat = 1;
    r->play.capture_file = emits(r, "pcap") ? r->o->output : NULL;
    r->play.emit_c = emits(r, "c");
    json_t *report = cli_judge(&r->play, &r->specs, &r->cases, &choice, spec, NULL, &code);
    if (report) {
        show(r, report, text ? stderr : stdout);
        int written = emits(r, "yaml") ? emit_yaml(r, report)
                      : emits(r, "c")  ? emit_test(r, report)
                                       : 0;
        code = written ? written : code;
    }
    json_decref(report);
    stacks_release(&choice);
    return code;
}

int cli_repro(const struct cli_options *o)
{
    struct repro r = {.o = o, .play = *o};
    if (o->words != 1)
        return cli_say(EXIT_USAGE, "repro: which file? (one)");
    if (o->stacks > 1)
        return cli_say(EXIT_USAGE, "repro: one stack");
    if (o->emit && !strcmp(o->emit, "pcap") && !o->output)
        return cli_say(EXIT_USAGE, "repro: --emit pcap needs -o FILE");
    int code = load(&r);
    if (!code)
        code = play(&r);
    free(r.cases.scn);
    scn_free_steps(&r.scn);
    cli_close_specs(&r.specs);
    return code;
}
