/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.10.7.4, seventh: the receive buffer against a plain model, across the wrap. */
#include "recvq.h"

#include "pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { CAP = 200, TOTAL = 5000 };

static struct pair pair; /* for its memory and its random numbers */

static uint8_t octet(uint32_t at)
{
    return (uint8_t)(at * 7 + (at >> 8));
}

struct model {
    bool have[TOTAL + CAP];
    uint32_t next, read;
};

/* Puts [at, at + len) where it belongs, as far as there is room. */
static void put(struct recvq *q, struct model *m, tcpref_seq base, uint32_t at, uint32_t len)
{
    uint8_t text[CAP];
    uint32_t end = m->read + CAP;
    if (at < m->next || at >= end || at >= TOTAL)
        return;
    len = at + len > end ? end - at : len;
    len = at + len > TOTAL ? TOTAL - at : len;
    for (uint32_t i = 0; i < len; i++)
        text[i] = octet(at + i);
    tcpref_seq next = seq_add(base, m->next);
    if (at > m->next) {
        if (recvq_insert(q, next, seq_add(base, at), text, len))
            memset(m->have + at, 1, len);
        return;
    }
    tcpref_seq limit = seq_add(base, end);
    memset(m->have + at, 1, len);
    tcpref_seq now = recvq_append(q, next, text, len, limit);
    while (m->have[m->next])
        m->next++;
    assert_int_equal(now.n, base.n + m->next);
}

static void take(struct recvq *q, struct model *m, uint32_t len)
{
    uint8_t out[CAP];
    assert_int_equal(q->used, m->next - m->read);
    len = len < q->used ? len : q->used;
    recvq_read(q, out, len);
    for (uint32_t i = 0; i < len; i++)
        assert_int_equal(out[i], octet(m->read + i));
    m->read += len;
}

static void test_against_a_model(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 40; seed++) {
        static struct model m;
        tcpref_seq base = {0xffffff00U - (uint32_t)seed * 100};
        memset(&m, 0, sizeof(m));
        pair = (struct pair){.random = seed, .fail_after = -1};
        struct tcpref_mem mem = pair_mem(&pair);
        struct recvq *q = recvq_new(&mem, CAP);
        assert_non_null(q);
        for (int i = 0; m.read < TOTAL; i++) {
            uint32_t ahead = pair_random(&pair, 3) ? pair_random(&pair, CAP) : 0;
            put(q, &m, base, m.next + ahead, 1 + pair_random(&pair, 30));
            if (pair_random(&pair, 3) == 0)
                take(q, &m, pair_random(&pair, 60));
            if (i == 200) {
                q = recvq_grow(q, &mem, CAP * 2, seq_add(base, m.next));
                assert_non_null(q);
            }
        }
        mem.free(mem.ctx, q);
        assert_int_equal(pair.allocations, 0);
    }
}

static void test_charges(void **state)
{
    uint8_t text[10] = {0};
    tcpref_seq base = {0xfffffffe};
    (void)state;
    pair = (struct pair){.fail_after = -1};
    struct tcpref_mem mem = pair_mem(&pair);
    struct recvq *q = recvq_new(&mem, CAP);
    recvq_charge(q, false, 100);
    assert_true(recvq_insert(q, base, seq_add(base, 10), text, 10));
    assert_int_equal(q->apart, 10);
    recvq_charge(q, true, 100);
    assert_int_equal(recvq_append(q, base, text, 10, seq_add(base, 99)).n, base.n + 20);
    assert_true(q->apart_overhead == 0 && q->overhead == 200 && q->ranges == 0);
    recvq_read(q, text, 5);
    assert_int_equal(q->overhead, 150);
    recvq_forget(q);
    mem.free(mem.ctx, q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_a_model),
        cmocka_unit_test(test_charges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
