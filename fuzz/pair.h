/* SPDX-License-Identifier: BSD-2-Clause */
/* Two hosts of tcpref, an application on each, and the link between, in virtual time: what
 * fuzz_pair plays on. */
#ifndef FUZZ_PAIR_H
#define FUZZ_PAIR_H

#include "net.h"

enum { PAIR_QUEUE = 512, PAIR_FATES = 12, PAIR_QUOTE = 128 };

/* The first octet of a step, modulo 16; between them, as the one before. The second's lowest bit is
 * the side. */
enum pair_op {
    PAIR_TIME,    /* 2: a few events, milliseconds, to the deadline, half seconds; 3, 4: how many */
    PAIR_ASK = 4, /* 2, 3: octets to write; 4: 1 many, 2 urgent, 240 and more: then CLOSE */
    PAIR_BAD = 6, /* 2 to 7: fates of the next twelve packets */
    PAIR_READER = 9, /* 2: reads, pauses, or (2, 3) reads only so many more: 3, 4 */
    PAIR_OPTION,     /* 2: which; 3, 4: its value */
    PAIR_MEMORY,     /* 2: so many allocations succeed, 3: then so many fail */
    PAIR_PATH,       /* 2: 1 the link's MTU, 3, 4; 5: the path's, 8 without a word */
    PAIR_MOVE,       /* 2: 1 thaws, else for another host, after 20 ms each; 4 to 6: its make */
    PAIR_ICMP,       /* 2: 128 the newest packet again; 3: type, 4: code, 5, 6: MTU */
    PAIR_SHUT,
};

/* What becomes of a packet on the link. A corrupted one fails its checksum: one bit is turned, or
 * its end is missing. */
enum fate {
    FATE_PASS,
    FATE_LOSE,
    FATE_TWICE,
    FATE_LATE,       /* behind what is sent in the next moments */
    FATE_LATER,      /* by 300 ms */
    FATE_MUCH_LATER, /* by 3 s */
    FATE_TURN_BIT,
    FATE_CUT,
    FATE_REFUSE, /* not sent at all, and the host is told; of a super-segment all from here on */
    FATE_MARK,   /* congestion experienced, if it may say so */
};

struct pair_flying {
    tcpref_ns at;
    uint64_t order;
    uint8_t *octets; /* a block of just `len` */
    size_t len;
    int to;
    bool intact;
};

struct pair_side {
    struct net_host room[2]; /* one in use; the other for a host that takes over */
    struct net_host *net;
    tcpref_listener *listener;
    tcpref_conn *conn;
    struct tcpref_status was; /* at the last look; `looked` tells if there was one */
    bool looked;

    /* The application. */
    uint32_t asked, written, read; /* octets; it reads what the other wrote */
    uint32_t quota;                /* that it still reads while it is paused */
    uint32_t sndbuf, rcvbuf;       /* the smallest so far */
    bool paused, urgent, shut_asked, shut, eof, over;

    /* Its way out. */
    uint8_t fate[PAIR_FATES]; /* of its next packets; enum fate */
    unsigned fates;
    uint16_t path_mtu;
    bool black_hole; /* the router does not say why it drops */
    tcpref_ns delay;
    uint8_t quote[PAIR_QUOTE]; /* the newest packet sent, or its beginning */
    size_t quote_len, quoted_len;

    /* Why it may give up. */
    tcpref_ns heard, progress, patience;
    tcpref_ns probed; /* when something outside its window came last */

    /* Its connection is an image for a while. */
    bool away, thaws;
    tcpref_ns back_at;
    uint8_t change[3], fail;
    size_t image_len;
};

struct pair {
    tcpref_ns now;
    struct pair_side side[2];
    struct pair_flying flying[PAIR_QUEUE];
    unsigned in_flight;
    uint64_t order;
    uint64_t packets; /* handed down by both */
    unsigned at_once; /* arrivals since time moved on, or a stream did */
    uint8_t family;
    bool broken; /* a side has given up, and was in its right */
    tcpref_ns retry_at;
};

/* ---- pair_link.c ---- */

/** Takes what host `from` has to send, checks it and puts it on the link. */
void pair_pull(struct pair *p, int from);
/** Delivers what is due. */
void pair_deliver(struct pair *p);
/** When the next packet arrives. */
tcpref_ns pair_next_arrival(const struct pair *p);
/** A router's error about the newest packet of side `to`. */
void pair_icmp(struct pair *p, int to, uint8_t type, uint8_t code, uint32_t info);
/** The newest packet of side `from` once more, whole, if it was not too long to be kept. */
void pair_again(struct pair *p, int from);
void pair_link_clear(struct pair *p);

/* ---- pair_side.c ---- */

/** Reads and writes as far as it goes; looks what has become of the connection. */
void pair_application(struct pair *p, int i);
void pair_look(struct pair *p, int i);
/** The connection becomes an image; until pair_return() nobody has it. */
void pair_leave(struct pair *p, int i);
void pair_return(struct pair *p, int i);

/* ---- pair.c ---- */

/** `head` is 24 octets: two hosts, then family and order of opening, clock, delays, octets asked.
 */
enum { PAIR_HEAD = 24 };
void pair_open(struct pair *p, const uint8_t head[PAIR_HEAD]);
/** Side i is to write so many octets more: fewer where it is slow work, octet by octet. */
void pair_ask(struct pair *p, int i, uint32_t more);
/** Whatever happens until then. */
void pair_run(struct pair *p, tcpref_ns until);
/** When something happens next; TCPREF_NEVER: nothing will. */
tcpref_ns pair_next(const struct pair *p);
/** No more faults: all must arrive, both sides end, and nothing be left. */
void pair_finish(struct pair *p);

#endif
