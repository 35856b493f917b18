/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and words of states, verdicts and errors. */
#include <tcpref/err.h>

const char *tcpref_state_name(enum tcpref_state state)
{
    static const char *const names[TCPREF_STATE_MAX] = {
        "CLOSED",     "LISTEN",     "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1",
        "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING",  "LAST-ACK",     "TIME-WAIT",
    };
    return (unsigned)state < TCPREF_STATE_MAX ? names[state] : "?";
}

static const struct verdict_row {
    const char *name, *words, *clause;
} verdicts[TCPREF_V_MAX] = {
#define X(name, words, clause) {#name, words, clause},
    TCPREF_VERDICTS(X)
#undef X
};

const char *tcpref_verdict_name(enum tcpref_verdict verdict)
{
    return (unsigned)verdict < TCPREF_V_MAX ? verdicts[verdict].name : "?";
}

const char *tcpref_verdict_words(enum tcpref_verdict verdict)
{
    return (unsigned)verdict < TCPREF_V_MAX ? verdicts[verdict].words : "?";
}

const char *tcpref_verdict_clause(enum tcpref_verdict verdict)
{
    return (unsigned)verdict < TCPREF_V_MAX ? verdicts[verdict].clause : "?";
}

const char *tcpref_err_name(tcpref_err err)
{
    switch (err) {
    case TCPREF_OK:
        return "OK";
#define X(name, value, words)                                                                      \
    case TCPREF_ERR_##name:                                                                        \
        return #name;
        TCPREF_ERRORS(X)
#undef X
    }
    return "?";
}

const char *tcpref_strerror(tcpref_err err)
{
    switch (err) {
    case TCPREF_OK:
        return "ok";
#define X(name, value, words)                                                                      \
    case TCPREF_ERR_##name:                                                                        \
        return words;
        TCPREF_ERRORS(X)
#undef X
    }
    return "?";
}
