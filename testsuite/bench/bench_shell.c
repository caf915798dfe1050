/*
 * The shell with the whole table.  For each row of each mode a line is made that goes through all of it; the line is matched, `?` is
 * asked at each of its blanks and within each of its words, and Tab is pressed there.  Lines as people type them, right and wrong,
 * come on top, and a few cheap commands are executed in a session.  The worst counts: each was timed several times, and of those the
 * fastest is its cost.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/router.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/grammar.h"
#include "shell/session.h"
#include "shell/syntax.h"
#include "testsuite/bench/bench.h"
#include "testsuite/bench/bench_router.h"

#define LINE_TIMES	7
#define LIMIT_US	50
#define VALUES_MAX	40000

/* The costs of one kind of question, over all lines. */
struct costs {
	double	*us;
	size_t	 n;
	double	 worst;
	char	 line[256];
};

enum question { ASK_MATCH, ASK_HELP, ASK_TAB, ASK_EXECUTE, ASK__COUNT };

struct shell_bench {
	struct costs	costs[ASK__COUNT];
};

static const char *
sample(const struct element *e)
{
	static const char *const words[] = {
		[EL_LINE] = "some words more", [EL_WORD] = "name", [EL_STRING] = "name", [EL_IFNAME] = "GigabitEthernet0/0",
		[EL_HEX] = "0x1234", [EL_DURATION] = "20s", [EL_MONTH] = "march", [EL_TIME] = "10:11:12", [EL_MAC] = "0011.2233.4455",
		[EL_LISTED] = "1", [EL_PREFIX] = "10.0.0.0/8", [EL_ADDR] = "10.0.0.1", [EL_PREFIX6] = "2001:db8::/32",
		[EL_ADDR6] = "2001:db8::1",
	};

	return words[e->kind];
}

static void
add_element(struct text *t, const struct element *e)
{
	if (t->len > 0)
		text_addc(t, ' ');
	if (e->kind == EL_KEYWORD)
		text_addn(t, e->text, e->len);
	else if (e->kind == EL_NUMBER)
		text_printf(t, "%llu", (unsigned long long)e->lo);
	else
		text_add(t, sample(e));
}

/* The first element that may begin, then the next that may follow, up to the row's end. */
static char *
sample_line(const struct cmd *c)
{
	struct syntax *s = xmalloc(sizeof(*s));
	struct text t = { 0 };
	uint64_t next;

	if (c->flags & CMD_NO_ONLY)
		text_add(&t, "no");
	syntax_parse(s, c->syntax);
	for (next = s->first; next != 0;) {
		size_t i = (size_t)__builtin_ctzll(next);

		add_element(&t, &s->el[i]);
		if (s->el[i].kind == EL_LINE)
			break;
		next = i == 63 ? 0 : s->el[i].follow >> (i + 1) << (i + 1);
	}
	free(s);
	return text_take(&t);
}

static void
ask(enum question q, enum mode mode, const char *line, struct session *s)
{
	struct text t = { 0 };
	struct match m;

	switch (q) {
	case ASK_MATCH:
		grammar_match(mode, 15, line, &m);
		args_free(m.args);
		break;
	case ASK_HELP:
		grammar_help(mode, 15, line, &t);
		break;
	case ASK_TAB:
		free(grammar_complete(mode, 15, line));
		break;
	default:
		session_execute(s, line);
		break;
	}
	text_free(&t);
}

static void
time_line(struct shell_bench *sb, enum question q, enum mode mode, const char *line, struct session *s)
{
	struct costs *c = &sb->costs[q];
	double best = 1e9;

	for (int i = 0; i < LINE_TIMES; i++) {
		int64_t start = bench_cpu();
		double us;

		ask(q, mode, line, s);
		us = (double)(bench_cpu() - start) / 1000;
		if (us < best)
			best = us;
	}
	if (c->n < VALUES_MAX)
		c->us[c->n++] = best;
	if (best > c->worst) {
		c->worst = best;
		snprintf(c->line, sizeof(c->line), "%s", line);
	}
}

/* `?` and Tab at each blank of the line and in the middle of each word. */
static void
time_parts(struct shell_bench *sb, enum mode mode, const char *line)
{
	size_t word = 0;

	for (size_t i = 0; line[i] != '\0'; i++) {
		bool blank = line[i] == ' ', middle = !blank && i == word + 1;
		char *part;

		if (blank)
			word = i + 1;
		if (!blank && !middle)
			continue;
		part = xstrndup(line, i + 1);
		time_line(sb, ASK_HELP, mode, part, NULL);
		time_line(sb, ASK_TAB, mode, part, NULL);
		free(part);
	}
}

static void
time_all(struct shell_bench *sb, enum mode mode, const char *line)
{
	time_line(sb, ASK_MATCH, mode, line, NULL);
	time_parts(sb, mode, line);
}

static void
time_row(void *arg, const struct cmd *c)
{
	char *line = sample_line(c);

	for (int m = 0; m < MODE__COUNT; m++)
		if (c->modes >> m & 1) {
			time_all(arg, (enum mode)m, line);
			break;
		}
	free(line);
}

/* As people type them. */
static const struct { enum mode mode; const char *line; } typed[] = {
	{ MODE_PRIV, "sh cry ips sa pe 10.0.0.1 det" },
	{ MODE_PRIV, "show crypto ipsec sa peer 10.0.0.1 detail | include spi" },
	{ MODE_PRIV, "sh run | sec crypto map" },
	{ MODE_PRIV, "show crypto isakmp sa" },
	{ MODE_PRIV, "show ip interface brief" },
	{ MODE_PRIV, "clear crypto sa peer 14.14.14.14" },
	{ MODE_PRIV, "debug crypto isakmp" },
	{ MODE_PRIV, "ping 10.0.0.1 source gi 0/1 size 1400 repeat 100" },
	{ MODE_PRIV, "shwo ip route" },
	{ MODE_PRIV, "show crypto ipsec xx" },
	{ MODE_PRIV, "s" },
	{ MODE_EXEC, "enable" },
	{ MODE_CONFIG, "access-list 101 permit tcp host 10.0.0.1 eq www 192.168.0.0 0.0.255.255 range 1 65000 established log" },
	{ MODE_CONFIG, "ip route 0.0.0.0 0.0.0.0 10.0.0.254 250 name out" },
	{ MODE_CONFIG, "crypto map M 10 ipsec-isakmp" },
	{ MODE_CONFIG, "crypto isakmp invalid-spi-recovery" },
	{ MODE_CONFIG, "no crypto isakmp invalid-spi-recovery" },
	{ MODE_CONFIG, "default crypto isakmp keepalive 10 3 periodic" },
	{ MODE_CONFIG, "do sh cry ips sa" },
	{ MODE_CONFIG, "event manager applet A trap" },
	{ MODE_CONFIG, "router ospf 1" },
	{ MODE_CONFIG, "interface gi 0/0" },
	{ MODE_IF, "ip nhrp map multicast dynamic" },
	{ MODE_IF, "ip nhrp network-id 1" },
	{ MODE_IF, "ip address 10.0.0.1 255.255.255.0 secondary" },
	{ MODE_IF, "tunnel protection ipsec profile P shared" },
	{ MODE_IF, "ipv6 address 2001:db8::1/64" },
	{ MODE_APPLET, "action 1.0 cli command \"show crypto ipsec sa\"" },
	{ MODE_APPLET, "action 2.0 syslog priority errors msg \"it happened\"" },
	{ MODE_APPLET, "action 3.0 regexp \"spi=0x([0-9A-F]+)\" \"$_syslog_msg\" all one" },
	{ MODE_CRYPTO_MAP, "set transform-set A B C D" },
	{ MODE_EXT_NACL, "10 permit ip 10.0.0.0 0.255.255.255 any" },
	{ MODE_LAB, "traffic Host1 Host2 rate 2Mbps size 1400" },
};

static void
time_typed(struct shell_bench *sb)
{
	for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++)
		time_all(sb, typed[i].mode, typed[i].line);
	for (int m = 0; m < MODE__COUNT; m++)
		time_parts(sb, (enum mode)m, " ");
}

/* Commands that do little themselves: what is timed is the way to them. */
static void
time_executed(struct shell_bench *sb)
{
	static const struct { enum mode mode; const char *line; } cheap[] = {
		{ MODE_PRIV, "terminal length 0" },
		{ MODE_PRIV, "show privilege" },
		{ MODE_PRIV, "show clock" },
		{ MODE_PRIV, "sh history | i nothing" },
		{ MODE_PRIV, "shw clock" },
		{ MODE_PRIV, "show crypto ipsec sa pear" },
		{ MODE_CONFIG, "do show privilege" },
		{ MODE_IF, "ip nhrp nothing" },
		{ MODE_APPLET, "action 1.0 puts" },
	};
	struct bench_router *r = bench_router_new();

	for (size_t i = 0; i < sizeof(cheap) / sizeof(cheap[0]); i++) {
		struct session *s = bench_router_session(r);

		s->mode = cheap[i].mode;
		time_line(sb, ASK_EXECUTE, cheap[i].mode, cheap[i].line, s);
		s->mode = MODE_PRIV;
		session_free(s);
	}
	bench_router_free(r);
}

void
bench_shell(struct bench *b)
{
	static const char *const names[] = { "a line matched", "`?`", "Tab", "a cheap command executed" };
	struct shell_bench sb = { 0 };

	for (int q = 0; q < ASK__COUNT; q++)
		sb.costs[q].us = xcalloc(VALUES_MAX, sizeof(double));
	grammar_each(time_row, &sb);
	time_typed(&sb);
	time_executed(&sb);
	for (int q = 0; q < ASK__COUNT; q++) {
		struct costs *c = &sb.costs[q];
		char *median = xasprintf("%s, median of %zu", names[q], c->n), *worst = xasprintf("%s, the slowest", names[q]);

		bench_cost(b, median, "us", bench_median(c->us, c->n), LIMIT_US);
		bench_cost(b, worst, "us", c->worst, LIMIT_US);
		printf("    %s\n", c->line);
		free(median);
		free(worst);
		free(c->us);
	}
}
