/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The capture, read back with libpcap; and nothing left behind where it could not be written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <pcap/pcap.h>

#include "trace/trace.h"

enum { PACKETS = 40 };

struct place {
    char dir[64], path[128], part[140];
};

static int make_place(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    snprintf(place->dir, sizeof place->dir, "%s/test-pcap-XXXXXX", P_tmpdir);
    if (mkdtemp(place->dir) == NULL) {
        free(place);
        return -1;
    }
    snprintf(place->path, sizeof place->path, "%s/case.pcap", place->dir);
    snprintf(place->part, sizeof place->part, "%s.part", place->path);
    *state = place;
    return 0;
}

static int remove_place(void **state)
{
    struct place *place = *state;
    unlink(place->path);
    int result = rmdir(place->dir); /* fails if anything else was left */
    free(place);
    return result;
}

static struct trace *filled_trace(void)
{
    struct trace *t = trace_new();
    assert_non_null(t);
    for (uint8_t i = 0; i < PACKETS; i++) {
        static const uint8_t text[PACKETS];
        uint8_t buf[200];
        struct wire_seg seg = {.seq = i, .flags = WIRE_ACK, .payload = text, .len = i};
        seg.src.family = seg.dst.family = i % 3 == 0 ? 6 : 4;
        size_t len = wire_build(&seg, NULL, buf, sizeof buf);
        enum trace_kind kind = i % 2 == 0 ? TRACE_SENT : TRACE_INJECTED;
        uint64_t time = i * UINT64_C(1234567891);
        trace_packet(t, kind, i % 2 == 0, time, 0, buf, len);
        trace_packet(t, TRACE_LOST, true, time, 0, buf, len); /* not of the capture */
        trace_mark(t, TRACE_NOTE, time, 0, "nothing");
    }
    return t;
}

static void read_back(void **state)
{
    const struct place *place = *state;
    char why[200] = "", error[PCAP_ERRBUF_SIZE];
    struct trace *t = filled_trace();
    assert_int_equal(trace_write_pcap(t, place->path, why, sizeof why), 0);
    assert_int_equal(trace_write_pcap(t, place->path, why, sizeof why), 0); /* takes its place */
    assert_int_not_equal(access(place->part, F_OK), 0);
    pcap_t *in =
        pcap_open_offline_with_tstamp_precision(place->path, PCAP_TSTAMP_PRECISION_NANO, error);
    assert_non_null(in);
    assert_int_equal(pcap_datalink(in), DLT_RAW);
    struct pcap_pkthdr *head;
    const uint8_t *octets;
    for (uint64_t i = 0; i < PACKETS; i++) {
        const struct trace_event *event = trace_at(t, (size_t)i * 3);
        assert_int_equal(pcap_next_ex(in, &head, &octets), 1);
        assert_int_equal(head->caplen, event->packet_len);
        assert_int_equal(head->len, event->packet_len);
        assert_memory_equal(octets, event->packet, event->packet_len);
        assert_int_equal((uint64_t)head->ts.tv_sec * 1000000000 + (uint64_t)head->ts.tv_usec,
                         event->time);
    }
    assert_int_equal(pcap_next_ex(in, &head, &octets), PCAP_ERROR_BREAK);
    pcap_close(in);
    trace_free(t);
}

static void no_place_to_write(void **state)
{
    const struct place *place = *state;
    char why[200] = "", path[200];
    struct trace *t = filled_trace();
    snprintf(path, sizeof path, "%s/none/case.pcap", place->dir);
    assert_int_equal(trace_write_pcap(t, path, why, sizeof why), -1);
    assert_non_null(strstr(why, "none/case.pcap"));
    /* a directory in the way of the last rename: the half-way file goes again */
    why[0] = '\0';
    assert_int_equal(trace_write_pcap(t, place->dir, why, sizeof why), -1);
    assert_non_null(strstr(why, place->dir));
    trace_free(t);
}

static void a_full_disk(void **state)
{
    const struct place *place = *state;
    char why[200] = "";
    struct trace *t = filled_trace();
    assert_int_equal(symlink("/dev/full", place->part), 0);
    assert_int_equal(trace_write_pcap(t, place->path, why, sizeof why), -1);
    assert_int_not_equal(why[0], '\0');
    assert_int_not_equal(access(place->path, F_OK), 0);
    trace_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(read_back, make_place, remove_place),
        cmocka_unit_test_setup_teardown(no_place_to_write, make_place, remove_place),
        cmocka_unit_test_setup_teardown(a_full_disk, make_place, remove_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
