/* SPDX-License-Identifier: BSD-2-Clause */
/* The JSON Schema (draft 2020-12) of the rule format, from the tables that the reader uses. */
#include "scenario/yaml.h"
#include "scenario/yaml_draft.h"

#include <jansson.h>
#include <string.h>

/* What the tables refer to by name and no table describes. `$name` may stand for most values. */
static const struct {
    const char *name, *schema;
} parts[] = {
    {"variable", "{\"type\":\"string\",\"pattern\":\"\\\\$[A-Za-z]\"}"},
    {"number", "{\"type\":[\"integer\",\"string\"]}"},
    {"range", "{\"type\":[\"integer\",\"string\"]}"},
    {"duration", "{\"anyOf\":[{\"const\":0},{\"type\":\"string\"}]}"},
    {"ids", "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"array\",\"minItems\":1,\"maxItems\":4,"
            "\"items\":{\"type\":\"string\"}}]}"},
    {"steps", "{\"type\":\"array\",\"minItems\":1,\"items\":{\"$ref\":\"#/$defs/step\"}}"},
    {"value", "{\"type\":[\"string\",\"integer\",\"boolean\"]}"},
    {"row", "{\"type\":\"object\",\"required\":[\"case\"],"
            "\"additionalProperties\":{\"$ref\":\"#/$defs/value\"}}"},
    {"rows", "{\"type\":\"array\",\"minItems\":1,\"items\":{\"$ref\":\"#/$defs/row\"}}"},
    {"axis", "{\"type\":\"array\",\"minItems\":1,\"items\":{\"anyOf\":["
             "{\"$ref\":\"#/$defs/value\"},{\"$ref\":\"#/$defs/row\"}]}}"},
};

static const char *table_name(const struct yaml_table *table)
{
    return table == &yaml_step_table     ? "step"
           : table == &yaml_branch_table ? "branch"
                                         : table->name;
}

static json_t *reference(const char *name)
{
    return json_pack("{s:o}", "$ref", json_sprintf("#/$defs/%s", name));
}

static json_t *any_of(json_t *first, json_t *second)
{
    json_t *schema = json_pack("{s:[o,o]}", "anyOf", first, second);

    json_array_append_new(json_object_get(schema, "anyOf"), reference("variable"));
    return schema;
}

/* A word of digits is a number to whoever reads YAML into JSON. */
static json_t *words_schema(const struct yaml_word *words)
{
    json_t *list = json_array();

    for (; words != NULL && words->word != NULL; words++)
        json_array_append_new(list, strspn(words->word, "0123456789") == strlen(words->word)
                                        ? json_integer(words->value)
                                        : json_string(words->word));
    return json_pack("{s:o}", "enum", list);
}

static json_t *choice_schema(const struct yaml_word *words)
{
    return json_pack("{s:[o,o]}", "anyOf", words_schema(words), reference("variable"));
}

static json_t *integer_schema(const struct yaml_key *key)
{
    return any_of(json_pack("{s:s,s:I,s:I}", "type", "integer", "minimum", (json_int_t)key->min,
                            "maximum", (json_int_t)key->max),
                  words_schema(key->words));
}

static json_t *custom_schema(const struct yaml_key *key)
{
    if (key->schema != NULL)
        return json_loads(key->schema, 0, NULL);
    return key->words != NULL ? choice_schema(key->words) : reference(table_name(key->table));
}

static json_t *key_schema(const struct yaml_key *key)
{
    switch ((enum yaml_type)key->type) {
    case YAML_NUMBER:
    case YAML_VALUE:
        return reference("number");
    case YAML_TIME:
    case YAML_NS:
        return reference("duration");
    case YAML_RANGE:
        return reference("range");
    case YAML_BOOL:
        return json_pack("{s:[{s:s},o]}", "anyOf", "type", "boolean", reference("variable"));
    case YAML_CHOICE:
        return choice_schema(key->words);
    case YAML_INT:
        return integer_schema(key);
    case YAML_TEXT:
        return json_pack("{s:s}", "type", "string");
    case YAML_HEX:
        return json_pack("{s:[s,s]}", "type", "string", "integer");
    case YAML_FLAGS:
        return any_of(json_pack("{s:s}", "const", "none"),
                      json_pack("{s:s,s:s}", "type", "string", "pattern", "^[SAFRPUEC]+$"));
    case YAML_IDS:
        return reference("ids");
    case YAML_MAP:
        return reference(table_name(key->table));
    case YAML_CUSTOM:
        return custom_schema(key);
    }
    return json_object();
}

static json_t *table_schema(const struct yaml_table *table)
{
    json_t *properties = json_object(), *required = json_array(), *one = json_array();
    json_t *schema = json_pack("{s:s,s:b}", "type", "object", "additionalProperties", 0);

    for (size_t i = 0; i < table->count; i++) {
        const struct yaml_key *key = &table->keys[i];
        json_t *value = key_schema(key);
        json_object_set_new(value, "description", json_string(key->says));
        json_object_set_new(properties, key->name, value);
        if (key->required)
            json_array_append_new(required, json_string(key->name));
        if (table->one && !key->aside)
            json_array_append_new(one, json_pack("{s:[s]}", "required", key->name));
    }
    json_object_set_new(schema, "properties", properties);
    json_object_set_new(schema, "required", required);
    if (table->one)
        json_object_set(schema, "oneOf", one);
    json_decref(one);
    return schema;
}

/* TABLE and all that it leads to, each once. */
static void add_table(json_t *defs, const struct yaml_table *table)
{
    const char *name = table_name(table);

    if (json_object_get(defs, name) != NULL)
        return;
    json_object_set_new(defs, name, table_schema(table));
    for (size_t i = 0; i < table->count; i++)
        if (table->keys[i].table != NULL)
            add_table(defs, table->keys[i].table);
}

int rulebook_schema(FILE *out)
{
    json_t *schema = table_schema(&yaml_head_table), *defs = json_object();

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        json_object_set_new(defs, parts[i].name, json_loads(parts[i].schema, 0, NULL));
    for (size_t i = 0; i < yaml_head_table.count; i++)
        if (yaml_head_table.keys[i].table != NULL)
            add_table(defs, yaml_head_table.keys[i].table);
    add_table(defs, &yaml_step_table);
    json_object_set_new(schema, "$schema",
                        json_string("https://json-schema.org/draft/2020-12/schema"));
    json_object_set_new(schema, "title", json_string("A rule of tcpassay"));
    json_object_set_new(schema, "$defs", defs);
    int result = json_dumpf(schema, out, JSON_INDENT(2));
    json_decref(schema);
    if (result == 0)
        fputc('\n', out);
    return result == 0 && !ferror(out) ? 0 : -1;
}
