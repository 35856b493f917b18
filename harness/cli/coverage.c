/* SPDX-License-Identifier: BSD-2-Clause */
/* Coverage of the catalogue: a requirement counts as ruled only through a step that judges it. */
#include "cli/coverage.h"

#include <string.h>

const char *coverage_name(enum coverage c)
{
    static const char *const names[COVERAGES] = {"ruled", "watched", "untestable", "open"};
    return names[c];
}

static bool is_claim(const struct scn_step *step)
{
    switch (step->op) {
    case SCN_EXPECT:
        return step->role == SCN_CLAIM;
    case SCN_NEVER:
    case SCN_ALIVE:
        return true;
    case SCN_APP:
        return step->what >= SCN_APP_RECEIVED;
    case SCN_ANSWER:
        return step->gaps != SCN_GAPS_FREE;
    default:
        return false;
    }
}

static void add_ids(json_t *ids, const char *const *clause)
{
    for (size_t i = 0; i < SCN_CLAUSES && clause[i]; i++)
        json_object_set_new(ids, clause[i], json_true());
}

void coverage_of(const struct scn *scn, json_t *ret_ids)
{
    for (size_t i = 0; i < scn->steps; i++) {
        const struct scn_step *step = &scn->step[i];
        if (is_claim(step))
            add_ids(ret_ids, step->clause[0] ? step->clause : scn->clause);
    }
}

/** id → list of rules that judge it, each once. */
static json_t *ruled(const struct rulebook *book)
{
    json_t *by_id = json_object();
    for (size_t i = 0; i < rulebook_count(book); i++) {
        const struct scn *scn = rulebook_case(book, i);
        json_t *ids = json_object();
        coverage_of(scn, ids);
        for (void *it = json_object_iter(ids); it; it = json_object_iter_next(ids, it)) {
            const char *id = json_object_iter_key(it);
            json_t *rules = json_object_get(by_id, id);
            if (!rules) {
                rules = json_object();
                json_object_set_new(by_id, id, rules);
            }
            json_object_set_new(rules, scn->rule, json_true());
        }
        json_decref(ids);
    }
    return by_id;
}

json_t *coverage_keys(json_t *object)
{
    json_t *list = json_array();
    for (void *it = json_object_iter(object); it; it = json_object_iter_next(object, it))
        json_array_append_new(list, json_string(json_object_iter_key(it)));
    return list;
}

static bool has_word(const char *words, const char *word)
{
    size_t len = strlen(word);
    for (const char *p = words; p && (p = strstr(p, word)); p += len)
        if ((p == words || p[-1] == ' ') && (p[len] == ' ' || p[len] == '\0'))
            return true;
    return false;
}

static json_t *watchers(const char *id)
{
    size_t count;
    const struct oracle_invariant *row = oracle_invariants(&count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        if (has_word(row[i].clauses, id))
            json_array_append_new(list, json_string(row[i].name));
    return list;
}

json_t *coverage_json(const struct cli_specs *specs)
{
    json_t *by_id = ruled(specs->book);
    json_t *out = json_array();
    for (size_t i = 0; i < catalogue_count(specs->catalogue); i++) {
        const struct clause *c = catalogue_at(specs->catalogue, i);
        json_t *rules = coverage_keys(json_object_get(by_id, c->id));
        json_t *invariants = watchers(c->id);
        enum coverage status = json_array_size(rules)        ? COVER_RULED
                               : json_array_size(invariants) ? COVER_WATCHED
                               : c->untestable               ? COVER_UNTESTABLE
                                                             : COVER_OPEN;
        const char *reason = status == COVER_UNTESTABLE ? c->untestable : "";
        json_array_append_new(
            out, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:s}", "id", c->id, "rfc",
                           c->rfc, "section", c->section ? c->section : "", "level", c->level_text,
                           "title", c->title ? c->title : "", "status", coverage_name(status),
                           "rules", rules, "invariants", invariants, "reason", reason));
    }
    json_decref(by_id);
    return out;
}
