/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpassay fuzz: how far it is, on a terminal, and what came out, for people. */
#include "cli/fuzz.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define INTERVAL 250000000u /* ns */

static const char *span(uint64_t ms, char *buf, size_t cap)
{
    if (ms < 60000)
        snprintf(buf, cap, "%.1f s", (double)ms / 1e3);
    else if (ms < 3600000)
        snprintf(buf, cap, "%llu min %llu s", (unsigned long long)(ms / 60000),
                 (unsigned long long)(ms / 1000 % 60));
    else
        snprintf(buf, cap, "%llu h %llu min", (unsigned long long)(ms / 3600000),
                 (unsigned long long)(ms / 60000 % 60));
    return buf;
}

static unsigned in_state(const struct fuzz *f, enum fuzz_state state)
{
    unsigned n = 0;
    for (size_t i = 0; i < f->found_count; i++)
        n += f->found[i].state == state;
    return n;
}

static size_t count_seen(const atomic_uchar *map, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < size; i++)
        n += map[i] != 0;
    return n;
}

void fuzz_progress(struct fuzz *f)
{
    uint64_t now = fuzz_now();
    char time[32], line[240];
    struct winsize size = {0};
    if (!f->tty || now - f->shown < INTERVAL)
        return;
    f->shown = now;
    int columns = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
    uint64_t ms = fuzz_elapsed_ms(f);
    snprintf(line, sizeof line,
             "[%s] %u found, %u at work, %u unsure  %llu runs, %.0f/s  %zu inputs, %zu blocks, %zu "
             "features",
             span(ms, time, sizeof time), in_state(f, FOUND_WRITTEN),
             in_state(f, FOUND_AT_WORK) + in_state(f, FOUND_PENDING), in_state(f, FOUND_UNSURE),
             (unsigned long long)f->runs, ms ? (double)f->runs * 1e3 / (double)ms : 0,
             f->corpus_count, count_seen(f->shared->blocks, GUIDE_BLOCKS),
             count_seen(f->shared->features, FEATURES));
    fprintf(stderr, "\r\033[K%.*s", columns - 1, line);
    fflush(stderr);
}

void fuzz_wipe(struct fuzz *f)
{
    if (f->tty && f->shown)
        fputs("\r\033[K", stderr);
}

static void tell_found(const struct fuzz *f, const struct fuzz_found *x, FILE *out, bool color)
{
    static const char *const words[] = {"to be finished by the next session",
                                        "to be finished by the next session", "",
                                        "seen once, not again"};
    char time[32];
    const char *bold = color && x->state == FOUND_WRITTEN ? "\033[31m" : "";
    fprintf(out, "\n%s%s%s %s\n", bold, x->state == FOUND_WRITTEN ? "FOUND" : "?    ",
            *bold ? "\033[0m" : "", x->line);
    fprintf(out, "      %s\n", x->message);
    fprintf(out, "      first after %s (run %llu), seen %u times",
            span(x->first_ms, time, sizeof time), (unsigned long long)x->first_run, x->hits);
    if (x->state != FOUND_WRITTEN) {
        fprintf(out, "; %s\n      %s/findings/%s.bin\n", words[x->state], f->folder, x->name);
        return;
    }
    fprintf(out, "; %u steps%s\n      %s/findings/%s.yaml\n", x->steps,
            x->reference_too ? "; tcpref fails it too" : "", f->folder, x->name);
}

void fuzz_tell(struct fuzz *f, FILE *out)
{
    char time[32];
    struct style style = cli_style(f->o, out);
    uint64_t ms = fuzz_elapsed_ms(f);
    fprintf(out,
            "tcpassay %s  fuzz  stack %s [%s clock]  %s, %llu runs (%.0f a second), %llu of the "
            "guide\n",
            TCPASSAY_VERSION, f->choice.name, f->real ? "real" : "virtual",
            span(ms, time, sizeof time), (unsigned long long)f->runs,
            ms ? (double)f->runs * 1e3 / (double)ms : 0, (unsigned long long)f->guide_runs);
    fprintf(out,
            "  %zu inputs, %zu blocks of tcpref, %zu features of %s; %llu runs did not come to "
            "their first step\n",
            f->corpus_count, count_seen(f->shared->blocks, GUIDE_BLOCKS),
            count_seen(f->shared->features, FEATURES), f->choice.name,
            (unsigned long long)f->unjudged);
    for (unsigned state = 0; state < 4; state++) {
        static const enum fuzz_state order[] = {FOUND_WRITTEN, FOUND_PENDING, FOUND_AT_WORK,
                                                FOUND_UNSURE};
        for (size_t i = 0; i < f->found_count; i++)
            if (f->found[i].state == order[state])
                tell_found(f, &f->found[i], out, style.color);
    }
    for (size_t i = 0; i < f->note_count; i++)
        fprintf(out, "%sSHOULD %s, %llu times\n", i ? "" : "\n", f->note[i].line,
                (unsigned long long)f->note[i].hits);
    if (f->dropped)
        fprintf(out, "\n%zu findings beyond %d signatures are not listed\n", f->dropped,
                FUZZ_FOUND_MAX);
    fprintf(out, "\n%u found, %u not confirmed, %u not finished\n", in_state(f, FOUND_WRITTEN),
            in_state(f, FOUND_UNSURE), in_state(f, FOUND_PENDING));
}
