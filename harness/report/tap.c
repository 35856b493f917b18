/* SPDX-License-Identifier: BSD-2-Clause */
/* The Test Anything Protocol, version 14. A known deviation is TODO. */
#include "report/report.h"

#include <string.h>

static const char *get(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/** On one line, and nothing that reads as a directive. */
static void plain(FILE *out, const char *text)
{
    for (const char *p = text; *p; p++)
        fputc(*p == '\n' ? ' ' : *p == '#' ? '.' : *p, out);
}

static void quoted(FILE *out, const char *key, const char *text)
{
    if (!*text)
        return;
    fprintf(out, "  %s: '", key);
    for (const char *p = text; *p; p++) {
        if (*p == '\'')
            fputc('\'', out);
        fputc(*p == '\n' ? ' ' : *p, out);
    }
    fputs("'\n", out);
}

static void point(FILE *out, size_t number, const json_t *one)
{
    enum verdict v = case_verdict(one);
    bool ok = v == VERDICT_PASS || v == VERDICT_WARN || v == VERDICT_INFO || v == VERDICT_SKIP;
    fprintf(out, "%s %zu - ", ok ? "ok" : "not ok", number);
    plain(out, get(one, "id"));
    if (v == VERDICT_SKIP || (!ok && !strcmp(get(one, "baseline"), "KNOWN"))) {
        fputs(ok ? " # SKIP " : " # TODO known: ", out);
        plain(out, get(one, "message"));
    }
    fputc('\n', out);
    if (v == VERDICT_PASS || v == VERDICT_SKIP)
        return;
    fputs("  ---\n", out);
    quoted(out, "verdict", get(one, "verdict"));
    quoted(out, "message", get(one, "message"));
    quoted(out, "clause", get(one, "clause"));
    quoted(out, "wanted", get(one, "wanted"));
    quoted(out, "saw", get(one, "saw"));
    fputs("  ...\n", out);
}

int report_tap(FILE *out, const json_t *report)
{
    const json_t *cases = json_object_get(report, "cases");
    fprintf(out, "TAP version 14\n1..%zu\n", json_array_size(cases));
    for (size_t i = 0; i < json_array_size(cases); i++)
        point(out, i + 1, json_array_get(cases, i));
    return fflush(out) ? -1 : 0;
}
