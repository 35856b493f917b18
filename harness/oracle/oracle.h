/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The oracle: invariants that hold in every case, whatever the rule asks. It is fed the events of a
 * trace as they come, keeps its own 64-bit account of each connection, and writes down breaches.
 * It knows no stack and no scenario.
 */
#ifndef HARNESS_ORACLE_H
#define HARNESS_ORACLE_H

#include "trace/trace.h"

enum oracle_level { ORACLE_MUST, ORACLE_SHOULD };
enum oracle_kind { ORACLE_SAFETY, ORACLE_ANSWER, ORACLE_LIVENESS };

/** One row of the table of invariants. */
struct oracle_invariant {
    const char *name;        /* as "edge-back" */
    enum oracle_level level; /* SHOULD rows warn */
    enum oracle_kind kind;
    const char *clauses; /* ids of specs/requirements, separated by spaces */
    const char *claim;   /* one sentence */
};
const struct oracle_invariant *oracle_invariants(size_t *ret_count);

/**
 * What a stack declares of itself: a lawful or known difference, so that a row leaves it alone, or
 * ("keeps-ROW") that it keeps the SHOULDs of a row, so that they count as MUST.
 */
struct oracle_key {
    const char *name; /* as "same-seq-shrink" */
    const char *row;  /* the invariant that it softens, or hardens */
    const char *says; /* what the stack does */
};
const struct oracle_key *oracle_keys(size_t *ret_count);

struct oracle_config {
    bool real_clock;
    uint64_t slack; /* real clock: how late the harness or the timers may be */
    uint64_t tick;  /* struct tcpassay_facts */
    uint64_t msl, rto_min, rto_initial;
    uint64_t tester_ts_tick; /* of the tester's TSval clock */
    bool linear_syn;
    bool rfc5961;                     /* the stack declares RFC 5961, 3 and 4 */
    bool rfc5961_5;                   /* and section 5 */
    bool has_deadline;                /* the stack can tell its next timer */
    uint64_t keys;                    /* bit i: key i of oracle_keys() is declared */
    uint64_t stack_seed, tester_seed; /* wire_stream_octet of each direction */
};

/** A broken invariant. Texts live until the next reset. */
struct oracle_breach {
    const struct oracle_invariant *invariant;
    enum oracle_level level; /* of this breach; a row may have a SHOULD part, kept or not */
    unsigned conn;
    size_t event; /* index in the trace of the guilty event */
    uint64_t time;
    const char *clause; /* the one id that this breach breaks */
    const char *state;  /* of the connection then, as RFC 9293, 3.3.2 names it */
    char message[160];
};

struct oracle;
struct oracle *oracle_new(void);
void oracle_free(struct oracle *o);
/** Begin a case. TRACE is the one whose events will be fed, and must outlive the case. */
void oracle_reset(struct oracle *o, const struct oracle_config *config, const struct trace *trace);

/** Take the event with index INDEX of the trace (each, in order, as soon as it was recorded). */
void oracle_event(struct oracle *o, size_t index);
/**
 * The stack has been drained and time is about to move on from NOW: answers owed "at once" are due.
 * DEADLINE is the stack's next timer (TCPASSAY_NEVER none), meaningful where `has_deadline`.
 */
void oracle_quiet(struct oracle *o, uint64_t now, uint64_t deadline);

/** What is owed on a connection, by the oracle's account (ORACLE liveness). */
struct oracle_owed {
    bool alive;       /* neither ended nor reset nor given up lawfully */
    bool stack_text;  /* octets that the stack's application queued have not all arrived */
    bool stack_fin;   /* its FIN is due and has not arrived */
    bool tester_text; /* octets that the tester sent are not all acknowledged */
    bool tester_fin;
    int64_t tester_end; /* how far the text reaches that it delivered inside a window */
    int64_t resume_at; /* where an active tester begins: what the stack last acknowledged */
};
void oracle_owed(const struct oracle *o, unsigned conn, uint64_t now, struct oracle_owed *ret_owed);
/** How long phase A or B may last from now on, by the gaps and deadline seen (virtual clock). */
uint64_t oracle_bound(const struct oracle *o, unsigned conn, uint64_t now, uint64_t deadline);
/** A phase of the closing check ended for CONN: 'A' passive, 'B' active; what is owed is a breach.
 */
void oracle_phase_end(struct oracle *o, unsigned conn, char phase, uint64_t now);
/** The largest lawful RTO now, by the harness's own RFC 6298 estimate (back-off not counted). */
uint64_t oracle_rto(const struct oracle *o, unsigned conn);

const struct oracle_breach *oracle_breaches(const struct oracle *o, size_t *ret_count);
/** "INVARIANT edge-back SHLD-14 ESTABLISHED": one stable line for a breach. */
const char *oracle_signature(const struct oracle_breach *b, char *buf, size_t cap);

#endif
