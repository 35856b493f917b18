/* SPDX-License-Identifier: BSD-2-Clause */
/* What is measured of a subject: segments in and out, and timers. */
#include "bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FRAMES = 64, IN_FLIGHT = 40 };

static struct frame frame[FRAMES];

double clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void drain(const struct subject *s)
{
    const uint8_t *packet;
    while (s->output(0, &packet))
        ;
}

/* Which connection each segment is for: drawn beforehand. */
static uint32_t *draw(const struct field *field, bool spread, unsigned segments)
{
    uint64_t x = 88172645463325252;
    uint32_t *pick = calloc(segments, sizeof(*pick));
    if (!pick)
        bench_fail(field->subject->name, "no memory");
    for (unsigned i = 0; i < segments; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        pick[i] = spread ? (uint32_t)((x >> 16) % field->count) : (uint32_t)field->active;
    }
    return pick;
}

static void fill_frames(void)
{
    for (unsigned i = 0; i < FRAMES; i++)
        frame_fill(&frame[i], MSS, i);
}

/* Writes a batch of segments; what it costs is not counted. */
static void prepare(const struct field *field, const uint32_t *pick, bench_conn **ret_conn)
{
    for (unsigned i = 0; i < FRAMES; i++) {
        struct peer *p = &field->peer[pick[i]];
        frame_address(&frame[i], p, FLAG_ACK);
        p->seq += MSS;
        ret_conn[i] = p->conn;
    }
}

double measure_receive(const struct field *field, bool spread, unsigned segments)
{
    const struct subject *s = field->subject;
    unsigned batches = (segments + FRAMES - 1) / FRAMES;
    uint32_t *pick = draw(field, spread, batches * FRAMES);
    uint64_t before = s->received(0);
    double took = 0;
    fill_frames();
    for (unsigned b = 0; b < batches; b++) {
        bench_conn *conn[FRAMES];
        prepare(field, pick + (size_t)b * FRAMES, conn);
        double from = clock_now();
        for (unsigned i = 0; i < FRAMES; i++) {
            s->input(0, frame[i].bytes, HEADERS + MSS, conn[i]);
            drain(s);
        }
        took += clock_now() - from;
    }
    if (s->received(0) - before != (uint64_t)batches * FRAMES * MSS)
        bench_fail(s->name, "has not received all segments");
    free(pick);
    return took * 1e9 / (batches * FRAMES);
}

/* Queues and sends a flight of full segments; returns the seconds it took. */
static double send_flight(const struct field *field, struct peer *p)
{
    static uint8_t text[IN_FLIGHT * MSS];
    const struct subject *s = field->subject;
    const uint8_t *packet;
    size_t sent = 0, taken = 0, len;
    double from = clock_now();
    while (taken < sizeof(text)) {
        size_t n = s->send(p->conn, text + taken, sizeof(text) - taken);
        taken += n;
        while ((len = s->output(0, &packet)) > 0)
            sent += len - HEADERS;
        if (n == 0)
            break;
    }
    double took = clock_now() - from;
    if (taken != sizeof(text) || sent != sizeof(text))
        bench_fail(s->name, "does not send a whole flight");
    return took;
}

/* One ACK for each segment of the flight; returns the seconds they took. */
static double ack_flight(const struct field *field, struct peer *p)
{
    const struct subject *s = field->subject;
    for (unsigned i = 0; i < IN_FLIGHT; i++) {
        frame[i].text = frame[i].text_sum = 0;
        p->ack += MSS;
        frame_address(&frame[i], p, FLAG_ACK);
    }
    double from = clock_now();
    for (unsigned i = 0; i < IN_FLIGHT; i++) {
        s->input(0, frame[i].bytes, HEADERS, NULL);
        drain(s);
    }
    return clock_now() - from;
}

/* Opens the congestion window: flights of more and more segments. */
static void warm_up(const struct field *field, struct peer *p)
{
    static const uint8_t text[MSS];
    const struct subject *s = field->subject;
    const uint8_t *packet;
    frame[0].text = frame[0].text_sum = 0;
    for (unsigned i = 0; i < 4 * IN_FLIGHT; i++) {
        if (s->send(p->conn, text, MSS) != MSS || !s->output(0, &packet))
            bench_fail(s->name, "does not send a segment");
        p->ack += MSS;
        s->input(0, frame[0].bytes, frame_address(&frame[0], p, FLAG_ACK), NULL);
        drain(s);
    }
}

static double flights(const struct field *field, unsigned rounds, bool acks)
{
    struct peer *p = &field->peer[field->active];
    double best = INFINITY;
    warm_up(field, p);
    for (unsigned i = 0; i < rounds; i++) {
        double sending = send_flight(field, p);
        double acking = ack_flight(field, p);
        best = fmin(best, acks ? acking : sending);
    }
    return best * 1e9 / IN_FLIGHT;
}

double measure_ack(const struct field *field, unsigned rounds)
{
    return flights(field, rounds, true);
}

double measure_transmit(const struct field *field, unsigned rounds)
{
    return flights(field, rounds, false);
}

double measure_turn(const struct field *field)
{
    unsigned turns = field->subject == &subject_tcpref ? 1000000 : 200;
    double from = clock_now();
    for (unsigned i = 0; i < turns; i++)
        field->subject->turn(0);
    return (clock_now() - from) * 1e9 / turns;
}

/* Each connection has one octet in flight and its retransmission timer runs out once. */
double measure_expiry(const struct field *field)
{
    const struct subject *s = field->subject;
    const uint8_t *packet;
    size_t again = 0;
    for (size_t i = 0; i < field->count; i++) {
        if (s->send(field->peer[i].conn, "x", 1) != 1 || !s->output(0, &packet))
            bench_fail(s->name, "does not send an octet");
    }
    double from = clock_now();
    for (unsigned step = 0; step < 16 && again < field->count; step++) {
        s->pass(250);
        while (s->output(0, &packet))
            again++;
    }
    double ns = (clock_now() - from) * 1e9 / (double)field->count;
    if (again < field->count && s == &subject_tcpref)
        bench_fail(s->name, "does not retransmit");
    return ns;
}
