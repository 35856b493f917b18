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

enum { LONGER = 16 }; /* one in so many is kept although it is longer than what it replaces */

/** Signature and message without numbers, for one is as good as the other. */
static void words_of(const char *line, const char *message, char *buf, size_t cap)
{
    size_t n = 0;
    for (const char *s = line; *s && n + 1 < cap; s++)
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

void fuzz_lead_add(struct fuzz *f, const char *line, const char *message, const uint8_t *data,
                   size_t len)
{
    struct fuzz_lead *lead = lead_of(f, line, message);
    if (!lead)
        return;
    bool room = lead->inputs < FUZZ_LED;
    size_t at = room ? lead->inputs : (size_t)(random_next(&f->random) % FUZZ_LED);
    struct fuzz_input *to = &lead->input[at];
    if (!room && len > to->len && random_next(&f->random) % LONGER)
        return;
    uint8_t *copy = malloc(len ? len : 1);
    if (!copy)
        return; /* it would only have helped */
    memcpy(copy, data, len);
    free(to->data);
    *to = (struct fuzz_input){.data = copy, .len = (uint32_t)len, .mark = FUZZ_UNMARKED};
    lead->inputs += room;
}

const struct fuzz_input *fuzz_lead_pick(struct fuzz *f)
{
    if (f->lead_count == 0)
        return NULL;
    const struct fuzz_lead *lead = &f->lead[random_next(&f->random) % f->lead_count];
    return lead->inputs ? &lead->input[random_next(&f->random) % lead->inputs] : NULL;
}

void fuzz_leads_free(struct fuzz *f)
{
    for (size_t i = 0; i < f->lead_count; i++)
        for (unsigned k = 0; k < f->lead[i].inputs; k++)
            free(f->lead[i].input[k].data);
}
