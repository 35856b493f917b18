/* SPDX-License-Identifier: BSD-2-Clause */
/* JUnit XML, for CI servers. A known deviation is `skipped`, so that only what is new turns red. */
#include "report/report.h"

#include <stdlib.h>
#include <string.h>

static void escaped(FILE *out, const char *text)
{
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '<')
            fputs("&lt;", out);
        else if (c == '>')
            fputs("&gt;", out);
        else if (c == '&')
            fputs("&amp;", out);
        else if (c == '"')
            fputs("&quot;", out);
        else if (c == '\n')
            fputs("&#10;", out);
        else
            fputc(c < 0x20 && c != '\t' ? '?' : c, out);
    }
}

static const char *get(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static bool known(const json_t *one)
{
    return !strcmp(get(one, "baseline"), "KNOWN");
}

enum outcome { OUT_OK, OUT_FAILURE, OUT_ERROR, OUT_SKIPPED };

static enum outcome outcome_of(const json_t *one)
{
    enum verdict v = case_verdict(one);
    if (v == VERDICT_SKIP || (known(one) && v != VERDICT_PASS && v != VERDICT_WARN))
        return OUT_SKIPPED;
    if (v == VERDICT_FAIL)
        return OUT_FAILURE;
    if (v == VERDICT_PASS || v == VERDICT_WARN || v == VERDICT_INFO)
        return OUT_OK;
    return OUT_ERROR;
}

static void details(FILE *out, const json_t *report, const json_t *one)
{
    const struct style style = {.width = 100};
    char *text = NULL;
    size_t len = 0;
    FILE *memory = open_memstream(&text, &len);
    if (!memory)
        return;
    report_case(memory, report, one, &style);
    fclose(memory);
    escaped(out, text ? text : "");
    free(text);
}

static void test_case(FILE *out, const json_t *report, const json_t *one)
{
    static const char *const tag[] = {
        [OUT_FAILURE] = "failure", [OUT_ERROR] = "error", [OUT_SKIPPED] = "skipped"};
    char time[32];
    enum outcome outcome = outcome_of(one);
    json_int_t ns = json_integer_value(json_object_get(one, "elapsed_ns"));
    fputs("  <testcase classname=\"", out);
    escaped(out, get(one, "rule"));
    fputs("\" name=\"", out);
    escaped(out, get(one, "id"));
    fprintf(out, "\" time=\"%s\"", text_seconds((uint64_t)ns, time, sizeof time));
    bool warn = case_verdict(one) == VERDICT_WARN;
    if (outcome == OUT_OK && !warn) {
        fputs("/>\n", out);
        return;
    }
    fputs(">\n", out);
    if (outcome == OUT_OK) {
        fputs("   <system-out>WARN ", out);
        escaped(out, get(one, "message"));
        fputs("</system-out>\n", out);
    } else {
        fprintf(out, "   <%s message=\"%s", tag[outcome], known(one) ? "known deviation: " : "");
        escaped(out, get(one, "message"));
        if (outcome == OUT_SKIPPED) {
            fputs("\"/>\n", out);
        } else {
            fprintf(out, "\" type=\"%s\">", get(one, "verdict"));
            details(out, report, one);
            fprintf(out, "</%s>\n", tag[outcome]);
        }
    }
    fputs("  </testcase>\n", out);
}

int report_junit(FILE *out, const json_t *report)
{
    const json_t *cases = json_object_get(report, "cases");
    unsigned count[4] = {0};
    char time[32];
    for (size_t i = 0; i < json_array_size(cases); i++)
        count[outcome_of(json_array_get(cases, i))]++;
    json_int_t ns = json_integer_value(json_object_get(report, "elapsed_ns"));
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n <testsuite name=\"", out);
    escaped(out, get(report, "stack"));
    fprintf(out, "\" tests=\"%zu\" failures=\"%u\" errors=\"%u\" skipped=\"%u\" time=\"%s\">\n",
            json_array_size(cases), count[OUT_FAILURE], count[OUT_ERROR], count[OUT_SKIPPED],
            text_seconds((uint64_t)ns, time, sizeof time));
    for (size_t i = 0; i < json_array_size(cases); i++)
        test_case(out, report, json_array_get(cases, i));
    fputs(" </testsuite>\n</testsuites>\n", out);
    return fflush(out) ? -1 : 0;
}
