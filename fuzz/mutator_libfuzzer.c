/* SPDX-License-Identifier: BSD-2-Clause */
/* The mutator for libFuzzer, of the format the target's line in CMakeLists.txt gives. Part of the
 * time libFuzzer's own mutations have their turn: they know the dictionary and what was compared.
 */
#include "mutator.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
                                 size_t size2, uint8_t *out, size_t max_size, unsigned seed);

#ifdef MUTATOR_SCENARIO
#define FORMAT mutator_scenario
#else
static const struct mutator_format records = {.head = MUTATOR_HEAD, .record = MUTATOR_RECORD};
#define FORMAT records
#endif

/* The octets of one record alone, so that nothing behind it moves. */
static size_t mutate_record(struct mutator_random *random, uint8_t *data, size_t size)
{
    if (size < FORMAT.head + FORMAT.record)
        return 0;
    size_t at = mutator_below(random, (size - FORMAT.head) / FORMAT.record);
    uint8_t *record = data + FORMAT.head + at * FORMAT.record;
    LLVMFuzzerMutate(record, FORMAT.record, FORMAT.record);
    return size;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    struct mutator_random random = {seed};
    size_t changed = 0;
    switch (mutator_below(&random, 8)) {
    case 0:
        changed = LLVMFuzzerMutate(data, size, max_size);
        break;
    case 1:
        changed = mutate_record(&random, data, size);
        break;
    default:
        break;
    }
    return changed > 0 ? changed : mutator_mutate(&FORMAT, data, size, max_size, seed);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
                                 size_t size2, uint8_t *out, size_t max_size, unsigned seed)
{
    return mutator_cross(&FORMAT, data1, size1, data2, size2, out, max_size, seed);
}
