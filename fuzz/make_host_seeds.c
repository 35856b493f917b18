/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * make_host_seeds PAIR-FOLDER HOST-FOLDER: writes the seeds of fuzz_pair and fuzz_host, scenarios
 * by hand that between them reach every mechanism of the stack.
 */
#include "crowd.h"
#include "pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOST_HEAD = 16, STEP = 8, PROFILES = 6, SEED_MAX = 2400 };

struct seed {
    const char *folder;
    uint8_t octets[SEED_MAX];
    size_t len;
};

static unsigned written;

static void put(struct seed *s, const uint8_t *octets, size_t len)
{
    if (s->len + len > SEED_MAX)
        abort();
    memcpy(s->octets + s->len, octets, len);
    s->len += len;
}

/* A step: up to eight octets, the rest zero. */
#define DO(...) put(s, (const uint8_t[STEP]){__VA_ARGS__}, STEP)

static void save(struct seed *s, const char *name, unsigned variant)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s-%u", s->folder, name, variant);
    FILE *out = fopen(path, "wb");
    if (!out || fwrite(s->octets, 1, s->len, out) != s->len || fclose(out) != 0) {
        perror(path);
        exit(4);
    }
    s->len = 0;
    written++;
}

/* ---- fuzz_pair ---- */

enum { A, B };
/* Switches of a host, octets 1 to 6 of its eight: net_config(). */
enum { NO_TS = 1, NO_WS = 2, SACK_TOO = 4, RACK_TOO = 8, ECN = 16, NODELAY = 32, NO_PMTUD = 64 };
enum { V6 = 1, BOTH_OPEN = 2, USER_TIMEOUTS = 4 };

/* Both hosts alike, with numbers near where they come round; net_config() and pair_open(). */
static void pair_head(struct seed *s, unsigned profile, uint8_t switches, uint8_t rcvbuf,
                      uint8_t link)
{
    const uint8_t numbers = (uint8_t)(profile % 4 | (link & USER_TIMEOUTS ? 16 : 0));
    const uint8_t host[] = {(uint8_t)profile, switches, 0, rcvbuf, 0, numbers, 0, 0};
    const uint8_t rest[] = {link, (uint8_t)(profile % 4), 20, 20, 100, 60, 0, 0};
    put(s, host, sizeof host);
    put(s, host, sizeof host);
    put(s, rest, sizeof rest);
}

/* So many milliseconds. */
#define WAIT(ms)                                                                                   \
    DO(PAIR_TIME, 0, 1, 0, 0), s->octets[s->len - 5] = (uint8_t)((ms) >> 8),                       \
                                                  s->octets[s->len - 4] = (uint8_t)(ms)
#define HALF_SECONDS(n)    DO(PAIR_TIME, 0, 3, n)
#define EVENTS(n)          DO(PAIR_TIME, 0, 0, (n)-1)
#define DEADLINE(side)     DO(PAIR_TIME, side, 2)
#define SEND(side, octets) DO(PAIR_ASK, side, (uint8_t)((octets) >> 8), (uint8_t)(octets), 1)
/* Fates, two to an octet, the first in the low half: fuzz_pair.c. */
#define BAD(side, ...) DO(PAIR_BAD, side, __VA_ARGS__)
enum {
    LOSE = 4,
    TWICE = 7,
    LATE = 8,
    LATER = 10,
    MUCH_LATER = 11,
    TURN = 12,
    CUT = 13,
    REFUSE = 14,
    MARK = 15
};
#define OF(first, second) ((first) | (second) << 4)

static void pair_transfers(struct seed *s)
{
    for (unsigned v = 0; v < PROFILES * 4; v++) {
        pair_head(s, v % PROFILES, v & 8 ? NODELAY : 0, v % 8,
                  (uint8_t)(v / PROFILES | (v & 1 ? USER_TIMEOUTS : 0)));
        EVENTS(10);
        SEND(A, 9000);
        SEND(B, 3000);
        WAIT(500);
        DO(PAIR_SHUT, v & 1);
        WAIT(900);
        save(s, "transfer", v);
    }
}

static void pair_losses(struct seed *s)
{
    static const uint8_t patterns[][6] = {{LOSE},
                                          {0, LOSE},
                                          {OF(0, LOSE), 0, LOSE},
                                          {OF(LOSE, LOSE), OF(LOSE, LOSE), OF(LOSE, LOSE)},
                                          {OF(LATE, 0), OF(TWICE, LATE), LATER},
                                          {OF(TURN, 0), OF(0, CUT), TURN, OF(0, TURN)},
                                          {0, 0, OF(0, REFUSE), 0, REFUSE},
                                          {0, 0, 0, OF(LOSE, 0), OF(0, 0), LOSE},
                                          {OF(MUCH_LATER, LATER), 0, TWICE},
                                          {0, OF(MARK, 0), OF(MARK, MARK)}};
    const unsigned n = sizeof patterns / sizeof *patterns;
    for (unsigned v = 0; v < PROFILES * n; v++) {
        const uint8_t *p = patterns[v % n];
        pair_head(s, v / n, v % n == 9 ? ECN : v & 1 ? NO_TS : 0, 0, v & 1);
        SEND(A, 15000);
        WAIT(60);
        BAD(A, p[0], p[1], p[2], p[3], p[4], p[5]);
        WAIT(30);
        BAD(A, p[1], p[2], p[3], p[4], p[5], p[0]);
        BAD(B, p[5], p[3], p[1], p[0]);
        SEND(B, 15000);
        WAIT(2500);
        DO(PAIR_SHUT, v & 1); /* the FIN goes lost, too */
        SEND(1 - (v & 1), 9000);
        BAD(B, p[2], p[0], p[1], p[3]);
        BAD(A, p[3], p[4], p[0]);
        HALF_SECONDS(20);
        BAD(A, OF(LOSE, LOSE), p[1], p[2]); /* the other FIN, alone */
        BAD(B, OF(LOSE, 0), p[0], p[2]);
        DO(PAIR_SHUT, 1 - (v & 1));
        HALF_SECONDS(8);
        save(s, "loss", v);
    }
}

/* Nothing gets through for a while, or for ever: back-off, R1, R2; at the opening, later, at the
 * end. */
static void pair_silences(struct seed *s)
{
    for (unsigned v = 0; v < 18; v++) {
        const uint8_t all = OF(LOSE, LOSE);
        pair_head(s, v % PROFILES, 0, 0, v & 3);
        for (unsigned k = 0; k < (v < 6 ? 0U : 3U); k++)
            WAIT(100);
        if (v >= 12)
            DO(PAIR_SHUT, v & 1);
        for (unsigned k = 0; k < 8 + v % 6 * 2; k++) {
            BAD(A, all, all, all, all, all, all);
            BAD(B, all, all, all, all, all, all);
            HALF_SECONDS(10 + 12 * (v % 3));
            if (k % 4 == 3)
                DEADLINE(A);
        }
        save(s, "silence", v);
    }
}

static void pair_windows(struct seed *s)
{
    for (unsigned v = 0; v < PROFILES * 3; v++) {
        pair_head(s, v % PROFILES, v & 1 ? NO_WS : 0, (uint8_t)(v % 7), 0);
        DO(PAIR_READER, B, 1);
        SEND(A, 19000);
        WAIT(1500);
        HALF_SECONDS(40);
        DO(PAIR_READER, B, 2, 1, 0);
        WAIT(300);
        DO(PAIR_OPTION, B, 0, (uint8_t)(v % 8));
        DO(PAIR_READER, B, 2, 4, 0);
        HALF_SECONDS(30);
        BAD(B, OF(LOSE, LOSE), LOSE);
        DO(PAIR_OPTION, B, 2, 8, 0);
        DO(PAIR_READER, B, 2, 8, 0);
        WAIT(800);
        DO(PAIR_OPTION, B, 0, 6);
        DO(PAIR_READER, B, 0);
        WAIT(400);
        save(s, "window", v);
    }
}

/* Both have closed, and one cannot get rid of what it has to send. */
static void pair_last_words(struct seed *s)
{
    for (unsigned v = 0; v < PROFILES; v++) {
        pair_head(s, v, 0, 2, (uint8_t)(v & 1));
        DO(PAIR_READER, A, 1);
        SEND(B, 9000);
        WAIT(500);
        DO(PAIR_SHUT, A);
        WAIT(500);
        DO(PAIR_SHUT, B);
        HALF_SECONDS(100);
        DO(PAIR_READER, A, 2, 2, 0);
        HALF_SECONDS(100);
        save(s, "last-words", v);
    }
}

static void pair_memory(struct seed *s)
{
    for (unsigned v = 0; v < 16; v++) {
        pair_head(s, v % PROFILES, v & 1 ? RACK_TOO : 0, 0, 0);
        DO(PAIR_MEMORY, v & 1, v >> 2, 3);
        SEND(A, 9000);
        WAIT(100);
        DO(PAIR_MEMORY, B, v & 3, 7);
        BAD(A, OF(0, LOSE), LOSE);
        SEND(B, 9000);
        WAIT(2000);
        DO(PAIR_MEMORY, A, 0, 7);
        SEND(A, 9000);
        WAIT(2500);
        save(s, "memory", v);
    }
}

static void pair_paths(struct seed *s)
{
    for (unsigned v = 0; v < 24; v++) {
        pair_head(s, v % PROFILES, v & 4 ? NO_PMTUD : 0, 0, v & 1);
        WAIT(50);
        DO(PAIR_PATH, A, 0, 0, 0, (uint8_t)(v % 8 + (v >= 16 ? 8 : 0)));
        SEND(A, 19000);
        WAIT(2000);
        DO(PAIR_PATH, B, 1, 0, (uint8_t)(v * 10), 4);
        SEND(B, 9000);
        HALF_SECONDS(60);
        DO(PAIR_PATH, A, 0);
        for (unsigned k = 0; k < 6; k++)
            HALF_SECONDS(240);
        SEND(A, 9000);
        WAIT(1000);
        save(s, "path", v);
    }
}

static void pair_moves(struct seed *s)
{
    for (unsigned v = 0; v < 24; v++) {
        pair_head(s, v % PROFILES, v & 8 ? ECN : 0, (uint8_t)(v % 4), v & 3);
        if (v % 4 == 3)
            DO(PAIR_MOVE, A, 8, 0, 1); /* SYN-SENT */
        WAIT(100);
        SEND(A, 15000);
        DO(PAIR_READER, B, v & 1);
        BAD(A, OF(0, LOSE), 0, LOSE);
        WAIT(45);
        DO(PAIR_MOVE, B, (uint8_t)(v * 2), 0, 3, (uint8_t)v, 3, v & 4 ? 0x13 : 0);
        WAIT(30);
        DO(PAIR_MOVE, A, (uint8_t)(v * 3), 0, 2, 1, 1, 0x21);
        SEND(B, 9000);
        DO(PAIR_READER, B, 0);
        WAIT(700);
        DO(PAIR_SHUT, v & 1);
        EVENTS(2);
        DO(PAIR_MOVE, A, 4);
        EVENTS(2);
        DO(PAIR_MOVE, B, 6);
        HALF_SECONDS(8);
        DO(PAIR_SHUT, !(v & 1));
        DO(PAIR_MOVE, A, 2);
        DO(PAIR_MOVE, B, 2);
        save(s, "move", v);
    }
}

static void pair_errors(struct seed *s)
{
    for (unsigned v = 0; v < 16; v++) {
        pair_head(s, v % PROFILES, 0, 0, v & 1);
        SEND(A, 15000);
        WAIT(70);
        for (uint8_t k = 0; k < 8; k++) {
            DO(PAIR_ICMP, A, 0, k, (uint8_t)(v + k), 2, 0);
            EVENTS(3);
        }
        DO(PAIR_ICMP, A, 128);
        DO(PAIR_ICMP, A, 0, 0, 4, 0, 0);  /* a router that does not tell the size */
        DO(PAIR_ICMP, A, 0, 0, 4, 0, 40); /* or tells of one that no path has */
        WAIT(900);
        DO(PAIR_ICMP, B, 128);
        BAD(A, OF(LOSE, LOSE), OF(LOSE, LOSE));
        SEND(A, 3000);
        WAIT(50);
        DO(PAIR_ICMP, A, 0, 0, 4, 2, 0);
        WAIT(2500);
        save(s, "icmp", v);
    }
}

static void pair_options(struct seed *s)
{
    for (uint8_t v = 0; v < 14; v++) {
        pair_head(s, v % PROFILES, 0, 1, 0);
        WAIT(100);
        for (uint8_t k = 0; k < 4; k++) {
            DO(PAIR_OPTION, A, v, k * 2, 7);
            DO(PAIR_OPTION, B, v, 1 + k * 2, 7);
            DO(PAIR_ASK, A, 2, 7, 2); /* urgent */
            SEND(B, 700);
            WAIT(300);
        }
        DO(PAIR_ASK, A, 0, 7, 0);
        WAIT(10);
        DO(PAIR_ASK, A, 0, 7, 0);
        HALF_SECONDS(10);
        save(s, "option", v);
    }
}

static void pair_alive(struct seed *s)
{
    for (uint8_t v = 0; v < 8; v++) {
        const uint8_t all = OF(LOSE, LOSE);
        pair_head(s, v % PROFILES, 0, 0, 0);
        WAIT(200);
        DO(PAIR_OPTION, A, 11, 0, 2);
        DO(PAIR_OPTION, A, 12, 0, 1);
        DO(PAIR_OPTION, A, 13, 1);
        HALF_SECONDS(40);
        for (unsigned k = 0; v & 1 && k < 2; k++) {
            BAD(A, all, all, all, all, all, all);
            HALF_SECONDS(60);
        }
        SEND(A, 100);
        HALF_SECONDS(4);
        save(s, "keepalive", v);
    }
}

/* ---- fuzz_host ---- */

enum { TS = 64, SYN_TEXT = 128, ALL_OPTIONS = 1 | 2 | 4 | 8 };

static void host_head(struct seed *s, unsigned profile, uint8_t switches, uint8_t limits)
{
    const uint8_t head[HOST_HEAD] = {
        (uint8_t)profile,       switches, 0, 2, 2, (uint8_t)(profile % 4), 0, 0, limits,
        (uint8_t)(profile % 4), 1};
    put(s, head, sizeof head);
}

#define PROPER(peer, kind, ...) DO(CROWD_PROPER, (uint8_t)(peer), kind, __VA_ARGS__)
#define TEXT(peer, octets)                                                                         \
    PROPER(peer, PROPER_TEXT, 0, 40, (uint8_t)((octets) >> 8), (uint8_t)(octets))
#define ANSWER(peer)        PROPER(peer, PROPER_ACK, 0, 40)
#define CALL(peer, ...)     DO(CROWD_CALL, (uint8_t)(peer), __VA_ARGS__)
#define WRITE(peer, octets) CALL(peer, CALL_WRITE, 0, (uint8_t)((octets) >> 8), (uint8_t)(octets))
#define READ(peer)          CALL(peer, CALL_READ, 0, 15, 0)
#define MS(ms)              DO(CROWD_TIME, 0, 1, (uint8_t)((ms) >> 8), (uint8_t)(ms))
#define SECONDS(n)          DO(CROWD_TIME, 0, 3, n)

/* Peer `peer` connects to listener 0 with the options given, and is accepted. */
static void meet(struct seed *s, uint8_t peer, uint8_t options)
{
    PROPER(peer, PROPER_SYN, 1, 1, options, 0);
    ANSWER(peer);
    CALL(peer, CALL_ACCEPT);
}

static void host_meet(struct seed *s, unsigned v)
{
    host_head(s, v % PROFILES, v & 1 ? 0 : ECN, (uint8_t)(0x3e | (v & 1)));
    for (unsigned peer = 0; peer < CROWD_PEERS; peer += 3)
        meet(s, (uint8_t)peer, peer & 1 ? ALL_OPTIONS | TS : ALL_OPTIONS | 32);
}

static void host_crowds(struct seed *s)
{
    for (unsigned v = 0; v < PROFILES * 2; v++) {
        host_meet(s, v);
        for (unsigned peer = 0; peer < CROWD_PEERS; peer += 3) {
            TEXT(peer, 500);
            WRITE(peer, 2000);
            ANSWER(peer);
            PROPER(peer, PROPER_AHEAD, 3, 40, 0, 200);
            PROPER(peer, PROPER_AGAIN, 3, 40, 0, 200);
            READ(peer);
            PROPER(peer, PROPER_ACK, 3, 40, 0, 0, 1);
            MS(300);
        }
        for (unsigned peer = 0; peer < CROWD_PEERS; peer += 3) {
            peer & 1 ? PROPER(peer, PROPER_FIN, 0, 40) : CALL(peer, CALL_SHUTDOWN);
            ANSWER(peer);
            peer & 1 ? CALL(peer, CALL_CLOSE) : PROPER(peer, PROPER_LAST_TEXT, 0, 40, 0, 9);
            READ(peer);
            ANSWER(peer);
        }
        SECONDS(250);
        save(s, "crowd", v);
    }
}

/* All flags, at and beside each number, in a state of each kind. */
static void odd_ones(struct seed *s, uint8_t peer, unsigned v)
{
    for (uint8_t flags = 0; flags < 16; flags++) {
        if ((flags == 2 || flags == 3) && v % 3 > 0)
            continue; /* a reset would end it */
        for (uint8_t k = 0; k < 3; k++)
            DO(CROWD_ODD, peer | flags << 4, (uint8_t)((v * 5 + k * 7 + flags) * 4 + k),
               (uint8_t)((v * 3 + k * 5) * 4 + k), (uint8_t)(k * 40 + 1), 40, (uint8_t)(k * 85), 0);
    }
}

static void host_odds(struct seed *s)
{
    for (unsigned v = 0; v < 24; v++) {
        host_head(s, v % PROFILES, 0, 0x3e);
        switch (v % 8) {
        case 0:
            PROPER(0, PROPER_SYN, 1, 1, ALL_OPTIONS | TS, 0);
            break;
        case 1:
            CALL(0, CALL_CONNECT);
            break;
        case 2:
            CALL(0, CALL_CONNECT);
            PROPER(0, PROPER_SYN, 1, 1, ALL_OPTIONS, 0);
            break;
        default:
            meet(s, 0, v & 1 ? ALL_OPTIONS | TS : ALL_OPTIONS);
            meet(s, 1, ALL_OPTIONS);
            TEXT(0, 300);
            WRITE(0, 2500);
        }
        if (v % 8 >= 4)
            v & 1 ? CALL(0, CALL_SHUTDOWN) : PROPER(0, PROPER_FIN, 0, 40);
        if (v % 8 >= 6)
            v & 1 ? PROPER(0, PROPER_FIN, 0, 40) : CALL(0, CALL_SHUTDOWN);
        if (v % 8 == 7)
            ANSWER(0);
        odd_ones(s, 0, v);
        READ(0);
        TEXT(0, 100);
        READ(0);
        save(s, "odd", v);
    }
}

static void host_openings(struct seed *s)
{
    for (unsigned v = 0; v < 12; v++) {
        host_head(s, v % PROFILES, v & 1 ? NO_TS : 0, v & 4 ? 0xbe : 0x3e);
        for (uint8_t peer = 0; peer < 6; peer++)
            CALL(peer, CALL_CONNECT, 0, peer & 1);
        PROPER(0, PROPER_SYN_ACK, 1, 1, ALL_OPTIONS | TS, 0);
        PROPER(1, PROPER_SYN_ACK, 1, 1, 0, 0);
        PROPER(2, PROPER_SYN, 1, 1, ALL_OPTIONS, 0);
        DO(CROWD_ICMP, 3, 0, (uint8_t)v, 1);
        DO(CROWD_ODD, 4 | 3 << 4, 0, 0); /* refused */
        PROPER(2, PROPER_ACK, 0, 40);
        WRITE(0, 1000);
        CALL(5, CALL_CLOSE, 0, v & 1);
        CALL(1, CALL_SHUTDOWN);
        ANSWER(1);
        PROPER(1, PROPER_FIN, 0, 40);
        ANSWER(1);
        MS(50);
        CALL(1, CALL_CONNECT, 0, 1); /* over one in TIME-WAIT */
        PROPER(1, PROPER_SYN_ACK, 9, 1, ALL_OPTIONS | TS, 0);
        SECONDS(200);
        save(s, "open", v);
    }
}

/* One connection after the other from the same port, with timestamps: RFC 6191. */
static void host_again(struct seed *s)
{
    for (unsigned v = 0; v < PROFILES; v++) {
        host_head(s, v, 0, 0x3e);
        for (uint8_t k = 0; k < 4; k++) {
            CALL(1, CALL_CONNECT, 0, 1);
            PROPER(1, PROPER_SYN_ACK, 1, 1, ALL_OPTIONS | TS, 0);
            WRITE(1, 300);
            ANSWER(1);
            CALL(1, CALL_SHUTDOWN);
            PROPER(1, PROPER_FIN, 0, 40);
            MS(20 + v * k * 60);
        }
        save(s, "again", v);
    }
}

static void host_floods(struct seed *s)
{
    for (unsigned v = 0; v < 12; v++) {
        host_head(s, v % PROFILES, 0, (uint8_t)(v * 22));
        CALL(0, CALL_LISTEN, 1, 1);
        CALL(0, CALL_LISTEN, 2, 1);
        meet(s, 0, ALL_OPTIONS | TS);
        for (uint8_t k = 0; k < 12; k++) {
            DO(CROWD_FLOOD, 0, 7, (uint8_t)(k * 9), k, (uint8_t)((k % 3) | (k & 4) << 2), k, 0);
            PROPER(k, PROPER_SYN, 1, k, 1, k % 4 | (k & 1 ? SYN_TEXT : 0), 30);
            if (k & 2)
                ANSWER(k);
            MS(100);
        }
        TEXT(0, 100);
        READ(0);
        CALL(0, CALL_ONLY, 0, 1);
        DO(CROWD_FLOOD, 0, 3, 0, 0, 0);
        for (uint8_t k = 0; k < 6; k++)
            CALL(k, CALL_ACCEPT, k % 3);
        CALL(0, CALL_LISTEN, 0, 0);
        SECONDS(200);
        save(s, "flood", v);
    }
}

/* Segments of all sizes: the least that is believed, none, more than any link bears. */
static void host_sizes(struct seed *s)
{
    for (uint8_t v = 0; v < 8; v++) {
        host_head(s, v % PROFILES, 0, 0x3e);
        PROPER(0, PROPER_SYN, 1, 1, v & 1 ? 5 : 1, 0, v);
        ANSWER(0);
        CALL(0, CALL_ACCEPT);
        WRITE(0, 3000);
        ANSWER(0);
        ANSWER(0);
        PROPER(3, PROPER_SYN, 1, 1, TS | 13, 0, v);
        ANSWER(3);
        CALL(3, CALL_ACCEPT);
        CALL(3, CALL_SHUTDOWN);
        ANSWER(3);
        PROPER(3, PROPER_FIN, 0, 40); /* TIME-WAIT, and others from the same address */
        for (uint8_t peer = 6; peer < 12; peer += 3)
            PROPER(peer, PROPER_SYN, 1, 1, TS | 13, 0, v);
        PROPER(3, PROPER_SYN, 1, 1, TS | 13, 0, v);
        SECONDS(3);
        save(s, "size", v);
    }
}

static void host_errors(struct seed *s)
{
    for (unsigned v = 0; v < 12; v++) {
        host_head(s, v % PROFILES, v & 1 ? NO_PMTUD : 0, 0x3e);
        meet(s, 0, ALL_OPTIONS);
        meet(s, 13, ALL_OPTIONS | TS);
        WRITE(0, 3000);
        WRITE(13, 3000);
        for (uint8_t k = 0; k < 16; k++) {
            DO(CROWD_ICMP, k & 1 ? 0 : 13, 0, k, (uint8_t)(1 + k % 3), 2, (uint8_t)(v * 20), 0);
            DO(CROWD_ICMP, k & 1 ? 13 : 0, (uint8_t)(128 + k), 4, (uint8_t)(k * 2), 2, 0, k & 1);
            DO(CROWD_GARBAGE, k & 1 ? 0 : 13, k, (uint8_t)(k * 37), (uint8_t)(v * 91), 50);
            if (k % 4 == 3)
                DO(CROWD_TIME, 0, 0);
        }
        /* Options: user timeout, two timestamps, one that is too long. */
        DO(CROWD_GARBAGE, 0, 3, 4, 28, 4, 0x80, 90);
        DO(CROWD_GARBAGE, 0, 3, 8, 8, 40, 1, 1);
        DO(CROWD_WORLD, 0, 0, 1, 0);
        DO(CROWD_WORLD, 0, 1, 3, 0, 1);
        SECONDS(10);
        ANSWER(0);
        SECONDS(100);
        save(s, "error", v);
    }
}

static void host_users(struct seed *s)
{
    for (uint8_t v = 0; v < 13; v++) {
        host_head(s, v % PROFILES, 0, 0x3e);
        CALL(0, CALL_OPTION, v, 3, 0, 1, 0);
        meet(s, 0, ALL_OPTIONS);
        meet(s, 1, ALL_OPTIONS | TS);
        CALL(0, CALL_OPTION, v, 1);
        CALL(1, CALL_OPTION, v, 120);
        CALL(0, CALL_OPTION, 6, 1);
        TEXT(0, 700);
        TEXT(1, 700);
        CALL(0, CALL_WRITE, 128, 0, 9);
        PROPER(0, PROPER_ACK, 0, 0);
        WRITE(0, 1500);
        SECONDS(20);
        DO(CROWD_ODD, 7 << 4, 0, 0, 20, 40, 0, 9);
        READ(0);
        CALL(0, CALL_CLOSE, 0, v & 1);
        TEXT(0, 50);
        CALL(1, CALL_RELEASE);
        PROPER(1, PROPER_FIN, 0, 40);
        /* Memory runs out for this one. */
        DO(CROWD_PROPER | 16, 2, PROPER_SYN, 1, 1, ALL_OPTIONS, v % 3, 7);
        SECONDS(120);
        save(s, "user", v);
    }
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "make_host_seeds PAIR-FOLDER HOST-FOLDER\n");
        return 4;
    }
    static void (*const pairs[])(struct seed *) = {
        pair_transfers, pair_losses, pair_silences, pair_windows, pair_last_words, pair_memory,
        pair_paths,     pair_moves,  pair_errors,   pair_options, pair_alive};
    static void (*const hosts[])(struct seed *) = {host_crowds, host_odds,   host_openings,
                                                   host_again,  host_floods, host_sizes,
                                                   host_errors, host_users};
    static struct seed seed;
    seed.folder = argv[1];
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        pairs[i](&seed);
    seed.folder = argv[2];
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        hosts[i](&seed);
    printf("%u seeds of whole hosts\n", written);
    return 0;
}
