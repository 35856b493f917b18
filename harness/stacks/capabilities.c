/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of what a stack may be able to do, and what a table must have to be one at all. */
#include "stacks/stacks.h"

#define HAS(function, ...)                                                                         \
    static bool function(const struct tcpassay_stack *s)                                           \
    {                                                                                              \
        return __VA_ARGS__;                                                                        \
    }

HAS(has_virtual_clock, s->deadline && s->advance)
HAS(has_real_clock, s->now && s->wait)
HAS(has_listen, s->listen)
HAS(has_accept, s->accept)
HAS(has_connect, s->connect && s->connected)
HAS(has_send, s->send)
HAS(has_recv, s->recv)
HAS(has_shutdown, s->shutdown)
HAS(has_close, s->close_conn)
HAS(has_abort, s->abort)
HAS(has_options, s->set_option)
HAS(has_acked, s->acked)
HAS(has_status, s->status)
HAS(has_checkpoint, s->checkpoint && s->restore)
HAS(has_mtu, s->set_mtu)
HAS(has_alloc_fail, s->alloc_fail)
HAS(has_tx_done, s->tx_done)

static const struct stacks_capability capabilities[] = {
    {"clock.virtual", "its time is an argument", has_virtual_clock, true},
    {"clock.real", "its time is the machine's", has_real_clock, true},
    {"ipv4", "speaks IPv4", NULL, false},
    {"ipv6", "speaks IPv6", NULL, false},
    {"icmp", "heeds ICMP errors", NULL, false},
    {"opt.ecn", "explicit congestion notification, if the peer asks (RFC 3168)", NULL, false},
    {"frto", "asks by new text if a timeout was spurious (RFC 5682)", NULL, false},
    {"tlp", "probes for the loss of a tail (RFC 8985, 7)", NULL, false},
    {"opt.mss", "announces its MSS", NULL, false},
    {"opt.wscale", "scales windows (RFC 7323, 2)", NULL, false},
    {"opt.ts", "timestamps (RFC 7323, 3)", NULL, false},
    {"opt.sack", "selective acknowledgements (RFC 2018)", NULL, false},
    {"rfc5961", "answers RST and SYN in the window with a challenge ACK (RFC 5961, 3 and 4)", NULL,
     false},
    {"rfc5961.5", "refuses segments whose ACK is too old (RFC 5961, 5)", NULL, false},
    {"retracts", "may take back window that it offered (RFC 7323, 2.4)", NULL, false},
    {"set.iss", "its initial sequence number can be chosen", has_options, false},
    {"app.mtu", "the MTU of its link can be changed", has_mtu, true},
    {"app.listen", "passive open", has_listen, true},
    {"app.accept", "hands over what was opened to it", has_accept, true},
    {"app.connect", "active open", has_connect, true},
    {"app.send", "SEND", has_send, true},
    {"app.recv", "RECEIVE", has_recv, true},
    {"app.half-close", "closes its sending side alone", has_shutdown, true},
    {"app.close", "CLOSE", has_close, true},
    {"app.abort", "ABORT", has_abort, true},
    {"app.urgent", "urgent data, inline", NULL, false},
    {"app.rcvbuf", "the receive buffer can be set, and shrunk later", has_options, false},
    {"app.sndbuf", "the send buffer can be set", has_options, false},
    {"app.nodelay", "Nagle's algorithm can be turned off (RFC 9293, 3.7.4)", has_options, false},
    {"app.linger0", "CLOSE can be made to abort", has_options, false},
    {"app.keepalive", "keep-alives (RFC 9293, 3.8.4)", has_options, false},
    {"app.user-timeout", "a user timeout (RFC 9293, 3.10.1)", has_options, false},
    {"app.window-clamp", "the window offered can be bounded", has_options, false},
    {"app.maxseg", "the MSS announced can be chosen", has_options, false},
    {"app.acked", "tells what was acknowledged", has_acked, true},
    {"app.status", "STATUS", has_status, true},
    {"app.checkpoint", "connections can be frozen, written out and restored", has_checkpoint, true},
    {"app.alloc-fail", "its allocations can be made to fail", has_alloc_fail, true},
    {"link.tx-error", "heeds errors of the device", has_tx_done, true},
};

const struct stacks_capability *stacks_capabilities(size_t *ret_count)
{
    *ret_count = sizeof capabilities / sizeof capabilities[0];
    return capabilities;
}

const char *stacks_lacks(const struct tcpassay_stack *s)
{
    const struct {
        bool there;
        const char *what;
    } mandatory[] = {
        {s->name, "a name"},
        {s->open, "open"},
        {s->close, "close"},
        {s->input, "input"},
        {s->output, "output"},
        {s->listen, "listen"},
        {s->accept, "accept"},
        {s->send, "send"},
        {s->recv, "recv"},
        {s->close_conn, "close_conn"},
        {has_virtual_clock(s) || has_real_clock(s),
         "a clock (deadline and advance, or now and wait)"},
    };
    for (size_t i = 0; i < sizeof mandatory / sizeof mandatory[0]; i++)
        if (!mandatory[i].there)
            return mandatory[i].what;
    return NULL;
}
