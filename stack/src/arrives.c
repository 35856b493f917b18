/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.10.7: SEGMENT ARRIVES: which connection it is for, and CLOSED (3.10.7.1). */
#include "arrives.h"
#include "fastpath.h"
#include "reset.h"
#include "wire.h"

static enum tcpref_verdict arrives_closed(tcpref_host *host, const struct segment *seg)
{
    if (seg->flags & RST)
        return TCPREF_V_DROP_RST;
    reset_reply(host, seg);
    return TCPREF_V_RESET_NO_CONN;
}

static enum tcpref_verdict reopen(tcpref_conn *c, tcpref_listener *l, struct segment *seg)
{
    struct incarnation before = time_wait_end(c);
    enum tcpref_verdict verdict = arrives_listen(l, seg, &before);
    return verdict == TCPREF_V_NEW_CONNECTION ? TCPREF_V_REOPENED : verdict;
}

static enum tcpref_verdict arrives_connection(tcpref_conn *c, struct segment *seg, bool predicted)
{
    struct arrival a = {c, seg, TCPREF_V_ACCEPTED};
    c->received_segments++;
    c->sack.dup_known = false; /* it tells of the newest segment alone (RFC 2883, 4) */
    if (predicted)
        fastpath(&a);
    else if (c->state == TCPREF_SYN_SENT)
        arrives_syn_sent(&a);
    else
        arrives_other(&a);
    tcb_settle(c);
    return a.verdict;
}

enum tcpref_verdict segment_arrives(tcpref_host *host, struct segment *seg)
{
    tcpref_conn *c = table_find_again(host, &seg->tuple);
    bool predicted = c && fastpath_predicts(c, seg);
    /* MUST-3: nothing of it is believed before. */
    if (!(predicted ? fastpath_sound(c, seg) : wire_sound(seg)))
        return TCPREF_V_DROP_CHECKSUM;
    if (c && c->frozen)
        return TCPREF_V_DROP_FROZEN;
    if (c && c->state == TCPREF_TIME_WAIT && time_wait_reopens(c, seg)) {
        tcpref_listener *l = listener_find(host, &seg->tuple);
        if (l && !listener_full(l))
            return reopen(c, l, seg);
    }
    if (c)
        return arrives_connection(c, seg, predicted);
    enum tcpref_verdict verdict = host_judge_addresses(host, seg);
    if (verdict != TCPREF_V_ACCEPTED)
        return verdict;
    tcpref_listener *l = listener_find(host, &seg->tuple);
    if (l)
        return arrives_listen(l, seg, NULL);
    return arrives_closed(host, seg);
}
