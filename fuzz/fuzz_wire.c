/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two codecs that share nothing, tcpref's and the harness's, read the same packet: both refuse it,
 * or both read the same; and what one builds of it, the other reads again without a complaint.
 */
#include "codec.h"
#include "wire/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where one refuses and the other may read, and why. */
static const struct may_differ {
    const char *verdict; /* of tcpref, which is the one that refuses */
    uint8_t version;     /* of IP; 0: both */
    const char *why;
} may_differ[] = {
    {"DROP_PORT", 0,
     "RFC 9293, 3.1: port 0 is nobody's; the harness shows such segments all the same"},
    {"DROP_FRAGMENT", 6,
     "RFC 6946: a fragment header alone in IPv6; tcpref leaves all fragments to IP"},
};

static const uint32_t refused = WIRE_UNREADABLE | WIRE_IP_CHECKSUM | WIRE_TCP_CHECKSUM;

static uint8_t built[CODEC_PACKET_MAX];

static void differ(const char *what, const char *more)
{
    fprintf(stderr, "WIRE %s (%s)\n", what, more);
    abort();
}

/* `who` reads otherwise what the other has: the fields that are not alike, as the words of the
 * record. */
static void same(const struct codec_seg *a, const struct codec_seg *b, const char *who)
{
    uint32_t x[sizeof *a / 4], y[sizeof *a / 4];
    memcpy(x, a, sizeof x);
    memcpy(y, b, sizeof y);
    if (memcmp(x, y, sizeof x) == 0)
        return;
    for (size_t i = 0; i < sizeof x / 4; i++)
        if (x[i] != y[i])
            fprintf(stderr, "  word %zu: %08x, %08x\n", i, x[i], y[i]);
    differ("two readings of one segment", who);
}

/* What TCP makes of options: RFC 9293, 3.7.1 (MSS), RFC 7323, 2.2 (shift) and RFC 2018, 2 (SACK
 * permitted) know them in a SYN alone, RFC 2018, 3 has no SACK there; a shift over 14 is 14
 * (RFC 7323, 2.3). The harness reads what stands there. */
static void take_options(const struct wire_seg *in, struct codec_seg *to)
{
    const struct wire_options *opt = &in->opt;
    bool syn = in->flags & WIRE_SYN;
    to->mss_set = syn && opt->mss_set;
    to->mss = to->mss_set ? opt->mss : 0;
    to->wscale_set = syn && opt->wscale_set;
    to->wscale = !to->wscale_set ? 0 : opt->wscale < 14 ? opt->wscale : 14;
    to->sack_ok = syn && opt->sack_ok;
    to->ts_set = opt->ts_set;
    to->ts_val = opt->ts_val;
    to->ts_ecr = opt->ts_ecr;
    to->sacks = syn ? 0 : opt->sacks;
    for (unsigned i = 0; i < to->sacks; i++) {
        to->sack[2 * i] = opt->sack[i].left;
        to->sack[2 * i + 1] = opt->sack[i].right;
    }
}

static void take(const struct wire_seg *in, const uint8_t *packet, struct codec_seg *to)
{
    memset(to, 0, sizeof *to);
    memcpy(to->src, in->src.ip, 16);
    memcpy(to->dst, in->dst.ip, 16);
    to->family = in->src.family;
    to->sport = in->src.port;
    to->dport = in->dst.port;
    to->seq = in->seq;
    to->ack = in->ack;
    to->flags = in->flags & 0xff; /* RFC 9768's AE is a reserved bit to tcpref */
    to->window = in->window;
    to->urgent = in->urgent;
    to->text = (uint32_t)(in->payload - packet);
    to->len = in->len;
    to->ecn = in->tos & 3;
    take_options(in, to);
}

static bool allowed(const char *verdict, uint8_t version)
{
    for (size_t i = 0; i < sizeof may_differ / sizeof *may_differ; i++)
        if (strcmp(verdict, may_differ[i].verdict) == 0 &&
            (!may_differ[i].version || may_differ[i].version == version))
            return true;
    return false;
}

/* Both read it, or both refuse it; true: both read it. */
static bool both_read(const uint8_t *packet, size_t size, const struct wire_seg *seg, bool verify,
                      struct codec_seg *ret_seg)
{
    struct codec_seg theirs;
    const char *verdict = codec_tcpref_read(packet, size, verify, &theirs);
    bool harness = !(seg->errors & (verify ? refused : WIRE_UNREADABLE));
    if (verdict && (!harness || allowed(verdict, packet[0] >> 4)))
        return false;
    if (verdict)
        differ("tcpref alone refuses", verdict);
    if (!harness)
        differ("the harness alone refuses", wire_error_text(seg->errors));
    take(seg, packet, ret_seg);
    same(ret_seg, &theirs, verify ? "checksums right" : "any checksums");
    return true;
}

static void same_again(const struct codec_seg *was, const uint8_t *text, struct codec_seg *is,
                       const char *who)
{
    if (is->len != was->len || memcmp(built + is->text, text, was->len) != 0)
        differ("built and read again, the text is another", who);
    is->text = was->text;
    same(was, is, who);
}

static void tcpref_builds(struct codec_seg seg, const uint8_t *text)
{
    struct codec_seg is;
    struct wire_seg read;
    if (!(seg.flags & WIRE_ACK))
        seg.ack = 0; /* which is how tcpref writes it */
    size_t len = codec_tcpref_build(&seg, text, built);
    if (len == 0)
        return;
    wire_parse(built, len, &read);
    if (read.errors)
        differ("tcpref builds what the harness refuses", wire_error_text(read.errors));
    take(&read, built, &is);
    same_again(&seg, text, &is, "built by tcpref");
}

static void harness_builds(const struct codec_seg *seg, const struct wire_seg *from)
{
    struct codec_seg is;
    size_t len = wire_build(from, NULL, built, sizeof built);
    if (len == 0)
        return;
    const char *verdict = codec_tcpref_read(built, len, true, &is);
    if (verdict)
        differ("the harness builds what tcpref refuses", verdict);
    same_again(seg, from->payload, &is, "built by the harness");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_seg seg;
    struct codec_seg both;
    if (size == 0 || size > CODEC_PACKET_MAX)
        return 0;
    wire_parse(data, size, &seg);
    both_read(data, size, &seg, true, &both);
    if (both_read(data, size, &seg, false, &both)) {
        tcpref_builds(both, seg.payload);
        harness_builds(&both, &seg);
    }
    return 0;
}
