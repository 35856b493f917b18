/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * make_images FOLDER: images of connections of tcpref in every state, in both families, with text
 * unsent, unread and out of order; seeds of fuzz_checkpoint (whose first octet chooses the host).
 * make_images --try FILE...: what a host says to each, sealed anew as that target does it; exits 1
 * if it refuses any. Seeds of another layout would all be refused, and nobody would see it.
 */
#include "checkpoint.h"
#include "host.h"
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PACKET = 2048, OURS = 0, PEER = 1, CHOICES = 4 };

struct maker {
    const char *folder;
    const struct tcpref_config *config;
    uint8_t family, choice;
    tcpref_host *host[2];
    tcpref_conn *conn[2];
    tcpref_listener *listener;
    tcpref_ns now;
    unsigned written;
};

static void *alloc(void *ctx, size_t size)
{
    (void)ctx;
    return malloc(size);
}

static void dealloc(void *ctx, void *block)
{
    (void)ctx;
    free(block);
}

static void need(bool fine, const char *what)
{
    if (!fine) {
        fprintf(stderr, "make_images: %s\n", what);
        exit(4);
    }
}

static tcpref_addr address(const struct maker *m, int who)
{
    uint8_t last = who == OURS ? 2 : 1;
    return m->family == 4 ? (tcpref_addr){.family = 4, .bytes = {10, 0, 0, last}}
                          : (tcpref_addr){.family = 6, .bytes = {0xfd, [15] = last}};
}

static void open_hosts(struct maker *m)
{
    const struct tcpref_mem mem = {NULL, alloc, dealloc};
    m->now = TCPREF_SEC;
    for (int i = 0; i < 2; i++) {
        tcpref_addr addr = address(m, i);
        need(tcpref_host_new(&m->host[i], m->config, &mem, m->now) == TCPREF_OK, "no host");
        need(tcpref_host_add_address(m->host[i], &addr, 24) == TCPREF_OK, "no address");
        m->conn[i] = NULL;
    }
    need(tcpref_listen(m->host[PEER], NULL, 80, 4, &m->listener) == TCPREF_OK, "no listener");
}

static void close_hosts(struct maker *m)
{
    for (int i = 0; i < 2; i++)
        tcpref_host_free(m->host[i]);
}

/* Carries packets until nobody has any; of ours, number `lost` (from 1) goes nowhere. */
static void carry(struct maker *m, unsigned lost)
{
    uint8_t packet[PACKET];
    unsigned count = 0;
    for (bool more = true; more;) {
        more = false;
        for (int i = 0; i < 2; i++) {
            size_t len = tcpref_output(m->host[i], packet, sizeof packet, m->now);
            if (len == 0)
                continue;
            more = true;
            if (!(i == PEER && ++count == lost))
                tcpref_input(m->host[1 - i], packet, len, m->now, NULL);
        }
    }
}

/* What one says goes nowhere. */
static void swallow(struct maker *m, int who)
{
    uint8_t packet[PACKET];
    while (tcpref_output(m->host[who], packet, sizeof packet, m->now) > 0)
        ;
}

static void keep(struct maker *m, const char *what)
{
    static uint8_t image[300000];
    char path[4096];
    size_t len;
    need(tcpref_checkpoint(m->conn[OURS], image, sizeof image, &len) == TCPREF_OK, what);
    snprintf(path, sizeof path, "%s/%s-%s-%u", m->folder, what, m->config->name, m->family);
    FILE *file = fopen(path, "wb");
    need(file && putc(m->choice, file) != EOF && fwrite(image, 1, len, file) == len &&
             fclose(file) == 0,
         path);
    m->written++;
}

static void connect_both(struct maker *m)
{
    tcpref_addr to = address(m, PEER);
    open_hosts(m);
    need(tcpref_connect(m->host[OURS], NULL, 0, &to, 80, &m->conn[OURS]) == TCPREF_OK, "connect");
}

static void established(struct maker *m)
{
    connect_both(m);
    carry(m, 0);
    need(tcpref_accept(m->listener, &m->conn[PEER]) == TCPREF_OK, "accept");
}

static void put(struct maker *m, int who, size_t len)
{
    static const uint8_t text[8192];
    size_t taken;
    need(tcpref_send(m->conn[who], text, len, &taken) == TCPREF_OK, "send");
}

static void opening(struct maker *m)
{
    connect_both(m);
    keep(m, "syn-sent-before");
    close_hosts(m);
    connect_both(m);
    swallow(m, OURS);
    keep(m, "syn-sent");
    close_hosts(m);
}

static void flowing(struct maker *m)
{
    established(m);
    keep(m, "established");
    close_hosts(m);
    established(m);
    put(m, OURS, 6000);
    swallow(m, OURS);
    keep(m, "in-flight");
    close_hosts(m);
    established(m);
    put(m, OURS, 6000);
    swallow(m, OURS);
    m->now = tcpref_deadline(m->host[OURS]);
    tcpref_advance(m->host[OURS], m->now);
    swallow(m, OURS);
    keep(m, "timed-out");
    close_hosts(m);
    established(m);
    put(m, PEER, 5000);
    carry(m, 2);
    keep(m, "out-of-order");
    close_hosts(m);
}

static void closing(struct maker *m)
{
    established(m);
    need(tcpref_close(m->conn[OURS]) == TCPREF_OK, "close");
    swallow(m, OURS);
    keep(m, "fin-wait-1");
    close_hosts(m);
    established(m);
    need(tcpref_shutdown(m->conn[OURS]) == TCPREF_OK, "shutdown");
    carry(m, 0);
    keep(m, "fin-wait-2");
    close_hosts(m);
    for (int last = 0; last < 2; last++) {
        established(m);
        need(tcpref_shutdown(m->conn[PEER]) == TCPREF_OK, "shutdown");
        carry(m, 0);
        if (last)
            need(tcpref_close(m->conn[OURS]) == TCPREF_OK, "close");
        swallow(m, OURS);
        keep(m, last ? "last-ack" : "close-wait");
        close_hosts(m);
    }
    established(m);
    need(tcpref_shutdown(m->conn[OURS]) == TCPREF_OK, "shutdown");
    carry(m, 0);
    need(tcpref_shutdown(m->conn[PEER]) == TCPREF_OK, "shutdown");
    carry(m, 0);
    keep(m, "time-wait");
    close_hosts(m);
}

/* ---- trying ---- */

static bool restores(const char *path)
{
    static uint8_t image[300000];
    struct maker m = {.config = &tcpref_rfc9293, .family = 4};
    const char *why = "cannot be read";
    tcpref_err err = TCPREF_ERR_IMAGE;
    FILE *file = fopen(path, "rb");
    size_t len = file && getc(file) != EOF ? fread(image, 1, sizeof image, file) : 0;
    if (file)
        fclose(file);
    open_hosts(&m);
    m.family = 6;
    tcpref_addr addr = address(&m, OURS);
    need(tcpref_host_add_address(m.host[OURS], &addr, 64) == TCPREF_OK, "no address");
    if (len >= IMAGE_HEADER) {
        image_seal(image, len, get16(image + 6) & IMAGE_HAS_RCV_MAX);
        err = tcpref_restore(m.host[OURS], image, len, &m.conn[OURS], &why);
    }
    if (err != TCPREF_OK)
        printf("%s: the image is %s\n", path, err == TCPREF_ERR_IMAGE ? why : tcpref_strerror(err));
    if (err == TCPREF_OK)
        tcpref_release(m.conn[OURS]);
    close_hosts(&m);
    return err == TCPREF_OK;
}

static int try_all(char **paths, int count)
{
    int refused = 0;
    for (int i = 0; i < count; i++)
        refused += !restores(paths[i]);
    printf("%d of %d images refused\n", refused, count);
    return count == 0 || refused > 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
    static const struct {
        const struct tcpref_config *config;
        uint8_t choice;
    } profiles[] = {{&tcpref_rfc9293, 0}, {&tcpref_squeezed, 2}, {&tcpref_rack, 4}};
    if (argc > 2 && strcmp(argv[1], "--try") == 0)
        return try_all(argv + 2, argc - 2);
    if (argc != 2) {
        fprintf(stderr, "make_images FOLDER | --try FILE...\n");
        return 2;
    }
    struct maker m = {.folder = argv[1]};
    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++) {
        m.config = profiles[i].config;
        m.choice = profiles[i].choice;
        for (m.family = 4; m.family <= 6; m.family += 2) {
            opening(&m);
            flowing(&m);
            closing(&m);
        }
    }
    printf("%u images\n", m.written);
    return 0;
}
