/* SPDX-License-Identifier: BSD-2-Clause */
/* The line that says how far it is: on stderr, on a terminal alone, ten times a second, wiped. */
#include "cli/cli.h"

#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define INTERVAL 100000000u /* ns */

static uint64_t now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* A line that wraps could not be wiped. */
static int columns(void)
{
    struct winsize size = {0};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}

void cli_progress_show(struct cli_progress *p)
{
    uint64_t now = p->on ? now_ns() : 0;
    if (!p->on)
        return;
    if (!p->begin)
        p->begin = p->last = now;
    if (now - p->last < INTERVAL)
        return;
    p->last = now;
    uint64_t left = p->done ? (now - p->begin) / p->done * (p->total - p->done) / 1000000000u : 0;
    char line[160], rest[40] = "";
    if (left)
        snprintf(rest, sizeof rest, "  %llu s left", (unsigned long long)left);
    snprintf(line, sizeof line, "[%4zu/%zu] %zu failed  %.50s%s", p->done, p->total, p->failed,
             p->name, rest);
    fprintf(stderr, "\r\033[K%.*s", columns() - 1, line);
    fflush(stderr);
}

void cli_progress_wipe(struct cli_progress *p)
{
    if (p->on && p->last != p->begin)
        fputs("\r\033[K", stderr);
    p->on = false;
}
