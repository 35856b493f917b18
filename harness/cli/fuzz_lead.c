/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcpassay fuzz: leads. What breaks a SHOULD is no finding, but it has brought the judged stack
 * near one, whatever the guide thinks of it. Some of it is kept for each way of breaking one.
 */
#include "cli/fuzz.h"

#include "wire/random.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { LONGER = 16 }; /* one in so many is kept although it is no shorter than what it replaces */

/** Signature and message without state and numbers, for one is as good as the other. */
static void words_of(const char *line, const char *message, char *buf, size_t cap)
{
    size_t n = 0;
    const char *state = strrchr(line, ' ');
    for (const char *s = line; *s && s != state && n + 1 < cap; s++)
        if (!isdigit((unsigned char)*s))
            buf[n++] = *s;
    for (const char *s = message; *s && n + 1 < cap; s++)
        if (!isdigit((unsigned char)*s))
            buf[n++] = *s;
    buf[n] = '\0';
}

static struct fuzz_lead *lead_of(struct fuzz *f, const char *line, const char *message)
{
    char words[2 * TRIAL_LINE];
    words_of(line, message, words, sizeof words);
    for (size_t i = 0; i < f->lead_count; i++)
        if (!strcmp(f->lead[i].words, words))
            return &f->lead[i];
    if (f->lead_count == FUZZ_LEADS_MAX)
        return NULL;
    struct fuzz_lead *lead = &f->lead[f->lead_count++];
    memcpy(lead->words, words, sizeof words);
    return lead;
}

/**
 * Where the next input of LEAD goes; NULL: it is not wanted. What was made of one that is kept goes
 * into no place but its parent's, or soon all would be one family; and surely if it went further.
 */
static struct fuzz_input *place_of(struct fuzz *f, struct fuzz_lead *lead,
                                   const struct fuzz_slot *slot, const struct fuzz_item *item)
{
    bool child = slot->kind == FUZZ_FOLLOWED && lead == &f->lead[slot->lead];
    if (!child && lead->inputs < FUZZ_LED)
        return &lead->input[lead->inputs++];
    size_t at = child ? slot->led : (size_t)(random_next(&f->random) % FUZZ_LED);
    struct fuzz_input *to = &lead->input[at];
    bool further = child && item->mark != FUZZ_NOTHING_NEW;
    return further || item->len < to->len || random_next(&f->random) % LONGER == 0 ? to : NULL;
}

void fuzz_lead_add(struct fuzz *f, const struct fuzz_slot *slot, const struct fuzz_item *item,
                   const uint8_t *data)
{
    struct fuzz_lead *lead = lead_of(f, item->line, item->message);
    uint8_t *copy = malloc(item->len ? item->len : 1);
    struct fuzz_input *to = lead && copy ? place_of(f, lead, slot, item) : NULL;
    if (!to) {
        free(copy); /* it would only have helped */
        return;
    }
    memcpy(copy, data, item->len);
    free(to->data);
    *to = (struct fuzz_input){.data = copy, .len = item->len, .mark = FUZZ_UNMARKED};
}

const struct fuzz_input *fuzz_lead_pick(struct fuzz *f, struct fuzz_slot *slot)
{
    if (f->lead_count == 0)
        return NULL;
    slot->lead = (uint32_t)(random_next(&f->random) % f->lead_count);
    const struct fuzz_lead *lead = &f->lead[slot->lead];
    if (lead->inputs == 0)
        return NULL;
    slot->led = (uint32_t)(random_next(&f->random) % lead->inputs);
    return &lead->input[slot->led];
}

void fuzz_leads_free(struct fuzz *f)
{
    for (size_t i = 0; i < f->lead_count; i++)
        for (unsigned k = 0; k < f->lead[i].inputs; k++)
            free(f->lead[i].input[k].data);
}
