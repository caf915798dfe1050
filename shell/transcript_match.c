/*
 * Holding written lines against lines that came.  A real line may be written as several (a vendor's page
 * wraps them), an omission stands for any number, holes keep what they match: so it is a search, with
 * the shortest reading first and the names un-kept where a reading leads nowhere.
 */

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "shell/transcript.h"

#define WRAP_COLUMN	75
#define SEARCH_STEPS	200000

struct search {
	const struct transcript	*t;
	const struct tr_want	*want;
	size_t			 nwant;
	char			**came;
	size_t			 ncame;
	const struct tr_prompt	*prompt;	/* NULL: a message, where the end of want need not be reached */
	struct names_kept	*kept;
	size_t			 steps;
	size_t			 used;		/* messages: want lines taken */
};

char **
lines_split(const char *s, size_t *n, bool keep_blank)
{
	char **v = NULL;
	const char *e;

	*n = 0;
	while (*s != '\0') {
		e = s + strcspn(s, "\n");
		const char *p = s;
		for (size_t b; p < e && (b = blank_at(p)) > 0; p += b)
			;
		if (keep_blank || p < e) {
			v = xrealloc(v, (*n + 1) * sizeof(*v));
			v[(*n)++] = xstrndup(s, (size_t)(e - s));
		}
		s = e + (*e == '\n');
	}
	return v;
}

void
lines_free(char **v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(v[i]);
	free(v);
}

static bool
caret_fits(const struct tr_line *l, const char *came, const struct tr_prompt *p)
{
	size_t column = strspn(came, " ");

	if (p == NULL || strcmp(came + column, "^") != 0 || l->caret < p->indent)
		return false;
	/* Blanks typed after the prompt are lost: a console that showed them had its marker so much further right. */
	return l->caret - p->indent == column || l->caret - p->indent == column + p->gap;
}

/* A log line as output of show: its time is not compared, but a hole in it keeps the time. */
static bool
show_log_fits(struct search *s, const struct tr_line *l, const char *came)
{
	size_t head = transcript_head(s->t, came), n = head;
	struct pattern *p;
	const char *why;
	char *stamp;
	bool ok = true;

	if (l->stamp == NULL)
		return pattern_match(l->pattern, came, s->kept);
	if (head == 0)
		return false;
	if (strncmp(l->stamp, "<<", 2) == 0) {
		while (n > 0 && (came[n - 1] == ' ' || came[n - 1] == ':'))
			n--;
		stamp = xstrndup(came, n);
		p = pattern_new(l->stamp, true, s->kept, &why);
		ok = p != NULL && pattern_match(p, stamp, s->kept);
		pattern_free(p);
		free(stamp);
	}
	return ok && pattern_match(l->pattern, came + head, s->kept);
}

static bool
line_fits(struct search *s, const struct tr_want *w, const char *came)
{
	switch (w->line->kind) {
	case TR_CARET:
		return caret_fits(w->line, came, s->prompt);
	case TR_LOG:
		return w->as_show ? show_log_fits(s, w->line, came) : pattern_match(w->line->pattern, came, s->kept);
	case TR_OUTPUT:
		return pattern_match(w->line->pattern, came, s->kept);
	default:
		return false;
	}
}

/* May the line after i continue it?  Only where its first word would have passed the column. */
static bool
may_wrap(const struct search *s, size_t i)
{
	const char *next;

	if (i + 1 >= s->nwant || s->want[i + 1].line->kind != TR_OUTPUT)
		return false;
	next = s->want[i + 1].line->text;
	next += strspn(next, " \t");
	return s->want[i].line->width + 1 + strcspn(next, " \t") > WRAP_COLUMN;
}

static bool search_from(struct search *s, size_t i, size_t j);

/* Line j is written in the lines up to and including i, joined to `so_far`. */
static bool
search_joined(struct search *s, size_t i, size_t j, const char *so_far)
{
	const char *next = s->want[i].line->text, *why;
	static const char *const glue[] = {" ", ""};
	bool *set = xcalloc(s->kept->n + 1, sizeof(*set)), found = false;
	size_t n = kept_mark(s->kept, set);

	for (size_t g = 0; g < 2 && !found; g++) {
		char *all = xasprintf("%s%s%s", so_far, glue[g], next + strspn(next, " \t"));
		struct pattern *p = pattern_new(all, s->t->opt.exact, s->kept, &why);

		if (p != NULL && pattern_match(p, s->came[j], s->kept) && search_from(s, i + 1, j + 1))
			found = true;
		if (!found)
			kept_undo(s->kept, set, n);
		if (!found && may_wrap(s, i))
			found = search_joined(s, i + 1, j, all);
		pattern_free(p);
		free(all);
	}
	free(set);
	return found;
}

static bool
search_line(struct search *s, size_t i, size_t j)
{
	const struct tr_want *w = &s->want[i];
	bool *set, found;
	size_t n;

	if (j == s->ncame)
		return false;
	set = xcalloc(s->kept->n + 1, sizeof(*set));
	n = kept_mark(s->kept, set);
	found = line_fits(s, w, s->came[j]) && search_from(s, i + 1, j + 1);
	if (!found)
		kept_undo(s->kept, set, n);
	if (!found && (w->line->kind == TR_OUTPUT || w->line->kind == TR_LOG) && may_wrap(s, i))
		found = search_joined(s, i + 1, j, w->line->text);
	free(set);
	return found;
}

static bool
search_from(struct search *s, size_t i, size_t j)
{
	if (++s->steps > SEARCH_STEPS)
		return false;
	if (s->prompt == NULL && j == s->ncame) {
		s->used = i;
		return true;
	}
	if (i == s->nwant)
		return j == s->ncame;
	if (s->want[i].line->kind != TR_OMIT)
		return search_line(s, i, j);
	for (size_t k = j; k <= s->ncame; k++)
		if (search_from(s, i + 1, k))
			return true;
	return false;
}

bool
output_match(const struct transcript *t, const struct tr_want *want, size_t nwant, char **came, size_t ncame, const struct tr_prompt *prompt, struct names_kept *kept)
{
	struct search s = {t, want, nwant, came, ncame, prompt, kept, 0, 0};

	return search_from(&s, 0, 0);
}

size_t
message_match(const struct transcript *t, const struct tr_want *want, size_t nwant, const char *body, struct names_kept *kept)
{
	struct search s = {t, want, nwant, NULL, 0, NULL, kept, 0, 0};
	char **lines;
	bool ok;

	lines = lines_split(body, &s.ncame, false);
	s.came = lines;
	if (t->opt.exact && s.ncame > 0) {
		char *first = xstrdup(lines[0] + strspn(lines[0], " "));

		free(lines[0]);
		lines[0] = first;
	}
	ok = s.ncame > 0 && search_from(&s, 0, 0);
	lines_free(lines, s.ncame);
	return ok ? s.used : 0;
}

/* Does written line i fit line j by itself?  Keeps nothing. */
static bool
fits_alone(struct search *s, size_t i, size_t j)
{
	bool *set, ok;
	size_t n;

	if (s->want[i].line->kind == TR_OMIT)
		return false;
	set = xcalloc(s->kept->n + 1, sizeof(*set));
	n = kept_mark(s->kept, set);
	ok = line_fits(s, &s->want[i], s->came[j]);
	kept_undo(s->kept, set, n);
	free(set);
	return ok;
}

/* The longest common row, for people to read: names are taken as they were kept before. */
void
output_align(const struct transcript *t, const struct tr_want *want, size_t nwant, char **came, size_t ncame, const struct tr_prompt *prompt, struct names_kept *kept, long *which)
{
	struct search s = {t, want, nwant, came, ncame, prompt, kept, 0, 0};
	size_t w = ncame + 1, *len, i, j;
	bool *fit;

	for (i = 0; i < nwant; i++)
		which[i] = -1;
	if (nwant * ncame == 0 || nwant * ncame > 1000000)
		return;
	len = xcalloc((nwant + 1) * w, sizeof(*len));
	fit = xcalloc(nwant * ncame, sizeof(*fit));
	for (i = nwant; i-- > 0;)
		for (j = ncame; j-- > 0;) {
			size_t skip = len[(i + 1) * w + j] > len[i * w + j + 1] ? len[(i + 1) * w + j] : len[i * w + j + 1];

			fit[i * ncame + j] = fits_alone(&s, i, j);
			len[i * w + j] = fit[i * ncame + j] && len[(i + 1) * w + j + 1] + 1 >= skip ? len[(i + 1) * w + j + 1] + 1 : skip;
		}
	for (i = j = 0; i < nwant && j < ncame;) {
		if (fit[i * ncame + j] && len[i * w + j] == len[(i + 1) * w + j + 1] + 1)
			which[i++] = (long)j++;
		else if (len[(i + 1) * w + j] >= len[i * w + j + 1])
			i++;
		else
			j++;
	}
	free(len);
	free(fit);
}
