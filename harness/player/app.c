/* SPDX-License-Identifier: BSD-2-Clause */
/* The application above the stack: it makes the scenario's calls, goes on with what could not be
 * done at once, and notes everything it is told. */
#include "player/run.h"

#include <string.h>

enum { CHUNK = 16384 };

static void note(struct player *p, unsigned conn, enum trace_call call, int64_t arg, int64_t result,
                 int64_t offset)
{
    bool of_handle = call == TRACE_SEND || call == TRACE_RECV || call == TRACE_URGENT ||
                     call == TRACE_SHUTDOWN || call == TRACE_CLOSE || call == TRACE_ABORT;
    const struct trace_flow *f = of_handle ? tester_flow(p, conn) : NULL;
    if (f && conn < TRACE_CONNS && p->app[conn].accepted && p->app[conn].life != f->incarnation)
        return; /* what an earlier life of the connection has to say is not about this one */
    run_event(p, trace_call(p->trace, run_time(p), p->step_now, conn, call, arg, result, offset));
}

const char *app_error(int error)
{
    static const char *const names[] = {[-TCPASSAY_EWOULDBLOCK] = "not now",
                                        [-TCPASSAY_ERESET] = "reset",
                                        [-TCPASSAY_EREFUSED] = "refused",
                                        [-TCPASSAY_ETIMEDOUT] = "timed out",
                                        [-TCPASSAY_EUNREACHABLE] = "unreachable",
                                        [-TCPASSAY_ENOTCONN] = "no connection",
                                        [-TCPASSAY_EPIPE] = "closed for sending",
                                        [-TCPASSAY_EINUSE] = "in use",
                                        [-TCPASSAY_ENOMEM] = "no memory",
                                        [-TCPASSAY_ENOTSUP] = "not supported",
                                        [-TCPASSAY_EINVAL] = "makes no sense",
                                        [-TCPASSAY_EABORTED] = "aborted",
                                        [-TCPASSAY_EFAILED] = "failed"};
    bool known = error < 0 && error > -(int)(sizeof names / sizeof *names);
    return known ? names[-error] : "an unknown error";
}

/* ---- what goes on by itself ---- */

static bool is_peer(const struct player *p, unsigned conn, const struct tcpassay_addr *peer)
{
    const struct trace_flow *f = tester_flow(p, conn);
    return peer->port == f->tester.port &&
           memcmp(peer->ip, f->tester.ip, peer->family == 4 ? 4 : 16) == 0;
}

/* Whose the accepted connection is; RET_MORE: that one has been accepted before. */
static unsigned whose_accept(struct player *p, int handle, bool *ret_more)
{
    struct tcpassay_addr peer;
    bool known = p->s->peer && p->s->peer(p->stack, handle, &peer) == TCPASSAY_OK;
    unsigned more = TRACE_CONNS;
    for (unsigned i = 0; i < p->conns; i++) {
        if (!p->tester[i].open || (known && !is_peer(p, i, &peer)))
            continue;
        *ret_more = p->app[i].handle >= 0 || p->app[i].opened || p->app[i].accepted;
        if (!*ret_more)
            return i;
        more = known ? i : more;
    }
    return more;
}

static bool try_accept(struct player *p)
{
    if (p->listener < 0)
        return false;
    int handle = p->s->accept(p->stack, p->listener);
    if (handle < 0)
        return false;
    bool more = false;
    unsigned conn = whose_accept(p, handle, &more);
    if (conn == TRACE_CONNS) {
        p->s->close_conn(p->stack, handle);
        return true;
    }
    if (more) { /* a later life of the connection: that of before is over */
        if (p->app[conn].handle >= 0)
            p->s->close_conn(p->stack, p->app[conn].handle);
        p->app[conn] = (struct app){.reader = p->app[conn].reader, .urgent_end = -1};
    }
    p->app[conn].handle = handle;
    p->app[conn].accepted = p->app[conn].connected = true;
    p->app[conn].life = tester_flow(p, conn)->incarnation;
    note(p, conn, TRACE_ACCEPT, 0, 0, 0);
    return true;
}

static void told(struct player *p, unsigned conn, int error)
{
    struct app *a = &p->app[conn];
    if (!a->error)
        a->error = error;
    a->want = a->taken;
}

static bool try_connect(struct player *p, unsigned conn)
{
    struct app *a = &p->app[conn];
    if (!a->opened || a->connected || a->error || !p->s->connected)
        return false;
    int r = p->s->connected(p->stack, a->handle);
    if (r == TCPASSAY_EWOULDBLOCK)
        return false;
    note(p, conn, TRACE_CONNECTED, 0, r < 0 ? r : 0, 0);
    if (r < 0)
        told(p, conn, r);
    else
        a->connected = true;
    return true;
}

/* So many octets of a stream at an offset. What a full buffer refuses is offered again and again:
 * it is made once. */
static const uint8_t *text_at(struct player *p, unsigned conn, int64_t offset, int64_t len)
{
    struct made *m = &p->made;
    if (m->conn != conn || offset < m->lo || offset > m->hi ||
        offset + len - m->lo > (int64_t)sizeof m->text) {
        m->conn = conn;
        m->lo = m->hi = offset;
    }
    if (offset + len > m->hi) {
        wire_stream_fill(p->seed, (uint64_t)m->hi, m->text + (m->hi - m->lo),
                         (size_t)(offset + len - m->hi));
        m->hi = offset + len;
    }
    return m->text + (offset - m->lo);
}

static bool try_send(struct player *p, unsigned conn)
{
    struct app *a = &p->app[conn];
    bool any = false;
    while (a->taken < a->want && !p->wild) {
        int64_t len = a->want - a->taken;
        unsigned flags = 0;
        if (len > CHUNK)
            len = CHUNK;
        if (a->urgent_end > a->taken && a->urgent_end <= a->taken + len) {
            len = a->urgent_end - a->taken;
            flags = TCPASSAY_SEND_URGENT;
        }
        int r =
            p->s->send(p->stack, a->handle, text_at(p, conn, a->taken, len), (size_t)len, flags);
        if (r == TCPASSAY_EWOULDBLOCK || r == 0)
            return any;
        if (r > len) {
            run_port_broken(p, "send took more octets than it was given");
            return any;
        }
        note(p, conn, TRACE_SEND, len, r, a->taken);
        if (a->shut && (r == TCPASSAY_EPIPE || r == TCPASSAY_ENOTCONN)) {
            a->refused = true; /* RFC 9293, 3.10.2: an error of the call, not of the connection */
            a->want = a->taken;
            return any;
        }
        if (r == TCPASSAY_ENOMEM)
            return any; /* it asks again */
        if (r < 0) {
            told(p, conn, r);
            return any;
        }
        a->taken += r;
        any = true;
    }
    return any;
}

static bool try_read(struct player *p, unsigned conn)
{
    struct app *a = &p->app[conn];
    bool any = false;
    while ((a->reader || a->read_quota > 0) && !a->eof && !a->error && !p->wild) {
        size_t cap = CHUNK;
        unsigned flags = 0;
        if (!a->reader && a->read_quota < CHUNK)
            cap = (size_t)a->read_quota;
        int r = p->s->recv(p->stack, a->handle, p->text, cap, &flags);
        if ((flags & (TCPASSAY_RECV_URGENT | TCPASSAY_RECV_AT_MARK)) && !a->urgent_seen) {
            a->urgent_seen = true;
            note(p, conn, TRACE_URGENT, flags, 0, a->read);
        }
        if (r == TCPASSAY_EWOULDBLOCK)
            break;
        if (r > (int)cap) {
            run_port_broken(p, "recv read more octets than there was room for");
            break;
        }
        if (r == TCPASSAY_ENOMEM) {
            note(p, conn, TRACE_RECV, 0, r, a->read);
            break;
        }
        any = true;
        int64_t right =
            r > 0 ? (int64_t)wire_stream_check(p->seed ^ 1, (uint64_t)a->read, p->text, (size_t)r)
                  : 0;
        note(p, conn, TRACE_RECV, right, r, a->read);
        if (r == 0) {
            a->eof = true;
        } else if (r < 0) {
            told(p, conn, r);
        } else {
            a->read += r;
            a->read_quota -= a->reader ? 0 : r;
        }
    }
    return any;
}

static bool try_end(struct player *p, unsigned conn)
{
    struct app *a = &p->app[conn];
    if (a->taken < a->want)
        return false;
    if (a->want_shutdown && !a->shut) {
        a->shut = true;
        note(p, conn, TRACE_SHUTDOWN, 0, p->s->shutdown(p->stack, a->handle), 0);
        return true;
    }
    if (a->want_close && !a->closed) {
        a->closed = true;
        /* The record comes first: the stack's FIN or RST is the consequence of it. */
        note(p, conn, TRACE_CLOSE, 0, p->s->close_conn(p->stack, a->handle), 0);
        a->handle = -1;
        return true;
    }
    return false;
}

bool app_work(struct player *p)
{
    bool any = false;
    if (p->auto_accept)
        any = try_accept(p);
    for (unsigned i = 0; i < p->conns; i++) {
        struct app *a = &p->app[i];
        if (a->handle < 0 || a->frozen)
            continue;
        any |= try_connect(p, i);
        if (!a->connected && !a->error) {
            any |= try_end(p, i); /* CLOSE while the open goes on: RFC 9293, 3.10.4 */
            continue;
        }
        if (!a->error)
            any |= try_send(p, i);
        any |= try_read(p, i);
        if (a->handle >= 0)
            any |= try_end(p, i);
    }
    return any;
}

/* ---- calls that the set-up makes too ---- */

void app_fresh(struct player *p, unsigned conn)
{
    p->app[conn] =
        (struct app){.handle = -1, .urgent_end = -1, .reader = p->scn->given.reader != 0};
}

static struct tcpassay_addr local_address(const struct player *p, uint16_t port)
{
    struct tcpassay_addr a = p->scn->given.family == 4 ? p->how.local4 : p->how.local6;
    a.port = port;
    return a;
}

int app_listen(struct player *p, int backlog)
{
    struct tcpassay_addr a = local_address(p, p->listen_port);
    int r = p->s->listen(p->stack, &a, backlog);
    note(p, 0, TRACE_LISTEN, backlog, r < 0 ? r : 0, 0);
    if (r >= 0)
        p->listener = r;
    return r;
}

int app_connect(struct player *p, unsigned conn)
{
    if (!p->s->connect)
        return TCPASSAY_ENOTSUP;
    const struct trace_flow *f = tester_flow(p, conn);
    struct tcpassay_addr remote = {.family = f->tester.family, .port = f->tester.port};
    memcpy(remote.ip, f->tester.ip, sizeof remote.ip);
    struct tcpassay_addr local = local_address(p, 0);
    int r = p->s->connect(p->stack, &local, &remote);
    note(p, conn, TRACE_CONNECT, 0, r < 0 ? r : 0, 0);
    if (r >= 0) {
        p->app[conn].handle = r;
        p->app[conn].opened = true;
    }
    p->dirty = true;
    return r;
}

/* ---- the scenario's calls ---- */

static enum flow_control refused(struct player *p, const struct scn_step *step, int r)
{
    if (strcmp(p->scn->kind, "scenario") == 0)
        return GO_ON; /* it claims nothing of its calls: what the stack says to them is its right */
    bool lacks = (step->what == SCN_APP_CONNECT && !p->s->connect) ||
                 (step->what == SCN_APP_ABORT && !p->s->abort);
    if (lacks)
        return verdict_decide(p, VERDICT_SKIP, step, "the stack lacks app.%s",
                              step->what == SCN_APP_ABORT ? "abort" : "connect");
    return verdict_decide(
        p, VERDICT_INCONC, step, "the stack refused the call (%s%s%s)", app_error(r),
        p->s->last_error && p->s->last_error(p->stack) ? ": " : "",
        p->s->last_error && p->s->last_error(p->stack) ? p->s->last_error(p->stack) : "");
}

static enum flow_control set_option(struct player *p, const struct scn_step *step)
{
    bool own = p->app[step->conn].handle >= 0;
    int handle = own ? p->app[step->conn].handle : p->listener;
    int64_t value = value_of(p, step->conn, &step->number);
    if (step->option == TCPASSAY_OPT_ISS)
        handle = -1;
    int r = p->s->set_option ? p->s->set_option(p->stack, handle, step->option, value)
                             : TCPASSAY_ENOTSUP;
    note(p, own ? step->conn : TRACE_NO_CONN, TRACE_OPTION, step->option, r, value);
    return r < 0 ? refused(p, step, r) : GO_ON;
}

static enum flow_control freeze(struct player *p, const struct scn_step *step)
{
    struct app *a = &p->app[step->conn];
    int r = p->s->checkpoint ? p->s->checkpoint(p->stack, a->handle, p->image, sizeof p->image)
                             : TCPASSAY_ENOTSUP;
    note(p, step->conn, TRACE_CHECKPOINT, 0, r, 0);
    if (r < 0)
        return refused(p, step, r);
    if ((size_t)r > sizeof p->image) {
        run_port_broken(p, "checkpoint wrote more than there was room for");
        return STOP;
    }
    p->image_len = (size_t)r;
    p->image_conn = step->conn;
    a->frozen = true;
    return GO_ON;
}

static enum flow_control thaw(struct player *p, const struct scn_step *step)
{
    struct app *a = &p->app[step->conn];
    bool its_own = a->frozen && p->image_conn == step->conn; /* and was made at all */
    int r = !p->s->restore ? TCPASSAY_ENOTSUP
            : !its_own     ? TCPASSAY_EINVAL
                           : p->s->restore(p->stack, p->image, p->image_len);
    note(p, step->conn, TRACE_RESTORE, 0, r < 0 ? r : 0, 0);
    if (r < 0)
        return refused(p, step, r);
    a->handle = r;
    a->frozen = false;
    return GO_ON;
}

static void close_listener(struct player *p)
{
    if (p->listener < 0)
        return;
    int r = p->s->close_conn(p->stack, p->listener);
    p->listener = -1;
    note(p, TRACE_NO_CONN, TRACE_CLOSE, 0, r, 0);
}

static enum flow_control do_abort(struct player *p, const struct scn_step *step)
{
    struct app *a = &p->app[step->conn];
    if (!p->s->abort)
        return refused(p, step, TCPASSAY_ENOTSUP);
    if (a->handle < 0)
        return GO_ON;
    int handle = a->handle;
    a->handle = -1;
    note(p, step->conn, TRACE_ABORT, 0, p->s->abort(p->stack, handle), 0);
    return GO_ON;
}

static enum flow_control do_open(struct player *p, const struct scn_step *step, int64_t n)
{
    if (step->what == SCN_APP_LISTEN) {
        int r = app_listen(p, n > 0 ? (int)n : 8);
        return r < 0 ? refused(p, step, r) : GO_ON;
    }
    if (p->app[step->conn].handle >= 0)
        return refused(p, step, TCPASSAY_EINUSE); /* one connection a letter at a time */
    app_fresh(p, step->conn);
    bool fresh = !p->tester[step->conn].open || step->conn == 0;
    if (fresh)
        tester_open(p, step->conn, false);
    int r = app_connect(p, step->conn);
    if (r < 0 && fresh)
        tester_open(p, step->conn, true); /* no port of the stack's belongs to it */
    return r < 0 ? refused(p, step, r) : GO_ON;
}

/* Lift the faults that the scenario set. */
void app_heal(struct player *p)
{
    if (p->alloc_fails)
        note(p, TRACE_NO_CONN, TRACE_ALLOC_FAIL, 0, p->s->alloc_fail(p->stack, 0), 0);
    p->alloc_fails = false;
}

static enum flow_control do_world(struct player *p, const struct scn_step *step, int64_t n)
{
    if (step->what == SCN_APP_ALLOC_FAIL) {
        int r = p->s->alloc_fail ? p->s->alloc_fail(p->stack, (unsigned)n) : TCPASSAY_ENOTSUP;
        p->alloc_fails = r >= 0 && n > 0;
        note(p, TRACE_NO_CONN, TRACE_ALLOC_FAIL, n, r, 0);
        return r < 0 ? refused(p, step, r) : GO_ON;
    }
    int r = p->s->set_mtu ? p->s->set_mtu(p->stack, (uint32_t)n) : TCPASSAY_ENOTSUP;
    note(p, TRACE_NO_CONN, TRACE_MTU, n, r, 0);
    return r < 0 ? refused(p, step, r) : GO_ON;
}

static int64_t more(int64_t octets, int64_t n)
{
    return n <= 0 ? octets : octets > NUMBER_MAX - n ? NUMBER_MAX : octets + n;
}

enum flow_control app_do(struct player *p, const struct scn_step *step)
{
    struct app *a = &p->app[step->conn];
    int64_t n = value_of(p, step->conn, &step->number);
    p->dirty = true;
    switch ((enum scn_app)step->what) {
    case SCN_APP_LISTEN:
    case SCN_APP_CONNECT:
        return do_open(p, step, n);
    case SCN_APP_ACCEPT:
        try_accept(p);
        break;
    case SCN_APP_URGENT:
        a->want = more(a->want, n);
        a->urgent_end = a->want;
        break;
    case SCN_APP_SEND:
        a->want = more(a->want, n);
        break;
    case SCN_APP_READER:
        a->reader = n != 0;
        note(p, step->conn, TRACE_READER, n != 0, 0, 0);
        break;
    case SCN_APP_READ:
        a->read_quota = more(a->read_quota, n);
        break;
    case SCN_APP_SHUTDOWN:
        if (!p->s->shutdown)
            return refused(p, step, TCPASSAY_ENOTSUP);
        a->want_shutdown = true;
        break;
    case SCN_APP_CLOSE:
        if (a->handle < 0 && !a->accepted && !a->opened)
            close_listener(p);
        else
            a->want_close = true;
        break;
    case SCN_APP_ABORT:
        return do_abort(p, step);
    case SCN_APP_SETOPT:
        return set_option(p, step);
    case SCN_APP_CHECKPOINT:
        return freeze(p, step);
    case SCN_APP_RESTORE:
        return thaw(p, step);
    case SCN_APP_ALLOC_FAIL:
    case SCN_APP_MTU:
        return do_world(p, step, n);
    default:
        break; /* claims are observed, not done */
    }
    return GO_ON;
}

/* ---- claims ---- */

bool app_is_claim(uint8_t what)
{
    return what >= SCN_APP_RECEIVED;
}

static enum watch_state exactly(int64_t is, int64_t wanted)
{
    return is == wanted ? WATCH_MET : is > wanted ? WATCH_BROKEN : WATCH_OPEN;
}

static enum watch_state when(bool holds)
{
    return holds ? WATCH_MET : WATCH_OPEN;
}

enum watch_state app_claim(struct player *p, const struct scn_step *step)
{
    const struct app *a = &p->app[step->conn];
    int64_t n = value_of(p, step->conn, &step->number);
    switch ((enum scn_app)step->what) {
    case SCN_APP_RECEIVED:
        return exactly(a->read, n);
    case SCN_APP_EOF:
        return when(a->eof);
    case SCN_APP_CONNECTED:
        return a->error ? WATCH_BROKEN : when(a->connected);
    case SCN_APP_ACCEPTED:
        return when(a->accepted);
    case SCN_APP_ERROR:
        if (n == TCPASSAY_ENOTCONN && a->refused)
            return WATCH_MET;
        if (a->error && n < 0 && a->error != n)
            return WATCH_BROKEN;
        return when(a->error != 0);
    case SCN_APP_NO_ERROR:
        return a->error ? WATCH_BROKEN : WATCH_MET;
    case SCN_APP_URGENT_SEEN:
        return when(a->urgent_seen);
    case SCN_APP_SENT:
        return exactly(a->taken, n);
    case SCN_APP_ACKED:
        return p->s->acked && a->handle >= 0 ? exactly(p->s->acked(p->stack, a->handle), n)
                                             : WATCH_OPEN;
    default:
        return WATCH_BROKEN;
    }
}
