/* SPDX-License-Identifier: BSD-2-Clause */
/* report.json: head, summary, cases. Two equal runs differ in `wall_ms` alone. */
#include "report/report.h"

#include <ctype.h>
#include <string.h>

static const char *lower(const char *text, char *buf, size_t cap)
{
    size_t n = 0;
    for (; text[n] && n + 1 < cap; n++)
        buf[n] = (char)tolower((unsigned char)text[n]);
    buf[n] = '\0';
    return buf;
}

static void count_one(json_t *summary, const char *key)
{
    json_int_t n = json_integer_value(json_object_get(summary, key));
    json_object_set_new(summary, key, json_integer(n + 1));
}

/** The verdicts add up to `cases`; known, new, fixed, changed and flaky are counted beside them. */
static json_t *summary(const json_t *cases)
{
    char key[16];
    json_t *out = json_pack("{s:I}", "cases", (json_int_t)json_array_size(cases));
    for (int v = 0; v < VERDICTS; v++)
        json_object_set_new(out, lower(verdict_name((enum verdict)v), key, sizeof key),
                            json_integer(0));
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        const char *overlay = json_string_value(json_object_get(one, "baseline"));
        count_one(out, lower(verdict_name(case_verdict(one)), key, sizeof key));
        if (overlay)
            count_one(out, lower(overlay, key, sizeof key));
        if (json_object_get(one, "flaky"))
            count_one(out, "flaky");
    }
    return out;
}

static json_int_t elapsed_of(const json_t *cases)
{
    json_int_t sum = 0;
    for (size_t i = 0; i < json_array_size(cases); i++)
        sum += json_integer_value(json_object_get(json_array_get(cases, i), "elapsed_ns"));
    return sum;
}

json_t *report_json(const struct report_head *head, json_t *cases, uint64_t wall_ms)
{
    char seed[24];
    snprintf(seed, sizeof seed, "%llx", (unsigned long long)head->seed);
    json_t *out = json_pack("{s:i, s:s, s:s*, s:s*, s:s*, s:s, s:s, s:I, s:s, s:I, s:s*, s:s*}",
                            "format", REPORT_FORMAT, "stack", head->stack, "spec", head->spec,
                            "version", head->version, "profile", head->profile, "tcpassay",
                            head->tool_version, "clock", head->real_clock ? "real" : "virtual",
                            "tick_ns", (json_int_t)head->tick, "seed", seed, "files",
                            (json_int_t)head->files, "fault", head->fault, "captures", head->out);
    if (!out) {
        json_decref(cases);
        return NULL;
    }
    json_object_set_new(out, "summary", summary(cases));
    json_object_set_new(out, "elapsed_ns", json_integer(elapsed_of(cases)));
    json_object_set_new(out, "cases", cases);
    json_object_set_new(out, "wall_ms", json_integer((json_int_t)wall_ms));
    return out;
}

int report_dump(FILE *out, const json_t *report)
{
    int rc = json_dumpf(report, out, JSON_INDENT(1));
    fputc('\n', out);
    return rc || fflush(out) ? -1 : 0;
}

static bool overlay_is(const json_t *one, const char *what)
{
    const char *overlay = json_string_value(json_object_get(one, "baseline"));
    return overlay && !strcmp(overlay, what);
}

static int exit_of_case(const json_t *one, bool strict, bool allow_inconc)
{
    if (overlay_is(one, "FIXED") || overlay_is(one, "CHANGED"))
        return EXIT_FAILED;
    if (json_object_get(one, "flaky"))
        return EXIT_FAILED;
    if (overlay_is(one, "KNOWN"))
        return EXIT_AS_EXPECTED;
    switch (case_verdict(one)) {
    case VERDICT_ERROR:
        return EXIT_UNABLE;
    case VERDICT_INCONC:
        return allow_inconc ? EXIT_AS_EXPECTED : EXIT_UNABLE;
    case VERDICT_CRASH:
    case VERDICT_HANG:
        return EXIT_STACK_DIED;
    case VERDICT_FAIL:
        return EXIT_FAILED;
    case VERDICT_WARN:
        return strict ? EXIT_FAILED : EXIT_AS_EXPECTED;
    case VERDICT_PASS:
    case VERDICT_INFO:
    case VERDICT_SKIP:
    case VERDICTS:
        break;
    }
    return EXIT_AS_EXPECTED;
}

/** 4 before 3 before 1; 5 if nothing else and every case was SKIP. */
int report_exit_code(const json_t *report, bool strict, bool allow_inconc)
{
    static const int rank[] = {
        [EXIT_AS_EXPECTED] = 0, [EXIT_FAILED] = 1, [EXIT_STACK_DIED] = 2, [EXIT_UNABLE] = 3};
    const json_t *cases = json_object_get(report, "cases");
    int worst = EXIT_AS_EXPECTED;
    bool judged = false;
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        int code = exit_of_case(one, strict, allow_inconc);
        judged = judged || case_verdict(one) != VERDICT_SKIP;
        if (rank[code] > rank[worst])
            worst = code;
    }
    return worst == EXIT_AS_EXPECTED && !judged ? EXIT_NOTHING : worst;
}
