/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lwIP behind the port: its raw API, without its thread. Time comes from `advance`, which calls the
 * two TCP timers as tcp_tmr() would; the clock that the library itself can read only serves timers
 * that nobody lets run here. Works with a distribution's library and with objects linked in (then
 * with TCPASSAY_PLUGIN, as for fuzzing).
 *
 * lwIP has one set of globals, so one stack can be open at a time, and a fresh state is made by
 * ending all connections and setting back what they leave behind: the clock and the ISN generator.
 */
#include "outbox.h"
#include "tcpassay/stack.h"

#ifndef TCPASSAY_PLUGIN
#include "stacks/stacks.h"
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lwip/init.h>
#include <lwip/ip.h>
#include <lwip/netif.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/tcp.h>
#include <lwip/timeouts.h>

enum { HANDLES = 256, TEXT = 1 << 16, FIRST_PORT = 49152 };
enum { FIRST_ISS = 6510, FIRST_RTO = 3000 }; /* these two are lwIP's, and in none of its headers */
static const uint64_t MS = 1000000;

struct adapter;

/* A listener or a connection; `in` is NULL while it is neither. */
struct handle {
    struct adapter *in;
    struct tcp_pcb *pcb; /* NULL: lwIP has let go of it */
    struct tcp_pcb_listen *listener;
    struct handle *waits_at; /* not accepted yet: at that listener */
    unsigned order;          /* among those that wait */
    bool opened, shut, eof;
    int error; /* why it ended, TCPASSAY_E*, or 0 */
    int64_t acked;
    struct tcpassay_addr peer;
    bool nodelay, linger0, keepalive; /* a listener's are for what it accepts */
    u32_t keep_idle, keep_intvl, keep_cnt;
    uint8_t *text; /* ring of TEXT octets that wait to be read */
    size_t first, len;
};

struct adapter {
    struct tcpassay_open how;
    struct netif netif;
    uint64_t now, tick; /* when the timers run next; TCPASSAY_NEVER: nothing needs them */
    unsigned ticks, accepted;
    uint16_t port;
    bool iss_set;
    u32_t iss;
    struct handle handle[HANDLES];
    uint8_t *texts; /* of all handles */
    struct outbox out;
};

/* ---- life ---- */

/* As a device: packets wait until they are pulled; all are before there is no room. */
static err_t put_out(struct netif *netif, struct pbuf *p)
{
    struct adapter *a = netif->state;
    uint8_t *packet = outbox_add(&a->out, p->tot_len);
    if (!packet)
        return ERR_BUF;
    pbuf_copy_partial(p, packet, p->tot_len, 0);
    return ERR_OK;
}

static err_t put_out4(struct netif *netif, struct pbuf *p, const ip4_addr_t *to)
{
    (void)to;
    return put_out(netif, p);
}

static err_t put_out6(struct netif *netif, struct pbuf *p, const ip6_addr_t *to)
{
    (void)to;
    return put_out(netif, p);
}

static err_t init_netif(struct netif *netif)
{
    const struct adapter *a = netif->state;
    netif->name[0] = 't';
    netif->name[1] = 'a';
    netif->output = put_out4;
    netif->output_ip6 = put_out6;
    netif->mtu = (u16_t)(a->how.mtu < UINT16_MAX ? a->how.mtu : UINT16_MAX);
    netif->flags = NETIF_FLAG_UP | NETIF_FLAG_LINK_UP;
    return ERR_OK;
}

static ip_addr_t to_ip(const struct tcpassay_addr *a)
{
    ip_addr_t ip;
    memset(&ip, 0, sizeof ip);
    ip.type = a->family == 4 ? IPADDR_TYPE_V4 : IPADDR_TYPE_V6;
    memcpy(&ip.u_addr, a->ip, a->family == 4 ? 4 : sizeof a->ip);
    return ip;
}

static struct tcpassay_addr from_ip(const ip_addr_t *ip, uint16_t port)
{
    struct tcpassay_addr a = {.family = IP_IS_V6(ip) ? 6 : 4, .port = port};
    memcpy(a.ip, &ip->u_addr, a.family == 4 ? 4 : sizeof a.ip);
    return a;
}

/* The generator adds the clock to a number of its own; this makes that number such that the next
 * connection gets ISS. */
static void next_iss(u32_t iss)
{
    struct tcp_pcb any = {0};
    u32_t clock = tcp_ticks;
    tcp_ticks = iss - clock - tcp_next_iss(&any);
    (void)tcp_next_iss(&any);
    tcp_ticks = clock;
}

static void unhook(struct tcp_pcb *pcb)
{
    tcp_arg(pcb, NULL);
    if (pcb->state == LISTEN)
        return;
    tcp_recv(pcb, NULL);
    tcp_sent(pcb, NULL);
    tcp_err(pcb, NULL);
}

/* Everything ends without a callback; resets that this sends are nobody's. */
static void end_all(struct adapter *a)
{
    struct tcp_pcb **lists[] = {&tcp_active_pcbs, &tcp_tw_pcbs, &tcp_bound_pcbs};
    while (tcp_listen_pcbs.listen_pcbs)
        tcp_close((struct tcp_pcb *)tcp_listen_pcbs.listen_pcbs);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        while (*lists[i]) {
            unhook(*lists[i]);
            tcp_abort(*lists[i]);
        }
    }
    for (int i = 0; i < HANDLES; i++) {
        uint8_t *text = a->handle[i].text;
        if (a->handle[i].in)
            a->handle[i] = (struct handle){.text = text};
    }
    a->out.first = a->out.end = 0;
}

static int lw_reset(void *stack, uint64_t seed, uint64_t now)
{
    struct adapter *a = stack;
    end_all(a);
    a->how.seed = seed;
    a->now = now;
    a->tick = TCPASSAY_NEVER;
    a->ticks = a->accepted = 0;
    a->port = (uint16_t)(FIRST_PORT + seed % 8192);
    a->iss_set = false;
    tcp_ticks = 0;
    next_iss(FIRST_ISS);
    return TCPASSAY_OK;
}

static int add_addresses(struct adapter *a)
{
    ip_addr_t local4 = to_ip(&a->how.local4), local6 = to_ip(&a->how.local6);
    ip4_addr_t mask, gateway;
    s8_t index = 0;
    IP4_ADDR(&mask, 255, 255, 255, 0);
    IP4_ADDR(&gateway, 0, 0, 0, 0);
    if (!netif_add(&a->netif, ip_2_ip4(&local4), &mask, &gateway, a, init_netif, ip_input))
        return TCPASSAY_ENOMEM;
    netif_set_default(&a->netif);
    if (netif_add_ip6_address(&a->netif, ip_2_ip6(&local6), &index) != ERR_OK)
        return TCPASSAY_ENOMEM;
    netif_ip6_addr_set_state(&a->netif, index, IP6_ADDR_PREFERRED);
    return TCPASSAY_OK;
}

static void lw_close(void *stack)
{
    struct adapter *a = stack;
    end_all(a);
    netif_remove(&a->netif);
    free(a->texts);
    free(a);
}

static struct adapter *new_adapter(void)
{
    struct adapter *a = calloc(1, sizeof *a);
    uint8_t *texts = malloc((size_t)HANDLES * TEXT);
    if (!a || !texts) {
        free(a);
        free(texts);
        return NULL;
    }
    a->texts = texts;
    for (size_t i = 0; i < HANDLES; i++)
        a->handle[i].text = texts + i * TEXT;
    return a;
}

/* The first connection starts timers of the library's own, which nobody lets run: let there have
 * been one. The reset ends it. */
static void start_timers(const struct adapter *a)
{
    ip_addr_t peer = to_ip(&a->how.peer4);
    struct tcp_pcb *first = tcp_new();
    if (first && tcp_connect(first, &peer, 1, NULL) != ERR_OK)
        tcp_abort(first);
}

static int lw_open(const struct tcpassay_open *how, void **ret_stack, char *why, size_t why_cap)
{
    if (how->profile && *how->profile) {
        snprintf(why, why_cap, "lwIP has no profiles");
        return TCPASSAY_EINVAL;
    }
    if (netif_default) {
        snprintf(why, why_cap, "lwIP is open already in this process, and can only be once");
        return TCPASSAY_EINUSE;
    }
    if (sys_timeouts_sleeptime() == SYS_TIMEOUTS_SLEEPTIME_INFINITE)
        lwip_init(); /* once in a process: it begins with timers of its own */
    struct adapter *a = new_adapter();
    if (!a) {
        snprintf(why, why_cap, "no memory");
        return TCPASSAY_ENOMEM;
    }
    a->how = *how;
    int rc = add_addresses(a);
    if (rc) {
        snprintf(why, why_cap, "lwIP has no room for the interface");
        lw_close(a);
        return rc;
    }
    start_timers(a);
    *ret_stack = a;
    return lw_reset(a, how->seed, how->now);
}

static void lw_facts(void *stack, struct tcpassay_facts *facts)
{
    struct tcpassay_facts now = {
        .size = facts->size,
        .version = LWIP_VERSION_STRING,
        .tick = TCP_SLOW_INTERVAL * MS,
        .msl = TCP_MSL * MS,
        .rto_initial = FIRST_RTO * MS,
        .linear_syn = true,
    };
    (void)stack;
    memcpy(facts, &now, facts->size < sizeof now ? facts->size : sizeof now);
}

static bool lw_can(void *stack, const char *name)
{
    static const char *const names[] = {
        "clock.virtual",
        "ipv4",
        "ipv6",
        "opt.mss",
        "rfc5961",
        "set.iss",
        "app.listen",
        "app.accept",
        "app.connect",
        "app.send",
        "app.recv",
        "app.acked",
        "app.status",
        "app.half-close",
        "app.close",
        "app.abort",
        "app.nodelay",
        "app.linger0",
#if LWIP_TCP_KEEPALIVE
        "app.keepalive",
#endif
#if LWIP_WND_SCALE
        "opt.wscale",
#endif
#if LWIP_TCP_TIMESTAMPS
        "opt.ts",
#endif
#if LWIP_TCP_SACK_OUT
        "opt.sack",
#endif
    };
    (void)stack;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* ---- what lwIP calls ---- */

static struct handle *new_handle(struct adapter *a)
{
    for (int i = 0; i < HANDLES; i++) {
        struct handle *h = &a->handle[i];
        if (h->in)
            continue;
        *h = (struct handle){.in = a, .text = h->text};
        return h;
    }
    return NULL;
}

static void forget(struct handle *h)
{
    *h = (struct handle){.text = h->text};
}

static err_t on_recv(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
    struct handle *h = arg;
    (void)pcb;
    (void)err;
    if (!p) {
        h->eof = true;
        return ERR_OK;
    }
    if (p->tot_len > TEXT - h->len)
        return ERR_MEM; /* more than the window; lwIP keeps it */
    for (u16_t at = 0, n; at < p->tot_len; at += n) {
        size_t end = (h->first + h->len) % TEXT, room = TEXT - end;
        n = pbuf_copy_partial(p, h->text + end, room < p->tot_len ? (u16_t)room : p->tot_len, at);
        h->len += n;
    }
    pbuf_free(p);
    return ERR_OK;
}

static err_t on_sent(void *arg, struct tcp_pcb *pcb, u16_t len)
{
    struct handle *h = arg;
    (void)pcb;
    h->acked += len;
    return ERR_OK;
}

/* The pcb is gone. */
static void on_err(void *arg, err_t err)
{
    struct handle *h = arg;
    h->pcb = NULL;
    if (err == ERR_CLSD)
        return; /* both sides had closed */
    if (err == ERR_ABRT)
        h->error = TCPASSAY_ETIMEDOUT; /* its timers do so; aborts of ours are unhooked */
    else
        h->error = h->opened ? TCPASSAY_ERESET : TCPASSAY_EREFUSED;
}

static err_t on_connected(void *arg, struct tcp_pcb *pcb, err_t err)
{
    struct handle *h = arg;
    (void)pcb;
    (void)err;
    h->opened = true;
    return ERR_OK;
}

static void hook(struct handle *h, struct tcp_pcb *pcb)
{
    h->pcb = pcb;
    tcp_arg(pcb, h);
    tcp_recv(pcb, on_recv);
    tcp_sent(pcb, on_sent);
    tcp_err(pcb, on_err);
}

static void apply_options(struct handle *h)
{
    struct tcp_pcb *pcb = h->pcb;
    if (h->nodelay)
        tcp_nagle_disable(pcb);
    else
        tcp_nagle_enable(pcb);
    if (h->keepalive)
        ip_set_option(pcb, SOF_KEEPALIVE);
    else
        ip_reset_option(pcb, SOF_KEEPALIVE);
    if (h->keep_idle)
        pcb->keep_idle = h->keep_idle;
#if LWIP_TCP_KEEPALIVE
    if (h->keep_intvl)
        pcb->keep_intvl = h->keep_intvl;
    if (h->keep_cnt)
        pcb->keep_cnt = h->keep_cnt;
#endif
}

static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t err)
{
    struct handle *listener = arg;
    struct adapter *a = listener ? listener->in : NULL;
    struct handle *h = a && err == ERR_OK ? new_handle(a) : NULL;
    if (!h)
        return ERR_MEM;
    hook(h, pcb);
    h->waits_at = listener;
    h->order = a->accepted++;
    h->opened = true;
    h->peer = from_ip(&pcb->remote_ip, pcb->remote_port);
    h->nodelay = listener->nodelay;
    h->linger0 = listener->linger0;
    h->keepalive = listener->keepalive;
    h->keep_idle = listener->keep_idle;
    h->keep_intvl = listener->keep_intvl;
    h->keep_cnt = listener->keep_cnt;
    apply_options(h);
    return ERR_OK;
}

/* ---- packets and time ---- */

/* lwIP begins its timers with the first connection, and ends them with the last. */
static void wind(struct adapter *a)
{
    if (!tcp_active_pcbs && !tcp_tw_pcbs)
        a->tick = TCPASSAY_NEVER;
    else if (a->tick == TCPASSAY_NEVER)
        a->tick = a->now + TCP_TMR_INTERVAL * MS;
}

static int lw_input(void *stack, const void *packet, size_t len)
{
    struct adapter *a = stack;
    struct pbuf *p =
        len > 0 && len <= UINT16_MAX ? pbuf_alloc(PBUF_RAW, (u16_t)len, PBUF_RAM) : NULL;
    if (!p)
        return len > 0 && len <= UINT16_MAX ? TCPASSAY_ENOMEM : TCPASSAY_EINVAL;
    pbuf_take(p, packet, (u16_t)len);
    if (a->iss_set)
        next_iss(a->iss);
    if (a->netif.input(p, &a->netif) != ERR_OK)
        pbuf_free(p);
    wind(a);
    return TCPASSAY_OK;
}

static size_t lw_output(void *stack, void *buf, size_t cap)
{
    struct adapter *a = stack;
    return outbox_take(&a->out, buf, cap);
}

static uint64_t lw_deadline(void *stack)
{
    const struct adapter *a = stack;
    return a->tick;
}

static bool in_time_wait(const struct tcp_pcb *pcb)
{
    for (const struct tcp_pcb *p = tcp_tw_pcbs; p; p = p->next)
        if (p == pcb)
            return true;
    return false;
}

/* The end of TIME-WAIT is the one end of a connection that lwIP tells nobody. */
static void slow_timer(struct adapter *a)
{
    bool waits[HANDLES];
    for (int i = 0; i < HANDLES; i++)
        waits[i] = a->handle[i].pcb && a->handle[i].pcb->state == TIME_WAIT;
    tcp_slowtmr();
    for (int i = 0; i < HANDLES; i++)
        if (waits[i] && !in_time_wait(a->handle[i].pcb))
            a->handle[i].pcb = NULL;
}

static void lw_advance(void *stack, uint64_t now)
{
    struct adapter *a = stack;
    while (a->tick <= now) {
        a->now = a->tick;
        tcp_fasttmr();
        if (++a->ticks & 1)
            slow_timer(a);
        a->tick += TCP_TMR_INTERVAL * MS;
        wind(a);
    }
    if (now > a->now)
        a->now = now;
}

/* ---- calls of the application ---- */

static struct handle *find(struct adapter *a, int handle)
{
    bool there = handle >= 0 && handle < HANDLES && a->handle[handle].in;
    return there ? &a->handle[handle] : NULL;
}

static struct handle *find_conn(void *stack, int handle)
{
    struct handle *h = find(stack, handle);
    return h && !h->listener ? h : NULL;
}

static int fail(err_t err)
{
    switch (err) {
    case ERR_OK:
        return TCPASSAY_OK;
    case ERR_MEM:
    case ERR_BUF:
        return TCPASSAY_ENOMEM;
    case ERR_RTE:
        return TCPASSAY_EUNREACHABLE;
    case ERR_USE:
        return TCPASSAY_EINUSE;
    case ERR_VAL:
    case ERR_ARG:
        return TCPASSAY_EINVAL;
    case ERR_CONN:
    case ERR_CLSD:
        return TCPASSAY_ENOTCONN;
    default:
        return TCPASSAY_EFAILED;
    }
}

/* A new pcb bound to ADDR, or NULL. */
static struct tcp_pcb *bound(const struct tcpassay_addr *addr, int *ret_why)
{
    ip_addr_t ip = to_ip(addr);
    struct tcp_pcb *pcb = tcp_new_ip_type(IP_GET_TYPE(&ip));
    if (!pcb) {
        *ret_why = TCPASSAY_ENOMEM;
        return NULL;
    }
    *ret_why = fail(tcp_bind(pcb, &ip, addr->port));
    if (*ret_why == TCPASSAY_OK)
        return pcb;
    tcp_abort(pcb);
    return NULL;
}

static int lw_listen(void *stack, const struct tcpassay_addr *local, int backlog)
{
    struct adapter *a = stack;
    int rc;
    struct handle *h = new_handle(a);
    if (!h)
        return TCPASSAY_ENOMEM;
    struct tcp_pcb *pcb = bound(local, &rc);
    struct tcp_pcb *listener = NULL;
    if (pcb) {
        u8_t length = backlog <= 0 ? 1 : backlog > UINT8_MAX ? UINT8_MAX : (u8_t)backlog;
        listener = tcp_listen_with_backlog(pcb, length);
        if (!listener) {
            tcp_abort(pcb);
            rc = TCPASSAY_ENOMEM;
        }
    }
    if (!listener) {
        forget(h);
        return rc;
    }
    h->listener = (struct tcp_pcb_listen *)listener;
    tcp_arg(listener, h);
    tcp_accept(listener, on_accept);
    return (int)(h - a->handle);
}

static int lw_accept(void *stack, int listener)
{
    struct adapter *a = stack;
    struct handle *l = find(a, listener), *first = NULL;
    if (!l || !l->listener)
        return TCPASSAY_ENOTCONN;
    for (struct handle *h = a->handle; h < a->handle + HANDLES; h++)
        if (h->in && h->waits_at == l && (!first || h->order < first->order))
            first = h;
    if (!first)
        return TCPASSAY_EWOULDBLOCK;
    first->waits_at = NULL;
    return (int)(first - a->handle);
}

/* The library's choice of a port depends on all that went before: here it depends on the seed. */
static struct tcp_pcb *bound_somewhere(struct adapter *a, struct tcpassay_addr *local, int *ret_why)
{
    if (local->port != 0)
        return bound(local, ret_why);
    for (int i = 0; i < HANDLES; i++) {
        local->port = a->port++;
        if (a->port < FIRST_PORT)
            a->port = FIRST_PORT;
        struct tcp_pcb *pcb = bound(local, ret_why);
        if (pcb || *ret_why != TCPASSAY_EINUSE)
            return pcb;
    }
    return NULL;
}

static int lw_connect(void *stack, const struct tcpassay_addr *local,
                      const struct tcpassay_addr *remote)
{
    struct adapter *a = stack;
    ip_addr_t to = to_ip(remote);
    struct tcpassay_addr from = remote->family == 4 ? a->how.local4 : a->how.local6;
    int rc;
    from.port = local ? local->port : 0;
    struct handle *h = new_handle(a);
    if (!h)
        return TCPASSAY_ENOMEM;
    struct tcp_pcb *pcb = bound_somewhere(a, &from, &rc);
    if (!pcb) {
        forget(h);
        return rc;
    }
    hook(h, pcb);
    if (a->iss_set)
        next_iss(a->iss);
    rc = fail(tcp_connect(pcb, &to, remote->port, on_connected));
    if (rc) {
        unhook(pcb);
        tcp_abort(pcb);
        forget(h);
        return rc;
    }
    h->peer = *remote;
    wind(a);
    return (int)(h - a->handle);
}

static int lw_connected(void *stack, int conn)
{
    const struct handle *h = find_conn(stack, conn);
    if (!h)
        return TCPASSAY_ENOTCONN;
    if (h->opened)
        return 1;
    return h->error ? h->error : h->pcb ? TCPASSAY_EWOULDBLOCK : TCPASSAY_ENOTCONN;
}

static int lw_send(void *stack, int conn, const void *data, size_t len, unsigned flags)
{
    struct handle *h = find_conn(stack, conn);
    if (!h)
        return TCPASSAY_ENOTCONN;
    if (h->shut)
        return TCPASSAY_EPIPE;
    if (!h->pcb)
        return h->error ? h->error : TCPASSAY_ENOTCONN;
    if (flags & TCPASSAY_SEND_URGENT)
        return TCPASSAY_ENOTSUP;
    u16_t room = (u16_t)tcp_sndbuf(h->pcb);
    u16_t take = len < room ? (u16_t)len : room;
    err_t err = take > 0 ? ERR_MEM : ERR_OK;
    /* Its queue may be too short for so many segments at once. */
    for (; take > 0; take /= 2) {
        err = tcp_write(h->pcb, data, take, TCP_WRITE_FLAG_COPY);
        if (err != ERR_MEM)
            break;
    }
    if (err == ERR_CONN)
        return TCPASSAY_EPIPE;
    if (take == 0 || err != ERR_OK)
        return err == ERR_OK || err == ERR_MEM ? TCPASSAY_EWOULDBLOCK : fail(err);
    tcp_output(h->pcb);
    return take;
}

static int lw_recv(void *stack, int conn, void *buf, size_t cap, unsigned *ret_flags)
{
    struct handle *h = find_conn(stack, conn);
    if (!h)
        return TCPASSAY_ENOTCONN;
    if (ret_flags)
        *ret_flags = 0;
    size_t len = h->len < cap ? h->len : cap;
    if (len > 0) {
        size_t here = len < TEXT - h->first ? len : TEXT - h->first;
        memcpy(buf, h->text + h->first, here);
        memcpy((uint8_t *)buf + here, h->text, len - here);
        h->first = (h->first + len) % TEXT;
        h->len -= len;
        if (h->pcb)
            tcp_recved(h->pcb, (u16_t)len);
        return (int)len;
    }
    if (h->error)
        return h->error;
    return h->eof ? 0 : h->pcb ? TCPASSAY_EWOULDBLOCK : TCPASSAY_ENOTCONN;
}

static int lw_shutdown(void *stack, int conn)
{
    struct handle *h = find_conn(stack, conn);
    if (!h || !h->pcb)
        return TCPASSAY_ENOTCONN;
    int rc = fail(tcp_shutdown(h->pcb, 0, 1));
    h->shut = h->shut || rc == TCPASSAY_OK;
    return rc;
}

static int end(struct handle *h, bool abort)
{
    if (h->pcb) {
        unhook(h->pcb);
        if (abort || tcp_close(h->pcb) != ERR_OK)
            tcp_abort(h->pcb);
    }
    forget(h);
    return TCPASSAY_OK;
}

static int end_listener(struct adapter *a, struct handle *l)
{
    for (struct handle *h = a->handle; h < a->handle + HANDLES; h++)
        if (h->in && h->waits_at == l)
            end(h, true);
    struct tcp_pcb *pcb = (struct tcp_pcb *)l->listener;
    unhook(pcb);
    tcp_close(pcb);
    forget(l);
    return TCPASSAY_OK;
}

static int lw_close_conn(void *stack, int conn)
{
    struct handle *h = find(stack, conn);
    if (!h)
        return TCPASSAY_ENOTCONN;
    int rc = h->listener ? end_listener(stack, h) : end(h, h->linger0);
    wind(stack);
    return rc;
}

static int lw_abort(void *stack, int conn)
{
    struct handle *h = find_conn(stack, conn);
    if (!h)
        return lw_close_conn(stack, conn);
    end(h, true);
    wind(stack);
    return TCPASSAY_OK;
}

static bool keep_option(struct handle *h, enum tcpassay_option option, int64_t value)
{
    u32_t ms = (u32_t)((uint64_t)value / MS);
    switch (option) {
    case TCPASSAY_OPT_KEEPIDLE:
        h->keep_idle = ms;
        return true;
    case TCPASSAY_OPT_KEEPINTVL:
        h->keep_intvl = ms;
        return true;
    case TCPASSAY_OPT_KEEPCNT:
        h->keep_cnt = (u32_t)value;
        return true;
    case TCPASSAY_OPT_KEEPALIVE:
        h->keepalive = value != 0;
        return true;
    case TCPASSAY_OPT_NODELAY:
        h->nodelay = value != 0;
        return true;
    case TCPASSAY_OPT_LINGER0: /* what lwIP's sockets make of SO_LINGER with 0 */
        h->linger0 = value != 0;
        return true;
    default:
        return false;
    }
}

static int lw_set_option(void *stack, int conn, enum tcpassay_option option, int64_t value)
{
    struct adapter *a = stack;
    if (value < 0)
        return TCPASSAY_EINVAL;
    if (option == TCPASSAY_OPT_ISS) {
        if (value > UINT32_MAX)
            return TCPASSAY_EINVAL;
        a->iss_set = true;
        a->iss = (u32_t)value;
        return TCPASSAY_OK;
    }
    struct handle *h = find(a, conn);
    if (!h)
        return TCPASSAY_ENOTCONN;
    if (!keep_option(h, option, value))
        return TCPASSAY_ENOTSUP;
    if (h->pcb)
        apply_options(h);
    return TCPASSAY_OK;
}

static int lw_status(void *stack, int conn, struct tcpassay_status *status)
{
    static const char *const states[] = {
        [CLOSED] = "CLOSED",         [LISTEN] = "LISTEN",           [SYN_SENT] = "SYN-SENT",
        [SYN_RCVD] = "SYN-RECEIVED", [ESTABLISHED] = "ESTABLISHED", [FIN_WAIT_1] = "FIN-WAIT-1",
        [FIN_WAIT_2] = "FIN-WAIT-2", [CLOSE_WAIT] = "CLOSE-WAIT",   [CLOSING] = "CLOSING",
        [LAST_ACK] = "LAST-ACK",     [TIME_WAIT] = "TIME-WAIT",
    };
    const struct handle *h = find(stack, conn);
    if (!h)
        return TCPASSAY_ENOTCONN;
    struct tcpassay_status now = {.size = status->size,
                                  .state = states[h->listener ? LISTEN : CLOSED]};
    if (h->pcb) {
        now.state = states[h->pcb->state];
        now.snd_una = h->pcb->lastack;
        now.snd_nxt = h->pcb->snd_nxt;
        now.snd_wnd = h->pcb->snd_wnd;
        now.rcv_nxt = h->pcb->rcv_nxt;
        now.rcv_wnd = h->pcb->rcv_ann_wnd;
    }
    memcpy(status, &now, status->size < sizeof now ? status->size : sizeof now);
    return TCPASSAY_OK;
}

static int64_t lw_acked(void *stack, int conn)
{
    const struct handle *h = find_conn(stack, conn);
    return h ? h->acked : TCPASSAY_ENOTCONN;
}

static int lw_peer(void *stack, int conn, struct tcpassay_addr *ret_peer)
{
    const struct handle *h = find_conn(stack, conn);
    if (!h)
        return TCPASSAY_ENOTCONN;
    *ret_peer = h->peer;
    return TCPASSAY_OK;
}

#ifdef TCPASSAY_PLUGIN
#define TABLE tcpassay_stack_plugin
#else
#define TABLE stacks_lwip
#endif
const struct tcpassay_stack TABLE = {
    .abi = TCPASSAY_STACK_ABI,
    .size = sizeof(struct tcpassay_stack),
    .name = "lwip",
    .open = lw_open,
    .close = lw_close,
    .reset = lw_reset,
    .facts = lw_facts,
    .can = lw_can,
    .input = lw_input,
    .output = lw_output,
    .deadline = lw_deadline,
    .advance = lw_advance,
    .listen = lw_listen,
    .accept = lw_accept,
    .connect = lw_connect,
    .connected = lw_connected,
    .send = lw_send,
    .recv = lw_recv,
    .shutdown = lw_shutdown,
    .close_conn = lw_close_conn,
    .abort = lw_abort,
    .set_option = lw_set_option,
    .status = lw_status,
    .acked = lw_acked,
    .peer = lw_peer,
};
