/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests of the rule reader: a book, what was said of the files, and short rules around steps.
 */
#ifndef HARNESS_TEST_YAML_BENCH_H
#define HARNESS_TEST_YAML_BENCH_H

#include "scenario/catalogue.h"
#include "scenario/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bench {
    struct rulebook *book;
    FILE *errors;
    char *text;
    size_t len;
};

/* Read once for all tests of a program; cmocka hands it to nobody, so it has a place of its own. */
static struct catalogue *bench_requirements;

static inline int bench_catalogue(void **state)
{
    (void)state;
    bench_requirements = catalogue_read(SPECS "/requirements", stderr);
    return bench_requirements == NULL;
}

static inline int bench_catalogue_end(void **state)
{
    (void)state;
    catalogue_free(bench_requirements);
    return 0;
}

static inline void bench_begin(struct bench *b)
{
    *b = (struct bench){.book = rulebook_new(bench_requirements)};
    b->errors = open_memstream(&b->text, &b->len);
    assert_non_null(b->book);
    assert_non_null(b->errors);
}

static inline void bench_end(struct bench *b)
{
    fclose(b->errors);
    free(b->text);
    rulebook_free(b->book);
}

static inline const char *bench_said(struct bench *b)
{
    fflush(b->errors);
    return b->text;
}

static inline unsigned bench_read(struct bench *b, const char *text)
{
    return rulebook_parse(b->book, "t.yaml", text, strlen(text), b->errors);
}

static inline const struct scn *bench_case(struct bench *b, const char *name)
{
    for (size_t i = 0; i < rulebook_count(b->book); i++)
        if (strcmp(rulebook_case(b->book, i)->name, name) == 0)
            return rulebook_case(b->book, i);
    fail_msg("no case %s; %s", name, bench_said(b));
    return NULL;
}

/* A rule "a" of these steps, the first of them in line 5; one that is always right is added. */
static inline const struct scn *bench_steps(struct bench *b, const char *steps)
{
    static const char head[] = "rule: a\ntitle: t\nclause: [MUST-34]\nsteps:\n";
    static const char tail[] = "  - alive: {what: connection}\n";
    char text[4000];

    snprintf(text, sizeof text, "%s%s%s", head, steps, tail);
    bench_read(b, text);
    return rulebook_count(b->book) > 0 ? bench_case(b, "a") : NULL;
}

static inline char *bench_file(const char *path, size_t *ret_len)
{
    FILE *file = fopen(path, "rb");
    char *text = malloc(1 << 16);

    assert_non_null(file);
    assert_non_null(text);
    *ret_len = fread(text, 1, (1 << 16) - 1, file);
    fclose(file);
    return text;
}

#endif
