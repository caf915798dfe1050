/*
 * Patterns of expected lines: literals and holes, and how a line matches them.  The matcher tries a hole's longest
 * text first and gives back as little as lets the rest fit, so that names used twice in a line are
 * held with every split tried.
 */

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/hole_int.h"

#define TRIES_MAX	1000000	/* of texts for holes, in one line */

struct pattern_part {
	bool		 hole;
	char		*text;		/* literal, or the hole's name ("_" keeps nothing) */
	enum hole_kind	 kind;
	bool		 typed;		/* the kind is written here */
	regex_t		 re;		/* HOLE_REGEX, HOLE_TIME */
};

/* A log time, a clock's time, an uptime. */
static const char time_re[] = "^([0-9]+: )?[*.]?"
    "(((Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +[0-9]{1,2} +([0-9]{4} +)?)?"
    "[0-9]{1,2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?( [A-Z]{2,5})?|"
    "[0-9]+y[0-9]+w|[0-9]+w[0-9]+d|[0-9]+d[0-9]+h|never)$";

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

size_t
pattern_literal(const struct pattern *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		for (const char *c = p->parts[i].text; !p->parts[i].hole && *c != '\0'; c++)
			n += isgraph((unsigned char)*c) && *c != '<';
	return n;
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

