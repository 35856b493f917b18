/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293, 3.2: options; RFC 7323, 2.2 and 3.2: window scale and timestamps; RFC 2018: SACK. */
#include "options.h"
#include "wire.h"

enum { KIND_END = 0, KIND_NOP = 1, KIND_MSS = 2, KIND_WSCALE = 3 };
enum { KIND_SACK_OK = 4, KIND_SACK = 5, KIND_TS = 8, KIND_UTO = 28 };
enum { LEN_MSS = 4, LEN_WSCALE = 3, LEN_SACK_OK = 2, LEN_TS = 10, LEN_UTO = 4 };
enum { LEN_SACK = 2, LEN_BLOCK = 8 };

/* RFC 2018, 3: a length that is not 2 and a number of blocks, at least one, is no SACK. */
static void parse_sack(const uint8_t *p, size_t len, struct segment *seg)
{
    if (len % LEN_BLOCK != LEN_SACK || len == LEN_SACK || len > LEN_SACK + SACK_BLOCKS * LEN_BLOCK)
        return;
    seg->sacks = (uint8_t)(len / LEN_BLOCK);
    for (unsigned i = 0; i < seg->sacks; i++) {
        const uint8_t *block = p + LEN_SACK + (size_t)i * LEN_BLOCK;
        seg->sack[i] = (struct seq_range){seq_of(get32(block)), seq_of(get32(block + 4))};
    }
}

static void parse_one(const uint8_t *p, size_t len, struct segment *seg)
{
    bool syn = seg->flags & SYN;
    if (p[0] == KIND_MSS && len == LEN_MSS && syn) {
        seg->has_mss = true;
        seg->mss = get16(p + 2);
    } else if (p[0] == KIND_WSCALE && len == LEN_WSCALE && syn) {
        seg->has_wscale = true;
        seg->wscale = p[2] < 14 ? p[2] : 14; /* RFC 7323, 2.3. DEVIATION: no log of it */
    } else if (p[0] == KIND_SACK_OK && len == LEN_SACK_OK && syn) {
        seg->has_sack_ok = true;
    } else if (p[0] == KIND_SACK && !syn) {
        parse_sack(p, len, seg);
    } else if (p[0] == KIND_TS && len == LEN_TS) {
        seg->has_ts = true;
        seg->tsval = get32(p + 2);
        seg->tsecr = get32(p + 6);
    } else if (p[0] == KIND_UTO && len == LEN_UTO) {
        seg->has_uto = true;
        seg->uto = get16(p + 2);
    }
}

/* A length that cannot be ends the reading: what came before it stands (MUST-7). */
void options_parse(const uint8_t *p, size_t len, struct segment *seg)
{
    while (len > 0 && p[0] != KIND_END) {
        size_t n = 1;
        if (p[0] != KIND_NOP) {
            if (len < 2 || p[1] < 2 || p[1] > len)
                return;
            n = p[1];
            parse_one(p, n, seg);
        }
        p += n;
        len -= n;
    }
}

size_t options_len(const struct segment *seg)
{
    return (seg->has_mss ? 4U : 0U) + (seg->has_wscale ? 4U : 0U) + (seg->has_sack_ok ? 4U : 0U) +
           (seg->has_ts ? (unsigned)OPTIONS_TS_LEN : 0U) + options_sack_len(seg->sacks) +
           (seg->has_uto ? (unsigned)OPTIONS_UTO_LEN : 0U);
}

static void emit_sack(const struct segment *seg, uint8_t *p)
{
    p[0] = KIND_NOP;
    p[1] = KIND_NOP;
    p[2] = KIND_SACK;
    p[3] = (uint8_t)(LEN_SACK + seg->sacks * LEN_BLOCK);
    for (unsigned i = 0; i < seg->sacks; i++) {
        put32(p + 4 + (size_t)i * LEN_BLOCK, seg->sack[i].lo.n);
        put32(p + 8 + (size_t)i * LEN_BLOCK, seg->sack[i].hi.n);
    }
}

void options_emit(const struct segment *seg, uint8_t *p)
{
    if (seg->has_mss) {
        p[0] = KIND_MSS;
        p[1] = LEN_MSS;
        put16(p + 2, seg->mss);
        p += 4;
    }
    if (seg->has_wscale) {
        p[0] = KIND_NOP;
        p[1] = KIND_WSCALE;
        p[2] = LEN_WSCALE;
        p[3] = seg->wscale;
        p += 4;
    }
    if (seg->has_sack_ok) {
        p[0] = KIND_NOP;
        p[1] = KIND_NOP;
        p[2] = KIND_SACK_OK;
        p[3] = LEN_SACK_OK;
        p += 4;
    }
    if (seg->has_ts) {
        p[0] = KIND_NOP;
        p[1] = KIND_NOP;
        p[2] = KIND_TS;
        p[3] = LEN_TS;
        put32(p + 4, seg->tsval);
        put32(p + 8, seg->tsecr);
        p += OPTIONS_TS_LEN;
    }
    if (seg->has_uto) {
        p[0] = KIND_UTO;
        p[1] = LEN_UTO;
        put16(p + 2, seg->uto);
        p += OPTIONS_UTO_LEN;
    }
    if (seg->sacks > 0)
        emit_sack(seg, p);
}
