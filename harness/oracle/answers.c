/* SPDX-License-Identifier: BSD-2-Clause */
/* What the account says of a connection, in the words the rows use. */
#include "oracle/table.h"

/* Text or FIN that the application queued has never been handed down. */
bool model_waiting(const struct model *m)
{
    return m->app_sent + 1 > m->snd_max ||
           ((m->closed || m->shutdown) && m->fin_sent < 0 && !m->aborted);
}

/* Every reading of the newest update offers no more room. */
bool model_zero_window(const struct model *m)
{
    if (m->win_any || m->n_win == 0) {
        return false;
    }
    for (unsigned i = 0; i < m->n_win; i++) {
        if (m->win[i].wnd != 0) {
            return false;
        }
    }
    return true;
}

/* Some reading of the newest update lets nothing go beyond POS. */
bool model_maybe_shut(const struct model *m, int64_t pos)
{
    bool shut = m->win_any;
    for (unsigned i = 0; i < m->n_win; i++) {
        shut |= m->win[i].wnd == 0 || m->win[i].edge <= pos;
    }
    return shut;
}

/*
 * The edge that new text must not pass: that of the newest update, by every reading of it, SND.WND
 * as an offset from SND.UNA included (C42).
 */
int64_t model_limit(const struct model *m)
{
    int64_t limit = 0;
    if (m->win_any) {
        return m->edge_max > m->una_hi + m->max_wnd ? m->edge_max : m->una_hi + m->max_wnd;
    }
    for (unsigned i = 0; i < m->n_win; i++) {
        int64_t literal = m->una_hi + m->win[i].wnd;
        int64_t edge = m->win[i].edge > literal ? m->win[i].edge : literal;
        limit = edge > limit ? edge : limit;
    }
    return limit;
}

/* What may have ended it with no word on the wire. */
unsigned model_silent_causes(const struct oracle *o, const struct model *m, uint64_t now)
{
    unsigned causes = 0;
    uint64_t since = m->flight_since > m->last_taken ? m->flight_since : m->last_taken;
    uint64_t slack = o->config.slack + o->config.tick;
    uint64_t r2 = m->phase == PHASE_SYN_SENT && !has_key(o, KEY_SYN_GIVES_UP) ? R2_SYN : R2_TEXT;
    if (m->phase == PHASE_SYN_SENT && has_key(o, KEY_SYN_GIVES_UP)) {
        r2 = 60 * SECOND;
    }
    if (m->obliged > m->last_taken && m->obliged > 0 && now + slack >= m->last_taken + r2) {
        causes |= CAUSE_R2; /* probes of which none was answered */
    }
    if (model_in_flight(m) && now + slack >= since + r2) {
        causes |= CAUSE_R2;
    }
    if (m->set.user_timeout > 0 &&
        ((m->queued_since > 0 && now + slack >= m->queued_since + m->set.user_timeout) ||
         (m->una_lo < m->snd_max && now + slack >= m->unsure_since + m->set.user_timeout))) {
        causes |= CAUSE_USER_TIMEOUT;
    }
    if (m->set.keepalive && m->keepalives >= (m->set.keepalive_once ? 1 : 2) &&
        now + slack >= m->last_taken + m->set.keepalive_idle) {
        causes |= CAUSE_KEEPALIVE;
    }
    return causes;
}

unsigned model_causes(const struct oracle *o, const struct model *m, uint64_t now)
{
    unsigned causes = m->causes | model_silent_causes(o, m, now);
    if (m->phase == PHASE_SYN_RECEIVED || (m->phase == PHASE_OPEN && !m->accepted && !m->active)) {
        causes |= CAUSE_HANDSHAKE;
    }
    if (model_fin_acked(m) && (m->n_fin > 0 || m->fins_any)) {
        causes |= CAUSE_CLOSED;
    }
    if (m->closed && (model_fin_acked(m) || m->win_any || model_limit(m) <= m->una_hi)) {
        causes |= CAUSE_ORPHAN; /* FIN-WAIT-2, or a peer that keeps its window shut */
    }
    if (m->alloc_fault || o->alloc_fault) {
        causes |= CAUSE_MEMORY;
    }
    if (m->was_frozen) {
        causes |= CAUSE_FROZEN;
    }
    return causes;
}

/* The state of RFC 9293, 3.3.2, as far as the wire shows it. */
const char *model_state(const struct model *m)
{
    bool fin_sent = m->fin_sent >= 0;
    bool acked = model_fin_acked(m);
    bool peer = model_fin_taken(m);
    if (m->ended) {
        return "CLOSED";
    }
    if (m->phase == PHASE_NONE) {
        return "LISTEN";
    }
    if (m->phase == PHASE_SYN_SENT) {
        return "SYN-SENT";
    }
    if (m->phase == PHASE_SYN_RECEIVED) {
        return "SYN-RECEIVED";
    }
    if (!fin_sent) {
        return peer ? "CLOSE-WAIT" : "ESTABLISHED";
    }
    if (!peer) {
        return acked ? "FIN-WAIT-2" : "FIN-WAIT-1";
    }
    return acked ? "TIME-WAIT" : "CLOSING";
}
