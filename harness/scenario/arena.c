/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that is given back all at once. */
#include "scenario/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 64 * 1024 };

struct arena_chunk {
    struct arena_chunk *before;
    size_t used, size;
    _Alignas(max_align_t) char octets[];
};

static void chunk_add(struct arena *a, size_t least)
{
    size_t size = least > CHUNK ? least : CHUNK;
    struct arena_chunk *chunk =
        size > SIZE_MAX - sizeof *chunk ? NULL : malloc(sizeof *chunk + size);

    if (chunk == NULL) {
        fputs("tcpassay: out of memory\n", stderr);
        exit(4);
    }
    *chunk = (struct arena_chunk){.before = a->last, .size = size};
    a->last = chunk;
}

void *arena_alloc(struct arena *a, size_t size)
{
    const size_t unit = _Alignof(max_align_t);
    size_t rounded = (size + unit - 1) / unit * unit;

    if (a->last == NULL || a->last->size - a->last->used < rounded)
        chunk_add(a, rounded);
    void *memory = a->last->octets + a->last->used;
    a->last->used += rounded;
    return memset(memory, 0, rounded);
}

char *arena_copy(struct arena *a, const char *text, size_t len)
{
    char *copy = arena_alloc(a, len + 1);

    if (len > 0)
        memcpy(copy, text, len);
    return copy;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, format);
    int len = vasprintf(&text, format, args);
    va_end(args);
    char *copy = len < 0 ? arena_alloc(a, 1) : arena_copy(a, text, (size_t)len);
    if (len >= 0)
        free(text);
    return copy;
}

struct arena_mark arena_mark(const struct arena *a)
{
    return (struct arena_mark){a->last, a->last != NULL ? a->last->used : 0};
}

void arena_rewind(struct arena *a, struct arena_mark mark)
{
    while (a->last != mark.chunk) {
        struct arena_chunk *before = a->last->before;
        free(a->last);
        a->last = before;
    }
    if (a->last != NULL)
        a->last->used = mark.used;
}

bool array_room(void *array, size_t count, size_t *capacity, size_t size)
{
    void *elements;

    if (count < *capacity)
        return true;
    size_t larger = *capacity == 0 ? 64 : 2 * *capacity;
    memcpy(&elements, array, sizeof elements);
    void *grown = realloc(elements, larger * size);
    if (grown == NULL)
        return false;
    memcpy(array, &grown, sizeof grown); /* `array` is the address of a pointer of any type */
    *capacity = larger;
    // cppcheck-suppress memleak ; it is kept by the copy
    return true;
}

void arena_free(struct arena *a)
{
    arena_rewind(a, (struct arena_mark){NULL, 0});
}
