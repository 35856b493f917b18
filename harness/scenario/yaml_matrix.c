/* SPDX-License-Identifier: BSD-2-Clause */
/* The matrix: every combination of its rows is a case, and `$name` stands for a row's value. */
#include "scenario/suggest.h"
#include "scenario/yaml_reader.h"

#include <string.h>

/* ---- what a name stands for ---- */

static bool same(const char *text, const char *name, size_t len)
{
    return strlen(text) == len && memcmp(text, name, len) == 0;
}

static const struct yaml_node *row_name(const struct yaml_node *row)
{
    return row->kind == YAML_IS_MAP ? yaml_get(row, "case") : row;
}

const struct yaml_node *yaml_lookup(struct yaml_reader *r, const char *name, size_t len)
{
    for (unsigned i = 0; i < r->axes; i++) {
        const struct yaml_axis *axis = &r->axis[i];
        if (axis->name != NULL && same(axis->name, name, len)) {
            axis->key->used = true;
            return row_name(axis->row);
        }
        if (axis->row->kind != YAML_IS_MAP)
            continue;
        for (struct yaml_node *entry = axis->row->child; entry != NULL; entry = entry->next)
            if (same(entry->key->text, name, len)) {
                entry->used = true;
                return entry;
            }
    }
    return NULL;
}

const char *yaml_lookup_suggest(struct yaml_reader *r, const char *name)
{
    struct suggest s = {.written = name};

    for (unsigned i = 0; i < r->axes; i++) {
        if (r->axis[i].name != NULL)
            suggest_offer(&s, r->axis[i].name);
        if (r->axis[i].row->kind != YAML_IS_MAP)
            continue;
        for (struct yaml_node *entry = r->axis[i].row->child; entry != NULL; entry = entry->next)
            suggest_offer(&s, entry->key->text);
    }
    return s.best;
}

static size_t variable_len(const char *text)
{
    size_t len = 0;

    while ((text[len] >= 'a' && text[len] <= 'z') || (text[len] >= 'A' && text[len] <= 'Z') ||
           (len > 0 && ((text[len] >= '0' && text[len] <= '9') ||
                        (text[len] == '-' && text[len + 1] >= 'a' && text[len + 1] <= 'z'))))
        len++;
    return len;
}

static bool is_sum(const char *text)
{
    return strstr(text, " + ") != NULL || strstr(text, " - ") != NULL;
}

/* Whether a name means something on an axis other than AXIS, in any row. */
static bool elsewhere(const struct yaml_reader *r, const struct yaml_axis *axis, const char *name)
{
    for (unsigned i = 0; i < r->axes; i++) {
        const struct yaml_axis *other = &r->axis[i];
        if (other == axis)
            continue;
        if (other->name != NULL && strcmp(other->name, name) == 0)
            return true;
        for (const struct yaml_node *row = other->list->child; row != NULL; row = row->next)
            if (row->kind == YAML_IS_MAP && strcmp(name, "case") != 0 &&
                yaml_get(row, name) != NULL)
                return true;
    }
    return false;
}

static const struct yaml_node *unknown_variable(struct yaml_reader *r, const struct yaml_node *node,
                                                const char *name, size_t len)
{
    const char *text = arena_copy(r->scratch, name, len);
    const char *like = yaml_lookup_suggest(r, text);
    const char *hint =
        like != NULL ? arena_printf(r->scratch, "did you mean \"$%s\"?", like) : NULL;

    if (r->axes > 0 && !elsewhere(r, NULL, text))
        yaml_fail(r, node, hint, "\"$%s\" stands for nothing: the matrix has no such name", text);
    else if (r->case_name != NULL)
        yaml_fail(r, node, hint, "\"$%s\" stands for nothing in case \"%s\"", text, r->case_name);
    else
        yaml_fail(r, node, hint, "\"$%s\" stands for nothing: there is no matrix", text);
    return NULL;
}

/* A sum inside a longer text is put in brackets, so that `9 - $n` takes away all of it. */
static void append(struct yaml_reader *r, char **text, const char *part, size_t len, bool brackets)
{
    *text = arena_printf(r->scratch, "%s%s%.*s%s", *text, brackets ? "(" : "", (int)len, part,
                         brackets ? ")" : "");
}

const struct yaml_node *yaml_resolve(struct yaml_reader *r, const struct yaml_node *node)
{
    const char *at = node->text, *dollar;
    char *text = NULL;

    if (r->in_head)
        return node;
    while ((dollar = strchr(at, '$')) != NULL) {
        size_t len = variable_len(dollar + 1);
        const struct yaml_node *value = len > 0 ? yaml_lookup(r, dollar + 1, len) : NULL;
        if (len > 0 && r->blind)
            return NULL; /* an error has been told */
        if (len > 0 && value == NULL)
            return unknown_variable(r, node, dollar + 1, len);
        if (text == NULL)
            text = arena_printf(r->scratch, "%s", "");
        append(r, &text, at, (size_t)(dollar - at) + (len == 0), false);
        at = dollar + 1 + len;
        bool all = dollar == node->text && *at == '\0';
        if (len > 0)
            append(r, &text, value->text, strlen(value->text), !all && is_sum(value->text));
    }
    if (text == NULL)
        return node;
    append(r, &text, at, strlen(at), false);
    struct yaml_node *resolved = arena_alloc(r->scratch, sizeof *resolved);
    *resolved = *node;
    resolved->raw = node->text;
    resolved->text = text;
    return resolved;
}

/* ---- the shape of a matrix ---- */

static bool check_name(struct yaml_reader *r, const struct yaml_node *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "._+%-";

    if (name->bad)
        return false;
    if (name->kind != YAML_IS_SCALAR)
        return yaml_fail(r, name, NULL, "the name of a case is text, not %s", yaml_kind_name(name));
    if (name->text[0] != '\0' && strspn(name->text, letters) == strlen(name->text))
        return true;
    return yaml_fail(r, name, "write the row as {case: NAME, …} if the value is no name",
                     "\"%.60s\" cannot name a case: letters, digits and . _ + %% - can",
                     name->text);
}

static bool check_row(struct yaml_reader *r, const struct yaml_axis *axis,
                      const struct yaml_node *row)
{
    const struct yaml_node *name = row;

    if (row->bad)
        return false;
    if (row->kind == YAML_IS_LIST || (row->kind == YAML_IS_SCALAR && axis->name == NULL))
        return yaml_fail(r, row, NULL, "a row of the matrix is a map with \"case\", not %s",
                         yaml_kind_name(row));
    if (row->kind == YAML_IS_MAP) {
        name = yaml_get(row, "case");
        if (name == NULL)
            return yaml_fail(r, row, NULL, "a row of the matrix needs \"case\"");
        for (const struct yaml_node *value = row->child; value != NULL; value = value->next)
            if (value->kind != YAML_IS_SCALAR)
                return yaml_fail(r, value, NULL, "a value in a row is text, not %s",
                                 yaml_kind_name(value));
            else if (value->bad)
                return false;
    }
    return check_name(r, name);
}

static bool check_twins(struct yaml_reader *r, const struct yaml_node *list,
                        const struct yaml_node *row)
{
    const char *name = row_name(row)->text;

    for (const struct yaml_node *other = list->child; other != row; other = other->next)
        if (strcmp(row_name(other)->text, name) == 0)
            return yaml_fail(r, row_name(row), NULL, "two rows are named \"%.60s\"", name);
    return true;
}

static bool check_axis(struct yaml_reader *r, const struct yaml_axis *axis)
{
    bool fine = true;

    if (axis->list->kind != YAML_IS_LIST || axis->list->count == 0)
        return yaml_fail(r, axis->list, NULL, "an axis of the matrix is a list of values");
    if (axis->list->count > YAML_CASES_MAX)
        return yaml_fail(r, axis->list, NULL, "more than %d cases", YAML_CASES_MAX);
    for (const struct yaml_node *row = axis->list->child; row != NULL; row = row->next)
        fine &= check_row(r, axis, row);
    for (const struct yaml_node *row = axis->list->child; fine && row != NULL; row = row->next)
        fine &= check_twins(r, axis->list, row);
    return fine;
}

static bool check_clashes(struct yaml_reader *r)
{
    for (unsigned i = 0; i < r->axes; i++)
        for (const struct yaml_node *row = r->axis[i].list->child; row != NULL; row = row->next)
            for (const struct yaml_node *value = row->kind == YAML_IS_MAP ? row->child : NULL;
                 value != NULL; value = value->next)
                if (elsewhere(r, &r->axis[i], value->key->text))
                    return yaml_fail(r, value->key, NULL, "two axes of the matrix give \"$%.60s\"",
                                     value->key->text);
    return true;
}

static size_t combinations(const struct yaml_reader *r)
{
    size_t total = 1;

    for (unsigned i = 0; i < r->axes && total <= YAML_CASES_MAX; i++)
        total *= r->axis[i].list->count;
    return total;
}

static bool take_axes(struct yaml_reader *r, const struct yaml_node *matrix)
{
    bool fine = true;

    if (matrix->bad)
        return false;
    if (matrix->kind == YAML_IS_SCALAR || matrix->count == 0)
        return yaml_fail(r, matrix, NULL, "a matrix is a list of rows, or a map of axes");
    if (matrix->kind == YAML_IS_LIST) {
        r->axis[0] = (struct yaml_axis){.list = matrix};
        r->axes = 1;
    }
    for (const struct yaml_node *list = matrix->kind == YAML_IS_MAP ? matrix->child : NULL;
         list != NULL; list = list->next) {
        if (r->axes == YAML_AXES_MAX)
            return yaml_fail(r, list->key, NULL, "more than %d axes", YAML_AXES_MAX);
        r->axis[r->axes++] =
            (struct yaml_axis){.name = list->key->text, .list = list, .key = list->key};
    }
    for (unsigned i = 0; i < r->axes; i++)
        fine &= check_axis(r, &r->axis[i]);
    if (fine && combinations(r) > YAML_CASES_MAX)
        return yaml_fail(r, matrix, NULL, "more than %d cases", YAML_CASES_MAX);
    return fine && check_clashes(r);
}

/* ---- going through it ---- */

/* The next combination, the last axis moving fastest; false behind the last. */
static bool next_rows(struct yaml_reader *r)
{
    for (unsigned i = r->axes; i-- > 0;) {
        r->axis[i].row = r->axis[i].row->next;
        if (r->axis[i].row != NULL)
            return true;
        r->axis[i].row = r->axis[i].list->child;
    }
    return false;
}

static bool used_in_a_row(const struct yaml_axis *axis, const char *name)
{
    for (const struct yaml_node *row = axis->list->child; row != NULL; row = row->next) {
        const struct yaml_node *value = row->kind == YAML_IS_MAP ? yaml_get(row, name) : NULL;
        if (value != NULL && value->used)
            return true;
    }
    return false;
}

/* A name that no step asks for is a slip: its cases are all alike, or a `$name` is misspelt. */
static void tell_unused(struct yaml_reader *r, const struct yaml_axis *axis)
{
    bool rows = false;

    for (const struct yaml_node *row = axis->list->child; row != NULL; row = row->next) {
        if (row->kind != YAML_IS_MAP)
            continue;
        rows = true;
        for (const struct yaml_node *value = row->child; value != NULL; value = value->next)
            if (strcmp(value->key->text, "case") != 0 && !value->used &&
                !used_in_a_row(axis, value->key->text)) {
                yaml_fail(r, value->key, NULL, "no step uses \"$%.60s\"", value->key->text);
                return;
            }
    }
    if (!rows && !axis->key->used)
        yaml_fail(r, axis->key, NULL, "no step uses \"$%.60s\"", axis->name);
}

static const char *row_names(struct yaml_reader *r)
{
    char *name = NULL;

    for (unsigned i = 0; i < r->axes; i++)
        name = arena_printf(r->scratch, "%s%s%s", name != NULL ? name : "", name != NULL ? "/" : "",
                            row_name(r->axis[i].row)->text);
    return name;
}

bool yaml_read_matrix(struct yaml_reader *r, const struct yaml_node *matrix, yaml_case_fn *take,
                      void *context)
{
    if (matrix != NULL && !take_axes(r, matrix)) {
        r->axes = 0;
        r->blind = true;
        take(r, context); /* for the errors of the steps */
        return false;
    }
    for (unsigned i = 0; i < r->axes; i++)
        r->axis[i].row = r->axis[i].list->child;
    do {
        struct arena_mark mark = arena_mark(r->scratch);
        unsigned errors = r->errors->count;
        r->case_name = row_names(r);
        take(r, context);
        if (r->errors->count == errors) /* else the errors' texts are there */
            arena_rewind(r->scratch, mark);
    } while (r->errors->count < YAML_ERRORS_MAX && next_rows(r));
    for (unsigned i = 0; i < r->axes && r->errors->count == 0; i++)
        tell_unused(r, &r->axis[i]);
    return true;
}
