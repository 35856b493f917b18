/* SPDX-License-Identifier: BSD-2-Clause */
/* Inputs of a fuzz target, from files. */
#ifndef FUZZ_INPUTS_H
#define FUZZ_INPUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { INPUT_MAX = 1 << 20 }; /* octets; of a longer file the first ones */

struct input {
    uint8_t *data; /* exactly `size` octets, so that a sanitizer sees a read beyond them */
    size_t size;
};

struct inputs {
    struct input *input;
    size_t count;
};

/**
 * Add the file PATH, or every file of the folder PATH in the order of their names, but for what is
 * hidden and what is for people: NAME.yaml and NAME.txt beside NAME. False after a message if
 * anything cannot be read, or there is no memory.
 */
bool inputs_add(struct inputs *inputs, const char *path);
void inputs_free(struct inputs *inputs);

#endif
