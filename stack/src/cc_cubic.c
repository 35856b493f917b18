/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9438: CUBIC, in integers: octets for windows, milliseconds for the time in an epoch. */
#include "cc.h"

#include "host.h"

/* beta 0.7 (4.6), C 0.4 (5.1), alpha 3 * (1 - beta) / (1 + beta) = 9/17 (4.3). */
enum { BETA_NUM = 7, BETA_DEN = 10, ALPHA_NUM = 9, ALPHA_DEN = 17 };
/* Beyond this from K the curve is steeper than any window; it keeps the products in 64 bits. */
enum { FAR_MS = 200000 };

static uint32_t cubic_root(uint64_t n)
{
    uint32_t root = 0;
    for (uint32_t bit = 1U << 20; bit > 0; bit >>= 1) {
        uint64_t r = root | bit;
        if (r * r * r <= n)
            root = (uint32_t)r;
    }
    return root;
}

/* W_cubic(t) = C * (t - K)^3 + W_max, where C counts segments and seconds (4.2). */
static uint64_t cubic_window(const tcpref_conn *c, uint32_t ms)
{
    const struct cubic *q = &c->cc.cubic;
    bool concave = ms < q->k_ms;
    uint64_t d = concave ? q->k_ms - ms : ms - q->k_ms;
    if (d > FAR_MS)
        d = FAR_MS;
    uint64_t rise = d * d * d / 1000 * (4U * c->snd.mss) / 10 / 1000000;
    if (!concave)
        return q->w_max + rise;
    return q->w_max > rise ? q->w_max - rise : 0;
}

static void cubic_open(tcpref_conn *c)
{
    c->cc.cubic = (struct cubic){0};
}

/* 4.2: the epoch begins with the first ACK in congestion avoidance. After a timeout, or with no
 * loss before, the curve begins at its turning point (4.8). */
static void begin_epoch(tcpref_conn *c)
{
    struct cubic *q = &c->cc.cubic;
    uint32_t cwnd = c->cc.cwnd;
    q->running = true;
    q->epoch = c->host->now;
    q->w_est = cwnd;
    q->k_ms = 0;
    if (q->w_max <= cwnd || q->timed_out)
        q->w_max = cwnd;
    else /* K = cbrt((W_max - cwnd) / C); 2.5 segments a cubic second, 10^9 cubic ms */
        q->k_ms = cubic_root((uint64_t)(q->w_max - cwnd) * UINT64_C(2500000000) / c->snd.mss);
    q->timed_out = false;
}

/* 4.3: what Reno would have; from cwnd_prior on at Reno's own pace. */
static void grow_estimate(tcpref_conn *c, uint32_t len)
{
    struct cubic *q = &c->cc.cubic;
    uint64_t step = (uint64_t)c->snd.mss * len / (c->cc.cwnd > 0 ? c->cc.cwnd : 1);
    if (q->w_est < q->w_prior)
        step = step * ALPHA_NUM / ALPHA_DEN;
    q->w_est += step > 0 ? step : 1;
    if (q->w_est > CWND_MAX)
        q->w_est = CWND_MAX;
}

static void cubic_avoid(tcpref_conn *c, uint32_t len)
{
    struct cubic *q = &c->cc.cubic;
    uint32_t cwnd = c->cc.cwnd;
    if (!q->running)
        begin_epoch(c);
    grow_estimate(c, len);
    tcpref_ns t = (c->host->now - q->epoch) / TCPREF_MS;
    tcpref_ns rtt = c->rtx.srtt / TCPREF_MS;
    uint32_t ms = t < 2U * FAR_MS ? (uint32_t)t : 2U * FAR_MS;
    uint32_t ahead = rtt < FAR_MS ? (uint32_t)rtt : FAR_MS;
    if (cubic_window(c, ms) < q->w_est) {
        if (q->w_est > cwnd)
            cc_set_cwnd(c, q->w_est);
        return;
    }
    /* The target for one round trip on, between cwnd and half as much again (4.2). */
    uint64_t target = cubic_window(c, ms + ahead);
    uint64_t most = cwnd + cwnd / 2;
    target = target > most ? most : target;
    if (target > cwnd)
        cc_set_cwnd(c, cwnd + (target - cwnd) * len / cwnd);
}

/* 4.6 and 4.7: fast convergence gives way where the window did not reach the last maximum. */
static uint32_t cubic_reduce(tcpref_conn *c, uint32_t flight)
{
    struct cubic *q = &c->cc.cubic;
    uint32_t cwnd = c->cc.cwnd;
    q->w_prior = cwnd;
    q->w_max = cwnd < q->w_max ? (uint32_t)((uint64_t)cwnd * (BETA_DEN + BETA_NUM) / (2 * BETA_DEN))
                               : cwnd;
    q->running = false;
    return (uint32_t)((uint64_t)flight * BETA_NUM / BETA_DEN);
}

static uint32_t cubic_restart(tcpref_conn *c)
{
    c->cc.cubic.running = false;
    c->cc.cubic.timed_out = true;
    return c->snd.mss;
}

/* 4.2: time in which cwnd was not what limited does not count. */
static void skip_time(tcpref_conn *c)
{
    struct cubic *q = &c->cc.cubic;
    q->epoch += c->host->now - q->seen;
    q->seen = c->host->now;
}

/* 5.8: not while the user, or the peer's window, has less going out than cwnd would let. */
static bool cubic_grows(tcpref_conn *c)
{
    if (!c->cc.full)
        skip_time(c);
    c->cc.cubic.seen = c->host->now;
    return c->cc.full;
}

const struct cc_algorithm cc_cubic = {cubic_open,    cubic_avoid, cubic_reduce,
                                      cubic_restart, skip_time,   cubic_grows};
