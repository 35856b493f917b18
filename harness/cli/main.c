/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of verbs. */
#include "cli/cli.h"
#include "scenario/suggest.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const struct cli_verb verbs[] = {
    {"run", VERB_RUN, cli_run, "run [RULE|GLOB|FILE.yaml ...] -s STACK [...]",
     "run rules against stacks",
     "Without words every rule under specs/rules and specs/incidents is run. A word is the id of "
     "a\n"
     "rule or case, a glob of ids, or a file or folder of rules to run instead. report.json,\n"
     "junit.xml and the captures of failed cases go to .tcpassay/STACK/ (or --out).\n"},
    {"list", VERB_LIST, cli_list, "list rules|stacks|clauses|checks|keys [ID|GLOB ...]",
     "what there is",
     "rules: rules and their cases; stacks: what -s takes; clauses: every requirement of the\n"
     "catalogue and whether it is ruled, watched, untestable or open; checks: the invariants that\n"
     "hold in every case; keys: differences that a deviations file may declare.\n"},
    {"explain", VERB_EXPLAIN, cli_explain, "explain ID",
     "a rule, case, clause, check, key, verdict, step or capability in words", ""},
    {"lint", VERB_LINT, cli_lint, "lint FILE|FOLDER ... [--schema]",
     "check rule files; errors are FILE:LINE:COLUMN",
     "--schema prints the JSON Schema of the rule format.\n"},
    {"repro", VERB_REPRO, cli_repro,
     "repro FILE [-s STACK] [--shrink] [--emit yaml|pcap|c [-o FILE]]",
     "play a crash or corpus file, or a rule file, and show the ladder",
     "FILE holds the bytes of a fuzzer's input, or YAML (*.yaml). The stack is tcpref unless -s\n"
     "names another. --shrink takes away steps and options and makes numbers plainer, as long as "
     "the\n"
     "same invariant breaks by the same clause in the same state, or the stack still dies. --emit\n"
     "writes the scenario as YAML that `run` plays (so does --shrink alone), the packets, or a "
     "test in\n"
     "C for the stack's own suite, which needs nothing but <tcpassay/stack.h>.\n"},
    {"fuzz", VERB_FUZZ, cli_fuzz, "fuzz -s STACK [--time 10m] [--seeds DIR] [--out DIR]",
     "play scenarios made by chance, watched by the oracle",
     "Any stack: inputs are changed at random, and kept if they do something new to an "
     "instrumented\n"
     "tcpref beside it, or show something new on the stack. What breaks a MUST (--strict: a "
     "SHOULD),\n"
     "or kills the stack, is played again, shrunk, and written to DIR/findings: a rule that `run`\n"
     "plays, its capture, and the octets. DIR/corpus and DIR/fuzz.json let a later session go "
     "on.\n"},
    {"probe", VERB_PROBE, cli_probe, "probe -s STACK [...]",
     "does the adapter tell the truth? its capabilities and clock", ""},
    {"baseline", VERB_BASELINE, cli_baseline, "baseline write|check -s STACK [RULE|GLOB ...]",
     "write what the stack does otherwise, or hold it to what is written",
     "The baseline is specs/deviations/STACK.yaml, or --baseline FILE. `write` keeps the reasons\n"
     "(why, until) of entries that still hold. `check` fails on whatever is not as written.\n"},
    {"selftest", VERB_SELFTEST, cli_selftest, "selftest [RULE|GLOB ...] [-s BROKEN-STACK ...]",
     "can the judge fail? the rules on the reference stack, right and broken",
     "All rules must hold on tcpref, and none on tcpref when it is mute, resets everything, or\n"
     "repeats its last ACK. A stack that is named, such as a plug-in with a bug planted in it,\n"
     "must fail somewhere.\n"},
    {"version", VERB_VERSION, cli_version, "version", "versions of tcpassay and of its libraries",
     ""},
    {"help", VERB_HELP, cli_help, "help [VERB]", "this text, or a verb's", ""},
};

const struct cli_verb *cli_verbs(size_t *ret_count)
{
    *ret_count = sizeof verbs / sizeof *verbs;
    return verbs;
}

const struct cli_verb *cli_find_verb(const char *name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (!strcmp(verbs[i].name, name))
            return &verbs[i];
    return NULL;
}

int cli_say(int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("tcpassay: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return code;
}

static const char *meant(const char *name)
{
    struct suggest s = {.written = name};
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        suggest_offer(&s, verbs[i].name);
    return s.best;
}

static const struct cli_verb *verb_of(int argc, char **argv)
{
    if (argc < 2) {
        cli_say(0, "which verb? (see `tcpassay help`)");
        return NULL;
    }
    const char *name = argv[1];
    if (!strcmp(name, "--help") || !strcmp(name, "-h"))
        name = "help";
    else if (!strcmp(name, "--version"))
        name = "version";
    const struct cli_verb *verb = cli_find_verb(name);
    const char *hint = verb ? NULL : meant(name);
    if (!verb)
        cli_say(0, "no verb \"%s\"%s%s%s (see `tcpassay help`)", name,
                hint ? "; did you mean \"" : "", hint ? hint : "", hint ? "\"?" : "");
    return verb;
}

int main(int argc, char **argv)
{
    struct cli_options options;
    const struct cli_verb *verb = verb_of(argc, argv);
    if (!verb)
        return EXIT_USAGE;
    int code = cli_parse(verb, argc - 1, argv + 1, &options);
    if (code)
        return code;
    code = options.verb->act(&options);
    if (fflush(stdout) || ferror(stdout))
        code = cli_say(EXIT_UNABLE, "stdout cannot be written");
    return code;
}
