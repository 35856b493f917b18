/* SPDX-License-Identifier: BSD-2-Clause */
/* Text in columns for a terminal: widths, padding, wrapping, and the same in ASCII. */
#ifndef HARNESS_REPORT_TEXT_H
#define HARNESS_REPORT_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** How to draw. */
struct style {
    int width; /* columns: 100 or 80 */
    int ascii, color;
    int verbose; /* -1 quiet, 0, 1, 2 */
};

/** Columns that UTF-8 takes; every character counts as one. */
int text_width(const char *utf8);
/** Print and fill up with blanks to WIDTH; the text is never cut. */
void text_left(FILE *out, const char *utf8, int width);
void text_right(FILE *out, const char *utf8, int width);
/** Print words; lines end before WIDTH and go on at INDENT. COLUMN: where the first begins. */
void text_wrap(FILE *out, const char *utf8, int column, int indent, int width);
/** Write UTF-8 as ASCII, character for character where that can be. */
void text_ascii(FILE *out, const char *utf8);

/** Copy so that it is UTF-8 without control characters: what a stack says may be anything. */
const char *text_clean(const char *text, char *buf, size_t cap);

/** Nanoseconds as "1.002" (seconds). */
const char *text_seconds(uint64_t ns, char *buf, size_t cap);
/** As "88 us", "3.9 s", "2 min 11 s", "1 h 3 min". */
const char *text_duration(uint64_t ns, char *buf, size_t cap);

#endif
