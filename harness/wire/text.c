/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses, flags and errors for people.
 */
#include "wire/wire.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

const char *wire_addr_text(const struct wire_addr *a, char *buf, size_t cap)
{
    char ip[INET6_ADDRSTRLEN] = "?";
    if (a->family == 4 || a->family == 6) {
        inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->ip, ip, sizeof ip);
    }
    snprintf(buf, cap, a->family == 6 ? "[%s]:%u" : "%s:%u", ip, a->port);
    return buf;
}

const char *wire_flags_text(uint16_t flags, char *buf, size_t cap)
{
    static const struct {
        uint16_t flag;
        char letter;
    } names[] = {
        {WIRE_SYN, 'S'}, {WIRE_FIN, 'F'}, {WIRE_RST, 'R'}, {WIRE_PSH, 'P'}, {WIRE_ACK, '.'},
        {WIRE_URG, 'U'}, {WIRE_ECE, 'E'}, {WIRE_CWR, 'W'}, {WIRE_AE, 'e'},
    };
    char text[sizeof names / sizeof names[0] + 1];
    size_t n = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if ((flags & names[i].flag) != 0) {
            text[n++] = names[i].letter;
        }
    }
    text[n] = '\0';
    snprintf(buf, cap, "%s", n > 0 ? text : "none");
    return buf;
}

const char *wire_error_text(uint32_t errors)
{
    static const char *const names[] = {
        "it ends inside a header",
        "IP version, header length or total length impossible",
        "wrong IP header checksum",
        "not TCP",
        "an IP fragment",
        "TCP data offset below 5 or beyond the segment",
        "wrong TCP checksum",
        "an option of length 0 or 1, or past the header",
        "an option whose length is illegal for its kind",
        "not zero after the end of options",
        "a reserved bit is set",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if ((errors >> i & 1) != 0) {
            return names[i];
        }
    }
    return "nothing is wrong";
}
