/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two hosts of tcpref over a bad link: whatever it loses, doubles, delays and spoils, whatever
 * memory, windows and paths do, and though connections move to other hosts meanwhile: the streams
 * arrive octet by octet, both sides end, and nothing is left. Any octets are a scenario: 24 choose
 * hosts and link, then each 8 are a step.
 */
#include "pair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RECORD = 8, RECORDS_MAX = 200 };

static struct pair pair;

static unsigned get16(const uint8_t *at)
{
    return (unsigned)(at[0] << 8 | at[1]);
}

static void pass_time(struct pair *p, struct pair_side *s, const uint8_t *r)
{
    tcpref_ns next;
    switch (r[2] % 4) {
    case 0: /* the next few events */
        for (unsigned i = 0; i < 1 + r[3] % 16U; i++) {
            next = pair_next(p);
            pair_run(p, next < p->now + 100 * TCPREF_SEC ? next : p->now);
        }
        break;
    case 1:
        pair_run(p, p->now + get16(r + 3) % 3000 * TCPREF_MS);
        break;
    case 2: /* just to the deadline, or a little before or behind it */
        next = tcpref_deadline(s->net->host);
        if (next != TCPREF_NEVER && next < p->now + 100 * TCPREF_SEC)
            pair_run(p, next + r[3] % 3 * TCPREF_MS / 2);
        break;
    default:
        pair_run(p, p->now + r[3] * TCPREF_SEC / 2);
    }
}

static void ask(struct pair *p, int i, const uint8_t *r)
{
    struct pair_side *s = &p->side[i];
    pair_ask(p, i, r[4] & 1 ? get16(r + 2) % 20000 : get16(r + 2) % 1500);
    s->urgent = r[4] & 2;
    s->shut_asked = s->shut_asked || r[4] >= 240;
}

static void bad_link(struct pair_side *s, const uint8_t *r)
{
    static const uint8_t fates[16] = {FATE_PASS,     FATE_PASS, FATE_PASS,   FATE_PASS,
                                      FATE_LOSE,     FATE_LOSE, FATE_LOSE,   FATE_TWICE,
                                      FATE_LATE,     FATE_LATE, FATE_LATER,  FATE_MUCH_LATER,
                                      FATE_TURN_BIT, FATE_CUT,  FATE_REFUSE, FATE_MARK};
    s->fates = PAIR_FATES;
    for (unsigned i = 0; i < PAIR_FATES; i++)
        s->fate[i] = fates[r[2 + i / 2] >> i % 2 * 4 & 15];
}

static void reader(struct pair_side *s, const uint8_t *r)
{
    s->paused = r[2] % 4 > 0;
    s->quota = r[2] % 4 > 1 ? get16(r + 3) % 5000 : 0;
}

/* Not so small that what is still on its way would take for ever. */
static uint32_t buffer_size(uint32_t *smallest, uint32_t octets, uint32_t waiting)
{
    octets = octets > waiting / 16 ? octets : waiting / 16 + 1;
    if (octets < *smallest)
        *smallest = octets;
    return octets;
}

/* Each option with values that a peer which answers in time survives. */
static void option(struct pair *p, int i, const uint8_t *r)
{
    static const uint32_t buffers[] = {1, 100, 536, 3000, 8000, 16384, 65536, 150000};
    struct pair_side *s = &p->side[i];
    const uint64_t value = get16(r + 3);
    const uint32_t out = s->asked - s->written, in = p->side[1 - i].asked - s->read;
    unsigned which = r[2] % 16;
    uint64_t buffer = 0;
    if (which < 3)
        buffer = which == 1 ? buffer_size(&s->sndbuf, buffers[r[3] % 8], out)
                            : buffer_size(&s->rcvbuf, buffers[r[3] % 8], in);
    const struct {
        enum tcpref_option option;
        uint64_t value;
    } sets[] = {{TCPREF_OPT_RCVBUF, buffer},
                {TCPREF_OPT_SNDBUF, buffer},
                {TCPREF_OPT_WINDOW_CLAMP, buffer},
                {TCPREF_OPT_NODELAY, r[3] & 1},
                {TCPREF_OPT_DELAYED_ACK, value % 501 * TCPREF_MS},
                {TCPREF_OPT_MAXSEG, r[3] & 1 ? 0 : 64 + value % 1500},
                {TCPREF_OPT_USER_TIMEOUT, r[3] & 1 ? 0 : (100 + value % 100) * TCPREF_SEC},
                {TCPREF_OPT_USER_TIMEOUT_OPTION, r[3] & 1 ? 0 : (100 + value) * TCPREF_SEC},
                {TCPREF_OPT_TTL, 1 + value % 255},
                {TCPREF_OPT_DSCP, value % 64},
                {TCPREF_OPT_SOFT_ERRORS, r[3] & 1},
                {TCPREF_OPT_KEEPALIVE_IDLE, (1 + value % 20) * TCPREF_SEC},
                {TCPREF_OPT_KEEPALIVE_INTERVAL, (1 + value % 5) * TCPREF_SEC},
                {TCPREF_OPT_KEEPALIVE, r[3] & 1}};
    if (which >= sizeof sets / sizeof *sets || !s->conn || s->over)
        return;
    (void)tcpref_set(s->conn, sets[which].option, sets[which].value);
    if (sets[which].option == TCPREF_OPT_KEEPALIVE_IDLE) /* nine probes, a second apart or more */
        s->patience = 10 * TCPREF_SEC;
}

static void path(struct pair_side *s, const uint8_t *r)
{
    static const uint16_t mtus[] = {UINT16_MAX, 1492, 1400, 1280, 1006, 576, 296, 68};
    if (r[2] & 1)
        (void)tcpref_host_set_mtu(s->net->host, (uint16_t)(576 + get16(r + 3) % 1500));
    s->path_mtu = mtus[r[5] % 8];
    s->black_hole = r[5] & 8;
}

static void move(struct pair *p, int i, const uint8_t *r)
{
    struct pair_side *s = &p->side[i];
    if (s->away)
        return;
    s->thaws = r[2] & 1;
    s->back_at = p->now + (r[2] >> 1) * 20 * TCPREF_MS;
    s->change[0] = r[4];
    s->change[1] = r[5];
    s->change[2] = r[6];
    s->fail = r[7];
    pair_leave(p, i);
}

/* Errors about what is in flight. While a connection opens they may end it, and rightly. */
static void icmp(struct pair *p, int i, const uint8_t *r)
{
    static const uint8_t types[] = {3, 3, 3, 11, 12, 4, 3, 5};
    static const uint8_t types_6[] = {1, 2, 1, 3, 4, 1, 2, 1};
    const struct pair_side *s = &p->side[i];
    if (r[2] & 128)
        pair_again(p, i);
    else if (s->looked && s->was.state >= TCPREF_ESTABLISHED)
        pair_icmp(p, i, p->family == 4 ? types[r[3] % 8] : types_6[r[3] % 8], r[4] % 16,
                  get16(r + 5));
}

static void step(struct pair *p, const uint8_t *r)
{
    int i = r[1] & 1;
    struct pair_side *s = &p->side[i];
    switch (r[0] % 16) {
    case PAIR_ASK:
    case PAIR_ASK + 1:
        ask(p, i, r);
        break;
    case PAIR_BAD:
    case PAIR_BAD + 1:
    case PAIR_BAD + 2:
        bad_link(s, r);
        break;
    case PAIR_READER:
        reader(s, r);
        break;
    case PAIR_OPTION:
        option(p, i, r);
        break;
    case PAIR_MEMORY:
        s->net->mem.before = r[2] % 4;
        s->net->mem.fail = r[3] % 8;
        break;
    case PAIR_PATH:
        path(s, r);
        break;
    case PAIR_MOVE:
        move(p, i, r);
        break;
    case PAIR_ICMP:
        icmp(p, i, r);
        break;
    case PAIR_SHUT:
        s->shut_asked = true;
        break;
    default:
        pass_time(p, s, r);
        return;
    }
    pair_run(p, p->now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t head[PAIR_HEAD] = {0};
    for (size_t i = 0; i < PAIR_HEAD && i < size; i++)
        head[i] = data[i];
    pair_open(&pair, head);
    for (size_t at = PAIR_HEAD, n = 0; at + RECORD <= size && n < RECORDS_MAX; at += RECORD, n++)
        step(&pair, data + at);
    pair_finish(&pair);
    return 0;
}
