/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls of the application, and claims about what it sees. */
#include "scenario/suggest.h"
#include "scenario/yaml_draft.h"

#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static struct scn_expr constant(int64_t value)
{
    return (struct scn_expr){.n = 1, .term = {{.number = value, .var = SCN_NUMBER}}};
}

/* In this table `min` is the enum scn_app of a key. */
static bool call_plain(struct yaml_reader *r, const struct yaml_key *key,
                       const struct yaml_node *value, void *base)
{
    static const struct yaml_word words[] = {{"true", 1}, {NULL, 0}};
    struct scn_step *step = base;

    step->what = (uint8_t)key->min;
    return yaml_read_word(r, value, key->name, words) != NULL;
}

static bool call_number(struct yaml_reader *r, const struct yaml_key *key,
                        const struct yaml_node *value, void *base)
{
    struct scn_step *step = base;

    step->what = (uint8_t)key->min;
    return yaml_read_expr(r, value, key->name, EXPR_COUNT, &step->number);
}

static bool call_word(struct yaml_reader *r, const struct yaml_key *key,
                      const struct yaml_node *value, void *base)
{
    struct scn_step *step = base;
    const struct yaml_word *word = yaml_read_word(r, value, key->name, key->words);

    if (word == NULL)
        return false;
    step->what = (uint8_t)key->min;
    step->number = constant(word->value);
    return true;
}

/* `listen: true`, or with the backlog. */
static bool call_listen(struct yaml_reader *r, const struct yaml_key *key,
                        const struct yaml_node *value, void *base)
{
    struct scn_step *step = base;
    const char *text = yaml_text(r, value, key->name);

    step->what = SCN_APP_LISTEN;
    if (text == NULL || strcmp(text, "true") == 0)
        return text != NULL;
    return yaml_read_expr(r, value, key->name, EXPR_COUNT, &step->number);
}

/* ---- setopt ---- */

/* In this table `min` is the enum tcpassay_option of a key, `max` what kind of value it takes. */
enum { OPTION_NUMBER = EXPR_COUNT, OPTION_TIME = EXPR_TIME, OPTION_TRUTH };

static bool read_option(struct yaml_reader *r, const struct yaml_key *key,
                        const struct yaml_node *value, void *base)
{
    static const struct yaml_word words[] = {
        {"true", 1}, {"false", 0}, {"1", 1}, {"0", 0}, {NULL, 0}};
    struct scn_step *step = base;

    step->option = (uint8_t)key->min;
    if (key->max != OPTION_TRUTH)
        return yaml_read_expr(r, value, key->name, (int)key->max, &step->number);
    const struct yaml_word *word = yaml_read_word(r, value, key->name, words);
    if (word != NULL)
        step->number = constant(word->value);
    return word != NULL;
}

#define OPTION(key, option, kind, shape)                                                           \
    {                                                                                              \
        .name = (key), .says = "option", .type = YAML_CUSTOM, .read = read_option,                 \
        .min = (option), .max = (kind), .schema = (shape)                                          \
    }
#define COUNT_OPTION(key, option)                                                                  \
    OPTION(key, option, OPTION_NUMBER, "{\"$ref\":\"#/$defs/number\"}")
#define TIME_OPTION(key, option)  OPTION(key, option, OPTION_TIME, "{\"$ref\":\"#/$defs/duration\"}")
#define TRUTH_OPTION(key, option) OPTION(key, option, OPTION_TRUTH, "{\"enum\":[true,false,0,1]}")

static const struct yaml_key option_keys[] = {
    COUNT_OPTION("rcvbuf", TCPASSAY_OPT_RCVBUF),
    COUNT_OPTION("sndbuf", TCPASSAY_OPT_SNDBUF),
    TRUTH_OPTION("nodelay", TCPASSAY_OPT_NODELAY),
    TRUTH_OPTION("keepalive", TCPASSAY_OPT_KEEPALIVE),
    TIME_OPTION("keepidle", TCPASSAY_OPT_KEEPIDLE),
    TIME_OPTION("keepintvl", TCPASSAY_OPT_KEEPINTVL),
    COUNT_OPTION("keepcnt", TCPASSAY_OPT_KEEPCNT),
    TIME_OPTION("user-timeout", TCPASSAY_OPT_USER_TIMEOUT),
    TRUTH_OPTION("linger0", TCPASSAY_OPT_LINGER0),
    TRUTH_OPTION("oobinline", TCPASSAY_OPT_OOBINLINE),
    COUNT_OPTION("window-clamp", TCPASSAY_OPT_WINDOW_CLAMP),
    COUNT_OPTION("maxseg", TCPASSAY_OPT_MAXSEG),
};
static const struct yaml_table option_table = {"setopt", option_keys, LENGTH(option_keys), true};

static bool call_setopt(struct yaml_reader *r, const struct yaml_key *key,
                        const struct yaml_node *value, void *base)
{
    struct scn_step *step = base;

    step->what = SCN_APP_SETOPT;
    return yaml_read_map(r, key->table, value, step);
}

/* ---- the table ---- */

static const struct yaml_word asyncs[] = {{"async", 1}, {NULL, 0}};
static const struct yaml_word readers[] = {{"drain", 1}, {"stop", 0}, {NULL, 0}};
static const struct yaml_word errors[] = {
    {"reset", TCPASSAY_ERESET},
    {"refused", TCPASSAY_EREFUSED},
    {"timed-out", TCPASSAY_ETIMEDOUT},
    {"unreachable", TCPASSAY_EUNREACHABLE},
    {"closed", TCPASSAY_ENOTCONN},
    {"any", 1},
    {NULL, 0},
};

#define PLAIN(key, app, what)                                                                      \
    {                                                                                              \
        .name = (key), .says = (what), .type = YAML_CUSTOM, .read = call_plain, .min = (app),      \
        .schema = "{\"const\":true}"                                                               \
    }
#define NUMBER(key, app, what)                                                                     \
    {                                                                                              \
        .name = (key), .says = (what), .type = YAML_CUSTOM, .read = call_number, .min = (app),     \
        .schema = "{\"$ref\":\"#/$defs/number\"}"                                                  \
    }
#define WORD(key, app, choice, what)                                                               \
    {                                                                                              \
        .name = (key), .says = (what), .type = YAML_CUSTOM, .read = call_word, .min = (app),       \
        .words = (choice)                                                                          \
    }

static const struct yaml_key app_keys[] = {
    {.name = "listen",
     .says = "passive OPEN; true, or the backlog",
     .type = YAML_CUSTOM,
     .read = call_listen,
     .min = SCN_APP_LISTEN,
     .schema = "{\"anyOf\":[{\"const\":true},{\"$ref\":\"#/$defs/number\"}]}"},
    WORD("connect", SCN_APP_CONNECT, asyncs, "active OPEN"),
    PLAIN("accept", SCN_APP_ACCEPT, "take a connection from the listener"),
    NUMBER("send", SCN_APP_SEND, "octets"),
    NUMBER("urgent", SCN_APP_URGENT, "octets, the last one urgent"),
    WORD("reader", SCN_APP_READER, readers, "whether it reads what comes"),
    NUMBER("read", SCN_APP_READ, "octets, and no more"),
    PLAIN("shutdown", SCN_APP_SHUTDOWN, "close the sending side"),
    PLAIN("close", SCN_APP_CLOSE, "CLOSE"),
    PLAIN("abort", SCN_APP_ABORT, "ABORT"),
    {.name = "setopt",
     .says = "one option",
     .type = YAML_CUSTOM,
     .read = call_setopt,
     .min = SCN_APP_SETOPT,
     .table = &option_table},
    PLAIN("checkpoint", SCN_APP_CHECKPOINT, "freeze the connection"),
    PLAIN("restore", SCN_APP_RESTORE, "bring it back"),
    NUMBER("alloc-fail", SCN_APP_ALLOC_FAIL, "the Nth allocation fails; 0 ends it"),
    NUMBER("mtu", SCN_APP_MTU, "of the stack's link"),
    NUMBER("received", SCN_APP_RECEIVED, "claim: octets read in all"),
    PLAIN("eof", SCN_APP_EOF, "claim: the end of the stream was told"),
    PLAIN("connected", SCN_APP_CONNECTED, "claim: the open succeeded"),
    PLAIN("accepted", SCN_APP_ACCEPTED, "claim: a connection could be accepted"),
    WORD("error", SCN_APP_ERROR, errors, "claim: the application is told"),
    PLAIN("no-error", SCN_APP_NO_ERROR, "claim: it is told of none"),
    PLAIN("urgent-seen", SCN_APP_URGENT_SEEN, "claim: it was told of urgent data"),
    NUMBER("acked", SCN_APP_ACKED, "claim: octets told to be acknowledged"),
    NUMBER("sent", SCN_APP_SENT, "claim: octets taken from it in all"),
    {.name = "within",
     .says = "of a claim; at once if left out",
     .type = YAML_TIME,
     .aside = true,
     .offset = offsetof(struct scn_step, within)},
};
const struct yaml_table yaml_app_table = {"app", app_keys, LENGTH(app_keys), true};

bool yaml_app_claims(const struct scn_step *step)
{
    return step->what >= SCN_APP_RECEIVED;
}

/* `app: close` is short for `app: {close: true}`. */
static bool short_call(struct yaml_reader *r, const struct yaml_node *value, struct scn_step *step)
{
    const char *text = yaml_text(r, value, "app");
    struct suggest s = {.written = text};

    if (text == NULL)
        return false;
    for (size_t i = 0; i < LENGTH(app_keys); i++) {
        bool plain = app_keys[i].read == call_plain || app_keys[i].read == call_listen;
        if (strcmp(app_keys[i].name, text) == 0 && plain) {
            step->what = (uint8_t)app_keys[i].min;
            return true;
        }
        if (strcmp(app_keys[i].name, text) == 0)
            return yaml_fail(r, value, NULL, "\"%s\" takes a value: app: {%s: …}", text, text);
        suggest_offer(&s, app_keys[i].name);
    }
    return yaml_fail(r, value, yaml_did_you_mean(r->errors, s.best), "unknown call \"%.60s\"",
                     text);
}

bool yaml_read_app(struct yaml_reader *r, const struct yaml_key *key, const struct yaml_node *value,
                   void *base)
{
    struct yaml_draft *draft = base;
    struct scn_step *step = &draft->step;

    step->op = SCN_APP;
    bool fine = value->kind == YAML_IS_SCALAR ? short_call(r, value, step)
                                              : yaml_read_map(r, key->table, value, step);
    if (!fine)
        return false;
    draft->claim = yaml_app_claims(step);
    const struct yaml_node *within = value->kind == YAML_IS_MAP ? yaml_get(value, "within") : NULL;
    if (within != NULL && !draft->claim)
        return yaml_fail(r, within->key, NULL,
                         "\"within\" belongs to claims; a call is done at once");
    return true;
}
