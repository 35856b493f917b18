/* SPDX-License-Identifier: BSD-2-Clause */
/* The head of a rule: who it is, what it needs; and the set-up of a case. */
#include "oracle/oracle.h"
#include "scenario/capability.h"
#include "scenario/suggest.h"
#include "scenario/yaml_reader.h"

#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define HEAD(field)   offsetof(struct scn, field)
#define GIVEN(field)  offsetof(struct scn_given, field)

/* ---- head ---- */

static bool read_rule(struct yaml_reader *r, const struct yaml_key *key,
                      const struct yaml_node *value, void *base)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789.-_";
    struct scn *scn = base;
    const char *text = yaml_text(r, value, key->name);

    if (text == NULL)
        return false;
    if (*text == '\0' || strspn(text, letters) != strlen(text))
        return yaml_fail(r, value, NULL,
                         "a rule's id is made of a-z, 0-9 and . - _, as \"paws.old-segment\"");
    scn->rule = arena_copy(r->book, text, strlen(text));
    return true;
}

static bool read_kind(struct yaml_reader *r, const struct yaml_key *key,
                      const struct yaml_node *value, void *base)
{
    struct scn *scn = base;
    const struct yaml_word *word = yaml_read_word(r, value, key->name, key->words);

    if (word != NULL)
        scn->kind = word->word;
    return word != NULL;
}

static bool read_capability(struct yaml_reader *r, const struct yaml_node *node, const char *text,
                            const char **ret_name)
{
    const struct capability *known = capability_find(text);

    if (known == NULL)
        return yaml_fail(r, node, yaml_did_you_mean(r->errors, capability_suggest(text)),
                         "no stack is asked for a capability \"%.60s\"", text);
    *ret_name = known->name;
    return true;
}

static bool check_list(struct yaml_reader *r, const struct yaml_key *key,
                       const struct yaml_node *value)
{
    return value->kind == YAML_IS_LIST ||
           yaml_fail(r, value, NULL, "\"%s\" is a list, even of one", key->name);
}

static bool read_needs(struct yaml_reader *r, const struct yaml_key *key,
                       const struct yaml_node *value, void *base)
{
    struct scn *scn = base;
    bool fine = check_list(r, key, value);
    unsigned n = 0;

    for (const struct yaml_node *need = fine ? value->child : NULL; need != NULL;
         need = need->next) {
        if (n == SCN_NEEDS)
            return yaml_fail(r, need, NULL, "more than %d capabilities", SCN_NEEDS);
        const char *text = yaml_text(r, need, key->name);
        if (text == NULL || !read_capability(r, need, text, &scn->needs[n++]))
            fine = false;
    }
    return fine;
}

static bool read_tags(struct yaml_reader *r, const struct yaml_key *key,
                      const struct yaml_node *value, void *base)
{
    struct scn *scn = base;
    bool fine = check_list(r, key, value);
    const char *all = NULL;

    for (const struct yaml_node *tag = fine ? value->child : NULL; tag != NULL; tag = tag->next) {
        const char *text = yaml_text(r, tag, key->name);
        if (text == NULL)
            fine = false;
        else if (*text == '\0' || strpbrk(text, " ,:!\n") != NULL)
            fine = yaml_fail(r, tag, NULL, "a tag is one word");
        else
            all = all == NULL ? text : arena_printf(r->scratch, "%s %s", all, text);
    }
    if (fine && all != NULL)
        scn->tags = arena_copy(r->book, all, strlen(all));
    return fine;
}

static bool read_profile(struct yaml_reader *r, const struct yaml_key *key,
                         const struct yaml_node *value, void *base)
{
    struct scn *scn = base;
    const char *text = yaml_text(r, value, key->name), *name;

    if (text == NULL || !read_capability(r, value, text + (*text == '!'), &name))
        return false;
    scn->profile = arena_copy(r->book, text, strlen(text));
    return true;
}

static bool read_breach(struct yaml_reader *r, const struct yaml_key *key,
                        const struct yaml_node *value, void *base)
{
    struct scn *scn = base;
    size_t count;
    const struct oracle_invariant *row = oracle_invariants(&count);
    const char *text = yaml_text(r, value, key->name);

    if (text == NULL)
        return false;
    struct suggest s = {.written = text};
    for (; count > 0; count--, row++) {
        if (strcmp(row->name, text) == 0) {
            scn->breach = row->name;
            return true;
        }
        suggest_offer(&s, row->name);
    }
    return yaml_fail(r, value, yaml_did_you_mean(r->errors, s.best), "no invariant \"%.60s\"",
                     text);
}

/* Matrix, given and steps are read case by case, when the head is known. */
static bool read_later(struct yaml_reader *r, const struct yaml_key *key,
                       const struct yaml_node *value, void *base)
{
    (void)r, (void)key, (void)value, (void)base;
    return true;
}

static const struct yaml_word kinds[] = {
    {"rule", 0}, {"liveness", 0}, {"incident", 0}, {"scenario", 0}, {NULL, 0}};

static const struct yaml_key when_keys[] = {
    {.name = "profile",
     .says = "a capability that the stack declares, or with '!' does not",
     .type = YAML_CUSTOM,
     .read = read_profile,
     .required = true,
     .schema = "{\"type\":\"string\"}"},
};
static const struct yaml_table when_table = {"when", when_keys, LENGTH(when_keys), false};

#define STRINGS "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}"

static const struct yaml_key head_keys[] = {
    {.name = "rule",
     .says = "the id, unique among all rules",
     .type = YAML_CUSTOM,
     .read = read_rule,
     .required = true,
     .schema = "{\"type\":\"string\",\"pattern\":\"^[a-z0-9._-]+$\"}"},
    {.name = "title",
     .says = "a claim in one sentence",
     .type = YAML_TEXT,
     .offset = HEAD(title),
     .required = true},
    {.name = "clause",
     .says = "ids of specs/requirements",
     .type = YAML_IDS,
     .offset = HEAD(clause)},
    {.name = "why",
     .says = "why it matters, for a person who meets the failure",
     .type = YAML_TEXT,
     .offset = HEAD(why)},
    {.name = "needs",
     .says = "capabilities; without one the case is SKIP",
     .type = YAML_CUSTOM,
     .read = read_needs,
     .schema = STRINGS},
    {.name = "when", .says = "for which stacks", .type = YAML_MAP, .table = &when_table},
    {.name = "tags",
     .says = "words to choose rules by",
     .type = YAML_CUSTOM,
     .read = read_tags,
     .schema = STRINGS},
    {.name = "kind",
     .says = "rule unless said otherwise",
     .type = YAML_CUSTOM,
     .read = read_kind,
     .words = kinds},
    {.name = "breach",
     .says = "kind scenario: the invariant that the steps break",
     .type = YAML_CUSTOM,
     .read = read_breach,
     .schema = "{\"type\":\"string\"}"},
    {.name = "seed",
     .says = "kind scenario: the seed, in hexadecimal",
     .type = YAML_HEX,
     .offset = HEAD(seed)},
    {.name = "matrix",
     .says = "a list of rows, or axes with lists of values or rows; each combination is a case",
     .type = YAML_CUSTOM,
     .read = read_later,
     .schema = "{\"anyOf\":[{\"$ref\":\"#/$defs/rows\"},"
               "{\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#/$defs/axis\"}}]}"},
    {.name = "given",
     .says = "the set-up; a state alone may stand here",
     .type = YAML_CUSTOM,
     .read = read_later,
     .table = &yaml_given_table,
     .schema = "{\"anyOf\":[{\"type\":\"string\"},{\"$ref\":\"#/$defs/given\"}]}"},
    {.name = "steps",
     .says = "what happens",
     .type = YAML_CUSTOM,
     .read = read_later,
     .required = true,
     .schema = "{\"$ref\":\"#/$defs/steps\"}"},
};
const struct yaml_table yaml_head_table = {"a rule", head_keys, LENGTH(head_keys), false};

static bool check_kind(struct yaml_reader *r, const struct yaml_node *root)
{
    const struct scn *scn = &r->scn;
    bool scenario = strcmp(scn->kind, "scenario") == 0, fine = true;
    const struct yaml_node *breach = yaml_get(root, "breach"), *seed = yaml_get(root, "seed");

    if (!scenario && yaml_get(root, "clause") == NULL)
        fine = yaml_fail(r, root, NULL, "a rule needs \"clause\", the requirement it judges");
    if (!scenario && breach != NULL)
        fine = yaml_fail(r, breach->key, NULL, "\"breach\" belongs to kind: scenario");
    if (!scenario && seed != NULL)
        fine = yaml_fail(r, seed->key, NULL, "\"seed\" belongs to kind: scenario");
    return fine;
}

bool yaml_read_head(struct yaml_reader *r, const struct yaml_node *root)
{
    r->scn.kind = "rule";
    r->in_head = true;
    bool fine = yaml_read_map(r, &yaml_head_table, root, &r->scn);
    r->in_head = false;
    return root->kind == YAML_IS_MAP && check_kind(r, root) && fine;
}

/* ---- given ---- */

static const struct yaml_word states[] = {
    {"closed", SCN_CLOSED},           {"listen", SCN_LISTEN},
    {"syn-sent", SCN_SYN_SENT},       {"syn-received", SCN_SYN_RECEIVED},
    {"established", SCN_ESTABLISHED}, {"fin-wait-1", SCN_FIN_WAIT_1},
    {"fin-wait-2", SCN_FIN_WAIT_2},   {"close-wait", SCN_CLOSE_WAIT},
    {"closing", SCN_CLOSING},         {"last-ack", SCN_LAST_ACK},
    {"time-wait", SCN_TIME_WAIT},     {NULL, 0},
};
static const struct yaml_word opens[] = {{"passive", SCN_PASSIVE},
                                         {"active", SCN_ACTIVE},
                                         {"simultaneous", SCN_SIMULTANEOUS},
                                         {NULL, 0}};
static const struct yaml_word families[] = {{"4", 4}, {"6", 6}, {NULL, 0}};
static const struct yaml_word none[] = {{"none", -1}, {NULL, 0}};
static const struct yaml_word readers[] = {{"drain", 1}, {"stop", 0}, {NULL, 0}};

#define INTEGER(field, least, most)                                                                \
    .type = YAML_INT, .offset = GIVEN(field), .size = sizeof(((struct scn_given *)0)->field),      \
    .min = (least), .max = (most)
#define FLAG(field)         .type = YAML_BOOL, .offset = GIVEN(field)
#define WORD(field, choice) .type = YAML_CHOICE, .offset = GIVEN(field), .words = (choice)

static const struct yaml_key given_keys[] = {
    {.name = "state", .says = "of the stack under test", WORD(state, states)},
    {.name = "open", .says = "how the connection came about", WORD(open, opens)},
    {.name = "family", .says = "of the addresses", WORD(family, families)},
    {.name = "ts", .says = "the tester offers timestamps", FLAG(ts)},
    {.name = "sack", .says = "the tester offers SACK", FLAG(sack)},
    {.name = "wscale", .says = "the tester's shift", INTEGER(wscale, 0, 14), .words = none},
    {.name = "mss", .says = "the tester's MSS option", INTEGER(mss, 0, 65535), .words = none},
    {.name = "win", .says = "octets the tester offers", INTEGER(win, 0, 1 << 30)},
    {.name = "irs", .says = "the tester's initial number", INTEGER(irs, 0, UINT32_MAX)},
    {.name = "iss", .says = "the stack's initial number", INTEGER(iss, 0, UINT32_MAX)},
    {.name = "rcvbuf", .says = "octets", INTEGER(rcvbuf, 1, 1 << 30)},
    {.name = "sndbuf", .says = "octets", INTEGER(sndbuf, 1, 1 << 30)},
    {.name = "reader", .says = "whether the application reads", WORD(reader, readers)},
    {.name = "nodelay", .says = "Nagle is off", FLAG(nodelay)},
    {.name = "linger0", .says = "CLOSE means ABORT", FLAG(linger0)},
    {.name = "in-flight",
     .says = "exchange data until so many octets may be in flight",
     INTEGER(in_flight, 0, 1 << 30)},
    {.name = "backlog", .says = "of the listener", INTEGER(backlog, 0, 65535)},
    {.name = "delay", .says = "of the link, one way", .type = YAML_NS, .offset = GIVEN(delay)},
};
const struct yaml_table yaml_given_table = {"given", given_keys, LENGTH(given_keys), false};

bool yaml_read_given(struct yaml_reader *r, const struct yaml_node *node)
{
    struct scn_given *given = &r->scn.given;

    scn_given_default(given);
    if (node == NULL)
        return true;
    if (node->kind == YAML_IS_SCALAR)
        return yaml_read_value(r, &given_keys[0], node, given);
    if (!yaml_read_map(r, &yaml_given_table, node, given))
        return false;
    if (given->family == 6 && yaml_get(node, "mss") == NULL)
        given->mss = 1440; /* RFC 9293, 3.7.1: 1500 less the headers of IPv6 and TCP */
    given->irs_set = yaml_get(node, "irs") != NULL;
    given->iss_set = yaml_get(node, "iss") != NULL;
    return true;
}
