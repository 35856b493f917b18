/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trials: cases played in processes of their own, and what they show in one line. For shrinking,
 * and for making sure of what was found.
 */
#ifndef HARNESS_PLAYER_TRIAL_H
#define HARNESS_PLAYER_TRIAL_H

#include "player/player.h"

enum { TRIAL_LINE = 160 };

struct trial {
    struct player_options options;
    unsigned workers;      /* at once; 1: in turn, until the first that shows it */
    unsigned times;        /* how often each is played; all of them have to show it. 0 means once */
    uint64_t limit;        /* ns that one case may take */
    char want[TRIAL_LINE]; /* the line that is to be shown, as trial_line gives it */
    char message[TRIAL_LINE]; /* of the breach that was shown last, in words */
    char why[TRIAL_LINE];     /* if no case could be played */
    struct trial_crew *crew;  /* between trial_begin and trial_end */
};

/**
 * What the case just played shows: the signature of its first breach of a MUST, "ERROR" of the
 * harness or the stack, or with SHOULDS the signature of its first breach at all. NULL: nothing.
 */
const char *trial_line(const struct player *p, const struct player_result *result, bool shoulds,
                       char *line, size_t cap);
/** Whether WANT is among the signatures of the case just played. */
bool trial_shows(const struct player *p, const struct player_result *result, const char *want);

/**
 * Play CASE once and put into `want` what it shows: as trial_line, or "CRASH …", "HANG …" if the
 * worker does not live to tell. 1; 0 if it shows nothing; -1 if it cannot be played (`why`).
 */
int trial_find(struct trial *t, const struct scn *scn, bool shoulds);
/** The index of the first of N cases that shows `want`, N if none does (or none can be played). */
size_t trial_first(struct trial *t, const struct scn *cases, size_t n);
/**
 * Keep the workers, and so their stacks, from one trial_first to the next: where a stack is dear to
 * open that is most of the time. Until trial_end everything in T but `times` stays as it is, and
 * the strings of cases must be there already. 0, or -1 with `why`.
 */
int trial_begin(struct trial *t);
void trial_end(struct trial *t);

/** Play CASE and write its capture, if it shows `want`. 0; -1 if not (three times), with `why`. */
int trial_capture(struct trial *t, const struct scn *scn, const char *path);

#endif
