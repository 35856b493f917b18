/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.5.2: reset generation. */
#include "reset.h"

#include "host.h"
#include "rto.h"

/* Takes its number from the ACK field if there is one; else it is zero and acknowledges all. */
void reset_reply(tcpref_host *host, const struct segment *seg)
{
    struct segment rst = {.tuple = seg->tuple, .ttl = host->config.ttl, .flags = RST};
    if (seg->flags & ACK) {
        rst.seq = seg->ack;
    } else {
        rst.flags |= ACK;
        rst.ack = seq_add(seg->seq, segment_len(seg));
    }
    if (seg->has_ts && host->config.timestamps) { /* RFC 7323, 5.2 */
        rst.has_ts = true;
        rst.tsecr = seg->tsval;
    }
    host_reply(host, &rst);
}

void reset_peer(tcpref_conn *c)
{
    struct segment rst = {.tuple = c->tuple,
                          .ttl = c->user.ttl,
                          .dscp = c->user.dscp,
                          .flags = RST,
                          .seq = c->snd.nxt};
    if (c->ts.ok) {
        rst.has_ts = true;
        rst.tsval = ts_clock(c);
    }
    host_reply(c->host, &rst);
}
