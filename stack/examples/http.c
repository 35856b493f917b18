/* SPDX-License-Identifier: BSD-2-Clause */
/* As much of HTTP/1.1 as the examples need. */
#include "http.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* SplitMix64's output for the counter `n`. */
static uint64_t mix(uint64_t n)
{
    n = (n + 1) * UINT64_C(0x9e3779b97f4a7c15);
    n = (n ^ (n >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    n = (n ^ (n >> 27)) * UINT64_C(0x94d049bb133111eb);
    return n ^ (n >> 31);
}

void http_pattern(uint64_t offset, void *buf, size_t len)
{
    uint8_t *out = buf;
    while (len > 0) {
        uint64_t word = mix(offset / 8);
        for (unsigned at = (unsigned)(offset % 8); at < 8 && len > 0; at++, offset++, len--) {
            *out++ = (uint8_t)(word >> (8 * at));
        }
    }
}

uint64_t http_hash(uint64_t hash, const void *data, size_t len)
{
    const uint8_t *in = data;
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ in[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

uint64_t http_pattern_hash(uint64_t len)
{
    uint8_t buf[4096];
    uint64_t hash = HTTP_HASH_START;
    for (uint64_t at = 0; at < len;) {
        size_t n = len - at < sizeof(buf) ? (size_t)(len - at) : sizeof(buf);
        http_pattern(at, buf, n);
        hash = http_hash(hash, buf, n);
        at += n;
    }
    return hash;
}

void http_begin(struct http_request *request)
{
    *request = (struct http_request){.phase = HTTP_HEAD, .hash = HTTP_HASH_START};
}

/* A number that ends with the line or a blank. */
static bool number(const char *text, uint64_t *ret_number)
{
    char *end;
    if (*text < '0' || *text > '9') {
        return false;
    }
    uint64_t n = strtoull(text, &end, 10);
    if (*end != ' ' && *end != '\r') {
        return false;
    }
    *ret_number = n;
    return true;
}

bool http_content_length(const char *head, uint64_t *ret_length)
{
    static const char name[] = "\r\nContent-Length:";
    const char *field = strcasestr(head, name);
    if (field == NULL) {
        return false;
    }
    field += sizeof(name) - 1;
    return number(field + strspn(field, " \t"), ret_length);
}

/* Text for the client, behind what it has not got yet. */
static void say(struct http_request *request, const char *status, uint64_t length, const char *body)
{
    size_t room = sizeof(request->text) - request->text_len;
    int n = snprintf(request->text + request->text_len, room,
                     "HTTP/1.1 %s\r\nContent-Length: %" PRIu64 "\r\nConnection: close\r\n\r\n%s",
                     status, length, body);
    request->text_len += (size_t)n < room ? (size_t)n : room - 1;
    request->phase = HTTP_ANSWER;
}

static void say_hash(struct http_request *request)
{
    char body[32];
    snprintf(body, sizeof(body), "%016" PRIx64 "\n", request->hash);
    say(request, "200 OK", strlen(body), body);
}

static void judge_head(struct http_request *request)
{
    const char *head = request->head;
    uint64_t length;
    if (strncmp(head, "GET /", 5) == 0) {
        if (number(head + 5, &length)) {
            request->pattern_end = length;
            say(request, "200 OK", length, "");
        } else {
            say(request, "404 Not Found", 0, "");
        }
    } else if (strncmp(head, "PUT ", 4) != 0 && strncmp(head, "POST ", 5) != 0) {
        say(request, "501 Not Implemented", 0, "");
    } else if (!http_content_length(head, &request->body_left)) {
        say(request, "411 Length Required", 0, "");
    } else {
        request->phase = HTTP_BODY;
        if (strcasestr(head, "\r\nExpect: 100-continue") != NULL) {
            request->text_len = (size_t)snprintf(request->text, sizeof(request->text),
                                                 "HTTP/1.1 100 Continue\r\n\r\n");
        }
    }
}

/* Returns how many of the octets were the head's. */
static size_t take_head(struct http_request *request, const char *data, size_t len)
{
    size_t before = request->head_len;
    size_t n = len < HTTP_HEAD_MAX - before ? len : HTTP_HEAD_MAX - before;
    memcpy(request->head + before, data, n);
    request->head[before + n] = '\0';
    char *end = strstr(request->head, "\r\n\r\n");
    if (end == NULL) {
        request->head_len += n;
        if (request->head_len == HTTP_HEAD_MAX) {
            say(request, "431 Request Header Fields Too Large", 0, "");
        }
        return n;
    }
    end[4] = '\0';
    request->head_len = (size_t)(end + 4 - request->head);
    judge_head(request);
    return request->head_len - before;
}

void http_take(struct http_request *request, const char *data, size_t len)
{
    if (request->phase == HTTP_HEAD) {
        size_t n = take_head(request, data, len);
        data += n;
        len -= n;
    }
    if (request->phase == HTTP_BODY) {
        size_t n = len < request->body_left ? len : (size_t)request->body_left;
        request->hash = http_hash(request->hash, data, n);
        request->body_left -= n;
        if (request->body_left == 0) {
            say_hash(request);
        }
    }
}

size_t http_give(const struct http_request *request, void *buf, size_t cap)
{
    size_t n = request->text_len - request->text_at;
    if (n > 0) {
        n = n < cap ? n : cap;
        memcpy(buf, request->text + request->text_at, n);
        return n;
    }
    uint64_t left = request->pattern_end - request->pattern_at;
    n = left < cap ? (size_t)left : cap;
    http_pattern(request->pattern_at, buf, n);
    return n;
}

void http_gave(struct http_request *request, size_t len)
{
    if (request->text_at < request->text_len) {
        request->text_at += len;
    } else {
        request->pattern_at += len;
    }
}

bool http_done(const struct http_request *request)
{
    return request->phase == HTTP_ANSWER && request->text_at == request->text_len &&
           request->pattern_at == request->pattern_end;
}
