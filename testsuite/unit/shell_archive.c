/* Differences of configurations, secrets in the log, what goes without saying, aliases. */

#include <stdlib.h>
#include <string.h>

#include "engine/archive.h"
#include "engine/flash.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "shell/cfg_replace.h"
#include "shell/cfg_tree.h"
#include "shell/mask.h"
#include "shell/running_config.h"
#include "testsuite/unit/shell_bench.h"
#include "testsuite/unit/shell_test.h"

static const struct { const char *from, *to, *diff; } diffs[] = {
	{ "hostname A\n", "hostname A\n", "" },
	{ "!\nversion 15.4\nhostname A\n!\nend\n", "Building configuration...\n\nCurrent configuration : 9 bytes\nhostname A\nend\n", "" },
	{ "hostname A\n", "hostname B\n", "+hostname B\n-hostname A\n" },
	{ "interface X\n ip address 1\n", "interface X\n ip address 2\n", "interface X\n +ip address 2\ninterface X\n -ip address 1\n" },
	{ "", "interface X\n a\n b\n", "+interface X\n +a\n +b\n" },
	{ "archive\n log config\n  hidekeys\n path flash:x\n", "archive\n log config\n path flash:x\n", "archive\n log config\n  -hidekeys\n" },
	{ "banner motd ^C\nhello\nhostname X\n^C\n", "banner motd ^C\nhello\n^C\n", "+banner motd ^C\nhello\n^C\n-banner motd ^C\nhello\nhostname X\n^C\n" },
	{ "banner motd #one#\nhostname A\n", "banner motd #one#\n", "-hostname A\n" },
	{ "banner motd ^C\nnever ends\n", "", "-banner motd ^C\nnever ends\n" },
	{ "a\n  b\n   c\n d\n", "a\n  b\n   c\n", "a\n -d\n" },
};

START_TEST(differences_in_context)
{
	struct cfg_tree *from = cfg_tree_new(diffs[_i].from), *to = cfg_tree_new(diffs[_i].to);
	struct text t = { 0 };

	ck_assert_int_eq(cfg_diff_context(from, to, &t), *diffs[_i].diff != '\0');
	ck_assert_str_eq(text_str(&t), diffs[_i].diff);
	ck_assert_int_eq(cfg_tree_same(from, to, true), *diffs[_i].diff == '\0');
	text_free(&t);
	cfg_tree_free(from);
	cfg_tree_free(to);
}
END_TEST

/* Indented ever deeper, and cut anywhere: a tree in any case. */
START_TEST(any_text_is_a_tree)
{
	struct text t = { 0 };

	for (int i = 0; i < 40; i++)
		text_printf(&t, "%*sline %d\n", i, "", i);
	text_add(&t, "banner motd ^\n^C\n\nbanner\nbanner motd\nbanner exec \n");
	for (size_t n = 0; n <= t.len; n++) {
		char *part = xstrndup(t.s, n);
		struct cfg_tree *a = cfg_tree_new(part);

		ck_assert(cfg_tree_same(a, a, true));
		cfg_tree_free(a);
		free(part);
	}
	text_free(&t);
}
END_TEST

static const struct { const char *line, *masked; } masks[] = {
	{ "hostname password", "hostname password" },
	{ "username bob privilege 15 secret 0 hunter2", "username bob privilege 15 secret 0 *****" },
	{ "username bob password two words", "username bob password *****" },
	{ "no username bob password 7 0822455D0A16", "no username bob password 7 *****" },
	{ "  enable secret 9 $9$abc", "  enable secret 9 *****" },
	{ "enable password 5", "enable password *****" },
	{ "service password-encryption", "service password-encryption" },
	{ "crypto isakmp key 6 Museum address 10.0.0.1 255.255.255.255", "crypto isakmp key 6 ***** address 10.0.0.1 255.255.255.255" },
	{ "pre-shared-key address 10.0.0.1 key Museum", "pre-shared-key address 10.0.0.1 key *****" },
	{ "crypto key generate rsa", "crypto key generate rsa" },
	{ "tunnel key 7", "tunnel key 7" },
	{ "key Group", "key *****" },
	{ "group G key Secret", "group G key *****" },
	{ "snmp-server community word ro", "snmp-server community ***** ro" },
	{ "snmp-server host 10.0.0.9 version 2c word event-manager", "snmp-server host 10.0.0.9 version 2c ***** event-manager" },
	{ "snmp-server host 10.0.0.9 traps word", "snmp-server host 10.0.0.9 traps *****" },
	{ "no snmp-server host 10.0.0.9 word", "no snmp-server host 10.0.0.9 *****" },
	{ "ip nhrp authentication cisco", "ip nhrp authentication *****" },
	{ "authentication pre-share", "authentication pre-share" },
	{ "ntp authentication-key 7 md5 word", "ntp authentication-key 7 md5 *****" },
	{ "hash md5", "hash md5" },
	{ "password", "password" },
	{ "", "" },
};

START_TEST(secrets_are_masked)
{
	char *is = secret_mask(masks[_i].line);

	ck_assert_str_eq(is, masks[_i].masked);
	free(is);
}
END_TEST

START_TEST(log_keeps_no_secrets)
{
	struct bench *b = bench_new(IKE_IOS_15);
	const struct config_log_entry *e;

	ck_assert(bench_type(b, "conf t\narchive\nlog config\nlogging enable\nlogging size 3\nexit\nexit\nusername u secret hunter2\n"
	    "crypto isakmp key hunter2 address 10.0.0.1\nsnmp-server community hunter2 ro\nno snmp-server community hunter2\nend\n"));
	for (size_t i = 0; (e = config_log_at(b->router, i)) != NULL; i++)
		ck_assert_msg(strstr(e->command, "hunter2") == NULL, "%s", e->command);
	ck_assert_str_eq(config_log_at(b->router, 0)->command, "crypto isakmp key ***** address 10.0.0.1");
	ck_assert_ptr_null(config_log_at(b->router, 3));
	ck_assert_uint_eq(config_log_at(b->router, 2)->number, 6);
	bench_free(b);
}
END_TEST

/* What `all` adds changes nothing when it is taken in, neither here nor on a router that has nothing yet. */
START_TEST(all_is_the_same_configuration)
{
	static const char text[] = "crypto isakmp policy 10\n encr aes\ninterface Loopback0\n ip address 10.0.0.1 255.255.255.255\ninterface Tunnel0\n"
	    " tunnel source Loopback0\ninterface GigabitEthernet0/0\n ip address 10.1.0.1 255.255.255.0\narchive\n path flash:x\n";
	struct bench *b = bench_new(IKE_IOS_15), *other = bench_new(IKE_IOS_15);
	struct text all = { 0 };
	char *before, *after, *there;

	ck_assert_uint_eq(bench_load(b, text), 0);
	before = bench_running(b);
	running_config_all(b->router, &all);
	ck_assert_uint_gt(all.len, strlen(before) + 400);
	ck_assert_msg(bench_load(b, text_str(&all)) == 0, "%s", text_str(&b->faults));
	after = bench_running(b);
	ck_assert_str_eq(before, after);
	ck_assert_uint_eq(bench_load(other, text_str(&all)), 0);
	there = bench_running(other);
	ck_assert_str_eq(before, there);
	free(before);
	free(after);
	free(there);
	text_free(&all);
	bench_free(b);
	bench_free(other);
}
END_TEST

/* A text that nothing can be made of: what is refused is told, and what can be is. */
START_TEST(replace_tells_what_it_cannot)
{
	struct bench *b = bench_new(IKE_IOS_15);
	struct replace out = { 0 };

	ck_assert_uint_eq(bench_load(b, "hostname Before\n"), 0);
	replace_run(NULL, b->router, "hostname After\ninterface Loopback0\n ip address 1.2.3.4 1.2.3.4\nfrobnicate\n", &out);
	ck_assert(!out.done);
	ck_assert_uint_eq(out.passes, REPLACE_PASSES);
	ck_assert_ptr_nonnull(strstr(text_str(&out.failed), "frobnicate\n"));
	ck_assert_str_eq(b->router->cfg->hostname, "After");
	replace_free(&out);
	bench_free(b);
}
END_TEST

/* By hand, in other words and another order, with defaults: taken, and settled. */
START_TEST(replace_by_a_text_of_a_person)
{
	struct bench *b = bench_new(IKE_IOS_15);
	struct replace out = { 0 };
	char *is;

	ck_assert_uint_eq(bench_load(b, "hostname Before\ninterface Loopback3\n ip address 10.3.0.1 255.255.255.255\n"), 0);
	replace_run(NULL, b->router, "int lo0\n ip addr 10.0.0.1 255.255.255.255\n no shut\nhostname After\n", &out);
	ck_assert_msg(out.done, "%s%s", text_str(&out.list), text_str(&out.failed));
	is = bench_running(b);
	ck_assert_ptr_nonnull(strstr(is, "hostname After\n"));
	ck_assert_ptr_nonnull(strstr(is, "interface Loopback0\n ip address 10.0.0.1 255.255.255.255\n"));
	ck_assert_ptr_null(strstr(is, "Loopback3"));
	free(is);
	replace_free(&out);
	bench_free(b);
}
END_TEST

START_TEST(aliases_never_loop)
{
	struct bench *b = bench_new(IKE_IOS_15);

	ck_assert(bench_type(b, "conf t\nalias exec a b\nalias exec b a\nalias exec show show\nalias exec sc show clock\nend\n"));
	ck_assert(!bench_type(b, "a\n"));
	ck_assert(!bench_type(b, "b\n"));
	ck_assert(bench_type(b, "show clock\n"));
	ck_assert(bench_type(b, "sc | include UTC\n"));
	ck_assert(!bench_type(b, " sc\n"));
	ck_assert(bench_type(b, "conf t\nno alias exec s\nend\n"));
	ck_assert(!bench_type(b, "s clock\n"));
	ck_assert(bench_type(b, "conf t\ndefault alias exec s\nend\ns clock\n"));
	bench_free(b);
}
END_TEST

void
shell_archive_tests(TCase *tc)
{
	tcase_add_loop_test(tc, differences_in_context, 0, (int)(sizeof(diffs) / sizeof(diffs[0])));
	tcase_add_test(tc, any_text_is_a_tree);
	tcase_add_loop_test(tc, secrets_are_masked, 0, (int)(sizeof(masks) / sizeof(masks[0])));
	tcase_add_test(tc, log_keeps_no_secrets);
	tcase_add_test(tc, all_is_the_same_configuration);
	tcase_add_test(tc, replace_tells_what_it_cannot);
	tcase_add_test(tc, replace_by_a_text_of_a_person);
	tcase_add_test(tc, aliases_never_loop);
}
