/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of invariants, and that of the differences a stack may declare. */
#include "oracle/table.h"

static const struct oracle_invariant invariants[ROWS] = {
    [ROW_FORM] = {"form", ORACLE_MUST, ORACLE_SAFETY,
                  "MUST-2 MUST-65 MUST-68 MUST-69 TXT-3.1-1 TXT-3.1-3 R7323-1.3-1 R7323-2.3-8 "
                  "R7323-3.2-14 R2018-2-2 R2018-4-3",
                  "Every segment is well formed and carries only the options that were agreed."},
    [ROW_EDGE_BACK] = {"edge-back", ORACLE_SHOULD, ORACLE_SAFETY, "SHLD-14",
                       "The right edge of the receive window never moves left."},
    [ROW_EVERY_WINDOW] = {"every-window-honoured", ORACLE_MUST, ORACLE_SAFETY, "R7323-2.4-2",
                          "A segment inside any window ever offered is taken."},
    [ROW_NO_EFFECT] = {"no-effect", ORACLE_MUST, ORACLE_SAFETY,
                       "MUST-3 SEG-ESTABLISHED-17 SEG-ESTABLISHED-19 SEG-ESTABLISHED-37",
                       "A segment that must not be taken changes nothing."},
    [ROW_ACK_OF_UNSEEN] = {"ack-of-unseen", ORACLE_MUST, ORACLE_SAFETY, "TXT-3.4-2",
                           "Only what was delivered is acknowledged, and no ACK goes back."},
    [ROW_ACK_UNACCEPTABLE] = {"ack-unacceptable", ORACLE_MUST, ORACLE_ANSWER,
                              "SEG-LISTEN-2 SEG-SYN-SENT-1 SEG-SYN-SENT-2 SEG-SYN-RECEIVED-16 "
                              "SEG-SYN-RECEIVED-17 SEG-ESTABLISHED-19",
                              "An ACK of what was not sent is answered as its state asks."},
    [ROW_BEYOND_EDGE] = {"beyond-edge", ORACLE_MUST, ORACLE_SAFETY, "TXT-3.8.6-1 R7323-2.4-4",
                         "No new text goes beyond the window that the peer offers."},
    [ROW_SAME_BYTES] = {"same-bytes", ORACLE_MUST, ORACLE_SAFETY, "TXT-3.4.3-2",
                        "Each octet sent is the one the application wrote at that place."},
    [ROW_CONTROLS_FIXED] = {"controls-fixed", ORACLE_MUST, ORACLE_SAFETY,
                            "TXT-3.4-3 TXT-3.6-1 TXT-3.6-2 SEG-CLOSED-3 CALL-CLOSE-ESTABLISHED-2",
                            "The FIN stands once, where the stream ends, and only after CLOSE."},
    [ROW_DELIVERY] = {"delivery", ORACLE_MUST, ORACLE_SAFETY,
                      "SEG-ESTABLISHED-28 SEG-ESTABLISHED-33 SEG-ESTABLISHED-34",
                      "The application reads the stream, whole, once, in order, to its end."},
    [ROW_OWED_ACK] = {"owed-ack", ORACLE_MUST, ORACLE_ANSWER,
                      "SEG-ESTABLISHED-1 TXT-3.8.6.1-1 R7323-5.3-3 R5681-4.2-6 R5681-4.2-8",
                      "A segment that is not wholly taken is answered by an ACK at once."},
    [ROW_NO_RESEND] = {"no-resend", ORACLE_MUST, ORACLE_SAFETY, "SEG-ESTABLISHED-20 MUST-10",
                       "What was acknowledged is not sent again."},
    [ROW_OVERDUE] = {"overdue", ORACLE_MUST, ORACLE_LIVENESS,
                     "TIMEOUT-RETX-SYN-SENT TIMEOUT-RETX-SYN-RECEIVED TIMEOUT-RETX-ESTABLISHED "
                     "MUST-36",
                     "The oldest unacknowledged octet is sent again within the largest RTO."},
    [ROW_ARMED] = {"armed", ORACLE_MUST, ORACLE_LIVENESS,
                   "TIMEOUT-RETX-SYN-SENT TIMEOUT-RETX-SYN-RECEIVED TIMEOUT-RETX-ESTABLISHED "
                   "MUST-36",
                   "While something waits to be sent or acknowledged, a timer runs."},
    [ROW_ACK_TIMELY] = {"ack-timely", ORACLE_MUST, ORACLE_ANSWER, "MUST-40 SHLD-19",
                        "Text in order is acknowledged within 500 ms, or every second segment."},
    [ROW_ANSWERS_BOUNDED] = {"answers-bounded", ORACLE_MUST, ORACLE_SAFETY,
                             "R5681-4.2-9 TXT-3.5.2-1 R6298-5-1 SEG-ESTABLISHED-22",
                             "One segment draws at most one ACK and one RST, and no octet twice."},
    [ROW_EMPTY_FORM] = {"empty-form", ORACLE_MUST, ORACLE_SAFETY, "SEG-ESTABLISHED-1",
                        "An empty segment stands at SND.NXT."},
    [ROW_TIMESTAMPS] = {"timestamps", ORACLE_MUST, ORACLE_SAFETY,
                        "R7323-3.2-9 R7323-4.1-1 R7323-3.2-5",
                        "Timestamps are in every segment, never go back, and echo TS.Recent."},
    [ROW_MSS] = {"mss", ORACLE_MUST, ORACLE_SAFETY, "MUST-15 MUST-16",
                 "No segment carries more than the peer's MSS allows."},
    [ROW_BACK_OFF] = {"back-off", ORACLE_MUST, ORACLE_SAFETY, "R6298-5.5-1 SHLD-30",
                      "Each timeout doubles the gap to the next."},
    [ROW_PROBING] = {"probing", ORACLE_MUST, ORACLE_LIVENESS, "MUST-36",
                     "While the window keeps text from going out, the peer is probed."},
    [ROW_RESET_FORM] = {"reset-form", ORACLE_MUST, ORACLE_SAFETY,
                        "SEG-CLOSED-1 SEG-CLOSED-2 SEG-CLOSED-3 MUST-3 CALL-ABORT-ESTABLISHED-1",
                        "A RST has the numbers its cause gives it, and none answers a RST."},
    [ROW_LAWFUL_END] = {"lawful-end", ORACLE_MUST, ORACLE_SAFETY, "TXT-3.5.2-1 MUST-12 MUST-20",
                        "No connection ends without a lawful cause."},
    [ROW_FROZEN] = {"frozen", ORACLE_MUST, ORACLE_SAFETY, "TXT-3.4-2",
                    "A frozen connection is silent."},
    [ROW_LIVENESS] = {"liveness", ORACLE_MUST, ORACLE_LIVENESS,
                      "MUST-36 CALL-SEND-ESTABLISHED-1 CALL-CLOSE-ESTABLISHED-1 "
                      "SEG-ESTABLISHED-29 SEG-ESTABLISHED-33 R7323-2.4-2",
                      "Once network and peer behave, all octets arrive and both sides end."},
    [ROW_SACK_TRUTH] = {"sack-truth", ORACLE_MUST, ORACLE_SAFETY, "R2018-3-3 R2018-4-6 R2018-4-7",
                        "SACK blocks name what was delivered above the ACK, the newest first."},
    [ROW_TIME_WAIT] = {"time-wait", ORACLE_MUST, ORACLE_ANSWER, "MUST-13 SEG-TIME-WAIT-13",
                       "TIME-WAIT lasts 2 MSL, and answers a repeated FIN."},
    [ROW_FIRST_TIMEOUTS] = {"first-timeouts", ORACLE_SHOULD, ORACLE_SAFETY,
                            "R6298-2.1-1 R5681-3.1-24",
                            "The first timeout takes a second, and one segment follows it."},
    [ROW_REOPEN] = {"reopen", ORACLE_SHOULD, ORACLE_ANSWER, "SEG-ESTABLISHED-30 MUST-39",
                    "A read that frees half the window is told to the peer at once."},
    [ROW_FLIGHT] = {"flight", ORACLE_MUST, ORACLE_SAFETY, "R5681-3.1-2 R5681-3.2-13",
                    "The first flight, and the first after a recovery, keep to their windows."},
    [ROW_FAST_RETRANSMIT] = {"fast-retransmit", ORACLE_SHOULD, ORACLE_ANSWER,
                             "R5681-3.2-3 R5681-3.2-9",
                             "The third duplicate ACK brings the segment at SND.UNA again."},
    [ROW_CLOSE_TELLS] = {"close-tells", ORACLE_SHOULD, ORACLE_ANSWER, "SHLD-3",
                         "A CLOSE that loses text of the peer is told to it by a RST."},
    [ROW_RESET_ENDS] = {"reset-ends", ORACLE_MUST, ORACLE_SAFETY,
                        "SEG-ESTABLISHED-12 SEG-ESTABLISHED-13",
                        "A RST at RCV.NXT ends the connection, and the application is told."},
};

static const struct oracle_key keys[KEYS] = {
    [KEY_WINDOW_RETRACTION] = {"window-retraction", "every-window-honoured",
                               "throws away what lies beyond a window it has taken back"},
    [KEY_STRADDLE] = {"straddle", "no-effect",
                      "takes or refuses whole what begins inside and ends beyond the edge"},
    [KEY_SAME_SEQ_SHRINK] = {"same-seq-shrink", "beyond-edge",
                             "ignores a smaller non-zero window with unchanged SEQ and ACK"},
    [KEY_PAWS_ONE_TICK] = {"paws-one-tick", "no-effect", "takes a TSval one below TS.Recent"},
    [KEY_TSRECENT0] = {"tsrecent0", "timestamps",
                       "takes anything while TS.Recent is 0, and may leave the option out"},
    [KEY_STRETCH_UNREAD] = {"stretch-unread", "ack-timely",
                            "no ACK for every second segment while nobody reads"},
    [KEY_SMALL_SEGMENT_MEMORY] = {"small-segment-memory", "every-window-honoured",
                                  "refuses text in the window when small segments fill the buffer "
                                  "of an application that does not read"},
    [KEY_OLD_ACK_FAST_PATH] = {"old-ack-fast-path", "ack-unacceptable",
                               "takes text with an ACK below the range of RFC 5961, 5 when header "
                               "prediction finds it"},
    [KEY_SEQ_AT_WINDOW_END] = {"seq-at-window-end", "empty-form",
                               "empty segments at SND.UNA + SND.WND after a shrink"},
    [KEY_ORPHAN_ZERO_WINDOW] = {"orphan-zero-window", "probing",
                                "gives an orphan up though every probe is answered"},
    [KEY_TW_SILENT] = {"tw-silent", "ack-unacceptable",
                       "TIME-WAIT and an orphan ignore an ACK of what was not sent"},
    [KEY_SYN_GIVES_UP] = {"syn-gives-up", "lawful-end", "gives a SYN up after 67 s"},
    [KEY_ACK_ANY_SEQ] = {"ack-any-seq", "no-effect", "uses the ACK of a segment whatever its SEQ"},
    [KEY_RETRACTS] = {"retracts", "edge-back",
                      "takes window back when memory runs out before an unread window does"},
    [KEY_OLD_TEXT_ACK] = {"old-text-ack", "no-effect",
                          "uses the ACK of old text that ends at RCV.NXT, or above the last ACK"},
    [KEY_MTU_FLOOR] = {"mtu-floor", "liveness",
                       "falls silent on a device that takes less than 88 octets"},
#define KEEPS(row)                                                                                 \
    {                                                                                              \
        "keeps-" row, row, "keeps what is a SHOULD here: to break it fails"                        \
    }
    [KEY_KEEPS_OWED_ACK] = KEEPS("owed-ack"),
    [KEY_KEEPS_ACK_TIMELY] = KEEPS("ack-timely"),
    [KEY_KEEPS_ANSWERS_BOUNDED] = KEEPS("answers-bounded"),
    [KEY_KEEPS_EMPTY_FORM] = KEEPS("empty-form"),
    [KEY_KEEPS_BACK_OFF] = KEEPS("back-off"),
    [KEY_KEEPS_FIRST_TIMEOUTS] = KEEPS("first-timeouts"),
    [KEY_KEEPS_REOPEN] = KEEPS("reopen"),
    [KEY_KEEPS_FAST_RETRANSMIT] = KEEPS("fast-retransmit"),
    [KEY_KEEPS_CLOSE_TELLS] = KEEPS("close-tells"),
    [KEY_KEEPS_RESET_ENDS] = KEEPS("reset-ends"),
    [KEY_KEEPS_SACK_TRUTH] = KEEPS("sack-truth"),
#undef KEEPS
};

/* The key by which a stack declares to keep the SHOULDs of a row; 0: it has none. */
static const uint8_t keeping[ROWS] = {
    [ROW_OWED_ACK] = KEY_KEEPS_OWED_ACK,
    [ROW_ACK_TIMELY] = KEY_KEEPS_ACK_TIMELY,
    [ROW_ANSWERS_BOUNDED] = KEY_KEEPS_ANSWERS_BOUNDED,
    [ROW_EMPTY_FORM] = KEY_KEEPS_EMPTY_FORM,
    [ROW_BACK_OFF] = KEY_KEEPS_BACK_OFF,
    [ROW_FIRST_TIMEOUTS] = KEY_KEEPS_FIRST_TIMEOUTS,
    [ROW_REOPEN] = KEY_KEEPS_REOPEN,
    [ROW_FAST_RETRANSMIT] = KEY_KEEPS_FAST_RETRANSMIT,
    [ROW_CLOSE_TELLS] = KEY_KEEPS_CLOSE_TELLS,
    [ROW_RESET_ENDS] = KEY_KEEPS_RESET_ENDS,
    [ROW_SACK_TRUTH] = KEY_KEEPS_SACK_TRUTH,
};

bool keeps_shoulds(const struct oracle *o, enum row row)
{
    return keeping[row] != 0 && has_key(o, keeping[row]);
}

const struct oracle_invariant *oracle_invariants(size_t *ret_count)
{
    *ret_count = ROWS;
    return invariants;
}

const struct oracle_key *oracle_keys(size_t *ret_count)
{
    *ret_count = KEYS;
    return keys;
}
