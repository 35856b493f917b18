/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside the fuzz input format: one reading of head and records, which the encoder searches
 * backwards, so that the two cannot disagree.
 */
#ifndef HARNESS_SCENARIO_BYTES_CODEC_H
#define HARNESS_SCENARIO_BYTES_CODEC_H

#include "scenario/bytes.h"

/*
 * The low five bits of a record's first octet choose its kind, by `bytes_kind`; the upper three the
 * connection. The other octets:
 *
 *   TEXT, SEGMENT  flags, seq, its delta, ack, its delta, data, win
 *   APP            what, number, its delta
 *   SETOPT         option, number, its delta (a time: span, fraction)
 *   WAIT           span, fraction
 *   LINK           what and direction, number, its delta (delay: span, fraction)
 *   AUTO_ACK       off and every, win
 *   FILL           until, octets a segment, its delta, most (255: the next two octets)
 *   ICMP           type, code, info (4), where the quoted segment lies
 *   and for the next of those:
 *   TERM           field and variable, factor (6): one more term of that field
 *   TIMES          mode, val, its delta, ecr, its delta
 *   TWIST          bits, data offset, reserved bits and ECN codepoint, count
 *   SYN_OPTIONS    modes, MSS (2), window scale
 *   RAW_OPTIONS    how many octets, octets
 *   SACK           left edge, its delta, right edge, its delta: one more block
 */
enum bytes_kind {
    BYTES_TEXT,
    BYTES_SEGMENT,
    BYTES_APP,
    BYTES_SETOPT,
    BYTES_WAIT,
    BYTES_LINK,
    BYTES_AUTO_ACK,
    BYTES_ICMP,
    BYTES_FILL,
    BYTES_TERM,
    BYTES_TIMES,
    BYTES_TWIST,
    BYTES_SYN_OPTIONS,
    BYTES_RAW_OPTIONS,
    BYTES_SACK,
    BYTES_KINDS
};

enum bytes_field {
    BYTES_SEQ,
    BYTES_ACK,
    BYTES_DATA,
    BYTES_WIN,
    BYTES_URG,
    BYTES_TS_VAL,
    BYTES_TS_ECR,
    BYTES_NUMBER,
    BYTES_FIELDS
};

enum bytes_twist_bit {
    BYTES_BAD_CHECKSUM = 0x01,
    BYTES_ZERO_CHECKSUM = 0x02,
    BYTES_JUNK = 0x04,
    BYTES_RAW_WIN = 0x08,
    BYTES_ONLY_RAW = 0x10,
    BYTES_TO_BROADCAST = 0x20,
    BYTES_TO_MULTICAST = 0x40,
};

/** What records so far have prepared for the next step, and what the scenario has come to. */
struct bytes_state {
    struct scn_expr field[BYTES_FIELDS];
    struct scn_segment seg; /* what records before the step prepared of it, */
    bool prepared;          /* if any did */
    uint8_t given_state;
    unsigned fills;
    bool listening, used[2], frozen[2], closed[2];
};

/** What a number of two octets counts from. */
enum bytes_anchors {
    BYTES_AT_SEQ,
    BYTES_AT_ACK,
    BYTES_AT_TS_VAL,
    BYTES_AT_TS_ECR,
    BYTES_AT_AMOUNT,
    BYTES_AT_QUOTE,
    BYTES_AT_TIME, /* a span and a fraction; left out: the stack's next deadline */
};

void bytes_begin(struct bytes_state *state, const struct scn_given *given);
/** Take one record; true if it ends a step, which is then in RET_STEP. */
bool bytes_record(struct bytes_state *state, const uint8_t record[SCN_BYTES_RECORD],
                  struct scn_step *ret_step);
void bytes_head(const uint8_t head[SCN_BYTES_HEAD], struct scn_given *given, uint64_t *ret_seed);

enum bytes_kind bytes_kind(uint8_t octet);
void bytes_number(enum bytes_anchors at, uint8_t anchor, uint8_t delta, struct scn_expr *ret_expr);
void bytes_data(uint8_t octet, struct scn_expr *ret_expr);
void bytes_win(uint8_t octet, struct scn_expr *ret_expr);
uint8_t bytes_app(uint8_t octet);    /* enum scn_app */
uint8_t bytes_option(uint8_t octet); /* enum tcpassay_option */
bool bytes_option_is_time(uint8_t option);

void bytes_add_term(struct scn_expr *expr, uint8_t var, int64_t number); /* a fourth is lost */
void bytes_set(struct scn_expr *expr, int64_t number);
/** Terms of one variable added up, the plain number last: two such are equal if they mean the same.
 */
void bytes_normal(struct scn_expr *expr);
bool bytes_same(const struct scn_expr *a, const struct scn_expr *b);

/* Where the head has its explicit numbers, 32 bits each, and what octet chooses them. */
enum bytes_choice_at {
    BYTES_MSS_CHOICE = 4,
    BYTES_BACKLOG = 5,
    BYTES_WIN_CHOICE = 6,
    BYTES_RCVBUF_CHOICE = 7,
    BYTES_SNDBUF_CHOICE = 8,
    BYTES_ISS_CHOICE = 9,
    BYTES_IRS_CHOICE = 10,
    BYTES_IN_FLIGHT_CHOICE = 11,
    BYTES_DELAY = 12,
    BYTES_MSS = 16,
    BYTES_WINDOW = 20,
    BYTES_RCVBUF = 24,
    BYTES_SNDBUF = 28,
    BYTES_ISS = 32,
    BYTES_IRS = 36,
    BYTES_IN_FLIGHT = 40,
    BYTES_SEED = 44,
};
enum {
    BYTES_EXPLICIT = 1,         /* the choice that takes the explicit number */
    BYTES_LISTED = 0xa0,        /* from here on: the numbers of a list */
    BYTES_DELAYED = 31,         /* from here on: no delay */
    BYTES_MOST_EXPLICIT = 0xff, /* likewise of a fill */
    BYTES_MOST = 10000,         /* segments of a fill */
};

#endif
