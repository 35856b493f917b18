/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpref as a subject of the benchmark: through its public headers, as anybody would embed it. */
#include "subject.h"

#include <tcpref/tcpref.h>

#include <malloc.h>
#include <stdlib.h>

/* Where the application's and the device's memory lies beside the stack's, within a page, is an
 * accident that costs or saves a tenth: each start is another one. */
enum { PAGE = 4096, LINE = 64 };

static struct {
    tcpref_host *host[2];
    tcpref_listener *listener[2];
    uint64_t received[2];
    tcpref_ns now;
    size_t in_use;
    size_t shift; /* of `packet`; `read` has three times that */
    uint8_t read[65536 + 4 * PAGE], packet[PACKET_MAX + PAGE];
} world;

static void *counted_alloc(void *ctx, size_t size)
{
    (void)ctx;
    void *block = malloc(size);
    if (!block)
        abort();
    world.in_use += malloc_usable_size(block) + sizeof(size_t);
    return block;
}

static void counted_free(void *ctx, void *block)
{
    (void)ctx;
    world.in_use -= malloc_usable_size(block) + sizeof(size_t);
    free(block);
}

static bool start(const struct subject_options *options)
{
    const struct tcpref_mem mem = {NULL, counted_alloc, counted_free};
    world.shift = (world.shift + 5 * LINE) % PAGE;
    struct tcpref_config config = tcpref_rfc9293;
    config.timestamps = false; /* lwIP as Debian builds it has none */
    config.rcvbuf = config.sndbuf = options->buffer;
    config.verify_checksums = options->checksums;
    config.checksum_offload = !options->checksums;
    for (uint8_t i = 0; i < 2; i++) {
        const tcpref_addr addr = {4, {10, 0, 0, (uint8_t)(1 + i)}};
        if (tcpref_host_new(&world.host[i], &config, &mem, world.now) != TCPREF_OK ||
            tcpref_host_add_address(world.host[i], &addr, 0) != TCPREF_OK)
            abort();
        world.received[i] = 0;
    }
    return true;
}

static void stop(void)
{
    for (int i = 0; i < 2; i++) {
        tcpref_host_free(world.host[i]);
        world.host[i] = NULL;
        world.listener[i] = NULL;
    }
}

static void listen_at(int host, uint16_t port)
{
    if (tcpref_listen(world.host[host], NULL, port, 1024, &world.listener[host]) != TCPREF_OK)
        abort();
}

static bench_conn *connect_to(int host, uint16_t local_port, uint32_t remote, uint16_t remote_port)
{
    const tcpref_addr addr = {4,
                              {(uint8_t)(remote >> 24), (uint8_t)(remote >> 16),
                               (uint8_t)(remote >> 8), (uint8_t)remote}};
    tcpref_conn *conn;
    if (tcpref_connect(world.host[host], NULL, local_port, &addr, remote_port, &conn) != TCPREF_OK)
        abort();
    return (bench_conn *)conn;
}

static bench_conn *accepted(int host)
{
    tcpref_conn *conn;
    if (!world.listener[host] || tcpref_accept(world.listener[host], &conn) != TCPREF_OK)
        return NULL;
    return (bench_conn *)conn;
}

static bool is_open(const bench_conn *conn)
{
    return tcpref_ready((const tcpref_conn *)conn) & TCPREF_READY_WRITE;
}

static void close_conn(bench_conn *conn)
{
    tcpref_release((tcpref_conn *)conn);
}

static void turn(int host)
{
    world.now += 1000;
    if (tcpref_deadline(world.host[host]) <= world.now)
        tcpref_advance(world.host[host], world.now);
}

static void input(int host, const uint8_t *packet, size_t len, bench_conn *conn)
{
    size_t n;
    world.now += 1000;
    tcpref_input(world.host[host], packet, len, world.now, NULL);
    if (conn &&
        tcpref_recv((tcpref_conn *)conn, world.read + 3 * world.shift, 65536, &n) == TCPREF_OK)
        world.received[host] += n;
    turn(host);
}

static size_t output(int host, const uint8_t **ret_packet)
{
    uint8_t *packet = world.packet + world.shift;
    *ret_packet = packet;
    return tcpref_output(world.host[host], packet, PACKET_MAX, world.now);
}

static size_t send_octets(bench_conn *conn, const void *data, size_t len)
{
    size_t taken;
    return tcpref_send((tcpref_conn *)conn, data, len, &taken) == TCPREF_OK ? taken : 0;
}

static void pass(uint64_t ms)
{
    world.now += ms * TCPREF_MS;
    tcpref_advance(world.host[0], world.now);
    tcpref_advance(world.host[1], world.now);
}

static uint64_t received(int host)
{
    return world.received[host];
}

static size_t memory(void)
{
    return world.in_use;
}

const struct subject subject_tcpref = {
    "tcpref", start,  stop,        listen_at, connect_to, accepted, is_open, close_conn,
    input,    output, send_octets, pass,      turn,       received, memory,
};
