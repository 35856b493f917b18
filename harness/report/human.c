/* SPDX-License-Identifier: BSD-2-Clause */
/* The report for a terminal: head, one line of marks an area, what failed in full, the summary. */
#include "report/human.h"

#include <stdlib.h>
#include <string.h>

const char *human_get(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static bool overlay_is(const json_t *one, const char *what)
{
    return !strcmp(human_get(one, "baseline"), what);
}

static bool failed(enum verdict v)
{
    return v == VERDICT_FAIL || v == VERDICT_INCONC || v == VERDICT_CRASH || v == VERDICT_HANG ||
           v == VERDICT_ERROR;
}

static const char *mark_of(enum verdict v)
{
    static const char *const marks[VERDICTS] = {
        [VERDICT_PASS] = "✔",  [VERDICT_FAIL] = "✖", [VERDICT_WARN] = "▲",
        [VERDICT_INFO] = "i",  [VERDICT_SKIP] = "–", [VERDICT_INCONC] = "?",
        [VERDICT_CRASH] = "C", [VERDICT_HANG] = "H", [VERDICT_ERROR] = "E"};
    return marks[v];
}

static const char *color_of(enum verdict v)
{
    if (v == VERDICT_PASS || v == VERDICT_INFO)
        return "\033[32m";
    if (v == VERDICT_SKIP)
        return "\033[90m";
    return v == VERDICT_WARN || v == VERDICT_INCONC ? "\033[33m" : "\033[31m";
}

void human_colored(FILE *out, enum verdict v, const char *text, const struct style *style)
{
    if (style->color)
        fprintf(out, "%s%s\033[0m", color_of(v), text);
    else
        fputs(text, out);
}

/* ---- head and areas ---- */

static void head(FILE *out, const json_t *report)
{
    char tick[32];
    json_int_t ns = json_integer_value(json_object_get(report, "tick_ns"));
    const json_t *cases = json_object_get(report, "cases");
    fprintf(out, "tcpassay %s  rules %lld (%zu cases)  stack %s %s [%s clock",
            human_get(report, "tcpassay"),
            (long long)json_integer_value(json_object_get(report, "files")), json_array_size(cases),
            human_get(report, "stack"), human_get(report, "version"), human_get(report, "clock"));
    if (ns)
        fprintf(out, ", tick %s", text_duration((uint64_t)ns, tick, sizeof tick));
    fprintf(out, "]  seed %s%s%s\n\n", human_get(report, "seed"),
            *human_get(report, "fault") ? "  fault " : "", human_get(report, "fault"));
}

/** As wide as the longest name of an area, within reason. */
static int area_width(const json_t *cases)
{
    int width = 10;
    for (size_t i = 0; i < json_array_size(cases); i++) {
        int n = text_width(human_get(json_array_get(cases, i), "area"));
        width = n > width ? n : width;
    }
    return (width > 30 ? 30 : width) + 2;
}

static void area_line(FILE *out, const json_t *cases, size_t first, const struct style *style)
{
    enum { COUNT = 6 };
    const int wide = area_width(cases);
    const char *name = human_get(json_array_get(cases, first), "area");
    const int marks = style->width - 2 - wide - COUNT;
    int column = 0, count = 0;
    fputs("  ", out);
    text_left(out, name, wide);
    for (size_t i = first; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        if (strcmp(human_get(one, "area"), name) != 0)
            continue;
        if (column == marks) {
            fprintf(out, "\n%*s", 2 + wide, "");
            column = 0;
        }
        fputs(mark_of(case_verdict(one)), out);
        column++;
        count++;
    }
    fprintf(out, "%*s%*d\n", marks - column, "", COUNT, count);
}

static void areas(FILE *out, const json_t *cases, const struct style *style)
{
    json_t *seen = json_object();
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const char *name = human_get(json_array_get(cases, i), "area");
        if (json_object_get(seen, name))
            continue;
        json_object_set_new(seen, name, json_true());
        area_line(out, cases, i, style);
    }
    json_decref(seen);
    fputc('\n', out);
}

/* ---- what failed ---- */

/** The first failure of a rule with that message is shown whole; its like are named behind it. */
static bool same_story(const json_t *a, const json_t *b)
{
    return !strcmp(human_get(a, "rule"), human_get(b, "rule")) &&
           !strcmp(human_get(a, "verdict"), human_get(b, "verdict")) &&
           !strcmp(human_get(a, "message"), human_get(b, "message"));
}

static bool told(const json_t *cases, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        const json_t *one = json_array_get(cases, i);
        if (!overlay_is(one, "KNOWN") && same_story(one, json_array_get(cases, index)))
            return true;
    }
    return false;
}

static void the_like(FILE *out, const json_t *cases, size_t index, const struct style *style)
{
    size_t n = 0;
    char line[512];
    for (size_t i = index + 1; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        if (overlay_is(one, "KNOWN") || !same_story(one, json_array_get(cases, index)))
            continue;
        const char *id = human_get(one, "id");
        const char *slash = strchr(id, '/');
        fputs(n++ ? ", " : "  likewise  ", out);
        snprintf(line, sizeof line, "%s", slash ? slash + 1 : id);
        fputs(line, out);
    }
    (void)style;
    if (n)
        fputs("\n\n", out);
}

static void failures(FILE *out, const json_t *report, const struct style *style)
{
    const json_t *cases = json_object_get(report, "cases");
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        bool whole = style->verbose > 0;
        bool shown = failed(case_verdict(one)) || overlay_is(one, "CHANGED") ||
                     json_object_get(one, "flaky") || style->verbose > 1;
        if (case_verdict(one) == VERDICT_WARN && whole)
            shown = true;
        if (!shown || (!whole && (overlay_is(one, "KNOWN") || told(cases, i))))
            continue;
        report_case(out, report, one, style);
        fputc('\n', out);
        if (!whole)
            the_like(out, cases, i, style);
    }
}

/** One line and its sentence: for what is known, and for what only warns. */
static void short_line(FILE *out, const json_t *one, const struct style *style)
{
    char head_text[64];
    enum verdict v = case_verdict(one);
    const char *why = human_get(one, "known_why");
    snprintf(head_text, sizeof head_text, "%s %s", mark_of(v), verdict_name(v));
    fputs("  ", out);
    human_colored(out, v, head_text, style);
    fprintf(out, "  %s  %s\n          ", human_get(one, "id"), human_get(one, "clause"));
    text_wrap(out, human_get(one, "message"), 10, 10, style->width);
    if (*why) {
        fputs("\n          ", out);
        text_wrap(out, why, 10, 10, style->width);
    }
    fputc('\n', out);
}

static void overlay_list(FILE *out, const json_t *cases, const char *overlay, const char *title,
                         const struct style *style)
{
    bool any = false;
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        if (!overlay_is(one, overlay))
            continue;
        if (!any)
            fprintf(out, "%s\n", title);
        any = true;
        short_line(out, one, style);
    }
    if (any)
        fputc('\n', out);
}

static void warnings(FILE *out, const json_t *cases, const struct style *style)
{
    bool any = false;
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        if (case_verdict(one) != VERDICT_WARN || overlay_is(one, "KNOWN"))
            continue;
        any = true;
        short_line(out, one, style);
    }
    if (any)
        fputc('\n', out);
}

/* ---- records and skips ---- */

/* What the cases of one rule recorded, each value once with how often. */
enum { VALUES = 12, VALUE_LEN = 72 };
struct recorded {
    const char *rule;
    unsigned count, times[VALUES];
    char value[VALUES][VALUE_LEN];
};

static void recorded_add(struct recorded *r, const char *value)
{
    unsigned i = 0;
    while (i < r->count && strcmp(r->value[i], value) != 0)
        i++;
    if (i == VALUES)
        return;
    if (i == r->count) {
        snprintf(r->value[i], VALUE_LEN, "%s", value);
        r->times[r->count++] = 0;
    }
    r->times[i]++;
}

static void recorded_value(struct recorded *r, const json_t *entry)
{
    char number[32], value[VALUE_LEN];
    json_int_t n = json_integer_value(json_object_get(entry, "value"));
    if (json_is_true(json_object_get(entry, "time")))
        text_duration((uint64_t)n, number, sizeof number);
    else
        snprintf(number, sizeof number, "%lld", (long long)n);
    snprintf(value, sizeof value, "%.36s %s", human_get(entry, "name"), number);
    recorded_add(r, value);
}

static void recorded_case(struct recorded *r, const json_t *one)
{
    const json_t *values = json_object_get(one, "records");
    const json_t *choices = json_object_get(one, "choices");
    for (size_t i = 0; i < json_array_size(values); i++)
        recorded_value(r, json_array_get(values, i));
    for (size_t i = 0; i < json_array_size(choices); i++)
        recorded_add(r, json_string_value(json_array_get(choices, i)));
}

static void recorded_print(FILE *out, const struct recorded *r, bool *any)
{
    if (!r->count)
        return;
    if (!*any)
        fputs("Recorded: values, and which lawful alternative was met\n", out);
    *any = true;
    fputs("  ", out);
    text_left(out, r->rule, 38);
    for (unsigned i = 0; i < r->count; i++) {
        fprintf(out, "%s%s", i ? ", " : " ", r->value[i]);
        if (r->times[i] > 1)
            fprintf(out, " (%u)", r->times[i]);
    }
    fputc('\n', out);
}

static void records(FILE *out, const json_t *cases)
{
    struct recorded r = {.rule = ""};
    bool any = false;
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        if (strcmp(r.rule, human_get(one, "rule")) != 0) {
            recorded_print(out, &r, &any);
            r.rule = human_get(one, "rule");
            r.count = 0;
        }
        recorded_case(&r, one);
    }
    recorded_print(out, &r, &any);
    if (any)
        fputc('\n', out);
}

/** Reasons that differ in a number alone are one. */
static const char *without_numbers(const char *text, char *buf, size_t cap)
{
    size_t n = 0;
    for (const char *p = text; *p && n + 4 < cap; p++) {
        if (*p < '0' || *p > '9' || (p > text && p[-1] != ' ')) {
            buf[n++] = *p;
            continue;
        }
        p += strspn(p, "0123456789.") - 1;
        memcpy(buf + n, "…", 3);
        n += 3;
    }
    buf[n] = '\0';
    return buf;
}

static void skips(FILE *out, const json_t *cases, const struct style *style)
{
    json_t *reasons = json_object();
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        if (case_verdict(one) != VERDICT_SKIP)
            continue;
        char plain[512];
        const char *why = without_numbers(human_get(one, "message"), plain, sizeof plain);
        json_int_t n = json_integer_value(json_object_get(reasons, why));
        json_object_set_new(reasons, why, json_integer(n + 1));
    }
    if (json_object_size(reasons))
        fputs("Skipped\n", out);
    for (void *it = json_object_iter(reasons); it; it = json_object_iter_next(reasons, it)) {
        fprintf(out, "  %5lld  ", (long long)json_integer_value(json_object_iter_value(it)));
        text_wrap(out, json_object_iter_key(it), 9, 9, style->width);
        fputc('\n', out);
    }
    if (json_object_size(reasons))
        fputc('\n', out);
    json_decref(reasons);
}

/* ---- summary ---- */

static json_int_t number(const json_t *summary, const char *key)
{
    return json_integer_value(json_object_get(summary, key));
}

static void overlay_counts(FILE *out, const json_t *sum)
{
    static const char *const keys[] = {"known", "new", "fixed", "changed", "flaky"};
    bool any = false;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (number(sum, keys[i])) {
            fprintf(out, "%s%lld %s", any ? ", " : " (", (long long)number(sum, keys[i]), keys[i]);
            any = true;
        }
    if (any)
        fputc(')', out);
}

static void summary(FILE *out, const json_t *report, const struct style *style)
{
    static const char *const always[] = {"fail", "pass", "warn", "info", "skip", "inconc"};
    static const char *const rare[] = {"crash", "hang", "error"};
    char wall[32], virtual_time[32];
    const json_t *sum = json_object_get(report, "summary");
    json_int_t code = json_integer_value(json_object_get(report, "exit"));
    human_colored(out, code ? VERDICT_FAIL : VERDICT_PASS, code ? "NOT OK" : "OK", style);
    fprintf(out, "  %lld cases: ", (long long)number(sum, "cases"));
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        fprintf(out, "%s%lld %s", i ? " · " : "", (long long)number(sum, always[i]), always[i]);
    for (size_t i = 0; i < sizeof rare / sizeof *rare; i++)
        if (number(sum, rare[i]))
            fprintf(out, " · %lld %s", (long long)number(sum, rare[i]), rare[i]);
    overlay_counts(out, sum);
    text_duration((uint64_t)number(report, "wall_ms") * 1000000u, wall, sizeof wall);
    text_duration((uint64_t)number(report, "elapsed_ns"), virtual_time, sizeof virtual_time);
    fprintf(out, "   %s, %s on the stack's clock\n", wall, virtual_time);
    if (json_object_get(report, "interrupted"))
        fprintf(out, "    interrupted: %lld of %lld cases were played\n",
                (long long)number(sum, "cases"), (long long)number(report, "planned"));
}

static void everything(FILE *out, const json_t *report, const struct style *style)
{
    const json_t *cases = json_object_get(report, "cases");
    if (style->verbose >= 0) {
        head(out, report);
        areas(out, cases, style);
    }
    failures(out, report, style);
    if (style->verbose >= 0) {
        overlay_list(out, cases, "KNOWN", "Known deviations", style);
        overlay_list(out, cases, "FIXED", "Fixed: the deviation on record was not seen", style);
        if (style->verbose == 0)
            warnings(out, cases, style);
        records(out, cases);
        skips(out, cases, style);
    }
    summary(out, report, style);
}

int report_human(FILE *out, const json_t *report, const struct style *style)
{
    char *text = NULL;
    size_t len = 0;
    FILE *memory = open_memstream(&text, &len);
    if (!memory)
        return -1;
    everything(memory, report, style);
    fclose(memory);
    if (style->ascii)
        text_ascii(out, text);
    else
        fputs(text, out);
    free(text);
    return fflush(out) ? -1 : 0;
}
