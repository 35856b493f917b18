/* SPDX-License-Identifier: BSD-2-Clause */
/* A bounded set of half-open ranges of positions. */
#include "oracle/spans.h"

#include <string.h>

static void drop(struct spans *s, unsigned first, unsigned count)
{
    s->n -= count;
    if (count > 0 && s->n > first) {
        memmove(&s->at[first], &s->at[first + count], (s->n - first) * sizeof s->at[0]);
    }
}

/* Close the narrowest gap. */
static void squeeze(struct spans *s)
{
    unsigned best = 0;
    for (unsigned i = 1; i + 1 < s->n; i++) {
        if (s->at[i + 1].from - s->at[i].to < s->at[best + 1].from - s->at[best].to) {
            best = i;
        }
    }
    s->at[best].to = s->at[best + 1].to;
    drop(s, best + 1, 1);
}

void spans_add(struct spans *s, int64_t from, int64_t to)
{
    if (from >= to) {
        return;
    }
    unsigned i = 0;
    while (i < s->n && s->at[i].to < from) {
        i++;
    }
    unsigned j = i;
    while (j < s->n && s->at[j].from <= to) {
        if (s->at[j].from < from) {
            from = s->at[j].from;
        }
        if (s->at[j].to > to) {
            to = s->at[j].to;
        }
        j++;
    }
    if (j > i) {
        drop(s, i + 1, j - i - 1);
    } else {
        if (i < s->n) {
            memmove(&s->at[i + 1], &s->at[i], (s->n - i) * sizeof s->at[0]);
        }
        s->n++;
    }
    s->at[i] = (struct span){from, to};
    if (s->n > SPANS_MAX) {
        squeeze(s);
    }
}

void spans_trim(struct spans *s, int64_t pos)
{
    unsigned gone = 0;
    while (gone < s->n && s->at[gone].to <= pos) {
        gone++;
    }
    if (gone > 0) {
        drop(s, 0, gone);
    }
    if (s->n > 0 && s->at[0].from < pos) {
        s->at[0].from = pos;
    }
}

int64_t spans_run(const struct spans *s, int64_t pos)
{
    for (unsigned i = 0; i < s->n && s->at[i].from <= pos; i++) {
        if (pos < s->at[i].to) {
            return s->at[i].to;
        }
    }
    return pos;
}

bool spans_hold(const struct spans *s, int64_t from, int64_t to)
{
    return from >= to || spans_run(s, from) >= to;
}

bool spans_meet(const struct spans *s, int64_t from, int64_t to)
{
    for (unsigned i = 0; i < s->n && s->at[i].from < to; i++) {
        if (s->at[i].to > from) {
            return true;
        }
    }
    return false;
}
