/* The grammar: which row a line is, where its first bad letter stands, what `?` and Tab say. */

#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "shell/grammar.h"
#include "shell/syntax.h"
#include "testsuite/unit/shell_test.h"

static const struct {
	enum mode	 mode;
	const char	*line;
	enum match_kind	 kind;
	size_t		 caret;
} lines[] = {
	{ MODE_PRIV, "", MATCH_EMPTY, 0 },
	{ MODE_PRIV, "   ", MATCH_EMPTY, 0 },
	{ MODE_PRIV, "! show clock", MATCH_EMPTY, 0 },
	{ MODE_PRIV, "show clock", MATCH_OK, 0 },
	{ MODE_PRIV, "SH CLO", MATCH_OK, 0 },
	{ MODE_PRIV, "  show\tclock  ", MATCH_OK, 0 },
	{ MODE_PRIV, "show\xc2\xa0" "clock\xe3\x80\x80", MATCH_OK, 0 },
	{ MODE_PRIV, "show clock ! now", MATCH_OK, 0 },
	{ MODE_PRIV, "show clock !now", MATCH_OK, 0 },
	{ MODE_PRIV, "show cloxk", MATCH_INVALID, 8 },
	{ MODE_PRIV, "show clock foo", MATCH_INVALID, 11 },
	{ MODE_PRIV, "xyzzy", MATCH_INVALID, 0 },
	{ MODE_PRIV, "show", MATCH_INCOMPLETE, 0 },
	{ MODE_PRIV, "terminal length", MATCH_INCOMPLETE, 0 },
	{ MODE_PRIV, "no terminal length", MATCH_OK, 0 },
	{ MODE_PRIV, "no", MATCH_INCOMPLETE, 0 },
	{ MODE_PRIV, "no reload", MATCH_INVALID, 3 },
	{ MODE_PRIV, "terminal length 512", MATCH_OK, 0 },
	{ MODE_PRIV, "terminal length 513", MATCH_INVALID, 16 },
	{ MODE_PRIV, "terminal length 99999999999999999999999", MATCH_INVALID, 16 },
	{ MODE_PRIV, "terminal length -1", MATCH_INVALID, 16 },
	{ MODE_PRIV, "show clock | include x", MATCH_OK, 0 },
	{ MODE_PRIV, "show clock |include x", MATCH_OK, 0 },
	{ MODE_PRIV, "reload | include x", MATCH_INVALID, 7 },
	{ MODE_PRIV, "ping 10.0.0.1 repeat 3 size 100 df-bit source lo 0", MATCH_OK, 0 },
	{ MODE_PRIV, "ping 10.0.0.1 size 100 repeat 3 source 1.1.1.1", MATCH_OK, 0 },
	{ MODE_PRIV, "ping 10.0.0.1 repeat", MATCH_INCOMPLETE, 0 },
	{ MODE_PRIV, "ping 10.0.0.1 source lo", MATCH_INCOMPLETE, 0 },
	{ MODE_PRIV, "ping 10.0.0.1 re 1 s 3", MATCH_AMBIGUOUS, 0 },
	{ MODE_PRIV, "c", MATCH_AMBIGUOUS, 0 },
	{ MODE_EXEC, "configure", MATCH_INVALID, 0 },
	{ MODE_CONFIG, "do show clock", MATCH_OK, 0 },
	{ MODE_CONFIG, "do show clxck", MATCH_INVALID, 10 },
	{ MODE_CONFIG, "do", MATCH_INCOMPLETE, 0 },
	{ MODE_CONFIG, "do configure nothing", MATCH_INVALID, 13 },
	{ MODE_CONFIG, "show clock", MATCH_INVALID, 1 },
	{ MODE_CONFIG, "crypto isakmp policy 10", MATCH_OK, 0 },
	{ MODE_CONFIG, "cry isa pol 10", MATCH_OK, 0 },
	{ MODE_CONFIG, "crypto isakmp policy 10001", MATCH_INVALID, 21 },
	{ MODE_CONFIG, "no crypto isakmp policy 10", MATCH_OK, 0 },
	{ MODE_CONFIG, "hostname !x", MATCH_OK, 0 },
	{ MODE_CONFIG, "interface Tunnel0", MATCH_OK, 0 },
	{ MODE_CONFIG, "interface tunnel 0", MATCH_OK, 0 },
	{ MODE_CONFIG, "interface tunnel x", MATCH_INVALID, 17 },
	{ MODE_CONFIG, "interface Serial0", MATCH_INVALID, 10 },
	{ MODE_IF, "description a b  ! c", MATCH_OK, 0 },
	{ MODE_IF, "shutdown !now", MATCH_OK, 0 },
};

START_TEST(lines_are_told_apart)
{
	struct match m;

	grammar_match(lines[_i].mode, lines[_i].mode == MODE_EXEC ? 1 : 15, lines[_i].line, &m);
	ck_assert_msg(m.kind == lines[_i].kind, "%s: %d", lines[_i].line, (int)m.kind);
	if (m.kind == MATCH_INVALID)
		ck_assert_msg(m.caret == lines[_i].caret, "%s: %zu", lines[_i].line, m.caret);
	args_free(m.args);
}
END_TEST

START_TEST(words_are_captured)
{
	struct match m;

	grammar_match(MODE_PRIV, 15, "ping ip 10.0.0.1 size 1400 source gi 0/1 data 0xAbCd size 99", &m);
	ck_assert_int_eq(m.kind, MATCH_OK);
	ck_assert_uint_eq(arg_u32(m.args, "dst"), 0x0a000001);
	ck_assert_uint_eq(arg_u32(m.args, "bytes"), 99);
	ck_assert_uint_eq(arg_u32(m.args, "pattern"), 0xabcd);
	ck_assert_str_eq(arg_str(m.args, "srcif"), "GigabitEthernet0/1");
	ck_assert(arg_has(m.args, "source"));
	ck_assert(!arg_has(m.args, "df-bit"));
	ck_assert(!arg_has(m.args, "count"));
	ck_assert_uint_eq(arg_u32(m.args, "count"), 0);
	ck_assert_ptr_null(arg_str(m.args, "count"));
	args_free(m.args);

	grammar_match(MODE_IF, 15, "  description  two  words   ", &m);
	ck_assert_int_eq(m.kind, MATCH_OK);
	ck_assert(!args_no(m.args));
	args_free(m.args);

	grammar_match(MODE_IF, 15, "no description", &m);
	ck_assert_int_eq(m.kind, MATCH_OK);
	ck_assert(args_no(m.args) && !args_default(m.args));
	args_free(m.args);

	grammar_match(MODE_PRIV, 15, "show clock |  i  a b", &m);
	ck_assert_int_eq(m.kind, MATCH_OK);
	ck_assert_str_eq(m.filter, "  i  a b");
	args_free(m.args);
}
END_TEST

static const struct {
	enum mode	 mode;
	const char	*line, *says;
} helps[] = {
	{ MODE_PRIV, "terminal length ", "  <0-512>  Number of lines, 0 for no pauses\n\n" },
	{ MODE_PRIV, "terminal length 5", "  <0-512>  Number of lines, 0 for no pauses\n\n" },
	{ MODE_PRIV, "terminal length 5 ", "  <cr>\n\n" },
	{ MODE_PRIV, "show clock ", "  detail  Also where the time comes from\n  |       Output filters\n  <cr>\n\n" },
	{ MODE_PRIV, "conf", "configure\n\n" },
	{ MODE_PRIV, "t", "tclsh       terminal    traceroute\n\n" },
	{ MODE_PRIV, "show nothing ", "% Unrecognized command\n" },
	{ MODE_PRIV, "show nothing", "% Unrecognized command\n" },
	{ MODE_PRIV, "c ", "% Ambiguous command:  \"c \"\n" },
	{ MODE_PRIV, "show clock | s", "section\n\n" },
	{ MODE_PRIV, "show clock | section ",
	    "  LINE     Regular expression\n  exclude  All but the sections that match\n"
	    "  include  The sections that match\n\n" },
	{ MODE_PRIV, "debug crypto condition peer ipv4 ", "  A.B.C.D  The peer's address\n\n" },
	{ MODE_CONFIG, "do terminal width ", "  <0-512>  Number of columns, 0 for endless lines\n\n" },
	{ MODE_CONFIG, "interface lo", "Loopback\n\n" },
	{ MODE_CONFIG, "do conf", "configure\n\n" },
};

START_TEST(help_is_whole)
{
	struct text t = { 0 };

	grammar_help(helps[_i].mode, 15, helps[_i].line, &t);
	ck_assert_str_eq(text_str(&t), helps[_i].says);
	text_free(&t);
}
END_TEST

START_TEST(help_alone_has_a_heading)
{
	struct text t = { 0 };

	grammar_help(MODE_CONFIG, 15, "", &t);
	ck_assert(str_prefix(text_str(&t), "Configure commands:\n"));
	ck_assert_ptr_nonnull(strstr(text_str(&t), "\n  no "));
	ck_assert_ptr_nonnull(strstr(text_str(&t), "\n  default "));
	ck_assert_ptr_nonnull(strstr(text_str(&t), "\n  crypto "));
	text_clear(&t);
	grammar_help(MODE_CONFIG, 15, "no ", &t);
	ck_assert_ptr_nonnull(strstr(text_str(&t), "  crypto "));
	ck_assert_ptr_null(strstr(text_str(&t), "  exit "));
	text_free(&t);
}
END_TEST

static const struct {
	const char	*line, *adds;
} completions[] = {
	{ "conf", "igure " }, { "configure t", "erminal " }, { "t", NULL }, { "", NULL }, { "show ", NULL },
	{ "show clock", " " }, { "show c", NULL }, { "SHOW CLO", "ck " }, { "show clo", "ck " }, { "nothing", NULL }, { "show clock | inc", "lude " },
	{ "ping 1.1.1.1 source g", "igabitEthernet " },
};

START_TEST(tab_finishes_words)
{
	char *more = grammar_complete(MODE_PRIV, 15, completions[_i].line);

	if (completions[_i].adds == NULL)
		ck_assert_ptr_null(more);
	else {
		ck_assert_ptr_nonnull(more);
		ck_assert_str_eq(more, completions[_i].adds);
	}
	free(more);
}
END_TEST

static const struct {
	const char	*syntax;
	bool		 good;
} syntaxes[] = {
	{ "a", true }, { "a b", true }, { "a { b | c }", true }, { "a [ b ] ~ <1-2>:n", true }, { "a { b <1-3>:n | c }*", true },
	{ "", false }, { "a { b", false }, { "a ]", false }, { "a <5-1>", false }, { "a <x>", false }, { "[ a ]", false },
};

START_TEST(syntax_is_checked)
{
	struct syntax s;

	syntax_parse(&s, syntaxes[_i].syntax);
	ck_assert_msg(s.bad != syntaxes[_i].good, "%s", syntaxes[_i].syntax);
}
END_TEST

/* No line, cut anywhere, upsets match, help or completion. */
START_TEST(cut_lines_do_no_harm)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		for (size_t n = 0; n <= strlen(lines[i].line); n++) {
			char *cut = strndup(lines[i].line, n);
			struct text t = { 0 };
			struct match m;

			grammar_match(lines[i].mode, 15, cut, &m);
			args_free(m.args);
			grammar_help(lines[i].mode, 15, cut, &t);
			ck_assert_uint_gt(t.len, 0);
			free(grammar_complete(lines[i].mode, 15, cut));
			text_free(&t);
			free(cut);
		}
}
END_TEST

START_TEST(show_is_known)
{
	ck_assert(grammar_is_show(MODE_PRIV, 15, "sh clock"));
	ck_assert(grammar_is_show(MODE_CONFIG, 15, "do sh run"));
	ck_assert(!grammar_is_show(MODE_PRIV, 15, "reload"));
	ck_assert(!grammar_is_show(MODE_PRIV, 15, ""));
}
END_TEST

#define COUNT(v)	((int)(sizeof(v) / sizeof((v)[0])))

void
shell_grammar_tests(TCase *tc)
{
	tcase_add_loop_test(tc, lines_are_told_apart, 0, COUNT(lines));
	tcase_add_test(tc, words_are_captured);
	tcase_add_loop_test(tc, help_is_whole, 0, COUNT(helps));
	tcase_add_test(tc, help_alone_has_a_heading);
	tcase_add_loop_test(tc, tab_finishes_words, 0, COUNT(completions));
	tcase_add_loop_test(tc, syntax_is_checked, 0, COUNT(syntaxes));
	tcase_add_test(tc, cut_lines_do_no_harm);
	tcase_add_test(tc, show_is_known);
}
