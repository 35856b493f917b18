/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcpassay fuzz: what outlives the process. DIR/corpus has one file for each input, named by what
 * it holds; DIR/findings a rule, a capture and the octets of each finding; DIR/fuzz.json is the
 * checkpoint, and what other programs read.
 */
#include "cli/fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FORMAT = 1 };

static const char *const states[] = {"pending", "pending", "written", "unsure"};

static uint64_t name_of(const uint8_t *data, size_t len)
{
    uint64_t h = 0xcbf29ce484222325ull;
    for (size_t i = 0; i < len; i++)
        h = (h ^ data[i]) * 0x100000001b3ull;
    return h;
}

/** DIR/BELOW/NAME, in a buffer of FUZZ_PATH octets. */
static void path_of(const struct fuzz *f, const char *below, const char *name, char *buf)
{
    snprintf(buf, FUZZ_PATH, "%s/%s/%s", f->folder, below, name);
}

static void top_of(const struct fuzz *f, const char *name, char *buf)
{
    snprintf(buf, FUZZ_PATH, "%s/%s", f->folder, name);
}

/* ---- octets ---- */

int fuzz_write_octets(const char *path, const uint8_t *data, size_t len)
{
    char temporary[FUZZ_PATH + 8];
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    FILE *out = fopen(temporary, "wb");
    if (!out)
        return -1;
    size_t n = fwrite(data, 1, len, out);
    if (!fclose(out) && n == len && rename(temporary, path) == 0)
        return 0;
    int problem = errno;
    unlink(temporary);
    errno = problem;
    return -1;
}

/* ---- the corpus ---- */

int fuzz_keep(struct fuzz *f, const uint8_t *data, size_t len, uint32_t mark, bool write)
{
    char name[20], path[FUZZ_PATH];
    if (f->corpus_count == f->corpus_room) {
        size_t room = f->corpus_room ? 2 * f->corpus_room : 256;
        struct fuzz_input *grown = realloc(f->corpus, room * sizeof *grown);
        if (!grown)
            return -1;
        f->corpus = grown;
        f->corpus_room = room;
    }
    uint8_t *copy = len ? malloc(len) : NULL;
    if (!copy)
        return -1;
    memcpy(copy, data, len);
    f->corpus[f->corpus_count++] =
        (struct fuzz_input){.data = copy, .len = (uint32_t)len, .mark = mark};
    snprintf(name, sizeof name, "%016llx", (unsigned long long)name_of(data, len));
    path_of(f, "corpus", name, path);
    return write && fuzz_write_octets(path, data, len) ? -1 : 0;
}

int fuzz_by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int read_corpus(struct fuzz *f)
{
    char path[FUZZ_PATH];
    struct dirent **names = NULL;
    uint8_t data[SCN_BYTES_MAX];
    top_of(f, "corpus", path);
    int n = scandir(path, &names, NULL, fuzz_by_name), code = 0;
    if (n < 0)
        return cli_say(EXIT_UNABLE, "%s cannot be read: %s", path, strerror(errno));
    for (int i = 0; i < n; i++) {
        size_t len = 0;
        const char *name = names[i]->d_name;
        const char *dot = strrchr(name, '.');
        path_of(f, "corpus", name, path);
        if (!code && name[0] != '.' && !(dot && !strcmp(dot, ".tmp"))) {
            code = cli_read_octets(path, data, &len);
            if (!code && fuzz_keep(f, data, len, FUZZ_UNMARKED, false))
                code = cli_say(EXIT_UNABLE, "no memory for the corpus");
        }
        free(names[i]);
    }
    free(names);
    return code;
}

/* ---- the checkpoint ---- */

static json_t *found_json(const struct fuzz_found *x)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:I, s:I, s:b}", "signature", x->line,
                     "message", x->message, "name", x->name, "state", states[x->state], "hits",
                     (int)x->hits, "steps", (int)x->steps, "first_run", (json_int_t)x->first_run,
                     "first_ms", (json_int_t)x->first_ms, "tcpref_too", (int)x->reference_too);
}

static json_t *checkpoint(const struct fuzz *f)
{
    json_t *found = json_array(), *notes = json_array();
    for (size_t i = 0; i < f->found_count; i++)
        json_array_append_new(found, found_json(&f->found[i]));
    for (size_t i = 0; i < f->note_count; i++)
        json_array_append_new(notes, json_pack("{s:s, s:I}", "signature", f->note[i].line, "hits",
                                               (json_int_t)f->note[i].hits));
    return json_pack("{s:i, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "format", FORMAT,
                     "tcpassay", TCPASSAY_VERSION, "stack", f->choice.name, "runs",
                     (json_int_t)f->runs, "guide_runs", (json_int_t)f->guide_runs, "unjudged",
                     (json_int_t)f->unjudged, "elapsed_ms", (json_int_t)fuzz_elapsed_ms(f),
                     "random", (json_int_t)(f->random >> 1), "inputs", (json_int_t)f->corpus_count,
                     "findings", found, "shoulds", notes);
}

int fuzz_save(struct fuzz *f)
{
    char path[FUZZ_PATH];
    json_t *now = checkpoint(f);
    top_of(f, "fuzz.json", path);
    int code = now ? cli_out_write(path, report_dump, now) : cli_say(EXIT_UNABLE, "no memory");
    json_decref(now);
    f->saved = fuzz_now();
    return code;
}

static int state_of(const char *name)
{
    for (int i = FOUND_UNSURE; i >= 0; i--)
        if (!strcmp(states[i], name))
            return i == FOUND_AT_WORK ? FOUND_PENDING : i;
    return -1;
}

/** One entry of `findings`; what is pending needs its octets again. */
static int read_found(struct fuzz *f, json_t *one)
{
    const char *line, *message, *name, *state;
    json_int_t first_run, first_ms;
    int hits, steps, too;
    uint8_t data[SCN_BYTES_MAX];
    char path[FUZZ_PATH], octets[TRIAL_LINE + 8];
    size_t len = 0;
    if (f->found_count == FUZZ_FOUND_MAX ||
        json_unpack(one, "{s:s, s:s, s:s, s:s, s:i, s:i, s:I, s:I, s:b}", "signature", &line,
                    "message", &message, "name", &name, "state", &state, "hits", &hits, "steps",
                    &steps, "first_run", &first_run, "first_ms", &first_ms, "tcpref_too", &too) ||
        state_of(state) < 0 || strchr(name, '/') || !*name)
        return -1;
    struct fuzz_found *x = &f->found[f->found_count];
    *x = (struct fuzz_found){.state = (enum fuzz_state)state_of(state),
                             .hits = (unsigned)hits,
                             .steps = (unsigned)steps,
                             .reference_too = too,
                             .first_run = (uint64_t)first_run,
                             .first_ms = (uint64_t)first_ms};
    snprintf(x->line, sizeof x->line, "%s", line);
    snprintf(x->message, sizeof x->message, "%s", message);
    snprintf(x->name, sizeof x->name, "%s", name);
    snprintf(octets, sizeof octets, "%s.bin", x->name);
    path_of(f, "findings", octets, path);
    int code = cli_read_octets(path, data, &len);
    x->input.data = code ? NULL : malloc(len);
    if (!x->input.data)
        return code ? code : cli_say(EXIT_UNABLE, "no memory");
    memcpy(x->input.data, data, len);
    x->input.len = (uint32_t)len;
    f->found_count++;
    return 0;
}

static int read_lists(struct fuzz *f, json_t *findings, json_t *notes)
{
    for (size_t i = 0; i < json_array_size(findings); i++) {
        int code = read_found(f, json_array_get(findings, i));
        if (code)
            return code;
    }
    for (size_t i = 0; i < json_array_size(notes) && i < FUZZ_NOTES_MAX; i++) {
        const char *line;
        json_int_t hits;
        if (json_unpack(json_array_get(notes, i), "{s:s, s:I}", "signature", &line, "hits", &hits))
            return -1;
        snprintf(f->note[i].line, sizeof f->note[i].line, "%s", line);
        f->note[i].hits = (uint64_t)hits;
        f->note_count = i + 1;
    }
    return 0;
}

static int take_checkpoint(struct fuzz *f, json_t *root, const char *path)
{
    const char *stack;
    int format;
    json_int_t runs, guide_runs, unjudged, elapsed, random;
    json_t *findings, *notes;
    if (json_unpack(root, "{s:i, s:s, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "format", &format,
                    "stack", &stack, "runs", &runs, "guide_runs", &guide_runs, "unjudged",
                    &unjudged, "elapsed_ms", &elapsed, "random", &random, "findings", &findings,
                    "shoulds", &notes) ||
        format != FORMAT || runs < 0 || elapsed < 0 || !json_is_array(findings) ||
        !json_is_array(notes))
        return cli_say(EXIT_USAGE,
                       "%s is no checkpoint of this version; remove it, or take another "
                       "--out",
                       path);
    if (strcmp(stack, f->choice.name) != 0)
        return cli_say(EXIT_USAGE, "%s was begun with -s %s; take another --out for %s", path,
                       stack, f->choice.name);
    f->runs = (uint64_t)runs;
    f->guide_runs = (uint64_t)guide_runs;
    f->unjudged = (uint64_t)unjudged;
    f->before_ms = (uint64_t)elapsed;
    f->random = (uint64_t)random << 1;
    int code = read_lists(f, findings, notes);
    return code < 0 ? cli_say(EXIT_USAGE,
                              "%s: its findings are broken; remove it, or take another "
                              "--out",
                              path)
                    : code;
}

static int read_checkpoint(struct fuzz *f)
{
    char path[FUZZ_PATH];
    json_error_t error;
    top_of(f, "fuzz.json", path);
    if (access(path, F_OK))
        return 0;
    json_t *root = json_load_file(path, 0, &error);
    if (!root)
        return cli_say(EXIT_USAGE,
                       "%s:%d:%d: the checkpoint is broken: %s; remove it, or take "
                       "another --out",
                       path, error.line, error.column, error.text);
    int code = take_checkpoint(f, root, path);
    json_decref(root);
    return code;
}

int fuzz_open_folder(struct fuzz *f)
{
    char path[FUZZ_PATH];
    int code = cli_out_prepare(f->folder);
    top_of(f, "corpus", path);
    code = code ? code : cli_out_prepare(path);
    top_of(f, "findings", path);
    code = code ? code : cli_out_prepare(path);
    code = code ? code : read_checkpoint(f);
    return code ? code : read_corpus(f);
}

void fuzz_free(struct fuzz *f)
{
    for (size_t i = 0; i < f->corpus_count; i++)
        free(f->corpus[i].data);
    for (size_t i = 0; i < f->found_count; i++)
        free(f->found[i].input.data);
    fuzz_leads_free(f);
    free(f->corpus);
    if (f->shared)
        munmap(f->shared, f->shared_size);
    scn_free_steps(&f->scn);
}
