/* SPDX-License-Identifier: BSD-2-Clause */
/* The ladder: from a trace to rows. Numbers are relative, as the rules write them. */
#include "report/ladder.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 200, STACK_SIDE = 0, TESTER_SIDE = 1 };

/** What rows before this one said of a connection, each side: [STACK_SIDE], [TESTER_SIDE]. */
struct side {
    int64_t edge, end; /* right edge offered; end of what was sent */
    int64_t win;
    bool edge_known, win_known;
};

struct maker {
    const struct ladder_source *from;
    json_t *rows;
    uint64_t base;
    struct side side[TRACE_CONNS][2];
    uint8_t incarnation[TRACE_CONNS];
};

static const char *error_name(int64_t err)
{
    static const char *const names[] = {
        "ok",        "would block", "reset",         "refused",
        "timed out", "unreachable", "not connected", "sending side is closed",
        "in use",    "no memory",   "not supported", "invalid",
        "aborted",   "failed",
    };
    int64_t i = -err;
    return i >= 0 && i < (int64_t)(sizeof names / sizeof *names) ? names[i] : "unknown error";
}

/* ---- text of segments ---- */

static void add(char *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(char *buf, const char *format, ...)
{
    va_list args;
    size_t n = strlen(buf);
    va_start(args, format);
    vsnprintf(buf + n, TEXT_MAX - n, format, args);
    va_end(args);
}

static void add_flags(char *buf, const struct wire_seg *seg)
{
    static const struct {
        uint16_t flag;
        char letter;
    } letters[] = {{WIRE_SYN, 'S'}, {WIRE_FIN, 'F'}, {WIRE_RST, 'R'}, {WIRE_PSH, 'P'},
                   {WIRE_URG, 'U'}, {WIRE_ECE, 'E'}, {WIRE_CWR, 'C'}};
    char text[16];
    size_t n = 0;
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (seg->flags & letters[i].flag)
            text[n++] = letters[i].letter;
    if ((seg->flags & WIRE_ACK) && (seg->len == 0 || (seg->flags & (WIRE_SYN | WIRE_RST))))
        text[n++] = 'A';
    text[n] = '\0';
    const char *shown = n ? text : (seg->flags & WIRE_ACK) ? "·" : "none";
    add(buf, "%s%*s", shown, n < 3 ? 3 - (n ? (int)n : 1) : 0, "");
}

static void add_options(char *buf, const struct wire_seg *seg, const struct trace_event *e,
                        const struct scn *scn, const struct trace_flow *flow)
{
    const struct wire_options *o = &seg->opt;
    if (o->mss_set)
        add(buf, " mss %u", o->mss);
    if (o->wscale_set)
        add(buf, " wscale %u", o->wscale);
    if (o->sack_ok)
        add(buf, " sack-ok");
    if (o->ts_set && (!scn || scn->given.ts))
        add(buf, " ts %u:%u", o->ts_val, o->ts_ecr);
    for (unsigned i = 0; i < o->sacks && i < WIRE_SACK_MAX; i++) {
        uint32_t isn = e->from_stack ? flow->irs : flow->iss;
        add(buf, " sack %lld:%lld", (long long)trace_unwrap(o->sack[i].left, isn, e->ack),
            (long long)trace_unwrap(o->sack[i].right, isn, e->ack));
    }
    if (seg->errors)
        add(buf, " (%s)", wire_error_text(seg->errors));
}

static int64_t window_of(const struct trace_event *e, const struct trace_flow *flow)
{
    uint8_t shift = e->from_stack ? flow->rcv_shift : flow->snd_shift;
    return (int64_t)e->seg.window << ((e->seg.flags & WIRE_SYN) ? 0 : shift);
}

/** Sequence numbers, text, acknowledgment, window: what this row says that the last did not. */
static void add_numbers(char *buf, const struct trace_event *e, const struct trace_flow *flow,
                        const struct side *side)
{
    const struct wire_seg *seg = &e->seg;
    if (seg->len)
        add(buf, "%lld:%lld (%u)", (long long)e->seq, (long long)e->seq + seg->len, seg->len);
    else
        add(buf, "%lld", (long long)e->seq);
    bool ack_matters = !e->from_stack || !seg->len || (seg->flags & WIRE_RST);
    if ((seg->flags & WIRE_ACK) && ack_matters)
        add(buf, "  ack %lld", (long long)e->ack);
    int64_t win = window_of(e, flow);
    bool win_matters = !side->win_known || side->win != win || (!e->from_stack && !seg->len);
    if (!(seg->flags & WIRE_RST) && win_matters)
        add(buf, "  win %lld", (long long)win);
    if (seg->flags & WIRE_URG)
        add(buf, "  urg %u", seg->urgent);
}

static void text_of_stranger(char *buf, const struct trace_event *e)
{
    struct wire_icmp icmp;
    if (wire_parse_icmp(e->packet, e->packet_len, &icmp))
        add(buf, "icmp type %u code %u", icmp.type, icmp.code);
    else if (e->seg.errors & WIRE_UNREADABLE)
        add(buf, "%u octets: %s", e->packet_len, wire_error_text(e->seg.errors));
    else {
        add_flags(buf, &e->seg);
        add(buf, " port %u to %u, seq %u ack %u", e->seg.src.port, e->seg.dst.port, e->seg.seq,
            e->seg.ack);
    }
}

/* ---- rows ---- */

static void step_label(const struct ladder_source *from, const struct trace_event *e, char *buf,
                       size_t cap)
{
    if (e->step == TRACE_STEP_GIVEN)
        snprintf(buf, cap, "given");
    else if (e->step == TRACE_STEP_CLOSING)
        snprintf(buf, cap, "end");
    else if (from->scn && e->step < from->scn->steps)
        snprintf(buf, cap, "%u", from->scn->step[e->step].label);
    else
        snprintf(buf, cap, "%s", "");
}

static json_t *row_new(struct maker *m, const struct trace_event *e, const char *who,
                       const char *text)
{
    char label[16], clean[TEXT_MAX * 2];
    step_label(m->from, e, label, sizeof label);
    json_t *row = json_pack("{s:I, s:s, s:s, s:s}", "at", (json_int_t)(e->time - m->base), "who",
                            who, "text", text_clean(text, clean, sizeof clean), "step", label);
    if (row)
        json_array_append_new(m->rows, row);
    return row;
}

/** The right edge that the row offers, if it is new; the arrow when it went left. */
static bool note_edge(json_t *row, const struct trace_event *e, const struct trace_flow *flow,
                      struct side *side)
{
    char text[64];
    const struct wire_seg *seg = &e->seg;
    if (!(seg->flags & WIRE_ACK) || (seg->flags & WIRE_RST) || seg->errors)
        return false;
    int64_t edge = e->ack + window_of(e, flow);
    bool back = side->edge_known && edge < side->edge;
    if (back)
        snprintf(text, sizeof text, "%lld → %lld", (long long)side->edge, (long long)edge);
    else
        snprintf(text, sizeof text, "%lld", (long long)edge);
    if (!side->edge_known || edge != side->edge)
        json_object_set_new(row, "edge", json_string(text));
    side->edge = edge;
    side->edge_known = true;
    return back;
}

static json_t *segment_row(struct maker *m, const struct trace_event *e)
{
    char text[TEXT_MAX] = "";
    const struct trace *trace = m->from->trace;
    const char *who = e->from_stack ? "stack" : "tester";
    const struct trace_flow *flow = e->conn < TRACE_CONNS ? trace_flow(trace, e->conn) : NULL;
    if (!flow || (e->seg.errors & WIRE_UNREADABLE)) {
        text_of_stranger(text, e);
        return row_new(m, e, who, text);
    }
    if (m->incarnation[e->conn] != e->incarnation) { /* numbers begin anew */
        memset(m->side[e->conn], 0, sizeof m->side[e->conn]);
        m->incarnation[e->conn] = e->incarnation;
    }
    struct side *side = &m->side[e->conn][e->from_stack ? STACK_SIDE : TESTER_SIDE];
    const struct side *other = &m->side[e->conn][e->from_stack ? TESTER_SIDE : STACK_SIDE];
    if (e->conn)
        add(text, "%c: ", 'a' + e->conn);
    add_flags(text, &e->seg);
    add_numbers(text, e, flow, side);
    add_options(text, &e->seg, e, m->from->scn, flow);
    int64_t end = e->seq + (int64_t)wire_seg_len(&e->seg);
    bool again = (e->seg.len || (e->seg.flags & WIRE_SYN)) && end <= side->end;
    if (again)
        add(text, " rexmit");
    json_t *row = row_new(m, e, who, text);
    if (!row)
        return NULL;
    if (note_edge(row, e, flow, side))
        json_object_set_new(row, "mark", json_string("right edge moved back"));
    else if (e->seg.len && !again && other->edge_known && e->seq + e->seg.len == other->edge)
        json_object_set_new(row, "mark", json_string("window full"));
    side->end = end > side->end ? end : side->end;
    side->win = window_of(e, flow);
    side->win_known = true;
    return row;
}

static void option_text(char *buf, const struct trace_event *e)
{
    static const char *const names[] = {[TCPASSAY_OPT_RCVBUF] = "receive buffer",
                                        [TCPASSAY_OPT_SNDBUF] = "send buffer",
                                        [TCPASSAY_OPT_NODELAY] = "no delay",
                                        [TCPASSAY_OPT_KEEPALIVE] = "keep-alive",
                                        [TCPASSAY_OPT_KEEPIDLE] = "keep-alive idle",
                                        [TCPASSAY_OPT_KEEPINTVL] = "keep-alive interval",
                                        [TCPASSAY_OPT_KEEPCNT] = "keep-alive count",
                                        [TCPASSAY_OPT_USER_TIMEOUT] = "user timeout",
                                        [TCPASSAY_OPT_LINGER0] = "linger 0",
                                        [TCPASSAY_OPT_OOBINLINE] = "urgent inline",
                                        [TCPASSAY_OPT_WINDOW_CLAMP] = "window clamp",
                                        [TCPASSAY_OPT_MAXSEG] = "largest segment",
                                        [TCPASSAY_OPT_ISS] = "ISS"};
    char time[32];
    size_t known = sizeof names / sizeof *names;
    bool named = e->arg > 0 && (size_t)e->arg < known;
    bool is_time = e->arg == TCPASSAY_OPT_KEEPIDLE || e->arg == TCPASSAY_OPT_KEEPINTVL ||
                   e->arg == TCPASSAY_OPT_USER_TIMEOUT;
    add(buf, "set %s ", named ? names[e->arg] : "option");
    if (is_time)
        add(buf, "%s", text_duration((uint64_t)e->offset, time, sizeof time));
    else
        add(buf, "%lld", (long long)e->offset);
}

/** Calls that changed nothing (would block) are not worth a row. */
static bool call_text(const struct trace_event *e, char *buf)
{
    static const char *const names[] = {
        [TRACE_LISTEN] = "listen",
        [TRACE_ACCEPT] = "accept",
        [TRACE_CONNECT] = "connect",
        [TRACE_CONNECTED] = "connected",
        [TRACE_SEND] = "send",
        [TRACE_RECV] = "recv",
        [TRACE_SHUTDOWN] = "shutdown",
        [TRACE_CLOSE] = "close",
        [TRACE_ABORT] = "abort",
        [TRACE_OPTION] = "set option",
        [TRACE_URGENT] = "told of urgent data",
        [TRACE_CHECKPOINT] = "checkpoint",
        [TRACE_RESTORE] = "restore",
        [TRACE_ALLOC_FAIL] = "allocations fail",
        [TRACE_TX_ERROR] = "sendings fail",
        [TRACE_MTU] = "mtu",
        [TRACE_READER] = "reader",
    };
    const char *name = e->call < sizeof names / sizeof *names ? names[e->call] : "?";
    if (e->result == TCPASSAY_EWOULDBLOCK && e->kind == TRACE_CALL)
        return false;
    switch (e->call) {
    case TRACE_SEND:
        add(buf, "send %lld", (long long)e->arg);
        if (e->result >= 0 && e->result != e->arg)
            add(buf, ", %lld taken", (long long)e->result);
        break;
    case TRACE_RECV:
        if (e->result == 0)
            add(buf, "recv: end of the stream");
        else if (e->result > 0)
            add(buf, "recv %lld", (long long)e->result);
        else
            add(buf, "recv");
        if (e->result > 0 && e->arg != e->result)
            add(buf, ", wrong octet at %lld", (long long)e->offset + e->arg);
        break;
    case TRACE_READER:
        add(buf, "%s", e->arg ? "reads all that comes" : "stops reading");
        return true;
    case TRACE_OPTION:
        option_text(buf, e);
        break;
    case TRACE_MTU:
    case TRACE_ALLOC_FAIL:
    case TRACE_TX_ERROR:
        add(buf, "%s %lld", name, (long long)e->arg);
        break;
    default:
        add(buf, "%s", name);
    }
    if (e->result < 0)
        add(buf, ": %s", error_name(e->result));
    return true;
}

static json_t *call_row(struct maker *m, const struct trace_event *e)
{
    char text[TEXT_MAX] = "";
    if (e->conn > 0 && e->conn < TRACE_CONNS)
        add(text, "%c: ", 'a' + e->conn);
    if (!call_text(e, text))
        return NULL;
    return row_new(m, e, e->kind == TRACE_FAULT ? "link" : "app", text);
}

/** A packet of the stack that the link lost already has its row: mark that one. */
static json_t *lost_row(struct maker *m, const struct trace_event *e,
                        const struct trace_event *sent)
{
    json_t *row = NULL;
    if (e->from_stack && sent && sent->kind == TRACE_SENT && sent->packet_len == e->packet_len)
        row = json_array_get(m->rows, json_array_size(m->rows) - 1);
    else
        row = segment_row(m, e);
    if (row)
        json_object_set_new(row, "lost", json_true());
    return row;
}

static json_t *event_row(struct maker *m, const struct trace_event *e,
                         const struct trace_event *before)
{
    switch (e->kind) {
    case TRACE_SENT:
    case TRACE_INJECTED:
        return segment_row(m, e);
    case TRACE_LOST:
        return lost_row(m, e, before);
    case TRACE_CALL:
    case TRACE_FAULT:
        return call_row(m, e);
    case TRACE_NOTE:
        return row_new(m, e, "note", e->text ? e->text : "");
    case TRACE_TESTER:
    case TRACE_ARRIVED:
    case TRACE_STEP:
        break;
    }
    return NULL;
}

static void set_mark(json_t *row, const char *mark)
{
    json_object_set_new(row, "guilty", json_true());
    char clean[TEXT_MAX * 2];
    if (mark && *mark)
        json_object_set_new(row, "mark",
                            json_sprintf("✖ %s", text_clean(mark, clean, sizeof clean)));
}

/** What did not come has its row where its step ended. */
static void absence(struct maker *m, size_t at, uint64_t time)
{
    const struct ladder_source *from = m->from;
    json_t *row =
        json_pack("{s:I, s:s, s:s, s:o}", "at", (json_int_t)(time - m->base), "who", "note", "text",
                  "(nothing)", "step", json_sprintf("%u", from->step->label));
    if (!row)
        return;
    set_mark(row, from->mark);
    json_array_insert_new(m->rows, at, row);
}

/** Whether E comes after the step that waited in vain. */
static bool is_behind(const struct ladder_source *from, const struct trace_event *e)
{
    if (e->step == TRACE_STEP_CLOSING)
        return true;
    return from->went_on && from->step && from->scn && e->step < from->scn->steps &&
           from->scn->step[e->step].label > from->step->label;
}

/** Rows of the trace; and where the absent thing was waited for, if that is the matter. */
static void make_rows(struct maker *m, size_t *ret_after, uint64_t *ret_time)
{
    const struct ladder_source *from = m->from;
    size_t count = trace_count(from->trace);
    const struct trace_event *before = NULL;
    bool behind = false;
    for (size_t i = 0; i < count; i++) {
        const struct trace_event *e = trace_at(from->trace, i);
        if (!behind) {
            *ret_after = json_array_size(m->rows);
            *ret_time = e->time;
        }
        behind = behind || is_behind(from, e);
        json_t *row = event_row(m, e, before);
        if (i == from->guilty && !row)
            row = json_array_get(m->rows, json_array_size(m->rows) - 1);
        if (i == from->guilty && row)
            set_mark(row, from->mark);
        before = e;
    }
    if (!behind) {
        *ret_after = json_array_size(m->rows);
        *ret_time = m->base + from->elapsed > *ret_time ? m->base + from->elapsed : *ret_time;
    }
}

/* ---- folding ---- */

static bool is(const json_t *row, const char *who)
{
    const char *text = json_string_value(json_object_get(row, "who"));
    return text && !strcmp(text, who);
}

static const char *text_at(const json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));
    return text ? text : "";
}

/** Plain text or a plain ACK in the midst of its like. */
static bool dull(const json_t *rows, size_t i)
{
    const json_t *row = json_array_get(rows, i);
    const json_t *near[2] = {i ? json_array_get(rows, i - 1) : NULL, json_array_get(rows, i + 1)};
    if (json_object_get(row, "guilty") || json_object_get(row, "mark") ||
        json_object_get(row, "lost") || is(row, "note") || is(row, "link"))
        return false;
    if ((is(row, "stack") || is(row, "tester")) && strpbrk(text_at(row, "text"), "SFR"))
        return false;
    for (int k = 0; k < 2; k++)
        if (!near[k] || strcmp(text_at(near[k], "step"), text_at(row, "step")) != 0 ||
            json_object_get(near[k], "guilty"))
            return false;
    return true;
}

static json_t *fold_row(size_t n)
{
    return json_pack("{s:s, s:o}", "who", "fold", "text", json_sprintf("… %zu more", n));
}

/** Keep what `keep` says; runs of others become one row, unless they are as short as that. */
static json_t *folded(const json_t *rows, const bool *keep)
{
    json_t *out = json_array();
    size_t run = 0;
    size_t count = json_array_size(rows);
    for (size_t i = 0; out && i <= count; i++) {
        if (i < count && !keep[i]) {
            run++;
            continue;
        }
        if (run == 1)
            json_array_append(out, json_array_get(rows, i - 1));
        else if (run > 1)
            json_array_append_new(out, fold_row(run));
        run = 0;
        if (i < count)
            json_array_append(out, json_array_get(rows, i));
    }
    return out;
}

static size_t guilty_row(const json_t *rows)
{
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (json_object_get(json_array_get(rows, i), "guilty"))
            return i;
    return json_array_size(rows);
}

/** First fold what is dull, in runs over three; then all that is far from both ends and the guilty.
 */
static json_t *fold(json_t *rows)
{
    enum { SHORT_RUN = 3, HEAD = 14, AROUND = 14, TAIL = 8, FEW = 40 };
    size_t count = json_array_size(rows);
    size_t guilty = guilty_row(rows);
    bool *keep = count > FEW ? calloc(count + 1, sizeof *keep) : NULL;
    if (!keep)
        return rows;
    for (size_t i = 0, run = 0; i <= count; i++) {
        bool boring = i < count && dull(rows, i);
        keep[i] = !boring;
        for (size_t k = 1; !boring && run <= SHORT_RUN && k <= run; k++)
            keep[i - k] = true;
        run = boring ? run + 1 : 0;
    }
    json_t *out = folded(rows, keep);
    if (json_array_size(out) > LADDER_ROWS) {
        json_decref(out);
        for (size_t i = 0; i < count; i++)
            keep[i] =
                i < HEAD || i + TAIL >= count || (i + AROUND >= guilty && i <= guilty + AROUND);
        out = folded(rows, keep);
    }
    free(keep);
    json_decref(rows);
    return out;
}

json_t *ladder_rows(const struct ladder_source *from)
{
    struct maker m = {.from = from, .rows = json_array()};
    size_t after = 0;
    uint64_t time = 0;
    if (!m.rows)
        return NULL;
    if (trace_count(from->trace) > 0)
        m.base = time = trace_at(from->trace, 0)->time;
    make_rows(&m, &after, &time);
    if (from->guilty == SIZE_MAX && from->step)
        absence(&m, after, time);
    return from->whole ? m.rows : fold(m.rows);
}
