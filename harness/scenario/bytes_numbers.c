/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The numbers of the fuzz input format: what one octet or two stand for, and when two sums are
 * equal.
 */
#include "scenario/bytes_codec.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define US           INT64_C(1000)
#define MS           INT64_C(1000000)
#define S            INT64_C(1000000000)

void bytes_add_term(struct scn_expr *expr, uint8_t var, int64_t number)
{
    if (expr->n < SCN_TERMS) {
        expr->term[expr->n++] = (struct scn_term){.number = number, .var = var};
    }
}

void bytes_set(struct scn_expr *expr, int64_t number)
{
    *expr = (struct scn_expr){0};
    bytes_add_term(expr, SCN_NUMBER, number);
}

static bool is_before(const struct scn_term *a, const struct scn_term *b)
{
    if ((a->var == SCN_NUMBER) != (b->var == SCN_NUMBER)) {
        return b->var == SCN_NUMBER;
    }
    return a->var != b->var ? a->var < b->var : a->index < b->index;
}

static void insert_term(struct scn_expr *sum, const struct scn_term *term)
{
    unsigned at = 0;
    while (at < sum->n && is_before(&sum->term[at], term)) {
        at++;
    }
    if (at < sum->n && !is_before(term, &sum->term[at])) {
        uint64_t both = (uint64_t)sum->term[at].number + (uint64_t)term->number;
        sum->term[at].number = (int64_t)both;
        return;
    }
    for (unsigned i = sum->n; i > at; i--) {
        sum->term[i] = sum->term[i - 1];
    }
    sum->term[at] = *term;
    sum->n++;
}

void bytes_normal(struct scn_expr *expr)
{
    struct scn_expr sum = {0}, out = {0};
    for (unsigned i = 0; i < expr->n; i++) {
        insert_term(&sum, &expr->term[i]);
    }
    for (unsigned i = 0; i < sum.n; i++) {
        if (sum.term[i].number != 0) {
            out.term[out.n++] = sum.term[i];
        }
    }
    if (expr->n > 0 && out.n == 0) {
        bytes_add_term(&out, SCN_NUMBER, 0);
    }
    *expr = out;
}

bool bytes_same(const struct scn_expr *a, const struct scn_expr *b)
{
    struct scn_expr x = *a, y = *b;
    bytes_normal(&x);
    bytes_normal(&y);
    bool same = x.n == y.n;
    for (unsigned i = 0; i < x.n && same; i++) {
        same = x.term[i].var == y.term[i].var && x.term[i].index == y.term[i].index &&
               x.term[i].number == y.term[i].number;
    }
    return same;
}

/* ---- numbers of one or two octets ---- */

enum { SHORT_AMOUNT = 20000 };
enum { LEFT_OUT = 0x80 }; /* the anchor that is meant when the field is left out */

static const uint8_t anchors[][8] = {
    [BYTES_AT_SEQ] = {LEFT_OUT | SCN_TESTER_NXT, SCN_NUMBER, SCN_RCV_NXT, SCN_RCV_EDGE, SCN_RCV_MAX,
                      SCN_TESTER_NXT, SCN_RCV_NXT, SCN_RCV_EDGE},
    [BYTES_AT_ACK] = {LEFT_OUT | SCN_TESTER_ACK, SCN_NUMBER, SCN_SND_UNA, SCN_SND_NXT,
                      SCN_TESTER_ACK, SCN_SND_UNA, SCN_SND_NXT, SCN_TESTER_ACK},
    [BYTES_AT_TS_VAL] = {LEFT_OUT | SCN_TESTER_TS, SCN_NUMBER, SCN_TS_RECENT, SCN_TESTER_TS,
                         SCN_TS_RECENT, SCN_TS_RECENT, SCN_TESTER_TS, SCN_TS_RECENT},
    [BYTES_AT_TS_ECR] = {LEFT_OUT | SCN_TESTER_TSECR, SCN_NUMBER, SCN_TESTER_TSECR, SCN_TS_RECENT,
                         SCN_TESTER_TSECR, SCN_TESTER_TSECR, SCN_TESTER_TS, SCN_TESTER_TSECR},
    [BYTES_AT_AMOUNT] = {SCN_NUMBER, SCN_MSS, SCN_STACK_MSS, SCN_NUMBER, SCN_NUMBER, SCN_NUMBER,
                         SCN_NUMBER, SCN_NUMBER},
    [BYTES_AT_QUOTE] = {SCN_SND_UNA, SCN_NUMBER, SCN_SND_NXT, SCN_TESTER_ACK, SCN_SND_UNA,
                        SCN_SND_UNA, SCN_SND_UNA, SCN_SND_UNA},
};

/* delta * mul + add, and mss times the tester's MSS. Small deltas are the most frequent. */
static const struct {
    int64_t mul, add;
    int8_t mss, stack_mss;
} scales[32] = {
    {1, 0, 0, 0},
    {16, 0, 0, 0},
    {128, 0, 0, 0},
    {1024, 0, 0, 0},
    {8192, 0, 0, 0},
    {65536, 0, 0, 0},
    {INT64_C(1) << 20, 0, 0, 0},
    {INT64_C(1) << 24, 0, 0, 0},
    {1, INT64_C(1) << 31, 0, 0},
    {1, -(INT64_C(1) << 31), 0, 0},
    {1, INT64_C(1) << 30, 0, 0},
    {1, -(INT64_C(1) << 30), 0, 0},
    {1, (INT64_C(1) << 31) - 65536, 0, 0},
    {1, 65535, 0, 0},
    {1, -65535, 0, 0},
    {1, 0, 1, 0},
    {1, 0, -1, 0},
    {1, 0, 2, 0},
    {1, 0, -2, 0},
    {1, 0, 10, 0},
    {1, 0, 0, 1},
    {1, 0, 0, 2},
    {100, 0, 0, 0},
    {1000, 0, 0, 0},
    {1, 1460, 0, 0},
    {1, 1000, 0, 0},
    {1, 0, 0, 0},
    {1, 0, 0, 0},
    {1, 0, 0, 0},
    {1, 0, 0, 0},
    {1, 0, 0, 0},
    {1, 0, 0, 0},
};

/* Time: left out is the stack's next deadline; a fraction in 1/256 stretches the span. */
static void read_span(uint8_t octet, uint8_t fraction, struct scn_expr *ret_expr)
{
    static const int64_t spans[] = {
        1 * US,   10 * US,  100 * US,  500 * US,  1 * MS,    2 * MS,    5 * MS,   10 * MS,
        20 * MS,  40 * MS,  50 * MS,   100 * MS,  150 * MS,  200 * MS,  250 * MS, 300 * MS,
        400 * MS, 499 * MS, 500 * MS,  501 * MS,  600 * MS,  700 * MS,  800 * MS, 900 * MS,
        999 * MS, 1 * S,    1001 * MS, 1100 * MS, 1200 * MS, 1500 * MS, 2 * S,    2500 * MS,
        3 * S,    4 * S,    5 * S,     6 * S,     7 * S,     8 * S,     10 * S,   12 * S,
        15 * S,   20 * S,   30 * S,    45 * S,    60 * S,    61 * S,    64 * S,   90 * S,
        100 * S,  120 * S,  121 * S,   180 * S,   240 * S,   241 * S,   300 * S,  480 * S,
        600 * S,  900 * S,  1200 * S,  1800 * S,  3600 * S,  7200 * S,  7201 * S, 14400 * S,
    };
    *ret_expr = (struct scn_expr){0};
    if (octet > 0 && octet <= 3 * COUNT(spans)) {
        int64_t span = spans[(octet - 1) % COUNT(spans)];
        bytes_set(ret_expr, span + span / 256 * fraction);
    }
}

/* Larger ones only take time, and are written out as terms; fewer than none there cannot be. */
static int64_t short_amount(int64_t number, bool alone)
{
    if (alone && number < 0) {
        number = -number;
    }
    return number < -SHORT_AMOUNT ? -SHORT_AMOUNT : number > SHORT_AMOUNT ? SHORT_AMOUNT : number;
}

void bytes_number(enum bytes_anchors at, uint8_t anchor, uint8_t delta, struct scn_expr *ret_expr)
{
    if (at == BYTES_AT_TIME) {
        read_span(anchor, delta, ret_expr);
        return;
    }
    uint8_t var = anchors[at][anchor & 7];
    unsigned scale = anchor >> 3;
    int64_t number = (int8_t)delta * scales[scale].mul + scales[scale].add;
    if (at == BYTES_AT_AMOUNT) {
        number = short_amount(number, var == SCN_NUMBER && scales[scale].mss == 0 &&
                                          scales[scale].stack_mss == 0);
    }
    struct scn_expr expr = {0};
    if ((var & ~LEFT_OUT) != SCN_NUMBER) {
        bytes_add_term(&expr, var & (uint8_t)~LEFT_OUT, 1);
    }
    if (scales[scale].mss != 0) {
        bytes_add_term(&expr, SCN_MSS, scales[scale].mss);
    }
    if (scales[scale].stack_mss != 0) {
        bytes_add_term(&expr, SCN_STACK_MSS, scales[scale].stack_mss);
    }
    if (number != 0 || expr.n == 0) {
        bytes_add_term(&expr, SCN_NUMBER, number);
    }
    if ((var & LEFT_OUT) != 0 && expr.n == 1) {
        expr.n = 0;
    }
    *ret_expr = expr;
}

/* Octets of text: up to 127 as they are, then what segments and windows are made of. */
void bytes_data(uint8_t octet, struct scn_expr *ret_expr)
{
    static const struct {
        uint8_t var;
        int32_t number;
    } lengths[] = {
        {SCN_MSS, 0},        {SCN_MSS, -1},       {SCN_MSS, 1},        {SCN_MSS, -12},
        {SCN_STACK_MSS, 0},  {SCN_STACK_MSS, 1},  {SCN_STACK_MSS, -1}, {SCN_STACK_MSS, -12},
        {SCN_RCV_WND, 0},    {SCN_RCV_WND, -1},   {SCN_RCV_WND, 1},    {SCN_RCV_WND, 100},
        {SCN_NUMBER, 200},   {SCN_NUMBER, 300},   {SCN_NUMBER, 400},   {SCN_NUMBER, 500},
        {SCN_NUMBER, 536},   {SCN_NUMBER, 1000},  {SCN_NUMBER, 1220},  {SCN_NUMBER, 1440},
        {SCN_NUMBER, 1448},  {SCN_NUMBER, 1460},  {SCN_NUMBER, 2000},  {SCN_NUMBER, 2920},
        {SCN_NUMBER, 4096},  {SCN_NUMBER, 5000},  {SCN_NUMBER, 8192},  {SCN_NUMBER, 10000},
        {SCN_NUMBER, 16384}, {SCN_NUMBER, 20000}, {SCN_NUMBER, 32768}, {SCN_NUMBER, 65000},
    };
    *ret_expr = (struct scn_expr){0};
    if (octet >= 128) {
        unsigned i = octet % COUNT(lengths);
        if (lengths[i].var != SCN_NUMBER) {
            bytes_add_term(ret_expr, lengths[i].var, 1);
        }
        if (lengths[i].number != 0) {
            bytes_add_term(ret_expr, SCN_NUMBER, lengths[i].number);
        }
    } else if (octet > 0) {
        bytes_set(ret_expr, octet);
    }
}

/* Octets offered: left out, some edges of interest, then multiples of 512. */
void bytes_win(uint8_t octet, struct scn_expr *ret_expr)
{
    static const int32_t windows[] = {
        0,      1,      2,      10,     50,      100,     200,     300,     500,           536,
        1000,   1220,   1440,   1448,   1459,    1460,    1461,    2000,    2919,          2920,
        3000,   4380,   5000,   6000,   7300,    8000,    10000,   14600,   16384,         20000,
        29200,  30000,  32767,  32768,  40000,   50000,   60000,   65534,   65535,         65536,
        100000, 131072, 200000, 262144, 1 << 19, 1000000, 1 << 20, 1 << 24, (1 << 30) - 1, 1 << 30,
    };
    *ret_expr = (struct scn_expr){0};
    if (octet >= 128) {
        bytes_set(ret_expr, (octet - 127) * 512);
    } else if (octet > 0 && octet <= COUNT(windows)) {
        bytes_set(ret_expr, windows[octet - 1]);
    } else if (octet > COUNT(windows)) {
        bytes_add_term(ret_expr, SCN_MSS, octet % 4 + 1);
    }
}
