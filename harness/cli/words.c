/* SPDX-License-Identifier: BSD-2-Clause */
/* Verdicts and verbs of steps, explained. */
#include "cli/words.h"

static const struct cli_word verdicts[] = {
    {"PASS", "What the clause asks was seen, and the control exchange passed."},
    {"FAIL", "A MUST was broken, or a statement without keyword of which the catalogue is sure."},
    {"WARN", "A SHOULD was not followed, or a statement of lower confidence. Fails with --strict."},
    {"INFO", "A value or a choice was recorded; nothing was asked."},
    {"SKIP",
     "The rule does not apply: the stack lacks a capability, does not declare the profile, or "
     "the case would take over 15 s of real time. The message says which."},
    {"INCONC",
     "The set-up, a `reach` or a control failed, so nothing is known. Exit code 4, unless "
     "the baseline has it or --allow-inconc is given."},
    {"CRASH", "The stack's process died while the case was played."},
    {"HANG", "The stack gave no answer within --timeout."},
    {"ERROR", "The harness or the adapter could not play the case."},
    {"KNOWN", "The deviations file has this verdict, and for this reason."},
    {"NEW", "A failure that the deviations file does not have."},
    {"FIXED", "The deviations file has a failure here, and it was not seen."},
    {"CHANGED", "It fails, but not for the recorded reason."},
    {"FLAKY", "With --repeat the verdict varied."},
};

static const struct cli_word steps[] = {
    {"send", "The tester sends a segment. What is left out is as a right peer would have it."},
    {"expect", "A claim: such a segment comes within the limit (at once, if none is given)."},
    {"reach", "As expect, but it only sets the scene: INCONC if it does not come."},
    {"eventually", "As expect, for what may take many segments; needs `within`."},
    {"never", "A claim: no such segment comes for that time."},
    {"together", "Several observations watched at once; all must hold."},
    {"one-of", "Lawful alternatives; the one taken is recorded."},
    {"repeat", "The steps, so many times."},
    {"match", "Steps chosen by a value of the matrix, when the file is read."},
    {"app", "A call of the stack's application, or a claim about what it sees."},
    {"auto-ack", "From now on the tester acknowledges what it gets."},
    {"answer", "Each probe (syn, fin, data) is answered so; the gaps between may be a claim."},
    {"alive", "A claim: the connection (or the listener) still answers."},
    {"link", "Faults of the link: drop, delay, loss, duplicate, reorder, error; or heal."},
    {"wait", "Time passes."},
    {"record", "A number kept in the report and compared across stacks."},
    {"icmp", "An ICMP error that quotes a segment of the stack."},
    {"skip-unless", "The case is SKIP unless this holds by now."},
};

const struct cli_word *cli_verdict_words(size_t *ret_count)
{
    *ret_count = sizeof verdicts / sizeof *verdicts;
    return verdicts;
}

const struct cli_word *cli_step_words(size_t *ret_count)
{
    *ret_count = sizeof steps / sizeof *steps;
    return steps;
}
