/* SPDX-License-Identifier: BSD-2-Clause */
/* Results of calls: the caller's mistakes, want of memory, and how a connection ended. */
#ifndef TCPREF_ERR_H
#define TCPREF_ERR_H

#include <tcpref/types.h>

/* clang-format off */
#define TCPREF_ERRORS(X)                                                                     \
    X(WOULD_BLOCK,   -1, "nothing to be had now; ask again later")                            \
    X(INVALID,       -2, "an argument is out of its range")                                   \
    X(NO_MEMORY,     -3, "insufficient resources")                                            \
    X(IN_USE,        -4, "the address and port, or the connection, exist already")            \
    X(NOT_AVAILABLE, -5, "the local address is not one of this host, or no port is free")     \
    X(UNREACHABLE,   -6, "the remote cannot be reached, or its address is not one to connect to")                       \
    X(NOT_OPEN,      -7, "connection does not exist")                                         \
    X(CLOSING,       -8, "connection closing")                                                \
    X(REFUSED,       -9, "connection refused")                                                \
    X(RESET,        -10, "connection reset by peer")                                          \
    X(TIMED_OUT,    -11, "connection aborted due to a timeout")                               \
    X(ABORTED,      -12, "connection aborted by this side")                                   \
    X(FROZEN,       -13, "connection is frozen by a checkpoint")                              \
    X(IMAGE,        -14, "the image of a connection is not to be used")                       \
    X(TIME_WAIT,    -15, "the address and port are held by a connection in TIME-WAIT")
/* clang-format on */

/** Zero is success, everything else is negative. */
typedef enum {
    TCPREF_OK = 0,
#define X(name, value, words) TCPREF_ERR_##name = (value),
    TCPREF_ERRORS(X)
#undef X
} tcpref_err;

/** The error's name ("WOULD_BLOCK"); "OK" for success, "?" for a value that is none. */
TCPREF_API const char *tcpref_err_name(tcpref_err err);
/** The error in words. */
TCPREF_API const char *tcpref_strerror(tcpref_err err);

#endif
