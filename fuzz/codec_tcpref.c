/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpref's codec, told in the words of codec.h. Compiled with stack/src/wire.c under a name of its
 * own, as the harness's codec has a wire_parse() too. */
#include "codec.h"

#include "options.h"
#include "wire.h"

#include <string.h>

enum { OPTIONS_MAX = 40 };

static void take_options(const struct segment *in, struct codec_seg *to)
{
    to->mss_set = in->has_mss;
    to->mss = in->has_mss ? in->mss : 0;
    to->wscale_set = in->has_wscale;
    to->wscale = in->has_wscale ? in->wscale : 0;
    to->sack_ok = in->has_sack_ok;
    to->ts_set = in->has_ts;
    to->ts_val = in->has_ts ? in->tsval : 0;
    to->ts_ecr = in->has_ts ? in->tsecr : 0;
    to->sacks = in->sacks;
    for (unsigned i = 0; i < in->sacks; i++) {
        to->sack[2 * i] = in->sack[i].lo.n;
        to->sack[2 * i + 1] = in->sack[i].hi.n;
    }
}

const char *codec_tcpref_read(const uint8_t *packet, size_t len, bool verify,
                              struct codec_seg *ret_seg)
{
    struct segment seg = {0};
    enum tcpref_verdict verdict = wire_parse(packet, len, verify, &seg);
    if (verdict == TCPREF_V_ACCEPTED && !wire_sound(&seg))
        verdict = TCPREF_V_DROP_CHECKSUM;
    if (verdict != TCPREF_V_ACCEPTED)
        return tcpref_verdict_name(verdict);
    memset(ret_seg, 0, sizeof *ret_seg);
    ret_seg->family = seg.tuple.local.family;
    memcpy(ret_seg->src, seg.tuple.remote.bytes, 16);
    memcpy(ret_seg->dst, seg.tuple.local.bytes, 16);
    ret_seg->sport = seg.tuple.remote_port;
    ret_seg->dport = seg.tuple.local_port;
    ret_seg->seq = seg.seq.n;
    ret_seg->ack = seg.ack.n;
    ret_seg->flags = seg.flags;
    ret_seg->window = seg.wnd;
    ret_seg->urgent = seg.up;
    ret_seg->text = (uint32_t)(seg.text - packet);
    ret_seg->len = seg.len;
    ret_seg->ecn = seg.ecn;
    take_options(&seg, ret_seg);
    return NULL;
}

static void give_options(const struct codec_seg *from, struct segment *seg)
{
    seg->has_mss = from->mss_set;
    seg->mss = (uint16_t)from->mss;
    seg->has_wscale = from->wscale_set;
    seg->wscale = (uint8_t)from->wscale;
    seg->has_sack_ok = from->sack_ok;
    seg->has_ts = from->ts_set;
    seg->tsval = from->ts_val;
    seg->tsecr = from->ts_ecr;
    seg->sacks = (uint8_t)from->sacks;
    for (unsigned i = 0; i < from->sacks; i++)
        seg->sack[i] = (struct seq_range){{from->sack[2 * i]}, {from->sack[2 * i + 1]}};
}

size_t codec_tcpref_build(const struct codec_seg *from, const uint8_t *text, uint8_t *packet)
{
    struct segment seg = {.flags = (uint8_t)from->flags, .ttl = 64, .ecn = (uint8_t)from->ecn};
    seg.tuple.local.family = seg.tuple.remote.family = (uint8_t)from->family;
    memcpy(seg.tuple.local.bytes, from->src, 16);
    memcpy(seg.tuple.remote.bytes, from->dst, 16);
    seg.tuple.local_port = (uint16_t)from->sport;
    seg.tuple.remote_port = (uint16_t)from->dport;
    seg.seq.n = from->seq;
    seg.ack.n = from->ack;
    seg.wnd = (uint16_t)from->window;
    seg.up = (uint16_t)from->urgent;
    seg.len = from->len;
    give_options(from, &seg);
    if (options_len(&seg) > OPTIONS_MAX || wire_header_len(&seg) + seg.len >= CODEC_PACKET_MAX)
        return 0;
    memcpy(packet + wire_header_len(&seg), text, seg.len);
    return wire_emit(&seg, packet);
}
