/* SPDX-License-Identifier: BSD-2-Clause */
/* Choosing a stack by name, every way in which that fails, and the probe's verdict on liars. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "player/player.h"
#include "stacks/probe.h"
#include "stacks/stacks.h"

#define PLUGIN(name) "lib:" TEST_PLUGINS "/" name ".so"

static void built_in_stacks_are_found(void **state)
{
    (void)state;
    char why[256] = "";
    size_t count = 0;
    const struct stacks_builtin *b = stacks_builtins(&count);
    assert_true(count >= 2);
    for (size_t i = 0; i < count; i++) {
        struct stacks_choice c;
        assert_non_null(b[i].says);
        assert_int_equal(stacks_choose(b[i].stack->name, &c, why, sizeof why), 0);
        assert_string_equal(c.name, b[i].stack->name);
        assert_string_equal(c.profile, "");
        assert_ptr_equal(c.stack, &c.table);
        assert_ptr_equal(c.stack->open, b[i].stack->open);
        assert_null(stacks_lacks(c.stack));
        stacks_release(&c);
    }
}

static void a_profile_follows_the_name(void **state)
{
    (void)state;
    char why[256] = "";
    struct stacks_choice c;
    assert_int_equal(stacks_choose("tcpref:squeezed", &c, why, sizeof why), 0);
    assert_string_equal(c.name, "tcpref:squeezed");
    assert_string_equal(c.profile, "squeezed");
    stacks_release(&c);
    assert_int_equal(stacks_choose(PLUGIN("mute_stack") ":some", &c, why, sizeof why), 0);
    assert_string_equal(c.name, "mute:some");
    assert_string_equal(c.profile, "some");
    stacks_release(&c);
}

/* One line each, which says what is wrong; what was asked for last stays as it was. */
static void what_cannot_be_chosen_is_named(void **state)
{
    static const struct {
        const char *spec, *says;
    } rows[] = {
        {"linx", "did you mean \"linux\"?"},
        {"tcpreff:squeezed", "did you mean \"tcpref\"?"},
        {"", "there are: tcpref linux"},
        {"freebsd", "there are: tcpref linux"},
        {"/etc/passwd", "lib:/etc/passwd"},
        {"tcpref:squezed", "did you mean \"squeezed\"?"},
        {"tcpref:rfc793-without-anything", "it has: rfc9293 squeezed"},
        {"linux:bsd", "linux has no profile \"bsd\""},
        {"lib:", "no such file"},
        {"lib:/nowhere/x.so", "/nowhere/x.so: no such file"},
        {"lib:/nowhere/x.so:profile", "/nowhere/x.so: no such file"},
        {"lib:/etc/passwd", "/etc/passwd is not a plug-in"},
        {"lib:/etc", "/etc is not a plug-in"},
        {PLUGIN("not_a_plugin"), "exports no tcpassay_stack_plugin"},
        {PLUGIN("tiny_table"), "is no table of the port"},
        {PLUGIN("wrong_abi"), "speaks version 99 of the port, this tcpassay version 1"},
        {PLUGIN("no_recv"), "lacks what every adapter must have: recv"},
        {PLUGIN("too_large"), "its table says it has"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char why[512] = "";
        struct stacks_choice c = {.name = "before"};
        assert_int_equal(stacks_choose(rows[i].spec, &c, why, sizeof why), -1);
        if (!strstr(why, rows[i].says))
            fail_msg("%s: \"%s\" does not say \"%s\"", rows[i].spec, why, rows[i].says);
        assert_null(strchr(why, '\n'));
        assert_string_equal(c.name, "before");
    }
}

static void a_reason_is_cut_to_its_buffer(void **state)
{
    (void)state;
    char why[8];
    struct stacks_choice c;
    assert_int_equal(stacks_choose(PLUGIN("wrong_abi"), &c, why, sizeof why), -1);
    assert_int_equal(strlen(why), 7);
}

static void a_name_without_a_slash_is_a_file_here(void **state)
{
    (void)state;
    char why[256] = "", before[4096];
    struct stacks_choice c;
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(TEST_PLUGINS), 0);
    int rc = stacks_choose("lib:mute_stack.so", &c, why, sizeof why);
    assert_int_equal(chdir(before), 0);
    assert_int_equal(rc, 0);
    stacks_release(&c);
}

static void entries_beyond_an_older_table_are_absent(void **state)
{
    (void)state;
    char why[256] = "";
    struct stacks_choice c;
    assert_int_equal(stacks_choose(PLUGIN("older"), &c, why, sizeof why), 0);
    assert_non_null(c.stack->close_conn);
    assert_null(c.stack->abort);
    stacks_release(&c);
}

static void known_names_are_told_apart(void **state)
{
    (void)state;
    size_t count;
    const struct stacks_capability *c = stacks_capabilities(&count);
    for (size_t i = 0; i < count; i++) {
        assert_non_null(c[i].says);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(c[i].name, c[j].name);
    }
}

static void the_link_has_two_ends(void **state)
{
    (void)state;
    struct tcpassay_open how = {.size = sizeof how};
    player_addresses(&how);
    assert_int_equal(how.local4.family, 4);
    assert_int_equal(how.peer6.family, 6);
    assert_memory_equal(how.local4.ip, how.peer4.ip, 3);
    assert_memory_equal(how.local6.ip, how.peer6.ip, 8);
    assert_memory_not_equal(how.local4.ip, how.peer4.ip, 4);
    assert_memory_not_equal(how.local6.ip, how.peer6.ip, 16);
}

/* Probe SPEC; its report is to hold WORDS, separated by '|'. */
static void expect_probe(const char *spec, unsigned limit, int expected, const char *words)
{
    char why[256] = "", *report = NULL, wanted[128];
    size_t size = 0;
    struct stacks_choice c;
    FILE *out = open_memstream(&report, &size);
    assert_non_null(out);
    assert_int_equal(stacks_choose(spec, &c, why, sizeof why), 0);
    int rc = probe_within(&c, limit, out);
    stacks_release(&c);
    assert_int_equal(fclose(out), 0);
    for (const char *w = words; *w; w += strspn(w, "|")) {
        size_t len = strcspn(w, "|");
        assert_true(len < sizeof wanted);
        memcpy(wanted, w, len);
        wanted[len] = '\0';
        if (!strstr(report, wanted))
            fail_msg("%s: no \"%s\" in:\n%s", spec, wanted, report);
        w += len;
    }
    assert_int_equal(rc, expected);
    free(report);
}

/* What an adapter built in has an entry for, it also claims; and nothing that is not in the list.
 */
static void adapters_claim_what_they_have(void **state)
{
    (void)state;
    expect_probe("tcpref", 15, 0,
                 "yes  app.nodelay|yes  app.keepalive|yes  link.tx-error|"
                 "yes  app.rcvbuf|yes  set.iss|yes  app.maxseg|yes  app.mtu|yes  icmp");
    char why[256];
    struct tcpassay_open how = {.size = sizeof how, .mtu = 1500};
    void *linux_stack;
    player_addresses(&how);
    if (stacks_linux.open(&how, &linux_stack, why, sizeof why) < 0) {
        print_message("skipped: %s\n", why);
        return;
    }
    size_t count;
    const struct stacks_capability *c = stacks_capabilities(&count);
    for (size_t i = 0; i < count; i++)
        if (c[i].entry && strcmp(c[i].name, "set.iss") != 0)
            assert_int_equal(stacks_linux.can(linux_stack, c[i].name), c[i].entry(&stacks_linux));
    stacks_linux.close(linux_stack);
}

static void the_probe_finds_liars(void **state)
{
    (void)state;
    expect_probe(PLUGIN("liar"), 15, -1,
                 "liar\n|claims zz.|which nobody can|claims app.half-close, but its table|"
                 "does not answer a SYN over IPv4|does not answer a SYN over IPv6");
    expect_probe(PLUGIN("mute_stack"), 15, -1, "virtual clock|does not answer a SYN over IPv4");
}

static void the_probe_survives_what_it_probes(void **state)
{
    (void)state;
    expect_probe(PLUGIN("crashes"), 15, -1, "crashes\n|it crashed: Segmentation fault");
    expect_probe(PLUGIN("hangs"), 1, -1, "hangs\n|it hangs: no answer in 1 s");
    expect_probe(PLUGIN("refuses"), 15, -2, "cannot be opened: the licence has run out");
}

static void the_probe_believes_tcpref(void **state)
{
    (void)state;
    expect_probe("tcpref", 15, 0, "tcpref\n|all of this agrees|IPv4: SYN,ACK|IPv6: SYN,ACK");
    expect_probe("tcpref:squeezed", 15, 0, "yes  retracts|all of this agrees");
    expect_probe("lib:" TCPREF_PLUGIN, 15, 0, "tcpref\n|all of this agrees");
}

/* Who keeps a player for each has room for so many. */
static void inputs_choose_profiles(void **unused)
{
    (void)unused;
    char spec[64];
    assert_in_range(stacks_input_profiles(), 2, STACKS_INPUT_PROFILES_MAX);
    stacks_input_spec(stacks_input_profiles(), spec, sizeof spec);
    assert_string_equal(spec, "tcpref");
    stacks_input_spec(1, spec, sizeof spec);
    assert_string_equal(spec, "tcpref:squeezed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inputs_choose_profiles),
        cmocka_unit_test(built_in_stacks_are_found),
        cmocka_unit_test(a_profile_follows_the_name),
        cmocka_unit_test(what_cannot_be_chosen_is_named),
        cmocka_unit_test(a_reason_is_cut_to_its_buffer),
        cmocka_unit_test(a_name_without_a_slash_is_a_file_here),
        cmocka_unit_test(entries_beyond_an_older_table_are_absent),
        cmocka_unit_test(known_names_are_told_apart),
        cmocka_unit_test(the_link_has_two_ends),
        cmocka_unit_test(adapters_claim_what_they_have),
        cmocka_unit_test(the_probe_finds_liars),
        cmocka_unit_test(the_probe_survives_what_it_probes),
        cmocka_unit_test(the_probe_believes_tcpref),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
