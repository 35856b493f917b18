/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 8985, 5 and 6: RACK: what was sent before something delivered, and long enough ago, is lost.
 */
#include "rack.h"

#include "host.h"
#include "recovery.h"
#include "rto.h"
#include "tlp.h"
#include "window.h"

#include <string.h>

enum { DUP_THRESH = 3, PERSIST_ROUNDS = 16 };
#define MIN_RTT_LIFE (300 * TCPREF_SEC)

/* ---- The record of what was sent when (5.2). ---- */

static tcpref_seq run_lo(const struct rack *r, uint32_t i)
{
    return i > 0 ? r->run[i - 1].hi : r->base;
}

void rack_prepare(tcpref_conn *c)
{
    const struct tcpref_mem *mem = &c->host->mem;
    /* With something in flight that has no record it is too late (RFC 6675 goes on). */
    if (c->rack || !c->host->config.rack || !c->sack.ok || !seq_eq(c->snd.una, c->snd.nxt))
        return;
    c->rack = mem->alloc(mem->ctx, sizeof(*c->rack));
    if (!c->rack)
        return;
    *c->rack = (struct rack){.base = c->snd.nxt, .fack = c->snd.nxt, .dsack_round = c->snd.nxt};
    c->rack->newest.end = c->snd.nxt;
    c->rack->mult = 1;
    c->rack->sampled = true;
    c->rack->min_rtt = TCPREF_NEVER;
}

void rack_free(tcpref_conn *c)
{
    if (c->rack)
        c->host->mem.free(c->host->mem.ctx, c->rack);
    c->rack = NULL;
}

static void append(struct rack *r, tcpref_seq hi, tcpref_ns now, uint32_t nth)
{
    struct rack_run *last = r->runs > 0 ? &r->run[r->runs - 1] : NULL;
    bool joins = last && last->at == now && !last->delivered && !last->lost && !last->resent;
    if (last && (joins || r->runs == RACK_RUNS))
        *last = (struct rack_run){
            .hi = hi, .at = now, .nth = joins ? last->nth : nth, .resent = last->resent};
    else
        r->run[r->runs++] = (struct rack_run){.hi = hi, .at = now, .nth = nth};
}

/* Makes a run begin at `seq`. Returns its place; without room for one more, of the one around it.
 */
static uint32_t split(struct rack *r, tcpref_seq seq)
{
    uint32_t at = 0;
    while (at < r->runs && seq_leq(r->run[at].hi, seq))
        at++;
    if (at == r->runs || seq_leq(seq, run_lo(r, at)))
        return at;
    if (r->runs == RACK_RUNS)
        return at;
    memmove(r->run + at + 1, r->run + at, (r->runs - at) * sizeof(r->run[0]));
    r->runs++;
    r->run[at].hi = seq;
    return at + 1;
}

void rack_sent(tcpref_conn *c, tcpref_seq seq, uint32_t octets, bool again)
{
    struct rack *r = c->rack;
    tcpref_seq hi = seq_add(seq, octets);
    uint32_t nth = (uint32_t)c->sent_segments;
    if (!r || octets == 0)
        return;
    if (!again) {
        append(r, hi, c->host->now, nth);
        tlp_arm(c);
        return;
    }
    uint32_t at = split(r, seq);
    uint32_t end = split(r, hi);
    /* Without room the whole of the last one counts as sent now: found lost later, if it is. */
    end += end < r->runs && seq_lt(run_lo(r, end), hi) ? 1 : 0;
    for (; at < end; at++) {
        r->run[at].at = c->host->now;
        r->run[at].nth = nth;
        r->run[at].lost = false;
        r->run[at].resent = true;
    }
}

/* ---- 6.2: an ACK. ---- */

/* RACK_sent_after(). What was sent again in a moment went after what was new in it, whatever the
 * numbers say; those tell the order within one run. */
static bool sent_after(const struct sending *a, const struct sending *b)
{
    int32_t later = seq_diff(seq_of(a->nth), seq_of(b->nth));
    if (a->at != b->at)
        return a->at > b->at;
    return later != 0 ? later > 0 : seq_lt(b->end, a->end);
}

static struct sending sending_of(const struct rack_run *run)
{
    return (struct sending){run->at, run->nth, run->hi};
}

/* Step 1. */
static void note_min_rtt(tcpref_conn *c, tcpref_ns rtt)
{
    struct rack *r = c->rack;
    if (rtt > r->min_rtt && c->host->now - r->min_rtt_at < MIN_RTT_LIFE)
        return;
    r->min_rtt = rtt;
    r->min_rtt_at = c->host->now;
}

/* Step 2: which sending was it? An ACK sooner than any round trip is of the first. */
static bool of_the_first_sending(const tcpref_conn *c, const struct segment *seg, tcpref_ns at)
{
    tcpref_ns rtt = c->host->now - at;
    uint32_t stamp = ts_clock(c) - (uint32_t)(rtt / TCPREF_MS);
    bool earlier = c->ts.ok && seg->has_ts && seq_lt(seq_of(seg->tsecr), seq_of(stamp));
    return earlier || rtt < c->rack->min_rtt;
}

static void delivered(tcpref_conn *c, const struct segment *seg, struct rack_run *run)
{
    struct rack *r = c->rack;
    struct sending sending = sending_of(run);
    tcpref_ns rtt = c->host->now - run->at;
    run->delivered = true;
    run->lost = false;
    if (!run->resent && seq_lt(run->hi, r->fack)) /* step 3 */
        r->reordering = true;
    r->fack = seq_max(r->fack, run->hi);
    if (run->resent && of_the_first_sending(c, seg, run->at))
        return;
    if (!run->resent)
        note_min_rtt(c, rtt);
    r->sampled = true;
    if (r->any_delivered && !sent_after(&sending, &r->newest))
        return;
    r->any_delivered = true;
    r->rtt = rtt;
    r->newest = sending;
}

static void deliver(tcpref_conn *c, const struct segment *seg, tcpref_seq lo, tcpref_seq hi)
{
    struct rack *r = c->rack;
    uint32_t at = split(r, lo);
    for (split(r, hi); at < r->runs && seq_leq(r->run[at].hi, hi); at++) {
        if (!r->run[at].delivered && seq_leq(lo, run_lo(r, at)))
            delivered(c, seg, &r->run[at]);
    }
}

static bool is_dsack(const struct segment *seg)
{
    if (seg->sacks == 0 || !seq_lt(seg->sack[0].lo, seg->sack[0].hi))
        return false;
    if (seq_leq(seg->sack[0].hi, seg->ack)) /* never against SND.UNA: RFC 2883, 5 */
        return true;
    return seg->sacks > 1 && seq_leq(seg->sack[1].lo, seg->sack[0].lo) &&
           seq_leq(seg->sack[0].hi, seg->sack[1].hi);
}

static void take_delivered(tcpref_conn *c, const struct segment *seg)
{
    struct rack *r = c->rack;
    tcpref_seq una = c->snd.una;
    if (seq_lt(r->base, una))
        deliver(c, seg, r->base, una);
    for (unsigned i = is_dsack(seg) ? 1 : 0; i < seg->sacks; i++) {
        const struct seq_range *block = &seg->sack[i];
        if (seq_lt(una, block->lo) && seq_lt(block->lo, block->hi) &&
            seq_leq(block->hi, c->snd.nxt))
            deliver(c, seg, block->lo, block->hi);
    }
    uint32_t gone = 0;
    while (gone < r->runs && seq_leq(r->run[gone].hi, una))
        gone++;
    memmove(r->run, r->run + gone, (r->runs - gone) * sizeof(r->run[0]));
    r->runs -= gone;
    r->base = una;
    r->fack = seq_max(r->fack, una);
    r->dsack_round = seq_max(r->dsack_round, una);
}

/* The peer has given up what it had reported (RFC 2018, 8): all of it goes again. */
static void check_reneging(struct rack *r)
{
    if (r->runs == 0 || !r->run[0].delivered)
        return;
    for (uint32_t i = 0; i < r->runs; i++) {
        r->run[i].lost = r->run[i].lost || r->run[i].delivered;
        r->run[i].delivered = false;
    }
}

static uint32_t octets_of(const struct rack *r, bool in_network)
{
    uint32_t octets = 0;
    for (uint32_t i = 0; i < r->runs; i++) {
        const struct rack_run *run = &r->run[i];
        if (in_network ? !run->delivered && !run->lost : run->delivered)
            octets += seq_ahead(run->hi, run_lo(r, i));
    }
    return octets;
}

/* Step 4. */
static void adapt_to_dsack(tcpref_conn *c, const struct segment *seg)
{
    struct rack *r = c->rack;
    if (!is_dsack(seg) || seq_lt(c->snd.una, r->dsack_round))
        return;
    r->dsack_round = c->snd.nxt;
    r->mult += r->mult < UINT8_MAX;
    r->persist = PERSIST_ROUNDS;
}

static tcpref_ns reordering_window(const tcpref_conn *c)
{
    const struct rack *r = c->rack;
    if (!r->reordering &&
        (c->cc.recovering || octets_of(r, false) >= DUP_THRESH * (uint32_t)c->snd.mss))
        return 0;
    if (r->min_rtt == TCPREF_NEVER)
        return 0;
    tcpref_ns window = r->min_rtt / 4 * r->mult;
    return window < c->rtx.srtt ? window : c->rtx.srtt;
}

/* Step 5: marks; tells by the timer when to look again (6.2.1). Returns whether a run that had been
 * sent again is lost once more. */
static bool detect_loss(tcpref_conn *c, bool *ret_found)
{
    struct rack *r = c->rack;
    tcpref_ns now = c->host->now, look = 0, patience = r->rtt + reordering_window(c);
    bool again = false;
    *ret_found = false;
    for (uint32_t i = 0; i < r->runs && r->any_delivered; i++) {
        struct rack_run *run = &r->run[i];
        struct sending sending = sending_of(run);
        if (run->delivered || run->lost || !sent_after(&r->newest, &sending))
            continue;
        if (run->at + patience <= now) {
            run->lost = *ret_found = true;
            again = again || run->resent;
        } else if (run->at + patience > look) {
            look = run->at + patience;
        }
    }
    if (look > 0) {
        c->timers.at[TIMER_RACK] = look;
        r->tlp_armed = false;
    }
    return again;
}

static void detect_and_respond(tcpref_conn *c)
{
    bool found, again = detect_loss(c, &found);
    if (found)
        recovery_found_loss(c, again);
}

void rack_acked(tcpref_conn *c, const struct segment *seg, bool moved, bool duplicate)
{
    struct rack *r = c->rack;
    bool dsack = is_dsack(seg);
    if (!r->tlp_armed)
        timer_stop(&c->timers, TIMER_RACK);
    take_delivered(c, seg);
    check_reneging(r);
    adapt_to_dsack(c, seg);
    detect_and_respond(c);
    tlp_acked(c, seg, dsack, duplicate);
    tlp_stop_unless_wanted(c);
    if (moved)
        tlp_arm(c);
}

void rack_recovered(tcpref_conn *c)
{
    struct rack *r = c->rack;
    if (r->persist > 0 && --r->persist == 0)
        r->mult = 1;
}

void rack_timeout(tcpref_conn *c)
{
    struct rack *r = c->rack;
    tlp_forget(c);
    timer_stop(&c->timers, TIMER_RACK);
    /* What is at SND.UNA goes again even if it was reported (RFC 2018, 5). */
    if (r->runs > 0 && r->run[0].delivered)
        check_reneging(r);
    for (uint32_t i = 0; i < r->runs; i++) {
        struct rack_run *run = &r->run[i];
        bool old = run->at + r->rtt + reordering_window(c) <= c->host->now;
        if (!run->delivered && (i == 0 || old))
            run->lost = true;
    }
}

void rack_all_lost(tcpref_conn *c)
{
    struct rack *r = c->rack;
    for (uint32_t i = 0; i < r->runs; i++)
        r->run[i].lost = !r->run[i].delivered;
}

void rack_expired(tcpref_conn *c)
{
    if (!c->rack)
        return;
    if (c->rack->tlp_armed)
        tlp_expired(c);
    else
        detect_and_respond(c);
}

uint32_t rack_pipe(const tcpref_conn *c)
{
    return octets_of(c->rack, true);
}

bool rack_lost(const tcpref_conn *c, struct seq_range *ret_hole)
{
    const struct rack *r = c->rack;
    for (uint32_t i = 0; i < r->runs; i++) {
        if (r->run[i].lost) {
            *ret_hole = (struct seq_range){run_lo(r, i), r->run[i].hi};
            return true;
        }
    }
    return false;
}

struct seq_range rack_tail(const tcpref_conn *c)
{
    return (struct seq_range){seq_max(c->snd.una, window_tail(c, c->snd.nxt)), c->snd.nxt};
}
