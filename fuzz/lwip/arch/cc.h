/* SPDX-License-Identifier: BSD-2-Clause */
/* What lwIP wants to know of the compiler. An assertion that fails is a finding. */
#ifndef FUZZ_LWIP_CC_H
#define FUZZ_LWIP_CC_H

#include <stdio.h>
#include <stdlib.h>

#define LWIP_NO_UNISTD_H 1
#define LWIP_RAND()      ((u32_t)rand())
#define LWIP_PLATFORM_ASSERT(text)                                                                 \
    do {                                                                                           \
        fprintf(stderr, "Assertion \"%s\" failed: %s:%d\n", text, __FILE__, __LINE__);             \
        abort();                                                                                   \
    } while (0)

#endif
