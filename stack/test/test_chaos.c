/* SPDX-License-Identifier: BSD-2-Clause */
/* Random segments near the numbers that matter, random calls, random time: nothing a peer sends
 * reaches an assertion, output ends, and all memory comes back. */
#include "icmp_packet.h"
#include "pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { CONNS = 3, STEPS = 400 };

static struct pair pair; /* for its memory and its random numbers */
static tcpref_host *host;
static tcpref_listener *listener;
static tcpref_conn *conn[CONNS];
static tcpref_ns now;

static unsigned rnd(unsigned below)
{
    return pair_random(&pair, below);
}

static uint32_t near(uint32_t n)
{
    static const int32_t off[] = {0, 0, 0, 1, -1, 2, -2, 100, -100, 1460, 65535, -65535};
    if (rnd(50) == 0)
        return rnd(0x7fffffff) * 2U;
    return n + (uint32_t)off[rnd(sizeof(off) / sizeof(off[0]))];
}

static uint32_t one_of(const uint32_t *anchors, unsigned count)
{
    return near(anchors[rnd(count)]);
}

static uint8_t random_flags(void)
{
    static const uint8_t flags[] = {ACK,       ACK, ACK,       ACK,       PSH | ACK, FIN | ACK, RST,
                                    RST | ACK, SYN, SYN | ACK, URG | ACK, 0,         FIN};
    return rnd(20) == 0 ? (uint8_t)rnd(64) : flags[rnd(sizeof(flags))];
}

/* Blocks near what is in flight, and near nothing. */
static void random_sack(struct segment *seg, const struct tcpref_status *s)
{
    seg->has_sack_ok = (seg->flags & SYN) && rnd(4) > 0;
    if ((seg->flags & SYN) || rnd(3) == 0)
        return;
    uint32_t flight = s->snd_nxt.n - s->snd_una.n;
    seg->sacks = (uint8_t)rnd(4);
    for (unsigned i = 0; i < seg->sacks; i++) {
        uint32_t lo = s->snd_una.n + (rnd(10) ? rnd(flight + 1) : rnd(100000) - 50000);
        seg->sack[i].lo.n = lo;
        seg->sack[i].hi.n = rnd(20) ? lo + rnd(3000) : rnd(0x7fffffff);
        if (seg->sack[i].hi.n - s->snd_una.n > flight && rnd(8))
            seg->sack[i].hi.n = s->snd_nxt.n;
    }
}

static struct segment random_segment(const tcpref_conn *c)
{
    struct tcpref_status s = {0};
    struct segment seg = {.ttl = 64};
    if (c)
        tcpref_get_status(c, &s);
    const uint32_t seqs[] = {s.rcv_nxt.n, s.rcv_nxt.n, s.rcv_nxt.n, s.rcv_max.n, s.irs.n};
    const uint32_t acks[] = {s.snd_nxt.n, s.snd_nxt.n, s.snd_una.n, s.iss.n + 1};
    seg.tuple.local = pair_addr(1, 4);
    seg.tuple.remote = pair_addr(0, 4);
    seg.tuple.local_port = c ? s.remote_port : (uint16_t)(1000 + rnd(3));
    seg.tuple.remote_port = c ? s.local_port : 80;
    seg.seq.n = one_of(seqs, 5);
    seg.ack.n = one_of(acks, 4);
    seg.flags = random_flags();
    seg.wnd = (uint16_t)(rnd(3) ? rnd(65536) : rnd(3));
    seg.up = seg.flags & URG ? (uint16_t)rnd(2000) : 0;
    seg.len = rnd(2) ? 0 : rnd(4) ? 1 + rnd(100) : rnd(1400);
    seg.has_ts = s.timestamps ? rnd(20) > 0 : rnd(2);
    seg.tsval = near(s.ts_recent + 1);
    seg.tsecr = rnd(0x7fffffff);
    seg.has_mss = seg.flags & SYN;
    seg.mss = (uint16_t)rnd(3000);
    seg.has_wscale = (seg.flags & SYN) && rnd(2);
    seg.wscale = (uint8_t)rnd(16);
    random_sack(&seg, &s);
    seg.ecn = (uint8_t)rnd(4);
    seg.flags |= (uint8_t)(rnd(4) ? 0 : rnd(4) << 6);
    seg.has_uto = seg.sacks < 3 && rnd(20) == 0;
    seg.uto = (uint16_t)rnd(65536);
    return seg;
}

static void send_segment(void)
{
    uint8_t packet[2000];
    enum tcpref_verdict verdict;
    struct segment seg = random_segment(conn[rnd(CONNS)]);
    size_t header = wire_header_len(&seg);
    memset(packet + header, 'x', seg.len);
    size_t len = wire_emit(&seg, packet);
    if (rnd(30) == 0)
        packet[rnd((unsigned)len)] ^= (uint8_t)(1U << rnd(8));
    if (rnd(50) == 0)
        len = rnd((unsigned)len + 1);
    tcpref_input(host, packet, len, now, &verdict);
    assert_true(verdict < TCPREF_V_MAX);
}

/* About what a connection has in flight, or nearly. */
static void send_error(void)
{
    static const uint8_t types[] = {3, 3, 3, 3, 4, 11, 12, 8};
    static const uint16_t mtus[] = {0, 60, 68, 200, 576, 1000, 1400, 1499, 1500, 65535};
    const tcpref_conn *c = conn[rnd(CONNS)];
    struct segment quoted = {.tuple = {pair_addr(0, 4), pair_addr(1, 4), 80, 1000}};
    uint8_t packet[TEST_ICMP_LEN];
    enum tcpref_verdict verdict;
    struct tcpref_status s;
    if (c) {
        tcpref_get_status(c, &s);
        quoted.tuple.local_port = s.local_port;
        quoted.tuple.remote_port = s.remote_port;
        quoted.seq.n = rnd(2) ? s.snd_una.n : near(s.snd_nxt.n);
    }
    test_icmp(packet, types[rnd(8)], (uint8_t)(rnd(3) ? 4 : rnd(17)), mtus[rnd(10)], &quoted,
              (uint16_t)rnd(1501));
    if (rnd(20) == 0)
        packet[rnd(TEST_ICMP_LEN)] ^= (uint8_t)(1U << rnd(8));
    tcpref_input(host, packet, rnd(20) ? TEST_ICMP_LEN : rnd(TEST_ICMP_LEN), now, &verdict);
    assert_true(verdict < TCPREF_V_MAX);
}

static void forget(unsigned i)
{
    tcpref_release(conn[i]);
    conn[i] = NULL;
}

static void open_something(unsigned i)
{
    tcpref_addr to = pair_addr(1, 4);
    if (conn[i])
        return;
    if (rnd(2) == 0 ||
        tcpref_connect(host, NULL, 0, &to, (uint16_t)(1000 + rnd(3)), &conn[i]) != TCPREF_OK)
        conn[i] = NULL;
    if (!conn[i] && tcpref_accept(listener, &conn[i]) != TCPREF_OK)
        conn[i] = NULL;
}

static void set_something(tcpref_conn *c)
{
    static const uint64_t values[] = {0, 1, 1, 2, 10, 100, 3000, 70000, 500000000, 3000000000};
    unsigned option = rnd(TCPREF_OPT_MAX + 1);
    (void)tcpref_set(c, (enum tcpref_option)option, values[rnd(10)]);
}

static void call_something(void)
{
    static uint8_t data[5000];
    unsigned i = rnd(CONNS);
    size_t n;
    tcpref_conn *c = conn[i];
    if (!c) {
        open_something(i);
        return;
    }
    switch (rnd(12)) {
    case 0:
        (void)tcpref_shutdown(c);
        break;
    case 1:
        (void)(rnd(3) ? tcpref_close(c) : tcpref_abort(c));
        break;
    case 2:
        forget(i);
        break;
    case 3:
        set_something(c);
        break;
    case 4:
        (void)tcpref_send_urgent(c, data, rnd(100), &n);
        break;
    case 5:
    case 6:
    case 7:
        (void)tcpref_recv(c, data, rnd(sizeof(data)), &n);
        break;
    default:
        (void)tcpref_send(c, data, rnd(sizeof(data)), &n);
        break;
    }
}

static void drain(void)
{
    uint8_t packet[1500];
    size_t cap = rnd(10) ? sizeof(packet) : 128 + rnd(1372);
    size_t count = 0;
    while (tcpref_output(host, packet, cap, now) > 0)
        assert_true(++count < 2000);
    assert_false(tcpref_wants_output(host));
    assert_true(tcpref_deadline(host) > now);
}

static void pass_time(void)
{
    tcpref_ns at = tcpref_deadline(host);
    unsigned how = rnd(4);
    if (how == 0 && at != TCPREF_NEVER && at > now)
        now = at;
    else if (how < 3)
        now += rnd(300) * TCPREF_MS;
    else if (rnd(20) == 0)
        now += (tcpref_ns)rnd(100) * 24 * 3600 * TCPREF_SEC / 10;
    tcpref_advance(host, now);
}

static void one_life(uint64_t seed)
{
    struct tcpref_config k = *tcpref_profiles[seed % 5];
    tcpref_addr addr = pair_addr(0, 4);
    pair = (struct pair){.random = seed, .fail_after = -1};
    struct tcpref_mem mem = pair_mem(&pair);
    k.ecn = seed % 4 < 2;
    k.iss_set = seed % 3 == 0;
    k.iss = 0xffffff80;
    k.rcvbuf = seed % 5 == 0 ? 3000 : 65536;
    k.verify_checksums = seed % 7 != 0;
    k.pmtud = seed % 11 != 0;
    k.user_timeout_option = seed % 4 == 0 ? 300 * TCPREF_SEC : 0;
    k.half_open = (uint16_t)(1 + seed % 3);
    now = 0;
    assert_int_equal(tcpref_host_new(&host, &k, &mem, now), TCPREF_OK);
    assert_int_equal(tcpref_host_add_address(host, &addr, 24), TCPREF_OK);
    assert_int_equal(tcpref_listen(host, NULL, 80, 3, &listener), TCPREF_OK);
    for (int i = 0; i < STEPS; i++) {
        pair.fail_after = rnd(30) == 0 ? 0 : -1;
        rnd(3) ? send_segment() : call_something();
        if (rnd(10) == 0)
            send_error();
        if (rnd(40) == 0)
            (void)tcpref_host_set_mtu(host, (uint16_t)(576 + rnd(925)));
        pair.fail_after = -1;
        if (rnd(8) > 0)
            drain();
        if (rnd(4) == 0)
            pass_time();
    }
    memset(conn, 0, sizeof(conn));
    tcpref_host_free(host);
    assert_int_equal(pair.allocations, 0);
}

static void test_chaos(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 500; seed++)
        one_life(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_chaos)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
