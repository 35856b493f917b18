/* SPDX-License-Identifier: BSD-2-Clause */
/* The mutator: what comes out decodes, stays within its bound, depends on the seed alone; each kind
 * of change does happen; and both engines' entry points lead to it. */
#include "mutator.h"

#include "scenario/bytes_codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MAX = SCN_BYTES_MAX, ROUNDS = 3000 };

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
                                 size_t size2, uint8_t *out, size_t max_size, unsigned seed);
void *afl_custom_init(void *afl, unsigned seed);
size_t afl_custom_fuzz(void *ctx, uint8_t *data, size_t size, uint8_t **ret_data, uint8_t *add,
                       size_t add_size, size_t max_size);
size_t afl_custom_havoc_mutation(void *ctx, uint8_t *data, size_t size, uint8_t **ret_data,
                                 size_t max_size);
void afl_custom_deinit(void *ctx);

/* libFuzzer's own part. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)
{
    if (size == 0 && max_size > 0)
        data[size++] = 0;
    if (size > 0)
        data[size / 2] ^= 0x55;
    return size;
}

static const struct mutator_format plain = {.head = 3, .record = 5};
static const struct mutator_format headless = {.record = 12};
static const struct mutator_format *const formats[] = {&mutator_scenario, &plain, &headless};

static size_t any_input(struct mutator_random *random, uint8_t *data, size_t max)
{
    size_t size = mutator_below(random, mutator_below(random, 2) ? max + 1 : 160);
    size = size > max ? max : size;
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)mutator_random(random);
    return size;
}

static void check_decodes(const uint8_t *data, size_t size)
{
    static struct scn scn;
    /* An exactly sized copy, so that a sanitizer sees a read beyond it. */
    uint8_t *exact = malloc(size ? size : 1);
    assert_non_null(exact);
    memcpy(exact, data, size);
    assert_int_equal(scn_from_bytes(exact, size, &scn), 0);
    assert_true(scn.steps <= SCN_BYTES_STEPS);
    free(exact);
    scn_free_steps(&scn);
}

static void test_bounds_and_seed(void **state)
{
    (void)state;
    struct mutator_random random = {1};
    for (unsigned i = 0; i < ROUNDS; i++) {
        const struct mutator_format *format = formats[i % 3];
        size_t max = 1 + mutator_below(&random, i % 2 ? MAX : 120);
        /* Exactly sized, so that a sanitizer sees what is written beyond. */
        uint8_t *one = malloc(max), *two = malloc(max);
        assert_true(one && two);
        size_t size = any_input(&random, one, max);
        memcpy(two, one, size);
        size_t len = mutator_mutate(format, one, size, max, i);
        assert_true(len > 0 && len <= max);
        assert_int_equal(mutator_mutate(format, two, size, max, i), len);
        assert_memory_equal(one, two, len);
        check_decodes(one, len);
        free(one);
        free(two);
    }
}

static void test_cross(void **state)
{
    (void)state;
    struct mutator_random random = {2};
    static uint8_t a[MAX], b[MAX];
    for (unsigned i = 0; i < ROUNDS; i++) {
        const struct mutator_format *format = formats[i % 3];
        size_t max = 1 + mutator_below(&random, i % 2 ? MAX : 120);
        size_t a_size = any_input(&random, a, MAX), b_size = any_input(&random, b, MAX);
        uint8_t *one = malloc(max), *two = malloc(max);
        assert_true(one && two);
        size_t len = mutator_cross(format, a, a_size, b, b_size, one, max, i);
        assert_true(len <= max);
        assert_int_equal(mutator_cross(format, a, a_size, b, b_size, two, max, i), len);
        assert_memory_equal(one, two, len);
        check_decodes(one, len);
        free(one);
        free(two);
    }
}

/* Head and steps joined are the input, octet for octet. */
static void test_steps_are_the_input(void **state)
{
    (void)state;
    struct mutator_random random = {3};
    static uint8_t data[MAX], joined[MAX];
    static size_t start[MUTATOR_STEPS + 1];
    for (unsigned i = 0; i < ROUNDS; i++) {
        const struct mutator_format *format = formats[i % 3];
        size_t size = any_input(&random, data, MAX);
        size_t steps = mutator_steps(format, data, size, start), at = start[0];
        assert_int_equal(at, format->head);
        memcpy(joined, data, at < size ? at : size);
        for (size_t k = 0; k < steps; k++) {
            assert_true(start[k] < start[k + 1]);
            memcpy(joined + at, data + start[k], start[k + 1] - start[k]);
            at += start[k + 1] - start[k];
        }
        assert_int_equal(at, size > format->head ? size : format->head);
        assert_memory_equal(joined, data, size);
    }
}

/* A step is what the decoder makes a step of, preparing records included. */
static void test_steps_are_the_decoders(void **state)
{
    (void)state;
    uint8_t data[SCN_BYTES_HEAD + 5 * SCN_BYTES_RECORD] = {0};
    static const uint8_t kinds[] = {9, 8, 0, 4, 2}; /* TIMES, TERM, SEGMENT; WAIT; APP */
    size_t start[MUTATOR_STEPS + 1];
    for (size_t i = 0; i < sizeof kinds; i++)
        data[SCN_BYTES_HEAD + i * SCN_BYTES_RECORD] = kinds[i];
    assert_int_equal(mutator_steps(&mutator_scenario, data, sizeof data, start), 3);
    assert_int_equal(start[1], SCN_BYTES_HEAD + 3 * SCN_BYTES_RECORD);
    assert_int_equal(start[2], SCN_BYTES_HEAD + 4 * SCN_BYTES_RECORD);
    struct scn scn = {0};
    assert_int_equal(scn_from_bytes(data, sizeof data, &scn), 0);
    assert_int_equal(scn.steps, 3);
    scn_free_steps(&scn);
}

/* What each change is known by, over many seeds. */
struct seen {
    unsigned longer, shorter, reordered, head, field, wait, same;
};

static unsigned count_waits(const uint8_t *data, size_t size)
{
    unsigned n = 0;
    for (size_t at = SCN_BYTES_HEAD; at + SCN_BYTES_RECORD <= size; at += SCN_BYTES_RECORD)
        n += bytes_kind(data[at]) == BYTES_WAIT && data[at + 1] == 0;
    return n;
}

static void note(struct seen *seen, const uint8_t *before, const uint8_t *after, size_t size,
                 size_t len)
{
    unsigned differ = 0;
    for (size_t i = SCN_BYTES_HEAD; i < size && i < len; i++)
        differ += before[i] != after[i];
    seen->longer += len > size;
    seen->shorter += len < size;
    seen->wait += count_waits(after, len) > 0;
    seen->head += memcmp(before, after, SCN_BYTES_HEAD) != 0;
    seen->field += len == size && differ == 1;
    seen->reordered += len == size && differ == 2 * SCN_BYTES_RECORD - 2;
    seen->same += len == size && memcmp(before, after, len) == 0;
}

static void test_every_change_happens(void **state)
{
    (void)state;
    enum { STEPS = 12, SIZE = SCN_BYTES_HEAD + STEPS * SCN_BYTES_RECORD };
    uint8_t before[SIZE] = {0}, after[MAX];
    struct seen seen = {0};
    for (size_t i = 0; i < STEPS; i++) { /* texts that differ in all octets but first and last */
        memset(before + SCN_BYTES_HEAD + i * SCN_BYTES_RECORD, (int)i + 1, SCN_BYTES_RECORD);
        before[SCN_BYTES_HEAD + i * SCN_BYTES_RECORD] = 1;
        before[SCN_BYTES_HEAD + (i + 1) * SCN_BYTES_RECORD - 1] = 0;
    }
    for (unsigned i = 0; i < ROUNDS; i++) {
        memcpy(after, before, SIZE);
        size_t len = mutator_mutate(&mutator_scenario, after, SIZE, MAX, i);
        note(&seen, before, after, SIZE, len);
    }
    assert_in_range(seen.longer, ROUNDS / 5, ROUNDS);
    assert_in_range(seen.shorter, ROUNDS / 10, ROUNDS);
    assert_in_range(seen.wait, ROUNDS / 10, ROUNDS);
    assert_in_range(seen.head, ROUNDS / 20, ROUNDS);
    assert_in_range(seen.field, ROUNDS / 20, ROUNDS);
    assert_in_range(seen.reordered, ROUNDS / 200, ROUNDS);
    assert_in_range(seen.same, 0, ROUNDS / 20);
}

static void test_libfuzzer(void **state)
{
    (void)state;
    struct mutator_random random = {4};
    static uint8_t a[MAX], b[MAX], out[MAX];
    for (unsigned i = 0; i < ROUNDS; i++) {
        size_t a_size = any_input(&random, a, MAX), b_size = any_input(&random, b, MAX);
        size_t len = LLVMFuzzerCustomCrossOver(a, a_size, b, b_size, out, MAX, i);
        assert_true(len <= MAX);
        memcpy(b, a, a_size);
        len = LLVMFuzzerCustomMutator(a, a_size, MAX, i);
        assert_true(len > 0 && len <= MAX);
        assert_int_equal(LLVMFuzzerCustomMutator(b, a_size, MAX, i), len);
        assert_memory_equal(a, b, len);
    }
}

static void test_afl(void **state)
{
    (void)state;
    struct mutator_random random = {5};
    static uint8_t a[MAX], b[MAX], copy[MAX];
    void *ctx[2] = {afl_custom_init(NULL, 7), afl_custom_init(NULL, 7)};
    assert_true(ctx[0] && ctx[1]);
    for (unsigned i = 0; i < ROUNDS; i++) {
        size_t a_size = any_input(&random, a, MAX), b_size = any_input(&random, b, MAX);
        size_t max = i % 3 ? 1u << 20 : 1 + mutator_below(&random, MAX), len[2];
        uint8_t *out[2];
        memcpy(copy, a, a_size);
        for (unsigned k = 0; k < 2; k++)
            len[k] = i % 2 ? afl_custom_fuzz(ctx[k], a, a_size, &out[k], b, b_size, max)
                           : afl_custom_havoc_mutation(ctx[k], a, a_size, &out[k], max);
        assert_true(len[0] > 0 && len[0] <= max && len[0] <= MAX);
        assert_int_equal(len[0], len[1]);
        assert_memory_equal(out[0], out[1], len[0]);
        assert_memory_equal(copy, a, a_size);
    }
    afl_custom_deinit(ctx[0]);
    afl_custom_deinit(ctx[1]);
}

static void test_afl_format(void **state)
{
    (void)state;
    static const char *const bad[] = {"",      "4",       "4 8",    "4 0 9",
                                      "4,8,0", "4,8,9,x", "4,65,9", "4,8,99999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        setenv("TCPASSAY_FORMAT", bad[i], 1);
        assert_null(afl_custom_init(NULL, 1));
    }
    setenv("TCPASSAY_FORMAT", "4,8,44", 1);
    void *ctx = afl_custom_init(NULL, 1);
    uint8_t data[20] = {0}, *out;
    assert_non_null(ctx);
    for (unsigned i = 0; i < 100; i++)
        assert_in_range(afl_custom_fuzz(ctx, data, sizeof data, &out, NULL, 0, MAX), 1, 44);
    afl_custom_deinit(ctx);
    unsetenv("TCPASSAY_FORMAT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounds_and_seed),
        cmocka_unit_test(test_cross),
        cmocka_unit_test(test_steps_are_the_input),
        cmocka_unit_test(test_steps_are_the_decoders),
        cmocka_unit_test(test_every_change_happens),
        cmocka_unit_test(test_libfuzzer),
        cmocka_unit_test(test_afl),
        cmocka_unit_test(test_afl_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
