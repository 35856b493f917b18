/* SPDX-License-Identifier: BSD-2-Clause */
/* lwIP as Debian builds it (liblwip0), as a subject: its raw API, driven without its thread. It has
 * one set of globals, so its library is loaded twice, into link-map lists of their own. */
#include "subject.h"

#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lwip/init.h>
#include <lwip/ip.h>
#include <lwip/netif.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/tcp.h>

#define FUNCTIONS(X)                                                                               \
    X(lwip_init)                                                                                   \
    X(netif_add)                                                                                   \
    X(netif_set_up)                                                                                \
    X(netif_set_default)                                                                           \
    X(tcp_new)                                                                                     \
    X(tcp_bind)                                                                                    \
    X(tcp_listen_with_backlog)                                                                     \
    X(tcp_accept)                                                                                  \
    X(tcp_recv)                                                                                    \
    X(tcp_recved)                                                                                  \
    X(tcp_err)                                                                                     \
    X(tcp_write)                                                                                   \
    X(tcp_output)                                                                                  \
    X(tcp_connect)                                                                                 \
    X(tcp_close)                                                                                   \
    X(tcp_abort)                                                                                   \
    X(tcp_arg)                                                                                     \
    X(tcp_tmr)                                                                                     \
    X(pbuf_alloc)                                                                                  \
    X(pbuf_free)                                                                                   \
    X(pbuf_copy_partial)                                                                           \
    X(ip4_input)                                                                                   \
    X(mallinfo2)

struct api {
#define X(name) __typeof__(&name) name;
    FUNCTIONS(X)
#undef X
};

enum { QUEUE = 1024 };

/* One instance of the library with its interface; what it sends waits in `packet`. */
static struct instance {
    struct api api;
    struct netif netif;
    uint8_t packet[QUEUE][1536];
    size_t len[QUEUE];
    unsigned head, tail;
    struct tcp_pcb *listener;
    struct bench_conn *all, *last_accepted;
    uint64_t received;
} instance[2];

struct bench_conn {
    struct instance *in;
    struct tcp_pcb *pcb; /* NULL: gone */
    bool open;
    bench_conn *next, *prev;
};

static bool loaded;

static err_t put_out(struct netif *netif, struct pbuf *p, const ip4_addr_t *to)
{
    struct instance *in = netif->state;
    (void)to;
    if (in->head - in->tail == QUEUE)
        in->tail++; /* nobody fetches them */
    unsigned at = in->head++ % QUEUE;
    in->len[at] = p->tot_len;
    if (!p->next)
        memcpy(in->packet[at], p->payload, p->len);
    else
        in->api.pbuf_copy_partial(p, in->packet[at], p->tot_len, 0);
    return ERR_OK;
}

static err_t init_netif(struct netif *netif)
{
    netif->output = put_out;
    netif->mtu = 1500;
    netif->flags = NETIF_FLAG_UP | NETIF_FLAG_LINK_UP;
    return ERR_OK;
}

static void load(struct instance *in, unsigned last_octet)
{
    ip4_addr_t addr, mask, gateway;
    void *library = dlmopen(LM_ID_NEWLM, "liblwip.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        fprintf(stderr, "bench: %s\n", dlerror());
        exit(2);
    }
#define X(name) in->api.name = (__typeof__(&name))dlsym(library, #name);
    FUNCTIONS(X)
#undef X
    in->api.lwip_init();
    IP4_ADDR(&addr, 10, 0, 0, last_octet);
    IP4_ADDR(&mask, 255, 0, 0, 0);
    IP4_ADDR(&gateway, 0, 0, 0, 0);
    in->api.netif_add(&in->netif, &addr, &mask, &gateway, in, init_netif, in->api.ip4_input);
    in->api.netif_set_default(&in->netif);
    in->api.netif_set_up(&in->netif);
}

static bool start(const struct subject_options *options)
{
    if (!options->checksums)
        return false; /* compiled in */
    for (unsigned i = 0; i < 2; i++) {
        if (!loaded)
            load(&instance[i], 1 + i);
        instance[i].head = instance[i].tail = 0;
        instance[i].received = 0;
    }
    loaded = true;
    return true;
}

static void forget(bench_conn *c)
{
    if (c->next)
        c->next->prev = c->prev;
    if (c->prev)
        c->prev->next = c->next;
    else
        c->in->all = c->next;
    free(c);
}

static void pass(uint64_t ms)
{
    for (; ms >= TCP_TMR_INTERVAL; ms -= TCP_TMR_INTERVAL) {
        instance[0].api.tcp_tmr();
        instance[1].api.tcp_tmr();
    }
}

static void stop(void)
{
    for (int i = 0; i < 2; i++) {
        struct instance *in = &instance[i];
        while (in->all) {
            bench_conn *c = in->all;
            if (c->pcb) {
                in->api.tcp_arg(c->pcb, NULL);
                in->api.tcp_abort(c->pcb);
            }
            forget(c);
            in->tail = in->head;
        }
        if (in->listener)
            in->api.tcp_close(in->listener);
        in->listener = NULL;
        in->last_accepted = NULL;
    }
    pass(2ULL * TCP_MSL + 2000); /* TIME-WAIT */
}

static err_t on_recv(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
    bench_conn *c = arg;
    (void)err;
    if (!c || !p)
        return ERR_OK;
    c->in->received += p->tot_len;
    c->in->api.tcp_recved(pcb, p->tot_len);
    c->in->api.pbuf_free(p);
    return ERR_OK;
}

static void on_err(void *arg, err_t err)
{
    bench_conn *c = arg;
    (void)err;
    if (c) {
        c->pcb = NULL;
        c->open = false;
    }
}

static bench_conn *wrap(struct instance *in, struct tcp_pcb *pcb)
{
    bench_conn *c = calloc(1, sizeof(*c));
    if (!c || !pcb)
        abort();
    c->in = in;
    c->pcb = pcb;
    c->next = in->all;
    if (in->all)
        in->all->prev = c;
    in->all = c;
    in->api.tcp_arg(pcb, c);
    in->api.tcp_recv(pcb, on_recv);
    in->api.tcp_err(pcb, on_err);
    return c;
}

static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t err)
{
    struct instance *in = arg;
    (void)err;
    in->last_accepted = wrap(in, pcb);
    in->last_accepted->open = true;
    return ERR_OK;
}

static void listen_at(int host, uint16_t port)
{
    struct instance *in = &instance[host];
    struct tcp_pcb *pcb = in->api.tcp_new();
    if (in->api.tcp_bind(pcb, NULL, port) != ERR_OK)
        abort();
    in->listener = in->api.tcp_listen_with_backlog(pcb, 255);
    in->api.tcp_arg(in->listener, in);
    in->api.tcp_accept(in->listener, on_accept);
}

static err_t on_connected(void *arg, struct tcp_pcb *pcb, err_t err)
{
    bench_conn *c = arg;
    (void)pcb;
    (void)err;
    c->open = true;
    return ERR_OK;
}

static bench_conn *connect_to(int host, uint16_t local_port, uint32_t remote, uint16_t remote_port)
{
    struct instance *in = &instance[host];
    ip_addr_t to = {0};
    IP_ADDR4(&to, remote >> 24, remote >> 16 & 255, remote >> 8 & 255, remote & 255);
    bench_conn *c = wrap(in, in->api.tcp_new());
    c->pcb->local_port = local_port; /* tcp_bind() would look at each connection there is */
    if (in->api.tcp_connect(c->pcb, &to, remote_port, on_connected) != ERR_OK)
        abort();
    return c;
}

static bench_conn *accepted(int host)
{
    bench_conn *c = instance[host].last_accepted;
    instance[host].last_accepted = NULL;
    return c;
}

static bool is_open(const bench_conn *c)
{
    return c->open;
}

static void close_conn(bench_conn *c)
{
    if (c->pcb) {
        c->in->api.tcp_arg(c->pcb, NULL);
        c->in->api.tcp_recv(c->pcb, NULL);
        c->in->api.tcp_err(c->pcb, NULL);
        if (c->in->api.tcp_close(c->pcb) != ERR_OK)
            c->in->api.tcp_abort(c->pcb);
    }
    forget(c);
}

/* What a port of lwIP does with a frame: into a pbuf, and up. */
static void input(int host, const uint8_t *packet, size_t len, bench_conn *conn)
{
    struct instance *in = &instance[host];
    (void)conn; /* on_recv() has read */
    struct pbuf *p = in->api.pbuf_alloc(PBUF_RAW, (u16_t)len, PBUF_RAM);
    if (!p)
        abort();
    memcpy(p->payload, packet, len);
    in->api.ip4_input(p, &in->netif);
}

static size_t output(int host, const uint8_t **ret_packet)
{
    struct instance *in = &instance[host];
    if (in->tail == in->head)
        return 0;
    unsigned at = in->tail++ % QUEUE;
    *ret_packet = in->packet[at];
    return in->len[at];
}

static size_t send_octets(bench_conn *c, const void *data, size_t len)
{
    size_t room = c->pcb ? tcp_sndbuf(c->pcb) : 0;
    size_t take = len < room ? len : room;
    if (take > MSS)
        take -= take % MSS;
    if (take == 0 || c->in->api.tcp_write(c->pcb, data, (u16_t)take, TCP_WRITE_FLAG_COPY) != ERR_OK)
        return 0;
    c->in->api.tcp_output(c->pcb);
    return take;
}

static void turn(int host)
{
    instance[host].api.tcp_tmr();
}

static uint64_t received(int host)
{
    return instance[host].received;
}

static size_t memory(void)
{
    size_t sum = 0;
    for (int i = 0; i < 2; i++)
        sum += instance[i].api.mallinfo2().uordblks;
    return sum;
}

const struct subject subject_lwip = {
    "lwip", start,  stop,        listen_at, connect_to, accepted, is_open, close_conn,
    input,  output, send_octets, pass,      turn,       received, memory,
};
