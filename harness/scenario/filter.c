/* SPDX-License-Identifier: BSD-2-Clause */
/* Which cases to run: the filter expression. */
#include "scenario/filter.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum key { KEY_ID, KEY_LEVEL, KEY_TAG, KEY_STATE, KEY_CLAUSE, KEY_KIND, KEY_RFC };
static const struct {
    const char *name;
    enum key key;
} keys[] = {
    {"level", KEY_LEVEL}, {"tag", KEY_TAG}, {"state", KEY_STATE}, {"clause", KEY_CLAUSE},
    {"kind", KEY_KIND},   {"rfc", KEY_RFC}, {"id", KEY_ID},       {"rule", KEY_ID},
};

enum { FILTER_WORDS = 64 };

struct word {
    enum key key;
    bool not, or_next; /* or_next: a comma follows */
    const char *glob;
};

struct filter {
    char *text;
    size_t count;
    struct word word[FILTER_WORDS];
};

static bool key_of(const char *name, enum key *ret_key)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!strcasecmp(keys[i].name, name)) {
            *ret_key = keys[i].key;
            return true;
        }
    return false;
}

static const char *const level_names[] = {
    [CLAUSE_FAILS] = "must", [CLAUSE_WARNS] = "should", [CLAUSE_INFORMS] = "may"};

static bool level_known(const char *name)
{
    return !strcasecmp(name, "must") || !strcasecmp(name, "should") || !strcasecmp(name, "may");
}

static bool parse_word(struct word *w, char *text, char *why, size_t why_cap)
{
    w->not = *text == '!';
    text += w->not ;
    char *colon = strchr(text, ':');
    w->key = KEY_ID;
    w->glob = text;
    if (colon) {
        *colon = '\0';
        w->glob = colon + 1;
        if (!key_of(text, &w->key)) {
            snprintf(
                why, why_cap,
                "unknown key \"%s\" in the filter (there are: level tag state clause kind rfc)",
                text);
            return false;
        }
    }
    if (w->key == KEY_LEVEL && !level_known(w->glob)) {
        snprintf(why, why_cap, "no level \"%s\" (there are: must should may)", w->glob);
        return false;
    }
    if (*w->glob == '\0') {
        snprintf(why, why_cap, "an empty word in the filter");
        return false;
    }
    return true;
}

struct filter *filter_parse(const char *expression, char *why, size_t why_cap)
{
    struct filter *f = calloc(1, sizeof *f);
    if (f)
        f->text = strdup(expression ? expression : "");
    if (!f || !f->text) {
        snprintf(why, why_cap, "no memory");
        filter_free(f);
        return NULL;
    }
    char *p = f->text + strspn(f->text, " \t");
    while (*p) {
        size_t n = strcspn(p, " \t,");
        char end = p[n];
        p[n] = '\0';
        if (f->count == FILTER_WORDS) {
            snprintf(why, why_cap, "the filter has over %d words", FILTER_WORDS);
            filter_free(f);
            return NULL;
        }
        struct word *w = &f->word[f->count++];
        if (!parse_word(w, p, why, why_cap)) {
            filter_free(f);
            return NULL;
        }
        w->or_next = end == ',';
        p += n + (end != '\0');
        p += strspn(p, " \t");
    }
    return f;
}

void filter_free(struct filter *f)
{
    if (f)
        free(f->text);
    free(f);
}

bool filter_id(const char *glob, const struct scn *scn)
{
    size_t n = strlen(glob);
    return fnmatch(glob, scn->name, 0) == 0 || fnmatch(glob, scn->rule, 0) == 0 ||
           (!strncmp(glob, scn->name, n) && scn->name[n] == '/');
}

static bool has_tag(const char *tags, const char *glob)
{
    char tag[64];
    while (tags && *tags) {
        size_t n = strcspn(tags, " ");
        if (n > 0 && n < sizeof tag) {
            memcpy(tag, tags, n);
            tag[n] = '\0';
            if (fnmatch(glob, tag, 0) == 0)
                return true;
        }
        tags += n + strspn(tags + n, " ");
    }
    return false;
}

/** `MUST-*` names ids, `RFC9293/3.8*` sections. */
static bool clause_fits(const char *glob, const char *id, const struct catalogue *catalogue)
{
    if (fnmatch(glob, id, 0) == 0)
        return true;
    const struct clause *c = catalogue ? catalogue_find(catalogue, id) : NULL;
    char place[96];
    if (!c)
        return false;
    snprintf(place, sizeof place, "RFC%s/%s", c->rfc, c->section);
    return fnmatch(glob, place, 0) == 0;
}

static bool any_clause(const struct word *w, const struct catalogue *catalogue,
                       const char *const *ids)
{
    for (size_t i = 0; i < SCN_CLAUSES && ids[i]; i++) {
        const struct clause *c = catalogue ? catalogue_find(catalogue, ids[i]) : NULL;
        if (w->key == KEY_CLAUSE ? clause_fits(w->glob, ids[i], catalogue)
                                 : c && fnmatch(w->glob, c->rfc, 0) == 0)
            return true;
    }
    return false;
}

static bool clauses_fit(const struct word *w, const struct scn *scn,
                        const struct catalogue *catalogue)
{
    if (any_clause(w, catalogue, scn->clause))
        return true;
    for (size_t i = 0; i < scn->steps; i++)
        if (any_clause(w, catalogue, scn->step[i].clause))
            return true;
    return false;
}

enum clause_weight filter_weight(const struct scn *scn, const struct catalogue *catalogue)
{
    enum clause_weight best = CLAUSE_INFORMS;
    if (!scn->clause[0] || !catalogue)
        return CLAUSE_FAILS;
    for (size_t i = 0; i < SCN_CLAUSES && scn->clause[i]; i++) {
        const struct clause *c = catalogue_find(catalogue, scn->clause[i]);
        if (c && clause_weight(c) < best)
            best = clause_weight(c);
    }
    return best;
}

static bool word_fits(const struct word *w, const struct scn *scn,
                      const struct catalogue *catalogue)
{
    switch (w->key) {
    case KEY_LEVEL:
        return !strcasecmp(level_names[filter_weight(scn, catalogue)], w->glob);
    case KEY_TAG:
        return has_tag(scn->tags, w->glob);
    case KEY_STATE:
        return fnmatch(w->glob, scn_state_name((enum scn_state)scn->given.state), 0) == 0;
    case KEY_KIND:
        return fnmatch(w->glob, scn->kind, 0) == 0;
    case KEY_CLAUSE:
    case KEY_RFC:
        return clauses_fit(w, scn, catalogue);
    case KEY_ID:
        break;
    }
    return filter_id(w->glob, scn);
}

bool filter_takes(const struct filter *f, const struct scn *scn, const struct catalogue *catalogue)
{
    bool group = false; /* of words joined by commas */
    for (size_t i = 0; i < f->count; i++) {
        const struct word *w = &f->word[i];
        group = group || word_fits(w, scn, catalogue) != w->not ;
        if (w->or_next && i + 1 < f->count)
            continue;
        if (!group)
            return false;
        group = false;
    }
    return true;
}
