/* SPDX-License-Identifier: BSD-2-Clause */
/* The image of a connection: octets, header and checksum. */
#include "image.h"

#include "wire.h"

#include <string.h>

enum { AT_VERSION = 4, AT_FLAGS = 6, AT_LENGTH = 8, AT_CRC = 12 };
static const uint8_t magic[4] = {'t', 'c', 'p', 'r'};

const uint8_t *image_read(struct image *im, size_t len)
{
    if (!im->in || len > im->len - im->at) {
        im->bad = im->bad || im->in;
        return NULL;
    }
    im->at += len;
    return im->in + im->at - len;
}

uint8_t *image_write(struct image *im, size_t len)
{
    uint8_t *p = im->out ? im->out + im->at : NULL;
    im->at += len;
    return p;
}

static void number(struct image *im, uint64_t *v, unsigned octets)
{
    if (im->in) {
        const uint8_t *p = image_read(im, octets);
        *v = 0;
        for (unsigned i = 0; p && i < octets; i++)
            *v = *v << 8 | p[i];
        return;
    }
    uint8_t *p = image_write(im, octets);
    for (unsigned i = 0; p && i < octets; i++)
        p[i] = (uint8_t)(*v >> 8 * (octets - 1 - i));
}

void image_u8(struct image *im, uint8_t *v)
{
    uint64_t n = *v;
    number(im, &n, 1);
    *v = (uint8_t)n;
}

void image_u16(struct image *im, uint16_t *v)
{
    uint64_t n = *v;
    number(im, &n, 2);
    *v = (uint16_t)n;
}

void image_u32(struct image *im, uint32_t *v)
{
    uint64_t n = *v;
    number(im, &n, 4);
    *v = (uint32_t)n;
}

void image_u64(struct image *im, uint64_t *v)
{
    number(im, v, 8);
}

void image_bool(struct image *im, bool *v)
{
    uint8_t n = *v;
    image_u8(im, &n);
    im->bad = im->bad || n > 1;
    *v = n == 1;
}

void image_seq(struct image *im, tcpref_seq *v)
{
    image_u32(im, &v->n);
}

/* CRC-32 (reflected 0xedb88320), four bits at a time. */
static uint32_t crc(uint32_t sum, const uint8_t *p, size_t len)
{
    static const uint32_t nibble[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    for (size_t i = 0; i < len; i++) {
        sum ^= p[i];
        sum = sum >> 4 ^ nibble[sum & 15];
        sum = sum >> 4 ^ nibble[sum & 15];
    }
    return sum;
}

static uint32_t checksum(const uint8_t *image, size_t len)
{
    uint32_t sum = crc(UINT32_MAX, image, AT_CRC);
    return ~crc(sum, image + IMAGE_HEADER, len - IMAGE_HEADER);
}

void image_seal(uint8_t *image, size_t len, uint16_t flags)
{
    memcpy(image, magic, sizeof(magic));
    put16(image + AT_VERSION, IMAGE_VERSION);
    put16(image + AT_FLAGS, flags);
    put32(image + AT_LENGTH, (uint32_t)len);
    put32(image + AT_CRC, checksum(image, len));
}

const char *image_open(const uint8_t *image, size_t len, uint16_t *ret_flags)
{
    if (len < IMAGE_HEADER)
        return "shorter than the header of an image";
    if (memcmp(image, magic, sizeof(magic)) != 0)
        return "not an image of a connection";
    if (get16(image + AT_VERSION) != IMAGE_VERSION)
        return "of a version that is not known here";
    if (get32(image + AT_LENGTH) != len)
        return "not as long as its header says";
    if (get32(image + AT_CRC) != checksum(image, len))
        return "damaged: the checksum is wrong";
    if (get16(image + AT_FLAGS) & ~(unsigned)IMAGE_HAS_RCV_MAX)
        return "with fields that are not known here";
    *ret_flags = get16(image + AT_FLAGS);
    return NULL;
}
