/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shrinking: an edit makes a scenario simpler by a measure that only falls, so that it comes to an
 * end; edits are tried in the order of what they save, until none holds any more.
 */
#include "scenario/shrink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum kind { CUT, PLAIN, NUMBER, GIVEN, GIVEN_NUMBER };

/** One thing to try: of kind CUT `count` steps from `at`; else field and way of the step `at`. */
struct edit {
    enum kind kind;
    unsigned at, count, field, way;
};

struct shrinking {
    struct scn_shrink *job;
    struct scn *now;
    struct scn candidate[SCN_SHRINK_BATCH];
    struct edit edit[SCN_SHRINK_BATCH];
    size_t n;
    bool out_of_memory;
};

/* ---- numbers ---- */

static uint64_t size_of(int64_t number)
{
    return number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
}

/* How hard a number is to read: how many of its digits mean something, its length, its size. */
static unsigned cost_of(int64_t number)
{
    uint64_t size = size_of(number);
    unsigned cost = number < 0;
    for (; size > 0 && size % 10 == 0; size /= 10)
        cost += 20;
    for (; size > 9; size /= 10)
        cost += 120;
    return cost + 2 * (unsigned)size + (size > 0 ? 100 : 0);
}

/** NUMBER with its first MOST digits, these less by LESS, and zeros behind them. */
static int64_t digits(int64_t number, unsigned most, uint64_t less)
{
    uint64_t size = size_of(number), unit = 1, limit = 1;
    while (most-- > 0)
        limit *= 10;
    while (size / unit >= limit)
        unit *= 10;
    int64_t rounded = (int64_t)((size / unit - less) * unit);
    return number < 0 ? -rounded : rounded;
}

enum { NUMBER_WAYS = 8 };

/** The way-th plainer number, or NUMBER itself if it is none. LEAST is the smallest that may be. */
static int64_t plainer(int64_t number, unsigned way, int64_t least)
{
    int64_t to = number;
    switch (way) {
    case 0:
        to = 0;
        break;
    case 1:
        to = number < 0 ? -1 : 1;
        break;
    case 2:
        to = digits(number, 1, 0);
        break;
    case 3:
        to = digits(number, 2, 0);
        break;
    case 4:
        to = digits(number / 10, 1, 0);
        break;
    case 5:
        to = digits(number / 2, 1, 0);
        break;
    case 6:
        to = number ? digits(number, 1, 1) : 0;
        break;
    default:
        to = number == INT64_MIN ? 0 : -number;
        break;
    }
    to = to < least ? least : to;
    return cost_of(to) < cost_of(number) ? to : number;
}

static bool is_plain(const struct scn_expr *e)
{
    return e->n == 1 && e->term[0].var == SCN_NUMBER;
}

/* ---- fields of steps ---- */

enum { EXPR_FIELDS = 8 };

static struct scn_expr *expr_of(struct scn_step *s, unsigned field)
{
    struct scn_expr *const fields[EXPR_FIELDS] = {&s->number,     &s->seg.seq,   &s->seg.ack,
                                                  &s->seg.data,   &s->seg.win,   &s->seg.urg,
                                                  &s->seg.ts_val, &s->seg.ts_ecr};
    return fields[field];
}

/* The smallest number that a rule may have there. */
static int64_t least_of(const struct scn_step *s, unsigned field)
{
    if (s->op == SCN_APP && s->what == SCN_APP_MTU)
        return 68;
    bool call = s->op == SCN_APP && (s->what == SCN_APP_SETOPT || s->what == SCN_APP_LISTEN ||
                                     s->what == SCN_APP_URGENT);
    if (field == 0 && (call || s->op == SCN_FILL))
        return 1;
    return field == 0 && s->op != SCN_ICMP ? 0 : INT64_MIN;
}

static bool may_go(struct scn_step *s, unsigned field)
{
    if (field >= 6) /* TS_SET has one of them */
        return expr_of(s, 13 - field)->n > 0;
    return field > 0; /* a step without its number would do something else */
}

/** Ways of a field: left out, without one of its terms, then its last plain number plainer. */
enum { EXPR_WAYS = 1 + SCN_TERMS + NUMBER_WAYS };

static bool simplify_expr(struct scn_step *s, unsigned field, unsigned way)
{
    struct scn_expr *e = expr_of(s, field);
    if (e->n == 0)
        return false;
    if (way == 0) {
        bool go = may_go(s, field);
        if (go)
            e->n = 0;
        return go;
    }
    if (way <= SCN_TERMS) {
        unsigned at = way - 1;
        if (e->n < 2 || at >= e->n)
            return false;
        memmove(&e->term[at], &e->term[at + 1], (e->n - at - 1u) * sizeof e->term[0]);
        e->n--;
        return !is_plain(e) || e->term[0].number >= least_of(s, field);
    }
    struct scn_term *last = &e->term[e->n - 1];
    bool alone = is_plain(e);
    int64_t to = plainer(last->number, way - 1 - SCN_TERMS, alone ? least_of(s, field) : INT64_MIN);
    if (to == last->number || (last->var != SCN_NUMBER && to == 0))
        return false;
    last->number = to;
    return true;
}

static bool drop_flag(uint16_t *flags, uint16_t flag)
{
    bool had = (*flags & flag) != 0;
    *flags &= (uint16_t)~flag;
    return had;
}

/** Set *FIELD; false if it was so already. */
#define BECOMES(field, value) ((field) != (value) ? ((field) = (value), true) : false)

enum { PLAIN_WAYS = 24 };

static bool plain_segment(struct scn_segment *seg, unsigned way)
{
    static const uint16_t flags[] = {WIRE_PSH, WIRE_URG, WIRE_ECE, WIRE_CWR, WIRE_FIN, WIRE_SYN};
    if (way < sizeof flags / sizeof flags[0])
        return drop_flag(&seg->flags, flags[way]);
    switch (way - sizeof flags / sizeof flags[0]) {
    case 0:
        return BECOMES(seg->ts, SCN_TS_AUTO);
    case 1:
        return BECOMES(seg->mss, -2);
    case 2:
        return BECOMES(seg->wscale, -2);
    case 3:
        return BECOMES(seg->sack_ok, -2);
    case 4:
        return BECOMES(seg->sacks, 0);
    case 5:
        seg->only_raw = false;
        return BECOMES(seg->raw_options_len, 0);
    case 6:
        return BECOMES(seg->twist.bad_checksum, false);
    case 7:
        return BECOMES(seg->twist.zero_checksum, false);
    case 8:
        return BECOMES(seg->twist.data_offset, 0);
    case 9:
        return BECOMES(seg->twist.reserved, 0);
    case 10:
        return BECOMES(seg->to, SCN_TO_STACK);
    case 11:
        return BECOMES(seg->junk, false);
    case 12:
        return BECOMES(seg->raw_win, false);
    case 13:
        return BECOMES(seg->ecn, 0);
    case 14:
        return seg->count > 1 ? BECOMES(seg->count, 0) : false;
    default:
        return seg->count > 3 ? BECOMES(seg->count, seg->count / 2) : false;
    }
}

static bool plain_step(struct scn_step *s, unsigned way)
{
    if (way == PLAIN_WAYS - 1)
        return BECOMES(s->conn, 0);
    if (s->op == SCN_SEND) {
        bool simpler = plain_segment(&s->seg, way);
        if (s->seg.ts != SCN_TS_SET)
            s->seg.ts_val.n = s->seg.ts_ecr.n = 0;
        if (!(s->seg.flags & WIRE_URG))
            s->seg.urg.n = 0;
        return simpler;
    }
    if (s->op == SCN_FILL && way == 0)
        return s->seg.count > 0 ? BECOMES(s->seg.count, 0) : false; /* as many as it takes */
    if (s->op == SCN_AUTO_ACK && way == 0)
        return s->every > 1 ? BECOMES(s->every, 0) : false;
    return s->op == SCN_ICMP && way == 0 ? BECOMES(s->icmp_info, 0) : false;
}

/* ---- the set-up ---- */

enum { GIVEN_WAYS = 16 };

static bool plain_given(struct scn_given *g, unsigned way)
{
    struct scn_given usual;
    scn_given_default(&usual);
    switch (way) {
    case 0: {
        bool was = g->family == 6;
        g->family = 4;
        g->mss = was && g->mss == 1440 ? 1460 : g->mss;
        return was;
    }
    case 1:
        return BECOMES(g->ts, 0);
    case 2:
        return BECOMES(g->sack, 0);
    case 3:
        return BECOMES(g->wscale, usual.wscale);
    case 4:
        return BECOMES(g->mss, g->family == 6 ? 1440 : usual.mss);
    case 5:
        return BECOMES(g->win, usual.win);
    case 6:
        return BECOMES(g->iss_set, false);
    case 7:
        return BECOMES(g->irs_set, false);
    case 8:
        return BECOMES(g->rcvbuf, usual.rcvbuf);
    case 9:
        return BECOMES(g->sndbuf, usual.sndbuf);
    case 10:
        return BECOMES(g->nodelay, true);
    case 11:
        return BECOMES(g->linger0, false);
    case 12:
        return BECOMES(g->reader, 1);
    case 13:
        return BECOMES(g->in_flight, 0);
    case 14:
        return BECOMES(g->backlog, usual.backlog);
    default:
        return BECOMES(g->delay, 0);
    }
}

enum { GIVEN_NUMBERS = 6 };

static bool plainer_given(struct scn_given *g, unsigned field, unsigned way)
{
    struct scn_given usual;
    scn_given_default(&usual);
    int64_t number[GIVEN_NUMBERS] = {g->mss,    g->win,       g->rcvbuf,
                                     g->sndbuf, g->in_flight, (int64_t)g->delay};
    const int64_t usually[GIVEN_NUMBERS] = {
        g->family == 6 ? 1440 : usual.mss, usual.win, -1, -1, 0, 0};
    if (number[field] == usually[field] || number[field] <= 0)
        return false;
    int64_t to = plainer(number[field], way, 1);
    if (to == number[field])
        return false;
    number[field] = to;
    g->mss = (int32_t)number[0];
    g->win = number[1];
    g->rcvbuf = number[2];
    g->sndbuf = number[3];
    g->in_flight = number[4];
    g->delay = (uint64_t)number[5];
    return true;
}

/* ---- candidates ---- */

/** All of FROM's steps but COUNT from AT on, one behind the other. */
static int copy_without(const struct scn *from, unsigned at, unsigned count, struct scn *to)
{
    struct scn_step *step = to->step;
    uint16_t capacity = to->capacity;
    *to = *from;
    to->step = step;
    to->capacity = capacity;
    scn_clear(to);
    unsigned i = 0;
    for (int16_t k = from->first; k >= 0; k = from->step[k].next, i++) {
        int16_t index;
        if (i >= at && i - at < count)
            continue;
        struct scn_step *copy = scn_step_add(to, from->step[k].op, &index);
        if (!copy)
            return -1;
        *copy = from->step[k];
        copy->next = -1;
        copy->label = (uint16_t)(index + 1);
        if (index > 0)
            to->step[index - 1].next = index;
        else
            to->first = 0;
    }
    return 0;
}

/** Whether EDIT makes the scenario simpler, and then how it looks. */
static bool apply(struct shrinking *s, const struct edit *edit, struct scn *candidate)
{
    bool cut = edit->kind == CUT;
    if (copy_without(s->now, cut ? edit->at : 0, cut ? edit->count : 0, candidate)) {
        s->out_of_memory = true;
        return false;
    }
    switch (edit->kind) {
    case CUT:
        return candidate->steps < s->now->steps;
    case PLAIN:
        return plain_step(&candidate->step[edit->at], edit->way);
    case NUMBER:
        return simplify_expr(&candidate->step[edit->at], edit->field, edit->way);
    case GIVEN:
        return plain_given(&candidate->given, edit->way);
    case GIVEN_NUMBER:
        return plainer_given(&candidate->given, edit->field, edit->way);
    }
    return false;
}

static bool on(const struct shrinking *s)
{
    return s->job->tried < s->job->most && !s->out_of_memory;
}

/** Put the candidates gathered. The edit that held, or NULL; what stands is the smaller one then.
 */
static const struct edit *put(struct shrinking *s)
{
    size_t n = s->n;
    s->n = 0;
    if (n == 0 || !on(s))
        return NULL;
    s->job->tried += (unsigned)n;
    size_t kept = s->job->first(s->job->context, s->candidate, n);
    if (kept >= n)
        return NULL;
    if (copy_without(&s->candidate[kept], 0, 0, s->now)) {
        s->out_of_memory = true;
        return NULL;
    }
    s->job->kept++;
    return &s->edit[kept];
}

/** Gather EDIT, and put what there is once the batch is full. */
static const struct edit *offer(struct shrinking *s, const struct edit *edit)
{
    if (!on(s) || !apply(s, edit, &s->candidate[s->n]))
        return NULL;
    s->edit[s->n++] = *edit;
    return s->n == s->job->batch ? put(s) : NULL;
}

/* Runs of steps, halves first: where one could go, the next stands at its place. */
static bool cut_steps(struct shrinking *s)
{
    bool any = false;
    for (unsigned size = s->now->steps; size > 0 && on(s); size = size > 1 ? (size + 1) / 2 : 0) {
        unsigned at = 0;
        while (at < s->now->steps && on(s)) {
            unsigned left = s->now->steps - at;
            struct edit cut = {.kind = CUT, .at = at, .count = size < left ? size : left};
            const struct edit *held = offer(s, &cut);
            at += size;
            if (!held && at >= s->now->steps)
                held = put(s);
            if (held) {
                any = true;
                at = held->at;
            }
        }
    }
    return any;
}

/** The edits of one scenario but for cuts, by number; false behind the last. */
static bool nth(const struct scn *scn, unsigned n, struct edit *ret_edit)
{
    enum { GIVEN_ALL = GIVEN_WAYS + GIVEN_NUMBERS * NUMBER_WAYS };
    enum { STEP_ALL = PLAIN_WAYS + EXPR_FIELDS * EXPR_WAYS };
    *ret_edit = (struct edit){.kind = GIVEN, .way = n};
    if (n < GIVEN_WAYS)
        return true;
    if (n < GIVEN_ALL) {
        n -= GIVEN_WAYS;
        *ret_edit =
            (struct edit){.kind = GIVEN_NUMBER, .field = n / NUMBER_WAYS, .way = n % NUMBER_WAYS};
        return true;
    }
    n -= GIVEN_ALL;
    *ret_edit = (struct edit){.kind = PLAIN, .at = n / STEP_ALL, .way = n % STEP_ALL};
    if (ret_edit->way >= PLAIN_WAYS) {
        unsigned k = ret_edit->way - PLAIN_WAYS;
        ret_edit->kind = NUMBER;
        ret_edit->field = k / EXPR_WAYS;
        ret_edit->way = k % EXPR_WAYS;
    }
    return ret_edit->at < scn->steps;
}

static bool simplify(struct shrinking *s)
{
    struct edit edit;
    bool any = false;
    for (unsigned n = 0; on(s) && nth(s->now, n, &edit); n++)
        any = offer(s, &edit) != NULL || any;
    return put(s) != NULL || any;
}

static bool only_stimuli(const struct scn *scn)
{
    for (int16_t i = scn->first; i >= 0; i = scn->step[i].next) {
        const struct scn_step *s = &scn->step[i];
        bool claim = s->op == SCN_APP && s->what >= SCN_APP_RECEIVED;
        bool stimulus = s->op == SCN_APP || s->op == SCN_SEND || s->op == SCN_LINK ||
                        s->op == SCN_WAIT || s->op == SCN_ICMP || s->op == SCN_FILL ||
                        s->op == SCN_AUTO_ACK;
        if (!stimulus || claim || s->binds > 0)
            return false;
    }
    return true;
}

int scn_shrink(struct scn *whole, struct scn_shrink *job)
{
    struct scn now = {0};
    struct shrinking s = {.job = job, .now = &now};
    job->tried = job->kept = 0;
    if (!only_stimuli(whole)) {
        errno = ENOTSUP;
        return -1;
    }
    if (job->batch == 0 || job->batch > SCN_SHRINK_BATCH)
        job->batch = SCN_SHRINK_BATCH;
    s.out_of_memory = copy_without(whole, 0, 0, &now) != 0;
    bool again = !s.out_of_memory;
    while (again && on(&s)) {
        again = cut_steps(&s);
        again = simplify(&s) || again;
    }
    if (!s.out_of_memory)
        s.out_of_memory = copy_without(&now, 0, 0, whole) != 0;
    scn_free_steps(&now);
    for (size_t i = 0; i < SCN_SHRINK_BATCH; i++)
        scn_free_steps(&s.candidate[i]);
    errno = ENOMEM;
    return s.out_of_memory ? -1 : 0;
}
