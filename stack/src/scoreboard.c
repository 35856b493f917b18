/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 6675, 3 and 4: what the peer has reported of text behind holes. */
#include "scoreboard.h"

#include "host.h"

enum { DUP_THRESH = 3 };

static bool have_board(tcpref_conn *c)
{
    const struct tcpref_mem *mem = &c->host->mem;
    if (c->rtx.board)
        return true;
    c->rtx.board = mem->alloc(mem->ctx, sizeof(*c->rtx.board));
    if (c->rtx.board)
        c->rtx.board->runs = 0;
    return c->rtx.board;
}

/*
 * A block is believed if it lies in what was sent and has no ACK. RFC 2883, 5: one at or below the
 * ACK of its own segment tells of a duplicate, and is no news; so is what lies below SND.UNA, as an
 * ACK that was overtaken may say. Each number is looked for between two others: one half the number
 * space away would be before the first of them and behind the second.
 */
static bool believable(const tcpref_conn *c, const struct seq_range *block)
{
    const struct snd *s = &c->snd;
    return seq_in(block->lo, seq_add(s->una, 1), seq_ahead(s->nxt, s->una)) &&
           seq_in(block->hi, seq_add(block->lo, 1), seq_ahead(s->nxt, block->lo));
}

uint32_t scoreboard_update(tcpref_conn *c, const struct segment *seg)
{
    uint32_t news = 0;
    if (!c->sack.ok)
        return 0;
    for (unsigned i = 0; i < seg->sacks; i++) {
        const struct seq_range *block = &seg->sack[i];
        if (!believable(c, block) || !have_board(c))
            continue;
        uint32_t known = scoreboard_octets(c, block->lo, block->hi);
        struct scoreboard *b = c->rtx.board;
        if (ranges_add(b->run, &b->runs, SCOREBOARD_RUNS, *block))
            news += seq_ahead(block->hi, block->lo) - known;
    }
    return news;
}

void scoreboard_trim(tcpref_conn *c)
{
    struct scoreboard *b = c->rtx.board;
    if (!b || b->runs == 0)
        return;
    ranges_drop(b->run, &b->runs, 0, ranges_find(b->run, b->runs, c->snd.una));
    /* An ACK that ends where a run begins, or in it: the peer has given up what it had reported
     * (RFC 2018, 8), so nothing that it reported is to be relied on: all of it goes again. */
    if (b->runs > 0 && seq_leq(b->run[0].lo, c->snd.una)) {
        b->runs = 0;
        c->rtx.next = c->snd.una;
        c->rtx.end = c->snd.nxt;
    }
}

void scoreboard_forget(tcpref_conn *c)
{
    if (c->rtx.board)
        c->rtx.board->runs = 0;
}

bool scoreboard_any(const tcpref_conn *c)
{
    return c->rtx.board && c->rtx.board->runs > 0;
}

uint32_t scoreboard_octets(const tcpref_conn *c, tcpref_seq lo, tcpref_seq hi)
{
    const struct scoreboard *b = c->rtx.board;
    uint32_t octets = 0;
    for (uint32_t i = 0; b && i < b->runs; i++)
        octets += seq_ahead(seq_min(hi, b->run[i].hi), seq_max(lo, b->run[i].lo));
    return octets;
}

tcpref_seq scoreboard_top(const tcpref_conn *c)
{
    return scoreboard_any(c) ? c->rtx.board->run[c->rtx.board->runs - 1].hi : c->snd.una;
}

/* Lost: DupThresh runs lie above it, or more than DupThresh - 1 full segments SACKed. */
tcpref_seq scoreboard_lost_edge(const tcpref_conn *c)
{
    const struct scoreboard *b = c->rtx.board;
    uint32_t octets = 0;
    for (uint32_t above = 1; b && above <= b->runs; above++) {
        const struct seq_range *run = &b->run[b->runs - above];
        octets += seq_ahead(run->hi, run->lo);
        if (above >= DUP_THRESH || octets > (DUP_THRESH - 1U) * c->snd.mss)
            return run->lo;
    }
    return c->snd.una;
}

bool scoreboard_hole(const tcpref_conn *c, tcpref_seq from, tcpref_seq end,
                     struct seq_range *ret_hole)
{
    const struct scoreboard *b = c->rtx.board;
    tcpref_seq hi = end;
    for (uint32_t i = b ? ranges_find(b->run, b->runs, from) : 0; b && i < b->runs; i++) {
        if (seq_lt(from, b->run[i].lo)) {
            hi = seq_min(end, b->run[i].lo);
            break;
        }
        from = b->run[i].hi;
    }
    if (!seq_lt(from, end))
        return false;
    *ret_hole = (struct seq_range){from, hi};
    return true;
}

bool scoreboard_last_hole(const tcpref_conn *c, struct seq_range *ret_hole)
{
    const struct scoreboard *b = c->rtx.board;
    struct seq_range hole = {scoreboard_top(c), c->snd.nxt};
    if (!seq_lt(hole.lo, hole.hi) && scoreboard_any(c)) {
        hole.lo = b->runs > 1 ? b->run[b->runs - 2].hi : c->snd.una;
        hole.hi = b->run[b->runs - 1].lo;
    }
    if (!seq_lt(hole.lo, hole.hi))
        return false;
    *ret_hole = hole;
    return true;
}

void scoreboard_free(tcpref_conn *c)
{
    if (c->rtx.board)
        c->host->mem.free(c->host->mem.ctx, c->rtx.board);
    c->rtx.board = NULL;
}
