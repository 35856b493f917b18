/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a run found, as one JSON object (report.json), and its readers: terminal, JUnit, TAP. A case
 * is made into JSON in the worker that played it, since only there are its trace and its oracle.
 */
#ifndef HARNESS_REPORT_REPORT_H
#define HARNESS_REPORT_REPORT_H

#include "player/player.h"
#include "report/text.h"

#include <jansson.h>

enum { REPORT_FORMAT = 1 }; /* of report.json; raised when a field changes its meaning */

/* ---- a case ---- */

struct case_source {
    const struct scn *scn;
    const struct catalogue *catalogue;
    const struct player_result *result;
    const struct trace *trace;
    const struct oracle *oracle;
    bool real_clock;
    bool ladder_always; /* else only where the verdict is not PASS, SKIP or INFO */
    bool ladder_whole;  /* fold nothing */
};
/** NULL without memory. */
json_t *case_json(const struct case_source *from);
/** A case that was not played to its end: CRASH, HANG, ERROR. */
json_t *case_broken(const struct scn *scn, const struct catalogue *catalogue, enum verdict verdict,
                    const char *message);
enum verdict case_verdict(const json_t *one);
/** "open/listen" of "tcpref:squeezed" as parts of file names: no '/', no ':'. */
const char *case_file_name(const char *id, char *buf, size_t cap);

/* ---- a run ---- */

struct report_head {
    const char *stack, *spec;      /* its name; what -s was given */
    const char *version, *profile; /* of the stack; NULL unknown, none */
    const char *tool_version;
    uint64_t seed, tick;
    bool real_clock;
    size_t files;      /* rule files read */
    const char *fault; /* "mute" …, or NULL */
    const char *out;   /* folder of captures, or NULL */
};
/** `cases` is taken over (a JSON array in rule order). NULL without memory. */
json_t *report_json(const struct report_head *head, json_t *cases, uint64_t wall_ms);

/* ---- readers: each prints to OUT and returns 0, or -1 if OUT cannot be written ---- */

int report_human(FILE *out, const json_t *report, const struct style *style);
int report_tap(FILE *out, const json_t *report);
int report_junit(FILE *out, const json_t *report);
int report_dump(FILE *out, const json_t *report);
/** One case as a failure is shown, ladder and all. */
void report_case(FILE *out, const json_t *report, const json_t *one, const struct style *style);

/* ---- what it means ---- */

enum report_exit {
    EXIT_AS_EXPECTED = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_STACK_DIED = 3,
    EXIT_UNABLE = 4,
    EXIT_NOTHING = 5,
    EXIT_INTERRUPTED = 130,
};
int report_exit_code(const json_t *report, bool strict, bool allow_inconc);

#endif
