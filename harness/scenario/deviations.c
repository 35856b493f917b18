/* SPDX-License-Identifier: BSD-2-Clause */
/* What a stack is known to do otherwise: reading, asking, adding. */
#include "scenario/deviations.h"
#include "scenario/deviations_list.h"
#include "scenario/suggest.h"
#include "scenario/yaml_reader.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

struct deviations *deviations_new(void)
{
    return calloc(1, sizeof(struct deviations));
}

void deviations_free(struct deviations *d)
{
    if (d == NULL)
        return;
    arena_free(&d->memory);
    free(d->key);
    free(d->signature);
    free(d->clause);
    free(d->entry);
    free(d);
}

/* ---- adding ---- */

static bool keep_key(struct deviations *d, const struct deviation_key *key)
{
    if (!array_room(&d->key, d->keys, &d->key_capacity, sizeof *d->key))
        return false;
    d->key[d->keys++] = *key;
    return true;
}

static bool keep_clause(struct deviations *d, const struct deviation_clause *clause)
{
    if (!array_room(&d->clause, d->clauses, &d->clause_capacity, sizeof *d->clause))
        return false;
    d->clause[d->clauses++] = *clause;
    return true;
}

static bool keep_signature(struct deviations *d, const struct deviation_signature *signature)
{
    if (!array_room(&d->signature, d->signatures, &d->signature_capacity, sizeof *d->signature))
        return false;
    d->signature[d->signatures++] = *signature;
    return true;
}

static bool keep_entry(struct deviations *d, const struct deviation *entry)
{
    if (!array_room(&d->entry, d->entries, &d->entry_capacity, sizeof *d->entry))
        return false;
    d->entry[d->entries++] = *entry;
    return true;
}

/* What a file can hold of TEXT: up to the first octet that is a control or no UTF-8. */
static const char *copy(struct deviations *d, const char *text)
{
    size_t len = 0;

    while (text != NULL && text[len] != '\0') {
        size_t size = 1;
        while (((unsigned char)text[len + size] & 0xc0) == 0x80)
            size++;
        if (text[len] == '\n' || yaml_has_controls(text + len, size))
            break;
        len += size;
    }
    return len > 0 ? arena_copy(&d->memory, text, len) : NULL;
}

bool deviations_add_key(struct deviations *d, const char *key, const char *why)
{
    struct deviation_key kept = {.key = copy(d, key), .why = copy(d, why)};

    return kept.key != NULL && kept.why != NULL && keep_key(d, &kept);
}

bool deviations_add_clause(struct deviations *d, const struct deviation_clause *clause)
{
    struct deviation_clause kept = {
        .ids = copy(d, clause->ids),
        .where = copy(d, clause->where),
        .what = copy(d, clause->what),
        .why = copy(d, clause->why),
    };

    return kept.ids != NULL && kept.where != NULL && kept.what != NULL && kept.why != NULL &&
           keep_clause(d, &kept);
}

bool deviations_add_signature(struct deviations *d, const char *signature, const char *why)
{
    struct deviation_signature kept = {.signature = copy(d, signature), .why = copy(d, why)};

    return kept.signature != NULL && kept.why != NULL && keep_signature(d, &kept);
}

bool deviations_add(struct deviations *d, const struct deviation *entry)
{
    struct deviation kept = {
        .rule = copy(d, entry->rule),
        .verdict = copy(d, entry->verdict),
        .reason = copy(d, entry->reason),
        .why = copy(d, entry->why),
        .until = copy(d, entry->until),
    };

    return kept.rule != NULL && kept.verdict != NULL && kept.reason != NULL && kept.why != NULL &&
           keep_entry(d, &kept);
}

/* ---- asking ---- */

size_t deviations_key_count(const struct deviations *d)
{
    return d->keys;
}

const struct deviation_key *deviations_key(const struct deviations *d, size_t index)
{
    return &d->key[index];
}

size_t deviations_clause_count(const struct deviations *d)
{
    return d->clauses;
}

const struct deviation_clause *deviations_clause(const struct deviations *d, size_t index)
{
    return &d->clause[index];
}

size_t deviations_signature_count(const struct deviations *d)
{
    return d->signatures;
}

const struct deviation_signature *deviations_signature(const struct deviations *d, size_t index)
{
    return &d->signature[index];
}

size_t deviations_count(const struct deviations *d)
{
    return d->entries;
}

const struct deviation *deviations_at(const struct deviations *d, size_t index)
{
    return &d->entry[index];
}

static bool speaks_of(const struct deviation *entry, const char *name)
{
    size_t len = strlen(entry->rule);

    if (strncmp(entry->rule, name, len) == 0 && (name[len] == '\0' || name[len] == '/'))
        return true;
    return fnmatch(entry->rule, name, 0) == 0;
}

const struct deviation *deviations_find(const struct deviations *d, const char *name)
{
    for (size_t i = 0; i < d->entries; i++)
        if (speaks_of(&d->entry[i], name))
            return &d->entry[i];
    return NULL;
}

const struct deviation *deviations_match(const struct deviations *d, const char *name,
                                         const char *verdict, const char *message)
{
    for (size_t i = 0; i < d->entries; i++)
        if (speaks_of(&d->entry[i], name) && strcmp(d->entry[i].verdict, verdict) == 0 &&
            strstr(message, d->entry[i].reason) != NULL)
            return &d->entry[i];
    return NULL;
}

bool deviation_expired(const struct deviation *entry, const char *today)
{
    return entry->until != NULL && strcmp(today, entry->until) > 0;
}

/* ---- reading ---- */

struct deviations_reader {
    struct yaml_reader yaml; /* first, so that a key's reader finds the rest behind it */
    struct deviations *list;
    const char *const *known;
    size_t known_count;
};

/* A pointer to the one among several words that was written. */
static bool read_verdict(struct yaml_reader *r, const struct yaml_key *key,
                         const struct yaml_node *value, void *base)
{
    const struct yaml_word *word = yaml_read_word(r, value, key->name, key->words);

    if (word != NULL)
        ((struct deviation *)base)->verdict = word->word;
    return word != NULL;
}

static bool is_date(const char *text)
{
    static const char shape[] = "0000-00-00";

    if (strlen(text) != strlen(shape))
        return false;
    for (size_t i = 0; shape[i] != '\0'; i++)
        if (shape[i] == '-' ? text[i] != '-' : text[i] < '0' || text[i] > '9')
            return false;
    int month = atoi(text + 5), day = atoi(text + 8);
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static bool read_until(struct yaml_reader *r, const struct yaml_key *key,
                       const struct yaml_node *value, void *base)
{
    const char *text = yaml_text(r, value, key->name);

    if (text == NULL)
        return false;
    if (!is_date(text))
        return yaml_fail(r, value, NULL, "\"%s\" is a day, as \"2026-06-30\"", key->name);
    ((struct deviation *)base)->until = arena_copy(r->book, text, strlen(text));
    return true;
}

static bool read_key_name(struct yaml_reader *r, const struct yaml_key *key,
                          const struct yaml_node *value, void *base)
{
    const struct deviations_reader *reader = (const struct deviations_reader *)(void *)r;
    const char *text = yaml_text(r, value, key->name);

    if (text == NULL)
        return false;
    for (size_t i = 0; i < reader->list->keys; i++)
        if (strcmp(reader->list->key[i].key, text) == 0)
            return yaml_fail(r, value, NULL, "the key \"%.60s\" stands already in line %u", text,
                             reader->list->key[i].line);
    struct suggest s = {.written = text};
    for (size_t i = 0; i < reader->known_count; i++) {
        if (strcmp(reader->known[i], text) == 0) {
            ((struct deviation_key *)base)->key = arena_copy(r->book, text, strlen(text));
            return true;
        }
        suggest_offer(&s, reader->known[i]);
    }
    return yaml_fail(r, value, yaml_did_you_mean(r->errors, s.best),
                     "no invariant has a key \"%.60s\"", text);
}

static const struct yaml_word verdicts[] = {{"FAIL", 0},  {"WARN", 0}, {"SKIP", 0}, {"INCONC", 0},
                                            {"CRASH", 0}, {"HANG", 0}, {NULL, 0}};

#define TEXT(key, kind, field, need)                                                               \
    {                                                                                              \
        .name = (key), .type = YAML_TEXT, .offset = offsetof(struct kind, field),                  \
        .required = (need)                                                                         \
    }

static const struct yaml_key key_keys[] = {
    {.name = "key", .type = YAML_CUSTOM, .read = read_key_name, .required = true},
    TEXT("why", deviation_key, why, true),
};
static const struct yaml_table key_table = {"an entry of keys", key_keys, LENGTH(key_keys), false};

/* The ids of a list, as one text with blanks between. */
static bool read_ids(struct yaml_reader *r, const struct yaml_key *key,
                     const struct yaml_node *value, void *base)
{
    const struct yaml_node *id = value->kind == YAML_IS_LIST ? value->child : NULL;
    const char *ids = id != NULL ? yaml_text(r, id, key->name) : NULL;

    if (id == NULL)
        return yaml_fail(r, value, NULL, "\"%s\" is a list of ids of the catalogue", key->name);
    for (id = id->next; ids != NULL && id != NULL; id = id->next) {
        const char *one = yaml_text(r, id, key->name);
        ids = one != NULL ? arena_printf(r->book, "%s %s", ids, one) : NULL;
    }
    if (ids != NULL)
        ((struct deviation_clause *)base)->ids = arena_copy(r->book, ids, strlen(ids));
    return ids != NULL;
}

static const struct yaml_key clause_keys[] = {
    {.name = "clause", .type = YAML_CUSTOM, .read = read_ids, .required = true},
    TEXT("where", deviation_clause, where, true),
    TEXT("what", deviation_clause, what, true),
    TEXT("why", deviation_clause, why, true),
};
static const struct yaml_table clause_table = {"an entry of clauses", clause_keys,
                                               LENGTH(clause_keys), false};

static const struct yaml_key signature_keys[] = {
    TEXT("signature", deviation_signature, signature, true),
    TEXT("why", deviation_signature, why, true),
};
static const struct yaml_table signature_table = {"an entry of signatures", signature_keys,
                                                  LENGTH(signature_keys), false};

static const struct yaml_key case_keys[] = {
    TEXT("rule", deviation, rule, true),
    {.name = "verdict",
     .type = YAML_CUSTOM,
     .read = read_verdict,
     .words = verdicts,
     .required = true},
    TEXT("reason", deviation, reason, true),
    TEXT("why", deviation, why, true),
    {.name = "until", .type = YAML_CUSTOM, .read = read_until},
};
static const struct yaml_table case_table = {"an entry of cases", case_keys, LENGTH(case_keys),
                                             false};

/* Whether the list took the entry of ROW. */
static bool kept(struct yaml_reader *r, const struct yaml_node *row, bool there_was_room)
{
    return there_was_room || yaml_fail(r, row, NULL, "no memory for it");
}

static bool key_row(struct yaml_reader *r, const struct yaml_node *row, struct deviations *list)
{
    struct deviation_key entry = {.line = row->line};
    return yaml_read_map(r, &key_table, row, &entry) && kept(r, row, keep_key(list, &entry));
}

static bool clause_row(struct yaml_reader *r, const struct yaml_node *row, struct deviations *list)
{
    struct deviation_clause entry = {.line = row->line};
    return yaml_read_map(r, &clause_table, row, &entry) && kept(r, row, keep_clause(list, &entry));
}

static bool signature_row(struct yaml_reader *r, const struct yaml_node *row,
                          struct deviations *list)
{
    struct deviation_signature entry = {.line = row->line};
    return yaml_read_map(r, &signature_table, row, &entry) &&
           kept(r, row, keep_signature(list, &entry));
}

static bool case_row(struct yaml_reader *r, const struct yaml_node *row, struct deviations *list)
{
    struct deviation entry = {.line = row->line};
    return yaml_read_map(r, &case_table, row, &entry) && kept(r, row, keep_entry(list, &entry));
}

/* Every entry is looked at, whatever is wrong with those before. */
static bool read_rows(struct yaml_reader *r, const struct yaml_key *key,
                      const struct yaml_node *value, struct deviations *list,
                      bool (*read_row)(struct yaml_reader *, const struct yaml_node *,
                                       struct deviations *))
{
    bool fine = value->kind == YAML_IS_LIST ||
                yaml_fail(r, value, NULL, "\"%s\" is a list of entries", key->name);

    for (const struct yaml_node *row = fine ? value->child : NULL; row != NULL; row = row->next)
        fine &= read_row(r, row, list);
    return fine;
}

static bool read_keys(struct yaml_reader *r, const struct yaml_key *key,
                      const struct yaml_node *value, void *base)
{
    return read_rows(r, key, value, base, key_row);
}

static bool read_clauses(struct yaml_reader *r, const struct yaml_key *key,
                         const struct yaml_node *value, void *base)
{
    return read_rows(r, key, value, base, clause_row);
}

static bool read_signatures(struct yaml_reader *r, const struct yaml_key *key,
                            const struct yaml_node *value, void *base)
{
    return read_rows(r, key, value, base, signature_row);
}

static bool read_cases(struct yaml_reader *r, const struct yaml_key *key,
                       const struct yaml_node *value, void *base)
{
    return read_rows(r, key, value, base, case_row);
}

static const struct yaml_key file_keys[] = {
    {.name = "clauses", .type = YAML_CUSTOM, .read = read_clauses},
    {.name = "keys", .type = YAML_CUSTOM, .read = read_keys},
    {.name = "signatures", .type = YAML_CUSTOM, .read = read_signatures},
    {.name = "cases", .type = YAML_CUSTOM, .read = read_cases},
};
static const struct yaml_table file_table = {"a file of deviations", file_keys, LENGTH(file_keys),
                                             false};

struct deviations *deviations_read(const char *path, const char *const *keys, size_t key_count,
                                   FILE *errors)
{
    struct arena scratch = {0};
    struct yaml_errors *list = malloc(sizeof *list);
    struct deviations *d = deviations_new();
    unsigned count = 1;

    if (list != NULL && d != NULL) {
        struct deviations_reader reader = {
            .yaml = {.errors = list, .scratch = &scratch, .book = &d->memory, .in_head = true},
            .list = d,
            .known = keys,
            .known_count = key_count};
        yaml_errors_begin(list, &scratch, path, NULL, 0);
        list->text = yaml_slurp(&scratch, path, &list->len, list);
        const struct yaml_node *root = list->text != NULL ? yaml_tree(list, YAML_RULES) : NULL;
        if (root != NULL)
            yaml_read_map(&reader.yaml, &file_table, root, d);
        count = yaml_errors_print(list, errors);
    } else {
        fprintf(errors, "%s: error: no memory to read it\n", path);
    }
    free(list);
    arena_free(&scratch);
    if (count == 0)
        return d;
    deviations_free(d);
    return NULL;
}
