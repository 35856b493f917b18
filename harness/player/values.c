/* SPDX-License-Identifier: BSD-2-Clause */
/* Expressions of a scenario, worked out at the moment they are needed. */
#include "player/run.h"

static int64_t known(int64_t v)
{
    return v == -1 ? 0 : v;
}

static int64_t flow_value(const struct trace_flow *f, enum scn_var var)
{
    switch (var) {
    case SCN_SND_UNA:
        return known(f->snd_una);
    case SCN_SND_NXT:
        return known(f->snd_max);
    case SCN_RCV_NXT:
        return known(f->rcv_acked);
    case SCN_RCV_WND:
        return known(f->rcv_wnd);
    case SCN_RCV_EDGE:
        return known(f->rcv_edge);
    case SCN_RCV_MAX:
        return known(f->rcv_max);
    case SCN_TS_RECENT:
        return f->ts_recent;
    case SCN_STACK_MSS:
        return f->stack_opt.mss_set ? f->stack_opt.mss : f->stack.family == 6 ? 1220 : 536;
    default:
        return 0;
    }
}

static int64_t var_value(struct player *p, unsigned conn, const struct scn_term *t)
{
    const struct tester *tester = &p->tester[conn];
    switch ((enum scn_var)t->var) {
    case SCN_NUMBER:
        return 1;
    case SCN_ISS:
    case SCN_IRS:
        return 0;
    case SCN_SND_WND:
        return tester->win;
    case SCN_TESTER_NXT:
        return tester->nxt;
    case SCN_TESTER_ACK:
        return tester->ack;
    case SCN_TESTER_TS:
        return tester_ts(p, conn);
    case SCN_TESTER_TSECR:
        return tester->ts_recent;
    case SCN_MSS:
        return p->scn->given.mss > 0 ? p->scn->given.mss : p->scn->given.family == 6 ? 1220 : 536;
    case SCN_RTO:
        return (int64_t)oracle_rto(p->oracle, conn);
    case SCN_TICK:
        return (int64_t)p->facts.tick;
    case SCN_MSL:
        return (int64_t)p->facts.msl;
    case SCN_BOUND:
        return p->bound[t->index % SCN_BOUND_MAX];
    default: {
        const struct trace_flow *f = tester_flow(p, conn);
        return f ? flow_value(f, t->var) : 0;
    }
    }
}

int64_t value_of(struct player *p, unsigned conn, const struct scn_expr *e)
{
    /* Unsigned, so that a hostile scenario wraps instead of overflowing. */
    uint64_t sum = 0;
    for (unsigned i = 0; i < e->n && i < SCN_TERMS; i++)
        sum += (uint64_t)e->term[i].number * (uint64_t)var_value(p, conn, &e->term[i]);
    int64_t value = (int64_t)sum;
    return value > NUMBER_MAX ? NUMBER_MAX : value < -NUMBER_MAX ? -NUMBER_MAX : value;
}

bool range_holds(struct player *p, unsigned conn, const struct scn_range *r, bool present,
                 int64_t value)
{
    switch ((enum scn_range_kind)r->kind) {
    case SCN_DONT_CARE:
        return true;
    case SCN_ANY:
        return present;
    case SCN_NONE:
        return !present;
    case SCN_IS:
        return present && value == value_of(p, conn, &r->lo);
    case SCN_FROM_TO:
        return present && (!r->lo.n || value >= value_of(p, conn, &r->lo)) &&
               (!r->hi.n || value <= value_of(p, conn, &r->hi));
    }
    return false;
}

uint64_t duration_of(struct player *p, unsigned conn, const struct scn_expr *e)
{
    int64_t d = value_of(p, conn, e);
    return d < 0 ? 0 : (uint64_t)d;
}
