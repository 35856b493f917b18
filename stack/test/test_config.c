/* SPDX-License-Identifier: BSD-2-Clause */
/* Profiles are in range, and everything has a name. */
#include <tcpref/tcpref.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_names(void **state)
{
    (void)state;
    for (int v = 0; v < TCPREF_V_MAX; v++) {
        assert_string_not_equal(tcpref_verdict_name((enum tcpref_verdict)v), "?");
        assert_string_not_equal(tcpref_verdict_words((enum tcpref_verdict)v), "?");
        assert_non_null(strstr(tcpref_verdict_clause((enum tcpref_verdict)v), "RFC "));
    }
    assert_string_equal(tcpref_verdict_name(TCPREF_V_MAX), "?");
    assert_string_equal(tcpref_state_name(TCPREF_FIN_WAIT_2), "FIN-WAIT-2");
    assert_string_equal(tcpref_state_name(TCPREF_STATE_MAX), "?");
    assert_string_equal(tcpref_err_name(TCPREF_ERR_WOULD_BLOCK), "WOULD_BLOCK");
    assert_string_equal(tcpref_strerror(TCPREF_OK), "ok");
    for (int e = TCPREF_ERR_ABORTED; e <= 0; e++) {
        assert_string_not_equal(tcpref_err_name((tcpref_err)e), "?");
        assert_string_not_equal(tcpref_strerror((tcpref_err)e), "?");
    }
}

static void test_profiles(void **state)
{
    struct tcpref_config k = tcpref_rfc9293;
    (void)state;
    assert_true(tcpref_config_ok(&tcpref_rfc9293));
    assert_true(tcpref_config_ok(&tcpref_squeezed));
    k.mtu = 575;
    assert_false(tcpref_config_ok(&k));
    k = tcpref_rfc9293;
    k.delayed_ack = 501 * TCPREF_MS;
    assert_false(tcpref_config_ok(&k));
    k = tcpref_rfc9293;
    k.rto_min = k.rto_max + 1;
    assert_false(tcpref_config_ok(&k));
    k = tcpref_rfc9293;
    k.msl = 0;
    assert_false(tcpref_config_ok(&k));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_profiles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
