/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stimulus into fuzz input. The short forms are found by trying them all against the decoder, and
 * every step is decoded again before it counts as encoded.
 */
#include "scenario/bytes_codec.h"

#include <string.h>

enum { OCTETS = 256, STEP_RECORDS = 40 };

struct writer {
    uint8_t record[STEP_RECORDS][SCN_BYTES_RECORD]; /* of the step at hand */
    unsigned records;
    const char *why; /* it cannot be encoded */
};

static void put32(uint8_t *p, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++) {
        p[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

/* ---- searching the decoder backwards ---- */

static uint8_t kind_octet(enum bytes_kind kind)
{
    uint8_t octet = 0;
    while (bytes_kind(octet) != kind) {
        octet++;
    }
    return octet;
}

static bool find_octet(void (*decode)(uint8_t, struct scn_expr *), const struct scn_expr *expr,
                       uint8_t *ret_octet)
{
    for (unsigned octet = 0; octet < OCTETS; octet++) {
        struct scn_expr got;
        decode((uint8_t)octet, &got);
        if (bytes_same(&got, expr)) {
            *ret_octet = (uint8_t)octet;
            return true;
        }
    }
    return false;
}

static int64_t plain_part(const struct scn_expr *expr)
{
    int64_t number = 0;
    for (unsigned i = 0; i < expr->n; i++) {
        number += expr->term[i].var == SCN_NUMBER ? expr->term[i].number : 0;
    }
    return number;
}

/* The second octet moves the plain number by even steps, so that two of them show which is meant.
 */
static bool find_number(enum bytes_anchors at, const struct scn_expr *expr, uint8_t ret_octets[2])
{
    for (unsigned first = 0; first < OCTETS; first++) {
        struct scn_expr at_0, at_1, got;
        bytes_number(at, (uint8_t)first, 0, &at_0);
        bytes_number(at, (uint8_t)first, 1, &at_1);
        int64_t distance = plain_part(expr) - plain_part(&at_0);
        int64_t slope = plain_part(&at_1) - plain_part(&at_0);
        int64_t second = slope != 0 ? distance / slope : 0;
        bytes_number(at, (uint8_t)first, (uint8_t)second, &got);
        if (got.n == expr->n && bytes_same(&got, expr)) {
            ret_octets[0] = (uint8_t)first;
            ret_octets[1] = (uint8_t)second;
            return true;
        }
    }
    return false;
}

static uint8_t find_choice(uint8_t (*decode)(uint8_t), uint8_t wanted)
{
    uint8_t octet = 0;
    while (octet < OCTETS - 1 && decode(octet) != wanted) {
        octet++;
    }
    return octet;
}

/* ---- records ---- */

static uint8_t *add_record(struct writer *w, enum bytes_kind kind)
{
    if (w->records ==
        STEP_RECORDS) { /* cannot be: 8 fields of 3 terms, 7 of options, 3 of SACK, 4 others */
        w->why = "too many fields";
        return w->record[0];
    }
    uint8_t *record = w->record[w->records++];
    memset(record, 0, SCN_BYTES_RECORD);
    record[0] = kind_octet(kind);
    return record;
}

static void put_terms(struct writer *w, enum bytes_field field, const struct scn_expr *expr)
{
    for (unsigned i = 0; i < expr->n; i++) {
        uint8_t *record = add_record(w, BYTES_TERM);
        record[1] = (uint8_t)(field | expr->term[i].var << 3);
        uint64_t number = (uint64_t)expr->term[i].number;
        record[2] = (uint8_t)(number >> 40);
        record[3] = (uint8_t)(number >> 32);
        put32(record + 4, (uint32_t)number);
    }
}

static void put_number(struct writer *w, enum bytes_field field, enum bytes_anchors at,
                       const struct scn_expr *expr, uint8_t ret_octets[2])
{
    if (!find_number(at, expr, ret_octets)) {
        put_terms(w, field, expr);
    }
}

static void put_octet(struct writer *w, enum bytes_field field,
                      void (*decode)(uint8_t, struct scn_expr *), const struct scn_expr *expr,
                      uint8_t *ret_octet)
{
    if (!find_octet(decode, expr, ret_octet)) {
        put_terms(w, field, expr);
    }
}

static void put_times(struct writer *w, const struct scn_segment *seg)
{
    if (seg->ts == SCN_TS_AUTO) {
        return;
    }
    uint8_t octets[4] = {0};
    put_number(w, BYTES_TS_VAL, BYTES_AT_TS_VAL, &seg->ts_val, octets);
    put_number(w, BYTES_TS_ECR, BYTES_AT_TS_ECR, &seg->ts_ecr, octets + 2);
    uint8_t *record = add_record(w, BYTES_TIMES);
    record[1] = seg->ts == SCN_TS_NONE;
    memcpy(record + 2, octets, sizeof octets);
}

static void put_twist(struct writer *w, const struct scn_segment *seg)
{
    unsigned bits = (seg->twist.bad_checksum ? BYTES_BAD_CHECKSUM : 0u) |
                    (seg->twist.zero_checksum ? BYTES_ZERO_CHECKSUM : 0u) |
                    (seg->junk ? BYTES_JUNK : 0u) | (seg->raw_win ? BYTES_RAW_WIN : 0u) |
                    (seg->only_raw ? BYTES_ONLY_RAW : 0u) |
                    (seg->to == SCN_TO_BROADCAST ? BYTES_TO_BROADCAST : 0u) |
                    (seg->to == SCN_TO_MULTICAST ? BYTES_TO_MULTICAST : 0u);
    if (bits == 0 && seg->twist.data_offset == 0 && seg->twist.reserved == 0 && seg->ecn == 0 &&
        seg->count < 2) {
        return;
    }
    uint8_t *record = add_record(w, BYTES_TWIST);
    record[1] = (uint8_t)bits;
    record[2] = (uint8_t)seg->twist.data_offset;
    record[3] = (uint8_t)(seg->twist.reserved | seg->ecn << 3);
    record[4] = seg->count < OCTETS ? (uint8_t)seg->count : OCTETS - 1;
}

static void put_options(struct writer *w, const struct scn_segment *seg)
{
    if (seg->mss != -2 || seg->wscale != -2 || seg->sack_ok != -2) {
        uint8_t *record = add_record(w, BYTES_SYN_OPTIONS);
        unsigned sack = seg->sack_ok == -2 ? 0 : seg->sack_ok == 1 ? 2 : 1;
        record[1] = (uint8_t)((seg->mss >= 0 ? 2 : 2 + seg->mss) |
                              (seg->wscale >= 0 ? 2 : 2 + seg->wscale) << 2 | (int)sack << 4);
        record[2] = (uint8_t)(seg->mss >> 8);
        record[3] = (uint8_t)seg->mss;
        record[4] = (uint8_t)seg->wscale;
    }
    for (unsigned at = 0; at < seg->raw_options_len; at += 6) {
        unsigned n = seg->raw_options_len - at < 6 ? seg->raw_options_len - at : 6;
        uint8_t *record = add_record(w, BYTES_RAW_OPTIONS);
        record[1] = (uint8_t)n;
        memcpy(record + 2, seg->raw_options + at, n);
    }
}

static void put_sacks(struct writer *w, const struct scn_segment *seg)
{
    for (unsigned i = 0; i + 1 < seg->sacks; i += 2) {
        uint8_t *record = add_record(w, BYTES_SACK);
        if (!find_number(BYTES_AT_ACK, &seg->sack[i], record + 1) ||
            !find_number(BYTES_AT_ACK, &seg->sack[i + 1], record + 3)) {
            w->why = "the edge of a SACK block";
        }
    }
}

static void put_segment(struct writer *w, const struct scn_segment *seg)
{
    static const struct scn_expr zero = {.n = 1};
    uint8_t octets[6] = {0};
    if (seg->flags > 0xff) {
        w->why = "the AE flag";
    }
    put_times(w, seg);
    put_twist(w, seg);
    put_options(w, seg);
    put_sacks(w, seg);
    put_number(w, BYTES_SEQ, BYTES_AT_SEQ, &seg->seq, octets);
    put_number(w, BYTES_ACK, BYTES_AT_ACK, &seg->ack, octets + 2);
    put_octet(w, BYTES_DATA, bytes_data, &seg->data, octets + 4);
    put_octet(w, BYTES_WIN, bytes_win, &seg->win, octets + 5);
    if ((seg->flags & WIRE_URG) != 0 || seg->urg.n > 0) {
        put_terms(w, BYTES_URG, seg->urg.n > 0 ? &seg->urg : &zero);
    }
    uint8_t *record = add_record(w, BYTES_SEGMENT);
    record[1] = (uint8_t)(seg->flags ^ WIRE_ACK);
    memcpy(record + 2, octets, sizeof octets);
}

static void put_amount(struct writer *w, enum bytes_kind kind, uint8_t what, enum bytes_anchors at,
                       const struct scn_expr *number)
{
    uint8_t octets[2] = {0};
    put_number(w, BYTES_NUMBER, at, number, octets);
    uint8_t *record = add_record(w, kind);
    record[1] = what;
    memcpy(record + 2, octets, sizeof octets);
}

static void put_app(struct writer *w, const struct scn_step *step)
{
    if (step->what != SCN_APP_SETOPT) {
        put_amount(w, BYTES_APP, find_choice(bytes_app, step->what), BYTES_AT_AMOUNT,
                   &step->number);
        return;
    }
    bool is_time = bytes_option_is_time(step->option);
    put_amount(w, BYTES_SETOPT, find_choice(bytes_option, step->option),
               is_time ? BYTES_AT_TIME : BYTES_AT_AMOUNT, &step->number);
}

static void put_link(struct writer *w, const struct scn_step *step)
{
    uint8_t what = (uint8_t)(step->what | (step->from_stack ? 0x80 : 0));
    put_amount(w, BYTES_LINK, what, step->what == SCN_LINK_DELAY ? BYTES_AT_TIME : BYTES_AT_AMOUNT,
               &step->number);
}

static void put_wait(struct writer *w, const struct scn_step *step)
{
    uint8_t octets[2] = {0};
    put_number(w, BYTES_NUMBER, BYTES_AT_TIME, &step->number, octets);
    memcpy(add_record(w, BYTES_WAIT) + 1, octets, sizeof octets);
}

static void put_auto_ack(struct writer *w, const struct scn_step *step)
{
    uint8_t win = 0;
    put_octet(w, BYTES_WIN, bytes_win, &step->seg.win, &win);
    uint8_t *record = add_record(w, BYTES_AUTO_ACK);
    record[1] = (uint8_t)((step->off ? 1 : 0) | (step->every & 7) << 1);
    record[2] = win;
}

static void put_fill(struct writer *w, const struct scn_step *step)
{
    put_amount(w, BYTES_FILL, step->what == SCN_FILL_RETRACTED, BYTES_AT_AMOUNT, &step->number);
    uint8_t *record = w->record[w->records - 1];
    record[4] = BYTES_MOST_EXPLICIT;
    record[5] = (uint8_t)(step->seg.count >> 8);
    record[6] = (uint8_t)step->seg.count;
}

static void put_icmp(struct writer *w, const struct scn_step *step)
{
    uint8_t octets[2] = {0};
    if (!find_number(BYTES_AT_QUOTE, &step->number, octets) || octets[1] != 0) {
        put_terms(w, BYTES_NUMBER, &step->number);
    }
    uint8_t *record = add_record(w, BYTES_ICMP);
    record[1] = step->icmp_type;
    record[2] = step->icmp_code;
    put32(record + 3, step->icmp_info);
    record[7] = octets[1] == 0 ? octets[0] : 0;
}

static void put_step(struct writer *w, const struct scn_step *step)
{
    switch (step->op) {
    case SCN_SEND:
        put_segment(w, &step->seg);
        break;
    case SCN_APP:
        put_app(w, step);
        break;
    case SCN_WAIT:
        put_wait(w, step);
        break;
    case SCN_LINK:
        put_link(w, step);
        break;
    case SCN_AUTO_ACK:
        put_auto_ack(w, step);
        break;
    case SCN_ICMP:
        put_icmp(w, step);
        break;
    case SCN_FILL:
        put_fill(w, step);
        break;
    default:
        w->why = "not a stimulus";
        return;
    }
    w->record[w->records - 1][0] |= (uint8_t)(step->conn << 5);
}

/* ---- what two steps have in common ---- */

static bool is_just(const struct scn_expr *expr, enum scn_var var, int64_t number)
{
    return expr->n == 1 && expr->term[0].var == var && expr->term[0].number == number;
}

static void drop_if(struct scn_expr *expr, enum scn_var var, int64_t number)
{
    bytes_normal(expr);
    if (is_just(expr, var, number)) {
        expr->n = 0;
    }
}

static void normal_segment(struct scn_segment *seg)
{
    bool ack = (seg->flags & WIRE_ACK) != 0;
    drop_if(&seg->seq, SCN_TESTER_NXT, 1);
    if (ack) {
        drop_if(&seg->ack, SCN_TESTER_ACK, 1);
        drop_if(&seg->ts_ecr, SCN_TESTER_TSECR, 1);
    }
    drop_if(&seg->data, SCN_NUMBER, 0);
    drop_if(&seg->urg, SCN_NUMBER, 0);
    drop_if(&seg->ts_val, SCN_TESTER_TS, 1);
    if (seg->ts != SCN_TS_SET) {
        seg->ts_val.n = seg->ts_ecr.n = 0;
    }
    seg->count = seg->count == 0 ? 1 : seg->count;
    seg->raw_win &= seg->win.n > 0;
    seg->only_raw &= seg->raw_options_len > 0;
    seg->twist.zero_checksum &= !seg->twist.bad_checksum;
    seg->twist.raw_options = false;
}

static bool has_number(uint8_t app)
{
    return app == SCN_APP_SEND || app == SCN_APP_URGENT || app == SCN_APP_READ ||
           app == SCN_APP_READER || app == SCN_APP_ALLOC_FAIL || app == SCN_APP_MTU ||
           app == SCN_APP_LISTEN || app == SCN_APP_SETOPT;
}

static void normal_step(struct scn_step *step)
{
    if (step->op == SCN_SEND) {
        normal_segment(&step->seg);
    }
    if (step->op == SCN_APP && !has_number(step->what)) {
        step->number.n = 0;
    }
    if (step->op == SCN_WAIT || step->op == SCN_LINK) {
        step->conn = 0;
    }
    if (step->op == SCN_LINK && step->what == SCN_LINK_HEAL) {
        step->number.n = 0;
        step->from_stack = false;
    }
    if (step->op == SCN_LINK && step->what == SCN_LINK_TX_ERROR) {
        step->from_stack = true; /* it is the stack's sendings that fail */
    }
    if (step->op == SCN_FILL && step->seg.count == 0) {
        step->seg.count = BYTES_MOST;
    }
    if (step->op == SCN_AUTO_ACK) {
        step->every = step->every == 0 ? 1 : step->every;
        if (step->off) {
            step->seg.win.n = 0;
            step->every = 1;
        }
    }
}

static bool same_sacks(const struct scn_segment *a, const struct scn_segment *b)
{
    bool same = a->sacks == b->sacks;
    for (unsigned i = 0; i < a->sacks && same; i++) {
        same = bytes_same(&a->sack[i], &b->sack[i]);
    }
    return same;
}

static bool same_segment(const struct scn_segment *a, const struct scn_segment *b)
{
    return a->flags == b->flags && bytes_same(&a->seq, &b->seq) && bytes_same(&a->ack, &b->ack) &&
           bytes_same(&a->data, &b->data) && bytes_same(&a->win, &b->win) &&
           a->raw_win == b->raw_win && bytes_same(&a->urg, &b->urg) && a->ts == b->ts &&
           bytes_same(&a->ts_val, &b->ts_val) && bytes_same(&a->ts_ecr, &b->ts_ecr) &&
           a->mss == b->mss && a->wscale == b->wscale && a->sack_ok == b->sack_ok &&
           same_sacks(a, b) && a->raw_options_len == b->raw_options_len &&
           memcmp(a->raw_options, b->raw_options, a->raw_options_len) == 0 &&
           a->only_raw == b->only_raw && a->twist.bad_checksum == b->twist.bad_checksum &&
           a->twist.zero_checksum == b->twist.zero_checksum &&
           a->twist.data_offset == b->twist.data_offset && a->twist.reserved == b->twist.reserved &&
           a->ecn == b->ecn && a->to == b->to && a->count == b->count && a->junk == b->junk;
}

bool scn_step_same(const struct scn_step *a, const struct scn_step *b)
{
    struct scn_step x = *a, y = *b;
    normal_step(&x);
    normal_step(&y);
    if (x.op != y.op || x.conn != y.conn) {
        return false;
    }
    switch (x.op) {
    case SCN_SEND:
        return same_segment(&x.seg, &y.seg);
    case SCN_APP:
        return x.what == y.what && bytes_same(&x.number, &y.number) &&
               (x.what != SCN_APP_SETOPT || x.option == y.option);
    case SCN_LINK:
        return x.what == y.what && x.from_stack == y.from_stack && bytes_same(&x.number, &y.number);
    case SCN_AUTO_ACK:
        return x.off == y.off && x.every == y.every && bytes_same(&x.seg.win, &y.seg.win);
    case SCN_WAIT:
        return bytes_same(&x.number, &y.number);
    case SCN_FILL:
        return x.what == y.what && x.seg.count == y.seg.count && bytes_same(&x.number, &y.number);
    case SCN_ICMP:
        return x.icmp_type == y.icmp_type && x.icmp_code == y.icmp_code &&
               x.icmp_info == y.icmp_info && bytes_same(&x.number, &y.number);
    default:
        return false;
    }
}

bool scn_given_same(const struct scn_given *a, const struct scn_given *b)
{
    return a->state == b->state && a->open == b->open && a->family == b->family && a->ts == b->ts &&
           a->sack == b->sack && a->wscale == b->wscale && a->mss == b->mss && a->win == b->win &&
           a->iss_set == b->iss_set && (!a->iss_set || a->iss == b->iss) &&
           a->irs_set == b->irs_set && (!a->irs_set || a->irs == b->irs) &&
           a->rcvbuf == b->rcvbuf && a->sndbuf == b->sndbuf && a->nodelay == b->nodelay &&
           a->linger0 == b->linger0 && a->reader == b->reader && a->in_flight == b->in_flight &&
           a->backlog == b->backlog && a->delay == b->delay;
}

bool scn_same(const struct scn *a, const struct scn *b)
{
    int16_t i = a->first, k = b->first;
    while (i >= 0 && k >= 0 && scn_step_same(&a->step[i], &b->step[k])) {
        i = a->step[i].next;
        k = b->step[k].next;
    }
    return i < 0 && k < 0 && scn_given_same(&a->given, &b->given) && a->seed == b->seed;
}

/* ---- the head ---- */

static void put_choice(uint8_t *head, enum bytes_choice_at choice, enum bytes_choice_at at,
                       int64_t value, int64_t usual)
{
    head[choice] = value == usual ? 0 : BYTES_EXPLICIT;
    put32(head + at, value == usual ? 0 : (uint32_t)value);
}

static void put_head(uint8_t *head, const struct scn_given *g, uint64_t seed)
{
    static const struct scn_expr none;
    memset(head, 0, SCN_BYTES_HEAD);
    head[1] = (uint8_t)((g->state + SCN_STATES - SCN_ESTABLISHED) % SCN_STATES);
    head[2] = (uint8_t)((g->open & 3) | (g->family == 6 ? 0x04 : 0) | (g->ts == 1 ? 0x08 : 0) |
                        (g->sack == 1 ? 0x10 : 0) | (g->reader == 0 ? 0x20 : 0) |
                        (g->nodelay ? 0 : 0x40) | (g->linger0 ? 0x80 : 0));
    head[3] = (uint8_t)((g->wscale + 1) & 15);
    put_choice(head, BYTES_MSS_CHOICE, BYTES_MSS, g->mss, g->family == 6 ? 1440 : 1460);
    if (g->mss == -1) {
        head[BYTES_MSS_CHOICE] = BYTES_LISTED; /* none: the first of the list */
    }
    put_choice(head, BYTES_WIN_CHOICE, BYTES_WINDOW, g->win, 65535);
    put_choice(head, BYTES_RCVBUF_CHOICE, BYTES_RCVBUF, g->rcvbuf, -1);
    put_choice(head, BYTES_SNDBUF_CHOICE, BYTES_SNDBUF, g->sndbuf, -1);
    put_choice(head, BYTES_IN_FLIGHT_CHOICE, BYTES_IN_FLIGHT, g->in_flight, 0);
    put_choice(head, BYTES_ISS_CHOICE, BYTES_ISS, g->iss_set ? (int64_t)g->iss : -1, -1);
    put_choice(head, BYTES_IRS_CHOICE, BYTES_IRS, g->irs_set ? (int64_t)g->irs : -1, -1);
    head[BYTES_BACKLOG] = (uint8_t)g->backlog;
    struct scn_expr delay = {.n = 1, .term = {{.number = (int64_t)g->delay}}};
    find_number(BYTES_AT_TIME, g->delay > 0 ? &delay : &none, head + BYTES_DELAY);
    put32(head + BYTES_SEED, (uint32_t)seed);
}

/* ---- all of it ---- */

struct output {
    uint8_t *buf;
    size_t cap, len, steps;
    struct scn_lost *lost;
    size_t lost_cap, lost_count;
};

static void lose(struct output *out, int16_t step, const char *why)
{
    if (out->lost_count < out->lost_cap) {
        out->lost[out->lost_count] = (struct scn_lost){.step = step, .why = why};
    }
    out->lost_count++;
}

static const char *out_of_bounds(const struct scn_step *step)
{
    switch (step->op) {
    case SCN_APP:
        return "a call that the format has not, not there, or not with this number";
    case SCN_WAIT:
        return "a time beyond eight hours, or of another kind";
    case SCN_LINK:
        return "a fault of this size";
    default:
        return "a field out of the format's bounds";
    }
}

/* Decode what was written for the step; only if it is the step does it count. */
static const char *check(struct bytes_state *state, const struct writer *w,
                         const struct scn_step *step)
{
    struct bytes_state after = *state;
    struct scn_step got = {0};
    for (unsigned i = 0; i < w->records; i++) {
        bool done = bytes_record(&after, w->record[i], &got);
        if (done != (i + 1 == w->records)) {
            return out_of_bounds(step);
        }
    }
    if (!scn_step_same(&got, step)) {
        return out_of_bounds(step);
    }
    *state = after;
    return NULL;
}

static void encode_step(struct output *out, struct bytes_state *state, const struct scn *scn,
                        int16_t index)
{
    const struct scn_step *step = &scn->step[index];
    struct writer w = {0};
    if (step->conn > 1) {
        lose(out, index, "a third connection");
        return;
    }
    put_step(&w, step);
    size_t len = w.records * (size_t)SCN_BYTES_RECORD;
    if (w.why == NULL && out->steps == SCN_BYTES_STEPS) {
        w.why = "behind the last of 64 steps";
    }
    if (w.why == NULL && (out->len + len > out->cap || out->len + len > SCN_BYTES_MAX)) {
        w.why = "behind the last record";
    }
    const char *why = w.why != NULL ? w.why : check(state, &w, step);
    if (why != NULL) {
        lose(out, index, why);
        return;
    }
    memcpy(out->buf + out->len, w.record, len);
    out->len += len;
    out->steps++;
}

size_t scn_to_bytes(const struct scn *scn, uint8_t *buf, size_t cap, size_t *ret_len,
                    struct scn_lost *lost, size_t lost_cap)
{
    struct output out = {.buf = buf, .cap = cap, .lost = lost, .lost_cap = lost_cap};
    uint8_t head[SCN_BYTES_HEAD];
    struct scn_given given;
    uint64_t seed;
    put_head(head, &scn->given, scn->seed);
    bytes_head(head, &given, &seed);
    bool same_seed = seed == scn->seed || scn->seed == 0; /* the run's: any will do */
    if (!scn_given_same(&given, &scn->given) || !same_seed || cap < sizeof head) {
        lose(&out, -1, "a value of the set-up out of the format's bounds");
    }
    if (cap >= sizeof head) {
        memcpy(buf, head, sizeof head);
        out.len = sizeof head;
        struct bytes_state state;
        bytes_begin(&state, &given);
        for (int16_t i = scn->first; i >= 0; i = scn->step[i].next) {
            encode_step(&out, &state, scn, i);
        }
    }
    *ret_len = out.len;
    return out.lost_count;
}
