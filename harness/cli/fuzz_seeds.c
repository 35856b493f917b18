/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpassay fuzz: what it begins with. Plain handshakes and transfers, or the files of --seeds. */
#include "cli/fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "rule: seed.plain\ntitle: A plain connection\nkind: scenario\n"

static const char *const plain[] = {
    /* handshakes, step by step */
    HEAD
    "given: {state: closed}\n"
    "steps:\n- app: {listen: 8}\n- send: {flags: S, seq: IRS}\n- wait: 1ms\n- send: {flags: A}\n"
    "- wait: 1ms\n- send: {flags: FA}\n- wait: 100ms\n- app: {close: true}\n- wait: 1ms\n"
    "- send: {flags: A}\n",
    HEAD
    "given: {state: closed}\n"
    "steps:\n- app: {connect: async}\n- wait: 1ms\n- send: {flags: SA, seq: IRS, ack: SND.NXT}\n"
    "- wait: 1ms\n- app: {close: true}\n- wait: 1ms\n- send: {flags: FA}\n",
    /* the tester sends, a window and a segment at a time */
    HEAD "given: {state: established}\n"
         "steps:\n- send: {flags: PA, data: 100}\n- wait: 50ms\n- send: {flags: A, data: 1460}\n"
         "- send: {flags: PA, data: 1460}\n- wait: 50ms\n- send: {flags: FA}\n- wait: 50ms\n"
         "- app: {close: true}\n- wait: 1ms\n- send: {flags: A}\n",
    HEAD "given: {state: established, wscale: 7, ts: true, sack: true}\n"
         "steps:\n- send: {flags: A, data: 1448, count: 8}\n- wait: 50ms\n"
         "- send: {flags: PA, data: 1448, count: 8}\n- wait: 50ms\n",
    /* the application sends */
    HEAD "given: {state: established}\n"
         "steps:\n- app: {send: 1000}\n- wait: 1ms\n- send: {flags: A}\n- wait: 1ms\n- app: {send: "
         "5000}\n"
         "- wait: 1ms\n- send: {flags: A}\n- wait: 1ms\n- app: {close: true}\n- wait: 1ms\n"
         "- send: {flags: FA}\n- wait: 1ms\n",
    HEAD
    "given: {state: established, open: active, wscale: 7, ts: true, sack: true}\n"
    "steps:\n- auto-ack: {every: 1}\n- app: {send: 20000}\n- wait: 100ms\n- app: {send: 20000}\n"
    "- wait: 100ms\n- app: {shutdown: true}\n- wait: 10ms\n- send: {flags: FA}\n",
    /* both */
    HEAD
    "given: {state: established, open: active, sack: true}\n"
    "steps:\n- send: {flags: PA, data: 300}\n- app: {send: 300}\n- wait: 10ms\n- send: {flags: A}\n"
    "- app: {send: 3000}\n- send: {flags: PA, data: 1000}\n- wait: 50ms\n- send: {flags: A}\n",
    HEAD "given: {state: established, family: 6}\n"
         "steps:\n- send: {flags: PA, data: 300}\n- wait: 50ms\n- app: {send: 3000}\n- wait: 1ms\n"
         "- send: {flags: A}\n- wait: 1ms\n- send: {flags: FA}\n",
};

static int keep_scenario(struct fuzz *f, const struct scn *scn, const char *name)
{
    uint8_t data[SCN_BYTES_MAX];
    struct scn_lost lost;
    size_t len;
    if (strcmp(scn->kind, "scenario") != 0)
        return cli_say(EXIT_USAGE, "%s is no `kind: scenario`: seeds have no claims", name);
    if (scn_to_bytes(scn, data, sizeof data, &len, &lost, 1) > 0)
        return cli_say(EXIT_USAGE, "%s: step %d has no octets: %s", name, lost.step + 1, lost.why);
    return fuzz_keep(f, data, len, FUZZ_UNMARKED, true)
               ? cli_say(EXIT_UNABLE, "a seed cannot be kept in %s: %s", f->folder, strerror(errno))
               : 0;
}

static int keep_plain(struct fuzz *f)
{
    int code = 0;
    for (size_t i = 0; !code && i < sizeof plain / sizeof *plain; i++) {
        struct rulebook *book = rulebook_new(f->specs.catalogue);
        if (!book || rulebook_parse(book, "a plain seed", plain[i], strlen(plain[i]), stderr))
            code = cli_say(EXIT_UNABLE, "a plain seed cannot be made");
        else
            code = keep_scenario(f, rulebook_case(book, 0), "a plain seed");
        rulebook_free(book);
    }
    return code;
}

/* ---- --seeds ---- */

static int keep_yaml(struct fuzz *f, const char *path)
{
    struct rulebook *book = rulebook_new(f->specs.catalogue);
    int code = 0;
    if (!book || rulebook_read(book, path, stderr))
        code = cli_say(EXIT_USAGE, "%s is no seed", path);
    for (size_t i = 0; !code && i < rulebook_count(book); i++)
        code = keep_scenario(f, rulebook_case(book, i), path);
    rulebook_free(book);
    return code;
}

static int keep_octets(struct fuzz *f, const char *path)
{
    uint8_t data[SCN_BYTES_MAX];
    size_t len = 0;
    int code = cli_read_octets(path, data, &len);
    if (!code && fuzz_keep(f, data, len, FUZZ_UNMARKED, true))
        code =
            cli_say(EXIT_UNABLE, "%s cannot be kept in %s: %s", path, f->folder, strerror(errno));
    return code;
}

static int keep_folder(struct fuzz *f, const char *folder)
{
    struct dirent **names = NULL;
    char path[FUZZ_PATH];
    int n = scandir(folder, &names, NULL, fuzz_by_name), code = 0;
    if (n < 0)
        return cli_say(EXIT_USAGE, "the seeds in %s cannot be read: %s", folder, strerror(errno));
    size_t before = f->corpus_count;
    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        size_t len = strlen(path);
        bool yaml = len > 5 && !strcmp(path + len - 5, ".yaml");
        if (!code && names[i]->d_name[0] != '.' && !cli_is_folder(path))
            code = yaml ? keep_yaml(f, path) : keep_octets(f, path);
        free(names[i]);
    }
    free(names);
    if (!code && f->corpus_count == before)
        return cli_say(EXIT_USAGE, "%s has no seed", folder);
    return code;
}

int fuzz_seed(struct fuzz *f)
{
    if (f->o->seeds)
        return keep_folder(f, f->o->seeds);
    return f->corpus_count ? 0 : keep_plain(f);
}
