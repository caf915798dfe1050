/*
 * Reading a transcript: which lines of the file are a console's, and whether they may stand where they
 * do.  Nothing is run here; what only a run can tell (whether a command is a show, what it asks) is left to it.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "shell/grammar.h"
#include "shell/session.h"
#include "shell/transcript.h"
#include "shell/transcript_front.h"
#include "shell/transcript_line.h"

#define FILE_MAX	(8u << 20)

static char *
file_read(const char *path, char **why)
{
	FILE *f = fopen(path, "r");
	struct text t = {0};
	char buf[8192];
	size_t n;

	if (f == NULL) {
		*why = xasprintf("%s: %s", path, strerror(errno));
		return NULL;
	}
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0 && t.len < FILE_MAX)
		for (size_t i = 0; i < n; i++)
			text_addc(&t, buf[i] != '\0' ? buf[i] : '?');
	if (ferror(f) || t.len >= FILE_MAX) {
		*why = xasprintf("%s: %s", path, ferror(f) ? strerror(errno) : "larger than 8 MiB");
		fclose(f);
		text_free(&t);
		return NULL;
	}
	fclose(f);
	return t.s == NULL ? xstrdup("") : text_take(&t);
}

/* Markdown: only fenced blocks whose info string begins with `console` count. */
static bool
mark_fences(struct transcript *t, size_t from, char **why)
{
	size_t opened = 0, fence = 0, n;
	bool console = false;
	char mark = 0;
	const char *s;

	for (size_t i = from; i < t->nfile; i++) {
		for (s = t->file[i]; *s == ' ' && s - t->file[i] < 3; s++)
			;
		n = strspn(s, fence ? (char[]){mark, 0} : *s == '~' ? "~" : "`");
		if (fence == 0) {
			if (n >= 3) {
				fence = n;
				mark = *s;
				s += n;
				s += strspn(s, " ");
				console = strncmp(s, "console", 7) == 0;
				opened = i;
			}
		} else if (n >= fence && s[n + strspn(s + n, " \t")] == '\0') {
			fence = 0;
		} else
			t->counts[i] = console;
	}
	if (fence > 0 && console) {
		*why = xasprintf("%s:%zu: this console block is never closed", t->path, opened + 1);
		return false;
	}
	return true;
}

static bool
is_rule(const char *s)
{
	return str_prefix(s, "---") && *skip_blanks(s + 3) == '\0';
}

static bool
front_matter(struct transcript *t, size_t *body, char **why)
{
	struct text y = {0};
	size_t i;
	bool ok;

	*body = 0;
	if (t->nfile == 0 || !is_rule(t->file[0]))
		return true;
	for (i = 1; i < t->nfile && !is_rule(t->file[i]); i++)
		text_printf(&y, "%s\n", t->file[i]);
	if (i == t->nfile) {
		*why = xasprintf("%s:1: the front matter is never closed: expected a second line of ---", t->path);
		text_free(&y);
		return false;
	}
	*body = i + 1;
	ok = front_parse(&t->opt, text_str(&y), t->path, 2, why);
	text_free(&y);
	return ok;
}

static char *
without_returns(const char *s)
{
	struct text t = {0};

	for (s += str_prefix(s, "\xef\xbb\xbf") ? 3 : 0; *s != '\0'; s++)
		if (*s != '\r')
			text_addc(&t, *s);
	return t.s == NULL ? xstrdup("") : text_take(&t);
}

struct transcript *
transcript_read(const char *path, const char *text, char **why)
{
	struct transcript *t = xcalloc(1, sizeof(*t));
	char *plain = without_returns(text);
	size_t body, n = strlen(path);
	struct civil start = {.year = 2015, .month = 3, .day = 13, .hour = 13};
	bool ok;

	t->path = xstrdup(path);
	t->opt = (struct tr_options){.seed = 1, .start_ns = civil_to_ns(&start), .timeout_ns = 120 * NSEC_SEC, .times_ns = -1};
	lines_begin(t);
	t->file = lines_split(plain, &t->nfile, true);
	free(plain);
	t->counts = xcalloc(t->nfile + 1, sizeof(*t->counts));
	ok = front_matter(t, &body, why);
	if (ok && n > 3 && strcasecmp(path + n - 3, ".md") == 0)
		ok = mark_fences(t, body, why);
	else
		for (size_t i = body; i < t->nfile; i++)
			t->counts[i] = true;
	if (!ok) {
		transcript_free(t);
		return NULL;
	}
	return t;
}

struct transcript *
transcript_open(const char *path, char **why)
{
	char *text = file_read(path, why);
	struct transcript *t;

	if (text == NULL)
		return NULL;
	t = transcript_read(path, text, why);
	free(text);
	return t;
}

void
transcript_free(struct transcript *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->n; i++) {
		free(t->lines[i].node);
		free(t->lines[i].tail);
		free(t->lines[i].text);
		free(t->lines[i].head);
		free(t->lines[i].stamp);
		pattern_free(t->lines[i].pattern);
	}
	free(t->lines);
	lines_free(t->file, t->nfile);
	free(t->counts);
	kept_free(&t->kept);
	regfree(&t->head_re);
	regfree(&t->mnemonic_re);
	free(t->opt.topology);
	free(t->path);
	free(t);
}

struct reader {
	struct transcript	*t;
	bool			(*known)(void *, const char *);
	void			*arg;
	char			**why;
	char			*hostnames;	/* names that the transcript gives by `hostname`, each with '\n' */
	const struct tr_line	*current;	/* the last prompt */
	size_t			 no;
	bool			 bad;
};

static bool refuse(struct reader *r, size_t no, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static bool
refuse(struct reader *r, size_t no, const char *fmt, ...)
{
	struct text msg = {0};
	va_list ap;

	if (r->bad)		/* the first fault of a line is the one that is told */
		return false;
	text_printf(&msg, "%s:%zu: ", r->t->path, no);
	va_start(ap, fmt);
	text_vprintf(&msg, fmt, ap);
	va_end(ap);
	*r->why = text_take(&msg);
	r->bad = true;
	return false;
}

static bool
name_known(const struct reader *r, const char *name)
{
	char *line;
	bool found;

	if (strcmp(name, "lab") == 0 || r->known(r->arg, name))
		return true;
	line = xasprintf("\n%s\n", name);
	found = strstr(r->hostnames, line) != NULL;
	free(line);
	return found;
}

static void
name_used(void *arg, const char *name)
{
	struct reader *r = arg;

	if (!r->bad && kept_find(&r->t->kept, name) == NULL)
		refuse(r, r->no, "the name '%s' is used here before any line keeps it", name);
}

/* A name to come, whole and as configuration prompts cut it. */
static void
remember_hostname(struct reader *r, const char *command)
{
	char word[16], name[64], *all;

	if (sscanf(command, "%15s %63s", word, name) != 2 || strlen(word) < 2 || strncasecmp(word, "hostname", strlen(word)) != 0)
		return;
	all = xasprintf("%s%s\n%.*s\n", r->hostnames, name, SESSION_HOST_MAX, name);
	free(r->hostnames);
	r->hostnames = all;
}

static bool
check_command(struct reader *r, const struct tr_line *l)
{
	const char *why;

	r->no = l->no;
	if (!holes_each(l->text, name_used, r, &why))
		return refuse(r, l->no, "%s", why);
	remember_hostname(r, l->text);
	return !r->bad;
}

/* The lab's console logs nothing, but what it shows may begin with a time. */
static bool
logs_here(const struct reader *r)
{
	if (r->current == NULL)
		return false;
	if (strcmp(r->current->node, "lab") != 0)
		return true;
	return r->current->kind == TR_COMMAND && grammar_is_show(MODE_LAB, 15, r->current->text);
}

static bool
check_patterns(struct reader *r, struct tr_line *l)
{
	struct pattern *p;
	const char *why;

	if (l->kind == TR_LOG && l->stamp != NULL && str_prefix(l->stamp, "<<")) {
		if ((p = pattern_new(l->stamp, true, &r->t->kept, &why)) == NULL)
			return refuse(r, l->no, "%s", why);
		pattern_free(p);
	}
	l->pattern = pattern_new(l->text, r->t->opt.exact, &r->t->kept, &why);
	return l->pattern != NULL || refuse(r, l->no, "%s", why);
}

static bool
check_line(struct reader *r, struct tr_line *l)
{
	switch (l->kind) {
	case TR_COMMAND:
		return check_command(r, l);
	case TR_BARE:
		return true;
	case TR_LOG:
		if (!logs_here(r))
			return refuse(r, l->no, "%s", "a log line needs the prompt of a router above it: no router is current here");
		return check_patterns(r, l);
	default:
		if (r->current == NULL)
			return refuse(r, l->no, "expected a prompt and a command above '%s'", r->t->file[l->no - 1]);
		return l->kind != TR_OUTPUT || check_patterns(r, l);
	}
}

static bool
read_line(struct reader *r, size_t i)
{
	struct transcript *t = r->t;
	struct tr_line *l = &t->lines[t->n];
	bool prompt;

	if (!line_read(t, i, l))
		return true;
	t->n++;
	prompt = l->kind == TR_COMMAND || l->kind == TR_BARE;
	if (prompt && !name_known(r, l->node))
		return refuse(r, l->no, "'%s' looks like a prompt, but no node and no hostname is called so", l->node);
	if (!check_line(r, l))
		return false;
	if (prompt)
		r->current = l;
	return true;
}

bool
transcript_parse(struct transcript *t, bool (*known)(void *, const char *), void *arg, char **why)
{
	struct reader r = {.t = t, .known = known, .arg = arg, .why = why, .hostnames = xstrdup("\n")};
	size_t total = 0;
	bool ok = true;

	/* One place for all, so that pointers to lines stay good. */
	for (size_t i = 0; i < t->nfile; i++)
		total += t->counts[i];
	t->lines = xcalloc(total + 1, sizeof(*t->lines));
	for (size_t i = 0; i < t->nfile && ok; i++)
		if (t->counts[i])
			ok = read_line(&r, i);
	if (ok && t->n == 0)
		ok = refuse(&r, 1, "%s", "no command to type: a transcript is prompts with commands (in Markdown: in ```console blocks)");
	free(r.hostnames);
	return ok;
}
