/* SPDX-License-Identifier: BSD-2-Clause */
/* Options: one table for getopt_long, for the check of which verb takes what, and for `help`. */
#include "cli/cli.h"
#include "scenario/suggest.h"

#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum {
    PLAYS = VERB_RUN | VERB_BASELINE,
    FUZZES = PLAYS | VERB_FUZZ,
    OPTION_BASE = 256,
    OPTION_MAX = 48
};

enum option_id {
    O_LEVEL = OPTION_BASE,
    O_STRICT,
    O_ALLOW_INCONC,
    O_TIMEOUT,
    O_FAIL_FAST,
    O_LAST_FAILED,
    O_SEED,
    O_SHUFFLE,
    O_REPEAT,
    O_BASELINE,
    O_NO_BASELINE,
    O_OUT,
    O_FORMAT,
    O_PCAP,
    O_DRY_RUN,
    O_COLOR,
    O_ASCII,
    O_SLOW,
    O_SLACK,
    O_FAULT,
    O_SPECS,
    O_NO_INVARIANTS,
    O_SCHEMA,
    O_EMIT,
    O_SHRINK,
    O_TIME,
    O_RUNS,
    O_SEEDS,
    O_HELP = 'h',
    O_STACK = 's',
    O_FILTER = 'k',
    O_JOBS = 'j',
    O_QUIET = 'q',
    O_VERBOSE = 'v',
    O_OUTPUT = 'o',
};

struct option_row {
    const char *name;
    int id;       /* a letter, if it has one */
    int argument; /* of getopt_long */
    unsigned verbs;
    const char *value, *says;
};

/* clang-format off */
static const struct option_row rows[] = {
    {"stack", O_STACK, required_argument, FUZZES | VERB_REPRO | VERB_PROBE | VERB_SELFTEST, "STACK",
     "tcpref, tcpref:PROFILE, linux, lwip, slirp, lib:PATH.so[:PROFILE]; may be repeated"},
    {"filter", O_FILTER, required_argument, PLAYS | VERB_LIST | VERB_SELFTEST, "EXPR",
     "level:must tag:paws !state:time-wait clause:RFC9293/3.8* window.* (blank and, comma or, ! not)"},
    {"level", O_LEVEL, required_argument, PLAYS | VERB_LIST, "must|should|may", "lowest level to run"},
    {"strict", O_STRICT, no_argument, FUZZES, NULL, "a SHOULD not followed fails the run"},
    {"allow-inconc", O_ALLOW_INCONC, no_argument, PLAYS, NULL, "INCONC does not change the exit code"},
    {"jobs", O_JOBS, required_argument, FUZZES, "N", "worker processes (in process 1, on a real clock 64; fuzz 40)"},
    {"timeout", O_TIMEOUT, required_argument, FUZZES, "TIME", "what one case may take before it is a HANG"},
    {"fail-fast", O_FAIL_FAST, no_argument, FUZZES, NULL, "stop at the first failure"},
    {"last-failed", O_LAST_FAILED, no_argument, PLAYS, NULL, "only what failed in the last run"},
    {"seed", O_SEED, required_argument, FUZZES | VERB_REPRO, "HEX", "of every random choice (1)"},
    {"shuffle", O_SHUFFLE, optional_argument, PLAYS, "HEX", "play in another order; results stay in rule order"},
    {"repeat", O_REPEAT, required_argument, PLAYS, "N", "play each case N times; verdicts that vary are FLAKY"},
    {"baseline", O_BASELINE, required_argument, FUZZES, "FILE", "known deviations (specs/deviations/STACK.yaml)"},
    {"no-baseline", O_NO_BASELINE, no_argument, FUZZES, NULL, "judge without it"},
    {"out", O_OUT, required_argument, FUZZES, "DIR", "folder of results (.tcpassay/STACK; fuzz: .tcpassay/fuzz-STACK)"},
    {"format", O_FORMAT, required_argument, VERB_RUN | VERB_LIST, "NAME[:FILE]",
     "human, json, junit, tap; may be repeated (list: human, json)"},
    {"pcap", O_PCAP, required_argument, PLAYS, "failed|all|none", "which cases leave a capture (failed)"},
    {"dry-run", O_DRY_RUN, no_argument, VERB_RUN, NULL, "print the cases that would be played"},
    {"fault", O_FAULT, required_argument, PLAYS | VERB_REPRO, "mute|resets|stale",
     "break the stack after its set-up, to try the rules"},
    {"no-invariants", O_NO_INVARIANTS, no_argument, PLAYS | VERB_REPRO, NULL,
     "judge the rule's own claims alone"},
    {"slow", O_SLOW, no_argument, PLAYS, NULL, "on a real clock play cases over 15 s too"},
    {"slack", O_SLACK, required_argument, FUZZES | VERB_REPRO, "TIME", "real clock: how much limits are widened"},
    {"shrink", O_SHRINK, no_argument, VERB_REPRO, NULL,
     "make the scenario smaller while it breaks the same invariant"},
    {"emit", O_EMIT, required_argument, VERB_REPRO, "yaml|pcap|c", "write the scenario, the packets, or a test in C"},
    {"output", O_OUTPUT, required_argument, VERB_REPRO, "FILE", "where --emit writes (stdout for yaml and c)"},
    {"time", O_TIME, required_argument, VERB_FUZZ, "TIME", "how long: 30s, 10m, 2h (until interrupted)"},
    {"runs", O_RUNS, required_argument, VERB_FUZZ, "N", "stop after so many runs, those of earlier sessions counted"},
    {"seeds", O_SEEDS, required_argument, VERB_FUZZ, "DIR",
     "inputs to begin with: octets, or *.yaml of kind scenario (plain handshakes and transfers)"},
    {"schema", O_SCHEMA, no_argument, VERB_LINT, NULL, "print the JSON Schema of the rule format"},
    {"specs", O_SPECS, required_argument,
     FUZZES | VERB_LIST | VERB_EXPLAIN | VERB_LINT | VERB_REPRO | VERB_SELFTEST, "DIR",
     "folder of rules and requirements (else $TCPASSAY_SPECS)"},
    {"quiet", O_QUIET, no_argument, FUZZES, NULL, "failures and the summary alone"},
    {"verbose", O_VERBOSE, no_argument, PLAYS | VERB_REPRO | VERB_LIST, NULL,
     "every failure, warning and known deviation in full; twice: every case"},
    {"color", O_COLOR, required_argument, FUZZES | VERB_REPRO, "auto|always|never", "NO_COLOR and TERM=dumb mean never"},
    {"ascii", O_ASCII, no_argument, FUZZES | VERB_REPRO, NULL, "draw with ASCII alone"},
    {"help", O_HELP, no_argument, ~0u, NULL, "the verb's text"},
};
/* clang-format on */
enum { ROWS = sizeof rows / sizeof *rows };

static bool is_letter(int id)
{
    return id < OPTION_BASE;
}

bool cli_duration(const char *text, uint64_t *ret_ns)
{
    static const struct {
        const char *unit;
        double ns;
    } units[] = {{"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};
    char *end;
    if (!isdigit((unsigned char)*text))
        return false;
    double n = strtod(text, &end);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (!strcmp(units[i].unit, end) && n * units[i].ns < 1e18) {
            *ret_ns = (uint64_t)(n * units[i].ns);
            return true;
        }
    return false;
}

static bool hex(const char *text, uint64_t *ret_n)
{
    char *end;
    if (!isxdigit((unsigned char)*text))
        return false;
    *ret_n = strtoull(text, &end, 16);
    return *end == '\0' && strlen(text) <= 18;
}

static bool count(const char *text, unsigned max, unsigned *ret_n)
{
    char *end;
    if (!isdigit((unsigned char)*text))
        return false;
    unsigned long n = strtoul(text, &end, 10);
    if (*end || n == 0 || n > max)
        return false;
    *ret_n = (unsigned)n;
    return true;
}

/** The index of TEXT among WORDS (separated by '|'), or -1. */
static int choice(const char *text, const char *words)
{
    size_t len = strlen(text);
    int index = 0;
    for (const char *w = words;; index++) {
        size_t n = strcspn(w, "|");
        if (n == len && !strncmp(w, text, n))
            return index;
        if (!w[n])
            return -1;
        w += n + 1;
    }
}

static bool push(const char **list, unsigned *n, unsigned max)
{
    if (*n == max)
        return false;
    list[(*n)++] = optarg;
    return true;
}

static bool known_format(const char *text)
{
    char name[16];
    size_t n = strcspn(text, ":");
    if (n >= sizeof name || (text[n] == ':' && !text[n + 1]))
        return false;
    memcpy(name, text, n);
    name[n] = '\0';
    return choice(name, "human|json|junit|tap") >= 0;
}

static bool take_choice(struct cli_options *o, int id)
{
    int i = -1;
    if (id == O_PCAP && (i = choice(optarg, "failed|all|none")) >= 0)
        o->pcap = (enum cli_pcap)i;
    else if (id == O_COLOR && (i = choice(optarg, "auto|always|never")) >= 0)
        o->color = (enum cli_when)i;
    else if (id == O_FAULT && (i = choice(optarg, "none|mute|resets|stale")) >= 0)
        o->fault = (enum player_fault)i;
    else if (id == O_LEVEL && (i = choice(optarg, "must|should|may")) >= 0)
        o->level = optarg;
    else if (id == O_EMIT && (i = choice(optarg, "yaml|pcap|c")) >= 0)
        o->emit = optarg;
    return i >= 0;
}

static bool take_value(struct cli_options *o, int id)
{
    switch (id) {
    case O_STACK:
        return *optarg && push(o->stack, &o->stacks, CLI_STACKS);
    case O_FILTER:
        return push(o->filter, &o->filters, CLI_FILTERS);
    case O_FORMAT:
        return known_format(optarg) && push(o->format, &o->formats, CLI_FORMATS);
    case O_JOBS:
        return count(optarg, 4096, &o->jobs);
    case O_REPEAT:
        return count(optarg, 1000000, &o->repeat);
    case O_TIMEOUT:
        return cli_duration(optarg, &o->timeout) && o->timeout;
    case O_SLACK:
        return cli_duration(optarg, &o->slack);
    case O_SEED:
        return hex(optarg, &o->seed);
    case O_SHUFFLE:
        o->shuffle = true;
        return !optarg || hex(optarg, &o->shuffle_seed);
    case O_BASELINE:
        o->baseline = optarg;
        return true;
    case O_OUT:
        o->out = optarg;
        return *optarg != '\0';
    case O_SPECS:
        o->specs = optarg;
        return true;
    case O_TIME:
        return cli_duration(optarg, &o->time) && o->time;
    case O_RUNS:
        return count(optarg, 1000000000, &o->runs);
    case O_SEEDS:
        o->seeds = optarg;
        return *optarg != '\0';
    case O_OUTPUT:
        o->output = optarg;
        return true;
    default:
        return take_choice(o, id);
    }
}

static void take_flag(struct cli_options *o, int id)
{
    bool *const flags[] = {[O_STRICT - OPTION_BASE] = &o->strict,
                           [O_ALLOW_INCONC - OPTION_BASE] = &o->allow_inconc,
                           [O_FAIL_FAST - OPTION_BASE] = &o->fail_fast,
                           [O_LAST_FAILED - OPTION_BASE] = &o->last_failed,
                           [O_NO_BASELINE - OPTION_BASE] = &o->no_baseline,
                           [O_DRY_RUN - OPTION_BASE] = &o->dry_run,
                           [O_ASCII - OPTION_BASE] = &o->ascii,
                           [O_SLOW - OPTION_BASE] = &o->slow,
                           [O_NO_INVARIANTS - OPTION_BASE] = &o->no_invariants,
                           [O_SCHEMA - OPTION_BASE] = &o->schema,
                           [O_SHRINK - OPTION_BASE] = &o->shrink};
    if (id == O_QUIET)
        o->verbosity = -1;
    else if (id == O_VERBOSE)
        o->verbosity++;
    else
        *flags[id - OPTION_BASE] = true;
}

static const struct option_row *row_of(int id)
{
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].id == id)
            return &rows[i];
    return NULL;
}

/** What getopt could not make sense of, with what it may have meant. */
static int unknown(const struct cli_verb *verb, char **argv)
{
    const struct option_row *row = optopt ? row_of(optopt) : NULL;
    const char *word = argv[optind - 1];
    if (row)
        return cli_say(EXIT_USAGE, "%s: --%s wants %s", verb->name, row->name,
                       row->value ? row->value : "no value");
    struct suggest s = {.written = word + strspn(word, "-")};
    for (size_t i = 0; i < ROWS && !strncmp(word, "--", 2); i++)
        if (rows[i].verbs & verb->bit)
            suggest_offer(&s, rows[i].name);
    char letter[3] = {'-', (char)optopt, '\0'};
    return cli_say(EXIT_USAGE, "%s: no option %s%s%s%s (see `tcpassay help %s`)", verb->name,
                   strncmp(word, "--", 2) != 0 && optopt ? letter : word,
                   s.best ? "; did you mean --" : "", s.best ? s.best : "", s.best ? "?" : "",
                   verb->name);
}

static void tables(struct option *longs, char *shorts)
{
    *shorts++ = ':'; /* errors are ours to tell */
    for (size_t i = 0; i < ROWS; i++) {
        longs[i] = (struct option){rows[i].name, rows[i].argument, NULL, rows[i].id};
        if (!is_letter(rows[i].id))
            continue;
        *shorts++ = (char)rows[i].id;
        if (rows[i].argument == required_argument)
            *shorts++ = ':';
    }
    longs[ROWS] = (struct option){0};
    *shorts = '\0';
}

int cli_parse(const struct cli_verb *verb, int argc, char **argv, struct cli_options *ret_options)
{
    struct cli_options o = {.verb = verb, .seed = 1, .shuffle_seed = 1, .repeat = 1};
    struct option longs[ROWS + 1];
    char shorts[OPTION_MAX];
    int id;
    tables(longs, shorts);
    while ((id = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        const struct option_row *row = id == '?' || id == ':' ? NULL : row_of(id);
        if (!row)
            return unknown(verb, argv);
        if (!(row->verbs & verb->bit))
            return cli_say(EXIT_USAGE, "%s takes no --%s (see `tcpassay help %s`)", verb->name,
                           row->name, verb->name);
        if (id == O_HELP) {
            *ret_options = (struct cli_options){.verb = cli_find_verb("help"), .topic = verb->name};
            return 0;
        }
        if (row->argument == no_argument)
            take_flag(&o, id);
        else if (!take_value(&o, id))
            return cli_say(EXIT_USAGE, "%s: --%s %s: wanted %s", verb->name, row->name,
                           optarg ? optarg : "", row->value);
    }
    o.word = argv + optind;
    o.words = argc - optind;
    *ret_options = o;
    return 0;
}

void cli_print_options(FILE *out, const struct cli_verb *verb)
{
    char head[64];
    for (size_t i = 0; i < ROWS; i++) {
        const struct option_row *row = &rows[i];
        if (!(row->verbs & verb->bit))
            continue;
        snprintf(head, sizeof head, "  %c%c%c --%s%s%s%s", is_letter(row->id) ? '-' : ' ',
                 is_letter(row->id) ? row->id : ' ', is_letter(row->id) ? ',' : ' ', row->name,
                 row->argument == optional_argument ? "[="
                 : row->value                       ? " "
                                                    : "",
                 row->value ? row->value : "", row->argument == optional_argument ? "]" : "");
        text_left(out, head, 36);
        text_wrap(out, row->says, 36, 36, 100);
        fputc('\n', out);
    }
}
