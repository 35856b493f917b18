/* SPDX-License-Identifier: BSD-2-Clause */
/* Scenarios: defaults, the array of steps, names, and how long a case may take. */
#include "scenario/scenario.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

void scn_given_default(struct scn_given *given)
{
    *given = (struct scn_given){
        .state = SCN_ESTABLISHED,
        .open = SCN_PASSIVE,
        .family = 4,
        .wscale = -1,
        .mss = 1460,
        .win = 65535,
        .rcvbuf = -1,
        .sndbuf = -1,
        .nodelay = true,
        .reader = 1,
        .backlog = 8,
    };
}

/* Fuzzing asks for a dozen of these in each case: an expression without terms, and options of no
 * length, are empty whatever else they hold. */
void scn_segment_default(struct scn_segment *seg)
{
    seg->flags = 0;
    seg->seq.n = seg->ack.n = seg->data.n = seg->win.n = seg->urg.n = 0;
    seg->ts_val.n = seg->ts_ecr.n = 0;
    seg->raw_win = seg->only_raw = seg->junk = false;
    seg->ts = SCN_TS_AUTO;
    seg->mss = seg->wscale = -2;
    seg->sack_ok = -2;
    seg->raw_options_len = 0;
    seg->twist = (struct wire_twist){0};
    seg->ecn = seg->to = seg->sacks = 0;
    seg->count = 0;
}

static bool is_stimulus(enum scn_op op)
{
    return op == SCN_SEND || op == SCN_APP || op == SCN_WAIT || op == SCN_LINK ||
           op == SCN_AUTO_ACK || op == SCN_ICMP || op == SCN_FILL;
}

void scn_step_default(struct scn_step *step, enum scn_op op)
{
    if (is_stimulus(op)) {
        memset(step, 0, offsetof(struct scn_step, seg));
        scn_segment_default(&step->seg);
    } else {
        memset(step, 0, sizeof *step);
        step->see.any_flags = true;
        scn_segment_default(&step->seg);
    }
    step->op = (uint8_t)op;
    step->next = -1;
    step->child = -1;
}

struct scn_step *scn_step_room(struct scn *scn)
{
    if (scn->steps >= SCN_STEPS_MAX)
        return NULL;
    if (scn->steps == scn->capacity) {
        uint16_t capacity = scn->capacity == 0 ? 16 : (uint16_t)(2 * scn->capacity);
        struct scn_step *grown = realloc(scn->step, capacity * sizeof *grown);
        if (grown == NULL)
            return NULL;
        scn->step = grown;
        scn->capacity = capacity;
    }
    return &scn->step[scn->steps];
}

struct scn_step *scn_step_add(struct scn *scn, enum scn_op op, int16_t *ret_index)
{
    struct scn_step *step = scn_step_room(scn);
    if (step == NULL)
        return NULL;
    scn_step_default(step, op);
    *ret_index = (int16_t)scn->steps++;
    return step;
}

int scn_copy(struct scn *to, const struct scn *from)
{
    struct scn_step *steps = to->step;
    uint16_t capacity = to->capacity;
    if (capacity < from->steps) {
        steps = realloc(steps, from->steps * sizeof *steps);
        if (steps == NULL)
            return -1;
        capacity = from->steps;
    }
    for (unsigned i = 0; i < from->steps; i++)
        steps[i] = from->step[i];
    *to = *from;
    to->step = steps;
    to->capacity = capacity;
    return 0;
}

void scn_clear(struct scn *scn)
{
    scn->steps = 0;
    scn->first = -1;
    scn->bound_count = 0;
}

void scn_free_steps(struct scn *scn)
{
    free(scn->step);
    scn->step = NULL;
    scn->capacity = 0;
    scn_clear(scn);
}

const char *scn_state_name(enum scn_state state)
{
    static const char *const names[SCN_STATES] = {
        "closed",     "listen",     "syn-sent", "syn-received", "established", "fin-wait-1",
        "fin-wait-2", "close-wait", "closing",  "last-ack",     "time-wait",
    };
    return (unsigned)state < SCN_STATES ? names[state] : "?";
}

const char *scn_var_name(enum scn_var var)
{
    static const char *const names[] = {
        [SCN_NUMBER] = "",
        [SCN_ISS] = "ISS",
        [SCN_SND_UNA] = "SND.UNA",
        [SCN_SND_NXT] = "SND.NXT",
        [SCN_SND_WND] = "SND.WND",
        [SCN_IRS] = "IRS",
        [SCN_RCV_NXT] = "RCV.NXT",
        [SCN_RCV_WND] = "RCV.WND",
        [SCN_RCV_EDGE] = "RCV.EDGE",
        [SCN_RCV_MAX] = "RCV.MAX",
        [SCN_TS_RECENT] = "TS.RECENT",
        [SCN_TESTER_NXT] = "tester.nxt",
        [SCN_TESTER_ACK] = "tester.ack",
        [SCN_TESTER_TS] = "tester.ts",
        [SCN_TESTER_TSECR] = "tester.tsecr",
        [SCN_MSS] = "MSS",
        [SCN_STACK_MSS] = "stack.mss",
        [SCN_RTO] = "rto",
        [SCN_TICK] = "tick",
        [SCN_MSL] = "msl",
        [SCN_BOUND] = "",
    };
    return (size_t)var < sizeof names / sizeof *names ? names[var] : "?";
}

const char *scn_op_name(const struct scn_step *step)
{
    static const char *const names[] = {
        [SCN_APP] = "app",           [SCN_SEND] = "send",
        [SCN_EXPECT] = "expect",     [SCN_NEVER] = "never",
        [SCN_TOGETHER] = "together", [SCN_ONE_OF] = "one-of",
        [SCN_GROUP] = "steps",       [SCN_REPEAT] = "repeat",
        [SCN_ALIVE] = "alive",       [SCN_AUTO_ACK] = "auto-ack",
        [SCN_ANSWER] = "answer",     [SCN_LINK] = "link",
        [SCN_WAIT] = "wait",         [SCN_RECORD] = "record",
        [SCN_ICMP] = "icmp",         [SCN_SKIP_UNLESS] = "skip-unless",
        [SCN_FILL] = "fill",
    };
    if (step->op == SCN_EXPECT && step->role == SCN_REACH)
        return "reach";
    return step->op < sizeof names / sizeof *names ? names[step->op] : "?";
}

/* ---- how long a case may take ---- */

struct clocks {
    uint64_t rto, tick, msl;
};

static uint64_t add_sat(uint64_t a, uint64_t b)
{
    return a > SCN_FOREVER - b ? SCN_FOREVER : a + b;
}

static uint64_t times_sat(uint64_t a, uint64_t n)
{
    return n != 0 && a > SCN_FOREVER / n ? SCN_FOREVER : a * n;
}

/* A value bound when the case is played is not known yet and counts as nothing. */
static uint64_t duration(const struct scn_expr *expr, const struct clocks *clocks)
{
    uint64_t plus = 0, minus = 0;

    for (unsigned i = 0; i < expr->n && i < SCN_TERMS; i++) {
        const struct scn_term *term = &expr->term[i];
        uint64_t factor = term->number < 0 ? 0 - (uint64_t)term->number : (uint64_t)term->number;
        uint64_t unit = term->var == SCN_NUMBER ? 1
                        : term->var == SCN_RTO  ? clocks->rto
                        : term->var == SCN_TICK ? clocks->tick
                        : term->var == SCN_MSL  ? clocks->msl
                                                : 0;
        uint64_t *sum = term->number < 0 ? &minus : &plus;
        *sum = add_sat(*sum, times_sat(unit, factor));
    }
    return plus > minus ? plus - minus : 0;
}

static uint64_t bound_of(const struct scn *scn, int16_t index, const struct clocks *clocks);

/* Of a list of siblings: the sum of what each may take, or the longest. */
static uint64_t bound_list(const struct scn *scn, int16_t first, bool longest,
                           const struct clocks *clocks)
{
    uint64_t total = 0;

    for (int16_t i = first; i >= 0; i = scn->step[i].next) {
        uint64_t one = bound_of(scn, i, clocks);
        total = !longest ? add_sat(total, one) : one > total ? one : total;
    }
    return total;
}

static uint64_t bound_of(const struct scn *scn, int16_t index, const struct clocks *clocks)
{
    const struct scn_step *step = &scn->step[index];

    switch (step->op) {
    case SCN_TOGETHER:
    case SCN_ONE_OF:
        return bound_list(scn, step->child, true, clocks);
    case SCN_GROUP:
        return bound_list(scn, step->child, false, clocks);
    case SCN_REPEAT:
        return times_sat(bound_list(scn, step->child, false, clocks),
                         duration(&step->number, clocks));
    case SCN_WAIT:
        return duration(&step->number, clocks);
    default:
        return add_sat(duration(&step->within, clocks), duration(&step->dur, clocks));
    }
}

uint64_t scn_time_bound(const struct scn *scn, uint64_t rto, uint64_t tick, uint64_t msl)
{
    struct clocks clocks = {.rto = rto, .tick = tick, .msl = msl};

    return bound_list(scn, scn->first, false, &clocks);
}
