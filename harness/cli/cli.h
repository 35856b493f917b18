/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: verbs, options, and what verbs share. Results go to stdout, all else to stderr.
 */
#ifndef HARNESS_CLI_H
#define HARNESS_CLI_H

#include "player/player.h"
#include "report/report.h"
#include "scenario/catalogue.h"
#include "scenario/filter.h"
#include "scenario/yaml.h"
#include "stacks/stacks.h"

enum cli_verb_bit {
    VERB_RUN = 1 << 0,
    VERB_LIST = 1 << 1,
    VERB_EXPLAIN = 1 << 2,
    VERB_LINT = 1 << 3,
    VERB_REPRO = 1 << 4,
    VERB_PROBE = 1 << 5,
    VERB_BASELINE = 1 << 6,
    VERB_VERSION = 1 << 7,
    VERB_HELP = 1 << 8,
    VERB_FUZZ = 1 << 9,
    VERB_SELFTEST = 1 << 10,
};

enum { CLI_STACKS = 16, CLI_FILTERS = 16, CLI_FORMATS = 8, CLI_WHY = 400 };

enum cli_when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };
enum cli_pcap { PCAP_FAILED, PCAP_ALL, PCAP_NONE };

struct cli_options {
    const struct cli_verb *verb;
    const char *stack[CLI_STACKS];
    unsigned stacks;
    const char *filter[CLI_FILTERS];
    unsigned filters;
    const char *format[CLI_FORMATS]; /* NAME or NAME:FILE */
    unsigned formats;
    const char *level, *baseline, *out, *specs, *emit, *output, *seeds;
    const char *capture_file; /* repro: the one capture */
    bool emit_c;              /* repro: a test in C, into the case's JSON */
    size_t most_events;       /* repro: as the fuzz target has it; 0: the player's own limit */
    bool keys_only;           /* repro: of the baseline, the keys alone */
    bool strict, allow_inconc, fail_fast, last_failed, shuffle, no_baseline, ascii, dry_run, slow;
    bool no_invariants, schema, shrink;
    unsigned jobs, repeat, runs;
    uint64_t time; /* fuzz: how long, ns; 0: until interrupted */
    uint64_t timeout, slack, seed, shuffle_seed;
    int verbosity;
    enum cli_when color;
    enum cli_pcap pcap;
    enum player_fault fault;
    const char *topic; /* of help */
    char **word;       /* what is no option */
    int words;
};

struct cli_verb {
    const char *name;
    enum cli_verb_bit bit;
    int (*act)(const struct cli_options *options); /* returns the exit code */
    const char *synopsis, *says, *more;
};
const struct cli_verb *cli_verbs(size_t *ret_count);
const struct cli_verb *cli_find_verb(const char *name);

/** Parse what follows the verb. 0, or EXIT_USAGE after a message. */
int cli_parse(const struct cli_verb *verb, int argc, char **argv, struct cli_options *ret_options);
/** The options that VERB takes, for `help`. */
void cli_print_options(FILE *out, const struct cli_verb *verb);

/** "tcpassay: …" on stderr; returns CODE. */
int cli_say(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** "200ms", "3s", "20m", "1h". */
bool cli_duration(const char *text, uint64_t *ret_ns);

/* ---- specs.c: rules and catalogue ---- */

struct cli_specs {
    char folder[1024];
    struct catalogue *catalogue;
    struct rulebook *book;
    unsigned errors;
};
/** Find the folder and read the catalogue. 0, or an exit code after a message. */
int cli_open_specs(const struct cli_options *o, struct cli_specs *ret_specs);
/** Read rules and incidents, or the files among the words alone, if any names a file. 0 or a code.
 */
int cli_read_rules(const struct cli_options *o, struct cli_specs *specs);
void cli_close_specs(struct cli_specs *specs);
/** Whether a word of the command line names a file or folder of rules rather than an id. */
bool cli_is_path(const char *word);
bool cli_is_folder(const char *path);

/** Cases chosen by words, filters and level, in rule order. */
struct cli_cases {
    const struct scn **scn;
    size_t count;
};
int cli_select(const struct cli_options *o, const struct cli_specs *specs,
               struct cli_cases *ret_cases);

/* ---- play.c: cases through the pool ---- */

/** 10 Hz at most, on a terminal alone. */
struct cli_progress {
    bool on;
    uint64_t begin, last;
    size_t done, total, failed;
    char name[96];
};

struct cli_play {
    const struct cli_options *options;
    const struct cli_specs *specs;
    const struct stacks_choice *choice;
    const struct cli_cases *cases;
    const char *captures; /* folder, or NULL: none are written */
    uint64_t oracle_keys;
    /* found: */
    json_t **result; /* by case; NULL: not played */
    json_t *stack;   /* what the stack says of itself: version, tick_ns, real */
    bool interrupted, cut_short;
    /* while playing: */
    size_t *order;
    struct player *player;
    struct cli_progress progress;
    int signals; /* signalfd */
};
/** 0, or EXIT_UNABLE after a message. */
int cli_play_cases(struct cli_play *play);
void cli_play_free(struct cli_play *play);

void cli_progress_show(struct cli_progress *p);
void cli_progress_wipe(struct cli_progress *p);

/* ---- out.c: the folder of results ---- */

/** Make FOLDER, and see that files can be made in it. 0, or EXIT_UNABLE after a message. */
int cli_out_prepare(const char *folder);
/** Write through a temporary file, so that PATH is whole or as it was. 0, or EXIT_UNABLE. */
int cli_out_write(const char *path, int (*writer)(FILE *out, const json_t *report),
                  const json_t *report);
/** Captures that an earlier report in FOLDER names and this one does not are removed. */
void cli_out_sweep(const char *folder, const json_t *report);
/** An earlier report of that folder, or NULL. */
json_t *cli_out_last(const char *folder);
/** A scenario as octets (scenario/bytes.h): 1 to SCN_BYTES_MAX of them into BUF. 0, or EXIT_USAGE.
 */
int cli_read_octets(const char *path, uint8_t *buf, size_t *ret_len);

/* ---- run.c ---- */

/** Choose the stack by SPEC. 0, EXIT_USAGE for a name unknown, EXIT_UNABLE for a bad plug-in. */
int cli_choose(const char *spec, struct stacks_choice *ret_choice);
/** How to draw on FILE's terminal. */
struct style cli_style(const struct cli_options *o, FILE *out);
/** Judge one stack: the report, or NULL with an exit code. Nothing is printed or written yet. */
json_t *cli_judge(const struct cli_options *o, const struct cli_specs *specs,
                  const struct cli_cases *cases, const struct stacks_choice *choice,
                  const char *spec, const char *folder, int *ret_code);

int cli_run(const struct cli_options *o);
int cli_list(const struct cli_options *o);
int cli_explain(const struct cli_options *o);
int cli_lint(const struct cli_options *o);
int cli_fuzz(const struct cli_options *o);
int cli_repro(const struct cli_options *o);
int cli_probe(const struct cli_options *o);
int cli_baseline(const struct cli_options *o);
int cli_selftest(const struct cli_options *o);
int cli_version(const struct cli_options *o);
int cli_help(const struct cli_options *o);

#endif
