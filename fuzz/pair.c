/* SPDX-License-Identifier: BSD-2-Clause */
/* The world of fuzz_pair: its beginning, its time, and the end that it must come to. */
#include "pair.h"

#include <string.h>

/* RTO and persist timer stand at a minute at most; ten without a step mean for ever. */
#define STALL (600 * TCPREF_SEC)
enum { ROUNDS_MAX = 20000, ASKED_MAX = 30000, ROUND_TRIPS_MAX = 30 };

static tcpref_ns sooner(tcpref_ns a, tcpref_ns b)
{
    return a < b ? a : b;
}

/* ---- The beginning ---- */

static void open_side(struct pair *p, int i, const uint8_t *head)
{
    struct pair_side *s = &p->side[i];
    s->net = &s->room[0];
    net_config(head + (ptrdiff_t)NET_HOST_OCTETS * i, &s->net->config);
    s->delay = (tcpref_ns)(head[18 + i] % 128) * TCPREF_MS;
    s->path_mtu = UINT16_MAX;
    s->heard = s->progress = p->now;
    s->patience = s->net->config.r2;
    s->sndbuf = s->net->config.sndbuf;
    s->rcvbuf = s->net->config.rcvbuf;
    net_open(s->net, (uint8_t)(1 + i), p->now);
}

/* Side 0 to side 1, or both to each other. */
static void connect(struct pair *p, bool both)
{
    bool good = true;
    for (int i = 0; i < 1 + both; i++) {
        tcpref_addr to = net_addr(p->family, (uint8_t)(2 - i));
        good =
            good && tcpref_connect(p->side[i].net->host, NULL, (uint16_t)(1000 + i), &to,
                                   both ? (uint16_t)(1001 - i) : 80, &p->side[i].conn) == TCPREF_OK;
    }
    if (!both)
        good = good &&
               tcpref_listen(p->side[1].net->host, NULL, 80, 1, &p->side[1].listener) == TCPREF_OK;
    net_holds(good, "open", "RFC9293,3.9.1.1", "-");
    for (int i = 0; i < 2; i++) {
        pair_pull(p, i);
        pair_look(p, i);
    }
}

void pair_ask(struct pair *p, int i, uint32_t more)
{
    struct pair_side *s = &p->side[i];
    uint32_t own = s->sndbuf, peer = p->side[1 - i].rcvbuf;
    uint32_t most = ROUND_TRIPS_MAX * (own < peer ? own : peer);
    most = most < ASKED_MAX ? most : ASKED_MAX;
    if (!s->shut_asked && s->asked < most)
        s->asked += more < most - s->asked ? more : most - s->asked;
}

void pair_open(struct pair *p, const uint8_t head[PAIR_HEAD])
{
    memset(p->side, 0, sizeof p->side);
    p->in_flight = 0;
    p->order = p->packets = p->at_once = 0;
    p->broken = false;
    p->retry_at = TCPREF_NEVER;
    p->family = head[16] & 1 ? 6 : 4;
    p->now = net_origin(head[17]);
    for (int i = 0; i < 2; i++)
        open_side(p, i, head);
    connect(p, head[16] & 2);
    for (int i = 0; i < 2; i++)
        pair_ask(p, i, (uint32_t)head[20 + i] * 64);
}

/* ---- Time ---- */

tcpref_ns pair_next(const struct pair *p)
{
    tcpref_ns next = sooner(pair_next_arrival(p), p->retry_at);
    for (int i = 0; i < 2; i++) {
        const struct pair_side *s = &p->side[i];
        next = sooner(next, tcpref_deadline(s->net->host));
        if (s->away)
            next = sooner(next, s->back_at);
    }
    return next > p->now ? next : p->now;
}

static void turn(struct pair *p, int i)
{
    struct pair_side *s = &p->side[i];
    if (s->away && s->back_at <= p->now)
        pair_return(p, i);
    tcpref_advance(s->net->host, p->now);
    pair_pull(p, i);
    pair_look(p, i);
    pair_application(p, i);
    pair_pull(p, i);
    pair_look(p, i);
}

void pair_run(struct pair *p, tcpref_ns until)
{
    unsigned rounds = 0;
    tcpref_ns next;
    do {
        if (p->retry_at <= p->now)
            p->retry_at = TCPREF_NEVER;
        pair_deliver(p);
        turn(p, 0);
        turn(p, 1);
        next = pair_next(p);
        rounds = next > p->now ? 0 : rounds + 1;
        net_holds(rounds < ROUNDS_MAX, "answers-bounded", "time-goes-on",
                  net_state(p->side[0].conn));
        if (next > p->now)
            p->at_once = 0;
        if (next <= until)
            p->now = next;
    } while (next <= until);
    p->now = until;
}

/* ---- The end ---- */

static void calm(struct pair *p)
{
    for (int i = 0; i < 2; i++) {
        struct pair_side *s = &p->side[i];
        s->fates = 0;
        s->black_hole = s->paused = false;
        s->shut_asked = true;
        s->net->mem.before = s->net->mem.fail = 0;
        s->back_at = sooner(s->back_at, p->now);
    }
}

static uint64_t steps_made(const struct pair *p)
{
    uint64_t sum = 0;
    for (int i = 0; i < 2; i++) {
        const struct pair_side *s = &p->side[i];
        sum += (uint64_t)s->written + s->read + s->shut + s->eof + s->over + s->was.acked;
    }
    return sum;
}

static bool all_over(const struct pair *p)
{
    return p->side[0].over && p->side[0].eof && p->side[1].over && p->side[1].eof;
}

static void come_to_an_end(struct pair *p)
{
    tcpref_ns limit = p->now + STALL;
    uint64_t steps = steps_made(p);
    pair_run(p, p->now);
    while (!all_over(p) && !p->broken) {
        tcpref_ns next = pair_next(p);
        if (next > limit)
            net_finding("liveness", net_state(p->side[0].conn), net_state(p->side[1].conn));
        pair_run(p, next);
        if (steps_made(p) != steps) {
            steps = steps_made(p);
            limit = p->now + STALL;
        }
    }
}

static void check_streams(const struct pair *p)
{
    for (int i = 0; i < 2; i++) {
        const struct pair_side *s = &p->side[i], *peer = &p->side[1 - i];
        net_holds(s->eof && peer->shut && s->read == peer->asked && peer->written == peer->asked,
                  "delivery", "RFC9293,3.4", tcpref_err_name(tcpref_conn_error(s->conn)));
    }
}

/* Nothing but the host itself is left; then not even that. */
static void take_down(struct pair *p)
{
    for (int i = 0; i < 2; i++) {
        struct pair_side *s = &p->side[i];
        if (p->broken && s->conn)
            (void)tcpref_abort(s->conn);
        tcpref_release(s->conn);
        tcpref_listener_close(s->listener);
        net_holds(p->broken || tcpref_host_connections(s->net->host) == 0, "account",
                  "no-connection-is-left", "-");
        net_holds(p->broken || s->net->mem.blocks == 1, "account", "buffers-come-back", "-");
        net_close(s->net);
    }
    pair_link_clear(p);
}

void pair_finish(struct pair *p)
{
    calm(p);
    come_to_an_end(p);
    if (!p->broken)
        check_streams(p);
    take_down(p);
}
