/* Terminal lines in use, levels of commands, banners, and objects that go away under somebody's hands. */

#include <stdlib.h>
#include <string.h>

#include "engine/login.h"
#include "lib/chance.h"
#include "lib/mem.h"
#include "shell/grammar.h"
#include "shell/privilege.h"
#include "shell/session.h"
#include "shell/tty.h"
#include "testsuite/unit/shell_bench.h"
#include "testsuite/unit/shell_test.h"

START_TEST(the_lowest_free_line)
{
	struct bench *b = bench_new(IKE_IOS_15);
	struct tty *t[6], *con = tty_new(b->router, LINE_CON), *other = tty_new(b->router, LINE_CON);
	char name[TTY_NAME_MAX], who[TTY_WHO_MAX];

	for (unsigned i = 0; i < 5; i++) {
		t[i] = tty_new(b->router, LINE_VTY);
		ck_assert_uint_eq(t[i]->from.number, i);
		ck_assert_uint_eq(tty_number(t[i]), i + 2);
	}
	ck_assert_ptr_eq(tty_new(b->router, LINE_VTY), NULL);
	tty_free(t[2]);
	t[2] = tty_new(b->router, LINE_VTY);
	ck_assert_str_eq(tty_name(t[2], name), "vty 2");
	ck_assert_ptr_eq(tty_find(b->router, 4), t[2]);
	bench_type(b, "configure terminal\nline vty 0 7\n");
	t[5] = tty_new(b->router, LINE_VTY);
	ck_assert_uint_eq(t[5]->from.number, 5);
	t[5]->from.remote = addr_v4(0xc0000201);
	tty_who(t[5], who, sizeof(who));
	ck_assert_str_eq(who, "vty5 (192.0.2.1)");
	strcpy(t[5]->user, "ad\nmin");
	tty_who(t[5], who, sizeof(who));
	ck_assert_str_eq(who, "ad?min on vty5 (192.0.2.1)");
	tty_who(con, who, sizeof(who));
	ck_assert_str_eq(who, "console");
	ck_assert_uint_eq(login_line_uses(b->router, 4), 2);
	for (unsigned i = 0; i < 6; i++)
		tty_free(t[i]);
	tty_free(con);
	tty_free(other);
	bench_free(b);
}
END_TEST

/* ---- levels ---- */

static enum match_kind
kind_at(struct bench *b, enum mode mode, unsigned level, const char *line)
{
	struct session s = { .router = b->router, .privilege = level, .mode = mode };
	struct match m;

	grammar_match_for(&s, mode, line, &m);
	args_free(m.args);
	return m.kind;
}

static const struct { const char *rules; enum mode mode; unsigned level; const char *line; enum match_kind kind; } levels[] = {
	{ "", MODE_EXEC, 1, "show running-config", MATCH_INVALID },
	{ "", MODE_PRIV, 7, "clear counters", MATCH_INVALID },
	{ "privilege exec level 7 clear counters", MODE_PRIV, 7, "clear counters", MATCH_OK },
	{ "privilege exec level 7 clear counters", MODE_PRIV, 6, "clear counters", MATCH_INVALID },
	{ "privilege exec level 7 clear counters", MODE_PRIV, 7, "clear logging", MATCH_INVALID },
	{ "privilege exec level 1 show run", MODE_EXEC, 1, "sh run", MATCH_OK },
	{ "privilege exec level 7 show", MODE_EXEC, 1, "show version", MATCH_INVALID },
	{ "privilege exec level 7 show", MODE_PRIV, 7, "show version", MATCH_OK },
	{ "privilege exec level 7 show", MODE_PRIV, 7, "show running-config", MATCH_INVALID },
	{ "privilege exec all level 7 show", MODE_PRIV, 7, "show running-config", MATCH_OK },
	{ "privilege exec level 7 show\nprivilege exec level 1 show version", MODE_EXEC, 1, "show version", MATCH_OK },
	{ "privilege exec level 7 configure terminal", MODE_PRIV, 7, "conf t", MATCH_OK },
	{ "privilege exec level 7 ping", MODE_EXEC, 1, "ping 10.0.0.1", MATCH_INVALID },
	{ "privilege configure level 7 interface", MODE_CONFIG, 7, "interface Lo0", MATCH_OK },
	{ "privilege configure level 7 interface", MODE_CONFIG, 7, "hostname X", MATCH_INVALID },
	{ "privilege interface level 7 shutdown", MODE_IF, 7, "no shutdown", MATCH_OK },
	{ "privilege configure level 7 interface", MODE_IF, 7, "shutdown", MATCH_INVALID },
	{ "privilege exec level 0 show clock", MODE_EXEC, 0, "show clock", MATCH_OK },
	{ "privilege exec level 7 clear counters\nprivilege exec reset clear counters", MODE_PRIV, 7, "clear counters", MATCH_INVALID },
	{ "privilege exec level 7 clear counters\nno privilege exec level 7 clear counters", MODE_PRIV, 7, "clear counters", MATCH_INVALID },
};

START_TEST(commands_have_levels)
{
	struct bench *b = bench_new(IKE_IOS_15);

	ck_assert_msg(bench_load(b, levels[_i].rules) == 0, "%s", text_str(&b->faults));
	ck_assert_msg(kind_at(b, levels[_i].mode, levels[_i].level, levels[_i].line) == levels[_i].kind, "%s / %s", levels[_i].rules, levels[_i].line);
	ck_assert_int_eq(kind_at(b, MODE_PRIV, 15, "show running-config"), MATCH_OK);
	bench_free(b);
}
END_TEST

START_TEST(what_is_no_command_has_no_level)
{
	struct bench *b = bench_new(IKE_IOS_15);

	ck_assert_uint_eq(bench_load(b, "privilege exec level 7 nonsense\n"), 1);
	ck_assert(TAILQ_EMPTY(&b->router->cfg->access.privileges));
	bench_free(b);
}
END_TEST

/* ---- banners ---- */

static const struct { const char *text, *banner; size_t faults; } banners[] = {
	{ "banner motd #one line#\n", "one line", 0 },
	{ "banner motd ^C\nHello\n  there\n^C\nhostname X\n", "\nHello\n  there\n", 0 },
	{ "banner motd \x03\nHello\n\x03\n", "\nHello\n", 0 },
	{ "banner motd ^CHello\n^C\n", "Hello\n", 0 },
	{ "banner motd #Hello\r\nyou#\r\n", "Hello\nyou", 0 },
	{ "banner motd #without end\nhostname X\n", NULL, 1 },
	{ "banner motd ##\n", "", 0 },
};

START_TEST(banners_over_lines)
{
	struct bench *b = bench_new(IKE_IOS_15), *again = bench_new(IKE_IOS_15);
	const char *text;
	char *running;

	ck_assert_uint_eq(bench_load(b, banners[_i].text), banners[_i].faults);
	text = b->router->cfg->access.banner[BANNER_MOTD];
	ck_assert((text == NULL) == (banners[_i].banner == NULL));
	if (text != NULL)
		ck_assert_str_eq(text, banners[_i].banner);
	running = bench_running(b);
	ck_assert_uint_eq(bench_load(again, running), 0);
	if (text != NULL)
		ck_assert_str_eq(again->router->cfg->access.banner[BANNER_MOTD], text);
	free(running);
	bench_free(b);
	bench_free(again);
}
END_TEST

START_TEST(a_banner_may_hold_any_mark)
{
	struct bench *b = bench_new(IKE_IOS_15), *again = bench_new(IKE_IOS_15);
	char *running;

	ck_assert_uint_eq(bench_load(b, "banner login @^C # % x@\n"), 0);
	running = bench_running(b);
	ck_assert_uint_eq(bench_load(again, running), 0);
	ck_assert_str_eq(again->router->cfg->access.banner[BANNER_LOGIN], "^C # % x");
	free(running);
	bench_free(b);
	bench_free(again);
}
END_TEST

/* ---- two at once ---- */

/* What one is in is taken away by another: whatever he types then brings nothing back and breaks nothing. */
static const struct { const char *make, *enter, *remove; } objects[] = {
	{ "interface Loopback7", "interface Loopback7", "no interface Loopback7" },
	{ "crypto isakmp policy 20", "crypto isakmp policy 20", "no crypto isakmp policy 20" },
	{ "crypto keyring K", "crypto keyring K", "no crypto keyring K" },
	{ "crypto isakmp profile P", "crypto isakmp profile P", "no crypto isakmp profile P" },
	{ "crypto ipsec transform-set T esp-aes", "crypto ipsec transform-set T esp-aes", "no crypto ipsec transform-set T" },
	{ "crypto ipsec profile P", "crypto ipsec profile P", "no crypto ipsec profile P" },
	{ "crypto map M 10 ipsec-isakmp", "crypto map M 10", "no crypto map M" },
	{ "crypto dynamic-map D 10", "crypto dynamic-map D 10", "no crypto dynamic-map D" },
	{ "line vty 5 9", "line vty 5 9", "no line vty 5" },
	{ "ip access-list standard S", "ip access-list standard S", "no ip access-list standard S" },
	{ "ip access-list extended E", "ip access-list extended E", "no ip access-list extended E" },
	{ "event manager applet A", "event manager applet A", "no event manager applet A" },
	{ "track 5 stub-object", "track 5 stub-object", "no track 5" },
	{ "ip sla 5\nicmp-echo 10.0.0.1", "ip sla 5", "no ip sla 5" },
	{ "crypto isakmp client configuration group G", "crypto isakmp client configuration group G", "no crypto isakmp client configuration group G" },
	{ "crypto ipsec client ezvpn Z", "crypto ipsec client ezvpn Z", "no crypto ipsec client ezvpn Z" },
};

struct second {
	struct bench	*b;
	const char	*const *lines;
	const char	*remove;
	size_t		 at;
};

/* Before the first line that is for the object, somebody else has taken it away. */
static char *
second_readline(void *arg, struct session *s, const char *prompt, enum input_kind kind)
{
	struct second *c = arg;

	(void)s;
	(void)prompt;
	(void)kind;
	if (c->at == 2) {
		char *gone = xasprintf("configure terminal\n%s\nend\n", c->remove);

		bench_type(c->b, gone);
		free(gone);
	}
	return c->lines[c->at] == NULL ? NULL : xstrdup(c->lines[c->at++]);
}

static void
second_write(void *arg, struct session *s, const char *p, size_t n)
{
	(void)arg;
	(void)s;
	(void)p;
	(void)n;
}

START_TEST(objects_go_away)
{
	static const struct session_io io = { .readline = second_readline, .write = second_write };
	const char *lines[] = { "configure terminal", objects[_i].enter, "description why", "ip address 10.0.0.1 255.0.0.0", "shutdown", "encryption aes",
	    "pre-shared-key address 10.0.0.1 key k", "match identity address 10.0.0.1", "mode tunnel", "set transform-set T", "set pfs group2",
	    "match address 150", "set peer 10.0.0.2", "password x", "login local", "permit any", "permit ip any any", "10 permit ip any any",
	    "action 1 wait 1", "delay up 5", "default-state up", "frequency 10", "icmp-echo 10.0.0.2", "key abc", "pool X", "peer 10.0.0.3", "no description",
	    "exit", "end", NULL };
	struct bench *b = bench_new(IKE_IOS_15);
	struct second c = { .b = b, .lines = lines, .remove = objects[_i].remove };
	struct session *s;
	char *text;

	ck_assert_msg(bench_load(b, objects[_i].make) == 0, "%s", text_str(&b->faults));
	s = session_new(NULL, NULL, b->router, &io, &c);
	session_start(s);
	session_free(s);
	text = bench_running(b);
	ck_assert_msg(strstr(text, objects[_i].enter) == NULL, "%s is there again: %s", objects[_i].enter, text);
	free(text);
	bench_free(b);
}
END_TEST

void
shell_lines_tests(TCase *tc)
{
	tcase_add_test(tc, the_lowest_free_line);
	tcase_add_loop_test(tc, commands_have_levels, 0, (int)(sizeof(levels) / sizeof(levels[0])));
	tcase_add_test(tc, what_is_no_command_has_no_level);
	tcase_add_loop_test(tc, banners_over_lines, 0, (int)(sizeof(banners) / sizeof(banners[0])));
	tcase_add_test(tc, a_banner_may_hold_any_mark);
	tcase_add_loop_test(tc, objects_go_away, 0, (int)(sizeof(objects) / sizeof(objects[0])));
}
