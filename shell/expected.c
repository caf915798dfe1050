/* What stands at the place of a refused word, told from what `?` would answer there, and which of it was perhaps meant. */

#include "shell/expected.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"
#include "shell/syntax.h"

#define LISTED_MAX	12	/* more are told only if one of them is near */
#define LISTED_NEAR	6	/* and then more than these are only counted */
#define WORD_MAX	32
#define FAR		3	/* so many slips are another word */

struct words {
	char	**v;
	size_t	 n;
};

/* The mode, of this one and those above it, whose rows understand most of the line. */
static enum mode
understands(enum mode mode, unsigned privilege, const char *line, struct match *best)
{
	enum mode found = mode;

	grammar_match(mode, privilege, line, best);
	while (mode_is_config(mode) && mode != MODE_CONFIG) {
		struct match up;

		mode = mode_info(mode)->parent;
		grammar_match(mode, privilege, line, &up);
		args_free(up.args);
		if (best->kind == MATCH_INVALID && up.kind == MATCH_INVALID && up.caret > best->caret) {
			*best = up;
			found = mode;
		}
	}
	return found;
}

/* The first word of each line of help. */
static void
take_word(void *arg, const char *line, size_t len)
{
	struct words *w = arg;
	const char *end;

	if (len < 3 || line[0] != ' ' || line[2] == ' ')
		return;
	line += 2;
	end = strstr(line, "  ");
	if (w->n > 0 && strncmp(line, "<cr>", 4) == 0)
		return;
	w->v = xrealloc(w->v, (w->n + 1) * sizeof(*w->v));
	w->v[w->n++] = end == NULL ? xstrdup(line) : xstrndup(line, (size_t)(end - line));
}

static size_t
least(size_t a, size_t b, size_t c)
{
	a = a < b ? a : b;
	return a < c ? a : c;
}

/* Letters to put in, take out or change to make a into b. */
static size_t
distance(const char *a, size_t na, const char *b)
{
	size_t row[WORD_MAX + 1], nb = strlen(b);

	if (na > WORD_MAX || nb > WORD_MAX)
		return FAR;
	for (size_t j = 0; j <= nb; j++)
		row[j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			size_t above = row[j];

			row[j] = least(above + 1, row[j - 1] + 1, corner + (tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1])));
			corner = above;
		}
	}
	return row[nb];
}

static const char *
nearest(const struct words *w, const struct token *bad)
{
	size_t best = bad->len > 4 ? FAR : FAR - 1;
	const char *found = NULL;

	for (size_t i = 0; i < w->n; i++) {
		size_t d = islower((unsigned char)w->v[i][0]) ? distance(bad->p, bad->len, w->v[i]) : FAR;

		if (d < best) {
			best = d;
			found = w->v[i];
		}
	}
	return found;
}

static bool
put_words(const struct words *w, const struct token *bad, struct text *out)
{
	const char *near = nearest(w, bad);
	bool listed = w->n <= (near != NULL ? LISTED_NEAR : LISTED_MAX);

	if (w->n == 0 || (!listed && near == NULL))
		return false;
	if (!listed)
		text_printf(out, "one of %zu words", w->n);
	for (size_t i = 0; listed && i < w->n; i++)
		text_printf(out, "%s%s", i == 0 ? "" : i + 1 == w->n ? " or " : ", ", strcmp(w->v[i], "<cr>") == 0 ? "the end of the line" : w->v[i]);
	if (near != NULL && w->n > 1)
		text_printf(out, ", perhaps %s", near);
	return true;
}

bool
expected_at(enum mode mode, unsigned privilege, const char *line, struct text *out)
{
	const char *end = line + strlen(line), *word, *p;
	struct words w = { 0 };
	struct text help = { 0 };
	struct token bad;
	struct match m;
	char *before;
	bool told;

	mode = understands(mode, privilege, line, &m);
	args_free(m.args);
	if (m.kind != MATCH_INVALID && m.kind != MATCH_INCOMPLETE)
		return false;
	for (word = m.kind == MATCH_INVALID ? line + m.caret : end; word > line && m.kind == MATCH_INVALID && space_len(word - 1, word) == 0;)
		word--;
	before = xasprintf("%.*s ", (int)(word - line), line);
	grammar_help(mode, privilege, before, &help);
	text_lines(text_str(&help), take_word, &w);
	p = word;
	if (!token_next(&p, end, false, &bad))
		bad = (struct token){ .p = "" };
	told = put_words(&w, &bad, out);
	for (size_t i = 0; i < w.n; i++)
		free(w.v[i]);
	free(w.v);
	text_free(&help);
	free(before);
	return told;
}
