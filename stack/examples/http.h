/* SPDX-License-Identifier: BSD-2-Clause */
/* As much of HTTP/1.1 as the examples need, without input or output of its own either: a server's
 * side of one request, the octets that are served, and their hash. */
#ifndef EXAMPLES_HTTP_H
#define EXAMPLES_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEAD_MAX 4096
/** FNV-1a, 64 bits, of no octets. */
#define HTTP_HASH_START UINT64_C(0xcbf29ce484222325)

/** Octets `offset` to `offset + len` of what is served: no stretch of it repeats. */
void http_pattern(uint64_t offset, void *buf, size_t len);
/** Goes on with a 64-bit FNV-1a hash. */
uint64_t http_hash(uint64_t hash, const void *data, size_t len);
/** The hash of the first `len` octets of what is served. */
uint64_t http_pattern_hash(uint64_t len);

enum http_phase { HTTP_HEAD, HTTP_BODY, HTTP_ANSWER };

/** A request on its way: GET /N is answered with N octets, PUT and POST with the body's hash. */
struct http_request {
    enum http_phase phase;
    char head[HTTP_HEAD_MAX + 1];
    size_t head_len;
    uint64_t body_left, hash; /* of an upload */
    char text[512];           /* what is said: head of the answer, short bodies */
    size_t text_len, text_at;
    uint64_t pattern_at, pattern_end; /* of a download, after the text */
};

void http_begin(struct http_request *request);
/** Octets have come from the client. What follows the request is ignored. */
void http_take(struct http_request *request, const char *data, size_t len);
/** The next octets for the client, at most `cap`; they are given again until http_gave(). */
size_t http_give(const struct http_request *request, void *buf, size_t cap);
void http_gave(struct http_request *request, size_t len);
/** Whether all of the answer was given. */
bool http_done(const struct http_request *request);

/** The value of a head's Content-Length; false: it has none that is a number. */
bool http_content_length(const char *head, uint64_t *ret_length);

#endif
