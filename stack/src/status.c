/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.10.6: STATUS, and what else the user may ask. */
#include "host.h"
#include "state.h"
#include "uto.h"

/* see tcpref/conn.h */
unsigned tcpref_ready(const tcpref_conn *c)
{
    unsigned ready = 0;
    if (c->frozen)
        return 0;
    bool eof = c->rcv.fin_done && !c->closed;
    if (tcb_unread(c) > 0 || eof)
        ready |= TCPREF_READY_READ;
    if (state_facts(c)->synchronized && state_facts(c)->user_sends && !c->snd.fin_queued &&
        c->sendq.len < c->user.sndbuf)
        ready |= TCPREF_READY_WRITE;
    if (eof)
        ready |= TCPREF_READY_EOF;
    if (c->state == TCPREF_CLOSED)
        ready |= TCPREF_READY_END;
    if (c->rcv.urgent)
        ready |= TCPREF_READY_URGENT;
    if (c->soft_new)
        ready |= TCPREF_READY_SOFT;
    return ready;
}

/* see tcpref/conn.h */
tcpref_err tcpref_conn_error(const tcpref_conn *conn)
{
    return conn->error;
}

/* see tcpref/conn.h */
void tcpref_soft_error(tcpref_conn *conn, struct tcpref_soft *ret_soft)
{
    *ret_soft = conn->soft_new ? conn->soft : (struct tcpref_soft){.count = conn->soft.count};
    conn->soft_new = false;
}

/* see tcpref/conn.h */
uint64_t tcpref_urgent_count(const tcpref_conn *conn)
{
    return conn->urgent_count;
}

/* see tcpref/conn.h */
uint32_t tcpref_urgent_left(const tcpref_conn *conn)
{
    return conn->rcv.urgent ? seq_ahead(conn->rcv.up, tcb_read_seq(conn)) : 0;
}

/* see tcpref/conn.h */
bool tcpref_at_mark(const tcpref_conn *conn)
{
    return tcpref_urgent_left(conn) == 1;
}

/* see tcpref/conn.h */
uint64_t tcpref_octets_acked(const tcpref_conn *conn)
{
    return conn->acked;
}

static void status_of_connection(const tcpref_conn *c, struct tcpref_status *s)
{
    s->state = c->state;
    s->local = c->tuple.local;
    s->remote = c->tuple.remote;
    s->local_port = c->tuple.local_port;
    s->remote_port = c->tuple.remote_port;
    s->owned = !c->released && !c->closed;
    s->send_queue = c->sendq.len;
    s->recv_queue = tcb_unread(c);
    s->acked = c->acked;
    s->sent_segments = c->sent_segments;
    s->received_segments = c->received_segments;
    s->retransmitted = c->retransmitted;
}

static void status_of_sender(const tcpref_conn *c, struct tcpref_status *s)
{
    s->iss = c->snd.iss;
    s->snd_una = c->snd.una;
    s->snd_nxt = c->snd.nxt;
    s->snd_wl1 = c->snd.wl1;
    s->snd_wl2 = c->snd.wl2;
    s->snd_up = c->snd.up;
    s->snd_wnd = seq_ahead(c->snd.edge, c->snd.una);
    s->max_snd_wnd = c->snd.max_wnd;
    s->path_mtu = c->path.mtu;
    s->snd_mss = c->snd.mss;
    s->snd_shift = c->snd.shift;
    s->cwnd = c->cc.cwnd;
    s->ssthresh = c->cc.ssthresh;
    s->srtt = c->rtx.srtt;
    s->rttvar = c->rtx.rttvar;
    s->rto = c->rtx.rto;
    s->timeouts = c->rtx.timeouts;
    s->r1_reached = c->r1;
    s->user_timeout = uto_in_force(c);
}

static void status_of_receiver(const tcpref_conn *c, struct tcpref_status *s)
{
    s->irs = c->rcv.irs;
    s->rcv_nxt = c->rcv.nxt;
    s->rcv_max = c->rcv.max;
    s->rcv_up = c->rcv.up;
    s->rcv_wnd = seq_ahead(c->rcv.adv, c->rcv.nxt);
    s->rcv_shift = c->rcv.shift;
    s->timestamps = c->ts.ok;
    s->ts_recent = c->ts.recent;
}

/* see tcpref/conn.h */
void tcpref_get_status(const tcpref_conn *conn, struct tcpref_status *ret_status)
{
    *ret_status = (struct tcpref_status){0};
    status_of_connection(conn, ret_status);
    status_of_sender(conn, ret_status);
    status_of_receiver(conn, ret_status);
}
