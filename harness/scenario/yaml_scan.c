/* SPDX-License-Identifier: BSD-2-Clause */
/* Octets and scalars that a rule file must not hold. */
#include "scenario/yaml_scan.h"

#include <string.h>
#include <strings.h>

/* How long the UTF-8 character at TEXT is (Unicode 15, table 3-7), or 0 if it is none. */
static size_t character(const unsigned char *text, size_t len)
{
    unsigned char first = text[0];
    size_t size = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

    if (first > 0xf4 || size > len)
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    if ((first == 0xe0 && text[1] < 0xa0) || (first == 0xed && text[1] > 0x9f) ||
        (first == 0xf0 && text[1] < 0x90) || (first == 0xf4 && text[1] > 0x8f))
        return 0;
    return size;
}

/* U+0080 to U+009F are controls (one of them a line end), U+2028 and U+2029 are line ends. */
static bool wide_control(const unsigned char *text, size_t size)
{
    if (size == 2)
        return text[0] == 0xc2 && text[1] < 0xa0;
    return size == 3 && text[0] == 0xe2 && text[1] == 0x80 && (text[2] == 0xa8 || text[2] == 0xa9);
}

static bool narrow_control(unsigned char octet)
{
    return (octet < ' ' && octet != '\n') || octet == 0x7f;
}

bool yaml_has_controls(const char *text, size_t len)
{
    const unsigned char *at = (const unsigned char *)text;

    for (size_t i = 0, size; i < len; i += size) {
        size = character(at + i, len - i);
        if (size == 0 || narrow_control(at[i]) || wide_control(at + i, size))
            return true;
    }
    return false;
}

static const char *complaint(const unsigned char *at, size_t len, size_t size)
{
    if (size == 0)
        return "this is not UTF-8";
    if (at[0] == '\t')
        return "a tab: indent and separate with spaces";
    if (at[0] == '\0')
        return "a NUL octet";
    if (at[0] == '\r' && len > 1 && at[1] == '\n')
        return NULL;
    return narrow_control(at[0]) || wide_control(at, size) ? "a control character" : NULL;
}

bool yaml_scan_octets(struct yaml_errors *errors)
{
    const unsigned char *text = (const unsigned char *)errors->text;
    struct yaml_place place = {.line = 1, .column = 1};
    bool fine = true, line_told = false;

    for (size_t i = 0, size; i < errors->len; i += size) {
        if (text[i] == '\n') {
            place.line++;
            place.column = 1;
            line_told = false;
            size = 1;
            continue;
        }
        size = character(text + i, errors->len - i);
        const char *what = complaint(text + i, errors->len - i, size);
        if (what != NULL && !line_told) {
            yaml_error(errors, place, NULL, "%s", what);
            fine = false;
            line_told = true; /* one a line is enough */
        }
        size += size == 0;
        place.column++;
    }
    return fine;
}

/* ---- scalars ---- */

static size_t digits(const char *text)
{
    return strspn(text, "0123456789");
}

static bool is_word(const char *text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcasecmp(text, *words) == 0)
            return true;
    return false;
}

/* `2024-01-01`, alone or with a time behind it. */
static bool is_date(const char *text)
{
    size_t month = 5 + digits(text + (strlen(text) > 5 ? 5 : 0));

    if (digits(text) != 4 || text[4] != '-' || month == 5 || text[month] != '-')
        return false;
    size_t day = digits(text + month + 1);
    return day > 0 && day <= 2 && strchr("Tt ", text[month + 1 + day]) != NULL;
}

/* `3.10`, `10.`, `.5`, `1e5`, `.inf`: of `1..3` the second dot makes it text. */
static bool is_float(const char *text)
{
    if (strcasecmp(text, ".inf") == 0 || strcasecmp(text, ".nan") == 0)
        return true;
    size_t whole = digits(text), part = 0;
    bool dot = text[whole] == '.';
    text += whole + dot;
    part = dot ? digits(text) : 0;
    if (whole + part == 0)
        return false;
    text += part;
    bool power = *text == 'e' || *text == 'E';
    if (power) {
        text += 1 + (text[1] == '+' || text[1] == '-');
        if (digits(text) == 0)
            return false;
        text += digits(text);
    }
    return *text == '\0' && (dot || power);
}

const char *yaml_ambiguous(const char *text)
{
    static const char *const truths[] = {"on", "off", "yes", "no", "y", "n", NULL};
    static const char *const nothings[] = {"~", "null", NULL};
    size_t len = strlen(text);

    if (is_word(text, truths))
        return "a truth value";
    if (is_word(text, nothings))
        return "nothing at all";
    if ((strcasecmp(text, "true") == 0 && strcmp(text, "true") != 0) ||
        (strcasecmp(text, "false") == 0 && strcmp(text, "false") != 0))
        return "a truth value";
    if (strcmp(text, "<<") == 0 || strcmp(text, "=") == 0)
        return "an instruction";
    const char *number = text + (*text == '+' || *text == '-');
    if (is_float(number))
        return "a fraction";
    if (is_date(text))
        return "a date";
    if (digits(number) == 0)
        return NULL;
    if (strspn(number, "0123456789_") == strlen(number) && strchr(number, '_') != NULL)
        return "a number";
    if (strspn(number, "0123456789:_.") == strlen(number) && strchr(number, ':') != NULL)
        return "a number in base 60";
    if (number[0] == '0' && len > 1 &&
        (digits(number) == strlen(number) || strchr("obOB", number[1]) != NULL) &&
        number[1] != '\0')
        return "an octal or binary number";
    return NULL;
}
