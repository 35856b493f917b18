/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.9.1.1: passive OPEN: listeners, their children and the backlog. */
#include "host.h"
#include "reset.h"
#include "state.h"
#include "user.h"

#include <string.h>

static bool same_socket(const tcpref_listener *l, const tcpref_addr *addr, uint16_t port)
{
    return l->port == port && memcmp(&l->addr, addr, sizeof(*addr)) == 0;
}

/* see tcpref/listener.h */
tcpref_err tcpref_listen(tcpref_host *host, const tcpref_addr *addr, uint16_t port,
                         unsigned backlog, tcpref_listener **ret_listener)
{
    tcpref_addr any = {0};
    if (!addr)
        addr = &any;
    if (port == 0)
        return TCPREF_ERR_INVALID;
    if (addr->family != 0 && !host_has_address(host, addr))
        return TCPREF_ERR_NOT_AVAILABLE;
    for (const tcpref_listener *l = host->listeners; l; l = l->next) {
        if (same_socket(l, addr, port))
            return TCPREF_ERR_IN_USE;
    }
    tcpref_listener *l = host->mem.alloc(host->mem.ctx, sizeof(*l));
    if (!l)
        return TCPREF_ERR_NO_MEMORY;
    *l = (tcpref_listener){.host = host, .next = host->listeners, .addr = *addr, .port = port};
    l->backlog = backlog > 0 ? backlog : 1;
    l->rcvbuf = host->config.rcvbuf;
    user_defaults(host, &l->user);
    host->listeners = l;
    *ret_listener = l;
    return TCPREF_OK;
}

/* A listener at the very address goes before one at any. */
tcpref_listener *listener_find(const tcpref_host *host, const struct tuple *tuple)
{
    tcpref_listener *any = NULL;
    for (tcpref_listener *l = host->listeners; l; l = l->next) {
        if (same_socket(l, &tuple->local, tuple->local_port))
            return l;
        if (l->port == tuple->local_port && l->addr.family == 0)
            any = l;
    }
    return any;
}

void listener_forget(tcpref_conn *c)
{
    tcpref_listener *l = c->listener;
    tcpref_conn **at = &l->first_child;
    while (*at != c)
        at = &(*at)->child_next;
    *at = c->child_next;
    l->children--;
    l->syn_texts -= c->syn_text;
    c->syn_text = false;
    c->listener = NULL;
}

static bool through_handshake(const tcpref_conn *c)
{
    return c->state != TCPREF_SYN_RECEIVED;
}

/* see tcpref/listener.h */
tcpref_err tcpref_accept(tcpref_listener *listener, tcpref_conn **ret_conn)
{
    tcpref_conn *c = listener->first_child;
    while (c && !through_handshake(c))
        c = c->child_next;
    if (!c)
        return TCPREF_ERR_WOULD_BLOCK;
    listener_forget(c);
    c->released = false;
    *ret_conn = c;
    return TCPREF_OK;
}

/* see tcpref/listener.h */
size_t tcpref_listener_waiting(const tcpref_listener *listener)
{
    size_t n = 0;
    for (const tcpref_conn *c = listener->first_child; c; c = c->child_next)
        n += through_handshake(c);
    return n;
}

/* see tcpref/listener.h */
tcpref_err tcpref_listener_set(tcpref_listener *listener, enum tcpref_option option, uint64_t value)
{
    if (option == TCPREF_OPT_RCVBUF) {
        if (value < 1 || value > USER_BUFFER_MAX)
            return TCPREF_ERR_INVALID;
        listener->rcvbuf = (uint32_t)value;
        return TCPREF_OK;
    }
    return user_set(&listener->user, option, value);
}

/* see tcpref/listener.h */
void tcpref_listener_close(tcpref_listener *listener)
{
    if (!listener)
        return;
    tcpref_host *host = listener->host;
    while (listener->first_child) {
        tcpref_conn *c = listener->first_child;
        reset_peer(c);
        tcb_end(c, TCPREF_ERR_ABORTED);
        tcb_settle(c);
    }
    tcpref_listener **at = &host->listeners;
    while (*at != listener)
        at = &(*at)->next;
    *at = listener->next;
    host->mem.free(host->mem.ctx, listener);
}
