/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpref: a sans-IO TCP reference stack. This header gathers the others and adds nothing. */
#ifndef TCPREF_TCPREF_H
#define TCPREF_TCPREF_H

#include <tcpref/config.h>
#include <tcpref/conn.h>
#include <tcpref/err.h>
#include <tcpref/host.h>
#include <tcpref/listener.h>
#include <tcpref/types.h>

#endif
