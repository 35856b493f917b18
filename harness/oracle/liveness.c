/* SPDX-License-Identifier: BSD-2-Clause */
/* Liveness: once the network and the peer behave, data moves and the connection ends. */
#include "oracle/table.h"

#include <string.h>

static int64_t tester_end(const struct model *m)
{
    int64_t end = m->text_end;
    if (m->n_fin > 0 && end > m->fin[0]) {
        end = m->fin[0];
    }
    return end;
}

static int64_t arrived(const struct model *m)
{
    int64_t run = spans_run(&m->arrived_out, m->arrived);
    return run > m->una_hi ? run : m->una_hi; /* the tester acknowledged it: it came */
}

void oracle_owed(const struct oracle *o, unsigned conn, uint64_t now, struct oracle_owed *ret_owed)
{
    struct oracle_owed owed = {0};
    if (conn < TRACE_CONNS && o->model[conn].bound) {
        const struct model *m = &o->model[conn];
        bool open = m->phase == PHASE_OPEN && m->irs_set;
        owed.alive = model_alive(m) && open && model_causes(o, m, now + ORIGIN) == 0;
        owed.stack_text = !m->aborted && m->app_sent + 1 > arrived(m) && m->iss_set;
        owed.stack_fin = !m->aborted && (m->closed || m->shutdown) &&
                         (m->fin_sent < 0 || arrived(m) <= m->fin_sent) && m->iss_set;
        owed.tester_text = m->reading && tester_end(m) > m->acked && open;
        owed.tester_fin = m->reading && m->n_fin > 0 && m->acked <= m->fin[0] && open;
        owed.tester_end = tester_end(m);
        owed.resume_at = m->acked;
    }
    *ret_owed = owed;
}

uint64_t oracle_bound(const struct oracle *o, unsigned conn, uint64_t now, uint64_t deadline)
{
    uint64_t more = 0;
    if (conn < TRACE_CONNS) {
        more = 2 * o->model[conn].last_gap;
    }
    if (deadline != UINT64_MAX && deadline > now && deadline - now > more) {
        more = deadline - now;
    }
    return 600 * SECOND + more;
}

uint64_t oracle_rto(const struct oracle *o, unsigned conn)
{
    return conn < TRACE_CONNS ? model_rto(o, &o->model[conn]) : SECOND;
}

static void owes(struct oracle *o, struct model *m, const struct moment *at, char phase,
                 const struct oracle_owed *owed)
{
    uint64_t gap = 2 * m->last_gap > PROBE_LIMIT ? 2 * m->last_gap : PROBE_LIMIT;
    /* it probes as it should, but by WL1 and WL2 no answer was a newer update; or it goes on, but
     * by a shift that is not the one by which the tester tells its windows, or in small pieces as
     * the window is less than a segment (RFC 9293, 3.8.6.2.1) */
    bool small = model_limit(m) < m->una_hi + model_mss(m);
    bool shut = (model_maybe_shut(m, m->snd_max) || m->muddled || small) &&
                at->now - m->obliged <= gap;
    bool resent = m->run > m->acked && !m->syn_text;
    if (owed->stack_text && !shut) {
        breach(o, m, at, ROW_LIVENESS, ORACLE_MUST,
               model_zero_window(m) ? "MUST-36" : "CALL-SEND-ESTABLISHED-1",
               "phase %c: the application wrote up to %lld, but only octets before %lld arrived",
               phase, (long long)m->app_sent + 1, (long long)arrived(m));
    } else if (owed->stack_fin && !shut) {
        breach(o, m, at, ROW_LIVENESS, ORACLE_MUST, "CALL-CLOSE-ESTABLISHED-1",
               "phase %c: the application closed, but no FIN arrived", phase);
    } else if (owed->tester_text && resent) {
        breach(o, m, at, ROW_LIVENESS, ORACLE_MUST,
               m->retracted ? "R7323-2.4-2" : "SEG-ESTABLISHED-29",
               "phase %c: the tester sent up to %lld again and again, but only %lld was "
               "acknowledged",
               phase, (long long)tester_end(m), (long long)m->acked);
    } else if (owed->tester_fin && resent && m->run > m->fin[0]) {
        breach(o, m, at, ROW_LIVENESS, ORACLE_MUST, "SEG-ESTABLISHED-33",
               "phase %c: the tester's FIN at %lld was never acknowledged", phase,
               (long long)m->fin[0]);
    }
}

void oracle_phase_end(struct oracle *o, unsigned conn, char phase, uint64_t now)
{
    struct oracle_owed owed;
    size_t count = trace_count(o->trace);
    struct moment at = {
        .when = ON_TIME, .now = now + ORIGIN, .conn = conn, .index = count > 0 ? count - 1 : 0};
    oracle_owed(o, conn, now, &owed);
    if (!owed.alive || o->blind) {
        return;
    }
    if (phase == 'A') {
        owed.tester_text = owed.tester_fin = false;
    }
    owes(o, &o->model[conn], &at, phase, &owed);
}
