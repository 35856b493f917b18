/* SPDX-License-Identifier: BSD-2-Clause */
/* A case from its beginning to its end. */
#include "player/run.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of the virtual clock: one of 32 bits in milliseconds comes round in the course of a case. */
#define START         (4294967296u / 1000u * SECOND - 10 * SECOND)
#define REAL_SLACK    (50 * MS)
#define REAL_PATIENCE (15 * SECOND)
#define REAL_LIMIT    (15 * SECOND) /* longer cases are not judged on a real clock */
enum { REPLAYS = 3, USUAL_SEED = 1, OCTETS_PER_EVENT = 8192 };

struct player *player_new(void)
{
    struct player *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->schedstat = -1;
    p->trace = trace_new();
    p->oracle = oracle_new();
    p->transit = calloc(TRANSIT_MAX, sizeof *p->transit);
    if (!p->trace || !p->oracle || !p->transit) {
        player_free(p);
        return NULL;
    }
    return p;
}

void player_free(struct player *p)
{
    if (!p)
        return;
    player_detach(p);
    trace_free(p->trace);
    oracle_free(p->oracle);
    free(p->transit);
    free(p);
}

static bool can(struct player *p, const char *name)
{
    if (strcmp(name, "clock.virtual") == 0)
        return !p->real;
    return p->s->can && p->s->can(p->stack, name);
}

static int open_stack(struct player *p, char *why, size_t why_cap)
{
    int r = p->s->open(&p->how, &p->stack, why, why_cap);
    p->attached = r >= 0;
    p->facts =
        (struct tcpassay_facts){.size = sizeof p->facts}; /* they live as long as the stack */
    if (p->attached && p->s->facts)
        p->s->facts(p->stack, &p->facts);
    if (p->attached) {
        p->can.connect = can(p, "app.connect");
        p->can.set_iss = can(p, "set.iss");
        p->can.ipv6 = can(p, "ipv6");
        p->can.rfc5961 = can(p, "rfc5961");
        p->can.rfc5961_5 = can(p, "rfc5961.5");
    }
    return r;
}

void player_addresses(struct tcpassay_open *how)
{
    how->local4 = (struct tcpassay_addr){.family = 4, .ip = {10, 0, 0, 1}};
    how->peer4 = (struct tcpassay_addr){.family = 4, .ip = {10, 0, 0, 2}};
    how->local6 = (struct tcpassay_addr){.family = 6, .ip = {[0] = 0xfd, [15] = 1}};
    how->peer6 = (struct tcpassay_addr){.family = 6, .ip = {[0] = 0xfd, [15] = 2}};
}

int player_attach(struct player *p, const struct player_options *options, char *why, size_t why_cap)
{
    player_detach(p);
    p->options = *options;
    p->s = options->stack;
    p->real = !(p->s->deadline && p->s->advance);
    if (!p->options.most_events)
        p->options.most_events = EVENTS_MAX;
    if (!p->options.patience)
        p->options.patience = REAL_PATIENCE;
    if (!p->options.slack)
        p->options.slack = p->real ? REAL_SLACK : 0;
    p->how = (struct tcpassay_open){.size = sizeof p->how,
                                    .profile = options->profile,
                                    .seed = options->seed,
                                    .now = START,
                                    .mtu = 1500};
    player_addresses(&p->how);
    if (p->real && !(p->s->now && p->s->wait)) {
        snprintf(why, why_cap, "the adapter %s has neither a virtual clock nor a real one",
                 p->s->name);
        return TCPASSAY_EINVAL;
    }
    if (options->most_events &&
        !trace_reserve(p->trace, options->most_events, options->most_events * OCTETS_PER_EVENT)) {
        snprintf(why, why_cap, "no memory");
        return TCPASSAY_ENOMEM;
    }
    if (p->real)
        p->schedstat = open("/proc/self/schedstat", O_RDONLY | O_CLOEXEC);
    int r = open_stack(p, why, why_cap);
    return r < 0 ? r : TCPASSAY_OK;
}

void player_detach(struct player *p)
{
    if (p->attached)
        p->s->close(p->stack);
    if (p->schedstat >= 0)
        close(p->schedstat);
    p->schedstat = -1;
    p->attached = p->forgotten = false;
}

static const char *lacks(const char *name, char *why, size_t why_cap)
{
    snprintf(why, why_cap, "the stack lacks %s", name);
    return why;
}

const char *player_skip(struct player *p, const struct scn *scn, char *why, size_t why_cap)
{
    for (unsigned i = 0; i < SCN_NEEDS && scn->needs[i]; i++)
        if (!can(p, scn->needs[i]))
            return lacks(scn->needs[i], why, why_cap);
    if (scn->given.iss_set && !p->can.set_iss)
        return lacks("set.iss", why, why_cap);
    if (scn->given.family == 6 && !p->can.ipv6)
        return lacks("ipv6", why, why_cap);
    bool opens = scn->given.state != SCN_CLOSED && scn->given.state != SCN_LISTEN &&
                 (scn->given.open != SCN_PASSIVE || scn->given.state == SCN_SYN_SENT);
    if (opens && !p->can.connect)
        return lacks("app.connect", why, why_cap);
    if (scn->profile) {
        bool not_wanted = scn->profile[0] == '!';
        if (can(p, scn->profile + not_wanted) == not_wanted) {
            snprintf(why, why_cap, "the stack %s %s", not_wanted ? "declares" : "does not declare",
                     scn->profile + not_wanted);
            return why;
        }
    }
    if (p->real && !p->options.slow) {
        uint64_t rto = p->facts.rto_initial ? p->facts.rto_initial : SECOND;
        uint64_t bound = scn_time_bound(scn, rto, p->facts.tick, p->facts.msl);
        if (bound > REAL_LIMIT) {
            snprintf(why, why_cap, "its bounds add up to %.0f s on a real clock",
                     (double)bound / 1e9);
            return why;
        }
    }
    return NULL;
}

static uint64_t hash_name(uint64_t seed, const char *name)
{
    uint64_t h = seed ^ 0xcbf29ce484222325ull;
    for (; *name; name++)
        h = (h ^ (uint8_t)*name) * 0x100000001b3ull;
    return h ^ (h >> 29);
}

/* The stack as after open: nothing of an earlier case is left but, on a real clock, TIME-WAITs. */
static int fresh_stack(struct player *p, char *why, size_t why_cap)
{
    bool forgotten = p->attached && p->forgotten && p->how.seed == p->seed;
    p->forgotten = false;
    p->how.seed = p->seed;
    p->how.now = START;
    if (forgotten)
        return TCPASSAY_OK;
    if (p->attached && p->s->reset)
        return p->s->reset(p->stack, p->seed, START);
    player_detach(p);
    return open_stack(p, why, why_cap);
}

static void fresh_oracle(struct player *p)
{
    struct oracle_config config = {.real_clock = p->real,
                                   .slack = p->options.slack,
                                   .tick = p->facts.tick,
                                   .msl = p->facts.msl,
                                   .rto_min = p->facts.rto_min,
                                   .rto_initial = p->facts.rto_initial,
                                   .tester_ts_tick = MS,
                                   .linear_syn = p->facts.linear_syn,
                                   .rfc5961 = p->can.rfc5961,
                                   .rfc5961_5 = p->can.rfc5961_5,
                                   .has_deadline = !p->real,
                                   .keys = p->options.oracle_keys,
                                   .stack_seed = p->seed,
                                   .tester_seed = p->seed ^ 1};
    oracle_reset(p->oracle, &config, p->trace);
}

static bool accepts_itself(const struct scn *scn)
{
    for (unsigned i = 0; i < scn->steps; i++)
        if (scn->step[i].op == SCN_APP && scn->step[i].what == SCN_APP_ACCEPT)
            return true;
    return false;
}

static int begin(struct player *p, const struct scn *scn, char *why, size_t why_cap)
{
    p->scn = scn;
    p->serial++;
    p->seed = scn->seed ? scn->seed : hash_name(p->options.seed, scn->name ? scn->name : "");
    p->random = p->seed ^ 0x5bd1e995;
    p->result = (struct player_result){.guilty = SIZE_MAX};
    for (unsigned i = 0; i < p->conns; i++)
        tester_fresh(&p->tester[i]);
    memset(p->bound, 0, sizeof p->bound);
    memset(p->bound_is_time, 0, sizeof p->bound_is_time);
    for (unsigned i = 0; i < TRACE_CONNS; i++)
        app_fresh(p, i);
    link_heal(p);
    p->conns = 0;
    p->transits = 0;
    p->listener = -1;
    p->listen_port = (uint16_t)(p->real ? 7000 + p->serial % 10000 : 80);
    p->auto_accept = !accepts_itself(scn);
    p->cursor = p->group_time = p->spins = 0;
    p->made.lo = p->made.hi = p->made.conn = 0;
    p->alloc_fails = false;
    p->image_len = 0;
    p->in_group = p->fault_on = p->wild = p->endless = p->content = p->dirty = false;
    p->breaches_seen = 0;
    p->stale_event = SIZE_MAX;
    p->held_up = UINT64_MAX;
    p->step_now = TRACE_STEP_GIVEN;
    p->stimulus_time = 0;
    if (p->stimulus)
        scn_clear(p->stimulus);
    trace_reset(p->trace);
    fresh_oracle(p);
    int r = fresh_stack(p, why, why_cap);
    p->now = p->real && p->attached ? p->s->now(p->stack) : START;
    p->t0 = p->now - 1000; /* trace time begins at 1 us: 0 is never */
    return r;
}

static void remember_last_ack(struct player *p)
{
    for (size_t i = trace_count(p->trace); i > 0 && p->stale_event == SIZE_MAX; i--) {
        const struct trace_event *e = trace_at(p->trace, i - 1);
        if (e->kind == TRACE_SENT && (e->seg.flags & WIRE_ACK) && !(e->seg.flags & WIRE_RST))
            p->stale_event = i - 1;
    }
}

static void play_once(struct player *p, const struct scn *scn)
{
    char why[160] = "reset failed";
    if (begin(p, scn, why, sizeof why) < 0) {
        verdict_decide(p, VERDICT_ERROR, NULL, "the stack cannot be made fresh: %s", why);
        return;
    }
    if (given_reach(p) == GO_ON) {
        p->result.own_step_reached = scn->first >= 0;
        if (p->options.fault != FAULT_NONE) {
            remember_last_ack(p);
            p->fault_on = true;
        }
        p->stimulus_time = run_time(p);
        p->in_group = false;
        enum flow_control r = steps_play(p, scn->first);
        bool closing = !(p->options.leave_out & PLAYER_NO_CLOSING);
        if (r == GO_ON && p->options.fault == FAULT_NONE && closing)
            closing_check(p);
    }
    verdict_finish(p);
}

const struct player_result *player_play(struct player *p, const struct scn *scn)
{
    char why[PLAYER_MESSAGE - 40] = "";
    unsigned replays = 0;
    p->result = (struct player_result){.guilty = SIZE_MAX};
    trace_reset(p->trace);
    if (!p->attached && open_stack(p, why, sizeof why) < 0) {
        verdict_decide(p, VERDICT_ERROR, NULL, "the stack cannot be opened again: %s", why);
        return &p->result;
    }
    const char *skip = player_skip(p, scn, why, sizeof why);
    if (skip) {
        verdict_decide(p, VERDICT_SKIP, NULL, "%s", skip);
        return &p->result;
    }
    for (;;) {
        play_once(p, scn);
        p->result.replays = replays;
        /* What the harness's own lateness may have spoiled is no evidence. */
        bool good = p->result.verdict == VERDICT_PASS || p->result.verdict == VERDICT_SKIP ||
                    p->result.verdict == VERDICT_INFO;
        if (!p->real || good || p->result.lateness <= p->options.slack || replays == REPLAYS)
            break;
        replays++;
    }
    return &p->result;
}

void player_content_with(struct player *p, const char *signature)
{
    snprintf(p->content_with, sizeof p->content_with, "%s", signature ? signature : "");
}

void player_forget(struct player *p)
{
    p->how.seed = USUAL_SEED;
    if (p->attached && p->s->reset)
        p->forgotten = p->s->reset(p->stack, p->how.seed, START) == TCPASSAY_OK;
}

const struct trace *player_trace(const struct player *p)
{
    return p->trace;
}

const struct oracle *player_oracle(const struct player *p)
{
    return p->oracle;
}

const struct tcpassay_facts *player_facts(const struct player *p)
{
    return &p->facts;
}

uint64_t player_seed(const struct player *p)
{
    return p->seed;
}

bool player_real_clock(const struct player *p)
{
    return p->real;
}

void player_record_stimulus(struct player *p, struct scn *into)
{
    p->stimulus = into;
}
