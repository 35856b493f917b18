/* SPDX-License-Identifier: BSD-2-Clause */
/* From the words after -s to a stack: the ones built in, and plug-ins. */
#include "stacks/stacks.h"
#include "scenario/suggest.h"

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct stacks_builtin builtins[] = {
    {&stacks_tcpref, "the reference stack, in process, in virtual time",
     "rfc9293 squeezed nosack cubic rack gso ecn"},
    {&stacks_linux, "the running kernel, in a network namespace of its own, on the real clock",
     "defaults"},
#ifdef HAVE_LWIP
    {&stacks_lwip, "lwIP, in process, in virtual time", NULL},
#endif
#ifdef HAVE_SLIRP
    {&stacks_slirp, "libslirp, in process, in virtual time", NULL},
#endif
};
enum { BUILTINS = sizeof builtins / sizeof builtins[0] };

const struct stacks_builtin *stacks_builtins(size_t *ret_count)
{
    *ret_count = BUILTINS;
    return builtins;
}

unsigned stacks_input_profiles(void)
{
    unsigned profiles = 1;
    for (const char *p = builtins[0].profiles; *p; p++)
        profiles += *p == ' ';
    return profiles;
}

void stacks_input_spec(unsigned octet, char *buf, size_t cap)
{
    const char *profile = builtins[0].profiles;
    unsigned skip = octet % stacks_input_profiles();
    bool first = skip == 0;
    while (skip-- > 0)
        profile = strchr(profile, ' ') + 1;
    if (first)
        snprintf(buf, cap, "%s", builtins[0].stack->name);
    else
        snprintf(buf, cap, "%s:%.*s", builtins[0].stack->name, (int)strcspn(profile, " "), profile);
}

/* Of the WORDS, separated by spaces, the one most like WORD, if one is like it. */
static bool most_like(const char *word, const char *words, char *ret_best, size_t cap)
{
    struct suggest s = {.written = word};
    char copy[128], *rest = copy;
    snprintf(copy, sizeof copy, "%s", words);
    for (char *one; (one = strsep(&rest, " ")) != NULL;)
        suggest_offer(&s, one);
    if (s.best)
        snprintf(ret_best, cap, "%s", s.best);
    return s.best != NULL;
}

static bool has_word(const char *words, const char *word)
{
    size_t len = strlen(word);
    for (const char *w = words; w && *w; w += strspn(w, " ")) {
        size_t n = strcspn(w, " ");
        if (n == len && memcmp(w, word, n) == 0)
            return true;
        w += n;
    }
    return false;
}

static int no_such_name(const char *name, char *why, size_t why_cap)
{
    char names[128] = "", best[32];
    for (size_t i = 0; i < BUILTINS; i++) {
        size_t len = strlen(names);
        snprintf(names + len, sizeof names - len, "%s%s", i ? " " : "", builtins[i].stack->name);
    }
    if (access(name, F_OK) == 0)
        snprintf(why, why_cap, "no stack \"%.64s\"; a plug-in is named lib:%.64s", name, name);
    else if (most_like(name, names, best, sizeof best))
        snprintf(why, why_cap, "no stack \"%.64s\"; did you mean \"%s\"?", name, best);
    else
        snprintf(why, why_cap, "no stack \"%.64s\"; there are: %s, and lib:PATH.so", name, names);
    return -1;
}

static int no_such_profile(const struct stacks_builtin *b, const char *profile, char *why,
                           size_t why_cap)
{
    char best[32];
    if (!b->profiles)
        snprintf(why, why_cap, "%s has no profiles, so no \"%.64s\"", b->stack->name, profile);
    else if (most_like(profile, b->profiles, best, sizeof best))
        snprintf(why, why_cap, "%s has no profile \"%.64s\"; did you mean \"%s\"?", b->stack->name,
                 profile, best);
    else
        snprintf(why, why_cap, "%s has no profile \"%.64s\"; it has: %s", b->stack->name, profile,
                 b->profiles);
    return -1;
}

/* The copy of TABLE that the program works with: what TABLE is too short for is absent. */
static void take(struct stacks_choice *c, const struct tcpassay_stack *table, const char *profile)
{
    memset(&c->table, 0, sizeof c->table);
    memcpy(&c->table, table, table->size < sizeof c->table ? table->size : sizeof c->table);
    c->stack = &c->table;
    snprintf(c->profile, sizeof c->profile, "%s", profile);
    snprintf(c->name, sizeof c->name, "%.40s%s%.22s", c->table.name ? c->table.name : "",
             *profile ? ":" : "", profile);
    for (char *p = c->name; *p; p++)
        if (*p < ' ' || *p > '~')
            *p = '?'; /* a plug-in's own words go to terminals and reports */
}

static int choose_builtin(const char *spec, struct stacks_choice *c, char *why, size_t why_cap)
{
    size_t len = strcspn(spec, ":");
    const char *profile = spec[len] ? spec + len + 1 : "";
    for (size_t i = 0; i < BUILTINS; i++) {
        const struct tcpassay_stack *stack = builtins[i].stack;
        if (strlen(stack->name) != len || memcmp(stack->name, spec, len) != 0)
            continue;
        if (*profile && !has_word(builtins[i].profiles, profile))
            return no_such_profile(&builtins[i], profile, why, why_cap);
        take(c, stack, profile);
        return 0;
    }
    char name[128];
    snprintf(name, sizeof name, "%.*s", (int)len, spec);
    return no_such_name(name, why, why_cap);
}

/* Part PATH.so:PROFILE. A file whose own name has a colon is found first. */
static const char *split_path(const char *spec, char *ret_path, size_t cap)
{
    const char *colon = strrchr(spec, ':');
    size_t len = strlen(spec);
    const char *profile = spec + len;
    if (colon && access(spec, F_OK) != 0) {
        len = (size_t)(colon - spec);
        profile = colon + 1;
    }
    /* Without a slash dlopen would search the system's libraries. */
    const char *here = memchr(spec, '/', len) ? "" : "./";
    int n = snprintf(ret_path, cap, "%s%.*s", here, (int)len, spec);
    return n < (int)cap ? profile : NULL;
}

/* How large the object at SYMBOL really is, by the symbol table; 0: unknown. */
static size_t object_size(const void *symbol)
{
    Dl_info info;
    const ElfW(Sym) *entry = NULL;
    void *extra = NULL;
    if (dladdr1(symbol, &info, &extra, RTLD_DL_SYMENT) == 0 || !extra)
        return 0;
    entry = extra;
    return entry->st_size;
}

static int check_table(const char *path, const struct tcpassay_stack *table, char *why,
                       size_t why_cap)
{
    size_t real = object_size(table);
    if (real && real < 2 * sizeof(uint32_t)) {
        snprintf(why, why_cap, "%s: tcpassay_stack_plugin is no table of the port", path);
        return -1;
    }
    if (table->abi != TCPASSAY_STACK_ABI) {
        snprintf(why, why_cap, "%s speaks version %u of the port, this tcpassay version %u", path,
                 table->abi, TCPASSAY_STACK_ABI);
        return -1;
    }
    if (real && table->size > real) {
        snprintf(why, why_cap, "%s: its table says it has %u octets, and has %zu", path,
                 table->size, real);
        return -1;
    }
    return 0;
}

static int choose_plugin(const char *spec, struct stacks_choice *c, char *why, size_t why_cap)
{
    char path[4096];
    const char *profile = split_path(spec, path, sizeof path);
    if (!*spec || !profile || access(path, F_OK) != 0) {
        snprintf(why, why_cap, "no plug-in %s: no such file", profile ? path : spec);
        return -1;
    }
    c->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!c->library) {
        snprintf(why, why_cap, "%s is not a plug-in: %s", path, dlerror());
        return -1;
    }
    const struct tcpassay_stack *table = dlsym(c->library, "tcpassay_stack_plugin");
    if (!table) {
        snprintf(why, why_cap, "%s is not a plug-in: it exports no tcpassay_stack_plugin", path);
        return -1;
    }
    if (check_table(path, table, why, why_cap))
        return -1;
    take(c, table, profile);
    const char *lacks = stacks_lacks(c->stack);
    if (!lacks)
        return 0;
    snprintf(why, why_cap, "%s lacks what every adapter must have: %s", path, lacks);
    return -1;
}

int stacks_choose(const char *spec, struct stacks_choice *ret_choice, char *why, size_t why_cap)
{
    struct stacks_choice c = {0};
    int rc = strncmp(spec, "lib:", 4) == 0 ? choose_plugin(spec + 4, &c, why, why_cap)
                                           : choose_builtin(spec, &c, why, why_cap);
    if (rc) {
        stacks_release(&c);
        return -1;
    }
    *ret_choice = c;
    ret_choice->stack = &ret_choice->table;
    return 0;
}

void stacks_release(struct stacks_choice *choice)
{
    if (choice->library)
        dlclose(choice->library);
    memset(choice, 0, sizeof *choice);
}
