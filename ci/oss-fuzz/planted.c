/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults that ci/oss-fuzz/check plants, to see that they are noticed. One of PLANT_* says which:
 * linked before a target's entry (-Wl,--wrap=LLVMFuzzerTestOneInput), or a target of its own.
 */
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int __real_LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int __wrap_LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#ifdef PLANT_STARTUP
__attribute__((constructor)) static void startup(void)
{
    abort();
}
#endif

#ifdef PLANT_EMPTY
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return size > 3 && data[size - 1] == 3 ? -1 : 0;
}
#else
/* One fault for each sanitizer; in what it does not see, nothing happens. */
__attribute__((noinline)) static int planted_crash(const uint8_t *data, size_t size)
{
    volatile uint8_t *block = malloc(size);
#if defined PLANT_ADDRESS
    memcpy((void *)(uintptr_t)block, data, size);
    return block[size];
#elif defined PLANT_UNDEFINED
    volatile int most = INT_MAX;
    return most + (block != NULL) + (data[0] > 0);
#elif defined PLANT_MEMORY
    return block[size - 1] > data[0] ? -1 : 0;
#else
    return block == data;
#endif
}

int __wrap_LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char magic[] = "PLANTED!";
    if (size >= sizeof magic - 1 && memcmp(data, magic, sizeof magic - 1) == 0 &&
        planted_crash(data, size) < 0)
        return -1;
    return __real_LLVMFuzzerTestOneInput(data, size);
}
#endif
