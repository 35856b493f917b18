/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A parser of sums. Beside the form that specs/README.md gives it knows brackets: the reader puts
 * them around a sum that stands for a `$name`, so that `1000 - $n` means what it says.
 */
#include "scenario/expr.h"
#include "scenario/suggest.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { DEEPEST = 8 };

/* What a value counts: a plain 0 is of any kind, as is what a step binds. */
enum kind { ANYTHING, COUNT, TIME };

struct value {
    struct scn_expr sum;
    enum kind kind;
};

struct parser {
    const char *text, *at;
    const struct expr_names *names;
    struct expr_error *error;
    unsigned depth;
};

static bool fail(struct parser *p, const char *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool fail(struct parser *p, const char *at, const char *format, ...)
{
    va_list args;

    p->error->at = (size_t)(at - p->text);
    p->error->suggest = NULL;
    va_start(args, format);
    vsnprintf(p->error->message, sizeof p->error->message, format, args);
    va_end(args);
    return false;
}

static void skip_spaces(struct parser *p)
{
    while (*p->at == ' ' || *p->at == '\n')
        p->at++;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Letters and digits; a dot or hyphen only between them, so that `rto..3s` and `a -1` are no names.
 */
static size_t name_len(const char *text)
{
    size_t len = 0;

    while (is_letter(text[len]) || (len > 0 && is_digit(text[len])) || text[len] == '_' ||
           (len > 0 && (text[len] == '.' || text[len] == '-') && is_letter(text[len + 1])))
        len++;
    return len;
}

/* ---- sums of terms ---- */

static bool add_term(struct parser *p, struct scn_expr *sum, const struct scn_term *term,
                     const char *at)
{
    for (unsigned i = 0; i < sum->n; i++) {
        struct scn_term *old = &sum->term[i];
        if (old->var == term->var && old->index == term->index)
            return !__builtin_add_overflow(old->number, term->number, &old->number) ||
                   fail(p, at, "the number is too large");
    }
    if (sum->n == SCN_TERMS)
        return fail(p, at, "a sum of more than %d terms", SCN_TERMS);
    sum->term[sum->n++] = *term;
    return true;
}

/* A part of a sum that came to nothing, as in `$n - 1` with 1 for $n, is left out. */
static void drop_zeros(struct scn_expr *sum)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < sum->n; i++)
        if (sum->term[i].number != 0 || (kept == 0 && i + 1 == sum->n))
            sum->term[kept++] = sum->term[i];
    memset(&sum->term[kept], 0, (SCN_TERMS - kept) * sizeof sum->term[0]);
    sum->n = (uint8_t)kept;
}

static const char *kind_name(enum kind kind)
{
    return kind == TIME ? "a duration" : "a number";
}

static bool add(struct parser *p, struct value *sum, const struct value *part, int64_t sign,
                const char *at)
{
    if (sum->kind != ANYTHING && part->kind != ANYTHING && sum->kind != part->kind)
        return fail(p, at, "%s and %s cannot be added", kind_name(sum->kind),
                    kind_name(part->kind));
    for (unsigned i = 0; i < part->sum.n; i++) {
        struct scn_term term = part->sum.term[i];
        if (__builtin_mul_overflow(term.number, sign, &term.number))
            return fail(p, at, "the number is too large");
        if (!add_term(p, &sum->sum, &term, at))
            return false;
    }
    if (part->kind != ANYTHING)
        sum->kind = part->kind;
    return true;
}

static bool multiply(struct parser *p, struct value *left, const struct value *right,
                     const char *at)
{
    int64_t factor = 0;
    const struct value *rest = right;

    if (expr_constant(&left->sum, &factor) && left->kind != TIME)
        rest = right;
    else if (expr_constant(&right->sum, &factor) && right->kind != TIME)
        rest = left;
    else
        return fail(p, at, "one of two factors has to be a plain number");
    struct value product = *rest;
    for (unsigned i = 0; i < product.sum.n; i++)
        if (__builtin_mul_overflow(product.sum.term[i].number, factor, &product.sum.term[i].number))
            return fail(p, at, "the number is too large");
    *left = product;
    return true;
}

/* ---- terms ---- */

static bool unit(struct parser *p, const char *at, size_t len, int64_t *ret_ns)
{
    static const struct {
        const char *name;
        int64_t ns;
    } units[] = {
        {"ns", 1},           {"us", 1000},         {"ms", 1000000},
        {"s", 1000000000LL}, {"m", 60000000000LL}, {"h", 3600000000000LL},
    };

    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strlen(units[i].name) == len && memcmp(units[i].name, at, len) == 0) {
            *ret_ns = units[i].ns;
            return true;
        }
    return fail(p, at, "\"%.*s\" is no unit of time: ns us ms s m h", (int)(len < 20 ? len : 20),
                at);
}

static bool number(struct parser *p, struct value *ret_value)
{
    const char *begin = p->at;
    int64_t n = 0, ns = 1;

    for (; is_digit(*p->at); p->at++)
        if (__builtin_mul_overflow(n, (int64_t)10, &n) ||
            __builtin_add_overflow(n, (int64_t)(*p->at - '0'), &n))
            return fail(p, begin, "the number is too large");
    if (*p->at == '.' && is_digit(p->at[1]))
        return fail(p, begin, "numbers are whole; for half a second write 500ms");
    size_t len = name_len(p->at);
    if (len > 0 && !unit(p, p->at, len, &ns))
        return false;
    p->at += len;
    if (__builtin_mul_overflow(n, ns, &n))
        return fail(p, begin, "the duration is too long");
    *ret_value = (struct value){
        .sum = {.n = 1, .term = {{.number = n, .var = SCN_NUMBER}}},
        .kind = len > 0  ? TIME
                : n == 0 ? ANYTHING
                         : COUNT,
    };
    return true;
}

static bool is_time(unsigned var)
{
    return var == SCN_RTO || var == SCN_TICK || var == SCN_MSL;
}

static bool unknown_name(struct parser *p, const char *begin, size_t len)
{
    char name[40];
    struct suggest s = {.written = name};

    snprintf(name, sizeof name, "%.*s", (int)(len < 39 ? len : 39), begin);
    for (unsigned var = SCN_NUMBER + 1; var < SCN_BOUND; var++)
        suggest_offer(&s, scn_var_name(var));
    for (unsigned i = 0; p->names != NULL && i < p->names->count; i++)
        suggest_offer(&s, p->names->name[i]);
    fail(p, begin, "unknown name \"%s\"", name);
    p->error->suggest = s.best;
    return false;
}

static bool named(struct parser *p, size_t len, struct value *ret_value)
{
    const char *begin = p->at;
    struct scn_term term = {.number = 1};
    enum kind kind = ANYTHING;

    for (unsigned var = SCN_NUMBER + 1; var < SCN_BOUND && term.var == SCN_NUMBER; var++) {
        const char *known = scn_var_name(var);
        if (strlen(known) == len && memcmp(known, begin, len) == 0) {
            term.var = (uint8_t)var;
            kind = is_time(var) ? TIME : COUNT;
        }
    }
    for (unsigned i = 0; p->names != NULL && i < p->names->count && term.var == SCN_NUMBER; i++)
        if (strlen(p->names->name[i]) == len && memcmp(p->names->name[i], begin, len) == 0) {
            term.var = SCN_BOUND;
            term.index = (uint8_t)i;
        }
    if (term.var == SCN_NUMBER)
        return unknown_name(p, begin, len);
    p->at += len;
    *ret_value = (struct value){.sum = {.n = 1, .term = {term}}, .kind = kind};
    return true;
}

static bool sum(struct parser *p, struct value *ret_value);

static bool atom(struct parser *p, struct value *ret_value)
{
    skip_spaces(p);
    size_t len = name_len(p->at);
    if (is_digit(*p->at))
        return number(p, ret_value);
    if (len > 0)
        return named(p, len, ret_value);
    if (*p->at != '(')
        return *p->at == '\0' ? fail(p, p->at, "a number is missing")
                              : fail(p, p->at, "a number was expected, not \"%.20s\"", p->at);
    if (p->depth == DEEPEST)
        return fail(p, p->at, "too many brackets");
    p->at++;
    p->depth++;
    if (!sum(p, ret_value))
        return false;
    p->depth--;
    if (*p->at != ')')
        return fail(p, p->at, "a \")\" is missing");
    p->at++;
    return true;
}

static bool product(struct parser *p, struct value *ret_value)
{
    if (!atom(p, ret_value))
        return false;
    for (skip_spaces(p); *p->at == '*'; skip_spaces(p)) {
        struct value factor = {.kind = ANYTHING};
        const char *at = p->at++;
        if (!atom(p, &factor) || !multiply(p, ret_value, &factor, at))
            return false;
    }
    return true;
}

static bool sum(struct parser *p, struct value *ret_value)
{
    struct value total = {.kind = ANYTHING};

    skip_spaces(p);
    int64_t sign = *p->at == '-' ? -1 : 1;
    p->at += *p->at == '-';
    for (;;) {
        struct value part = {.kind = ANYTHING};
        const char *at = p->at;
        if (!product(p, &part) || !add(p, &total, &part, sign, at))
            return false;
        if (*p->at != '+' && *p->at != '-')
            break;
        sign = *p->at++ == '-' ? -1 : 1;
    }
    drop_zeros(&total.sum);
    *ret_value = total;
    return true;
}

/* ---- whole texts ---- */

static bool wanted(struct parser *p, const struct value *value, enum expr_want want,
                   const char *begin)
{
    if (want == EXPR_TIME && value->kind == COUNT)
        return fail(p, begin, "this is a number; a duration has a unit, as 200ms or 3s");
    if (want == EXPR_COUNT && value->kind == TIME)
        return fail(p, begin, "this is a duration; a number was expected");
    return true;
}

static bool whole(struct parser *p, enum expr_want want, const char *end, struct scn_expr *ret_expr)
{
    const char *begin = p->at;
    struct value value;

    if (!sum(p, &value))
        return false;
    if (p->at != end && *p->at != '\0')
        return fail(p, p->at, "\"%.20s\" makes no sense here", p->at);
    if (!wanted(p, &value, want, begin))
        return false;
    *ret_expr = value.sum;
    return true;
}

bool expr_parse(const char *text, enum expr_want want, const struct expr_names *names,
                struct scn_expr *ret_expr, struct expr_error *ret_error)
{
    struct parser p = {.text = text, .at = text, .names = names, .error = ret_error};

    return whole(&p, want, NULL, ret_expr);
}

bool expr_parse_range(const char *text, const struct expr_names *names, struct scn_range *ret_range,
                      struct expr_error *ret_error)
{
    struct parser p = {.text = text, .at = text, .names = names, .error = ret_error};
    struct scn_range range = {.kind = SCN_IS};
    const char *dots = strstr(text, "..");

    if (strcmp(text, "any") == 0) {
        range.kind = SCN_ANY;
    } else if (strcmp(text, "none") == 0) {
        range.kind = SCN_NONE;
    } else if (dots == NULL) {
        if (!whole(&p, EXPR_COUNT, NULL, &range.lo))
            return false;
    } else {
        range.kind = SCN_FROM_TO;
        if (dots != text && !whole(&p, EXPR_COUNT, dots, &range.lo))
            return false;
        p.at = dots + 2;
        if (*p.at != '\0' && !whole(&p, EXPR_COUNT, NULL, &range.hi))
            return false;
        if (range.lo.n + range.hi.n == 0)
            return fail(&p, text, "a range without ends; `any` means: present");
        int64_t lo, hi;
        if (expr_constant(&range.lo, &lo) && expr_constant(&range.hi, &hi) && lo > hi)
            return fail(&p, text, "the range is empty: its ends are the wrong way round");
    }
    *ret_range = range;
    return true;
}

bool expr_constant(const struct scn_expr *expr, int64_t *ret_value)
{
    if (expr->n != 1 || expr->term[0].var != SCN_NUMBER)
        return false;
    *ret_value = expr->term[0].number;
    return true;
}

bool expr_is_reserved(const char *name)
{
    for (unsigned var = SCN_NUMBER + 1; var < SCN_BOUND; var++)
        if (strcmp(scn_var_name(var), name) == 0)
            return true;
    return strcmp(name, "any") == 0 || strcmp(name, "none") == 0;
}
