/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Images of connections: refused with a reason, or a connection whose own image is restored alike,
 * and which goes on: a peer that acknowledges all gets all, and after CLOSE both are at the end.
 * The first octet chooses the host's profile and whether the image is sealed anew, which brings
 * changed fields behind the checksum.
 */
#include "checkpoint.h"
#include "host.h"
#include "state.h"
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { AS_IT_IS = 1, SQUEEZED = 2, RACK = 4 }; /* of the first octet */
enum { IMAGE_MAX = 1 << 16, OUT_MAX = 65536, ROUNDS = 400, STORM = 20000 };
enum { MEMORY_MAX = 1 << 26, AT_FLAGS = 6 };

/* Memory has an end, and is counted. */
struct account {
    size_t used;
};

struct block {
    size_t size;
    max_align_t octets[];
};

static uint8_t image[2][2 * IMAGE_MAX], out[OUT_MAX];

static void *alloc(void *ctx, size_t size)
{
    struct account *a = ctx;
    if (size > MEMORY_MAX - a->used)
        return NULL;
    struct block *b = malloc(sizeof *b + size);
    if (!b)
        return NULL;
    b->size = size;
    a->used += size;
    return b->octets;
}

static void dealloc(void *ctx, void *octets)
{
    struct account *a = ctx;
    struct block *b = (void *)((char *)octets - offsetof(struct block, octets));
    a->used -= b->size;
    free(b);
}

static void broken(const char *what)
{
    fprintf(stderr, "CHECKPOINT %s\n", what);
    abort();
}

static tcpref_host *new_host(uint8_t choice, const struct tcpref_mem *mem)
{
    struct tcpref_config config = choice & SQUEEZED ? tcpref_squeezed : tcpref_rfc9293;
    const tcpref_addr four = {.family = 4, .bytes = {10, 0, 0, 2}};
    const tcpref_addr six = {.family = 6, .bytes = {0xfd, [15] = 2}};
    tcpref_host *host;
    config.rack = choice & RACK;
    if (tcpref_host_new(&host, &config, mem, TCPREF_SEC) != TCPREF_OK)
        return NULL;
    if (tcpref_host_add_address(host, &four, 24) == TCPREF_OK &&
        tcpref_host_add_address(host, &six, 64) == TCPREF_OK)
        return host;
    tcpref_host_free(host);
    return NULL;
}

static tcpref_conn *restore(tcpref_host *host, const uint8_t *from, size_t len)
{
    tcpref_conn *conn = NULL;
    const char *why = NULL;
    tcpref_err err = tcpref_restore(host, from, len, &conn, &why);
    if (err == TCPREF_ERR_IMAGE && (!why || !*why))
        broken("an image is refused without a reason");
    if (err != TCPREF_OK && err != TCPREF_ERR_IMAGE && err != TCPREF_ERR_NO_MEMORY)
        broken(tcpref_err_name(err));
    return err == TCPREF_OK ? conn : NULL;
}

/* The image of what was restored makes the same again. */
static void image_again(uint8_t choice, tcpref_conn *conn)
{
    struct account account = {0};
    const struct tcpref_mem mem = {&account, alloc, dealloc};
    size_t len[2];
    if (conn->state == TCPREF_CLOSED)
        return;
    if (tcpref_checkpoint(conn, image[0], sizeof image[0], &len[0]) != TCPREF_OK)
        broken("what was restored has no image");
    tcpref_host *host = new_host(choice, &mem);
    tcpref_conn *twin = host ? restore(host, image[0], len[0]) : NULL;
    if (!twin)
        broken("the image of what was restored is refused");
    if (tcpref_checkpoint(twin, image[1], sizeof image[1], &len[1]) != TCPREF_OK ||
        len[0] != len[1] || memcmp(image[0], image[1], len[0]) != 0)
        broken("restored twice, the image is another");
    tcpref_host_free(host);
    if (tcpref_thaw(conn) != TCPREF_OK)
        broken("no thaw");
}

/* ---- going on ---- */

/* All that the connection has to say now; whether it said anything. */
static bool listen_to(tcpref_host *host, const tcpref_conn *conn, struct segment *ret_last)
{
    unsigned count = 0;
    size_t len;
    while ((len = tcpref_output(host, out, sizeof out, host->now)) > 0) {
        if (wire_parse(out, len, true, ret_last) != TCPREF_V_ACCEPTED || !wire_sound(ret_last))
            broken("what it sends cannot be read");
        if (memcmp(&ret_last->tuple.remote, &conn->tuple.local, sizeof(tcpref_addr)) != 0)
            broken("it sends in another's name");
        if (++count > STORM)
            broken("it does not stop sending");
    }
    return count > 0;
}

/* The peer has everything, and has room: an ACK, the SYN if it owes that, or its FIN. A window
 * counts from the furthest segment on that came out of order (RFC 9293, 3.10.7.4). */
static void answer(tcpref_host *host, const tcpref_conn *conn, const struct segment *to, bool fin)
{
    struct segment seg = {.flags = ACK, .seq = conn->rcv.nxt, .ack = conn->snd.nxt, .wnd = 65535};
    if (!fin && seq_lt(seg.seq, conn->snd.wl1))
        seg.seq = conn->snd.wl1;
    seg.ttl = 64;
    seg.tuple.local = conn->tuple.remote;
    seg.tuple.remote = conn->tuple.local;
    seg.tuple.local_port = conn->tuple.remote_port;
    seg.tuple.remote_port = conn->tuple.local_port;
    if (conn->state == TCPREF_SYN_SENT)
        seg.flags |= SYN;
    if (fin)
        seg.flags |= FIN;
    seg.has_ts = conn->ts.ok;
    seg.tsval = conn->ts.recent;
    seg.tsecr = to->tsval;
    tcpref_input(host, out, wire_emit(&seg, out), host->now, NULL);
}

/* Until nothing is left to be waited for. */
static void play(tcpref_host *host, tcpref_conn *conn, bool end)
{
    static uint8_t text[OUT_MAX];
    struct segment last = {0};
    size_t n;
    for (unsigned i = 0; i < ROUNDS && conn->state != TCPREF_CLOSED; i++) {
        bool said = listen_to(host, conn, &last);
        while (tcpref_recv(conn, text, sizeof text, &n) == TCPREF_OK && n > 0)
            ;
        bool fin = end && conn->state == TCPREF_FIN_WAIT_2;
        if ((said && !(last.flags & RST)) || fin) {
            answer(host, conn, &last, fin);
            continue;
        }
        tcpref_ns next = tcpref_deadline(host);
        if (next == TCPREF_NEVER)
            return;
        tcpref_advance(host, next > host->now ? next : host->now);
    }
}

static void goes_on(tcpref_host *host, tcpref_conn *conn)
{
    size_t n;
    (void)tcpref_send(conn, "on it goes", 10, &n);
    play(host, conn, false);
    if (conn->state != TCPREF_CLOSED && conn->sendq.len > 0)
        broken("what was sent never arrives, though all is acknowledged");
    (void)tcpref_close(conn);
    play(host, conn, true);
    if (conn->state != TCPREF_CLOSED)
        broken("both sides have closed, and it does not end");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct account account = {0};
    const struct tcpref_mem mem = {&account, alloc, dealloc};
    if (size < 1 + IMAGE_HEADER || size > IMAGE_MAX)
        return 0;
    size_t len = size - 1;
    uint8_t *copy = malloc(len);
    tcpref_host *host = copy ? new_host(data[0], &mem) : NULL;
    if (!host)
        abort();
    memcpy(copy, data + 1, len);
    if (!(data[0] & AS_IT_IS))
        image_seal(copy, len, get16(copy + AT_FLAGS) & IMAGE_HAS_RCV_MAX);
    tcpref_conn *conn = restore(host, copy, len);
    if (conn) {
        image_again(data[0], conn);
        goes_on(host, conn);
        tcpref_release(conn);
    }
    tcpref_host_free(host);
    free(copy);
    if (account.used > 0)
        broken("memory is lost");
    return 0;
}
