/* SPDX-License-Identifier: BSD-2-Clause */
/* An HTTP server on tcpref: GET /N gives N octets, PUT and POST are answered with the hash of what
 * came. It runs a command beside it, such as curl, whose network is the TUN device. */
#include "http.h"
#include "tun.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PORT    80
#define CLIENTS 64
#define CHUNK   65536

struct client {
    tcpref_conn *conn; /* NULL: free */
    struct http_request request;
    bool shut;
};

struct server {
    struct tun *tun;
    tcpref_listener *listener;
    struct client clients[CLIENTS];
};

static void accept_clients(struct server *server)
{
    for (size_t i = 0; i < CLIENTS && tcpref_listener_waiting(server->listener) > 0; i++) {
        struct client *client = &server->clients[i];
        if (client->conn == NULL && tcpref_accept(server->listener, &client->conn) == TCPREF_OK) {
            http_begin(&client->request);
            client->shut = false;
        }
    }
}

/* Returns false at the end of what the client says, and of the connection. */
static bool hear(struct client *client)
{
    char buf[CHUNK];
    size_t len;
    for (;;) {
        tcpref_err err = tcpref_recv(client->conn, buf, sizeof(buf), &len);
        if (err == TCPREF_ERR_WOULD_BLOCK) {
            return true;
        }
        if (err != TCPREF_OK) {
            fprintf(stderr, "http_server: %s\n", tcpref_strerror(err));
        }
        if (err != TCPREF_OK || len == 0) {
            return false;
        }
        http_take(&client->request, buf, len);
    }
}

static void talk(struct client *client)
{
    char buf[CHUNK];
    size_t len, taken;
    while ((len = http_give(&client->request, buf, sizeof(buf))) > 0) {
        if (tcpref_send(client->conn, buf, len, &taken) != TCPREF_OK) {
            return; /* full; why it ended, if it did, hear() says */
        }
        http_gave(&client->request, taken);
    }
    if (http_done(&client->request) && !client->shut) {
        client->shut = tcpref_shutdown(client->conn) == TCPREF_OK;
    }
}

/* What is left to do for a client that says no more depends on whether the answer is out. */
static void serve(struct client *client)
{
    unsigned ready = tcpref_ready(client->conn);
    bool over = (ready & TCPREF_READY_END) != 0;
    bool heard_all = (ready & (TCPREF_READY_READ | TCPREF_READY_END)) != 0 && !hear(client);
    talk(client);
    if (over || (heard_all && (client->shut || client->request.phase != HTTP_ANSWER))) {
        tcpref_release(client->conn);
        client->conn = NULL;
    }
}

static pid_t start(char **command)
{
    pid_t child = fork();
    if (child == 0) {
        execvp(command[0], command);
        perror(command[0]);
        _exit(127);
    }
    return child;
}

/* Serves until the command has ended, and returns its status; without a command, for ever. */
static int run(struct server *server, pid_t child)
{
    int status;
    for (;;) {
        tun_step(server->tun, 20 * TCPREF_MS);
        accept_clients(server);
        for (size_t i = 0; i < CLIENTS; i++) {
            if (server->clients[i].conn != NULL) {
                serve(&server->clients[i]);
            }
        }
        if (child > 0 && waitpid(child, &status, WNOHANG) == child) {
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
    }
}

static int usage(void)
{
    fputs("usage: http_server " TUN_USAGE " [COMMAND [ARGUMENT...]]\n"
          "       http_server -g N    writes the octets of GET /N\n"
          "       http_server -f N    prints their hash\n",
          stderr);
    return 2;
}

static int print_pattern(int letter, const char *value)
{
    char *end;
    uint64_t len = strtoull(value, &end, 10);
    if (end == value || *end != '\0') {
        return usage();
    }
    if (letter == 'f') {
        printf("%016" PRIx64 "\n", http_pattern_hash(len));
        return 0;
    }
    char buf[CHUNK];
    for (uint64_t at = 0; at < len;) {
        size_t n = len - at < sizeof(buf) ? (size_t)(len - at) : sizeof(buf);
        http_pattern(at, buf, n);
        if (fwrite(buf, 1, n, stdout) != n) {
            break;
        }
        at += n;
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("http_server");
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct tun_options options = tun_defaults;
    int letter;
    while ((letter = getopt(argc, argv, "+g:f:" TUN_LETTERS)) != -1) {
        if (letter == 'g' || letter == 'f') {
            return print_pattern(letter, optarg);
        }
        if (letter == '?' || !tun_option(&options, letter, optarg)) {
            return usage();
        }
    }
    struct server *server = calloc(1, sizeof(*server));
    if (server == NULL || (server->tun = tun_open(&options)) == NULL) {
        free(server);
        return 1;
    }
    tcpref_err err = tcpref_listen(tun_host(server->tun), NULL, PORT, 16, &server->listener);
    int status = 1;
    if (err != TCPREF_OK) {
        fprintf(stderr, "http_server: %s\n", tcpref_strerror(err));
    } else {
        if (optind == argc) {
            fprintf(stderr, "nsenter -t %ld -n curl http://%s/1000 -o file\n", (long)getpid(),
                    TUN_TCPREF_4);
        }
        status = run(server, optind < argc ? start(argv + optind) : 0);
        tun_report(server->tun);
    }
    tun_close(server->tun);
    free(server);
    return status;
}
