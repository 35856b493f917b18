/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows on the stack as sender, and on its timers: a trace that breaks each, and a near miss. */
#include "oracle_script.h"

static void deadlines(struct oracle_config *config)
{
    config->has_deadline = true;
}

static void linear(struct oracle_config *config)
{
    config->linear_syn = true;
}

static void beyond_edge(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"beyond-edge", "one octet over",
         OPEN "< . 1 ack 1 win 1000\nsend 5000\n> . 1:1001 ack 1\n> . 1001:1002 ack 1\n",
         "R7323-2.4-4", NULL},
        {"beyond-edge", "to the edge", OPEN "< . 1 ack 1 win 1000\nsend 5000\n> . 1:1001 ack 1\n",
         NULL, NULL},
        {"beyond-edge", "beyond every edge",
         "listen 1\n< S 0 win 100 mss 1460\n> S. 0 ack 1\n< . 1 ack 1 win 100\naccept\nsend 500\n"
         "> . 1:102 ack 1\n",
         "TXT-3.8.6-1", NULL},
        {"beyond-edge", "an older segment's window may stay unused",
         OPEN "< . 1:11 ack 1 win 2000\nrecv 10\n> . 1 ack 11\n+ 1 ms\n< . 1 ack 1 win 100\n"
              "> . 1 ack 11\nsend 2000\n> . 1:1461 ack 11\n",
         NULL, NULL},
        {"beyond-edge", "a second probe in one instant",
         OPEN "< . 1 ack 1 win 0\nsend 500\n+ 5 s\n> . 1:2 ack 1\n> . 2:3 ack 1\n", "TXT-3.8.6-1",
         NULL},
        {"beyond-edge", "one probe at a time",
         OPEN "< . 1 ack 1 win 0\nsend 500\n+ 5 s\n> . 1:2 ack 1\n+ 1 s\n> . 1:2 ack 1\n", NULL,
         NULL},
        {"beyond-edge", "a FIN is no text",
         OPEN "< . 1 ack 1 win 10\nsend 10\n> P. 1:11 ack 1\nclose\n> F. 11 ack 1\n", NULL, NULL},
        {"beyond-edge", "the shift counts",
         "listen 1\n< S 0 win 100 ws 2 mss 1460\n> S. 0 ack 1 ws 0\n< . 1 ack 1 win 100\naccept\n"
         "send 900\n> . 1:401 ack 1\n",
         NULL, NULL},
        {"beyond-edge", "the shift is not counted twice",
         "listen 1\n< S 0 win 100 ws 2 mss 1460\n> S. 0 ack 1 ws 0\n< . 1 ack 1 win 100\naccept\n"
         "send 900\n> . 1:402 ack 1\n",
         "TXT-3.8.6-1", NULL},
        {"beyond-edge", "SND.WND as an offset (C42)",
         OPEN "< . 201:202 ack 1 win 2000\n> . 1 ack 1\nsend 5000\n+ 1 ms\n> . 1:1001 ack 1\n"
              "+ 1 ms\n< . 1:101 ack 1001 win 1000\nrecv 100\n> . 1001:2461 ack 101\n"
              "> . 2461:3001 ack 101\n",
         NULL, NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

static void no_resend(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"no-resend", "acknowledged and sent again",
         OPEN "send 200\n> . 1:101 ack 1\n> . 101:201 ack 1\n< . 1 ack 101\n+ 900 ms\n"
              "> . 1:101 ack 1\n",
         "SEG-ESTABLISHED-20", NULL},
        {"no-resend", "one that straddles the ACK",
         OPEN "send 200\n> . 1:101 ack 1\n> . 101:201 ack 1\n< . 1 ack 101\n+ 900 ms\n"
              "> . 1:201 ack 1\n",
         NULL, NULL},
        {"no-resend", "acknowledged by a segment outside the window",
         OPEN "send 200\n> . 1:101 ack 1\n> . 101:201 ack 1\n< . 99999 ack 101\n> . 201 ack 1\n"
              "+ 900 ms\n> . 1:101 ack 1\n",
         NULL, NULL},
        {"no-resend", "after a failed sending",
         OPEN "send 100\n> . 1:101 ack 1\ntx-error 1\n< . 1 ack 101\n> . 1:101 ack 1\n", NULL,
         NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

#define SENT_ONE OPEN "send 100\n> P. 1:101 ack 1\n"

#define TAKEN_ONE OPEN "< . 1:11 ack 1\nrecv 10\n> . 1 ack 11\nsend 100\n> P. 1:101 ack 11\n"

#define BACKED_OFF                                                                                 \
    OPEN "< . 1 ack 1\nsend 300\n> P. 1:101 ack 1\n+ 1 s\n> P. 1:101 ack 1\n< . 1 ack 101\n"
#define HALF_CAME "+ 5 ms\n< . 1 ack 201\n+ 2 s\n"

static void overdue(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"overdue", "no repeat after a second", SENT_ONE "+ 1500 ms\n> P. 1:101 ack 1\n",
         "TIMEOUT-RETX-ESTABLISHED", NULL},
        {"overdue", "a repeat after a second", SENT_ONE "+ 1 s\n> P. 1:101 ack 1\n", NULL, NULL},
        {"overdue", "new octets do not push it",
         SENT_ONE "+ 800 ms\nsend 100\n> P. 101:201 ack 1\n+ 800 ms\n> P. 1:101 ack 1\n",
         "TIMEOUT-RETX-ESTABLISHED", NULL},
        {"overdue", "a tail loss probe does, once",
         SENT_ONE "send 200\n> P. 101:201 ack 1\n+ 200 ms\n> P. 201:301 ack 1\n+ 1 s\n"
                  "> P. 1:101 ack 1\n",
         NULL, NULL},
        {"overdue", "a second probe does not",
         SENT_ONE "send 300\n> P. 101:201 ack 1\n+ 200 ms\n> P. 201:301 ack 1\n+ 900 ms\n"
                  "> P. 301:401 ack 1\n+ 900 ms\n> P. 1:101 ack 1\n",
         "TIMEOUT-RETX-ESTABLISHED", NULL},
        {"overdue", "the first ACK may not have been taken, the second starts the timer",
         TAKEN_ONE "< . 10 ack 51\n+ 500 ms\n< . 11 ack 51\n+ 1 s\n> P. 51:101 ack 11\n", NULL,
         NULL},
        {"overdue", "and makes the sample, if it acknowledges a part of that too",
         TAKEN_ONE "< . 10 ack 100\n+ 500 ms\n< . 11 ack 51\n+ 2 s\n> P. 51:101 ack 11\n", NULL,
         NULL},
        {"overdue", "an ACK of nothing new does not",
         TAKEN_ONE "< . 10 ack 51\n+ 500 ms\n< . 11 ack 1\n+ 1 s\n> P. 51:101 ack 11\n",
         "TIMEOUT-RETX-ESTABLISHED", NULL},
        {"overdue", "backed off, for who times two segments as one",
         BACKED_OFF "> . 101:201 ack 1\n> P. 201:301 ack 1\n" HALF_CAME "> P. 201:301 ack 1\n",
         NULL, NULL},
        {"overdue", "not backed off any more",
         BACKED_OFF "> . 101:201 ack 1\n+ 5 ms\n> P. 201:301 ack 1\n" HALF_CAME
                    "> P. 201:301 ack 1\n",
         "TIMEOUT-RETX-ESTABLISHED", NULL},
        {"overdue", "the back-off counts",
         SENT_ONE "+ 1 s\n> P. 1:101 ack 1\n+ 2 s\n> P. 1:101 ack 1\n+ 4 s\n> P. 1:101 ack 1\n",
         NULL, NULL},
        {"overdue", "the handshake was slow, but what it doubted was settled by ACCEPT",
         SYNS "+ 200 ms\n< . 1 ack 1\naccept\nsend 100\n> P. 1:101 ack 1\n+ 200 ms\n< . 1 ack 101\n"
              "+ 1 s\nsend 100\n> P. 101:201 ack 1\n+ 1400 ms\n> P. 101:201 ack 1\n",
         "TIMEOUT-RETX-ESTABLISHED", NULL},
        {"overdue", "a slow path",
         SENT_ONE "+ 900 ms\n< . 1 ack 101\nsend 10\n> P. 101:111 ack 1\n+ 2700 ms\n"
                  "> P. 101:111 ack 1\n",
         NULL, NULL},
        {"overdue", "a SYN", "connect\n> S 0 mss 1460\n+ 5 s\n> S 0 mss 1460\n",
         "TIMEOUT-RETX-SYN-SENT", NULL},
        {"overdue", "a SYN in time", "connect\n> S 0 mss 1460\n+ 3 s\n> S 0 mss 1460\n", NULL,
         NULL},
        {"overdue", "frozen", SENT_ONE "checkpoint\n+ 60 s\nrestore\n+ 1 s\n> P. 1:101 ack 1\n",
         NULL, NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

static void armed(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"armed", "no timer over text in flight", SENT_ONE "deadline\n+ 1 ms\n",
         "TIMEOUT-RETX-ESTABLISHED", deadlines},
        {"armed", "a timer", SENT_ONE "deadline 1\n+ 1 ms\n", NULL, deadlines},
        {"armed", "one that is far away", SENT_ONE "deadline 121\n+ 1 ms\n",
         "TIMEOUT-RETX-ESTABLISHED", deadlines},
        {"armed", "a closed window and no timer",
         OPEN "< . 1 ack 1 win 0\nsend 10\ndeadline\n+ 1 ms\n", "MUST-36", deadlines},
        {"armed", "a closed window, nothing to send", OPEN "< . 1 ack 1 win 0\ndeadline\n+ 1 ms\n",
         NULL, deadlines},
        {"armed", "all acknowledged", SENT_ONE "< . 1 ack 101\ndeadline\n+ 1 ms\n", NULL,
         deadlines},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

static void back_off(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"back-off", "even gaps",
         SENT_ONE "+ 1 s\n> P. 1:101 ack 1\n+ 1 s\n> P. 1:101 ack 1\n+ 1 s\n> P. 1:101 ack 1\n",
         "R6298-5.5-1", NULL},
        {"back-off", "doubling",
         SENT_ONE "+ 1 s\n> P. 1:101 ack 1\n+ 1 s\n> P. 1:101 ack 1\n+ 2 s\n> P. 1:101 ack 1\n",
         NULL, NULL},
        {"back-off", "something came in between",
         SENT_ONE "+ 1 s\n> P. 1:101 ack 1\n+ 1 s\n> P. 1:101 ack 1\n+ 1 ms\n< . 1 ack 1\n"
                  "+ 1 s\n> P. 1:101 ack 1\n",
         NULL, NULL},
        {"back-off", "even probes",
         OPEN "< . 1 ack 1 win 0\nsend 9\n+ 1 s\n> . 1:2 ack 1\n+ 1 s\n> . 1:2 ack 1\n+ 1 s\n"
              "> . 1:2 ack 1\n+ 1 s\n> . 1:2 ack 1\n",
         "SHLD-30", NULL},
        {"back-off", "even SYNs, declared",
         "connect\n> S 0\n+ 1 s\n> S 0\n+ 1 s\n> S 0\n+ 1 s\n> S 0\n", NULL, linear},
        {"back-off", "even SYNs", "connect\n> S 0\n+ 1 s\n> S 0\n+ 1 s\n> S 0\n+ 1 s\n> S 0\n",
         "R6298-5.5-1", NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

static void probing(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"probing", "silence at a closed window",
         OPEN "< . 1 ack 1 win 0\nsend 10\n+ 90 s\n+ 60 s\n+ 1 ms\n< . 1 ack 1 win 0\n", "MUST-36",
         NULL},
        {"probing", "a probe of nothing each minute",
         OPEN "< . 1 ack 1 win 0\nsend 10\n+ 60 s\n> . 0 ack 1\n< . 1 ack 1\n+ 60 s\n"
              "> . 0 ack 1\n< . 1 ack 1\n+ 60 s\n> . 0 ack 1\n< . 1 ack 1\n> P. 1:11 ack 1\n",
         NULL, NULL},
        {"probing", "nothing waits", OPEN "< . 1 ack 1 win 0\n+ 200 s\n< . 1 ack 1\n", NULL, NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(beyond_edge), cmocka_unit_test(no_resend), cmocka_unit_test(overdue),
        cmocka_unit_test(armed),       cmocka_unit_test(back_off),  cmocka_unit_test(probing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
