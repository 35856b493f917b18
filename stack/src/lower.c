/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.9.2.2: ICMP errors, as far as they can be believed (RFC 5927). */
#include "lower.h"

#include "path.h"
#include "state.h"

void tcb_soft_error(tcpref_conn *c, const struct tcpref_soft *what)
{
    uint64_t count = c->soft.count + 1;
    if (c->user.soft_off)
        return;
    c->soft = *what;
    c->soft.count = count;
    c->soft_new = true;
}

/* RFC 9293, 3.9.2.2: no connection that is open ends for a message that anybody can forge and that
 * may pass (MUST-56, and for codes 2 to 4 RFC 5927, 5.2). One that is being opened has nothing to
 * lose by it but the wait.
 * DEVIATION: the hard errors do not abort synchronized connections (SHLD-26). */
static enum tcpref_verdict unreachable(tcpref_conn *c, const struct icmp_error *e)
{
    struct tcpref_soft soft = {TCPREF_SOFT_ICMP, e->type, e->code, 0, 0};
    tcb_soft_error(c, &soft);
    if (e->class != ICMP_HARD || state_facts(c)->synchronized)
        return TCPREF_V_ICMP_SOFT;
    tcb_end(c, c->passive ? TCPREF_OK : TCPREF_ERR_UNREACHABLE);
    return TCPREF_V_ICMP_HARD;
}

enum tcpref_verdict lower_icmp(tcpref_host *host, const uint8_t *packet)
{
    struct icmp_error e;
    enum tcpref_verdict verdict = icmp_parse(packet, host->config.verify_checksums, &e);
    if (verdict != TCPREF_V_ACCEPTED)
        return verdict;
    tcpref_conn *c = table_find(host, &e.tuple);
    if (!c)
        return TCPREF_V_DROP_ICMP_NO_CONN;
    if (c->frozen)
        return TCPREF_V_DROP_FROZEN;
    /* RFC 5927, 4.1: it must quote what is in flight. */
    if (!seq_in(e.seq, c->snd.una, seq_ahead(c->snd.nxt, c->snd.una)))
        return TCPREF_V_DROP_ICMP_SEQUENCE;
    verdict = e.class == ICMP_TOO_BIG ? path_too_big(c, &e) : unreachable(c, &e);
    tcb_settle(c);
    return verdict;
}
