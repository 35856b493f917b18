/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.9.2: the host: packets and time in, packets and the next deadline out. */
#include "host.h"

#include "arrives.h"
#include "lower.h"
#include "output.h"
#include "path.h"
#include "timeouts.h"
#include "wire.h"

#include <string.h>

/* see tcpref/host.h */
tcpref_err tcpref_host_new(tcpref_host **ret_host, const struct tcpref_config *config,
                           const struct tcpref_mem *mem, tcpref_ns now)
{
    if (!tcpref_config_ok(config))
        return TCPREF_ERR_INVALID;
    tcpref_host *host = mem->alloc(mem->ctx, sizeof(*host));
    if (!host)
        return TCPREF_ERR_NO_MEMORY;
    memset(host, 0, sizeof(*host));
    host->config = *config;
    host->mem = *mem;
    host->now = now;
    host->bucket = host->first_bucket;
    host->heap = host->first_heap;
    host->slots = TABLE_MIN;
    *ret_host = host;
    return TCPREF_OK;
}

/* see tcpref/host.h */
void tcpref_host_free(tcpref_host *host)
{
    if (!host)
        return;
    while (host->all) {
        tcpref_conn *c = host->all;
        c->released = true;
        if (c->state != TCPREF_CLOSED)
            tcb_end(c, TCPREF_OK);
        tcb_settle(c);
    }
    while (host->listeners)
        tcpref_listener_close(host->listeners);
    table_free(host);
    host->mem.free(host->mem.ctx, host);
}

static bool is_zero(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] != 0)
            return false;
    }
    return true;
}

/* The directed broadcast of one of the host's networks (RFC 1122, 3.2.1.3). */
static bool is_directed_broadcast(const tcpref_host *host, const tcpref_addr *addr)
{
    uint32_t a = get32(addr->bytes);
    for (unsigned i = 0; i < host->addresses; i++) {
        unsigned len = host->address[i].prefix_len;
        if (host->address[i].addr.family != 4 || len == 0 || len > 30)
            continue;
        uint32_t mask = UINT32_MAX >> len;
        if ((a & mask) == mask && ((a ^ get32(host->address[i].addr.bytes)) & ~mask) == 0)
            return true;
    }
    return false;
}

bool host_is_unicast(const tcpref_host *host, const tcpref_addr *addr)
{
    if (addr->family == 4)
        return addr->bytes[0] != 0 && addr->bytes[0] < 224 && !is_directed_broadcast(host, addr);
    return addr->family == 6 && addr->bytes[0] != 0xff && !is_zero(addr->bytes, 16);
}

bool host_has_address(const tcpref_host *host, const tcpref_addr *addr)
{
    for (unsigned i = 0; i < host->addresses; i++) {
        if (memcmp(&host->address[i].addr, addr, sizeof(*addr)) == 0)
            return true;
    }
    return false;
}

/* see tcpref/host.h */
tcpref_err tcpref_host_add_address(tcpref_host *host, const tcpref_addr *addr, unsigned prefix_len)
{
    tcpref_addr clean = {0};
    if (!host_is_unicast(host, addr) || prefix_len > (addr->family == 4 ? 32 : 128))
        return TCPREF_ERR_INVALID;
    clean.family = addr->family;
    memcpy(clean.bytes, addr->bytes, addr->family == 4 ? 4 : 16);
    if (host_has_address(host, &clean))
        return TCPREF_ERR_IN_USE;
    if (host->addresses == TCPREF_ADDRESSES_MAX)
        return TCPREF_ERR_NO_MEMORY;
    host->address[host->addresses].addr = clean;
    host->address[host->addresses].prefix_len = (uint8_t)prefix_len;
    host->addresses++;
    return TCPREF_OK;
}

/* MUST-57 and MUST-63: nothing is done for what is not between two single hosts, one of them this.
 * What belongs to a connection has been judged when that was opened. */
enum tcpref_verdict host_judge_addresses(const tcpref_host *host, const struct segment *seg)
{
    const struct tuple *t = &seg->tuple;
    if (!host_is_unicast(host, &t->local) || !host_is_unicast(host, &t->remote))
        return TCPREF_V_DROP_NOT_UNICAST;
    return host_has_address(host, &t->local) ? TCPREF_V_ACCEPTED : TCPREF_V_DROP_NOT_OURS;
}

/* see tcpref/host.h */
void tcpref_input(tcpref_host *host, const void *packet, size_t len, tcpref_ns now,
                  enum tcpref_verdict *ret_verdict)
{
    struct segment seg;
    host_tick(host, now);
    enum tcpref_verdict verdict = wire_parse(packet, len, host->config.verify_checksums, &seg);
    if (verdict == TCPREF_V_DROP_ICMP) {
        verdict = host_judge_addresses(host, &seg);
        if (verdict == TCPREF_V_ACCEPTED)
            verdict = lower_icmp(host, packet);
    } else if (verdict == TCPREF_V_ACCEPTED) {
        verdict = segment_arrives(host, &seg);
    }
    if (ret_verdict)
        *ret_verdict = verdict;
}

void host_mark_fragment(tcpref_host *host, struct segment *seg, bool fits)
{
    seg->may_fragment = !host->config.pmtud || !fits;
    if (seg->may_fragment)
        seg->ip_id = host->ip_id++;
}

/* The oldest goes if the caller does not fetch them: RSTs may be lost. */
void host_reply(tcpref_host *host, const struct segment *reply)
{
    if (host->replies == REPLIES_MAX) {
        host->reply_first = (host->reply_first + 1) % REPLIES_MAX;
        host->replies--;
    }
    struct segment *at = &host->reply[(host->reply_first + host->replies) % REPLIES_MAX];
    *at = *reply;
    at->sum_by_device = host->config.checksum_offload;
    host_mark_fragment(host, at, true);
    host->replies++;
}

static size_t output_reply(tcpref_host *host, uint8_t *buf, size_t cap)
{
    if (cap < 128)
        return 0;
    const struct segment *reply = &host->reply[host->reply_first];
    host->reply_first = (host->reply_first + 1) % REPLIES_MAX;
    host->replies--;
    return wire_emit(reply, buf);
}

static size_t output(tcpref_host *host, uint8_t *buf, size_t cap, tcpref_ns now,
                     uint16_t *ret_segment)
{
    host_tick(host, now);
    if (host->replies > 0)
        return output_reply(host, buf, cap);
    tcpref_conn *c = host->out_first;
    if (!c)
        return 0;
    table_fetch_ahead(c->out_next);
    size_t len = output_emit(c, buf, cap, ret_segment);
    if (len > 0)
        tcb_settle(c);
    return len;
}

/* see tcpref/host.h */
size_t tcpref_output(tcpref_host *host, void *buf, size_t cap, tcpref_ns now)
{
    return output(host, buf, cap, now, NULL);
}

/* see tcpref/host.h */
size_t tcpref_output_gso(tcpref_host *host, void *buf, size_t cap, tcpref_ns now,
                         uint16_t *ret_segment)
{
    *ret_segment = 0;
    return output(host, buf, cap, now, ret_segment);
}

/* see tcpref/host.h */
void tcpref_output_done(tcpref_host *host, size_t count, bool error)
{
    if (error)
        host->send_errors += count;
}

/* see tcpref/host.h */
void tcpref_output_partial(tcpref_host *host, size_t pieces, size_t sent)
{
    host->send_errors += sent < pieces ? pieces - sent : 0;
}

/* see tcpref/host.h */
bool tcpref_wants_output(const tcpref_host *host)
{
    return host->replies > 0 || host->out_first;
}

/* see tcpref/host.h */
tcpref_ns tcpref_deadline(const tcpref_host *host)
{
    if (tcpref_wants_output(host))
        return host->now;
    return host->conns > 0 ? host->heap[0].due : TCPREF_NEVER;
}

/* see tcpref/host.h */
void tcpref_advance(tcpref_host *host, tcpref_ns now)
{
    host_tick(host, now);
    while (host->conns > 0 && host->heap[0].due <= host->now) {
        tcpref_conn *c = host->heap[0].conn;
        table_fetch_ahead(c);
        timeouts_run(c);
        tcb_settle(c);
    }
}

/* see tcpref/host.h */
tcpref_err tcpref_host_set_mtu(tcpref_host *host, uint16_t mtu)
{
    uint16_t old = host->config.mtu;
    if (mtu < CONFIG_MTU_MIN)
        return TCPREF_ERR_INVALID;
    host->config.mtu = mtu;
    for (tcpref_conn *c = host->all, *next; c; c = next) {
        next = c->all_next;
        path_link_changed(c, old);
        tcb_settle(c); /* what is planned may be too long now */
    }
    return TCPREF_OK;
}

/* see tcpref/host.h */
void tcpref_host_set_iss(tcpref_host *host, const uint32_t *iss)
{
    host->config.iss_set = iss != NULL;
    host->config.iss = iss ? *iss : 0;
}

/* see tcpref/host.h */
size_t tcpref_host_connections(const tcpref_host *host)
{
    return host->conns;
}

/* see tcpref/host.h */
uint64_t tcpref_host_send_errors(const tcpref_host *host)
{
    return host->send_errors;
}
