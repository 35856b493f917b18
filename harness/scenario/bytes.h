/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The input of the fuzzers: a head for the set-up, then records of eight octets. Any octets are a
 * scenario, half an input too; a record that makes no sense where it stands is passed over. So
 * blind mutation works, and so does cutting and joining at multiples of eight.
 *
 * A number is an anchor of the connection (RCV.NXT, SND.UNA, …) and a delta in one of several
 * scales. What does not fit into its record's own octets is put into records before it.
 */
#ifndef HARNESS_SCENARIO_BYTES_H
#define HARNESS_SCENARIO_BYTES_H

#include "scenario/scenario.h"

enum {
    SCN_BYTES_HEAD = 48,
    SCN_BYTES_RECORD = 8,
    SCN_BYTES_STEPS = 64,    /* of one scenario; records behind them are passed over */
    SCN_BYTES_RECORDS = 512, /* likewise */
    SCN_BYTES_EVENTS = 5000, /* in which it should be over (player.h, most_events) */
    SCN_BYTES_MAX = SCN_BYTES_HEAD + SCN_BYTES_RECORDS * SCN_BYTES_RECORD,
};

/** The octet by which a target chooses among its stack's profiles. */
uint8_t scn_bytes_profile(const uint8_t *data, size_t size);

/**
 * Decode: always a scenario that can be played, of `kind: scenario` without claims. SCN's array of
 * steps is used again. 0, or -1 without memory.
 */
int scn_from_bytes(const uint8_t *data, size_t size, struct scn *scn);

/** A step (-1: the set-up) that has no encoding, and why in a few words. */
struct scn_lost {
    int16_t step;
    const char *why;
};

/**
 * Encode the set-up and the steps of a stimulus (player_record_stimulus), which follow each other
 * by `next`. A step that cannot be encoded is left out. Returns how many were; the first LOST_CAP
 * of them are in LOST (NULL if LOST_CAP is 0). CAP should be SCN_BYTES_MAX. A seed of 0
 * (the run's) becomes 1.
 */
size_t scn_to_bytes(const struct scn *scn, uint8_t *buf, size_t cap, size_t *ret_len,
                    struct scn_lost *lost, size_t lost_cap);

/** Whether two stimuli do the same, however it is written (`data: 0` and no data, for one). */
bool scn_step_same(const struct scn_step *a, const struct scn_step *b);
bool scn_given_same(const struct scn_given *a, const struct scn_given *b);
/** Both, with all steps that follow each other by `next`, and the seed. */
bool scn_same(const struct scn *a, const struct scn *b);

#endif
