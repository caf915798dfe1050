/*
 * Patterns of expected lines: how they are read, how they match.  The matcher tries a hole's longest
 * text first and gives back as little as lets the rest fit, so that names used twice in a line are
 * held with every split tried.
 */

#include "shell/hole.h"

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/mem.h"
#include "lib/names.h"
#include "lib/text.h"

struct pattern_part {
	bool		 hole;
	char		*text;		/* literal, or the hole's name ("_" keeps nothing) */
	enum hole_kind	 kind;
	bool		 typed;		/* the kind is written here */
	regex_t		 re;		/* HOLE_REGEX, HOLE_TIME */
};

static const struct name kind_names[] = {
	{HOLE_INT, "int"}, {HOLE_HEX, "hex"}, {HOLE_HEX8, "hex8"}, {HOLE_IP, "ip"},
	{HOLE_TIME, "time"}, {HOLE_WORD, "word"}, {HOLE_LINE, "line"}, {0, NULL},
};

#define TRIES_MAX	1000000	/* of texts for holes, in one line */

/* A log time, a clock's time, an uptime. */
static const char time_re[] = "^([0-9]+: )?[*.]?"
    "(((Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +[0-9]{1,2} +([0-9]{4} +)?)?"
    "[0-9]{1,2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?( [A-Z]{2,5})?|"
    "[0-9]+y[0-9]+w|[0-9]+w[0-9]+d|[0-9]+d[0-9]+h|never)$";

size_t
blank_at(const char *s)
{
	if (*s == ' ' || *s == '\t')
		return 1;
	if ((unsigned char)s[0] == 0xc2 && (unsigned char)s[1] == 0xa0)
		return 2;
	if ((unsigned char)s[0] == 0xe3 && (unsigned char)s[1] == 0x80 && (unsigned char)s[2] == 0x80)
		return 3;
	return 0;
}

const char *
skip_blanks(const char *s)
{
	for (size_t n; (n = blank_at(s)) > 0; s += n)
		;
	return s;
}

size_t
length_without_blanks(const char *s)
{
	size_t n = 0;

	for (const char *p = s; *p != '\0'; p++)
		if (blank_at(p) > 0)
			p += blank_at(p) - 1;
		else
			n = (size_t)(p - s) + 1;
	return n;
}

char *
fold_blanks(const char *s)
{
	struct text t = {0};
	bool gap = false;
	size_t n;

	while (*s != '\0') {
		if ((n = blank_at(s)) > 0) {
			gap = true;
			s += n;
			continue;
		}
		if (gap && t.len > 0)
			text_addc(&t, ' ');
		gap = false;
		text_addc(&t, *s++);
	}
	return t.s == NULL ? xstrdup("") : text_take(&t);
}

struct kept *
kept_find(const struct names_kept *k, const char *name)
{
	for (size_t i = 0; i < k->n; i++)
		if (strcmp(k->v[i].name, name) == 0)
			return &k->v[i];
	return NULL;
}

void
kept_set(struct names_kept *k, const char *name, enum hole_kind kind, const char *text)
{
	struct kept *e = kept_find(k, name);

	if (e == NULL) {
		k->v = xrealloc(k->v, (k->n + 1) * sizeof(*k->v));
		e = &k->v[k->n++];
		*e = (struct kept){.name = xstrdup(name), .kind = kind};
	}
	if (text != NULL) {
		free(e->text);
		e->text = xstrdup(text);
	}
}

size_t
kept_mark(const struct names_kept *k, bool *set)
{
	for (size_t i = 0; i < k->n; i++)
		set[i] = k->v[i].text != NULL;
	return k->n;
}

void
kept_undo(struct names_kept *k, const bool *set, size_t n)
{
	for (size_t i = 0; i < n && i < k->n; i++)
		if (!set[i]) {
			free(k->v[i].text);
			k->v[i].text = NULL;
		}
}

void
kept_free(struct names_kept *k)
{
	for (size_t i = 0; i < k->n; i++) {
		free(k->v[i].name);
		free(k->v[i].text);
	}
	free(k->v);
	*k = (struct names_kept){0};
}

/* What stands between << and >>. */
struct hole_text {
	char		*name;
	char		*regex;		/* or NULL */
	enum hole_kind	 kind;
	bool		 typed;
	size_t		 len;		/* of all, brackets included */
};

static bool
opens_hole(const char *s)
{
	return s[0] == '<' && s[1] == '<' && (isalpha((unsigned char)s[2]) || s[2] == '_');
}

static bool
hole_kind_read(const char *p, struct hole_text *h, const char **end)
{
	const char *e;
	char *word;

	h->typed = true;
	if (*p == '/') {
		if ((e = strstr(p + 1, "/>>")) == NULL)
			return false;
		h->kind = HOLE_REGEX;
		h->regex = xstrndup(p + 1, (size_t)(e - p - 1));
		*end = e + 1;
		return true;
	}
	for (e = p; isalnum((unsigned char)*e); e++)
		;
	word = xstrndup(p, (size_t)(e - p));
	h->kind = HOLE_ANY;
	for (const struct name *n = kind_names; n->name != NULL; n++)
		if (strcmp(n->name, word) == 0)
			h->kind = (enum hole_kind)n->value;
	free(word);
	*end = e;
	return h->kind != HOLE_ANY;
}

/* Reads the hole at s (opens_hole() holds). */
static bool
hole_read(const char *s, struct hole_text *h, const char **why)
{
	const char *p = s + 2;

	*h = (struct hole_text){.kind = HOLE_ANY};
	while (isalnum((unsigned char)*p) || *p == '_')
		p++;
	h->name = xstrndup(s + 2, (size_t)(p - s - 2));
	if (*p == ':' && !hole_kind_read(p + 1, h, &p)) {
		*why = "a hole's kind is one of int, hex, hex8, ip, time, word, line or /regex/";
	} else if (strncmp(p, ">>", 2) != 0) {
		*why = "a hole ends in >>";
	} else {
		h->len = (size_t)(p + 2 - s);
		return true;
	}
	free(h->name);
	free(h->regex);
	return false;
}

static bool
part_compile(struct pattern_part *part, const char *regex, const char **why)
{
	char *anchored;
	int rc;

	if (part->kind != HOLE_REGEX && part->kind != HOLE_TIME)
		return true;
	anchored = regex != NULL ? xasprintf("^(%s)$", regex) : xstrdup(time_re);
	rc = regcomp(&part->re, anchored, REG_EXTENDED | REG_NOSUB);
	free(anchored);
	if (rc != 0) {
		part->kind = HOLE_ANY;
		*why = "a hole's regular expression is malformed";
	}
	return rc == 0;
}

static bool
add_hole(struct pattern *p, struct hole_text *h, struct names_kept *kept, const char **why)
{
	struct pattern_part *part;
	const struct kept *k = kept_find(kept, h->name);
	bool ok;

	p->parts = xrealloc(p->parts, (p->n + 1) * sizeof(*p->parts));
	part = &p->parts[p->n++];
	*part = (struct pattern_part){.hole = true, .text = h->name, .typed = h->typed, .kind = h->kind};
	if (!h->typed && k != NULL && k->kind != HOLE_REGEX)
		part->kind = k->kind;
	ok = part_compile(part, h->regex, why);
	free(h->regex);
	if (ok && strcmp(h->name, "_") != 0 && k == NULL)
		kept_set(kept, h->name, part->kind, NULL);
	return ok;
}

/* A literal without the marks that closed its <<. */
static char *
unmarked(const char *s, size_t n)
{
	char *t = xstrndup(s, n), *to = t;

	for (const char *p = t; *p != '\0'; p++)
		if (*p != HOLE_CLOSED)
			*to++ = *p;
	*to = '\0';
	return t;
}

static void
add_literal(struct pattern *p, const char *s, size_t n)
{
	if (n == 0)
		return;
	p->parts = xrealloc(p->parts, (p->n + 1) * sizeof(*p->parts));
	p->parts[p->n++] = (struct pattern_part){.text = unmarked(s, n)};
}

struct pattern *
pattern_new(const char *text, bool exact, struct names_kept *kept, const char **why)
{
	struct pattern *p = xcalloc(1, sizeof(*p));
	char *folded = exact ? xstrdup(text) : fold_blanks(text);
	const char *s = folded, *from = folded;
	struct hole_text h;

	p->exact = exact;
	*why = NULL;
	while (*s != '\0' && *why == NULL) {
		if (*s == HOLE_CLOSED || !opens_hole(s)) {
			/* Closed: all of its signs, of which there may be more than two. */
			s += *s == HOLE_CLOSED ? 1 + strspn(s + 1, "<") : 1;
			continue;
		}
		add_literal(p, from, (size_t)(s - from));
		if (p->n > 0 && p->parts[p->n - 1].hole)
			*why = "two holes touch: nothing tells where one ends";
		else if (hole_read(s, &h, why)) {
			s += h.len;
			from = s;
			(void)add_hole(p, &h, kept, why);
		}
	}
	add_literal(p, from, strlen(from));
	free(folded);
	if (*why != NULL) {
		pattern_free(p);
		return NULL;
	}
	return p;
}

void
pattern_free(struct pattern *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n; i++) {
		if (p->parts[i].hole && (p->parts[i].kind == HOLE_REGEX || p->parts[i].kind == HOLE_TIME))
			regfree(&p->parts[i].re);
		free(p->parts[i].text);
	}
	free(p->parts);
	free(p);
}

bool
pattern_has_holes(const struct pattern *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->parts[i].hole)
			return true;
	return false;
}

static bool
numeric(enum hole_kind k)
{
	return k == HOLE_INT || k == HOLE_HEX || k == HOLE_HEX8;
}

static bool
is_int(const char *s)
{
	s += *s == '-';
	return *s != '\0' && s[strspn(s, "0123456789")] == '\0';
}

static bool
is_hex(const char *s, size_t digits)
{
	s += strncmp(s, "0x", 2) == 0 ? 2 : 0;
	return *s != '\0' && s[strspn(s, "0123456789ABCDEF")] == '\0' && (digits == 0 || strlen(s) == digits);
}

static bool
kind_fits(const struct pattern_part *part, const char *s)
{
	struct addr a;

	switch (part->kind) {
	case HOLE_INT:
		return is_int(s);
	case HOLE_HEX:
		return is_hex(s, 0);
	case HOLE_HEX8:
		return is_hex(s, 8);
	case HOLE_IP:
		return addr_parse(s, &a);
	case HOLE_TIME:
	case HOLE_REGEX:
		return regexec(&part->re, s, 0, NULL, 0) == 0;
	case HOLE_LINE:
		return true;
	case HOLE_WORD:
	case HOLE_ANY:
		break;
	}
	for (; *s != '\0'; s++)
		if (blank_at(s) > 0)
			return false;
	return true;
}

static bool
number_of(enum hole_kind kind, const char *s, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = kind == HOLE_INT && *s == '-' ? (uint64_t)strtoll(s, &end, 10) : strtoull(s, &end, kind == HOLE_INT ? 10 : 16);
	return errno == 0 && *end == '\0' && end != s;
}

/* May a hole of this kind hold text, given what was kept under its name? */
static bool
agrees(const struct kept *k, enum hole_kind kind, const char *text)
{
	uint64_t a, b;

	if (k == NULL || k->text == NULL)
		return true;
	if (numeric(kind) && numeric(k->kind))
		return number_of(kind, text, &a) && number_of(k->kind, k->text, &b) && a == b;
	return strcmp(k->text, text) == 0;
}

/* A match under way. Hostile patterns could try splits for ever, hence the bound. */
struct matching {
	const struct pattern	*p;
	struct names_kept	*kept;
	size_t			 tries;
};

static bool match_from(struct matching *m, size_t i, const char *s);

/* In exact mode white space beside a hole is folded all the same: one blank within the line, none at its ends. */
static bool
match_exactly(struct matching *m, size_t i, const char *s)
{
	const char *t = m->p->parts[i].text;
	bool hole_before = i > 0, hole_after = i + 1 < m->p->n;
	size_t core;

	if (hole_before && blank_at(t) > 0) {
		t = skip_blanks(t);
		if (*t == '\0' && !hole_after)
			return *skip_blanks(s) == '\0';
		if (blank_at(s) == 0)
			return false;
		s = skip_blanks(s);
	}
	core = hole_after ? length_without_blanks(t) : strlen(t);
	if (strncmp(s, t, core) != 0)
		return false;
	s += core;
	if (t[core] == '\0')
		return match_from(m, i + 1, s);
	if (blank_at(s) == 0 && (i > 0 || core > 0))
		return false;
	return match_from(m, i + 1, skip_blanks(s));
}

static bool
match_literal(struct matching *m, size_t i, const char *s)
{
	const char *t = m->p->parts[i].text;
	size_t n = strlen(t);

	if (m->p->exact)
		return match_exactly(m, i, s);
	return strncmp(s, t, n) == 0 && match_from(m, i + 1, s + n);
}

static bool
hole_takes(struct matching *m, const struct pattern_part *part, struct kept *k, const char *s, size_t n)
{
	char *try = xstrndup(s, n);
	/* A regular expression is not told again where its name comes back: the text is. */
	bool again = !part->typed && k != NULL && k->text != NULL && k->kind == HOLE_REGEX;
	bool fits = (again || kind_fits(part, try)) && agrees(k, part->kind, try);

	if (fits && k != NULL && k->text == NULL) {
		k->text = xstrdup(try);
		/* The first text kept tells how the number is written. */
		k->kind = numeric(k->kind) && numeric(part->kind) ? part->kind : k->kind;
	}
	free(try);
	m->tries++;
	return fits;
}

static bool
match_hole(struct matching *m, size_t i, const char *s)
{
	const struct pattern_part *part = &m->p->parts[i];
	struct kept *k = kept_find(m->kept, part->text);
	bool fresh = k != NULL && k->text == NULL;

	if (m->p->exact && i == 0)
		s = skip_blanks(s);
	for (size_t n = strlen(s); n > 0 && m->tries < TRIES_MAX; n--) {
		if (part->kind == HOLE_LINE && s[n] != '\0')
			return false;
		if (!hole_takes(m, part, k, s, n))
			continue;
		if (match_from(m, i + 1, s + n))
			return true;
		if (fresh) {
			free(k->text);
			k->text = NULL;
		}
	}
	return false;
}

static bool
match_from(struct matching *m, size_t i, const char *s)
{
	if (i == m->p->n)
		return *s == '\0' || (m->p->exact && i > 0 && m->p->parts[i - 1].hole && *skip_blanks(s) == '\0');
	return m->p->parts[i].hole ? match_hole(m, i, s) : match_literal(m, i, s);
}

bool
pattern_match(const struct pattern *p, const char *line, struct names_kept *kept)
{
	struct matching m = {p, kept, 0};
	char *folded;
	bool ok;

	if (p->exact)
		return match_from(&m, 0, line);
	folded = fold_blanks(line);
	ok = match_from(&m, 0, folded);
	free(folded);
	return ok;
}

char *
holes_closed(const char *text)
{
	struct text t = {0};

	for (; *text != '\0'; text++) {
		if (text[0] == '<' && text[1] == '<')
			text_addc(&t, HOLE_CLOSED);
		text_addc(&t, *text);
	}
	return t.s == NULL ? xstrdup("") : text_take(&t);
}

size_t
hole_at(const char *s)
{
	struct hole_text h;
	const char *why;

	if (!opens_hole(s) || !hole_read(s, &h, &why))
		return 0;
	free(h.name);
	free(h.regex);
	return h.len;
}

size_t
hole_time_prefix(const char *text, const struct names_kept *kept)
{
	struct hole_text h;
	const struct kept *k;
	const char *why;
	bool time;

	if (!opens_hole(text) || !hole_read(text, &h, &why))
		return 0;
	k = kept_find(kept, h.name);
	time = h.kind == HOLE_TIME || (!h.typed && k != NULL && k->kind == HOLE_TIME);
	free(h.name);
	free(h.regex);
	return time ? h.len : 0;
}

bool
holes_each(const char *text, void (*fn)(void *, const char *), void *arg, const char **why)
{
	struct hole_text h;

	*why = NULL;
	while (*text != '\0') {
		if (!opens_hole(text)) {
			text++;
			continue;
		}
		if (!hole_read(text, &h, why))
			return false;
		fn(arg, h.name);
		text += h.len;
		free(h.name);
		free(h.regex);
	}
	return true;
}

/* How the kept number is written; HOLE_ANY: it is none. */
static enum hole_kind
number_kind(const struct kept *k)
{
	if (numeric(k->kind))
		return k->kind;
	if (is_int(k->text))
		return HOLE_INT;
	return is_hex(k->text, 0) ? HOLE_HEX : HOLE_ANY;
}

static void
add_written(struct text *out, const struct hole_text *h, const struct kept *k, bool numbers)
{
	enum hole_kind kind = number_kind(k);
	uint64_t v;

	if (h->typed && numeric(h->kind) && kind != HOLE_ANY && number_of(kind, k->text, &v)) {
		if (h->kind == HOLE_INT)
			text_printf(out, kind == HOLE_INT ? "%lld" : "%llu", (unsigned long long)v);
		else
			text_printf(out, h->kind == HOLE_HEX8 ? "%08llX" : "0x%llX", (unsigned long long)v);
		return;
	}
	if (numbers && (kind == HOLE_HEX || kind == HOLE_HEX8) && !str_prefix(k->text, "0x"))
		text_add(out, "0x");
	text_add(out, k->text);
}

static char *
fill(const char *text, const struct names_kept *kept, bool numbers, const char **why)
{
	struct text out = {0};
	struct hole_text h;
	const struct kept *k;

	*why = NULL;
	while (*text != '\0' && *why == NULL) {
		if (!opens_hole(text)) {
			text_addc(&out, *text++);
			continue;
		}
		if (!hole_read(text, &h, why))
			break;
		if ((k = kept_find(kept, h.name)) == NULL || k->text == NULL)
			*why = "a name is used that no earlier line has kept";
		else
			add_written(&out, &h, k, numbers);
		text += h.len;
		free(h.name);
		free(h.regex);
	}
	if (*why != NULL) {
		text_free(&out);
		return NULL;
	}
	return out.s == NULL ? xstrdup("") : text_take(&out);
}

char *
holes_fill(const char *text, const struct names_kept *kept, const char **why)
{
	return fill(text, kept, false, why);
}

char *
holes_fill_numbers(const char *text, const struct names_kept *kept, const char **why)
{
	return fill(text, kept, true, why);
}
