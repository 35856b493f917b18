/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The worker pool: forked processes, one job each at a time over a socket pair, so that the next
 * case goes to whoever is free and a death costs exactly one case.
 */
#include "player/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { POOL_WHY = 240, POOL_TICK_MS = 100, POOL_GRACE_MS = 2000 };
#define POOL_ANSWER_MAX (256u << 20)
#define NS_PER_S        1000000000u
#define NS_PER_MS       1000000u

/** What a worker says first; after it come `len` octets. */
struct head {
    uint32_t kind;
    uint32_t len;
};
enum { SAYS_READY = 0x52454459, SAYS_UNABLE, SAYS_ANSWER, SAYS_NOTHING };

struct worker {
    pid_t pid;
    int fd;           /* -1: none */
    bool ready, busy; /* busy: `index` is being done */
    bool stale;       /* `index` is of an earlier pool_do: nobody wants to know any more */
    size_t index;
    uint64_t since; /* of `index`, or of the fork */
    uint8_t *in;    /* what it has said so far of its message */
    size_t have, room;
};

struct pool {
    struct pool_job job;
    struct worker *worker;
    struct pollfd *poll;
    unsigned workers;
    size_t count, next, finished; /* jobs to do, handed out, done */
    bool stopped, failed;
    char why[POOL_WHY + 40];
};

static uint64_t clock_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

/* ---- in the worker ---- */

static bool write_all(int fd, const void *data, size_t len)
{
    const uint8_t *p = data;
    while (len > 0) {
        ssize_t n = send(fd, p, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        len -= (size_t)n;
    }
    return true;
}

static bool read_all(int fd, void *data, size_t len)
{
    uint8_t *p = data;
    while (len > 0) {
        ssize_t n = read(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        len -= (size_t)n;
    }
    return true;
}

static bool say(int fd, uint32_t kind, const void *data, size_t len)
{
    struct head head = {.kind = kind, .len = (uint32_t)len};
    return write_all(fd, &head, sizeof head) && (len == 0 || write_all(fd, data, len));
}

static bool work_once(const struct pool_job *job, int fd, size_t index)
{
    void *answer = NULL;
    size_t len = 0;
    int rc = job->work(job->context, index, &answer, &len);
    bool ok = rc || len > POOL_ANSWER_MAX ? say(fd, SAYS_NOTHING, NULL, 0)
                                          : say(fd, SAYS_ANSWER, answer, len);
    if (!rc)
        free(answer);
    return ok;
}

/** The life of a worker. Leaves by `exit`, so that profiles and leak checks are written. */
static _Noreturn void worker_life(const struct pool_job *job, unsigned number, int fd)
{
    char why[POOL_WHY] = "";
    if (job->begin && job->begin(job->context, number, why, sizeof why)) {
        (void)say(fd, SAYS_UNABLE, why, strlen(why));
        exit(1);
    }
    size_t index;
    bool on = say(fd, SAYS_READY, NULL, 0);
    while (on && read_all(fd, &index, sizeof index))
        on = work_once(job, fd, index);
    exit(0);
}

/* ---- in the parent ---- */

static void fail(struct pool *pool, const char *what, const char *why)
{
    if (!pool->failed)
        snprintf(pool->why, sizeof pool->why, "%.60s%.180s", what, why);
    pool->failed = true;
}

static void start(struct pool *pool, unsigned number)
{
    struct worker *w = &pool->worker[number];
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
        fail(pool, "no socket for a worker", "");
        return;
    }
    fflush(NULL); /* or a worker would print it a second time */
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
        for (unsigned i = 0; i < pool->workers; i++)
            if (pool->worker[i].fd >= 0)
                close(pool->worker[i].fd);
        close(pair[0]);
        worker_life(&pool->job, number, pair[1]);
    }
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        fail(pool, "a worker process cannot be made: ", strerror(errno));
        return;
    }
    fcntl(pair[0], F_SETFL, O_NONBLOCK);
    w->pid = pid;
    w->fd = pair[0];
    w->ready = w->busy = w->stale = false;
    w->have = 0;
    w->since = clock_ns();
}

static void hand_out(struct pool *pool, struct worker *w)
{
    if (pool->next >= pool->count || pool->stopped || pool->failed)
        return;
    w->index = pool->next++;
    w->busy = true;
    w->since = clock_ns();
    if (pool->job.give)
        pool->job.give(pool->job.context, (unsigned)(w - pool->worker), w->index);
    /* If it has died meanwhile, the end of its socket tells, and this job is charged. */
    (void)write_all(w->fd, &w->index, sizeof w->index);
}

static void finish(struct pool *pool, struct worker *w, enum pool_end end, const void *answer,
                   size_t len, const char *how)
{
    bool stale = w->stale;
    w->busy = w->stale = false;
    if (stale)
        return;
    pool->finished++;
    pool->job.done(pool->job.context, w->index, end, answer, len, how);
    if (pool->job.idle && pool->job.idle(pool->job.context))
        pool->stopped = true;
}

static void describe_end(int status, char *buf, size_t cap)
{
    if (WIFSIGNALED(status))
        snprintf(buf, cap, "signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(buf, cap, "the process ended with status %d", WEXITSTATUS(status));
}

/** The worker is gone, or goes now: its job is charged, and another takes its place. */
static void bury(struct pool *pool, unsigned number, enum pool_end end, const char *how)
{
    struct worker *w = &pool->worker[number];
    char text[POOL_WHY];
    int status = 0;
    kill(w->pid, SIGKILL); /* one that closed its socket, or sent nonsense, may still live */
    close(w->fd);
    w->fd = -1;
    while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (!how)
        describe_end(status, text, sizeof text);
    else
        snprintf(text, sizeof text, "%s", how);
    if (!w->ready) {
        fail(pool, "the stack could not be opened: ", text);
        return;
    }
    if (w->busy)
        finish(pool, w, end, NULL, 0, text);
    if (!pool->stopped && !pool->failed && pool->next < pool->count)
        start(pool, number);
}

/** A whole message has come. False: it makes no sense. */
static bool take(struct pool *pool, struct worker *w, const struct head *head, const uint8_t *body)
{
    if (head->kind == SAYS_UNABLE) {
        char why[POOL_WHY];
        snprintf(why, sizeof why, "%.*s", (int)head->len, (const char *)body);
        fail(pool, "", why);
        return true;
    }
    if (head->kind == SAYS_READY && !w->ready)
        w->ready = true;
    else if (head->kind == SAYS_ANSWER && w->busy)
        finish(pool, w, POOL_DONE, body, head->len, NULL);
    else if (head->kind == SAYS_NOTHING && w->busy)
        finish(pool, w, POOL_DONE, NULL, 0, NULL);
    else
        return false;
    hand_out(pool, w);
    return true;
}

static bool make_room(struct worker *w, size_t want)
{
    if (want <= w->room)
        return true;
    size_t room = want < 4096 ? 4096 : want;
    uint8_t *in = realloc(w->in, room);
    if (!in)
        return false;
    w->in = in;
    w->room = room;
    return true;
}

/** Read what is there. False: the worker is at its end. */
static bool listen_to(struct pool *pool, struct worker *w)
{
    for (;;) {
        struct head head = {0};
        size_t want = sizeof head;
        if (w->have >= sizeof head) {
            memcpy(&head, w->in, sizeof head);
            if (head.len > POOL_ANSWER_MAX)
                return false;
            want += head.len;
            if (w->have == want) {
                w->have = 0;
                if (!take(pool, w, &head, w->in + sizeof head))
                    return false;
                continue;
            }
        }
        if (!make_room(w, want))
            return false;
        ssize_t n = read(w->fd, w->in + w->have, want - w->have);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return true;
        if (n <= 0)
            return false;
        w->have += (size_t)n;
    }
}

static void kill_the_late(struct pool *pool)
{
    uint64_t limit = pool->job.limit;
    uint64_t now = clock_ns();
    char how[64];
    for (unsigned i = 0; limit && i < pool->workers; i++) {
        struct worker *w = &pool->worker[i];
        if (w->fd < 0 || (w->ready && !w->busy) || now - w->since < limit)
            continue;
        snprintf(how, sizeof how, "no answer within %.3g s", (double)limit / NS_PER_S);
        bury(pool, i, POOL_HUNG, how);
    }
}

static unsigned gather(struct pool *pool)
{
    unsigned n = 0;
    for (unsigned i = 0; i < pool->workers; i++) {
        const struct worker *w = &pool->worker[i];
        pool->poll[i] = (struct pollfd){.fd = w->fd, .events = POLLIN};
        n += w->fd >= 0 && (w->busy || !w->ready);
    }
    return n;
}

static void loop(struct pool *pool)
{
    while (!pool->stopped && !pool->failed && pool->finished < pool->count && gather(pool) > 0) {
        int n = poll(pool->poll, pool->workers, POOL_TICK_MS);
        for (unsigned i = 0; n > 0 && i < pool->workers && !pool->stopped; i++)
            if (pool->poll[i].revents && !listen_to(pool, &pool->worker[i]))
                bury(pool, i, POOL_CRASHED, NULL);
        kill_the_late(pool);
        if (n <= 0 && pool->job.idle && pool->job.idle(pool->job.context))
            pool->stopped = true;
    }
}

static void reap(const struct worker *w, uint64_t patience_end)
{
    const struct timespec pause = {.tv_nsec = NS_PER_MS};
    for (;;) {
        pid_t pid = waitpid(w->pid, NULL, WNOHANG);
        if (pid == w->pid || (pid < 0 && errno != EINTR))
            return;
        if (clock_ns() > patience_end)
            kill(w->pid, SIGKILL);
        nanosleep(&pause, NULL);
    }
}

/** Workers end when their socket does; those in the midst of a job are not waited for. */
static void end_all(struct pool *pool)
{
    for (unsigned i = 0; i < pool->workers; i++) {
        struct worker *w = &pool->worker[i];
        if (w->fd < 0)
            continue;
        if (w->busy || !w->ready)
            kill(w->pid, SIGKILL);
        close(w->fd);
    }
    uint64_t patience_end = clock_ns() + (uint64_t)POOL_GRACE_MS * NS_PER_MS;
    for (unsigned i = 0; i < pool->workers; i++) {
        if (pool->worker[i].fd >= 0)
            reap(&pool->worker[i], patience_end);
        free(pool->worker[i].in);
    }
}

void pool_close(struct pool *pool)
{
    if (!pool)
        return;
    if (pool->worker)
        end_all(pool);
    free(pool->worker);
    free(pool->poll);
    free(pool);
}

struct pool *pool_open(const struct pool_job *job)
{
    struct pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return NULL;
    pool->job = *job;
    pool->workers = job->workers ? job->workers : 1;
    pool->poll = calloc(pool->workers, sizeof *pool->poll);
    pool->worker = calloc(pool->workers, sizeof *pool->worker);
    for (unsigned i = 0; pool->worker && i < pool->workers; i++)
        pool->worker[i].fd = -1;
    if (pool->worker && pool->poll)
        return pool;
    pool_close(pool);
    return NULL;
}

/** Who is free goes on; where they are too few, there are more. */
static void wake(struct pool *pool)
{
    size_t coming = 0;
    for (unsigned i = 0; i < pool->workers; i++) {
        struct worker *w = &pool->worker[i];
        w->stale |= w->busy;
        coming += w->fd >= 0 && !w->ready;
        if (w->fd >= 0 && w->ready && !w->busy)
            hand_out(pool, w);
    }
    for (unsigned i = 0; i < pool->workers && pool->next + coming < pool->count; i++)
        if (pool->worker[i].fd < 0 && !pool->failed) {
            start(pool, i);
            coming++;
        }
}

int pool_do(struct pool *pool, size_t count, char *why, size_t why_cap)
{
    pool->count = count;
    pool->next = pool->finished = 0;
    pool->stopped = false;
    if (!pool->failed)
        wake(pool);
    loop(pool);
    if (!pool->failed)
        return 0;
    snprintf(why, why_cap, "%s", pool->why);
    return -1;
}

int pool_run(const struct pool_job *job, char *why, size_t why_cap)
{
    struct pool *pool = pool_open(job);
    snprintf(why, why_cap, "no memory for the workers");
    int rc = pool ? pool_do(pool, job->count, why, why_cap) : -1;
    pool_close(pool);
    return rc;
}
