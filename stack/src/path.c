/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.7.1 and 3.7.2: Eff.snd.MSS and path MTU discovery (RFC 1191, RFC 8201). */
#include "path.h"

#include "cc.h"
#include "host.h"
#include "options.h"
#include "recovery.h"
#include "state.h"

enum { FLOOR_4 = 68, FLOOR_6 = 1280 };
/* Nearly every path bears so much: where a black hole is looked for (RFC 4821, 7.2). */
enum { SURE_4 = 576, SURE_6 = 1280 };
enum { HEADERS_4 = 40, HEADERS_6 = 60 };

static bool is_4(const tcpref_conn *c)
{
    return c->tuple.local.family == 4;
}

uint16_t path_mtu_floor(const tcpref_conn *c)
{
    return is_4(c) ? FLOOR_4 : FLOOR_6;
}

/* What a link of `mtu` octets bears of this family. */
static uint16_t borne(const tcpref_conn *c, uint16_t mtu)
{
    if (is_4(c))
        return mtu;
    /* Without discovery IPv6 has the size that all bear (RFC 8201, 4); IPv4 has fragments. A link
     * that bears less has its own way to cut it (RFC 8200, 5). */
    return c->host->config.pmtud && mtu > FLOOR_6 ? mtu : FLOOR_6;
}

static uint16_t link_mtu(const tcpref_conn *c)
{
    return borne(c, c->host->config.mtu);
}

void path_set_mss(tcpref_conn *c)
{
    uint32_t mss = c->path.mtu - (is_4(c) ? HEADERS_4 : HEADERS_6);
    if (mss < PATH_MSS_MIN) /* where a path bears less, DF is left off */
        mss = PATH_MSS_MIN;
    if (mss > c->snd.peer_mss)
        mss = c->snd.peer_mss;
    if (c->user.maxseg > 0 && mss > c->user.maxseg)
        mss = c->user.maxseg;
    c->snd.mss = (uint16_t)(mss - (c->ts.ok ? (unsigned)OPTIONS_TS_LEN : 0));
    /* One segment may always go, however large it has become. */
    if (c->cc.cwnd < c->snd.mss)
        c->cc.cwnd = c->snd.mss;
    /* Where cwnd comes down to: RFC 5681, 3.1, equation 4. */
    if (c->cc.ssthresh < 2U * c->snd.mss)
        c->cc.ssthresh = 2U * c->snd.mss;
}

bool path_bears(const tcpref_conn *c, size_t header, size_t text)
{
    /* Nothing makes an empty segment smaller, and nobody is believed who says that it is too big,
     * for it is never in flight (RFC 5927, 4.1): DF only if every path bears it. */
    uint16_t mtu = text > 0 ? c->path.mtu : path_mtu_floor(c);
    return header + text <= mtu;
}

void path_open(tcpref_conn *c)
{
    c->path.mtu = link_mtu(c);
}

static bool knows_peer(const tcpref_conn *c)
{
    return c->snd.peer_mss > 0;
}

void path_link_changed(tcpref_conn *c, uint16_t old)
{
    uint16_t mtu = link_mtu(c);
    if (mtu < c->path.mtu || c->path.mtu == borne(c, old))
        c->path.mtu = mtu;
    if (knows_peer(c))
        path_set_mss(c);
}

static void lower(tcpref_conn *c, uint16_t mtu)
{
    struct path *p = &c->path;
    uint16_t mss = c->snd.mss;
    p->mtu = mtu;
    p->lowered = c->host->now;
    p->pending = p->marked = 0;
    if (p->acked > mtu)
        p->acked = mtu;
    path_set_mss(c);
    cc_mss_lowered(c, mss);
}

void path_sent(tcpref_conn *c, tcpref_seq end, uint32_t len, bool again)
{
    struct path *p = &c->path;
    if (len > p->sent)
        p->sent = (uint16_t)len;
    if (again && len < p->marked)
        p->marked = 0; /* an ACK will not tell which of the two came through */
    if (len > p->acked && len > p->marked) {
        p->marked = (uint16_t)len;
        p->mark = end;
    }
}

void path_acked(tcpref_conn *c)
{
    struct path *p = &c->path;
    p->hold = false;
    if (p->marked > 0 && seq_leq(p->mark, c->snd.una)) {
        p->acked = p->marked;
        p->marked = 0;
    }
    /* What was too big, they say, has arrived (RFC 5927, 7.2). */
    if (p->pending > 0 && seq_lt(p->pending_seq, c->snd.una))
        p->pending = 0;
}

/* The next lower of the sizes that links have (RFC 1191, 7.1). */
static uint16_t plateau_below(uint16_t len)
{
    static const uint16_t plateau[] = {32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296};
    for (size_t i = 0; i < sizeof(plateau) / sizeof(plateau[0]); i++) {
        if (plateau[i] < len)
            return plateau[i];
    }
    return FLOOR_4;
}

/* What was in flight goes again in smaller pieces: the first at once, the rest as ACKs come. It is
 * no sign of congestion (RFC 1191, 6.4). */
static void resend_smaller(tcpref_conn *c)
{
    if (!state_facts(c)->may_send || seq_eq(c->snd.una, c->snd.nxt))
        return;
    recovery_all_lost(c);
    c->cc.recover = c->snd.nxt;
    c->pending |= PENDING_REXMIT;
    c->path.hold = true;
}

enum tcpref_verdict path_too_big(tcpref_conn *c, const struct icmp_error *e)
{
    struct path *p = &c->path;
    uint32_t mtu = e->mtu > 0 || !is_4(c) ? e->mtu : plateau_below(e->len);
    /* A size that no link has, or that nothing sent has exceeded, is a forgery (RFC 5927, 7). */
    if (!c->host->config.pmtud || mtu < path_mtu_floor(c) || mtu >= p->mtu || mtu >= p->sent ||
        !knows_peer(c))
        return TCPREF_V_DROP_TOO_BIG;
    if (mtu < p->acked && c->rtx.timeouts == 0) {
        p->pending = (uint16_t)mtu;
        p->pending_seq = e->seq;
        return TCPREF_V_TOO_BIG_PENDING;
    }
    lower(c, (uint16_t)mtu);
    resend_smaller(c);
    return TCPREF_V_TOO_BIG;
}

void path_timeout(tcpref_conn *c)
{
    const struct tcpref_config *config = &c->host->config;
    struct path *p = &c->path;
    uint16_t sure = is_4(c) && p->mtu <= SURE_6 ? SURE_4 : SURE_6;
    bool full = seq_ahead(c->snd.nxt, c->snd.una) >= c->snd.mss;
    p->hold = false;
    if (!config->pmtud || !knows_peer(c))
        return;
    if (p->pending > 0)
        lower(c, p->pending);
    else if (config->blackhole_timeouts > 0 && c->rtx.timeouts % config->blackhole_timeouts == 0 &&
             full && p->mtu > sure)
        lower(c, sure);
}

void path_refresh(tcpref_conn *c)
{
    struct path *p = &c->path;
    uint16_t mtu = link_mtu(c);
    if (p->mtu == mtu || c->host->now - p->lowered < c->host->config.pmtu_age)
        return;
    p->mtu = mtu;
    path_set_mss(c);
}
