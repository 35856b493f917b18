/* SPDX-License-Identifier: BSD-2-Clause */
/* One host of tcpref and a crowd of peers that are played: what fuzz_host plays on. The peers know
 * what the wire tells, and where the host has given its user a handle, what the handle tells. */
#ifndef FUZZ_CROWD_H
#define FUZZ_CROWD_H

#include "net.h"

/* BUFFER_MAX: the largest that any step may set. */
enum { CROWD_PEERS = 16, CROWD_LISTENERS = 3, CROWD_LOG = 1 << 20, CROWD_BUFFER_MAX = 8000 };

/* The first octet of a step, modulo 16; between them, as the one before. The second is the peer. */
enum crowd_op {
    CROWD_PROPER,     /* 2: enum crowd_proper */
    CROWD_ODD = 4,    /* 1: flags in the high half; 2, 3: SEQ and ACK, anchor and distance */
    CROWD_CALL = 7,   /* 2: enum crowd_call; 3: listener, 4, 5: octets, option, value */
    CROWD_FLOOD = 11, /* 2: SYNs less one; 3, 4: from; 5: to, 16 with text, 32 with ACK */
    CROWD_ICMP,       /* 2: type; 3: code; 4: number quoted; 5, 6: MTU */
    CROWD_GARBAGE,
    CROWD_TIME,  /* 2: 0 to the deadline, 3 seconds, else milliseconds */
    CROWD_WORLD, /* 2: MTU, ISS; 3, 4: which */
};
enum crowd_proper {
    PROPER_SYN,
    PROPER_SYN_ACK,
    PROPER_ACK,
    PROPER_TEXT,
    PROPER_FIN,
    PROPER_LAST_TEXT,
    PROPER_AHEAD,
    PROPER_AGAIN,
};
enum crowd_call {
    CALL_ACCEPT,
    CALL_CONNECT = 3,
    CALL_WRITE,
    CALL_READ = 6,
    CALL_SHUTDOWN = 9,
    CALL_CLOSE,
    CALL_RELEASE,
    CALL_LISTEN,
    CALL_ONLY,
    CALL_OPTION,
};

struct crowd_peer {
    struct wire_addr addr, host; /* its socket, and the host's that it talks to */
    uint32_t iss, nxt;           /* its numbers; nxt: what it would send next */
    uint32_t host_nxt, host_ack; /* SEQ + LEN and ACK of what the host sent it last */
    uint32_t ts_newest;          /* of what was not blind */
    bool ts;                     /* its SYN had the option */
    tcpref_ns talked;            /* when something went to it or came from it last */
    uint32_t edge, syn_window;   /* the furthest offered; the largest of a SYN */
    uint8_t shift;
    uint16_t syn_port; /* of the host, that it sent its SYN to */
    bool mixed;        /* to several: what it offered to which is not known */
    bool used;         /* it has sent a SYN, or got one */
    uint32_t mss;      /* the largest that a SYN of its has announced */

    tcpref_conn *conn;
    uint32_t read, written;
    bool eof;
    uint16_t left_port; /* of such a connection, whose handle is gone */
    bool thinned;       /* blind segments to it were left out */
    bool unsure;        /* what happens hangs on when an ACK went: not to be compared */
};

/* A packet as it was injected, for a second play without the blind ones. */
struct crowd_log {
    size_t at, end;
    uint8_t octets[CROWD_LOG];
};

struct crowd {
    struct net_host net;
    tcpref_ns now;
    struct crowd_peer peer[CROWD_PEERS];
    tcpref_listener *listener[CROWD_LISTENERS];
    unsigned backlog;
    size_t orphans;              /* released and perhaps still open: at most so many */
    size_t buffers;              /* the largest of both that any connection may have had */
    unsigned sent, empty, rsts;  /* answers to what was injected last */
    unsigned blind;              /* injected so far */
    bool again;                  /* the second play */
    bool unsure;                 /* a peer was, so what waits to be accepted may be another's */
    enum tcpref_verdict verdict; /* of what was injected last */
    bool known;                  /* `view` is how they are now */
    struct wire_seg answer;      /* the last with SYN or RST */
    struct net_view view[CROWD_PEERS];
    struct crowd_log *log;
};

/* Something to be injected: a segment of a peer's, or octets as they are. */
struct crowd_packet {
    uint8_t octets[4096];
    size_t len;
    int peer;              /* whose connection it is of; -1: none of the crowd's */
    struct wire_addr whom; /* whom answers may go to */
    bool form;             /* it is to be refused for its form */
    bool blind, stale;     /* no effect is allowed; its timestamp is older than others' */
    struct wire_seg seg;   /* if it is a segment */
};

void crowd_open(struct crowd *w, const uint8_t octets[NET_HOST_OCTETS], unsigned limits,
                tcpref_ns now);
/** All handles go back, time passes: nothing must be left. */
void crowd_close(struct crowd *w);

/** Whose socket it is; -1: none of the crowd's. */
int crowd_peer_of(const struct crowd *w, const struct wire_addr *addr);
/** Peer `i` as source, the host as destination, numbers as they stand; nothing else. */
struct wire_seg crowd_segment(const struct crowd *w, int i);
/** Fills in text by its sequence number, judges whether it is blind, injects it. */
void crowd_send(struct crowd *w, int i, struct wire_seg *seg, const struct wire_twist *twist);
/** Octets as they are; with `form` set they are to be refused for it. */
void crowd_inject(struct crowd *w, struct crowd_packet *packet);
/** Takes all output; checks what belongs to the crowd. */
void crowd_pull(struct crowd *w, const struct wire_addr *whom);
void crowd_pass(struct crowd *w, tcpref_ns until);
/** After each step: memory within its bound, what is owed timed. `known` is false after a call. */
void crowd_check(struct crowd *w);

/* The user's calls, of peer i. */
void crowd_accept(struct crowd *w, unsigned listener);
void crowd_connect(struct crowd *w, int i, uint16_t local_port);
void crowd_release(struct crowd *w, int i);
/** CLOSE or ABORT: the peer is told if anything is lost by it. */
void crowd_end(struct crowd *w, int i, bool aborts);
void crowd_write(struct crowd *w, int i, size_t len, bool urgent);
void crowd_read(struct crowd *w, int i, size_t len);

/** What has come of the crowd's connections. */
struct crowd_outcome {
    tcpref_ns now;
    bool unsure; /* what was accepted, and in which order */
    struct {
        uint32_t read, written;
        uint64_t acked;
        bool eof, unsure;
        uint16_t port; /* the host's, and the IRS: which connection it is */
        uint32_t irs;
        enum tcpref_state state;
        tcpref_err error;
    } peer[CROWD_PEERS];
};
void crowd_outcome(const struct crowd *w, struct crowd_outcome *ret_outcome);
void crowd_compare(const struct crowd_outcome *with, const struct crowd_outcome *without);

#endif
