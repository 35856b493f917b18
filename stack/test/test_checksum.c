/* SPDX-License-Identifier: BSD-2-Clause */
/* The checksum beside a reference that takes octet by octet: every alignment, every short length,
 * the longest packets, and the sums that come nearest to an overflow. */
#include "checksum.h"

#include "recvq.h"
#include "sendq.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LONGEST = 65535, ROOM = LONGEST + 64 };

static uint8_t text[ROOM], copy[ROOM];

/* RFC 1071, 1, as it reads: 16-bit words in network order. */
static uint16_t reference(const uint8_t *p, size_t len)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < len; i++) {
        sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)sum;
}

/* 0 and 0xffff are the same number to a one's complement sum. */
static uint16_t as_number(uint16_t sum)
{
    return sum == 0xffff ? 0 : sum;
}

static uint16_t network_order(uint64_t sum)
{
    uint16_t folded = checksum_fold(sum);
    uint8_t bytes[2];
    memcpy(bytes, &folded, sizeof(folded));
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static void fill(unsigned seed)
{
    uint32_t x = seed;
    for (size_t i = 0; i < ROOM; i++) {
        x = x * 1664525 + 1013904223;
        text[i] = seed == 0 ? 0xff : (uint8_t)(x >> 24);
    }
}

static void check(size_t at, size_t to, size_t len)
{
    uint16_t want = as_number(reference(text + at, len));
    assert_int_equal(as_number(network_order(checksum_add(0, text + at, len))), want);
    memset(copy + to, 0xa5, len + 1 <= ROOM - to ? len + 1 : len);
    uint64_t sum = checksum_copy(copy + to, text + at, len);
    assert_int_equal(as_number(network_order(sum)), want);
    assert_memory_equal(copy + to, text + at, len);
    if (to + len < ROOM)
        assert_int_equal(copy[to + len], 0xa5);
}

static void test_alignments(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 2; seed++) {
        fill(seed);
        for (size_t at = 0; at < 33; at++) {
            for (size_t len = 0; len < 200; len++)
                check(at, (at * 7 + len) % 33, len);
        }
    }
}

static void test_long(void **state)
{
    static const size_t lengths[] = {1459, 1460, 1461, 8960, 16384, 65494, 65495, 65534, LONGEST};
    (void)state;
    for (unsigned seed = 0; seed < 3; seed++) {
        fill(seed);
        for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
            for (size_t at = 0; at < 9; at++)
                check(at, at * 5 % 9, lengths[i]);
        }
    }
}

/* A sum goes on where another ended, at an even or at an odd octet. */
static void test_in_two_parts(void **state)
{
    (void)state;
    fill(5);
    for (size_t cut = 0; cut <= 100; cut++) {
        uint64_t first = checksum_add(0, text, cut), rest = checksum_add(0, text + cut, 100 - cut);
        uint64_t sum = first + (cut % 2 == 0 ? rest : checksum_odd(rest));
        assert_int_equal(as_number(network_order(sum)), as_number(reference(text, 100)));
    }
    assert_int_equal(
        as_number(network_order(checksum_add(checksum_add(0, text, 40), text + 40, 60))),
        as_number(reference(text, 100)));
}

/* The send buffer is a ring: what is summed may go round its end at any octet. */
static void test_ring(void **state)
{
    (void)state;
    fill(6);
    for (uint32_t head = 0; head < 101; head++) {
        uint8_t ring[101], out[64];
        struct sendq q = {ring, sizeof(ring), head, 0};
        sendq_append(&q, text, 90);
        uint64_t sum = sendq_copy_sum(&q, 9, out, 63);
        assert_memory_equal(out, text + 9, 63);
        assert_int_equal(as_number(network_order(sum)), as_number(reference(text + 9, 63)));
    }
}

static void *alloc(void *ctx, size_t size)
{
    (void)ctx;
    return malloc(size);
}

/* So is the receive buffer. */
static void test_receive_ring(void **state)
{
    const struct tcpref_mem mem = {NULL, alloc, NULL};
    (void)state;
    fill(7);
    for (uint32_t head = 0; head < 101; head++) {
        uint8_t out[101];
        struct recvq *q = recvq_new(&mem, sizeof(out));
        assert_non_null(q);
        q->head = head;
        tcpref_seq next = recvq_append(q, seq_of(0), text, 7, seq_of(101));
        uint64_t sum = recvq_store_sum(q, text + 7, 63);
        assert_int_equal(as_number(network_order(sum)), as_number(reference(text + 7, 63)));
        assert_int_equal(q->used, 7);
        assert_int_equal(recvq_append(q, next, NULL, 63, seq_of(101)).n, 70);
        recvq_read(q, out, 70);
        assert_memory_equal(out, text, 70);
        free(q);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alignments),   cmocka_unit_test(test_long),
        cmocka_unit_test(test_in_two_parts), cmocka_unit_test(test_ring),
        cmocka_unit_test(test_receive_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
