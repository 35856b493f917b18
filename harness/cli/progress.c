/* SPDX-License-Identifier: BSD-2-Clause */
/* The line that says how far it is: on stderr, on a terminal alone, ten times a second, wiped. */
#include "cli/cli.h"

#include <string.h>
#include <time.h>

#define INTERVAL 100000000u /* ns */

static uint64_t now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
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
    uint64_t left = p->done ? (now - p->begin) / p->done * (p->total - p->done) : 0;
    fprintf(stderr, "\r\033[K[%4zu/%zu] %zu failed  %.50s  %llu s left", p->done, p->total, p->failed,
            p->name, (unsigned long long)(left / 1000000000u));
    fflush(stderr);
}

void cli_progress_wipe(struct cli_progress *p)
{
    if (p->on && p->last != p->begin)
        fputs("\r\033[K", stderr);
    p->on = false;
}
