/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpref and lwIP side by side on one core. Usage: tcpref_bench [--quick] [--check] [FILE.json] */
#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Slices are short, so that some of them meet a machine that does nothing else. */
enum { SLICE = 4000, SLICES = 20, BULK = 4000000 };

static unsigned repeats = 9;
static const struct subject_options usual = {true, 65536};
/* So that 100,000 buffers fit the machine. */
static const struct subject_options modest = {true, 4096};

_Noreturn void bench_fail(const char *subject, const char *what)
{
    fprintf(stderr, "bench: %s: %s\n", subject, what);
    exit(2);
}

static struct row *add(struct rows *rows, const char *name, const char *unit)
{
    struct row *r = &rows->row[rows->count++];
    *r = (struct row){name, unit, NAN, NAN, NAN, false};
    return r;
}

/* By turns, so that what else the machine does meets both; the best of each counts. */
static double *turn_of(struct row *r, unsigned i)
{
    return i % 2 == 0 ? &r->tcpref : &r->lwip;
}

static const struct subject *subject_of(unsigned i)
{
    return i % 2 == 0 ? &subject_tcpref : &subject_lwip;
}

static void keep_best(const struct row *r, double *best, double value)
{
    if (isnan(*best) || (r->more_is_better ? value > *best : value < *best))
        *best = value;
}

static void segments(struct rows *rows)
{
    struct row *rx = add(rows, "received segment, in order, 1460 octets", "ns");
    struct row *ack = add(rows, "pure ACK of new data", "ns");
    struct row *tx = add(rows, "transmitted segment, 1460 octets", "ns");
    for (unsigned i = 0; i < 2 * repeats; i++) {
        struct field f;
        if (!field_open(&f, subject_of(i), 1, &usual))
            continue;
        for (unsigned k = 0; k < SLICES; k++)
            keep_best(rx, turn_of(rx, i), measure_receive(&f, false, SLICE));
        keep_best(tx, turn_of(tx, i), measure_transmit(&f, 500));
        keep_best(ack, turn_of(ack, i), measure_ack(&f, 500));
        for (unsigned k = 0; k < SLICES; k++) {
            keep_best(rx, &rx->floor, floor_octets(MSS));
            keep_best(ack, &ack->floor, floor_octets(HEADERS));
        }
        tx->floor = rx->floor;
        field_close(&f);
    }
}

static void pairs(struct rows *rows)
{
    static const char *const names[2] = {"bulk A to B, checksums off", "bulk A to B, checksums on"};
    for (int on = 1; on >= 0; on--) {
        struct row *r = add(rows, names[on], "Gbit/s");
        r->more_is_better = true;
        double octets = INFINITY;
        for (unsigned i = 0; i < 4 * repeats; i++) {
            for (unsigned k = 0; k < SLICES; k++)
                keep_best(r, turn_of(r, i), measure_bulk(subject_of(i), on, BULK));
            for (unsigned k = 0; k < SLICES; k++)
                octets = fmin(octets, floor_octets(MSS));
        }
        r->floor = MSS * 8 / (2 * octets); /* both ends: floor.c */
    }
    struct row *life = add(rows, "connections opened and closed", "1/s");
    life->more_is_better = true;
    for (unsigned i = 0; i < 2 * repeats; i++)
        keep_best(life, turn_of(life, i), measure_open_close(subject_of(i), 4));
}

/* Segments for connections at random, and between the slices a chain of cache misses through as
 * much memory as the stack holds then. */
static void spread_wide(const struct field *f, struct row *spread, double *ret, struct row *miss)
{
    struct chain chain;
    (void)measure_receive(f, true, (unsigned)(5 * f->count)); /* every one has its buffer then */
    if (!chain_open(&chain, f->subject->memory()))
        bench_fail("floor", "no memory");
    for (unsigned k = 0; k < 30 * repeats; k++) {
        keep_best(spread, ret, measure_receive(f, true, SLICE));
        keep_best(miss, &miss->floor, chain_step(&chain, SLICE));
    }
    chain_close(&chain);
}

/* One of them at a time. Where it lies in memory is an accident, so that it is not always the same.
 */
static void one_active(struct field *f, const struct row *one, double *ret, unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        f->active = i * f->count / rounds;
        for (unsigned k = 0; k < SLICES; k++)
            keep_best(one, ret, measure_receive(f, false, SLICE));
    }
}

/* Names must outlive the rows. */
static const char *const field_names[3][2] = {
    {"received segment, 1 connection", NULL},
    {"received segment, one active of 1,000", "received segment, spread over 1,000"},
    {"received segment, one active of 100,000", "received segment, spread over 100,000"},
};

static void crowd(struct rows *rows, unsigned which, size_t count)
{
    struct row *one = add(rows, field_names[which][0], "ns");
    struct row *spread = field_names[which][1] ? add(rows, field_names[which][1], "ns") : NULL;
    struct row *idle = NULL, *turn = NULL, *expiry = NULL, *miss = NULL;
    bool many = count >= 100000;
    if (many) {
        miss = add(rows, "a cache miss in a chain", "ns");
        idle = add(rows, "memory of an idle connection", "octets");
        turn = add(rows, "a turn of the main loop, 100,000 timers armed", "ns");
        expiry = add(rows, "a timer that runs out, of 100,000 armed", "ns");
    }
    /* Few are opened again and again, for the same reason. */
    for (unsigned i = 0; i < (many ? 2 : 2 * repeats); i++) {
        const struct subject *s = subject_of(i);
        bool slow = many && s == &subject_lwip; /* it looks through a list */
        struct field f;
        if (!field_open(&f, s, 0, &modest))
            continue;
        size_t before = s->memory();
        field_close(&f);
        if (!field_open(&f, s, count, &modest))
            continue;
        if (idle)
            *turn_of(idle, i) = (double)(s->memory() - before) / (double)count;
        one_active(&f, one, turn_of(one, i), many ? repeats : 1);
        if (spread && many && !slow)
            spread_wide(&f, spread, turn_of(spread, i), miss);
        for (unsigned k = 0; spread && k < (slow ? 1 : many ? 5 * repeats : 5); k++)
            keep_best(spread, turn_of(spread, i), measure_receive(&f, true, slow ? 500 : SLICE));
        if (many) {
            *turn_of(expiry, i) = measure_expiry(&f);
            *turn_of(turn, i) = measure_turn(&f);
        }
        field_close(&f);
    }
}

int main(int argc, char **argv)
{
    static struct rows rows;
    const char *path = NULL;
    bool check = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0)
            repeats = 2;
        else if (strcmp(argv[i], "--check") == 0)
            check = true;
        else if (argv[i][0] != '-' && !path)
            path = argv[i];
        else
            bench_fail("usage", "tcpref_bench [--quick] [--check] [FILE.json]");
    }
    segments(&rows);
    pairs(&rows);
    crowd(&rows, 0, 1);
    crowd(&rows, 1, 1000);
    crowd(&rows, 2, 100000);
    rows_print(&rows);
    if (path && !rows_write(&rows, path))
        bench_fail(path, "cannot be written");
    bool ok = rows_judge(&rows);
    return check && !ok ? 1 : 0;
}
