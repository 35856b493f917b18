/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that is given back all at once: the strings and steps of a rule book, the tree of a file.
 */
#ifndef HARNESS_SCENARIO_ARENA_H
#define HARNESS_SCENARIO_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_chunk;
struct arena {
    struct arena_chunk *last; /* NULL: nothing allocated yet; so `{0}` is an empty arena */
};
struct arena_mark {
    struct arena_chunk *chunk;
    size_t used;
};

/**
 * SIZE octets of zeros, aligned for anything. Never NULL: without memory the program cannot do its
 * work, says so and ends with status 4.
 */
void *arena_alloc(struct arena *a, size_t size);
char *arena_copy(struct arena *a, const char *text, size_t len); /* with a NUL behind it */
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct arena_mark arena_mark(const struct arena *a);
void arena_rewind(struct arena *a, struct arena_mark mark); /* give back all since MARK */
void arena_free(struct arena *a);

/**
 * Room for one more element in an array of COUNT elements of SIZE octets that doubles as it grows.
 * ARRAY points to the pointer to it. False without memory.
 */
bool array_room(void *array, size_t count, size_t *capacity, size_t size);

#endif
