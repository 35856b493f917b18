/* SPDX-License-Identifier: BSD-2-Clause */
/* Two hosts joined by a lossy link in memory, in virtual time, from a seed. */
#ifndef TCPREF_TEST_PAIR_H
#define TCPREF_TEST_PAIR_H

#include "segment.h"

#include <tcpref/tcpref.h>

enum { PAIR_QUEUE = 512, PAIR_MTU = 1500 };

/* In parts of a thousand. */
struct link {
    unsigned loss, duplicate, reorder;
    tcpref_ns delay;
};

struct flying {
    tcpref_ns at;
    uint64_t order;
    size_t len;
    int to;
    uint8_t packet[PAIR_MTU];
};

/* One direction of a stream: octet i is a function of i. */
struct stream {
    uint64_t total, written, read;
    bool shut, eof;
};

struct pair {
    tcpref_ns now;
    uint64_t random, order;
    struct link link;
    unsigned refuse; /* super-segments of which a part is not sent, in a thousand */
    bool dead;       /* the link carries nothing */
    tcpref_host *host[2];
    tcpref_listener *listener;
    tcpref_conn *conn[2];
    struct stream out[2]; /* out[i]: written by i, read by 1 - i */
    bool paused[2];       /* the application of i does not read */
    size_t read_step[2];  /* most it reads at a time; 0: all */
    struct flying flying[PAIR_QUEUE];
    size_t in_flight;
    size_t allocations; /* live blocks */
    long fail_after;    /* allocations until one fails; negative: never */
    uint64_t packets, supers, retractions;
    tcpref_seq edge[2];
};

/* wire_parse() with every checksum. */
enum tcpref_verdict pair_parse(const uint8_t *packet, size_t len, struct segment *ret_seg);

tcpref_addr pair_addr(int which, uint8_t family);
struct tcpref_mem pair_mem(struct pair *p);

/* Two hosts; 1 listens on port 80. */
void pair_open(struct pair *p, uint64_t seed, const struct tcpref_config *a,
               const struct tcpref_config *b, uint8_t family);
/* 0 connects to 1, or both to each other. */
void pair_connect(struct pair *p);
void pair_connect_both(struct pair *p);
void pair_close(struct pair *p);

/* Moves packets, data and time until `until`; stops when nothing is left to do. */
void pair_run(struct pair *p, tcpref_ns until);
/* Whether both streams are through and read to their end. */
bool pair_streams_done(const struct pair *p);
unsigned pair_random(struct pair *p, unsigned below);

#endif
