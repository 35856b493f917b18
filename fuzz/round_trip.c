/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * round_trip SPECS FOLDER...: every input is played as octets, written out as YAML, read again and
 * played again: verdict, breaches and the number of events must be the same. What `tcpassay repro
 * --emit yaml` and `tcpassay run` do, for a whole corpus in one process.
 */
#include "scenario/bytes.h"
#include "scenario/catalogue.h"
#include "scenario/emit.h"
#include "scenario/yaml.h"
#include "target.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BREACHES_MAX = 32, SIGNATURE = 128 };

struct outcome {
    enum verdict verdict;
    size_t events, breaches;
    char signature[BREACHES_MAX][SIGNATURE];
};

struct trip {
    const struct catalogue *catalogue;
    struct scn scn;
    struct outcome before, after;
    unsigned count, bad;
};

static void play(struct player *p, const struct scn *scn, struct outcome *ret_outcome)
{
    size_t n;
    memset(ret_outcome, 0, sizeof *ret_outcome);
    ret_outcome->verdict = player_play(p, scn)->verdict;
    ret_outcome->events = trace_count(player_trace(p));
    const struct oracle_breach *b = oracle_breaches(player_oracle(p), &n);
    for (size_t i = 0; i < n && i < BREACHES_MAX; i++)
        oracle_signature(&b[i], ret_outcome->signature[ret_outcome->breaches++], SIGNATURE);
}

static void complain(struct trip *t, const char *path, const char *what)
{
    fprintf(stderr, "%s: %s\n", path, what);
    t->bad++;
}

/* A scenario that breaks what it says it breaks is FAIL as YAML too: nothing else may differ. */
static bool same(const struct outcome *a, const struct outcome *b)
{
    return a->verdict == b->verdict && a->events == b->events && a->breaches == b->breaches &&
           memcmp(a->signature, b->signature, sizeof a->signature) == 0;
}

static void replay_yaml(struct trip *t, const char *path, struct player *p, const char *text,
                        size_t len)
{
    struct rulebook *book = rulebook_new(t->catalogue);
    if (!book || rulebook_parse(book, path, text, len, stderr) || rulebook_count(book) != 1) {
        complain(t, path, "its YAML is not one case");
    } else {
        play(p, rulebook_case(book, 0), &t->after);
        if (!same(&t->before, &t->after)) {
            fprintf(stderr, "%s %zu events, then %s %zu; %s, then %s\n",
                    verdict_name(t->before.verdict), t->before.events,
                    verdict_name(t->after.verdict), t->after.events, t->before.signature[0],
                    t->after.signature[0]);
            complain(t, path, "plays otherwise as YAML");
        }
    }
    rulebook_free(book);
}

static void trip_octets(struct trip *t, const char *path, const uint8_t *octets, size_t size)
{
    char *text = NULL;
    size_t len = 0;
    struct player *p = target_player(scn_bytes_profile(octets, size));
    FILE *memory = open_memstream(&text, &len);
    t->count++;
    if (!memory || scn_from_bytes(octets, size, &t->scn) < 0) {
        complain(t, path, "no memory");
        if (memory)
            fclose(memory);
        free(text);
        return;
    }
    play(p, &t->scn, &t->before);
    t->scn.breach = NULL;
    int rc = scn_emit_yaml(&t->scn, memory);
    fclose(memory);
    if (rc)
        complain(t, path, "cannot be written as YAML");
    else
        replay_yaml(t, path, p, text, len);
    free(text);
}

static void trip_file(struct trip *t, const char *path)
{
    static uint8_t octets[SCN_BYTES_MAX];
    FILE *in = fopen(path, "rb");
    size_t size = in ? fread(octets, 1, sizeof octets, in) : 0;
    if (in && size > 0 && !ferror(in))
        trip_octets(t, path, octets, size);
    else
        complain(t, path, "cannot be read, or is empty");
    if (in)
        fclose(in);
}

static void trip_folder(struct trip *t, const char *folder)
{
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));) {
        char path[4096];
        size_t len = strlen(e->d_name);
        if (e->d_name[0] == '.' || (len > 5 && strcmp(e->d_name + len - 5, ".yaml") == 0))
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        trip_file(t, path);
    }
    if (d)
        closedir(d);
    else
        complain(t, folder, "cannot be opened");
}

int main(int argc, char **argv)
{
    static struct trip t;
    char path[4096];
    snprintf(path, sizeof path, "%s/requirements", argc > 1 ? argv[1] : ".");
    struct catalogue *catalogue = catalogue_read(path, stderr);
    t.catalogue = catalogue;
    for (int i = 2; i < argc && catalogue; i++)
        trip_folder(&t, argv[i]);
    scn_free_steps(&t.scn);
    catalogue_free(catalogue);
    printf("%u inputs went through YAML, %u of them badly\n", t.count, t.bad);
    return t.count == 0 || t.bad > 0 ? 1 : 0;
}
