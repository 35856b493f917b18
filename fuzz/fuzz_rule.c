/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules in YAML: any text is refused with errors that have their place, or gives cases; what of
 * those can be written out is written, read again and written again: all the same.
 */
#include "scenario/bytes.h"
#include "scenario/catalogue.h"
#include "scenario/emit.h"
#include "scenario/yaml.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SIZE_MAX_READ = 1 << 15, CASES_MAX = 50 };

/* Every id of specs/requirements: the folder itself need not be where this runs. */
static const char *const clause_ids[] = {
#include "clause_ids.h"
};

static void broken(const char *what, const char *text)
{
    fprintf(stderr, "RULE %s\n%s", what, text);
    abort();
}

static struct catalogue *small_catalogue(void)
{
    char folder[64], path[80];
    snprintf(folder, sizeof folder, "%s/fuzz-rule-XXXXXX", P_tmpdir);
    if (!mkdtemp(folder))
        return NULL;
    snprintf(path, sizeof path, "%s/rfc0.yaml", folder);
    FILE *file = fopen(path, "wb");
    for (size_t i = 0; file && i < sizeof clause_ids / sizeof *clause_ids; i++)
        fprintf(file, "- {id: %s, level: MUST, section: s, title: t, text: t, confidence: high}\n",
                clause_ids[i]);
    struct catalogue *c = NULL;
    if (file && fclose(file) == 0)
        c = catalogue_read(folder, stderr);
    unlink(path);
    rmdir(folder);
    return c;
}

static const struct catalogue *catalogue;

/* Before the first input, which is to find what every other finds. The signature is the engines'.
 * NOLINTNEXTLINE(readability-non-const-parameter) */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    catalogue = small_catalogue();
    if (!catalogue) {
        fprintf(stderr, "no catalogue: %s\n", strerror(errno));
        exit(4);
    }
    return 0;
}

/* "rule.yaml:LINE:COLUMN: error: …", as often as errors were counted; "rule.yaml: error: …" is of
 * the file as a whole. */
static void check_errors(const char *text, unsigned count)
{
    static const char name[] = "rule.yaml:";
    unsigned seen = 0;
    for (const char *line = text; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, sizeof name - 1) != 0)
            continue;
        unsigned row, column;
        int end = 0;
        const char *rest = line + sizeof name - 1;
        if (sscanf(rest, "%u:%u: error: %n", &row, &column, &end) == 2 && end > 0)
            seen += row > 0 && column > 0;
        else
            seen += strncmp(rest, " error: ", 8) == 0;
    }
    if (seen != count)
        broken("errors have no place", text);
}

static struct rulebook *read_text(const char *text, size_t len, unsigned *ret_errors)
{
    char *said = NULL;
    size_t n;
    struct rulebook *book = rulebook_new(catalogue);
    FILE *errors = open_memstream(&said, &n);
    if (!book || !errors)
        broken("no memory", "");
    *ret_errors = rulebook_parse(book, "rule.yaml", text, len, errors);
    fclose(errors);
    check_errors(said, *ret_errors);
    if (*ret_errors > 0 && rulebook_count(book) > 0)
        broken("cases are left of a file with errors", said);
    if (*ret_errors == 0 && rulebook_count(book) == 0)
        broken("neither cases nor errors", said);
    free(said);
    return book;
}

/* NULL: it has claims or branches, which are not written out. */
static char *written(const struct scn *scn)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    int rc = out ? scn_emit_yaml(scn, out) : -1;
    int why = errno;
    if (out)
        fclose(out);
    if (rc == 0)
        return text;
    if (why != ENOTSUP)
        broken("it cannot be written out", strerror(why));
    free(text);
    return NULL;
}

static void round_trip(const struct scn *scn)
{
    unsigned errors;
    char *once = written(scn);
    if (!once)
        return;
    struct rulebook *book = read_text(once, strlen(once), &errors);
    if (errors > 0 || rulebook_count(book) != 1)
        broken("what was written is no rule", once);
    if (scn->steps > 0 && !scn_same(scn, rulebook_case(book, 0)))
        broken("what was written is another scenario", once);
    char *twice = written(rulebook_case(book, 0));
    if (!twice || strcmp(once, twice) != 0)
        broken("written twice, it is another text", once);
    free(twice);
    free(once);
    rulebook_free(book);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned errors;
    if (size > SIZE_MAX_READ)
        return 0;
    struct rulebook *book = read_text((const char *)data, size, &errors);
    for (size_t i = 0; i < rulebook_count(book) && i < CASES_MAX; i++)
        round_trip(rulebook_case(book, i));
    rulebook_free(book);
    return 0;
}
