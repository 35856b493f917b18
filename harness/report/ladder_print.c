/* SPDX-License-Identifier: BSD-2-Clause */
/* The ladder on a terminal, 100 or 80 columns wide. */
#include "report/ladder.h"

#include <string.h>

struct layout {
    int body, edge, rest; /* columns */
};

static struct layout layout_of(const struct style *style)
{
    /* guilty sign 2, time 8, and two blanks before body, and before what follows the edge */
    struct layout l = {.body = 46, .edge = 14};
    if (style->width < 100)
        l = (struct layout){.body = 38, .edge = 12};
    l.rest = style->width - 2 - 8 - 2 - l.body - l.edge - 2;
    return l;
}

static const char *get(const json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));
    return text ? text : "";
}

static void body(FILE *out, const json_t *row, const struct layout *l)
{
    char text[320];
    const char *who = get(row, "who");
    int lost = json_is_true(json_object_get(row, "lost"));
    if (!strcmp(who, "tester")) {
        text_left(out, get(row, "text"), l->body - 4);
        fputs(lost ? " ──✖" : " ──▶", out);
        if (text_width(get(row, "text")) > l->body - 4)
            fputc(' ', out);
        return;
    }
    if (!strcmp(who, "stack"))
        snprintf(text, sizeof text, "%s %s%s", lost ? "✖──" : "◀──", get(row, "text"),
                 lost ? " lost" : "");
    else if (!strcmp(who, "note"))
        snprintf(text, sizeof text, "%s", get(row, "text"));
    else
        snprintf(text, sizeof text, "%s  %s", who, get(row, "text"));
    text_left(out, text, l->body);
    if (text_width(text) >= l->body)
        fputc(' ', out);
}

static void print_row(FILE *out, const json_t *row, const struct layout *l,
                      const struct style *style)
{
    char text[64];
    int guilty = json_is_true(json_object_get(row, "guilty"));
    if (!strcmp(get(row, "who"), "fold")) {
        fprintf(out, "              %s\n", get(row, "text"));
        return;
    }
    if (guilty && style->color)
        fputs("\033[31m", out);
    fputs(guilty ? "► " : "  ", out);
    text_right(
        out,
        text_seconds((uint64_t)json_integer_value(json_object_get(row, "at")), text, sizeof text),
        8);
    fputs("  ", out);
    body(out, row, l);
    text_right(out, get(row, "edge"), l->edge);
    const char *mark = get(row, "mark");
    const char *step = get(row, "step");
    if (*mark || *step)
        fprintf(out, "  %s%s", step, *step && *mark ? " " : "");
    if (*mark) {
        int indent = style->width - l->rest + text_width(step) + 1;
        text_wrap(out, mark, indent, indent, style->width);
    }
    fputs(guilty && style->color ? "\033[0m\n" : "\n", out);
}

void ladder_print(FILE *out, const json_t *rows, const char *stack, const struct style *style)
{
    struct layout l = layout_of(style);
    fputs("      time  ", out);
    text_left(out, "tester", l.body - text_width(stack));
    fputs(stack, out);
    text_right(out, "right edge", l.edge);
    fputs("  step\n", out);
    for (size_t i = 0; i < json_array_size(rows); i++)
        print_row(out, json_array_get(rows, i), &l, style);
}
