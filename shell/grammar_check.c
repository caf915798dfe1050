/* The grammar's own test: each row is well formed and documented, and no two rows of a mode take the same words. */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/mem.h"
#include "lib/text.h"
#include "shell/grammar.h"
#include "shell/syntax.h"

#define PAIRS_MAX	4096

static bool
same_place(const struct element *a, const struct element *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == EL_KEYWORD)
		return a->len == b->len && strncasecmp(a->text, b->text, a->len) == 0;
	if (a->kind == EL_LISTED)
		return a->lo == b->lo;
	return a->kind != EL_NUMBER || (a->lo <= b->hi && b->lo <= a->hi);
}

/* Walks both rows at once; is there a line that both take to their ends? */
static bool
collide(const struct syntax *a, const struct syntax *b)
{
	bool *seen = xcalloc(SYNTAX_MAX * SYNTAX_MAX, sizeof(*seen));
	size_t *todo = xcalloc(PAIRS_MAX, sizeof(*todo)), n = 0;
	uint64_t fa = a->first, fb = b->first;
	bool hit = false;

	for (;;) {
		for (size_t i = 0; i < a->n && !hit; i++)
			for (size_t k = 0; k < b->n; k++) {
				if (!(fa >> i & 1) || !(fb >> k & 1) || seen[i * SYNTAX_MAX + k] ||
				    !same_place(&a->el[i], &b->el[k]))
					continue;
				seen[i * SYNTAX_MAX + k] = true;
				todo[n++] = i * SYNTAX_MAX + k;
				hit |= (a->last >> i & 1) && (b->last >> k & 1);
			}
		if (hit || n == 0)
			break;
		n--;
		fa = a->el[todo[n] / SYNTAX_MAX].follow;
		fb = b->el[todo[n] % SYNTAX_MAX].follow;
	}
	free(seen);
	free(todo);
	return hit;
}

static size_t
check_row(const struct cmd *c, struct text *faults)
{
	struct syntax *s = xmalloc(sizeof(*s));
	size_t n, len, found = 0;

	syntax_parse(s, c->syntax);
	if (s->bad) {
		text_printf(faults, "malformed: %s\n", c->syntax);
		found++;
	}
	if (c->modes == 0 || c->run == NULL) {
		text_printf(faults, "no mode or nothing to run: %s\n", c->syntax);
		found++;
	}
	for (n = 0; n < s->n; n++) {
		help_line(c->help, n, &len);
		if (len == 0) {
			text_printf(faults, "no help for %.*s: %s\n", (int)s->el[n].len, s->el[n].text, c->syntax);
			found++;
		}
	}
	help_line(c->help, n, &len);
	if (len != 0) {
		text_printf(faults, "more help than words: %s\n", c->syntax);
		found++;
	}
	free(s);
	return found;
}

/* One exists only with `no` in front, the other never. */
static bool
apart(const struct cmd *x, const struct cmd *y)
{
	return ((x->flags & CMD_NO_ONLY) != 0 && (y->flags & (CMD_NO | CMD_NO_ONLY)) == 0) ||
	    ((y->flags & CMD_NO_ONLY) != 0 && (x->flags & (CMD_NO | CMD_NO_ONLY)) == 0);
}

static size_t
check_pair(const struct cmd *x, const struct cmd *y, struct text *faults)
{
	size_t w = strcspn(x->syntax, " ");
	struct syntax *a, *b;
	bool hit;

	if ((x->modes & y->modes) == 0 || strcspn(y->syntax, " ") != w || strncmp(x->syntax, y->syntax, w) != 0)
		return 0;
	if (apart(x, y))
		return 0;
	a = xmalloc(sizeof(*a));
	b = xmalloc(sizeof(*b));
	syntax_parse(a, x->syntax);
	syntax_parse(b, y->syntax);
	hit = collide(a, b);
	if (hit)
		text_printf(faults, "two rows take the same words: %s / %s\n", x->syntax, y->syntax);
	free(a);
	free(b);
	return hit;
}

size_t
grammar_check(struct text *faults)
{
	const struct cmd *x, *y;
	size_t found = 0;

	for (size_t i = 0; (x = grammar_row(i)) != NULL; i++) {
		found += check_row(x, faults);
		for (size_t k = i + 1; (y = grammar_row(k)) != NULL; k++)
			found += check_pair(x, y, faults);
	}
	return found;
}
