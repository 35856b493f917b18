/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 2018, 4 and RFC 2883, 4: what the receiver reports beside its ACK. */
#include "sack.h"

#define WINDOW_MOST (UINT32_C(1) << 30)

/* The run of held text that `seq` lies in; NULL: it is not held, or not out of order. */
static const struct seq_range *held_around(const tcpref_conn *c, tcpref_seq seq)
{
    const struct recvq *q = c->recvq;
    uint32_t at = ranges_find(q->range, q->ranges, seq);
    return at < q->ranges && seq_leq(q->range[at].lo, seq) ? &q->range[at] : NULL;
}

/* RFC 2883, 4.2: of several parts that come again only the first is reported. */
static void note_duplicate(tcpref_conn *c, tcpref_seq lo, tcpref_seq hi)
{
    const struct recvq *q = c->recvq;
    uint32_t at = ranges_find(q->range, q->ranges, lo);
    if (c->sack.dup_known || at == q->ranges || seq_leq(hi, q->range[at].lo))
        return;
    c->sack.dup = (struct seq_range){seq_max(lo, q->range[at].lo), seq_min(hi, q->range[at].hi)};
    c->sack.dup_known = true;
}

/*
 * What is kept is one octet of each newest segment; the block around it is looked up when it is
 * reported. So a block never names what is not held, whatever happened since.
 * DEVIATION: a segment that memory refuses is not reported (RFC 2018, 8 would name it once): the
 * peer would take it for delivered.
 */
void sack_note_apart(tcpref_conn *c, tcpref_seq lo, tcpref_seq hi)
{
    struct sack *s = &c->sack;
    if (!s->ok)
        return;
    note_duplicate(c, lo, hi);
    uint8_t kept = 0;
    tcpref_seq older[SACK_BLOCKS] = {{0}};
    for (unsigned i = 0; i < s->recents; i++) {
        const struct seq_range *held = held_around(c, s->recent[i]);
        /* Those that the new text joins are one block with it now. */
        if (held && (seq_lt(held->hi, lo) || seq_lt(hi, held->lo)))
            older[kept++] = s->recent[i];
    }
    if (kept == SACK_BLOCKS)
        kept--;
    s->recent[0] = lo;
    for (unsigned i = 0; i < kept; i++)
        s->recent[1 + i] = older[i];
    s->recents = (uint8_t)(1 + kept);
}

void sack_note_filling(tcpref_conn *c, tcpref_seq lo, tcpref_seq hi)
{
    if (c->sack.ok)
        note_duplicate(c, lo, hi);
}

void sack_note_old(tcpref_conn *c, tcpref_seq lo, tcpref_seq hi)
{
    struct sack *s = &c->sack;
    uint32_t behind = c->rcv.nxt.n - lo.n;
    if (!s->ok || seq_eq(lo, hi) || behind == 0 || behind >= UINT32_C(1) << 31)
        return; /* empty, or not surely old: half the space away is both before and behind */
    /* A segment that lies about its number may reach below the first octet of the stream. */
    if (seq_lt(c->rcv.irs, c->rcv.nxt))
        lo = seq_max(lo, seq_add(c->rcv.irs, 1));
    hi = seq_min(hi, seq_sub(c->rcv.nxt, c->rcv.fin_done ? 1 : 0));
    if (!seq_lt(lo, hi))
        return;
    s->dup = (struct seq_range){lo, hi};
    s->dup_known = true;
}

/* What waits at RCV.NXT itself, the text of a SYN, is not apart from what is acknowledged. */
static void add_block(struct segment *seg, unsigned from, const struct seq_range *block,
                      tcpref_seq nxt)
{
    if (seq_leq(block->lo, nxt))
        return;
    for (unsigned i = from; i < seg->sacks; i++) {
        if (seq_eq(seg->sack[i].lo, block->lo))
            return;
    }
    seg->sack[seg->sacks++] = *block;
}

/* The duplicate first, then the newest blocks, then as many others as fit. Where there is room for
 * one alone it is the newest block: RFC 2018, 4 demands that one, RFC 2883 only adds to it. */
void sack_report(const tcpref_conn *c, struct segment *seg)
{
    uint32_t max = sack_blocks(c);
    unsigned from = 0;
    if (max == 0)
        return;
    if (c->sack.dup_known && (max > 1 || !c->recvq || c->recvq->ranges == 0)) {
        seg->sack[seg->sacks++] = c->sack.dup;
        from = 1;
    }
    for (unsigned i = 0; i < c->sack.recents && seg->sacks < max; i++) {
        const struct seq_range *held = held_around(c, c->sack.recent[i]);
        if (held)
            add_block(seg, from, held, c->rcv.nxt);
    }
    for (unsigned i = 0; seg->sacks < max && i < c->recvq->ranges; i++)
        add_block(seg, from, &c->recvq->range[i], c->rcv.nxt);
}
