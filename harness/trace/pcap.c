/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The record as a capture that any analyser reads.
 */
#include "trace/trace.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SNAPLEN = 262144, NS_PER_S = 1000000000 };

static int write_packets(const struct trace *t, pcap_dumper_t *dumper)
{
    for (size_t i = 0; i < trace_count(t); i++) {
        const struct trace_event *event = trace_at(t, i);
        if (event->kind != TRACE_SENT && event->kind != TRACE_INJECTED) {
            continue;
        }
        struct pcap_pkthdr head = {.caplen = event->packet_len, .len = event->packet_len};
        head.ts.tv_sec = (time_t)(event->time / NS_PER_S);
        head.ts.tv_usec = (suseconds_t)(event->time % NS_PER_S); /* ns: the precision asked for */
        pcap_dump((uint8_t *)dumper, &head, event->packet);
    }
    return pcap_dump_flush(dumper) == 0 && ferror(pcap_dump_file(dumper)) == 0 ? 0 : -1;
}

static int write_file(const struct trace *t, const char *path, char *why, size_t why_cap)
{
    pcap_t *dead =
        pcap_open_dead_with_tstamp_precision(DLT_RAW, SNAPLEN, PCAP_TSTAMP_PRECISION_NANO);
    if (dead == NULL) {
        snprintf(why, why_cap, "%s: out of memory", path);
        return -1;
    }
    int result = -1;
    pcap_dumper_t *dumper = pcap_dump_open(dead, path);
    if (dumper == NULL) {
        snprintf(why, why_cap, "%s", pcap_geterr(dead));
    } else {
        result = write_packets(t, dumper);
        if (result != 0) {
            snprintf(why, why_cap, "%s: %s", path, strerror(errno));
        }
        pcap_dump_close(dumper);
    }
    pcap_close(dead);
    return result;
}

int trace_write_pcap(const struct trace *t, const char *path, char *why, size_t why_cap)
{
    char *part = NULL;
    if (asprintf(&part, "%s.part", path) < 0) {
        snprintf(why, why_cap, "%s: out of memory", path);
        return -1;
    }
    int result = write_file(t, part, why, why_cap);
    if (result == 0 && rename(part, path) != 0) {
        snprintf(why, why_cap, "%s: %s", path, strerror(errno));
        result = -1;
    }
    if (result != 0) {
        unlink(part); /* nothing half-written stays behind */
    }
    free(part);
    return result;
}
