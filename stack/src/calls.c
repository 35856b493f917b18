/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.10.1 to 3.10.5: OPEN, SEND, RECEIVE, CLOSE and ABORT. */
#include "host.h"
#include "isn.h"
#include "reset.h"
#include "state.h"
#include "time_wait.h"
#include "uto.h"
#include "window.h"

#include <string.h>

/* ---- OPEN (3.10.1) ---- */

static bool choose_local(const tcpref_host *host, const tcpref_addr *local, uint8_t family,
                         tcpref_addr *ret_local)
{
    for (unsigned i = 0; i < host->addresses; i++) {
        const tcpref_addr *have = &host->address[i].addr;
        bool wanted = local && local->family != 0 ? memcmp(local, have, sizeof(*have)) == 0
                                                  : have->family == family;
        if (wanted && have->family == family) {
            *ret_local = *have;
            return true;
        }
    }
    return false;
}

/* Whether a connection can be opened with this tuple, and if not, why. */
static tcpref_err tuple_free(const tcpref_host *host, const struct tuple *tuple)
{
    const tcpref_conn *c = table_find(host, tuple);
    if (!c || time_wait_yields(c))
        return TCPREF_OK;
    return c->state == TCPREF_TIME_WAIT ? TCPREF_ERR_TIME_WAIT : TCPREF_ERR_IN_USE;
}

/* RFC 6056, 3.3.4: a keyed start for each pair of hosts, and one of several counters, keyed too, so
 * that nobody learns from his own connections how many others make. Ports of listeners are left out
 * (3.2). */
static tcpref_err choose_port(tcpref_host *host, struct tuple *tuple)
{
    tcpref_err why = TCPREF_ERR_NOT_AVAILABLE;
    const struct tcpref_config *config = &host->config;
    uint32_t count = config->port_hi - config->port_lo + 1U;
    tuple->local_port = 0;
    uint32_t offset = port_offset_of(config->seed, tuple);
    uint32_t *taken = &host->ports_taken[port_counter_of(config->seed, tuple) % PORT_COUNTERS];
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = (offset % count + (*taken)++ % count) % count;
        tuple->local_port = (uint16_t)(config->port_lo + at);
        tcpref_err err = tuple_free(host, tuple);
        if (err == TCPREF_OK && !listener_find(host, tuple))
            return TCPREF_OK;
        if (err == TCPREF_ERR_TIME_WAIT)
            why = err;
    }
    return why;
}

static tcpref_err choose_tuple(tcpref_host *host, const tcpref_addr *local, uint16_t local_port,
                               struct tuple *tuple)
{
    if (!host_is_unicast(host, &tuple->remote))
        return TCPREF_ERR_UNREACHABLE;
    if (!choose_local(host, local, tuple->remote.family, &tuple->local))
        return TCPREF_ERR_NOT_AVAILABLE;
    tuple->local_port = local_port;
    return local_port == 0 ? choose_port(host, tuple) : tuple_free(host, tuple);
}

static void take_tuple(tcpref_conn *c)
{
    tcpref_conn *old = table_find(c->host, &c->tuple);
    if (old) {
        struct incarnation before = time_wait_end(old);
        time_wait_follow(c, &before);
    }
    table_add(c);
}

/* see tcpref/conn.h */
tcpref_err tcpref_connect(tcpref_host *host, const tcpref_addr *local, uint16_t local_port,
                          const tcpref_addr *remote, uint16_t remote_port, tcpref_conn **ret_conn)
{
    struct tuple tuple = {0};
    if ((remote->family != 4 && remote->family != 6) || remote_port == 0)
        return TCPREF_ERR_INVALID;
    tuple.remote.family = remote->family;
    memcpy(tuple.remote.bytes, remote->bytes, remote->family == 4 ? 4 : 16);
    tuple.remote_port = remote_port;
    tcpref_err err = choose_tuple(host, local, local_port, &tuple);
    if (err)
        return err;
    tcpref_conn *c = tcb_new(host, &tuple);
    if (!c)
        return TCPREF_ERR_NO_MEMORY;
    take_tuple(c);
    tcb_enter(c, TCPREF_SYN_SENT);
    if (host->config.window_scale)
        c->rcv.shift = window_shift_for(c->rcv.buffer);
    c->pending |= PENDING_SYN;
    uto_announce(c);
    tcb_settle(c);
    *ret_conn = c;
    return TCPREF_OK;
}

/* ---- SEND (3.10.2) ---- */

static tcpref_err why_not_open(const tcpref_conn *c)
{
    return c->error ? c->error : TCPREF_ERR_CLOSING;
}

static tcpref_err send(tcpref_conn *c, const void *data, size_t len, bool urgent, size_t *ret_taken)
{
    if (c->state == TCPREF_CLOSED)
        return why_not_open(c);
    if (c->frozen)
        return TCPREF_ERR_FROZEN;
    if (c->closed || c->snd.fin_queued || !state_facts(c)->user_sends)
        return TCPREF_ERR_CLOSING;
    uint32_t room = c->user.sndbuf > c->sendq.len ? c->user.sndbuf - c->sendq.len : 0;
    uint32_t take = len < room ? (uint32_t)len : room;
    if (take == 0 && len > 0)
        return TCPREF_ERR_WOULD_BLOCK;
    if (take > 0) {
        if (!sendq_reserve(&c->sendq, &c->host->mem, c->user.sndbuf))
            return TCPREF_ERR_NO_MEMORY;
        sendq_append(&c->sendq, data, take);
        if (urgent) {
            c->snd.up = seq_add(tcb_queue_seq(c), c->sendq.len);
            c->snd.urgent = true;
        }
    }
    *ret_taken = take;
    tcb_settle(c);
    return TCPREF_OK;
}

/* see tcpref/conn.h */
tcpref_err tcpref_send(tcpref_conn *conn, const void *data, size_t len, size_t *ret_taken)
{
    return send(conn, data, len, false, ret_taken);
}

/* see tcpref/conn.h */
tcpref_err tcpref_send_urgent(tcpref_conn *conn, const void *data, size_t len, size_t *ret_taken)
{
    return send(conn, data, len, true, ret_taken);
}

/* ---- RECEIVE (3.10.3) ---- */

/* Up to the urgent mark, so that tcpref_at_mark() is true for one moment. */
static uint32_t up_to_mark(const tcpref_conn *c, uint32_t len)
{
    tcpref_seq mark = seq_sub(c->rcv.up, 1);
    uint32_t before = seq_ahead(mark, tcb_read_seq(c));
    return c->rcv.urgent && before > 0 && before < len ? before : len;
}

static tcpref_err nothing_to_read(const tcpref_conn *c, size_t *ret_len)
{
    if (c->error)
        return c->error;
    if (!c->rcv.fin_done)
        return c->state == TCPREF_CLOSED ? TCPREF_ERR_CLOSING : TCPREF_ERR_WOULD_BLOCK;
    *ret_len = 0;
    return TCPREF_OK;
}

/* see tcpref/conn.h */
tcpref_err tcpref_recv(tcpref_conn *conn, void *buf, size_t cap, size_t *ret_len)
{
    if (conn->closed)
        return why_not_open(conn);
    if (conn->frozen)
        return TCPREF_ERR_FROZEN;
    uint32_t unread = tcb_unread(conn);
    if (unread == 0)
        return nothing_to_read(conn, ret_len);
    uint32_t len = up_to_mark(conn, cap < unread ? (uint32_t)cap : unread);
    recvq_read(conn->recvq, buf, len);
    if (conn->rcv.urgent && seq_leq(conn->rcv.up, tcb_read_seq(conn)))
        conn->rcv.urgent = false;
    *ret_len = len;
    if (conn->state != TCPREF_CLOSED && window_changed(conn))
        tcb_settle(conn);
    return TCPREF_OK;
}

/* ---- CLOSE (3.10.4) ---- */

/* SYN-RECEIVED with data queued keeps its state until the handshake is through. */
static void queue_fin(tcpref_conn *c)
{
    c->snd.fin_queued = true;
    if (c->state == TCPREF_ESTABLISHED || (c->state == TCPREF_SYN_RECEIVED && c->sendq.len == 0))
        tcb_enter(c, TCPREF_FIN_WAIT_1);
    else if (c->state == TCPREF_CLOSE_WAIT)
        tcb_enter(c, TCPREF_LAST_ACK);
}

/* see tcpref/conn.h */
tcpref_err tcpref_shutdown(tcpref_conn *conn)
{
    if (conn->state == TCPREF_CLOSED)
        return why_not_open(conn);
    if (conn->frozen)
        return TCPREF_ERR_FROZEN;
    if (conn->snd.fin_queued)
        return TCPREF_ERR_CLOSING;
    if (conn->state == TCPREF_SYN_SENT)
        tcb_end(conn, TCPREF_OK);
    else
        queue_fin(conn);
    tcb_settle(conn);
    return TCPREF_OK;
}

/* Both directions: nobody reads any more. */
static void close_both(tcpref_conn *c)
{
    bool lost = tcb_unread(c) > 0;
    c->closed = true;
    if (c->state == TCPREF_CLOSED)
        return;
    if (c->frozen || c->state == TCPREF_SYN_SENT) {
        tcb_end(c, TCPREF_OK); /* frozen, it lives on elsewhere: not a word to the peer */
    } else if (lost && c->state != TCPREF_TIME_WAIT) {
        reset_peer(c);
        tcb_end(c, TCPREF_ERR_ABORTED);
    } else if (!c->snd.fin_queued) {
        queue_fin(c);
    } else if (c->state == TCPREF_FIN_WAIT_2) {
        c->timers.at[TIMER_2MSL] = c->host->now + c->host->config.fin_wait_2;
    }
}

/* What is lost unread is told in every state but TIME-WAIT (SHLD-3), which ABORT does not. */
static bool close_aborts(const tcpref_conn *c)
{
    return c->user.linger_0 && c->state != TCPREF_CLOSED &&
           (tcb_unread(c) == 0 || c->state == TCPREF_TIME_WAIT);
}

/* see tcpref/conn.h */
tcpref_err tcpref_close(tcpref_conn *conn)
{
    if (conn->closed)
        return TCPREF_ERR_CLOSING;
    if (close_aborts(conn))
        return tcpref_abort(conn);
    close_both(conn);
    tcb_settle(conn);
    return TCPREF_OK;
}

/* see tcpref/conn.h */
void tcpref_release(tcpref_conn *conn)
{
    if (!conn)
        return;
    if (!conn->closed) {
        if (close_aborts(conn))
            (void)tcpref_abort(conn);
        else
            close_both(conn);
    }
    conn->released = true;
    tcb_settle(conn);
}

/* ---- ABORT (3.10.5) ---- */

/* see tcpref/conn.h */
tcpref_err tcpref_abort(tcpref_conn *conn)
{
    if (conn->state == TCPREF_CLOSED)
        return why_not_open(conn);
    bool tells = conn->state == TCPREF_SYN_RECEIVED || conn->state == TCPREF_ESTABLISHED ||
                 conn->state == TCPREF_FIN_WAIT_1 || conn->state == TCPREF_FIN_WAIT_2 ||
                 conn->state == TCPREF_CLOSE_WAIT ||
                 (conn->state == TCPREF_LAST_ACK && !conn->snd.fin_sent); /* only queued yet */
    if (tells && !conn->frozen)
        reset_peer(conn);
    conn->closed = true;
    tcb_end(conn, TCPREF_ERR_ABORTED);
    tcb_settle(conn);
    return TCPREF_OK;
}
