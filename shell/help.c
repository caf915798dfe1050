/* The list that `?` prints. */

#include "shell/help.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"

#define SCREEN_WIDTH	80

void
help_add(struct help *h, const char *word, size_t len, const char *help, size_t help_len)
{
	for (size_t i = h->n; i-- > 0;)		/* rows of one family stand together */
		if (h->v[i].len == len && memcmp(h->v[i].word, word, len) == 0)
			return;
	if ((h->n & (h->n - 1)) == 0)
		h->v = xrealloc(h->v, (h->n == 0 ? 1 : 2 * h->n) * sizeof(*h->v));
	h->v[h->n++] = (struct help_entry){ word, len, help, help_len };
}

/* In the order of their letters, but <cr> comes last. */
static int
entry_cmp(const void *a, const void *b)
{
	const struct help_entry *x = a, *y = b;
	size_t n = x->len < y->len ? x->len : y->len;
	int cx = x->len == 4 && memcmp(x->word, "<cr>", 4) == 0;
	int cy = y->len == 4 && memcmp(y->word, "<cr>", 4) == 0;
	int c;

	if (cx != cy)
		return cx - cy;
	c = memcmp(x->word, y->word, n);
	return c != 0 ? c : (x->len > y->len) - (x->len < y->len);
}

static size_t
sort(struct help *h)
{
	size_t widest = 0;

	if (h->n > 0)
		qsort(h->v, h->n, sizeof(*h->v), entry_cmp);
	for (size_t i = 0; i < h->n; i++)
		if (h->v[i].len > widest)
			widest = h->v[i].len;
	return widest;
}

void
help_list(struct help *h, const char *heading, struct text *out)
{
	size_t widest = sort(h);

	if (heading != NULL)
		text_printf(out, "%s\n", heading);
	for (size_t i = 0; i < h->n; i++) {
		const struct help_entry *e = &h->v[i];

		text_addn(out, "  ", 2);
		text_addn(out, e->word, e->len);
		if (e->help_len > 0) {
			text_pad(out, widest + 4);
			text_addn(out, e->help, e->help_len);
		}
		text_addc(out, '\n');
	}
	text_addc(out, '\n');
}

void
help_words_only(struct help *h, struct text *out)
{
	size_t widest = sort(h), column = 0;

	for (size_t i = 0; i < h->n; i++) {
		if (column > 0 && column + widest + 2 > SCREEN_WIDTH) {
			text_addc(out, '\n');
			column = 0;
		}
		if (i + 1 < h->n)
			text_printf(out, "%-*.*s", (int)widest + 2, (int)h->v[i].len, h->v[i].word);
		else
			text_addn(out, h->v[i].word, h->v[i].len);
		column += widest + 2;
	}
	text_add(out, "\n\n");
}

void
help_free(struct help *h)
{
	free(h->v);
	*h = (struct help){ 0 };
}
