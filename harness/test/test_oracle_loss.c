/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows on windows of congestion, losses, and what CLOSE loses: a trace that breaks each, and a near
 * miss. */
#include "oracle_script.h"

/* The ACK of the SYN alone may have been taken or not: the first of text is sure. */
#define SURE "< . 1 ack 1\n+ 1 ms\n"
#define FIVE                                                                                       \
    "> . 1:1461 ack 1\n> . 1461:2921 ack 1\n> . 2921:4381 ack 1\n> . 4381:5841 ack 1\n"            \
    "> . 5841:7301 ack 1\n"
#define TEN                                                                                        \
    FIVE "> . 7301:8761 ack 1\n> . 8761:10221 ack 1\n> . 10221:11681 ack 1\n"                      \
         "> . 11681:13141 ack 1\n> . 13141:14601 ack 1\n"
#define DUPLICATE "< . 1 ack 1\n"
#define THREE     DUPLICATE DUPLICATE DUPLICATE

static void first_flight(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"flight", "eleven segments", OPEN "send 30000\n" TEN "> . 14601:16061 ack 1\n",
         "R5681-3.1-2", NULL},
        {"flight", "ten segments", OPEN "send 30000\n" TEN, NULL, NULL},
        {"flight", "eleven, after an ACK",
         OPEN "send 30000\n" TEN "+ 10 ms\n< . 1 ack 1461\n> . 14601:16061 ack 1\n", NULL, NULL},
        {"flight", "eleven, after a duplicate (RFC 3042)",
         OPEN "send 30000\n" TEN "+ 10 ms\n" DUPLICATE "> . 14601:16061 ack 1\n", NULL, NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

/* Five in flight, one lost, three duplicates and some more; then all are acknowledged. */
#define RECOVERED                                                                                  \
    OPEN SURE "send 60000\n" FIVE "+ 10 ms\n" THREE "> . 1:1461 ack 1\n" THREE                     \
              "> . 7301:8761 ack 1\n+ 10 ms\n< . 1 ack 7301\n"
#define FOUR_MORE                                                                                  \
    "> . 8761:10221 ack 1\n> . 10221:11681 ack 1\n> . 11681:13141 ack 1\n> . 13141:14601 ack 1\n"

static void after_recovery(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"flight", "the window stays inflated",
         RECOVERED FOUR_MORE "> . 14601:16061 ack 1\n> . 16061:17521 ack 1\n", "R5681-3.2-13",
         NULL},
        {"flight", "what ssthresh allows", RECOVERED FOUR_MORE, NULL, NULL},
        {"flight", "the next ACK may allow more",
         RECOVERED FOUR_MORE "< . 1 ack 8761\n> . 14601:16061 ack 1\n> . 16061:17521 ack 1\n", NULL,
         NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

#define SACKED(hi) "< . 1 ack 1 sack 1461 " hi "\n"

static void fast_retransmit(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"fast-retransmit", "three duplicates, nothing",
         OPEN SURE "send 7300\n" FIVE "+ 1 ms\n" THREE, "R5681-3.2-3", NULL},
        {"fast-retransmit", "three duplicates, and then all is acknowledged at once",
         OPEN SURE "send 7300\n" FIVE "+ 1 ms\n" THREE "< . 1 ack 7301\n", "R5681-3.2-3", NULL},
        {"fast-retransmit", "three duplicates",
         OPEN SURE "send 7300\n" FIVE "+ 1 ms\n" THREE "> . 1:1461 ack 1\n", NULL, NULL},
        {"fast-retransmit", "two duplicates",
         OPEN SURE "send 7300\n" FIVE "+ 1 ms\n" DUPLICATE DUPLICATE, NULL, NULL},
        {"fast-retransmit", "two duplicates and a window update",
         OPEN SURE "send 7300\n" FIVE "+ 1 ms\n" DUPLICATE DUPLICATE "< . 1 ack 1 win 50000\n",
         NULL, NULL},
        {"fast-retransmit", "text between them",
         OPEN SURE "send 7300\n" FIVE "+ 1 ms\n" DUPLICATE DUPLICATE
                   "< . 1:11 ack 1\nrecv 10\n> . 7301 ack 11\n+ 1 ms\n< . 11 ack 1\n",
         "R5681-3.2-3", NULL},
        {"fast-retransmit", "again, for what was in flight (RFC 6582, 4.1)",
         OPEN SURE
         "send 7300\n" FIVE "+ 1 ms\n" THREE "> . 1:1461 ack 1\n< . 1 ack 2921\n"
         "> . 2921:4381 ack 1\n+ 1 ms\n< . 1 ack 4381\n+ 1 ms\n< . 1 ack 4381\n< . 1 ack 4381\n"
         "< . 1 ack 4381\n",
         NULL, NULL},
        {"fast-retransmit", "SACK tells of three segments, nothing",
         OPEN_SACK SURE "send 7300\n" FIVE "+ 1 ms\n" SACKED("2921") SACKED("4381") SACKED("5841"),
         "R5681-3.2-3", NULL},
        {"fast-retransmit", "with a lie before them",
         OPEN_SACK SURE "send 7300\n" FIVE "+ 1 ms\n< . 1 ack 1 sack -5000 1461\n" SACKED("2921")
             SACKED("4381") SACKED("5841"),
         "R5681-3.2-3", NULL},
        {"fast-retransmit", "with SACK it takes news",
         OPEN_SACK SURE "send 7300\n" FIVE "+ 1 ms\n" SACKED("2921") THREE, NULL, NULL},
        {"fast-retransmit", "reordering makes patient (RFC 8985, 6.2)",
         OPEN_SACK SURE "send 7300\n" FIVE "+ 1 ms\n< . 1 ack 1 sack 4381 5841\n" SACKED("2921")
             SACKED("4381") "< . 1 ack 1 sack 1461 7301\n",
         NULL, NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

#define UNREAD OPEN "reader 0\n< . 1:101 ack 1\n> . 1 ack 101\n+ 10 ms\nclose\n"
#define GONE                                                                                       \
    OPEN "< . 1:101 ack 1\nrecv 100\n> . 1 ack 101\n+ 10 ms\nclose\n> F. 1 ack 101\n+ 10 ms\n"     \
         "< . 101:201 ack 2\n"

static void close_tells(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"close-tells", "CLOSE with text unread, a FIN", UNREAD "> F. 1 ack 101\n", "SHLD-3", NULL},
        {"close-tells", "CLOSE with text unread, a RST", UNREAD "> R. 1 ack 101\n", NULL, NULL},
        {"close-tells", "CLOSE with text unread, of what was given up before",
         OPEN "reader 0\n< . 1:2 ack 1\nsend 9\n> P. 1:10 ack 2\n+ 1 s\n> P. 1:10 ack 2\n+ 2 s\n"
              "> P. 1:10 ack 2\n+ 4 s\n> P. 1:10 ack 2\n+ 8 s\n> P. 1:10 ack 2\n+ 16 s\n"
              "> P. 1:10 ack 2\n+ 32 s\n> P. 1:10 ack 2\n+ 64 s\nclose\n+ 1 ms\n",
         NULL, NULL},
        {"close-tells", "CLOSE with all read",
         OPEN "< . 1:101 ack 1\nrecv 100\n> . 1 ack 101\n+ 10 ms\nclose\n> F. 1 ack 101\n", NULL,
         NULL},
        {"close-tells", "text after CLOSE is taken", GONE "> . 2 ack 201\n", "SHLD-3", NULL},
        {"close-tells", "text after CLOSE draws a RST", GONE "> R 2\n", NULL, NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

#define CROSSED "connect\n> S 0\n< S 0\n> S. 0 ack 1\n+ 1 ms\n< S. 0 ack 1\n"

static void crossing_syns(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"no-resend", "the SYN,ACK of a simultaneous open counts for nothing",
         CROSSED "> . 1 ack 1\n+ 1 s\n> S. 0 ack 1\n", "MUST-10", NULL},
        {"no-resend", "it opens the connection", CROSSED "connected\nsend 5\n> P. 1:6 ack 1\n",
         NULL, NULL},
        {"no-resend", "a bare SYN crossed, and was lost again",
         "connect\n> S 0\n< S 0\n> S. 0 ack 1\n+ 1 s\n> S. 0 ack 1\n", NULL, NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

#define SHUT   OPEN "< . 1 ack 1 win 0\nsend 500\n+ 5 s\n> . 0 ack 1\n"
#define ANSWER "< . 1 ack 1 win 0\n"

static void probes(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"back-off", "probes at one pace", SHUT "+ 1 s\n> . 0 ack 1\n+ 1 s\n> . 0 ack 1\n",
         "SHLD-30", NULL},
        {"back-off", "answered, at one pace",
         SHUT ANSWER "+ 1 s\n> . 0 ack 1\n" ANSWER "+ 1 s\n> . 0 ack 1\n", "SHLD-30", NULL},
        {"back-off", "probes that slow down", SHUT "+ 1 s\n> . 0 ack 1\n+ 2 s\n> . 0 ack 1\n", NULL,
         NULL},
        {"back-off", "something happened between",
         SHUT "+ 1 s\n> . 0 ack 1\n+ 500 ms\n" ANSWER "+ 500 ms\n> . 0 ack 1\n", NULL, NULL},
        {"back-off", "keep-alives have one pace",
         OPEN "option 4 1\n+ 5 s\n> . 0 ack 1\n+ 1 s\n> . 0 ack 1\n+ 1 s\n> . 0 ack 1\n", NULL,
         NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

static void old_text(struct oracle_config *config)
{
    size_t n;
    const struct oracle_key *keys = oracle_keys(&n);
    for (size_t i = 0; i < n; i++) {
        config->keys |= (uint64_t)(strcmp(keys[i].name, "old-text-ack") == 0) << i;
    }
}

/* Text whose ACK is still delayed comes again with another ACK and window. */
#define OLD_TEXT                                                                                   \
    "listen 1\n< S 0 win 1000 mss 1460\n> S. 0 ack 1 mss 1460\n< . 1 ack 1 win 1000\naccept\n"     \
    "send 2000\n> . 1:1001 ack 1\n< . 1:11 ack 1\nrecv 10\n+ 1 ms\n< . 1:11 ack 1001 win 8000\n"

static void window_from_last_ack(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"no-effect", "old text gives an edge", OLD_TEXT "> . 1001:2001 ack 11\n",
         "SEG-ESTABLISHED-37", NULL},
        {"no-effect", "it is answered", OLD_TEXT "> . 1001 ack 11\n", NULL, NULL},
        {"no-effect", "a stack that declares it", OLD_TEXT "> . 1001:2001 ack 11\n", NULL,
         old_text},
        {"owed-ack", "it is not answered", OLD_TEXT "+ 1 ms\n", "SEG-ESTABLISHED-1", NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_flight),         cmocka_unit_test(after_recovery),
        cmocka_unit_test(close_tells),          cmocka_unit_test(fast_retransmit),
        cmocka_unit_test(crossing_syns),        cmocka_unit_test(probes),
        cmocka_unit_test(window_from_last_ack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
