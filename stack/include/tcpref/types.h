/* SPDX-License-Identifier: BSD-2-Clause */
/* The vocabulary of tcpref: time, sequence numbers, addresses, states and verdicts. */
#ifndef TCPREF_TYPES_H
#define TCPREF_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define TCPREF_API      __attribute__((visibility("default")))
#define TCPREF_MUST_USE __attribute__((warn_unused_result))
#else
#define TCPREF_API
#define TCPREF_MUST_USE
#endif

/** A moment or a span, in nanoseconds. Moments count from an arbitrary start that the caller
 * chooses. */
typedef uint64_t tcpref_ns;

/** The moment that never comes: no timer is armed. */
#define TCPREF_NEVER UINT64_MAX

#define TCPREF_MS  ((tcpref_ns)1000000)
#define TCPREF_SEC ((tcpref_ns)1000000000)

/** A sequence number, modulo 2^32. A struct, so that `a < b` does not compile (RFC 9293, 3.4). */
typedef struct {
    uint32_t n;
} tcpref_seq;

/** An IP address in network byte order. `family` is 4, 6, or 0 for "any". */
typedef struct {
    uint8_t family;
    uint8_t bytes[16]; /**< the first four for IPv4 */
} tcpref_addr;

/** The states of RFC 9293, 3.3.2, in the order in which the RFC lists them. */
enum tcpref_state {
    TCPREF_CLOSED,
    TCPREF_LISTEN,
    TCPREF_SYN_SENT,
    TCPREF_SYN_RECEIVED,
    TCPREF_ESTABLISHED,
    TCPREF_FIN_WAIT_1,
    TCPREF_FIN_WAIT_2,
    TCPREF_CLOSE_WAIT,
    TCPREF_CLOSING,
    TCPREF_LAST_ACK,
    TCPREF_TIME_WAIT,
    TCPREF_STATE_MAX
};

/** The state's name as the RFC spells it ("FIN-WAIT-1"); "?" for a value that is none. */
TCPREF_API const char *tcpref_state_name(enum tcpref_state state);

/* clang-format off */
/** What became of a packet: name, words for a person, the clause that says so. */
#define TCPREF_VERDICTS(X)                                                                        \
    X(ACCEPTED,             "accepted",                                         "RFC 9293, 3.10.7.4")  \
    X(NEW_CONNECTION,       "accepted: SYN makes a connection",                 "RFC 9293, 3.10.7.2")  \
    X(REOPENED,             "accepted: SYN reopens from TIME-WAIT",             "RFC 6191, 2")         \
    X(RESET_BY_PEER,        "accepted: connection reset by peer",               "RFC 9293, 3.10.7.4, second") \
    X(RESET_SENT,           "answered with RST: text after CLOSE",              "RFC 9293, 3.6.1")     \
    X(RESET_NO_CONN,        "answered with RST: no such connection",            "RFC 9293, 3.10.7.1")  \
    X(RESET_BAD_ACK,        "answered with RST: unacceptable ACK",              "RFC 9293, 3.5.2")     \
    X(BACK_TO_LISTEN,       "half-open connection goes back to LISTEN",         "RFC 9293, 3.10.7.4")  \
    X(REFUSED_MEMORY,       "text refused for want of memory, rest accepted",   "RFC 7323, 2.4")       \
    X(REFUSED_ZERO_WINDOW,  "text refused at a zero window, rest accepted",     "RFC 9293, 3.10.7.4, first") \
    X(DROP_FROZEN,          "dropped: the connection is frozen",                "RFC 9293, 3.4")       \
    X(DROP_SEQUENCE,        "dropped: outside the receive window",              "RFC 9293, 3.10.7.4, first") \
    X(DROP_PAWS,            "dropped: timestamp too old",                       "RFC 7323, 5.3")       \
    X(DROP_NO_TIMESTAMP,    "dropped: timestamp option missing",                "RFC 7323, 3.2")       \
    X(DROP_RST_OUTSIDE,     "dropped: RST outside the receive window",          "RFC 5961, 3.2")       \
    X(DROP_RST_TIME_WAIT,   "dropped: RST in TIME-WAIT",                        "RFC 1337, 3")         \
    X(CHALLENGE_RST,        "dropped: RST not at RCV.NXT is challenged",        "RFC 5961, 3.2")       \
    X(CHALLENGE_SYN,        "dropped: SYN in a synchronized state is challenged", "RFC 5961, 4.2")     \
    X(CHALLENGE_ACK,        "dropped: ACK outside the acceptable range",        "RFC 5961, 5.2")       \
    X(DROP_NO_ACK,          "dropped: ACK bit is off",                          "RFC 9293, 3.10.7.4, fifth") \
    X(DROP_RST,             "dropped: RST means nothing here",                  "RFC 9293, 3.10.7")    \
    X(DROP_NO_SYN,          "dropped: neither SYN nor RST",                     "RFC 9293, 3.10.7.3")  \
    X(DROP_LISTEN,          "dropped: of no meaning to a listener",             "RFC 9293, 3.10.7.2")  \
    X(DROP_BACKLOG,         "dropped: backlog is full",                         "RFC 9293, 3.10.7.2")  \
    X(DROP_NO_MEMORY,       "dropped: no memory for a connection",              "RFC 9293, 3.10.7.2")  \
    X(DROP_SHORT,           "dropped: packet or header cut short",              "RFC 9293, 3.1")       \
    X(DROP_IP_VERSION,      "dropped: neither IPv4 nor IPv6",                   "RFC 791, 3.1")        \
    X(DROP_IP_HEADER,       "dropped: IP header malformed",                     "RFC 791, 3.1")        \
    X(DROP_IP_CHECKSUM,     "dropped: IPv4 header checksum",                    "RFC 791, 3.1")        \
    X(DROP_FRAGMENT,        "dropped: a fragment",                              "RFC 791, 3.2")        \
    X(DROP_PROTOCOL,        "dropped: neither TCP nor ICMP",                    "RFC 9293, 3.9.2")     \
    X(ICMP_SOFT,            "noted: ICMP error that may pass",                  "RFC 9293, 3.9.2.2")   \
    X(ICMP_HARD,            "accepted: ICMP error ends the opening",            "RFC 9293, 3.9.2.2")   \
    X(TOO_BIG,              "accepted: path MTU lowered",                       "RFC 1191, 3")         \
    X(TOO_BIG_PENDING,      "noted: path MTU is lowered if a timeout confirms it", "RFC 5927, 7.2")    \
    X(DROP_TOO_BIG,         "dropped: path MTU that nothing sent exceeds, or no link has", "RFC 5927, 7.2") \
    X(DROP_QUENCH,          "dropped: Source Quench",                           "RFC 6633, 3")         \
    X(DROP_ICMP_CHECKSUM,   "dropped: ICMP checksum",                           "RFC 792")             \
    X(DROP_ICMP_QUOTE,      "dropped: ICMP error that quotes no TCP segment",   "RFC 1122, 3.2.2")     \
    X(DROP_ICMP_NO_CONN,    "dropped: ICMP error about no connection",          "RFC 9293, 3.9.2.2")   \
    X(DROP_ICMP_SEQUENCE,   "dropped: ICMP error that quotes nothing in flight", "RFC 5927, 4.1")      \
    X(DROP_ICMP,            "dropped: ICMP of no meaning to TCP",               "RFC 9293, 3.9.2.2")   \
    X(DROP_NOT_OURS,        "dropped: not for an address of this host",         "RFC 9293, 3.9.2")     \
    X(DROP_NOT_UNICAST,     "dropped: to or from a non-unicast address",        "RFC 9293, 3.9.2.3")   \
    X(DROP_CHECKSUM,        "dropped: TCP checksum",                            "RFC 9293, 3.1")       \
    X(DROP_OFFSET,          "dropped: data offset out of range",                "RFC 9293, 3.1")       \
    X(DROP_PORT,            "dropped: port zero",                               "RFC 9293, 3.1")
/* clang-format on */

/** What tcpref_input() did with a packet. Never an error of the caller's. */
enum tcpref_verdict {
#define X(name, words, clause) TCPREF_V_##name,
    TCPREF_VERDICTS(X)
#undef X
        TCPREF_V_MAX
};

/** The verdict's short name, e.g. "DROP_PAWS". */
TCPREF_API const char *tcpref_verdict_name(enum tcpref_verdict verdict);
/** The verdict in words, e.g. "dropped: timestamp too old". */
TCPREF_API const char *tcpref_verdict_words(enum tcpref_verdict verdict);
/** The clause behind the verdict, e.g. "RFC 7323, 5.3". */
TCPREF_API const char *tcpref_verdict_clause(enum tcpref_verdict verdict);

#endif
