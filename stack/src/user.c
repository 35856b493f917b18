/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.9.1: what the user may set, on a live connection or on a listener. */
#include "user.h"

#include "handshake.h"
#include "host.h"
#include "path.h"
#include "state.h"
#include "uto.h"
#include "window.h"

void user_defaults(const tcpref_host *host, struct user *user)
{
    const struct tcpref_config *config = &host->config;
    *user = (struct user){
        .sndbuf = config->sndbuf,
        .delayed_ack = config->delayed_ack,
        .keepalive_idle = config->keepalive_idle,
        .keepalive_interval = config->keepalive_interval,
        .keepalive_count = config->keepalive_count,
        .ttl = config->ttl,
        .nodelay = config->nodelay,
        .uto = config->user_timeout_option,
    };
}

struct range {
    uint64_t lo, hi;
};

#define SPAN_MAX (365 * 24 * 3600 * TCPREF_SEC)

static const struct range ranges[TCPREF_OPT_MAX] = {
    [TCPREF_OPT_RCVBUF] = {1, USER_BUFFER_MAX},
    [TCPREF_OPT_SNDBUF] = {1, USER_BUFFER_MAX},
    [TCPREF_OPT_NODELAY] = {0, 1},
    [TCPREF_OPT_DELAYED_ACK] = {0, 500 * TCPREF_MS},
    [TCPREF_OPT_KEEPALIVE] = {0, 1},
    [TCPREF_OPT_KEEPALIVE_IDLE] = {TCPREF_MS, SPAN_MAX},
    [TCPREF_OPT_KEEPALIVE_INTERVAL] = {TCPREF_MS, SPAN_MAX},
    [TCPREF_OPT_KEEPALIVE_COUNT] = {1, 255},
    [TCPREF_OPT_USER_TIMEOUT] = {0, SPAN_MAX},
    [TCPREF_OPT_LINGER_0] = {0, 1},
    [TCPREF_OPT_TTL] = {1, 255},
    [TCPREF_OPT_DSCP] = {0, 63},
    [TCPREF_OPT_USER_TIMEOUT_OPTION] = {0, 32767 * 60 * TCPREF_SEC},
    [TCPREF_OPT_SOFT_ERRORS] = {0, 1},
    [TCPREF_OPT_WINDOW_CLAMP] = {0, USER_BUFFER_MAX},
    [TCPREF_OPT_MAXSEG] = {0, 65495},
};

static bool in_range(enum tcpref_option option, uint64_t value)
{
    uint64_t least = option == TCPREF_OPT_MAXSEG                ? USER_MAXSEG_MIN
                     : option == TCPREF_OPT_USER_TIMEOUT_OPTION ? TCPREF_SEC
                                                                : 0;
    if (value > 0 && value < least)
        return false;
    return (unsigned)option < TCPREF_OPT_MAX && value >= ranges[option].lo &&
           value <= ranges[option].hi;
}

tcpref_err user_set(struct user *user, enum tcpref_option option, uint64_t value)
{
    if (!in_range(option, value))
        return TCPREF_ERR_INVALID;
    switch (option) {
    case TCPREF_OPT_SNDBUF:
        user->sndbuf = (uint32_t)value;
        break;
    case TCPREF_OPT_NODELAY:
        user->nodelay = value;
        break;
    case TCPREF_OPT_DELAYED_ACK:
        user->delayed_ack = value;
        break;
    case TCPREF_OPT_KEEPALIVE:
        user->keepalive = value;
        break;
    case TCPREF_OPT_KEEPALIVE_IDLE:
        user->keepalive_idle = value;
        break;
    case TCPREF_OPT_KEEPALIVE_INTERVAL:
        user->keepalive_interval = value;
        break;
    case TCPREF_OPT_KEEPALIVE_COUNT:
        user->keepalive_count = (uint8_t)value;
        break;
    case TCPREF_OPT_USER_TIMEOUT:
        user->timeout = value;
        break;
    case TCPREF_OPT_LINGER_0:
        user->linger_0 = value;
        break;
    case TCPREF_OPT_TTL:
        user->ttl = (uint8_t)value;
        break;
    case TCPREF_OPT_DSCP:
        user->dscp = (uint8_t)value;
        break;
    case TCPREF_OPT_USER_TIMEOUT_OPTION:
        user->uto = value;
        break;
    case TCPREF_OPT_SOFT_ERRORS:
        user->soft_off = !value;
        break;
    case TCPREF_OPT_WINDOW_CLAMP:
        user->clamp = (uint32_t)value;
        break;
    case TCPREF_OPT_MAXSEG:
        user->maxseg = (uint16_t)value;
        break;
    default: /* TCPREF_OPT_RCVBUF is not one of these */
        return TCPREF_ERR_INVALID;
    }
    return TCPREF_OK;
}

/* A smaller buffer takes window back; a larger one needs a larger ring. */
static tcpref_err set_rcvbuf(tcpref_conn *c, uint32_t octets)
{
    /* Less than one unit of the window field could never be offered again. */
    uint32_t least = UINT32_C(1) << c->rcv.shift;
    if (octets < least)
        octets = least;
    if (c->recvq && octets > c->recvq->cap) {
        tcpref_seq next = seq_add(tcb_read_seq(c), c->recvq->used);
        struct recvq *q = recvq_grow(c->recvq, &c->host->mem, octets, next);
        if (!q)
            return TCPREF_ERR_NO_MEMORY;
        c->recvq = q;
    }
    c->rcv.buffer = octets;
    if (c->state == TCPREF_SYN_SENT && !(c->pending & PENDING_SYN))
        return TCPREF_OK;
    (void)window_changed(c); /* the caller closes the event */
    return TCPREF_OK;
}

/* see tcpref/conn.h */
tcpref_err tcpref_set(tcpref_conn *conn, enum tcpref_option option, uint64_t value)
{
    tcpref_err err;
    if (!in_range(option, value))
        return TCPREF_ERR_INVALID;
    if (conn->frozen)
        return TCPREF_ERR_FROZEN;
    if (option == TCPREF_OPT_RCVBUF)
        err = set_rcvbuf(conn, (uint32_t)value);
    else
        err = user_set(&conn->user, option, value);
    if (conn->state == TCPREF_CLOSED)
        return err;
    if (option == TCPREF_OPT_KEEPALIVE || option == TCPREF_OPT_KEEPALIVE_IDLE) {
        if (state_facts(conn)->synchronized && conn->state != TCPREF_TIME_WAIT)
            keepalive_start(conn);
    }
    if (option == TCPREF_OPT_MAXSEG && conn->snd.peer_mss > 0)
        path_set_mss(conn);
    if (option == TCPREF_OPT_WINDOW_CLAMP)
        window_changed(conn);
    if (option == TCPREF_OPT_USER_TIMEOUT || option == TCPREF_OPT_USER_TIMEOUT_OPTION) {
        timer_stop(&conn->timers, TIMER_USER);
        uto_announce(conn);
    }
    tcb_settle(conn);
    return err;
}

/* see tcpref/conn.h */
tcpref_err tcpref_get(const tcpref_conn *conn, enum tcpref_option option, uint64_t *ret_value)
{
    const struct user *u = &conn->user;
    const uint64_t values[TCPREF_OPT_MAX] = {
        [TCPREF_OPT_RCVBUF] = conn->rcv.buffer,
        [TCPREF_OPT_SNDBUF] = u->sndbuf,
        [TCPREF_OPT_NODELAY] = u->nodelay,
        [TCPREF_OPT_DELAYED_ACK] = u->delayed_ack,
        [TCPREF_OPT_KEEPALIVE] = u->keepalive,
        [TCPREF_OPT_KEEPALIVE_IDLE] = u->keepalive_idle,
        [TCPREF_OPT_KEEPALIVE_INTERVAL] = u->keepalive_interval,
        [TCPREF_OPT_KEEPALIVE_COUNT] = u->keepalive_count,
        [TCPREF_OPT_USER_TIMEOUT] = u->timeout,
        [TCPREF_OPT_LINGER_0] = u->linger_0,
        [TCPREF_OPT_TTL] = u->ttl,
        [TCPREF_OPT_DSCP] = u->dscp,
        [TCPREF_OPT_USER_TIMEOUT_OPTION] = u->uto,
        [TCPREF_OPT_SOFT_ERRORS] = !u->soft_off,
        [TCPREF_OPT_WINDOW_CLAMP] = u->clamp,
        [TCPREF_OPT_MAXSEG] = u->maxseg,
    };
    if ((unsigned)option >= TCPREF_OPT_MAX)
        return TCPREF_ERR_INVALID;
    *ret_value = values[option];
    return TCPREF_OK;
}
