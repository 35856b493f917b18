/* SPDX-License-Identifier: BSD-2-Clause */
/* What is measured of two hosts of a subject back to back. */
#include "bench.h"

#include <math.h>

/* Carries packets both ways until all is quiet; returns how many. */
static unsigned carry(const struct subject *s, bench_conn *conn[2])
{
    const uint8_t *packet;
    unsigned carried = 0, before;
    size_t len;
    do {
        before = carried;
        for (int from = 0; from < 2; from++) {
            while ((len = s->output(from, &packet)) > 0) {
                s->input(1 - from, packet, len, conn[1 - from]);
                carried++;
            }
        }
    } while (carried != before);
    return carried;
}

double measure_bulk(const struct subject *subject, bool checksums, uint64_t octets)
{
    static uint8_t text[IN_BULK];
    const struct subject_options options = {checksums, 65536};
    bench_conn *conn[2] = {NULL, NULL};
    if (!subject->start(&options))
        return NAN;
    subject->listen(1, 9);
    conn[0] = subject->connect(0, 0, 0x0a000002, 9);
    carry(subject, conn);
    conn[1] = subject->accepted(1);
    if (!conn[1] || !subject->is_open(conn[0]))
        bench_fail(subject->name, "does not connect");
    unsigned idle = 0;
    double from = clock_now();
    while (subject->received(1) < octets) {
        while (subject->send(conn[0], text, sizeof(text)) > 0)
            ;
        idle = carry(subject, conn) > 0 ? 0 : idle + 1;
        if (idle > 0)
            subject->pass(250);
        if (idle > 1000)
            bench_fail(subject->name, "stalls");
    }
    double took = clock_now() - from;
    double rate = (double)subject->received(1) * 8 / took / 1e9;
    subject->stop();
    return rate;
}

double measure_open_close(const struct subject *subject, unsigned batches)
{
    enum { BATCH = 500 };
    const struct subject_options options = {true, 65536};
    double best = 0;
    if (!subject->start(&options))
        return NAN;
    subject->listen(1, 9);
    for (unsigned b = 0; b < batches; b++) {
        double from = clock_now();
        for (unsigned i = 0; i < BATCH; i++) {
            bench_conn *none[2] = {NULL, NULL};
            bench_conn *active = subject->connect(0, 0, 0x0a000002, 9);
            carry(subject, none);
            bench_conn *passive = subject->accepted(1);
            if (!passive || !subject->is_open(active))
                bench_fail(subject->name, "does not connect");
            subject->close(active);
            carry(subject, none);
            subject->close(passive);
            carry(subject, none);
        }
        best = fmax(best, BATCH / (clock_now() - from));
        subject->pass(300000); /* TIME-WAIT; what it costs is not counted */
    }
    subject->stop();
    return best;
}
