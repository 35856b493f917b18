/* SPDX-License-Identifier: BSD-2-Clause */
/* What the mutator knows of a scenario's octets: which octet of which record is what, and where its
 * boundaries lie (harness/scenario/bytes_codec.h). */
#include "mutator.h"

#include "scenario/bytes_codec.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum field {
    NONE,
    ANY,
    FLAGS,  /* of a SEGMENT: exclusive or with ACK */
    USUAL,  /* of a TEXT: one of eight */
    ANCHOR, /* variable and scale; the delta follows */
    DELTA,
    DATA,
    WIN,
    SPAN, /* of time; the fraction follows */
    FRACTION,
    TYPE, /* of ICMP; the code follows */
    CODE,
    FACTOR, /* six octets */
};

static const uint8_t fields[BYTES_KINDS][SCN_BYTES_RECORD] = {
    [BYTES_TEXT] = {NONE, USUAL, ANCHOR, DELTA, ANCHOR, DELTA, DATA, WIN},
    [BYTES_SEGMENT] = {NONE, FLAGS, ANCHOR, DELTA, ANCHOR, DELTA, DATA, WIN},
    [BYTES_APP] = {NONE, ANY, ANCHOR, DELTA},
    [BYTES_SETOPT] = {NONE, ANY, ANCHOR, DELTA},
    [BYTES_WAIT] = {NONE, SPAN, FRACTION},
    [BYTES_LINK] = {NONE, ANY, ANCHOR, DELTA},
    [BYTES_AUTO_ACK] = {NONE, ANY, WIN},
    [BYTES_FILL] = {NONE, ANY, ANCHOR, DELTA, ANY, ANY, ANY},
    [BYTES_ICMP] = {NONE, TYPE, CODE, ANY, ANY, ANY, ANY, ANCHOR},
    [BYTES_TERM] = {NONE, ANY, FACTOR},
    [BYTES_TIMES] = {NONE, ANY, ANCHOR, DELTA, ANCHOR, DELTA},
    [BYTES_TWIST] = {NONE, ANY, ANY, ANY, ANY},
    [BYTES_SYN_OPTIONS] = {NONE, ANY, ANY, ANY, ANY},
    [BYTES_RAW_OPTIONS] = {NONE, ANY, ANY, ANY, ANY, ANY, ANY, ANY},
    [BYTES_SACK] = {NONE, ANCHOR, DELTA, ANCHOR, DELTA},
};

static uint8_t one_of(struct mutator_random *random, const uint8_t *list, size_t count)
{
    return list[mutator_below(random, count)];
}

static uint8_t any_flags(struct mutator_random *random)
{
    static const uint8_t flags[] = {
        0,
        WIRE_ACK,
        WIRE_ACK | WIRE_PSH,
        WIRE_ACK | WIRE_FIN,
        WIRE_ACK | WIRE_URG,
        WIRE_RST,
        WIRE_RST | WIRE_ACK,
        WIRE_SYN,
        WIRE_SYN | WIRE_ACK,
        WIRE_SYN | WIRE_FIN,
        WIRE_FIN,
        WIRE_SYN | WIRE_RST,
        WIRE_ACK | WIRE_ECE,
        WIRE_ACK | WIRE_CWR,
        WIRE_SYN | WIRE_ECE | WIRE_CWR,
        0xff,
    };
    return one_of(random, flags, sizeof flags) ^ WIRE_ACK;
}

/* A 48-bit number at P, as TERM has it: powers of two and their neighbours, of both signs. */
static void put_factor(struct mutator_random *random, uint8_t *p)
{
    int64_t number = (INT64_C(1) << mutator_below(random, 34)) + mutator_below(random, 3) - 1;
    if (mutator_below(random, 4) == 0)
        number = mutator_below(random, 3);
    if (mutator_below(random, 3) == 0)
        number = -number;
    for (int i = 0; i < 6; i++)
        p[i] = (uint8_t)((uint64_t)number >> (40 - 8 * i));
}

static uint8_t boundary(struct mutator_random *random, enum field field)
{
    static const uint8_t edges[] = {0, 1, 2, 0x10, 0x7f, 0x80, 0x81, 0xfe, 0xff};
    static const uint8_t deltas[] = {0, 0, 1, 0xff, 2, 0xfe, 127, 0x80, 16, 0xf0};
    static const uint8_t types[] = {3, 3, 3, 4, 5, 11, 12, 1, 2};
    switch (field) {
    case FLAGS:
        return any_flags(random);
    case USUAL:
    case CODE:
        return (uint8_t)mutator_below(random, 8);
    case ANCHOR: /* mostly the plain scale */
        return (uint8_t)(mutator_below(random, 8) |
                         (mutator_below(random, 2) ? mutator_below(random, 32) << 3 : 0));
    case DELTA:
        return one_of(random, deltas, sizeof deltas);
    case DATA:
        return (uint8_t)(mutator_below(random, 2) ? 128 + mutator_below(random, 32)
                                                  : mutator_below(random, 3));
    case WIN:
        return (uint8_t)mutator_below(random, 56);
    case SPAN:
        return (uint8_t)(mutator_below(random, 3) ? 1 + mutator_below(random, 64) : 0);
    case TYPE:
        return one_of(random, types, sizeof types);
    default:
        return mutator_below(random, 2) ? one_of(random, edges, sizeof edges)
                                        : (uint8_t)mutator_random(random);
    }
}

static bool prepares(const uint8_t *record)
{
    return bytes_kind(record[0]) >= BYTES_TERM;
}

static void perturb(struct mutator_random *random, uint8_t *record)
{
    const uint8_t *of = fields[bytes_kind(record[0])];
    unsigned used = 1;
    while (used < SCN_BYTES_RECORD && of[used] != NONE)
        used++;
    unsigned at = 1 + mutator_below(random, used - 1);
    if (mutator_below(random, 32) == 0) /* another connection */
        record[0] ^= 0x20;
    else if (of[at] == FACTOR)
        put_factor(random, record + at);
    else if (mutator_below(random, 4) == 0 && of[at] != SPAN) /* next to what it is */
        record[at] += (uint8_t)(mutator_below(random, 2) ? 1 : 0xff);
    else
        record[at] = boundary(random, of[at]);
}

/* Zeros mean what is usual: a record that differs from that in a few fields. */
static void make(struct mutator_random *random, uint8_t *ret_record)
{
    memset(ret_record, 0, SCN_BYTES_RECORD);
    ret_record[0] = (uint8_t)mutator_below(random, 32);
    for (unsigned n = 1 + mutator_below(random, 4); n > 0; n--)
        perturb(random, ret_record);
}

static void make_wait(struct mutator_random *random, uint8_t *ret_record)
{
    (void)random;
    memset(ret_record, 0, SCN_BYTES_RECORD); /* a span left out: the next deadline */
    while (bytes_kind(ret_record[0]) != BYTES_WAIT)
        ret_record[0]++;
}

static void perturb_head(struct mutator_random *random, uint8_t *head)
{
    static const uint8_t choices[] = {
        BYTES_MSS_CHOICE,    BYTES_BACKLOG,    BYTES_WIN_CHOICE, BYTES_RCVBUF_CHOICE,
        BYTES_SNDBUF_CHOICE, BYTES_ISS_CHOICE, BYTES_IRS_CHOICE, BYTES_IN_FLIGHT_CHOICE,
    };
    unsigned at = mutator_below(random, 4); /* profile, state, bits, window scale */
    switch (mutator_below(random, 4)) {
    case 0:
    case 1:
        head[at] = at == 2 ? head[at] ^ (uint8_t)(1u << mutator_below(random, 8))
                           : (uint8_t)mutator_below(random, 16);
        break;
    case 2: /* the usual number, the one written in the head, one of a list */
        head[one_of(random, choices, sizeof choices)] =
            (uint8_t)(mutator_below(random, 4) ? BYTES_LISTED + mutator_below(random, 16)
                                               : mutator_below(random, 2));
        break;
    default:
        head[BYTES_DELAY + mutator_below(random, SCN_BYTES_HEAD - BYTES_DELAY)] =
            boundary(random, ANY);
        break;
    }
}

const struct mutator_format mutator_scenario = {
    .head = SCN_BYTES_HEAD,
    .record = SCN_BYTES_RECORD,
    .steps = SCN_BYTES_STEPS,
    .prepares = prepares,
    .make = make,
    .perturb = perturb,
    .perturb_head = perturb_head,
    .wait = make_wait,
};
