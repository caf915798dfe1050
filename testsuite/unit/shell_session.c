/* A person at a console: whole screens, prompts and typed lines included. */

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/coro.h"
#include "lib/mem.h"
#include "shell/session.h"
#include "testsuite/unit/shell_bench.h"
#include "testsuite/unit/shell_test.h"

struct person {
	const char	*rest;
	struct text	 screen;
};

static char *
person_types(void *arg, struct session *s, const char *prompt, enum input_kind kind)
{
	struct person *p = arg;
	size_t n = strcspn(p->rest, "\n");
	char *line;

	(void)s;
	(void)kind;
	if (*p->rest == '\0')
		return NULL;
	line = xstrndup(p->rest, n);
	p->rest += n + (p->rest[n] == '\n');
	text_printf(&p->screen, "%s%s\n", prompt, line[0] == '\x1a' ? "^Z" : line);
	return line;
}

static void
person_sees(void *arg, struct session *s, const char *b, size_t n)
{
	struct person *p = arg;

	(void)s;
	text_addn(&p->screen, b, n);
}

static const struct session_io person_io = { .readline = person_types, .write = person_sees };

static void
screen(const char *typed, const char *expected)
{
	struct bench *b = bench_new(IKE_IOS_15);
	struct person p = { .rest = typed };
	struct session *s;

	bench_load(b, "hostname R1\ninterface Loopback0\n ip address 1.1.1.1 255.255.255.255\n");
	s = session_new(NULL, NULL, b->router, &person_io, &p);
	session_start(s);
	while (!coro_done(s->coro) && clock_step(b->clock, CLOCK_NEVER))
		;
	session_free(s);
	ck_assert_str_eq(text_str(&p.screen), expected);
	text_free(&p.screen);
	bench_free(b);
}

static const struct {
	const char	*typed, *seen;
} screens[] = {
	{ "show\nshow clock\n",
	    "R1#show\n% Type \"show ?\" for a list of subcommands\nR1#show clock\n13:13:07.000 UTC Fri Mar 13 2015\n" },
	{ "show cloxk\n", "R1#show cloxk\n           ^\n% Invalid input detected at '^' marker.\n\n" },
	{ "foo\n", "R1#foo\nTranslating \"foo\"...domain server (255.255.255.255)\n"
	    "% Unknown command or computer name, or unable to find computer address\n" },
	{ "foo bar\n", "R1#foo bar\n     ^\n% Invalid input detected at '^' marker.\n\n" },
	{ "te\nc\nterminal length\n",
	    "R1#te\n% Incomplete command.\n\nR1#c\n% Ambiguous command:  \"c\"\nR1#terminal length\n% Incomplete command.\n\n" },
	{ "conf\n\nint lo0\nhostname R2\n\x1a\n",
	    "R1#conf\nConfiguring from terminal, memory, or network [terminal]? \n"
	    "Enter configuration commands, one per line.  End with CNTL/Z.\nR1(config)#int lo0\nR1(config-if)#hostname R2\n"
	    "R2(config)#^Z\nMar 13 13:13:07.000: %SYS-5-CONFIG_I: Configured from console by console\n" },
	{ "conf t\nhostname abcdefghijklmnopqrstuvwxyz\nend\n",
	    "R1#conf t\nEnter configuration commands, one per line.  End with CNTL/Z.\n"
	    "R1(config)#hostname abcdefghijklmnopqrstuvwxyz\nabcdefghijklmnopqrst(config)#end\n"
	    "Mar 13 13:13:07.000: %SYS-5-CONFIG_I: Configured from console by console\n" },
	{ "conf t\nint lo0\nxyz\nexit\nexit\n",
	    "R1#conf t\nEnter configuration commands, one per line.  End with CNTL/Z.\nR1(config)#int lo0\n"
	    "R1(config-if)#xyz\n              ^\n% Invalid input detected at '^' marker.\n\nR1(config-if)#exit\nR1(config)#exit\n"
	    "Mar 13 13:13:07.000: %SYS-5-CONFIG_I: Configured from console by console\n" },
	{ "disable\nconf t\nenable\n",
	    "R1#disable\nR1>conf t\n   ^\n% Invalid input detected at '^' marker.\n\nR1>enable\n" },
	{ "ping 1.1.1.1 source lo0 repeat 3\n",
	    "R1#ping 1.1.1.1 source lo0 repeat 3\nType escape sequence to abort.\n"
	    "Sending 3, 100-byte ICMP Echos to 1.1.1.1, timeout is 2 seconds:\n"
	    "Packet sent with a source address of 1.1.1.1 \n!!!\n"
	    "Success rate is 100 percent (3/3), round-trip min/avg/max = 1/1/1 ms\n" },
	{ "ping 1.1.1.1 source 9.9.9.9\n",
	    "R1#ping 1.1.1.1 source 9.9.9.9\n% Invalid source address- IP address not on any of our up interfaces\n" },
	{ "debug crypto isakmp\nsh debug\nno debug crypto isakmp\nu all\nsh debug\n",
	    "R1#debug crypto isakmp\nCrypto ISAKMP debugging is on\nR1#sh debug\n\n\nCryptographic Subsystem:\n"
	    "  Crypto ISAKMP debugging is on\nR1#no debug crypto isakmp\nCrypto ISAKMP debugging is off\n"
	    "R1#u all\nAll possible debugging has been turned off\nR1#sh debug\n" },
	{ "show clock | count Mar\nshow clock | x y\nshow clock | i [\n",
	    "R1#show clock | count Mar\nNumber of lines which match regexp = 1\nR1#show clock | x y\n"
	    "                ^\n% Invalid input detected at '^' marker.\n\nR1#show clock | i [\n"
	    "% Failed to compile regular expression\n" },
	{ "terminal history size 2\nshow clock | i x\nshow history\n",
	    "R1#terminal history size 2\nR1#show clock | i x\nR1#show history\n  show clock | i x\n  show history\n" },
	{ "clock set 14:00:00 29 feb 2016\nshow clock\nclock set 1:2:3 30 feb 2016\n",
	    "R1#clock set 14:00:00 29 feb 2016\nFeb 29 14:00:00.000: %SYS-6-CLOCKUPDATE: System clock has been updated from "
	    "13:13:07 UTC Fri Mar 13 2015 to 14:00:00 UTC Mon Feb 29 2016, configured from console by console.\n"
	    "R1#show clock\n14:00:00.000 UTC Mon Feb 29 2016\nR1#clock set 1:2:3 30 feb 2016\n% There is no such day\n" },
	{ "terminal length 5?\n", "R1#terminal length 5?\n  <0-512>  Number of lines, 0 for no pauses\n\n" },
};

START_TEST(screens_are_whole)
{
	screen(screens[_i].typed, screens[_i].seen);
}
END_TEST

START_TEST(ctrl_c_breaks_a_ping_off)
{
	struct bench *b = bench_new(IKE_IOS_15);
	struct person p = { .rest = "ping 10.9.9.9 repeat 1000000\nshow clock\n" };
	struct session *s;

	/* A neighbour that never answers. */
	bench_load(b, "interface GigabitEthernet0/0\n ip address 10.9.9.1 255.255.255.0\n no shutdown\n");
	s = session_new(NULL, NULL, b->router, &person_io, &p);
	session_start(s);
	for (int i = 0; i < 5; i++)
		ck_assert(clock_step(b->clock, CLOCK_NEVER));
	ck_assert(s->running && !s->waiting);
	session_interrupt(s);
	while (!coro_done(s->coro))
		ck_assert(clock_step(b->clock, CLOCK_NEVER));
	ck_assert_ptr_nonnull(strstr(text_str(&p.screen), "Success rate is 0 percent (0/"));
	ck_assert_ptr_nonnull(strstr(text_str(&p.screen), "#show clock\n"));
	session_free(s);
	text_free(&p.screen);
	bench_free(b);
}
END_TEST

/* Freed in the middle of a command: it gives up, and nothing leaks (the sanitizers would say). */
START_TEST(a_session_may_end_at_any_time)
{
	struct bench *b = bench_new(IKE_IOS_15);
	struct person p = { .rest = "ping 10.9.9.9 repeat 1000000\n" };
	struct session *s;

	bench_load(b, "interface GigabitEthernet0/0\n ip address 10.9.9.1 255.255.255.0\n no shutdown\n");
	s = session_new(NULL, NULL, b->router, &person_io, &p);
	session_start(s);
	clock_step(b->clock, CLOCK_NEVER);
	session_free(s);
	text_free(&p.screen);
	bench_free(b);
}
END_TEST

static void
first_fault(void *arg, size_t line, const char *message)
{
	struct text *t = arg;

	text_printf(t, "%zu:\n%s\n", line, message);
}

START_TEST(wrong_lines_are_told_and_the_rest_stands)
{
	struct bench *b = bench_new(IKE_IOS_15);
	struct text t = { 0 };

	ck_assert_uint_eq(session_load(NULL, b->router,
	    "! a comment\nhostname First\nfrobnicate 7\ninterface Loopback7\n ip adress 1.2.3.4 255.0.0.0\n"
	    " ip address 1.2.3.4 255.0.0.0\nend\nhostname Last\n", first_fault, &t), 2);
	ck_assert_ptr_nonnull(strstr(text_str(&t), "3:\nfrobnicate 7\n ^\n% Invalid input detected at '^' marker.\n"));
	ck_assert_ptr_nonnull(strstr(text_str(&t), "\n5:\n ip adress 1.2.3.4 255.0.0.0\n      ^\n% Invalid input detected at '^' marker.\n% Expected: "));
	ck_assert_ptr_nonnull(strstr(text_str(&t), ", perhaps address\n"));
	ck_assert_str_eq(b->router->cfg->hostname, "Last");
	ck_assert_ptr_nonnull(config_if(b->router->cfg, "Loopback7", false));
	text_free(&t);
	bench_free(b);
}
END_TEST

/* Two thousand lines are a matter of milliseconds; the bound leaves room for sanitizers and slow machines. */
START_TEST(long_configurations_load_fast)
{
	struct bench *b = bench_new(IKE_IOS_15);
	struct clock *real = clock_new_real();
	struct text t = { 0 };
	int64_t from;

	for (int i = 0; i < 500; i++)
		text_printf(&t, "interface Loopback%d\n description line %d\n ip address 10.1.%d.%d 255.255.255.255\n!\n", i, i,
		    i / 200, i % 200 + 1);
	from = clock_now(real);
	ck_assert_uint_eq(bench_load(b, text_str(&t)), 0);
	ck_assert_msg(clock_now(real) - from < 3 * NSEC_SEC, "%lld ms", (long long)((clock_now(real) - from) / NSEC_MS));
	clock_free(real);
	text_free(&t);
	bench_free(b);
}
END_TEST

void
shell_session_tests(TCase *tc)
{
	tcase_add_loop_test(tc, screens_are_whole, 0, (int)(sizeof(screens) / sizeof(screens[0])));
	tcase_add_test(tc, ctrl_c_breaks_a_ping_off);
	tcase_add_test(tc, a_session_may_end_at_any_time);
	tcase_add_test(tc, wrong_lines_are_told_and_the_rest_stands);
	tcase_add_test(tc, long_configurations_load_fast);
}
