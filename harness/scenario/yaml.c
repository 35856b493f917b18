/* SPDX-License-Identifier: BSD-2-Clause */
/* The rule book: files of rules, each read into its cases. */
#include "scenario/yaml.h"
#include "scenario/yaml_draft.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct known_rule {
    const char *id, *file;
    unsigned line;
};

/* Cases do not move when the list grows. */
struct kept_case {
    const struct scn *scn;
};

struct rulebook {
    const struct catalogue *catalogue;
    struct arena memory;
    struct kept_case *cases;
    size_t count, capacity;
    struct known_rule *rules;
    size_t files, files_capacity;
};

struct rulebook *rulebook_new(const struct catalogue *catalogue)
{
    struct rulebook *book = calloc(1, sizeof *book);

    if (book != NULL)
        book->catalogue = catalogue;
    return book;
}

void rulebook_free(struct rulebook *book)
{
    if (book == NULL)
        return;
    arena_free(&book->memory);
    free(book->cases);
    free(book->rules);
    free(book);
}

size_t rulebook_count(const struct rulebook *book)
{
    return book->count;
}

const struct scn *rulebook_case(const struct rulebook *book, size_t index)
{
    return book->cases[index].scn;
}

size_t rulebook_files(const struct rulebook *book)
{
    return book->files;
}

/* ---- one file ---- */

/* What goes through all cases of a file. */
struct reading {
    struct rulebook *book;
    const struct yaml_node *root, *given, *steps;
    struct scn head;
    size_t steps_in_all;
};

/* The case is complete: its steps move from the reader's array to the book's memory. */
static void keep_case(struct yaml_reader *r, struct reading *reading)
{
    struct rulebook *book = reading->book;
    struct scn *scn = arena_alloc(&book->memory, sizeof *scn);
    size_t size = r->scn.steps * sizeof *scn->step;

    *scn = r->scn;
    scn->name = r->case_name == NULL
                    ? scn->rule
                    : arena_printf(&book->memory, "%s/%s", scn->rule, r->case_name);
    for (unsigned i = 0; i < scn->bound_count; i++)
        scn->bound_name[i] =
            arena_copy(&book->memory, scn->bound_name[i], strlen(scn->bound_name[i]));
    scn->capacity = scn->steps;
    scn->step = arena_alloc(&book->memory, size);
    memcpy(scn->step, r->scn.step, size);
    if (array_room(&book->cases, book->count, &book->capacity, sizeof *book->cases))
        book->cases[book->count++].scn = scn;
    else
        yaml_fail(r, reading->root, NULL, "no memory for its cases");
}

static void read_case(struct yaml_reader *r, void *context)
{
    struct reading *reading = context;
    struct scn_step *step = r->scn.step;
    uint16_t capacity = r->scn.capacity;

    r->scn = reading->head;
    r->scn.step = step;
    r->scn.capacity = capacity;
    scn_clear(&r->scn);
    bool fine = yaml_read_given(r, reading->given);
    fine &= yaml_read_steps(r, reading->steps);
    reading->steps_in_all += r->scn.steps;
    if (fine && r->claims == 0 && strcmp(r->scn.kind, "scenario") != 0) {
        const struct yaml_node *at = reading->steps->key;
        fine = r->case_name == NULL
                   ? yaml_fail(r, at, NULL, "nothing is judged: no step is a claim")
                   : yaml_fail(r, at, NULL, "nothing is judged in case \"%s\": no step is a claim",
                               r->case_name);
    }
    if (reading->steps_in_all > YAML_STEPS_MAX)
        fine = yaml_fail(r, reading->steps->key, NULL, "more than %d steps in all cases together",
                         YAML_STEPS_MAX);
    if (fine && r->errors->count == 0)
        keep_case(r, reading);
}

static bool check_twin(struct yaml_reader *r, const struct rulebook *book,
                       const struct yaml_node *root)
{
    for (size_t i = 0; i < book->files; i++)
        if (strcmp(book->rules[i].id, r->scn.rule) == 0)
            return yaml_fail(r, yaml_get(root, "rule"), NULL,
                             "the rule \"%s\" stands already at %s:%u", r->scn.rule,
                             book->rules[i].file, book->rules[i].line);
    return true;
}

static void read_rule(struct yaml_reader *r, struct reading *reading)
{
    const struct yaml_node *root = reading->root;
    struct rulebook *book = reading->book;

    bool head = yaml_read_head(r, root);
    if (root->kind != YAML_IS_MAP)
        return;
    if (head)
        head = check_twin(r, book, root);
    reading->head = r->scn;
    reading->given = yaml_get(root, "given");
    reading->steps = yaml_get(root, "steps");
    if (reading->steps == NULL)
        return;
    if (yaml_read_matrix(r, yaml_get(root, "matrix"), read_case, reading) && r->errors->count == 0)
        yaml_check_branches(r, reading->steps);
    if (!head || r->errors->count > 0)
        return;
    if (array_room(&book->rules, book->files, &book->files_capacity, sizeof *book->rules))
        book->rules[book->files++] = (struct known_rule){r->scn.rule, r->scn.file, root->line};
    else
        yaml_fail(r, root, NULL, "no memory for the rule");
}

/* Parse into the book, or put the book back as it was. */
static void read_text(struct rulebook *book, struct yaml_errors *errors, struct arena *scratch)
{
    struct arena_mark mark = arena_mark(&book->memory);
    size_t count = book->count;
    struct yaml_reader r = {
        .errors = errors, .scratch = scratch, .book = &book->memory, .catalogue = book->catalogue};
    struct reading reading = {.book = book, .root = yaml_tree(errors, YAML_RULES)};

    if (reading.root != NULL) {
        r.scn.file = arena_copy(&book->memory, errors->name, strlen(errors->name));
        read_rule(&r, &reading);
        scn_free_steps(&r.scn);
    }
    if (errors->count > 0) {
        book->count = count;
        arena_rewind(&book->memory, mark);
    }
}

static unsigned finish(struct yaml_errors *errors, struct arena *scratch, FILE *out)
{
    unsigned count = yaml_errors_print(errors, out);

    free(errors);
    arena_free(scratch);
    return count;
}

unsigned rulebook_parse(struct rulebook *book, const char *name, const char *text, size_t len,
                        FILE *errors)
{
    struct arena scratch = {0};
    struct yaml_errors *list = malloc(sizeof *list);

    if (list == NULL) {
        fprintf(errors, "%s: error: no memory to read it\n", name);
        return 1;
    }
    yaml_errors_begin(list, &scratch, name, text, len);
    read_text(book, list, &scratch);
    return finish(list, &scratch, errors);
}

unsigned rulebook_read(struct rulebook *book, const char *path, FILE *errors)
{
    struct arena scratch = {0};
    struct yaml_errors *list = malloc(sizeof *list);

    if (list == NULL) {
        fprintf(errors, "%s: error: no memory to read it\n", path);
        return 1;
    }
    yaml_errors_begin(list, &scratch, path, NULL, 0);
    list->text = yaml_slurp(&scratch, path, &list->len, list);
    if (list->text != NULL)
        read_text(book, list, &scratch);
    return finish(list, &scratch, errors);
}

/* ---- a folder ---- */

enum { FOLDERS_DEEP = 16 };

struct paths {
    struct arena memory;
    const char **path;
    size_t count, capacity;
    FILE *errors;
    unsigned error_count;
};

static void path_error(struct paths *p, const char *path, const char *why)
{
    fprintf(p->errors, "%s: error: %s\n", path, why);
    p->error_count++;
}

static bool is_yaml(const char *name)
{
    size_t len = strlen(name);

    return len > 5 && strcmp(name + len - 5, ".yaml") == 0;
}

static void walk(struct paths *p, const char *folder, unsigned depth)
{
    DIR *dir = depth < FOLDERS_DEEP ? opendir(folder) : NULL;
    const struct dirent *entry;
    struct stat st;

    if (dir == NULL) {
        path_error(p, folder, depth < FOLDERS_DEEP ? strerror(errno) : "folders too deep");
        return;
    }
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        const char *path = arena_printf(&p->memory, "%s/%s", folder, entry->d_name);
        if (stat(path, &st) != 0)
            path_error(p, path, strerror(errno));
        else if (S_ISDIR(st.st_mode))
            walk(p, path, depth + 1);
        else if (is_yaml(path) && array_room(&p->path, p->count, &p->capacity, sizeof *p->path))
            p->path[p->count++] = path;
    }
    closedir(dir);
}

static int by_path(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

unsigned rulebook_read_tree(struct rulebook *book, const char *folder, FILE *errors)
{
    struct paths paths = {.errors = errors};

    walk(&paths, folder, 0);
    if (paths.count > 0)
        qsort(paths.path, paths.count, sizeof *paths.path, by_path);
    for (size_t i = 0; i < paths.count; i++)
        paths.error_count += rulebook_read(book, paths.path[i], errors);
    free(paths.path);
    arena_free(&paths.memory);
    return paths.error_count;
}
