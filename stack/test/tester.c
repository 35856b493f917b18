/* SPDX-License-Identifier: BSD-2-Clause */
/* One host under test and a peer played by hand. */
#include "tester.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

void t_host(struct tester *t, const struct tcpref_config *config)
{
    tcpref_addr addr = pair_addr(0, 4);
    memset(t, 0, sizeof(*t));
    t->mem.fail_after = -1;
    t->config = *config;
    t->config.iss_set = true;
    t->config.iss = T_ISS;
    t->now = 10 * TCPREF_SEC;
    struct tcpref_mem mem = pair_mem(&t->mem);
    assert_int_equal(tcpref_host_new(&t->host, &t->config, &mem, t->now), TCPREF_OK);
    assert_int_equal(tcpref_host_add_address(t->host, &addr, 24), TCPREF_OK);
    assert_int_equal(tcpref_listen(t->host, NULL, 80, 3, &t->listener), TCPREF_OK);
    t->port = 80;
}

void t_free(struct tester *t)
{
    tcpref_host_free(t->host);
    assert_int_equal(t->mem.allocations, 0);
}

enum tcpref_verdict t_in(struct tester *t, uint8_t flags, uint32_t seq, uint32_t ack, uint32_t len,
                         uint16_t wnd)
{
    uint8_t packet[2000];
    enum tcpref_verdict verdict;
    struct segment *s = &t->in;
    s->tuple = (struct tuple){pair_addr(1, 4), pair_addr(0, 4), 5000, t->port};
    s->ttl = 64;
    s->flags = flags;
    s->seq.n = T_IRS + seq;
    s->ack.n = T_ISS + ack;
    s->len = len;
    s->wnd = wnd;
    size_t header = wire_header_len(s);
    for (uint32_t i = 0; i < len; i++)
        packet[header + i] = (uint8_t)(seq + i);
    tcpref_input(t->host, packet, wire_emit(s, packet), t->now, &verdict);
    t->in = (struct segment){0};
    return verdict;
}

bool t_out(struct tester *t)
{
    uint8_t packet[2000];
    size_t len = tcpref_output(t->host, packet, sizeof(packet), t->now);
    if (len == 0)
        return false;
    assert_int_equal(pair_parse(packet, len, &t->got), TCPREF_V_ACCEPTED);
    assert_in_range(t->got.len, 0, sizeof(t->text));
    memcpy(t->text, t->got.text, t->got.len);
    t->got.seq.n -= t->got.seq.n == 0 && (t->got.flags & RST) ? 0 : T_ISS;
    t->got.ack.n -= T_IRS;
    return true;
}

void t_expect(struct tester *t, uint8_t flags, uint32_t seq, uint32_t ack, uint32_t len)
{
    assert_true(t_out(t));
    assert_int_equal(t->got.flags & ~PSH, flags);
    assert_int_equal(t->got.seq.n, seq);
    if (flags & ACK)
        assert_int_equal(t->got.ack.n, ack);
    assert_int_equal(t->got.len, len);
}

void t_silent(struct tester *t)
{
    assert_false(tcpref_wants_output(t->host));
    assert_false(t_out(t));
}

void t_pass(struct tester *t, tcpref_ns span)
{
    t->now += span;
    tcpref_advance(t->host, t->now);
}

static void passive(struct tester *t, uint16_t wnd, bool sack)
{
    t->in.has_mss = true;
    t->in.mss = 1000;
    t->in.has_sack_ok = sack;
    assert_int_equal(t_in(t, SYN, 0, 0, 0, wnd), TCPREF_V_NEW_CONNECTION);
    t_expect(t, SYN | ACK, 0, 1, 0);
    assert_int_equal(t_in(t, ACK, 1, 1, 0, wnd), TCPREF_V_ACCEPTED);
    assert_int_equal(tcpref_accept(t->listener, &t->conn), TCPREF_OK);
    t_silent(t);
}

void t_passive(struct tester *t, const struct tcpref_config *config, uint16_t wnd)
{
    t_host(t, config);
    passive(t, wnd, false);
}

void t_passive_sack(struct tester *t, const struct tcpref_config *config, uint16_t wnd)
{
    t_host(t, config);
    passive(t, wnd, true);
}

void t_sacks(struct tester *t, uint32_t lo, uint32_t hi)
{
    t->in.sack[t->in.sacks].lo.n = T_ISS + lo;
    t->in.sack[t->in.sacks].hi.n = T_ISS + hi;
    t->in.sacks++;
}

void t_block(const struct tester *t, unsigned i, uint32_t lo, uint32_t hi)
{
    assert_in_range(i, 0, t->got.sacks - 1U);
    assert_int_equal(t->got.sack[i].lo.n - T_IRS, lo);
    assert_int_equal(t->got.sack[i].hi.n - T_IRS, hi);
}

void t_active(struct tester *t, const struct tcpref_config *config, uint16_t wnd)
{
    tcpref_addr to = pair_addr(1, 4);
    t_host(t, config);
    t->port = 3000;
    assert_int_equal(tcpref_connect(t->host, NULL, 3000, &to, 5000, &t->conn), TCPREF_OK);
    t_expect(t, SYN, 0, 0, 0);
    t->in.has_mss = true;
    t->in.mss = 1000;
    assert_int_equal(t_in(t, SYN | ACK, 0, 1, 0, wnd), TCPREF_V_ACCEPTED);
    t_expect(t, ACK, 1, 1, 0);
    t_silent(t);
}

void t_send(struct tester *t, size_t len)
{
    uint8_t data[20000];
    size_t taken;
    for (size_t i = 0; i < len; i++)
        data[i] = (uint8_t)i;
    assert_int_equal(tcpref_send(t->conn, data, len, &taken), TCPREF_OK);
    assert_int_equal(taken, len);
}

size_t t_read(struct tester *t)
{
    uint8_t data[70000];
    size_t all = 0, len = 1;
    while (len > 0 && tcpref_recv(t->conn, data, sizeof(data), &len) == TCPREF_OK)
        all += len;
    return all;
}

enum tcpref_state t_state(const struct tester *t)
{
    return t_status(t).state;
}

struct tcpref_status t_status(const struct tester *t)
{
    struct tcpref_status status;
    tcpref_get_status(t->conn, &status);
    return status;
}
