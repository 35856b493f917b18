/* SPDX-License-Identifier: BSD-2-Clause */
/* The data of a test in C: what was done, and what is expected; emit_c_body.c.in plays it. */
#include "report/emit_c.h"

#include "report/emit_c_body.h" /* made of emit_c_body.c.in: an array of its octets */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum kind { FORBIDDEN, WANTED, CALL };
enum { LEVELS = 4, SLACK_REAL = 100000000 };

struct expected {
    enum kind kind;
    unsigned conn, level, count;
    uint64_t until;
    int64_t seq, ack;
    uint32_t flags, len, window, body, ts_val, ts_ecr;
    size_t last; /* event of the trace that is still done */
};

/* ---- telling segments apart, as the body does ---- */

static uint32_t hash(uint32_t h, const uint8_t *p, size_t len)
{
    while (len-- > 0)
        h = (h ^ *p++) * 16777619u;
    return h;
}

/* Options without the values of timestamps, and the text. */
static uint32_t body_hash(const struct wire_seg *seg)
{
    uint8_t options[WIRE_OPTIONS_MAX];
    unsigned n = seg->raw_options_len;
    memcpy(options, seg->raw_options, n);
    for (unsigned i = 0; i + 1 < n && options[i] != 0;) {
        unsigned len = options[i] == 1 ? 1 : options[i + 1];
        if (options[i] == 8 && len == 10 && i + len <= n) {
            memset(options + i + 2, 0, 8);
            break;
        }
        if (len == 0)
            break;
        i += len;
    }
    return hash(hash(2166136261u, options, n), seg->payload, seg->len);
}

/** The first TSval of the stack in this connection, 0 if there is none. */
static uint32_t first_ts(const struct trace *t, unsigned conn)
{
    for (size_t i = 0; i < trace_count(t); i++) {
        const struct trace_event *e = trace_at(t, i);
        if (e->kind == TRACE_SENT && e->conn == conn && e->seg.opt.ts_set)
            return e->seg.opt.ts_val;
    }
    return 0;
}

static void describe(const struct trace *t, const struct trace_event *e, struct expected *x)
{
    x->conn = e->conn;
    x->seq = e->seq;
    x->ack = e->ack;
    x->flags = e->seg.flags & 0xff;
    x->len = e->seg.len;
    x->window = e->seg.window;
    x->body = body_hash(&e->seg);
    x->ts_val = e->seg.opt.ts_set ? e->seg.opt.ts_val - first_ts(t, e->conn) : 0;
    x->ts_ecr = e->seg.opt.ts_ecr;
}

static bool same(const struct expected *a, const struct expected *b, unsigned level)
{
    bool base = a->conn == b->conn && a->seq == b->seq && !((a->flags ^ b->flags) & ~8u) &&
                a->len == b->len && (!(a->flags & WIRE_ACK) || a->ack == b->ack);
    return base && (level < 1 || a->window == b->window) && (level < 2 || a->body == b->body) &&
           (level < 3 || (a->ts_val == b->ts_val && a->ts_ecr == b->ts_ecr));
}

/** How many such segments the stack of T sent by UNTIL, and before the event END. */
static unsigned count(const struct trace *t, const struct expected *x, unsigned level,
                      uint64_t until, size_t end)
{
    unsigned n = 0;
    for (size_t i = 0; i < end && i < trace_count(t); i++) {
        const struct trace_event *e = trace_at(t, i);
        struct expected one = {0};
        if (e->kind != TRACE_SENT || e->conn >= TRACE_CONNS || e->time > until)
            continue;
        describe(t, e, &one);
        n += same(x, &one, level);
    }
    return n;
}

/* ---- what is expected ---- */

static bool forbid(const struct emit_c_source *from, struct expected *x)
{
    const struct trace_event *e = trace_at(from->trace, from->breach->event);
    x->kind = FORBIDDEN;
    x->until = e->time;
    describe(from->trace, e, x);
    for (x->level = 0; x->level < LEVELS; x->level++) {
        x->count = count(from->trace, x, x->level, x->until, from->breach->event + 1);
        if (!from->reference || count(from->reference, x, x->level, x->until, SIZE_MAX) < x->count)
            return true;
    }
    return false;
}

/** The first segment of the reference that the stack did not send, or not as often. */
static bool want(const struct emit_c_source *from, struct expected *x)
{
    const struct trace *r = from->reference;
    for (size_t i = 0; r && i < trace_count(r); i++) {
        const struct trace_event *e = trace_at(r, i);
        if (e->kind != TRACE_SENT || e->conn >= TRACE_CONNS || e->time > from->breach->time)
            continue;
        struct expected one = {.kind = WANTED, .until = from->breach->time, .last = x->last};
        describe(r, e, &one);
        one.count = count(r, &one, 0, e->time, i + 1);
        if (count(from->trace, &one, 0, one.until, SIZE_MAX) < one.count) {
            *x = one;
            return true;
        }
    }
    return false;
}

static bool expect(const struct emit_c_source *from, struct expected *x)
{
    const struct oracle_breach *b = from->breach;
    const struct trace_event *e =
        b->event < trace_count(from->trace) ? trace_at(from->trace, b->event) : NULL;
    x->last = 0;
    while (x->last + 1 < trace_count(from->trace) &&
           trace_at(from->trace, x->last + 1)->time <= b->time)
        x->last++;
    if (e && e->kind == TRACE_SENT && e->conn < TRACE_CONNS && e->time == b->time) {
        x->last = b->event;
        if (forbid(from, x))
            return true;
    }
    /* An error that the application was told, or what it read. */
    if (e && e->kind == TRACE_CALL && e->conn < TRACE_CONNS &&
        (e->call == TRACE_RECV || (e->result < 0 && e->call != TRACE_URGENT))) {
        *x = (struct expected){.kind = CALL, .conn = e->conn, .until = e->time, .last = b->event};
        return true;
    }
    return want(from, x);
}

/* ---- the data ---- */

static void put_head(const struct emit_c_source *from, const struct expected *x, FILE *out)
{
    char line[160];
    static const char *const tells[] = {"the segment comes (again) that must not come",
                                        "a segment does not come that a right stack sends",
                                        "a call returns again what it must not"};
    fprintf(out,
            "/*\n * %s\n * %s\n *\n * Emitted by tcpassay from %s on %s. It fails if\n * %s.\n *\n"
            " * Build:  cc -I PATH-OF-TCPASSAY/include this.c -ldl    and run: ./a.out PLUG-IN.so "
            "[PROFILE]\n"
            " * or link: cc -DSTACK=my_stack -I ... this.c my_stack.c   (a `struct tcpassay_stack "
            "my_stack`)\n"
            " * Exit: 0 right, 1 the fault is there, 2 it could not be played.\n */\n"
            "#include <stddef.h>\n#include <stdint.h>\n\n#include <tcpassay/stack.h>\n\n",
            oracle_signature(from->breach, line, sizeof line), from->breach->message,
            from->scn->name, from->stack, tells[x->kind]);
}

/** A string of C, quotes and what would end it left out. */
static void put_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++)
        fputc(*text == '"' || *text == '\\' || (unsigned char)*text < ' ' ? '\'' : *text, out);
    fputc('"', out);
}

static void put_conns(const struct emit_c_source *from, FILE *out)
{
    const struct trace_flow *a = trace_flow(from->trace, 0);
    unsigned family = a ? a->tester.family : 4, port = a && a->stack.port ? a->stack.port : 80;
    fprintf(out,
            "#define SEED        UINT64_C(0x%" PRIx64 ")\n#define FAMILY      %u\n"
            "#define LISTEN_PORT %u\n",
            from->seed, family, port);
    fputs("static const uint16_t tester_ports[] = {", out);
    for (unsigned i = 0; i < TRACE_CONNS; i++) {
        const struct trace_flow *f = trace_flow(from->trace, i);
        fprintf(out, "%s%u", i ? ", " : "", f ? (unsigned)f->tester.port : 0u);
    }
    fputs("};\nstatic const uint8_t tester_ip[16] = {", out);
    for (unsigned i = 0; i < 16; i++)
        fprintf(out, "%s%u", i ? ", " : "", a ? (unsigned)a->tester.ip[i] : 0u);
    fputs("};\nstatic const uint32_t tester_isn[] = {", out);
    for (unsigned i = 0; i < TRACE_CONNS; i++) {
        const struct trace_flow *f = trace_flow(from->trace, i);
        fprintf(out, "%s%" PRIu32 "u", i ? ", " : "", f ? f->irs : 0);
    }
    fputs("};\n", out);
}

static void put_expected(const struct emit_c_source *from, const struct expected *x, FILE *out)
{
    static const char *const kinds[] = {"EXPECT_FORBIDDEN", "EXPECT_WANTED", "EXPECT_CALL"};
    char line[160];
    fputs("#define PROFILE   ", out);
    put_string(out, from->profile ? from->profile : "");
    fputs("\n#define SIGNATURE ", out);
    put_string(out, oracle_signature(from->breach, line, sizeof line));
    fputs("\n#define MESSAGE   ", out);
    put_string(out, from->breach->message);
    fprintf(
        out,
        "\n\n/* Positions count from the initial sequence numbers. COUNT of them by UNTIL, a time "
        "in ns\n"
        " * since the beginning; LEVEL: 1 the window too, 2 options and text, 3 timestamps. */\n"
        "enum expectation { EXPECT_FORBIDDEN, EXPECT_WANTED, EXPECT_CALL };\n"
        "static const struct {\n    enum expectation kind;\n    int conn;\n    unsigned level, "
        "count;\n"
        "    uint64_t until;\n    int64_t seq, ack;\n"
        "    uint32_t flags, len, window, body, ts_val, ts_ecr;\n} expected = {\n"
        "    %s, %u, %u, %u, UINT64_C(%" PRIu64
        "), %lld, %lld,\n    0x%02x, %u, %u, %uu, %uu, %uu};\n\n",
        kinds[x->kind], x->conn, x->level, x->count, x->until + (from->real ? SLACK_REAL : 0),
        (long long)x->seq, (long long)x->ack, x->flags, x->len, x->window, x->body, x->ts_val,
        x->ts_ecr);
}

/** The ordinals of the packets whose sending failed. */
static void put_failures(const struct emit_c_source *from, const struct expected *x, FILE *out)
{
    unsigned sent = 0;
    fputs("/* Packets, counted from 1, that the device does not send. */\n"
          "static const unsigned failures[] = {0",
          out);
    for (size_t i = 0; i <= x->last; i++) {
        const struct trace_event *e = trace_at(from->trace, i);
        sent += e->kind == TRACE_SENT;
        if ((e->kind == TRACE_CALL || e->kind == TRACE_FAULT) && e->call == TRACE_TX_ERROR)
            fprintf(out, ", %u", sent);
    }
    fputs("};\n\n", out);
}

/** What the stack's numbers began with when a packet was made for it. */
struct origin {
    uint32_t iss, ts;
    bool iss_set, ts_set;
};

static void follow(struct origin *origin, const struct trace_event *e)
{
    if (e->kind != TRACE_SENT || e->conn >= TRACE_CONNS)
        return;
    struct origin *o = &origin[e->conn];
    if ((e->seg.flags & WIRE_SYN) && (!o->iss_set || o->iss != e->seg.seq))
        *o = (struct origin){.iss = e->seg.seq, .iss_set = true};
    if (e->seg.opt.ts_set && !o->ts_set) {
        o->ts = e->seg.opt.ts_val;
        o->ts_set = true;
    }
}

/** Headers as they are; text by its place in the stream, if it is the stream's. */
static void put_packet(const struct emit_c_source *from, const struct trace_event *e,
                       const struct origin *origin, FILE *out)
{
    int64_t offset = e->seg.flags & WIRE_SYN ? 0 : e->seq - 1;
    size_t len = e->seg.errors & WIRE_UNREADABLE || e->conn >= TRACE_CONNS ? 0 : e->seg.len;
    uint64_t seed = from->seed ^ 1;
    bool plain =
        len && offset >= 0 && wire_stream_check(seed, (uint64_t)offset, e->seg.payload, len) == len;
    bool turned = len && !plain && offset >= 0;
    for (size_t i = 0; turned && i < len; i++)
        turned = (e->seg.payload[i] ^ wire_stream_octet(seed, (uint64_t)offset + i)) == 0xff;
    if (!plain && !turned)
        len = 0;
    bool known = e->conn < TRACE_CONNS;
    fprintf(out, "PACKET, %d, %zu, %lld, 0, %d, %d, %" PRIu32 "u, %" PRIu32 "u,\n     \"",
            known ? e->conn : -1, len, (long long)offset, turned,
            (e->seg.errors & WIRE_TCP_CHECKSUM) != 0, known ? origin[e->conn].iss : 0,
            known ? origin[e->conn].ts : 0);
    for (size_t i = 0; i < e->packet_len - len; i++)
        fprintf(out, "%02x", e->packet[i]);
    fputs("\"},\n", out);
}

static const char *call_name(enum trace_call call)
{
    static const char *const names[] = {[TRACE_LISTEN] = "LISTEN",
                                        [TRACE_ACCEPT] = "ACCEPT",
                                        [TRACE_CONNECT] = "CONNECT",
                                        [TRACE_CONNECTED] = "CONNECTED",
                                        [TRACE_SEND] = "SEND",
                                        [TRACE_RECV] = "RECV",
                                        [TRACE_SHUTDOWN] = "SHUTDOWN",
                                        [TRACE_CLOSE] = "CLOSE",
                                        [TRACE_ABORT] = "ABORT",
                                        [TRACE_OPTION] = "OPTION",
                                        [TRACE_CHECKPOINT] = "CHECKPOINT",
                                        [TRACE_RESTORE] = "RESTORE",
                                        [TRACE_ALLOC_FAIL] = "ALLOC_FAIL",
                                        [TRACE_MTU] = "MTU"};
    return (size_t)call < sizeof names / sizeof *names ? names[call] : NULL;
}

static void put_events(const struct emit_c_source *from, const struct expected *x, FILE *out)
{
    fputs("enum kind { PACKET, LISTEN, ACCEPT, CONNECT, CONNECTED, SEND, RECV, SHUTDOWN, CLOSE, "
          "ABORT, "
          "OPTION,\n            CHECKPOINT, RESTORE, ALLOC_FAIL, MTU };\n\n"
          "/* A packet: ARG octets of text, those at OFFSET of the tester's stream, behind OCTETS. "
          "A call: its\n"
          " * argument, where its octets begin (an option: its value), and what it returned. ISS "
          "and TS: what\n"
          " * the stack's numbers began with when the packet was made. */\n"
          "static const struct event {\n    uint64_t time;\n    enum kind kind;\n    int conn;\n"
          "    int64_t arg, offset, result;\n    int turned, wrong_checksum;\n    uint32_t iss, "
          "ts;\n    const char *octets;\n"
          "} events[] = {\n",
          out);
    struct origin origin[TRACE_CONNS] = {0};
    for (size_t i = 0; i <= x->last; i++) {
        const struct trace_event *e = trace_at(from->trace, i);
        follow(origin, e);
        const char *name =
            e->kind == TRACE_CALL || e->kind == TRACE_FAULT ? call_name(e->call) : NULL;
        if (e->kind == TRACE_INJECTED || name)
            fprintf(out, "    {UINT64_C(%" PRIu64 "), ", e->time);
        if (e->kind == TRACE_INJECTED)
            put_packet(from, e, origin, out);
        else if (name)
            fprintf(out, "%s, %d, %lld, %lld, %lld, 0, 0, 0, 0, \"\"},\n", name,
                    e->conn < TRACE_CONNS                               ? e->conn
                    : e->call == TRACE_OPTION || e->call == TRACE_CLOSE ? -1
                                                                        : 0,
                    (long long)e->arg, (long long)e->offset, (long long)e->result);
    }
    fputs("};\n", out);
}

int emit_c(const struct emit_c_source *from, FILE *out, char *why, size_t why_cap)
{
    struct expected x = {0};
    if (!expect(from, &x)) {
        snprintf(why, why_cap, "nothing in what the stack sent tells it from the reference");
        return -1;
    }
    fputs("/* SPDX-License-Identifier: BSD-2-Clause */\n", out);
    put_head(from, &x, out);
    put_conns(from, out);
    put_expected(from, &x, out);
    put_failures(from, &x, out);
    put_events(from, &x, out);
    fwrite(emit_c_body, 1, sizeof emit_c_body, out);
    if (!ferror(out))
        return 0;
    snprintf(why, why_cap, "it cannot be written");
    return -1;
}
