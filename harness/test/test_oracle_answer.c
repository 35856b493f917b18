/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows on answers, ends and liveness: a trace that breaks each, and a near miss. */
#include "oracle_script.h"

#define TAKEN OPEN "< . 1:101 ack 1\nrecv 100\n> . 1 ack 101\n+ 2 s\n"

static void owed_ack(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"owed-ack", "no answer to a duplicate", TAKEN "< . 1:101 ack 1\n+ 1 ms\n",
         "SEG-ESTABLISHED-1", NULL},
        {"owed-ack", "a duplicate answered", TAKEN "< . 1:101 ack 1\n> . 1 ack 101\n+ 1 ms\n", NULL,
         NULL},
        {"owed-ack", "a duplicate with a bad checksum", TAKEN "< . 1:101 ack 1 bad\n+ 1 ms\n", NULL,
         NULL},
        {"owed-ack", "text beyond the window", TAKEN "< . 400000:400010 ack 1\n+ 1 ms\n",
         "SEG-ESTABLISHED-1", NULL},
        {"owed-ack", "text at a closed window",
         "listen 1\n< S 0\n> S. 0 ack 1 win 100\n< . 1 ack 1\naccept\nreader 0\n< . 1:101 ack 1\n"
         "> . 1 ack 101 win 0\n+ 1 s\n< . 101:102 ack 1\n+ 1 ms\n",
         "TXT-3.8.6.1-1", NULL},
        {"owed-ack", "text above a hole", TAKEN "< . 201:301 ack 1\n+ 1 ms\n", "R5681-4.2-6", NULL},
        {"owed-ack", "text that fills a hole",
         TAKEN "< . 201:301 ack 1\n> . 1 ack 101\n+ 1 ms\n< . 101:201 ack 1\nrecv 200\n+ 1 ms\n",
         "R5681-4.2-8", NULL},
        {"owed-ack", "text in order may wait",
         TAKEN "< . 101:201 ack 1\nrecv 100\n+ 200 ms\n"
               "> . 1 ack 201\n",
         NULL, NULL},
        {"owed-ack", "an empty one outside, after a quiet second",
         TAKEN "< . 400000 ack 1\n+ 1 ms\n", "SEG-ESTABLISHED-1", NULL},
        {"owed-ack", "a second within that second",
         TAKEN "< . 400000 ack 1\n> . 1 ack 101\n+ 1 ms\n< . 400000 ack 1\n+ 1 ms\n", NULL, NULL},
        {"owed-ack", "the same, the first below what was read",
         OPEN
         "< . 1:2 ack 1\nrecv 1\n+ 1 ms\n< . 1 ack 1\n> . 1 ack 2\n+ 1 ms\n< . 0 ack 1\n+ 1 ms\n",
         NULL, NULL},
        {"owed-ack", "an old timestamp",
         OPEN_TS "< . 1:11 ack 1 ts 200 5\nrecv 10\n> . 1 ack 11 ts 9 200\n+ 2 s\n"
                 "< . 11:21 ack 1 ts 150 5\n+ 1 ms\n",
         "R7323-5.3-3", NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

static void ack_unacceptable(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"ack-unacceptable", "LISTEN, silent", "listen 1\n< . 5 ack 77\n+ 1 ms\n", "SEG-LISTEN-2",
         NULL},
        {"ack-unacceptable", "LISTEN, a RST", "listen 1\n< . 5 ack 77\n> R 77\n+ 1 ms\n", NULL,
         NULL},
        {"ack-unacceptable", "SYN-SENT, silent", "connect\n> S 0\n< . 1 ack 77\n+ 1 ms\n",
         "SEG-SYN-SENT-2", NULL},
        {"ack-unacceptable", "SYN-SENT, a RST, and it goes on",
         "connect\n> S 0\n< . 1 ack 0\n> R 0\n+ 1 s\n> S 0\n< S. 0 ack 1\n> . 1 ack 1\n", NULL,
         NULL},
        {"ack-unacceptable", "SYN-RECEIVED, silent", SYNS "+ 1 ms\n< . 1 ack 77\n+ 1 ms\n",
         "SEG-SYN-RECEIVED-17", NULL},
        {"ack-unacceptable", "SYN-RECEIVED, a RST", SYNS "+ 1 ms\n< . 1 ack 77\n> R 77\n+ 1 ms\n",
         NULL, NULL},
        {"ack-unacceptable", "ESTABLISHED, silent", OPEN "< . 1 ack 77\n+ 1 ms\n",
         "SEG-ESTABLISHED-19", NULL},
        {"ack-unacceptable", "ESTABLISHED, an ACK", OPEN "< . 1 ack 77\n> . 1 ack 1\n+ 1 ms\n",
         NULL, NULL},
        {"ack-unacceptable", "with a RST bit", OPEN "< R. 9 ack 77\n+ 1 ms\n", NULL, NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

static void ack_timely(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"ack-timely", "after 501 ms", OPEN "< . 1:11 ack 1\nrecv 10\n+ 501 ms\n> . 1 ack 11\n",
         "MUST-40", NULL},
        {"ack-timely", "after 500 ms warns (C19)",
         OPEN "< . 1:11 ack 1\nrecv 10\n+ 500 ms\n> . 1 ack 11\n", "MUST-40", NULL},
        {"ack-timely", "after 499 ms", OPEN "< . 1:11 ack 1\nrecv 10\n+ 499 ms\n> . 1 ack 11\n",
         NULL, NULL},
        {"ack-timely", "two full segments wait",
         OPEN "< . 1:1461 ack 1\nrecv 1460\n+ 1 ms\n< . 1461:2921 ack 1\nrecv 1460\n+ 1 ms\n",
         "SHLD-19", NULL},
        {"ack-timely", "two segments, but the MTU is another than when they were agreed",
         OPEN
         "mtu 4000\n< . 1:1461 ack 1\nrecv 1460\n+ 1 ms\n< . 1461:2921 ack 1\nrecv 1460\n+ 1 ms\n",
         NULL, NULL},
        {"ack-timely", "nobody reads",
         OPEN "reader 0\n< . 1:1461 ack 1\n+ 1 ms\n< . 1461:2921 ack 1\n+ 1 ms\n> . 1 ack 2921\n",
         NULL, NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

#define RECOVERING                                                                                 \
    OPEN_SACK "send 5840\n> . 1:1461 ack 1\n> . 1461:2921 ack 1\n+ 1 s\n> . 1:1461 ack 1\n"        \
              "+ 1 ms\n< . 1 ack 1461\n"

static void answers_bounded(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"answers-bounded", "two ACKs for one segment",
         OPEN "< . 101:201 ack 1\n> . 1 ack 1\n> . 1 ack 1\n+ 1 ms\n", "R5681-4.2-9", NULL},
        {"answers-bounded", "a second one by a read",
         OPEN "< . 1:11 ack 1\n> . 1 ack 11\nrecv 10\n> . 1 ack 11\n+ 1 ms\n", NULL, NULL},
        {"answers-bounded", "an ACK of an ACK", OPEN "< . 1 ack 1\n> . 1 ack 1\n+ 1 ms\n",
         "SEG-ESTABLISHED-22", NULL},
        {"answers-bounded", "a keep-alive is answered", OPEN "< . 0 ack 1\n> . 1 ack 1\n+ 1 ms\n",
         NULL, NULL},
        {"answers-bounded", "an octet twice",
         OPEN "send 100\n+ 1 ms\n< . 1 ack 1\n> . 1:51 ack 1\n> . 50:101 ack 1\n+ 1 ms\n",
         "R6298-5-1", NULL},
        {"answers-bounded", "the last one twice in a recovery (RFC 6675, 4), and more behind it",
         RECOVERING "> . 2921:4381 ack 1\n> . 2921:4381 ack 1\nsend 10\n> . 4381:4391 ack 1\n"
                    "+ 1 ms\n",
         NULL, NULL},
        {"answers-bounded", "one before the last",
         RECOVERING "> . 2921:4381 ack 1\n> . 4381:5841 ack 1\n> . 2921:4381 ack 1\n+ 1 ms\n",
         "R6298-5-1", NULL},
        {"answers-bounded", "an octet for each of two ICMP errors",
         OPEN "send 100\n+ 1 ms\n< . 1 ack 1\n> . 1:101 ack 1\nicmp 3 4\n> . 1:51 ack 1\nicmp 3 4\n"
              "> . 1:26 ack 1\n+ 1 ms\n",
         NULL, NULL},
        {"answers-bounded", "a RST for an ACK, and one as the listener is closed",
         "listen 1\n< S 0\n> S. 0 ack 1\n+ 1 s\n< . 1 ack 77\n> R 77\nlistener-close\n> R. 1 ack "
         "1\n+ 1 ms\n",
         NULL, NULL},
        {"answers-bounded", "two RSTs", "listen 1\n< . 5 ack 77\n> R 77\n> R 77\n+ 1 ms\n",
         "TXT-3.5.2-1", NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

static void keepalive(struct oracle_config *config)
{
    config->rfc5961 = false;
}

#define PROBED_TWICE_TILL OPEN "+ 1 s\n> . 0 ack 1\n+ 1 s\n> . 0 ack 1\n+ 1 s\n"
#define PROBED_TWICE      PROBED_TWICE_TILL "told-timeout\n"

static void reset_ends(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"reset-ends", "it goes on", OPEN "< R 1\ntold-reset\n< . 1:11 ack 1\n> . 1 ack 11\n",
         "SEG-ESTABLISHED-12", NULL},
        {"reset-ends", "nobody is told", OPEN "< R 1\n+ 1 ms\n", "SEG-ESTABLISHED-13", NULL},
        {"reset-ends", "it ends", OPEN "< R 1\ntold-reset\n< . 1:11 ack 1\n> R 1\n", NULL, NULL},
        {"reset-ends", "elsewhere in the window", OPEN "< R 2\n> . 1 ack 1\n+ 1 ms\n", NULL, NULL},
        {"reset-ends", "with a bad checksum",
         OPEN "< R 1 bad\n+ 1 ms\n< . 1:11 ack 1\n> . 1 ack 11\n", NULL, NULL},
        {"reset-ends", "behind what is not acknowledged",
         OPEN "< . 1:11 ack 1\n< R 1\n+ 1 ms\n> . 1 ack 11\n", NULL, NULL},
        {"reset-ends", "another connection follows",
         OPEN "< R 1\ntold-reset\n+ 1 ms\n< S 5000\n> S. 70000 ack 5001\n< . 5001 ack 70001\n"
              "accept\n< . 5001:5011 ack 70001\n> . 70001 ack 5011\n",
         NULL, NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

static void lawful_end(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"lawful-end", "a RST out of nowhere", OPEN "> R. 1 ack 1\n", "TXT-3.5.2-1", NULL},
        {"lawful-end", "told of a reset that never came", OPEN "told-reset\n", "MUST-12", NULL},
        {"lawful-end", "an illegal option (MUST-7)",
         OPEN "< . 1 ack 1 opt 64000101\n> R. 1 ack 1\n", NULL, NULL},
        {"lawful-end", "an illegal option in a segment outside the window",
         OPEN "< . 900000 ack 1 opt 64000101\n> R. 1 ack 1\n", "TXT-3.5.2-1", NULL},
        {"lawful-end", "an exact RST", OPEN "< R 1\ntold-reset\n", NULL, NULL},
        {"lawful-end", "a RST elsewhere in the window", OPEN "< R 2\ntold-reset\n", "MUST-12",
         NULL},
        {"lawful-end", "the same, RFC 5961 not declared", OPEN "< R 2\ntold-reset\n", NULL,
         keepalive},
        {"lawful-end", "a RST outside it", OPEN "< R 999999\ntold-reset\n", "MUST-12", keepalive},
        {"lawful-end", "R2 after 30 s",
         SYNS "< . 1 ack 1\naccept\nsend 9\n> P. 1:10 ack 1\n+ 1 s\n> P. 1:10 ack 1\n+ 2 s\n"
              "> P. 1:10 ack 1\n+ 4 s\n> P. 1:10 ack 1\n+ 8 s\n> P. 1:10 ack 1\n+ 15 s\n"
              "told-timeout\n",
         "MUST-20", NULL},
        {"lawful-end", "R2 after 127 s",
         SYNS "< . 1 ack 1\naccept\nsend 9\n> P. 1:10 ack 1\n+ 1 s\n> P. 1:10 ack 1\n+ 2 s\n"
              "> P. 1:10 ack 1\n+ 4 s\n> P. 1:10 ack 1\n+ 8 s\n> P. 1:10 ack 1\n+ 16 s\n"
              "> P. 1:10 ack 1\n+ 32 s\n> P. 1:10 ack 1\n+ 64 s\ntold-timeout\n",
         NULL, NULL},
        {"lawful-end", "keep-alives of the listener",
         "listener-option 4 1\nlistener-option 5 1000000\n" PROBED_TWICE, NULL, NULL},
        {"lawful-end", "a user timeout that was over when it was taken away",
         OPEN "option 8 1000000000\nsend 9\n> P. 1:10 ack 1\n+ 1 s\noption 8 0\ntold-timeout\n",
         NULL, NULL},
        {"lawful-end", "one that was not",
         OPEN "option 8 1000000000\nsend 9\n> P. 1:10 ack 1\n+ 900 ms\noption 8 0\ntold-timeout\n",
         "MUST-20", NULL},
        {"lawful-end", "a user timeout since CLOSE, the ACK of the FIN having been in doubt",
         OPEN
         "option 8 4000000000\nshutdown\n+ 3 s\n> F. 1 ack 1\n< . 0 ack 2\n+ 1 s\ntold-timeout\n",
         NULL, NULL},
        {"lawful-end", "the listener is closed, not what it brought",
         OPEN "listener-close\n> R. 1 ack 1\n", "TXT-3.5.2-1", NULL},
        {"lawful-end", "no keep-alives", PROBED_TWICE, "MUST-20", NULL},
        {"lawful-end", "keep-alives of the listener, too late for this one",
         PROBED_TWICE_TILL "listener-option 4 1\ntold-timeout\n", "MUST-20", NULL},
        {"lawful-end", "CLOSE with octets unread",
         OPEN "reader 0\n< . 1:11 ack 1\n> . 1 ack 11\nclose\n> R. 1 ack 11\n", NULL, NULL},
        {"lawful-end", "text after CLOSE", OPEN "close\n> F. 1 ack 1\n< . 1:11 ack 2\n> R 2\n",
         NULL, NULL},
        {"lawful-end", "RST after CLOSE for nothing",
         OPEN "send 9\nclose\n> F. 1:10 ack 1\n+ 10 ms\n> R. 11 ack 1\n", "TXT-3.5.2-1", NULL},
        {"lawful-end", "another SYN in its place", OPEN "> S 99 ack 1\n", "TXT-3.5.2-1", NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

#define MUDDLED                                                                                    \
    "listen 1\n< S 0 ws 9\n< S 0 ws 2\n> S. 0 ack 1 ws 1\n< . 1 ack 1 win 1\naccept\nsend 100\n"   \
    "> . 1:5 ack 1\n< . 1 ack 5\n"

static void has_mtu_floor(struct oracle_config *config)
{
    size_t n;
    const struct oracle_key *keys = oracle_keys(&n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(keys[i].name, "mtu-floor") == 0)
            config->keys |= 1ull << i;
}

static void liveness(void **state)
{
    (void)state;
    static const struct script_case cases[] = {
        {"liveness", "phase A: text never came",
         OPEN "< . 1 ack 1 win 0\nsend 100\n+ 1 s\n> . 1:2 ack 1\n< . 1 ack 1 win 9000\n+ 1 s\n"
              "phase 1\n",
         "CALL-SEND-ESTABLISHED-1", NULL},
        {"liveness", "phase A: it came",
         OPEN "< . 1 ack 1 win 0\nsend 100\n+ 1 s\n> . 1:2 ack 1\n< . 1 ack 1 win 9000\n"
              "> P. 1:101 ack 1\n+ 1 ms\nphase 1\n",
         NULL, NULL},
        {"liveness", "phase A: text does not fit the device",
         OPEN "mtu 68\nsend 100\n+ 1 ms\nphase 1\n", "CALL-SEND-ESTABLISHED-1", NULL},
        {"liveness", "phase A: text does not fit the device, as is known",
         OPEN "mtu 68\nsend 100\n+ 1 ms\nphase 1\n", NULL, has_mtu_floor},
        {"liveness", "phase A: it was lost on a device that is large enough",
         OPEN "mtu 88\nsend 100\n> P. 1:49 ack 1 lost\n+ 1 ms\nphase 1\n",
         "CALL-SEND-ESTABLISHED-1", has_mtu_floor},
        {"liveness", "phase A: it was lost",
         OPEN "send 100\n> P. 1:101 ack 1 lost\n+ 1 ms\nphase 1\n", "CALL-SEND-ESTABLISHED-1",
         NULL},
        {"liveness", "phase A: by which shift the tester tells its window is not known",
         MUDDLED "+ 1 ms\nphase 1\n", NULL, NULL},
        {"liveness", "phase A: but it must go on", MUDDLED "> . 1:2 ack 1\n+ 300 s\nphase 1\n",
         "CALL-SEND-ESTABLISHED-1", NULL},
        {"liveness", "phase A: no FIN", OPEN "shutdown\n+ 1 ms\nphase 1\n",
         "CALL-CLOSE-ESTABLISHED-1", NULL},
        {"liveness", "phase A does not ask for the tester's text",
         OPEN "< . 101:201 ack 1\n> . 1 ack 1\n+ 1 ms\nphase 1\n", NULL, NULL},
        {"liveness", "phase B: the tester's text", OPEN "< . 1:201 ack 1\n+ 1 ms\nphase 2\n",
         "SEG-ESTABLISHED-29", NULL},
        {"liveness", "phase B: the hole was never filled",
         OPEN "< . 101:201 ack 1\n> . 1 ack 1\n+ 1 ms\nphase 2\n", NULL, NULL},
        {"liveness", "phase B: with nobody reading",
         OPEN "reader 0\n< . 101:201 ack 1\n> . 1 ack 1\n+ 1 ms\nphase 2\n", NULL, NULL},
        {"liveness", "phase B: text with an ACK that SYN-RECEIVED answers with a RST",
         "listen 1\n< S 0\n> S. 0 ack 1\n< . 1:4 ack 0\n> R 0\n+ 1 ms\n< . 1:2 ack 1\naccept\nrecv "
         "1\n"
         "> . 1 ack 2\n+ 1 ms\nphase 2\n",
         NULL, NULL},
        {"liveness", "phase B: text of a SYN in SYN-RECEIVED",
         "listen 1\n< S 0\n> S. 0 ack 1\n< . 1:11 ack 1\n> . 1 ack 11\n< S. 11:12 ack 1\n> . 1 ack "
         "11\n"
         "accept\nrecv 10\n+ 1 ms\nphase 2\n",
         NULL, NULL},
        {"liveness", "phase B: the tester's FIN", OPEN "< F. 1 ack 1\n+ 1 ms\nphase 2\n",
         "SEG-ESTABLISHED-33", NULL},
        {"liveness", "phase B: reset by then", OPEN "< F. 1 ack 1\n< R 1\n+ 1 ms\nphase 2\n", NULL,
         NULL},
    };
    script_cases(cases, sizeof cases / sizeof cases[0]);
}

static void owed(void **state)
{
    (void)state;
    struct script s;
    struct oracle_owed o;
    script_new(&s);
    script_play(&s, OPEN "send 100\n> P. 1:51 ack 1\n< F. 1:101 ack 51\n> . 51 ack 1\n");
    oracle_owed(s.oracle, 0, s.now, &o);
    assert_true(o.alive && o.stack_text && !o.stack_fin && o.tester_text && o.tester_fin);
    assert_int_equal(o.resume_at, 1);
    assert_true(oracle_bound(s.oracle, 0, s.now, s.now + 1) >= 600000000000ull);
    assert_int_equal(oracle_rto(s.oracle, 0), 1000000000);
    script_play(&s, OPEN "< R 1\n");
    oracle_owed(s.oracle, 0, s.now, &o);
    assert_false(o.alive);
    script_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(owed_ack),   cmocka_unit_test(ack_unacceptable),
        cmocka_unit_test(ack_timely), cmocka_unit_test(answers_bounded),
        cmocka_unit_test(reset_ends), cmocka_unit_test(lawful_end),
        cmocka_unit_test(liveness),   cmocka_unit_test(owed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
