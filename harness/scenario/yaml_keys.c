/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a map by its table of keys, and the plain types of values. */
#include "scenario/yaml_keys.h"
#include "scenario/suggest.h"
#include "scenario/yaml_reader.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

bool yaml_fail(struct yaml_reader *r, const struct yaml_node *node, const char *hint,
               const char *format, ...)
{
    char message[300];
    va_list args;

    if (node->bad)
        return false;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    yaml_error(r->errors, yaml_place(node), hint, "%s", message);
    return false;
}

/* ---- values ---- */

const char *yaml_text(struct yaml_reader *r, const struct yaml_node *node, const char *key)
{
    if (node->bad)
        return NULL;
    if (node->kind != YAML_IS_SCALAR) {
        yaml_fail(r, node, NULL, "\"%s\" takes one value, not %s", key, yaml_kind_name(node));
        return NULL;
    }
    const struct yaml_node *resolved = yaml_resolve(r, node);
    return resolved != NULL ? resolved->text : NULL;
}

/* The error of an expression points into the scalar where what was written is what was read. */
static bool expr_failed(struct yaml_reader *r, const struct yaml_node *node,
                        const struct expr_error *error)
{
    struct yaml_place place = yaml_place(node);

    if (!node->quoted && node->raw == NULL && strchr(node->text, '\n') == NULL)
        place.column += (uint32_t)error->at;
    yaml_error(r->errors, place, yaml_did_you_mean(r->errors, error->suggest), "%s",
               error->message);
    return false;
}

/* The resolved scalar, or NULL after an error. */
static const struct yaml_node *scalar(struct yaml_reader *r, const struct yaml_node *node,
                                      const char *key)
{
    if (node->kind == YAML_IS_SCALAR && !node->bad)
        return yaml_resolve(r, node);
    yaml_text(r, node, key);
    return NULL;
}

bool yaml_read_expr(struct yaml_reader *r, const struct yaml_node *node, const char *key, int want,
                    struct scn_expr *ret_expr)
{
    struct expr_names names = yaml_bound_names(r);
    struct expr_error error;
    const struct yaml_node *value = scalar(r, node, key);

    if (value == NULL)
        return false;
    return expr_parse(value->text, (enum expr_want)want, &names, ret_expr, &error) ||
           expr_failed(r, value, &error);
}

static bool read_range(struct yaml_reader *r, const struct yaml_node *node, const char *key,
                       struct scn_range *ret_range)
{
    struct expr_names names = yaml_bound_names(r);
    struct expr_error error;
    const struct yaml_node *value = scalar(r, node, key);

    if (value == NULL)
        return false;
    return expr_parse_range(value->text, &names, ret_range, &error) ||
           expr_failed(r, value, &error);
}

static bool read_constant(struct yaml_reader *r, const struct yaml_node *node, const char *key,
                          enum expr_want want, int64_t *ret_value)
{
    struct expr_error error;
    struct scn_expr expr;
    const struct yaml_node *value = scalar(r, node, key);

    if (value == NULL)
        return false;
    if (!expr_parse(value->text, want, NULL, &expr, &error))
        return expr_failed(r, value, &error);
    return expr_constant(&expr, ret_value) ||
           yaml_fail(r, value, NULL, "\"%s\" takes a plain %s", key,
                     want == EXPR_TIME ? "duration" : "number");
}

bool yaml_read_int(struct yaml_reader *r, const struct yaml_node *node, const char *key,
                   int64_t min, int64_t max, int64_t *ret_value)
{
    int64_t value;

    if (!read_constant(r, node, key, EXPR_COUNT, &value))
        return false;
    if (value < min || value > max)
        return yaml_fail(r, node, NULL, "\"%s\" is a number from %lld to %lld", key, (long long)min,
                         (long long)max);
    *ret_value = value;
    return true;
}

static const struct yaml_word *find_word(const struct yaml_word *words, const char *text)
{
    for (; words != NULL && words->word != NULL; words++)
        if (strcmp(words->word, text) == 0)
            return words;
    return NULL;
}

const struct yaml_word *yaml_read_word(struct yaml_reader *r, const struct yaml_node *node,
                                       const char *key, const struct yaml_word *words)
{
    const char *text = yaml_text(r, node, key);
    const struct yaml_word *word = text != NULL ? find_word(words, text) : NULL;
    char list[160] = "";

    if (text == NULL || word != NULL)
        return word;
    struct suggest s = {.written = text};
    for (; words->word != NULL; words++) {
        size_t len = strlen(list);
        snprintf(list + len, sizeof list - len, "%s%s", len > 0 ? " " : "", words->word);
        suggest_offer(&s, words->word);
    }
    yaml_fail(r, node, yaml_did_you_mean(r->errors, s.best), "\"%.40s\" is none of: %s", text,
              list);
    return NULL;
}

static bool read_bool(struct yaml_reader *r, const struct yaml_node *node, const char *key,
                      int64_t *ret_value)
{
    static const struct yaml_word words[] = {{"true", 1}, {"false", 0}, {NULL, 0}};
    const struct yaml_word *word = yaml_read_word(r, node, key, words);

    if (word != NULL)
        *ret_value = word->value;
    return word != NULL;
}

static bool read_hex(struct yaml_reader *r, const struct yaml_node *node, const char *key,
                     uint64_t *ret_value)
{
    const char *text = yaml_text(r, node, key);

    if (text == NULL)
        return false;
    size_t len = strlen(text);
    if (len == 0 || len > 16 || strspn(text, "0123456789abcdefABCDEF") != len)
        return yaml_fail(r, node, NULL, "\"%s\" is 1 to 16 hexadecimal digits", key);
    *ret_value = strtoull(text, NULL, 16);
    return true;
}

static bool read_flags(struct yaml_reader *r, const struct yaml_node *node, const char *key,
                       uint16_t *ret_flags)
{
    static const char letters[] = "SAFRPUEC";
    static const uint16_t flag[] = {WIRE_SYN, WIRE_ACK, WIRE_FIN, WIRE_RST,
                                    WIRE_PSH, WIRE_URG, WIRE_ECE, WIRE_CWR};
    const char *text = yaml_text(r, node, key);
    uint16_t flags = 0;

    if (text == NULL)
        return false;
    bool none = strcmp(text, "none") == 0;
    for (const char *at = text; !none && *at != '\0'; at++) {
        const char *letter = strchr(letters, *at);
        if (letter == NULL)
            return yaml_fail(r, node, NULL,
                             "flags are letters of S A F R P U E C, or none; not \"%.20s\"", text);
        flags |= flag[letter - letters];
    }
    *ret_flags = flags;
    return true;
}

static bool read_id(struct yaml_reader *r, const struct yaml_node *node, const char **ret_id)
{
    const char *text = yaml_text(r, node, "clause");

    if (text == NULL)
        return false;
    const struct clause *clause = catalogue_find(r->catalogue, text);
    if (clause == NULL)
        return yaml_fail(r, node,
                         yaml_did_you_mean(r->errors, catalogue_suggest(r->catalogue, text)),
                         "no requirement \"%.60s\" in specs/requirements", text);
    *ret_id = clause->id;
    return true;
}

static bool read_ids(struct yaml_reader *r, const struct yaml_node *node, const char **ids)
{
    bool fine = true;
    unsigned n = 0;

    if (node->kind == YAML_IS_SCALAR)
        return read_id(r, node, &ids[0]);
    if (node->kind != YAML_IS_LIST || node->count == 0)
        return yaml_fail(r, node, NULL, "\"clause\" is a list of ids of specs/requirements");
    for (const struct yaml_node *id = node->child; id != NULL; id = id->next) {
        if (n == SCN_CLAUSES)
            return yaml_fail(r, id, NULL, "more than %d clauses", SCN_CLAUSES);
        fine &= read_id(r, id, &ids[n++]);
    }
    return fine;
}

/* ---- one key ---- */

static void store(void *field, unsigned size, int64_t value)
{
    uint64_t bits = (uint64_t)value;

    if (size == 1)
        *(uint8_t *)field = (uint8_t)bits;
    else if (size == 2)
        *(uint16_t *)field = (uint16_t)bits;
    else if (size == 4)
        *(uint32_t *)field = (uint32_t)bits;
    else
        *(uint64_t *)field = bits;
}

/* Types that come down to an integer. */
static bool read_integer(struct yaml_reader *r, const struct yaml_key *key,
                         const struct yaml_node *value, int64_t *ret_number, unsigned *ret_size)
{
    const struct yaml_word *word = NULL;

    *ret_size = 1;
    if (key->type == YAML_BOOL)
        return read_bool(r, value, key->name, ret_number);
    if (key->type == YAML_NS) {
        *ret_size = 8;
        return read_constant(r, value, key->name, EXPR_TIME, ret_number);
    }
    if (key->type == YAML_INT) {
        *ret_size = key->size;
        const char *text = key->words != NULL ? yaml_text(r, value, key->name) : NULL;
        word = text != NULL ? find_word(key->words, text) : NULL;
        if (word == NULL)
            return yaml_read_int(r, value, key->name, key->min, key->max, ret_number);
    } else {
        word = yaml_read_word(r, value, key->name, key->words);
    }
    if (word != NULL)
        *ret_number = word->value;
    return word != NULL;
}

static bool read_text(struct yaml_reader *r, const struct yaml_key *key,
                      const struct yaml_node *value, const char **ret_text)
{
    const char *text = yaml_text(r, value, key->name);

    if (text == NULL)
        return false;
    if (*text == '\0')
        return yaml_fail(r, value, NULL, "\"%s\" is empty", key->name);
    size_t len = strlen(text);
    while (len > 1 && text[len - 1] == '\n') /* what `>` and `|` leave behind */
        len--;
    *ret_text = arena_copy(r->book, text, len);
    return true;
}

bool yaml_read_value(struct yaml_reader *r, const struct yaml_key *key,
                     const struct yaml_node *value, void *base)
{
    void *field = (char *)base + key->offset;
    int64_t number = 0;
    unsigned size;

    switch ((enum yaml_type)key->type) {
    case YAML_NUMBER:
        return yaml_read_expr(r, value, key->name, EXPR_COUNT, field);
    case YAML_TIME:
        return yaml_read_expr(r, value, key->name, EXPR_TIME, field);
    case YAML_VALUE:
        return yaml_read_expr(r, value, key->name, EXPR_VALUE, field);
    case YAML_RANGE:
        return read_range(r, value, key->name, field);
    case YAML_TEXT:
        return read_text(r, key, value, field);
    case YAML_HEX:
        return read_hex(r, value, key->name, field);
    case YAML_FLAGS:
        return read_flags(r, value, key->name, field);
    case YAML_IDS:
        return read_ids(r, value, field);
    case YAML_MAP:
        return yaml_read_map(r, key->table, value, field);
    case YAML_CUSTOM:
        return key->read(r, key, value, base);
    case YAML_NS:
    case YAML_BOOL:
    case YAML_CHOICE:
    case YAML_INT:
        if (!read_integer(r, key, value, &number, &size))
            return false;
        store(field, size, number);
        return true;
    }
    return false;
}

/* ---- maps ---- */

const struct yaml_key *yaml_table_find(const struct yaml_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->keys[i].name, name) == 0)
            return &table->keys[i];
    return NULL;
}

static bool unknown_key(struct yaml_reader *r, const struct yaml_table *table,
                        const struct yaml_node *name)
{
    struct suggest s = {.written = name->text};

    for (size_t i = 0; i < table->count; i++)
        suggest_offer(&s, table->keys[i].name);
    return yaml_fail(r, name, yaml_did_you_mean(r->errors, s.best), "unknown key \"%.60s\"",
                     name->text);
}

static bool check_required(struct yaml_reader *r, const struct yaml_table *table,
                           const struct yaml_node *map)
{
    bool fine = true;

    for (size_t i = 0; i < table->count; i++)
        if (table->keys[i].required && yaml_get(map, table->keys[i].name) == NULL)
            fine = yaml_fail(r, map, NULL, "%s needs \"%s\"", table->name, table->keys[i].name);
    return fine;
}

/* Of the keys that are not `aside` exactly one stands in the map. */
static bool check_one(struct yaml_reader *r, const struct yaml_table *table,
                      const struct yaml_node *map)
{
    const struct yaml_node *first = NULL;

    for (const struct yaml_node *entry = map->child; entry != NULL; entry = entry->next) {
        const struct yaml_key *key = yaml_table_find(table, entry->key->text);
        if (key == NULL)
            return false; /* told */
        if (key->aside)
            continue;
        if (first != NULL)
            return yaml_fail(r, entry->key, NULL, "\"%s\" beside \"%s\": %s takes one of them",
                             key->name, first->key->text, table->name);
        first = entry;
    }
    return first != NULL || yaml_fail(r, map, NULL, "nothing in %s says what to do", table->name);
}

bool yaml_read_map(struct yaml_reader *r, const struct yaml_table *table,
                   const struct yaml_node *map, void *base)
{
    bool fine = true;

    if (map->bad)
        return false;
    if (map->kind != YAML_IS_MAP)
        return yaml_fail(r, map, NULL, "%s is a map, not %s", table->name, yaml_kind_name(map));
    for (const struct yaml_node *entry = map->child; entry != NULL; entry = entry->next) {
        const struct yaml_key *key = yaml_table_find(table, entry->key->text);
        if (key == NULL)
            fine = unknown_key(r, table, entry->key);
        else
            fine &= yaml_read_value(r, key, entry, base);
    }
    fine &= check_required(r, table, map);
    if (table->one)
        fine &= check_one(r, table, map);
    return fine;
}
