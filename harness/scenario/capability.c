/* SPDX-License-Identifier: BSD-2-Clause */
/* The one table of capabilities. */
#include "scenario/capability.h"
#include "scenario/suggest.h"

#include <string.h>

static const struct capability table[] = {
    {"app.abort", "ABORT (RFC 9293, 3.10.5)"},
    {"app.accept", "connections of a listener are handed to the application"},
    {"app.acked", "the application learns how much was acknowledged"},
    {"app.alloc-fail", "allocations can be made to fail"},
    {"app.checkpoint", "a connection can be frozen, written out and restored"},
    {"app.close", "CLOSE (RFC 9293, 3.10.4)"},
    {"app.connect", "active OPEN (RFC 9293, 3.10.1)"},
    {"app.half-close", "the sending side can be closed alone"},
    {"app.keepalive", "keep-alives can be switched on and timed (RFC 9293, 3.8.4)"},
    {"app.linger0", "CLOSE can be made to mean ABORT"},
    {"app.listen", "passive OPEN (RFC 9293, 3.10.1)"},
    {"app.maxseg", "the MSS to announce can be chosen"},
    {"app.mtu", "the MTU of its link can change"},
    {"app.nodelay", "the Nagle algorithm can be switched off (RFC 9293, 3.7.4)"},
    {"app.rcvbuf", "the receive buffer can be sized"},
    {"app.recv", "RECEIVE (RFC 9293, 3.10.3)"},
    {"app.send", "SEND (RFC 9293, 3.10.2)"},
    {"app.sndbuf", "the send buffer can be sized"},
    {"app.status", "STATUS (RFC 9293, 3.10.6)"},
    {"app.urgent", "urgent data can be sent and is told of (RFC 9293, 3.8.5)"},
    {"app.user-timeout", "the user timeout can be set (RFC 9293, 3.10.1)"},
    {"app.window-clamp", "the window offered can be bounded"},
    {"clock.real", "its time is the machine's"},
    {"clock.virtual", "its time is an argument"},
    {"icmp", "ICMP errors are heeded (RFC 9293, 3.9.2.2)"},
    {"ipv4", "speaks IPv4"},
    {"ipv6", "speaks IPv6"},
    {"link.tx-error", "is told when the device fails to send"},
    {"opt.ecn", "explicit congestion notification, if the peer asks (RFC 3168)"},
    {"opt.mss", "announces its MSS (RFC 9293, 3.7.1)"},
    {"opt.sack", "selective acknowledgements (RFC 2018)"},
    {"opt.ts", "timestamps (RFC 7323, 3)"},
    {"opt.wscale", "window scale (RFC 7323, 2)"},
    {"frto", "asks by new text if a timeout was spurious (RFC 5682)"},
    {"retracts", "may take back window that it offered (RFC 7323, 2.4)"},
    {"rfc5961", "challenge ACKs for RST and SYN in the window (RFC 5961, 3 and 4)"},
    {"rfc5961.5", "refuses ACKs that are too old (RFC 5961, 5)"},
    {"tlp", "probes for the loss of a tail (RFC 8985, 7)"},
    {"set.iss", "its initial send sequence number can be chosen"},
};

const struct capability *capabilities(size_t *ret_count)
{
    *ret_count = sizeof table / sizeof *table;
    return table;
}

const struct capability *capability_find(const char *name)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}

const char *capability_suggest(const char *name)
{
    struct suggest s = {.written = name};

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        suggest_offer(&s, table[i].name);
    return s.best;
}
