/* A line of a transcript by itself: prompt, log line, omission, marker, or what a command must print. */

#include "shell/transcript_line.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/mem.h"

static const char head_re[] = "^([0-9]+: )?[*.]?"
    "((Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}[0-9]{1,2} ([0-9]{4} )?[0-9]{1,2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?( [A-Za-z]{1,6})?|"
    "[0-9]{2}:[0-9]{2}:[0-9]{2}|[0-9]+[dwy][0-9]+[hdw]):( +|$)";
static const char mnemonic_re[] = "^%[A-Z][A-Z0-9_]*(-[A-Z][A-Z0-9_]*)*-[0-7]-[A-Z0-9_]+:( |$)";
static const char *const omissions[] = {"...", "\xe2\x80\xa6", "[...]", "(omitted)", "(snip)", "(\xe4\xb8\xad\xe7\x95\xa5)", "(\xe7\x95\xa5)"};


void
lines_begin(struct transcript *t)
{
	if (regcomp(&t->head_re, head_re, REG_EXTENDED) != 0 || regcomp(&t->mnemonic_re, mnemonic_re, REG_EXTENDED) != 0)
		fatal("our own regular expressions do not compile");
}

size_t
transcript_head(const struct transcript *t, const char *s)
{
	regmatch_t m;

	return regexec(&t->head_re, s, 1, &m, 0) == 0 ? (size_t)m.rm_eo : 0;
}

/* Bytes are not columns: continuation bytes of UTF-8 take none. */
static size_t
columns(const char *s, size_t n)
{
	size_t c = 0;

	for (size_t i = 0; i < n && s[i] != '\0'; i++)
		c += ((unsigned char)s[i] & 0xc0) != 0x80;
	return c;
}

/* U+00A0 and U+3000 as blanks. */
static char *
plain_blanks(const char *s, size_t n)
{
	struct text t = {0};
	size_t b;

	for (const char *end = s + n; s < end; s += b > 0 ? b : 1) {
		b = blank_at(s);
		text_addc(&t, b > 1 ? ' ' : *s);
	}
	return t.s == NULL ? xstrdup("") : text_take(&t);
}

static char *
trim(const char *s)
{
	s = skip_blanks(s);
	return plain_blanks(s, length_without_blanks(s));
}

const char *
line_annotation(const char *s)
{
	const char *blanks = NULL;

	for (size_t n; *s != '\0'; s += n > 0 ? n : 1) {
		n = blank_at(s);
		if (n > 0 && blanks == NULL)
			blanks = s;
		else if (n == 0 && blanks != NULL && (str_prefix(s, "<===") || str_prefix(s, "<---")))
			return blanks;
		else if (n == 0)
			blanks = NULL;
	}
	return NULL;
}

static char *
without_annotation(const char *s)
{
	const char *a = line_annotation(s);

	return a == NULL ? xstrdup(s) : xstrndup(s, (size_t)(a - s));
}

/* NAME, an optional (mode), # or >: what stands before the rest, or 0. */
static size_t
prompt_len(const char *s, size_t *name)
{
	size_t n = 0, m;

	while (isalnum((unsigned char)s[n]) || (n > 0 && s[n] != '\0' && strchr("._-", s[n]) != NULL) || s[n] == '_')
		n++;
	if (n == 0 || (!isalnum((unsigned char)s[n - 1]) && s[n - 1] != '_'))
		return 0;
	*name = n;
	if (s[n] == '(') {
		for (m = n + 1; isalnum((unsigned char)s[m]) || s[m] == '-'; m++)
			;
		if (m == n + 1 || s[m] != ')')
			return 0;
		n = m + 1;
	}
	return s[n] == '#' || s[n] == '>' ? n + 1 : 0;
}

static void
read_prompt(struct tr_line *l, const char *raw, const char *s, size_t name, size_t len)
{
	const char *rest = skip_blanks(s + len);

	l->node = xstrndup(s, name);
	l->tail = xstrndup(s + name, len - name);
	l->indent = columns(raw, (size_t)(s - raw));
	l->gap = columns(s + len, (size_t)(rest - s - len));
	l->text = trim(rest);
	l->kind = *l->text == '\0' ? TR_BARE : TR_COMMAND;
}

static bool
is_omission(const char *s)
{
	for (size_t i = 0; i < sizeof(omissions) / sizeof(omissions[0]); i++)
		if (strcmp(s, omissions[i]) == 0)
			return true;
	return false;
}

/* The length of a head without its colon and the blanks after it. */
static size_t
head_end(const char *s, size_t head)
{
	while (head > 0 && s[head - 1] == ' ')
		head--;
	return head > 0 ? head - 1 : 0;
}

/* A head whose time is a hole: its length up to the colon, and where the hole begins. */
static size_t
hole_head(const struct transcript *t, const char *s, size_t *hole)
{
	size_t n = strspn(s, "0123456789"), len;

	*hole = n > 0 && str_prefix(s + n, ": ") ? n + 2 : 0;
	*hole += s[*hole] == '*' || s[*hole] == '.';
	len = hole_time_prefix(s + *hole, &t->kept);
	s += *hole + len;
	return len > 0 && *s == ':' && (s[1] == '\0' || blank_at(s + 1) > 0) ? *hole + len : 0;
}

/* `\` makes the rest literal: no hole, no mark, no omission. */
static void
read_literal(const struct transcript *t, struct tr_line *l, const char *rest)
{
	char *plain = t->opt.exact ? plain_blanks(rest, strlen(rest)) : trim(rest);

	l->kind = TR_OUTPUT;
	l->text = holes_closed(plain);
	free(plain);
}

/* A log line's head of so many bytes and, behind it, its body. */
static void
read_log(struct tr_line *l, const char *line, size_t head, const char *time, size_t len)
{
	l->kind = TR_LOG;
	l->head = xasprintf("%.*s: ", (int)head, line);
	l->stamp = xstrndup(time, len);
	l->text = xstrdup(skip_blanks(line + head + 1));
}

/*
 * What a line that is no prompt is. s has no blanks at its ends; raw has them, and where all is held
 * exactly those at a line's end count.
 */
static void
read_text(const struct transcript *t, struct tr_line *l, const char *raw, const char *s)
{
	char *all = plain_blanks(raw, strlen(raw));
	const char *line = t->opt.exact ? skip_blanks(all) : s;
	size_t head, hole = 0;

	if (is_omission(s)) {
		l->kind = TR_OMIT;
		l->text = xstrdup(s);
	} else if (strcmp(s, "^") == 0) {
		l->kind = TR_CARET;
		l->caret = columns(raw, (size_t)(strchr(raw, '^') - raw));
		l->text = xstrdup(s);
	} else if ((head = transcript_head(t, s)) > 0) {
		head = head_end(s, head);
		read_log(l, line, head, s, head);
	} else if ((head = hole_head(t, s, &hole)) > 0) {
		read_log(l, line, head, s + hole, head - hole);
	} else {
		l->kind = regexec(&t->mnemonic_re, s, 0, NULL, 0) == 0 ? TR_LOG : TR_OUTPUT;
		l->text = xstrdup(l->kind == TR_LOG ? line : t->opt.exact ? all : s);
	}
	free(all);
}

bool
line_read(struct transcript *t, size_t i, struct tr_line *l)
{
	const char *raw = t->file[i], *first = skip_blanks(raw);
	char *cut = *first == '\\' ? xstrdup(raw) : without_annotation(raw), *s = trim(cut);
	size_t name = 0, len = prompt_len(s, &name);
	bool counts = *s != '\0' && !str_prefix(s, "!---");

	if (counts) {
		*l = (struct tr_line){.no = i + 1, .width = columns(cut, length_without_blanks(cut))};
		if (*first == '\\')
			read_literal(t, l, first + 1);
		else if (len > 0)
			read_prompt(l, cut, skip_blanks(cut), name, len);
		else
			read_text(t, l, cut, s);
	}
	free(cut);
	free(s);
	return counts;
}

bool
line_is_plain(const struct transcript *t, const char *line)
{
	const char *s = skip_blanks(line);
	size_t name;

	if (*s == '\\' || str_prefix(s, "!---") || str_prefix(s, "```") || str_prefix(s, "~~~") || is_omission(s))
		return false;
	if (prompt_len(s, &name) > 0 || line_annotation(line) != NULL || transcript_head(t, s) > 0 || regexec(&t->mnemonic_re, s, 0, NULL, 0) == 0)
		return false;
	for (; (s = strstr(s, "<<")) != NULL; s++)
		if (isalpha((unsigned char)s[2]) || s[2] == '_')
			return false;
	return true;
}

int64_t
transcript_stamp_ns(const char *stamp)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct civil c = {.year = 1972, .month = 1, .day = 1};
	char mon[4] = "", frac[10] = "";
	const char *p, *m;
	unsigned year;

	if ((p = strstr(stamp, ": ")) != NULL)
		stamp = p + 2;
	stamp += strspn(stamp, "*.");
	if (sscanf(stamp, "%3[A-Za-z] %d", mon, &c.day) == 2 && (m = strstr(months, mon)) != NULL) {
		c.month = (int)(m - months) / 3 + 1;
		p = strchr(stamp, ':');
		if (p != NULL && sscanf(stamp + strcspn(stamp, "0123456789"), "%*d %4u ", &year) == 1 && year > 31)
			c.year = (int)year;
	} else if (strchr(stamp, ':') == NULL)
		return -1;
	if ((p = strchr(stamp, ':')) == NULL)
		return -1;
	while (p > stamp && isdigit((unsigned char)p[-1]))
		p--;
	if (sscanf(p, "%d:%d:%d.%9[0-9]", &c.hour, &c.minute, &c.second, frac) < 3)
		return -1;
	while (strlen(frac) < 9)
		strcat(frac, "0");
	return civil_to_ns(&c) + strtoll(frac, NULL, 10);
}
