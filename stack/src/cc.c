/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 5681, 3.1 and 4.1: slow start, initial and restart windows; what all algorithms share. */
#include "cc.h"

#include "ecn.h"
#include "host.h"

static const struct cc_algorithm *algorithm(const tcpref_conn *c)
{
    static const struct cc_algorithm *const by_name[TCPREF_CC_MAX] = {
        [TCPREF_CC_NEWRENO] = &cc_reno, [TCPREF_CC_CUBIC] = &cc_cubic, [TCPREF_CC_NONE] = &cc_none};
    return by_name[c->host->config.cc];
}

void cc_set_cwnd(tcpref_conn *c, uint64_t cwnd)
{
    c->cc.cwnd = cwnd < CWND_MAX ? (uint32_t)cwnd : CWND_MAX;
}

/* RFC 5681, 3.1: four segments of at most 1095 octets, three, or two above 2190. By config, so many
 * segments as RFC 6928, 2 bounds them: 14600 octets, but two segments at least. */
static uint32_t initial_window(const tcpref_conn *c)
{
    uint32_t mss = c->snd.mss;
    uint32_t segments = c->host->config.initial_window;
    if (segments == 0)
        return (mss > 2190 ? 2 : mss > 1095 ? 3 : 4) * mss;
    uint32_t bound = 2 * mss > 14600 ? 2 * mss : 14600;
    return segments * mss < bound ? segments * mss : bound;
}

void cc_open(tcpref_conn *c)
{
    /* One segment after the SYN was lost (RFC 5681, 3.1); RFC 6928, 2 forgives one loss. */
    unsigned forgiven = c->host->config.initial_window > 0 ? 1 : 0;
    cc_set_cwnd(c, c->rtx.syn_timeouts > forgiven ? c->snd.mss : initial_window(c));
    c->cc.ssthresh = CWND_MAX;
    c->cc.last_sent = c->host->now;
    algorithm(c)->open(c);
}

/* RFC 5681, 3.1: else the initial window would be a burst of more and smaller segments. */
void cc_mss_lowered(tcpref_conn *c, uint16_t old)
{
    bool initial = c->acked == 0 && c->cc.cwnd < CWND_MAX;
    if (initial && c->snd.mss < old)
        cc_set_cwnd(c, (uint64_t)c->cc.cwnd * c->snd.mss / old);
}

void cc_acked(tcpref_conn *c, uint32_t len)
{
    uint32_t mss = c->snd.mss;
    if (!algorithm(c)->grows(c))
        return;
    /* At equality it is congestion avoidance: so a recovery ends. DEVIATION: with CUBIC too, and
     * its slow start is this one, not HyStart++ (RFC 9438, 4.10). */
    if (c->cc.cwnd < c->cc.ssthresh)
        cc_set_cwnd(c, (uint64_t)c->cc.cwnd + (len < mss ? len : mss));
    else
        algorithm(c)->avoid(c, len);
}

void cc_reduce(tcpref_conn *c)
{
    uint32_t flight = seq_ahead(c->snd.nxt, c->snd.una);
    /* What limited transmit added does not count (RFC 5681, 3.2, step 2). */
    uint32_t counted = flight > c->cc.limited ? flight - c->cc.limited : 0;
    /* In recovery SND.UNA stands while new text goes: what is out is what cwnd let out. */
    if (c->cc.recovering && counted > c->cc.cwnd)
        counted = c->cc.cwnd;
    uint32_t least = 2U * c->snd.mss;
    uint32_t wanted = algorithm(c)->reduce(c, counted);
    c->cc.ssthresh = wanted > least ? wanted : least;
    ecn_reduced(c);
}

void cc_timeout(tcpref_conn *c)
{
    /* Repeated timeouts of the same segment leave ssthresh alone (RFC 5681, 3.1). */
    if (c->rtx.timeouts <= 1)
        cc_reduce(c);
    c->cc.cwnd = algorithm(c)->restart(c);
}

void cc_before_send(tcpref_conn *c)
{
    tcpref_ns idle = c->host->now - c->cc.last_sent;
    if (seq_eq(c->snd.nxt, c->snd.una)) {
        uint32_t restart = initial_window(c);
        if (idle > c->rtx.rto && c->cc.cwnd > restart)
            c->cc.cwnd = restart;
        algorithm(c)->idle(c);
    }
    c->cc.last_sent = c->host->now;
}
