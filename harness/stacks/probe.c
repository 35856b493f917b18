/* SPDX-License-Identifier: BSD-2-Clause */
/* Does an adapter tell the truth? Its claims, held against its entries and against the wire. */
#include "stacks/probe.h"
#include "player/player.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

bool probe_claims(const struct probe *p, const char *name)
{
    return p->stack->can && p->stack->can(p->state, name);
}

void probe_lie(struct probe *p, const char *format, ...)
{
    va_list args;
    fputs("  WRONG: it ", p->out);
    va_start(args, format);
    vfprintf(p->out, format, args);
    va_end(args);
    fputc('\n', p->out);
    p->lies++;
}

static void print_time(FILE *out, const char *what, uint64_t ns)
{
    if (ns == 0)
        fprintf(out, ", %s unknown", what);
    else if (ns < 1000000000)
        fprintf(out, ", %s %g ms", what, (double)ns / 1e6);
    else
        fprintf(out, ", %s %g s", what, (double)ns / 1e9);
}

static void print_facts(struct probe *p)
{
    if (p->stack->facts)
        p->stack->facts(p->state, &p->facts);
    const struct tcpassay_facts *f = &p->facts;
    fprintf(p->out, "  version %s, %s clock, tick %g ms", f->version ? f->version : "unknown",
            p->stack->advance ? "virtual" : "real", (double)f->tick / 1e6);
    print_time(p->out, "TSval tick", f->ts_tick);
    print_time(p->out, "first RTO", f->rto_initial);
    print_time(p->out, "least RTO", f->rto_min);
    print_time(p->out, "MSL", f->msl);
    if (f->initial_window)
        fprintf(p->out, ", initial window %" PRIu32, f->initial_window);
    fputc('\n', p->out);
}

static void ask_known_names(struct probe *p)
{
    size_t count;
    unsigned silent = 0;
    const struct stacks_capability *c = stacks_capabilities(&count);
    for (size_t i = 0; i < count; i++, c++) {
        bool claimed = probe_claims(p, c->name);
        bool can = claimed && (!c->entry || c->entry(p->stack));
        fprintf(p->out, "  %-3s  %-16s %s\n", can ? "yes" : "no", c->name, c->says);
        if (claimed && !can)
            probe_lie(p, "claims %s, but its table has no entry for that", c->name);
        silent += !claimed && c->alone && c->entry(p->stack);
    }
    if (silent)
        fprintf(p->out,
                "  note: it has the entries of %u more, but `can` says no to them, so rules "
                "that need them are skipped\n",
                silent);
}

/* A name that no adapter can know: one that says yes to it says yes to everything. */
static void ask_unknown_name(struct probe *p)
{
    uint64_t random;
    char name[32];
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        random = (uint64_t)time(NULL);
    snprintf(name, sizeof name, "zz.%016" PRIx64, random);
    if (probe_claims(p, name))
        probe_lie(p, "claims %s, which nobody can", name);
}

/* In the process of its own: all of the probe; what it leaves with says whether it held. */
static int probe_here(const struct stacks_choice *choice, FILE *out)
{
    char why[256] = "";
    struct probe p = {.stack = choice->stack, .out = out, .facts = {.size = sizeof p.facts}};
    p.how = (struct tcpassay_open){.size = sizeof p.how, .profile = choice->profile, .mtu = 1500};
    p.how.seed = 1;
    player_addresses(&p.how);
    fprintf(out, "%s\n", choice->name);
    if (p.stack->open(&p.how, &p.state, why, sizeof why) < 0) {
        fprintf(out, "  cannot be opened: %s\n", *why ? why : "it does not say why");
        return -2;
    }
    print_facts(&p);
    ask_unknown_name(&p);
    ask_known_names(&p);
    if (probe_claims(&p, "ipv4") || !probe_claims(&p, "ipv6"))
        probe_handshake(&p, 4);
    if (probe_claims(&p, "ipv6"))
        probe_handshake(&p, 6);
    if (p.lies == 0)
        fputs("  all of this agrees\n", out);
    p.stack->close(p.state);
    return p.lies ? -1 : 0;
}

/* Pass on what comes through FD until its end; false: that took too long. */
static bool relay(int fd, FILE *out, unsigned limit)
{
    char text[512];
    time_t end = time(NULL) + limit;
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        time_t left = end - time(NULL);
        if (left <= 0)
            return false;
        if (poll(&p, 1, (int)left * 1000) <= 0)
            continue;
        ssize_t n = read(fd, text, sizeof text);
        if (n <= 0)
            return true;
        fwrite(text, 1, (size_t)n, out);
    }
}

static int settle(pid_t child, bool in_time, unsigned limit, FILE *out)
{
    int status = 0;
    if (!in_time) {
        kill(child, SIGKILL);
        fprintf(out, "  WRONG: it hangs: no answer in %u s\n", limit);
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (in_time && WIFSIGNALED(status))
        fprintf(out, "  WRONG: it crashed: %s\n", strsignal(WTERMSIG(status)));
    else if (in_time && WEXITSTATUS(status) > 2)
        fprintf(out, "  WRONG: it ended the program with code %d\n", WEXITSTATUS(status));
    bool told = in_time && WIFEXITED(status) && WEXITSTATUS(status) <= 2;
    return told ? -WEXITSTATUS(status) : -1;
}

int probe_within(const struct stacks_choice *choice, unsigned limit, FILE *out)
{
    int pipes[2];
    if (pipe(pipes)) {
        fprintf(out, "cannot make a pipe: %s\n", strerror(errno));
        return -1;
    }
    fflush(NULL); /* or the child would write it once more */
    pid_t child = fork();
    if (child == 0) {
        close(pipes[0]);
        FILE *pipe_out = fdopen(pipes[1], "w");
        if (!pipe_out)
            _exit(EXIT_FAILURE);
        setvbuf(pipe_out, NULL, _IOLBF, 0);
        int rc = probe_here(choice, pipe_out);
        fflush(pipe_out);
        _exit(-rc);
    }
    close(pipes[1]);
    if (child < 0) {
        fprintf(out, "cannot start a process: %s\n", strerror(errno));
        close(pipes[0]);
        return -1;
    }
    bool in_time = relay(pipes[0], out, limit);
    close(pipes[0]);
    return settle(child, in_time, limit, out);
}

int stacks_probe(const struct stacks_choice *choice, FILE *out)
{
    return probe_within(choice, 15, out);
}
