/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scenarios written out: as a person would write them, well-formed whatever the octets were, and
 * with an error where something has no form.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <yaml.h>

#include "scenario/bytes.h"
#include "scenario/catalogue.h"
#include "scenario/emit.h"
#include "scenario/yaml.h"

static struct scn_expr number(int64_t value)
{
    return (struct scn_expr){.n = 1, .term = {{.number = value}}};
}

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

static struct scn_step *add_number(struct scn *scn, enum scn_op op, unsigned what, int64_t n)
{
    struct scn_step *step = add(scn, op);
    step->what = (uint8_t)what;
    step->number = number(n);
    return step;
}

static void begin(struct scn *scn)
{
    memset(scn, 0, sizeof *scn);
    scn_given_default(&scn->given);
    scn_clear(scn);
}

/* The text, to be freed; NULL if it could not be written. */
static char *emitted(const struct scn *scn)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    int result = scn_emit_yaml(scn, out);
    fclose(out);
    if (result != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static void assert_emits(struct scn *scn, const char *want)
{
    char *text = emitted(scn);
    assert_non_null(text);
    assert_string_equal(text, want);
    free(text);
    scn_free_steps(scn);
}

static void the_least(void **unused)
{
    (void)unused;
    struct scn scn;
    begin(&scn);
    assert_emits(&scn, "rule: scenario.written-out\n"
                       "title: A scenario written out\n"
                       "kind: scenario\n"
                       "given: {state: established}\n"
                       "steps:\n"
                       "- wait: 0s\n");
}

static void the_head(void **unused)
{
    (void)unused;
    struct scn scn;
    begin(&scn);
    scn.rule = "crash.7";
    scn.title = "Text: beyond the edge";
    scn.clause[0] = "R9293-3.4-1";
    scn.needs[0] = "opt.ts";
    scn.breach = "no-effect";
    scn.seed = 0x12e4;
    scn.given = (struct scn_given){.state = SCN_FIN_WAIT_2,
                                   .open = SCN_SIMULTANEOUS,
                                   .family = 6,
                                   .ts = 1,
                                   .sack = 1,
                                   .wscale = 0,
                                   .mss = -1,
                                   .win = 0,
                                   .iss_set = true,
                                   .iss = 0xffffffff,
                                   .irs_set = true,
                                   .rcvbuf = 1,
                                   .sndbuf = 2,
                                   .linger0 = true,
                                   .in_flight = 3,
                                   .backlog = 4,
                                   .delay = 1500000};
    add_number(&scn, SCN_WAIT, 0, 90000000000);
    assert_emits(&scn,
                 "rule: crash.7\n"
                 "title: 'Text: beyond the edge'\n"
                 "clause: [R9293-3.4-1]\n"
                 "needs: [opt.ts]\n"
                 "kind: scenario\n"
                 "breach: no-effect\n"
                 "seed: \"12e4\"\n"
                 "given: {state: fin-wait-2, open: simultaneous, family: 6, ts: true, sack: true, "
                 "wscale: 0, mss: none, win: 0, irs: 0, iss: 4294967295, rcvbuf: 1, sndbuf: 2, "
                 "reader: stop, nodelay: false, linger0: true, in-flight: 3, backlog: 4, "
                 "delay: 1500us}\n"
                 "steps:\n"
                 "- wait: 90s\n");
}

#define HEAD                                                                                       \
    "rule: scenario.written-out\ntitle: A scenario written out\nkind: scenario\n"                  \
    "given: {state: established}\nsteps:\n"

static void segments(void **unused)
{
    (void)unused;
    struct scn scn;
    begin(&scn);
    struct scn_segment *seg = &add(&scn, SCN_SEND)->seg;
    seg->flags = WIRE_ACK | WIRE_PSH;
    seg->seq = (struct scn_expr){.n = 2, .term = {{1, SCN_RCV_EDGE, 0}, {-1, SCN_NUMBER, 0}}};
    seg->ack = (struct scn_expr){.n = 2, .term = {{-1, SCN_SND_UNA, 0}, {5, SCN_MSS, 0}}};
    seg->data = number(100);
    seg->ts = SCN_TS_SET;
    seg->ts_val = (struct scn_expr){.n = 1, .term = {{1, SCN_TS_RECENT, 0}}};
    seg->win = number(7);
    seg = &add(&scn, SCN_SEND)->seg;
    seg->twist = (struct wire_twist){.bad_checksum = true, .data_offset = 4, .reserved = 1};
    seg->raw_win = seg->junk = true;
    seg->win = number(0);
    seg->mss = 0;
    seg->wscale = seg->sack_ok = 1;
    seg->ts = SCN_TS_NONE;
    memcpy(seg->raw_options, "\x01\xfd\x02", 3);
    seg->raw_options_len = 3;
    seg->to = SCN_TO_MULTICAST;
    seg->count = 9;
    struct scn_step *step = add(&scn, SCN_SEND);
    step->conn = 1;
    step->note = "the other one";
    seg = &step->seg;
    seg->flags = 0xff;
    seg->urg = number(1);
    seg->only_raw = true;
    memcpy(seg->raw_options, "\x02", 1);
    seg->raw_options_len = 1;
    assert_emits(&scn,
                 HEAD "- send: {flags: PA, seq: RCV.EDGE - 1, ack: -SND.UNA + 5 * MSS, data: 100, "
                      "win: 7, ts: {val: TS.RECENT}}\n"
                      "- send: {flags: none, raw-win: 0, ts: none, mss: 0, wscale: 1, "
                      "sack-ok: true, options: \"01 fd 02\", checksum: bad, offset: 4, "
                      "reserved: 1, to: multicast, count: 9, junk: true}\n"
                      "- send: {flags: SFRPUECA, urg: 1, only-options: \"02\"}\n"
                      "  conn: b\n"
                      "  note: the other one\n");
}

static void calls(void **unused)
{
    (void)unused;
    struct scn scn;
    begin(&scn);
    for (unsigned what = SCN_APP_LISTEN; what <= SCN_APP_MTU; what++) {
        add_number(&scn, SCN_APP, what, 1)->option = TCPASSAY_OPT_USER_TIMEOUT;
    }
    add_number(&scn, SCN_APP, SCN_APP_SETOPT, 0)->option = TCPASSAY_OPT_NODELAY;
    add_number(&scn, SCN_APP, SCN_APP_READER, 0);
    assert_emits(&scn, HEAD "- app: {listen: 1}\n"
                            "- app: {connect: async}\n"
                            "- app: {accept: true}\n"
                            "- app: {send: 1}\n"
                            "- app: {urgent: 1}\n"
                            "- app: {reader: drain}\n"
                            "- app: {read: 1}\n"
                            "- app: {shutdown: true}\n"
                            "- app: {close: true}\n"
                            "- app: {abort: true}\n"
                            "- app: {setopt: {user-timeout: 1ns}}\n"
                            "- app: {checkpoint: true}\n"
                            "- app: {restore: true}\n"
                            "- app: {alloc-fail: 1}\n"
                            "- app: {mtu: 1}\n"
                            "- app: {setopt: {nodelay: false}}\n"
                            "- app: {reader: stop}\n");
}

static void the_rest(void **unused)
{
    (void)unused;
    struct scn scn;
    begin(&scn);
    for (unsigned what = SCN_LINK_DROP; what <= SCN_LINK_HEAL; what++) {
        add_number(&scn, SCN_LINK, what, 15)->from_stack = what % 2;
    }
    add_number(&scn, SCN_LINK, SCN_LINK_LOSS, 100);
    struct scn_step *step = add(&scn, SCN_AUTO_ACK);
    step->every = 2;
    step->seg.win = number(5);
    add(&scn, SCN_AUTO_ACK)->off = true;
    step = add_number(&scn, SCN_ICMP, 0, 3);
    step->icmp_type = 3;
    step->icmp_info = 0xffffffff;
    add_number(&scn, SCN_FILL, SCN_FILL_FULL, 40);
    add_number(&scn, SCN_FILL, SCN_FILL_RETRACTED, 50)->seg.count = 60;
    add(&scn, SCN_WAIT);
    add(&scn, SCN_WAIT)->number = (struct scn_expr){
        .n = 3, .term = {{2, SCN_RTO, 0}, {1, SCN_TICK, 0}, {-3600000000000, SCN_NUMBER, 0}}};
    assert_emits(&scn, HEAD "- link: {drop: 15, from: tester}\n"
                            "- link: {pass: 15, from: stack}\n"
                            "- link: {delay: 15ns, from: tester}\n"
                            "- link: {loss: 1.5%, from: stack}\n"
                            "- link: {duplicate: 15, from: tester}\n"
                            "- link: {reorder: 15, from: stack}\n"
                            "- link: {error: 15}\n"
                            "- link: heal\n"
                            "- link: {loss: 10%, from: tester}\n"
                            "- auto-ack: {win: 5, every: 2}\n"
                            "- auto-ack: off\n"
                            "- icmp: {type: 3, code: 0, info: 4294967295, quote: 3}\n"
                            "- fill: {segments: 40, until: full}\n"
                            "- fill: {segments: 50, until: retracted, most: 60}\n"
                            "- wait: next\n"
                            "- wait: 2 * rto + tick - 1h\n");
}

static void no_form(void **unused)
{
    (void)unused;
    struct scn scn;
    begin(&scn);
    add(&scn, SCN_EXPECT);
    assert_null(emitted(&scn));
    assert_int_equal(errno, ENOTSUP);
    scn_clear(&scn);
    add(&scn, SCN_SEND)->seg.flags = WIRE_AE;
    assert_null(emitted(&scn));
    scn_clear(&scn);
    add(&scn, SCN_APP)->what = SCN_APP_EOF;
    assert_null(emitted(&scn));
    scn_clear(&scn);
    add(&scn, SCN_SEND)->seg.seq = (struct scn_expr){.n = 1, .term = {{1, SCN_BOUND, 0}}};
    assert_null(emitted(&scn));
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    scn_clear(&scn);
    assert_int_equal(scn_emit_yaml(&scn, full), -1);
    fclose(full);
    scn_free_steps(&scn);
}

/* ---- the reader takes what the emitter writes ---- */

/* The reader has no word yet for a wait until the next deadline. */
static void assert_read_back(const struct scn *scn, const struct catalogue *catalogue)
{
    struct rulebook *book = rulebook_new(catalogue);
    assert_non_null(book);
    char *text = emitted(scn);
    assert_non_null(text);
    if (rulebook_parse(book, "emitted", text, strlen(text), stderr) != 0) {
        fail_msg("%s", text);
    }
    assert_int_equal(rulebook_count(book), 1);
    const struct scn *back = rulebook_case(book, 0);
    assert_true(scn_given_same(&scn->given, &back->given));
    assert_int_equal(scn->seed, back->seed);
    int16_t theirs = back->first;
    for (int16_t i = scn->first; i >= 0; i = scn->step[i].next) {
        assert_true(theirs >= 0);
        if (!scn_step_same(&scn->step[i], &back->step[theirs])) {
            fail_msg("step %d of\n%s", i + 1, text);
        }
        theirs = back->step[theirs].next;
    }
    assert_true(scn->first < 0 || theirs < 0);
    free(text);
    rulebook_free(book);
}

static void read_back(void **unused)
{
    (void)unused;
    uint8_t in[600];
    struct scn scn = {0};
    uint32_t r = 11;
    struct catalogue *catalogue = catalogue_read(SPECS "/requirements", stderr);
    assert_non_null(catalogue);
    for (unsigned round = 0; round < 300; round++) {
        for (size_t i = 0; i < sizeof in; i++) {
            r = r * 1664525u + 1013904223u;
            in[i] = (uint8_t)(r >> 24);
        }
        assert_int_equal(scn_from_bytes(in, r % sizeof in, &scn), 0);
        scn.breach = round % 2 == 0 ? "no-effect" : NULL;
        assert_read_back(&scn, catalogue);
    }
    scn_free_steps(&scn);
    catalogue_free(catalogue);
}

/* Whatever octets became a scenario, its text is one YAML document. */
static void any_scenario(void **unused)
{
    (void)unused;
    uint8_t in[600];
    struct scn scn = {0};
    uint32_t r = 7;
    for (unsigned round = 0; round < 300; round++) {
        for (size_t i = 0; i < sizeof in; i++) {
            r = r * 1664525u + 1013904223u;
            in[i] = (uint8_t)(r >> 24);
        }
        assert_int_equal(scn_from_bytes(in, r % sizeof in, &scn), 0);
        char *text = emitted(&scn);
        assert_non_null(text);
        yaml_parser_t parser;
        yaml_document_t document;
        assert_int_equal(yaml_parser_initialize(&parser), 1);
        yaml_parser_set_input_string(&parser, (const unsigned char *)text, strlen(text));
        assert_int_equal(yaml_parser_load(&parser, &document), 1);
        yaml_document_delete(&document);
        yaml_parser_delete(&parser);
        free(text);
    }
    scn_free_steps(&scn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least), cmocka_unit_test(the_head),     cmocka_unit_test(segments),
        cmocka_unit_test(calls),     cmocka_unit_test(the_rest),     cmocka_unit_test(no_form),
        cmocka_unit_test(read_back), cmocka_unit_test(any_scenario),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
