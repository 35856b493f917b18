/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traces for the oracle's tests, one line an event:
 *
 *   < . 1:101 ack 1 win 1000   delivered to the stack: flags, octets (or one number), options
 *   > P. 1:11 ack 101 win 900  sent by the stack
 *   send 100 | recv 10 | eof | told reset | close | …   calls, as the names in `calls` below
 *   + 200 ms                   the stack is drained; then time moves
 *
 * Positions count from the sender's SYN. Words after the numbers: win N, mss N, ws N, sackok,
 * ts VAL ECR, sack LEFT RIGHT (repeated), bad (checksum), junk (text), lost, opt HEX.
 */
#ifndef HARNESS_TEST_ORACLE_SCRIPT_H
#define HARNESS_TEST_ORACLE_SCRIPT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "oracle/oracle.h"
#include "tcpassay/stack.h"

#define SCRIPT_ISS 0xfffffff0u /* both streams wrap soon */
#define SCRIPT_IRS 0x7ffffff0u

struct script {
    struct trace *trace;
    struct oracle *oracle;
    struct wire_addr stack, tester;
    struct oracle_config config;
    uint64_t now, deadline;
    int64_t sent, read;
    uint16_t win[2];
    uint32_t peak; /* of the sizes: payload buffer */
};

static const struct script_call {
    const char *word;
    enum trace_call call;
    int64_t result; /* -100: the number behind it */
} script_calls[] = {
    {"listen", TRACE_LISTEN, 0},
    {"accept", TRACE_ACCEPT, 0},
    {"connect", TRACE_CONNECT, 0},
    {"connected", TRACE_CONNECTED, 0},
    {"send", TRACE_SEND, -100},
    {"recv", TRACE_RECV, -100},
    {"eof", TRACE_RECV, 0},
    {"told-reset", TRACE_RECV, TCPASSAY_ERESET},
    {"told-timeout", TRACE_RECV, TCPASSAY_ETIMEDOUT},
    {"shutdown", TRACE_SHUTDOWN, 0},
    {"close", TRACE_CLOSE, 0},
    {"abort", TRACE_ABORT, 0},
    {"checkpoint", TRACE_CHECKPOINT, 100},
    {"restore", TRACE_RESTORE, 0},
    {"alloc-fail", TRACE_ALLOC_FAIL, 0},
    {"tx-error", TRACE_TX_ERROR, 0},
    {"reader", TRACE_READER, 0},
    {"mtu", TRACE_MTU, 0},
    {"wrong-octet", TRACE_RECV, -100},
};

static void script_fed(struct script *s)
{
    oracle_event(s->oracle, trace_count(s->trace) - 1);
}

static void script_flags(const char *word, struct wire_seg *seg)
{
    static const char letters[] = "FSRP.UEWA"; /* in the order of the bits */
    for (; *word; word++) {
        const char *at = strchr(letters, *word);
        assert_non_null(at);
        seg->flags |= (uint16_t)(1u << (at - letters));
    }
}

static long long script_number(char **rest)
{
    char *word = strtok_r(NULL, " ", rest);
    assert_non_null(word);
    return strtoll(word, NULL, 0);
}

static void script_hex(const char *word, struct wire_seg *seg)
{
    for (; word[0] && word[1]; word += 2) {
        unsigned octet;
        assert_int_equal(sscanf(word, "%2x", &octet), 1);
        seg->raw_options[seg->raw_options_len++] = (uint8_t)octet;
    }
}

static void script_word(struct script *s, bool out, const char *word, char **rest,
                        struct wire_seg *seg, struct wire_twist *twist)
{
    uint32_t base = out ? SCRIPT_IRS : SCRIPT_ISS; /* of what is acknowledged */
    if (strcmp(word, "ack") == 0) {
        seg->ack = base + (uint32_t)script_number(rest);
    } else if (strcmp(word, "win") == 0) {
        s->win[out] = (uint16_t)script_number(rest);
    } else if (strcmp(word, "mss") == 0) {
        seg->opt.mss_set = true;
        seg->opt.mss = (uint16_t)script_number(rest);
    } else if (strcmp(word, "ws") == 0) {
        seg->opt.wscale_set = true;
        seg->opt.wscale = (uint8_t)script_number(rest);
    } else if (strcmp(word, "sackok") == 0) {
        seg->opt.sack_ok = true;
    } else if (strcmp(word, "ts") == 0) {
        seg->opt.ts_set = true;
        seg->opt.ts_val = (uint32_t)script_number(rest);
        seg->opt.ts_ecr = (uint32_t)script_number(rest);
    } else if (strcmp(word, "sack") == 0) {
        unsigned i = seg->opt.sacks++;
        seg->opt.sack[i].left = base + (uint32_t)script_number(rest);
        seg->opt.sack[i].right = base + (uint32_t)script_number(rest);
    } else if (strcmp(word, "bad") == 0) {
        twist->bad_checksum = true;
    } else if (strcmp(word, "opt") == 0) {
        twist->raw_options = true;
        script_hex(strtok_r(NULL, " ", rest), seg);
    } else {
        fail_msg("unknown word %s", word);
    }
}

static void script_packet(struct script *s, bool out, char *line)
{
    static uint8_t text[70000], packet[70100];
    struct wire_seg seg = {.src = out ? s->stack : s->tester, .dst = out ? s->tester : s->stack};
    struct wire_twist twist = {0};
    char *rest;
    bool junk = strstr(line, "junk") != NULL;
    bool lost = strstr(line, "lost") != NULL;
    long long from = 0, to = 0;
    script_flags(strtok_r(line, " ", &rest), &seg);
    char *word = strtok_r(NULL, " ", &rest);
    if (sscanf(word, "%lld:%lld", &from, &to) == 1) {
        to = from;
    }
    seg.seq = (out ? SCRIPT_ISS : SCRIPT_IRS) + (uint32_t)from;
    seg.len = (uint32_t)(to - from);
    seg.payload = text;
    while ((word = strtok_r(NULL, " ", &rest)) != NULL) {
        if (strcmp(word, "junk") != 0 && strcmp(word, "lost") != 0) {
            script_word(s, out, word, &rest, &seg, &twist);
        }
    }
    seg.window = s->win[out];
    if (seg.len > 0) {
        bool syn = (seg.flags & WIRE_SYN) != 0;
        wire_stream_fill(out ? s->config.stack_seed : s->config.tester_seed,
                         (uint64_t)(from - 1 + syn), text, seg.len);
        text[seg.len - 1] ^= junk;
    }
    size_t len = wire_build(&seg, &twist, packet, sizeof packet);
    assert_int_not_equal(len, 0);
    assert_non_null(
        trace_packet(s->trace, out ? TRACE_SENT : TRACE_INJECTED, out, s->now, 0, packet, len));
    script_fed(s);
    if (lost) {
        trace_packet(s->trace, TRACE_LOST, out, s->now, 0, packet, len);
        script_fed(s);
    }
}

static void script_did(struct script *s, const struct script_call *c, long long number)
{
    int64_t result = c->result == -100 ? number : c->result;
    int64_t offset = c->call == TRACE_SEND ? s->sent : s->read;
    int64_t arg = strcmp(c->word, "wrong-octet") == 0 ? 0 : number;
    trace_call(s->trace, s->now, 0, 0, c->call, arg, result, offset);
    s->sent += c->call == TRACE_SEND ? result : 0;
    s->read += c->call == TRACE_RECV && result > 0 ? result : 0;
    script_fed(s);
}

static void script_time(struct script *s, const char *line)
{
    unsigned long long number;
    char unit[8];
    assert_int_equal(sscanf(line, "%llu %7s", &number, unit), 2);
    oracle_quiet(s->oracle, s->now, s->deadline);
    s->now += number * (strcmp(unit, "ms") == 0 ? 1000000ull : 1000000000ull);
}

/* An ICMP error that quotes the packet that went out last. */
static void script_icmp(struct script *s, long long type, long long code)
{
    const struct trace_event *sent = trace_at(s->trace, trace_count(s->trace) - 1);
    struct wire_icmp icmp = {.src = s->tester,
                             .dst = s->stack,
                             .type = (uint8_t)type,
                             .code = (uint8_t)code,
                             .quoted = sent->packet,
                             .quoted_len = sent->packet_len};
    uint8_t packet[1500];
    size_t len = wire_build_icmp(&icmp, packet, sizeof packet);
    assert_int_not_equal(len, 0);
    trace_packet(s->trace, TRACE_INJECTED, false, s->now, 0, packet, len);
    script_fed(s);
}

static void script_line(struct script *s, char *line)
{
    char word[32];
    long long number = 0, second = 0;
    int n = sscanf(line, "%31s %lld %lld", word, &number, &second);
    if (n < 1) {
        return;
    }
    if (line[0] == '<' || line[0] == '>') {
        script_packet(s, line[0] == '>', line + 2);
    } else if (line[0] == '+') {
        script_time(s, line + 1);
    } else if (strcmp(word, "deadline") == 0) { /* in seconds from now; none: never */
        s->deadline = n > 1 ? s->now + (uint64_t)number * 1000000000ull : TCPASSAY_NEVER;
    } else if (strcmp(word, "listener-close") == 0) {
        trace_call(s->trace, s->now, 0, TRACE_NO_CONN, TRACE_CLOSE, 0, 0, 0);
        script_fed(s);
    } else if (strcmp(word, "icmp") == 0) {
        script_icmp(s, number, second);
    } else if (strcmp(word, "option") == 0 || strcmp(word, "listener-option") == 0) {
        unsigned conn = word[0] == 'o' ? 0 : TRACE_NO_CONN;
        trace_call(s->trace, s->now, 0, conn, TRACE_OPTION, number, 0, second);
        script_fed(s);
    } else if (strcmp(word, "phase") == 0) {
        oracle_phase_end(s->oracle, 0, number == 1 ? 'A' : 'B', s->now);
    } else {
        for (size_t i = 0; i < sizeof script_calls / sizeof script_calls[0]; i++) {
            if (strcmp(word, script_calls[i].word) == 0) {
                script_did(s, &script_calls[i], number);
                return;
            }
        }
        fail_msg("unknown line %s", line);
    }
}

static void script_new(struct script *s)
{
    *s = (struct script){.deadline = TCPASSAY_NEVER};
    s->trace = trace_new();
    s->oracle = oracle_new();
    s->stack = (struct wire_addr){.family = 4, .ip = {10, 0, 0, 1}, .port = 80};
    s->tester = (struct wire_addr){.family = 4, .ip = {10, 0, 0, 2}, .port = 4000};
    s->config = (struct oracle_config){.msl = 30000000000ull,
                                       .rto_initial = 1000000000ull,
                                       .tester_ts_tick = 1000000,
                                       .rfc5961 = true,
                                       .stack_seed = 7,
                                       .tester_seed = 9};
}

static void script_free(struct script *s)
{
    oracle_free(s->oracle);
    trace_free(s->trace);
}

/* Play TEXT in a fresh case. */
static void script_play(struct script *s, const char *text)
{
    char *copy = strdup(text);
    char *rest;
    trace_reset(s->trace);
    oracle_reset(s->oracle, &s->config, s->trace);
    trace_flow_open(s->trace, 0, &s->stack, &s->tester, SCRIPT_IRS);
    s->now = 0;
    s->deadline = TCPASSAY_NEVER;
    s->sent = s->read = 0;
    s->win[0] = s->win[1] = 65535;
    for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        script_line(s, line);
    }
    oracle_quiet(s->oracle, s->now, s->deadline);
    free(copy);
}

/* A row, a script, and whether the row must speak. A script that is right breaks no row at all. */
struct script_case {
    const char *row, *what, *text;
    const char *clause; /* NULL: a near miss */
    void (*config)(struct oracle_config *config);
};

static void script_judge(struct script *s, const struct script_case *c)
{
    size_t n;
    const struct oracle_breach *b = oracle_breaches(s->oracle, &n);
    bool found = false;
    for (size_t i = 0; i < n; i++) {
        found |= c->clause && strcmp(b[i].invariant->name, c->row) == 0 &&
                 strcmp(b[i].clause, c->clause) == 0;
        if (!c->clause || strcmp(b[i].invariant->name, c->row) != 0) {
            print_message("%s, %s: %s %s: %s\n", c->row, c->what, b[i].invariant->name, b[i].clause,
                          b[i].message);
        }
    }
    if (c->clause ? !found : n > 0) {
        fail_msg("%s: %s", c->row, c->what);
    }
}

static void script_cases(const struct script_case *cases, size_t count)
{
    struct script s;
    script_new(&s);
    struct oracle_config plain = s.config;
    for (size_t i = 0; i < count; i++) {
        s.config = plain;
        if (cases[i].config) {
            cases[i].config(&s.config);
        }
        script_play(&s, cases[i].text);
        script_judge(&s, &cases[i]);
    }
    script_free(&s);
}

/* Beginnings. */
#define SYNS "listen 5\n< S 0 win 65535 mss 1460\n> S. 0 ack 1 win 65535 mss 1460\n"
#define OPEN SYNS "< . 1 ack 1\naccept\n+ 10 ms\n"
#define OPEN_TS                                                                                    \
    "listen 5\n< S 0 win 65535 mss 1460 ts 100 0\n> S. 0 ack 1 win 65535 mss 1460 ts 5 100\n"      \
    "< . 1 ack 1 ts 101 5\naccept\n+ 10 ms\n"
#define OPEN_SACK                                                                                  \
    "listen 5\n< S 0 win 65535 mss 1460 sackok\n> S. 0 ack 1 win 65535 mss 1460 sackok\n"          \
    "< . 1 ack 1\naccept\n+ 10 ms\n"

#endif
