/* SPDX-License-Identifier: BSD-2-Clause */
/* When things were sent: round-trip samples, timeouts, and the largest RTO that is lawful. */
#include "oracle/table.h"

#include <string.h>

static void flight_push(struct model *m, int64_t from, int64_t to, uint64_t now)
{
    if (m->n_flight == FLIGHT) {
        m->flight[FLIGHT - 1].to = to; /* its older time makes the sample larger: the careful way */
        return;
    }
    m->flight[m->n_flight++] = (struct in_flight){from, to, now, m->resent, false};
}

bool model_stirred(const struct model *m)
{
    return m->stirs != m->repeat_stirs;
}

/* By a timer alone, with older octets in flight: a tail loss probe, it may be. */
static void tail_probe(struct model *m, const struct moment *at)
{
    if (m->snd_max > m->una_hi && m->tail_probe == 0 && at->now > m->last_injected &&
        at->now > m->queued_at && at->now > m->flight_sent && at->seq > m->una_lo) {
        m->tail_probe = at->now;
    }
    m->flight_sent = at->now;
}

/* A segment with text, SYN or FIN was handed down. */
void model_flight(struct model *m, const struct moment *at)
{
    tail_probe(m, at);
    m->burst += at->seg->len;
    if (at->seq < m->snd_max) {
        m->resent++;
        for (unsigned i = 0; i < m->n_flight; i++) {
            if (m->flight[i].from < at->end && m->flight[i].to > at->seq) {
                m->flight[i].again = true;
            }
        }
        if (at->seq <= m->una_hi && at->end > m->una_lo) {
            bool fast = m->dups >= 3 && m->recover < m->una_hi && at->now == m->last_injected;
            m->lost_of = fast ? m->snd_max - m->una_hi : 0;
            model_repeat(m, at);
        }
    }
    if (at->end > m->snd_max) {
        if (m->snd_max <= m->una_lo) {
            m->unsure_since = m->queued_since > 0 ? m->queued_since : at->now;
        }
        if (m->snd_max <= m->una_hi) {
            m->flight_since = at->now;
            m->una_sent = at->now;
            m->una_index = at->index;
            m->tail_probe = 0;
            m->n_repeat = 0;
        }
        flight_push(m, at->seq > m->snd_max ? at->seq : m->snd_max, at->end, at->now);
        m->snd_max = at->end;
    }
}

/* The octet at SND.UNA went out again. */
void model_repeat(struct model *m, const struct moment *at)
{
    m->recover = m->snd_max;
    if (at->now == m->una_sent) {
        return;
    }
    m->timeouts++;
    m->syn_repeated |= m->una_hi == 0;
    m->by_timer = m->injected_index < m->una_index && m->tx_error == 0;
    m->burst = at->seg->len;
    if (model_stirred(m)) {
        m->n_repeat = 0;
    }
    m->repeat_stirs = m->stirs;
    if (m->n_repeat == REPEATS) {
        memmove(m->repeat, m->repeat + 1, (REPEATS - 1) * sizeof m->repeat[0]);
        m->n_repeat--;
    }
    if (at->now != m->last_injected) { /* else what came drew it, and no timer */
        m->repeat[m->n_repeat++] = at->now;
    }
    m->last_gap = at->now - m->una_sent;
    m->una_sent = at->now;
    m->una_index = at->index;
    m->tail_probe = 0;
}

/* SURE: the stack must have taken it too. RFC 6298, 3 asks for one sample in a round trip, not for
 * this one, and whoever times one segment at a time may stop at any retransmission. */
static void sample(struct model *m, const struct moment *at, uint64_t rtt, bool sure)
{
    if (!m->sampled) {
        m->srtt = rtt;
        m->rttvar = rtt / 2;
    } else {
        uint64_t off = rtt > m->srtt ? rtt - m->srtt : m->srtt - rtt;
        m->rttvar = (3 * m->rttvar + off) / 4;
        m->srtt = (7 * m->srtt + rtt) / 8;
    }
    m->sampled = true;
    /* else the timer may stay backed off; so where a sending failed, which need not be timed */
    if (sure && (at->taken & TAKEN_COUNTS) && m->tx_error == 0)
        m->timeouts = 0;
    m->rtt_max = rtt > m->rtt_max ? rtt : m->rtt_max;
}

/* The sample that RFC 7323, 4.1 gives: from the newest sending that may have carried TSECR. */
static void sample_ts(struct model *m, const struct moment *at)
{
    uint32_t ecr = at->seg->opt.ts_ecr;
    uint64_t since = m->start;
    if (m->n_ts_sent == 0 || ts_older(ecr, m->ts_first) || ts_older(m->ts_val, ecr)) {
        m->rto_unknown = true; /* an echo of what was never said: who knows what it makes of it */
        return;
    }
    for (unsigned i = 0; i < m->n_ts_sent && !ts_older(ecr, m->ts_sent[i].val); i++) {
        since = m->ts_sent[i].time;
    }
    sample(m, at, at->now - since, false); /* RFC 7323, 4.1: it may be taken */
}

/* If the ACK before was not taken this one may be the first that is, and makes a larger sample. */
void model_doubt(struct model *m, const struct moment *at)
{
    if (m->doubt_since == 0) {
        return;
    }
    uint64_t rtt = at->now + 1 - m->doubt_since;
    m->rtt_max = rtt > m->rtt_max ? rtt : m->rtt_max;
    if ((at->taken & TAKEN_COUNTS) && at->ack >= m->una_hi) {
        m->doubt_since = 0;
    }
}

/*
 * SND.UNA moves to UNA. Of a recovery without SACK and timestamps, by which it might be undone, the
 * ACK of all that was in flight leaves ssthresh: half of that, or 0.7 by RFC 9438, 4.6.
 */
static void recovered(struct model *m, const struct moment *at, int64_t una)
{
    int64_t mss = model_mss(m);
    int64_t part = m->lost_of * 7 / 10;
    if (m->lost_of > 0 && una >= m->recover && (at->taken & TAKEN_COUNTS) && !m->sack && !m->ts) {
        m->deflated = (part > 2 * mss ? part : 2 * mss) + 2 * mss;
    }
    m->reordered |= m->sacked > 0;
    m->lost_of = m->sacked_from = m->sacked = 0;
    m->dups = 0;
}

/* SND.UNA may have moved to UNA. */
void model_progress(struct model *m, const struct moment *at, int64_t una)
{
    unsigned gone = 0;
    bool clean = false, sure = false;
    uint64_t first = at->now;
    while (gone < m->n_flight && m->flight[gone].to <= una) {
        if (!m->flight[gone].again && !clean) {
            clean = true;
            sure = m->flight[gone].resent == m->resent;
            first = m->flight[gone].first;
        }
        gone++;
    }
    if (gone < m->n_flight && m->flight[gone].first == first) {
        sure = false; /* it may have timed what went out with it, as one */
    }
    m->n_flight -= gone;
    if (m->n_flight > 0) {
        memmove(m->flight, m->flight + gone, m->n_flight * sizeof m->flight[0]);
    }
    bool agreeing = m->phase == PHASE_SYN_SENT && m->stack_opt.ts_set;
    if ((m->ts || agreeing) && at->seg->opt.ts_set) {
        sample_ts(m, at);
    }
    if (clean) {
        sample(m, at, at->now - first, sure);
    }
    recovered(m, at, una);
    m->una_hi = una;
    m->progress = at->now;
    m->tail_probe = 0;
    m->n_repeat = 0;
    m->probed = false;
    if (m->una_hi >= m->snd_max && !model_waiting(m)) {
        m->queued_since = 0;
    }
    episode_over(m, ROW_OVERDUE);
}

/*
 * The largest RTO that RFC 6298 allows after the samples so far. SRTT and RTTVAR never exceed the
 * largest sample, whichever segments are timed (C29), so SRTT + 4 * RTTVAR stays within five of it.
 */
uint64_t model_rto(const struct oracle *o, const struct model *m)
{
    uint64_t rto = 5 * m->rtt_max;
    uint64_t floor = SECOND; /* RFC 6298, 2.4 */
    if (!m->sampled || m->syn_repeated) {
        floor = 3 * SECOND; /* RFC 6298, 5.7 */
    }
    /* a stack may come down from its initial value by its own gains */
    floor = o->config.rto_initial > floor ? o->config.rto_initial : floor;
    floor = o->config.rto_min > floor ? o->config.rto_min : floor;
    return rto > floor ? rto : floor;
}

/* How late the segment at SND.UNA may go out again. */
uint64_t model_late(const struct oracle *o, const struct model *m)
{
    unsigned k = m->timeouts < 24 ? m->timeouts : 24;
    uint64_t rto = model_rto(o, m);
    if (rto > (UINT64_MAX >> 26)) {
        rto = UINT64_MAX >> 26;
    }
    return (rto << k) + o->config.slack + 2 * o->config.tick + MS;
}
