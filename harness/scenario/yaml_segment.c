/* SPDX-License-Identifier: BSD-2-Clause */
/* Segments: those to send and those to wait for. */
#include "scenario/yaml_draft.h"

#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define SEG(field)    offsetof(struct scn_segment, field)
#define SEE(field)    (offsetof(struct scn_step, see) + offsetof(struct scn_pattern, field))

/* ---- to send ---- */

static bool read_raw_win(struct yaml_reader *r, const struct yaml_key *key,
                         const struct yaml_node *value, void *base)
{
    struct scn_segment *seg = base;

    if (seg->win.n > 0)
        return yaml_fail(r, value->key, NULL, "\"win\" beside \"raw-win\": one of them");
    seg->raw_win = true;
    return yaml_read_expr(r, value, key->name, EXPR_COUNT, &seg->win);
}

static bool read_win(struct yaml_reader *r, const struct yaml_key *key,
                     const struct yaml_node *value, void *base)
{
    struct scn_segment *seg = base;

    if (seg->win.n > 0)
        return yaml_fail(r, value->key, NULL, "\"win\" beside \"raw-win\": one of them");
    return yaml_read_expr(r, value, key->name, EXPR_COUNT, &seg->win);
}

static const struct yaml_key ts_set_keys[] = {
    {.name = "val", .says = "TSval", .type = YAML_NUMBER, .offset = SEG(ts_val)},
    {.name = "ecr", .says = "TSecr", .type = YAML_NUMBER, .offset = SEG(ts_ecr)},
};
static const struct yaml_table ts_set_table = {"ts", ts_set_keys, LENGTH(ts_set_keys), false};

static bool read_ts(struct yaml_reader *r, const struct yaml_key *key,
                    const struct yaml_node *value, void *base)
{
    static const struct yaml_word words[] = {{"none", SCN_TS_NONE}, {NULL, 0}};
    struct scn_segment *seg = base;

    if (value->kind == YAML_IS_SCALAR) {
        if (yaml_read_word(r, value, key->name, words) == NULL)
            return false;
        seg->ts = SCN_TS_NONE;
        return true;
    }
    seg->ts = SCN_TS_SET;
    return yaml_read_map(r, &ts_set_table, value, seg);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static bool read_octets(struct yaml_reader *r, const struct yaml_key *key,
                        const struct yaml_node *value, struct scn_segment *seg)
{
    const char *text = yaml_text(r, value, key->name);
    unsigned n = 0;

    if (text == NULL)
        return false;
    for (const char *at = text; *at != '\0';) {
        if (*at == ' ') {
            at++;
            continue;
        }
        int high = hex_digit(at[0]), low = high < 0 ? -1 : hex_digit(at[1]);
        if (low < 0)
            return yaml_fail(r, value, NULL,
                             "\"%s\" takes octets of two hexadecimal digits, as \"01 01 fd 02\"",
                             key->name);
        if (n == WIRE_OPTIONS_MAX)
            return yaml_fail(r, value, NULL, "options take at most %d octets", WIRE_OPTIONS_MAX);
        seg->raw_options[n++] = (uint8_t)(16 * high + low);
        at += 2;
    }
    seg->raw_options_len = (uint8_t)n;
    return true;
}

static bool read_options(struct yaml_reader *r, const struct yaml_key *key,
                         const struct yaml_node *value, void *base)
{
    struct scn_segment *seg = base;
    bool only = strcmp(key->name, "only-options") == 0;

    if (seg->raw_options_len > 0 || seg->only_raw)
        return yaml_fail(r, value->key, NULL, "\"options\" beside \"only-options\": one of them");
    seg->only_raw = only;
    return read_octets(r, key, value, seg);
}

static bool read_checksum(struct yaml_reader *r, const struct yaml_key *key,
                          const struct yaml_node *value, void *base)
{
    struct scn_segment *seg = base;
    const struct yaml_word *word = yaml_read_word(r, value, key->name, key->words);

    if (word == NULL)
        return false;
    seg->twist.bad_checksum = word->value == 0;
    seg->twist.zero_checksum = word->value == 1;
    return true;
}

static bool read_sack(struct yaml_reader *r, const struct yaml_key *key,
                      const struct yaml_node *value, void *base)
{
    struct scn_segment *seg = base;
    unsigned n = 0;

    if (value->kind != YAML_IS_LIST || value->count % 2 != 0 || value->count > 2 * WIRE_SACK_MAX)
        return yaml_fail(r, value, "as in sack: [1001, 2001]",
                         "\"sack\" is a list of left and right edges, of at most %d blocks",
                         WIRE_SACK_MAX);
    for (const struct yaml_node *edge = value->child; edge != NULL; edge = edge->next)
        if (!yaml_read_expr(r, edge, key->name, EXPR_COUNT, &seg->sack[n++]))
            return false;
    seg->sacks = (uint8_t)n;
    return true;
}

static const struct yaml_word none[] = {{"none", -1}, {NULL, 0}};
static const struct yaml_word checksums[] = {{"bad", 0}, {"zero", 1}, {NULL, 0}};
static const struct yaml_word targets[] = {
    {"broadcast", SCN_TO_BROADCAST}, {"multicast", SCN_TO_MULTICAST}, {NULL, 0}};

#define NUMBER_SCHEMA "{\"$ref\":\"#/$defs/number\"}"
#define TS_SCHEMA     "{\"anyOf\":[{\"enum\":[\"none\"]},{\"$ref\":\"#/$defs/ts\"}]}"

static const struct yaml_key send_keys[] = {
    {.name = "flags",
     .says = "letters of S A F R P U E C, or none",
     .type = YAML_FLAGS,
     .offset = SEG(flags),
     .required = true},
    {.name = "seq", .says = "tester.nxt if left out", .type = YAML_NUMBER, .offset = SEG(seq)},
    {.name = "ack", .says = "tester.ack if left out", .type = YAML_NUMBER, .offset = SEG(ack)},
    {.name = "data", .says = "octets of text", .type = YAML_NUMBER, .offset = SEG(data)},
    {.name = "win",
     .says = "octets; the tester scales it down",
     .type = YAML_CUSTOM,
     .read = read_win,
     .schema = NUMBER_SCHEMA},
    {.name = "raw-win",
     .says = "the 16-bit field",
     .type = YAML_CUSTOM,
     .read = read_raw_win,
     .schema = NUMBER_SCHEMA},
    {.name = "urg", .says = "the urgent pointer", .type = YAML_NUMBER, .offset = SEG(urg)},
    {.name = "ts",
     .says = "none, or its values",
     .type = YAML_CUSTOM,
     .read = read_ts,
     .table = &ts_set_table,
     .schema = TS_SCHEMA},
    {.name = "mss",
     .says = "option",
     .type = YAML_INT,
     .offset = SEG(mss),
     .size = 4,
     .max = 65535,
     .words = none},
    {.name = "wscale",
     .says = "option",
     .type = YAML_INT,
     .offset = SEG(wscale),
     .size = 4,
     .max = 255,
     .words = none},
    {.name = "sack-ok", .says = "option", .type = YAML_BOOL, .offset = SEG(sack_ok)},
    {.name = "sack",
     .says = "left and right edges of blocks, in turn, counted as ack is",
     .type = YAML_CUSTOM,
     .read = read_sack,
     .schema = "{\"type\":\"array\",\"items\":" NUMBER_SCHEMA "}"},
    {.name = "options",
     .says = "raw octets in hexadecimal, behind the other options",
     .type = YAML_CUSTOM,
     .read = read_options,
     .schema = "{\"type\":\"string\"}"},
    {.name = "only-options",
     .says = "raw octets in hexadecimal, instead of the other options",
     .type = YAML_CUSTOM,
     .read = read_options,
     .schema = "{\"type\":\"string\"}"},
    {.name = "checksum",
     .says = "a wrong one",
     .type = YAML_CUSTOM,
     .read = read_checksum,
     .words = checksums},
    {.name = "offset",
     .says = "data offset in words",
     .type = YAML_INT,
     .offset = SEG(twist.data_offset),
     .size = 1,
     .min = 1,
     .max = 15},
    {.name = "reserved",
     .says = "the reserved bits",
     .type = YAML_INT,
     .offset = SEG(twist.reserved),
     .size = 1,
     .min = 1,
     .max = 7},
    {.name = "ecn",
     .says = "codepoint of the IP header: 1 and 2 are ECT(1) and ECT(0), 3 is CE",
     .type = YAML_INT,
     .offset = SEG(ecn),
     .size = 1,
     .min = 0,
     .max = 3},
    {.name = "to",
     .says = "another address than the stack's",
     .type = YAML_CHOICE,
     .offset = SEG(to),
     .words = targets},
    {.name = "count",
     .says = "how many, one behind the other",
     .type = YAML_INT,
     .offset = SEG(count),
     .size = 2,
     .min = 1,
     .max = 65535},
    {.name = "junk",
     .says = "text that is not the stream's",
     .type = YAML_BOOL,
     .offset = SEG(junk)},
};
const struct yaml_table yaml_send_table = {"send", send_keys, LENGTH(send_keys), false};

/* ---- to wait for ---- */

/*
 * Exactly the letters of S F R U and ACK that are written; PSH, ECE and CWR count only if written.
 * A reset may carry an ACK or not (RFC 9293, 3.5.2) unless the rule says which.
 */
static bool read_flags(struct yaml_reader *r, const struct yaml_key *key,
                       const struct yaml_node *value, void *base)
{
    struct scn_pattern *see = &((struct scn_step *)base)->see;
    const struct yaml_key letters = {.name = key->name, .type = YAML_FLAGS};
    const char *text = yaml_text(r, value, key->name);
    uint16_t flags;

    if (text == NULL)
        return false;
    if (strcmp(text, "any") == 0)
        return true; /* as a step begins */
    if (!yaml_read_value(r, &letters, value, &flags))
        return false;
    see->any_flags = false;
    see->flags = flags;
    see->mask = (uint16_t)(WIRE_SYN | WIRE_FIN | WIRE_RST | WIRE_URG | WIRE_ACK | flags);
    if ((flags & WIRE_RST) != 0 && (flags & WIRE_ACK) == 0)
        see->mask &= (uint16_t)~WIRE_ACK;
    return true;
}

static const struct yaml_key ts_see_keys[] = {
    {.name = "val", .says = "TSval", .type = YAML_RANGE, .offset = SEE(ts_val)},
    {.name = "ecr", .says = "TSecr", .type = YAML_RANGE, .offset = SEE(ts_ecr)},
};
static const struct yaml_table ts_see_table = {"ts-pattern", ts_see_keys, LENGTH(ts_see_keys),
                                               false};

static bool read_ts_pattern(struct yaml_reader *r, const struct yaml_key *key,
                            const struct yaml_node *value, void *base)
{
    static const struct yaml_word words[] = {{"any", SCN_ANY}, {"none", SCN_NONE}, {NULL, 0}};
    struct scn_pattern *see = &((struct scn_step *)base)->see;

    if (value->kind == YAML_IS_SCALAR) {
        const struct yaml_word *word = yaml_read_word(r, value, key->name, words);
        if (word != NULL)
            see->ts.kind = (uint8_t)word->value;
        return word != NULL;
    }
    see->ts.kind = SCN_ANY;
    return yaml_read_map(r, &ts_see_table, value, base);
}

#define TS_PATTERN_SCHEMA                                                                          \
    "{\"anyOf\":[{\"enum\":[\"any\",\"none\"]},{\"$ref\":\"#/$defs/ts-pattern\"}]}"

#define RANGE(key, field, what)                                                                    \
    {                                                                                              \
        .name = (key), .says = (what), .type = YAML_RANGE, .offset = SEE(field)                    \
    }
#define POSITION(key, field, what)                                                                 \
    {                                                                                              \
        .name = (key), .says = (what), .type = YAML_NUMBER, .offset = SEE(field)                   \
    }

/* What expect, reach, eventually and never have in common; only the limit differs. */
#define PATTERN_KEYS                                                                               \
    {.name = "flags",                                                                              \
     .says = "any, none, or letters: exactly these of S F R U A; P E C if written",                \
     .type = YAML_CUSTOM,                                                                          \
     .read = read_flags,                                                                           \
     .schema = "{\"type\":\"string\"}"},                                                           \
        RANGE("seq", seq, "from the stack's SYN"), RANGE("ack", ack, "from the tester's SYN"),     \
        RANGE("win", win, "octets"), RANGE("len", len, "octets of text"),                          \
        RANGE("mss", mss, "option"), RANGE("wscale", wscale, "option"),                            \
        RANGE("sack-ok", sack_ok, "option"), RANGE("urg", urg, "the urgent pointer"),              \
        RANGE("sack", sack, "number of SACK blocks"),                                              \
        RANGE("sack-left", sack_left, "left edge of the first SACK block, as ack"),                \
        RANGE("sack-right", sack_right, "right edge of the first SACK block, as ack"),             \
        RANGE("ecn", ecn, "codepoint of the IP header"),                                           \
        RANGE("raw-seq", raw_seq, "as on the wire, modulo 2^32"),                                  \
        {.name = "ts",                                                                             \
         .says = "any, none, or its values",                                                       \
         .type = YAML_CUSTOM,                                                                      \
         .read = read_ts_pattern,                                                                  \
         .table = &ts_see_table,                                                                   \
         .schema = TS_PATTERN_SCHEMA},                                                             \
        {.name = "probe",                                                                          \
         .says = "any shape of a window probe or keep-alive",                                      \
         .type = YAML_BOOL,                                                                        \
         .offset = SEE(probe)},                                                                    \
        POSITION("data-upto", upto, "every octet before it has arrived, however cut"),             \
        POSITION("data-from", from, "it carries the octet there"),                                 \
        POSITION("data-beyond", beyond, "it carries an octet there or behind")

#define LIMIT(key, field, need)                                                                    \
    {                                                                                              \
        .name = (key), .says = "at once if left out", .type = YAML_TIME,                           \
        .offset = offsetof(struct scn_step, field), .required = (need)                             \
    }

static const struct yaml_key expect_keys[] = {PATTERN_KEYS, LIMIT("within", within, false)};
static const struct yaml_key eventually_keys[] = {PATTERN_KEYS, LIMIT("within", within, true)};
static const struct yaml_key never_keys[] = {PATTERN_KEYS, LIMIT("for", dur, false)};

const struct yaml_table yaml_expect_table = {"expect", expect_keys, LENGTH(expect_keys), false};
const struct yaml_table yaml_eventually_table = {"eventually", eventually_keys,
                                                 LENGTH(eventually_keys), false};
const struct yaml_table yaml_never_table = {"never", never_keys, LENGTH(never_keys), false};

bool yaml_check_pattern(struct yaml_reader *r, const struct yaml_node *map)
{
    for (const struct yaml_node *entry = map->child; entry != NULL; entry = entry->next)
        if (strcmp(entry->key->text, "within") != 0 && strcmp(entry->key->text, "for") != 0)
            return true;
    return yaml_fail(r, map, "write flags: any if every segment is meant",
                     "this says nothing of the segment");
}
