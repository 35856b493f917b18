/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 6675, 3 and 4: what the peer has reported of text behind holes. */
#ifndef TCPREF_SRC_SCOREBOARD_H
#define TCPREF_SRC_SCOREBOARD_H

#include "tcb.h"

/* Bounds memory and work: what would be one run more is not recorded, and is sent again in vain. */
enum { SCOREBOARD_RUNS = 100 };

struct scoreboard {
    uint32_t runs;
    struct seq_range run[SCOREBOARD_RUNS]; /* SACKed, all above SND.UNA; sorted, disjoint */
};

/* Update(): what `seg` reports. Call once its ACK is taken. Returns octets that are news. */
uint32_t scoreboard_update(tcpref_conn *c, const struct segment *seg);
/* SND.UNA has moved. */
void scoreboard_trim(tcpref_conn *c);
/* Nothing is SACKed any more. */
void scoreboard_forget(tcpref_conn *c);

/* Whether anything is SACKed. */
bool scoreboard_any(const tcpref_conn *c);
/* SACKed octets in [lo, hi). */
uint32_t scoreboard_octets(const tcpref_conn *c, tcpref_seq lo, tcpref_seq hi);
/* One past the last SACKed octet; SND.UNA if there is none. */
tcpref_seq scoreboard_top(const tcpref_conn *c);
/* IsLost(): what is not SACKed counts as lost up to here. At least SND.UNA. */
tcpref_seq scoreboard_lost_edge(const tcpref_conn *c);
/* The first stretch from `from` on, before `end`, that is not SACKed; false: there is none. */
bool scoreboard_hole(const tcpref_conn *c, tcpref_seq from, tcpref_seq end,
                     struct seq_range *ret_hole);
/* The last such stretch below SND.NXT. */
bool scoreboard_last_hole(const tcpref_conn *c, struct seq_range *ret_hole);

void scoreboard_free(tcpref_conn *c);

#endif
