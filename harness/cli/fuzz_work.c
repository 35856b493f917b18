/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcpassay fuzz, in a worker: inputs are changed and played, on the guide and on the judged stack.
 * In virtual time both are quick and every child is played on both. On a real clock the guide goes
 * ahead: of many children the first that does something new to it is played on the stack.
 */
#include "cli/fuzz.h"

#include "fuzz/mutator.h"
#include "wire/random.h"

#include <stdlib.h>
#include <string.h>

enum { CHILDREN = 64, AHEAD = 20, CHANGES_MAX = 4, FILL_MAX = 3000, IPV6_MTU = 1280 };

/* A case on a real clock: what it may wait in all, at once, and at its end for a retransmission. */
#define MS_NS     INT64_C(1000000)
#define WAITS_MAX (500 * MS_NS)
#define WAIT_MAX  (300 * MS_NS)
#define LAST_WAIT (260 * MS_NS)
#define DELAY_MAX (10 * MS_NS)
#define RTO_MIN   (200 * MS_NS)

/* ---- what a real clock has no time for ---- */

static int64_t span_of(const struct scn_expr *e)
{
    int64_t sum = 0;
    if (e->n == 0) /* to whatever comes next: a retransmission, more often than not */
        return LAST_WAIT;
    for (unsigned i = 0; i < e->n; i++) {
        int64_t n = e->term[i].number;
        n = n > WAIT_MAX ? WAIT_MAX : n < -WAIT_MAX ? -WAIT_MAX : n;
        if (e->term[i].var == SCN_RTO)
            n = n > 0 ? WAIT_MAX : -WAIT_MAX;
        else if (e->term[i].var != SCN_NUMBER)
            n = n > 0 ? WAIT_MAX : 0;
        sum += n;
    }
    return sum < 0 ? 0 : sum > WAIT_MAX ? WAIT_MAX : sum;
}

static void set_number(struct scn_expr *e, int64_t number)
{
    *e = (struct scn_expr){.n = 1, .term = {{.number = number}}};
}

static int bound_real(struct scn *scn)
{
    int64_t left = WAITS_MAX, last = 0;
    int16_t index;
    if (scn->given.delay > (uint64_t)DELAY_MAX)
        scn->given.delay = (uint64_t)DELAY_MAX;
    for (unsigned i = 0; i < scn->steps; i++) {
        struct scn_step *s = &scn->step[i];
        last = 0;
        if (s->op == SCN_WAIT) {
            int64_t span = span_of(&s->number);
            last = span < left ? span : left;
            left -= last;
            set_number(&s->number, last);
        } else if (s->op == SCN_LINK && s->what == SCN_LINK_DELAY && s->number.n &&
                   s->number.term[0].number > DELAY_MAX) {
            set_number(&s->number, DELAY_MAX);
        } else if (s->op == SCN_APP && s->what == SCN_APP_MTU && scn->given.family == 6 &&
                   s->number.n && s->number.term[0].number < IPV6_MTU) {
            set_number(&s->number, IPV6_MTU); /* a device with less has no IPv6 */
        } else if (s->op == SCN_FILL && (s->seg.count == 0 || s->seg.count > FILL_MAX)) {
            s->seg.count = FILL_MAX;
        }
    }
    if (last >= LAST_WAIT)
        return 0;
    struct scn_step *wait = scn_step_add(scn, SCN_WAIT, &index);
    if (!wait)
        return scn->steps < SCN_STEPS_MAX ? -1 : 0;
    set_number(&wait->number, LAST_WAIT);
    wait->label = (uint16_t)(index + 1);
    if (index > 0)
        scn->step[index - 1].next = index;
    else
        scn->first = 0;
    return 0;
}

int fuzz_scenario(const struct fuzz *f, const uint8_t *data, size_t len, struct scn *scn)
{
    if (scn_from_bytes(data, len, scn))
        return -1;
    return f->real ? bound_real(scn) : 0;
}

/* ---- the players ---- */

static struct player *attach(const struct player_options *options, char *why, size_t why_cap)
{
    struct player *p = player_new();
    if (!p)
        snprintf(why, why_cap, "no memory for a player");
    else if (player_attach(p, options, why, why_cap) == TCPASSAY_OK)
        return p;
    player_free(p);
    return NULL;
}

int fuzz_begin(void *context, unsigned worker, char *why, size_t why_cap)
{
    struct fuzz *f = context;
    f->mine = &f->shared->slot[worker];
    f->player = attach(&f->options, why, why_cap);
    for (unsigned i = 0; i < stacks_input_profiles() && f->player; i++) {
        char spec[64];
        stacks_input_spec(i, spec, sizeof spec);
        const char *colon = strchr(spec, ':');
        struct player_options options = {.stack = &stacks_guide,
                                         .profile = colon ? colon + 1 : NULL,
                                         .seed = f->options.seed,
                                         .most_events = SCN_BYTES_EVENTS};
        f->guide[i] = attach(&options, why, why_cap);
        if (!f->guide[i])
            return -1;
    }
    return f->player ? 0 : -1;
}

/** Hit counts as AFL has them: 1, 2, 3, 4 to 7, 8 to 15, 16 to 31, 32 to 127, more. */
static uint8_t bucket(uint8_t times)
{
    static const uint8_t least[] = {1, 2, 3, 4, 8, 16, 32, 128};
    unsigned i = 7;
    while (times < least[i])
        i--;
    return (uint8_t)(1u << i);
}

static bool is_new(atomic_uchar *seen, uint8_t bits)
{
    return (atomic_fetch_or_explicit(seen, bits, memory_order_relaxed) & bits) != bits;
}

static void count(struct fuzz *f, uint32_t mark)
{
    (void)atomic_fetch_add_explicit(&f->shared->hits[mark], 1, memory_order_relaxed);
}

/** Play it on the guide: a block gone through for the first time, or so often, or FUZZ_UNMARKED. */
static uint32_t guide_shows_new(struct fuzz *f, struct fuzz_answer *answer, unsigned profile)
{
    const uint32_t *blocks;
    uint32_t fresh = FUZZ_UNMARKED;
    guide_clear();
    (void)player_play(f->guide[profile % stacks_input_profiles()], &f->scn);
    size_t n = guide_blocks(&blocks);
    for (size_t i = 0; i < n; i++) {
        count(f, blocks[i]);
        if (is_new(&f->shared->blocks[blocks[i]], bucket(guide_times(blocks[i]))))
            fresh = blocks[i];
    }
    answer->guide_runs++;
    return fresh;
}

struct looking {
    struct fuzz *f;
    uint32_t fresh;
};

static void look(void *context, uint16_t feature)
{
    struct looking *l = context;
    atomic_uchar *seen = &l->f->shared->features[feature];
    count(l->f, GUIDE_BLOCKS + feature);
    if (*seen == 0 && is_new(seen, 1))
        l->fresh = GUIDE_BLOCKS + feature;
}

/* ---- the answer ---- */

static void say(FILE *out, struct fuzz_answer *answer, enum fuzz_item_kind kind, const char *line,
                const char *message, uint32_t mark, const struct fuzz_slot *mine)
{
    struct fuzz_item item = {.kind = kind, .len = mine->now_len, .mark = mark};
    snprintf(item.line, sizeof item.line, "%s", line);
    snprintf(item.message, sizeof item.message, "%s", message);
    fwrite(&item, sizeof item, 1, out);
    fwrite(mine->now, 1, item.len, out);
    answer->items++;
}

/** Whether it happened in the input's own steps: its set-up, and what comes after it, lead nowhere.
 */
static bool in_steps(const struct fuzz *f, const struct oracle_breach *b)
{
    const struct trace *trace = player_trace(f->player);
    return b->event < trace_count(trace) && trace_at(trace, b->event)->step < TRACE_STEP_CLOSING;
}

static void say_breaches(struct fuzz *f, FILE *out, struct fuzz_answer *answer,
                         const struct player_result *result, uint32_t fresh)
{
    size_t n;
    char line[TRIAL_LINE];
    const struct oracle_breach *b = oracle_breaches(player_oracle(f->player), &n);
    for (size_t i = 0; i < n; i++) {
        bool must = b[i].level == ORACLE_MUST || f->o->strict;
        oracle_signature(&b[i], line, sizeof line);
        say(out, answer, must ? FUZZ_MUST : FUZZ_SHOULD, line, b[i].message,
            in_steps(f, &b[i]) ? fresh : FUZZ_UNMARKED, f->mine);
    }
    if (result->verdict == VERDICT_ERROR)
        say(out, answer, FUZZ_MUST, "ERROR", result->message, 0, f->mine);
}

/**
 * Play what stands in the slot on the judged stack, and keep it if it shows something new there, or
 * MARK says what is new about it already.
 */
static void play_here(struct fuzz *f, FILE *out, struct fuzz_answer *answer, uint32_t mark)
{
    struct looking l = {.f = f, .fresh = FUZZ_UNMARKED};
    const struct player_result *result = player_play(f->player, &f->scn);
    feature_each(player_trace(f->player), look, &l);
    answer->runs++;
    answer->unjudged += !result->own_step_reached;
    if (l.fresh != FUZZ_UNMARKED && result->own_step_reached)
        mark = l.fresh;
    if (mark != FUZZ_UNMARKED && f->mine->kind != FUZZ_AS_IS)
        say(out, answer, FUZZ_KEEP, "", "", mark, f->mine);
    say_breaches(f, out, answer, result, l.fresh == FUZZ_UNMARKED ? FUZZ_NOTHING_NEW : l.fresh);
}

/* ---- children ---- */

static void make_child(struct fuzz *f, uint64_t *random)
{
    struct fuzz_slot *m = f->mine;
    bool lead = m->kind == FUZZ_FOLLOWED; /* much is right already, and something else is missing */
    unsigned changes = lead ? 1 : 1 + (unsigned)(random_next(random) % CHANGES_MAX);
    size_t len = m->len[0];
    if (random_next(random) % (lead ? 2 : 8) == 0) {
        len = mutator_cross(&mutator_scenario, m->data[0], m->len[0], m->data[1], m->len[1], m->now,
                            sizeof m->now, random_next(random));
    } else {
        memcpy(m->now, m->data[0], len);
    }
    for (unsigned i = 0; i < changes; i++)
        len = mutator_mutate(&mutator_scenario, m->now, len, sizeof m->now, random_next(random));
    m->now_len = (uint32_t)len;
}

/** Make a child; what it did to the guide that is new. */
static uint32_t next_child(struct fuzz *f, uint64_t *random, struct fuzz_answer *answer)
{
    make_child(f, random);
    if (fuzz_scenario(f, f->mine->now, f->mine->now_len, &f->scn))
        return FUZZ_UNMARKED;
    return guide_shows_new(f, answer, scn_bytes_profile(f->mine->now, f->mine->now_len));
}

static void work_changed(struct fuzz *f, FILE *out, struct fuzz_answer *answer)
{
    uint64_t random = f->mine->seed;
    for (unsigned i = 0; !f->real && i < CHILDREN; i++) {
        uint32_t mark = next_child(f, &random, answer);
        play_here(f, out, answer, mark);
    }
    if (!f->real)
        return;
    uint32_t mark = FUZZ_UNMARKED;
    unsigned ahead = f->mine->kind == FUZZ_FOLLOWED ? 1 : AHEAD; /* the guide has not led here */
    for (unsigned i = 0; i < ahead && mark == FUZZ_UNMARKED; i++)
        mark = next_child(f, &random, answer);
    play_here(f, out, answer, mark);
}

int fuzz_work(void *context, size_t index, void **ret_answer, size_t *ret_len)
{
    struct fuzz *f = context;
    struct fuzz_slot *m = f->mine;
    struct fuzz_answer answer = {0};
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    (void)index;
    if (!out)
        return -1;
    fwrite(&answer, sizeof answer, 1, out);
    if (m->kind == FUZZ_AS_IS) {
        memcpy(m->now, m->data[0], m->len[0]);
        m->now_len = m->len[0];
        if (fuzz_scenario(f, m->now, m->now_len, &f->scn) == 0) {
            (void)guide_shows_new(f, &answer, scn_bytes_profile(m->now, m->now_len));
            play_here(f, out, &answer, FUZZ_UNMARKED);
        }
    } else {
        work_changed(f, out, &answer);
    }
    if (fclose(out)) {
        free(text);
        return -1;
    }
    memcpy(text, &answer, sizeof answer);
    *ret_answer = text;
    *ret_len = len;
    return 0;
}
