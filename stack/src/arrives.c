/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.10.7: SEGMENT ARRIVES: which connection it is for, and CLOSED (3.10.7.1). */
#include "arrives.h"
#include "reset.h"

static enum tcpref_verdict arrives_closed(tcpref_host *host, const struct segment *seg)
{
    if (seg->flags & RST)
        return TCPREF_V_DROP_RST;
    reset_reply(host, seg);
    return TCPREF_V_RESET_NO_CONN;
}

/*
 * RFC 6191, 2, which takes the place of MAY-2: whether a SYN in TIME-WAIT is surely a new one.
 * DEVIATION: a connection made so does not fall back to TIME-WAIT if the SYN proves to be an old
 * duplicate; the checks are what RFC 6191 asks for in place of it.
 */
static bool reopens(const tcpref_conn *c, const struct segment *seg)
{
    if ((seg->flags & (SYN | ACK | RST)) != SYN)
        return false;
    bool beyond = seq_lt(c->rcv.nxt, seg->seq);
    bool stamped = seg->has_ts && c->host->config.timestamps;
    if (!stamped)
        return beyond;
    if (!c->ts.ok)
        return true; /* an old duplicate would have come without, as the old connection did */
    int32_t newer = seq_diff(seq_of(seg->tsval), seq_of(c->ts.recent));
    return newer > 0 || (newer == 0 && beyond);
}

static enum tcpref_verdict reopen(tcpref_conn *c, tcpref_listener *l, struct segment *seg)
{
    tcpref_seq used = c->snd.nxt;
    tcb_end(c, TCPREF_OK);
    tcb_settle(c);
    enum tcpref_verdict verdict = arrives_listen(l, seg, &used);
    return verdict == TCPREF_V_NEW_CONNECTION ? TCPREF_V_REOPENED : verdict;
}

static enum tcpref_verdict arrives_connection(tcpref_conn *c, struct segment *seg)
{
    struct arrival a = {c, seg, TCPREF_V_ACCEPTED};
    c->received_segments++;
    c->sack.dup_known = false; /* it tells of the newest segment alone (RFC 2883, 4) */
    if (c->state == TCPREF_SYN_SENT)
        arrives_syn_sent(&a);
    else
        arrives_other(&a);
    tcb_settle(c);
    return a.verdict;
}

enum tcpref_verdict segment_arrives(tcpref_host *host, struct segment *seg)
{
    tcpref_conn *c = table_find(host, &seg->tuple);
    if (c && c->frozen)
        return TCPREF_V_DROP_FROZEN;
    if (c && c->state == TCPREF_TIME_WAIT && reopens(c, seg)) {
        tcpref_listener *l = listener_find(host, &seg->tuple);
        if (l && !listener_full(l))
            return reopen(c, l, seg);
    }
    if (c)
        return arrives_connection(c, seg);
    enum tcpref_verdict verdict = host_judge_addresses(host, seg);
    if (verdict != TCPREF_V_ACCEPTED)
        return verdict;
    tcpref_listener *l = listener_find(host, &seg->tuple);
    if (l)
        return arrives_listen(l, seg, NULL);
    return arrives_closed(host, seg);
}
