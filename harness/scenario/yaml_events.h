/* SPDX-License-Identifier: BSD-2-Clause */
/* A YAML document as a small tree in which every scalar knows its place. */
#ifndef HARNESS_SCENARIO_YAML_EVENTS_H
#define HARNESS_SCENARIO_YAML_EVENTS_H

#include "scenario/yaml_errors.h"

enum { YAML_SIZE_MAX = 1024 * 1024, YAML_DEPTH_MAX = 16, YAML_KEYS_MAX = 500 };

enum yaml_kind { YAML_IS_SCALAR, YAML_IS_MAP, YAML_IS_LIST };

struct yaml_node {
    uint8_t kind; /* enum yaml_kind */
    bool quoted;  /* scalar: in quotes, or a block of text */
    bool bad;     /* an error was told already; say nothing more of it */
    bool used;    /* for the readers: somebody asked for it */
    uint32_t line, column;
    uint32_t count;        /* of entries */
    const char *text;      /* scalar; no octet of it is NUL */
    const char *raw;       /* scalar as written, where `text` has `$name` replaced; else NULL */
    struct yaml_node *key; /* of this entry, where it stands in a map */
    struct yaml_node *child, *next;
};

enum yaml_dialect {
    YAML_RULES, /* scalars that YAML versions read differently are errors */
    YAML_PLAIN, /* they are text */
};

/**
 * Read a text that ERRORS was begun with. NULL when there is no tree: the text is no YAML, too long
 * or empty. With a tree there may be errors too: tags, aliases, duplicate keys and the like.
 */
struct yaml_node *yaml_tree(struct yaml_errors *errors, enum yaml_dialect dialect);
/** The contents of a file in memory of the arena, or NULL with an error. */
const char *yaml_slurp(struct arena *memory, const char *path, size_t *ret_len,
                       struct yaml_errors *errors);

struct yaml_place yaml_place(const struct yaml_node *node);
/** The entry of a map with that key, or NULL. */
struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);
/** "a map", "a list", "text": for errors. */
const char *yaml_kind_name(const struct yaml_node *node);

#endif
