/* SPDX-License-Identifier: BSD-2-Clause */
/* The library as its user meets it: what is refused, what is bounded, what the device may do. */
#include "tester.h"

#include "checksum.h"
#include "host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* A field of the config, as octets, and a value that is out of its range. */
struct wrong {
    size_t offset, size;
    uint64_t value;
};

#define WRONG(field, v)                                                                            \
    {                                                                                              \
        offsetof(struct tcpref_config, field), sizeof(((struct tcpref_config *)0)->field), v       \
    }

static const struct wrong wrongs[] = {
    WRONG(mtu, 575),
    WRONG(ttl, 0),
    WRONG(port_lo, 0),
    WRONG(port_hi, 1),
    WRONG(rcvbuf, 0),
    WRONG(rcvbuf, (1U << 30) + 1),
    WRONG(sndbuf, 0),
    WRONG(segment_overhead, 65537),
    WRONG(rto_initial, 0),
    WRONG(rto_initial, 61 * TCPREF_SEC),
    WRONG(rto_min, 61 * TCPREF_SEC),
    WRONG(rto_max, 59 * TCPREF_SEC),
    WRONG(sws_override, 99 * TCPREF_MS),
    WRONG(sws_override, 1001 * TCPREF_MS),
    WRONG(rto_max, 8 * 24 * 3600 * TCPREF_SEC),
    WRONG(r1, 0),
    WRONG(delayed_ack, 501 * TCPREF_MS),
    WRONG(keepalive_count, 0),
    WRONG(challenge_limit, 0),
    WRONG(connections, 0),
    WRONG(half_open, 0),
    WRONG(pmtu_age, 299 * TCPREF_SEC),
    WRONG(uto_lower, 99 * TCPREF_SEC),
    WRONG(user_timeout_option, 32768 * 60 * TCPREF_SEC),
};

static void set_field(struct tcpref_config *k, const struct wrong *w)
{
    uint8_t *at = (uint8_t *)k + w->offset;
    uint32_t narrow = (uint32_t)w->value;
    uint16_t short_one = (uint16_t)w->value;
    if (w->size == 8)
        memcpy(at, &w->value, 8);
    else if (w->size == 4)
        memcpy(at, &narrow, 4);
    else if (w->size == 2)
        memcpy(at, &short_one, 2);
    else
        *at = (uint8_t)w->value;
}

static void test_configs_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
        struct tester t = {0};
        struct tcpref_config k = tcpref_rfc9293;
        tcpref_host *host = NULL;
        t_host(&t, &tcpref_rfc9293);
        set_field(&k, &wrongs[i]);
        assert_false(tcpref_config_ok(&k));
        const struct tcpref_mem mem = t.host->mem;
        assert_int_equal(tcpref_host_new(&host, &k, &mem, 0), TCPREF_ERR_INVALID);
        assert_null(host);
        t_free(&t);
    }
}

static tcpref_err add(struct tester *t, uint8_t family, uint8_t first, uint8_t last, unsigned len)
{
    tcpref_addr addr = {family, {first, 0, 0, last}};
    return tcpref_host_add_address(t->host, &addr, len);
}

static void test_addresses(void **state)
{
    struct tester t = {0};
    (void)state;
    t_host(&t, &tcpref_rfc9293);
    assert_int_equal(add(&t, 4, 0, 1, 0), TCPREF_ERR_INVALID);
    assert_int_equal(add(&t, 4, 224, 1, 0), TCPREF_ERR_INVALID);
    assert_int_equal(add(&t, 4, 255, 255, 0), TCPREF_ERR_INVALID);
    assert_int_equal(add(&t, 4, 172, 1, 33), TCPREF_ERR_INVALID);
    assert_int_equal(add(&t, 6, 0xff, 1, 0), TCPREF_ERR_INVALID);
    assert_int_equal(add(&t, 6, 0, 0, 0), TCPREF_ERR_INVALID);
    assert_int_equal(add(&t, 6, 0xfd, 1, 129), TCPREF_ERR_INVALID);
    assert_int_equal(add(&t, 5, 172, 1, 0), TCPREF_ERR_INVALID);
    assert_int_equal(add(&t, 4, 172, 1, 24), TCPREF_OK);
    assert_int_equal(add(&t, 4, 172, 1, 24), TCPREF_ERR_IN_USE);
    uint8_t last = 2;
    while (t.host->addresses < TCPREF_ADDRESSES_MAX)
        assert_int_equal(add(&t, 4, 172, last++, 24), TCPREF_OK);
    assert_int_equal(add(&t, 4, 172, last, 24), TCPREF_ERR_NO_MEMORY);
    t_free(&t);
}

/* RSTs that nobody fetches: the newest are kept. */
static void test_replies_are_bounded(void **state)
{
    struct tester t = {0};
    (void)state;
    t_passive(&t, &tcpref_rfc9293, 4096);
    tcpref_abort(t.conn);
    while (t_out(&t))
        ;
    for (uint32_t i = 0; i < REPLIES_MAX + 3; i++)
        assert_int_equal(t_in(&t, ACK, 1, 1 + i, 0, 100),
                         TCPREF_V_RESET_BAD_ACK); /* the listener's */
    uint8_t small[127], packet[1500];
    assert_true(tcpref_wants_output(t.host));
    assert_int_equal(tcpref_deadline(t.host), t.host->now);
    assert_int_equal(tcpref_output(t.host, small, sizeof(small), t.now), 0);
    unsigned resets = 0;
    while (tcpref_output(t.host, packet, sizeof(packet), t.now) > 0)
        resets++;
    assert_int_equal(resets, REPLIES_MAX);
    assert_false(tcpref_wants_output(t.host));
    t_free(&t);
}

static void test_send_errors(void **state)
{
    struct tester t = {0};
    (void)state;
    t_host(&t, &tcpref_rfc9293);
    tcpref_output_done(t.host, 3, false);
    assert_int_equal(tcpref_host_send_errors(t.host), 0);
    tcpref_output_done(t.host, 2, true);
    assert_int_equal(tcpref_host_send_errors(t.host), 2);
    t_free(&t);
}

/* What a device does that completes checksums: it sums from the TCP header on, the field as it is.
 */
static void test_checksum_offload(void **state)
{
    struct tester t = {0};
    uint8_t packet[1500];
    struct segment seg;
    size_t taken, len;
    (void)state;
    t_passive(&t, &tcpref_rfc9293, 4096);
    t.host->config.checksum_offload = true;
    assert_int_equal(tcpref_send(t.conn, "octets", 6, &taken), TCPREF_OK);
    len = tcpref_output(t.host, packet, sizeof(packet), t.now);
    assert_in_range(len, 46, 60);
    assert_int_equal(pair_parse(packet, len, &seg), TCPREF_V_DROP_CHECKSUM);
    uint16_t sum = (uint16_t)~checksum_fold(checksum_add(0, packet + 20, len - 20));
    memcpy(packet + 36, &sum, sizeof(sum));
    assert_int_equal(pair_parse(packet, len, &seg), TCPREF_V_ACCEPTED);
    assert_int_equal(seg.len, 6);
    assert_memory_equal(seg.text, "octets", 6);
    t_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_configs_refused),     cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_replies_are_bounded), cmocka_unit_test(test_send_errors),
        cmocka_unit_test(test_checksum_offload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
