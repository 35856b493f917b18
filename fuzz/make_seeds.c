/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * make_seeds SPECS FOLDER FILE.yaml...: the files, which are scenarios, become octets beside them,
 * in the file of the same name without .yaml; NAME.PROFILE.yaml is for that profile of tcpref.
 * Without files: plays the rules on tcpref, encodes what was done, and writes FOLDER/seed/
 * and FOLDER/NOT-ENCODED.md. Only what decodes to the same stimulus is written; all else is
 * counted. Exits 1 if a seed breaks a MUST when it is played again: that is a finding, and no seed.
 */
#include "scenario/bytes.h"
#include "scenario/catalogue.h"
#include "scenario/yaml.h"
#include "target.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_CAP = 160, WHY_CAP = 160, TOTAL_MAX = 2 << 20 };

struct seed {
    char name[NAME_CAP];
    char why[WHY_CAP]; /* it is not written; "" if it is */
    uint8_t octets[SCN_BYTES_MAX];
    size_t len;
};

struct maker {
    const char *folder;
    struct scn stimulus, again;
    struct seed *seed;
    size_t count, written, octets, findings;
};

static void refuse(struct seed *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void refuse(struct seed *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(s->why, sizeof s->why, format, args);
    va_end(args);
}

/* One for all: a stack made fresh for the input before is as the next one wants it, too. */
enum { SEED = 1 };

static void name_of(const struct scn *scn, char *buf, size_t cap)
{
    snprintf(buf, cap, "%s", scn->name);
    for (char *c = buf; *c; c++)
        *c = isalnum((unsigned char)*c) || *c == '-' || *c == '.' ? *c : '_';
}

/* Play the case on the first profile that can be judged by it; -1: on none. */
static int play(struct maker *m, const struct scn *scn, struct seed *s)
{
    struct scn timed = *scn;
    timed.seed = SEED;
    m->stimulus.given = timed.given;
    m->stimulus.seed = timed.seed;
    for (unsigned i = 0; i < target_profiles(); i++) {
        struct player *p = target_player(i);
        player_record_stimulus(p, &m->stimulus);
        const struct player_result *r = player_play(p, &timed);
        player_record_stimulus(p, NULL);
        if (r->verdict != VERDICT_SKIP && r->verdict != VERDICT_INCONC)
            return (int)i;
        refuse(s, "%s on tcpref: %.100s", verdict_name(r->verdict), r->message);
    }
    return -1;
}

static void encode(struct maker *m, int profile, struct seed *s)
{
    struct scn_lost lost = {0};
    char line[512];
    size_t n = scn_to_bytes(&m->stimulus, s->octets, sizeof s->octets, &s->len, &lost, 1);
    if (n > 0) {
        refuse(s, "%s", lost.why);
        return;
    }
    s->octets[0] = (uint8_t)profile;
    if (scn_from_bytes(s->octets, s->len, &m->again) < 0 || !scn_same(&m->stimulus, &m->again)) {
        refuse(s, "it decodes to something else");
        return;
    }
    struct player *p = target_player((unsigned)profile);
    if (target_finding(p, player_play(p, &m->again), line, sizeof line)) {
        refuse(s, "a finding: %.120s", line);
        m->findings++;
    }
}

static void make_one(struct maker *m, const struct scn *scn)
{
    struct seed *s = &m->seed[m->count++];
    name_of(scn, s->name, sizeof s->name);
    int profile = play(m, scn, s);
    if (profile < 0)
        return;
    s->why[0] = '\0';
    encode(m, profile, s);
    for (size_t i = 0; !*s->why && i + 1 < m->count; i++)
        if (!*m->seed[i].why && m->seed[i].len == s->len &&
            memcmp(m->seed[i].octets, s->octets, s->len) == 0)
            refuse(s, "does the same as another case");
}

/* ---- writing ---- */

static FILE *create(const struct maker *m, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", m->folder, name);
    FILE *out = fopen(path, "wb");
    if (!out)
        perror(path);
    return out;
}

static bool write_seed(struct maker *m, const struct seed *s)
{
    char name[NAME_CAP + 8];
    snprintf(name, sizeof name, "seed/%s", s->name);
    FILE *out = create(m, name);
    if (!out)
        return false;
    bool good = fwrite(s->octets, 1, s->len, out) == s->len;
    m->written++;
    m->octets += s->len;
    return fclose(out) == 0 && good;
}

static bool write_all(struct maker *m)
{
    for (size_t i = 0; i < m->count; i++)
        if (!*m->seed[i].why && !write_seed(m, &m->seed[i]))
            return false;
    if (m->octets > TOTAL_MAX) {
        fprintf(stderr, "make_seeds: %zu octets of seeds are too many\n", m->octets);
        return false;
    }
    return true;
}

/* One reason after the other, in the order in which they were met, with its cases. */
static void list_refused(const struct maker *m, FILE *out, bool cases)
{
    for (size_t i = 0; i < m->count; i++) {
        size_t n = 0, earlier = 0;
        for (size_t k = 0; k < m->count; k++) {
            bool alike = *m->seed[i].why && strcmp(m->seed[k].why, m->seed[i].why) == 0;
            n += alike;
            earlier += alike && k < i;
        }
        if (n == 0 || earlier > 0)
            continue;
        fprintf(out, cases ? "\n## %zu: %s\n" : "%6zu  %s\n", n, m->seed[i].why);
        for (size_t k = i; cases && k < m->count; k++)
            if (strcmp(m->seed[k].why, m->seed[i].why) == 0)
                fprintf(out, "- %s\n", m->seed[k].name);
    }
}

static bool write_report(const struct maker *m)
{
    FILE *out = create(m, "NOT-ENCODED.md");
    if (!out)
        return false;
    fprintf(out,
            "# Cases without a seed\n\nMade by `ci/seeds`: %zu cases, %zu seeds (%zu octets), and "
            "these have none.\n",
            m->count, m->written, m->octets);
    list_refused(m, out, true);
    return fclose(out) == 0;
}

/* A scenario for one profile alone is called NAME.PROFILE.yaml. */
static uint8_t profile_of(const char *octets)
{
    const char *dot = strrchr(octets, '.');
    for (unsigned i = 1; dot && i < target_profiles(); i++) {
        if (strcmp(dot + 1, strchr(target_stack(i), ':') + 1) == 0)
            return (uint8_t)i;
    }
    return 0;
}

/* A scenario kept in YAML, so that a change of the encoding loses nothing, as octets. */
static bool encode_file(const struct rulebook *book, size_t index, const char *path, struct seed *s)
{
    char octets[4096];
    struct scn_lost lost = {0};
    struct scn scn = *rulebook_case(book, index);
    size_t stem = strlen(path) - strlen(".yaml");
    snprintf(octets, sizeof octets, "%.*s", (int)stem, path);
    if (scn_to_bytes(&scn, s->octets, sizeof s->octets, &s->len, &lost, 1) > 0) {
        fprintf(stderr, "%s: step %d has no encoding: %s\n", path, lost.step + 1, lost.why);
        return false;
    }
    s->octets[0] = profile_of(octets);
    FILE *out = fopen(octets, "wb");
    bool good = out && fwrite(s->octets, 1, s->len, out) == s->len;
    if (!good || fclose(out) != 0) {
        perror(octets);
        return false;
    }
    return true;
}

static int encode_files(struct rulebook *book, char **paths, int count)
{
    static struct seed s;
    for (int i = 0; i < count; i++) {
        const char *dot = strrchr(paths[i], '.');
        size_t before = rulebook_count(book);
        if (!dot || strcmp(dot, ".yaml") != 0 || rulebook_read(book, paths[i], stderr) > 0 ||
            rulebook_count(book) != before + 1) {
            fprintf(stderr, "%s: not the YAML of one scenario\n", paths[i]);
            return 4;
        }
        if (!encode_file(book, before, paths[i], &s))
            return 4;
    }
    printf("%d scenarios encoded\n", count);
    return 0;
}

static bool read_rules(struct rulebook *book, const char *specs)
{
    static const char *const folders[] = {"rules", "incidents"};
    char path[4096];
    unsigned errors = 0;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        snprintf(path, sizeof path, "%s/%s", specs, folders[i]);
        errors += rulebook_read_tree(book, path, stderr);
    }
    return errors == 0;
}

static int make_all(struct maker *m, const struct rulebook *book)
{
    size_t cases = rulebook_count(book);
    m->seed = calloc(cases + 1, sizeof *m->seed);
    if (!m->seed) {
        fprintf(stderr, "make_seeds: no memory\n");
        return 4;
    }
    for (size_t i = 0; i < cases; i++)
        make_one(m, rulebook_case(book, i));
    if (!write_all(m) || !write_report(m))
        return 4;
    printf("%zu cases, %zu seeds, %zu octets; without a seed:\n", m->count, m->written, m->octets);
    list_refused(m, stdout, false);
    if (m->findings > 0)
        fprintf(stderr, "make_seeds: %zu findings\n", m->findings);
    return m->findings > 0 || m->written == 0 ? 1 : 0;
}

static int make(struct rulebook *book, int argc, char **argv)
{
    struct maker m = {.folder = argv[2]};
    if (argc > 3)
        return encode_files(book, argv + 3, argc - 3);
    if (!read_rules(book, argv[1]) || rulebook_count(book) == 0) {
        fprintf(stderr, "make_seeds SPECS FOLDER [FILE.yaml...]: no rules were read\n");
        return 4;
    }
    int code = make_all(&m, book);
    scn_free_steps(&m.stimulus);
    scn_free_steps(&m.again);
    free(m.seed);
    return code;
}

int main(int argc, char **argv)
{
    char path[4096];
    if (argc < 3) {
        fprintf(stderr, "make_seeds SPECS FOLDER [FILE.yaml...]\n");
        return 4;
    }
    snprintf(path, sizeof path, "%s/requirements", argv[1]);
    struct catalogue *catalogue = catalogue_read(path, stderr);
    struct rulebook *book = catalogue ? rulebook_new(catalogue) : NULL;
    int code = book ? make(book, argc, argv) : 4;
    rulebook_free(book);
    catalogue_free(catalogue);
    return code;
}
