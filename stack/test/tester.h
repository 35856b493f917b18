/* SPDX-License-Identifier: BSD-2-Clause */
/* One host under test and a peer played by hand, segment by segment, in virtual time. Numbers of
 * the peer count from its ISS, those of the host from its own. */
#ifndef TCPREF_TEST_TESTER_H
#define TCPREF_TEST_TESTER_H

#include "pair.h"
#include "wire.h"

enum { T_ISS = 0x7fffff80, T_IRS = 0x100 };

struct tester {
    struct pair mem;
    struct tcpref_config config;
    tcpref_host *host;
    tcpref_listener *listener;
    tcpref_conn *conn;
    tcpref_ns now;
    uint16_t port;     /* the host's */
    struct segment in; /* what t_in() sends; set fields before, it is cleared after */
    struct segment got;
    uint8_t text[2000]; /* of `got` */
};

void t_host(struct tester *t, const struct tcpref_config *config);
void t_free(struct tester *t);
/* Handshakes; no output is left. Passive from SYN with the peer's `mss` and window. */
void t_passive(struct tester *t, const struct tcpref_config *config, uint16_t wnd);
/* The same with SACK agreed. */
void t_passive_sack(struct tester *t, const struct tcpref_config *config, uint16_t wnd);
void t_active(struct tester *t, const struct tcpref_config *config, uint16_t wnd);

/* The peer sends a segment; seq and ack relative as above. */
enum tcpref_verdict t_in(struct tester *t, uint8_t flags, uint32_t seq, uint32_t ack, uint32_t len,
                         uint16_t wnd);
/* One SACK block more for the next t_in(); numbers of the host. */
void t_sacks(struct tester *t, uint32_t lo, uint32_t hi);
/* Asserts block `i` of the packet that t_out() saw. */
void t_block(const struct tester *t, unsigned i, uint32_t lo, uint32_t hi);
/* The host's next packet into t->got, numbers made relative; false: none. */
bool t_out(struct tester *t);
/* Asserts that the next packet is this, or that there is none. */
void t_expect(struct tester *t, uint8_t flags, uint32_t seq, uint32_t ack, uint32_t len);
void t_silent(struct tester *t);
void t_pass(struct tester *t, tcpref_ns span);
void t_send(struct tester *t, size_t len);
/* Reads all there is; the number of octets. */
size_t t_read(struct tester *t);
enum tcpref_state t_state(const struct tester *t);
struct tcpref_status t_status(const struct tester *t);

#endif
