/* SPDX-License-Identifier: BSD-2-Clause */
/* The verbs of a step, and what may stand beside one. */
#include "scenario/yaml_draft.h"
#include "trace/trace.h"

#include <stdlib.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define STEP(field)   offsetof(struct scn_step, field)

/* ---- segments ---- */

static bool verb_send(struct yaml_reader *r, const struct yaml_key *key,
                      const struct yaml_node *value, void *base)
{
    struct yaml_draft *draft = base;

    draft->step.op = SCN_SEND;
    return yaml_read_map(r, key->table, value, &draft->step.seg);
}

/* In this table `min` is the op and `max` the role of the verbs that watch for a segment. */
static bool verb_watch(struct yaml_reader *r, const struct yaml_key *key,
                       const struct yaml_node *value, void *base)
{
    struct yaml_draft *draft = base;

    draft->step.op = (uint8_t)key->min;
    draft->step.role = (uint8_t)key->max;
    draft->claim = key->max == SCN_CLAIM;
    return yaml_read_map(r, key->table, value, &draft->step) && yaml_check_pattern(r, value);
}

/* ---- steps within steps ---- */

static bool check_steps(struct yaml_reader *r, const struct yaml_key *key,
                        const struct yaml_node *value)
{
    return (value->kind == YAML_IS_LIST && value->count > 0) ||
           yaml_fail(r, value, NULL, "\"%s\" takes a list of steps", key->name);
}

static bool read_children(struct yaml_reader *r, const struct yaml_key *key,
                          const struct yaml_node *value, void *base)
{
    struct yaml_draft *draft = base;

    draft->shape = YAML_PARENT;
    draft->steps = value;
    return check_steps(r, key, value);
}

static bool verb_together(struct yaml_reader *r, const struct yaml_key *key,
                          const struct yaml_node *value, void *base)
{
    ((struct yaml_draft *)base)->step.op = SCN_TOGETHER;
    return read_children(r, key, value, base);
}

static bool verb_one_of(struct yaml_reader *r, const struct yaml_key *key,
                        const struct yaml_node *value, void *base)
{
    struct yaml_draft *draft = base;

    draft->step.op = SCN_ONE_OF;
    draft->shape = YAML_CHOICES;
    draft->steps = value;
    if (value->kind != YAML_IS_LIST || value->count < 2)
        return yaml_fail(r, value, NULL, "\"%s\" takes a list of at least two alternatives",
                         key->name);
    return true;
}

static const struct yaml_key branch_keys[] = {
    {.name = "as",
     .says = "its name in the report",
     .type = YAML_TEXT,
     .offset = offsetof(struct yaml_draft, step) + STEP(as),
     .required = true},
    {.name = "steps",
     .says = "gone through if the first of them holds",
     .type = YAML_CUSTOM,
     .read = read_children,
     .required = true,
     .schema = "{\"$ref\":\"#/$defs/steps\"}"},
};
const struct yaml_table yaml_branch_table = {"an alternative of one-of", branch_keys,
                                             LENGTH(branch_keys), false};

static bool read_times(struct yaml_reader *r, const struct yaml_key *key,
                       const struct yaml_node *value, void *base)
{
    struct yaml_draft *draft = base;
    int64_t times;

    if (!yaml_read_int(r, value, key->name, 1, 10000, &times))
        return false;
    draft->step.number = (struct scn_expr){.n = 1, .term = {{.number = times, .var = SCN_NUMBER}}};
    return true;
}

static const struct yaml_key repeat_keys[] = {
    {.name = "times",
     .says = "how often",
     .type = YAML_CUSTOM,
     .read = read_times,
     .required = true,
     .schema = "{\"$ref\":\"#/$defs/number\"}"},
    {.name = "steps",
     .says = "gone through each time",
     .type = YAML_CUSTOM,
     .read = read_children,
     .required = true,
     .schema = "{\"$ref\":\"#/$defs/steps\"}"},
};
static const struct yaml_table repeat_table = {"repeat", repeat_keys, LENGTH(repeat_keys), false};

static bool verb_repeat(struct yaml_reader *r, const struct yaml_key *key,
                        const struct yaml_node *value, void *base)
{
    ((struct yaml_draft *)base)->step.op = SCN_REPEAT;
    return yaml_read_map(r, key->table, value, base);
}

static bool verb_match(struct yaml_reader *r, const struct yaml_key *key,
                       const struct yaml_node *value, void *base)
{
    struct yaml_draft *draft = base;

    draft->shape = YAML_BRANCH;
    draft->match = yaml_text(r, value, key->name);
    draft->match_node = value;
    if (draft->match != NULL && strchr(value->text, '$') == NULL)
        return yaml_fail(r, value, NULL, "\"match\" takes a $name of the matrix");
    return draft->match != NULL || r->blind;
}

static bool read_cases(struct yaml_reader *r, const struct yaml_key *key,
                       const struct yaml_node *value, void *base)
{
    ((struct yaml_draft *)base)->cases = value;
    return (value->kind == YAML_IS_MAP && value->count > 0) ||
           yaml_fail(r, value, NULL, "\"%s\" is a map from values to lists of steps", key->name);
}

/* ---- the tester's answers ---- */

static const struct yaml_key auto_ack_keys[] = {
    {.name = "win", .says = "octets it offers", .type = YAML_NUMBER, .offset = STEP(seg.win)},
    {.name = "every",
     .says = "each so-manieth segment",
     .type = YAML_INT,
     .offset = STEP(every),
     .size = 1,
     .min = 1,
     .max = 255},
};
static const struct yaml_table auto_ack_table = {"auto-ack", auto_ack_keys, LENGTH(auto_ack_keys),
                                                 false};

static bool verb_auto_ack(struct yaml_reader *r, const struct yaml_key *key,
                          const struct yaml_node *value, void *base)
{
    struct scn_step *step = &((struct yaml_draft *)base)->step;

    step->op = SCN_AUTO_ACK;
    if (value->kind != YAML_IS_SCALAR)
        return yaml_read_map(r, key->table, value, step);
    step->off = true;
    return yaml_read_word(r, value, key->name, key->words) != NULL;
}

static bool read_answer(struct yaml_reader *r, const struct yaml_key *key,
                        const struct yaml_node *value, void *base)
{
    struct scn_step *step = base;

    step->what = (uint8_t)key->min;
    return yaml_read_map(r, key->table, value, &step->seg);
}

#define ANSWER(key, number, meaning)                                                               \
    {                                                                                              \
        .name = (key), .says = (meaning), .type = YAML_CUSTOM, .read = read_answer,                \
        .min = (number), .table = &yaml_send_table                                                 \
    }

static const struct yaml_word gaps[] = {
    {"non-decreasing", SCN_GAPS_NON_DECREASING}, {"doubling", SCN_GAPS_DOUBLING}, {NULL, 0}};
static const struct yaml_key answer_keys[] = {
    ANSWER("probes", SCN_ANSWER_PROBES, "the segment that answers each probe"),
    ANSWER("syn", SCN_ANSWER_SYN, "the segment that answers each SYN"),
    ANSWER("fin", SCN_ANSWER_FIN, "the segment that answers each FIN"),
    ANSWER("data", SCN_ANSWER_DATA, "the segment that answers each segment with text"),
    ANSWER("all", SCN_ANSWER_ALL, "the segment that answers each segment"),
    {.name = "for",
     .says = "how long",
     .type = YAML_TIME,
     .offset = STEP(dur),
     .required = true,
     .aside = true},
    {.name = "gaps",
     .says = "a claim about the gaps between the stack's sendings",
     .type = YAML_CHOICE,
     .offset = STEP(gaps),
     .words = gaps,
     .aside = true},
};
static const struct yaml_table answer_table = {"answer", answer_keys, LENGTH(answer_keys), true};

static bool verb_answer(struct yaml_reader *r, const struct yaml_key *key,
                        const struct yaml_node *value, void *base)
{
    struct yaml_draft *draft = base;

    draft->step.op = SCN_ANSWER;
    draft->claim = true;
    return yaml_read_map(r, key->table, value, &draft->step);
}

static const struct yaml_word lives[] = {
    {"connection", SCN_ALIVE_CONNECTION}, {"listener", SCN_ALIVE_LISTENER}, {NULL, 0}};
static const struct yaml_key alive_keys[] = {
    {.name = "what",
     .says = "who has to answer",
     .type = YAML_CHOICE,
     .offset = STEP(what),
     .words = lives,
     .required = true},
    {.name = "for", .says = "no RST for that time", .type = YAML_TIME, .offset = STEP(dur)},
};
static const struct yaml_table alive_table = {"alive", alive_keys, LENGTH(alive_keys), false};

static bool verb_alive(struct yaml_reader *r, const struct yaml_key *key,
                       const struct yaml_node *value, void *base)
{
    struct yaml_draft *draft = base;

    draft->step.op = SCN_ALIVE;
    draft->claim = true;
    return yaml_read_map(r, key->table, value, &draft->step);
}

/* ---- the link ---- */

/* `loss: 10%`, `0.5%`: per mille. */
static bool read_loss(struct yaml_reader *r, const struct yaml_key *key,
                      const struct yaml_node *value, void *base)
{
    struct yaml_draft *draft = base;
    const char *text = yaml_text(r, value, key->name);

    if (text == NULL)
        return false;
    size_t whole = strspn(text, "0123456789"), mille = 0;
    const char *rest = text + whole;
    if (*rest == '.' && rest[1] >= '0' && rest[1] <= '9') {
        mille = (size_t)(rest[1] - '0');
        rest += 2;
    }
    if (whole > 0 && whole <= 3)
        mille += 10 * (size_t)strtoul(text, NULL, 10);
    if (whole == 0 || whole > 3 || mille > 1000 || strcmp(rest, "%") != 0)
        return yaml_fail(r, value, NULL, "\"%s\" is a share from 0%% to 100%%, as 10%% or 0.5%%",
                         key->name);
    draft->fault[SCN_LINK_LOSS] =
        (struct scn_expr){.n = 1, .term = {{.number = (int64_t)mille, .var = SCN_NUMBER}}};
    return true;
}

#define FAULT(key, kind, sort, meaning)                                                            \
    {                                                                                              \
        .name = (key), .says = (meaning), .type = (sort),                                          \
        .offset = offsetof(struct yaml_draft, fault) + (kind) * sizeof(struct scn_expr)            \
    }

static const struct yaml_word sides[] = {{"tester", 0}, {"stack", 1}, {NULL, 0}};
static const struct yaml_key link_keys[] = {
    FAULT("pass", SCN_LINK_PASS, YAML_NUMBER, "the next N pass, then the drops begin"),
    FAULT("drop", SCN_LINK_DROP, YAML_NUMBER, "the next N packets are lost"),
    FAULT("delay", SCN_LINK_DELAY, YAML_TIME, "each packet takes so long"),
    {.name = "loss",
     .says = "a share of the packets is lost",
     .type = YAML_CUSTOM,
     .read = read_loss,
     .schema = "{\"type\":\"string\",\"pattern\":\"^([0-9.]+%|.*\\\\$[a-zA-Z].*)$\"}"},
    FAULT("duplicate", SCN_LINK_DUPLICATE, YAML_NUMBER, "the next N arrive twice"),
    FAULT("reorder", SCN_LINK_REORDER, YAML_NUMBER, "the next one falls behind N others"),
    FAULT("error", SCN_LINK_TX_ERROR, YAML_NUMBER, "the stack's next N sendings fail"),
    {.name = "from",
     .says = "whose packets",
     .type = YAML_CHOICE,
     .offset = offsetof(struct yaml_draft, step) + STEP(from_stack),
     .words = sides},
};
static const struct yaml_table link_table = {"link", link_keys, LENGTH(link_keys), false};

static bool verb_link(struct yaml_reader *r, const struct yaml_key *key,
                      const struct yaml_node *value, void *base)
{
    struct yaml_draft *draft = base;
    const struct yaml_node *from;
    bool error;

    draft->step.op = SCN_LINK;
    if (value->kind == YAML_IS_SCALAR) {
        draft->step.what = SCN_LINK_HEAL;
        return yaml_read_word(r, value, key->name, key->words) != NULL;
    }
    draft->shape = YAML_FAULTS;
    if (!yaml_read_map(r, key->table, value, draft))
        return false;
    from = yaml_get(value, "from");
    error = yaml_get(value, "error") != NULL;
    if (value->count == (from != NULL))
        return yaml_fail(r, value, NULL, "\"link\" names no fault");
    if (error && value->count > 1 && !(value->count == 2 && draft->step.from_stack))
        return yaml_fail(r, value, NULL, "\"error\" stands alone: it is of the stack's sendings");
    draft->step.from_stack |= error;
    return from != NULL || error ||
           yaml_fail(r, value, NULL, "\"link\" needs \"from\": tester or stack");
}

/* ---- the rest ---- */

static bool verb_wait(struct yaml_reader *r, const struct yaml_key *key,
                      const struct yaml_node *value, void *base)
{
    struct scn_step *step = &((struct yaml_draft *)base)->step;

    step->op = SCN_WAIT;
    if (value->kind == YAML_IS_SCALAR && strcmp(value->text, "next") == 0)
        return true; /* to the stack's next deadline */
    return yaml_read_expr(r, value, key->name, EXPR_TIME, &step->number);
}

static bool verb_record(struct yaml_reader *r, const struct yaml_key *key,
                        const struct yaml_node *value, void *base)
{
    struct yaml_draft *draft = base;

    draft->step.op = SCN_RECORD;
    draft->shape = YAML_RECORDS;
    draft->steps = value;
    return (value->kind == YAML_IS_MAP && value->count > 0) ||
           yaml_fail(r, value, NULL, "\"%s\" is a map from names to numbers", key->name);
}

static const struct yaml_key icmp_keys[] = {
    {.name = "type",
     .says = "of the message",
     .type = YAML_INT,
     .offset = STEP(icmp_type),
     .size = 1,
     .max = 255,
     .required = true},
    {.name = "code",
     .says = "0 if left out",
     .type = YAML_INT,
     .offset = STEP(icmp_code),
     .size = 1,
     .max = 255},
    {.name = "info",
     .says = "the second word, as the MTU",
     .type = YAML_INT,
     .offset = STEP(icmp_info),
     .size = 4,
     .max = UINT32_MAX},
    {.name = "quote",
     .says = "the sequence number of the stack's segment that it quotes",
     .type = YAML_NUMBER,
     .offset = STEP(number)},
};
static const struct yaml_table icmp_table = {"icmp", icmp_keys, LENGTH(icmp_keys), false};

static const struct yaml_word conditions[] = {{"retracted", SCN_IF_RETRACTED},
                                              {"wscale", SCN_IF_WSCALE},
                                              {"ts", SCN_IF_TS},
                                              {"sack", SCN_IF_SACK},
                                              {NULL, 0}};
static const struct yaml_key unless_keys[] = {
    {.name = "what",
     .says = "what must have happened or been agreed",
     .type = YAML_CHOICE,
     .offset = STEP(what),
     .words = conditions,
     .required = true},
    {.name = "why",
     .says = "the reason of the SKIP",
     .type = YAML_TEXT,
     .offset = STEP(otherwise_why),
     .required = true},
};
static const struct yaml_table unless_table = {"skip-unless", unless_keys, LENGTH(unless_keys),
                                               false};

static const struct yaml_word fills[] = {
    {"full", SCN_FILL_FULL}, {"retracted", SCN_FILL_RETRACTED}, {NULL, 0}};
static const struct yaml_key fill_keys[] = {
    {.name = "segments",
     .says = "octets in each",
     .type = YAML_NUMBER,
     .offset = STEP(number),
     .required = true},
    {.name = "until",
     .says = "full: the window is used up; retracted: some of it was taken back",
     .type = YAML_CHOICE,
     .offset = STEP(what),
     .words = fills,
     .required = true},
    {.name = "most",
     .says = "segments, 10000 if left out",
     .type = YAML_INT,
     .offset = STEP(seg) + offsetof(struct scn_segment, count),
     .size = 2,
     .min = 1,
     .max = UINT16_MAX},
};
static const struct yaml_table fill_table = {"fill", fill_keys, LENGTH(fill_keys), false};

/* `min` is the op. */
static bool verb_map(struct yaml_reader *r, const struct yaml_key *key,
                     const struct yaml_node *value, void *base)
{
    struct scn_step *step = &((struct yaml_draft *)base)->step;

    step->op = (uint8_t)key->min;
    return yaml_read_map(r, key->table, value, step);
}

/* ---- beside the verb ---- */

/* These are read when the verb is known: yaml_steps.c. */
static bool keep_node(struct yaml_reader *r, const struct yaml_key *key,
                      const struct yaml_node *value, void *base)
{
    (void)r;
    memcpy((char *)base + key->offset, &value, sizeof value); /* a field of the draft */
    return true;
}

static bool read_clause(struct yaml_reader *r, const struct yaml_key *key,
                        const struct yaml_node *value, void *base)
{
    struct yaml_draft *draft = base;
    const struct yaml_key ids = {.name = key->name, .type = YAML_IDS};

    draft->clause = value;
    return yaml_read_value(r, &ids, value, draft->step.clause);
}

static const struct yaml_word conns[] = {{"a", 0}, {"b", 1}, {"c", 2}, {"d", 3}, {NULL, 0}};
_Static_assert(TRACE_CONNS == 4, "one letter for each connection");

#define STEPS_SCHEMA "{\"$ref\":\"#/$defs/steps\"}"
#define DRAFT(field) offsetof(struct yaml_draft, field)
#define VERB(key, function, sub, meaning)                                                          \
    .name = (key), .says = (meaning), .type = YAML_CUSTOM, .read = (function), .table = (sub)
#define WATCH(key, sub, number, part, meaning)                                                     \
    {                                                                                              \
        VERB(key, verb_watch, sub, meaning), .min = (number), .max = (part)                        \
    }
#define BESIDE(key, function, field, shape, meaning)                                               \
    {                                                                                              \
        .name = (key), .says = (meaning), .type = YAML_CUSTOM, .read = (function),                 \
        .offset = DRAFT(field), .aside = true, .schema = (shape)                                   \
    }
#define TEXT_BESIDE(key, field, meaning)                                                           \
    {                                                                                              \
        .name = (key), .says = (meaning), .type = YAML_TEXT, .offset = DRAFT(step) + STEP(field),  \
        .aside = true                                                                              \
    }

static const struct yaml_word offs[] = {{"off", 0}, {NULL, 0}};
static const struct yaml_word heals[] = {{"heal", 0}, {NULL, 0}};

static const struct yaml_key step_keys[] = {
    {VERB("send", verb_send, &yaml_send_table, "a segment of the tester")},
    WATCH("expect", &yaml_expect_table, SCN_EXPECT, SCN_CLAIM, "a claim: it comes"),
    WATCH("reach", &yaml_expect_table, SCN_EXPECT, SCN_REACH, "sets the scene: it comes"),
    WATCH("eventually", &yaml_eventually_table, SCN_EXPECT, SCN_CLAIM, "a claim: it comes"),
    WATCH("never", &yaml_never_table, SCN_NEVER, SCN_CLAIM, "a claim: it does not come"),
    {VERB("together", verb_together, NULL, "watched at once"), .schema = STEPS_SCHEMA},
    {VERB("one-of", verb_one_of, &yaml_branch_table, "lawful alternatives"),
     .schema = "{\"type\":\"array\",\"minItems\":2,\"items\":{\"$ref\":\"#/$defs/branch\"}}"},
    {VERB("repeat", verb_repeat, &repeat_table, "several times")},
    {VERB("match", verb_match, NULL, "the value that picks one of the cases"),
     .schema = "{\"type\":\"string\",\"pattern\":\"\\\\$\"}"},
    {VERB("app", yaml_read_app, &yaml_app_table, "a call, or a claim about what it sees"),
     .schema = "{\"anyOf\":[{\"type\":\"string\"},{\"$ref\":\"#/$defs/app\"}]}"},
    {VERB("auto-ack", verb_auto_ack, &auto_ack_table, "the tester acknowledges what it gets"),
     .words = offs,
     .schema = "{\"anyOf\":[{\"enum\":[\"off\",false]},{\"$ref\":\"#/$defs/auto-ack\"}]}"},
    {VERB("answer", verb_answer, &answer_table, "each is answered by that segment")},
    {VERB("alive", verb_alive, &alive_table, "a claim: it answers")},
    {VERB("link", verb_link, &link_table, "faults"), .words = heals,
     .schema = "{\"anyOf\":[{\"const\":\"heal\"},{\"$ref\":\"#/$defs/link\"}]}"},
    {VERB("wait", verb_wait, NULL, "time passes"), .schema = "{\"$ref\":\"#/$defs/duration\"}"},
    {VERB("record", verb_record, NULL, "kept in the report"),
     .schema = "{\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#/$defs/number\"}}"},
    {VERB("icmp", verb_map, &icmp_table, "an ICMP error"), .min = SCN_ICMP},
    {VERB("fill", verb_map, &fill_table, "text within every window offered"), .min = SCN_FILL},
    {VERB("skip-unless", verb_map, &unless_table, "SKIP without it"), .min = SCN_SKIP_UNLESS},
    BESIDE("cases", read_cases, cases,
           "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"array\",\"items\":"
           "{\"$ref\":\"#/$defs/step\"}}}",
           "of match: the steps for each value"),
    BESIDE("clause", read_clause, clause, "{\"$ref\":\"#/$defs/ids\"}",
           "ids that this step judges"),
    TEXT_BESIDE("say", say, "the sentence of a failure"),
    TEXT_BESIDE("note", note, "for people"),
    {.name = "conn",
     .says = "which connection",
     .type = YAML_CHOICE,
     .offset = DRAFT(step) + STEP(conn),
     .words = conns,
     .aside = true},
    BESIDE("bind", keep_node, bind,
           "{\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#/$defs/number\"}}",
           "names for what was met"),
    BESIDE("else", keep_node, otherwise,
           "{\"type\":\"object\",\"additionalProperties\":false,\"minProperties\":1,"
           "\"maxProperties\":1,\"properties\":{\"skip\":{\"type\":\"string\"},"
           "\"inconc\":{\"type\":\"string\"},\"pass\":{\"type\":\"string\"}}}",
           "what it means if it does not come"),
};
const struct yaml_table yaml_step_table = {"a step", step_keys, LENGTH(step_keys), true};
