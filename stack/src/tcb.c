/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.3.1: the life of a connection record, from its making to its end. */
#include "host.h"
#include "isn.h"
#include "output.h"
#include "path.h"
#include "rack.h"
#include "scoreboard.h"
#include "state.h"
#include "timeouts.h"
#include "window.h"

#include <string.h>

static tcpref_seq choose_iss(const tcpref_host *host, const struct tuple *tuple)
{
    if (host->config.iss_set)
        return seq_of(host->config.iss);
    return isn_of(host->config.seed, tuple, host->now);
}

static void link_all(tcpref_host *host, tcpref_conn *c)
{
    c->all_next = host->all;
    if (host->all)
        host->all->all_prev = c;
    host->all = c;
}

static void unlink_all(tcpref_conn *c)
{
    if (c->all_prev)
        c->all_prev->all_next = c->all_next;
    else
        c->host->all = c->all_next;
    if (c->all_next)
        c->all_next->all_prev = c->all_prev;
}

tcpref_conn *tcb_new(tcpref_host *host, const struct tuple *tuple)
{
    if (host->conns >= host->config.connections || !table_reserve(host))
        return NULL;
    tcpref_conn *c = host->mem.alloc(host->mem.ctx, sizeof(*c));
    if (!c)
        return NULL;
    memset(c, 0, sizeof(*c));
    c->host = host;
    c->tuple = *tuple;
    c->due = TCPREF_NEVER;
    c->snd.iss = choose_iss(host, tuple);
    c->snd.una = c->snd.nxt = c->snd.up = c->snd.edge = c->snd.iss;
    c->rtx.next = c->rtx.end = c->snd.iss;
    c->rtx.rto = host->config.rto_initial;
    c->cc.recover = c->cc.rescue = c->ecn.reacted = c->snd.iss;
    c->ts.offset = host->config.ts_offset_set ? host->config.ts_offset
                                              : ts_offset_of(host->config.seed, tuple);
    c->rcv.buffer = host->config.rcvbuf;
    c->heard = host->now;
    user_defaults(host, &c->user);
    path_open(c);
    timers_stop_all(&c->timers);
    link_all(host, c);
    return c;
}

static void queue_output(tcpref_conn *c)
{
    tcpref_host *host = c->host;
    c->out_prev = host->out_last;
    c->out_next = NULL;
    if (host->out_last)
        host->out_last->out_next = c;
    else
        host->out_first = c;
    host->out_last = c;
    c->queued = true;
}

static void unqueue_output(tcpref_conn *c)
{
    tcpref_host *host = c->host;
    if (c->out_prev)
        c->out_prev->out_next = c->out_next;
    else
        host->out_first = c->out_next;
    if (c->out_next)
        c->out_next->out_prev = c->out_prev;
    else
        host->out_last = c->out_prev;
    c->queued = false;
}

/* What was in order before the end may still be read, unless a reset flushed it (3.10.7.4). */
static void free_buffers(tcpref_conn *c, bool keep_unread)
{
    sendq_free(&c->sendq, &c->host->mem);
    scoreboard_free(c);
    rack_free(c);
    if (c->recvq && !(keep_unread && c->recvq->used > 0)) {
        c->host->mem.free(c->host->mem.ctx, c->recvq);
        c->recvq = NULL;
    }
}

void tcb_end(tcpref_conn *c, tcpref_err why)
{
    tcb_enter(c, TCPREF_CLOSED);
    c->error = why;
    c->frozen = false;
    if (c->listener)
        listener_forget(c);
    if (c->queued)
        unqueue_output(c);
    if (c->hashed)
        table_remove(c);
    c->pending = 0;
    timers_stop_all(&c->timers);
    free_buffers(c, !c->closed && (why == TCPREF_OK || why == TCPREF_ERR_TIMED_OUT));
}

/* Frozen: whatever is owed is owed by the image. */
static void rest(tcpref_conn *c)
{
    c->plan = (struct plan){.kind = PLAN_NONE, .seq = c->snd.nxt};
    if (c->queued)
        unqueue_output(c);
    table_due(c, TCPREF_NEVER);
}

void tcb_settle(tcpref_conn *c)
{
    if (c->state == TCPREF_CLOSED) {
        if (!c->released)
            return;
        free_buffers(c, false);
        unlink_all(c);
        c->host->mem.free(c->host->mem.ctx, c);
        return;
    }
    if (c->frozen) {
        rest(c);
        return;
    }
    output_plan(c);
    window_arm_persist(c);
    timeouts_arm_user(c);
    if (c->plan.kind != PLAN_NONE && !c->queued)
        queue_output(c);
    else if (c->plan.kind == PLAN_NONE && c->queued)
        unqueue_output(c);
    table_due(c, timers_min(&c->timers));
    tcb_check(c);
}
