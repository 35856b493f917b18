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
    bool told = at->when == ON_CALL && model_owned(m) && call_ends(at->ev->result);
    bool reset = at->when == ON_SENT && (at->flags & WIRE_RST) && m->phase == PHASE_OPEN;
    bool begins = at->when == ON_SYN && m->phase == PHASE_OPEN && model_begins(o, m, at);
    if (!(told || reset || begins) || !m->iss_set || m->ended || m->told_error || o->blind ||
        model_causes(o, m, at->now) != 0) {
        return;
    }
    if (told) {
        breach(o, m, at, ROW_LAWFUL_END, ORACLE_MUST, error_clause(at->ev->result),
               "the application was told that the connection is over, for no lawful cause");
    } else if (reset) {
        breach(o, m, at, ROW_LAWFUL_END, ORACLE_MUST, "TXT-3.5.2-1",
               "reset the connection for no lawful cause");
    } else {
        breach(o, m, at, ROW_LAWFUL_END, ORACLE_MUST, "TXT-3.5.2-1",
               "opened another connection in the place of one that had not ended");
    }
}

/* CLOSE throws away text that was acknowledged and that nobody has read. */
static bool loses(const struct oracle *o, const struct model *m, const struct moment *at)
{
    int64_t text = m->acked - (m->n_fin > 0 || m->fins_any);
    return at->ev->call == TRACE_CLOSE && model_open(m) && model_alive(m) && !m->closed &&
           text > m->app_read + 1 && !m->eof && !(model_fin_acked(m) && model_fin_taken(m)) &&
           !o->blind && !m->muddled && !model_fault(o, m, at->now) &&
           model_causes(o, m, at->now) == 0; /* it may have been given up, and nobody asked */
}

/* New text in order, all in the window, for a user who is gone. */
static bool too_late(const struct oracle *o, const struct model *m, const struct moment *at)
{
    const struct wire_options *opt = &at->seg->opt;
    return m->closed && answer_judged(o, m, at) && model_open(m) && model_alive(m) &&
           at->seg->len > 0 && at->seq == m->nxt_lo && at->seq == m->run && at->end <= m->edge &&
           m->n_fin == 0 && !m->fins_any && at->ack >= m->una_hi && at->ack <= m->snd_max &&
           !(at->flags & WIRE_URG) &&
           (!m->ts || (opt->ts_set && m->n_recent > 0 && !m->recent_any &&
                       !ts_older(opt->ts_val, m->recent[0])));
}

/* The user can read no more after CLOSE (MAY-1): what is lost by it is told (SHLD-3). */
void row_close_tells(struct oracle *o, struct model *m, const struct moment *at)
{
    if (at->when == ON_CALL) {
        m->lost_unread |= model_owned(m) && loses(o, m, at);
    } else if (at->when == ON_INJECTED) {
        if (too_late(o, m, at)) {
            answer_owe(m, at, ROW_CLOSE_TELLS, ORACLE_SHOULD, "SHLD-3", "text after CLOSE");
            m->now.owed_rst = true;
            m->now.owed_ack = false;
        }
    } else {
        if (m->lost_unread && !m->rst_sent) {
            breach(o, m, at, ROW_CLOSE_TELLS, ORACLE_SHOULD, "SHLD-3",
                   "no RST, though CLOSE lost what was acknowledged up to %lld and read up to %lld",
                   (long long)m->acked, (long long)m->app_read + 1);
        }
        m->lost_unread = false;
        answer_settle(o, m, at, ROW_CLOSE_TELLS);
    }
}

/* A RST that no reading lets be passed over: alone, and just where all that came ends. */
static bool resets(const struct oracle *o, const struct model *m, const struct moment *at)
{
    bool acks = at->ack >= m->una_lo && at->ack <= m->snd_max;
    bool nothing_waits = m->run == m->acked && m->nxt_lo == m->acked && m->poss.n == 0;
    bool over = model_fin_acked(m) && (m->n_fin > 0 || m->fins_any); /* TIME-WAIT: RFC 1337, 3 */
    return (at->flags & (WIRE_RST | WIRE_SYN)) == WIRE_RST && at->seq == m->acked &&
           at->end == at->seq && at->seg->errors == 0 && (acks || !(at->flags & WIRE_ACK)) &&
           nothing_waits && !over && m->irs_set && model_open(m) && model_alive(m) && !o->blind &&
           !m->muddled && !model_fault(o, m, at->now);
}

void row_reset_ends(struct oracle *o, struct model *m, const struct moment *at)
{
    if (at->when == ON_INJECTED) {
        m->reset_at = m->reset_at == 0 && resets(o, m, at) ? at->now : m->reset_at;
        return;
    }
    if (m->reset_at == 0) {
        return;
    }
    if (at->when == ON_SENT) {
        if (!(at->flags & (WIRE_RST | WIRE_SYN)) && at->now >= m->reset_at + o->config.slack) {
            breach(o, m, at, ROW_RESET_ENDS, ORACLE_MUST, "SEG-ESTABLISHED-12",
                   "sent a segment after a RST at RCV.NXT %lld", (long long)m->acked);
        }
    } else if (!o->config.real_clock && m->reading && model_owned(m) && !m->told_error && !m->eof &&
               !m->closed && !m->aborted && !m->frozen) {
        breach(o, m, at, ROW_RESET_ENDS, ORACLE_SHOULD, "SEG-ESTABLISHED-13",
               "a RST came at RCV.NXT %lld, and the application was not told", (long long)m->acked);
    }
}
