/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory runs out: allocation 1, 2, 3, … fails throughout a whole scenario, once or for good.
 * Nothing leaks or crashes; what fails once is made up for; no octet is ever wrong. */
#include "tcb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CONNS = 20, OCTETS = 9000, QUEUE = 4096, MINUTES = 15 };

struct memory {
    unsigned calls, fail_at; /* 0: never */
    bool for_good;
    size_t live;
};

struct end {
    tcpref_conn *conn;
    unsigned written, read;
    bool shut, eof;
};

static struct memory memory;
static tcpref_host *host[2];
static tcpref_listener *listener;
static struct end end[2][CONNS];
static tcpref_ns now;
static struct {
    uint8_t packet[1500];
    size_t len;
    int to;
} queue[QUEUE];
static unsigned queued;

static void *take(void *ctx, size_t size)
{
    struct memory *m = ctx;
    m->calls++;
    if (m->fail_at && (m->for_good ? m->calls >= m->fail_at : m->calls == m->fail_at))
        return NULL;
    void *block = malloc(size);
    assert_non_null(block);
    memset(block, 0xa5, size);
    m->live++;
    return block;
}

static void give(void *ctx, void *block)
{
    struct memory *m = ctx;
    m->live--;
    free(block);
}

static tcpref_addr addr_of(int which)
{
    return (tcpref_addr){4, {10, 0, 0, (uint8_t)(1 + which)}};
}

static uint8_t octet(int side, unsigned i)
{
    return (uint8_t)(i * 7 + i / 251 + (unsigned)side);
}

static bool set_up(void)
{
    const struct tcpref_mem mem = {&memory, take, give};
    struct tcpref_config config = tcpref_rfc9293;
    config.rcvbuf = config.sndbuf = 2000;
    config.msl = TCPREF_SEC;
    host[0] = host[1] = NULL;
    listener = NULL;
    memset(end, 0, sizeof(end));
    queued = 0;
    now = TCPREF_SEC;
    for (int i = 0; i < 2; i++) {
        tcpref_addr addr = addr_of(i);
        if (tcpref_host_new(&host[i], &config, &mem, now) != TCPREF_OK)
            return false;
        assert_int_equal(tcpref_host_add_address(host[i], &addr, 24), TCPREF_OK);
    }
    return tcpref_listen(host[1], NULL, 80, CONNS, &listener) == TCPREF_OK;
}

/* Every eleventh packet is lost, every seventh comes late. */
static void carry(void)
{
    static unsigned count;
    size_t len;
    for (int i = 0; i < 2; i++) {
        uint8_t packet[1500];
        while ((len = tcpref_output(host[i], packet, sizeof(packet), now)) > 0) {
            if (++count % 11 == 0 || queued == QUEUE)
                continue;
            memcpy(queue[queued].packet, packet, len);
            queue[queued].len = len;
            queue[queued++].to = 1 - i;
        }
    }
    unsigned late = queued;
    for (unsigned k = 0; k < late; k++) {
        if (++count % 7 == 0 && queued < QUEUE)
            queue[queued++] = queue[k];
        else
            tcpref_input(host[queue[k].to], queue[k].packet, queue[k].len, now, NULL);
    }
    memmove(queue, queue + late, (queued - late) * sizeof(queue[0]));
    queued -= late;
}

static void use(int side, struct end *e)
{
    uint8_t data[1500];
    size_t len;
    if (e->written == 0) /* larger on a live connection: rings grow */
        (void)tcpref_set(e->conn, TCPREF_OPT_SNDBUF, 4000);
    for (len = 0; len < sizeof(data); len++)
        data[len] = octet(side, e->written + (unsigned)len);
    if (e->written < OCTETS &&
        tcpref_send(e->conn, data, OCTETS - e->written < 1500 ? OCTETS - e->written : 1500, &len) ==
            TCPREF_OK)
        e->written += (unsigned)len;
    if (e->written == OCTETS && !e->shut && (tcpref_ready(e->conn) & TCPREF_READY_WRITE))
        e->shut = tcpref_shutdown(e->conn) == TCPREF_OK;
    while (!e->eof && tcpref_recv(e->conn, data, sizeof(data), &len) == TCPREF_OK) {
        e->eof = len == 0;
        for (size_t i = 0; i < len; i++)
            assert_int_equal(data[i], octet(1 - side, e->read + (unsigned)i));
        e->read += (unsigned)len;
        if (e->read > 3000)
            (void)tcpref_set(e->conn, TCPREF_OPT_RCVBUF, 5000);
    }
}

static bool idle(void)
{
    return queued == 0 && tcpref_host_connections(host[0]) == 0 &&
           tcpref_host_connections(host[1]) == 0;
}

static void play(void)
{
    tcpref_addr to = addr_of(1);
    unsigned accepted = 0;
    for (unsigned i = 0; i < CONNS; i++) {
        if (tcpref_connect(host[0], NULL, 0, &to, 80, &end[0][i].conn) != TCPREF_OK)
            end[0][i].conn = NULL;
    }
    for (unsigned step = 0; step < MINUTES * 60 * 10; step++) {
        while (accepted < CONNS && tcpref_accept(listener, &end[1][accepted].conn) == TCPREF_OK)
            accepted++;
        for (int side = 0; side < 2; side++) {
            for (unsigned i = 0; i < CONNS; i++) {
                if (end[side][i].conn)
                    use(side, &end[side][i]);
            }
        }
        carry();
        if (memory.for_good ? step == 100 : idle())
            return;
        now += 100 * TCPREF_MS;
        tcpref_advance(host[0], now);
        tcpref_advance(host[1], now);
    }
}

static void all_through(void)
{
    for (unsigned i = 0; i < CONNS; i++) {
        if (!end[0][i].conn)
            continue; /* the user was told that there is no memory */
        assert_int_equal(tcpref_conn_error(end[0][i].conn), TCPREF_OK);
        assert_int_equal(end[0][i].read, OCTETS);
        assert_true(end[0][i].eof);
    }
    for (unsigned i = 0; i < CONNS && end[1][i].conn; i++) {
        assert_int_equal(end[1][i].read, OCTETS);
        assert_true(end[1][i].eof);
    }
    assert_int_equal(tcpref_host_connections(host[0]), 0);
    assert_int_equal(tcpref_host_connections(host[1]), 0);
}

/* The scenario with the Nth allocation failing; the number of allocations. */
static unsigned run(unsigned fail_at, bool for_good)
{
    memory = (struct memory){.fail_at = fail_at, .for_good = for_good};
    if (set_up()) {
        play();
        if (!for_good)
            all_through();
    }
    tcpref_host_free(host[0]);
    tcpref_host_free(host[1]);
    assert_int_equal(memory.live, 0);
    return memory.calls;
}

static void test_each_allocation_fails_once(void **state)
{
    (void)state;
    unsigned calls = run(0, false);
    assert_true(calls > 4 * CONNS);
    for (unsigned n = 1; n <= calls; n++)
        (void)run(n, false);
}

static void test_memory_ends_for_good(void **state)
{
    (void)state;
    unsigned calls = run(0, false);
    for (unsigned n = 1; n <= calls; n++)
        (void)run(n, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_allocation_fails_once),
        cmocka_unit_test(test_memory_ends_for_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
