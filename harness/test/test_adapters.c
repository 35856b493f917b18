/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The adapters built in keep the port's promises: most tests are the same for both, as what they
 * test is. Without the right to a namespace those on the Linux kernel are skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/drive.h"

static const uint64_t second = 1000000000;

static int set_up(void **state, const struct tcpassay_stack *stack)
{
    char why[256] = "";
    struct drive *d = calloc(1, sizeof *d);
    if (!d)
        return -1;
    if (drive_open(d, stack, NULL, why, sizeof why) < 0) {
        print_message("skipped: %s\n", why);
        free(d);
        d = NULL;
    }
    *state = d;
    return 0;
}

static int set_up_linux(void **state)
{
    return set_up(state, &stacks_linux);
}

static int set_up_tcpref(void **state)
{
    return set_up(state, &stacks_tcpref) || !*state ? -1 : 0;
}

static int tear_down(void **state)
{
    struct drive *d = *state;
    if (d)
        d->stack->close(d->state);
    free(d);
    return 0;
}

/* A fresh case: all sockets gone, and an address that no case before it had. */
static struct drive *fresh(void **state, uint8_t family)
{
    static const uint16_t port = 50000;
    struct drive *d = *state;
    if (!d) {
        skip();
        abort(); /* skip does not come back */
    }
    assert_int_equal(d->stack->reset(d->state, 1, d->now), 0);
    drive_from(d, family, (uint8_t)(2 + ++d->cases), port);
    return d;
}

static void shakes_hands_and_carries_data(void **state, uint8_t family)
{
    struct drive *d = fresh(state, family);
    const struct tcpassay_stack *s = d->stack;
    char text[32];
    int listener, conn = drive_passive(d, &listener);
    assert_true(conn >= 0);
    assert_int_equal(s->connected(d->state, conn), 1);
    assert_int_equal(s->recv(d->state, conn, text, sizeof text, NULL), TCPASSAY_EWOULDBLOCK);
    drive_put(d, WIRE_ACK | WIRE_PSH, "hello", 5);
    assert_int_equal(s->recv(d->state, conn, text, sizeof text, NULL), 5);
    assert_memory_equal(text, "hello", 5);
    assert_true(drive_take(d, second)); /* an ACK, late perhaps */
    assert_int_equal(d->seg.ack, d->snd);
    assert_int_equal(s->send(d->state, conn, "world", 5, 0), 5);
    assert_int_equal(s->acked(d->state, conn), 0);
    assert_true(drive_take(d, 0));
    assert_int_equal(d->seg.len, 5);
    assert_memory_equal(d->seg.payload, "world", 5);
    drive_put(d, WIRE_ACK, NULL, 0);
    assert_int_equal(s->acked(d->state, conn), 5);
}

static void carries_data_over_ipv4(void **state)
{
    shakes_hands_and_carries_data(state, 4);
}

static void carries_data_over_ipv6(void **state)
{
    shakes_hands_and_carries_data(state, 6);
}

static void opens_actively_from_a_chosen_port(void **state)
{
    struct drive *d = fresh(state, 4);
    const struct tcpassay_stack *s = d->stack;
    struct tcpassay_addr local = d->how.local4, remote = d->how.peer4;
    local.port = d->it.port = 5555;
    remote.port = d->us.port;
    memcpy(remote.ip, d->us.ip, 4);
    int conn = s->connect(d->state, &local, &remote);
    assert_true(conn >= 0);
    assert_int_equal(s->connected(d->state, conn), TCPASSAY_EWOULDBLOCK);
    assert_true(drive_take(d, 0));
    assert_int_equal(d->seg.flags & (WIRE_SYN | WIRE_ACK), WIRE_SYN);
    assert_int_equal(d->seg.src.port, 5555);
    drive_put(d, WIRE_SYN | WIRE_ACK, NULL, 0);
    assert_int_equal(s->connected(d->state, conn), 1);
    struct tcpassay_status status = {.size = sizeof status};
    assert_int_equal(s->status(d->state, conn, &status), 0);
    assert_string_equal(status.state, "ESTABLISHED");
}

static void a_refused_open_is_told(void **state)
{
    struct drive *d = fresh(state, 4);
    const struct tcpassay_stack *s = d->stack;
    struct tcpassay_addr remote = d->how.peer4;
    remote.port = d->us.port;
    memcpy(remote.ip, d->us.ip, 4);
    int conn = s->connect(d->state, NULL, &remote);
    assert_true(conn >= 0);
    assert_true(drive_take(d, 0));
    d->it.port = d->seg.src.port;
    drive_put(d, WIRE_RST | WIRE_ACK, NULL, 0);
    assert_int_equal(s->connected(d->state, conn), TCPASSAY_EREFUSED);
    assert_int_equal(s->connected(d->state, conn), TCPASSAY_EREFUSED); /* and not only once */
}

static void a_reset_is_told_to_every_call(void **state)
{
    struct drive *d = fresh(state, 4);
    const struct tcpassay_stack *s = d->stack;
    char text[8];
    int listener, conn = drive_passive(d, &listener);
    assert_true(conn >= 0);
    drive_put(d, WIRE_RST, NULL, 0);
    assert_int_equal(s->recv(d->state, conn, text, sizeof text, NULL), TCPASSAY_ERESET);
    assert_int_equal(s->send(d->state, conn, "x", 1, 0), TCPASSAY_ERESET);
    assert_int_equal(s->recv(d->state, conn, text, sizeof text, NULL), TCPASSAY_ERESET);
}

static void closes_in_halves(void **state)
{
    struct drive *d = fresh(state, 6);
    const struct tcpassay_stack *s = d->stack;
    char text[8];
    int listener, conn = drive_passive(d, &listener);
    assert_true(conn >= 0);
    assert_int_equal(s->shutdown(d->state, conn), 0);
    assert_true(drive_take(d, 0));
    assert_true(d->seg.flags & WIRE_FIN);
    assert_int_equal(s->acked(d->state, conn), 0);
    assert_int_equal(s->send(d->state, conn, "x", 1, 0), TCPASSAY_EPIPE);
    drive_put(d, WIRE_ACK, "last", 4);
    drive_put(d, WIRE_ACK | WIRE_FIN, NULL, 0);
    assert_int_equal(s->recv(d->state, conn, text, sizeof text, NULL), 4);
    assert_int_equal(s->recv(d->state, conn, text, sizeof text, NULL), 0);
    assert_int_equal(s->close_conn(d->state, conn), 0);
    assert_int_equal(s->recv(d->state, conn, text, sizeof text, NULL), TCPASSAY_ENOTCONN);
}

static void an_abort_sends_a_reset(void **state)
{
    struct drive *d = fresh(state, 4);
    int listener, conn = drive_passive(d, &listener);
    assert_true(conn >= 0);
    assert_int_equal(d->stack->abort(d->state, conn), 0);
    assert_true(drive_take(d, 0));
    assert_true(d->seg.flags & WIRE_RST);
    assert_int_equal(d->stack->abort(d->state, conn), TCPASSAY_ENOTCONN);
}

static void stops_behind_the_urgent_octet(void **state)
{
    struct drive *d = fresh(state, 4);
    const struct tcpassay_stack *s = d->stack;
    uint8_t packet[256];
    char text[16];
    unsigned flags = 0;
    int listener, conn = drive_passive(d, &listener);
    assert_true(conn >= 0);
    struct wire_seg seg = {.src = d->us, .dst = d->it, .seq = d->snd, .ack = d->rcv};
    seg.flags = WIRE_ACK | WIRE_URG;
    seg.window = 65535;
    seg.ttl = 64;
    seg.urgent = 3; /* RFC 9293, 3.1: the octet following the urgent data */
    seg.payload = (const uint8_t *)"abcdef";
    seg.len = 6;
    size_t len = wire_build(&seg, NULL, packet, sizeof packet);
    assert_int_equal(s->input(d->state, packet, len), 0);
    assert_int_equal(s->recv(d->state, conn, text, sizeof text, &flags), 2);
    assert_int_equal(flags, TCPASSAY_RECV_URGENT);
    assert_int_equal(s->recv(d->state, conn, text, sizeof text, &flags), 1);
    assert_int_equal(text[0], 'c');
    assert_int_equal(flags, TCPASSAY_RECV_URGENT | TCPASSAY_RECV_AT_MARK);
    assert_int_equal(s->recv(d->state, conn, text, sizeof text, &flags), 3);
    assert_int_equal(flags, 0);
}

static void a_peer_is_named(void **state)
{
    struct drive *d = fresh(state, 6);
    struct tcpassay_addr peer;
    int listener, conn = drive_passive(d, &listener);
    assert_true(conn >= 0);
    assert_int_equal(d->stack->peer(d->state, conn, &peer), 0);
    assert_int_equal(peer.family, 6);
    assert_int_equal(peer.port, d->us.port);
    assert_memory_equal(peer.ip, d->us.ip, 16);
    assert_int_equal(d->stack->peer(d->state, listener, &peer), TCPASSAY_ENOTCONN);
}

/* After a reset there is nothing: no handle, no listener, no connection. */
static void a_reset_forgets_all(void **state)
{
    struct drive *d = fresh(state, 4);
    char text[8];
    int listener, conn = drive_passive(d, &listener);
    assert_true(conn >= 0);
    d = fresh(state, 4);
    assert_int_equal(d->stack->accept(d->state, listener), TCPASSAY_ENOTCONN);
    assert_int_equal(d->stack->recv(d->state, conn, text, sizeof text, NULL), TCPASSAY_ENOTCONN);
    assert_int_equal(d->stack->close_conn(d->state, -1), TCPASSAY_ENOTCONN);
    assert_int_equal(d->stack->close_conn(d->state, 100000), TCPASSAY_ENOTCONN);
    drive_put(d, WIRE_SYN, NULL, 0);
    assert_true(drive_take(d, 0));
    assert_true(d->seg.flags & WIRE_RST);
}

static void a_taken_port_is_told(void **state)
{
    struct drive *d = fresh(state, 4);
    struct tcpassay_addr local = d->how.local4;
    local.port = 77;
    int first = d->stack->listen(d->state, &local, 1);
    assert_true(first >= 0);
    assert_int_equal(d->stack->listen(d->state, &local, 1), TCPASSAY_EINUSE);
    assert_int_equal(d->stack->accept(d->state, first), TCPASSAY_EWOULDBLOCK);
    assert_int_equal(d->stack->close_conn(d->state, first), 0);
    assert_true(d->stack->listen(d->state, &local, 1) >= 0);
}

static void any_octets_may_be_put_in(void **state)
{
    struct drive *d = fresh(state, 4);
    uint8_t octets[64];
    int listener;
    for (unsigned first = 0; first < 256; first++) {
        memset(octets, (int)first, sizeof octets);
        for (size_t len = 0; len <= sizeof octets; len += 7)
            assert_int_equal(d->stack->input(d->state, octets, len), 0);
    }
    assert_true(drive_passive(d, &listener) >= 0);
}

static void options_are_taken_and_given_back(void **state)
{
    static const struct {
        enum tcpassay_option option;
        int64_t value, back; /* the kernel rounds up to its units, tcpref has no others */
    } rows[] = {
        {TCPASSAY_OPT_RCVBUF, 32768, 32768},
        {TCPASSAY_OPT_SNDBUF, 40000, 40000},
        {TCPASSAY_OPT_NODELAY, 1, 1},
        {TCPASSAY_OPT_KEEPALIVE, 1, 1},
        {TCPASSAY_OPT_KEEPIDLE, 1500000000, 2000000000},
        {TCPASSAY_OPT_KEEPINTVL, 1000000001, 2000000000},
        {TCPASSAY_OPT_KEEPCNT, 3, 3},
        {TCPASSAY_OPT_USER_TIMEOUT, 2500000001, 2501000000},
        {TCPASSAY_OPT_LINGER0, 1, 1},
    };
    struct drive *d = fresh(state, 4);
    const struct tcpassay_stack *s = d->stack;
    int listener, conn = drive_passive(d, &listener);
    assert_true(conn >= 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t value = -1;
        assert_int_equal(s->set_option(d->state, conn, rows[i].option, rows[i].value), 0);
        assert_int_equal(s->get_option(d->state, conn, rows[i].option, &value), 0);
        assert_int_equal(value, s->advance ? rows[i].value : rows[i].back);
    }
    assert_int_equal(s->set_option(d->state, conn, TCPASSAY_OPT_RCVBUF, -1), TCPASSAY_EINVAL);
    assert_int_equal(s->set_option(d->state, conn, TCPASSAY_OPT_OOBINLINE, 1), 0);
    assert_int_equal(s->set_option(d->state, conn, TCPASSAY_OPT_RCVBUF, INT64_MAX),
                     TCPASSAY_EINVAL);
    assert_int_equal(s->set_option(d->state, 1000, TCPASSAY_OPT_NODELAY, 1), TCPASSAY_ENOTCONN);
    assert_int_equal(s->set_option(d->state, conn, (enum tcpassay_option)99, 1), TCPASSAY_ENOTSUP);
}

static void the_mtu_comes_back_with_a_reset(void **state)
{
    struct drive *d = fresh(state, 6);
    int listener;
    assert_int_equal(d->stack->set_mtu(d->state, 1000), 0); /* below what IPv6 can do with */
    d = fresh(state, 6);
    assert_true(drive_passive(d, &listener) >= 0);
    assert_int_equal(d->stack->set_mtu(d->state, 70000), TCPASSAY_EINVAL);
}

/* A connection that its application closed goes on by itself: the next case shall not see it. */
static void leftovers_are_not_passed_on(void **state)
{
    struct drive *d = fresh(state, 4);
    int listener, conn = drive_passive(d, &listener);
    uint8_t packet[2048];
    assert_true(conn >= 0);
    assert_int_equal(d->stack->close_conn(d->state, conn), 0);
    assert_true(drive_take(d, 0)); /* its FIN, which we leave unanswered */
    d = fresh(state, 4);
    (void)d->stack->wait(d->state, d->stack->now(d->state) + second / 2);
    assert_int_equal(d->stack->output(d->state, packet, sizeof packet), 0);
    assert_true(drive_passive(d, &listener) >= 0);
}

static void the_kernel_is_described(void **state)
{
    struct drive *d = fresh(state, 4);
    struct tcpassay_facts facts = {.size = sizeof facts};
    d->stack->facts(d->state, &facts);
    assert_non_null(facts.version);
    assert_in_range(facts.tick, 100000, 10000000);
    assert_int_equal(facts.rto_min, 200000000);
    assert_false(facts.linear_syn);
    assert_true(d->stack->can(d->state, "opt.ts"));
    assert_true(d->stack->can(d->state, "ipv6"));
    assert_false(d->stack->can(d->state, "set.iss"));
    assert_false(d->stack->can(d->state, "opt"));
}

static void the_reference_is_described(void **state)
{
    struct drive *d = fresh(state, 4);
    struct tcpassay_facts facts = {.size = sizeof facts};
    d->stack->facts(d->state, &facts);
    assert_int_equal(facts.tick, 0);
    assert_int_equal(facts.rto_initial, second);
    assert_true(facts.rto_min >= second);
    assert_true(d->stack->can(d->state, "set.iss"));
    assert_false(d->stack->can(d->state, "retracts"));
    assert_false(d->stack->can(d->state, "clock.real"));
}

static void facts_fit_an_older_caller(void **state)
{
    struct drive *d = fresh(state, 4);
    struct tcpassay_facts facts = {.size = offsetof(struct tcpassay_facts, msl), .msl = 77};
    struct tcpassay_status status = {.size = offsetof(struct tcpassay_status, snd_una)};
    int listener, conn = drive_passive(d, &listener);
    d->stack->facts(d->state, &facts);
    assert_int_equal(facts.msl, 77);
    status.snd_nxt = status.rcv_wnd = 77;
    assert_int_equal(d->stack->status(d->state, conn, &status), 0);
    assert_string_equal(status.state, "ESTABLISHED");
    assert_int_equal(status.snd_nxt, 77);
    assert_int_equal(status.rcv_wnd, 77);
    assert_int_equal(status.size, offsetof(struct tcpassay_status, snd_una));
}

/* The same seed gives the same octets, whatever went before. */
static void a_reset_is_as_good_as_new(void **state)
{
    struct drive *d = fresh(state, 4);
    uint8_t first[2048];
    uint64_t now = d->now;
    int listener;
    for (unsigned round = 0; round < 3; round++) {
        d->now = now;
        assert_int_equal(d->stack->reset(d->state, 42, now), 0);
        drive_from(d, 4, 9, 4000);
        assert_true(drive_passive(d, &listener) >= 0);
        if (round == 0)
            memcpy(first, d->packet, sizeof first);
        assert_memory_equal(first, d->packet, 40);
        drive_put(d, WIRE_ACK, "some", 4);
        (void)drive_take(d, 100 * second);
    }
    assert_int_equal(d->stack->reset(d->state, 43, now), 0);
    d->now = now;
    drive_from(d, 4, 9, 4000);
    assert_true(drive_passive(d, &listener) >= 0);
    assert_memory_not_equal(first, d->packet, 40);
}

static void its_first_number_can_be_chosen(void **state)
{
    struct drive *d = fresh(state, 4);
    int listener;
    assert_int_equal(d->stack->set_option(d->state, -1, TCPASSAY_OPT_ISS, 0xfffffff0), 0);
    assert_true(drive_passive(d, &listener) >= 0);
    assert_int_equal(d->seg.seq, 0xfffffff0);
    assert_int_equal(d->stack->set_option(d->state, -1, TCPASSAY_OPT_ISS, -1), TCPASSAY_EINVAL);
    assert_int_equal(d->stack->set_option(d->state, -1, TCPASSAY_OPT_ISS, INT64_C(1) << 32),
                     TCPASSAY_EINVAL);
    assert_int_equal(d->stack->set_option(d->state, -1, TCPASSAY_OPT_ISS, 1), 0);
    d = fresh(state, 4); /* and a reset forgets it */
    assert_true(drive_passive(d, &listener) >= 0);
    assert_int_not_equal(d->seg.seq, 0xfffffff0);
}

static void its_memory_can_be_made_to_fail(void **state)
{
    struct drive *d = fresh(state, 4);
    struct tcpassay_addr local = d->how.local4;
    local.port = 80;
    assert_int_equal(d->stack->alloc_fail(d->state, 1), 0);
    assert_int_equal(d->stack->listen(d->state, &local, 1), TCPASSAY_ENOMEM);
    assert_int_equal(d->stack->listen(d->state, &local, 1), TCPASSAY_ENOMEM);
    assert_int_equal(d->stack->alloc_fail(d->state, 2), 0);
    assert_true(d->stack->listen(d->state, &local, 1) >= 0);
    local.port = 81;
    assert_int_equal(d->stack->listen(d->state, &local, 1), TCPASSAY_ENOMEM);
    assert_int_equal(d->stack->alloc_fail(d->state, 0), 0);
    assert_true(d->stack->listen(d->state, &local, 1) >= 0);
}

static void it_says_what_became_of_a_packet(void **state)
{
    struct drive *d = fresh(state, 4);
    int listener;
    assert_null(d->stack->last_drop(d->state));
    assert_true(drive_passive(d, &listener) >= 0);
    assert_non_null(strstr(d->stack->last_drop(d->state), "accepted"));
    d->snd -= 100000;
    drive_put(d, WIRE_ACK, "old", 3);
    assert_string_equal(d->stack->last_drop(d->state),
                        "dropped: outside the receive window (RFC 9293, 3.10.7.4, first)");
}

static void its_device_may_fail(void **state)
{
    struct drive *d = fresh(state, 4);
    const struct tcpassay_stack *s = d->stack;
    int listener, conn = drive_passive(d, &listener);
    assert_true(conn >= 0);
    assert_int_equal(s->send(d->state, conn, "lost", 4, 0), 4);
    assert_true(drive_take(d, 0));
    uint32_t seq = d->seg.seq;
    s->tx_done(d->state, 1, -1);
    assert_true(drive_take(d, 10 * second)); /* sent again, by the timer */
    assert_int_equal(d->seg.seq, seq);
    drive_put(d, WIRE_ACK, NULL, 0);
    assert_int_equal(s->acked(d->state, conn), 4);
}

static void a_profile_it_lacks_is_refused(void **state)
{
    (void)state;
    char why[128] = "";
    struct drive d;
    assert_int_equal(drive_open(&d, &stacks_tcpref, "bsd", why, sizeof why), TCPASSAY_EINVAL);
    assert_string_equal(why, "tcpref has no profile \"bsd\"; it has rfc9293, squeezed, "
                             "nosack, cubic, rack, gso, ecn");
    assert_int_equal(drive_open(&d, &stacks_linux, "bsd", why, sizeof why), TCPASSAY_EINVAL);
    assert_string_equal(why, "linux has no profile \"bsd\"; it has \"defaults\"");
}

static void the_squeezed_profile_retracts(void **state)
{
    (void)state;
    char why[128];
    struct drive d;
    assert_int_equal(drive_open(&d, &stacks_tcpref, "squeezed", why, sizeof why), 0);
    assert_true(d.stack->can(d.state, "retracts"));
    d.stack->close(d.state);
}

#define ALIKE                                                                                      \
    cmocka_unit_test(carries_data_over_ipv4), cmocka_unit_test(carries_data_over_ipv6),            \
        cmocka_unit_test(opens_actively_from_a_chosen_port),                                       \
        cmocka_unit_test(a_refused_open_is_told), cmocka_unit_test(a_reset_is_told_to_every_call), \
        cmocka_unit_test(closes_in_halves), cmocka_unit_test(an_abort_sends_a_reset),              \
        cmocka_unit_test(stops_behind_the_urgent_octet), cmocka_unit_test(a_peer_is_named),        \
        cmocka_unit_test(a_reset_forgets_all), cmocka_unit_test(a_taken_port_is_told),             \
        cmocka_unit_test(any_octets_may_be_put_in), cmocka_unit_test(facts_fit_an_older_caller),   \
        cmocka_unit_test(options_are_taken_and_given_back)

int main(void)
{
    const struct CMUnitTest on_linux[] = {
        ALIKE,
        cmocka_unit_test(the_mtu_comes_back_with_a_reset),
        cmocka_unit_test(leftovers_are_not_passed_on),
        cmocka_unit_test(the_kernel_is_described),
    };
    const struct CMUnitTest on_tcpref[] = {
        ALIKE,
        cmocka_unit_test(the_reference_is_described),
        cmocka_unit_test(a_reset_is_as_good_as_new),
        cmocka_unit_test(its_first_number_can_be_chosen),
        cmocka_unit_test(its_memory_can_be_made_to_fail),
        cmocka_unit_test(it_says_what_became_of_a_packet),
        cmocka_unit_test(its_device_may_fail),
        cmocka_unit_test(a_profile_it_lacks_is_refused),
        cmocka_unit_test(the_squeezed_profile_retracts),
    };
    return cmocka_run_group_tests(on_linux, set_up_linux, tear_down) +
           cmocka_run_group_tests(on_tcpref, set_up_tcpref, tear_down);
}
