/* SPDX-License-Identifier: BSD-2-Clause */
/* A connection: the user's calls of RFC 9293, 3.9.1, under their sockets names. No call waits. */
#ifndef TCPREF_CONN_H
#define TCPREF_CONN_H

#include <tcpref/host.h>

/**
 * Active OPEN. `local` may be NULL or of family 0 (the host's first address of the remote's
 * family), `local_port` 0 (an ephemeral one). The SYN is ready for tcpref_output() afterwards;
 * TCPREF_READY_WRITE or TCPREF_READY_END tells the outcome. The caller releases the handle.
 * TCPREF_ERR_INVALID: remote port 0 or no family. TCPREF_ERR_UNREACHABLE: remote address is not
 * unicast (MUST-46). TCPREF_ERR_TIME_WAIT: the tuple, or the last port of the range that is not in
 * use, is held by a connection in TIME-WAIT that may not be followed (yet): see `time_wait_reuse`
 * of the config. TCPREF_ERR_NOT_AVAILABLE, TCPREF_ERR_IN_USE, TCPREF_ERR_NO_MEMORY.
 */
TCPREF_API tcpref_err tcpref_connect(tcpref_host *host, const tcpref_addr *local,
                                     uint16_t local_port, const tcpref_addr *remote,
                                     uint16_t remote_port, tcpref_conn **ret_conn) TCPREF_MUST_USE;

/**
 * SEND: queues up to `len` octets; `*ret_taken` tells how many.
 * TCPREF_ERR_WOULD_BLOCK: the send buffer is full. TCPREF_ERR_CLOSING: shut down or closed already.
 * Else why the connection ended. In SYN-SENT and SYN-RECEIVED data waits for the handshake.
 */
TCPREF_API tcpref_err tcpref_send(tcpref_conn *conn, const void *data, size_t len,
                                  size_t *ret_taken);

/** SEND with the URGENT flag: the urgent pointer is set behind the octets taken (MUST-62). */
TCPREF_API tcpref_err tcpref_send_urgent(tcpref_conn *conn, const void *data, size_t len,
                                         size_t *ret_taken);

/**
 * RECEIVE: copies up to `cap` octets of the stream; `*ret_len` tells how many. TCPREF_OK with 0
 * octets is the end of the stream (for `cap` > 0). A read does not cross the urgent mark.
 * TCPREF_ERR_WOULD_BLOCK: nothing now. TCPREF_ERR_CLOSING: after tcpref_close(). Else how the
 * connection ended: what came before a RST is gone, what came before another end is still read.
 */
TCPREF_API tcpref_err tcpref_recv(tcpref_conn *conn, void *buf, size_t cap, size_t *ret_len);

/** CLOSE as the RFC has it: no more SENDs, a FIN follows what is queued, RECEIVE goes on.
 * TCPREF_ERR_CLOSING: was shut down already. Else as tcpref_conn_error(). */
TCPREF_API tcpref_err tcpref_shutdown(tcpref_conn *conn);

/**
 * CLOSE in both directions, as sockets do (MAY-1): text unread, or coming later, draws a RST
 * (SHLD-3). The handle stays valid until tcpref_release(). With TCPREF_OPT_LINGER_0 it is
 * tcpref_abort(), and tells of unread text as well. TCPREF_ERR_CLOSING: was closed already.
 */
TCPREF_API tcpref_err tcpref_close(tcpref_conn *conn);

/** ABORT: queues are flushed, a RST goes out where RFC 9293, 3.10.5 asks for one, the state is
 * CLOSED. */
TCPREF_API tcpref_err tcpref_abort(tcpref_conn *conn);

/** Gives the handle back; it is not valid afterwards. An open connection is closed as by
 * tcpref_close() and goes on to its end without an owner. NULL is allowed. */
TCPREF_API void tcpref_release(tcpref_conn *conn);

/**
 * Checkpoint: freezes the connection and writes its image, from which tcpref_restore() makes it
 * again on this host or another. Frozen, it drops all input unacknowledged (DROP_FROZEN), sends
 * nothing, its timers stand still, calls give TCPREF_ERR_FROZEN, and tcpref_close(), tcpref_abort()
 * and tcpref_release() end it without a word to the peer: it lives on in the image. Any state but
 * CLOSED will do, SYN-SENT too. `*ret_len` is the length of the image, at most 1024 octets more
 * than what is in the queues, and is set also for TCPREF_ERR_NO_MEMORY: it is more than `cap`, and
 * nothing is frozen. Again for a frozen connection: the same image. Else TCPREF_ERR_CLOSING or why
 * the connection ended.
 */
TCPREF_API tcpref_err tcpref_checkpoint(tcpref_conn *conn, void *image, size_t cap,
                                        size_t *ret_len);

/** A frozen connection goes on here, as if no time had passed; its image must not be used then.
 * TCPREF_ERR_INVALID: it is not frozen. */
TCPREF_API tcpref_err tcpref_thaw(tcpref_conn *conn);

/**
 * Makes the connection of an image go on, byte for byte; the caller releases it. An image is good
 * for one time: two connections made of it would contradict each other. Where it lacks the furthest
 * edge ever offered, RCV.NXT+RCV.WND takes its place (RFC 7323, 2.4). Moments count as if no time
 * had passed between; TSval goes on where it stood. TCPREF_ERR_IMAGE: damaged, cut short, of
 * another version, not of an address of this host, or not what a connection can be; `*ret_why`, if
 * `ret_why` is not NULL, says it in words that follow "the image is …". TCPREF_ERR_IN_USE: the
 * connection is there already. TCPREF_ERR_NO_MEMORY.
 */
TCPREF_API tcpref_err tcpref_restore(tcpref_host *host, const void *image, size_t len,
                                     tcpref_conn **ret_conn, const char **ret_why) TCPREF_MUST_USE;

/** What a connection is ready for, as bits. */
enum tcpref_ready {
    TCPREF_READY_READ = 1,   /**< tcpref_recv() gives octets or the end of the stream */
    TCPREF_READY_WRITE = 2,  /**< established, and tcpref_send() takes octets */
    TCPREF_READY_EOF = 4,    /**< the peer's FIN has come, and all before it */
    TCPREF_READY_END = 8,    /**< CLOSED; tcpref_conn_error() tells why */
    TCPREF_READY_SOFT = 32,  /**< tcpref_soft_error() has news */
    TCPREF_READY_URGENT = 16 /**< urgent data is ahead of what was read */
};
/** What the connection is ready for now: bits of enum tcpref_ready. Changes with calls on the host
 * only, so it is worth asking after tcpref_input(), tcpref_output() and tcpref_advance(). */
TCPREF_API unsigned tcpref_ready(const tcpref_conn *conn);

/** TCPREF_OK while the connection lives or after an orderly end; else REFUSED, RESET, TIMED_OUT,
 * UNREACHABLE (an ICMP error while opening) or ABORTED (MUST-12). */
TCPREF_API tcpref_err tcpref_conn_error(const tcpref_conn *conn);

/** What may have been reported that does not end a connection (RFC 9293, 3.9.1.8, MUST-47). */
enum tcpref_soft_kind {
    TCPREF_SOFT_NONE,
    TCPREF_SOFT_ICMP,           /**< an ICMP error about this connection (SHLD-25) */
    TCPREF_SOFT_RETRANSMISSION, /**< R1 was reached: the path may be dead (SHLD-9, MUST-20) */
    TCPREF_SOFT_USER_TIMEOUT,   /**< the peer's user timeout, not adopted (RFC 5482, 3.1) */
};
struct tcpref_soft {
    enum tcpref_soft_kind kind;
    uint8_t icmp_type, icmp_code; /**< of TCPREF_SOFT_ICMP, by the connection's family */
    tcpref_ns user_timeout;       /**< of TCPREF_SOFT_USER_TIMEOUT */
    uint64_t count;               /**< reports so far, this one among them */
};
/** The latest report; NONE: nothing since the last call. TCPREF_OPT_SOFT_ERRORS turns them off. */
TCPREF_API void tcpref_soft_error(tcpref_conn *conn, struct tcpref_soft *ret_soft);

/** How often urgent mode was entered, or its end moved on (MUST-32). */
TCPREF_API uint64_t tcpref_urgent_count(const tcpref_conn *conn);
/** Octets unread up to the end of urgent data (MUST-33); 0 outside urgent mode. */
TCPREF_API uint32_t tcpref_urgent_left(const tcpref_conn *conn);
/** Whether the next octet to be read is the last urgent one, as SIOCATMARK. */
TCPREF_API bool tcpref_at_mark(const tcpref_conn *conn);

/** What can be set on a connection, and on a listener for connections to come. */
enum tcpref_option {
    TCPREF_OPT_RCVBUF,      /**< octets; may shrink on a live connection, which takes back window */
    TCPREF_OPT_SNDBUF,      /**< octets; what is queued stays queued */
    TCPREF_OPT_NODELAY,     /**< 0 or 1: Nagle's algorithm off (MUST-17) */
    TCPREF_OPT_DELAYED_ACK, /**< ns, 0 to 500 ms; 0 acknowledges each segment at once */
    TCPREF_OPT_KEEPALIVE,   /**< 0 or 1 (MUST-24, MUST-25) */
    TCPREF_OPT_KEEPALIVE_IDLE,     /**< ns, at least 1 ms (MUST-27) */
    TCPREF_OPT_KEEPALIVE_INTERVAL, /**< ns, at least 1 ms */
    TCPREF_OPT_KEEPALIVE_COUNT,    /**< 1 to 255 */
    TCPREF_OPT_USER_TIMEOUT, /**< ns; 0: R2 decides. In place of R2 on this connection (MUST-21) */
    TCPREF_OPT_LINGER_0,     /**< 0 or 1: tcpref_close() is tcpref_abort() */
    TCPREF_OPT_TTL,          /**< 1 to 255 (MUST-49) */
    TCPREF_OPT_DSCP,         /**< 0 to 63 (MUST-48, SHLD-21) */
    /** ns, 1 s to 32767 min: RFC 5482 is on and advertises this (a USER_TIMEOUT goes before it);
       the peer's is adopted within the config's limits unless USER_TIMEOUT is set. 0: off, as at
       first. On the SYN if set before: on a listener, or by `user_timeout_option` of the config. */
    TCPREF_OPT_USER_TIMEOUT_OPTION,
    TCPREF_OPT_SOFT_ERRORS,  /**< 0 or 1: tcpref_soft_error() reports (SHLD-20); at first 1 */
    TCPREF_OPT_WINDOW_CLAMP, /**< octets, up to 2^30: most that is offered; 0: the buffer decides */
    TCPREF_OPT_MAXSEG, /**< 64 to 65495 octets, 0: by the MTU. Bounds the MSS announced on a SYN to
                          come, and the text of what is sent */
    TCPREF_OPT_MAX
};
/** TCPREF_ERR_INVALID: no such option, or out of range. TCPREF_ERR_NO_MEMORY: the old buffer stays.
 */
TCPREF_API tcpref_err tcpref_set(tcpref_conn *conn, enum tcpref_option option, uint64_t value);
/** What tcpref_set() set, or the default, in the same units. TCPREF_ERR_INVALID: no such option;
 * `*ret_value` is as it was. */
TCPREF_API tcpref_err tcpref_get(const tcpref_conn *conn, enum tcpref_option option,
                                 uint64_t *ret_value);

/** STATUS (RFC 9293, 3.9.1.5), and the variables of 3.3.1 for tests. Windows are in octets. */
struct tcpref_status {
    enum tcpref_state state;
    tcpref_addr local, remote;
    uint16_t local_port, remote_port;
    bool owned; /**< the user holds the handle and has not closed */

    tcpref_seq iss, snd_una, snd_nxt, snd_wl1, snd_wl2, snd_up;
    uint32_t snd_wnd, max_snd_wnd;
    tcpref_seq irs, rcv_nxt, rcv_max, rcv_up;
    uint32_t rcv_wnd; /**< the right edge advertised last, less RCV.NXT */

    uint16_t path_mtu; /**< octets of an IP packet that the path is believed to bear */
    uint16_t snd_mss;  /**< Eff.snd.MSS: text of a full segment */
    uint8_t snd_shift, rcv_shift;
    bool timestamps; /**< agreed by both sides */
    uint32_t ts_recent;

    uint32_t cwnd, ssthresh;
    tcpref_ns srtt, rttvar, rto;
    unsigned timeouts;      /**< retransmission timeouts since something was last acknowledged */
    bool r1_reached;        /**< SHLD-9 */
    tcpref_ns user_timeout; /**< in force: the user's or the peer's (RFC 5482); 0: R2 decides */

    uint32_t send_queue; /**< octets not yet acknowledged */
    uint32_t recv_queue; /**< octets that can be read */
    uint64_t acked;      /**< octets of the user's acknowledged in all (the "sent" notification) */
    uint64_t sent_segments, received_segments, retransmitted;
};
/** Fills in everything; never fails, in CLOSED neither. */
TCPREF_API void tcpref_get_status(const tcpref_conn *conn, struct tcpref_status *ret_status);

/** Octets of the user's that the peer has acknowledged, in all: RFC 9293's "ok" to a SEND. */
TCPREF_API uint64_t tcpref_octets_acked(const tcpref_conn *conn);

#endif
