/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows by number, the keys by number, and how a row speaks. */
#ifndef HARNESS_ORACLE_TABLE_H
#define HARNESS_ORACLE_TABLE_H

#include "oracle/model.h"

enum row {
    ROW_FORM,
    ROW_EDGE_BACK,
    ROW_EVERY_WINDOW,
    ROW_NO_EFFECT,
    ROW_ACK_OF_UNSEEN,
    ROW_ACK_UNACCEPTABLE,
    ROW_BEYOND_EDGE,
    ROW_SAME_BYTES,
    ROW_CONTROLS_FIXED,
    ROW_DELIVERY,
    ROW_OWED_ACK,
    ROW_NO_RESEND,
    ROW_OVERDUE,
    ROW_ARMED,
    ROW_ACK_TIMELY,
    ROW_ANSWERS_BOUNDED,
    ROW_EMPTY_FORM,
    ROW_TIMESTAMPS,
    ROW_MSS,
    ROW_BACK_OFF,
    ROW_PROBING,
    ROW_RESET_FORM,
    ROW_LAWFUL_END,
    ROW_FROZEN,
    ROW_LIVENESS,
    ROW_SACK_TRUTH,
    ROW_TIME_WAIT,
    ROW_FIRST_TIMEOUTS,
    ROW_REOPEN,
    ROW_FLIGHT,
    ROW_FAST_RETRANSMIT,
    ROW_CLOSE_TELLS,
    ROW_RESET_ENDS,
    ROWS
};

enum key {
    KEY_WINDOW_RETRACTION,
    KEY_STRADDLE,
    KEY_SAME_SEQ_SHRINK,
    KEY_PAWS_ONE_TICK,
    KEY_TSRECENT0,
    KEY_STRETCH_UNREAD,
    KEY_SMALL_SEGMENT_MEMORY,
    KEY_OLD_ACK_FAST_PATH,
    KEY_SEQ_AT_WINDOW_END,
    KEY_ORPHAN_ZERO_WINDOW,
    KEY_TW_SILENT,
    KEY_SYN_GIVES_UP,
    KEY_ACK_ANY_SEQ,
    KEY_RETRACTS,
    KEY_OLD_TEXT_ACK,
    KEY_MTU_FLOOR,
    KEY_KEEPS_OWED_ACK, /* from here on: the SHOULDs of a row count as MUST */
    KEY_KEEPS_ACK_TIMELY,
    KEY_KEEPS_ANSWERS_BOUNDED,
    KEY_KEEPS_EMPTY_FORM,
    KEY_KEEPS_BACK_OFF,
    KEY_KEEPS_FIRST_TIMEOUTS,
    KEY_KEEPS_REOPEN,
    KEY_KEEPS_FAST_RETRANSMIT,
    KEY_KEEPS_CLOSE_TELLS,
    KEY_KEEPS_RESET_ENDS,
    KEY_KEEPS_SACK_TRUTH,
    KEYS
};

static inline bool has_key(const struct oracle *o, enum key key)
{
    return (o->config.keys >> key & 1) != 0;
}

/** Whether the stack declares to keep what is a SHOULD of this row. */
bool keeps_shoulds(const struct oracle *o, enum row row);
/** Write a breach down, unless ROW has spoken on this connection in this episode. M may be NULL. */
void breach(struct oracle *o, struct model *m, const struct moment *at, enum row row,
            enum oracle_level level, const char *clause, const char *format, ...)
    __attribute__((cold, format(printf, 7, 8)));
/** The episode of ROW is over: it may speak again. */
void episode_over(struct model *m, enum row row);

/* rows_answer.c: answers that are owed until time moves, whichever row asks */
bool answer_judged(const struct oracle *o, const struct model *m, const struct moment *at);
void answer_owe(struct model *m, const struct moment *at, enum row row, enum oracle_level level,
                const char *clause, const char *why);
void answer_settle(struct oracle *o, struct model *m, const struct moment *at, enum row row);

typedef void row_fn(struct oracle *o, struct model *m, const struct moment *at);
row_fn row_form, row_edge_back, row_every_window, row_no_effect, row_ack_of_unseen,
    row_ack_unacceptable, row_beyond_edge, row_same_bytes, row_controls_fixed, row_delivery,
    row_owed_ack, row_no_resend, row_overdue, row_armed, row_ack_timely, row_answers_bounded,
    row_empty_form, row_timestamps, row_mss, row_back_off, row_probing, row_reset_form,
    row_lawful_end, row_frozen, row_sack_truth, row_time_wait, row_first_timeouts, row_reopen,
    row_flight, row_fast_retransmit, row_close_tells, row_reset_ends;

#endif
