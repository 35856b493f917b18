/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The port: what tcpassay asks of a TCP stack that it puts to the test.
 *
 * An adapter fills in one `struct tcpassay_stack` and is either built into tcpassay or loaded from
 * a shared object that exports it under the name `tcpassay_stack_plugin` (`-s lib:PATH.so`). A
 * minimal adapter has open, close, input, output, listen, accept, send, recv and close_conn, and a
 * clock; every other entry may be NULL, which means that the stack lacks that capability, and the
 * rules that need it are SKIPped with that reason.
 *
 * Rules of the port, for all calls:
 *   - one thread; nothing calls back into tcpassay; nothing blocks (but `wait`, on a real clock).
 *   - times are nanoseconds since an arbitrary start; durations are nanoseconds.
 *   - packets are whole IP packets (version 4 or 6, told by the first nibble), as on a raw
 * interface.
 *   - memory passed in belongs to the caller and is valid only during the call.
 *   - calls that return int give 0 or a handle or a count (>= 0), or one of TCPASSAY_E* (< 0).
 */
#ifndef TCPASSAY_STACK_H
#define TCPASSAY_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Raised when an entry changes its meaning. New entries are only ever added at the end. */
#define TCPASSAY_STACK_ABI 1u

#define TCPASSAY_NEVER UINT64_MAX /**< a deadline that does not come */

/** What a call may answer instead of a result. The names are those of the sockets interface. */
enum tcpassay_err {
    TCPASSAY_OK = 0,
    TCPASSAY_EWOULDBLOCK =
        -1,                  /**< not now: no data, no room, nothing to accept, still connecting */
    TCPASSAY_ERESET = -2,    /**< the peer reset the connection */
    TCPASSAY_EREFUSED = -3,  /**< the open was answered by a reset */
    TCPASSAY_ETIMEDOUT = -4, /**< R2, the user timeout or keep-alive gave the connection up */
    TCPASSAY_EUNREACHABLE = -5, /**< an ICMP error ended it */
    TCPASSAY_ENOTCONN = -6,     /**< no such connection, or it is closed */
    TCPASSAY_EPIPE = -7,        /**< send after shutdown or close */
    TCPASSAY_EINUSE = -8,       /**< the address or tuple is taken */
    TCPASSAY_ENOMEM = -9,       /**< no memory, or no room in a table */
    TCPASSAY_ENOTSUP = -10,     /**< the stack cannot do this */
    TCPASSAY_EINVAL = -11,      /**< the arguments make no sense */
    TCPASSAY_EABORTED = -12,    /**< the connection was aborted on this side */
    TCPASSAY_EFAILED = -13,     /**< anything else; `last_error` may say what */
};

/** An address and port. `ip` holds 4 or 16 octets in network order, by `family`; port 0: any. */
struct tcpassay_addr {
    uint8_t family; /**< 4 or 6 */
    uint8_t ip[16];
    uint16_t port; /**< host order */
};

/** How to open a stack: the address it owns in each family, and what tells runs apart. */
struct tcpassay_open {
    size_t size;                 /**< sizeof of this, for later growth */
    const char *profile;         /**< what follows `NAME:` in -s, or NULL */
    struct tcpassay_addr local4; /**< the stack's own address, IPv4; prefix 24 */
    struct tcpassay_addr local6; /**< the stack's own address, IPv6; prefix 64 */
    struct tcpassay_addr peer4;  /**< an address of the tester; more lie in the same prefix */
    struct tcpassay_addr peer6;
    uint64_t seed; /**< for every choice the stack makes at random */
    uint64_t now;  /**< virtual clock: the time it is */
    uint32_t mtu;  /**< of the link; 1500 */
};

/** What a stack says of itself once, after open. Durations in ns. */
struct tcpassay_facts {
    size_t size;             /**< sizeof of this, filled in by the caller */
    const char *version;     /**< for the report, as "6.18.44"; lives as long as the stack */
    uint64_t tick;           /**< timers may be this much late (or early); 0: exact */
    uint64_t msl;            /**< RFC 9293, 3.4.2; TIME-WAIT lasts twice this */
    uint64_t ts_tick;        /**< one tick of its TSval clock; 0: unknown */
    uint64_t rto_min;        /**< RFC 6298, 2.4; 0: unknown */
    uint64_t rto_initial;    /**< RFC 6298, 2.1; 0: unknown */
    uint32_t initial_window; /**< segments in the first flight; 0: unknown */
    bool linear_syn;         /**< SYNs are repeated at even gaps at first */
};

/** Options of a connection or listener; a listener hands them on to what it accepts. */
enum tcpassay_option {
    TCPASSAY_OPT_RCVBUF = 1,   /**< octets; may shrink on a live connection */
    TCPASSAY_OPT_SNDBUF,       /**< octets */
    TCPASSAY_OPT_NODELAY,      /**< 1: Nagle off (RFC 9293, 3.7.4) */
    TCPASSAY_OPT_KEEPALIVE,    /**< 1: keep-alives on (RFC 9293, 3.8.4) */
    TCPASSAY_OPT_KEEPIDLE,     /**< ns idle before the first */
    TCPASSAY_OPT_KEEPINTVL,    /**< ns between */
    TCPASSAY_OPT_KEEPCNT,      /**< how many unanswered ones end it */
    TCPASSAY_OPT_USER_TIMEOUT, /**< ns; RFC 9293, 3.10.1 */
    TCPASSAY_OPT_LINGER0,      /**< 1: CLOSE means ABORT */
    TCPASSAY_OPT_OOBINLINE,    /**< 1: urgent octets stay in the stream */
    TCPASSAY_OPT_WINDOW_CLAMP, /**< octets; the window offered never exceeds it */
    TCPASSAY_OPT_MAXSEG,       /**< the MSS to announce and not to exceed */
    TCPASSAY_OPT_ISS,          /**< initial send sequence of connections made next; on handle -1 */
};

#define TCPASSAY_SEND_URGENT 1u /**< the last octet of this send is urgent */
#define TCPASSAY_SEND_PUSH   2u /**< RFC 9293, 3.9.1.2, where the stack has such a flag */

/** What `recv` found beside the octets. */
#define TCPASSAY_RECV_AT_MARK 1u /**< the octet after the urgent data comes next */
#define TCPASSAY_RECV_URGENT  2u /**< urgent data waits ahead of the reader */

/** The connection as the stack itself sees it; what it does not know is 0. */
struct tcpassay_status {
    size_t size;       /**< sizeof of this, filled in by the caller */
    const char *state; /**< RFC 9293, 3.3.2, as "ESTABLISHED"; NULL: unknown */
    uint32_t snd_una, snd_nxt, snd_wnd, rcv_nxt, rcv_wnd;
};

struct tcpassay_stack {
    uint32_t abi;  /**< TCPASSAY_STACK_ABI */
    uint32_t size; /**< sizeof of this, so that shorter, older tables are understood */
    const char *name;

    /* --- life --- */

    /** Make a stack. On failure returns an error and writes one line for people into `why`. */
    int (*open)(const struct tcpassay_open *how, void **ret_stack, char *why, size_t why_cap);
    void (*close)(void *stack);
    /** Forget all connections, timers and counters: as after open. NULL: close and open again. */
    int (*reset)(void *stack, uint64_t seed, uint64_t now);
    void (*facts)(void *stack, struct tcpassay_facts *facts);
    /**
     * Whether the stack can do NAME: "opt.ts", "opt.wscale", "opt.sack", "rfc5961", "rfc5961.5",
     * "app.half-close", "app.urgent", "ipv6", "icmp", "set.iss", "retracts" …, and "no" to every
     * name that it does not know. `tcpassay probe` prints all names, and asks for one that cannot
     * be known. What an entry provides is to be claimed too: rules ask by name. NULL: nothing is
     * claimed.
     */
    bool (*can)(void *stack, const char *name);

    /* --- packets --- */

    /** Hand a packet to the stack. The time is that of the last `advance`. */
    int (*input)(void *stack, const void *packet, size_t len);
    /** Pull the next packet the stack wants to send: its length, 0 when there is none now. */
    size_t (*output)(void *stack, void *buf, size_t cap);
    /** The last COUNT packets pulled were (error < 0) not sent by the device. NULL: it never fails.
     */
    void (*tx_done)(void *stack, unsigned count, int error);

    /* --- time: either deadline and advance (virtual clock), or now and wait (real clock) --- */

    /** When `advance` should come at the latest; <= the present time: output waits. */
    uint64_t (*deadline)(void *stack);
    void (*advance)(void *stack, uint64_t now);
    uint64_t (*now)(void *stack);
    /** Sleep until a packet waits or it is UNTIL; 1: a packet waits, 0: it is time. */
    int (*wait)(void *stack, uint64_t until);

    /* --- calls of the application; a handle is >= 0 and good until close_conn or abort --- */

    int (*listen)(void *stack, const struct tcpassay_addr *local, int backlog);
    int (*accept)(void *stack, int listener);
    /** OPEN, active. Returns at once; a local port of 0 lets the stack choose. */
    int (*connect)(void *stack, const struct tcpassay_addr *local,
                   const struct tcpassay_addr *remote);
    /** 1 once the open succeeded, EWOULDBLOCK while it goes on, else why it failed. */
    int (*connected)(void *stack, int conn);
    int (*send)(void *stack, int conn, const void *data, size_t len, unsigned flags);
    /** Octets, or 0 at the end of the stream. `ret_flags` may be NULL. */
    int (*recv)(void *stack, int conn, void *buf, size_t cap, unsigned *ret_flags);
    int (*shutdown)(void *stack, int conn);   /**< close the sending side only */
    int (*close_conn)(void *stack, int conn); /**< CLOSE; the handle is gone. Listeners too. */
    int (*abort)(void *stack, int conn);      /**< ABORT; the handle is gone */
    int (*set_option)(void *stack, int conn, enum tcpassay_option option, int64_t value);
    int (*get_option)(void *stack, int conn, enum tcpassay_option option, int64_t *ret_value);
    int (*status)(void *stack, int conn, struct tcpassay_status *status);
    /** Octets of the send stream acknowledged so far, as the stack told the application. */
    int64_t (*acked)(void *stack, int conn);

    /* --- the world around it --- */

    int (*set_mtu)(void *stack, uint32_t mtu);
    /** Freeze CONN and write its image: the length, or ENOMEM if CAP is too small. */
    int (*checkpoint)(void *stack, int conn, void *image, size_t cap);
    int (*restore)(void *stack, const void *image, size_t len); /**< a handle */
    /** The Nth allocation from now fails, and every one after it until N = 0 is set. */
    int (*alloc_fail)(void *stack, unsigned n);
    /** Why the last input was dropped or how it was judged, for people; NULL: unknown. */
    const char *(*last_drop)(void *stack);
    /** What went wrong in the last call that returned EFAILED; NULL: unknown. */
    const char *(*last_error)(void *stack);
    /** Who is at the other end of an accepted connection. NULL: accepts come in the order of the
     *  handshakes. */
    int (*peer)(void *stack, int conn, struct tcpassay_addr *ret_peer);
};

/** A plug-in exports exactly this. */
extern const struct tcpassay_stack tcpassay_stack_plugin
#if defined(__GNUC__)
    __attribute__((visibility("default")))
#endif
    ;

#ifdef __cplusplus
}
#endif
#endif
