/* SPDX-License-Identifier: BSD-2-Clause */
/* make_packets FOLDER FILE.pcap...: one file for each kind of packet in the captures (family,
 * flags, options, with or without text); seeds of fuzz_wire. */
#include "wire/wire.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

enum { KINDS_MAX = 400 };

struct kind {
    uint8_t family, errors, options[WIRE_OPTIONS_MAX];
    uint16_t flags, text;
};

struct maker {
    const char *folder;
    struct kind kind[KINDS_MAX];
    unsigned kinds;
};

/* The options' kinds and lengths, without their values. */
static void take_options(const struct wire_seg *seg, struct kind *kind)
{
    unsigned n = 0;
    for (unsigned at = 0; at < seg->raw_options_len;) {
        const uint8_t *p = seg->raw_options + at;
        kind->options[n++] = p[0];
        bool single = p[0] < 2 || at + 1 == seg->raw_options_len || p[1] < 2;
        if (!single && n < WIRE_OPTIONS_MAX)
            kind->options[n++] = p[1];
        at += single ? 1 : p[1];
    }
}

static bool is_new(struct maker *m, const uint8_t *packet, size_t len)
{
    struct wire_seg seg;
    struct kind *kind = &m->kind[m->kinds];
    if (m->kinds == KINDS_MAX)
        return false;
    wire_parse(packet, len, &seg);
    memset(kind, 0, sizeof *kind);
    kind->family = seg.src.family;
    kind->errors = (uint8_t)(seg.errors | seg.errors >> 8);
    kind->flags = seg.flags;
    kind->text = seg.len > 0;
    take_options(&seg, kind);
    for (unsigned i = 0; i < m->kinds; i++)
        if (memcmp(kind, &m->kind[i], sizeof *kind) == 0)
            return false;
    m->kinds++;
    return true;
}

static bool keep(const struct maker *m, const uint8_t *packet, size_t len)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/packet-%03u", m->folder, m->kinds);
    FILE *file = fopen(path, "wb");
    if (file && fwrite(packet, 1, len, file) == len && fclose(file) == 0)
        return true;
    perror(path);
    return false;
}

static bool read_capture(struct maker *m, const char *path)
{
    char why[PCAP_ERRBUF_SIZE];
    struct pcap_pkthdr *head;
    const uint8_t *packet;
    bool fine = true;
    pcap_t *in = pcap_open_offline(path, why);
    if (!in) {
        fprintf(stderr, "make_packets: %s\n", why);
        return false;
    }
    while (fine && pcap_next_ex(in, &head, &packet) == 1)
        if (is_new(m, packet, head->caplen))
            fine = keep(m, packet, head->caplen);
    pcap_close(in);
    return fine;
}

int main(int argc, char **argv)
{
    static struct maker m;
    m.folder = argc > 1 ? argv[1] : NULL;
    for (int i = 2; i < argc; i++)
        if (!read_capture(&m, argv[i]))
            return 4;
    printf("%u packets\n", m.kinds);
    return m.kinds > 0 ? 0 : 1;
}
