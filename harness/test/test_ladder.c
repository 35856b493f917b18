/* SPDX-License-Identifier: BSD-2-Clause */
/* The ladder: rows of a trace, the guilty one, what did not come, folding, and its drawing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/ladder.h"

enum { ISS = 1000, IRS = 5000, MS = 1000000 };

struct conversation {
    struct trace *t;
    struct wire_addr stack, tester;
    uint64_t now;
    uint16_t step;
};

static void begin(struct conversation *c)
{
    *c = (struct conversation){.t = trace_new(), .now = 1000u * MS, .step = TRACE_STEP_GIVEN};
    assert_non_null(c->t);
    c->stack = (struct wire_addr){.family = 4, .ip = {10, 0, 0, 1}, .port = 80};
    c->tester = (struct wire_addr){.family = 4, .ip = {10, 0, 0, 2}, .port = 4000};
    trace_flow_open(c->t, 0, &c->stack, &c->tester, IRS);
}

static void packet(struct conversation *c, enum trace_kind kind, bool from_stack, uint16_t flags,
                   int64_t seq, int64_t ack, uint32_t len, uint16_t win)
{
    static const uint8_t text[2000];
    uint8_t buf[3000];
    struct wire_seg seg = {.src = from_stack ? c->stack : c->tester,
                           .dst = from_stack ? c->tester : c->stack,
                           .seq = (uint32_t)((from_stack ? ISS : IRS) + seq),
                           .ack = flags & WIRE_ACK ? (uint32_t)((from_stack ? IRS : ISS) + ack) : 0,
                           .flags = flags,
                           .window = win,
                           .payload = text,
                           .len = len};
    size_t n = wire_build(&seg, NULL, buf, sizeof buf);
    assert_true(n > 0);
    assert_non_null(trace_packet(c->t, kind, from_stack, c->now, c->step, buf, n));
    c->now += MS;
}

static void handshake(struct conversation *c)
{
    begin(c);
    packet(c, TRACE_INJECTED, false, WIRE_SYN, 0, 0, 0, 4000);
    packet(c, TRACE_SENT, true, WIRE_SYN | WIRE_ACK, 0, 1, 0, 1000);
    packet(c, TRACE_INJECTED, false, WIRE_ACK, 1, 1, 0, 4000);
    c->step = 0;
}

static const char *text_of(const json_t *rows, size_t i, const char *key)
{
    const char *text = json_string_value(json_object_get(json_array_get(rows, i), key));
    return text ? text : "";
}

static json_t *rows_of(const struct conversation *c, size_t guilty, const char *mark)
{
    struct ladder_source source = {.trace = c->t, .guilty = guilty, .mark = mark};
    json_t *rows = ladder_rows(&source);
    assert_non_null(rows);
    return rows;
}

static void rows_say_what_was_sent(void **state)
{
    (void)state;
    struct conversation c;
    handshake(&c);
    packet(&c, TRACE_SENT, true, WIRE_ACK, 1, 1, 1000, 1000);
    trace_call(c.t, c.now, 0, 0, TRACE_SEND, 8000, 8000, 0);
    json_t *rows = rows_of(&c, SIZE_MAX, NULL);
    assert_int_equal(json_array_size(rows), 5);
    assert_string_equal(text_of(rows, 0, "who"), "tester");
    assert_string_equal(text_of(rows, 0, "text"), "S  0  win 4000");
    assert_string_equal(text_of(rows, 0, "step"), "given");
    assert_string_equal(text_of(rows, 1, "text"), "SA 0  ack 1  win 1000");
    assert_string_equal(text_of(rows, 1, "edge"), "1001");
    assert_string_equal(text_of(rows, 2, "edge"), "4001");
    assert_string_equal(text_of(rows, 3, "text"), "·  1:1001 (1000)");
    assert_string_equal(text_of(rows, 4, "who"), "app");
    assert_string_equal(text_of(rows, 4, "text"), "send 8000");
    json_decref(rows);
    trace_free(c.t);
}

static void a_retraction_has_an_arrow(void **state)
{
    (void)state;
    struct conversation c;
    handshake(&c);
    packet(&c, TRACE_INJECTED, false, WIRE_ACK, 1, 1001, 0, 1000);
    packet(&c, TRACE_SENT, true, WIRE_ACK, 1, 1, 0, 400);
    json_t *rows = rows_of(&c, 4, "edge-back");
    assert_string_equal(text_of(rows, 3, "edge"), "4001 → 2001");
    assert_string_equal(text_of(rows, 4, "edge"), "1001 → 401");
    assert_true(json_is_true(json_object_get(json_array_get(rows, 4), "guilty")));
    assert_string_equal(text_of(rows, 4, "mark"), "✖ edge-back");
    json_decref(rows);
    trace_free(c.t);
}

static void a_retransmission_a_full_window_and_a_loss_show(void **state)
{
    (void)state;
    struct conversation c;
    handshake(&c);
    for (int i = 0; i < 4; i++)
        packet(&c, TRACE_SENT, true, WIRE_ACK, 1 + 1000 * i, 1, 1000, 1000);
    packet(&c, TRACE_SENT, true, WIRE_ACK, 1, 1, 1000, 1000);
    packet(&c, TRACE_LOST, false, WIRE_ACK, 1, 4001, 0, 4000);
    json_t *rows = rows_of(&c, SIZE_MAX, NULL);
    assert_string_equal(text_of(rows, 6, "mark"), "window full");
    assert_non_null(strstr(text_of(rows, 7, "text"), "rexmit"));
    assert_true(json_is_true(json_object_get(json_array_get(rows, 8), "lost")));
    json_decref(rows);
    trace_free(c.t);
}

static void what_did_not_come_ends_the_ladder(void **state)
{
    (void)state;
    struct conversation c;
    struct scn scn = {0};
    int16_t index;
    struct scn_step *step = scn_step_add(&scn, SCN_EXPECT, &index);
    step->label = 6;
    handshake(&c);
    struct ladder_source source = {.trace = c.t,
                                   .scn = &scn,
                                   .guilty = SIZE_MAX,
                                   .step = step,
                                   .elapsed = 60ull * 1000 * MS,
                                   .mark = "no window probe within 60 s"};
    json_t *rows = ladder_rows(&source);
    const json_t *last = json_array_get(rows, json_array_size(rows) - 1);
    assert_string_equal(json_string_value(json_object_get(last, "text")), "(nothing)");
    assert_string_equal(json_string_value(json_object_get(last, "step")), "6");
    assert_int_equal(json_integer_value(json_object_get(last, "at")), 60ll * 1000 * MS);
    json_decref(rows);
    scn_free_steps(&scn);
    trace_free(c.t);
}

/** A thousand segments fold into sixty rows, the guilty one and its neighbours among them. */
static void long_ladders_fold(void **state)
{
    (void)state;
    struct conversation c;
    handshake(&c);
    for (int i = 0; i < 1000; i++)
        packet(&c, i % 3 ? TRACE_SENT : TRACE_INJECTED, i % 3 != 0, WIRE_ACK | WIRE_PSH, 1 + i, 1,
               1, (uint16_t)(4000 - i % 7));
    json_t *rows = rows_of(&c, 500, "here");
    size_t guilty = 0, hidden = 0;
    assert_true(json_array_size(rows) <= LADDER_ROWS);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        size_t n;
        guilty += json_object_get(json_array_get(rows, i), "guilty") != NULL;
        if (sscanf(text_of(rows, i, "text"), "… %zu more", &n) == 1)
            hidden += n - 1; /* the row that says so stands for one */
    }
    assert_int_equal(guilty, 1);
    assert_int_equal(json_array_size(rows) + hidden, 1003);
    json_decref(rows);
    trace_free(c.t);
}

static void lines_keep_their_width(void **state)
{
    (void)state;
    struct conversation c;
    handshake(&c);
    packet(&c, TRACE_INJECTED, false, WIRE_ACK, 1, 1001, 0, 1000);
    json_t *rows = rows_of(&c, 3, "a mark of several words that does not fit into the last column");
    const int widths[] = {100, 80};
    for (int w = 0; w < 2; w++) {
        char *text = NULL;
        size_t len = 0;
        struct style style = {.width = widths[w]};
        FILE *out = open_memstream(&text, &len);
        ladder_print(out, rows, "acmetcp", &style);
        fclose(out);
        assert_non_null(strstr(text, "►"));
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
            assert_true(text_width(line) <= widths[w]);
        free(text);
    }
    json_decref(rows);
    trace_free(c.t);
}

static void ascii_has_no_other_octets(void **state)
{
    (void)state;
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    text_ascii(out, "──▶ ◀── ✖ ► 4001 → 2001 … · é");
    fclose(out);
    assert_string_equal(text, "--> <-- x > 4001 > 2001 ... . ?");
    free(text);
}

static void strange_text_is_cleaned(void **state)
{
    (void)state;
    char buf[32], small[4];
    assert_string_equal(text_clean("a\xff\x01z", buf, sizeof buf), "a??z");
    assert_string_equal(text_clean("caf\xc3\xa9", buf, sizeof buf), "café");
    assert_string_equal(text_clean("ab\xc3", buf, sizeof buf), "ab?");
    assert_string_equal(text_clean("abc\xc3\xa9", small, sizeof small), "abc");
    assert_string_equal(text_clean(NULL, buf, sizeof buf), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_say_what_was_sent),
        cmocka_unit_test(a_retraction_has_an_arrow),
        cmocka_unit_test(a_retransmission_a_full_window_and_a_loss_show),
        cmocka_unit_test(what_did_not_come_ends_the_ladder),
        cmocka_unit_test(long_ladders_fold),
        cmocka_unit_test(lines_keep_their_width),
        cmocka_unit_test(ascii_has_no_other_octets),
        cmocka_unit_test(strange_text_is_cleaned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
