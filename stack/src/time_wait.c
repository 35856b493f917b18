/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.6.1; RFC 6191, 2; RFC 7323, 5: a new connection in the place of one in TIME-WAIT. */
#include "time_wait.h"

#include "host.h"
#include "rto.h"

/* How far beyond the old connection's numbers the new one begins. */
#define ISS_STEP (1U << 17)

/*
 * RFC 6191, 2, which takes the place of MAY-2. TSval has ticks of a millisecond at most sites, so
 * two connections a few milliseconds apart are told apart: no coarser clock is asked. DEVIATION: a
 * connection made so does not fall back to TIME-WAIT if the SYN proves to be an old duplicate; the
 * checks are what RFC 6191 asks for in place of it.
 */
bool time_wait_reopens(const tcpref_conn *c, const struct segment *seg)
{
    const struct tcpref_config *config = &c->host->config;
    if ((seg->flags & (SYN | ACK | RST)) != SYN || config->time_wait_reuse == TCPREF_NEVER)
        return false;
    /* The FIN, the last number that was used. What lies half the number space away is old, too. */
    bool beyond = !seq_lt(seg->seq, c->rcv.nxt);
    bool stamped = seg->has_ts && config->timestamps;
    if (!stamped)
        return beyond;
    if (!c->ts.ok)
        return true; /* an old duplicate would have come without, as the old connection did */
    int32_t newer = seq_diff(seq_of(seg->tsval), seq_of(c->ts.recent));
    return newer > 0 || (newer == 0 && beyond);
}

/*
 * DEVIATION: 3.10.1 refuses an OPEN in TIME-WAIT.
 * With timestamps the peer drops what is left of the old connection by PAWS, if every TSval of the
 * new one is above all of the old one; and so does this side. What the peer sent before it had our
 * last ACK is here after one round trip.
 */
bool time_wait_yields(const tcpref_conn *c)
{
    const struct tcpref_config *config = &c->host->config;
    tcpref_ns wait = config->time_wait_reuse;
    if (c->state != TCPREF_TIME_WAIT || c->frozen || wait == TCPREF_NEVER)
        return false;
    if (!c->ts.ok || !config->timestamps || !seq_lt(seq_of(c->ts.sent), seq_of(ts_clock(c))))
        return false;
    if (wait < c->rtx.srtt)
        wait = c->rtx.srtt;
    /* The timer was started with the last ACK. */
    return c->timers.at[TIMER_2MSL] <= c->host->now + 2 * config->msl - wait;
}

struct incarnation time_wait_end(tcpref_conn *c)
{
    struct incarnation before = {c->snd.nxt, c->ts.offset};
    tcb_end(c, TCPREF_OK);
    tcb_settle(c);
    return before;
}

void time_wait_follow(tcpref_conn *c, const struct incarnation *before)
{
    c->ts.offset = before->ts_offset;
    if (seq_lt(before->used, c->snd.iss))
        return;
    c->snd.iss = seq_add(before->used, ISS_STEP);
    c->snd.una = c->snd.nxt = c->snd.up = c->snd.edge = c->snd.iss;
    c->rtx.next = c->rtx.end = c->cc.recover = c->cc.rescue = c->ecn.reacted = c->snd.iss;
}
