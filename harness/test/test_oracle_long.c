/* SPDX-License-Identifier: BSD-2-Clause */
/* The oracle keeps silent over lawful conversations, long and short. */
#include "oracle_script.h"

#define LONG_TALK                                                                                                           \
    OPEN                                                                                                                    \
        "send 3000\n> . 1:1461 ack 1\n> P. 1461:2921 ack 1\n> P. 2921:3001 ack 1\n"                                         \
        "+ 20 ms\n< . 1 ack 2921\n+ 5 ms\n< . 1 ack 3001\n+ 30 ms\n"                                                        \
        "< P. 1:1461 ack 3001\nrecv 1460\n+ 100 ms\n> . 3001 ack 1461\n+ 10 ms\n"                                           \
        "< . 1461:2921 ack 3001\n< . 2921:4381 ack 3001\n> . 3001 ack 4381\nrecv 2920\n+ 50 ms\n" /* loss, and the timer */ \
        "send 1000\n> P. 3001:4001 ack 4381 lost\n+ 1 s\n> P. 3001:4001 ack 4381\n+ 20 ms\n"                                \
        "< . 4381 ack 4001\n+ 20 ms\n" /* a hole, then what fills it */                                                     \
        "< . 5841:7301 ack 4001\n> . 4001 ack 4381\n+ 1 ms\n< . 4381:5841 ack 4001\n"                                       \
        "> . 4001 ack 7301\nrecv 2920\n+ 50 ms\n" /* closed window, probes, and it opens */                                 \
        "< . 7301 ack 4001 win 0\n+ 10 ms\nsend 2000\n+ 1 s\n> . 4001:4002 ack 7301\n"                                      \
        "< . 7301 ack 4001 win 0\n+ 2 s\n> . 4001:4002 ack 7301\n< . 7301 ack 4001 win 0\n+ 4 s\n"                          \
        "> . 4001:4002 ack 7301\n< . 7301 ack 4002 win 8000\n> . 4002:5462 ack 7301\n"                                      \
        "> P. 5462:6001 ack 7301\n+ 20 ms\n< . 7301 ack 6001\n+ 20 ms\n" /* both close */                                   \
        "< F. 7301 ack 6001\n> . 6001 ack 7302\neof\nclose\n> F. 6001 ack 7302\n+ 20 ms\n"                                  \
        "< . 7302 ack 6002\n+ 20 ms\n"

static void long_talk_breaks_nothing(void **state)
{
    (void)state;
    static const struct script_case talk = {"none", "a long lawful talk", LONG_TALK, NULL, NULL};
    script_cases(&talk, 1);
}

static void active_open_breaks_nothing(void **state)
{
    (void)state;
    static const struct script_case talk = {
        "none", "an active open with options",
        "connect\nsend 100\n> S 0 mss 1460 ws 7 sackok ts 50 0\n+ 1 s\n"
        "> S 0 mss 1460 ws 7 sackok ts 1050 0\n+ 20 ms\n"
        "< S. 0 ack 1 mss 1400 ws 2 sackok ts 900 1050\n> . 1 ack 1 win 512 ts 1070 900\n"
        "> P. 1:101 ack 1 ts 1070 900\nconnected\n+ 30 ms\n< . 1 ack 101 win 1000 ts 930 1070\n"
        "+ 50 ms\n< P. 1:11 ack 101 ts 980 1070\nrecv 10\n+ 40 ms\n"
        "> . 101 ack 11 ts 1190 980\n+ 10 ms\nclose\n> F. 101 ack 11 ts 1200 980\n+ 20 ms\n"
        "< F. 11 ack 102 ts 1010 1200\n> . 102 ack 12 ts 1220 1010\n+ 10 ms\n"
        "< F. 11 ack 102 ts 1020 1200\n> . 102 ack 12 ts 1230 1010\n+ 60 s\n",
        NULL, NULL};
    script_cases(&talk, 1);
}

/* Who has no room for so many small ones above a hole need not name the newest. */
static void many_above_a_hole(void **state)
{
    (void)state;
    struct script s;
    size_t n;
    char text[8192];
    script_new(&s);
    for (unsigned kept = 4; kept <= 70; kept += 66) {
        int len = snprintf(text, sizeof text,
                           "listen 1\n< S 0 mss 1460 sackok\n> S. 0 ack 1 mss 1460 sackok\n"
                           "< . 1 ack 1\naccept\n");
        for (unsigned i = 1; i <= kept + 1; i++) {
            len += snprintf(text + len, sizeof text - (size_t)len,
                            "< . %u:%u ack 1\n> . 1 ack 1 sack 11 %u\n+ 1 ms\n", 10 * i + 1,
                            10 * i + 11, 10 * (i <= kept ? i : kept) + 11);
        }
        script_play(&s, text);
        oracle_breaches(s.oracle, &n);
        assert_int_equal(n, kept == 4);
    }
    script_free(&s);
}

static void reset_is_cheap(void **state)
{
    (void)state;
    struct script s;
    size_t n;
    script_new(&s);
    for (unsigned i = 0; i < 200; i++) {
        script_play(&s, i % 2 ? OPEN "> . 1 ack 500\n" : OPEN);
        oracle_breaches(s.oracle, &n);
        assert_int_equal(n, i % 2);
    }
    script_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_talk_breaks_nothing),
        cmocka_unit_test(active_open_breaks_nothing),
        cmocka_unit_test(many_above_a_hole),
        cmocka_unit_test(reset_is_cheap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
