/*
 * Takes a row's syntax string apart by recursive descent and builds who-may-follow-whom on the way:
 * each part gives the sets of elements it may begin and end with, and whether it may be empty.
 */

#include "shell/syntax.h"

#include <stdlib.h>
#include <string.h>

struct part {
	uint64_t	 first, last;
	bool		 empty;		/* may match nothing */
	bool		 param;		/* holds a parameter */
};

struct parser {
	struct syntax	*s;
	const char	*p;
	unsigned	 depth;
	uint64_t	 tilde;		/* set at `~`: the elements before it */
	bool		 tilde_seen, param_seen;
	uint64_t	 before_param;	/* the keyword before the first parameter, both outside brackets */
};

static struct part	parse_sequence(struct parser *ps);

static const struct { const char *word; enum element_kind kind; uint64_t list, max; } kinds[] = {
	{ "X:X:X:X::X/<0-128>", EL_PREFIX6, 0, 0 }, { "X:X:X:X::X", EL_ADDR6, 0, 0 },
	{ "A.B.C.D/nn", EL_PREFIX, 0, 0 }, { "A.B.C.D", EL_ADDR, 0, 0 }, { "WORD", EL_WORD, 0, 0 }, { "LINE", EL_LINE, 0, 0 },
	{ "IFNAME", EL_IFNAME, 0, 0 }, { "HEX", EL_HEX, 0, 0 }, { "DURATION", EL_DURATION, 0, 0 }, { "STRING", EL_STRING, 0, 0 },
	{ "hh:mm:ss", EL_TIME, 0, 0 }, { "MONTH", EL_MONTH, 0, 0 }, { "H.H.H", EL_MAC, 0, 0 },
	{ "TCPPORT", EL_LISTED, LISTED_TCP, 65535 }, { "UDPPORT", EL_LISTED, LISTED_UDP, 65535 },
	{ "ICMPTYPE", EL_LISTED, LISTED_ICMP, 255 }, { "DSCP", EL_LISTED, LISTED_DSCP, 63 },
	{ "PRECEDENCE", EL_LISTED, LISTED_PRECEDENCE, 7 }, { "TOS", EL_LISTED, LISTED_TOS, 15 },
};

static void
link_to(struct syntax *s, uint64_t from, uint64_t to)
{
	for (; from != 0; from &= from - 1)
		s->el[__builtin_ctzll(from)].follow |= to;
}

static bool
parse_range(struct element *e)
{
	char *end;

	e->lo = strtoull(e->text + 1, &end, 10);
	if (*end != '-')
		return false;
	e->hi = strtoull(end + 1, &end, 10);
	if (*end != '>' || e->hi < e->lo)
		return false;
	e->len = (size_t)(end + 1 - e->text);
	return true;
}

/* Most are keywords, and most of those are known by their first letter. */
static bool
surely_keyword(const struct element *e)
{
	char c = e->text[0];

	return c >= 'a' && c <= 'z' && (c != 'h' || strncmp(e->text, "hh:", 3) != 0);
}

static void
element_kind_set(struct element *e, size_t len)
{
	for (size_t i = 0; !surely_keyword(e) && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n;

		if (kinds[i].word[0] != e->text[0])
			continue;
		n = strlen(kinds[i].word);
		if (len >= n && memcmp(e->text, kinds[i].word, n) == 0 && (len == n || e->text[n] == ':')) {
			e->kind = kinds[i].kind;
			e->lo = kinds[i].list;
			e->hi = kinds[i].max;
			e->len = n;
			return;
		}
	}
	e->kind = EL_KEYWORD;
	e->len = len;
}

static size_t
word_len(const char *p)
{
	size_t n = 0;

	while (p[n] != ' ' && p[n] != '\0')
		n++;
	return n;
}

/* One element at p, up to its blank.  False: a range that is none. */
static bool
element_parse(struct element *e, const char *p, size_t len)
{
	bool ok = true;

	*e = (struct element){ .text = p };
	if (*p == '<') {
		e->kind = EL_NUMBER;
		ok = parse_range(e);
	} else
		element_kind_set(e, len);
	e->name = e->text;
	e->name_len = e->kind == EL_KEYWORD ? e->len : 0;
	if (e->kind != EL_KEYWORD && e->len < len) {
		e->name = e->text + e->len + 1;
		e->name_len = len - e->len - 1;
	}
	return ok;
}

static struct part
parse_element(struct parser *ps)
{
	struct syntax *s = ps->s;
	size_t len = word_len(ps->p), i = s->n;
	struct part r = { 0 };

	if (i == SYNTAX_MAX) {
		s->bad = true;
		ps->p += len;
		return r;
	}
	if (!element_parse(&s->el[s->n++], ps->p, len))
		s->bad = true;
	ps->p += len;
	r.first = r.last = UINT64_C(1) << i;
	r.param = s->el[i].kind != EL_KEYWORD;
	return r;
}

size_t
syntax_lead(const char *text, struct element *e)
{
	size_t len;

	if (strchr("[{~", *text) != NULL)	/* or the end */
		return 0;
	len = word_len(text);
	return element_parse(e, text, len) && e->kind != EL_IFNAME ? len : 0;
}

static void
skip_blanks(struct parser *ps)
{
	while (*ps->p == ' ')
		ps->p++;
}

/* { a | b } and { a | b }* */
static struct part
parse_choice(struct parser *ps, char close)
{
	struct part r = { .empty = close == ']' };

	ps->p++;
	ps->depth++;
	for (;;) {
		struct part one = parse_sequence(ps);

		r.first |= one.first;
		r.last |= one.last;
		r.empty |= one.empty;
		r.param |= one.param;
		if (*ps->p != '|')
			break;
		ps->p++;
	}
	ps->depth--;
	if (*ps->p != close) {
		ps->s->bad = true;
		return r;
	}
	ps->p++;
	if (*ps->p == '*') {
		link_to(ps->s, r.last, r.first);
		r.empty = true;
		ps->p++;
	}
	return r;
}

/* The place where a `no` form may end without a `~`: remembers the last keyword before a parameter. */
static void
note_param(struct parser *ps, const struct part *before, const struct part *one)
{
	if (ps->depth > 0 || ps->param_seen || !one->param)
		return;
	ps->param_seen = true;
	ps->before_param = before->last;
}

static struct part
parse_sequence(struct parser *ps)
{
	struct part r = { .empty = true };

	for (;;) {
		struct part one;

		skip_blanks(ps);
		if (*ps->p == '\0' || *ps->p == '|' || *ps->p == ']' || *ps->p == '}')
			return r;
		if (*ps->p == '~') {
			ps->tilde |= r.last;
			ps->tilde_seen = true;
			ps->p++;
			continue;
		}
		one = *ps->p == '[' ? parse_choice(ps, ']') : *ps->p == '{' ? parse_choice(ps, '}') : parse_element(ps);
		note_param(ps, &r, &one);
		link_to(ps->s, r.last, one.first);
		if (r.empty)
			r.first |= one.first;
		r.last = one.empty ? r.last | one.last : one.last;
		r.empty &= one.empty;
		r.param |= one.param;
	}
}

void
syntax_parse(struct syntax *s, const char *text)
{
	struct parser ps = { .s = s, .p = text };
	struct part all;

	s->n = 0;
	s->bad = false;
	all = parse_sequence(&ps);
	if (*ps.p != '\0' || all.empty)
		s->bad = true;
	s->first = all.first;
	s->last = all.last;
	s->no_last = ps.tilde_seen ? ps.tilde : ps.before_param;
}

const char *
help_line(const char *help, size_t i, size_t *len)
{
	while (i-- > 0) {
		help = strchr(help, '\n');
		if (help == NULL) {
			*len = 0;
			return "";
		}
		help++;
	}
	*len = strcspn(help, "\n");
	return help;
}
