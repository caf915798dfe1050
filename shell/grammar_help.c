/* `?`: what may stand at the end of a line, read off the walk. */

#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "shell/alias.h"
#include "shell/filter.h"
#include "shell/grammar.h"
#include "shell/help.h"
#include "shell/privilege.h"
#include "shell/session.h"
#include "shell/syntax.h"

struct gather {
	const struct walk *w;
	struct help	 h;
	const struct token *part;	/* the word begun; NULL = none */
	bool		 keywords;	/* only those */
};

static void
gather_interface(struct gather *g)
{
	for (const struct if_type *t = if_types; t->name != NULL; t++)
		if (g->part == NULL || word_prefix(g->part, t->name, strlen(t->name)))
			help_add(&g->h, t->name, strlen(t->name), t->help, strlen(t->help));
}

/* Could the word begun still become this parameter? */
static bool
may_become(const struct element *e, const struct token *part)
{
	bool half;

	if (e->kind == EL_NUMBER) {
		struct element wide = *e;

		wide.lo = 0;
		return element_fits(&wide, part, &half);
	}
	return element_fits(e, part, &half) || strspn(part->p, "0123456789./:abcdefABCDEF") >= part->len;
}

/* A number, or one of the list's words. */
static void
gather_listed(struct gather *g, const struct element *e, const char *help, size_t n)
{
	static const char *const ranges[] = {
		[LISTED_TCP] = "<0-65535>", [LISTED_UDP] = "<0-65535>", [LISTED_ICMP] = "<0-255>", [LISTED_DSCP] = "<0-63>",
		[LISTED_PRECEDENCE] = "<0-7>", [LISTED_TOS] = "<0-15>",
	};
	const char *word;

	if (!g->keywords && (g->part == NULL || strspn(g->part->p, "0123456789") >= g->part->len))
		help_add(&g->h, ranges[e->lo], strlen(ranges[e->lo]), help, n);
	for (size_t i = 0; (word = listed_word(e, i)) != NULL; i++)
		if (g->part == NULL || word_prefix(g->part, word, strlen(word)))
			help_add(&g->h, word, strlen(word), help, n);
}

static void
gather_element(void *arg, struct walk_row *r, size_t i, const struct element *e)
{
	struct gather *g = arg;
	size_t n;
	const char *help = help_line(r->cmd->help, i, &n);

	if (walk_hidden(g->w, r))
		return;
	if (e->kind == EL_KEYWORD) {
		if (g->part == NULL || word_prefix(g->part, e->text, e->len))
			help_add(&g->h, e->text, e->len, help, n);
	} else if (e->kind == EL_IFNAME)
		gather_interface(g);
	else if (e->kind == EL_LISTED)
		gather_listed(g, e, help, n);
	else if (!g->keywords && (g->part == NULL || may_become(e, g->part))) {
		if (e->kind == EL_STRING)
			help_add(&g->h, "WORD", 4, help, n);
		else
			help_add(&g->h, e->text, e->len, help, n);
	}
}

/* An interface's type stands there, its number is missing. */
static void
gather_half(struct walk *w, struct gather *g)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->rows[i].half != 0) {
			help_add(&g->h, "<0-65535>", 9, "Number of the interface, as 0 or 0/0", 36);
			return;
		}
}

static void
gather_ends(struct walk *w, struct gather *g)
{
	size_t n;

	if (walk_accepting(w, &n) == NULL)
		return;
	for (size_t i = 0; i < w->n; i++)
		if ((w->rows[i].cmd->flags & CMD_SHOW) && walk_row_accepts(w, &w->rows[i]))
			help_add(&g->h, "|", 1, "Output filters", 14);
	help_add(&g->h, "<cr>", 4, "", 0);
}

static void
gather_front(struct walk *w, struct gather *g)
{
	if (!walk_takes_no(w))
		return;
	if (g->part == NULL || word_prefix(g->part, "no", 2))
		help_add(&g->h, "no", 2, "Negate a command or set its defaults", 36);
	if (mode_is_config(w->mode) && (g->part == NULL || word_prefix(g->part, "default", 7)))
		help_add(&g->h, "default", 7, "Set a command to its defaults", 29);
}

static void
help_next(struct walk *w, struct text *out)
{
	struct gather g = { .w = w };

	gather_front(w, &g);
	walk_next(w, gather_element, &g);
	gather_half(w, &g);
	gather_ends(w, &g);
	if (g.h.n == 0)
		text_add(out, "% Unrecognized command\n");
	else
		help_list(&g.h, w->started || w->no || w->dflt ? NULL : mode_info(w->mode)->heading, out);
	help_free(&g.h);
}

/* `sh?` */
static void
help_word(struct walk *w, const struct token *part, struct text *out)
{
	struct gather g = { .w = w, .part = part, .keywords = true };

	gather_front(w, &g);
	walk_next(w, gather_element, &g);
	if (g.h.n > 0) {
		help_words_only(&g.h, out);
		help_free(&g.h);
		return;
	}
	g.keywords = false;
	walk_next(w, gather_element, &g);
	gather_half(w, &g);
	if (g.h.n == 0)
		text_add(out, "% Unrecognized command\n");
	else
		help_list(&g.h, NULL, out);
	help_free(&g.h);
}

/* Where the last word begins, or the end when blanks stand behind it. */
static const char *
last_word(const char *line, const char *end)
{
	const char *p = line, *start = end;
	struct token t;

	while (token_next(&p, end, false, &t))
		start = p == end ? t.p : end;
	return start;
}

/* The LINE that a row is in. */
static bool
line_of(struct walk_row *r, const char **help, size_t *n)
{
	const struct syntax *s;

	if (r->at == 0)
		return false;
	s = walk_row_syntax(r);
	for (uint64_t m = r->at; m != 0; m &= m - 1)
		if (s->el[__builtin_ctzll(m)].kind == EL_LINE) {
			*help = help_line(r->cmd->help, (size_t)__builtin_ctzll(m), n);
			return true;
		}
	return false;
}

static void
help_line_rest(struct walk *w, struct text *out)
{
	for (size_t i = 0; i < w->n; i++) {
		struct help h = { 0 };
		const char *text;
		size_t n;

		if (!line_of(&w->rows[i], &text, &n))
			continue;
		help_add(&h, "LINE", 4, text, n);
		help_add(&h, "<cr>", 4, "", 0);
		help_list(&h, NULL, out);
		help_free(&h);
		return;
	}
}

static void
grammar_help_under(enum mode mode, unsigned privilege, const struct cfg_privileges *rules, const char *line, struct text *out)
{
	const char *end = line + strlen(line), *word = last_word(line, end), *p = word;
	struct token part;
	struct walk w;
	enum step st;

	walk_init(&w, mode, privilege, rules);
	st = walk_line(&w, line, word);
	if (st == STEP_AMBIGUOUS)
		text_printf(out, "%% Ambiguous command:  \"%s\"\n", line);
	else if (st == STEP_NONE)
		text_add(out, "% Unrecognized command\n");
	else if (w.filter != NULL)
		filter_help(w.filter, out);
	else if (w.line_taken)
		help_line_rest(&w, out);
	else if (token_next(&p, end, false, &part)) {
		if (*part.p == '|' && walk_accepting(&w, NULL) != NULL)
			filter_help(part.p + 1, out);
		else
			help_word(&w, &part, out);
	} else
		help_next(&w, out);
	walk_fini(&w);
}

void
grammar_help(enum mode mode, unsigned privilege, const char *line, struct text *out)
{
	grammar_help_under(mode, privilege, NULL, line, out);
}

void
grammar_help_for(const struct session *s, const char *line, struct text *out)
{
	char *other = alias_expand(s, line);
	struct text aliases = { 0 }, words = { 0 };

	/* The name alone may be the beginning of other words. */
	if (other != NULL && strpbrk(line, " \t") == NULL) {
		free(other);
		other = NULL;
	}
	alias_help(s, line, &aliases);
	grammar_help_under(s->mode, s->privilege, privileges_of(s), other != NULL ? other : line, &words);
	text_add(out, text_str(&aliases));
	if (aliases.len > 0 && *text_str(&words) == '%')
		text_add(out, "\n\n");
	else
		text_add(out, text_str(&words));
	text_free(&aliases);
	text_free(&words);
	free(other);
}
