/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside `tcpassay fuzz`: a parent that keeps the corpus and the findings, workers that change
 * inputs and play them, and one process for each finding that is made sure of, shrunk and written
 * out.
 */
#ifndef HARNESS_CLI_FUZZ_H
#define HARNESS_CLI_FUZZ_H

#include "cli/cli.h"
#include "guide/guide.h"
#include "player/feature.h"
#include "player/trial.h"
#include "scenario/bytes.h"

#include <stdatomic.h>
#include <sys/types.h>

enum { FUZZ_FOUND_MAX = 256, FUZZ_NOTES_MAX = 64, FUZZ_LEADS_MAX = 64, FUZZ_LED = 16 };
enum { FUZZ_PATH = 1400 };

/* ---- what the processes share ---- */

enum fuzz_kind { FUZZ_AS_IS, FUZZ_CHANGED, FUZZ_FOLLOWED /* a lead, changed */ };

/** What one worker is given, and what it plays at this moment, should it die of it. */
struct fuzz_slot {
    uint32_t kind; /* enum fuzz_kind */
    uint32_t len[2], now_len;
    uint64_t seed;
    size_t job;
    uint32_t lead, led; /* of FUZZ_FOLLOWED: which one of which */
    uint8_t data[2][SCN_BYTES_MAX], now[SCN_BYTES_MAX];
};

/** How the process that finishes a finding came out. */
struct fuzz_outcome {
    uint32_t confirmed, steps, tries, reference_too;
};

struct fuzz_shared {
    atomic_uchar blocks[GUIDE_BLOCKS]; /* by bits: how often a block was gone through in one case */
    atomic_uchar features[FEATURES];
    atomic_uint hits[GUIDE_BLOCKS + FEATURES]; /* runs, or so, that showed a block or a feature */
    struct fuzz_outcome outcome[FUZZ_FOUND_MAX];
    struct fuzz_slot slot[];
};

/* ---- what a worker answers: a head, then items ---- */

struct fuzz_answer {
    uint32_t runs, guide_runs, unjudged, items;
};
enum fuzz_item_kind { FUZZ_KEEP, FUZZ_MUST, FUZZ_SHOULD };
struct fuzz_item {
    uint32_t kind, len; /* LEN octets of the input follow */
    uint32_t mark; /* index of `hits`: what was new about it; or FUZZ_NOTHING_NEW, and of a broken
                    * SHOULD that leads nowhere FUZZ_UNMARKED */
    char line[TRIAL_LINE], message[TRIAL_LINE];
};

/* ---- what the parent keeps ---- */

enum { FUZZ_UNMARKED = GUIDE_BLOCKS + FEATURES, FUZZ_NOTHING_NEW };

struct fuzz_input {
    uint8_t *data;
    uint32_t len, mark, picked;
};

enum fuzz_state { FOUND_PENDING, FOUND_AT_WORK, FOUND_WRITTEN, FOUND_UNSURE };

struct fuzz_found {
    char line[TRIAL_LINE], message[TRIAL_LINE];
    char name[TRIAL_LINE]; /* of its files, without what follows the last dot */
    enum fuzz_state state;
    unsigned hits, attempts, steps;
    bool reference_too; /* tcpref as it is shows the same */
    uint64_t first_run, first_ms;
    struct fuzz_input input;
    pid_t finisher;
};

struct fuzz_note {
    char line[TRIAL_LINE];
    uint64_t hits;
};

/** Inputs that broke a SHOULD in one way: where a stack leaves the text a little, it may leave it
 *  further. */
struct fuzz_lead {
    char words[2 * TRIAL_LINE]; /* of the breach, without its numbers */
    struct fuzz_input input[FUZZ_LED];
    unsigned inputs;
};

struct fuzz {
    const struct cli_options *o;
    struct cli_specs specs;
    struct stacks_choice choice;
    char folder[1100];
    bool real;
    struct player_options options; /* of the judged stack */
    unsigned workers;
    struct fuzz_shared *shared;
    size_t shared_size;

    struct fuzz_input *corpus;
    size_t corpus_count, corpus_room;
    size_t to_replay, replayed; /* of the corpus: played as they are, at the beginning */
    struct fuzz_found found[FUZZ_FOUND_MAX];
    size_t found_count, dropped; /* signatures beyond the table */
    struct fuzz_note note[FUZZ_NOTES_MAX];
    size_t note_count;
    struct fuzz_lead lead[FUZZ_LEADS_MAX];
    size_t lead_count;
    uint64_t runs, guide_runs, unjudged, random;
    uint64_t before_ms;                /* spent in earlier sessions */
    uint64_t begin, end, saved, shown; /* ns of the monotonic clock; end: 0 while it goes on */
    bool interrupted, stopped, broken;
    int signals;
    bool tty;

    /* in a worker */
    struct player *player, *guide[STACKS_INPUT_PROFILES_MAX];
    struct scn scn;
    struct fuzz_slot *mine;
};

uint64_t fuzz_now(void);                        /* ns, monotonic */
uint64_t fuzz_elapsed_ms(const struct fuzz *f); /* all sessions */

/* fuzz_work.c: callbacks of the pool, in a worker */
int fuzz_begin(void *context, unsigned worker, char *why, size_t why_cap);
int fuzz_work(void *context, size_t index, void **ret_answer, size_t *ret_len);
/** The scenario of these octets as it is played on the judged stack. 0, or -1 without memory. */
int fuzz_scenario(const struct fuzz *f, const uint8_t *data, size_t len, struct scn *scn);

/* fuzz_keep.c: the folder */

/** Make or open the folder, and read the corpus and the checkpoint. 0, or a code after a message.
 */
int fuzz_open_folder(struct fuzz *f);
/** Add to the corpus, and to its folder unless it stands there. 0; -1: it cannot be kept. */
int fuzz_keep(struct fuzz *f, const uint8_t *data, size_t len, uint32_t mark, bool write);
/** Write through a temporary file. 0, or -1 with errno. */
int fuzz_write_octets(const char *path, const uint8_t *data, size_t len);
/** For scandir(): an order that does not hang on the locale. */
struct dirent;
int fuzz_by_name(const struct dirent **a, const struct dirent **b);
/** Write the checkpoint. 0, or EXIT_UNABLE after a message. */
int fuzz_save(struct fuzz *f);
void fuzz_free(struct fuzz *f);

/* fuzz_lead.c */

/** What the worker of SLOT played broke a SHOULD. */
void fuzz_lead_add(struct fuzz *f, const struct fuzz_slot *slot, const struct fuzz_item *item,
                   const uint8_t *data);
/** An input near a broken SHOULD, each way of breaking one being as likely, and where it stands is
 *  noted in SLOT; NULL: there is none. */
const struct fuzz_input *fuzz_lead_pick(struct fuzz *f, struct fuzz_slot *slot);
void fuzz_leads_free(struct fuzz *f);

/* fuzz_seeds.c */

/** Plain handshakes and transfers, or what is in --seeds. 0, or a code after a message. */
int fuzz_seed(struct fuzz *f);

/* fuzz_found.c */

/** A broken MUST, a crash or a hang, seen once more. */
void fuzz_found_add(struct fuzz *f, const char *line, const char *message, const uint8_t *data,
                    size_t len);
/** Begin to finish what waits, and take in what is finished. True while any is at work or waits. */
bool fuzz_found_tend(struct fuzz *f);
void fuzz_found_kill(struct fuzz *f); /* what is at work waits again */
/** The path of its file with this ENDING, in a buffer of FUZZ_PATH octets. */
void fuzz_found_path(const struct fuzz *f, const struct fuzz_found *x, const char *ending,
                     char *ret_path);

/* fuzz_finish.c */

/** Make sure of finding INDEX, shrink it and write it out: in a process that ends then. */
void fuzz_finish(struct fuzz *f, size_t index);

/* fuzz_tell.c */
void fuzz_progress(struct fuzz *f);
void fuzz_wipe(struct fuzz *f);
void fuzz_tell(struct fuzz *f, FILE *out);

#endif
