/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fuzz input format: any octets are a scenario in bounds, and what was decoded or recorded
 * comes back from its encoding as it was, or is named as lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scenario/bytes.h"

static uint32_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

static size_t random_input(uint64_t *state, uint8_t *buf, size_t cap)
{
    size_t len = next_random(state) % (cap + 1);
    for (size_t i = 0; i < len; i++) {
        buf[i] = (uint8_t)next_random(state);
    }
    return len;
}

static struct scn_expr number(int64_t value)
{
    return (struct scn_expr){.n = 1, .term = {{.number = value}}};
}

static struct scn_expr anchor(enum scn_var var, int64_t factor, int64_t delta)
{
    struct scn_expr expr = {.n = 1, .term = {{.number = factor, .var = (uint8_t)var}}};
    if (delta != 0) {
        expr.term[expr.n++] = (struct scn_term){.number = delta};
    }
    return expr;
}

static void assert_expr(const struct scn_expr *expr)
{
    assert_true(expr->n <= SCN_TERMS);
    for (unsigned i = 0; i < expr->n; i++) {
        assert_true(expr->term[i].var < SCN_BOUND);
    }
}

/* What a target may rely on, whatever the octets were. */
static void assert_playable(const struct scn *scn)
{
    assert_true(scn->given.state < SCN_STATES);
    assert_true(scn->given.family == 4 || scn->given.family == 6);
    assert_in_range(scn->given.wscale + 1, 0, 15);
    assert_in_range(scn->given.mss + 1, 0, 65536);
    assert_in_range(scn->given.win, 0, 1 << 30);
    assert_true(scn->steps <= SCN_BYTES_STEPS);
    unsigned count = 0;
    for (int16_t i = scn->first; i >= 0; i = scn->step[i].next, count++) {
        const struct scn_step *step = &scn->step[i];
        assert_int_equal(i, (int)count);
        assert_true(step->conn < 2);
        assert_int_equal(step->child, -1);
        assert_expr(&step->number);
        assert_expr(&step->seg.seq);
        assert_expr(&step->seg.data);
        assert_true(step->seg.raw_options_len <= WIRE_OPTIONS_MAX);
        assert_true(step->seg.sacks % 2 == 0 && step->seg.sacks <= 2 * WIRE_SACK_MAX);
        assert_true(step->seg.count <= (step->op == SCN_FILL ? 10000 : 64));
        assert_true(step->op != SCN_APP || step->what <= SCN_APP_MTU);
        bool wait = step->op == SCN_WAIT && step->number.n == 1;
        assert_true(!wait || step->number.term[0].number <= INT64_C(8) * 3600 * 1000000000);
    }
    assert_int_equal(count, scn->steps);
}

static void assert_same(const struct scn *a, const struct scn *b)
{
    assert_true(scn_given_same(&a->given, &b->given));
    assert_int_equal(a->seed != 0 ? a->seed : 1, b->seed);
    assert_int_equal(a->steps, b->steps);
    for (unsigned i = 0; i < a->steps; i++) {
        assert_true(scn_step_same(&a->step[i], &b->step[i]));
    }
}

static void nothing_is_the_set_up_alone(void **unused)
{
    (void)unused;
    struct scn scn = {0};
    struct scn_given usual;
    scn_given_default(&usual);
    assert_int_equal(scn_from_bytes(NULL, 0, &scn), 0);
    assert_int_equal(scn.steps, 1); /* a rule has at least one: to wait for nothing */
    assert_int_equal(scn.step[scn.first].op, SCN_WAIT);
    assert_int_equal(scn.step[scn.first].number.term[0].number, 0);
    assert_string_equal(scn.kind, "scenario");
    assert_true(scn_given_same(&usual, &scn.given));
    assert_int_equal(scn_bytes_profile(NULL, 0), 0);
    assert_int_equal(scn_bytes_profile((const uint8_t *)"\7", 1), 7);
    scn_free_steps(&scn);
}

static void any_octets_and_back(void **unused)
{
    (void)unused;
    static uint8_t in[SCN_BYTES_MAX + 100], out[SCN_BYTES_MAX];
    struct scn scn = {0}, back = {0};
    uint64_t state = 1;
    for (unsigned round = 0; round < 400; round++) {
        size_t len = random_input(&state, in, round % 8 == 0 ? sizeof in : 400), out_len;
        assert_int_equal(scn_from_bytes(in, len, &scn), 0);
        assert_playable(&scn);
        struct scn_lost lost[1];
        size_t gone = scn_to_bytes(&scn, out, sizeof out, &out_len, lost, 1);
        if (gone > 0) {
            fail_msg("round %u: step %d was lost: %s", round, lost[0].step, lost[0].why);
        }
        assert_int_equal(scn_from_bytes(out, out_len, &back), 0);
        assert_same(&scn, &back);
    }
    scn_free_steps(&scn);
    scn_free_steps(&back);
}

/* Each beginning of an input in a block of its own size, so that a sanitizer sees an over-read. */
static void every_beginning(void **unused)
{
    (void)unused;
    uint8_t in[300];
    struct scn scn = {0};
    uint64_t state = 9;
    for (size_t i = 0; i < sizeof in; i++) {
        in[i] = (uint8_t)next_random(&state);
    }
    for (size_t len = 0; len <= sizeof in; len++) {
        uint8_t *block = malloc(len + 1);
        assert_non_null(block);
        memcpy(block + 1, in, len);
        assert_int_equal(scn_from_bytes(block + 1, len, &scn), 0);
        assert_playable(&scn);
        free(block);
    }
    scn_free_steps(&scn);
}

static void random_octets_reach_everything(void **unused)
{
    (void)unused;
    static uint8_t in[800];
    struct scn scn = {0};
    uint64_t state = 5;
    unsigned ops = 0, states = 0, calls = 0, links = 0, far = 0, deadline = 0, second = 0, raw = 0;
    unsigned sacks = 0;
    for (unsigned round = 0; round < 2000; round++) {
        size_t len = random_input(&state, in, sizeof in);
        assert_int_equal(scn_from_bytes(in, len, &scn), 0);
        states |= 1u << scn.given.state;
        for (unsigned i = 0; i < scn.steps; i++) {
            const struct scn_step *step = &scn.step[i];
            ops |= 1u << step->op;
            calls |= step->op == SCN_APP ? 1u << step->what : 0;
            links |= step->op == SCN_LINK ? 1u << step->what : 0;
            deadline += step->op == SCN_WAIT && step->number.n == 0;
            second += step->conn == 1;
            raw += step->seg.raw_options_len > 0;
            sacks += step->seg.sacks > 0;
            for (unsigned j = 0; j < step->seg.ack.n; j++) {
                far |= step->seg.ack.term[j].number == INT64_C(1) << 31;
            }
        }
    }
    assert_int_equal(states, (1u << SCN_STATES) - 1);
    assert_int_equal(ops, 1u << SCN_APP | 1u << SCN_SEND | 1u << SCN_AUTO_ACK | 1u << SCN_LINK |
                              1u << SCN_WAIT | 1u << SCN_ICMP | 1u << SCN_FILL);
    assert_int_equal(calls, (1u << (SCN_APP_MTU + 1)) - 1);
    assert_int_equal(links, (1u << (SCN_LINK_HEAL + 1)) - 1);
    assert_true(far && deadline && second && raw && sacks);
    scn_free_steps(&scn);
}

/* ---- stimuli as the player records them ---- */

static struct scn_step *add(struct scn *scn, enum scn_op op)
{
    int16_t index;
    struct scn_step *step = scn_step_add(scn, op, &index);
    assert_non_null(step);
    if (index > 0) {
        scn->step[index - 1].next = index;
    } else {
        scn->first = 0;
    }
    return step;
}

static struct scn_segment *add_segment(struct scn *scn, uint16_t flags)
{
    struct scn_step *step = add(scn, SCN_SEND);
    step->seg.flags = flags;
    return &step->seg;
}

static void add_app(struct scn *scn, enum scn_app what, int64_t n)
{
    struct scn_step *step = add(scn, SCN_APP);
    step->what = (uint8_t)what;
    step->number = number(n);
}

static void begin(struct scn *scn)
{
    memset(scn, 0, sizeof *scn);
    scn_given_default(&scn->given);
    scn_clear(scn);
}

static void round_trip(struct scn *scn)
{
    static uint8_t out[SCN_BYTES_MAX];
    struct scn back = {0};
    struct scn_lost lost[1];
    size_t len;
    if (scn_to_bytes(scn, out, sizeof out, &len, lost, 1) > 0) {
        fail_msg("step %d was lost: %s", lost[0].step, lost[0].why);
    }
    assert_int_equal(scn_from_bytes(out, len, &back), 0);
    assert_same(scn, &back);
    scn_free_steps(&back);
    scn_free_steps(scn);
}

static void segments_and_back(void **unused)
{
    (void)unused;
    struct scn scn;
    begin(&scn);
    add_segment(&scn, WIRE_SYN)->mss = -1;
    add_segment(&scn, 0);
    struct scn_segment *seg = add_segment(&scn, WIRE_ACK | WIRE_PSH);
    seg->data = number(100);
    seg->ts = SCN_TS_SET;
    seg->ts_val = number(5000);
    seg = add_segment(&scn, WIRE_ACK | WIRE_URG);
    seg->seq = anchor(SCN_RCV_EDGE, 1, -1);
    seg->ack = anchor(SCN_SND_NXT, 1, -(INT64_C(1) << 31));
    seg->urg = number(7);
    seg->data = (struct scn_expr){.n = 2, .term = {{1, SCN_RCV_EDGE, 0}, {-1, SCN_RCV_NXT, 0}}};
    seg->win = number(123457);
    seg = add_segment(&scn, WIRE_RST);
    seg->seq = number(0);
    seg->ack = number(0);
    seg->ts = SCN_TS_NONE;
    seg = add_segment(&scn, WIRE_ACK | WIRE_URG); /* an urgent pointer of zero */
    seg->raw_win = true;
    seg->win = number(65535);
    seg->data = number(3);
    seg->count = 17;
    seg = add_segment(&scn, 0xff);
    static const uint8_t options[] = {1, 1, 0xfd, 4, 0, 0, 7, 8, 9, 10, 11, 12, 13};
    memcpy(seg->raw_options, options, sizeof options);
    seg->raw_options_len = sizeof options;
    seg->only_raw = true;
    seg->twist = (struct wire_twist){.bad_checksum = true, .data_offset = 15, .reserved = 5};
    seg->to = SCN_TO_MULTICAST;
    seg->junk = true;
    seg = add_segment(&scn, WIRE_ACK);
    seg->sacks = 4;
    seg->sack[0] = anchor(SCN_SND_UNA, 1, 1000);
    seg->sack[1] = anchor(SCN_SND_NXT, 1, 0);
    seg->sack[2] = anchor(SCN_SND_UNA, 1, -(INT64_C(1) << 31));
    seg->sack[3] = anchor(SCN_TESTER_ACK, 1, 0);
    seg = add_segment(&scn, WIRE_SYN | WIRE_ACK);
    seg->mss = 65535;
    seg->wscale = 255;
    seg->sack_ok = 0;
    seg->ts = SCN_TS_SET;
    seg->ts_val = anchor(SCN_TS_RECENT, 1, -1);
    seg->ts_ecr = anchor(SCN_TESTER_TSECR, 1, 123456789);
    round_trip(&scn);
}

static void calls_and_back(void **unused)
{
    (void)unused;
    struct scn scn;
    begin(&scn);
    scn.given = (struct scn_given){.state = SCN_CLOSED,
                                   .open = SCN_ACTIVE,
                                   .family = 6,
                                   .ts = 1,
                                   .sack = 1,
                                   .wscale = 14,
                                   .mss = -1,
                                   .win = 77777,
                                   .iss_set = true,
                                   .iss = 0,
                                   .irs_set = true,
                                   .irs = 0xfffffff7,
                                   .rcvbuf = 3333,
                                   .sndbuf = -1,
                                   .linger0 = true,
                                   .in_flight = 12345,
                                   .backlog = 1,
                                   .delay = 50000000};
    scn.seed = 0xdeadbeef;
    add_app(&scn, SCN_APP_LISTEN, 3);
    add_app(&scn, SCN_APP_CONNECT, 0);
    add_app(&scn, SCN_APP_SEND, 100000);
    add_app(&scn, SCN_APP_URGENT, 1);
    add_app(&scn, SCN_APP_READER, 0);
    add_app(&scn, SCN_APP_READ, 777);
    add_app(&scn, SCN_APP_CHECKPOINT, 0);
    add_app(&scn, SCN_APP_RESTORE, 0);
    add_app(&scn, SCN_APP_ALLOC_FAIL, 3);
    add_app(&scn, SCN_APP_MTU, 1400);
    add_app(&scn, SCN_APP_SETOPT, 2304);
    scn.step[scn.steps - 1].option = TCPASSAY_OPT_RCVBUF;
    add_app(&scn, SCN_APP_SETOPT, INT64_C(75) * 1000000000);
    scn.step[scn.steps - 1].option = TCPASSAY_OPT_KEEPIDLE;
    add_app(&scn, SCN_APP_CLOSE, 1);
    add(&scn, SCN_WAIT);
    add(&scn, SCN_WAIT)->number = number(200000000);
    add(&scn, SCN_WAIT)->number = number(1234567891);
    add(&scn, SCN_WAIT)->number =
        (struct scn_expr){.n = 2, .term = {{2, SCN_RTO, 0}, {1, SCN_TICK, 0}}};
    round_trip(&scn);
}

static void faults_and_back(void **unused)
{
    (void)unused;
    struct scn scn;
    begin(&scn);
    for (unsigned what = 0; what <= SCN_LINK_HEAL; what++) {
        struct scn_step *fault = add(&scn, SCN_LINK);
        fault->what = (uint8_t)what;
        fault->number = number(130);
        fault->from_stack = what & 1;
    }
    for (unsigned i = 0; i < 4; i++) {
        struct scn_step *fill = add(&scn, SCN_FILL);
        fill->what = i & 1;
        fill->number = i < 2 ? anchor(SCN_MSS, 1, 0) : number(40);
        fill->seg.count = (uint16_t)(3333 * i);
    }
    struct scn_step *step = add(&scn, SCN_AUTO_ACK);
    step->conn = 1;
    step->every = 2;
    step->seg.win = number(40000);
    add(&scn, SCN_AUTO_ACK)->off = true;
    step = add(&scn, SCN_ICMP);
    step->icmp_type = 3;
    step->icmp_code = 4;
    step->icmp_info = 0x12345678;
    step->number = anchor(SCN_SND_UNA, 1, 1);
    round_trip(&scn);
}

static void what_is_lost_is_named(void **unused)
{
    (void)unused;
    struct scn scn, back = {0};
    struct scn_lost lost[16];
    uint8_t out[SCN_BYTES_MAX];
    size_t len;
    begin(&scn);
    scn.given.win = INT64_C(1) << 40;
    add(&scn, SCN_EXPECT);
    add_segment(&scn, WIRE_ACK | WIRE_AE);
    add(&scn, SCN_WAIT)->number = number(INT64_C(24) * 86400 * 1000000000);
    add_app(&scn, SCN_APP_SEND, 1 << 30);
    add_app(&scn, SCN_APP_EOF, 0);
    add_app(&scn, SCN_APP_CONNECT, 0); /* the connection is there already */
    add_app(&scn, SCN_APP_RESTORE, 0); /* nothing was frozen */
    add_segment(&scn, WIRE_ACK)->count = 1000;
    add_segment(&scn, WIRE_ACK)->seq = anchor(SCN_BOUND, 1, 0);
    struct scn_step *step = add(&scn, SCN_LINK);
    step->what = SCN_LINK_LOSS;
    step->number = number(1001);
    add(&scn, SCN_SEND)->conn = 2;
    add_segment(&scn, WIRE_ACK)->data = number(42);
    assert_int_equal(scn_to_bytes(&scn, out, sizeof out, &len, lost, 16), 12);
    assert_int_equal(lost[0].step, -1);
    for (int16_t i = 1; i < 12; i++) {
        assert_int_equal(lost[i].step, i - 1);
        assert_true(strlen(lost[i].why) > 5);
    }
    assert_int_equal(scn_to_bytes(&scn, out, sizeof out, &len, NULL, 0), 12);
    assert_int_equal(scn_from_bytes(out, len, &back), 0);
    assert_int_equal(back.steps, 1);
    assert_true(scn_step_same(&back.step[0], &scn.step[11]));
    scn_free_steps(&scn);
    scn_free_steps(&back);
}

static void too_many_steps(void **unused)
{
    (void)unused;
    struct scn scn;
    uint8_t out[SCN_BYTES_MAX];
    size_t len;
    begin(&scn);
    for (unsigned i = 0; i < 70; i++) {
        add_segment(&scn, WIRE_ACK);
    }
    assert_int_equal(scn_to_bytes(&scn, out, sizeof out, &len, NULL, 0), 6);
    assert_int_equal(len, SCN_BYTES_HEAD + 64 * SCN_BYTES_RECORD);
    assert_int_equal(scn_to_bytes(&scn, out, 100, &len, NULL, 0), 70 - 6);
    assert_int_equal(len, SCN_BYTES_HEAD + 6 * SCN_BYTES_RECORD);
    assert_int_equal(scn_to_bytes(&scn, out, 10, &len, NULL, 0), 1);
    assert_int_equal(len, 0);
    scn_free_steps(&scn);
}

static void differences_are_seen(void **unused)
{
    (void)unused;
    struct scn_step a, b;
    scn_step_default(&a, SCN_SEND);
    b = a;
    a.seg.data = number(0);
    a.seg.count = 1;
    a.seg.flags = b.seg.flags = WIRE_ACK;
    a.seg.ack = anchor(SCN_TESTER_ACK, 1, 0);
    assert_true(scn_step_same(&a, &b));
    a.seg.ack = anchor(SCN_TESTER_ACK, 1, 1);
    assert_false(scn_step_same(&a, &b));
    b.seg.ack = (struct scn_expr){
        .n = 3, .term = {{2, SCN_NUMBER, 0}, {1, SCN_TESTER_ACK, 0}, {-1, SCN_NUMBER, 0}}};
    assert_true(scn_step_same(&a, &b));
    b.seg.raw_options_len = 1;
    assert_false(scn_step_same(&a, &b));
    b = a;
    a.seg.sacks = b.seg.sacks = 2;
    for (unsigned i = 0; i < 2; i++)
        a.seg.sack[i] = b.seg.sack[i] = anchor(SCN_SND_UNA, 1, i);
    assert_true(scn_step_same(&a, &b));
    b.seg.sack[1] = anchor(SCN_SND_UNA, 1, 2);
    assert_false(scn_step_same(&a, &b));
    struct scn_given g, h;
    scn_given_default(&g);
    h = g;
    assert_true(scn_given_same(&g, &h));
    h.irs_set = true;
    assert_false(scn_given_same(&g, &h));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_the_set_up_alone),
        cmocka_unit_test(any_octets_and_back),
        cmocka_unit_test(every_beginning),
        cmocka_unit_test(random_octets_reach_everything),
        cmocka_unit_test(segments_and_back),
        cmocka_unit_test(calls_and_back),
        cmocka_unit_test(faults_and_back),
        cmocka_unit_test(what_is_lost_is_named),
        cmocka_unit_test(too_many_steps),
        cmocka_unit_test(differences_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
