/* SPDX-License-Identifier: BSD-2-Clause */
/* The profiles, and which values a profile may hold. */
#include <tcpref/config.h>

#define COMMON_FIELDS                                                                              \
    .mtu = 1500, .pmtud = true, .blackhole_timeouts = 3, .pmtu_age = 600 * TCPREF_SEC, .ttl = 64,  \
    .verify_checksums = true, .seed = {0x74637072, 0x65660001}, .port_lo = 1024, .port_hi = 65535, \
    .timestamps = true, .window_scale = true, .rcvbuf = 65536, .sndbuf = 65536,                    \
    .connections = 1U << 20, .half_open = 256, .syn_texts = 16, .rto_initial = 1 * TCPREF_SEC,     \
    .rto_min = 1 * TCPREF_SEC, .rto_max = 60 * TCPREF_SEC, .rto_syn = 3 * TCPREF_SEC,              \
    .r2 = 100 * TCPREF_SEC, .r2_syn = 180 * TCPREF_SEC, .r1 = 3, .delayed_ack = 200 * TCPREF_MS,   \
    .fast_path = true, .time_wait_reuse = TCPREF_MS, .sws_override = 500 * TCPREF_MS, .msl = 120 * TCPREF_SEC,        \
    .fin_wait_2 = 60 * TCPREF_SEC, .keepalive_idle = 7200 * TCPREF_SEC,                            \
    .keepalive_interval = 75 * TCPREF_SEC, .keepalive_count = 9, .uto_lower = 100 * TCPREF_SEC,    \
    .uto_upper = 3600 * TCPREF_SEC, .challenge_limit = 10, .challenge_interval = 1 * TCPREF_SEC,   \
    .oow_ack_interval = 500 * TCPREF_MS

#define RECOVERY_FIELDS .sack = true, .frto = true, .cc = TCPREF_CC_NEWRENO

const struct tcpref_config tcpref_rfc9293 = {.name = "rfc9293", COMMON_FIELDS, RECOVERY_FIELDS};

const struct tcpref_config tcpref_squeezed = {
    .name = "squeezed", .segment_overhead = 512, COMMON_FIELDS, RECOVERY_FIELDS};

const struct tcpref_config tcpref_nosack = {
    .name = "nosack", COMMON_FIELDS, .frto = true, .cc = TCPREF_CC_NEWRENO};

const struct tcpref_config tcpref_cubic = {.name = "cubic",
                                           COMMON_FIELDS,
                                           .sack = true,
                                           .frto = true,
                                           .cc = TCPREF_CC_CUBIC,
                                           .initial_window = 10};

const struct tcpref_config tcpref_rack = {
    .name = "rack", COMMON_FIELDS, RECOVERY_FIELDS, .rack = true};

const struct tcpref_config tcpref_gso = {
    .name = "gso", COMMON_FIELDS, RECOVERY_FIELDS, .gso_max = 65400};

const struct tcpref_config tcpref_ecn = {
    .name = "ecn", COMMON_FIELDS, RECOVERY_FIELDS, .ecn = true};

const struct tcpref_config *const tcpref_profiles[] = {
    &tcpref_rfc9293, &tcpref_squeezed, &tcpref_nosack, &tcpref_cubic,
    &tcpref_rack,    &tcpref_gso,      &tcpref_ecn,    NULL};

#define CONFIG_UTO_MAX (32767 * 60 * TCPREF_SEC)

static bool span_ok(tcpref_ns span)
{
    return span >= TCPREF_MS && span <= 7 * 24 * 3600 * TCPREF_SEC;
}

static bool buffer_ok(uint32_t octets)
{
    return octets >= 1 && octets <= 1U << 30;
}

bool tcpref_config_ok(const struct tcpref_config *k)
{
    const tcpref_ns spans[] = {k->rto_initial,
                               k->rto_min,
                               k->rto_max,
                               k->rto_syn,
                               k->r2,
                               k->r2_syn,
                               k->sws_override,
                               k->msl,
                               k->fin_wait_2,
                               k->keepalive_idle,
                               k->keepalive_interval,
                               k->pmtu_age};
    for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
        if (!span_ok(spans[i]))
            return false;
    }
    return k->connections > 0 && k->half_open > 0 && k->mtu >= 576 && k->gso_max <= 65400 &&
           (span_ok(k->time_wait_reuse) || k->time_wait_reuse == TCPREF_NEVER) &&
           k->pmtu_age >= 300 * TCPREF_SEC && k->uto_lower >= 100 * TCPREF_SEC &&
           k->uto_lower <= k->uto_upper && k->user_timeout_option <= CONFIG_UTO_MAX && k->ttl > 0 &&
           k->port_lo > 0 && k->port_lo <= k->port_hi && buffer_ok(k->rcvbuf) &&
           buffer_ok(k->sndbuf) && k->segment_overhead <= 65536 && k->rto_min <= k->rto_max &&
           (unsigned)k->cc < TCPREF_CC_MAX && k->rto_initial <= k->rto_max &&
           k->rto_max >= 60 * TCPREF_SEC && k->sws_override >= 100 * TCPREF_MS &&
           k->sws_override <= TCPREF_SEC && k->r1 > 0 && k->delayed_ack <= 500 * TCPREF_MS &&
           k->keepalive_count > 0 && k->challenge_limit > 0;
}
