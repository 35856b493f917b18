/* SPDX-License-Identifier: BSD-2-Clause */
/* The measurements, and the rows they make. */
#ifndef TCPREF_BENCH_BENCH_H
#define TCPREF_BENCH_BENCH_H

#include "packet.h"

/* One line of the table. NAN: not to be had. */
struct row {
    const char *name, *unit;
    double tcpref, lwip, floor;
    bool more_is_better;
};

struct rows {
    struct row row[64];
    unsigned count;
};

/* Seconds since some start. */
double clock_now(void);
/* Stops the program with a reason: a measurement of something else than was meant is none. */
_Noreturn void bench_fail(const char *subject, const char *what);

/* A subject with `count` connections of host 0 to peers that the benchmark plays. */
struct field {
    const struct subject *subject;
    struct peer *peer;
    size_t count;
    size_t active; /* the one of them that is measured alone */
};
/* False: the subject cannot. */
bool field_open(struct field *field, const struct subject *subject, size_t count,
                const struct subject_options *options);
void field_close(struct field *field);

/* Each returns its number for one subject, or NAN if it cannot. Nanoseconds unless it says. */
double measure_receive(const struct field *field, bool spread, unsigned segments);
double measure_ack(const struct field *field, unsigned rounds);
double measure_transmit(const struct field *field, unsigned rounds);
double measure_bulk(const struct subject *subject, bool checksums, uint64_t octets); /* Gbit/s */
double measure_open_close(const struct subject *subject, unsigned batches);          /* a second */
double measure_turn(const struct field *field);
double measure_expiry(const struct field *field);

/* What no stack can be faster than: memcpy and checksum of `len` octets. */
double floor_octets(size_t len);
/* A chain of dependent cache misses through so much memory. */
struct chain {
    size_t *mem, at;
};
bool chain_open(struct chain *chain, size_t octets);
double chain_step(struct chain *chain, unsigned steps); /* ns for one */
void chain_close(struct chain *chain);

void rows_print(const struct rows *rows);
/* False: the file cannot be written. */
bool rows_write(const struct rows *rows, const char *path);
/* Prints each limit of the project's; false: one does not hold. */
bool rows_judge(const struct rows *rows);
const struct row *rows_find(const struct rows *rows, const char *name);

#endif
