/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of ratios, the same as JSON, and the limits that the project has set itself. */
#include "bench.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static double ratio(double a, double b)
{
    return isnan(a) || isnan(b) || b == 0 ? NAN : a / b;
}

const struct row *rows_find(const struct rows *rows, const char *name)
{
    for (unsigned i = 0; i < rows->count; i++) {
        if (strcmp(rows->row[i].name, name) == 0)
            return &rows->row[i];
    }
    bench_fail("rows", name);
}

static void print_number(double v, int width)
{
    if (isnan(v))
        printf(" %*s", width, "-");
    else if (fabs(v) < 10)
        printf(" %*.2f", width, v);
    else
        printf(" %*.*f", width, fabs(v) < 1000 ? 1 : 0, v);
}

/* floor.c says why. */
static const char floor_means[] =
    "memcpy, then checksum, of the same octets: once for a segment, twice for bulk (both ends)";

void rows_print(const struct rows *rows)
{
    printf("%-52s %-8s %10s %10s %10s %8s %8s\n", "", "unit", "tcpref", "lwip", "floor", "vs lwip",
           "vs floor");
    for (unsigned i = 0; i < rows->count; i++) {
        const struct row *r = &rows->row[i];
        printf("%-52s %-8s", r->name, r->unit);
        print_number(r->tcpref, 10);
        print_number(r->lwip, 10);
        print_number(r->floor, 10);
        print_number(ratio(r->tcpref, r->lwip), 8);
        print_number(ratio(r->tcpref, r->floor), 8);
        printf("\n");
    }
    printf("floor: %s\n", floor_means);
}

static json_t *number(double v)
{
    return isnan(v) ? json_null() : json_real(v);
}

bool rows_write(const struct rows *rows, const char *path)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < rows->count; i++) {
        const struct row *r = &rows->row[i];
        json_array_append_new(list, json_pack("{ss ss so so so so so sb}", "name", r->name, "unit",
                                              r->unit, "tcpref", number(r->tcpref), "lwip",
                                              number(r->lwip), "floor", number(r->floor), "vs_lwip",
                                              number(ratio(r->tcpref, r->lwip)), "vs_floor",
                                              number(ratio(r->tcpref, r->floor)), "more_is_better",
                                              (int)r->more_is_better));
    }
    json_t *root = json_pack("{si ss so}", "version", 1, "floor", floor_means, "rows", list);
    bool ok = json_dump_file(root, path, JSON_INDENT(2) | JSON_REAL_PRECISION(5)) == 0;
    json_decref(root);
    return ok;
}

static bool judge(const char *what, double value, const char *sign, double limit)
{
    bool ok = sign[0] == '<' ? value <= limit : value >= limit; /* NAN fails */
    printf("  %-4s %-66s %8.2f %s %.2f\n", ok ? "ok" : "NOT", what, value, sign, limit);
    return ok;
}

bool rows_judge(const struct rows *rows)
{
    const struct row *rx = rows_find(rows, "received segment, in order, 1460 octets");
    const struct row *ack = rows_find(rows, "pure ACK of new data");
    const struct row *bulk = rows_find(rows, "bulk A to B, checksums on");
    const struct row *rx1 = rows_find(rows, "received segment, 1 connection");
    const struct row *one = rows_find(rows, "received segment, one active of 100,000");
    const struct row *many = rows_find(rows, "received segment, spread over 100,000");
    const struct row *miss = rows_find(rows, "a cache miss in a chain");
    const struct row *idle = rows_find(rows, "memory of an idle connection");
    bool ok = true;
    printf("\n");
    ok &= judge("received segment / lwip's", ratio(rx->tcpref, rx->lwip), "<=", 0.35);
    ok &= judge("pure ACK / lwip's", ratio(ack->tcpref, ack->lwip), "<=", 0.6);
    ok &= judge("bulk with checksums / lwip's", ratio(bulk->tcpref, bulk->lwip), ">=", 4);
    ok &= judge("floor / bulk with checksums", ratio(bulk->floor, bulk->tcpref), "<=", 3);
    ok &= judge("one active of 100,000 / one", ratio(one->tcpref, rx1->tcpref), "<=", 1.5);
    ok &= judge("spread over 100,000, cache misses more than one",
                ratio(many->tcpref - rx1->tcpref, miss->floor), "<=", 4);
    ok &= judge("octets of an idle connection", idle->tcpref, "<=", 1024);
    return ok;
}
