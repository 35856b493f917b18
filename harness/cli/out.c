/* SPDX-License-Identifier: BSD-2-Clause */
/* The folder of results: every file in it is whole or as it was before. */
#include "cli/cli.h"

#include "scenario/bytes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int make_folders(const char *folder)
{
    char path[1400];
    if (snprintf(path, sizeof path, "%s", folder) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    for (char *p = path + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        if (mkdir(path, 0777) && errno != EEXIST)
            return -1;
        *p = '/';
    }
    return mkdir(path, 0777) && errno != EEXIST ? -1 : 0;
}

int cli_out_prepare(const char *folder)
{
    char path[1500];
    if (make_folders(folder))
        return cli_say(EXIT_UNABLE, "the folder of results %s cannot be made: %s (--out DIR)",
                       folder, strerror(errno));
    snprintf(path, sizeof path, "%s/.try-XXXXXX", folder);
    int fd = mkstemp(path);
    if (fd < 0)
        return cli_say(EXIT_UNABLE, "the folder of results %s cannot be written: %s (--out DIR)",
                       folder, strerror(errno));
    close(fd);
    unlink(path);
    return 0;
}

int cli_out_write(const char *path, int (*writer)(FILE *out, const json_t *report),
                  const json_t *report)
{
    char temporary[1600];
    if (snprintf(temporary, sizeof temporary, "%s.tmp", path) >= (int)sizeof temporary)
        return cli_say(EXIT_UNABLE, "the path %s is too long", path);
    FILE *out = fopen(temporary, "w");
    if (!out)
        return cli_say(EXIT_UNABLE, "%s cannot be written: %s", path, strerror(errno));
    int rc = writer(out, report);
    if (fclose(out))
        rc = -1;
    if (!rc && rename(temporary, path) == 0)
        return 0;
    cli_say(0, "%s cannot be written: %s", path, strerror(errno));
    unlink(temporary);
    return EXIT_UNABLE;
}

json_t *cli_out_last(const char *folder)
{
    char path[1500];
    snprintf(path, sizeof path, "%s/report.json", folder);
    return json_load_file(path, 0, NULL);
}

static bool named_in(const json_t *report, const char *pcap)
{
    const json_t *cases = json_object_get(report, "cases");
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const char *name = json_string_value(json_object_get(json_array_get(cases, i), "pcap"));
        if (name && !strcmp(name, pcap))
            return true;
    }
    return false;
}

void cli_out_sweep(const char *folder, const json_t *report)
{
    char path[1500];
    json_t *last = cli_out_last(folder);
    const json_t *cases = json_object_get(last, "cases");
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const char *pcap = json_string_value(json_object_get(json_array_get(cases, i), "pcap"));
        size_t n = pcap ? strlen(pcap) : 0;
        if (n < 6 || strchr(pcap, '/') || strcmp(pcap + n - 5, ".pcap") != 0 ||
            named_in(report, pcap))
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, pcap);
        unlink(path);
    }
    json_decref(last);
}

int cli_read_octets(const char *path, uint8_t *buf, size_t *ret_len)
{
    FILE *in = fopen(path, "rb");
    if (!in)
        return cli_say(EXIT_USAGE, "%s cannot be read: %s", path, strerror(errno));
    *ret_len = fread(buf, 1, SCN_BYTES_MAX, in);
    bool more = fgetc(in) != EOF, bad = ferror(in);
    fclose(in);
    if (bad)
        return cli_say(EXIT_USAGE, "%s cannot be read", path);
    if (more)
        return cli_say(EXIT_USAGE,
                       "%s is no input: it has more than the %d octets of the longest one", path,
                       SCN_BYTES_MAX);
    return *ret_len ? 0 : cli_say(EXIT_USAGE, "%s is empty: there is nothing to play", path);
}
