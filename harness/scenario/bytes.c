/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fuzz input format: octets into a scenario. Nothing here can fail but memory.
 */
#include "scenario/bytes_codec.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
    AMOUNT_MAX = 1 << 20, /* octets of one call: more of them only take time */
    FACTOR_MAX = 16,
    COUNT_MAX = 64,
    PACKETS_MAX = 255,
    BUFFER_MAX = 1 << 24,
    IN_FLIGHT_SEGMENTS = 32,
    TEXT_MAX = 65000,
    FILLS_MAX = 4,
    SACKS_MAX = 3,
};
#define WAIT_MAX        (INT64_C(8) * 3600 * 1000000000)
#define DELAY_MAX       (INT64_C(10) * 1000000000)
#define OPTION_TIME_MIN INT64_C(1000000)

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* ---- records ---- */

enum bytes_kind bytes_kind(uint8_t octet)
{
    static const uint8_t kinds[32] = {
        BYTES_SEGMENT, BYTES_TEXT,        BYTES_APP,         BYTES_SETOPT,  BYTES_WAIT,
        BYTES_LINK,    BYTES_AUTO_ACK,    BYTES_ICMP,        BYTES_TERM,    BYTES_TIMES,
        BYTES_TWIST,   BYTES_SYN_OPTIONS, BYTES_RAW_OPTIONS, BYTES_TEXT,    BYTES_TEXT,
        BYTES_TEXT,    BYTES_TEXT,        BYTES_SACK,        BYTES_SEGMENT, BYTES_SEGMENT,
        BYTES_APP,     BYTES_APP,         BYTES_APP,         BYTES_WAIT,    BYTES_WAIT,
        BYTES_WAIT,    BYTES_LINK,        BYTES_AUTO_ACK,    BYTES_SEGMENT, BYTES_FILL,
        BYTES_TIMES,   BYTES_TERM,
    };
    return kinds[octet & 31];
}

enum { USUAL = 208 }; /* octets below stand for what is usual, the others for all there is */

uint8_t bytes_app(uint8_t octet)
{
    static const uint8_t usual[16] = {
        SCN_APP_SEND,   SCN_APP_READ,     SCN_APP_READER, SCN_APP_SEND,
        SCN_APP_URGENT, SCN_APP_SEND,     SCN_APP_READ,   SCN_APP_SEND,
        SCN_APP_READER, SCN_APP_SHUTDOWN, SCN_APP_CLOSE,  SCN_APP_READ,
        SCN_APP_READER, SCN_APP_SEND,     SCN_APP_READ,   SCN_APP_SEND,
    };
    static const uint8_t all[] = {
        SCN_APP_ABORT,      SCN_APP_CONNECT, SCN_APP_LISTEN, SCN_APP_ACCEPT,
        SCN_APP_CHECKPOINT, SCN_APP_RESTORE, SCN_APP_MTU,    SCN_APP_ALLOC_FAIL,
    };
    return octet < USUAL ? usual[octet % COUNT(usual)] : all[octet % COUNT(all)];
}

uint8_t bytes_option(uint8_t octet)
{
    static const uint8_t usual[] = {TCPASSAY_OPT_RCVBUF, TCPASSAY_OPT_NODELAY, TCPASSAY_OPT_SNDBUF,
                                    TCPASSAY_OPT_RCVBUF};
    static const uint8_t all[] = {
        TCPASSAY_OPT_KEEPALIVE, TCPASSAY_OPT_KEEPIDLE,     TCPASSAY_OPT_KEEPINTVL,
        TCPASSAY_OPT_KEEPCNT,   TCPASSAY_OPT_USER_TIMEOUT, TCPASSAY_OPT_LINGER0,
        TCPASSAY_OPT_OOBINLINE, TCPASSAY_OPT_WINDOW_CLAMP, TCPASSAY_OPT_MAXSEG,
    };
    return octet < USUAL ? usual[octet % COUNT(usual)] : all[octet % COUNT(all)];
}

bool bytes_option_is_time(uint8_t option)
{
    return option == TCPASSAY_OPT_KEEPIDLE || option == TCPASSAY_OPT_KEEPINTVL ||
           option == TCPASSAY_OPT_USER_TIMEOUT;
}

static void forget(struct bytes_state *state)
{
    for (unsigned i = 0; i < BYTES_FIELDS; i++) {
        state->field[i].n = 0;
    }
    if (state->prepared) {
        scn_segment_default(&state->seg);
    }
    state->prepared = false;
}

void bytes_begin(struct bytes_state *state, const struct scn_given *given)
{
    memset(state, 0, sizeof *state);
    state->given_state = given->state;
    scn_segment_default(&state->seg);
}

static void choose(const struct bytes_state *state, enum bytes_field field, struct scn_expr *expr)
{
    if (state->field[field].n > 0) {
        *expr = state->field[field];
    }
}

static bool is_time(uint8_t var)
{
    return var == SCN_RTO || var == SCN_TICK || var == SCN_MSL;
}

static void read_term(struct bytes_state *state, const uint8_t *r)
{
    uint8_t field = r[1] & 7, var = (uint8_t)(r[1] >> 3);
    uint64_t number = (uint64_t)r[2] << 40 | (uint64_t)r[3] << 32 | get32(r + 4);
    if (var >= SCN_BOUND || (is_time(var) && field != BYTES_NUMBER)) {
        var = SCN_NUMBER;
    }
    bytes_add_term(&state->field[field], var, (int64_t)(number << 16) / 65536);
}

static void read_times(struct bytes_state *state, const uint8_t *r)
{
    struct scn_segment *seg = &state->seg;
    static const uint8_t modes[4] = {SCN_TS_SET, SCN_TS_NONE, SCN_TS_SET, SCN_TS_SET};
    seg->ts = modes[r[1] & 3];
    bytes_number(BYTES_AT_TS_VAL, r[2], r[3], &seg->ts_val);
    bytes_number(BYTES_AT_TS_ECR, r[4], r[5], &seg->ts_ecr);
}

static void read_twist(struct scn_segment *seg, const uint8_t *r)
{
    seg->twist.bad_checksum = (r[1] & BYTES_BAD_CHECKSUM) != 0;
    seg->twist.zero_checksum = (r[1] & BYTES_ZERO_CHECKSUM) != 0 && !seg->twist.bad_checksum;
    seg->junk = (r[1] & BYTES_JUNK) != 0;
    seg->raw_win = (r[1] & BYTES_RAW_WIN) != 0;
    seg->only_raw = (r[1] & BYTES_ONLY_RAW) != 0;
    seg->to = (r[1] & BYTES_TO_BROADCAST) != 0   ? SCN_TO_BROADCAST
              : (r[1] & BYTES_TO_MULTICAST) != 0 ? SCN_TO_MULTICAST
                                                 : SCN_TO_STACK;
    seg->twist.data_offset = (int8_t)(r[2] & 15);
    seg->twist.reserved = r[3] & 7;
    seg->ecn = r[3] >> 3 & 3;
    seg->count = r[4] % (COUNT_MAX + 1);
}

static void read_syn_options(struct scn_segment *seg, const uint8_t *r)
{
    static const int8_t modes[4] = {-2, -1, 0, 0};
    seg->mss = modes[r[1] & 3] < 0 ? modes[r[1] & 3] : r[2] << 8 | r[3];
    seg->wscale = modes[r[1] >> 2 & 3] < 0 ? modes[r[1] >> 2 & 3] : r[4];
    static const int8_t sack_modes[4] = {-2, 0, 1, 1};
    seg->sack_ok = sack_modes[r[1] >> 4 & 3];
}

static void read_raw_options(struct scn_segment *seg, const uint8_t *r)
{
    for (unsigned i = 0; i < r[1] % 7u && seg->raw_options_len < WIRE_OPTIONS_MAX; i++) {
        seg->raw_options[seg->raw_options_len++] = r[2 + i];
    }
}

/* One more block, if there is room beside timestamps. */
static void read_sack(struct scn_segment *seg, const uint8_t *r)
{
    for (unsigned i = 0; i < 2 && seg->sacks < 2 * SACKS_MAX; i++) {
        struct scn_expr *edge = &seg->sack[seg->sacks++];
        bytes_number(BYTES_AT_ACK, r[1 + 2 * i], r[2 + 2 * i], edge);
        if (edge->n == 0) {
            bytes_add_term(edge, SCN_TESTER_ACK, 1);
        }
    }
}

static void read_segment(const struct bytes_state *state, const uint8_t *r, struct scn_step *step)
{
    static const uint8_t usual[8] = {
        WIRE_ACK,
        WIRE_ACK | WIRE_PSH,
        WIRE_ACK,
        WIRE_ACK | WIRE_PSH,
        WIRE_ACK,
        WIRE_ACK | WIRE_FIN,
        WIRE_ACK | WIRE_PSH | WIRE_FIN,
        WIRE_ACK | WIRE_PSH | WIRE_URG,
    };
    struct scn_segment *seg = &step->seg;
    if (state->prepared) {
        *seg = state->seg;
    }
    seg->flags = bytes_kind(r[0]) == BYTES_TEXT ? usual[r[1] & 7] : r[1] ^ WIRE_ACK;
    bytes_number(BYTES_AT_SEQ, r[2], r[3], &seg->seq);
    bytes_number(BYTES_AT_ACK, r[4], r[5], &seg->ack);
    bytes_data(r[6], &seg->data);
    bytes_win(r[7], &seg->win);
    choose(state, BYTES_SEQ, &seg->seq);
    choose(state, BYTES_ACK, &seg->ack);
    choose(state, BYTES_DATA, &seg->data);
    choose(state, BYTES_WIN, &seg->win);
    choose(state, BYTES_URG, &seg->urg);
    choose(state, BYTES_TS_VAL, &seg->ts_val);
    choose(state, BYTES_TS_ECR, &seg->ts_ecr);
    if (seg->ts != SCN_TS_SET) {
        seg->ts_val = seg->ts_ecr = (struct scn_expr){0};
    } else if (seg->ts_val.n == 0 && seg->ts_ecr.n == 0) {
        bytes_add_term(&seg->ts_val, SCN_TESTER_TS, 1); /* so that it can be written out */
    }
    if (seg->raw_options_len == 0) {
        seg->only_raw = false;
    }
    if (seg->win.n == 0) {
        seg->raw_win = false;
    }
    if ((seg->flags & WIRE_URG) != 0 && seg->urg.n == 0) {
        seg->urg = seg->data; /* the usual pointer: behind the text */
    }
}

/* A number of octets or packets: nothing in it may grow beyond what a case can play. */
static void bound_amount(struct scn_expr *expr, int64_t high)
{
    struct scn_expr out = {0};
    bytes_normal(expr);
    for (unsigned i = 0; i < expr->n; i++) {
        struct scn_term term = expr->term[i];
        if ((term.var == SCN_MSS || term.var == SCN_STACK_MSS) && term.number > 0) {
            bytes_add_term(&out, term.var, clamp(term.number, 1, FACTOR_MAX));
        } else if (term.var == SCN_NUMBER) {
            bytes_add_term(&out, SCN_NUMBER, clamp(term.number, out.n > 0 ? -65535 : 0, high));
        }
    }
    if (out.n == 0) {
        bytes_set(&out, 0);
    }
    bytes_normal(&out);
    *expr = out;
}

static void bound_plain(struct scn_expr *expr, int64_t low, int64_t high)
{
    int64_t number = 0;
    for (unsigned i = 0; i < expr->n; i++) {
        number = expr->term[i].var == SCN_NUMBER ? expr->term[i].number : number;
    }
    bytes_set(expr, clamp(number, low, high));
}

static void bound_wait(struct scn_expr *expr)
{
    struct scn_expr out = {0};
    bytes_normal(expr);
    for (unsigned i = 0; i < expr->n; i++) {
        struct scn_term term = expr->term[i];
        if (is_time(term.var)) {
            bytes_add_term(&out, term.var, clamp(term.number, -FACTOR_MAX, FACTOR_MAX));
        } else if (term.var == SCN_NUMBER) {
            bytes_add_term(&out, SCN_NUMBER, clamp(term.number, -WAIT_MAX, WAIT_MAX));
        }
    }
    if (out.n == 1 && out.term[0].var == SCN_NUMBER && out.term[0].number < 0) {
        bytes_set(&out, 0);
    }
    *expr = out;
}

/* Set FLAG; false if it was set already. */
static bool once(bool *flag)
{
    bool first = !*flag;
    *flag = true;
    return first;
}

/* Bring the number of a call into bounds; false if the call has none. */
static bool bound_call(struct scn_step *step)
{
    switch (step->what) {
    case SCN_APP_SEND:
    case SCN_APP_READ:
        bound_amount(&step->number, AMOUNT_MAX);
        return true;
    case SCN_APP_URGENT:
        bound_plain(&step->number, 1, AMOUNT_MAX);
        return true;
    case SCN_APP_READER:
        bound_plain(&step->number, 0, 1);
        return true;
    case SCN_APP_ALLOC_FAIL:
        bound_plain(&step->number, 0, 4096);
        return true;
    case SCN_APP_MTU:
        bound_plain(&step->number, 68, 65535);
        return true;
    case SCN_APP_LISTEN:
        bound_plain(&step->number, 1, 128);
        return true;
    default:
        step->number = (struct scn_expr){0};
        return false;
    }
}

/* Whether this call can be made where the scenario stands. */
static bool read_app(struct bytes_state *state, struct scn_step *step)
{
    bound_call(step);
    bool closed = state->given_state == SCN_CLOSED;
    bool *frozen = &state->frozen[step->conn];
    bool thaws = *frozen;
    switch (step->what) {
    case SCN_APP_LISTEN:
        return closed && once(&state->listening);
    case SCN_APP_CONNECT:
        return (closed || step->conn != 0) && once(&state->used[step->conn]);
    case SCN_APP_CLOSE:
    case SCN_APP_ABORT:
        state->closed[step->conn] = true; /* the handle is gone */
        return true;
    case SCN_APP_CHECKPOINT:
        return once(frozen);
    case SCN_APP_RESTORE:
        *frozen = false;
        return thaws;
    default:
        return true;
    }
}

static void read_link(const struct bytes_state *state, const uint8_t *r, struct scn_step *step)
{
    step->what = (r[1] & 0x7f) % (SCN_LINK_HEAL + 1);
    step->from_stack = (r[1] & 0x80) != 0;
    enum bytes_anchors at = step->what == SCN_LINK_DELAY ? BYTES_AT_TIME : BYTES_AT_AMOUNT;
    bytes_number(at, r[2], r[3], &step->number);
    choose(state, BYTES_NUMBER, &step->number);
    switch (step->what) {
    case SCN_LINK_DELAY:
        bound_plain(&step->number, 0, DELAY_MAX);
        break;
    case SCN_LINK_LOSS:
        bound_plain(&step->number, 0, 1000);
        break;
    case SCN_LINK_TX_ERROR:
        step->from_stack = true;
        bound_plain(&step->number, 0, PACKETS_MAX);
        break;
    case SCN_LINK_HEAL:
        step->from_stack = false;
        step->number = (struct scn_expr){0};
        break;
    default:
        bound_plain(&step->number, 0, PACKETS_MAX);
        break;
    }
}

static void read_auto_ack(const struct bytes_state *state, const uint8_t *r, struct scn_step *step)
{
    step->off = (r[1] & 1) != 0;
    if (!step->off) {
        step->every = r[1] >> 1 & 7;
        bytes_win(r[2], &step->seg.win);
        choose(state, BYTES_WIN, &step->seg.win);
    }
}

/* A fill takes time: few of them, and most of them short. */
static bool read_fill(struct bytes_state *state, const uint8_t *r, struct scn_step *step)
{
    step->what = (r[1] & 1) != 0 ? SCN_FILL_RETRACTED : SCN_FILL_FULL;
    bytes_number(BYTES_AT_AMOUNT, r[2], r[3], &step->number);
    choose(state, BYTES_NUMBER, &step->number);
    bound_amount(&step->number, TEXT_MAX);
    if (step->number.term[0].number <= 0) {
        bytes_set(&step->number, 1);
    }
    unsigned most = r[4] == BYTES_MOST_EXPLICIT ? (unsigned)r[5] << 8 | r[6] : r[4] + 1u;
    step->seg.count = (uint16_t)(most > 0 && most < BYTES_MOST ? most : BYTES_MOST);
    return state->fills++ < FILLS_MAX;
}

static void read_icmp(const struct bytes_state *state, const uint8_t *r, struct scn_step *step)
{
    step->icmp_type = r[1];
    step->icmp_code = r[2];
    step->icmp_info = get32(r + 3);
    bytes_number(BYTES_AT_QUOTE, r[7], 0, &step->number);
    choose(state, BYTES_NUMBER, &step->number);
    for (unsigned i = 0; i < step->number.n; i++) { /* a position, no time */
        struct scn_term *term = &step->number.term[i];
        term->var = is_time(term->var) ? SCN_NUMBER : term->var;
    }
}

static void bound_option(struct scn_step *step)
{
    switch (step->option) {
    case TCPASSAY_OPT_RCVBUF:
    case TCPASSAY_OPT_SNDBUF:
    case TCPASSAY_OPT_WINDOW_CLAMP:
        bound_plain(&step->number, 1, BUFFER_MAX);
        break;
    case TCPASSAY_OPT_NODELAY:
    case TCPASSAY_OPT_KEEPALIVE:
    case TCPASSAY_OPT_LINGER0:
    case TCPASSAY_OPT_OOBINLINE:
        bound_plain(&step->number, 0, 1);
        break;
    case TCPASSAY_OPT_KEEPCNT:
        bound_plain(&step->number, 1, UINT8_MAX);
        break;
    case TCPASSAY_OPT_MAXSEG:
        bound_plain(&step->number, 1, UINT16_MAX);
        break;
    case TCPASSAY_OPT_USER_TIMEOUT:
        bound_plain(&step->number, 0, WAIT_MAX);
        break;
    default:
        bound_plain(&step->number, OPTION_TIME_MIN, WAIT_MAX);
        break;
    }
}

static bool read_setopt(const struct bytes_state *state, const uint8_t *r, struct scn_step *step)
{
    step->what = SCN_APP_SETOPT;
    step->option = bytes_option(r[1]);
    enum bytes_anchors at = bytes_option_is_time(step->option) ? BYTES_AT_TIME : BYTES_AT_AMOUNT;
    bytes_number(at, r[2], r[3], &step->number);
    choose(state, BYTES_NUMBER, &step->number);
    bound_option(step);
    return !state->closed[step->conn];
}

/* A step that stands on its own; what records before it prepared is in STATE. */
static bool read_step(struct bytes_state *state, const uint8_t *r, struct scn_step *step)
{
    static const uint8_t ops[] = {
        [BYTES_TEXT] = SCN_SEND,         [BYTES_SEGMENT] = SCN_SEND, [BYTES_APP] = SCN_APP,
        [BYTES_SETOPT] = SCN_APP,        [BYTES_WAIT] = SCN_WAIT,    [BYTES_LINK] = SCN_LINK,
        [BYTES_AUTO_ACK] = SCN_AUTO_ACK, [BYTES_ICMP] = SCN_ICMP,    [BYTES_FILL] = SCN_FILL,
    };
    enum bytes_kind kind = bytes_kind(r[0]);
    scn_step_default(step, ops[kind]);
    step->conn = r[0] >> 5 == 1;
    switch (kind) {
    case BYTES_APP:
        step->what = bytes_app(r[1]);
        bytes_number(BYTES_AT_AMOUNT, r[2], r[3], &step->number);
        choose(state, BYTES_NUMBER, &step->number);
        return read_app(state, step);
    case BYTES_SETOPT:
        return read_setopt(state, r, step);
    case BYTES_WAIT:
        step->conn = 0;
        bytes_number(BYTES_AT_TIME, r[1], r[2], &step->number);
        choose(state, BYTES_NUMBER, &step->number);
        bound_wait(&step->number);
        break;
    case BYTES_LINK:
        step->conn = 0;
        read_link(state, r, step);
        break;
    case BYTES_AUTO_ACK:
        read_auto_ack(state, r, step);
        break;
    case BYTES_ICMP:
        read_icmp(state, r, step);
        break;
    case BYTES_FILL:
        return read_fill(state, r, step);
    default:
        read_segment(state, r, step);
        state->used[step->conn] = true;
        break;
    }
    return true;
}

bool bytes_record(struct bytes_state *state, const uint8_t record[SCN_BYTES_RECORD],
                  struct scn_step *ret_step)
{
    enum bytes_kind kind = bytes_kind(record[0]);
    state->prepared |= kind == BYTES_TIMES || kind == BYTES_TWIST || kind == BYTES_SYN_OPTIONS ||
                       kind == BYTES_RAW_OPTIONS || kind == BYTES_SACK;
    switch (kind) {
    case BYTES_TERM:
        read_term(state, record);
        return false;
    case BYTES_TIMES:
        read_times(state, record);
        return false;
    case BYTES_TWIST:
        read_twist(&state->seg, record);
        return false;
    case BYTES_SYN_OPTIONS:
        read_syn_options(&state->seg, record);
        return false;
    case BYTES_RAW_OPTIONS:
        read_raw_options(&state->seg, record);
        return false;
    case BYTES_SACK:
        read_sack(&state->seg, record);
        return false;
    default:
        break;
    }
    bool is_step = read_step(state, record, ret_step);
    forget(state);
    return is_step;
}

/* ---- the head ---- */

/* What an octet of the head chooses: the explicit number, one of a list, or mostly the default. */
static int64_t pick(uint8_t choice, int64_t usual, int64_t written, const int64_t *list, size_t n)
{
    if (choice == BYTES_EXPLICIT) {
        return written;
    }
    return choice < BYTES_LISTED ? usual : list[(choice - BYTES_LISTED) % n];
}

/* More can never be, which would end the case before its first step; and a long warm-up takes time
 * alone. */
static int64_t most_in_flight(const struct scn_given *g)
{
    int64_t most = IN_FLIGHT_SEGMENTS * (g->mss >= 0 ? g->mss : 536);
    if (g->win < most)
        most = g->win;
    return g->sndbuf >= 0 && g->sndbuf < most ? g->sndbuf : most;
}

static void read_sizes(const uint8_t *h, struct scn_given *g)
{
    static const int64_t segments[] = {-1,  0,    1,    48,   64,   88,   100,   216,
                                       536, 1000, 1220, 1440, 1448, 8960, 65495, 65535};
    static const int64_t windows[] = {
        0, 1, 100, 536, 1460, 2920, 5000, 10000, 30000, 65535, 100000, 1000000, INT64_C(1) << 30};
    static const int64_t buffers[] = {1,     256,   1024,  2304,   4096,   8192,
                                      16384, 65535, 65536, 100000, 262144, INT64_C(1) << 20};
    static const int64_t flights[] = {0, 0, 2920, 0, 0, 4380, 0, 0, 8760, 0, 0, 14600}; /* slow */
    static const int64_t stores[] = {4096, 2304, 16384, 65536, 1000, 262144};
    int64_t mss = g->family == 6 ? 1440 : 1460;
    g->mss = (int32_t)pick(h[BYTES_MSS_CHOICE], mss, get32(h + BYTES_MSS) & 0xffff, segments,
                           COUNT(segments));
    g->win = pick(h[BYTES_WIN_CHOICE], 65535, get32(h + BYTES_WINDOW), windows, COUNT(windows));
    g->win = clamp(g->win, 0, INT64_C(1) << 30);
    g->rcvbuf = pick(h[BYTES_RCVBUF_CHOICE], -1, clamp(get32(h + BYTES_RCVBUF), 1, BUFFER_MAX),
                     buffers, COUNT(buffers));
    g->sndbuf = pick(h[BYTES_SNDBUF_CHOICE], -1, clamp(get32(h + BYTES_SNDBUF), 1, BUFFER_MAX),
                     stores, COUNT(stores));
    g->in_flight =
        pick(h[BYTES_IN_FLIGHT_CHOICE], 0, get32(h + BYTES_IN_FLIGHT), flights, COUNT(flights));
    g->in_flight = clamp(g->in_flight, 0, most_in_flight(g));
    g->backlog = h[BYTES_BACKLOG] == 0 ? 8 : h[BYTES_BACKLOG];
}

static void read_isn(uint8_t choice, uint32_t written, bool *ret_set, uint32_t *ret_isn)
{
    static const int64_t numbers[] = {
        0,          1,          0x7fffffff, 0x80000000, 0x80000001, 0xffffffff,
        0xfffffffe, 0xfffffff0, 0xffffff00, 0xffff0000, 0x7fffff00, 0x7fff0000,
    };
    *ret_set = choice == BYTES_EXPLICIT || choice >= BYTES_LISTED;
    *ret_isn = (uint32_t)pick(choice, 0, written, numbers, COUNT(numbers));
}

void bytes_head(const uint8_t head[SCN_BYTES_HEAD], struct scn_given *given, uint64_t *ret_seed)
{
    scn_given_default(given);
    given->state = (uint8_t)((head[1] + SCN_ESTABLISHED) % SCN_STATES);
    given->open = (head[2] & 3) == 3 ? SCN_PASSIVE : head[2] & 3;
    given->family = (head[2] & 0x04) != 0 ? 6 : 4;
    given->ts = (head[2] & 0x08) != 0;
    given->sack = (head[2] & 0x10) != 0;
    given->reader = (head[2] & 0x20) == 0;
    given->nodelay = (head[2] & 0x40) == 0;
    given->linger0 = (head[2] & 0x80) != 0;
    given->wscale = (int16_t)((head[3] & 15) - 1);
    read_sizes(head, given);
    read_isn(head[BYTES_ISS_CHOICE], get32(head + BYTES_ISS), &given->iss_set, &given->iss);
    read_isn(head[BYTES_IRS_CHOICE], get32(head + BYTES_IRS), &given->irs_set, &given->irs);
    if (head[BYTES_DELAY] < BYTES_DELAYED) {
        struct scn_expr delay;
        bytes_number(BYTES_AT_TIME, head[BYTES_DELAY], head[BYTES_DELAY + 1], &delay);
        given->delay = delay.n > 0 ? (uint64_t)delay.term[0].number : 0;
    }
    *ret_seed = get32(head + BYTES_SEED);
    *ret_seed += *ret_seed == 0; /* 0 would mean the run's, and depend on the name of the case */
}

uint8_t scn_bytes_profile(const uint8_t *data, size_t size)
{
    return size > 0 ? data[0] : 0;
}

/* The COUNT octets at AT; those that the input has not are zero, and all are made in ROOM then. */
static const uint8_t *take(const uint8_t *data, size_t size, size_t at, uint8_t *room, size_t count)
{
    if (at <= size && size - at >= count) {
        return data + at;
    }
    memset(room, 0, count);
    if (at < size) {
        memcpy(room, data + at, size - at);
    }
    return room;
}

/* What stands in the room for one more step becomes one. */
static void append(struct scn *scn)
{
    uint16_t index = scn->steps++;
    scn->step[index].label = (uint16_t)(index + 1);
    if (index > 0) {
        scn->step[index - 1].next = (int16_t)index;
    } else {
        scn->first = 0;
    }
}

/* The least that a rule can say, and so the least that a scenario does. */
static int append_nothing(struct scn *scn)
{
    struct scn_step *step = scn_step_room(scn);
    if (step == NULL) {
        return -1;
    }
    scn_step_default(step, SCN_WAIT);
    bytes_set(&step->number, 0);
    append(scn);
    return 0;
}

int scn_from_bytes(const uint8_t *data, size_t size, struct scn *scn)
{
    uint8_t head[SCN_BYTES_HEAD], record[SCN_BYTES_RECORD];
    struct bytes_state state;
    *scn = (struct scn){.step = scn->step, .capacity = scn->capacity};
    scn_clear(scn);
    scn->rule = scn->name = "scenario.from-bytes";
    scn->title = "A scenario from octets";
    scn->kind = "scenario";
    bytes_head(take(data, size, 0, head, sizeof head), &scn->given, &scn->seed);
    bytes_begin(&state, &scn->given);
    for (unsigned i = 0; i < SCN_BYTES_RECORDS && scn->steps < SCN_BYTES_STEPS; i++) {
        size_t at = SCN_BYTES_HEAD + i * sizeof record;
        if (at >= size) {
            break;
        }
        struct scn_step *step = scn_step_room(scn);
        if (step == NULL) {
            return -1;
        }
        if (bytes_record(&state, take(data, size, at, record, sizeof record), step)) {
            append(scn);
        }
    }
    return scn->steps > 0 ? 0 : append_nothing(scn);
}
