/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing a file of deviations, with libyaml's emitter. */
#include "scenario/deviations_list.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

/* The emitter, and whether all went well so far: an event that cannot be made ends it. */
struct writer {
    yaml_emitter_t emitter;
    bool fine;
};

static void put(struct writer *w, yaml_event_t *event, int made)
{
    w->fine = w->fine && made && yaml_emitter_emit(&w->emitter, event);
}

static void put_scalar(struct writer *w, const char *text, yaml_scalar_style_t style)
{
    yaml_event_t event;

    if (w->fine)
        put(w, &event,
            yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)text,
                                         (int)strlen(text), 1, 1, style));
}

/* Names are plain where every YAML reads them as text; sentences are always in quotes. */
static void put_pair(struct writer *w, const char *key, const char *value, bool sentence)
{
    if (value == NULL)
        return;
    bool quotes = sentence || yaml_ambiguous(value) != NULL;
    put_scalar(w, key, YAML_PLAIN_SCALAR_STYLE);
    put_scalar(w, value, quotes ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : YAML_PLAIN_SCALAR_STYLE);
}

static void put_open(struct writer *w, bool map, bool empty)
{
    yaml_event_t event;

    if (w->fine && map)
        put(w, &event,
            yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE));
    else if (w->fine)
        put(w, &event,
            yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
                                                 empty ? YAML_FLOW_SEQUENCE_STYLE
                                                       : YAML_BLOCK_SEQUENCE_STYLE));
}

static void put_close(struct writer *w, bool map)
{
    yaml_event_t event;

    if (w->fine)
        put(w, &event,
            map ? yaml_mapping_end_event_initialize(&event)
                : yaml_sequence_end_event_initialize(&event));
}

static void put_keys(struct writer *w, const struct deviations *d)
{
    put_scalar(w, "keys", YAML_PLAIN_SCALAR_STYLE);
    put_open(w, false, d->keys == 0);
    for (size_t i = 0; i < d->keys; i++) {
        put_open(w, true, false);
        put_pair(w, "key", d->key[i].key, false);
        put_pair(w, "why", d->key[i].why, true);
        put_close(w, true);
    }
    put_close(w, false);
}

static void put_ids(struct writer *w, const char *ids)
{
    char id[96];
    int next = 0;

    put_scalar(w, "clause", YAML_PLAIN_SCALAR_STYLE);
    put_open(w, false, true);
    for (; sscanf(ids, "%95s%n", id, &next) == 1; ids += next)
        put_scalar(w, id, YAML_PLAIN_SCALAR_STYLE);
    put_close(w, false);
}

static void put_clauses(struct writer *w, const struct deviations *d)
{
    if (d->clauses == 0)
        return;
    put_scalar(w, "clauses", YAML_PLAIN_SCALAR_STYLE);
    put_open(w, false, false);
    for (size_t i = 0; i < d->clauses; i++) {
        put_open(w, true, false);
        put_ids(w, d->clause[i].ids);
        put_pair(w, "where", d->clause[i].where, true);
        put_pair(w, "what", d->clause[i].what, true);
        put_pair(w, "why", d->clause[i].why, true);
        put_close(w, true);
    }
    put_close(w, false);
}

static void put_signatures(struct writer *w, const struct deviations *d)
{
    if (d->signatures == 0)
        return;
    put_scalar(w, "signatures", YAML_PLAIN_SCALAR_STYLE);
    put_open(w, false, false);
    for (size_t i = 0; i < d->signatures; i++) {
        put_open(w, true, false);
        put_pair(w, "signature", d->signature[i].signature, false);
        put_pair(w, "why", d->signature[i].why, true);
        put_close(w, true);
    }
    put_close(w, false);
}

static void put_cases(struct writer *w, const struct deviations *d)
{
    put_scalar(w, "cases", YAML_PLAIN_SCALAR_STYLE);
    put_open(w, false, d->entries == 0);
    for (size_t i = 0; i < d->entries; i++) {
        const struct deviation *entry = &d->entry[i];
        put_open(w, true, false);
        put_pair(w, "rule", entry->rule, false);
        put_pair(w, "verdict", entry->verdict, false);
        put_pair(w, "reason", entry->reason, true);
        put_pair(w, "why", entry->why, true);
        put_pair(w, "until", entry->until, true);
        put_close(w, true);
    }
    put_close(w, false);
}

static void put_document(struct writer *w, const struct deviations *d)
{
    yaml_event_t event;

    put(w, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
    if (w->fine)
        put(w, &event, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
    put_open(w, true, false);
    put_clauses(w, d);
    put_keys(w, d);
    put_signatures(w, d);
    put_cases(w, d);
    put_close(w, true);
    if (w->fine)
        put(w, &event, yaml_document_end_event_initialize(&event, 1));
    if (w->fine)
        put(w, &event, yaml_stream_end_event_initialize(&event));
}

int deviations_write(const struct deviations *d, FILE *out)
{
    struct writer w = {.fine = true};

    if (!yaml_emitter_initialize(&w.emitter))
        return -1;
    yaml_emitter_set_output_file(&w.emitter, out);
    yaml_emitter_set_unicode(&w.emitter, 1);
    yaml_emitter_set_width(&w.emitter, -1);
    put_document(&w, d);
    yaml_emitter_delete(&w.emitter);
    return w.fine && fflush(out) == 0 && !ferror(out) ? 0 : -1;
}
