/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The player: plays a scenario through the port against a stack, with a tester as the peer, a link
 * between them, a trace of all that happens, the oracle watching, and gives a verdict.
 */
#ifndef HARNESS_PLAYER_H
#define HARNESS_PLAYER_H

#include "oracle/oracle.h"
#include "scenario/catalogue.h"
#include "scenario/scenario.h"
#include "tcpassay/stack.h"
#include "trace/trace.h"

enum verdict {
    VERDICT_PASS,
    VERDICT_FAIL,
    VERDICT_WARN,
    VERDICT_INFO,
    VERDICT_SKIP,
    VERDICT_INCONC,
    VERDICT_CRASH, /* given by the pool: the worker died */
    VERDICT_HANG,
    VERDICT_ERROR,
    VERDICTS
};
const char *verdict_name(enum verdict v); /* "PASS" */

/** Faults that wrap any stack: they begin when `given` is reached. For trying the rules. */
enum player_fault { FAULT_NONE, FAULT_MUTE, FAULT_RESETS, FAULT_STALE };

/** What a case can be played without, to measure what it costs; nothing is judged then. */
enum { PLAYER_NO_ORACLE = 1, PLAYER_NO_CLOSING = 2 };

struct player_options {
    const struct tcpassay_stack *stack;
    const char *profile;               /* or NULL */
    const struct catalogue *catalogue; /* for the weight of clauses; NULL: every claim fails */
    uint64_t seed;
    enum player_fault fault; /* with a fault, the rule's own claims alone are judged */
    bool no_invariants;      /* the oracle keeps its account but accuses nobody */
    uint64_t oracle_keys;    /* deviations the stack declares (oracle_keys()) */
    uint64_t slack;          /* real clock: widening of limits, ns; 0: the default */
    uint64_t patience;       /* real clock: how long the closing check waits without one new
                                octet, ns; 0: the default. A short one accuses rashly */
    bool slow;               /* real clock: play cases over 15 s too */
    size_t most_events;      /* a case that takes more is not judged, and there is room for so
                              * many from the beginning; 0: the default, and room as it comes */
    unsigned leave_out;      /* PLAYER_NO_ORACLE needs PLAYER_NO_CLOSING too */
};

enum { PLAYER_RECORDS = 8, PLAYER_CHOICES = 4, PLAYER_MESSAGE = 240, PLAYER_SIGNATURE = 160 };

struct player_record {
    const char *name;
    int64_t value;
    bool is_time;
};

struct player_result {
    enum verdict verdict;
    char message[PLAYER_MESSAGE]; /* one sentence: why it is not PASS */
    char wanted[PLAYER_MESSAGE];  /* what the step asked for, "" if no step is guilty */
    char saw[PLAYER_MESSAGE];     /* what came instead */
    const char *say;              /* the rule's own sentence, or NULL */
    const char *clause;           /* the id that decided, or NULL */
    const struct scn_step *step;  /* the guilty step, or NULL */
    size_t guilty;                /* its event in the trace, or SIZE_MAX */
    size_t breaches;              /* invariants broken: oracle_breaches() of player_oracle() */
    bool own_step_reached;        /* the case came past its set-up, to its own first step */
    bool retracted;               /* the stack's right edge was seen to move left */
    unsigned claims;              /* how many were judged */
    uint64_t elapsed;             /* on the stack's clock */
    uint64_t lateness;            /* real clock: the most the harness itself was late */
    unsigned replays;             /* how often it was played again for lateness */
    unsigned records, choices;
    struct player_record record[PLAYER_RECORDS];
    const char *choice[PLAYER_CHOICES]; /* branches of one-of taken: their `as` */
    const char *judged[32];             /* ids judged and held, for coverage */
    unsigned judged_count;
};

struct player;

/**
 * The addresses of the link between stack and tester, alike in every stack: the stack has 10.0.0.1
 * and fd00::1; the tester has 10.0.0.2 and fd00::2, and every other address in 10.0.0.0/24 and
 * fd00::/64, which all stacks take to be on the link.
 */
void player_addresses(struct tcpassay_open *how);

/** NULL without memory. */
struct player *player_new(void);
void player_free(struct player *p); /* detaches too */
/** Open the stack. 0, or a TCPASSAY_E* with one line in WHY. */
int player_attach(struct player *p, const struct player_options *options, char *why,
                  size_t why_cap);
void player_detach(struct player *p);
/** A case may end as soon as it shows this signature (oracle_signature), which is copied; NULL:
 * none may. */
void player_content_with(struct player *p, const char *signature);
/** Play a scenario from a fresh state. The result lives until the next one; never NULL. */
const struct player_result *player_play(struct player *p, const struct scn *scn);
/**
 * Let the stack go of what the last case left in it now, not when the next one begins: to a fuzzer
 * that would be the next input's doing. Trace, oracle and result stay. A stack that only can be
 * closed and opened again keeps all until then.
 */
void player_forget(struct player *p);

/** Of the last case played. */
const struct trace *player_trace(const struct player *p);
const struct oracle *player_oracle(const struct player *p);
const struct tcpassay_facts *player_facts(const struct player *p);
/** The seed that the case was played with: of both streams (wire_stream_fill), and the stack's. */
uint64_t player_seed(const struct player *p);
bool player_real_clock(const struct player *p);
/** Why SCN cannot be judged on this stack (a capability, the profile, its time), or NULL. */
const char *player_skip(struct player *p, const struct scn *scn, char *why, size_t why_cap);

/**
 * What was done to the stack in the last case, as steps of ops SEND, APP, LINK, WAIT, ICMP: the
 * stimulus, for seeds of the fuzzers. Filled while playing if asked for beforehand.
 */
void player_record_stimulus(struct player *p, struct scn *into); /* NULL: no longer */

#endif
