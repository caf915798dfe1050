/* --update: what written lines become. */

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "shell/transcript_line.h"
#include "shell/transcript_run.h"

void
transcript_quote(const struct transcript *t, const char *line, size_t indent, struct text *out)
{
	bool caret = strcmp(skip_blanks(line), "^") == 0;

	if (!line_is_plain(t, line))
		text_addc(out, '\\');
	else if (caret || !t->opt.exact)
		text_printf(out, "%*s", (int)indent, "");
	text_printf(out, "%.*s\n", (int)(t->opt.exact ? strlen(line) : length_without_blanks(line)), line);
}

/* What stands at the end of the written line behind ` <---` stays there, or gets a line of its own. */
static void
add_annotation(const char *written, struct text *line)
{
	const char *mark = line_annotation(written);

	if (mark == NULL)
		return;
	if (*text_str(line) == '\\') {
		text_printf(line, "!--- %s\n", skip_blanks(skip_blanks(mark) + strlen("<---")));
		return;
	}
	line->len--;
	text_printf(line, "%s\n", mark);
}

/* text: the written line's, without its head. */
static void
add_reworded(struct run *r, const char *text, const char *came, size_t indent, struct text *out)
{
	char *line = holes_reword(text, came, r->t->opt.exact, &r->t->kept);

	if (line != NULL && r->t->opt.exact)
		text_printf(out, "%s\n", line);
	else if (line != NULL)
		text_printf(out, "%*s%.*s\n", (int)indent, "", (int)length_without_blanks(line), line);
	else
		transcript_quote(r->t, came, indent, out);
	free(line);
}

/* A line with a log time keeps the time that is written. */
static void
add_logged(struct run *r, const struct tr_line *l, const char *body, struct text *out)
{
	char *line = holes_reword(l->text, body, r->t->opt.exact, &r->t->kept);

	text_printf(out, "%s%s\n", l->head != NULL ? l->head : "", line != NULL ? line : body);
	free(line);
}

void
rewrite_output(struct run *r, const struct tr_want *w, const char *came, size_t indent)
{
	const struct tr_line *l = w->line;
	size_t head = l->kind == TR_LOG && l->stamp != NULL ? transcript_head(r->t, came) : 0;
	struct text line = {0};

	if (head > 0)
		add_logged(r, l, came + head, &line);
	else
		add_reworded(r, l->text, came, indent, &line);
	add_annotation(r->t->file[l->no - 1], &line);
	result_edit(r->result, l->no, 1, text_str(&line));
	text_free(&line);
}

void
rewrite_insert(struct run *r, size_t before, size_t indent, char **came, size_t n)
{
	struct text lines = {0};

	for (size_t i = 0; i < n; i++)
		transcript_quote(r->t, came[i], indent, &lines);
	if (n > 0)
		result_edit(r->result, before, 0, text_str(&lines));
	text_free(&lines);
}

/* An annotation at the end of a line that goes stays. */
void
rewrite_delete(struct run *r, const struct tr_line *l)
{
	const char *mark = line_annotation(r->t->file[l->no - 1]);
	char *line = mark == NULL ? xstrdup("") : xasprintf("!--- %s\n", skip_blanks(skip_blanks(mark) + strlen("<---")));

	result_edit(r->result, l->no, 1, line);
	free(line);
}

void
rewrite_message(struct run *r, const struct tr_want *want, size_t n, const char *body)
{
	size_t ncame, i;
	char **came = lines_split(body, &ncame, false);
	struct text line = {0};

	for (i = 0; i < ncame; i++) {
		const struct tr_line *l = i < n ? want[i].line : NULL;

		text_clear(&line);
		if (i == 0)
			add_logged(r, l, skip_blanks(came[i]), &line);
		else if (l != NULL)
			add_reworded(r, l->text, came[i], 0, &line);
		else
			transcript_quote(r->t, came[i], 0, &line);
		if (l != NULL)
			add_annotation(r->t->file[l->no - 1], &line);
		result_edit(r->result, l != NULL ? l->no : want[n - 1].line->no + 1, l != NULL, text_str(&line));
	}
	for (; i < n; i++)
		rewrite_delete(r, want[i].line);
	text_free(&line);
	lines_free(came, ncame);
}
