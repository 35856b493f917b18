/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a connection: each needs a cause, and a working one must come to its own. */
#include "oracle/table.h"
#include "tcpassay/stack.h"

static const char *error_clause(int64_t error)
{
    return error == TCPASSAY_ETIMEDOUT ? "MUST-20" : "MUST-12";
}

void row_lawful_end(struct oracle *o, struct model *m, const struct moment *at)
{
    if (!m->iss_set || m->ended || m->told_error || o->blind || model_causes(o, m, at->now) != 0) {
        return;
    }
    if (at->when == ON_CALL && model_owned(m) && call_ends(at->ev->result)) {
        breach(o, m, at, ROW_LAWFUL_END, ORACLE_MUST, error_clause(at->ev->result),
               "the application was told that the connection is over, for no lawful cause");
    } else if (at->when == ON_SENT && (at->flags & WIRE_RST) && m->phase == PHASE_OPEN) {
        breach(o, m, at, ROW_LAWFUL_END, ORACLE_MUST, "TXT-3.5.2-1",
               "reset the connection for no lawful cause");
    } else if (at->when == ON_SYN && m->phase == PHASE_OPEN && model_begins(o, m, at)) {
        breach(o, m, at, ROW_LAWFUL_END, ORACLE_MUST, "TXT-3.5.2-1",
               "opened another connection in the place of one that had not ended");
    }
}
