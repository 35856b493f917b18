/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors with their place, in the form that compilers use and editors understand. */
#include "scenario/yaml_errors.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 100 }; /* columns of a line that are shown */

void yaml_errors_begin(struct yaml_errors *e, struct arena *memory, const char *name,
                       const char *text, size_t len)
{
    e->memory = memory;
    e->name = name;
    e->text = text;
    e->len = len;
    e->count = 0;
}

static bool known(const struct yaml_errors *e, const struct yaml_place *place, const char *message)
{
    for (unsigned i = 0; i < e->count; i++) {
        const struct yaml_error *item = &e->item[i];
        if (item->line == place->line && item->column == place->column &&
            strcmp(item->message, message) == 0)
            return true;
    }
    return false;
}

void yaml_error(struct yaml_errors *e, struct yaml_place place, const char *hint,
                const char *format, ...)
{
    char message[400];
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (e->count == YAML_ERRORS_MAX || known(e, &place, message))
        return;
    struct yaml_error *item = &e->item[e->count++];
    *item = (struct yaml_error){
        .line = place.line,
        .column = place.column,
        .message = arena_copy(e->memory, message, strlen(message)),
        .hint = {hint, NULL},
    };
    if (place.raw != NULL)
        item->hint[hint != NULL] =
            arena_printf(e->memory, "\"%.60s\" stands for \"%.100s\" here", place.raw, place.text);
}

const char *yaml_did_you_mean(struct yaml_errors *e, const char *name)
{
    return name == NULL ? NULL : arena_printf(e->memory, "did you mean \"%s\"?", name);
}

static int by_place(const void *a, const void *b)
{
    const struct yaml_error *left = a, *right = b;

    if (left->line != right->line)
        return left->line < right->line ? -1 : 1;
    if (left->column != right->column)
        return left->column < right->column ? -1 : 1;
    return strcmp(left->message, right->message);
}

/* Where line N (from 1) begins, or NULL. */
static const char *line_at(const struct yaml_errors *e, uint32_t n, size_t *ret_len)
{
    const char *at = e->text, *end = e->text + e->len;

    for (; n > 1 && at != NULL && at < end; n--) {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at != NULL ? at + 1 : NULL;
    }
    if (at == NULL || at >= end)
        return NULL;
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    *ret_len = (size_t)((stop != NULL ? stop : end) - at);
    return at;
}

static bool begins_character(char octet)
{
    return ((unsigned char)octet & 0xc0) != 0x80;
}

/* The characters FROM to FROM + SHOWN of the line; what would move a terminal's cursor is a space.
 */
static void print_line(FILE *out, const char *line, size_t len, uint32_t from)
{
    uint32_t column = 0;

    for (size_t i = 0; i < len; i++) {
        column += begins_character(line[i]);
        if (column > from + SHOWN)
            break;
        if (column > from && line[i] != '\r')
            putc((unsigned char)line[i] < ' ' || line[i] == 0x7f ? ' ' : line[i], out);
    }
    putc('\n', out);
}

static void print_place(const struct yaml_errors *e, const struct yaml_error *item, FILE *out)
{
    size_t len = 0;
    const char *line = e->text != NULL && item->line > 0 ? line_at(e, item->line, &len) : NULL;

    if (line == NULL)
        return;
    uint32_t from = item->column > SHOWN - 10 ? item->column - SHOWN / 2 : 0;
    fprintf(out, "%5u | ", item->line);
    print_line(out, line, len, from);
    fprintf(out, "      | %*s^\n", (int)(item->column - 1 - from), "");
}

unsigned yaml_errors_print(struct yaml_errors *e, FILE *out)
{
    qsort(e->item, e->count, sizeof *e->item, by_place);
    for (unsigned i = 0; i < e->count; i++) {
        const struct yaml_error *item = &e->item[i];
        if (item->line > 0)
            fprintf(out, "%s:%u:%u: error: %s\n", e->name, item->line, item->column, item->message);
        else
            fprintf(out, "%s: error: %s\n", e->name, item->message);
        print_place(e, item, out);
        for (unsigned h = 0; h < 2 && item->hint[h] != NULL; h++)
            fprintf(out, "      = %s\n", item->hint[h]);
    }
    if (e->count == YAML_ERRORS_MAX)
        fprintf(out, "%s: only the first %d errors are shown\n", e->name, YAML_ERRORS_MAX);
    return e->count;
}
