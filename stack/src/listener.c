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

static bool takes(const tcpref_listener *l, const struct tuple *tuple)
{
    bool address =
        l->remote.family == 0 || memcmp(&l->remote, &tuple->remote, sizeof(l->remote)) == 0;
    return address && (l->remote_port == 0 || l->remote_port == tuple->remote_port);
}

/* see tcpref/listener.h */
tcpref_err tcpref_listener_only(tcpref_listener *listener, const tcpref_addr *remote, uint16_t port)
{
    tcpref_addr clean = {0};
    if (remote && remote->family != 4 && remote->family != 6)
        return TCPREF_ERR_INVALID;
    if (remote) {
        clean.family = remote->family;
        memcpy(clean.bytes, remote->bytes, remote->family == 4 ? 4 : 16);
    }
    listener->remote = clean;
    listener->remote_port = remote ? port : 0;
    return TCPREF_OK;
}

/* A listener at the very address goes before one at any. */
tcpref_listener *listener_find(const tcpref_host *host, const struct tuple *tuple)
{
    tcpref_listener *any = NULL;
    for (tcpref_listener *l = host->listeners; l; l = l->next) {
        if (l->port != tuple->local_port || !takes(l, tuple))
            continue;
        if (same_socket(l, &tuple->local, tuple->local_port))
            return l;
        if (l->addr.family == 0)
            any = l;
    }
    return any;
}

bool listener_full(const tcpref_listener *l)
{
    return l->waiting.count >= l->backlog;
}

static void enlist(struct children *list, tcpref_conn *c)
{
    c->among = list;
    c->child_next = NULL;
    c->child_prev = list->last;
    if (list->last)
        list->last->child_next = c;
    else
        list->first = c;
    list->last = c;
    list->count++;
}

static void delist(tcpref_conn *c)
{
    struct children *list = c->among;
    if (c->child_prev)
        c->child_prev->child_next = c->child_next;
    else
        list->first = c->child_next;
    if (c->child_next)
        c->child_next->child_prev = c->child_prev;
    else
        list->last = c->child_prev;
    list->count--;
    c->among = NULL;
    c->listener->syn_texts -= c->syn_text;
    c->syn_text = false;
}

void listener_add(tcpref_listener *l, tcpref_conn *c)
{
    c->listener = l;
    enlist(&l->half_open, c);
}

void listener_through(tcpref_conn *c)
{
    delist(c);
    enlist(&c->listener->waiting, c);
}

void listener_forget(tcpref_conn *c)
{
    delist(c);
    c->listener = NULL;
}

/* Without a word: if it was an honest one, its next segment draws a RST from the listener. */
void listener_recycle(tcpref_listener *l)
{
    tcpref_conn *c = l->half_open.first;
    if (!c)
        return;
    tcb_end(c, TCPREF_OK);
    tcb_settle(c);
}

/* see tcpref/listener.h */
tcpref_err tcpref_accept(tcpref_listener *listener, tcpref_conn **ret_conn)
{
    tcpref_conn *c = listener->waiting.first;
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
    return listener->waiting.count;
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

static void abort_all(struct children *list)
{
    while (list->first) {
        tcpref_conn *c = list->first;
        reset_peer(c);
        tcb_end(c, TCPREF_ERR_ABORTED);
        tcb_settle(c);
    }
}

/* see tcpref/listener.h */
void tcpref_listener_close(tcpref_listener *listener)
{
    if (!listener)
        return;
    tcpref_host *host = listener->host;
    abort_all(&listener->half_open);
    abort_all(&listener->waiting);
    tcpref_listener **at = &host->listeners;
    while (*at != listener)
        at = &(*at)->next;
    *at = listener->next;
    host->mem.free(host->mem.ctx, listener);
}
