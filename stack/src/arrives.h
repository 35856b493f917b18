/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.10.7: SEGMENT ARRIVES, state by state. */
#ifndef TCPREF_SRC_ARRIVES_H
#define TCPREF_SRC_ARRIVES_H

#include "host.h"
#include "time_wait.h"

/* One segment on its way through the steps; a step may trim it. */
struct arrival {
    tcpref_conn *c;
    struct segment *seg;
    enum tcpref_verdict verdict;
};

enum step_result { STEP_NEXT, STEP_DONE };

/* STEP_DONE with its reason, as an expression. */
static inline enum step_result stop(struct arrival *a, enum tcpref_verdict why)
{
    a->verdict = why;
    return STEP_DONE;
}

/* 3.10.7 */
enum tcpref_verdict segment_arrives(tcpref_host *host, struct segment *seg);
/* 3.10.7.2. `before`, which may be NULL: the connection that had the tuple last. */
enum tcpref_verdict arrives_listen(tcpref_listener *l, struct segment *seg,
                                   const struct incarnation *before);
/* 3.10.7.3 */
void arrives_syn_sent(struct arrival *a);
/* 3.10.7.4 */
void arrives_other(struct arrival *a);
/* The same from the sixth step on, for what came with a SYN,ACK. */
void arrives_other_from_sixth(struct arrival *a);

/* The steps that have a file of their own. */
enum step_result check_ack(struct arrival *a);
enum step_result check_urg(struct arrival *a);
enum step_result process_text(struct arrival *a);
enum step_result check_fin(struct arrival *a);

/* arrives_ack.c: TS.Recent from a segment that has passed every check (RFC 7323, 5.3, R3). */
void record_timestamp(tcpref_conn *c, const struct segment *seg);
/* arrives_ack.c: a sign of life from the peer. */
void heard(tcpref_conn *c);
/* arrives_ack.c: SND.UNA moves on. */
void acknowledge(tcpref_conn *c, const struct segment *seg);
/* arrives_text.c: what came on a SYN waits until the handshake is through (RFC 9293, 3.10.7.2). */
void keep_syn_text(tcpref_conn *c, const struct segment *syn);
/* arrives_text.c: text at RCV.NXT, for which there is room. */
void store_in_order(tcpref_conn *c, const struct segment *seg, uint32_t len);
/* arrives_text.c */
void enter_time_wait(tcpref_conn *c);
void restart_time_wait(tcpref_conn *c);

#endif
