/* The terminal: bytes in, bytes out, and what the screen looks like. */

#include <stdlib.h>
#include <string.h>

#include "engine/log.h"
#include "engine/login.h"
#include "engine/router.h"
#include "lib/clock.h"
#include "lib/coro.h"
#include "lib/mem.h"
#include "shell/session.h"
#include "shell/tty.h"
#include "testsuite/unit/shell_desk.h"
#include "testsuite/unit/shell_test.h"

static struct desk *
sit(void)
{
	struct desk *d = desk_new(true, 80, 24);

	desk_start(d);
	return d;
}

static void
nothing_strange(const struct desk *d)
{
	ck_assert_uint_eq(d->screen.strange, 0);
}

static void
leave(struct desk *d)
{
	nothing_strange(d);
	desk_free(d);
}

/* What came out since the last time. */
static void
came(struct desk *d, const char *bytes)
{
	ck_assert_str_eq(text_str(&d->bytes), bytes);
	text_clear(&d->bytes);
}

/* ---- keys ---- */

/* The line as the screen shows it after the keys, without its prompt, and the cursor's column in it. */
static const struct { const char *keys, *line; unsigned column; } edits[] = {
	{ "abc", "abc", 3 },
	{ "abc\001x", "xabc", 1 },
	{ "abc\001\006\006x", "abxc", 3 },
	{ "abc\002\002x", "axbc", 2 },
	{ "abc\001\005x", "abcx", 4 },
	{ "abc\002\004", "ab", 2 },
	{ "abc\004", "abc", 3 },
	{ "abc\010", "ab", 2 },
	{ "abc\177\177", "a", 1 },
	{ "abc\001\177", "abc", 0 },
	{ "one two three\027", "one two", 8 },
	{ "one two three\033\177", "one two", 8 },
	{ "one two  \027x", "one x", 5 },
	{ "one two\025x", "x", 1 },
	{ "one two\002\002\025", "wo", 0 },
	{ "one two\002\002\030", "wo", 0 },
	{ "one two\002\002\013", "one t", 5 },
	{ "one two\027\031\031", "one twotwo", 10 },
	{ "one two\033b\033bx", "xone two", 1 },
	{ "one two\001\033fx", "onex two", 4 },
	{ "one two\001\033d", " two", 0 },
	{ "one two\001\033c", "One two", 3 },
	{ "one two\001\033u", "ONE two", 3 },
	{ "ONE two\001\033l", "one two", 3 },
	{ "abdc\002\024", "abcd", 4 },
	{ "abcd\024", "abdc", 4 },
	{ "ab\033[D\033[Dx\033[Cy", "xayb", 3 },
	{ "ab\033OD\033ODx\033OCy", "xayb", 3 },
	{ "ab\033[Hx\033[Fy\033[1~z\033[4~.", "zxaby.", 6 },
	{ "ab\033[D\033[3~", "a", 1 },
	{ "a\033[5~b\033[1;5Cc\033[?2004hd", "abcd", 4 },		/* keys that mean nothing here leave nothing */
	{ "a\033\001b", "ba", 1 },
	{ "a\026?b", "a?b", 3 },
	{ "a\026\001b", "ab", 2 },				/* no control characters in a line */
	{ "a\033q?b", "a?b", 3 },
	{ "a\000b", "a", 1 },
	{ "a\035\034\037b", "ab", 2 },
	{ "r\303\251sum\303\251\002\002x", "r\303\251sux" "m\303\251", 5 },
	{ "\344\272\272\345\217\243\002x", "\344\272\272x\345\217\243", 3 },
	{ "\344\272\272\345\217\243\177\177ab", "ab", 2 },
	{ "a\377\300\200\302\205\355\240\200z", "az", 2 },	/* no UTF-8, or no characters */
	{ "a\303b", "ab", 2 },
};

START_TEST(keys_edit_the_line)
{
	struct desk *d = sit();
	char *line = xasprintf("R1#%s", edits[_i].line);

	desk_type(d, edits[_i].keys);
	ck_assert_str_eq(desk_row(d, -1), line);
	ck_assert_uint_eq(desk_column(d), edits[_i].column + 3);
	free(line);
	leave(d);
}
END_TEST

/* And the same bytes one at a time, or all at once, look the same. */
START_TEST(keys_one_by_one)
{
	struct desk *all = sit(), *each = sit();
	const char *keys = edits[_i].keys;

	desk_type(all, keys);
	for (size_t i = 0; keys[i] != '\0'; i++)
		desk_type_n(each, keys + i, 1);
	ck_assert_str_eq(text_str(&all->bytes), text_str(&each->bytes));
	leave(all);
	leave(each);
}
END_TEST

START_TEST(an_end_of_line_echoes_what_is_typed)
{
	struct desk *d = sit();

	came(d, "R1#");
	desk_type(d, "show privilege");
	came(d, "show privilege");
	desk_type(d, "\177\177xy");
	came(d, "\b \b\b \bxy");
	desk_type(d, "\025show privilege");
	came(d, "\b\b\b\b\b\b\b\b\b\b\b\b\b\b              \b\b\b\b\b\b\b\b\b\b\b\b\b\bshow privilege");
	desk_type(d, "\r");
	came(d, "\r\nCurrent privilege level is 15\r\nR1#");
	desk_type(d, "ab\002x");
	came(d, "ab\bxb\b");
	leave(d);
}
END_TEST

START_TEST(line_ends)
{
	struct desk *d = sit();

	desk_type(d, "show privilege\n");
	desk_type(d, "show privilege\r\n");
	desk_type(d, "show privilege\r");
	desk_type_n(d, "show privilege\r", 15);
	desk_type_n(d, "\n\rshow privilege\r\0", 18);
	ck_assert_uint_eq(d->s->history[0].n, 5);
	leave(d);
}
END_TEST

START_TEST(cut_texts_come_back_in_turn)
{
	struct desk *d = sit();

	desk_type(d, "one two three\027\027\027");
	desk_type(d, "\031");
	ck_assert_str_eq(desk_row(d, -1), "R1#one");
	desk_type(d, "\033y");
	ck_assert_str_eq(desk_row(d, -1), "R1#two");
	desk_type(d, "\033y");
	ck_assert_str_eq(desk_row(d, -1), "R1#three");
	desk_type(d, "\033y");
	ck_assert_str_eq(desk_row(d, -1), "R1#one");
	desk_type(d, "\001\033y");
	ck_assert_uint_eq(d->screen.bells, 1);
	leave(d);
}
END_TEST

START_TEST(recall)
{
	struct desk *d = sit();

	desk_type(d, "show clock | i x\rshow privilege | i x\r");
	desk_type(d, "half\020");
	ck_assert_str_eq(desk_row(d, -1), "R1#show privilege | i x");
	desk_type(d, "\033[A");
	ck_assert_str_eq(desk_row(d, -1), "R1#show clock | i x");
	desk_type(d, "\020");
	ck_assert_uint_eq(d->screen.bells, 1);
	desk_type(d, "\016\033OB");
	ck_assert_str_eq(desk_row(d, -1), "R1#half");
	desk_type(d, "\016");
	ck_assert_uint_eq(d->screen.bells, 2);
	/* Configuration has a history of its own. */
	desk_type(d, "\025conf t\r\020");
	ck_assert_str_eq(desk_row(d, -1), "R1(config)#");
	desk_type(d, "hostname R1\r\020");
	ck_assert_str_eq(desk_row(d, -1), "R1(config)#hostname R1");
	desk_type(d, "\003\020");
	ck_assert_str_eq(desk_row(d, -1), "R1#conf t");
	desk_type(d, "\025terminal history size 1\r\020\020");
	ck_assert_str_eq(desk_row(d, -1), "R1#terminal history size 1");
	leave(d);
}
END_TEST

START_TEST(control_z_runs_the_line_and_ends)
{
	struct desk *d = sit();

	desk_type(d, "conf t\rhostname other\032");
	ck_assert_int_eq(d->s->mode, MODE_PRIV);
	ck_assert_str_eq(desk_row(d, -1), "other#");
	desk_type(d, "conf t\rhostname third\003");
	ck_assert_int_eq(d->s->mode, MODE_PRIV);
	ck_assert_str_eq(desk_row(d, -1), "other#");
	desk_type(d, "conf t\r\032show priv\032");
	ck_assert_str_eq(desk_row(d, -2), "Current privilege level is 15");
	leave(d);
}
END_TEST

START_TEST(help_in_the_middle)
{
	struct desk *d = sit();

	desk_type(d, "show cl xyz\002\002\002\002?");
	ck_assert_str_eq(desk_row(d, -4), "R1#show cl?xyz");
	ck_assert_str_eq(desk_row(d, -3), "clock");
	ck_assert_str_eq(desk_row(d, -1), "R1#show cl xyz");
	ck_assert_uint_eq(desk_column(d), 10);
	desk_type(d, "o");
	ck_assert_str_eq(desk_row(d, -1), "R1#show clo xyz");
	leave(d);
}
END_TEST

START_TEST(tab)
{
	struct desk *d = sit();

	desk_type(d, "sho\t");
	ck_assert_str_eq(desk_row(d, -2), "R1#sho");
	ck_assert_str_eq(desk_row(d, -1), "R1#show");
	ck_assert_uint_eq(desk_column(d), 8);
	desk_type(d, "c\t");
	ck_assert_uint_eq(d->screen.bells, 1);
	ck_assert_str_eq(desk_row(d, -1), "R1#show c");
	desk_type(d, "lock\rx\014");
	ck_assert_str_eq(desk_row(d, -2), "R1#x");
	ck_assert_str_eq(desk_row(d, -1), "R1#x");
	leave(d);
}
END_TEST

/* ---- long lines ---- */

START_TEST(long_lines_scroll)
{
	struct desk *d = sit();
	unsigned end;

	desk_type(d, "conf t\r");	/* "R1(config)#" has 11 characters: 68 columns are left, the cursor's one too */
	desk_type(d, "0123456789012345678901234567890123456789012345678901234567890123456");
	ck_assert_str_eq(desk_row(d, -1), "R1(config)#0123456789012345678901234567890123456789012345678901234567890123456");
	desk_type(d, "7");
	ck_assert_str_eq(desk_row(d, -1), "R1(config)#$123456789012345678901234567890123456789012345678901234567");
	end = desk_column(d);
	desk_type(d, "890123456789");
	ck_assert_str_eq(desk_row(d, -1), "R1(config)#$12345678901234567890123456789012345678901234567890123456789");
	ck_assert_uint_eq(desk_column(d), end + 2);
	desk_type(d, "\001");
	ck_assert_str_eq(desk_row(d, -1), "R1(config)#0123456789012345678901234567890123456789012345678901234567890123456$");
	ck_assert_uint_eq(desk_column(d), 11);
	desk_type(d, "\005\002\002");
	ck_assert_uint_eq(desk_column(d), end);
	desk_type(d, "\r");
	leave(d);
}
END_TEST

/* Back over what is hidden, ten by ten; the line itself has suffered nothing. */
START_TEST(long_lines_scroll_back)
{
	struct desk *d = sit();
	char line[301];

	for (size_t i = 0; i < 300; i++)
		line[i] = (char)('a' + i % 26);
	line[300] = '\0';
	desk_type(d, line);
	for (int i = 0; i < 300; i++)
		desk_type(d, "\002");
	ck_assert_uint_eq(desk_column(d), 3);
	desk_type(d, "show privilege | include \r");
	ck_assert_uint_eq(d->s->history[0].n, 1);
	ck_assert_str_eq(d->s->history[0].v[0] + 25, line);
	leave(d);
}
END_TEST

START_TEST(a_width_of_nothing_never_scrolls)
{
	struct desk *d = sit();

	desk_type(d, "terminal width 0\r");
	text_clear(&d->bytes);
	for (int i = 0; i < 50; i++)
		desk_type(d, "0123456789");
	ck_assert_uint_eq(d->bytes.len, 500);
	ck_assert(strchr(text_str(&d->bytes), '$') == NULL);
	leave(d);
}
END_TEST

START_TEST(a_line_is_bounded)
{
	struct desk *d = sit();

	desk_type(d, "terminal width 0\r");
	for (int i = 0; i < 10000; i++)
		desk_type_n(d, "x", 1);
	ck_assert_uint_eq(d->screen.bells, 10000 - TERM_LINE_MAX);
	desk_type(d, "\r");
	ck_assert_uint_eq(strlen(d->s->history[0].v[1]), TERM_LINE_MAX);
	desk_type(d, "show privilege\r");
	ck_assert_str_eq(desk_row(d, -2), "Current privilege level is 15");
	leave(d);
}
END_TEST

/* ---- pages ---- */

static struct desk *
sit_before_lines(unsigned columns, unsigned lines)
{
	struct desk *d = desk_new(true, columns, lines);
	struct text t = { 0 };

	for (int i = 1; i <= 60; i++)
		text_printf(&t, "ip route 10.0.%d.0 255.255.255.0 1.1.1.1\n", i);
	bench_load(d->b, text_str(&t));
	text_free(&t);
	desk_start(d);
	desk_type(d, "show run | i ^ip route\r");
	return d;
}

#define ERASED	"\b\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\b\b"

START_TEST(pages)
{
	struct desk *d = sit_before_lines(80, 24);

	ck_assert_str_eq(desk_row(d, 0), "ip route 10.0.1.0 255.255.255.0 1.1.1.1");
	ck_assert_str_eq(desk_row(d, 22), "ip route 10.0.23.0 255.255.255.0 1.1.1.1");
	ck_assert_str_eq(desk_row(d, 23), " --More--");
	text_clear(&d->bytes);
	desk_type(d, "\r");
	came(d, ERASED "ip route 10.0.24.0 255.255.255.0 1.1.1.1\r\n --More-- ");
	desk_type(d, " ");
	ck_assert_str_eq(desk_row(d, 22), "ip route 10.0.47.0 255.255.255.0 1.1.1.1");
	desk_type(d, " ");
	ck_assert_str_eq(desk_row(d, -2), "ip route 10.0.60.0 255.255.255.0 1.1.1.1");
	ck_assert_str_eq(desk_row(d, -1), "R1#");
	leave(d);
}
END_TEST

START_TEST(a_page_can_be_the_last)
{
	static const char *const keys[] = { "q", "Q", "\003", "\036" };
	struct desk *d = sit_before_lines(80, 24);

	text_clear(&d->bytes);
	desk_type(d, keys[_i]);
	came(d, ERASED "R1#");
	desk_type(d, "show privilege\r");
	ck_assert_str_eq(desk_row(d, -2), "Current privilege level is 15");
	leave(d);
}
END_TEST

START_TEST(pages_are_searched)
{
	struct desk *d = sit_before_lines(80, 24);

	text_clear(&d->bytes);
	desk_type(d, "/0.5.\\.\r");
	ck_assert(strncmp(text_str(&d->bytes), ERASED "/0.5.\\.\r\nfiltering...\r\nip route 10.0.50.0", 20) == 0);
	ck_assert_str_eq(desk_row(d, -2), "ip route 10.0.60.0 255.255.255.0 1.1.1.1");
	ck_assert_str_eq(desk_row(d, -12), "ip route 10.0.50.0 255.255.255.0 1.1.1.1");
	ck_assert_str_eq(desk_row(d, -13), "filtering...");
	desk_free(d);
	d = sit_before_lines(80, 24);
	desk_type(d, "+xy\177\177\177[45]9\r");
	ck_assert_str_eq(desk_row(d, -4), "filtering...");
	ck_assert_str_eq(desk_row(d, -3), "ip route 10.0.49.0 255.255.255.0 1.1.1.1");
	desk_free(d);
	d = sit_before_lines(80, 24);
	desk_type(d, "+[3-5]7\r");
	ck_assert_str_eq(desk_row(d, -5), "filtering...");
	ck_assert_str_eq(desk_row(d, -4), "ip route 10.0.37.0 255.255.255.0 1.1.1.1");
	ck_assert_str_eq(desk_row(d, -2), "ip route 10.0.57.0 255.255.255.0 1.1.1.1");
	desk_free(d);
	d = sit_before_lines(80, 24);
	desk_type(d, "-0[.][2-5][0-8][.]\r");
	ck_assert_str_eq(desk_row(d, -7), "filtering...");
	ck_assert_str_eq(desk_row(d, -6), "ip route 10.0.29.0 255.255.255.0 1.1.1.1");
	ck_assert_str_eq(desk_row(d, -2), "ip route 10.0.60.0 255.255.255.0 1.1.1.1");
	leave(d);
}
END_TEST

START_TEST(wrapped_lines_count_as_they_wrap)
{
	struct desk *d = sit_before_lines(20, 10);

	/* 39 and 40 characters are two rows each: nine rows, the last of which is the first half of the fifth line. */
	ck_assert_str_eq(desk_row(d, 0), "ip route 10.0.1.0 25");
	ck_assert_str_eq(desk_row(d, 8), "ip route 10.0.5.0 25");
	ck_assert_str_eq(desk_row(d, 9), " --More--");
	desk_type(d, " ");
	ck_assert_str_eq(desk_row(d, 0), "5.255.255.0 1.1.1.1");
	leave(d);
}
END_TEST

START_TEST(help_is_paged_too)
{
	struct desk *d = desk_new(true, 80, 8);

	desk_start(d);
	desk_type(d, "show ?");
	ck_assert_str_eq(desk_row(d, -1), " --More--");
	desk_type(d, "q");
	ck_assert_str_eq(desk_row(d, -1), "R1#show");
	desk_type(d, "privilege\r");
	ck_assert_str_eq(desk_row(d, -2), "Current privilege level is 15");
	desk_type(d, "terminal length 0\rshow ?");
	ck_assert_str_eq(desk_row(d, -1), "R1#show");
	leave(d);
}
END_TEST

START_TEST(the_size_counts_unless_it_is_set)
{
	struct desk *d = sit();

	term_resize(d->term, (struct term_size){ .columns = 100, .lines = 30 });
	ck_assert_uint_eq(d->s->width, 100);
	ck_assert_uint_eq(d->s->length, 30);
	desk_type(d, "terminal length 0\rterminal width 512\r");
	term_resize(d->term, (struct term_size){ .columns = 90, .lines = 20 });
	ck_assert_uint_eq(d->s->width, 512);
	ck_assert_uint_eq(d->s->length, 0);
	desk_type(d, "terminal no length\rterminal no width\r");
	ck_assert_uint_eq(d->s->width, 80);
	ck_assert_uint_eq(d->s->length, 24);
	leave(d);
}
END_TEST

/* ---- commands under way ---- */

static void
let_time_run(struct desk *d, int steps)
{
	for (int i = 0; i < steps; i++)
		clock_step(d->b->clock, CLOCK_NEVER);
}

static const char ping[] = "ping 10.9.9.10 repeat 1000000\r";

static struct desk *
sit_and_ping(void)
{
	struct desk *d = desk_new(true, 80, 24);

	bench_load(d->b, "interface GigabitEthernet0/0\n ip address 10.9.9.1 255.255.255.0\n no shutdown\n");
	desk_start(d);
	desk_type(d, ping);
	return d;
}

START_TEST(keys_break_a_command_off)
{
	static const char *const keys[] = { "\003", "\036" };
	struct desk *d = sit_and_ping();

	let_time_run(d, 20);
	ck_assert(d->s->running && !d->s->parked);
	desk_type(d, "show pr");	/* ahead */
	desk_type(d, keys[_i]);
	desk_type(d, "iv");
	let_time_run(d, 5);
	ck_assert(!d->s->running);
	desk_type(d, "\r");
	ck_assert_str_eq(desk_row(d, -2), "Current privilege level is 15");
	leave(d);
}
END_TEST

/* In one piece with what it is to break off. */
START_TEST(a_break_in_the_same_piece)
{
	struct desk *d = sit();
	static const char both[] = "ping 10.9.9.10 repeat 1000000\r\003show privilege\r";

	bench_load(d->b, "interface GigabitEthernet0/0\n ip address 10.9.9.1 255.255.255.0\n no shutdown\n");
	desk_type(d, both);
	let_time_run(d, 5);
	ck_assert_str_eq(desk_row(d, -2), "Current privilege level is 15");
	leave(d);
}
END_TEST

START_TEST(ctrl_caret_x_leaves)
{
	struct desk *d = sit();

	desk_type(d, "sho\036");
	ck_assert(!d->left);
	desk_type(d, "xw");
	ck_assert(d->left);
	ck_assert_str_eq(desk_row(d, -1), "R1#show");
	leave(d);
}
END_TEST

/* ---- typed ahead ---- */

static void
paste(struct desk *d)
{
	struct text t = { 0 };

	text_add(&t, "conf t\r\n");
	for (int i = 0; i < 2000; i++)
		text_printf(&t, "ip route 10.%d.%d.0 255.255.255.0 1.1.1.1 %d\r\n", i / 256, i % 256, i % 200 + 1);
	text_add(&t, "end\r\nwrite memory\r\n");
	for (size_t at = 0, k; at < t.len; at += k) {
		k = t.len - at < 4096 ? t.len - at : 4096;
		ck_assert(term_wants_input(d->term));
		desk_type_n(d, t.s + at, k);
	}
	text_free(&t);
}

static void
pasted(struct desk *d)
{
	char *running = bench_running(d->b);
	size_t n = 0;

	for (const char *p = running; (p = strstr(p, "\nip route 10.")) != NULL; p++)
		n++;
	ck_assert_uint_eq(n, 2000);
	ck_assert_str_eq(d->b->nvram == NULL ? "" : strstr(d->b->nvram, "ip route 10.7.207.0"),
	    strstr(running, "ip route 10.7.207.0"));
	free(running);
}

START_TEST(a_paste_loses_nothing)
{
	struct desk *d = desk_new(_i == 0, 80, 24);

	desk_start(d);
	paste(d);
	pasted(d);
	leave(d);
}
END_TEST

START_TEST(answers_typed_ahead)
{
	struct desk *d = desk_new(true, 80, 24);
	static const char keys[] = "sesame\renable\rconfigure\r\rhostname R9\rend\rreload\rnshow privilege\r";

	bench_load(d->b, "line con 0\n password sesame\n login\n");
	tty_console(d->s);
	term_queue(d->term, keys, strlen(keys));	/* before anybody asks */
	desk_start(d);
	while (term_run(d->term))
		;
	ck_assert_str_eq(desk_row(d, -2), "Current privilege level is 15");
	ck_assert_str_eq(desk_row(d, -1), "R9#");
	ck_assert(strstr(text_str(&d->bytes), "sesame") == NULL);
	leave(d);
}
END_TEST

START_TEST(nothing_is_lost_where_nothing_is_shown)
{
	struct desk *d = sit();

	desk_type(d, "terminal no-echo\rshow pri\177\177rivilege\rconf t\rhostname R7\rend\r");
	ck_assert(strstr(text_str(&d->bytes), "hostname") == NULL);
	ck_assert_str_eq(desk_row(d, -1), "R7#");
	desk_type(d, "terminal echo\rshow privilege\r");
	ck_assert_str_eq(desk_row(d, -3), "R7#show privilege");
	leave(d);
}
END_TEST

START_TEST(keys_that_move_about_are_none_without_editing)
{
	struct desk *d = sit();

	desk_type(d, "terminal no editing\r\020sho\001\002w privv\177ilege\r");
	ck_assert_str_eq(desk_row(d, -3), "R1#show privilege");
	ck_assert(strchr(text_str(&d->bytes), '\a') != NULL);
	desk_type(d, "terminal editing\rhow privilege\001s\r");
	ck_assert_str_eq(desk_row(d, -3), "R1#show privilege");
	leave(d);
}
END_TEST

START_TEST(without_a_screen)
{
	struct desk *d = desk_new(false, 0, 0);
	char *big = xcalloc(1, 100001);

	desk_start(d);
	came(d, "R1#");
	desk_type(d, "show priv");
	desk_type(d, "ilege\r\nconf t\nhostname R2\n^Z\n");
	ck_assert_str_eq(desk_row(d, -1), "R2#");
	ck_assert(strstr(text_str(&d->bytes), "show priv") == NULL);
	/* A line longer than any is refused, and nothing else is disturbed. */
	memset(big, 'x', 100000);
	for (int i = 0; i < 10; i++) {
		ck_assert(term_wants_input(d->term));
		desk_type_n(d, big + 10000, 10000);
	}
	desk_type(d, "\nshow privilege\n");
	ck_assert(strstr(text_str(&d->bytes), "% A line has more than 16000 characters") != NULL);
	ck_assert_str_eq(desk_row(d, -2), "Current privilege level is 15");
	ck_assert_uint_eq(d->s->refused, 1);
	desk_type(d, "show priv");
	term_eof(d->term);
	ck_assert(d->ended);
	ck_assert_str_eq(desk_row(d, -2), "R2#Current privilege level is 15");
	free(big);
	leave(d);
}
END_TEST

/* ---- messages ---- */

START_TEST(messages_break_in)
{
	struct desk *d = sit();

	desk_type(d, "show pri");
	text_clear(&d->bytes);
	log_syslog(d->b->router, "SYS", 5, "TEST", "one");
	came(d, "\r\nMar 13 13:13:07.000: %SYS-5-TEST: one\r\n");
	desk_type(d, "v\r");
	came(d, "v\r\nCurrent privilege level is 15\r\nR1#");
	leave(d);
}
END_TEST

START_TEST(messages_wait_where_the_line_says_so)
{
	struct desk *d = sit_before_lines(80, 24);

	desk_type(d, "q");
	bench_load(d->b, "line con 0\n logging synchronous\n");
	desk_type(d, "show privx\002\002");
	text_clear(&d->bytes);
	log_syslog(d->b->router, "SYS", 5, "TEST", "one");
	came(d, "\r\nMar 13 13:13:07.000: %SYS-5-TEST: one\r\nR1#show privx\b\b");
	log_syslog(d->b->router, "SYS", 2, "TEST", "bad");
	came(d, "\r\nMar 13 13:13:07.000: %SYS-2-TEST: bad\r\n");
	desk_type(d, "\025\013show run | i ^ip route\r");
	text_clear(&d->bytes);
	log_syslog(d->b->router, "SYS", 5, "TEST", "two");
	came(d, "");
	desk_type(d, "q");
	came(d, ERASED "Mar 13 13:13:07.000: %SYS-5-TEST: two\r\nR1#");
	leave(d);
}
END_TEST

START_TEST(messages_over_the_network_are_asked_for)
{
	struct desk *d = desk_new(true, 80, 24);
	struct tty *t = tty_new(d->b->router, LINE_VTY);

	t->owned = true;
	tty_sit(t, d->s);
	bench_load(d->b, "line vty 0 4\n no login\n transport input all\n privilege level 15\n");
	desk_start(d);
	text_clear(&d->bytes);
	log_syslog(d->b->router, "SYS", 5, "TEST", "one");
	came(d, "");
	desk_type(d, "terminal monitor\r");
	text_clear(&d->bytes);
	log_syslog(d->b->router, "SYS", 5, "TEST", "two");
	came(d, "\r\nMar 13 13:13:07.000: %SYS-5-TEST: two\r\n");
	desk_type(d, "terminal no monitor\r");
	text_clear(&d->bytes);
	log_syslog(d->b->router, "SYS", 5, "TEST", "three");
	came(d, "");
	leave(d);
}
END_TEST

/* ---- a peer that does not read ---- */

START_TEST(output_waits_for_the_peer)
{
	struct desk *d = sit_before_lines(80, 24);

	desk_type(d, "qterminal length 0\r");
	d->pending = TERM_HIGH + 1;
	text_clear(&d->bytes);
	desk_type(d, "show running-config\r");
	ck_assert_uint_eq(d->bytes.len, 0);
	for (int i = 0; i < 100; i++)
		log_syslog(d->b->router, "SYS", 5, "TEST", "lost");
	ck_assert_uint_eq(term_dropped(d->term), 100);
	ck_assert_uint_eq(d->bytes.len, 0);
	d->pending = 0;
	term_drained(d->term);
	ck_assert(strstr(text_str(&d->bytes), "\r\nend\r\n") != NULL);
	ck_assert(strstr(text_str(&d->bytes), "% 100 messages are not shown") != NULL);
	ck_assert_str_eq(desk_row(d, -1), "R1#");
	leave(d);
}
END_TEST

START_TEST(who_is_gone_ends_his_session)
{
	struct desk *d = _i == 0 ? sit() : _i == 1 ? sit_before_lines(80, 24) : sit_and_ping();

	if (_i == 3)
		desk_type(d, "\003conf t\r");
	if (_i < 4)
		term_hangup(d->term);
	else
		term_eof(d->term);
	let_time_run(d, 200);
	ck_assert(_i == 4 || d->ended);
	leave(d);
}
END_TEST

void
shell_term_tests(TCase *tc)
{
	tcase_add_loop_test(tc, keys_edit_the_line, 0, sizeof(edits) / sizeof(edits[0]));
	tcase_add_loop_test(tc, keys_one_by_one, 0, sizeof(edits) / sizeof(edits[0]));
	tcase_add_test(tc, an_end_of_line_echoes_what_is_typed);
	tcase_add_test(tc, line_ends);
	tcase_add_test(tc, cut_texts_come_back_in_turn);
	tcase_add_test(tc, recall);
	tcase_add_test(tc, control_z_runs_the_line_and_ends);
	tcase_add_test(tc, help_in_the_middle);
	tcase_add_test(tc, tab);
	tcase_add_test(tc, long_lines_scroll);
	tcase_add_test(tc, long_lines_scroll_back);
	tcase_add_test(tc, a_width_of_nothing_never_scrolls);
	tcase_add_test(tc, a_line_is_bounded);
	tcase_add_test(tc, pages);
	tcase_add_loop_test(tc, a_page_can_be_the_last, 0, 4);
	tcase_add_test(tc, pages_are_searched);
	tcase_add_test(tc, wrapped_lines_count_as_they_wrap);
	tcase_add_test(tc, help_is_paged_too);
	tcase_add_test(tc, the_size_counts_unless_it_is_set);
	tcase_add_loop_test(tc, keys_break_a_command_off, 0, 2);
	tcase_add_test(tc, a_break_in_the_same_piece);
	tcase_add_test(tc, ctrl_caret_x_leaves);
	tcase_add_loop_test(tc, a_paste_loses_nothing, 0, 2);
	tcase_add_test(tc, answers_typed_ahead);
	tcase_add_test(tc, nothing_is_lost_where_nothing_is_shown);
	tcase_add_test(tc, keys_that_move_about_are_none_without_editing);
	tcase_add_test(tc, without_a_screen);
	tcase_add_test(tc, messages_break_in);
	tcase_add_test(tc, messages_wait_where_the_line_says_so);
	tcase_add_test(tc, messages_over_the_network_are_asked_for);
	tcase_add_test(tc, output_waits_for_the_peer);
	tcase_add_loop_test(tc, who_is_gone_ends_his_session, 0, 5);
}
