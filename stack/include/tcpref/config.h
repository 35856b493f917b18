/* SPDX-License-Identifier: BSD-2-Clause */
/* The profile of a host: every number that an RFC leaves open, with unit, range and clause. */
#ifndef TCPREF_CONFIG_H
#define TCPREF_CONFIG_H

#include <tcpref/types.h>

/** Where memory comes from. `alloc` may return NULL at any time; what it returns is not zeroed. */
struct tcpref_mem {
    void *ctx;
    void *(*alloc)(void *ctx, size_t size);
    void (*free)(void *ctx, void *block); /**< never called with NULL */
};

/** Congestion control algorithms. */
enum tcpref_cc {
    TCPREF_CC_NEWRENO, /**< RFC 5681, the reference */
    TCPREF_CC_CUBIC,   /**< RFC 9438 */
    TCPREF_CC_NONE,    /**< none: the peer's window alone limits */
    TCPREF_CC_MAX
};

/** A complete profile. Copy one of those below and change what you need. */
struct tcpref_config { /* NOLINT(clang-analyzer-optin.performance.Padding): order for readers */
    /** Words for a person, e.g. "rfc9293". Not owned. */
    const char *name;

    /* The network below. */
    /** Largest IP packet sent, in octets. At least 576; for IPv6 it counts as 1280 if it is less
     * (RFC 8200, 5). Default 1500. */
    uint16_t mtu;
    /**
     * Path MTU discovery (RFC 1191, RFC 8201): DF is set, and a router's "too big" lowers the size
     * of what is sent, never below 68 octets (IPv4; below 104 DF is left off) or 1280 (IPv6). Off:
     * IPv4 packets may be cut on the way, IPv6 packets are 1280 octets at most. Default true.
     */
    bool pmtud;
    /** After so many timeouts in a row of a full segment, it is sent again smaller: a router may
     * drop big packets without a word (RFC 2923, 2.1). 0: never. Default 3. */
    uint8_t blackhole_timeouts;
    /** How long a lowered path MTU is kept (RFC 1191, 6.3; at least 5 minutes). Default 10 min. */
    tcpref_ns pmtu_age;
    /** Most text of a super-segment of tcpref_output_gso(), in octets; 0: each packet is one
     * segment. At most 65400. Default 0. */
    uint16_t gso_max;
    /** TTL or hop limit of what is sent (RFC 9293, 3.9.2, MUST-49). Default 64. */
    uint8_t ttl;
    /** Whether checksums of arriving packets are verified (MUST-3). Off is for fuzzing. Default
     * true. */
    bool verify_checksums;
    /** Leave TCP's checksum to the device: the field of what is sent holds the folded sum of the
     * pseudo-header, as devices that complete it expect. Default false. */
    bool checksum_offload;

    /* Numbers that must be hard to guess (RFC 9293, 3.4.1; RFC 6056; RFC 7323, 5.4). */
    /** Key of the pseudorandom function. Two hosts with the same seed choose the same numbers. */
    uint64_t seed[2];
    /** Use `iss` as it stands for each connection, in place of RFC 6528's. For tests. */
    bool iss_set;
    uint32_t iss;
    /** Use `ts_offset` for each connection: TSval is it plus the host's clock in ms. For tests. */
    bool ts_offset_set;
    uint32_t ts_offset;
    /** Ephemeral ports, both inclusive (RFC 6056, 3.2). Default 1024 to 65535. */
    uint16_t port_lo, port_hi;

    /* Options offered (RFC 9293, 3.2; RFC 7323; RFC 2018). */
    bool timestamps;   /**< offer RFC 7323 timestamps. Default true. */
    bool window_scale; /**< offer RFC 7323 window scaling. Default true. */
    bool sack;         /**< offer RFC 2018 SACK, with the reports of RFC 2883. Default true. */

    /* Buffers, in octets; each is allocated when first used. */
    uint32_t rcvbuf; /**< 1 to 2^30. Default 65536. */
    uint32_t sndbuf; /**< 1 to 2^30. Default 65536. */
    /**
     * What each stored segment costs of the receive buffer beside its text. Zero: memory backs
     * every window offered, and the window is never taken back. Else memory may run out before the
     * window does, and the window is then taken back to zero (RFC 7323, 2.4). Default 0;
     * `squeezed`: 512.
     */
    uint32_t segment_overhead;

    /*
     * Bounds. A host holds at most `connections` open records; each costs its record, at most
     * `sndbuf` and `rcvbuf` octets once used, and nothing for each segment: 32 holes in the text
     * received, at any size of segment. A listener holds at most `half_open` connections in
     * SYN-RECEIVED, and takes no SYN while `backlog` wait for tcpref_accept(). Each packet costs
     * a lookup, at most 32 steps through the holes, and a step through the timers' heap.
     *
     * When a SYN finds `half_open` connections, the oldest of them goes. The other way would be
     * SYN cookies (RFC 4987, 3.6): they need no memory at all, but give up the options of the
     * SYN and its retransmission, leave the initial sequence numbers of RFC 6528, and whoever
     * guesses some 24 bits has a connection. Recycling keeps the protocol as it is written; an
     * honest peer is through if it answers before `half_open` more SYNs have come.
     */
    /** Open connections of the host, TIME-WAIT among them. Default 2^20. */
    uint32_t connections;
    /** Half-open connections of one listener, at least 1. Default 256. */
    uint16_t half_open;
    /** Half-open connections of one listener that may hold text which came with the SYN; each costs
     * a receive buffer. Further text on a SYN is dropped and comes again. Default 16. */
    uint16_t syn_texts;

    /* Retransmission (RFC 6298; RFC 9293, 3.8). */
    tcpref_ns rto_initial; /**< RFC 6298, 2.1. Default 1 s. */
    tcpref_ns rto_min;     /**< RFC 6298, 2.4. Default 1 s. */
    tcpref_ns rto_max;     /**< RFC 6298, 2.5: at least 60 s. Default 60 s. */
    tcpref_ns
        rto_syn;      /**< RTO when the data phase begins after a SYN timeout (5.7). Default 3 s. */
    tcpref_ns r2;     /**< Give up after this long unanswered (SHLD-11). Default 100 s. */
    tcpref_ns r2_syn; /**< The same for a SYN (MUST-23). Default 180 s. */
    uint8_t r1;       /**< Retransmissions before the user is told (SHLD-10). Default 3. */

    /** Take the common segments by header prediction, which changes nothing but the time it takes.
     * Default true. */
    bool fast_path;

    /* Acknowledgments and windows (RFC 9293, 3.8.6). */
    tcpref_ns delayed_ack;  /**< 0 (each at once) to 500 ms (MUST-40). Default 200 ms. */
    tcpref_ns sws_override; /**< RFC 9293, 3.8.6.2.1: 0.1 s to 1 s. Default 500 ms. */
    bool nodelay;           /**< Nagle's algorithm off for new connections. Default false. */

    /* Congestion (RFC 5681). */
    /** The algorithm that grows and cuts the window. Default TCPREF_CC_NEWRENO. */
    enum tcpref_cc cc;
    /** In segments; 0: by RFC 5681, 3.1 (2 to 4). 10 is RFC 6928's; no more than its 14600 octets
     * are used. Default 0. */
    uint8_t initial_window;
    /** Whether loss is found by time (RACK-TLP, RFC 8985) where SACK is agreed; else by RFC 6675.
     * Default false. */
    bool rack;
    /** Whether RFC 3168's congestion notification is offered and agreed to. Default false. */
    bool ecn;
    /** Whether a timeout asks by two new segments if it was spurious (RFC 5682). Default true. */
    bool frto;

    /* Life times. */
    /**
     * How long a connection is in TIME-WAIT at least until tcpref_connect() may take its tuple for
     * a new one: if both sides' timestamps tell the two apart (RFC 7323, 5.3), and in any case not
     * before one round-trip time. A SYN of the peer's is judged by RFC 6191 at once. TCPREF_NEVER:
     * no connection follows one in TIME-WAIT. Default 1 ms.
     */
    tcpref_ns time_wait_reuse;
    tcpref_ns msl;            /**< RFC 9293, 3.4.2. Default 120 s. TIME-WAIT is twice this. */
    tcpref_ns fin_wait_2;     /**< How long a FIN-WAIT-2 that nobody reads is kept. Default 60 s. */
    tcpref_ns keepalive_idle; /**< RFC 9293, 3.8.4, MUST-28: at least 2 h. Default 2 h. */
    tcpref_ns keepalive_interval; /**< Default 75 s. */
    uint8_t keepalive_count;      /**< Unanswered probes before giving up. Default 9. */

    /** TIME-WAIT ignores RSTs (RFC 1337, 3, first fix). Default false. */
    bool rfc1337;
    /** TCPREF_OPT_USER_TIMEOUT_OPTION of new connections (RFC 5482). Default 0: off. */
    tcpref_ns user_timeout_option;
    /** L_LIMIT, at least 100 s, and U_LIMIT of what a peer may ask for. Default 100 s and 1 h. */
    tcpref_ns uto_lower, uto_upper;

    /* Challenge ACKs (RFC 5961, 7): at most `challenge_limit` in `challenge_interval`, by
     * connection. */
    uint16_t challenge_limit;     /**< Default 10. */
    tcpref_ns challenge_interval; /**< Default 1 s. */
    /** Least time between ACKs that answer empty segments outside the window. Default 500 ms. */
    tcpref_ns oow_ack_interval;
};

/** The reference: what RFC 9293 and its companions ask, nothing experimental. */
extern TCPREF_API const struct tcpref_config tcpref_rfc9293;
/** The same, with a receive buffer that pays for segments as real kernels do. */
extern TCPREF_API const struct tcpref_config tcpref_squeezed;
/** The reference without SACK: NewReno's recovery (RFC 6582). */
extern TCPREF_API const struct tcpref_config tcpref_nosack;
/** The reference with CUBIC (RFC 9438) and an initial window of ten segments (RFC 6928). */
extern TCPREF_API const struct tcpref_config tcpref_cubic;
/** The reference with RACK-TLP (RFC 8985). */
extern TCPREF_API const struct tcpref_config tcpref_rack;
/** The first, with super-segments for a layer below that cuts them. */
extern TCPREF_API const struct tcpref_config tcpref_gso;
/** The reference with explicit congestion notification (RFC 3168). */
extern TCPREF_API const struct tcpref_config tcpref_ecn;
/** All of them, by their names; ends with NULL. */
extern TCPREF_API const struct tcpref_config *const tcpref_profiles[];

/** Whether each field is in its range. tcpref_host_new() refuses a config that is not. */
TCPREF_API bool tcpref_config_ok(const struct tcpref_config *config);

#endif
