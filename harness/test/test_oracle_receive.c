/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows on the stack as receiver: a trace that breaks each, and a near miss. */
#include "oracle_script.h"

static void keyed(struct oracle_config *config)
{
    size_t n;
    const struct oracle_key *keys = oracle_keys(&n);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(keys[i].name, "window-retraction") == 0) {
            config->keys |= 1ull << i;
        }
    }
}

static void ack_of_unseen(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"ack-of-unseen", "beyond all", OPEN "< . 1:1461 ack 1\n> . 1 ack 2921\n", "TXT-3.4-2",
         NULL},
        {"ack-of-unseen", "across a hole", OPEN "< . 101:201 ack 1\n> . 1 ack 201\n", "TXT-3.4-2",
         NULL},
        {"ack-of-unseen", "hole filled",
         OPEN "< . 101:201 ack 1\n> . 1 ack 1\n+ 1 ms\n< . 1:101 ack 1\n> . 1 ack 201\n", NULL,
         NULL},
        {"ack-of-unseen", "goes back",
         OPEN "< . 1:101 ack 1\n> . 1 ack 101\n+ 1 ms\n> . 1 ack 51\n", "TXT-3.4-2", NULL},
        {"ack-of-unseen", "a SYN that never came", "listen 1\n< S 0\n> S. 0 ack 9\n", "TXT-3.4-2",
         NULL},
        {"ack-of-unseen", "straddling text counts",
         "listen 1\n< S 0\n> S. 0 ack 1 win 100\n< . 1 ack 1\naccept\n< . 1:201 ack 1\n"
         "> . 1 ack 201\nrecv 200\n",
         NULL, NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

static void no_effect(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"no-effect", "bad checksum acknowledged", OPEN "< . 1:101 ack 1 bad\n> . 1 ack 101\n",
         "MUST-3", NULL},
        {"no-effect", "bad checksum, then a good one",
         OPEN "< . 1:101 ack 1 bad\n+ 1 ms\n< . 1:101 ack 1\n> . 1 ack 101\n", NULL, NULL},
        {"no-effect", "text without ACK", OPEN "< P 1:101\n> . 1 ack 101\n", "SEG-ESTABLISHED-17",
         NULL},
        {"no-effect", "text with an ACK of unsent octets",
         OPEN "< P. 1:101 ack 50\n> . 1 ack 101\n", "SEG-ESTABLISHED-19", NULL},
        {"no-effect", "bad checksum read", OPEN "< . 1:101 ack 1 bad\nrecv 100\n", "MUST-3", NULL},
        {"no-effect", "a window from outside the window",
         OPEN "< . 1 ack 1 win 100\n+ 1 ms\nsend 9000\n> . 1:101 ack 1\n+ 1 ms\n"
              "< . 200000 ack 1 win 65000\n> . 101 ack 1\n> . 101:1561 ack 1\n"
              "> . 1561:3021 ack 1\n",
         "SEG-ESTABLISHED-37", NULL},
        {"no-effect", "the timestamp of a bad checksum",
         OPEN_TS "< . 1:2 ack 1 ts 500 5 bad\n+ 1 ms\n< . 1:2 ack 1 ts 120 5\n"
                 "> . 1 ack 2 ts 9 500\n",
         "MUST-3", NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

static void edge_back(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"edge-back", "one octet", OPEN "< . 1:101 ack 1\n> . 1 ack 101 win 65434\n", "SHLD-14",
         NULL},
        {"edge-back", "edge kept", OPEN "< . 1:101 ack 1\n> . 1 ack 101 win 65435\n", NULL, NULL},
        {"edge-back", "within the shift",
         "listen 1\n< S 0 ws 3\n> S. 0 ack 1 win 8000 ws 3\n< . 1 ack 1\naccept\n"
         "< . 1:2 ack 1\n> . 1 ack 2 win 1000\n+ 1 ms\n< . 2:4 ack 1\n> . 1 ack 4 win 999\n",
         NULL, NULL},
        {"edge-back", "beyond the shift",
         "listen 1\n< S 0 ws 3\n> S. 0 ack 1 win 8000 ws 3\n< . 1 ack 1\naccept\n"
         "< . 1:2 ack 1\n> . 1 ack 2 win 1000\n+ 1 ms\n< . 2:4 ack 1\n> . 1 ack 4 win 998\n",
         "SHLD-14", NULL},
        {"edge-back", "after the peer's FIN", OPEN "< F. 1 ack 1\neof\n> . 1 ack 2 win 100\n", NULL,
         NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

#define TAKEN_BACK                                                                                 \
    OPEN "< . 1:1001 ack 1\n> . 1 ack 1001 win 3000\nrecv 1000\n+ 1 ms\n< . 1001:1002 ack 1\n"     \
         "> . 1 ack 1002 win 500\nrecv 1\n+ 1 ms\n"

static void every_window(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"every-window-honoured", "text at RCV.NXT refused twice",
         OPEN "< . 1:1001 ack 1\n> . 1 ack 1\n+ 1 s\n< . 1:1001 ack 1\n> . 1 ack 1\n+ 1 s\n",
         "R7323-2.4-2", NULL},
        {"every-window-honoured", "refused once",
         OPEN "< . 1:1001 ack 1\n> . 1 ack 1\n+ 1 s\n< . 1:1001 ack 1\n> . 1 ack 1001\nrecv 1000\n"
              "+ 1 s\n",
         NULL, NULL},
        {"every-window-honoured", "refused twice with nobody reading",
         OPEN "reader 0\n< . 1:1001 ack 1\n> . 1 ack 1\n+ 1 s\n< . 1:1001 ack 1\n> . 1 ack 1\n"
              "+ 1 s\n",
         NULL, NULL},
        {"every-window-honoured", "an ACK between the edges ignored",
         TAKEN_BACK "send 100\n> P. 1:101 ack 1002\n+ 10 ms\n< . 2500 ack 101\n+ 1 s\n"
                    "> P. 1:101 ack 1002\n",
         "R7323-2.4-2", NULL},
        {"every-window-honoured", "one beyond every edge",
         OPEN "send 100\n> P. 1:101 ack 1\n+ 10 ms\n< . 65537 ack 101\n> . 101 ack 1\n+ 980 ms\n"
              "> P. 1:101 ack 1\n",
         NULL, NULL},
    };
    static const struct script_case declared[] = {
        {"every-window-honoured", "an ACK between the edges, declared",
         TAKEN_BACK "send 100\n> P. 1:101 ack 1002\n+ 10 ms\n< . 2500 ack 101\n+ 1 s\n"
                    "> P. 1:101 ack 1002\n",
         NULL, keyed},
    };
    (void)declared;
    script_cases(cases, 3);
    script_cases(cases + 4, 1);
    struct script s; /* the retraction itself is a breach of another row */
    script_new(&s);
    script_play(&s, cases[3].text);
    script_judge(&s, &cases[3]);
    keyed(&s.config);
    script_play(&s, cases[3].text);
    size_t n;
    const struct oracle_breach *b = oracle_breaches(s.oracle, &n);
    for (size_t i = 0; i < n; i++) {
        assert_string_not_equal(b[i].invariant->name, "every-window-honoured");
    }
    script_free(&s);
}

static void delivery(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"delivery", "another octet", OPEN "< . 1:101 ack 1\nwrong-octet 100\n",
         "SEG-ESTABLISHED-28", NULL},
        {"delivery", "the tester's own junk", OPEN "< . 1:101 ack 1 junk\nwrong-octet 100\n", NULL,
         NULL},
        {"delivery", "octets that never came", OPEN "< . 1:101 ack 1\nrecv 101\n",
         "SEG-ESTABLISHED-28", NULL},
        {"delivery", "EOF without FIN", OPEN "< . 1:101 ack 1\nrecv 100\neof\n",
         "SEG-ESTABLISHED-33", NULL},
        {"delivery", "EOF before the last octet", OPEN "< F. 1:101 ack 1\nrecv 99\neof\n",
         "SEG-ESTABLISHED-33", NULL},
        {"delivery", "EOF at the FIN", OPEN "< F. 1:101 ack 1\nrecv 100\neof\n> . 1 ack 102\n",
         NULL, NULL},
        {"delivery", "acknowledged, never read",
         OPEN "< . 1:101 ack 1\n> . 1 ack 101\n+ 1 s\n+ 1 s\n", "SEG-ESTABLISHED-28", NULL},
        {"delivery", "acknowledged, nobody reads",
         OPEN "reader 0\n< . 1:101 ack 1\n> . 1 ack 101\n+ 1 s\n+ 1 s\n", NULL, NULL},
        {"delivery", "FIN acknowledged, never told",
         OPEN "< F. 1:101 ack 1\nrecv 100\n> . 1 ack 102\n+ 1 s\n+ 1 s\n", "SEG-ESTABLISHED-34",
         NULL},
        {"delivery", "FIN of a SYN that was challenged, where the first SYN had text",
         "listen 1\n< S 0:2\n> S. 0 ack 1\n< SF 1\n> . 1 ack 1\n+ 1 ms\n< . 1 ack 1\naccept\n"
         "> . 1 ack 3\nrecv 2\n+ 1 s\n+ 1 s\n",
         NULL, NULL},
        {"delivery", "FIN where the text of the SYN stands",
         "listen 1\n< S 0:1\n> S. 0 ack 1\n< F. 1 ack 1\n> . 1 ack 2\naccept\nrecv 1\n+ 1 s\n+ 1 "
         "s\n",
         NULL, NULL},
        {"delivery", "text of the SYN that was not refused",
         "connect\n> S 0\n< S. 1 ack 0\n> R 0\n+ 1 ms\n< S. 0:1 ack 1\n> . 1 ack "
         "2\nconnected\nrecv 1\n",
         NULL, NULL},
        {"delivery", "FIN without ACK in SYN-RECEIVED",
         "listen 1\n< S 0:2\n> S. 0 ack 1\n< F 0:2\n+ 1 ms\n< . 1 ack 1\naccept\n> . 1 ack 3\nrecv "
         "2\n"
         "+ 1 s\n+ 1 s\n",
         NULL, NULL},
        {"delivery", "many FINs, the last to come in front",
         OPEN "< F. 51 ack 1\n> . 1 ack 1\n+ 1 ms\n< F. 52 ack 1\n> . 1 ack 1\n+ 1 ms\n"
              "< F. 53 ack 1\n> . 1 ack 1\n+ 1 ms\n< F. 54 ack 1\n> . 1 ack 1\n+ 1 ms\n"
              "< F. 1 ack 1\n> . 1 ack 2\neof\n+ 1 s\n+ 1 s\n",
         NULL, NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

static void timestamps(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"timestamps", "left out", OPEN_TS "send 9\n> P. 1:10 ack 1\n", "R7323-3.2-9", NULL},
        {"timestamps", "clock back", OPEN_TS "send 9\n> P. 1:10 ack 1 ts 4 101\n", "R7323-4.1-1",
         NULL},
        {"timestamps", "an echo of nothing", OPEN_TS "send 9\n> P. 1:10 ack 1 ts 6 99\n",
         "R7323-3.2-5", NULL},
        {"timestamps", "of the newest instead of the earliest waiting",
         OPEN_TS "< . 1:11 ack 1 ts 110 5\nrecv 10\n+ 1 ms\n< . 11:21 ack 1 ts 120 5\nrecv 10\n"
                 "> . 1 ack 21 ts 9 120\n",
         "R7323-3.2-5", NULL},
        {"timestamps", "of the earliest waiting",
         OPEN_TS "< . 1:11 ack 1 ts 110 5\nrecv 10\n+ 1 ms\n< . 11:21 ack 1 ts 120 5\nrecv 10\n"
                 "> . 1 ack 21 ts 9 110\n",
         NULL, NULL},
        {"timestamps", "an old segment may move it or not (C02)",
         OPEN_TS "< . 1:11 ack 1 ts 110 5\nrecv 10\n> . 1 ack 11 ts 9 110\n+ 1 ms\n"
                 "< . 1:11 ack 1 ts 130 5\n> . 1 ack 11 ts 10 130\n+ 1 s\n"
                 "< . 1:11 ack 1 ts 140 5\n> . 1 ack 11 ts 11 130\n",
         NULL, NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ack_of_unseen), cmocka_unit_test(no_effect), cmocka_unit_test(edge_back),
        cmocka_unit_test(every_window),  cmocka_unit_test(delivery),  cmocka_unit_test(timestamps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
