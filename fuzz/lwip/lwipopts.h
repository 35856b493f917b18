/* SPDX-License-Identifier: BSD-2-Clause */
/* lwIP for fuzzing: no thread, memory from malloc() so that a sanitizer sees each block, and
 * otherwise what Debian builds, for which specs/deviations/lwip.yaml was written. */
#ifndef FUZZ_LWIPOPTS_H
#define FUZZ_LWIPOPTS_H

#define NO_SYS                    1
#define SYS_LIGHTWEIGHT_PROT      0
#define LWIP_NETCONN              0
#define LWIP_SOCKET               0
#define MEM_LIBC_MALLOC           1
#define MEMP_MEM_MALLOC           1
#define MEM_ALIGNMENT             8
#define LWIP_STATS                0
#define LWIP_IPV6                 1
#define IPV6_FRAG_COPYHEADER      1
#define LWIP_NETIF_TX_SINGLE_PBUF 1
#define LWIP_TCP_KEEPALIVE        1
#define TCP_MSS                   1460
#define TCP_WND                   0xFFFF
#define LWIP_WND_SCALE            1
#define TCP_RCV_SCALE             1
#define TCP_SND_BUF               TCP_WND
#define TCP_SND_QUEUELEN          180
#define LWIP_CHECKSUM_ON_COPY     1

#endif
