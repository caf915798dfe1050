/* Transcripts: how lines are read, what holes match, which messages a written line stands for. */

#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"
#include "shell/transcript.h"
#include "shell/transcript_front.h"
#include "testsuite/unit/shell_test.h"

static bool
fits(const char *pattern, const char *line, struct names_kept *kept)
{
	const char *why;
	struct pattern *p = pattern_new(pattern, false, kept, &why);
	bool ok;

	ck_assert_msg(p != NULL, "%s: %s", pattern, why);
	ok = pattern_match(p, line, kept);
	pattern_free(p);
	return ok;
}

static const struct {
	const char	*pattern, *line;
	bool		 fits;
} holes[] = {
	{"spi: <<x>>", "spi:   0x12", true},
	{"spi: <<x:int>>", "spi: 12", true},
	{"spi: <<x:int>>", "spi: -12", true},
	{"spi: <<x:int>>", "spi: 1x", false},
	{"0x<<x:hex>>", "0xABCDEF", true},
	{"0x<<x:hex>>", "0xabcdef", false},
	{"<<x:hex>>", "0xA3F09B0", true},
	{"<<x:hex8>>", "0A3F09B0", true},
	{"<<x:hex8>>", "A3F09B0", false},
	{"<<x:ip>> is up", "10.1.1.1 is up", true},
	{"<<x:ip>> is up", "10.1.1.256 is up", false},
	{"at <<x:time>>", "at Mar 13 14:33:47.723", true},
	{"at <<x:time>>", "at 14:33:47", true},
	{"at <<x:time>>", "at noon", false},
	{"all <<x:line>>", "all the rest of it", true},
	{"<<x:/[a-c]+/>>d", "abcd", true},
	{"<<x:/[a-c]+/>>d", "abxd", false},
	{"<<x>> <<y>>", "one two", true},
	{"<<x>> <<x>>", "one one", true},
	{"<<x>> <<x>>", "one two", false},
	{"<<x>>.<<x>>", "a.b.a.b", true},
	{"0x<<x:hex>>(<<x:int>>)", "0xAEE791CF(2934411727)", true},
	{"0x<<x:hex>>(<<x:int>>)", "0xAEE791CF(2934411728)", false},
	{"<<_>> <<_>>", "one two", true},
	{"a << b", "a << b", true},
	{"a <<1", "a <<1", true},
	{"one   two ", " one two", true},
	{"one\xc2\xa0two\xe3\x80\x80", "one two", true},
	{"<<x>>", "", false},
	{"<<x>>", "two words", false},
};

START_TEST(hole_fits)
{
	struct names_kept kept = {0};

	ck_assert_int_eq(fits(holes[_i].pattern, holes[_i].line, &kept), holes[_i].fits);
	kept_free(&kept);
}
END_TEST

START_TEST(hole_keeps)
{
	struct names_kept kept = {0};
	const char *why;
	char *s;

	ck_assert(!fits("<<n:hex>> and <<m>> x", "AB and c y", &kept));
	ck_assert_ptr_null(kept_find(&kept, "n")->text);
	ck_assert(fits("spi 0x<<n:hex>>", "spi 0xAEE791CF", &kept));
	ck_assert(fits("spi <<n:int>>", "spi 2934411727", &kept));
	ck_assert(!fits("spi <<n:int>>", "spi 1", &kept));
	ck_assert(fits("row <<n:hex8>> ESP", "row AEE791CF ESP", &kept));
	ck_assert(fits("again 0x<<n>>", "again 0xAEE791CF", &kept));
	s = holes_fill("clear <<n>> <<n:int>> <<n:hex>> <<n:hex8>>", &kept, &why);
	ck_assert_str_eq(s, "clear AEE791CF 2934411727 0xAEE791CF AEE791CF");
	free(s);
	ck_assert_ptr_null(holes_fill("<<other>>", &kept, &why));
	kept_free(&kept);
}
END_TEST

START_TEST(hole_malformed)
{
	static const char *const bad[] = {"<<x", "<<x:>>", "<<x:float>>", "<<x:/a(/>>", "<<x:/a", "<<x>><<y>>", "<<x y>>"};
	struct names_kept kept = {0};
	const char *why;

	ck_assert_ptr_null(pattern_new(bad[_i], false, &kept, &why));
	ck_assert_ptr_nonnull(why);
	kept_free(&kept);
}
END_TEST

START_TEST(exact_folds_beside_holes)
{
	struct names_kept kept = {0};
	const char *why;
	struct pattern *p = pattern_new("a  b: <<n>> c  d", true, &kept, &why);

	ck_assert(pattern_match(p, "a  b:      7    c  d", &kept));
	ck_assert(!pattern_match(p, "a b: 7 c  d", &kept));
	ck_assert(!pattern_match(p, "a  b:7 c  d", &kept));
	pattern_free(p);
	kept_free(&kept);
}
END_TEST

/* Reading. */

static struct transcript *
read_text(const char *name, const char *text, char **why)
{
	*why = NULL;
	return transcript_read(name, text, why);
}

static bool
known(void *arg, const char *name)
{
	(void)arg;
	return strcmp(name, "R1") == 0 || strcmp(name, "R2") == 0;
}

START_TEST(lines_are_told_apart)
{
	static const char text[] =
	    "\xef\xbb\xbf  R1#show clock  \r\n"
	    "14:00:00.000 UTC Fri Mar 13 2015 <=== now\n"
	    "!--- a remark\n"
	    "R2(config-if)# no shutdown\n"
	    "R2#\n"
	    "*Mar 13 14:33:47.723: %SYS-5-CONFIG_I: Configured\n"
	    "000049: Mar  3 2015 14:33:47 UTC: debug\n"
	    "1d02h: %LINK-3-UPDOWN: up\n"
	    "<<t:time>>: late\n"
	    "%LINK-3-UPDOWN: bare\n"
	    "(omitted)\n"
	    "    ^\n"
	    "\\R9#literal\n";
	static const enum tr_kind kinds[] = {TR_COMMAND, TR_OUTPUT, TR_COMMAND, TR_BARE, TR_LOG, TR_LOG, TR_LOG, TR_LOG, TR_LOG, TR_OMIT, TR_CARET, TR_OUTPUT};
	char *why;
	struct transcript *t = read_text("kinds.txt", text, &why);

	ck_assert_msg(t != NULL && transcript_parse(t, known, NULL, &why), "%s", why);
	ck_assert_uint_eq(t->n, sizeof(kinds) / sizeof(kinds[0]));
	for (size_t i = 0; i < t->n; i++)
		ck_assert_msg(t->lines[i].kind == kinds[i], "line %zu", t->lines[i].no);
	ck_assert_str_eq(t->lines[0].text, "show clock");
	ck_assert_uint_eq(t->lines[0].indent, 2);
	ck_assert_str_eq(t->lines[1].text, "14:00:00.000 UTC Fri Mar 13 2015");
	ck_assert_str_eq(t->lines[2].tail, "(config-if)#");
	ck_assert_uint_eq(t->lines[2].gap, 1);
	ck_assert_str_eq(t->lines[4].stamp, "*Mar 13 14:33:47.723");
	ck_assert_str_eq(t->lines[11].text, "R9#literal");
	transcript_free(t);
}
END_TEST

START_TEST(markdown_counts_its_console_blocks)
{
	static const char text[] = "---\nseed: 7\nlogs: all\n---\n# R1#not a command\n```console\nR1#one\n```\n~~~\nR1#two\n~~~\n````console lab\nR1#three\n```\n````\n";
	char *why;
	struct transcript *t = read_text("fences.md", text, &why);

	ck_assert_msg(t != NULL && transcript_parse(t, known, NULL, &why), "%s", why);
	ck_assert_uint_eq(t->n, 3);
	ck_assert_str_eq(t->lines[0].text, "one");
	ck_assert_str_eq(t->lines[1].text, "three");
	ck_assert_uint_eq(t->opt.seed, 7);
	ck_assert(t->opt.all_logs);
	transcript_free(t);
}
END_TEST

static const struct {
	const char	*name, *text, *says;
} unreadable[] = {
	{"a.txt", "---\nseed: 1\n", ":1: the front matter is never closed"},
	{"a.txt", "---\nsede: 1\n---\nR1#x\n", ":2: front matter: 'sede: 1': expected one of"},
	{"a.txt", "---\nseed: x\n---\nR1#x\n", ":2: front matter: 'seed: x': expected a number"},
	{"a.txt", "---\n\nstart: today\n---\nR1#x\n", ":3: front matter"},
	{"a.txt", "---\nseed: 1\nseed: 2\n---\nR1#x\n", ":3: this key stands twice"},
	{"a.txt", "---\nseed: [1]\n---\nR1#x\n", ":2: front matter is rows"},
	{"a.txt", "R1#x\nR9#y\n", ":2: 'R9' looks like a prompt"},
	{"a.txt", "output\nR1#y\n", ":1: expected a prompt and a command"},
	{"a.txt", "lab#wait 1s\nMar 13 14:33:47.723: late\n", ":2: a log line needs the prompt of a router"},
	{"a.txt", "Mar 13 14:33:47.723: early\n", ":1: a log line needs"},
	{"a.txt", "R1#show <<n>>\n", ":1: the name 'n' is used"},
	{"a.txt", "R1#x\n<<n:odd>>\n", ":2: a hole's kind"},
	{"a.txt", "!--- nothing\n", ": no command to type"},
	{"a.md", "R1#x\n", ": no command to type"},
	{"a.md", "```console\nR1#x\n", ":1: this console block is never closed"},
};

START_TEST(unreadable_is_told)
{
	char *why;
	struct transcript *t = read_text(unreadable[_i].name, unreadable[_i].text, &why);

	if (t != NULL)
		ck_assert(!transcript_parse(t, known, NULL, &why));
	ck_assert_ptr_nonnull(why);
	ck_assert_msg(strstr(why, unreadable[_i].says) != NULL, "%s", why);
	free(why);
	transcript_free(t);
}
END_TEST

START_TEST(hostnames_to_come_are_known)
{
	char *why;
	struct transcript *t = read_text("h.txt", "R1(config)#hostname R9\nR9(config)#end\nR9#show clock\n", &why);

	ck_assert_msg(transcript_parse(t, known, NULL, &why), "%s", why);
	transcript_free(t);
}
END_TEST

/* Holding output: the lines below "R1#x" against what came. */
static bool
holds(const char *written, const char *came)
{
	char *text = xasprintf("R1#x\n%s", written), *why, **v;
	struct transcript *t = read_text("o.txt", text, &why);
	struct tr_want *want;
	struct tr_prompt prompt = {0};
	size_t n;
	bool ok;

	ck_assert_msg(t != NULL && transcript_parse(t, known, NULL, &why), "%s", why);
	want = xcalloc(t->n, sizeof(*want));
	for (size_t i = 1; i < t->n; i++)
		want[i - 1] = (struct tr_want){&t->lines[i], true};
	v = lines_split(came, &n, false);
	ok = output_match(t, want, t->n - 1, v, n, &prompt, &t->kept);
	lines_free(v, n);
	free(want);
	free(text);
	transcript_free(t);
	return ok;
}

static const struct {
	const char	*written, *came;
	bool		 holds;
} outputs[] = {
	{"a\nb\n", "a\n\nb\n", true},
	{"a\n\nb\n", "a\nb\n", true},
	{"a\n", "a\nb\n", false},
	{"a\nb\n", "a\n", false},
	{"b\na\n", "a\nb\n", false},
	{"a\n...\nd\n", "a\nb\nc\nd\n", true},
	{"a\n...\nd\n", "a\nd\n", true},
	{"...\n", "", true},
	{"...\n<<x>> end\n<<x>>\n", "1 end\n2 end\n2\n", true},
	{"   ^\n", "   ^\n", true},
	{"  ^\n", "   ^\n", false},
	{"the words of this line go on until they are past the column where it breaks to\nthe next\n", "the words of this line go on until they are past the column where it breaks to the next\n", true},
	{"the words of this line go on until they are past the column where it breaks t\no the next\n", "the words of this line go on until they are past the column where it breaks to the next\n", true},
	{"short\nlines\n", "short lines\n", false},
	{"short lines\n", "short\nlines\n", false},
	{"Mar 13 14:00:00.000: %A-5-B: text\n", "Mar 14 15:00:00.000: %A-5-B: text\n", true},
	{"Mar 13 14:00:00.000: %A-5-B: text\n", "Mar 14 15:00:00.000: %A-5-B: other\n", false},
};

START_TEST(output_holds)
{
	ck_assert_int_eq(holds(outputs[_i].written, outputs[_i].came), outputs[_i].holds);
}
END_TEST

/* A key's lines could all be one line wrapped, each joined in two ways: that must not be tried out. */
START_TEST(many_lines_that_could_be_one)
{
	struct text written = { 0 };

	for (int i = 0; i < 60; i++)
		text_printf(&written, "MIIDAzCCAeugAwIBAgIBATANBgkqhkiG9w0BAQsFADAjMRAwDgYDVQQKEwdFe%03d\n", i);
	ck_assert(!holds(text_str(&written), "% Invalid input detected at '^' marker.\n"));
	ck_assert(!holds(text_str(&written), "MIIDAzCCAeugAwIBAgIBATANBgkqhkiG9w0BAQsFADAjMRAwDgYDVQQKEwdFe000\nend\n"));
	text_free(&written);
}
END_TEST

START_TEST(message_takes_its_lines)
{
	char *why;
	struct transcript *t = read_text("m.txt",
	    "R1#\nMar 13 14:00:00.000: ISAKMP (1008): ID payload\nnext-payload : 8\n   type : 1\noutput\n", &why);
	struct tr_want want[4];

	ck_assert_msg(transcript_parse(t, known, NULL, &why), "%s", why);
	for (size_t i = 0; i < 4; i++)
		want[i] = (struct tr_want){&t->lines[i + 1], false};
	ck_assert_uint_eq(message_match(t, want, 4, " ISAKMP (1008): ID payload\n        next-payload : 8\n        type : 1", &t->kept), 3);
	ck_assert_uint_eq(message_match(t, want, 4, "ISAKMP (1008): ID payload\n        next-payload : 8", &t->kept), 2);
	ck_assert_uint_eq(message_match(t, want, 2, "ISAKMP (1008): ID payload\n        next-payload : 8\n        type : 1", &t->kept), 0);
	ck_assert_uint_eq(message_match(t, want, 4, "ISAKMP (1009): ID payload", &t->kept), 0);
	transcript_free(t);
}
END_TEST

START_TEST(stamps_are_times)
{
	ck_assert_int_eq(transcript_stamp_ns("Mar 13 14:00:01.250") - transcript_stamp_ns("*Mar 13 14:00:00.000"), 1250000000);
	ck_assert_int_eq(transcript_stamp_ns("000001: Mar 13 14:00:01") - transcript_stamp_ns("Mar 13 14:00:00"), 1000000000);
	ck_assert_int_eq(transcript_stamp_ns("00:04:12") - transcript_stamp_ns("00:04:11"), 1000000000);
	ck_assert_int_eq(transcript_stamp_ns("1d02h"), -1);
}
END_TEST

void
shell_transcript_tests(TCase *tc)
{
	tcase_add_loop_test(tc, hole_fits, 0, (int)(sizeof(holes) / sizeof(holes[0])));
	tcase_add_test(tc, hole_keeps);
	tcase_add_loop_test(tc, hole_malformed, 0, 7);
	tcase_add_test(tc, exact_folds_beside_holes);
	tcase_add_test(tc, lines_are_told_apart);
	tcase_add_test(tc, markdown_counts_its_console_blocks);
	tcase_add_loop_test(tc, unreadable_is_told, 0, (int)(sizeof(unreadable) / sizeof(unreadable[0])));
	tcase_add_test(tc, hostnames_to_come_are_known);
	tcase_add_loop_test(tc, output_holds, 0, (int)(sizeof(outputs) / sizeof(outputs[0])));
	tcase_add_test(tc, many_lines_that_could_be_one);
	tcase_add_test(tc, message_takes_its_lines);
	tcase_add_test(tc, stamps_are_times);
}
