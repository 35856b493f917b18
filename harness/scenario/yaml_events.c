/* SPDX-License-Identifier: BSD-2-Clause */
/* A YAML document as a tree, built on libyaml's events: they bring each scalar's line and column.
 */
#include "scenario/yaml_events.h"
#include "scenario/yaml_scan.h"

#include <errno.h>
#include <string.h>
#include <yaml.h>

struct level {
    struct yaml_node *node, *last; /* the map or list being read, and its newest entry */
    struct yaml_node *key;         /* of a map: read, its value comes next */
};

struct builder {
    struct yaml_errors *errors;
    enum yaml_dialect dialect;
    struct yaml_node *root;
    unsigned depth, documents;
    struct level level[YAML_DEPTH_MAX];
    bool stop;
};

struct yaml_place yaml_place(const struct yaml_node *node)
{
    return (struct yaml_place){
        .line = node->line, .column = node->column, .raw = node->raw, .text = node->text};
}

static struct yaml_place place_of(const yaml_mark_t *mark)
{
    return (struct yaml_place){.line = (uint32_t)mark->line + 1,
                               .column = (uint32_t)mark->column + 1};
}

struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
    for (struct yaml_node *entry = map->child; entry != NULL; entry = entry->next)
        if (entry->key != NULL && strcmp(entry->key->text, key) == 0)
            return entry;
    return NULL;
}

const char *yaml_kind_name(const struct yaml_node *node)
{
    return node->kind == YAML_IS_MAP ? "a map" : node->kind == YAML_IS_LIST ? "a list" : "text";
}

static struct yaml_node *node_new(struct builder *b, enum yaml_kind kind, const yaml_mark_t *mark)
{
    struct yaml_node *node = arena_alloc(b->errors->memory, sizeof *node);

    node->kind = (uint8_t)kind;
    node->line = (uint32_t)mark->line + 1;
    node->column = (uint32_t)mark->column + 1;
    return node;
}

/* ---- putting the tree together ---- */

static void take_key(struct builder *b, struct level *level, struct yaml_node *key)
{
    if (key->kind != YAML_IS_SCALAR) {
        yaml_error(b->errors, yaml_place(key), NULL, "a key is a name, not %s",
                   yaml_kind_name(key));
        key->bad = true;
        key->text = "";
    } else if (!key->bad) {
        const struct yaml_node *twin = yaml_get(level->node, key->text);
        if (twin != NULL)
            yaml_error(b->errors, yaml_place(key), NULL,
                       "\"%.80s\" stands here twice, the first time in line %u", key->text,
                       twin->key->line);
        key->bad = twin != NULL;
    }
    level->key = key;
}

static void take_entry(struct builder *b, struct level *level, struct yaml_node *node)
{
    node->key = level->key;
    level->key = NULL;
    if (node->key != NULL && node->key->bad)
        return; /* told already, and nobody could ask for it */
    if (level->last != NULL)
        level->last->next = node;
    else
        level->node->child = node;
    level->last = node;
    level->node->count++;
    if (level->node->kind == YAML_IS_MAP && level->node->count > YAML_KEYS_MAX && !b->stop) {
        yaml_error(b->errors, yaml_place(node), NULL, "a map of more than %d keys", YAML_KEYS_MAX);
        b->stop = true;
    }
}

static void place_node(struct builder *b, struct yaml_node *node)
{
    if (node == NULL) /* no memory: said already */
        return;
    struct level *level = b->depth > 0 ? &b->level[b->depth - 1] : NULL;

    if (level == NULL)
        b->root = node;
    else if (level->node->kind == YAML_IS_MAP && level->key == NULL)
        take_key(b, level, node);
    else
        take_entry(b, level, node);
}

static void refuse_extras(struct builder *b, struct yaml_node *node, const void *anchor,
                          const void *tag)
{
    if (anchor != NULL)
        yaml_error(b->errors, yaml_place(node), NULL, "anchors are not used here");
    if (tag != NULL)
        yaml_error(b->errors, yaml_place(node), "put it in quotes if the \"!\" is meant as text",
                   "tags are not used here");
    node->bad = anchor != NULL || tag != NULL;
}

static void open_level(struct builder *b, enum yaml_kind kind, const yaml_event_t *event)
{
    bool map = kind == YAML_IS_MAP;
    struct yaml_node *node = node_new(b, kind, &event->start_mark);

    refuse_extras(b, node,
                  map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor,
                  map ? event->data.mapping_start.tag : event->data.sequence_start.tag);
    if (b->depth == YAML_DEPTH_MAX) {
        yaml_error(b->errors, yaml_place(node), NULL, "more than %d levels deep", YAML_DEPTH_MAX);
        b->stop = true;
        return;
    }
    place_node(b, node);
    b->level[b->depth++] = (struct level){.node = node};
}

/* The one word of the format that YAML 1.1 reads otherwise: there is nothing else it could mean. */
static bool is_auto_ack_off(const struct builder *b, const struct yaml_node *node)
{
    const struct yaml_node *key = b->depth > 0 ? b->level[b->depth - 1].key : NULL;

    return key != NULL && strcmp(key->text, "auto-ack") == 0 && strcmp(node->text, "off") == 0;
}

static void check_scalar(struct builder *b, struct yaml_node *node, size_t len)
{
    struct yaml_place place = yaml_place(node);

    if (strlen(node->text) != len || yaml_has_controls(node->text, len)) {
        yaml_error(b->errors, place, NULL, "this text holds a control character");
        node->bad = true;
    } else if (!node->quoted && len == 0) {
        yaml_error(b->errors, place, NULL, "nothing is written here");
        node->bad = true;
    } else if (!node->quoted && b->dialect == YAML_RULES && yaml_ambiguous(node->text) != NULL &&
               !is_auto_ack_off(b, node)) {
        yaml_error(b->errors, place, "put it in quotes, or write it another way",
                   "\"%.40s\" means different things to different YAML versions: text, or %s",
                   node->text, yaml_ambiguous(node->text));
        node->bad = true;
    }
}

static void scalar(struct builder *b, const yaml_event_t *event)
{
    struct yaml_node *node = node_new(b, YAML_IS_SCALAR, &event->start_mark);
    size_t len = event->data.scalar.length;

    node->text = arena_copy(b->errors->memory, (const char *)event->data.scalar.value, len);
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    refuse_extras(b, node, event->data.scalar.anchor, event->data.scalar.tag);
    if (!node->bad)
        check_scalar(b, node, len);
    place_node(b, node);
}

static void alias(struct builder *b, const yaml_event_t *event)
{
    struct yaml_node *node = node_new(b, YAML_IS_SCALAR, &event->start_mark);

    yaml_error(b->errors, yaml_place(node), "put it in quotes if the \"*\" is meant as text",
               "aliases are not used here");
    node->text = "";
    node->bad = true;
    place_node(b, node);
}

static void document(struct builder *b, const yaml_event_t *event)
{
    struct yaml_place place = place_of(&event->start_mark);
    const yaml_tag_directive_t *tags = event->data.document_start.tag_directives.start;

    if (event->data.document_start.version_directive != NULL ||
        tags != event->data.document_start.tag_directives.end)
        yaml_error(b->errors, place, NULL, "directives are not used here");
    if (++b->documents > 1) {
        yaml_error(b->errors, place, NULL, "a second document; a file holds one");
        b->stop = true;
    }
}

static void take_event(struct builder *b, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        document(b, event);
        break;
    case YAML_SCALAR_EVENT:
        scalar(b, event);
        break;
    case YAML_ALIAS_EVENT:
        alias(b, event);
        break;
    case YAML_MAPPING_START_EVENT:
        open_level(b, YAML_IS_MAP, event);
        break;
    case YAML_SEQUENCE_START_EVENT:
        open_level(b, YAML_IS_LIST, event);
        break;
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        if (b->depth > 0)
            b->depth--;
        break;
    case YAML_STREAM_END_EVENT:
        b->stop = true;
        break;
    default:
        break;
    }
}

static void syntax_error(struct builder *b, const yaml_parser_t *parser)
{
    const char *hint = NULL;

    if (parser->context != NULL)
        hint = arena_printf(b->errors->memory, "%s that began in line %zu", parser->context,
                            parser->context_mark.line + 1);
    if (parser->problem != NULL && strstr(parser->problem, "cannot start any token") != NULL)
        hint = "put it in quotes";
    yaml_error(b->errors, place_of(&parser->problem_mark), hint, "%s",
               parser->problem != NULL ? parser->problem : "this is not YAML");
}

static bool build(struct builder *b, yaml_parser_t *parser)
{
    while (!b->stop) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event)) {
            syntax_error(b, parser);
            return false;
        }
        take_event(b, &event);
        if (event.type == YAML_STREAM_END_EVENT) {
            yaml_event_delete(&event);
            return true;
        }
        yaml_event_delete(&event);
    }
    return false;
}

struct yaml_node *yaml_tree(struct yaml_errors *errors, enum yaml_dialect dialect)
{
    struct builder b = {.errors = errors, .dialect = dialect};
    struct yaml_place whole = {0};
    yaml_parser_t parser;

    if (errors->len > YAML_SIZE_MAX) {
        yaml_error(errors, whole, NULL, "larger than %d octets", YAML_SIZE_MAX);
        return NULL;
    }
    if (!yaml_scan_octets(errors))
        return NULL;
    if (!yaml_parser_initialize(&parser)) {
        yaml_error(errors, whole, NULL, "no memory to read it");
        return NULL;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)errors->text, errors->len);
    bool complete = build(&b, &parser);
    yaml_parser_delete(&parser);
    if (complete && b.root == NULL)
        yaml_error(errors, whole, NULL, "the file is empty");
    return complete ? b.root : NULL;
}

const char *yaml_slurp(struct arena *memory, const char *path, size_t *ret_len,
                       struct yaml_errors *errors)
{
    FILE *file = fopen(path, "rb");
    size_t cap = 16 * 1024, len = 0;
    char *text = arena_alloc(memory, cap);

    /* one octet more than is allowed tells a file that is too long from one that just fits */
    while (file != NULL && len <= YAML_SIZE_MAX) {
        size_t got = fread(text + len, 1, cap - len, file);
        len += got;
        if (got == 0)
            break;
        if (len == cap) {
            char *larger = arena_alloc(memory, 4 * cap);
            memcpy(larger, text, len);
            text = larger;
            cap *= 4;
        }
    }
    if (file == NULL || ferror(file)) {
        yaml_error(errors, (struct yaml_place){0}, NULL, "cannot read it: %s", strerror(errno));
        text = NULL;
    }
    if (file != NULL)
        fclose(file);
    *ret_len = len;
    return text;
}
