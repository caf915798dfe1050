/* Output filters: the text behind `|` parsed, and lines let through by it. */

#include "shell/filter.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"
#include "shell/help.h"
#include "shell/iosre.h"
#include "shell/syntax.h"

enum filter_kind { F_APPEND, F_BEGIN, F_COUNT, F_EXCLUDE, F_INCLUDE, F_REDIRECT, F_SECTION, F_TEE };

static const struct { const char *word; enum filter_kind kind; const char *help; } words[] = {
	{ "append", F_APPEND, "Add the output to the end of a file" },
	{ "begin", F_BEGIN, "From the first line that matches" },
	{ "count", F_COUNT, "Only how many lines match" },
	{ "exclude", F_EXCLUDE, "Lines that do not match" },
	{ "include", F_INCLUDE, "Lines that match" },
	{ "redirect", F_REDIRECT, "Write the output to a file" },
	{ "section", F_SECTION, "Lines that match, with the lines indented under them" },
	{ "tee", F_TEE, "Write the output to a file, and here" },
};
#define NWORDS	(sizeof(words) / sizeof(words[0]))

static const struct { const char *word; const char *help; } section_words[] = {
	{ "exclude", "All but the sections that match" },
	{ "include", "The sections that match" },
};

static const char re_help[] = "Regular expression", file_help[] = "A file: flash:NAME", add_help[] = "Add to its end";

struct filter {
	enum filter_kind kind;
	struct iosre	*re;
	bool		 negate;	/* section exclude */
	char		*file;
	bool		 append;	/* tee /append */
	/* While it runs. */
	struct text	*out;
	bool		 begun, inside;
	size_t		 indent;
	uint64_t	 count;
};

static enum filter_error
find_word(const struct token *t, size_t *index)
{
	size_t found = 0;

	for (size_t i = 0; i < NWORDS; i++)
		if (word_prefix(t, words[i].word, strlen(words[i].word))) {
			*index = i;
			found++;
		}
	return found == 1 ? FILTER_OK : found == 0 ? FILTER_INVALID : FILTER_AMBIGUOUS;
}

/* `section include RE`: the words count as such only when an expression follows. */
static bool
section_word(struct filter *f, const char **p, const char *end)
{
	const char *q = *p, *behind;
	struct token t, next;

	if (!token_next(&q, end, false, &t))
		return false;
	behind = q;
	if (!token_next(&behind, end, false, &next))
		return false;
	for (size_t i = 0; i < 2; i++)
		if (word_prefix(&t, section_words[i].word, 7)) {
			f->negate = i == 0;
			*p = q;
			return true;
		}
	return false;
}

static bool
has_file(enum filter_kind k)
{
	return k == F_APPEND || k == F_REDIRECT || k == F_TEE;
}

static enum filter_error
take_file(struct filter *f, const char *spec, const char *p, const char *end, size_t *bad)
{
	struct token t, more;

	f->append = f->kind == F_APPEND;
	if (!token_next(&p, end, false, &t))
		return FILTER_INCOMPLETE;
	if (f->kind == F_TEE && t.len > 1 && word_prefix(&t, "/append", 7)) {
		f->append = true;
		if (!token_next(&p, end, false, &t))
			return FILTER_INCOMPLETE;
	}
	if (token_next(&p, end, false, &more)) {
		*bad = (size_t)(more.p - spec);
		return FILTER_INVALID;
	}
	f->file = xstrndup(t.p, t.len);
	return FILTER_OK;
}

const char *
filter_file(const struct filter *f, bool *append)
{
	*append = f->append;
	return f->file;
}

enum filter_error
filter_new(const char *spec, struct filter **out, size_t *bad)
{
	const char *end = spec + strlen(spec), *p = spec, *why;
	struct filter f = { 0 };
	struct token t;
	enum filter_error e;
	size_t i = 0, n;
	char *re;

	*bad = 0;
	if (!token_next(&p, end, false, &t))
		return FILTER_INCOMPLETE;
	*bad = (size_t)(t.p - spec);
	if ((e = find_word(&t, &i)) != FILTER_OK)
		return e;
	f.kind = words[i].kind;
	if (has_file(f.kind)) {
		if ((e = take_file(&f, spec, p, end, bad)) == FILTER_OK)
			*out = xmemdup(&f, sizeof(f));
		return e;
	}
	if (f.kind == F_SECTION)
		section_word(&f, &p, end);
	while ((n = space_len(p, end)) > 0)
		p += n;
	if (p == end)
		return FILTER_INCOMPLETE;
	re = xstrndup(p, (size_t)(end - p));
	f.re = iosre_new(re, &why);
	free(re);
	if (f.re == NULL)
		return FILTER_BAD_RE;
	*out = xmemdup(&f, sizeof(f));
	return FILTER_OK;
}

void
filter_free(struct filter *f)
{
	if (f == NULL)
		return;
	iosre_free(f->re);
	free(f->file);
	free(f);
}

/* A section is a line that matches and the lines below it that are indented deeper. */
static bool
section_takes(struct filter *f, const char *line)
{
	size_t indent = strspn(line, " ");

	if (f->inside && indent > f->indent && line[indent] != '\0')
		return true;
	f->inside = iosre_search(f->re, line);
	f->indent = indent;
	return f->inside;
}

static bool
filter_takes(struct filter *f, const char *line)
{
	switch (f->kind) {
	case F_BEGIN:
		f->begun = f->begun || iosre_search(f->re, line);
		return f->begun;
	case F_EXCLUDE:
		return !iosre_search(f->re, line);
	case F_INCLUDE:
		return iosre_search(f->re, line);
	case F_SECTION:
		return section_takes(f, line) != f->negate;
	case F_COUNT:
		f->count += iosre_search(f->re, line);
		return false;
	case F_TEE:
		return true;
	case F_APPEND:
	case F_REDIRECT:
		return false;
	}
	return false;
}

static void
filter_line(void *arg, const char *line, size_t len)
{
	struct filter *f = arg;

	if (filter_takes(f, line)) {
		text_addn(f->out, line, len);
		text_addc(f->out, '\n');
	}
}

void
filter_run(struct filter *f, const char *text, struct text *out)
{
	f->out = out;
	f->begun = f->inside = false;
	f->count = 0;
	text_lines(text, filter_line, f);
	if (f->kind == F_COUNT)
		text_printf(out, "Number of lines which match regexp = %llu\n", (unsigned long long)f->count);
}

/* ---- help ---- */

static void
help_words(const struct token *t, struct text *out)
{
	struct help h = { 0 };

	for (size_t i = 0; i < NWORDS; i++)
		if (t == NULL || word_prefix(t, words[i].word, strlen(words[i].word)))
			help_add(&h, words[i].word, strlen(words[i].word), words[i].help, strlen(words[i].help));
	if (t == NULL)
		help_list(&h, NULL, out);
	else
		help_words_only(&h, out);
	help_free(&h);
}

void
filter_help(const char *spec, struct text *out)
{
	const char *end = spec + strlen(spec), *p = spec;
	struct help h = { 0 };
	struct token t;
	size_t i = 0;

	if (!token_next(&p, end, false, &t)) {
		help_words(NULL, out);
		return;
	}
	if (p == end) {
		help_words(&t, out);
		return;
	}
	if (find_word(&t, &i) != FILTER_OK) {
		text_add(out, "% Unrecognized command\n");
		return;
	}
	if (has_file(words[i].kind)) {
		help_add(&h, "WORD", 4, file_help, strlen(file_help));
		if (words[i].kind == F_TEE && !token_next(&p, end, false, &t))
			help_add(&h, "/append", 7, add_help, strlen(add_help));
	} else
		help_add(&h, "LINE", 4, re_help, strlen(re_help));
	if (words[i].kind == F_SECTION && !token_next(&p, end, false, &t))
		for (size_t k = 0; k < 2; k++)
			help_add(&h, section_words[k].word, 7, section_words[k].help, strlen(section_words[k].help));
	help_list(&h, NULL, out);
	help_free(&h);
}

char *
filter_complete(const char *spec)
{
	const char *end = spec + strlen(spec), *p = spec;
	struct token t;
	size_t i;

	if (!token_next(&p, end, false, &t) || p != end || find_word(&t, &i) != FILTER_OK)
		return NULL;
	return xasprintf("%s ", words[i].word + t.len);
}
