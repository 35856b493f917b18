/* SPDX-License-Identifier: BSD-2-Clause */
/* From what held and what broke to the verdict of the case, in sentences. */
#include "player/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *verdict_name(enum verdict v)
{
    static const char *const names[VERDICTS] = {"PASS",   "FAIL",  "WARN", "INFO", "SKIP",
                                                "INCONC", "CRASH", "HANG", "ERROR"};
    return (unsigned)v < VERDICTS ? names[v] : "?";
}

/* Which of two verdicts a case ends with: a later PASS or INFO takes nothing back. */
static unsigned rank(enum verdict v)
{
    static const uint8_t ranks[VERDICTS] = {
        [VERDICT_PASS] = 0,  [VERDICT_INFO] = 1,   [VERDICT_WARN] = 2,
        [VERDICT_SKIP] = 3,  [VERDICT_INCONC] = 4, [VERDICT_FAIL] = 5,
        [VERDICT_CRASH] = 6, [VERDICT_HANG] = 6,   [VERDICT_ERROR] = 7};
    return ranks[v];
}

enum flow_control verdict_decide(struct player *p, enum verdict v, const struct scn_step *step,
                                 const char *format, ...)
{
    struct player_result *r = &p->result;
    if (rank(v) > rank(r->verdict)) {
        va_list args;
        va_start(args, format);
        vsnprintf(r->message, sizeof r->message, format, args);
        va_end(args);
        r->verdict = v;
        r->step = step;
        r->say = step ? step->say : NULL;
        r->clause = NULL;
        r->guilty = SIZE_MAX;
        r->wanted[0] = r->saw[0] = '\0';
    }
    return rank(v) >= rank(VERDICT_SKIP) ? STOP : GO_ON;
}

/* ---- words for a step ---- */

struct text {
    char *at;
    size_t left;
};

static void put(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(t->at, t->left, format, args);
    va_end(args);
    if (n < 0)
        return;
    size_t used = (size_t)n < t->left ? (size_t)n : t->left ? t->left - 1 : 0;
    t->at += used;
    t->left -= used;
}

static void put_range(struct player *p, struct text *t, unsigned conn, const char *name,
                      const struct scn_range *r)
{
    if (r->kind == SCN_ANY)
        put(t, " with %s", name);
    else if (r->kind == SCN_NONE)
        put(t, " without %s", name);
    else if (r->kind == SCN_IS)
        put(t, " %s %lld", name, (long long)value_of(p, conn, &r->lo));
    else if (r->kind == SCN_FROM_TO) {
        put(t, " %s ", name);
        if (r->lo.n)
            put(t, "%lld", (long long)value_of(p, conn, &r->lo));
        put(t, "..");
        if (r->hi.n)
            put(t, "%lld", (long long)value_of(p, conn, &r->hi));
    }
}

static void put_duration(struct text *t, const char *word, uint64_t ns)
{
    if (ns % SECOND == 0)
        put(t, " %s %llu s", word, (unsigned long long)(ns / SECOND));
    else
        put(t, " %s %.6g ms", word, (double)ns / 1e6);
}

static void put_pattern(struct player *p, struct text *t, unsigned c, const struct scn_pattern *see,
                        bool none)
{
    char flags[16];
    if (see->upto.n) {
        put(t, "%sdata up to %lld", none ? "no " : "", (long long)value_of(p, c, &see->upto));
        return;
    }
    if (see->probe)
        put(t, "%s probe", none ? "no" : "a");
    else if (see->any_flags)
        put(t, "%s segment", none ? "no" : "a");
    else
        put(t, "%s%s", none ? "no " : "", wire_flags_text(see->flags, flags, sizeof flags));
    if (see->from.n)
        put(t, " with the octet %lld", (long long)value_of(p, c, &see->from));
    if (see->beyond.n)
        put(t, " with an octet at or beyond %lld", (long long)value_of(p, c, &see->beyond));
    const struct {
        const char *name;
        const struct scn_range *range;
    } fields[] = {{"seq", &see->seq},         {"ack", &see->ack},      {"win", &see->win},
                  {"len", &see->len},         {"mss", &see->mss},      {"wscale", &see->wscale},
                  {"sack-ok", &see->sack_ok}, {"sack", &see->sack},    {"timestamps", &see->ts},
                  {"tsval", &see->ts_val},    {"tsecr", &see->ts_ecr}, {"urg", &see->urg},
                  {"raw-seq", &see->raw_seq}, {"ecn", &see->ecn}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        put_range(p, t, c, fields[i].name, fields[i].range);
}

static void put_app(struct player *p, struct text *t, const struct scn_step *step)
{
    static const char *const words[] = {
        [SCN_APP_RECEIVED] = "octets read by the application",
        [SCN_APP_EOF] = "the application told of the end of the stream",
        [SCN_APP_CONNECTED] = "the open to succeed",
        [SCN_APP_ACCEPTED] = "a connection to accept",
        [SCN_APP_ERROR] = "the application told of an error",
        [SCN_APP_NO_ERROR] = "no error told to the application",
        [SCN_APP_URGENT_SEEN] = "the application told of urgent data",
        [SCN_APP_ACKED] = "octets reported as acknowledged",
        [SCN_APP_SENT] = "octets taken from the application"};
    if (step->what == SCN_APP_RECEIVED || step->what == SCN_APP_ACKED || step->what == SCN_APP_SENT)
        put(t, "%lld ", (long long)value_of(p, step->conn, &step->number));
    if (step->what < sizeof words / sizeof *words && words[step->what])
        put(t, "%s", words[step->what]);
}

static void describe_step(struct player *p, const struct scn_step *step,
                          const struct scn_pattern *see, char *buf, size_t cap)
{
    struct text t = {buf, cap};
    if (cap)
        buf[0] = '\0';
    switch (step->op) {
    case SCN_NEVER:
        put_pattern(p, &t, step->conn, see, true);
        break;
    case SCN_EXPECT:
        put_pattern(p, &t, step->conn, see, false);
        break;
    case SCN_ALIVE:
        put(&t, "the %s alive", step->what == SCN_ALIVE_LISTENER ? "listener" : "connection");
        break;
    case SCN_APP:
        put_app(p, &t, step);
        break;
    default:
        put(&t, "%s", scn_op_name(step));
        break;
    }
    if (step->within.n)
        put_duration(&t, "within", duration_of(p, step->conn, &step->within));
    if (step->dur.n)
        put_duration(&t, "for", duration_of(p, step->conn, &step->dur));
}

/* ---- what was seen instead ---- */

static void describe_segment(struct player *p, size_t event, char *buf, size_t cap)
{
    const struct trace_event *e = trace_at(p->trace, event);
    char flags[16];
    struct text t = {buf, cap};
    if (cap)
        buf[0] = '\0';
    put(&t, "%s  seq %lld", wire_flags_text(e->seg.flags, flags, sizeof flags), (long long)e->seq);
    if (e->seg.flags & WIRE_ACK)
        put(&t, "  ack %lld", (long long)e->ack);
    if (e->seg.len)
        put(&t, "  len %u", (unsigned)e->seg.len);
    put(&t, "  win %u at %.3f s", e->seg.window, (double)e->time / 1e9);
}

static void describe_absence(struct player *p, const struct watch *w, char *buf, size_t cap)
{
    struct text t = {buf, cap};
    if (w->step->op == SCN_APP) {
        const struct app *a = &p->app[w->step->conn];
        put(&t, "%lld read, %lld sent%s", (long long)a->read, (long long)a->taken,
            a->eof ? ", end of stream" : "");
        if (a->error)
            put(&t, ", told of an error: %s", app_error(a->error));
        return;
    }
    if (w->step->see.upto.n) {
        put(&t, "data up to %lld", (long long)p->tester[w->step->conn].ack);
        return;
    }
    for (size_t i = trace_count(p->trace); i > p->cursor; i--)
        if (trace_at(p->trace, i - 1)->kind == TRACE_SENT) {
            describe_segment(p, i - 1, buf, cap);
            return;
        }
    put(&t, "nothing until %.3f s", (double)run_time(p) / 1e9);
}

/* ---- weighing ---- */

static const char *const *clauses_of(const struct player *p, const struct scn_step *step)
{
    return step && step->clause[0] ? step->clause : p->scn->clause;
}

/* The strongest of the clauses decides. */
static enum clause_weight weigh(const struct player *p, const struct scn_step *step,
                                const char **ret_clause)
{
    const char *const *ids = clauses_of(p, step);
    enum clause_weight best = CLAUSE_INFORMS;
    *ret_clause = ids[0];
    if (!p->options.catalogue || !ids[0])
        return CLAUSE_FAILS;
    for (unsigned i = 0; i < SCN_CLAUSES && ids[i]; i++) {
        const struct clause *c = catalogue_find(p->options.catalogue, ids[i]);
        enum clause_weight weight = c ? clause_weight(c) : CLAUSE_FAILS;
        if (weight < best || i == 0) {
            best = weight;
            *ret_clause = ids[i];
        }
    }
    return best;
}

static enum verdict broken_verdict(struct player *p, const struct scn_step *step,
                                   const char **ret_clause)
{
    *ret_clause = NULL;
    if (step->otherwise == SCN_ELSE_SKIP)
        return VERDICT_SKIP;
    if (step->otherwise == SCN_ELSE_INCONC || step->role == SCN_REACH)
        return VERDICT_INCONC;
    switch (weigh(p, step, ret_clause)) {
    case CLAUSE_FAILS:
        return VERDICT_FAIL;
    case CLAUSE_WARNS:
        return VERDICT_WARN;
    case CLAUSE_INFORMS:
        break;
    }
    return VERDICT_INFO;
}

enum flow_control verdict_broken(struct player *p, const struct watch *w)
{
    const struct scn_step *step = w->step;
    char wanted[PLAYER_MESSAGE], saw[PLAYER_MESSAGE];
    const char *clause;
    if (p->wild)
        return STOP; /* the case was cut off: what did not come may still have come */
    if (step->otherwise == SCN_ELSE_PASS)
        return GO_ON;
    p->result.claims++;
    enum verdict v = broken_verdict(p, step, &clause);
    describe_step(p, step, w->begin || w->end ? &w->see : &step->see, wanted, sizeof wanted);
    if (w->event != SIZE_MAX)
        describe_segment(p, w->event, saw, sizeof saw);
    else
        describe_absence(p, w, saw, sizeof saw);
    bool news = rank(v) > rank(p->result.verdict);
    const char *why = step->otherwise_why ? step->otherwise_why : step->say;
    enum flow_control r =
        why ? verdict_decide(p, v, step, "%s", why)
            : verdict_decide(p, v, step, "wanted %.110s; saw %.110s", wanted, saw);
    if (news) {
        p->result.clause = clause;
        p->result.guilty = w->event;
        memcpy(p->result.wanted, wanted, sizeof wanted);
        memcpy(p->result.saw, saw, sizeof saw);
    }
    return r;
}

void verdict_held(struct player *p, const struct scn_step *step)
{
    struct player_result *r = &p->result;
    const char *const *ids = clauses_of(p, step);
    if (step->role == SCN_REACH)
        return;
    r->claims++;
    for (unsigned i = 0; i < SCN_CLAUSES && ids[i]; i++) {
        unsigned j = 0;
        while (j < r->judged_count && strcmp(r->judged[j], ids[i]) != 0)
            j++;
        if (j == r->judged_count && j < sizeof r->judged / sizeof *r->judged)
            r->judged[r->judged_count++] = ids[i];
    }
}

static void weigh_breaches(struct player *p)
{
    size_t n;
    const struct oracle_breach *b = oracle_breaches(p->oracle, &n);
    p->result.breaches = n;
    if (p->options.no_invariants || p->options.fault != FAULT_NONE)
        return;
    for (size_t i = 0; i < n; i++) {
        enum verdict v = b[i].level == ORACLE_MUST ? VERDICT_FAIL : VERDICT_WARN;
        if (rank(v) <= rank(p->result.verdict))
            continue;
        verdict_decide(p, v, NULL, "invariant %s: %s", b[i].invariant->name, b[i].message);
        p->result.clause = b[i].clause;
        p->result.guilty = b[i].event;
    }
}

void verdict_finish(struct player *p)
{
    struct player_result *r = &p->result;
    if (p->endless)
        verdict_decide(p, VERDICT_INCONC, NULL, "the case takes over %zu events, or %d years",
                       p->options.most_events, YEARS_MAX);
    else if (p->wild && !p->content)
        verdict_decide(p, VERDICT_ERROR, NULL,
                       "the stack does not come to rest, or memory ran out");
    weigh_breaches(p);
    if (r->verdict == VERDICT_PASS && r->claims == 0) {
        if (r->records)
            r->verdict = VERDICT_INFO;
        else if (strcmp(p->scn->kind, "scenario") != 0)
            verdict_decide(p, VERDICT_INCONC, NULL, "nothing was judged");
    }
    const struct trace_flow *f = trace_flow(p->trace, 0);
    r->retracted = f && f->retracted;
    r->elapsed = run_time(p);
}
