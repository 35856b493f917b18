/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules read from YAML: what the good ones become, and what is said of the bad ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/capability.h"
#include "scenario/catalogue.h"
#include "scenario/yaml.h"
#include "stacks/stacks.h"
#include "yaml_bench.h"

/* ---- the five rules ---- */

static void five_rules_are_37_cases(void **state)
{
    (void)state;
    struct bench b;
    bench_begin(&b);
    unsigned errors = rulebook_read_tree(b.book, TEST_DATA "/yaml/rules", b.errors);
    assert_string_equal(bench_said(&b), "");
    assert_int_equal(errors, 0);
    assert_int_equal(rulebook_files(b.book), 5);
    assert_int_equal(rulebook_count(b.book), 37);
    assert_string_equal(rulebook_case(b.book, 0)->name,
                        "paws.old-segment-acked-and-dropped/one-tick-old");
    assert_string_equal(bench_case(&b, "rst.synchronized-states/last-ack/exact")->rule,
                        "rst.synchronized-states");
    bench_end(&b);
}

static const struct scn *sample(struct bench *b, const char *file, const char *name)
{
    char path[200];

    bench_begin(b);
    snprintf(path, sizeof path, TEST_DATA "/yaml/rules/%s", file);
    if (rulebook_read(b->book, path, b->errors) != 0)
        fail_msg("%s", bench_said(b));
    return bench_case(b, name);
}

static void wscale_becomes_steps(void **state)
{
    (void)state;
    struct bench b;
    const struct scn *scn = sample(&b, "wscale.yaml", "wscale.synack-window-unscaled");
    assert_int_equal(scn->given.state, SCN_CLOSED);
    assert_string_equal(scn->clause[0], "R7323-2.2-11");
    assert_string_equal(scn->needs[0], "app.connect");
    assert_string_equal(scn->tags, "wscale flow-control sender");
    assert_int_equal(scn->steps, 8);
    assert_int_equal(scn->step[0].what, SCN_APP_CONNECT);
    const struct scn_step *syn = &scn->step[1];
    assert_int_equal(syn->op, SCN_EXPECT);
    assert_int_equal(syn->see.flags, WIRE_SYN);
    assert_int_equal(syn->see.mask, WIRE_SYN | WIRE_FIN | WIRE_RST | WIRE_URG | WIRE_ACK);
    assert_int_equal(syn->see.wscale.kind, SCN_ANY);
    assert_int_equal(syn->otherwise, SCN_ELSE_SKIP);
    assert_string_equal(syn->otherwise_why, "the stack offers no window scale");
    const struct scn_segment *seg = &scn->step[2].seg;
    assert_int_equal(seg->flags, WIRE_SYN | WIRE_ACK);
    assert_int_equal(seg->mss, 500);
    assert_int_equal(seg->wscale, 7);
    assert_int_equal(seg->sack_ok, -2);
    assert_int_equal(seg->win.term[0].number, 1000);
    assert_int_equal(scn->step[5].op, SCN_NEVER);
    assert_int_equal(scn->step[5].dur.term[0].number, 3000000000);
    assert_string_equal(scn->step[5].say, "the stack took 1000 << 7 = 128000 as its send window");
    assert_int_equal(scn->step[7].next, -1);
    bench_end(&b);
}

static void paws_cases_differ(void **state)
{
    (void)state;
    struct bench b;
    const struct scn *old =
        sample(&b, "paws.yaml", "paws.old-segment-acked-and-dropped/oldest-old");
    assert_int_equal(old->given.ts, 1);
    assert_int_equal(old->steps, 7);
    assert_int_equal(old->bound_count, 1);
    assert_string_equal(old->bound_name[0], "recent");
    assert_int_equal(old->step[0].binds, 1);
    assert_int_equal(old->step[0].bind[0].field, SCN_F_VALUE);
    assert_int_equal(old->step[1].role, SCN_REACH);
    assert_int_equal(old->step[1].see.ts.kind, SCN_ANY);
    assert_int_equal(old->step[1].see.ts_ecr.lo.term[0].var, SCN_BOUND);
    const struct scn_segment *seg = &old->step[2].seg;
    assert_int_equal(seg->ts, SCN_TS_SET);
    assert_int_equal(seg->ts_val.term[1].number, -2147483647);
    assert_int_equal(seg->ts_ecr.n, 0);
    assert_int_equal(old->step[6].label, 7); /* match itself is no step */
    assert_string_equal(old->step[6].note, "control - only the timestamp was wrong");
    assert_int_equal(bench_case(&b, "paws.old-segment-acked-and-dropped/newer")->steps, 5);
    bench_end(&b);
}

static void retraction_watches_together(void **state)
{
    (void)state;
    struct bench b;
    const struct scn *scn = sample(&b, "retraction.yaml", "window.retraction-survived");
    const struct scn_step *together = &scn->step[3];
    assert_int_equal(together->op, SCN_TOGETHER);
    assert_int_equal(together->child, 4);
    assert_int_equal(together->next, 8);
    assert_int_equal(scn->step[4].see.mask & WIRE_ACK, 0); /* R with and without ACK */
    assert_null(scn->step[4].clause[0]);
    assert_string_equal(scn->step[5].clause[0], "SHLD-15");
    assert_int_equal(scn->step[5].label, 4);
    assert_int_equal(scn->step[6].within.term[0].var, SCN_RTO);
    assert_int_equal(scn->step[7].op, SCN_ALIVE);
    assert_int_equal(scn->step[7].next, -1);
    assert_int_equal(scn->step[8].op, SCN_AUTO_ACK);
    assert_int_equal(scn->step[8].label, 5);
    assert_int_equal(scn->step[5].line, 16);
    assert_int_equal(scn->given.mss, 1000);
    bench_end(&b);
}

static void rst_is_a_grid(void **state)
{
    (void)state;
    struct bench b;
    const struct scn *scn = sample(&b, "rst.yaml", "rst.synchronized-states/closing/far-right");
    assert_int_equal(rulebook_count(b.book), 30);
    assert_int_equal(scn->given.state, SCN_CLOSING);
    assert_string_equal(scn->profile, "rfc5961");
    assert_string_equal(scn->clause[1], "SEG-ESTABLISHED-2");
    assert_int_equal(scn->step[0].seg.seq.term[0].var, SCN_RCV_EDGE);
    assert_int_equal(scn->step[0].seg.seq.term[1].number, 1000000);
    assert_true(scn->step[1].see.any_flags);
    bench_end(&b);
}

static void persist_answers_probes(void **state)
{
    (void)state;
    struct bench b;
    const struct scn *scn = sample(&b, "persist.yaml", "persist.lost-window-update");
    assert_string_equal(scn->kind, "liveness");
    assert_int_equal(scn->step[3].what, SCN_LINK_DROP);
    assert_false(scn->step[3].from_stack);
    assert_true(scn->step[5].see.probe);
    assert_int_equal(scn->step[5].bind[0].field, SCN_F_ELAPSED);
    const struct scn_step *answer = &scn->step[6];
    assert_int_equal(answer->op, SCN_ANSWER);
    assert_int_equal(answer->what, SCN_ANSWER_PROBES);
    assert_int_equal(answer->gaps, SCN_GAPS_NON_DECREASING);
    assert_int_equal(answer->seg.flags, WIRE_ACK);
    assert_string_equal(scn->step[10].name, "first-probe-after");
    assert_int_equal(scn->step[10].number.term[0].var, SCN_BOUND);
    bench_end(&b);
}

/* ---- other good rules ---- */

static void one_of_has_branches(void **state)
{
    (void)state;
    struct bench b;
    bench_begin(&b);
    const struct scn *scn = bench_steps(
        &b, "  - one-of:\n"
            "      - {as: reset, steps: [expect: {flags: R}, app: {error: reset, within: 1s}]}\n"
            "      - {as: silence, steps: [never: {flags: any, for: 1s}]}\n"
            "    clause: MUST-34\n"
            "  - repeat: {times: 2 + 1, steps: [wait: 1s]}\n");
    assert_int_equal(scn->step[0].op, SCN_ONE_OF);
    assert_int_equal(scn->step[1].op, SCN_GROUP);
    assert_string_equal(scn->step[1].as, "reset");
    assert_string_equal(scn->step[2].clause[0], "MUST-34"); /* handed down */
    assert_int_equal(scn->step[3].number.term[0].number, TCPASSAY_ERESET);
    assert_int_equal(scn->step[1].next, 4);
    assert_string_equal(scn->step[4].as, "silence");
    assert_int_equal(scn->step[6].op, SCN_REPEAT);
    assert_int_equal(scn->step[6].number.term[0].number, 3);
    assert_int_equal(scn->step[6].child, 7);
    bench_end(&b);
}

static void link_faults_are_steps(void **state)
{
    (void)state;
    struct bench b;
    bench_begin(&b);
    const struct scn *scn = bench_steps(&b, "  - link: {drop: 1, pass: 2, from: stack}\n"
                                            "  - link: {loss: 2.5%, from: tester}\n"
                                            "  - link: heal\n"
                                            "  - link: {error: 1}\n"
                                            "  - auto-ack: off\n"
                                            "  - fill: {segments: 100, until: retracted}\n"
                                            "  - app: close\n"
                                            "  - alive: {what: listener}\n");
    assert_int_equal(scn->step[0].what, SCN_LINK_PASS);
    assert_int_equal(scn->step[1].what, SCN_LINK_DROP);
    assert_int_equal(scn->step[1].label, scn->step[0].label);
    assert_true(scn->step[1].from_stack);
    assert_int_equal(scn->step[2].number.term[0].number, 25);
    assert_int_equal(scn->step[3].what, SCN_LINK_HEAL);
    assert_true(scn->step[4].from_stack);
    assert_true(scn->step[5].off);
    assert_int_equal(scn->step[6].op, SCN_FILL);
    assert_int_equal(scn->step[7].what, SCN_APP_CLOSE);
    bench_end(&b);
}

static void segments_can_be_odd(void **state)
{
    (void)state;
    struct bench b;
    bench_begin(&b);
    const struct scn *scn = bench_steps(
        &b, "  - send: {flags: SFRPUEC, raw-win: 5, ts: none, mss: none, sack-ok: true,\n"
            "           only-options: \"01 01 FD04 00\", checksum: zero, offset: 15,\n"
            "           reserved: 7, to: multicast, count: 3, junk: true}\n"
            "    conn: b\n"
            "  - expect: {flags: SEA, seq: 1..MSS, sack: 1.., ts: none}\n");
    const struct scn_segment *seg = &scn->step[0].seg;
    assert_int_equal(seg->flags, 0xef);
    assert_true(seg->raw_win && seg->only_raw && seg->junk && seg->twist.zero_checksum);
    assert_int_equal(seg->ts, SCN_TS_NONE);
    assert_int_equal(seg->mss, -1);
    assert_int_equal(seg->sack_ok, 1);
    assert_int_equal(seg->raw_options_len, 5);
    assert_memory_equal(seg->raw_options, "\x01\x01\xfd\x04\x00", 5);
    assert_int_equal(seg->twist.data_offset, 15);
    assert_int_equal(seg->to, SCN_TO_MULTICAST);
    assert_int_equal(scn->step[0].conn, 1);
    assert_int_equal(scn->step[1].see.mask & (WIRE_ECE | WIRE_PSH), WIRE_ECE);
    assert_int_equal(scn->step[1].see.seq.kind, SCN_FROM_TO);
    assert_int_equal(scn->step[1].see.ts.kind, SCN_NONE);
    bench_end(&b);
}

static void set_up_has_defaults(void **state)
{
    (void)state;
    struct bench b;
    bench_begin(&b);
    bench_read(&b, "rule: a\ntitle: t\nclause: MUST-34\n"
                   "given: {family: 6, iss: 4294967290, delay: 20ms, reader: stop, wscale: none}\n"
                   "steps: [alive: {what: connection}]\n");
    const struct scn_given *given = &bench_case(&b, "a")->given;
    assert_int_equal(given->mss, 1440);
    assert_true(given->iss_set);
    assert_false(given->irs_set);
    assert_int_equal(given->iss, 4294967290);
    assert_int_equal(given->delay, 20000000);
    assert_int_equal(given->reader, 0);
    assert_int_equal(given->wscale, -1);
    assert_int_equal(given->state, SCN_ESTABLISHED);
    bench_end(&b);
}

static void scenario_may_claim_nothing(void **state)
{
    (void)state;
    struct bench b;
    bench_begin(&b);
    bench_read(&b, "rule: a\ntitle: t\nkind: scenario\nbreach: edge-back\nseed: 7f3a\n"
                   "steps: [send: {flags: A}]\n");
    const struct scn *scn = bench_case(&b, "a");
    assert_string_equal(scn->breach, "edge-back");
    assert_int_equal(scn->seed, 0x7f3a);
    bench_end(&b);
}

static void values_stand_for_themselves(void **state)
{
    (void)state;
    struct bench b;
    bench_begin(&b);
    bench_read(&b, "rule: a\ntitle: costs $x\nclause: MUST-34\n"
                   "matrix:\n  v: [{case: one, at: RCV.NXT - 1}]\n  w: [3s, 4s]\n"
                   "steps:\n  - expect: {flags: A, seq: 9 - $at, within: $w}\n"
                   "    say: case $v lasts $w, $5\n");
    const struct scn *scn = bench_case(&b, "a/one/4s");
    const struct scn_expr *seq = &scn->step[0].see.seq.lo;
    assert_string_equal(scn->title, "costs $x");
    assert_string_equal(scn->step[0].say, "case one lasts 4s, $5");
    assert_int_equal(seq->term[0].number, 10); /* 9 - (RCV.NXT - 1) */
    assert_int_equal(seq->term[1].number, -1);
    bench_end(&b);
}

/* ---- files ---- */

static void errors_leave_the_book_alone(void **state)
{
    (void)state;
    struct bench b;
    bench_begin(&b);
    bench_steps(&b, "  - alive: {what: connection}\n");
    assert_int_equal(rulebook_parse(b.book, "x", "rule: b\n", 8, b.errors), 3);
    assert_int_equal(rulebook_count(b.book), 1);
    assert_int_equal(rulebook_files(b.book), 1);
    assert_string_equal(rulebook_case(b.book, 0)->rule, "a");
    bench_end(&b);
}

static void twins_name_the_first_place(void **state)
{
    (void)state;
    struct bench b;
    bench_begin(&b);
    bench_steps(&b, "  - alive: {what: connection}\n");
    bench_steps(&b, "  - alive: {what: connection}\n");
    assert_string_equal(bench_said(&b), "t.yaml:1:7: error: the rule \"a\" stands already at "
                                        "t.yaml:1\n    1 | rule: a\n      |       ^\n");
    bench_end(&b);
}

static void missing_file_is_an_error(void **state)
{
    (void)state;
    struct bench b;
    bench_begin(&b);
    assert_int_equal(rulebook_read(b.book, "/nowhere/x.yaml", b.errors), 1);
    assert_string_equal(bench_said(&b),
                        "/nowhere/x.yaml: error: cannot read it: No such file or directory\n");
    assert_int_equal(rulebook_read(b.book, TEST_DATA, b.errors), 1);
    assert_int_equal(rulebook_read_tree(b.book, "/nowhere", b.errors), 1);
    bench_end(&b);
}

/* Every error of the file, in order, with the line, a caret and what may have been meant. */
static void errors_look_like_a_compilers(void **state)
{
    (void)state;
    struct bench b;
    bench_begin(&b);
    size_t len, expected_len;
    char *text = bench_file(TEST_DATA "/yaml/bad/retraction.yaml", &len);
    char *expected = bench_file(TEST_DATA "/yaml/bad/retraction.txt", &expected_len);
    expected[expected_len] = '\0';
    assert_int_equal(rulebook_parse(b.book, "bad", text, len, b.errors), 11);
    assert_string_equal(bench_said(&b), expected);
    free(expected);
    free(text);
    bench_end(&b);
}

/* ---- capabilities ---- */

/* A name that rules may need and no stack is asked for would be a SKIP for ever. */
static void rules_and_stacks_know_the_same_capabilities(void **state)
{
    (void)state;
    size_t count, asked;
    const struct stacks_capability *of_stacks = stacks_capabilities(&asked);
    capabilities(&count);
    assert_int_equal(count, asked);
    for (size_t i = 0; i < asked; i++)
        if (capability_find(of_stacks[i].name) == NULL)
            fail_msg("rules do not know %s", of_stacks[i].name);
    assert_string_equal(capability_suggest("app.keep-alive"), "app.keepalive");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_rules_are_37_cases),
        cmocka_unit_test(wscale_becomes_steps),
        cmocka_unit_test(paws_cases_differ),
        cmocka_unit_test(retraction_watches_together),
        cmocka_unit_test(rst_is_a_grid),
        cmocka_unit_test(persist_answers_probes),
        cmocka_unit_test(one_of_has_branches),
        cmocka_unit_test(link_faults_are_steps),
        cmocka_unit_test(segments_can_be_odd),
        cmocka_unit_test(set_up_has_defaults),
        cmocka_unit_test(scenario_may_claim_nothing),
        cmocka_unit_test(values_stand_for_themselves),
        cmocka_unit_test(errors_leave_the_book_alone),
        cmocka_unit_test(twins_name_the_first_place),
        cmocka_unit_test(missing_file_is_an_error),
        cmocka_unit_test(errors_look_like_a_compilers),
        cmocka_unit_test(rules_and_stacks_know_the_same_capabilities),
    };
    return cmocka_run_group_tests(tests, bench_catalogue, bench_catalogue_end);
}
