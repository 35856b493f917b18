/* SPDX-License-Identifier: BSD-2-Clause */
/* A plug-in that works, but that dies of a segment with URG and FIN, and hangs on one with URG and
 * RST: tcpref's adapter, its input wrapped by the linker. The harness reads no header of tcpref, so
 * the wrapper hands on what it does not know. */
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

enum { FIN = 1, RST = 4, URG = 32, FLAGS_AT = 20 + 13 };

void __real_tcpref_input(void *host, const void *packet, size_t len, uint64_t now,
                         void *ret_verdict);
void __wrap_tcpref_input(void *host, const void *packet, size_t len, uint64_t now,
                         void *ret_verdict);

void __wrap_tcpref_input(void *host, const void *packet, size_t len, uint64_t now,
                         void *ret_verdict)
{
    const unsigned char *octet = packet;
    unsigned flags = len > FLAGS_AT && octet[0] == 0x45 ? octet[FLAGS_AT] : 0;
    if ((flags & (URG | FIN)) == (URG | FIN)) {
        (void)signal(SIGSEGV, SIG_DFL); /* a sanitizer would turn it into an exit */
        (void)raise(SIGSEGV);
    }
    while ((flags & (URG | RST)) == (URG | RST))
        (void)pause();
    __real_tcpref_input(host, packet, len, now, ret_verdict);
}
