/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A scenario as YAML, through libyaml. Only what differs from the defaults is written.
 */
#include "scenario/emit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <yaml.h>

enum { TEXT_MAX = 200, INDENT = 2 };

struct emit {
    yaml_emitter_t yaml;
    bool failed;      /* the emitter took no more */
    bool unsupported; /* something has no form in `kind: scenario` */
};

/* ---- events ---- */

static void put(struct emit *e, yaml_event_t *event, int made)
{
    if (!made || e->failed) {
        e->failed = true;
        yaml_event_delete(event);
        return;
    }
    e->failed = !yaml_emitter_emit(&e->yaml, event); /* which takes the event in any case */
}

static void put_styled(struct emit *e, const char *text, yaml_scalar_style_t style)
{
    yaml_event_t event = {0};
    int made = yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text,
                                            (int)strlen(text), 1, 1, style);
    put(e, &event, made);
}

static void put_text(struct emit *e, const char *text)
{
    put_styled(e, text, YAML_ANY_SCALAR_STYLE);
}

static void begin_map(struct emit *e, yaml_mapping_style_t style)
{
    yaml_event_t event = {0};
    put(e, &event, yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, style));
}

static void end_map(struct emit *e)
{
    yaml_event_t event = {0};
    put(e, &event, yaml_mapping_end_event_initialize(&event));
}

static void begin_list(struct emit *e, yaml_sequence_style_t style)
{
    yaml_event_t event = {0};
    put(e, &event, yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, style));
}

static void end_list(struct emit *e)
{
    yaml_event_t event = {0};
    put(e, &event, yaml_sequence_end_event_initialize(&event));
}

/* ---- values ---- */

static const char *duration_text(uint64_t ns, char *buf, size_t cap)
{
    static const struct {
        const char *name;
        uint64_t ns;
    } units[] = {
        {"h", UINT64_C(3600000000000)}, {"m", UINT64_C(60000000000)}, {"s", UINT64_C(1000000000)},
        {"ms", UINT64_C(1000000)},      {"us", UINT64_C(1000)},
    };
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (ns > 0 && ns % units[i].ns == 0) {
            snprintf(buf, cap, "%" PRIu64 "%s", ns / units[i].ns, units[i].name);
            return buf;
        }
    }
    snprintf(buf, cap, ns == 0 ? "0s" : "%" PRIu64 "ns", ns);
    return buf;
}

static void term_text(const struct scn_term *term, bool time, char *buf, size_t cap)
{
    uint64_t size = term->number < 0 ? 0 - (uint64_t)term->number : (uint64_t)term->number;
    if (term->var != SCN_NUMBER && size == 1) {
        snprintf(buf, cap, "%s", scn_var_name(term->var));
    } else if (term->var != SCN_NUMBER) {
        snprintf(buf, cap, "%" PRIu64 " * %s", size, scn_var_name(term->var));
    } else if (time) {
        duration_text(size, buf, cap);
    } else {
        snprintf(buf, cap, "%" PRIu64, size);
    }
}

const char *scn_expr_text(const struct scn_expr *expr, bool time, char *buf, size_t cap)
{
    size_t len = 0;
    buf[0] = '\0';
    for (unsigned i = 0; i < expr->n && len < cap; i++) {
        char term[60];
        bool minus = expr->term[i].number < 0;
        term_text(&expr->term[i], time, term, sizeof term);
        len += (size_t)snprintf(buf + len, cap - len, "%s%s",
                                i == 0  ? (minus ? "-" : "")
                                : minus ? " - "
                                        : " + ",
                                term);
    }
    return buf;
}

static void pair(struct emit *e, const char *key, const char *value)
{
    put_text(e, key);
    put_text(e, value);
}

static void pair_quoted(struct emit *e, const char *key, const char *value)
{
    put_text(e, key);
    put_styled(e, value, YAML_DOUBLE_QUOTED_SCALAR_STYLE);
}

static void pair_number(struct emit *e, const char *key, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    pair(e, key, text);
}

static void pair_truth(struct emit *e, const char *key, bool value)
{
    pair(e, key, value ? "true" : "false");
}

static void pair_time(struct emit *e, const char *key, uint64_t ns)
{
    char text[40];
    pair(e, key, duration_text(ns, text, sizeof text));
}

static void put_expr(struct emit *e, const struct scn_expr *expr, bool time)
{
    char text[TEXT_MAX];
    for (unsigned i = 0; i < expr->n; i++) {
        e->unsupported |= expr->term[i].var >= SCN_BOUND;
    }
    put_text(e, scn_expr_text(expr, time, text, sizeof text));
}

static void pair_expr(struct emit *e, const char *key, const struct scn_expr *expr, bool time)
{
    if (expr->n > 0) {
        put_text(e, key);
        put_expr(e, expr, time);
    }
}

/* ---- the head ---- */

static void emit_ids(struct emit *e, const char *key, const char *const *ids, size_t cap)
{
    if (ids[0] == NULL) {
        return;
    }
    put_text(e, key);
    begin_list(e, YAML_FLOW_SEQUENCE_STYLE);
    for (size_t i = 0; i < cap && ids[i] != NULL; i++) {
        put_text(e, ids[i]);
    }
    end_list(e);
}

static void emit_head(struct emit *e, const struct scn *scn)
{
    pair(e, "rule", scn->rule != NULL ? scn->rule : "scenario.written-out");
    pair(e, "title", scn->title != NULL ? scn->title : "A scenario written out");
    emit_ids(e, "clause", scn->clause, SCN_CLAUSES);
    if (scn->why != NULL) {
        pair(e, "why", scn->why);
    }
    emit_ids(e, "needs", scn->needs, SCN_NEEDS);
    pair(e, "kind", "scenario");
    if (scn->breach != NULL) {
        pair(e, "breach", scn->breach);
    }
    if (scn->seed != 0) { /* in quotes: 12e4 would be a fraction to some readers */
        char seed[20];
        snprintf(seed, sizeof seed, "%" PRIx64, scn->seed);
        pair_quoted(e, "seed", seed);
    }
}

static void emit_tester(struct emit *e, const struct scn_given *g)
{
    if (g->ts == 1) {
        pair_truth(e, "ts", true);
    }
    if (g->sack == 1) {
        pair_truth(e, "sack", true);
    }
    if (g->wscale >= 0) {
        pair_number(e, "wscale", g->wscale);
    }
    if (g->mss < 0) {
        pair(e, "mss", "none");
    } else if (g->mss != (g->family == 6 ? 1440 : 1460)) {
        pair_number(e, "mss", g->mss);
    }
    if (g->win != 65535) {
        pair_number(e, "win", g->win);
    }
    if (g->irs_set) {
        pair_number(e, "irs", g->irs);
    }
}

static void emit_stack(struct emit *e, const struct scn_given *g)
{
    if (g->iss_set) {
        pair_number(e, "iss", g->iss);
    }
    if (g->rcvbuf >= 0) {
        pair_number(e, "rcvbuf", g->rcvbuf);
    }
    if (g->sndbuf >= 0) {
        pair_number(e, "sndbuf", g->sndbuf);
    }
    if (g->reader == 0) {
        pair(e, "reader", "stop");
    }
    if (!g->nodelay) {
        pair_truth(e, "nodelay", false);
    }
    if (g->linger0) {
        pair_truth(e, "linger0", true);
    }
    if (g->in_flight > 0) {
        pair_number(e, "in-flight", g->in_flight);
    }
    if (g->backlog != 8) {
        pair_number(e, "backlog", g->backlog);
    }
    if (g->delay > 0) {
        pair_time(e, "delay", g->delay);
    }
}

static void emit_given(struct emit *e, const struct scn_given *g)
{
    static const char *const opens[] = {"passive", "active", "simultaneous"};
    put_text(e, "given");
    begin_map(e, YAML_FLOW_MAPPING_STYLE);
    pair(e, "state", scn_state_name(g->state));
    if (g->open != SCN_PASSIVE && g->open <= SCN_SIMULTANEOUS) {
        pair(e, "open", opens[g->open]);
    }
    if (g->family == 6) {
        pair_number(e, "family", 6);
    }
    emit_tester(e, g);
    emit_stack(e, g);
    end_map(e);
}

/* ---- segments ---- */

static void pair_flags(struct emit *e, uint16_t flags)
{
    static const char letters[] = "SFRPUECA";
    static const uint16_t flag[] = {WIRE_SYN, WIRE_FIN, WIRE_RST, WIRE_PSH,
                                    WIRE_URG, WIRE_ECE, WIRE_CWR, WIRE_ACK};
    char text[sizeof letters];
    size_t n = 0;
    for (size_t i = 0; i < sizeof flag / sizeof flag[0]; i++) {
        if ((flags & flag[i]) != 0) {
            text[n++] = letters[i];
        }
    }
    text[n] = '\0';
    e->unsupported |= flags > 0xff; /* the AE flag has no letter */
    pair(e, "flags", n > 0 ? text : "none");
}

static void emit_times(struct emit *e, const struct scn_segment *seg)
{
    if (seg->ts == SCN_TS_NONE) {
        pair(e, "ts", "none");
    } else if (seg->ts == SCN_TS_SET) {
        put_text(e, "ts");
        begin_map(e, YAML_FLOW_MAPPING_STYLE);
        pair_expr(e, "val", &seg->ts_val, false);
        pair_expr(e, "ecr", &seg->ts_ecr, false);
        end_map(e);
    }
}

static void emit_raw_options(struct emit *e, const struct scn_segment *seg)
{
    char text[3 * WIRE_OPTIONS_MAX + 1] = "";
    if (seg->raw_options_len == 0 && !seg->only_raw) {
        return;
    }
    for (unsigned i = 0; i < seg->raw_options_len; i++) {
        snprintf(text + 3 * i - (i > 0), 4, i > 0 ? " %02x" : "%02x", seg->raw_options[i]);
    }
    pair_quoted(e, seg->only_raw ? "only-options" : "options", text);
}

static void emit_options(struct emit *e, const struct scn_segment *seg)
{
    if (seg->mss == -1) {
        pair(e, "mss", "none");
    } else if (seg->mss >= 0) {
        pair_number(e, "mss", seg->mss);
    }
    if (seg->wscale == -1) {
        pair(e, "wscale", "none");
    } else if (seg->wscale >= 0) {
        pair_number(e, "wscale", seg->wscale);
    }
    if (seg->sack_ok >= 0) {
        pair_truth(e, "sack-ok", seg->sack_ok == 1);
    }
    if (seg->sacks > 0) {
        put_text(e, "sack");
        begin_list(e, YAML_FLOW_SEQUENCE_STYLE);
        for (unsigned i = 0; i < seg->sacks; i++) {
            put_expr(e, &seg->sack[i], false);
        }
        end_list(e);
    }
    emit_raw_options(e, seg);
}

static void emit_twist(struct emit *e, const struct scn_segment *seg)
{
    if (seg->twist.bad_checksum || seg->twist.zero_checksum) {
        pair(e, "checksum", seg->twist.bad_checksum ? "bad" : "zero");
    }
    if (seg->twist.data_offset != 0) {
        pair_number(e, "offset", seg->twist.data_offset);
    }
    if (seg->twist.reserved != 0) {
        pair_number(e, "reserved", seg->twist.reserved);
    }
    if (seg->ecn != 0) {
        pair_number(e, "ecn", seg->ecn);
    }
    if (seg->to != SCN_TO_STACK) {
        pair(e, "to", seg->to == SCN_TO_BROADCAST ? "broadcast" : "multicast");
    }
    if (seg->count > 1) {
        pair_number(e, "count", seg->count);
    }
    if (seg->junk) {
        pair_truth(e, "junk", true);
    }
}

static void emit_send(struct emit *e, const struct scn_segment *seg)
{
    put_text(e, "send");
    begin_map(e, YAML_FLOW_MAPPING_STYLE);
    pair_flags(e, seg->flags);
    pair_expr(e, "seq", &seg->seq, false);
    pair_expr(e, "ack", &seg->ack, false);
    pair_expr(e, "data", &seg->data, false);
    pair_expr(e, seg->raw_win ? "raw-win" : "win", &seg->win, false);
    pair_expr(e, "urg", &seg->urg, false);
    emit_times(e, seg);
    emit_options(e, seg);
    emit_twist(e, seg);
    end_map(e);
}

/* ---- the other stimuli ---- */

static int64_t constant(const struct scn_expr *expr)
{
    return expr->n == 1 && expr->term[0].var == SCN_NUMBER ? expr->term[0].number : 0;
}

static void emit_setopt(struct emit *e, const struct scn_step *step)
{
    static const struct {
        const char *name;
        char shape; /* n: a number, t: a time, b: true or false */
    } options[] = {
        [TCPASSAY_OPT_RCVBUF] = {"rcvbuf", 'n'},
        [TCPASSAY_OPT_SNDBUF] = {"sndbuf", 'n'},
        [TCPASSAY_OPT_NODELAY] = {"nodelay", 'b'},
        [TCPASSAY_OPT_KEEPALIVE] = {"keepalive", 'b'},
        [TCPASSAY_OPT_KEEPIDLE] = {"keepidle", 't'},
        [TCPASSAY_OPT_KEEPINTVL] = {"keepintvl", 't'},
        [TCPASSAY_OPT_KEEPCNT] = {"keepcnt", 'n'},
        [TCPASSAY_OPT_USER_TIMEOUT] = {"user-timeout", 't'},
        [TCPASSAY_OPT_LINGER0] = {"linger0", 'b'},
        [TCPASSAY_OPT_OOBINLINE] = {"oobinline", 'b'},
        [TCPASSAY_OPT_WINDOW_CLAMP] = {"window-clamp", 'n'},
        [TCPASSAY_OPT_MAXSEG] = {"maxseg", 'n'},
    };
    size_t i = step->option;
    if (i >= sizeof options / sizeof options[0] || options[i].name == NULL) {
        e->unsupported = true;
        return;
    }
    put_text(e, "setopt");
    begin_map(e, YAML_FLOW_MAPPING_STYLE);
    if (options[i].shape == 'b') {
        pair_truth(e, options[i].name, constant(&step->number) != 0);
    } else {
        pair_expr(e, options[i].name, &step->number, options[i].shape == 't');
    }
    end_map(e);
}

static void emit_app(struct emit *e, const struct scn_step *step)
{
    static const char *const names[] = {
        [SCN_APP_LISTEN] = "listen",
        [SCN_APP_CONNECT] = "connect",
        [SCN_APP_ACCEPT] = "accept",
        [SCN_APP_SEND] = "send",
        [SCN_APP_URGENT] = "urgent",
        [SCN_APP_READER] = "reader",
        [SCN_APP_READ] = "read",
        [SCN_APP_SHUTDOWN] = "shutdown",
        [SCN_APP_CLOSE] = "close",
        [SCN_APP_ABORT] = "abort",
        [SCN_APP_CHECKPOINT] = "checkpoint",
        [SCN_APP_RESTORE] = "restore",
        [SCN_APP_ALLOC_FAIL] = "alloc-fail",
        [SCN_APP_MTU] = "mtu",
        [SCN_APP_SETOPT] = "setopt",
    };
    if (step->what >= sizeof names / sizeof names[0]) {
        e->unsupported = true;
        return;
    }
    put_text(e, "app");
    begin_map(e, YAML_FLOW_MAPPING_STYLE);
    const char *name = names[step->what];
    switch (step->what) {
    case SCN_APP_SETOPT:
        emit_setopt(e, step);
        break;
    case SCN_APP_CONNECT:
        pair(e, name, "async");
        break;
    case SCN_APP_READER:
        pair(e, name, constant(&step->number) != 0 ? "drain" : "stop");
        break;
    case SCN_APP_LISTEN:
    case SCN_APP_SEND:
    case SCN_APP_URGENT:
    case SCN_APP_READ:
    case SCN_APP_ALLOC_FAIL:
    case SCN_APP_MTU:
        if (step->number.n > 0) {
            pair_expr(e, name, &step->number, false);
            break;
        }
        pair(e, name, step->what == SCN_APP_LISTEN ? "true" : "0");
        break;
    default:
        pair_truth(e, name, true);
        break;
    }
    end_map(e);
}

static void emit_link(struct emit *e, const struct scn_step *step)
{
    static const char *const names[] = {
        [SCN_LINK_DROP] = "drop",           [SCN_LINK_PASS] = "pass",
        [SCN_LINK_DELAY] = "delay",         [SCN_LINK_LOSS] = "loss",
        [SCN_LINK_DUPLICATE] = "duplicate", [SCN_LINK_REORDER] = "reorder",
        [SCN_LINK_TX_ERROR] = "error",
    };
    if (step->what >= sizeof names / sizeof names[0]) {
        e->unsupported |= step->what != SCN_LINK_HEAL;
        pair(e, "link", "heal");
        return;
    }
    put_text(e, "link");
    begin_map(e, YAML_FLOW_MAPPING_STYLE);
    if (step->what == SCN_LINK_LOSS) {
        char share[24];
        int64_t mille = constant(&step->number);
        snprintf(share, sizeof share, mille % 10 != 0 ? "%d.%d%%" : "%d%%", (int)(mille / 10),
                 (int)(mille % 10));
        pair(e, "loss", share);
    } else {
        pair_expr(e, names[step->what], &step->number, step->what == SCN_LINK_DELAY);
    }
    if (step->what != SCN_LINK_TX_ERROR) {
        pair(e, "from", step->from_stack ? "stack" : "tester");
    }
    end_map(e);
}

static void emit_auto_ack(struct emit *e, const struct scn_step *step)
{
    if (step->off) {
        pair(e, "auto-ack", "off");
        return;
    }
    put_text(e, "auto-ack");
    begin_map(e, YAML_FLOW_MAPPING_STYLE);
    pair_expr(e, "win", &step->seg.win, false);
    if (step->every > 1) {
        pair_number(e, "every", step->every);
    }
    end_map(e);
}

static void emit_icmp(struct emit *e, const struct scn_step *step)
{
    put_text(e, "icmp");
    begin_map(e, YAML_FLOW_MAPPING_STYLE);
    pair_number(e, "type", step->icmp_type);
    pair_number(e, "code", step->icmp_code);
    pair_number(e, "info", step->icmp_info);
    pair_expr(e, "quote", &step->number, false);
    end_map(e);
}

static void emit_fill(struct emit *e, const struct scn_step *step)
{
    put_text(e, "fill");
    begin_map(e, YAML_FLOW_MAPPING_STYLE);
    pair_expr(e, "segments", &step->number, false);
    pair(e, "until", step->what == SCN_FILL_RETRACTED ? "retracted" : "full");
    if (step->seg.count > 0) {
        pair_number(e, "most", step->seg.count);
    }
    end_map(e);
}

static void emit_step(struct emit *e, const struct scn_step *step)
{
    static const char *const conns[] = {"a", "b", "c", "d"};
    begin_map(e, YAML_BLOCK_MAPPING_STYLE);
    switch (step->op) {
    case SCN_SEND:
        emit_send(e, &step->seg);
        break;
    case SCN_APP:
        emit_app(e, step);
        break;
    case SCN_LINK:
        emit_link(e, step);
        break;
    case SCN_AUTO_ACK:
        emit_auto_ack(e, step);
        break;
    case SCN_ICMP:
        emit_icmp(e, step);
        break;
    case SCN_FILL:
        emit_fill(e, step);
        break;
    case SCN_WAIT: /* left out: to the stack's next deadline */
        if (step->number.n > 0) {
            pair_expr(e, "wait", &step->number, true);
        } else {
            pair(e, "wait", "next");
        }
        break;
    default:
        e->unsupported = true;
        break;
    }
    if (step->conn > 0 && step->conn < sizeof conns / sizeof conns[0]) {
        pair(e, "conn", conns[step->conn]);
    }
    if (step->note != NULL) {
        pair(e, "note", step->note);
    }
    end_map(e);
}

static void emit_steps(struct emit *e, const struct scn *scn)
{
    struct scn_step nothing;
    put_text(e, "steps");
    begin_list(e, YAML_BLOCK_SEQUENCE_STYLE);
    if (scn->first < 0) { /* a list of steps has at least one */
        scn_step_default(&nothing, SCN_WAIT);
        nothing.number.n = 1;
        emit_step(e, &nothing);
    }
    for (int16_t i = scn->first; i >= 0 && !e->unsupported; i = scn->step[i].next) {
        emit_step(e, &scn->step[i]);
    }
    end_list(e);
}

static void emit_document(struct emit *e, const struct scn *scn)
{
    yaml_event_t event = {0};
    put(e, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
    put(e, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
    begin_map(e, YAML_BLOCK_MAPPING_STYLE);
    emit_head(e, scn);
    emit_given(e, &scn->given);
    emit_steps(e, scn);
    end_map(e);
    put(e, &event, yaml_document_end_event_initialize(&event, 1));
    put(e, &event, yaml_stream_end_event_initialize(&event));
}

int scn_emit_yaml(const struct scn *scn, FILE *out)
{
    struct emit e = {0};
    if (!yaml_emitter_initialize(&e.yaml)) {
        errno = ENOMEM;
        return -1;
    }
    yaml_emitter_set_output_file(&e.yaml, out);
    yaml_emitter_set_indent(&e.yaml, INDENT);
    yaml_emitter_set_width(&e.yaml, -1);
    yaml_emitter_set_unicode(&e.yaml, 1);
    emit_document(&e, scn);
    int error = e.yaml.error == YAML_MEMORY_ERROR ? ENOMEM : EIO;
    yaml_emitter_delete(&e.yaml);
    if (!e.unsupported && !e.failed && fflush(out) == 0) {
        return 0;
    }
    errno = e.unsupported ? ENOTSUP : error;
    return -1;
}
