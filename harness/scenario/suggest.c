/* SPDX-License-Identifier: BSD-2-Clause */
/* "Did you mean": edit distance with swaps of neighbours. */
#include "scenario/suggest.h"

#include <stdbool.h>
#include <string.h>

enum { LONGEST = 64, FAR = 1000 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned suggest_distance(const char *a, const char *b)
{
    size_t rows = strlen(a), columns = strlen(b);
    unsigned row[3][LONGEST + 1];

    if (rows > LONGEST || columns > LONGEST)
        return strcmp(a, b) == 0 ? 0 : FAR;
    for (size_t j = 0; j <= columns; j++)
        row[0][j] = (unsigned)j;
    for (size_t i = 1; i <= rows; i++) {
        unsigned *now = row[i % 3], *above = row[(i + 2) % 3], *before = row[(i + 1) % 3];
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= columns; j++) {
            unsigned best = least(above[j], now[j - 1]) + 1;
            best = least(best, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = least(best, before[j - 2] + 1);
            now[j] = best;
        }
    }
    return row[rows % 3][columns];
}

void suggest_offer(struct suggest *s, const char *name)
{
    size_t len = strlen(s->written), other = strlen(name);
    unsigned allowed = len < 3 ? 1 : len < 6 ? 2 : (unsigned)(len / 3);

    if ((len > other ? len - other : other - len) > allowed)
        return;
    unsigned distance = suggest_distance(s->written, name);
    /* as many changes as letters would turn anything into anything */
    if (distance > allowed || distance >= len)
        return;
    /* of two that are as near, the one that ends alike: slips happen inside words */
    bool better = s->best != NULL && distance == s->distance && len > 0 && other > 0 &&
                  name[other - 1] == s->written[len - 1] &&
                  s->best[strlen(s->best) - 1] != s->written[len - 1];
    if (s->best == NULL || distance < s->distance || better) {
        s->best = name;
        s->distance = distance;
    }
}
