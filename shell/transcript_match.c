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
#define JOIN_STEPS	20	/* that a join costs: a pattern is made for each */
#define PAIRS_MAX	250000	/* of lines that are aligned */

struct search {
	const struct transcript	*t;
	const struct tr_want	*want;
	size_t			 nwant;
	char			**came;
	size_t			 ncame;
	const struct tr_prompt	*prompt;	/* NULL: a message */
	bool			 message;	/* the end of want need not be reached */
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

/*
 * The marker's column is the router's own.  It may also be written where a reader looks for it: blanks typed after
 * the prompt are lost to the router, and a prompt written with the node's name may be shorter than the real one.
 */
static bool
caret_fits(const struct tr_line *l, const char *came, const struct tr_prompt *p)
{
	long column = (long)strspn(came, " "), shift, at;

	if (p == NULL || strcmp(came + column, "^") != 0)
		return false;
	shift = p->real > 0 ? (long)p->real - (long)p->written : 0;
	at = (long)l->caret - (long)p->indent;
	return at == column || at == column + (long)p->gap || at + shift == column || at + shift == column + (long)p->gap;
}

/* The head of a log line as output of show: its time is not compared, but a hole in it keeps the time. */
static bool
head_fits(struct search *s, const struct tr_line *l, const char *came, size_t head)
{
	struct pattern *p;
	const char *why;
	char *stamp;
	bool ok;

	if (head == 0 || !str_prefix(l->stamp, "<<"))
		return head > 0;
	while (head > 0 && (came[head - 1] == ' ' || came[head - 1] == ':'))
		head--;
	stamp = xstrndup(came, head);
	p = pattern_new(l->stamp, true, s->kept, &why);
	ok = p != NULL && pattern_match(p, stamp, s->kept);
	pattern_free(p);
	free(stamp);
	return ok;
}

/* The pattern is the written line's, joined with those that continue it. */
static bool
text_fits(struct search *s, const struct tr_want *w, const struct pattern *p, const char *came)
{
	size_t head;

	if (w->line->kind != TR_LOG || w->line->stamp == NULL || !w->as_show)
		return pattern_match(p, came, s->kept);
	head = transcript_head(s->t, came);
	return head_fits(s, w->line, came, head) && pattern_match(p, came + head, s->kept);
}

static bool
line_fits(struct search *s, const struct tr_want *w, const char *came)
{
	if (w->line->kind == TR_CARET)
		return caret_fits(w->line, came, s->prompt);
	return (w->line->kind == TR_LOG || w->line->kind == TR_OUTPUT) && text_fits(s, w, w->line->pattern, came);
}

/* May the line after i continue it?  Only where its first word would have passed the column. */
static bool
may_wrap(const struct search *s, size_t i)
{
	size_t word = 0;

	if (i + 1 >= s->nwant || s->want[i + 1].line->kind != TR_OUTPUT)
		return false;
	for (const char *p = skip_blanks(s->want[i + 1].line->text); *p != '\0' && blank_at(p) == 0; p++)
		word += ((unsigned char)*p & 0xc0) != 0x80 && *p != HOLE_CLOSED;
	return s->want[i].line->width + 1 + word > WRAP_COLUMN;
}

static bool search_from(struct search *s, size_t i, size_t j);

/* Line j is written in the lines from w up to and including i, joined to `so_far`. */
static bool
search_joined(struct search *s, const struct tr_want *w, size_t i, size_t j, const char *so_far)
{
	const char *next = s->want[i].line->text, *why;
	static const char *const glue[] = {" ", ""};
	bool *set = xcalloc(s->kept->n + 1, sizeof(*set)), found = false;
	size_t n = kept_mark(s->kept, set);

	for (size_t g = 0; g < 2 && !found; g++) {
		char *all = xasprintf("%s%s%s", so_far, glue[g], skip_blanks(next));
		struct pattern *p = pattern_new(all, s->t->opt.exact, s->kept, &why);
		bool longer = p != NULL && pattern_literal(p) > strlen(s->came[j]);

		s->steps += JOIN_STEPS;
		if (p != NULL && text_fits(s, w, p, s->came[j]) && search_from(s, i + 1, j + 1))
			found = true;
		if (!found)
			kept_undo(s->kept, set, n);
		if (!found && !longer && s->steps <= SEARCH_STEPS && may_wrap(s, i))
			found = search_joined(s, w, i + 1, j, all);
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
		found = search_joined(s, w, i + 1, j, w->line->text);
	free(set);
	return found;
}

static bool
search_from(struct search *s, size_t i, size_t j)
{
	if (++s->steps > SEARCH_STEPS)
		return false;
	if (s->message && j == s->ncame) {
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
	struct search s = {t, want, nwant, came, ncame, prompt, false, kept, 0, 0};

	return search_from(&s, 0, 0);
}

size_t
message_match(const struct transcript *t, const struct tr_want *want, size_t nwant, const char *body, struct names_kept *kept)
{
	struct search s = {t, want, nwant, NULL, 0, NULL, true, kept, 0, 0};
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

/* How many written lines from i on are line j by themselves: one, more where they are wrapped, none. */
static size_t
fits_alone(const struct search *s, size_t i, size_t j, bool keep)
{
	struct search one = {s->t, s->want + i, s->nwant - i, s->came + j, 1, s->prompt, true, s->kept, 0, 0};
	bool *set, fits;
	size_t n;

	if (s->want[i].line->kind == TR_OMIT)
		return 0;
	set = xcalloc(s->kept->n + 1, sizeof(*set));
	n = kept_mark(s->kept, set);
	fits = search_from(&one, 0, 0);
	if (!keep || !fits)
		kept_undo(s->kept, set, n);
	free(set);
	return fits ? one.used : 0;
}

/* For each pair from the end on, how many lines the best row has that begins there. */
static void
align_lengths(const struct search *s, size_t *len, size_t *fit)
{
	size_t w = s->ncame + 1;

	for (size_t i = s->nwant; i-- > 0;)
		for (size_t j = s->ncame; j-- > 0;) {
			size_t skip = len[(i + 1) * w + j] > len[i * w + j + 1] ? len[(i + 1) * w + j] : len[i * w + j + 1];
			size_t n = fit[i * s->ncame + j] = fits_alone(s, i, j, false), both = n > 0 ? len[(i + n) * w + j + 1] + n : 0;

			len[i * w + j] = both > skip ? both : skip;
		}
}

/* The longest common row. Its lines keep their names; one that does not fit the names kept above it is none of the row. */
static void
align_walk(const struct search *s, const size_t *len, const size_t *fit, long *which)
{
	size_t w = s->ncame + 1;

	for (size_t i = 0, j = 0; i < s->nwant && j < s->ncame;) {
		size_t n = fit[i * s->ncame + j];

		if (n > 0 && len[i * w + j] == len[(i + n) * w + j + 1] + n) {
			bool fits = fits_alone(s, i, j, true) == n;

			for (; n > 0; n--)
				which[i++] = fits ? (long)j : -1;
			j++;
		} else if (len[(i + 1) * w + j] >= len[i * w + j + 1])
			i++;
		else
			j++;
	}
}

void
output_align(const struct transcript *t, const struct tr_want *want, size_t nwant, char **came, size_t ncame, const struct tr_prompt *prompt, struct names_kept *kept, long *which)
{
	struct search s = {t, want, nwant, came, ncame, prompt, false, kept, 0, 0};
	size_t *len, *fit;

	for (size_t i = 0; i < nwant; i++)
		which[i] = -1;
	if (nwant * ncame == 0 || nwant * ncame > PAIRS_MAX)
		return;
	len = xcalloc((nwant + 1) * (ncame + 1), sizeof(*len));
	fit = xcalloc(nwant * ncame, sizeof(*fit));
	align_lengths(&s, len, fit);
	align_walk(&s, len, fit, which);
	free(len);
	free(fit);
}
