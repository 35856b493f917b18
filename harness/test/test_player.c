/* SPDX-License-Identifier: BSD-2-Clause */
/* The player: where observations begin, what each verb claims, and what verdict comes of it. Each
 * test is a rule and the verdict it must have on tcpref; the wrong claims are wrong on purpose. */
#include "player/player.h"
#include "scenario/yaml.h"
#include "stacks/stacks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct catalogue *catalogue;

struct trial {
    const char *name;
    const char *clause;
    const char *rest; /* of the rule: given and steps */
    enum verdict verdict;
    const char *message; /* stands in it */
};

static const struct trial trials[] = {
    {"an observation sees the whole group of stimuli before it", "MUST-36",
     "steps:\n"
     "  - send: {flags: PA, data: 3000}\n"
     "  - send: {flags: PA, data: 3000}\n"
     "  - expect: {flags: A, ack: 3001}\n"
     "  - expect: {flags: A, ack: 6001}\n",
     VERDICT_PASS, ""},
    {"and nothing before the group", "MUST-36",
     "steps:\n"
     "  - send: {flags: PA, data: 3000}\n"
     "  - expect: {flags: A, ack: 3001}\n"
     "  - send: {flags: PA, data: 3000}\n"
     "  - expect: {flags: A, ack: 3001, within: 1s}\n",
     VERDICT_FAIL, "ack 3001 within 1 s"},
    {"a broken MUST fails", "MUST-36", "steps:\n  - expect: {flags: S, within: 1s}\n", VERDICT_FAIL,
     "wanted S"},
    {"a broken SHOULD warns", "SHLD-7", "steps:\n  - expect: {flags: S, within: 1s}\n",
     VERDICT_WARN, "wanted S"},
    {"a broken MAY informs", "MAY-7", "steps:\n  - expect: {flags: S, within: 1s}\n", VERDICT_INFO,
     "wanted S"},
    {"the step's own clause decides", "MUST-36",
     "steps:\n  - expect: {flags: S, within: 1s}\n    clause: SHLD-7\n", VERDICT_WARN, ""},
    {"a reach that does not come is inconclusive", "MUST-36",
     "steps:\n  - reach: {flags: S, within: 1s}\n  - alive: {what: connection}\n", VERDICT_INCONC,
     "wanted S"},
    {"an else may skip", "MUST-36",
     "steps:\n  - expect: {flags: S, within: 1s}\n    else: {skip: not offered}\n", VERDICT_SKIP,
     "not offered"},
    {"a never that is broken names the segment", "MUST-36",
     "steps:\n  - app: {send: 100}\n  - never: {data-from: 1, for: 1s}\n", VERDICT_FAIL,
     "saw P.  seq 1  ack 1  len 100"},
    {"a never ends before its time is over", "R6298-2.1-1",
     "steps:\n  - app: {send: 100}\n  - reach: {data-upto: 101}\n"
     "  - never: {data-from: 1, for: 1s}\n  - expect: {data-from: 1}\n",
     VERDICT_PASS, ""},
    {"numbers stand still while they are watched", "MUST-36",
     "steps:\n  - auto-ack: {win: 9000}\n  - app: {send: 9000}\n"
     "  - expect: {data-upto: SND.UNA, within: 9s}\n"
     "  - app: {send: 100}\n  - expect: {data-upto: 9101, within: 9s}\n",
     VERDICT_PASS, ""},
    {"together holds when all hold", "MUST-36",
     "steps:\n  - app: {send: 100}\n  - together:\n"
     "      - expect: {data-upto: 101, within: 1s}\n      - never: {flags: R, for: 3s}\n"
     "      - alive: {what: connection}\n",
     VERDICT_PASS, ""},
    {"together breaks when one breaks", "MUST-36",
     "steps:\n  - app: {send: 100}\n  - together:\n"
     "      - expect: {data-upto: 101, within: 1s}\n      - never: {data-from: 1, for: 3s}\n",
     VERDICT_FAIL, "wanted no segment"},
    {"together goes on when what breaks only warns", "MUST-36",
     "steps:\n  - app: {send: 100}\n  - together:\n"
     "      - never: {data-from: 1, for: 3s}\n        clause: SHLD-7\n"
     "      - expect: {flags: S, within: 2s}\n",
     VERDICT_FAIL, "wanted S"},
    {"one-of takes the branch that holds and goes through it", "MUST-36",
     "steps:\n  - send: {flags: PA, data: 10}\n  - one-of:\n"
     "      - as: reset\n        steps:\n          - expect: {flags: R, within: 1s}\n"
     "      - as: taken\n        steps:\n          - expect: {flags: A, ack: 11, within: 1s}\n"
     "          - app: {received: 11}\n",
     VERDICT_FAIL, "wanted 11 octets read"},
    {"one-of fails when no branch holds", "MUST-36",
     "steps:\n  - one-of:\n"
     "      - as: reset\n        steps:\n          - expect: {flags: R, within: 1s}\n"
     "      - as: syn\n        steps:\n          - expect: {flags: S, within: 1s}\n",
     VERDICT_FAIL, "one-of"},
    {"repeat repeats", "MUST-36",
     "steps:\n  - repeat:\n      times: 3\n      steps:\n        - send: {flags: PA, data: 10}\n"
     "        - expect: {flags: A, ack: tester.nxt, within: 1s}\n  - app: {received: 30}\n",
     VERDICT_PASS, ""},
    {"bound values are kept", "MUST-36",
     "steps:\n  - send: {flags: PA, data: 10}\n  - reach: {flags: A, within: 1s}\n"
     "    bind: {got: ack}\n  - send: {flags: PA, data: 10}\n"
     "  - expect: {flags: A, ack: got + 10, within: 1s}\n",
     VERDICT_PASS, ""},
    {"the link loses what it is told to", "MUST-36",
     "steps:\n  - link: {drop: 1, from: tester}\n  - send: {flags: PA, data: 10}\n"
     "  - never: {flags: A, for: 1s}\n  - app: {received: 0}\n"
     "  - send: {flags: PA, seq: 1, data: 10}\n  - expect: {flags: A, ack: 11, within: 1s}\n",
     VERDICT_PASS, ""},
    {"the link delays both ways", "MUST-36",
     "given: {state: established, delay: 50ms}\n"
     "steps:\n  - send: {flags: PA, data: 3000}\n  - never: {flags: A, for: 49ms}\n"
     "  - expect: {flags: A, ack: 3001, within: 2ms}\n",
     VERDICT_PASS, ""},
    {"the link doubles a packet", "MUST-36",
     "steps:\n  - link: {duplicate: 1, from: tester}\n  - send: {flags: PA, data: 10}\n"
     "  - expect: {flags: A, ack: 11}\n  - app: {received: 10}\n",
     VERDICT_PASS, ""},
    {"what was sent beyond a hole counts when the hole is filled", "MUST-36",
     "steps:\n  - send: {flags: A, seq: 101, data: 100}\n  - send: {flags: A, seq: 1, data: 100}\n"
     "  - send: {flags: PA, data: 5}\n  - expect: {flags: A, ack: 206, within: 1s}\n",
     VERDICT_PASS, ""},
    {"however many runs were sent beyond a hole", "MUST-36",
     "steps:\n  - send: {flags: A, seq: 1001, data: 10}\n    bind: {at: 1001}\n"
     "  - repeat:\n      times: 20\n      steps:\n"
     "        - send: {flags: A, seq: at, data: 10}\n          bind: {at: at - 20}\n"
     "  - send: {flags: A, seq: 1, data: 600}\n    bind: {at: 591}\n"
     "  - repeat:\n      times: 20\n      steps:\n"
     "        - send: {flags: A, seq: at, data: 10}\n          bind: {at: at + 20}\n"
     "  - send: {flags: PA, data: 5}\n  - expect: {flags: A, ack: 1016, within: 1s}\n",
     VERDICT_PASS, ""},
    {"a segment with a bad checksum does not move the tester", "MUST-36",
     "steps:\n  - send: {flags: PA, data: 10, checksum: bad}\n"
     "  - send: {flags: PA, data: 10}\n  - expect: {flags: A, ack: 11, within: 1s}\n",
     VERDICT_PASS, ""},
    {"an acknowledgment put off is forgotten with auto-ack", "MUST-36",
     "steps:\n  - auto-ack: {win: 9000, every: 2}\n  - app: {send: 100}\n"
     "  - reach: {data-upto: 101, within: 1s}\n  - auto-ack: off\n  - wait: 3s\n"
     "  - send: {flags: A}\n  - alive: {what: connection}\n",
     VERDICT_PASS, ""},
    {"answers are counted, and gaps compared", "MUST-36",
     "given: {state: established, win: 1000, mss: 1000}\n"
     "steps:\n  - app: {send: 3000}\n  - reach: {data-upto: 1001}\n  - send: {flags: A, win: 0}\n"
     "  - answer: {probes: {flags: A, win: 0}, for: 1m, gaps: doubling}\n",
     VERDICT_PASS, ""},
    {"too few to answer is a failure", "MUST-36",
     "steps:\n  - answer: {probes: {flags: A}, for: 1m}\n", VERDICT_FAIL, "answer"},
    {"a capability that lacks is a skip", "MUST-36",
     "needs: [clock.real]\nsteps:\n  - expect: {flags: S, within: 1s}\n", VERDICT_SKIP,
     "the stack lacks clock.real"},
    {"a profile that is not declared is a skip", "MUST-36",
     "when: {profile: '!rfc5961'}\nsteps:\n  - expect: {flags: S, within: 1s}\n", VERDICT_SKIP,
     "the stack declares rfc5961"},
    {"a set-up that fails is inconclusive", "MUST-36",
     "given: {state: established, in-flight: 70000}\nsteps:\n  - alive: {what: connection}\n",
     VERDICT_INCONC, "the set-up failed"},
    {"a warm-up over a slow link lets as much fly at once", "MUST-36",
     "given: {state: established, in-flight: 30000, delay: 50ms}\n"
     "steps:\n  - app: {send: 30000}\n  - expect: {data-from: tester.ack + 29999}\n",
     VERDICT_PASS, ""},
    {"a second CONNECT begins anew", "MUST-36",
     "given: {state: closed}\n"
     "steps:\n  - app: {connect: async}\n  - reach: {flags: S, within: 1s}\n  - send: {flags: SA}\n"
     "  - app: {send: 10}\n  - expect: {data-upto: 11, within: 1s}\n  - app: {abort: true}\n"
     "  - app: {connect: async}\n  - reach: {flags: S, within: 1s}\n  - send: {flags: SA}\n"
     "  - app: {connected: true}\n  - app: {send: 20}\n  - expect: {data-upto: 21, within: 1s}\n"
     "  - app: {sent: 20}\n",
     VERDICT_PASS, ""},
    {"but not while the first is open", "MUST-36",
     "steps:\n  - app: {connect: async}\n  - app: {connected: true, within: 1s}\n", VERDICT_INCONC,
     "the stack refused the call"},
    {"an ICMP error needs a segment to quote", "MUST-36",
     "steps:\n  - icmp: {type: 3, code: 1, quote: 5000}\n  - app: {no-error: true}\n",
     VERDICT_INCONC, "no segment at 5000 to quote"},
    {"a checkpoint is of this case", "MUST-36",
     "steps:\n  - app: {restore: true}\n  - app: {no-error: true}\n", VERDICT_INCONC,
     "the stack refused the call"},
    {"fill stays inside the window", "MUST-36",
     "given: {state: established, reader: stop, rcvbuf: 5000}\n"
     "steps:\n  - fill: {segments: 1000, until: full}\n  - send: {flags: A}\n"
     "  - app: {read: 5000}\n  - expect: {flags: A, ack: 5001, win: 5000, within: 1s}\n",
     VERDICT_PASS, ""},
    {"a listener is alive", "MUST-36",
     "given: {state: listen}\nsteps:\n  - send: {flags: A}\n  - expect: {flags: R}\n"
     "  - alive: {what: listener}\n",
     VERDICT_PASS, ""},
    {"numbers without measure do no harm", "MUST-36",
     "given: {state: established, wscale: 14}\n"
     "steps:\n  - app: {send: 9000000000000000000}\n  - app: {send: 9000000000000000000}\n"
     "  - send: {flags: A, seq: 9223372036854775807, data: 10, raw-win: 9223372036854775807}\n"
     "  - app: {abort: true}\n  - wait: 2500000h\n  - wait: 2500000h\n  - app: {eof: true}\n",
     VERDICT_FAIL, "end of the stream"},
    {"a case that takes for ever is cut off", "MUST-36",
     "steps:\n  - repeat: {times: 10000, steps: [{wait: 2500000h}]}\n  - app: {received: 0}\n",
     VERDICT_INCONC, "the case takes over"},
    {"and one that has too many steps", "MUST-36",
     "steps:\n  - repeat: {times: 10000, steps: [{repeat: {times: 10000, steps: [{wait: 1us}]}}]}\n"
     "  - app: {received: 0}\n",
     VERDICT_INCONC, "the case takes over"},
    {"a second connection is another one", "MUST-36",
     "steps:\n  - send: {flags: S}\n    conn: b\n  - expect: {flags: SA, ack: 1}\n    conn: b\n"
     "  - send: {flags: A}\n    conn: b\n  - send: {flags: PA, data: 7}\n    conn: b\n"
     "  - expect: {flags: A, ack: 8, within: 1s}\n    conn: b\n"
     "  - app: {received: 7}\n    conn: b\n  - app: {received: 0}\n",
     VERDICT_PASS, ""},
};

static void try_one(const struct trial *t)
{
    char text[4096], why[200];
    struct stacks_choice choice;
    snprintf(text, sizeof text, "rule: t.t\ntitle: a trial\nclause: [%s]\n%s", t->clause, t->rest);
    struct rulebook *book = rulebook_new(catalogue);
    assert_int_equal(rulebook_parse(book, t->name, text, strlen(text), stderr), 0);
    assert_int_equal(stacks_choose("tcpref", &choice, why, sizeof why), 0);
    struct player *p = player_new();
    struct player_options options = {.stack = choice.stack, .catalogue = catalogue, .seed = 1};
    assert_int_equal(player_attach(p, &options, why, sizeof why), TCPASSAY_OK);
    const struct player_result *r = player_play(p, rulebook_case(book, 0));
    if (r->verdict != t->verdict || !strstr(r->message, t->message))
        print_message("%s: %s %s\n", t->name, verdict_name(r->verdict), r->message);
    assert_int_equal(r->verdict, t->verdict);
    assert_non_null(strstr(r->message, t->message));
    player_free(p);
    stacks_release(&choice);
    rulebook_free(book);
}

static void verdicts_are_as_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++)
        try_one(&trials[i]);
}

static struct {
    const struct tcpassay_stack *real;
    bool rfc5961, rfc5961_5;
} asked;

static bool asking_can(void *stack, const char *name)
{
    asked.rfc5961 |= strcmp(name, "rfc5961") == 0;
    asked.rfc5961_5 |= strcmp(name, "rfc5961.5") == 0;
    return asked.real->can(stack, name);
}

/* Else a RST anywhere in the window would pass for a lawful end. */
static void oracle_hears_of_rfc5961(void **state)
{
    (void)state;
    char why[200];
    struct stacks_choice choice;
    assert_int_equal(stacks_choose("tcpref", &choice, why, sizeof why), 0);
    struct tcpassay_stack table = *choice.stack;
    struct player *p = player_new();
    struct player_options options = {.stack = &table, .seed = 1};
    asked.real = choice.stack;
    table.can = asking_can;
    assert_int_equal(player_attach(p, &options, why, sizeof why), TCPASSAY_OK);
    assert_true(asked.rfc5961 && asked.rfc5961_5);
    player_free(p);
    stacks_release(&choice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(verdicts_are_as_said),
                                       cmocka_unit_test(oracle_hears_of_rfc5961)};
    catalogue = catalogue_read(SPECS "/requirements", stderr);
    int failed = catalogue ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
    catalogue_free(catalogue);
    return failed;
}
