/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The harness's own codec for IPv4, IPv6, TCP with its options, and ICMP. It shares nothing with
 * any stack under test. Parsing is total: any octets give a packet with `errors` saying what is
 * wrong.
 */
#ifndef HARNESS_WIRE_H
#define HARNESS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum wire_flag {
    WIRE_FIN = 0x01,
    WIRE_SYN = 0x02,
    WIRE_RST = 0x04,
    WIRE_PSH = 0x08,
    WIRE_ACK = 0x10,
    WIRE_URG = 0x20,
    WIRE_ECE = 0x40,
    WIRE_CWR = 0x80,
    WIRE_AE = 0x100, /* RFC 9768; a reserved bit elsewhere */
};

/** What is wrong with a packet; several may be set. */
enum wire_error {
    WIRE_SHORT = 1 << 0,     /* ends inside a header */
    WIRE_IP_HEADER = 1 << 1, /* version, header length or total length impossible */
    WIRE_IP_CHECKSUM = 1 << 2,
    WIRE_NOT_TCP = 1 << 3, /* fine, but not TCP (`protocol` says what) */
    WIRE_FRAGMENT = 1 << 4,
    WIRE_TCP_OFFSET = 1 << 5, /* data offset below 5 or beyond the segment */
    WIRE_TCP_CHECKSUM = 1 << 6,
    WIRE_OPTION_LENGTH = 1 << 7, /* an option of length 0 or 1, or past the header */
    WIRE_OPTION_KIND = 1 << 8,   /* a known option with a length illegal for its kind */
    WIRE_EOL_PADDING = 1 << 9,   /* not zero after end-of-options; RFC 9293, 3.1 (MUST-69) */
    WIRE_RESERVED = 1 << 10,     /* one of the three lower reserved bits is set */
};

/** Without these a segment's fields cannot be believed. */
#define WIRE_UNREADABLE                                                                            \
    (WIRE_SHORT | WIRE_IP_HEADER | WIRE_NOT_TCP | WIRE_FRAGMENT | WIRE_TCP_OFFSET)

struct wire_addr {
    uint8_t family; /* 4 or 6 */
    uint8_t ip[16];
    uint16_t port;
};

enum { WIRE_SACK_MAX = 4, WIRE_OPTIONS_MAX = 40, WIRE_HEADERS_MAX = 40 + 60 };

struct wire_options {
    bool mss_set, wscale_set, sack_ok, ts_set;
    uint16_t mss;
    uint8_t wscale;
    uint32_t ts_val, ts_ecr;
    uint8_t sacks;
    struct {
        uint32_t left, right;
    } sack[WIRE_SACK_MAX];
    uint8_t unknown; /* how many options of a kind not listed above (NOP and EOL are not counted) */
};

/** A TCP segment, numbers in host order. `payload` points into the packet that was parsed. */
struct wire_seg {
    struct wire_addr src, dst;
    uint32_t seq, ack;
    uint16_t flags; /* enum wire_flag */
    uint16_t window;
    uint16_t urgent;
    struct wire_options opt;
    uint8_t raw_options[WIRE_OPTIONS_MAX]; /* as on the wire */
    uint8_t raw_options_len;
    const uint8_t *payload;
    uint32_t len;     /* octets of text */
    uint32_t errors;  /* enum wire_error */
    uint8_t protocol; /* of the IP header */
    uint8_t ttl, tos;
};

/** SEG.LEN of RFC 9293, 3.3.1: text, SYN and FIN counted. */
static inline uint32_t wire_seg_len(const struct wire_seg *seg)
{
    return seg->len + ((seg->flags & WIRE_SYN) != 0) + ((seg->flags & WIRE_FIN) != 0);
}

/** Parse any octets. Never fails: look at `errors`. Fields not reached are 0. */
void wire_parse(const void *packet, size_t len, struct wire_seg *ret_seg);

/** What `wire_build` may get wrong on purpose. */
struct wire_twist {
    bool bad_checksum;  /* TCP: the right one with one bit turned */
    bool zero_checksum; /* TCP: the field is zero though that is not its value */
    int8_t data_offset; /* in words; 0: the right one */
    uint8_t reserved;   /* low three bits: the reserved bits */
    bool raw_options;   /* use seg->raw_options as they are (padded with EOL) instead of seg->opt */
};

/**
 * Build the packet: IP header, TCP header, options (from `seg->opt` in the usual order and padding,
 * or raw), payload. `twist` may be NULL. Returns the length, 0 if CAP is too small or the options
 * take over 40 octets.
 */
size_t wire_build(const struct wire_seg *seg, const struct wire_twist *twist, void *buf,
                  size_t cap);

/** How many octets the options of `seg->opt` take, padding included. */
size_t wire_options_len(const struct wire_options *opt);

/** An ICMP or ICMPv6 error that quotes QUOTED (the first octets of it, as the RFCs ask). */
struct wire_icmp {
    struct wire_addr src, dst; /* dst: whom it is for */
    uint8_t type, code;
    uint32_t info; /* the second word: MTU for "too big" */
    const uint8_t *quoted;
    size_t quoted_len;
};
size_t wire_build_icmp(const struct wire_icmp *icmp, void *buf, size_t cap);
/** true if the packet is ICMP or ICMPv6, with its fields; `quoted` points into the packet. */
bool wire_parse_icmp(const void *packet, size_t len, struct wire_icmp *ret_icmp);

/** Port included. Inline, with sizes that are known: it is asked some five times for each packet.
 */
static inline bool wire_addr_same(const struct wire_addr *a, const struct wire_addr *b)
{
    return a->port == b->port && a->family == b->family && memcmp(a->ip, b->ip, 4) == 0 &&
           (a->family == 4 || memcmp(a->ip + 4, b->ip + 4, 12) == 0);
}
/** "10.0.0.1:80" or "[fd00::1]:80"; returns buf. */
const char *wire_addr_text(const struct wire_addr *a, char *buf, size_t cap);
/** Flags as tcpdump's letters in the order S F R P . U E W, "." standing for ACK; returns buf. */
const char *wire_flags_text(uint16_t flags, char *buf, size_t cap);
/** The lowest error of `errors` in words. */
const char *wire_error_text(uint32_t errors);

/**
 * The octet at OFFSET of a stream: a function of the seed and the offset alone, so that an octet in
 * a wrong place is seen wherever it turns up. Offset 0 is the first octet of text (SEQ ISN + 1).
 */
uint8_t wire_stream_octet(uint64_t seed, uint64_t offset);
void wire_stream_fill(uint64_t seed, uint64_t offset, void *buf, size_t len);
/** The first index at which BUF is not the stream at OFFSET, or LEN. */
size_t wire_stream_check(uint64_t seed, uint64_t offset, const void *buf, size_t len);

#endif
