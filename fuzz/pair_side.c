/* SPDX-License-Identifier: BSD-2-Clause */
/* The two sides of fuzz_pair: their applications, what must hold of their connections after each
 * event, and connections that move from host to host. */
#include "pair.h"

#include <string.h>

enum { CHUNK = 4096, IMAGE_MAX = 500000 };

static uint8_t image[2][IMAGE_MAX];

/* ---- The application ---- */

static void write_some(struct pair *p, int i)
{
    struct pair_side *s = &p->side[i];
    uint8_t data[CHUNK];
    bool open = s->was.state >= TCPREF_ESTABLISHED; /* before, what is written waits */
    while (s->written < s->asked && (!open || tcpref_ready(s->conn) & TCPREF_READY_WRITE)) {
        size_t len = s->asked - s->written, taken = 0;
        len = len < CHUNK ? len : CHUNK;
        wire_stream_fill(1 + (uint64_t)i, s->written, data, len);
        tcpref_err err = s->urgent ? tcpref_send_urgent(s->conn, data, len, &taken)
                                   : tcpref_send(s->conn, data, len, &taken);
        if (err == TCPREF_ERR_NO_MEMORY)
            p->retry_at = p->now + 10 * TCPREF_MS;
        if (err != TCPREF_OK)
            return;
        s->urgent = false;
        s->written += (uint32_t)taken;
    }
    /* A CLOSE in SYN-SENT would give up the connection. */
    if (s->written == s->asked && s->shut_asked && !s->shut && s->was.state != TCPREF_SYN_SENT)
        s->shut = tcpref_shutdown(s->conn) == TCPREF_OK;
}

static void end_of_stream(struct pair *p, int i)
{
    struct pair_side *s = &p->side[i];
    const struct pair_side *peer = &p->side[1 - i];
    net_holds(peer->shut && s->read == peer->written, "delivery", "RFC9293,3.6",
              net_state(s->conn));
    s->eof = true;
}

static void read_some(struct pair *p, int i)
{
    struct pair_side *s = &p->side[i];
    uint8_t data[CHUNK];
    size_t len = 0;
    while (!s->eof && (!s->paused || s->quota > 0)) {
        size_t cap = s->paused && s->quota < CHUNK ? s->quota : CHUNK;
        if (tcpref_recv(s->conn, data, cap, &len) != TCPREF_OK)
            return;
        if (len == 0) {
            end_of_stream(p, i);
            return;
        }
        net_holds(s->read + len <= p->side[1 - i].written &&
                      wire_stream_check(2 - (uint64_t)i, s->read, data, len) == len,
                  "delivery", "RFC9293,3.4", net_state(s->conn));
        s->read += (uint32_t)len;
        s->quota -= s->paused ? (uint32_t)len : 0;
    }
}

/* One that nobody has accepted gives up without anybody being told, and answers with a RST. */
static bool half_open_is_gone(const struct pair *p, int i)
{
    const struct pair_side *s = &p->side[i];
    return !s->conn && s->listener && tcpref_host_connections(s->net->host) == 0 &&
           p->now - s->heard >= s->patience;
}

/* A side may give up only if nothing takable came for as long as it is to wait. */
static void judge_end(struct pair *p, int i)
{
    struct pair_side *s = &p->side[i];
    tcpref_err err = tcpref_conn_error(s->conn);
    s->over = true;
    if (err == TCPREF_OK || p->broken)
        return;
    bool silent = p->now - s->heard >= s->patience;
    bool stuck = s->was.user_timeout > 0 && p->now - s->progress >= s->was.user_timeout;
    bool lawful = err == TCPREF_ERR_TIMED_OUT && (silent || stuck);
    net_holds(lawful || (err == TCPREF_ERR_RESET && half_open_is_gone(p, 1 - i)), "lawful-end",
              "RFC9293,3.8.3", tcpref_err_name(err));
    p->broken = true;
}

void pair_application(struct pair *p, int i)
{
    struct pair_side *s = &p->side[i];
    if (!s->conn && s->listener && tcpref_accept(s->listener, &s->conn) == TCPREF_OK) {
        tcpref_listener_close(s->listener);
        s->listener = NULL;
        pair_look(p, i);
    }
    if (!s->conn || s->away)
        return;
    if (!s->over)
        write_some(p, i);
    read_some(p, i); /* what has come before the end, too */
}

/* ---- What must hold ---- */

/* What was sent, acknowledged or offered is never taken back. */
static void check_forward(const struct tcpref_status *was, const struct tcpref_status *is)
{
    const char *state = tcpref_state_name(is->state);
    net_holds(was->iss.n == is->iss.n, "forward", "RFC9293,3.4.1", state);
    net_holds(net_diff(is->snd_una.n, was->snd_una.n) >= 0, "forward", "RFC9293,3.4", state);
    net_holds(net_diff(is->snd_nxt.n, was->snd_nxt.n) >= 0, "forward", "RFC9293,3.4", state);
    if (was->state < TCPREF_SYN_RECEIVED)
        return;
    net_holds(net_diff(is->rcv_nxt.n, was->rcv_nxt.n) >= 0, "forward", "RFC9293,3.4", state);
    net_holds(net_diff(is->rcv_max.n, was->rcv_max.n) >= 0, "forward", "RFC7323,2.4", state);
}

void pair_look(struct pair *p, int i)
{
    struct pair_side *s = &p->side[i];
    struct tcpref_status is;
    if (!s->conn || s->over)
        return;
    tcpref_get_status(s->conn, &is);
    if (s->looked && is.state != TCPREF_CLOSED)
        check_forward(&s->was, &is);
    net_holds(is.acked <= s->written, "acked", "RFC9293,3.9.1.2", tcpref_state_name(is.state));
    if (!s->looked || is.snd_una.n != s->was.snd_una.n)
        s->progress = p->now;
    if (is.state == TCPREF_CLOSED)
        is.user_timeout = s->was.user_timeout;
    s->was = is;
    s->looked = true;
    if (!s->away)
        net_check_record(s->net, &is, p->now);
    if (is.state == TCPREF_CLOSED) {
        judge_end(p, i);
    }
}

/* ---- Moving ---- */

void pair_leave(struct pair *p, int i)
{
    struct pair_side *s = &p->side[i];
    if (!s->conn || s->over || s->away)
        return;
    tcpref_err err = tcpref_checkpoint(s->conn, image[i], IMAGE_MAX, &s->image_len);
    net_holds(err == TCPREF_OK, "checkpoint", tcpref_err_name(err), net_state(s->conn));
    s->away = true;
    p->packets++;
}

/* What was promised, and what waits, is the same as before. */
static void check_moved(const struct tcpref_status *was, const tcpref_conn *conn)
{
    struct tcpref_status is;
    tcpref_get_status(conn, &is);
    const char *state = tcpref_state_name(was->state);
    net_holds(is.state == was->state && is.iss.n == was->iss.n && is.irs.n == was->irs.n &&
                  is.snd_una.n == was->snd_una.n && is.snd_nxt.n == was->snd_nxt.n &&
                  is.rcv_nxt.n == was->rcv_nxt.n && is.rcv_max.n == was->rcv_max.n,
              "frozen", "RFC9293,3.4", state);
    net_holds(is.send_queue == was->send_queue && is.recv_queue == was->recv_queue &&
                  is.acked == was->acked,
              "frozen", "RFC9293,3.9.1", state);
}

/* Another host, of a somewhat other make, takes the connection over. */
static bool take_over(struct pair *p, int i)
{
    struct pair_side *s = &p->side[i];
    struct net_host *other = s->net == &s->room[0] ? &s->room[1] : &s->room[0];
    tcpref_conn *conn = NULL;
    const char *why = "";
    *other = (struct net_host){.config = s->net->config};
    other->config.rack ^= s->change[0] & 1;
    other->config.sack ^= s->change[0] >> 1 & 1;
    other->config.cc = (enum tcpref_cc)((other->config.cc + s->change[1]) % TCPREF_CC_MAX);
    other->config.gso_max = s->change[2] & 1 ? 30000 : 0;
    other->config.mtu = s->change[2] & 2 ? 1280 : other->config.mtu;
    net_open(other, (uint8_t)(1 + i), p->now);
    other->mem.before = s->fail >> 4;
    other->mem.fail = s->fail & 7;
    tcpref_err err = tcpref_restore(other->host, image[i], s->image_len, &conn, &why);
    other->mem.before = other->mem.fail = s->fail = 0;
    if (err == TCPREF_ERR_NO_MEMORY) {
        net_close(other);
        return false;
    }
    net_holds(err == TCPREF_OK, "restore", tcpref_err_name(err), why);
    check_moved(&s->was, conn);
    net_close(s->net);
    s->net = other;
    s->conn = conn;
    return true;
}

void pair_return(struct pair *p, int i)
{
    struct pair_side *s = &p->side[i];
    if (s->thaws) {
        tcpref_err err = tcpref_thaw(s->conn);
        net_holds(err == TCPREF_OK, "thaw", tcpref_err_name(err), net_state(s->conn));
        check_moved(&s->was, s->conn);
    } else if (!take_over(p, i)) {
        s->back_at = p->now + 10 * TCPREF_MS;
        return;
    }
    s->away = false;
    s->probed = p->now; /* its clock stood still: what throttled it before may hold yet */
    pair_pull(p, i);
    pair_look(p, i);
}
