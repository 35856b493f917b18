/* SPDX-License-Identifier: BSD-2-Clause */
/* A case's result as JSON. Made in the worker: texts of player, trace and oracle die with the case.
 */
#include "report/ladder.h"
#include "report/report.h"

#include <string.h>

const char *case_file_name(const char *id, char *buf, size_t cap)
{
    snprintf(buf, cap, "%s", id);
    for (char *p = buf; *p; p++)
        if (strchr("/:\\ \"'*?<>|", *p))
            *p = *p == '/' ? '_' : '-';
    return buf;
}

/** Where the rule stands, from `specs/` on, so that reports of two machines are alike. */
static const char *short_file(const char *file)
{
    const char *at = file ? strstr(file, "/specs/") : NULL;
    return at ? at + 1 : file ? file : "";
}

static json_t *strings(const char *const *list, size_t max)
{
    json_t *out = json_array();
    for (size_t i = 0; out && i < max && list[i]; i++)
        json_array_append_new(out, json_string(list[i]));
    return out;
}

static void set(json_t *object, const char *key, const char *text)
{
    char clean[PLAYER_MESSAGE * 8];
    if (text && *text)
        json_object_set_new(object, key, json_string(text_clean(text, clean, sizeof clean)));
}

/** "window" of "window.retraction-survived", else the folder the rule lies in. */
static json_t *area_of(const struct scn *scn)
{
    size_t n = strcspn(scn->rule, "./");
    if (scn->rule[n] == '.')
        return json_stringn(scn->rule, n);
    const char *end = scn->file ? strrchr(scn->file, '/') : NULL;
    const char *begin = end;
    while (begin && begin > scn->file && begin[-1] != '/')
        begin--;
    return end && end > begin ? json_stringn(begin, (size_t)(end - begin)) : json_string("other");
}

static const char *level_of(const struct scn *scn, const struct catalogue *catalogue)
{
    const struct clause *best = NULL;
    for (size_t i = 0; catalogue && i < SCN_CLAUSES && scn->clause[i]; i++) {
        const struct clause *c = catalogue_find(catalogue, scn->clause[i]);
        if (c && (!best || clause_weight(c) < clause_weight(best)))
            best = c;
    }
    if (!best)
        return "";
    return best->level == CLAUSE_NOKEY ? "stated" : best->level_text;
}

static json_t *head_of(const struct scn *scn, const struct catalogue *catalogue,
                       const char *verdict, const char *message)
{
    char clean[PLAYER_MESSAGE * 4];
    json_t *one = json_pack("{s:s, s:s, s:s, s:o, s:s}", "id", scn->name, "rule", scn->rule,
                            "verdict", verdict, "clauses", strings(scn->clause, SCN_CLAUSES),
                            "message", text_clean(message, clean, sizeof clean));
    if (!one)
        return NULL;
    set(one, "title", scn->title);
    set(one, "level", level_of(scn, catalogue));
    json_object_set_new(one, "area", area_of(scn));
    set(one, "kind", scn->kind);
    set(one, "file", short_file(scn->file));
    return one;
}

json_t *case_broken(const struct scn *scn, const struct catalogue *catalogue, enum verdict verdict,
                    const char *message)
{
    return head_of(scn, catalogue, verdict_name(verdict), message);
}

/** The clause that decided, with the catalogue's words for it. */
static json_t *requirement(const struct catalogue *catalogue, const char *id)
{
    const struct clause *c = catalogue && id ? catalogue_find(catalogue, id) : NULL;
    if (!c)
        return NULL;
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", c->id, "rfc", c->rfc, "section", c->section,
                     "level", c->level == CLAUSE_NOKEY ? "stated" : c->level_text, "text", c->text);
}

static json_t *step_json(const struct scn *scn, const struct scn_step *step)
{
    return json_pack("{s:i, s:i, s:s, s:s}", "label", (int)step->label, "line", (int)step->line,
                     "file", short_file(scn->file), "verb", scn_op_name(step));
}

static json_t *records(const struct player_result *r)
{
    json_t *out = json_array();
    for (unsigned i = 0; out && i < r->records && i < PLAYER_RECORDS; i++)
        json_array_append_new(out, json_pack("{s:s, s:I, s:b}", "name", r->record[i].name, "value",
                                             (json_int_t)r->record[i].value, "time",
                                             (int)r->record[i].is_time));
    return out;
}

static json_t *breaches(const struct oracle *oracle, const struct trace *trace)
{
    size_t n = 0;
    json_t *out = json_array();
    const struct oracle_breach *list = oracle ? oracle_breaches(oracle, &n) : NULL;
    uint64_t base = trace && trace_count(trace) ? trace_at(trace, 0)->time : 0;
    for (size_t i = 0; out && i < n; i++) {
        const struct oracle_breach *b = &list[i];
        char clean[sizeof b->message], signature[160];
        json_array_append_new(
            out, json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:s}", "invariant", b->invariant->name,
                           "clause", b->clause ? b->clause : "", "level",
                           b->level == ORACLE_MUST ? "MUST" : "SHOULD", "message",
                           text_clean(b->message, clean, sizeof clean), "at_ns",
                           (json_int_t)(b->time - base), "conn", (json_int_t)b->conn, "signature",
                           oracle_signature(b, signature, sizeof signature)));
    }
    return out;
}

static bool shows_ladder(enum verdict v)
{
    return v != VERDICT_PASS && v != VERDICT_SKIP && v != VERDICT_INFO;
}

/** What the guilty row of the ladder says: the breach there, or what was not allowed. */
static void guilty_mark(const struct case_source *from, char *buf, size_t cap)
{
    const struct player_result *r = from->result;
    size_t n = 0;
    const struct oracle_breach *list = from->oracle ? oracle_breaches(from->oracle, &n) : NULL;
    snprintf(buf, cap, "%s", r->guilty == SIZE_MAX ? "did not come" : "not allowed here");
    if (r->step && r->guilty == SIZE_MAX && *r->wanted)
        snprintf(buf, cap, "no %s", r->wanted);
    for (size_t i = 0; !r->step && i < n; i++)
        if (list[i].event == r->guilty) {
            snprintf(buf, cap, "%s", list[i].invariant->name);
            return;
        }
}

/** The guilty packet's number in the capture, counted from 1. */
static size_t frame_of(const struct trace *trace, size_t guilty)
{
    size_t frame = 0;
    for (size_t i = 0; i < trace_count(trace) && i <= guilty; i++) {
        enum trace_kind kind = trace_at(trace, i)->kind;
        frame += kind == TRACE_SENT || kind == TRACE_INJECTED;
    }
    return frame;
}

static void add_ladder(json_t *one, const struct case_source *from)
{
    char mark[PLAYER_MESSAGE + 8];
    const struct player_result *r = from->result;
    if (!from->trace || !(from->ladder_always || shows_ladder(r->verdict)))
        return;
    guilty_mark(from, mark, sizeof mark);
    struct ladder_source source = {.trace = from->trace,
                                   .scn = from->scn,
                                   .guilty = r->guilty,
                                   .step = shows_ladder(r->verdict) ? r->step : NULL,
                                   .went_on = r->verdict == VERDICT_WARN,
                                   .elapsed = r->elapsed,
                                   .mark = mark,
                                   .whole = from->ladder_whole};
    json_t *rows = ladder_rows(&source);
    if (rows)
        json_object_set_new(one, "ladder", rows);
    if (r->guilty != SIZE_MAX && r->guilty < trace_count(from->trace))
        json_object_set_new(one, "frame",
                            json_integer((json_int_t)frame_of(from->trace, r->guilty)));
}

static void add_seen(json_t *one, const struct case_source *from)
{
    const struct player_result *r = from->result;
    json_object_set_new(one, "elapsed_ns", json_integer((json_int_t)r->elapsed));
    json_object_set_new(one, "reached", json_boolean(r->own_step_reached));
    json_object_set_new(one, "retracted", json_boolean(r->retracted));
    json_object_set_new(one, "claims", json_integer(r->claims));
    json_object_set_new(one, "judged", strings(r->judged, r->judged_count));
    if (r->records)
        json_object_set_new(one, "records", records(r));
    if (r->choices)
        json_object_set_new(one, "choices", strings(r->choice, r->choices));
    if (r->breaches)
        json_object_set_new(one, "breaches", breaches(from->oracle, from->trace));
    if (from->real_clock) {
        json_object_set_new(one, "lateness_ns", json_integer((json_int_t)r->lateness));
        json_object_set_new(one, "replays", json_integer(r->replays));
    }
}

json_t *case_json(const struct case_source *from)
{
    const struct player_result *r = from->result;
    json_t *one = head_of(from->scn, from->catalogue, verdict_name(r->verdict), r->message);
    if (!one)
        return NULL;
    if (r->step)
        json_object_set_new(one, "step", step_json(from->scn, r->step));
    set(one, "wanted", r->wanted);
    set(one, "saw", r->saw);
    set(one, "say", r->say);
    set(one, "clause", r->clause);
    if (shows_ladder(r->verdict) && r->clause)
        json_object_set_new(one, "requirement", requirement(from->catalogue, r->clause));
    add_seen(one, from);
    add_ladder(one, from);
    return one;
}

enum verdict case_verdict(const json_t *one)
{
    const char *name = json_string_value(json_object_get(one, "verdict"));
    for (int v = 0; name && v < VERDICTS; v++)
        if (!strcmp(name, verdict_name((enum verdict)v)))
            return (enum verdict)v;
    return VERDICT_ERROR;
}
