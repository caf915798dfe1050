/* Tab: the word begun at the end of a line, finished where only one can be meant. */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/mem.h"
#include "lib/text.h"
#include "shell/alias.h"
#include "shell/filter.h"
#include "shell/grammar.h"
#include "shell/privilege.h"
#include "shell/session.h"
#include "shell/syntax.h"

struct finish {
	const struct walk *w;
	const struct token *part;
	const char	*word;
	size_t		 len;
	bool		 several;
};

static void
finish_with(struct finish *f, const char *word, size_t len)
{
	if (!word_prefix(f->part, word, len))
		return;
	if (f->word != NULL && (f->len != len || strncasecmp(f->word, word, len) != 0))
		f->several = true;
	f->word = word;
	f->len = len;
}

static void
finish_element(void *arg, struct walk_row *r, size_t i, const struct element *e)
{
	(void)i;
	if (walk_hidden(((struct finish *)arg)->w, r))
		return;
	if (e->kind == EL_KEYWORD)
		finish_with(arg, e->text, e->len);
	else if (e->kind == EL_IFNAME)
		for (const struct if_type *t = if_types; t->name != NULL; t++)
			finish_with(arg, t->name, strlen(t->name));
}

static char *
finish_word(struct walk *w, const struct token *part)
{
	struct finish f = { .w = w, .part = part };

	if (walk_takes_no(w)) {
		finish_with(&f, "no", 2);
		if (mode_is_config(w->mode))
			finish_with(&f, "default", 7);
	}
	walk_next(w, finish_element, &f);
	if (f.word == NULL || f.several)
		return NULL;
	return xasprintf("%.*s ", (int)(f.len - part->len), f.word + part->len);
}

static char *
grammar_complete_under(enum mode mode, unsigned privilege, const struct cfg_privileges *rules, const char *line)
{
	const char *end = line + strlen(line), *p = line, *word = end;
	char *more = NULL;
	struct token t;
	struct walk w;

	while (token_next(&p, end, false, &t))
		word = p == end ? t.p : end;
	walk_init(&w, mode, privilege, rules);
	if (walk_line(&w, line, word) == STEP_OK) {
		p = word;
		if (w.filter != NULL)
			more = filter_complete(w.filter);
		else if (!w.line_taken && token_next(&p, end, false, &t))
			more = finish_word(&w, &t);
	}
	walk_fini(&w);
	return more;
}

char *
grammar_complete(enum mode mode, unsigned privilege, const char *line)
{
	return grammar_complete_under(mode, privilege, NULL, line);
}

char *
grammar_complete_for(const struct session *s, const char *line)
{
	char *other = strpbrk(line, " \t") != NULL ? alias_expand(s, line) : NULL;
	char *more = grammar_complete_under(s->mode, s->privilege, privileges_of(s), other != NULL ? other : line);

	free(other);
	return more;
}
