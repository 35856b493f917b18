/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows of the second order: SACK, TIME-WAIT, first timeouts, the window that opens again. */
#include "oracle_script.h"

static void sack_truth(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"sack-truth", "octets that never came",
         OPEN_SACK "< . 101:201 ack 1\n> . 1 ack 1 sack 101 301\n", "R2018-3-3", NULL},
        {"sack-truth", "what came", OPEN_SACK "< . 101:201 ack 1\n> . 1 ack 1 sack 101 201\n", NULL,
         NULL},
        {"sack-truth", "nothing in it", OPEN_SACK "< . 101:201 ack 1\n> . 1 ack 1 sack 201 101\n",
         "R2018-3-3", NULL},
        {"sack-truth", "a duplicate is told first (RFC 2883)",
         OPEN_SACK "< . 1:101 ack 1\nrecv 100\n> . 1 ack 101\n+ 1 ms\n< . 1:101 ack 1\n"
                   "> . 1 ack 101 sack 1 101\n",
         NULL, NULL},
        {"sack-truth", "two blocks, the second below the ACK",
         OPEN_SACK "< . 1:101 ack 1\nrecv 100\n> . 1 ack 101\n+ 1 ms\n< . 201:301 ack 1\n"
                   "> . 1 ack 101 sack 201 301 sack 1 101\n",
         "R2018-3-3", NULL},
        {"sack-truth", "another block first",
         OPEN_SACK "< . 101:201 ack 1\n> . 1 ack 1 sack 101 201\n+ 1 ms\n< . 301:401 ack 1\n"
                   "> . 1 ack 1 sack 101 201\n",
         "R2018-4-7", NULL},
        {"sack-truth", "the newest first",
         OPEN_SACK "< . 101:201 ack 1\n> . 1 ack 1 sack 101 201\n+ 1 ms\n< . 301:401 ack 1\n"
                   "> . 1 ack 1 sack 301 401 sack 101 201\n",
         NULL, NULL},
        {"sack-truth", "a duplicate, and then the newest",
         OPEN_SACK "< . 101:201 ack 1\n> . 1 ack 1 sack 101 201\n+ 1 ms\n< . 151:301 ack 1\n"
                   "> . 1 ack 1 sack 151 201 sack 101 301\n",
         NULL, NULL},
        {"sack-truth", "nothing at all", OPEN_SACK "< . 101:201 ack 1\n> . 1 ack 1\n", "R2018-4-6",
         NULL},
        {"sack-truth", "another, where it has taken its window back",
         OPEN_SACK "< . 101:201 ack 1\n> . 1 ack 1 sack 101 201\n+ 1 ms\n< F. 999 ack 1\n"
                   "> . 1 ack 1 win 1000 sack 101 201\n+ 1 ms\n< . 301:401 ack 1\n"
                   "> . 1 ack 1 sack 101 201\n",
         NULL, NULL},
        {"sack-truth", "nothing, where memory may have run out",
         OPEN_SACK "reader 0\n< . 1:101 ack 1\n> . 1 ack 101\n+ 1 ms\n< . 201:301 ack 1\n"
                   "> . 1 ack 101\n",
         NULL, NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

#define TIME_WAIT                                                                                  \
    OPEN "close\n> F. 1 ack 1\n+ 10 ms\n< . 1 ack 2\n+ 1 ms\n< F. 1 ack 2\n> . 2 ack 2\n+ 1 s\n"

#define CLOSING_LAST                                                                               \
    OPEN "shutdown\n> F. 1 ack 1\n< F. 1 ack 1\n> . 2 ack 2\neof\n+ 1 s\n< . 2 ack 2\n+ 1 s\n"     \
         "< . 2:3 ack 2\n> . 2 ack 2\n"

static void time_wait(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"time-wait", "a FIN again, no answer", TIME_WAIT "< F. 1 ack 2\n+ 1 ms\n",
         "SEG-TIME-WAIT-13", NULL},
        {"time-wait", "a FIN again, an ACK", TIME_WAIT "< F. 1 ack 2\n> . 2 ack 2\n+ 1 ms\n", NULL,
         NULL},
        {"time-wait", "a FIN again after 2 MSL", TIME_WAIT "+ 60 s\n< F. 1 ack 2\n> R 2\n+ 1 ms\n",
         NULL, NULL},
        {"time-wait", "ended by a RST that is not exact",
         TIME_WAIT "< R 12\n+ 1 ms\n< F. 1 ack 2\n> R 2\n+ 1 ms\n", "SEG-TIME-WAIT-13", NULL},
        {"time-wait", "ended by an exact RST",
         TIME_WAIT "< R 2\n+ 1 ms\n< F. 1 ack 2\n> R 2\n+ 1 ms\n", NULL, NULL},
        {"time-wait", "an old SYN opens", TIME_WAIT "< S -50\n> S. 9000 ack -49\n+ 1 ms\n",
         "MUST-13", NULL},
        {"time-wait", "a new SYN opens", TIME_WAIT "< S 900\n> S. 9000 ack 901\n+ 1 ms\n", NULL,
         NULL},
        {"time-wait", "2 MSL after the ACK of the FIN, whatever is said later",
         CLOSING_LAST "+ 59 s\n< S -50\n> S. 9000 ack -49\n+ 1 ms\n", NULL, NULL},
        {"time-wait", "not yet", CLOSING_LAST "+ 58 s\n< S -50\n> S. 9000 ack -49\n+ 1 ms\n",
         "MUST-13", NULL},
        {"time-wait", "a new SYN, an old ISS", TIME_WAIT "< S 900\n> S. 0 ack 901\n+ 1 ms\n",
         "MUST-13", NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

static void first_timeouts(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"first-timeouts", "a SYN again after 500 ms", "connect\n> S 0\n+ 500 ms\n> S 0\n",
         "R6298-2.1-1", NULL},
        {"first-timeouts", "a SYN again after a second", "connect\n> S 0\n+ 1 s\n> S 0\n", NULL,
         NULL},
        {"first-timeouts", "a SYN,ACK again, whose ACK was not taken",
         "listen 1\n< S 0\n> S. 0 ack 1\n+ 400 ms\n< . 0 ack 1\n> . 1 ack 1\n+ 600 ms\n> S. 0 ack "
         "1\n",
         NULL, NULL},
        {"first-timeouts", "the whole flight after a timeout",
         OPEN "send 4380\n> . 1:1461 ack 1\n> . 1461:2921 ack 1\n+ 1 s\n> . 1:1461 ack 1\n"
              "> . 1461:2921 ack 1\n",
         "R5681-3.1-24", NULL},
        {"first-timeouts", "one segment after a timeout",
         OPEN "send 4380\n> . 1:1461 ack 1\n> . 1461:2921 ack 1\n+ 1 s\n> . 1:1461 ack 1\n+ 5 ms\n"
              "< . 1 ack 1461\n> . 1461:2921 ack 1\n> P. 2921:4381 ack 1\n",
         NULL, NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

/* What a stack declares to keep counts as MUST. */
static void kept_should(void **state)
{
    (void)state;
    size_t n, count;
    struct script s;
    const struct oracle_key *keys = oracle_keys(&n);
    script_new(&s);
    for (size_t i = 0; i < n; i++) {
        bool keeps = strcmp(keys[i].name, "keeps-first-timeouts") == 0;
        s.config.keys = UINT64_C(1) << i;
        script_play(&s, "connect\n> S 0\n+ 500 ms\n> S 0\n");
        const struct oracle_breach *b = oracle_breaches(s.oracle, &count);
        assert_int_equal(count, 1);
        assert_int_equal(b->level, keeps ? ORACLE_MUST : ORACLE_SHOULD);
    }
    script_free(&s);
}

#define SMALL_BUFFER                                                                               \
    "listen 1\n< S 0 mss 1460\n> S. 0 ack 1 win 4000 mss 1000\n< . 1 ack 1\naccept\nreader 0\n"    \
    "< . 1:4001 ack 1\n> . 1 ack 4001 win 0\n+ 1 s\n"

static void reopen(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"reopen", "all was read, the window stays shut",
         SMALL_BUFFER "reader 1\nrecv 4000\n+ 1 ms\n", "SEG-ESTABLISHED-30", NULL},
        {"reopen", "all was read, it opens",
         SMALL_BUFFER "reader 1\nrecv 4000\n> . 1 ack 4001 win 4000\n+ 1 ms\n", NULL, NULL},
        {"reopen", "it creeps", SMALL_BUFFER "recv 100\n> . 1 ack 4001 win 100\n+ 1 ms\n",
         "MUST-39", NULL},
        {"reopen", "segments are smaller by now",
         SMALL_BUFFER "option 12 50\nrecv 100\n> . 1 ack 4001 win 100\n+ 1 ms\n", NULL, NULL},
        {"reopen", "it waits for a segment",
         SMALL_BUFFER "recv 100\n+ 1 ms\nrecv 900\n"
                      "> . 1 ack 4001 win 1000\n+ 1 ms\n",
         NULL, NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sack_truth),     cmocka_unit_test(time_wait),
        cmocka_unit_test(first_timeouts), cmocka_unit_test(kept_should),
        cmocka_unit_test(reopen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
