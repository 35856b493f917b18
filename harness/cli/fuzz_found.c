/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcpassay fuzz: findings. Each signature counts once. A process of its own finishes it
 * (fuzz_finish.c); the workers go on meanwhile.
 */
#include "cli/fuzz.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { AT_ONCE = 2, AT_ONCE_REAL = 10, ATTEMPTS = 3 };

void fuzz_found_path(const struct fuzz *f, const struct fuzz_found *x, const char *ending,
                     char *ret_path)
{
    snprintf(ret_path, FUZZ_PATH, "%s/findings/%s.%s", f->folder, x->name, ending);
}

/** "every-window-honoured.r7323-2.4-2.established" */
static void name_of(const char *line, char *buf, size_t cap)
{
    static const char said[] = "INVARIANT ";
    size_t n = 0;
    for (line += strncmp(line, said, sizeof said - 1) ? 0 : sizeof said - 1; *line && n + 1 < cap;
         line++) {
        if (isalnum((unsigned char)*line))
            buf[n++] = (char)tolower((unsigned char)*line);
        else if (*line == ' ' || *line == '.' || *line == '-')
            buf[n++] = *line == '-' ? '-' : '.';
    }
    buf[n] = '\0';
}

static void begin_finish(struct fuzz *f, size_t index)
{
    struct fuzz_found *x = &f->found[index];
    fflush(NULL);
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
        close_range(STDERR_FILENO + 1, ~0u, 0); /* or the parent's workers would wait for us */
        fuzz_finish(f, index);
        _exit(0);
    }
    if (pid < 0)
        return; /* it waits */
    x->finisher = pid;
    x->state = FOUND_AT_WORK;
    x->attempts++;
}

static void take_outcome(struct fuzz *f, size_t index)
{
    struct fuzz_found *x = &f->found[index];
    const struct fuzz_outcome *outcome = &f->shared->outcome[index];
    x->state = outcome->confirmed ? FOUND_WRITTEN : FOUND_UNSURE;
    x->steps = outcome->steps;
    x->reference_too = outcome->reference_too;
    x->finisher = 0;
    fuzz_wipe(f);
    if (x->state == FOUND_WRITTEN && f->o->verbosity >= 0)
        cli_say(0, "found: %s, %u steps: %s/findings/%s.yaml", x->line, x->steps, f->folder,
                x->name);
    if (x->state == FOUND_WRITTEN && f->o->fail_fast)
        f->stopped = true;
}

/** Whether one of these is finished, or at work, that differs from X in the state alone. */
static bool has_twin(const struct fuzz *f, const struct fuzz_found *x)
{
    const char *state = strrchr(x->line, ' ');
    size_t same = state ? (size_t)(state - x->line) : strlen(x->line);
    for (size_t i = 0; i < f->found_count; i++) {
        const struct fuzz_found *y = &f->found[i];
        if (y != x && (y->state == FOUND_WRITTEN || y->state == FOUND_AT_WORK) &&
            strncmp(x->line, y->line, same + 1) == 0)
            return true;
    }
    return false;
}

/** What a missing end shows takes the longest. */
static bool is_slow(const struct fuzz_found *x)
{
    return strstr(x->line, " liveness ") || !strncmp(x->line, "HANG", 4);
}

/** Of those that wait the next: the same once more in another state tells less. SLOW: only if
 *  nothing else waits. */
static size_t next_pending(const struct fuzz *f, bool slow)
{
    size_t best = f->found_count;
    unsigned least = 4;
    for (size_t i = 0; i < f->found_count; i++) {
        const struct fuzz_found *x = &f->found[i];
        unsigned late = has_twin(f, x) + 2u * is_slow(x);
        if (x->state == FOUND_PENDING && late < least && (slow || !is_slow(x))) {
            best = i;
            least = late;
        }
    }
    return best;
}

bool fuzz_found_tend(struct fuzz *f)
{
    unsigned most = f->real ? AT_ONCE_REAL : AT_ONCE, at_work = 0, slow = 0;
    size_t next;
    for (size_t i = 0; i < f->found_count; i++) {
        struct fuzz_found *x = &f->found[i];
        if (x->state == FOUND_AT_WORK && waitpid(x->finisher, NULL, WNOHANG) == x->finisher)
            take_outcome(f, i);
        at_work += x->state == FOUND_AT_WORK;
        slow += x->state == FOUND_AT_WORK && is_slow(x);
    }
    while (at_work < most && (next = next_pending(f, slow < most / 2)) < f->found_count) {
        begin_finish(f, next);
        if (f->found[next].state != FOUND_AT_WORK)
            break;
        at_work++;
        slow += is_slow(&f->found[next]);
    }
    return at_work > 0 || next_pending(f, true) < f->found_count;
}

void fuzz_found_kill(struct fuzz *f)
{
    static const char *const endings[] = {"yaml", "yaml.tmp", "pcap"};
    char path[FUZZ_PATH];
    for (size_t i = 0; i < f->found_count; i++) {
        struct fuzz_found *x = &f->found[i];
        if (x->state != FOUND_AT_WORK)
            continue;
        kill(x->finisher, SIGKILL);
        while (waitpid(x->finisher, NULL, 0) < 0 && errno == EINTR)
            ;
        x->state = FOUND_PENDING;
        for (size_t k = 0; k < sizeof endings / sizeof *endings; k++) {
            fuzz_found_path(f, x, endings[k], path);
            unlink(path); /* nobody vouches for it */
        }
    }
}

/** The octets of this input are those that are finished. */
static void take_input(struct fuzz *f, struct fuzz_found *x, const uint8_t *data, size_t len)
{
    char path[FUZZ_PATH];
    uint8_t *copy = malloc(len ? len : 1);
    fuzz_found_path(f, x, "bin", path);
    if (!copy || fuzz_write_octets(path, data, len)) {
        f->broken = true; /* it is told at the end */
        free(copy);
        return;
    }
    memcpy(copy, data, len);
    free(x->input.data);
    x->input = (struct fuzz_input){.data = copy, .len = (uint32_t)len};
    x->state = FOUND_PENDING;
}

void fuzz_found_add(struct fuzz *f, const char *line, const char *message, const uint8_t *data,
                    size_t len)
{
    struct fuzz_found *x = NULL;
    for (size_t i = 0; i < f->found_count && !x; i++)
        if (!strcmp(f->found[i].line, line))
            x = &f->found[i];
    if (x) {
        x->hits++;
        if (x->state == FOUND_UNSURE && x->attempts < ATTEMPTS)
            take_input(f, x, data, len);
        return;
    }
    if (f->found_count == FUZZ_FOUND_MAX) {
        f->dropped++;
        return;
    }
    x = &f->found[f->found_count];
    *x = (struct fuzz_found){.hits = 1, .first_run = f->runs, .first_ms = fuzz_elapsed_ms(f)};
    snprintf(x->line, sizeof x->line, "%s", line);
    snprintf(x->message, sizeof x->message, "%s", message);
    name_of(x->line, x->name, sizeof x->name);
    take_input(f, x, data, len);
    f->found_count += x->input.data != NULL;
}
