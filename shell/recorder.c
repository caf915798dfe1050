/*
 * A transcript of what is typed and seen.  Output that would be read as something else (a prompt, an
 * omission, a log line) is marked with a backslash; a message goes under a bare prompt of its router
 * unless it stands under a command typed there that is no show command.
 */

#include "shell/recorder.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/lab.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/console.h"

struct recorder {
	FILE		*f;
	bool		 fenced;	/* Markdown */
	struct console	*at;		/* whose prompt stands last in the file */
	bool		 show;		/* under a show command */
	struct text	 part;		/* a line of output not yet whole */
};

static bool
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n >= k && strcmp(s + n - k, end) == 0;
}

struct recorder *
recorder_new(const char *path, const char *topology, struct lab *lab, const char **why)
{
	struct recorder *r = xcalloc(1, sizeof(*r));
	struct civil c;

	if ((r->f = fopen(path, "w")) == NULL) {
		*why = strerror(errno);
		free(r);
		return NULL;
	}
	r->fenced = ends_with(path, ".md");
	civil_from_ns(clock_now(lab_clock(lab)), &c);
	fprintf(r->f, "---\ntopology: %s\nseed: %llu\nstart: %04d-%02d-%02dT%02d:%02d:%02d\nclock: %s\n---\n", topology,
	    (unsigned long long)lab_seed(lab), c.year, c.month, c.day, c.hour, c.minute, c.second,
	    clock_is_virtual(lab_clock(lab)) ? "virtual" : "real");
	if (r->fenced)
		fputs("\n```console\n", r->f);
	return r;
}

static void
flush_part(struct recorder *r)
{
	if (r->part.len > 0)
		fprintf(r->f, "%s\n", text_str(&r->part));
	text_clear(&r->part);
}

void
recorder_free(struct recorder *r)
{
	if (r == NULL)
		return;
	flush_part(r);
	if (r->fenced)
		fputs("```\n", r->f);
	fclose(r->f);
	text_free(&r->part);
	free(r);
}

void
recorder_typed(struct recorder *r, struct console *c, const char *prompt, const char *line, enum input_kind kind)
{
	if (r == NULL || (c->node == NULL && strncmp(line, "conn", 4) == 0))	/* a prompt says where one is */
		return;
	flush_part(r);
	if (line[0] == '\x1a' || line[0] == '\x03')
		line = line[0] == '\x1a' ? "^Z" : "^C";
	fprintf(r->f, "%s%s\n", prompt, kind == INPUT_PASSWORD ? "" : line);
	if (kind == INPUT_COMMAND) {
		r->at = c;
		r->show = grammar_is_show(c->session->mode, c->session->privilege, line);
	}
	fflush(r->f);
}

/* Would the line be taken for a prompt? */
static bool
like_prompt(const char *s)
{
	size_t n = strcspn(s, "#> \t");

	return n > 0 && (s[n] == '#' || s[n] == '>') && isalnum((unsigned char)s[0]);
}

static bool
like_log(const char *s)
{
	if (*s == '%')
		return strstr(s, ": ") != NULL && strchr(s, '-') != NULL && isupper((unsigned char)s[1]);
	s += strspn(s, "*.");
	return (isdigit((unsigned char)s[0]) && strchr(s, ':') != NULL) ||
	    (isupper((unsigned char)s[0]) && strlen(s) > 15 && s[3] == ' ' && strchr(s, ':') != NULL);
}

static bool
wants_mark(const struct recorder *r, const char *s)
{
	s += strspn(s, " \t");
	if (*s == '\\' || strncmp(s, "!--", 3) == 0 || strncmp(s, "```", 3) == 0)
		return true;
	if (strcmp(s, "...") == 0 || strcmp(s, "[...]") == 0 || strcmp(s, "(omitted)") == 0 || strcmp(s, "(snip)") == 0)
		return true;
	return like_prompt(s) || (!r->show && like_log(s));
}

static void
output_line(struct recorder *r)
{
	const char *s = text_str(&r->part);

	fprintf(r->f, "%s%s\n", wants_mark(r, s) ? "\\" : "", s);
	text_clear(&r->part);
}

void
recorder_output(struct recorder *r, struct console *c, const char *p, size_t n)
{
	(void)c;
	for (size_t i = 0; r != NULL && i < n; i++) {
		if (p[i] == '\n')
			output_line(r);
		else
			text_addc(&r->part, p[i]);
	}
}

void
recorder_log(struct recorder *r, struct console *c, const char *text)
{
	size_t n = strlen(text);
	char *prompt;

	if (r == NULL)
		return;
	if (r->at != c || r->show) {
		prompt = session_prompt(c->session);
		fprintf(r->f, "%s\n", prompt);
		free(prompt);
		r->at = c;
		r->show = false;
	}
	fprintf(r->f, "%s%s", text, n > 0 && text[n - 1] == '\n' ? "" : "\n");
	fflush(r->f);
}
