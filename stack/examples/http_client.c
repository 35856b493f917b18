/* SPDX-License-Identifier: BSD-2-Clause */
/* An HTTP client on tcpref: it fetches from, or uploads to, a plain server on Linux's sockets,
 * which it starts itself at the other end of the TUN device, and compares hashes. */
#include "http.h"
#include "tun.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PORT  80
#define CHUNK 65536

/* The server on Linux. */

static void linux_answer(int fd)
{
    struct http_request request;
    char buf[CHUNK];
    ssize_t n;
    http_begin(&request);
    while (!http_done(&request)) {
        size_t len = http_give(&request, buf, sizeof(buf));
        if (len > 0) {
            n = send(fd, buf, len, MSG_NOSIGNAL);
            if (n <= 0) {
                return;
            }
            http_gave(&request, (size_t)n);
            continue;
        }
        n = recv(fd, buf, sizeof(buf), 0);
        if (n <= 0) {
            return;
        }
        http_take(&request, buf, (size_t)n);
    }
    shutdown(fd, SHUT_WR);
    while (recv(fd, buf, sizeof(buf), 0) > 0) {
    }
}

static int linux_listen(void)
{
    struct sockaddr_in6 any = {
        .sin6_family = AF_INET6, .sin6_port = htons(PORT), .sin6_addr = IN6ADDR_ANY_INIT};
    int off = 0;
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) != 0 ||
        bind(fd, (struct sockaddr *)&any, sizeof(any)) != 0 || listen(fd, 8) != 0) {
        perror("http_client: server");
        return -1;
    }
    return fd;
}

/* Returns the server's process; it ends with ours. */
static pid_t linux_start(void)
{
    int fd = linux_listen();
    if (fd < 0) {
        return -1;
    }
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
            int one = accept(fd, NULL, NULL);
            if (one >= 0) {
                linux_answer(one);
                close(one);
            }
        }
    }
    close(fd);
    return child;
}

/* The client on tcpref. */

struct client {
    tcpref_conn *conn;
    char text[256]; /* the request's head */
    size_t text_len, text_at;
    uint64_t body_at, body_end; /* of an upload */
    char head[HTTP_HEAD_MAX + 1];
    size_t head_len;
    bool head_done;
    uint64_t want, got, hash; /* of the answer's body */
    char first[32];           /* its first octets */
};

static void body_came(struct client *client, const char *data, size_t len)
{
    client->hash = http_hash(client->hash, data, len);
    for (size_t i = 0; i < len && client->got + i < sizeof(client->first) - 1; i++) {
        client->first[client->got + i] = data[i];
    }
    client->got += len;
}

static bool answer_came(struct client *client, const char *data, size_t len)
{
    if (!client->head_done) {
        size_t before = client->head_len, room = HTTP_HEAD_MAX - before;
        size_t n = len < room ? len : room;
        memcpy(client->head + before, data, n);
        client->head_len += n;
        client->head[client->head_len] = '\0';
        char *end = strstr(client->head, "\r\n\r\n");
        if (end == NULL) {
            return n < room;
        }
        end[4] = '\0';
        client->head_done = true;
        n = (size_t)(end + 4 - client->head) - before;
        data += n;
        len -= n;
        if (strncmp(client->head, "HTTP/1.1 200 ", 13) != 0 ||
            !http_content_length(client->head, &client->want)) {
            return false;
        }
    }
    body_came(client, data, len);
    return true;
}

/* Returns TCPREF_OK with *ret_end at the end of the answer. */
static tcpref_err hear(struct client *client, bool *ret_end)
{
    char buf[CHUNK];
    size_t len;
    for (;;) {
        tcpref_err err = tcpref_recv(client->conn, buf, sizeof(buf), &len);
        if (err != TCPREF_OK) {
            return err == TCPREF_ERR_WOULD_BLOCK ? TCPREF_OK : err;
        }
        if (len == 0) {
            *ret_end = true;
            return TCPREF_OK;
        }
        if (!answer_came(client, buf, len)) {
            fprintf(stderr, "http_client: no good answer: %.60s\n", client->head);
            return TCPREF_ERR_ABORTED;
        }
    }
}

static void talk(struct client *client)
{
    char buf[CHUNK];
    size_t taken;
    while (client->text_at < client->text_len) {
        if (tcpref_send(client->conn, client->text + client->text_at,
                        client->text_len - client->text_at, &taken) != TCPREF_OK) {
            return;
        }
        client->text_at += taken;
    }
    while (client->body_at < client->body_end) {
        uint64_t left = client->body_end - client->body_at;
        size_t len = left < sizeof(buf) ? (size_t)left : sizeof(buf);
        http_pattern(client->body_at, buf, len);
        if (tcpref_send(client->conn, buf, len, &taken) != TCPREF_OK) {
            return;
        }
        client->body_at += taken;
    }
}

static tcpref_err transfer(struct tun *tun, struct client *client)
{
    tcpref_err err = TCPREF_OK;
    bool end = false;
    while (err == TCPREF_OK && !end) {
        tun_step(tun, TCPREF_SEC);
        unsigned ready = tcpref_ready(client->conn);
        if (ready & TCPREF_READY_WRITE) {
            talk(client);
        }
        if (ready & (TCPREF_READY_READ | TCPREF_READY_END)) {
            err = hear(client, &end);
        }
    }
    return err;
}

/* The FIN both ways; the last ACK is not waited for. */
static void say_goodbye(struct tun *tun, struct client *client)
{
    struct tcpref_status status;
    tcpref_ns until = tun_now() + 3 * TCPREF_SEC;
    tcpref_shutdown(client->conn);
    do {
        tun_step(tun, 20 * TCPREF_MS);
        tcpref_get_status(client->conn, &status);
    } while (status.state != TCPREF_CLOSED && status.state != TCPREF_TIME_WAIT &&
             tun_now() < until);
    fprintf(stderr, "segments: %" PRIu64 " sent, %" PRIu64 " of them again, %" PRIu64 " came\n",
            status.sent_segments, status.retransmitted, status.received_segments);
}

static bool hashes_equal(const struct client *client, bool upload, uint64_t len)
{
    char want[32], got[32];
    snprintf(want, sizeof(want), "%016" PRIx64, http_pattern_hash(len));
    if (upload) {
        snprintf(got, sizeof(got), "%.16s", client->first);
    } else {
        snprintf(got, sizeof(got), "%016" PRIx64, client->hash);
    }
    bool ok = client->got == client->want && strcmp(want, got) == 0;
    printf("%s %s: %s\n", got, ok ? "equal" : "DIFFERENT, expected", want);
    return ok;
}

static bool fetch(struct tun *tun, bool v6, bool upload, uint64_t len)
{
    struct client client = {.hash = HTTP_HASH_START, .body_end = upload ? len : 0};
    tcpref_addr peer = {.family = v6 ? 6 : 4};
    inet_pton(v6 ? AF_INET6 : AF_INET, v6 ? TUN_LINUX_6 : TUN_LINUX_4, peer.bytes);
    if (upload) {
        client.text_len = (size_t)snprintf(
            client.text, sizeof(client.text),
            "PUT / HTTP/1.1\r\nHost: linux\r\nContent-Length: %" PRIu64 "\r\n\r\n", len);
    } else {
        client.text_len = (size_t)snprintf(client.text, sizeof(client.text),
                                           "GET /%" PRIu64 " HTTP/1.1\r\nHost: linux\r\n\r\n", len);
    }
    tcpref_err err = tcpref_connect(tun_host(tun), NULL, 0, &peer, PORT, &client.conn);
    if (err == TCPREF_OK) {
        err = transfer(tun, &client);
    }
    if (err != TCPREF_OK) {
        fprintf(stderr, "http_client: %s\n", tcpref_strerror(err));
        tcpref_release(client.conn);
        return false;
    }
    say_goodbye(tun, &client);
    tcpref_release(client.conn);
    return hashes_equal(&client, upload, len);
}

static int usage(void)
{
    fputs("usage: http_client " TUN_USAGE " [-6] get|put N\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    struct tun_options options = tun_defaults;
    bool v6 = false;
    int letter;
    char *end;
    while ((letter = getopt(argc, argv, "6" TUN_LETTERS)) != -1) {
        if (letter == '6') {
            v6 = true;
        } else if (letter == '?' || !tun_option(&options, letter, optarg)) {
            return usage();
        }
    }
    if (optind + 2 != argc ||
        (strcmp(argv[optind], "get") != 0 && strcmp(argv[optind], "put") != 0)) {
        return usage();
    }
    uint64_t len = strtoull(argv[optind + 1], &end, 10);
    if (end == argv[optind + 1] || *end != '\0') {
        return usage();
    }
    struct tun *tun = tun_open(&options);
    if (tun == NULL) {
        return 1;
    }
    pid_t child = linux_start();
    bool ok = child > 0 && fetch(tun, v6, strcmp(argv[optind], "put") == 0, len);
    if (child > 0) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        tun_report(tun);
    }
    tun_close(tun);
    return ok ? 0 : 1;
}
