/*
 * A written line and another one that came in its place, word by word: which words are still the same, which
 * holes still match.  For --update, and for finding the message that a written one has become.
 */

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"
#include "shell/hole.h"

#define WORDS_MAX	200
#define SCORE_WORD	3	/* a word that is the same tells more than a hole that takes it */
#define SCORE_HOLE	2

struct words {
	char	*v[WORDS_MAX];
	size_t	 at[WORDS_MAX];		/* where in the line */
	size_t	 n;
};

/* Words end at blanks; those within a hole's regular expression do not count. */
static void
words_split(struct words *w, const char *line, bool holes)
{
	const char *s = skip_blanks(line), *from;
	size_t n;

	for (w->n = 0; *s != '\0' && w->n < WORDS_MAX; s = skip_blanks(s)) {
		for (from = s; *s != '\0' && blank_at(s) == 0; s += n > 0 ? n : 1)
			n = holes ? hole_at(s) : 0;
		w->at[w->n] = (size_t)(from - line);
		w->v[w->n++] = xstrndup(from, (size_t)(s - from));
	}
}

static void
words_free(struct words *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->v[i]);
}

/* Whether the pattern takes the text; keeps nothing. */
static bool
takes(const char *written, const char *text, struct names_kept *kept, bool *hole)
{
	const char *why;
	struct pattern *p = pattern_new(written, false, kept, &why);
	bool *set = xcalloc(kept->n + 1, sizeof(*set)), ok;
	size_t n = kept_mark(kept, set);

	*hole = p != NULL && pattern_has_holes(p);
	ok = p != NULL && pattern_match(p, text, kept);
	kept_undo(kept, set, n);
	pattern_free(p);
	free(set);
	return ok;
}

static unsigned
score(const char *written, const char *came, struct names_kept *kept)
{
	bool hole;

	if (!takes(written, came, kept, &hole))
		return 0;
	return hole ? SCORE_HOLE : SCORE_WORD;
}

/* which[i]: the word that came for written word i, or -1; the pairs in order that score most. */
static unsigned
words_pair(const struct words *w, const struct words *c, struct names_kept *kept, long *which)
{
	size_t width = c->n + 1, i, j;
	unsigned *best = xcalloc((w->n + 1) * width, sizeof(*best)), *fit = xcalloc(w->n * c->n + 1, sizeof(*fit)), all;

	for (i = w->n; i-- > 0;)
		for (j = c->n; j-- > 0;) {
			unsigned skip = best[(i + 1) * width + j], both;

			if (best[i * width + j + 1] > skip)
				skip = best[i * width + j + 1];
			fit[i * c->n + j] = score(w->v[i], c->v[j], kept);
			both = fit[i * c->n + j] > 0 ? fit[i * c->n + j] + best[(i + 1) * width + j + 1] : 0;
			best[i * width + j] = both > skip ? both : skip;
		}
	for (i = 0; i < w->n; i++)
		which[i] = -1;
	for (i = j = 0; i < w->n && j < c->n;) {
		if (fit[i * c->n + j] > 0 && best[i * width + j] == fit[i * c->n + j] + best[(i + 1) * width + j + 1])
			which[i++] = (long)j++;
		else if (best[(i + 1) * width + j] >= best[i * width + j + 1])
			i++;
		else
			j++;
	}
	all = best[0];
	free(best);
	free(fit);
	return all;
}

unsigned
words_alike(const char *written, const char *came, struct names_kept *kept)
{
	struct words w, c;
	long which[WORDS_MAX];
	unsigned all;

	words_split(&w, written, true);
	words_split(&c, came, false);
	all = words_pair(&w, &c, kept, which);
	all = w.n + c.n > 0 ? all * 200 / (unsigned)((w.n + c.n) * SCORE_WORD) : 100;
	words_free(&w);
	words_free(&c);
	return all;
}

/* As many words: each stands for its like. */
static void
words_by_place(const struct words *w, const struct words *c, struct names_kept *kept, long *which)
{
	for (size_t i = 0; i < w->n; i++)
		which[i] = score(w->v[i], c->v[i], kept) > 0 ? (long)i : -1;
}

/* A last hole that takes the rest of the line. */
static bool
takes_rest(const struct words *w, const struct words *c, const char *came, struct names_kept *kept)
{
	bool hole;

	return w->n > 0 && c->n > w->n && takes(w->v[w->n - 1], came + c->at[w->n - 1], kept, &hole) && hole;
}

static char *
reworded(const struct words *w, struct words *c, const char *came, struct names_kept *kept)
{
	struct text out = {0};
	long which[WORDS_MAX];
	const char *from = came;

	if (takes_rest(w, c, came, kept)) {
		free(c->v[w->n - 1]);
		c->v[w->n - 1] = xstrdup(came + c->at[w->n - 1]);
		while (c->n > w->n)
			free(c->v[--c->n]);
	}
	if (c->n == w->n)
		words_by_place(w, c, kept, which);
	else
		words_pair(w, c, kept, which);
	for (size_t i = 0; i < w->n; i++) {
		if (which[i] < 0 || strcmp(w->v[i], c->v[which[i]]) == 0)
			continue;
		text_addn(&out, from, (size_t)(came + c->at[which[i]] - from));
		text_add(&out, w->v[i]);
		from = came + c->at[which[i]] + strlen(c->v[which[i]]);
	}
	text_add(&out, from);
	return out.s == NULL ? xstrdup("") : text_take(&out);
}

char *
holes_reword(const char *written, const char *came, bool exact, struct names_kept *kept)
{
	struct words w, c;
	struct pattern *p;
	const char *why;
	char *line;
	bool ok;

	words_split(&w, written, true);
	words_split(&c, came, false);
	line = reworded(&w, &c, came, kept);
	p = pattern_new(line, exact, kept, &why);
	ok = p != NULL && pattern_has_holes(p) && pattern_match(p, came, kept);
	pattern_free(p);
	words_free(&w);
	words_free(&c);
	if (ok)
		return line;
	free(line);
	return NULL;
}
