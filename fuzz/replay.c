/* SPDX-License-Identifier: BSD-2-Clause */
/* main() for plain builds: plays files, or every file of folders, through a fuzz target. A file
 * that cannot be read is an error, and so is a folder with nothing in it. */
#include "inputs.h"

#include <stdio.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int __attribute__((weak)) LLVMFuzzerInitialize(int *argc, char ***argv);

enum { LIMIT_SECONDS = 10 };

int main(int argc, char **argv)
{
    struct inputs inputs = {0};
    size_t count = 0;
    bool fine = true;
    if (LLVMFuzzerInitialize)
        LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) {
        fine &= inputs_add(&inputs, argv[i]);
        for (size_t k = 0; k < inputs.count; k++, count++) {
            alarm(LIMIT_SECONDS);
            LLVMFuzzerTestOneInput(inputs.input[k].data, inputs.input[k].size);
            alarm(0);
        }
        inputs_free(&inputs);
    }
    if (!count) {
        fprintf(stderr, "%s: nothing to replay\n", argv[0]);
        return 1;
    }
    printf("%zu inputs replayed\n", count);
    return fine ? 0 : 1;
}
