/* SPDX-License-Identifier: BSD-2-Clause */
/* Text in columns for a terminal. */
#include "report/text.h"

#include <stdbool.h>
#include <string.h>

#define NS_PER_MS 1000000u
#define NS_PER_S  1000000000u

static const struct {
    const char *utf8, *ascii;
} ascii_forms[] = {
    {"─", "-"},  {"▶", ">"},  {"◀", "<"}, {"►", ">"},  {"→", ">"},  {"·", "."},   {"✔", "."},
    {"✖", "x"},  {"▲", "!"},  {"–", "-"}, {"—", "-"},  {"×", "x"},  {"…", "..."}, {"↔", "<>"},
    {"≤", "<="}, {"≥", ">="}, {"’", "'"}, {"“", "\""}, {"”", "\""},
};

static int char_len(const char *p)
{
    int n = 1;
    while (((unsigned char)p[n] & 0xc0) == 0x80)
        n++;
    return n;
}

int text_width(const char *utf8)
{
    int n = 0;
    for (const char *p = utf8; *p; p += char_len(p))
        n++;
    return n;
}

static void blanks(FILE *out, int n)
{
    if (n > 0)
        fprintf(out, "%*s", n, "");
}

void text_left(FILE *out, const char *utf8, int width)
{
    fputs(utf8, out);
    blanks(out, width - text_width(utf8));
}

void text_right(FILE *out, const char *utf8, int width)
{
    blanks(out, width - text_width(utf8));
    fputs(utf8, out);
}

void text_wrap(FILE *out, const char *utf8, int column, int indent, int width)
{
    char word[1024];
    int begin = 1; /* of a line: no blank before the word */
    for (const char *p = utf8 + strspn(utf8, " \n"); *p;) {
        size_t n = strcspn(p, " \n");
        if (n >= sizeof word)
            n = sizeof word - 1;
        memcpy(word, p, n);
        word[n] = '\0';
        int w = text_width(word);
        if (!begin && column + 1 + w > width) {
            fputc('\n', out);
            blanks(out, indent);
            column = indent;
            begin = 1;
        }
        fprintf(out, "%s%s", begin ? "" : " ", word);
        column += w + !begin;
        begin = 0;
        p += n;
        p += strspn(p, " \n");
    }
}

static const char *ascii_of(const char *p, int len)
{
    for (size_t i = 0; i < sizeof ascii_forms / sizeof *ascii_forms; i++)
        if (!strncmp(ascii_forms[i].utf8, p, (size_t)len))
            return ascii_forms[i].ascii;
    return "?";
}

void text_ascii(FILE *out, const char *utf8)
{
    for (const char *p = utf8; *p;) {
        int n = char_len(p);
        if ((unsigned char)*p < 0x80)
            fputc(*p, out);
        else
            fputs(ascii_of(p, n), out);
        p += n;
    }
}

/** The length of the UTF-8 character at P, 0 if it is none (or a control character). */
static size_t valid_len(const unsigned char *p)
{
    if (*p < 0x80)
        return *p >= 0x20 && *p != 0x7f;
    size_t n = *p >= 0xf0 && *p <= 0xf4 ? 4 : *p >= 0xe0 ? 3 : *p >= 0xc2 ? 2 : 0;
    if (*p > 0xf4)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (*p == 0xe0 && p[1] < 0xa0) || (*p == 0xf0 && p[1] < 0x90);
    bool no_scalar = (*p == 0xed && p[1] > 0x9f) || (*p == 0xf4 && p[1] > 0x8f);
    return overlong || no_scalar ? 0 : n;
}

const char *text_clean(const char *text, char *buf, size_t cap)
{
    size_t used = 0;
    for (const unsigned char *p = (const unsigned char *)(text ? text : ""); *p;) {
        size_t n = valid_len(p);
        size_t take = n ? n : 1;
        if (used + take >= cap)
            break;
        if (n)
            memcpy(buf + used, p, n);
        else
            buf[used] = *p == '\n' || *p == '\t' ? ' ' : '?';
        used += take;
        p += take;
    }
    buf[used] = '\0';
    return buf;
}

const char *text_seconds(uint64_t ns, char *buf, size_t cap)
{
    uint64_t ms = (ns + NS_PER_MS / 2) / NS_PER_MS;
    snprintf(buf, cap, "%llu.%03u", (unsigned long long)(ms / 1000), (unsigned)(ms % 1000));
    return buf;
}

const char *text_duration(uint64_t ns, char *buf, size_t cap)
{
    unsigned long long s = ns / NS_PER_S;
    if (ns < NS_PER_MS)
        snprintf(buf, cap, "%.3g us", (double)ns / 1e3);
    else if (ns < NS_PER_S)
        snprintf(buf, cap, "%.3g ms", (double)ns / NS_PER_MS);
    else if (s < 100)
        snprintf(buf, cap, "%.3g s", (double)ns / NS_PER_S);
    else if (s < 3600)
        snprintf(buf, cap, "%llu min %llu s", s / 60, s % 60);
    else
        snprintf(buf, cap, "%llu h %llu min", s / 3600, s / 60 % 60);
    return buf;
}
