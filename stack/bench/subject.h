/* SPDX-License-Identifier: BSD-2-Clause */
/* What the benchmark asks of a stack. Each subject runs two hosts in this process, 0 at 10.0.0.1
 * and 1 at 10.0.0.2, with an application that reads all that comes and throws it away. */
#ifndef TCPREF_BENCH_SUBJECT_H
#define TCPREF_BENCH_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PACKET_MAX = 2048, MSS = 1460 };

typedef struct bench_conn bench_conn;

struct subject_options {
    bool checksums; /* computed and verified; a subject that cannot do without says so in start() */
    uint32_t
        buffer; /* octets, receive and send; a subject may have its own that it cannot change */
};

struct subject {
    const char *name;
    /* False: this subject cannot run with these options. */
    bool (*start)(const struct subject_options *options);
    void (*stop)(void); /* ends every connection and gives back all memory */

    void (*listen)(int host, uint16_t port);
    /* Local port 0: the stack chooses. Addresses are in host order. */
    bench_conn *(*connect)(int host, uint16_t local_port, uint32_t remote, uint16_t remote_port);
    bench_conn *(*accepted)(int host); /* the one accepted last; NULL: none since last asked */
    bool (*is_open)(const bench_conn *conn);
    void (*close)(bench_conn *conn); /* CLOSE in both directions; the handle is given back */

    /* The device hands a packet over; the application then reads from `conn`, if there is one. */
    void (*input)(int host, const uint8_t *packet, size_t len, bench_conn *conn);
    /* The device takes the next packet, which stands until the next call; 0: there is none. */
    size_t (*output)(int host, const uint8_t **ret_packet);
    /* Octets taken; they are copied. */
    size_t (*send)(bench_conn *conn, const void *data, size_t len);

    /* Time passes in both hosts, and timers run. */
    void (*pass)(uint64_t ms);
    /* One turn of the timers without anything due: what a main loop does each time round. */
    void (*turn)(int host);

    uint64_t (*received)(int host); /* octets that the application has read */
    size_t (*memory)(void);         /* octets of heap in use by the stack */
};

extern const struct subject subject_tcpref, subject_lwip;

#endif
