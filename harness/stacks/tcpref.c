/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcpref behind the port; the only file of the harness that knows tcpref. Compiled into tcpassay,
 * and once more, with TCPASSAY_PLUGIN, as a plug-in that needs nothing of tcpassay.
 */
#include "tcpassay/stack.h"

#ifndef TCPASSAY_PLUGIN
#include "stacks/stacks.h"
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tcpref/tcpref.h>

enum { HANDLES = 1024 };

/* What a handle stands for: one of the two, or nothing. */
struct handle {
    tcpref_listener *listener;
    tcpref_conn *conn;
    bool opened; /* was seen ESTABLISHED, or further */
};

struct adapter {
    tcpref_host *host;
    struct tcpref_config config;
    struct tcpassay_open how;
    tcpref_ns now;
    unsigned alloc_fail;     /* this allocation from now is the first to fail; 0: none does */
    size_t super_len, piece; /* of `super`, which is cut, and which piece of it comes next */
    uint16_t segment;        /* text of a piece; 0: the packet pulled last was none */
    enum tcpref_verdict verdict;
    bool judged; /* `verdict` is that of an input */
    char drop[128];
    const char *why; /* an image was refused last, or NULL */
    int frozen;      /* the handle of the connection whose image was written last, or -1 */
    int handles;     /* none at or above this one is in use */
    struct handle handle[HANDLES];
    uint8_t super[65536];
};

static void *take_memory(void *ctx, size_t size)
{
    struct adapter *a = ctx;
    if (a->alloc_fail == 1)
        return NULL; /* and so on, until it is set to 0 */
    if (a->alloc_fail > 1)
        a->alloc_fail--;
    return malloc(size);
}

static void give_memory(void *ctx, void *block)
{
    (void)ctx;
    free(block);
}

static int fail(tcpref_err error)
{
    static const int8_t as_port[] = {[-TCPREF_ERR_WOULD_BLOCK] = TCPASSAY_EWOULDBLOCK,
                                     [-TCPREF_ERR_INVALID] = TCPASSAY_EINVAL,
                                     [-TCPREF_ERR_NO_MEMORY] = TCPASSAY_ENOMEM,
                                     [-TCPREF_ERR_IN_USE] = TCPASSAY_EINUSE,
                                     [-TCPREF_ERR_NOT_AVAILABLE] = TCPASSAY_EINUSE,
                                     [-TCPREF_ERR_UNREACHABLE] = TCPASSAY_EUNREACHABLE,
                                     [-TCPREF_ERR_NOT_OPEN] = TCPASSAY_ENOTCONN,
                                     [-TCPREF_ERR_CLOSING] = TCPASSAY_EPIPE,
                                     [-TCPREF_ERR_REFUSED] = TCPASSAY_EREFUSED,
                                     [-TCPREF_ERR_RESET] = TCPASSAY_ERESET,
                                     [-TCPREF_ERR_TIMED_OUT] = TCPASSAY_ETIMEDOUT,
                                     [-TCPREF_ERR_ABORTED] = TCPASSAY_EABORTED,
                                     [-TCPREF_ERR_FROZEN] = TCPASSAY_EWOULDBLOCK,
                                     [-TCPREF_ERR_IMAGE] = TCPASSAY_EINVAL,
                                     [-TCPREF_ERR_TIME_WAIT] = TCPASSAY_EINUSE};
    return as_port[-error];
}

static tcpref_addr to_addr(const struct tcpassay_addr *a)
{
    tcpref_addr addr = {.family = a->family};
    memcpy(addr.bytes, a->ip, a->family == 4 ? 4 : sizeof addr.bytes);
    return addr;
}

/* ---- life ---- */

/* A host with nothing in it takes the place of the one there is; which stays if this fails. */
static int new_host(struct adapter *a)
{
    const struct tcpref_mem mem = {.ctx = a, .alloc = take_memory, .free = give_memory};
    tcpref_addr local4 = to_addr(&a->how.local4), local6 = to_addr(&a->how.local6);
    tcpref_host *host = NULL;
    a->config.seed[0] = a->how.seed;
    a->config.seed[1] = ~a->how.seed;
    int rc = fail(tcpref_host_new(&host, &a->config, &mem, a->now));
    if (rc == 0)
        rc = fail(tcpref_host_add_address(host, &local4, 24));
    if (rc == 0)
        rc = fail(tcpref_host_add_address(host, &local6, 64));
    tcpref_host_free(rc ? host : a->host);
    if (rc)
        return rc;
    a->host = host;
    memset(a->handle, 0, (size_t)a->handles * sizeof a->handle[0]);
    a->handles = 0;
    a->frozen = -1;
    a->super_len = a->piece = a->segment = 0;
    return TCPASSAY_OK;
}

static void ref_close(void *stack)
{
    struct adapter *a = stack;
    tcpref_host_free(a->host);
    free(a);
}

/* NULL: there is none of that name; `why` says which there are. */
static const struct tcpref_config *find_profile(const char *name, char *why, size_t why_cap)
{
    int used = snprintf(why, why_cap, "tcpref has no profile \"%s\"; it has", name);
    for (size_t i = 0; tcpref_profiles[i]; i++) {
        if (strcmp(name, tcpref_profiles[i]->name) == 0)
            return tcpref_profiles[i];
        if (used >= 0 && (size_t)used < why_cap)
            used += snprintf(why + used, why_cap - (size_t)used, "%s %s", i > 0 ? "," : "",
                             tcpref_profiles[i]->name);
    }
    return NULL;
}

static int ref_open(const struct tcpassay_open *how, void **ret_stack, char *why, size_t why_cap)
{
    const char *name = how->profile && *how->profile ? how->profile : tcpref_rfc9293.name;
    const struct tcpref_config *profile = find_profile(name, why, why_cap);
    if (!profile)
        return TCPASSAY_EINVAL;
    struct adapter *a = calloc(1, sizeof *a);
    if (!a) {
        snprintf(why, why_cap, "no memory");
        return TCPASSAY_ENOMEM;
    }
    a->config = *profile;
    a->config.mtu = (uint16_t)(how->mtu < UINT16_MAX ? how->mtu : UINT16_MAX);
    a->how = *how;
    a->now = how->now;
    int rc = new_host(a);
    if (rc) {
        snprintf(why, why_cap,
                 rc == TCPASSAY_EINVAL ? "tcpref refuses its own profile at this MTU"
                                       : "tcpref: no memory");
        ref_close(a);
        return rc;
    }
    *ret_stack = a;
    return TCPASSAY_OK;
}

static int ref_reset(void *stack, uint64_t seed, uint64_t now)
{
    struct adapter *a = stack;
    a->how.seed = seed;
    a->now = now;
    a->alloc_fail = 0;
    a->why = NULL;
    a->judged = false;
    return new_host(a);
}

static void ref_facts(void *stack, struct tcpassay_facts *facts)
{
    const struct adapter *a = stack;
    struct tcpassay_facts now = {
        .size = facts->size,
#ifdef TCPREF_VERSION
        .version = TCPREF_VERSION,
#endif
        .msl = a->config.msl,
        .ts_tick = TCPREF_MS,
        .rto_min = a->config.rto_min,
        .rto_initial = a->config.rto_initial,
        .initial_window = a->config.initial_window ? a->config.initial_window : 4,
    };
    memcpy(facts, &now, facts->size < sizeof now ? facts->size : sizeof now);
}

static bool ref_can(void *stack, const char *name)
{
    static const char *const names[] = {
        "clock.virtual",    "app.listen",     "app.accept",  "app.connect",    "app.send",
        "app.recv",         "app.half-close", "app.close",   "app.abort",      "app.urgent",
        "app.rcvbuf",       "app.sndbuf",     "app.nodelay", "app.linger0",    "app.keepalive",
        "app.user-timeout", "app.acked",      "app.status",  "app.alloc-fail", "link.tx-error",
        "set.iss",          "ipv4",           "ipv6",        "opt.mss",        "rfc5961",
        "rfc5961.5",        "icmp",           "app.mtu",     "app.maxseg",     "app.window-clamp",
        "app.checkpoint",
    };
    const struct adapter *a = stack;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return (a->config.timestamps && strcmp(name, "opt.ts") == 0) ||
           (a->config.window_scale && strcmp(name, "opt.wscale") == 0) ||
           (a->config.sack && strcmp(name, "opt.sack") == 0) ||
           (a->config.ecn && strcmp(name, "opt.ecn") == 0) ||
           (a->config.frto && !a->config.rack && strcmp(name, "frto") == 0) ||
           (a->config.rack && strcmp(name, "tlp") == 0) ||
           (a->config.segment_overhead > 0 && strcmp(name, "retracts") == 0);
}

/* ---- packets and time ---- */

static int ref_input(void *stack, const void *packet, size_t len)
{
    struct adapter *a = stack;
    tcpref_input(a->host, packet, len, a->now, &a->verdict);
    a->judged = true;
    return TCPASSAY_OK;
}

/* In the profile with super-segments this is the device: it cuts what it gets into packets. */
static size_t ref_output(void *stack, void *buf, size_t cap)
{
    struct adapter *a = stack;
    if (a->config.gso_max == 0)
        return tcpref_output(a->host, buf, cap, a->now);
    for (;;) {
        size_t len = tcpref_cut(a->super, a->super_len, a->segment, a->piece++, buf, cap);
        if (len > 0)
            return len;
        a->piece = a->super_len = 0;
        len = tcpref_output_gso(a->host, a->super, sizeof a->super, a->now, &a->segment);
        if (a->segment == 0) {
            memcpy(buf, a->super, len <= cap ? len : 0);
            return len <= cap ? len : 0;
        }
        a->super_len = len;
    }
}

static void ref_tx_done(void *stack, unsigned count, int error)
{
    struct adapter *a = stack;
    if (a->segment > 0 && error < 0)
        tcpref_output_partial(a->host, count, 0);
    else
        tcpref_output_done(a->host, count, error < 0);
}

static uint64_t ref_deadline(void *stack)
{
    const struct adapter *a = stack;
    return tcpref_deadline(a->host);
}

static void ref_advance(void *stack, uint64_t now)
{
    struct adapter *a = stack;
    if (now > a->now)
        a->now = now;
    tcpref_advance(a->host, a->now);
}

/* ---- calls of the application ---- */

static int new_handle(struct adapter *a)
{
    for (int i = 0; i < HANDLES; i++) {
        if (a->handle[i].listener || a->handle[i].conn)
            continue;
        if (i >= a->handles)
            a->handles = i + 1;
        a->handle[i].opened = false;
        return i;
    }
    return TCPASSAY_ENOMEM;
}

static struct handle *find(struct adapter *a, int handle)
{
    bool there = handle >= 0 && handle < a->handles;
    return there && (a->handle[handle].listener || a->handle[handle].conn) ? &a->handle[handle]
                                                                           : NULL;
}

static tcpref_conn *find_conn(struct adapter *a, int handle)
{
    struct handle *h = find(a, handle);
    return h ? h->conn : NULL;
}

static int ref_listen(void *stack, const struct tcpassay_addr *local, int backlog)
{
    struct adapter *a = stack;
    tcpref_addr addr = to_addr(local);
    int i = new_handle(a);
    if (i < 0)
        return i;
    unsigned length = backlog > 0 ? (unsigned)backlog : 1;
    int rc = fail(tcpref_listen(a->host, &addr, local->port, length, &a->handle[i].listener));
    return rc ? rc : i;
}

static int ref_accept(void *stack, int listener)
{
    struct adapter *a = stack;
    struct handle *l = find(a, listener);
    if (!l || !l->listener)
        return TCPASSAY_ENOTCONN;
    if (tcpref_listener_waiting(l->listener) == 0)
        return TCPASSAY_EWOULDBLOCK;
    int i = new_handle(a);
    if (i < 0)
        return i;
    int rc = fail(tcpref_accept(l->listener, &a->handle[i].conn));
    a->handle[i].opened = rc == 0;
    return rc ? rc : i;
}

static int ref_connect(void *stack, const struct tcpassay_addr *local,
                       const struct tcpassay_addr *remote)
{
    struct adapter *a = stack;
    tcpref_addr from = {0}, to = to_addr(remote);
    if (local)
        from = to_addr(local);
    int i = new_handle(a);
    if (i < 0)
        return i;
    int rc = fail(tcpref_connect(a->host, &from, local ? local->port : 0, &to, remote->port,
                                 &a->handle[i].conn));
    return rc ? rc : i;
}

static int ref_connected(void *stack, int conn)
{
    struct adapter *a = stack;
    struct handle *h = find(a, conn);
    struct tcpref_status s;
    if (!h || !h->conn)
        return TCPASSAY_ENOTCONN;
    if (h->opened)
        return 1;
    tcpref_get_status(h->conn, &s);
    bool waits = s.state == TCPREF_SYN_SENT || s.state == TCPREF_SYN_RECEIVED;
    if (waits || (s.state == TCPREF_FIN_WAIT_1 && s.snd_una.n == s.iss.n))
        return TCPASSAY_EWOULDBLOCK; /* CLOSE may come before its SYN is acknowledged */
    int rc = s.state == TCPREF_CLOSED ? fail(tcpref_conn_error(h->conn)) : TCPASSAY_OK;
    h->opened = s.state != TCPREF_CLOSED;
    if (rc == 0 && !h->opened)
        rc = TCPASSAY_ENOTCONN;
    return rc ? rc : 1;
}

static int ref_send(void *stack, int conn, const void *data, size_t len, unsigned flags)
{
    struct adapter *a = stack;
    tcpref_conn *c = find_conn(a, conn);
    size_t taken = 0;
    if (!c)
        return TCPASSAY_ENOTCONN;
    int rc = fail(flags & TCPASSAY_SEND_URGENT ? tcpref_send_urgent(c, data, len, &taken)
                                               : tcpref_send(c, data, len, &taken));
    return rc ? rc : (int)taken;
}

static int ref_recv(void *stack, int conn, void *buf, size_t cap, unsigned *ret_flags)
{
    struct adapter *a = stack;
    tcpref_conn *c = find_conn(a, conn);
    size_t len = 0;
    if (!c)
        return TCPASSAY_ENOTCONN;
    uint32_t urgent = tcpref_urgent_left(c);
    if (urgent > 0 && cap > urgent)
        cap = urgent; /* stop behind the last urgent octet, which is the port's mark */
    int rc = fail(tcpref_recv(c, buf, cap, &len));
    if (ret_flags)
        *ret_flags = (urgent > 0 ? TCPASSAY_RECV_URGENT : 0) |
                     (urgent > 0 && len == urgent ? TCPASSAY_RECV_AT_MARK : 0);
    return rc ? rc : (int)len;
}

static int ref_shutdown(void *stack, int conn)
{
    struct adapter *a = stack;
    tcpref_conn *c = find_conn(a, conn);
    return c ? fail(tcpref_shutdown(c)) : TCPASSAY_ENOTCONN;
}

static int ref_close_conn(void *stack, int conn)
{
    struct adapter *a = stack;
    struct handle *h = find(a, conn);
    if (!h)
        return TCPASSAY_ENOTCONN;
    tcpref_listener_close(h->listener);
    tcpref_release(h->conn);
    *h = (struct handle){0};
    if (conn == a->frozen)
        a->frozen = -1;
    return TCPASSAY_OK;
}

static int ref_abort(void *stack, int conn)
{
    tcpref_conn *c = find_conn(stack, conn);
    if (c)
        (void)tcpref_abort(c); /* of a closed one: nothing is left to abort */
    return ref_close_conn(stack, conn);
}

/* The option's name in tcpref, or TCPREF_OPT_MAX. */
static enum tcpref_option to_option(enum tcpassay_option option)
{
    static const enum tcpref_option from_rcvbuf[] = {
        /* in the port's order */
        TCPREF_OPT_RCVBUF,          TCPREF_OPT_SNDBUF,
        TCPREF_OPT_NODELAY,         TCPREF_OPT_KEEPALIVE,
        TCPREF_OPT_KEEPALIVE_IDLE,  TCPREF_OPT_KEEPALIVE_INTERVAL,
        TCPREF_OPT_KEEPALIVE_COUNT, TCPREF_OPT_USER_TIMEOUT,
        TCPREF_OPT_LINGER_0,        TCPREF_OPT_MAX,
        TCPREF_OPT_WINDOW_CLAMP,    TCPREF_OPT_MAXSEG,
    };
    _Static_assert(TCPASSAY_OPT_MAXSEG - TCPASSAY_OPT_RCVBUF == 11, "the port's order");
    size_t at = (size_t)option - TCPASSAY_OPT_RCVBUF;
    return at < sizeof from_rcvbuf / sizeof from_rcvbuf[0] ? from_rcvbuf[at] : TCPREF_OPT_MAX;
}

static int set_iss(struct adapter *a, int64_t value)
{
    if (value < 0 || value > UINT32_MAX)
        return TCPASSAY_EINVAL;
    uint32_t iss = (uint32_t)value;
    tcpref_host_set_iss(a->host, &iss);
    return TCPASSAY_OK;
}

static int ref_set_option(void *stack, int conn, enum tcpassay_option option, int64_t value)
{
    struct adapter *a = stack;
    struct handle *h = find(a, conn);
    enum tcpref_option name = to_option(option);
    if (option == TCPASSAY_OPT_ISS)
        return set_iss(a, value);
    if (option == TCPASSAY_OPT_OOBINLINE && value == 1)
        return h ? TCPASSAY_OK : TCPASSAY_ENOTCONN; /* it knows no other way */
    if (name == TCPREF_OPT_MAX)
        return TCPASSAY_ENOTSUP;
    if (!h)
        return TCPASSAY_ENOTCONN;
    if (value < 0)
        return TCPASSAY_EINVAL;
    return fail(h->conn ? tcpref_set(h->conn, name, (uint64_t)value)
                        : tcpref_listener_set(h->listener, name, (uint64_t)value));
}

static int ref_get_option(void *stack, int conn, enum tcpassay_option option, int64_t *ret_value)
{
    struct adapter *a = stack;
    tcpref_conn *c = find_conn(a, conn);
    enum tcpref_option name = to_option(option);
    uint64_t value = 0;
    if (name == TCPREF_OPT_MAX)
        return TCPASSAY_ENOTSUP;
    if (!c)
        return TCPASSAY_ENOTCONN;
    int rc = fail(tcpref_get(c, name, &value));
    if (rc == 0)
        *ret_value = (int64_t)value;
    return rc;
}

static int ref_status(void *stack, int conn, struct tcpassay_status *status)
{
    struct adapter *a = stack;
    struct handle *h = find(a, conn);
    struct tcpassay_status now = {.size = status->size, .state = "LISTEN"};
    struct tcpref_status s;
    if (!h)
        return TCPASSAY_ENOTCONN;
    if (h->conn) {
        tcpref_get_status(h->conn, &s);
        now.state = tcpref_state_name(s.state);
        now.snd_una = s.snd_una.n;
        now.snd_nxt = s.snd_nxt.n;
        now.snd_wnd = s.snd_wnd;
        now.rcv_nxt = s.rcv_nxt.n;
        now.rcv_wnd = s.rcv_wnd;
    }
    memcpy(status, &now, status->size < sizeof now ? status->size : sizeof now);
    return TCPASSAY_OK;
}

static int64_t ref_acked(void *stack, int conn)
{
    struct adapter *a = stack;
    tcpref_conn *c = find_conn(a, conn);
    return c ? (int64_t)tcpref_octets_acked(c) : TCPASSAY_ENOTCONN;
}

static int ref_checkpoint(void *stack, int conn, void *image, size_t cap)
{
    struct adapter *a = stack;
    tcpref_conn *c = find_conn(a, conn);
    size_t len = 0;
    if (!c)
        return TCPASSAY_ENOTCONN;
    int rc = fail(tcpref_checkpoint(c, image, cap, &len));
    if (rc == 0)
        a->frozen = conn;
    return rc ? rc : (int)len;
}

/* The image takes the place of the connection it was written of, which ends without a word: the
 * host has one address, and nothing of the old record goes into the new one. */
static int ref_restore(void *stack, const void *image, size_t len)
{
    struct adapter *a = stack;
    struct handle *h = find(a, a->frozen);
    tcpref_conn *conn = NULL;
    if (!h)
        return TCPASSAY_EINVAL; /* an image is good for one time */
    tcpref_err rc = tcpref_restore(a->host, image, len, &conn, &a->why);
    if (rc == TCPREF_ERR_IN_USE) {
        /* One host plays both here: the frozen one makes way, and must not be lost for want of the
         * memory that another host would have had. */
        unsigned alloc_fail = a->alloc_fail;
        a->alloc_fail = 0;
        (void)tcpref_abort(h->conn);
        rc = tcpref_restore(a->host, image, len, &conn, &a->why);
        a->alloc_fail = alloc_fail;
    }
    if (rc)
        return fail(rc);
    tcpref_release(h->conn);
    *h = (struct handle){.conn = conn, .opened = h->opened};
    int handle = a->frozen;
    a->frozen = -1;
    return handle;
}

static const char *ref_last_error(void *stack)
{
    const struct adapter *a = stack;
    return a->why;
}

static int ref_peer(void *stack, int conn, struct tcpassay_addr *ret_peer)
{
    tcpref_conn *c = find_conn(stack, conn);
    struct tcpref_status s;
    if (!c)
        return TCPASSAY_ENOTCONN;
    tcpref_get_status(c, &s);
    *ret_peer = (struct tcpassay_addr){.family = s.remote.family, .port = s.remote_port};
    memcpy(ret_peer->ip, s.remote.bytes, sizeof ret_peer->ip);
    return TCPASSAY_OK;
}

/* ---- the world around it ---- */

static int ref_set_mtu(void *stack, uint32_t mtu)
{
    struct adapter *a = stack;
    return mtu > UINT16_MAX ? TCPASSAY_EINVAL : fail(tcpref_host_set_mtu(a->host, (uint16_t)mtu));
}

static int ref_alloc_fail(void *stack, unsigned n)
{
    struct adapter *a = stack;
    a->alloc_fail = n;
    return TCPASSAY_OK;
}

static const char *ref_last_drop(void *stack)
{
    struct adapter *a = stack;
    if (!a->judged)
        return NULL;
    snprintf(a->drop, sizeof a->drop, "%s (%s)", tcpref_verdict_words(a->verdict),
             tcpref_verdict_clause(a->verdict));
    return a->drop;
}

#ifdef TCPASSAY_PLUGIN
#define TABLE tcpassay_stack_plugin
#else
#define TABLE stacks_tcpref
#endif
const struct tcpassay_stack TABLE = {
    .abi = TCPASSAY_STACK_ABI,
    .size = sizeof(struct tcpassay_stack),
    .name = "tcpref",
    .open = ref_open,
    .close = ref_close,
    .reset = ref_reset,
    .facts = ref_facts,
    .can = ref_can,
    .input = ref_input,
    .output = ref_output,
    .tx_done = ref_tx_done,
    .deadline = ref_deadline,
    .advance = ref_advance,
    .listen = ref_listen,
    .accept = ref_accept,
    .connect = ref_connect,
    .connected = ref_connected,
    .send = ref_send,
    .recv = ref_recv,
    .shutdown = ref_shutdown,
    .close_conn = ref_close_conn,
    .abort = ref_abort,
    .set_option = ref_set_option,
    .get_option = ref_get_option,
    .status = ref_status,
    .acked = ref_acked,
    .set_mtu = ref_set_mtu,
    .alloc_fail = ref_alloc_fail,
    .checkpoint = ref_checkpoint,
    .restore = ref_restore,
    .last_drop = ref_last_drop,
    .last_error = ref_last_error,
    .peer = ref_peer,
};
