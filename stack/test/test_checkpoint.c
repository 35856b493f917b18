/* SPDX-License-Identifier: BSD-2-Clause */
/* Checkpoint and restore: frozen is silent; on another host it goes on byte for byte; a damaged
 * image is refused with a reason. */
#include "checkpoint.h"
#include "host.h"
#include "tester.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct tester t;
static uint8_t image[200000];
static size_t image_len;
static const struct tcpref_config *const ref = &tcpref_rfc9293;

static void freeze(void)
{
    assert_int_equal(tcpref_checkpoint(t.conn, image, sizeof(image), &image_len), TCPREF_OK);
    t_silent(&t);
}

/* The tester's host gives way to a new one with another clock, which has nothing but the image. */
static tcpref_err move_to_new_host(tcpref_ns clock, const char **why)
{
    struct tcpref_mem mem = pair_mem(&t.mem);
    tcpref_addr addr = pair_addr(0, 4);
    tcpref_conn *conn = NULL;
    t_free(&t);
    t.now = clock;
    assert_int_equal(tcpref_host_new(&t.host, &t.config, &mem, t.now), TCPREF_OK);
    assert_int_equal(tcpref_host_add_address(t.host, &addr, 24), TCPREF_OK);
    tcpref_err err = tcpref_restore(t.host, image, image_len, &conn, why);
    t.conn = conn;
    return err;
}

/* A connection with something of everything: unread text, a hole, text in flight and waiting. */
static void rich(const struct tcpref_config *config)
{
    t_passive(&t, config, 3000);
    t_send(&t, 5000);
    for (uint32_t i = 0; i < 3; i++)
        t_expect(&t, ACK, 1 + 1000 * i, 1, 1000);
    assert_int_equal(t_in(&t, ACK, 1, 1001, 300, 3000), TCPREF_V_ACCEPTED);
    assert_int_equal(t_in(&t, ACK, 501, 1001, 100, 3000), TCPREF_V_ACCEPTED);
    while (t_out(&t))
        ;
}

static void test_frozen_is_silent(void **state)
{
    size_t n;
    uint8_t octet = 0;
    (void)state;
    rich(ref);
    struct tcpref_status before = t_status(&t);
    freeze();
    assert_int_equal(t_in(&t, ACK, 301, 1001, 200, 3000), TCPREF_V_DROP_FROZEN);
    assert_int_equal(t_in(&t, RST, 301, 0, 0, 0), TCPREF_V_DROP_FROZEN);
    assert_int_equal(t_in(&t, SYN, 0, 0, 0, 0), TCPREF_V_DROP_FROZEN);
    assert_true(tcpref_deadline(t.host) == TCPREF_NEVER);
    t_pass(&t, 1000 * TCPREF_SEC);
    t_silent(&t);
    assert_int_equal(tcpref_send(t.conn, &octet, 1, &n), TCPREF_ERR_FROZEN);
    assert_int_equal(tcpref_recv(t.conn, &octet, 1, &n), TCPREF_ERR_FROZEN);
    assert_int_equal(tcpref_shutdown(t.conn), TCPREF_ERR_FROZEN);
    assert_int_equal(tcpref_set(t.conn, TCPREF_OPT_NODELAY, 1), TCPREF_ERR_FROZEN);
    assert_int_equal(tcpref_ready(t.conn), 0);
    struct tcpref_status after = t_status(&t);
    assert_memory_equal(&before, &after, sizeof(before));
    /* It ends without a word: the peer's partner is elsewhere. */
    assert_int_equal(tcpref_abort(t.conn), TCPREF_OK);
    t_silent(&t);
    assert_int_equal(tcpref_checkpoint(t.conn, image, sizeof(image), &n), TCPREF_ERR_ABORTED);
    t_free(&t);
}

static void test_thaw(void **state)
{
    (void)state;
    rich(ref);
    tcpref_ns left = tcpref_deadline(t.host) - t.now;
    assert_int_equal(tcpref_thaw(t.conn), TCPREF_ERR_INVALID);
    freeze();
    t_pass(&t, 50 * TCPREF_SEC);
    assert_int_equal(tcpref_thaw(t.conn), TCPREF_OK);
    assert_true(tcpref_deadline(t.host) == t.now + left);
    assert_int_equal(t_in(&t, ACK, 301, 3001, 200, 3000), TCPREF_V_ACCEPTED);
    t_expect(&t, ACK, 4001, 601, 0);
    assert_int_equal(t_read(&t), 600);
    t_free(&t);
}

static void test_too_small_a_buffer_freezes_nothing(void **state)
{
    size_t len = 0;
    (void)state;
    rich(ref);
    assert_int_equal(tcpref_checkpoint(t.conn, NULL, 0, &len), TCPREF_ERR_NO_MEMORY);
    assert_in_range(len, 4000 + 400, 4000 + 400 + 1024);
    assert_int_equal(tcpref_checkpoint(t.conn, image, len - 1, &len), TCPREF_ERR_NO_MEMORY);
    assert_int_equal(t_in(&t, ACK, 301, 1001, 200, 3000), TCPREF_V_ACCEPTED);
    t_expect(&t, ACK, 4001, 601, 0);
    assert_int_equal(tcpref_checkpoint(t.conn, image, len + 200, &image_len), TCPREF_OK);
    t_free(&t);
}

/* Every variable of the record is there again, on a host with a younger or an older clock. */
static void test_restored_as_it_was(void **state)
{
    static const tcpref_ns clocks[] = {0, 3 * TCPREF_SEC, 10 * TCPREF_SEC, 1000000 * TCPREF_SEC};
    (void)state;
    for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
        rich(ref);
        struct tcpref_status before = t_status(&t);
        tcpref_ns left = tcpref_deadline(t.host) - t.now;
        freeze();
        assert_int_equal(move_to_new_host(clocks[i], NULL), TCPREF_OK);
        struct tcpref_status after = t_status(&t);
        assert_memory_equal(&before, &after, sizeof(before));
        assert_true(tcpref_deadline(t.host) == t.now + left);
        /* The hole is filled, what is in flight acknowledged, the rest goes out. */
        assert_int_equal(t_in(&t, ACK, 301, 3001, 200, 3000), TCPREF_V_ACCEPTED);
        t_expect(&t, ACK, 4001, 601, 0);
        assert_int_equal(t_in(&t, ACK, 601, 3001, 0, 3000), TCPREF_V_ACCEPTED);
        t_expect(&t, ACK, 4001, 601, 1000);
        assert_int_equal(t.text[0], (uint8_t)4000);
        assert_int_equal(t_read(&t), 600);
        t_free(&t);
    }
}

static void test_again_is_the_same(void **state)
{
    static uint8_t again[sizeof(image)];
    size_t len;
    (void)state;
    rich(ref);
    freeze();
    t_pass(&t, TCPREF_SEC);
    assert_int_equal(tcpref_checkpoint(t.conn, again, sizeof(again), &len), TCPREF_OK);
    assert_int_equal(len, image_len);
    assert_memory_equal(again, image, len);
    /* And what is restored and frozen at once gives the same again. */
    assert_int_equal(move_to_new_host(77 * TCPREF_SEC, NULL), TCPREF_OK);
    assert_int_equal(tcpref_checkpoint(t.conn, again, sizeof(again), &len), TCPREF_OK);
    assert_memory_equal(again, image, len);
    t_free(&t);
}

static void test_timestamps_go_on(void **state)
{
    (void)state;
    t_host(&t, ref);
    t.in.has_mss = t.in.has_ts = true;
    t.in.mss = 1000;
    t.in.tsval = 500;
    assert_int_equal(t_in(&t, SYN, 0, 0, 0, 9000), TCPREF_V_NEW_CONNECTION);
    t_expect(&t, SYN | ACK, 0, 1, 0);
    t.in.has_ts = true;
    t.in.tsval = 501;
    assert_int_equal(t_in(&t, ACK, 1, 1, 0, 9000), TCPREF_V_ACCEPTED);
    assert_int_equal(tcpref_accept(t.listener, &t.conn), TCPREF_OK);
    uint32_t tsval = t.got.tsval;
    freeze();
    assert_int_equal(move_to_new_host(123456 * TCPREF_MS, NULL), TCPREF_OK);
    t_pass(&t, 7 * TCPREF_MS);
    t_send(&t, 10);
    t_expect(&t, ACK, 1, 1, 10);
    assert_int_equal(t.got.tsval, tsval + 7);
    assert_int_equal(t.got.tsecr, 501);
    t.in.has_ts = true;
    t.in.tsval = 400;
    assert_int_equal(t_in(&t, ACK, 1, 1, 10, 9000), TCPREF_V_DROP_PAWS);
    t_free(&t);
}

/* RFC 7323, 2.4: with the furthest edge what was ever offered is taken; an image without it falls
 * back to the window offered last. */
static void retracted_and_moved(uint16_t flags, enum tcpref_verdict want)
{
    t_passive(&t, ref, 3000);
    assert_int_equal(tcpref_set(t.conn, TCPREF_OPT_RCVBUF, 2000), TCPREF_OK);
    assert_int_equal(t_in(&t, ACK, 1, 1, 1500, 3000), TCPREF_V_ACCEPTED);
    while (t_out(&t))
        ;
    t_pass(&t, TCPREF_SEC);
    while (t_out(&t))
        ;
    assert_in_range(t_status(&t).rcv_wnd, 1, 2000);
    freeze();
    image_len = checkpoint_write(t.conn, flags, image);
    assert_int_equal(move_to_new_host(TCPREF_SEC, NULL), TCPREF_OK);
    t_send(&t, 10);
    t_expect(&t, ACK, 1, 1501, 10);
    assert_int_equal(t_in(&t, ACK, 30000, 11, 0, 3000), want);
    assert_int_equal(t_status(&t).send_queue, want == TCPREF_V_ACCEPTED ? 0 : 10);
    t_free(&t);
}

static void test_furthest_edge(void **state)
{
    (void)state;
    retracted_and_moved(IMAGE_HAS_RCV_MAX, TCPREF_V_ACCEPTED);
    retracted_and_moved(0, TCPREF_V_DROP_SEQUENCE);
}

static void test_last_ack(void **state)
{
    (void)state;
    t_passive(&t, ref, 3000);
    assert_int_equal(t_in(&t, ACK | FIN, 1, 1, 0, 3000), TCPREF_V_ACCEPTED);
    t_expect(&t, ACK, 1, 2, 0);
    assert_int_equal(tcpref_shutdown(t.conn), TCPREF_OK);
    t_expect(&t, ACK | FIN, 1, 2, 0);
    freeze();
    assert_int_equal(move_to_new_host(TCPREF_SEC, NULL), TCPREF_OK);
    assert_int_equal(t_state(&t), TCPREF_LAST_ACK);
    t_pass(&t, 3 * TCPREF_SEC);
    t_expect(&t, ACK | FIN, 1, 2, 0);
    assert_int_equal(t_in(&t, ACK, 2, 2, 0, 3000), TCPREF_V_ACCEPTED);
    assert_int_equal(t_state(&t), TCPREF_CLOSED);
    t_free(&t);
}

/* ---- Damage ---- */

/* On a copy of just the right size, so that a sanitizer sees a read beyond it. */
static tcpref_err try_restore(const uint8_t *bytes, size_t len, const char **why)
{
    tcpref_conn *conn = NULL;
    uint8_t *exact = malloc(len > 0 ? len : 1);
    assert_non_null(exact);
    if (len > 0)
        memcpy(exact, bytes, len);
    *why = NULL;
    tcpref_err err = tcpref_restore(t.host, exact, len, &conn, why);
    free(exact);
    if (err)
        assert_null(conn);
    else
        t.conn = conn;
    return err;
}

static void empty_host(void)
{
    rich(ref);
    freeze();
    tcpref_release(t.conn);
}

static void test_every_truncation(void **state)
{
    const char *why;
    (void)state;
    empty_host();
    for (size_t len = 0; len < image_len; len++) {
        assert_int_equal(try_restore(image, len, &why), TCPREF_ERR_IMAGE);
        assert_non_null(why);
    }
    image[image_len] = 0;
    assert_int_equal(try_restore(image, image_len + 1, &why), TCPREF_ERR_IMAGE);
    assert_int_equal(try_restore(image, image_len, &why), TCPREF_OK);
    t_free(&t);
}

static void test_every_octet_flipped(void **state)
{
    const char *why;
    (void)state;
    empty_host();
    for (size_t i = 0; i < image_len; i++) {
        for (unsigned flip = 1; flip < 256; flip = flip < 128 ? flip * 2 : flip + 127) {
            image[i] ^= (uint8_t)flip;
            assert_int_equal(try_restore(image, image_len, &why), TCPREF_ERR_IMAGE);
            assert_non_null(why);
            image[i] ^= (uint8_t)flip;
        }
    }
    assert_int_equal(try_restore(image, image_len, &why), TCPREF_OK);
    t_free(&t);
}

/* What was restored is driven through all that can happen next; only its life counts, not its
 * sense. */
static void drive(void)
{
    uint8_t data[3000];
    size_t n;
    struct tcpref_status s = t_status(&t);
    for (unsigned i = 0; i < 12; i++) {
        uint32_t seq = s.rcv_nxt.n - T_IRS + (i % 3) * 100, ack = s.snd_nxt.n - T_ISS;
        (void)t_in(&t, i % 5 == 4 ? ACK | FIN : ACK, seq, ack - i % 2, 100, (uint16_t)(i * 500));
        (void)tcpref_send(t.conn, data, 500, &n);
        (void)tcpref_recv(t.conn, data, 150, &n);
        uint8_t packet[2000];
        for (int k = 0; k < 20; k++)
            (void)tcpref_output(t.host, packet, sizeof(packet), t.now);
        t_pass(&t, i * 700 * TCPREF_MS);
        tcpref_get_status(t.conn, &s);
    }
    (void)tcpref_abort(t.conn); /* whatever it would wait for: the next one takes its place */
    tcpref_release(t.conn);
    /* Each turn is one more timeout that nobody answers. */
    for (int i = 0; i < 30 && tcpref_host_connections(t.host) > 0; i++)
        t_pass(&t, 3600 * TCPREF_SEC);
}

/* A right checksum over wrong values: refused with a reason, or harmless. */
static void test_wrong_values(void **state)
{
    static uint8_t bad[sizeof(image)];
    unsigned refused = 0, taken = 0;
    const char *why;
    (void)state;
    empty_host();
    for (unsigned round = 0; round < 6000; round++) {
        memcpy(bad, image, image_len);
        /* The fields lie in front of the 4000 + 400 octets of text. */
        size_t fields = image_len - 4400 - IMAGE_HEADER;
        for (unsigned k = 1 + pair_random(&t.mem, 3); k > 0; k--)
            bad[IMAGE_HEADER + pair_random(&t.mem, (unsigned)fields)] ^=
                (uint8_t)(round % 2 ? 1U << pair_random(&t.mem, 8) : pair_random(&t.mem, 256));
        image_seal(bad, image_len, IMAGE_HAS_RCV_MAX);
        tcpref_err err = try_restore(bad, image_len, &why);
        refused += err != TCPREF_OK;
        taken += err == TCPREF_OK;
        assert_true(err != TCPREF_ERR_IMAGE || why);
        if (err == TCPREF_OK)
            drive();
    }
    assert_true(refused > 1000 && taken > 200);
    t_free(&t);
}

static void test_no_memory(void **state)
{
    const char *why;
    (void)state;
    empty_host();
    size_t held = t.mem.allocations;
    tcpref_err err = TCPREF_ERR_NO_MEMORY;
    for (long n = 0; err; n++) {
        assert_in_range(n, 0, 3);
        t.mem.fail_after = n;
        err = try_restore(image, image_len, &why);
        if (err) {
            assert_int_equal(err, TCPREF_ERR_NO_MEMORY);
            assert_int_equal(t.mem.allocations, held);
        }
    }
    t.mem.fail_after = -1;
    assert_int_equal(try_restore(image, image_len, &why), TCPREF_ERR_IN_USE);
    t_free(&t);
}

static void test_refused_by_the_host(void **state)
{
    struct tcpref_mem mem;
    tcpref_addr addr = pair_addr(1, 4);
    tcpref_conn *conn;
    const char *why = NULL;
    (void)state;
    rich(ref);
    freeze();
    t_free(&t);
    mem = pair_mem(&t.mem);
    assert_int_equal(tcpref_host_new(&t.host, &t.config, &mem, t.now), TCPREF_OK);
    assert_int_equal(tcpref_host_add_address(t.host, &addr, 24), TCPREF_OK);
    assert_int_equal(tcpref_restore(t.host, image, image_len, &conn, &why), TCPREF_ERR_IMAGE);
    assert_string_equal(why, "of an address that this host does not have");
    t_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frozen_is_silent),
        cmocka_unit_test(test_thaw),
        cmocka_unit_test(test_too_small_a_buffer_freezes_nothing),
        cmocka_unit_test(test_restored_as_it_was),
        cmocka_unit_test(test_again_is_the_same),
        cmocka_unit_test(test_timestamps_go_on),
        cmocka_unit_test(test_furthest_edge),
        cmocka_unit_test(test_last_ack),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_every_octet_flipped),
        cmocka_unit_test(test_wrong_values),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_refused_by_the_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
