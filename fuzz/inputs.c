/* SPDX-License-Identifier: BSD-2-Clause */
#include "inputs.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool keep(struct inputs *inputs, const uint8_t *data, size_t size)
{
    struct input *grown = realloc(inputs->input, (inputs->count + 1) * sizeof *grown);
    if (!grown)
        return false;
    inputs->input = grown;
    uint8_t *exact = malloc(size ? size : 1);
    if (!exact)
        return false;
    memcpy(exact, data, size);
    grown[inputs->count++] = (struct input){exact, size};
    return true;
}

static bool add_file(struct inputs *inputs, const char *path)
{
    uint8_t *data = malloc(INPUT_MAX);
    FILE *f = data ? fopen(path, "rb") : NULL;
    bool fine = f != NULL;
    if (f) {
        size_t size = fread(data, 1, INPUT_MAX, f);
        fine = !ferror(f) && keep(inputs, data, size);
    }
    if (!fine)
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
    if (f)
        fclose(f);
    free(data);
    return fine;
}

static bool is_description(const char *path)
{
    char octets[4096];
    const char *dot = strrchr(path, '.');
    if (!dot || (strcmp(dot, ".yaml") != 0 && strcmp(dot, ".txt") != 0))
        return false;
    snprintf(octets, sizeof octets, "%.*s", (int)(dot - path), path);
    return access(octets, F_OK) == 0;
}

static int visible(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

bool inputs_add(struct inputs *inputs, const char *path)
{
    struct stat st;
    struct dirent **names;
    if (stat(path, &st) || !S_ISDIR(st.st_mode))
        return add_file(inputs, path);
    int n = scandir(path, &names, visible, alphasort);
    if (n < 0)
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
    bool fine = n >= 0;
    for (int i = 0; i < n; i++) {
        char file[4096];
        snprintf(file, sizeof file, "%s/%s", path, names[i]->d_name);
        if (!is_description(file))
            fine &= add_file(inputs, file);
        free(names[i]);
    }
    if (n >= 0)
        free(names);
    return fine;
}

void inputs_free(struct inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++)
        free(inputs->input[i].data);
    free(inputs->input);
    *inputs = (struct inputs){0};
}
