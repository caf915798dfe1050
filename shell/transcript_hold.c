/* What is written below a command: log lines and bare prompts held one by one, output as a whole; and the verdict. */

#include <stdlib.h>
#include <string.h>

#include "engine/router.h"
#include "lib/clock.h"
#include "lib/mem.h"
#include "shell/transcript_run.h"

static void
want_add(struct below *b, const struct tr_line *l, bool as_show)
{
	b->out[b->nout++] = (struct tr_want){l, as_show};
}

/* A log line at i: how many lines its message took. */
static size_t
log_line(struct run *r, struct below *b, const struct step *st, size_t i)
{
	size_t n = 0;

	if (r->current == NULL || r->current->node == NULL) {
		text_printf(&r->faults, "\\ a log line needs the prompt of a router above it: %s\n", r->t->lines[i].text);
		return 1;
	}
	for (size_t k = i; k < st->end && (k == i || (r->t->lines[k].kind == TR_OUTPUT && !b->used[k - st->first])); k++)
		b->slice[n++] = (struct tr_want){&r->t->lines[k], false};
	b->above = ABOVE_LOG;
	return log_hold(r, r->current, b->slice, n);
}

static void
omission(struct run *r, struct below *b, const struct tr_line *l)
{
	if (b->above != ABOVE_OUTPUT && r->current != NULL)
		r->current->omitted = true;
	if (b->above != ABOVE_LOG)
		want_add(b, l, false);
}

static void
bare(struct run *r, struct below *b, const struct tr_line *l)
{
	b->above = ABOVE_BARE;
	b->show = false;
	r->current = console_find(r, l->node);
	if (r->current == NULL)
		text_printf(&r->faults, "-%s%s\n\\ no node and no present hostname is called so\n", l->node, l->tail);
	else
		prompt_hold(r, r->current, l);
}

void
below_hold(struct run *r, struct below *b, const struct step *st)
{
	for (size_t i = st->first + st->typed; i < st->end;) {
		const struct tr_line *l = &r->t->lines[i];

		if (b->used[i - st->first]) {
			i++;
		} else if (l->kind == TR_LOG && !b->show) {
			i += log_line(r, b, st, i);
		} else {
			if (l->kind == TR_BARE)
				bare(r, b, l);
			else if (l->kind == TR_OMIT)
				omission(r, b, l);
			else {
				want_add(b, l, b->show);
				b->above = ABOVE_OUTPUT;
			}
			i++;
		}
	}
}

/* Output that does not fit: between two lines that do stand others, written ones and ones that came. */
struct gap {
	size_t	 i, iend;	/* written, below->out[i..iend) */
	size_t	 j, jend;	/* came */
	size_t	 line;		/* of the file, where what is written last above it ends */
};

static bool
gap_omits(const struct below *b, const struct gap *g)
{
	for (size_t i = g->i; i < g->iend; i++)
		if (b->out[i].line->kind == TR_OMIT)
			return true;
	return false;
}

static void
gap_diff(const struct run *r, const struct below *b, const struct gap *g, char **came, struct text *diff)
{
	bool omits = gap_omits(b, g), amiss = false;

	for (size_t i = g->i; i < g->iend; i++) {
		const struct tr_line *l = b->out[i].line;

		amiss |= l->kind != TR_OMIT;
		text_printf(diff, "%c%s\n", l->kind == TR_OMIT ? ' ' : '-', r->t->file[l->no - 1]);
	}
	/* An omission takes what stands around it, unless a line there is missing. */
	for (size_t j = g->j; j < g->jend && (!omits || amiss); j++)
		text_printf(diff, "+%s\n", came[j]);
}

/* Written lines before an omission become the first that came, those behind it the last; without one, each its like. */
static void
gap_rewrite(struct run *r, const struct below *b, const struct gap *g, char **came)
{
	size_t first = g->i, last = g->iend, j = g->j, jend = g->jend, line = g->line, indent = b->prompt.indent;

	for (; first < g->iend && b->out[first].line->kind != TR_OMIT; first++) {
		line = b->out[first].line->no + 1;
		if (j < jend)
			rewrite_output(r, &b->out[first], came[j++], indent);
		else
			rewrite_delete(r, b->out[first].line);
	}
	for (; last > first && b->out[last - 1].line->kind != TR_OMIT; last--) {
		if (j < jend)
			rewrite_output(r, &b->out[last - 1], came[--jend], indent);
		else
			rewrite_delete(r, b->out[last - 1].line);
	}
	if (first == last)
		rewrite_insert(r, line, indent, came + j, jend - j);
	for (; first < last; first++)
		if (b->out[first].line->kind != TR_OMIT)
			rewrite_delete(r, b->out[first].line);
}

static void
gap_tell(struct run *r, const struct below *b, const struct gap *g, char **came, struct text *diff)
{
	gap_diff(r, b, g, came, diff);
	if (r->o->update)
		gap_rewrite(r, b, g, came);
}

/* What differs, gap by gap. */
static void
output_diff(struct run *r, const struct below *b, char **came, size_t ncame, const long *which, size_t first, struct text *diff)
{
	struct gap g = {.line = first};

	for (size_t i = 0; i < b->nout; i++) {
		const struct tr_line *l = b->out[i].line;

		if (which[i] < 0)
			continue;
		g.iend = i;
		g.jend = (size_t)which[i] > g.j ? (size_t)which[i] : g.j;
		gap_tell(r, b, &g, came, diff);
		text_printf(diff, " %s\n", r->t->file[l->no - 1]);
		g = (struct gap){.i = i + 1, .j = (size_t)which[i] + 1, .line = l->no + 1};
	}
	g.iend = b->nout;
	g.jend = ncame;
	gap_tell(r, b, &g, came, diff);
}

static void
output_hold(struct run *r, const struct below *b, const char *out, size_t first, struct text *diff)
{
	size_t ncame;
	char **came = lines_split(out, &ncame, false);
	long *which = xcalloc(b->nout + 1, sizeof(*which));

	if (!output_match(r->t, b->out, b->nout, came, ncame, &b->prompt, &r->t->kept)) {
		output_align(r->t, b->out, b->nout, came, ncame, &b->prompt, &r->t->kept, which);
		output_diff(r, b, came, ncame, which, first, diff);
	}
	free(which);
	lines_free(came, ncame);
}

/* The line of the file below the command and its questions. */
static size_t
first_line(const struct run *r, const struct below *b, const struct step *st)
{
	size_t i = st->first + 1;

	while (i < st->end && b->used[i - st->first])
		i++;
	return r->t->lines[i - 1].no + 1;
}

void
below_verdict(struct run *r, struct below *b, const struct step *st, struct console *c)
{
	const struct tr_line *l = &r->t->lines[st->first];
	struct text diff = {0};

	if (c != NULL || !st->typed) {
		b->prompt.gap = l->gap;
		b->prompt.indent = l->indent;
		b->prompt.written = st->typed ? strlen(l->node) + strlen(l->tail) : 0;
		output_hold(r, b, c != NULL ? text_str(&c->out) : "", first_line(r, b, st), &diff);
	}
	text_add(&diff, text_str(&r->faults));
	if (diff.len > 0)
		result_failure(r->result, l->no, r->command != NULL ? r->command : "(before the first command)", text_str(&diff));
	text_free(&diff);
}
