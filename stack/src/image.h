/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The image of a connection (tcpref_checkpoint): how it is laid out in octets.
 *
 *   offset  octets
 *        0       4  "tcpr"
 *        4       2  version of the layout
 *        6       2  flags: which optional fields are there
 *        8       4  length of the whole image
 *       12       4  CRC-32 of all of it but this field
 *       16          the fields of checkpoint.c in their order, then the queues
 *
 * All numbers are big-endian. One cursor measures, writes and reads, so that one list of fields
 * serves all three and writer and reader cannot differ.
 */
#ifndef TCPREF_SRC_IMAGE_H
#define TCPREF_SRC_IMAGE_H

#include "seq.h"

enum { IMAGE_VERSION = 1, IMAGE_HEADER = 16 };
enum { IMAGE_HAS_RCV_MAX = 1 };

struct image {
    const uint8_t *in; /* reading: the octets; else NULL */
    uint8_t *out;      /* writing: the octets; NULL while reading or measuring */
    size_t at, len;    /* len: of what is read or may be written */
    bool bad;          /* reading: ran over the end, or met a value that its type cannot have */
};

void image_u8(struct image *im, uint8_t *v);
void image_u16(struct image *im, uint16_t *v);
void image_u32(struct image *im, uint32_t *v);
void image_u64(struct image *im, uint64_t *v);
void image_bool(struct image *im, bool *v);
void image_seq(struct image *im, tcpref_seq *v);

/* The next `len` octets to read, or to write, and steps over them; NULL: measuring, or not there.
 */
const uint8_t *image_read(struct image *im, size_t len);
uint8_t *image_write(struct image *im, size_t len);

/* Writes the header of a whole image of `len` octets. */
void image_seal(uint8_t *image, size_t len, uint16_t flags);
/* NULL if header, length and checksum are right, else what is wrong, in words. */
const char *image_open(const uint8_t *image, size_t len, uint16_t *ret_flags);

#endif
