/* SPDX-License-Identifier: BSD-2-Clause */
/* main() for plain builds: plays files, or every file of folders, through a fuzz target. A file
 * that cannot be read is an error, and so is a folder with nothing in it. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int __attribute__((weak)) LLVMFuzzerInitialize(int *argc, char ***argv);

enum { LIMIT_SECONDS = 10, LARGEST = 1 << 20 };

static int replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -1;
    }
    uint8_t *data = malloc(LARGEST);
    size_t size = data ? fread(data, 1, LARGEST, f) : 0;
    int bad = !data || ferror(f);
    fclose(f);
    if (bad) {
        fprintf(stderr, "%s: cannot be read\n", path);
        free(data);
        return -1;
    }
    /* An exactly sized copy, so that a sanitizer sees a read beyond it. */
    uint8_t *exact = malloc(size ? size : 1);
    if (exact) {
        memcpy(exact, data, size);
        alarm(LIMIT_SECONDS);
        LLVMFuzzerTestOneInput(exact, size);
        alarm(0);
    }
    free(exact);
    free(data);
    return exact ? 0 : -1;
}

/* What is for people, of the file beside it: of the same name without .yaml or .txt. */
static int is_description(const char *path)
{
    char octets[4096];
    const char *dot = strrchr(path, '.');
    if (!dot || (strcmp(dot, ".yaml") != 0 && strcmp(dot, ".txt") != 0))
        return 0;
    snprintf(octets, sizeof octets, "%.*s", (int)(dot - path), path);
    return access(octets, F_OK) == 0;
}

static int visible(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

static int replay_folder(const char *path, unsigned *count)
{
    struct dirent **names;
    int n = scandir(path, &names, visible, alphasort), bad = 0;
    if (n < 0) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -1;
    }
    for (int i = 0; i < n; i++) {
        char file[4096];
        snprintf(file, sizeof file, "%s/%s", path, names[i]->d_name);
        if (!is_description(file)) {
            bad |= replay_file(file);
            ++*count;
        }
        free(names[i]);
    }
    free(names);
    return bad;
}

int main(int argc, char **argv)
{
    unsigned count = 0;
    int bad = 0;
    if (LLVMFuzzerInitialize)
        LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) {
        struct stat st;
        if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode)) {
            bad |= replay_folder(argv[i], &count);
        } else {
            bad |= replay_file(argv[i]);
            count++;
        }
    }
    if (!count) {
        fprintf(stderr, "%s: nothing to replay\n", argv[0]);
        return 1;
    }
    printf("%u inputs replayed\n", count);
    return bad ? 1 : 0;
}
