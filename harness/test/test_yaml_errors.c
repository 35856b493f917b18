/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said of wrong rules, each kind with its place; hostile files; schema and reader agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/yaml_events.h"
#include "yaml_bench.h"

struct row {
    const char *text, *said; /* the first line that is said, without the name of the file */
    const char *hint;        /* stands somewhere in the rest, or NULL */
};

static void assert_said(struct bench *b, const struct row *row)
{
    const char *said = bench_said(b);
    const char *end = strchr(said, '\n');
    char first[300];

    if (end == NULL)
        fail_msg("nothing was said of:\n%s", row->text);
    snprintf(first, sizeof first, "%.*s", (int)(end - said), said);
    if (strncmp(first, "t.yaml:", 7) != 0 || strcmp(first + 7, row->said) != 0)
        fail_msg("of:\n%s\nwas said: %s\ninstead of: t.yaml:%s", row->text, first, row->said);
    if (row->hint != NULL && strstr(end, row->hint) == NULL)
        fail_msg("of:\n%s\nno hint: %s\nbut:%s", row->text, row->hint, end);
    assert_int_equal(rulebook_count(b->book), 0);
}

static void try_steps(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct bench b;
        bench_begin(&b);
        bench_steps(&b, rows[i].text);
        assert_said(&b, &rows[i]);
        bench_end(&b);
    }
}

static void try_files(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct bench b;
        bench_begin(&b);
        assert_true(bench_read(&b, rows[i].text) > 0);
        assert_said(&b, &rows[i]);
        bench_end(&b);
    }
}

#define TRY(try, rows) try(rows, sizeof(rows) / sizeof *(rows))

/* ---- steps ---- */

static void wrong_segments(void **state)
{
    static const struct row rows[] = {
        {"  - send: {ack: 1}\n", "5:11: error: send needs \"flags\"", NULL},
        {"  - send: {flags: AX}\n",
         "5:19: error: flags are letters of S A F R P U E C, or none; not \"AX\"", NULL},
        {"  - send: {flags: A, win: 1, raw-win: 1}\n",
         "5:30: error: \"win\" beside \"raw-win\": one of them", NULL},
        {"  - send: {flags: S, mss: 65536}\n", "5:27: error: \"mss\" is a number from 0 to 65535",
         NULL},
        {"  - send: {flags: S, mss: RCV.NXT}\n", "5:27: error: \"mss\" takes a plain number", NULL},
        {"  - send: {flags: S, options: 1f2}\n",
         "5:31: error: \"options\" takes octets of two hexadecimal digits, as \"01 01 fd 02\"",
         NULL},
        {"  - send: {flags: S, checksum: wrong}\n", "5:32: error: \"wrong\" is none of: bad zero",
         NULL},
        {"  - send: {flags: S, sack-ok: 1}\n", "5:31: error: \"1\" is none of: true false", NULL},
        {"  - send: {flags: S, ts: [1]}\n", "5:26: error: ts is a map, not a list", NULL},
        {"  - expect: {within: 1s}\n", "5:13: error: this says nothing of the segment",
         "write flags: any"},
        {"  - expect: {flags: A, ts: some}\n", "5:28: error: \"some\" is none of: any none", NULL},
        {"  - expect: {seq: 1..rto}\n", "5:22: error: this is a duration; a number was expected",
         NULL},
        {"  - never: {flags: A, within: 1s}\n", "5:23: error: unknown key \"within\"", NULL},
        {"  - eventually: {flags: A}\n", "5:17: error: eventually needs \"within\"", NULL},
        {"  - send: {flags: A}\n    clause: MUST-34\n",
         "6:5: error: \"clause\" belongs to a claim; this step judges nothing", NULL},
    };
    (void)state;
    TRY(try_steps, rows);
}

static void wrong_shapes(void **state)
{
    static const struct row rows[] = {
        {"  - sned: {flags: A}\n", "5:5: error: unknown key \"sned\"", "did you mean \"send\"?"},
        {"  - send\n", "5:5: error: a step is a map, not text", NULL},
        {"  - note: x\n", "5:5: error: nothing in a step says what to do", NULL},
        {"  - wait: 1s\n    send: {flags: A}\n",
         "6:5: error: \"send\" beside \"wait\": a step takes one of them", NULL},
        {"  - wait: 1s\n    else: {skip: x}\n",
         "6:5: error: \"else\" stands beside something that is expected", NULL},
        {"  - expect: {flags: A}\n    else: {fail: x}\n",
         "6:12: error: \"fail\" is none of: skip inconc pass", NULL},
        {"  - together: [wait: 1s]\n",
         "5:15: error: \"together\" takes observations, and \"wait\" in line 5 is none", NULL},
        {"  - together: []\n", "5:15: error: \"together\" takes a list of steps", NULL},
        {"  - together: [alive: {what: connection}, alive: {what: connection}, alive: {what: "
         "listener}, "
         "expect: {flags: A}, expect: {flags: A}, expect: {flags: A}, expect: {flags: A}, "
         "expect: {flags: A}, expect: {flags: A}, expect: {flags: A}, expect: {flags: A}, "
         "expect: {flags: A}, expect: {flags: A}, expect: {flags: A}, expect: {flags: A}, "
         "expect: {flags: A}, expect: {flags: A}]\n",
         "5:15: error: more than 16 at once", NULL},
        {"  - one-of: [{as: x, steps: [wait: 1s]}]\n",
         "5:13: error: \"one-of\" takes a list of at least two alternatives", NULL},
        {"  - one-of:\n      - {as: x, steps: [wait: 1s]}\n      - {as: y, steps: [alive: {what: "
         "listener}]}\n",
         "6:24: error: an alternative begins with what tells it apart: expect, reach, never, "
         "alive or a claim of app",
         NULL},
        {"  - repeat: {times: 0, steps: [wait: 1s]}\n",
         "5:21: error: \"times\" is a number from 1 to 10000", NULL},
        {"  - repeat: {steps: [wiat: 1s]}\n", "5:13: error: repeat needs \"times\"",
         "did you mean \"wait\"?"},
        {"  - match: x\n    cases: {x: [wait: 1s]}\n",
         "5:12: error: \"match\" takes a $name of the matrix", NULL},
        {"  - match: $x\n", "5:12: error: \"$x\" stands for nothing: there is no matrix", NULL},
        {"  - wait: 1s\n    cases: {x: [wait: 1s]}\n",
         "6:5: error: \"match\" and \"cases\" stand together", NULL},
        {"  - wait: 1s\n    conn: e\n", "6:11: error: \"e\" is none of: a b c d", NULL},
        {"  - {}\n", "5:5: error: nothing in a step says what to do", NULL},
    };
    (void)state;
    TRY(try_steps, rows);
}

static void wrong_calls(void **state)
{
    static const struct row rows[] = {
        {"  - app: {snd: 5}\n", "5:11: error: unknown key \"snd\"", "did you mean \"send\"?"},
        {"  - app: {send: 5, close: true}\n",
         "5:20: error: \"close\" beside \"send\": app takes one of them", NULL},
        {"  - app: {send: 5, within: 1s}\n",
         "5:20: error: \"within\" belongs to claims; a call is done at once", NULL},
        {"  - app: send\n", "5:10: error: \"send\" takes a value: app: {send: …}", NULL},
        {"  - app: clsoe\n", "5:10: error: unknown call \"clsoe\"", "did you mean \"close\"?"},
        {"  - app: {setopt: {keepidle: 5}}\n",
         "5:30: error: this is a number; a duration has a unit, as 200ms or 3s", NULL},
        {"  - app: {error: gone}\n",
         "5:18: error: \"gone\" is none of: reset refused timed-out unreachable closed any", NULL},
        {"  - answer: {probes: {flags: A}}\n", "5:13: error: answer needs \"for\"", NULL},
        {"  - answer: {for: 1s}\n", "5:13: error: nothing in answer says what to do", NULL},
        {"  - alive: {for: 1s}\n", "5:12: error: alive needs \"what\"", NULL},
        {"  - link: {drop: 1}\n", "5:11: error: \"link\" needs \"from\": tester or stack", NULL},
        {"  - link: {from: stack}\n", "5:11: error: \"link\" names no fault", NULL},
        {"  - link: {loss: 10, from: stack}\n",
         "5:18: error: \"loss\" is a share from 0% to 100%, as 10% or 0.5%", NULL},
        {"  - wait: 5\n", "5:11: error: this is a number; a duration has a unit, as 200ms or 3s",
         NULL},
        {"  - icmp: {type: 256}\n", "5:18: error: \"type\" is a number from 0 to 255", NULL},
        {"  - skip-unless: {what: retracted}\n", "5:18: error: skip-unless needs \"why\"", NULL},
        {"  - auto-ack: on\n",
         "5:15: error: \"on\" means different things to different YAML versions: text, or a truth "
         "value",
         NULL},
        {"  - record: {x: nothing}\n", "5:17: error: unknown name \"nothing\"", NULL},
    };
    (void)state;
    TRY(try_steps, rows);
}

static void wrong_bindings(void **state)
{
    static const struct row rows[] = {
        {"  - wait: 1s\n    bind: {x: seq}\n",
         "6:15: error: this step meets no segment to take \"seq\" of", NULL},
        {"  - wait: 1s\n    bind: {win: 5}\n", "6:12: error: \"win\" has a meaning already", NULL},
        {"  - wait: 1s\n    bind: {X: 5}\n",
         "6:12: error: a name to bind is made of a-z and 0-9, with hyphens before letters", NULL},
        {"  - wait: 1s\n    bind: {e: 1, f: 2, g: 3}\n",
         "6:24: error: a step binds at most 2 names", NULL},
        {"  - send: {flags: A, seq: late}\n  - wait: 1s\n    bind: {late: 5}\n",
         "5:27: error: unknown name \"late\"", NULL},
    };
    (void)state;
    TRY(try_steps, rows);
}

/* ---- heads and matrices ---- */

#define HEAD  "rule: a\ntitle: t\nclause: MUST-34\n"
#define STEPS "steps: [alive: {what: connection}]\n"

static void wrong_heads(void **state)
{
    static const struct row rows[] = {
        {"", " error: the file is empty", NULL},
        {"text\n", "1:1: error: a rule is a map, not text", NULL},
        {"title: t\nclause: MUST-34\n" STEPS, "1:1: error: a rule needs \"rule\"", NULL},
        {"rule: a\ntitle: t\n" STEPS,
         "1:1: error: a rule needs \"clause\", the requirement it judges", NULL},
        {HEAD, "1:1: error: a rule needs \"steps\"", NULL},
        {HEAD "steps: []\n", "4:8: error: \"steps\" takes a list of steps", NULL},
        {HEAD "steps: [reach: {flags: A}]\n", "4:1: error: nothing is judged: no step is a claim",
         NULL},
        {"rule: A b\ntitle: t\nclause: MUST-34\n" STEPS,
         "1:7: error: a rule's id is made of a-z, 0-9 and . - _, as \"paws.old-segment\"", NULL},
        {HEAD "breach: edge-back\n" STEPS, "4:1: error: \"breach\" belongs to kind: scenario",
         NULL},
        {HEAD "kind: scenario\nbreach: edge-bakc\n" STEPS, "5:9: error: no invariant \"edge-bakc\"",
         "did you mean \"edge-back\"?"},
        {HEAD "kind: rules\n" STEPS,
         "4:7: error: \"rules\" is none of: rule liveness incident scenario",
         "did you mean \"rule\"?"},
        {HEAD "needs: app.listen\n" STEPS, "4:8: error: \"needs\" is a list, even of one", NULL},
        {HEAD "when: {profile: '!rfc5691'}\n" STEPS,
         "4:17: error: no stack is asked for a capability \"rfc5691\"", "\"rfc5961\"?"},
        {HEAD "tags: [a b]\n" STEPS, "4:8: error: a tag is one word", NULL},
        {HEAD "given: {state: [1]}\n" STEPS, "4:16: error: \"state\" takes one value, not a list",
         NULL},
        {HEAD "given: {mss: 1, mss: 2}\n" STEPS,
         "4:17: error: \"mss\" stands here twice, the first time in line 4", NULL},
        {HEAD "given: {family: 5}\n" STEPS, "4:17: error: \"5\" is none of: 4 6", NULL},
        {"rule: a\ntitle:\nclause: MUST-34\n" STEPS, "2:7: error: nothing is written here", NULL},
        {"rule: a\ntitle: ''\nclause: MUST-34\n" STEPS, "2:8: error: \"title\" is empty", NULL},
        {"rule: a\ntitle: t\nclause: []\n" STEPS,
         "3:9: error: \"clause\" is a list of ids of specs/requirements", NULL},
    };
    (void)state;
    TRY(try_files, rows);
}

static void wrong_matrices(void **state)
{
    static const struct row rows[] = {
        {HEAD "matrix: 5\n" STEPS, "4:9: error: a matrix is a list of rows, or a map of axes",
         NULL},
        {HEAD "matrix: [a]\n" STEPS,
         "4:10: error: a row of the matrix is a map with \"case\", not text", NULL},
        {HEAD "matrix: [{x: 1}]\n" STEPS, "4:10: error: a row of the matrix needs \"case\"", NULL},
        {HEAD "matrix: {x: [1 + 1]}\n" STEPS,
         "4:14: error: \"1 + 1\" cannot name a case: letters, digits and . _ + % - can",
         "{case: NAME"},
        {HEAD "matrix: [{case: a}, {case: a}]\n" STEPS, "4:28: error: two rows are named \"a\"",
         NULL},
        {HEAD "matrix: {v: [{case: a, w: 1}], w: [1]}\n" STEPS,
         "4:24: error: two axes of the matrix give \"$w\"", NULL},
        {HEAD "matrix: {x: [1, 2]}\n" STEPS, "4:10: error: no step uses \"$x\"", NULL},
        {HEAD "matrix: {x: [1, 2]}\nsteps: [expect: {seq: $xx}]\n",
         "5:23: error: \"$xx\" stands for nothing: the matrix has no such name",
         "did you mean \"$x\"?"},
        {HEAD "matrix: [{case: a, x: 1}, {case: b}]\nsteps: [expect: {seq: $x}]\n",
         "5:23: error: \"$x\" stands for nothing in case \"b\"", NULL},
        {HEAD "matrix: {x: [1, rot]}\nsteps: [expect: {seq: $x}]\n",
         "5:23: error: unknown name \"rot\"", "\"$x\" stands for \"rot\" here"},
        {HEAD "matrix: {x: [a, b]}\nsteps: [match: $x, cases: {a: [alive: {what: listener}]}]\n",
         "5:9: error: \"match\" and \"cases\" stand together", NULL},
        {HEAD "matrix: {x: [a, b]}\nsteps: [{match: $x, cases: {a: [alive: {what: listener}]}}]\n",
         "5:17: error: $x can be \"b\", and cases has none", NULL},
        {HEAD "matrix: {x: [a]}\nsteps: [{match: $x, cases: {a: [alive: {what: listener}], c: "
              "[wait: 1s]}}]\n",
         "5:59: error: no row of the matrix leads to \"c\"", NULL},
        {HEAD "matrix: {x: [a, b]}\nsteps: [{match: $x, cases: {a: [alive: {what: listener}], b: "
              "[wait: 1s]}}]\n",
         "5:1: error: nothing is judged in case \"b\": no step is a claim", NULL},
        {HEAD "matrix: {x: [yes]}\nsteps: [wait: 1]\n",
         "4:14: error: \"yes\" means different things to different YAML versions: text, or a "
         "truth value",
         "5:15: error: this is a number"}, /* the steps are looked at all the same */
    };
    (void)state;
    TRY(try_files, rows);
}

static void wrong_yaml(void **state)
{
    static const struct row rows[] = {
        {"rule: a\n\ttitle: t\n", "2:1: error: a tab: indent and separate with spaces", NULL},
        {"rule: [a\n", "2:1: error: did not find expected ',' or ']'", "that began in line 1"},
        {"rule: @a\n", "1:7: error: found character that cannot start any token",
         "put it in quotes"},
        {"rule: &a b\ntitle: t\nclause: MUST-34\n" STEPS, "1:7: error: anchors are not used here",
         NULL},
        {"rule: *a\ntitle: t\nclause: MUST-34\n" STEPS, "1:7: error: aliases are not used here",
         "put it in quotes"},
        {"rule: !P a\ntitle: t\nclause: MUST-34\n" STEPS, "1:7: error: tags are not used here",
         "put it in quotes"},
        {"a: 1\n---\nb: 2\n", "2:1: error: a second document; a file holds one", NULL},
        {"%YAML 1.1\n---\nrule: a\n", "1:1: error: directives are not used here", NULL},
        {HEAD STEPS "? [a]\n: b\n", "5:3: error: a key is a name, not a list", NULL},
        {"rule: \"a\\0b\"\ntitle: t\nclause: MUST-34\n" STEPS,
         "1:7: error: this text holds a control character", NULL},
        {"rule: \"\\e[31m\"\ntitle: t\nclause: MUST-34\n" STEPS,
         "1:7: error: this text holds a control character", NULL},
        {"rule: a\x80\n", "1:8: error: this is not UTF-8", NULL},
        {"rule: \xed\xa0\x80\n", "1:7: error: this is not UTF-8", NULL},
        {"rule: \x1b[31m\n", "1:7: error: a control character", NULL},
        {"rule: a\xe2\x80\xa8\n", "1:8: error: a control character", NULL},
        {"[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]\n", "1:17: error: more than 16 levels deep", NULL},
    };
    (void)state;
    TRY(try_files, rows);
}

static void ambiguous_scalars(void **state)
{
    static const char *const refused[] = {
        "3.10", "1:14",       "0755", "1_000", "on",   "Off",   "no",
        "y",    "2024-01-01", "1e5",  "0o17",  "~",    "null",  "TRUE",
        ".inf", "10.",        "0b11", "<<",    "-1.5", "1:2:3", "2024-1-1 10:00:00"};
    static const char *const fine[] = {"1..3", "..5",   "20m",  "F.",      "RCV.WND - 1", "true",
                                       "755",  "0",     "-5",   "1.2.3.4", "none",        "0.5%",
                                       "10ms", "2024-", "1s..", "abc"};
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct bench b;
        char text[100];
        bench_begin(&b);
        snprintf(text, sizeof text, "rule: %s\n", refused[i]);
        bench_read(&b, text);
        if (strstr(bench_said(&b), "t.yaml:1:7: error: \"") == NULL ||
            strstr(bench_said(&b), "means different things") == NULL)
            fail_msg("%s: %s", refused[i], bench_said(&b));
        bench_end(&b);
    }
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        struct bench b;
        char text[100];
        bench_begin(&b);
        snprintf(text, sizeof text, "rule: %s\n", fine[i]);
        bench_read(&b, text);
        assert_null(strstr(bench_said(&b), "different things"));
        bench_end(&b);
    }
}

/* ---- files that want to do harm ---- */

static unsigned parse_octets(struct bench *b, const char *text, size_t len)
{
    return rulebook_parse(b->book, "t.yaml", text, len, b->errors);
}

static void too_large(void **state)
{
    (void)state;
    struct bench b;
    size_t len = 2 * 1024 * 1024;
    char *text = malloc(len);
    assert_non_null(text);
    memset(text, 'a', len);
    bench_begin(&b);
    assert_int_equal(parse_octets(&b, text, len), 1);
    assert_string_equal(bench_said(&b), "t.yaml: error: larger than 1048576 octets\n");
    bench_end(&b);
    bench_begin(&b); /* one long line is shown in part only */
    text[1000] = '\t';
    assert_int_equal(parse_octets(&b, text, 1024 * 1024), 1);
    assert_true(strlen(bench_said(&b)) < 400);
    bench_end(&b);
    free(text);
}

static void hostile(void **state)
{
    static const char *const opens[] = {"[", "{a: ", "- ", "{", "? ", "\"", "'", "!", "&a ", "*a "};
    (void)state;
    for (size_t i = 0; i < sizeof opens / sizeof *opens; i++) {
        struct bench b;
        size_t len = strlen(opens[i]), total = 0;
        char *text = malloc(200000);
        assert_non_null(text);
        for (; total + len < 200000; total += len)
            memcpy(text + total, opens[i], len);
        bench_begin(&b);
        assert_true(parse_octets(&b, text, total) > 0);
        assert_int_equal(rulebook_count(b.book), 0);
        bench_end(&b);
        free(text);
    }
}

static void binary(void **state)
{
    (void)state;
    uint32_t random = 1;
    char text[512];
    for (int round = 0; round < 500; round++) {
        struct bench b;
        for (size_t i = 0; i < sizeof text; i++) {
            random = random * 1664525 + 1013904223;
            text[i] = (char)(random >> 24);
        }
        bench_begin(&b);
        assert_true(parse_octets(&b, text, sizeof text) > 0);
        bench_end(&b);
    }
    struct bench b;
    bench_begin(&b);
    assert_int_equal(parse_octets(&b, "rule: a\0b\n", 10), 1);
    assert_memory_equal(bench_said(&b), "t.yaml:1:8: error: a NUL octet\n", 31);
    bench_end(&b);
}

/* A right rule with octets changed, cut short: read or refused, never worse. */
static void bent_samples(void **state)
{
    static const char *const files[] = {"paws", "persist", "retraction", "rst", "wscale"};
    static const char odd[] = "[]{}:,-#&*!|>'\"%@`$ \n09azAZ.";
    (void)state;
    uint32_t random = 7;
    for (int round = 0; round < 600; round++) {
        struct bench b;
        char path[200];
        size_t len;
        snprintf(path, sizeof path, TEST_DATA "/yaml/rules/%s.yaml", files[round % 5]);
        char *text = bench_file(path, &len);
        for (int change = 0; change < 1 + round % 4; change++) {
            random = random * 1664525 + 1013904223;
            text[(random >> 8) % len] = odd[(random >> 24) % (sizeof odd - 1)];
        }
        bench_begin(&b);
        parse_octets(&b, text, round % 7 == 0 ? (random >> 4) % len : len);
        bench_end(&b);
        free(text);
    }
}

static void many_cases(void **state)
{
    (void)state;
    struct bench b;
    size_t len = 0;
    char *text = malloc(400000);
    assert_non_null(text);
    len += (size_t)sprintf(text, HEAD "steps: [expect: {seq: $x}]\nmatrix:\n  x: [0");
    for (int i = 1; i < 10000; i++)
        len += (size_t)sprintf(text + len, ", %d", i);
    sprintf(text + len, "]\n");
    bench_begin(&b);
    assert_int_equal(bench_read(&b, text), 0);
    assert_int_equal(rulebook_count(b.book), 10000);
    bench_end(&b);
    sprintf(text + len, ", 10000]\n");
    bench_begin(&b);
    assert_int_equal(bench_read(&b, text), 1);
    assert_non_null(strstr(bench_said(&b), "error: more than 10000 cases"));
    bench_end(&b);
    free(text);
}

/* ---- the schema ---- */

static json_t *schema(void)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    assert_non_null(out);
    assert_int_equal(rulebook_schema(out), 0);
    fclose(out);
    json_t *root = json_loads(text, 0, NULL);
    free(text);
    assert_non_null(root);
    return root;
}

/* Whether the reader knows KEY inside the map that OPEN and CLOSE make of it. */
static bool reader_knows(const char *open, const char *key, const char *close)
{
    struct bench b;
    char text[400], said[100];

    snprintf(text, sizeof text, "%s%s: 1%s", open, key, close);
    snprintf(said, sizeof said, "unknown key \"%s\"", key);
    bench_begin(&b);
    bench_read(&b, text);
    bool known = strstr(bench_said(&b), said) == NULL;
    bench_end(&b);
    return known;
}

static void assert_agree(const json_t *table, const char *open, const char *close)
{
    const char *key;
    const json_t *value;
    const json_t *properties = json_object_get(table, "properties");

    assert_true(json_object_size(properties) > 0);
    assert_true(json_is_false(json_object_get(table, "additionalProperties")));
    json_object_foreach((json_t *)(uintptr_t)properties, key, value)
    {
        if (!reader_knows(open, key, close))
            fail_msg("the reader does not know %s%s", open, key);
        char other[60];
        snprintf(other, sizeof other, "%sz", key);
        if (json_object_get(properties, other) == NULL && reader_knows(open, other, close))
            fail_msg("the schema does not know %s%s", open, other);
    }
}

/* What is in either is in both: every map of the schema is tried against the reader. */
static void schema_and_reader_agree(void **state)
{
    static const struct {
        const char *table, *open, *close;
    } maps[] = {
        {"given", "given: {", "}\nsteps: [wait: 1s]\n"},
        {"when", "when: {", "}\nsteps: [wait: 1s]\n"},
        {"step", "steps: [{", "}]\n"},
        {"send", "steps: [send: {", "}]\n"},
        {"ts", "steps: [send: {ts: {", "}}]\n"},
        {"expect", "steps: [expect: {", "}]\n"},
        {"ts-pattern", "steps: [reach: {ts: {", "}}]\n"},
        {"eventually", "steps: [eventually: {", "}]\n"},
        {"never", "steps: [never: {", "}]\n"},
        {"app", "steps: [app: {", "}]\n"},
        {"setopt", "steps: [app: {setopt: {", "}}]\n"},
        {"auto-ack", "steps: [auto-ack: {", "}]\n"},
        {"answer", "steps: [answer: {", "}]\n"},
        {"alive", "steps: [alive: {", "}]\n"},
        {"link", "steps: [link: {", "}]\n"},
        {"repeat", "steps: [repeat: {", "}]\n"},
        {"branch", "steps: [one-of: [{", "}, {}]]\n"},
        {"icmp", "steps: [icmp: {", "}]\n"},
        {"fill", "steps: [fill: {", "}]\n"},
        {"skip-unless", "steps: [skip-unless: {", "}]\n"},
    };
    /* parts that are no maps of known keys */
    static const char *const others[] = {"variable", "number", "range", "duration", "ids",
                                         "steps",    "value",  "row",   "rows",     "axis"};
    (void)state;
    json_t *root = schema();
    const json_t *defs = json_object_get(root, "$defs");
    size_t count = sizeof maps / sizeof *maps;
    for (size_t i = 0; i < count; i++)
        assert_agree(json_object_get(defs, maps[i].table), maps[i].open, maps[i].close);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_non_null(json_object_get(defs, others[i]));
    assert_int_equal(json_object_size(defs), count + sizeof others / sizeof *others);
    assert_agree(root, "", "\n");
    json_decref(root);
}

static void references_lead_somewhere(const json_t *node, const json_t *defs)
{
    const char *key;
    size_t index;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)node, key, value)
    {
        if (strcmp(key, "$ref") == 0 &&
            json_object_get(defs, json_string_value(value) + strlen("#/$defs/")) == NULL)
            fail_msg("no %s", json_string_value(value));
        references_lead_somewhere(value, defs);
    }
    json_array_foreach(node, index, value)
    {
        references_lead_somewhere(value, defs);
    }
}

static void schema_is_whole(void **state)
{
    (void)state;
    json_t *root = schema();
    assert_string_equal(json_string_value(json_object_get(root, "$schema")),
                        "https://json-schema.org/draft/2020-12/schema");
    references_lead_somewhere(root, json_object_get(root, "$defs"));
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_segments),  cmocka_unit_test(wrong_shapes),
        cmocka_unit_test(wrong_calls),     cmocka_unit_test(wrong_bindings),
        cmocka_unit_test(wrong_heads),     cmocka_unit_test(wrong_matrices),
        cmocka_unit_test(wrong_yaml),      cmocka_unit_test(ambiguous_scalars),
        cmocka_unit_test(too_large),       cmocka_unit_test(hostile),
        cmocka_unit_test(binary),          cmocka_unit_test(bent_samples),
        cmocka_unit_test(many_cases),      cmocka_unit_test(schema_and_reader_agree),
        cmocka_unit_test(schema_is_whole),
    };
    return cmocka_run_group_tests(tests, bench_catalogue, bench_catalogue_end);
}
