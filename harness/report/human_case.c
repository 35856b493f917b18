/* SPDX-License-Identifier: BSD-2-Clause */
/* One case in full: what was wanted, what came, the ladder, the clause, and how to see it again. */
#include "report/human.h"
#include "report/ladder.h"

#include <string.h>

static void title(FILE *out, const json_t *one, const struct style *style)
{
    char text[48], place[96] = "";
    enum verdict v = case_verdict(one);
    const json_t *req = json_object_get(one, "requirement");
    const char *overlay = human_get(one, "baseline");
    snprintf(text, sizeof text, "%s %s",
             v == VERDICT_PASS     ? "✔"
             : v == VERDICT_WARN   ? "▲"
             : v == VERDICT_INCONC ? "?"
                                   : "✖",
             verdict_name(v));
    human_colored(out, v, text, style);
    fprintf(out, "%s%s  ", *overlay ? " " : "", overlay);
    if (req)
        snprintf(place, sizeof place, "%s   RFC%s %s %s", human_get(req, "level"),
                 human_get(req, "rfc"), human_get(req, "section"), human_get(req, "id"));
    else
        snprintf(place, sizeof place, "%s   %s", human_get(one, "level"), human_get(one, "clause"));
    const char *id = human_get(one, "id");
    int used = text_width(text) + (int)strlen(overlay) + (*overlay ? 1 : 0) + 2 + text_width(id);
    int gap = style->width - used - text_width(place);
    fprintf(out, "%s%*s%s\n", id, gap > 2 ? gap : 2, "", place);
    if (*human_get(one, "title")) {
        fputs("  ", out);
        text_wrap(out, human_get(one, "title"), 2, 2, style->width);
        fputc('\n', out);
    }
}

static void sentence(FILE *out, const char *what, const char *text, const struct style *style)
{
    if (!*text)
        return;
    fputs("  ", out);
    text_left(out, what, 9);
    text_wrap(out, text, 11, 11, style->width);
    fputc('\n', out);
}

/** What was wanted, at which step, in which line of which file. */
static void wanted(FILE *out, const json_t *one, const struct style *style)
{
    char text[512], where[256];
    const json_t *step = json_object_get(one, "step");
    const char *what = human_get(one, "wanted");
    if (!step) {
        sentence(out, "wanted", what, style);
        return;
    }
    snprintf(text, sizeof text, "step %lld: %s",
             (long long)json_integer_value(json_object_get(step, "label")),
             *what ? what : human_get(step, "verb"));
    snprintf(where, sizeof where, "%s:%lld", human_get(step, "file"),
             (long long)json_integer_value(json_object_get(step, "line")));
    int gap = style->width - 11 - text_width(text) - text_width(where);
    if (gap < 2) {
        sentence(out, "wanted", text, style);
        sentence(out, "", where, style);
        return;
    }
    fprintf(out, "  wanted   %s%*s%s\n", text, gap, "", where);
}

/** With --repeat: the verdicts there were. */
static void flaky(FILE *out, const json_t *one, const struct style *style)
{
    char text[128] = "verdicts varied:";
    const json_t *list = json_object_get(one, "flaky");
    for (size_t i = 0; i < json_array_size(list); i++) {
        size_t n = strlen(text);
        snprintf(text + n, sizeof text - n, " %s", json_string_value(json_array_get(list, i)));
    }
    if (list)
        sentence(out, "FLAKY", text, style);
}

static void story(FILE *out, const json_t *one, const struct style *style)
{
    const char *saw = human_get(one, "saw"), *say = human_get(one, "say");
    const char *message = human_get(one, "message");
    bool told = *saw && !strncmp(message, "wanted ", 7);
    fputc('\n', out);
    wanted(out, one, style);
    sentence(out, "saw", saw, style);
    if (*say)
        sentence(out, "so", say, style);
    if (!told && strcmp(say, message) != 0)
        sentence(out, *say ? "" : "so", message, style);
    flaky(out, one, style);
    sentence(out, "known", human_get(one, "known_why"), style);
    fputc('\n', out);
}

static void broken_invariants(FILE *out, const json_t *one, const struct style *style)
{
    char text[512], at[32];
    const json_t *list = json_object_get(one, "breaches");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *b = json_array_get(list, i);
        json_int_t ns = json_integer_value(json_object_get(b, "at_ns"));
        snprintf(text, sizeof text, "%s (%s, %s) at %s: %s", human_get(b, "invariant"),
                 human_get(b, "level"), human_get(b, "clause"),
                 text_seconds((uint64_t)ns, at, sizeof at), human_get(b, "message"));
        sentence(out, i ? "" : "broke", text, style);
    }
}

static void paraphrase(FILE *out, const json_t *one, const struct style *style)
{
    char place[96];
    const json_t *req = json_object_get(one, "requirement");
    if (!req)
        return;
    snprintf(place, sizeof place, "  %s  RFC %s %s   ", human_get(req, "id"), human_get(req, "rfc"),
             human_get(req, "section"));
    fputs(place, out);
    int column = text_width(place);
    text_wrap(out, human_get(req, "text"), column, column < 40 ? column : 11, style->width);
    fputs("\n\n", out);
}

static void again(FILE *out, const json_t *report, const json_t *one)
{
    const char *id = human_get(one, "id"), *pcap = human_get(one, "pcap");
    const char *fault = human_get(report, "fault"), *dir = human_get(report, "captures");
    json_int_t frame = json_integer_value(json_object_get(one, "frame"));
    const char *file = human_get(one, "file"), *dot = strrchr(file, '.');
    bool scenario = !strcmp(human_get(one, "kind"), "scenario");
    bool octets = scenario && !(dot && !strcmp(dot, ".yaml"));
    json_int_t repeat = json_integer_value(json_object_get(report, "repeat"));
    fprintf(out, "  again    tcpassay %s %s -s %s --seed %s%s%s", octets ? "repro" : "run",
            scenario ? file : id, human_get(report, "spec"), human_get(report, "seed"),
            *fault ? " --fault " : "", fault);
    if (repeat > 1)
        fprintf(out, " --repeat %lld", (long long)repeat);
    fputc('\n', out);
    if (*pcap) {
        fprintf(out, "  packets  %s/%s", dir, pcap);
        if (frame)
            fprintf(out, "   frame %lld\n           wireshark -r %s/%s -g %lld", (long long)frame,
                    dir, pcap, (long long)frame);
        fputc('\n', out);
    }
    if (!scenario)
        fprintf(out, "  more     tcpassay explain %s\n", human_get(one, "rule"));
}

void report_case(FILE *out, const json_t *report, const json_t *one, const struct style *style)
{
    const json_t *ladder = json_object_get(one, "ladder");
    title(out, one, style);
    story(out, one, style);
    if (ladder) {
        ladder_print(out, ladder, human_get(report, "stack"), style);
        fputc('\n', out);
    }
    broken_invariants(out, one, style);
    paraphrase(out, one, style);
    again(out, report, one);
}
