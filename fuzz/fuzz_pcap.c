/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Captures: any that libpcap reads becomes a record of events, its first packet telling who the
 * stack is; the record is written as a capture again, and what libpcap reads there is the same.
 */
#include "trace/trace.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SIZE_MAX_READ = 1 << 16, PACKETS_MAX = 500, NS_PER_S = 1000000000, PATH_CAP = 128 };

static char folder[PATH_CAP], path[PATH_CAP + 16];

static void leave(void)
{
    rmdir(folder);
}

static void make_folder(void)
{
    snprintf(folder, sizeof folder, "%s/fuzz-pcap-XXXXXX", P_tmpdir);
    if (!mkdtemp(folder)) {
        fprintf(stderr, "%s: %s\n", folder, strerror(errno));
        exit(4);
    }
    snprintf(path, sizeof path, "%s/case.pcap", folder);
    atexit(leave);
}

static void differ(const char *what)
{
    fprintf(stderr, "PCAP %s\n", what);
    abort();
}

static bool time_of(const struct pcap_pkthdr *head, uint64_t *ret_time)
{
    if (head->ts.tv_sec < 0 || head->ts.tv_usec < 0 || head->ts.tv_usec >= NS_PER_S)
        return false; /* no moment at all */
    *ret_time = (uint64_t)head->ts.tv_sec * NS_PER_S + (uint64_t)head->ts.tv_usec;
    return true;
}

/* A flow of whatever the first readable packet is of, whose sender is the stack. */
static bool from_stack(struct trace *t, const uint8_t *packet, size_t len)
{
    struct wire_seg seg;
    const struct trace_flow *flow = trace_flow(t, 0);
    wire_parse(packet, len, &seg);
    if (!flow && !(seg.errors & WIRE_UNREADABLE)) {
        trace_flow_open(t, 0, &seg.src, &seg.dst, seg.ack - 1);
        flow = trace_flow(t, 0);
    }
    return flow && wire_addr_same(&seg.src, &flow->stack);
}

static void take(pcap_t *in, struct trace *t)
{
    struct pcap_pkthdr *head;
    const uint8_t *packet;
    uint64_t time;
    while (trace_count(t) < PACKETS_MAX && pcap_next_ex(in, &head, &packet) == 1) {
        if (!time_of(head, &time))
            continue;
        bool sent = from_stack(t, packet, head->caplen);
        enum trace_kind kind = sent ? TRACE_SENT : TRACE_INJECTED;
        if (!trace_packet(t, kind, sent, time, 0, packet, head->caplen))
            return;
    }
}

static void compare(pcap_t *in, const struct trace *t)
{
    struct pcap_pkthdr *head;
    const uint8_t *packet;
    uint64_t time;
    for (size_t i = 0; i < trace_count(t); i++) {
        const struct trace_event *e = trace_at(t, i);
        if (pcap_next_ex(in, &head, &packet) != 1)
            differ("ends too early");
        if (head->caplen != e->packet_len || head->len != e->packet_len ||
            memcmp(packet, e->packet, e->packet_len) != 0)
            differ("has another packet");
        if (!time_of(head, &time) || time != e->time)
            differ("has another time");
    }
    if (pcap_next_ex(in, &head, &packet) != PCAP_ERROR_BREAK)
        differ("goes on behind its end");
}

static void write_and_read(const struct trace *t)
{
    char why[PCAP_ERRBUF_SIZE + PATH_CAP];
    if (trace_write_pcap(t, path, why, sizeof why) != 0)
        differ(why);
    pcap_t *in = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, why);
    if (!in)
        differ(why);
    compare(in, t);
    pcap_close(in);
    unlink(path);
}

static struct trace *t;

/* The signature is the engines'. NOLINTNEXTLINE(readability-non-const-parameter) */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    make_folder();
    t = trace_new();
    /* At once, so that no input finds it smaller than the next one does. */
    if (!t || !trace_reserve(t, PACKETS_MAX, SIZE_MAX_READ)) {
        fprintf(stderr, "no memory\n");
        exit(4);
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char why[PCAP_ERRBUF_SIZE];
    if (size == 0 || size > SIZE_MAX_READ)
        return 0;
    FILE *file = fmemopen((void *)data, size, "rb");
    pcap_t *in =
        file ? pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, why)
             : NULL;
    if (!in) {
        if (file)
            fclose(file);
        return 0;
    }
    trace_reset(t);
    take(in, t);
    pcap_close(in);
    if (trace_count(t) > 0)
        write_and_read(t);
    return 0;
}
