/* SPDX-License-Identifier: BSD-2-Clause */
/* The catalogue of requirements, read once and found by id. */
#include "scenario/catalogue.h"
#include "scenario/suggest.h"
#include "scenario/yaml_events.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct named_clause {
    const char *id;
    const struct clause *clause;
};

struct catalogue {
    struct arena memory;
    struct clause *clause; /* in the order of files and of rows in them */
    size_t count, capacity;
    struct named_clause *by_id; /* sorted */
};

/* ---- one row ---- */

struct row_reader {
    struct catalogue *catalogue;
    struct yaml_errors *errors;
    const char *rfc;
};

static const char *const row_keys[] = {"id",         "level",      "section",    "title", "text",
                                       "observable", "confidence", "untestable", "group", "roles"};
enum { ROW_KEYS = sizeof row_keys / sizeof *row_keys };

static const struct {
    const char *text;
    enum clause_level level;
} levels[] = {
    {"MUST", CLAUSE_MUST},
    {"MUST NOT", CLAUSE_MUST},
    {"REQUIRED", CLAUSE_MUST},
    {"SHALL", CLAUSE_MUST},
    {"SHALL NOT", CLAUSE_MUST},
    {"SHOULD", CLAUSE_SHOULD},
    {"SHOULD NOT", CLAUSE_SHOULD},
    {"RECOMMENDED", CLAUSE_SHOULD},
    {"NOT RECOMMENDED", CLAUSE_SHOULD},
    {"MAY", CLAUSE_MAY},
    {"OPTIONAL", CLAUSE_MAY},
    {"NOKEY", CLAUSE_NOKEY},
};

static const struct {
    const char *text;
    enum clause_confidence confidence;
} confidences[] = {{"high", CLAUSE_HIGH}, {"medium", CLAUSE_MEDIUM}, {"low", CLAUSE_LOW}};

/* The text of a row's key. NULL if it is not there, with an error if it has to be. */
static const char *text_of(struct row_reader *r, const struct yaml_node *row, const char *key,
                           bool needed)
{
    const struct yaml_node *value = yaml_get(row, key);

    if (value != NULL && value->kind == YAML_IS_SCALAR)
        return arena_copy(&r->catalogue->memory, value->text, strlen(value->text));
    if (value != NULL)
        yaml_error(r->errors, yaml_place(value), NULL, "\"%s\" is text, not %s", key,
                   yaml_kind_name(value));
    else if (needed)
        yaml_error(r->errors, yaml_place(row), NULL, "a requirement needs \"%s\"", key);
    return NULL;
}

static void check_row_keys(struct row_reader *r, const struct yaml_node *row)
{
    for (const struct yaml_node *entry = row->child; entry != NULL; entry = entry->next) {
        struct suggest s = {.written = entry->key->text};
        bool known = false;
        for (unsigned i = 0; i < ROW_KEYS; i++)
            known |= strcmp(row_keys[i], entry->key->text) == 0;
        for (unsigned i = 0; !known && i < ROW_KEYS; i++)
            suggest_offer(&s, row_keys[i]);
        if (!known)
            yaml_error(r->errors, yaml_place(entry->key), yaml_did_you_mean(r->errors, s.best),
                       "unknown key \"%.60s\"", entry->key->text);
    }
}

static bool level_of(struct clause *clause)
{
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (strcmp(levels[i].text, clause->level_text) == 0) {
            clause->level = levels[i].level;
            return true;
        }
    return false;
}

static bool confidence_of(struct clause *clause, const char *text)
{
    for (size_t i = 0; i < sizeof confidences / sizeof *confidences; i++)
        if (strcmp(confidences[i].text, text) == 0) {
            clause->confidence = confidences[i].confidence;
            return true;
        }
    return false;
}

static void read_row(struct row_reader *r, const struct yaml_node *row)
{
    if (row->kind != YAML_IS_MAP) {
        yaml_error(r->errors, yaml_place(row), NULL, "a requirement is a map, not %s",
                   yaml_kind_name(row));
        return;
    }
    check_row_keys(r, row);
    struct clause clause = {
        .id = text_of(r, row, "id", true),
        .rfc = r->rfc,
        .section = text_of(r, row, "section", true),
        .title = text_of(r, row, "title", true),
        .text = text_of(r, row, "text", true),
        .observable = text_of(r, row, "observable", false),
        .untestable = text_of(r, row, "untestable", false),
        .level_text = text_of(r, row, "level", true),
    };
    const char *confidence = text_of(r, row, "confidence", true);
    if (clause.level_text != NULL && !level_of(&clause))
        yaml_error(r->errors, yaml_place(yaml_get(row, "level")), NULL, "unknown level \"%.40s\"",
                   clause.level_text);
    if (confidence != NULL && !confidence_of(&clause, confidence))
        yaml_error(r->errors, yaml_place(yaml_get(row, "confidence")), NULL,
                   "confidence is high, medium or low");
    struct catalogue *c = r->catalogue;
    if (r->errors->count > 0)
        return;
    if (array_room(&c->clause, c->count, &c->capacity, sizeof *c->clause))
        c->clause[c->count++] = clause;
    else
        yaml_error(r->errors, yaml_place(row), NULL, "no memory for it");
}

/* ---- files ---- */

/* The length of NNNN in `rfcNNNN.yaml`; 0 for any other name. */
static size_t rfc_digits(const char *name)
{
    size_t digits = strncmp(name, "rfc", 3) == 0 ? strspn(name + 3, "0123456789") : 0;

    return digits > 0 && strcmp(name + 3 + digits, ".yaml") == 0 ? digits : 0;
}

static int is_rfc(const struct dirent *entry)
{
    return rfc_digits(entry->d_name) > 0;
}

static unsigned read_file(struct catalogue *c, const char *folder, const char *name,
                          struct yaml_errors *errors, FILE *out)
{
    struct arena scratch = {0};
    const char *path = arena_printf(&scratch, "%s/%s", folder, name);
    struct row_reader r = {.catalogue = c,
                           .errors = errors,
                           .rfc = arena_copy(&c->memory, name + 3, rfc_digits(name))};
    struct yaml_node *root = NULL;

    yaml_errors_begin(errors, &scratch, path, NULL, 0);
    errors->text = yaml_slurp(&scratch, path, &errors->len, errors);
    if (errors->text != NULL)
        root = yaml_tree(errors, YAML_PLAIN);
    if (root != NULL && root->kind != YAML_IS_LIST)
        yaml_error(errors, yaml_place(root), NULL, "a catalogue is a list of requirements");
    for (const struct yaml_node *row = root != NULL && root->kind == YAML_IS_LIST ? root->child
                                                                                  : NULL;
         row != NULL; row = row->next)
        read_row(&r, row);
    unsigned count = yaml_errors_print(errors, out);
    arena_free(&scratch);
    return count;
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct named_clause *)a)->id, ((const struct named_clause *)b)->id);
}

static unsigned index_ids(struct catalogue *c, const char *folder, FILE *out)
{
    unsigned twins = 0;

    c->by_id = malloc((c->count + 1) * sizeof *c->by_id);
    if (c->by_id == NULL) {
        fprintf(out, "%s: error: no memory to read it\n", folder);
        return 1;
    }
    for (size_t i = 0; i < c->count; i++)
        c->by_id[i] = (struct named_clause){c->clause[i].id, &c->clause[i]};
    qsort(c->by_id, c->count, sizeof *c->by_id, by_id);
    for (size_t i = 1; i < c->count; i++)
        if (by_id(&c->by_id[i - 1], &c->by_id[i]) == 0) {
            fprintf(out, "%s: error: the requirement \"%s\" stands in rfc%s.yaml and rfc%s.yaml\n",
                    folder, c->by_id[i].id, c->by_id[i - 1].clause->rfc, c->by_id[i].clause->rfc);
            twins++;
        }
    return twins;
}

static unsigned read_folder(struct catalogue *c, const char *folder, struct yaml_errors *list,
                            FILE *errors)
{
    struct dirent **names = NULL;
    int files = scandir(folder, &names, is_rfc, alphasort);
    unsigned count = 0;

    if (files < 0) {
        fprintf(errors, "%s: error: cannot read it: %s\n", folder, strerror(errno));
        return 1;
    }
    for (int i = 0; i < files; i++) {
        count += read_file(c, folder, names[i]->d_name, list, errors);
        free(names[i]);
    }
    free(names);
    if (files == 0) {
        fprintf(errors, "%s: error: no catalogue is there (rfc*.yaml)\n", folder);
        count++;
    }
    return count;
}

struct catalogue *catalogue_read(const char *folder, FILE *errors)
{
    struct catalogue *c = calloc(1, sizeof *c);
    struct yaml_errors *list = malloc(sizeof *list);
    unsigned count = 1;

    if (c != NULL && list != NULL) {
        count = read_folder(c, folder, list, errors);
        if (count == 0)
            count = index_ids(c, folder, errors);
    } else {
        fprintf(errors, "%s: error: no memory to read it\n", folder);
    }
    free(list);
    if (count == 0)
        return c;
    catalogue_free(c);
    return NULL;
}

void catalogue_free(struct catalogue *c)
{
    if (c == NULL)
        return;
    arena_free(&c->memory);
    free(c->clause);
    free(c->by_id);
    free(c);
}

/* ---- asking ---- */

size_t catalogue_count(const struct catalogue *c)
{
    return c->count;
}

const struct clause *catalogue_at(const struct catalogue *c, size_t index)
{
    return &c->clause[index];
}

const struct clause *catalogue_find(const struct catalogue *c, const char *id)
{
    const struct named_clause key = {.id = id};
    const struct named_clause *found = bsearch(&key, c->by_id, c->count, sizeof *c->by_id, by_id);

    return found != NULL ? found->clause : NULL;
}

const char *catalogue_suggest(const struct catalogue *c, const char *id)
{
    struct suggest s = {.written = id};

    for (size_t i = 0; i < c->count; i++)
        suggest_offer(&s, c->by_id[i].id);
    return s.best;
}

enum clause_weight clause_weight(const struct clause *c)
{
    switch (c->level) {
    case CLAUSE_MUST:
        return CLAUSE_FAILS;
    case CLAUSE_SHOULD:
        return CLAUSE_WARNS;
    case CLAUSE_NOKEY:
        return c->confidence == CLAUSE_HIGH ? CLAUSE_FAILS : CLAUSE_WARNS;
    case CLAUSE_MAY:
        break;
    }
    return CLAUSE_INFORMS;
}
