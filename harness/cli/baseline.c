/* SPDX-License-Identifier: BSD-2-Clause */
/* Known deviations laid over a run. */
#include "cli/baseline.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *get(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

void baseline_path(const struct cli_options *o, const struct cli_specs *specs, const char *stack,
                   char *buf, size_t cap)
{
    char name[80];
    if (o->baseline) {
        snprintf(buf, cap, "%s", o->baseline);
        return;
    }
    case_file_name(stack, name, sizeof name);
    snprintf(buf, cap, "%s/deviations/%s.yaml", specs->folder, name);
    size_t plain = strcspn(stack, ":");
    if (stack[plain] && access(buf, F_OK) != 0)
        snprintf(buf, cap, "%s/deviations/%.*s.yaml", specs->folder, (int)plain, stack);
}

int baseline_open(const struct cli_options *o, const struct cli_specs *specs, const char *stack,
                  struct deviations **ret_known)
{
    char path[1300];
    size_t count;
    const struct oracle_key *key = oracle_keys(&count);
    if (o->no_baseline || o->fault != FAULT_NONE)
        return 0;
    baseline_path(o, specs, stack, path, sizeof path);
    if (!o->baseline && access(path, F_OK) != 0)
        return 0;
    const char **names = calloc(count + 1, sizeof *names);
    if (!names)
        return cli_say(EXIT_UNABLE, "no memory");
    for (size_t i = 0; i < count; i++)
        names[i] = key[i].name;
    struct deviations *known = deviations_read(path, names, count, stderr);
    free(names);
    if (!known)
        return cli_say(EXIT_USAGE, "the baseline %s cannot be used", path);
    *ret_known = known;
    return 0;
}

uint64_t baseline_keys(const struct deviations *known)
{
    size_t count;
    uint64_t bits = 0;
    const struct oracle_key *key = oracle_keys(&count);
    for (size_t k = 0; known && k < deviations_key_count(known); k++)
        for (size_t i = 0; i < count; i++)
            if (!strcmp(deviations_key(known, k)->key, key[i].name))
                bits |= UINT64_C(1) << i;
    return bits;
}

bool baseline_covers(const struct deviation *entry, const char *id)
{
    size_t n = strlen(entry->rule);
    return fnmatch(entry->rule, id, 0) == 0 || (!strncmp(entry->rule, id, n) && id[n] == '/');
}

static bool good(enum verdict v)
{
    return v == VERDICT_PASS || v == VERDICT_INFO || v == VERDICT_WARN;
}

static void lay(json_t *one, const char *overlay, const struct deviation *entry)
{
    json_object_set_new(one, "baseline", json_string(overlay));
    if (entry && entry->why)
        json_object_set_new(one, "known_why", json_string(entry->why));
}

static bool holds(const struct deviation *entry, const char *today)
{
    return entry && !deviation_expired(entry, today);
}

static void lay_one(const struct deviations *known, json_t *one, const char *today)
{
    enum verdict v = case_verdict(one);
    const struct deviation *same =
        deviations_match(known, get(one, "id"), get(one, "verdict"), get(one, "message"));
    const struct deviation *other = deviations_find(known, get(one, "id"));
    if (holds(same, today) && v != VERDICT_ERROR)
        lay(one, "KNOWN", same);
    else if (!good(v) && v != VERDICT_SKIP)
        lay(one, holds(other, today) ? "CHANGED" : "NEW", NULL);
}

/** An entry of which no case is as it says, though some were judged, is FIXED. */
static void lay_fixed(const struct deviation *entry, json_t *cases, const char *today)
{
    size_t judged = 0;
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *one = json_array_get(cases, i);
        if (!baseline_covers(entry, get(one, "id")))
            continue;
        if (*get(one, "baseline"))
            return;
        judged += good(case_verdict(one));
    }
    for (size_t i = 0; judged && holds(entry, today) && i < json_array_size(cases); i++) {
        json_t *one = json_array_get(cases, i);
        if (baseline_covers(entry, get(one, "id")) && good(case_verdict(one)))
            lay(one, "FIXED", entry);
    }
}

void baseline_overlay(const struct deviations *known, json_t *cases)
{
    char today[16];
    time_t now = time(NULL);
    struct tm tm;
    gmtime_r(&now, &tm);
    strftime(today, sizeof today, "%Y-%m-%d", &tm);
    for (size_t i = 0; i < json_array_size(cases); i++)
        lay_one(known, json_array_get(cases, i), today);
    for (size_t i = 0; i < deviations_count(known); i++)
        lay_fixed(deviations_at(known, i), cases, today);
}
