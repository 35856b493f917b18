/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows that look deeper: SACK, TIME-WAIT, first timeouts, the window that opens again. */
#include "oracle/table.h"

static bool delivered(const struct model *m, int64_t from, int64_t to)
{
    return to <= m->run || spans_hold(&m->poss, from < m->run ? m->run : from, to);
}

void row_sack_truth(struct oracle *o, struct model *m, const struct moment *at)
{
    const struct wire_options *opt = &at->seg->opt;
    if (opt->sacks == 0 || !m->irs_set || !m->sack || m->muddled || o->blind) {
        return;
    }
    for (unsigned i = 0; i < opt->sacks; i++) {
        int64_t left = trace_unwrap(opt->sack[i].left, m->irs, at->ack);
        int64_t right = trace_unwrap(opt->sack[i].right, m->irs, at->ack);
        bool duplicate = i == 0 && (right <= at->ack || opt->sacks > 1); /* D-SACK, RFC 2883 */
        if (left >= right) {
            breach(o, m, at, ROW_SACK_TRUTH, ORACLE_MUST, "R2018-3-3",
                   "a SACK block [%lld, %lld) with nothing in it", (long long)left,
                   (long long)right);
        } else if (!duplicate && left <= at->ack) {
            breach(o, m, at, ROW_SACK_TRUTH, ORACLE_MUST, "R2018-3-3",
                   "a SACK block [%lld, %lld) that begins at or below the ACK %lld",
                   (long long)left, (long long)right, (long long)at->ack);
        } else if (!delivered(m, left, right) && !spans_meet(&m->shadow, left, right)) {
            breach(o, m, at, ROW_SACK_TRUTH, ORACLE_MUST, "R2018-3-3",
                   "a SACK block [%lld, %lld) with octets that were not delivered", (long long)left,
                   (long long)right);
        }
    }
}

void row_time_wait(struct oracle *o, struct model *m, const struct moment *at)
{
    (void)o;
    (void)m;
    (void)at;
}

void row_first_timeouts(struct oracle *o, struct model *m, const struct moment *at)
{
    (void)o;
    (void)m;
    (void)at;
}

void row_reopen(struct oracle *o, struct model *m, const struct moment *at)
{
    (void)o;
    (void)m;
    (void)at;
}
