/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables of what a rule may say. Each map of the format is a table of keys; the reader and the
 * JSON Schema are both driven by them, so neither can know a key that the other does not.
 */
#ifndef HARNESS_SCENARIO_YAML_KEYS_H
#define HARNESS_SCENARIO_YAML_KEYS_H

#include "scenario/scenario.h"
#include "scenario/yaml_events.h"

struct yaml_reader;
struct yaml_table;

/** What stands behind a key, and the type of the field it goes to. */
enum yaml_type {
    YAML_NUMBER, /* struct scn_expr: a number */
    YAML_TIME,   /* struct scn_expr: a duration */
    YAML_VALUE,  /* struct scn_expr: either */
    YAML_RANGE,  /* struct scn_range */
    YAML_NS,     /* uint64_t: a duration known when the file is read */
    YAML_BOOL,   /* an octet: true or false */
    YAML_CHOICE, /* an octet: one of `words` */
    YAML_INT,    /* an integer of `size` octets, `min` to `max`, or one of `words` */
    YAML_TEXT,   /* const char * */
    YAML_HEX,    /* uint64_t */
    YAML_FLAGS,  /* uint16_t: letters of a segment's flags */
    YAML_IDS,    /* const char *[SCN_CLAUSES]: ids of the catalogue */
    YAML_MAP,    /* fields of `table` in the same struct */
    YAML_CUSTOM, /* `read` knows */
};

struct yaml_word {
    const char *word;
    int64_t value;
};

struct yaml_key {
    const char *name, *says;
    uint8_t type; /* enum yaml_type */
    bool required;
    bool aside;      /* does not count as the `one` of its table */
    uint8_t size;    /* YAML_INT: octets of the field */
    uint16_t offset; /* of the field in the struct that is read into */
    int64_t min, max;
    const struct yaml_word *words;  /* ends with a NULL */
    const struct yaml_table *table; /* YAML_MAP; YAML_CUSTOM for the schema */
    bool (*read)(struct yaml_reader *r, const struct yaml_key *key, const struct yaml_node *value,
                 void *base);
    const char *schema; /* YAML_CUSTOM: the JSON Schema of the value, or NULL if it is `table` */
};

struct yaml_table {
    const char *name; /* as errors name the map, and in the schema */
    const struct yaml_key *keys;
    size_t count;
    bool one; /* exactly one of the keys that are not `aside` stands in such a map */
};

/** Read a map into the struct at BASE; every key of it that is unknown or missing is an error. */
bool yaml_read_map(struct yaml_reader *r, const struct yaml_table *table,
                   const struct yaml_node *map, void *base);
/** Read one value of a key. */
bool yaml_read_value(struct yaml_reader *r, const struct yaml_key *key,
                     const struct yaml_node *value, void *base);
const struct yaml_key *yaml_table_find(const struct yaml_table *table, const char *name);

/* ---- what custom readers need; each tells its error itself ---- */

bool yaml_fail(struct yaml_reader *r, const struct yaml_node *node, const char *hint,
               const char *format, ...) __attribute__((format(printf, 4, 5)));
/** NODE with every `$name` replaced by what it stands for in this case; NULL after an error. */
const struct yaml_node *yaml_resolve(struct yaml_reader *r, const struct yaml_node *node);
/** The text of a scalar, resolved; NULL after an error. KEY names it in errors. */
const char *yaml_text(struct yaml_reader *r, const struct yaml_node *node, const char *key);
bool yaml_read_expr(struct yaml_reader *r, const struct yaml_node *node, const char *key, int want,
                    struct scn_expr *ret_expr);
bool yaml_read_int(struct yaml_reader *r, const struct yaml_node *node, const char *key,
                   int64_t min, int64_t max, int64_t *ret_value);
/** A word of the list; NULL, with an error, if it is none. */
const struct yaml_word *yaml_read_word(struct yaml_reader *r, const struct yaml_node *node,
                                       const char *key, const struct yaml_word *words);

#endif
