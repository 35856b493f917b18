/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows on the shape of what the stack sends: a trace that breaks each, and a near miss. */
#include "oracle_script.h"

static void form(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"form", "bad checksum", OPEN "send 10\n> P. 1:11 ack 1 bad\n", "MUST-2", NULL},
        {"form", "MSS without SYN", OPEN "send 10\n> P. 1:11 ack 1 mss 1000\n", "MUST-65", NULL},
        {"form", "shift without SYN", OPEN "send 10\n> P. 1:11 ack 1 ws 1\n", "R7323-1.3-1", NULL},
        {"form", "shift 15", "listen 1\n< S 0 ws 1\n> S. 0 ack 1 ws 15\n", "R7323-2.3-8", NULL},
        {"form", "shift 14", "listen 1\n< S 0 ws 1\n> S. 0 ack 1 ws 14\n", NULL, NULL},
        {"form", "SACK-permitted late", OPEN "send 9\n> P. 1:10 ack 1 sackok\n", "R2018-2-2", NULL},
        {"form", "SACK not agreed", OPEN "< . 101:201 ack 1\n> . 1 ack 1 sack 101 201\n",
         "R2018-4-3", NULL},
        {"form", "SACK agreed", OPEN_SACK "< . 101:201 ack 1\n> . 1 ack 1 sack 101 201\n", NULL,
         NULL},
        {"form", "timestamps not agreed", OPEN "send 9\n> P. 1:10 ack 1 ts 7 0\n", "R7323-3.2-14",
         NULL},
        {"form", "timestamps agreed", OPEN_TS "send 9\n> P. 1:10 ack 1 ts 7 101\n", NULL, NULL},
        {"form", "padding that is not zero", OPEN "send 9\n> P. 1:10 ack 1 opt 00010101\n",
         "MUST-69", NULL},
        {"form", "an unknown kind is fine", OPEN "send 9\n> P. 1:10 ack 1 opt fd040000\n", NULL,
         NULL},
        {"form", "option of length 1", OPEN "send 9\n> P. 1:10 ack 1 opt fd010000\n", "MUST-68",
         NULL},
        {"form", "AE without AccECN", OPEN "send 9\n> P.A 1:10 ack 1\n", "TXT-3.1-1", NULL},
        {"form", "AE with AccECN",
         "listen 1\n< SEWA 0 mss 1460\n> S. 0 ack 1\n< . 1 ack 1\naccept\nsend 9\n> P.A 1:10 ack "
         "1\n",
         NULL, NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

static void same_bytes(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"same-bytes", "another octet", OPEN "send 100\n> P. 1:101 ack 1 junk\n", "TXT-3.4.3-2",
         NULL},
        {"same-bytes", "more than was written", OPEN "send 100\n> P. 1:102 ack 1\n", "TXT-3.4.3-2",
         NULL},
        {"same-bytes", "cut otherwise when repeated",
         OPEN "send 100\n> P. 1:51 ack 1\n> P. 51:101 ack 1\n+ 1 s\n> P. 1:101 ack 1\n", NULL,
         NULL},
        {"same-bytes", "a keep-alive's octet of garbage",
         OPEN "send 100\n> P. 1:101 ack 1\n< . 1 ack 101\n+ 10 s\n> . 100:101 ack 1 junk\n", NULL,
         NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

static void controls_fixed(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"controls-fixed", "FIN without CLOSE", OPEN "> F. 1 ack 1\n", "TXT-3.6-2", NULL},
        {"controls-fixed", "FIN after SHUTDOWN", OPEN "shutdown\n> F. 1 ack 1\n", NULL, NULL},
        {"controls-fixed", "FIN before the last octet", OPEN "send 10\nclose\n> F. 1:10 ack 1\n",
         "TXT-3.6-1", NULL},
        {"controls-fixed", "FIN behind it", OPEN "send 10\nclose\n> FP. 1:11 ack 1\n", NULL, NULL},
        {"controls-fixed", "FIN at two places",
         OPEN "shutdown\n> F. 1 ack 1\n+ 1 s\n> F. 2 ack 1\n", "TXT-3.4-3", NULL},
        {"controls-fixed", "FIN twice at one", OPEN "shutdown\n> F. 1 ack 1\n+ 1 s\n> F. 1 ack 1\n",
         NULL, NULL},
        {"controls-fixed", "text behind the FIN",
         OPEN "shutdown\n> F. 1 ack 1\n+ 10 ms\nsend 5\n> P. 1:6 ack 1\n",
         "CALL-CLOSE-ESTABLISHED-2", NULL},
        {"controls-fixed", "an ACK after its own RST", OPEN "abort\n> R 1\n+ 10 ms\n> . 1 ack 1\n",
         "SEG-CLOSED-3", NULL},
        {"controls-fixed", "another RST after it",
         OPEN "abort\n> R 1\n+ 10 ms\n< . 1:2 ack 1\n> R 1\n", NULL, NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

static void empty_form(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"empty-form", "above SND.MAX", OPEN "send 9\n> P. 1:10 ack 1\n+ 1 ms\n> . 12 ack 1\n",
         "SEG-ESTABLISHED-1", NULL},
        {"empty-form", "below SND.UNA - 1",
         OPEN "send 9\n> P. 1:10 ack 1\n< . 1 ack 10\n+ 1 ms\n> . 5 ack 1\n", "SEG-ESTABLISHED-1",
         NULL},
        {"empty-form", "at SND.UNA, nothing repeated",
         OPEN "send 9\n> P. 1:10 ack 1\n+ 1 ms\n> . 1 ack 1\n", "SEG-ESTABLISHED-1", NULL},
        {"empty-form", "a keep-alive",
         OPEN "send 9\n> P. 1:10 ack 1\n< . 1 ack 10\n+ 1 ms\n> . 9 ack 1\n", NULL, NULL},
        {"empty-form", "at SND.UNA, after a timeout",
         OPEN "send 9\n> P. 1:10 ack 1\n+ 1 s\n> P. 1:10 ack 1\n+ 1 ms\n> . 1 ack 1\n", NULL, NULL},
        {"empty-form", "at SND.UNA + SND.WND after a shrink",
         OPEN "send 90\n> P. 1:91 ack 1\n< . 1 ack 1 win 50\n+ 1 ms\n> . 51 ack 1\n", NULL, NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

static void mss(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"mss", "one octet over", OPEN "send 5000\n> . 1:1462 ack 1\n", "MUST-16", NULL},
        {"mss", "just full", OPEN "send 5000\n> . 1:1461 ack 1\n", NULL, NULL},
        {"mss", "options counted", OPEN_TS "send 5000\n> . 1:1451 ack 1 ts 6 101\n", "MUST-16",
         NULL},
        {"mss", "no option: 536",
         "listen 1\n< S 0\n> S. 0 ack 1\n< . 1 ack 1\naccept\nsend 900\n> . 1:538 ack 1\n",
         "MUST-15", NULL},
        {"mss", "no option: just 536",
         "listen 1\n< S 0\n> S. 0 ack 1\n< . 1 ack 1\naccept\nsend 900\n> . 1:537 ack 1\n", NULL,
         NULL},
        {"mss", "an MSS below 64 need not be kept",
         "listen 1\n< S 0 mss 8\n> S. 0 ack 1\n< . 1 ack 1\naccept\nsend 900\n> . 1:65 ack 1\n",
         NULL, NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

static void reset_form(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"reset-form", "other SEQ than SEG.ACK", "< . 5 ack 77\n> R 78\n", "SEG-CLOSED-3", NULL},
        {"reset-form", "SEQ of SEG.ACK", "< . 5 ack 77\n> R 77\n", NULL, NULL},
        {"reset-form", "no ACK in what it answers", "< P 5:9 ack 0\n> R. 5 ack 10\n",
         "SEG-CLOSED-2", NULL},
        {"reset-form", "answers a RST", "< R. 5 ack 77\n> R 77\n", "SEG-CLOSED-1", NULL},
        {"reset-form", "answers a bad checksum", "< . 5 ack 77 bad\n> R 77\n", "MUST-3", NULL},
        {"reset-form", "ABORT outside", OPEN "abort\n> R 900 ack 1\n", "CALL-ABORT-ESTABLISHED-1",
         NULL},
        {"reset-form", "ABORT at SND.NXT", OPEN "abort\n> R 1 ack 1\n", NULL, NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

static void frozen(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"frozen", "an ACK", OPEN "checkpoint\n< . 1:11 ack 1\n> . 1 ack 11\n", "TXT-3.4-2", NULL},
        {"frozen", "silence, and on",
         OPEN "checkpoint\n< . 1:11 ack 1\n+ 5 s\nrestore\n< . 1:11 ack 1\nrecv 10\n+ 9 ms\n"
              "> . 1 ack 11\n",
         NULL, NULL},
        {"frozen", "let go of", OPEN "checkpoint\nabort\n< . 1:11 ack 1\n> R 1\n", NULL, NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(form),
        cmocka_unit_test(same_bytes),
        cmocka_unit_test(controls_fixed),
        cmocka_unit_test(empty_form),
        cmocka_unit_test(mss),
        cmocka_unit_test(reset_form),
        cmocka_unit_test(frozen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
