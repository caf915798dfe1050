/*
 * A transcript of what is typed and seen.  Output that would be read as something else (a prompt, an
 * omission, a log line) is marked with a backslash; a message goes under a bare prompt of its router
 * unless it stands under a command typed there that is no show command.  It is written when it comes, also
 * where its console is not the one connected to: only so it stands below the command that it follows.
 */

#include "shell/recorder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/lab.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/console.h"
#include "shell/mask.h"
#include "shell/transcript.h"
#include "shell/transcript_line.h"

struct recorder {
	FILE		*f;
	struct transcript *lines;	/* knows how lines are read; empty */
	bool		 fenced;	/* Markdown */
	struct console	*at;		/* whose prompt stands last in the file */
	bool		 show;		/* under a show command */
	struct text	 part;		/* a line of output not yet whole */
};

/* Topologies are relative to the transcript. */
static char *
topology_from(const char *path, const char *topology)
{
	char *all = strchr(path, '/') != NULL ? realpath(topology, NULL) : NULL;

	return all != NULL ? all : xstrdup(topology);
}

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
	char *from, *none;
	struct civil c;

	if ((r->f = fopen(path, "w")) == NULL) {
		*why = strerror(errno);
		free(r);
		return NULL;
	}
	r->lines = transcript_read("", "", &none);
	r->fenced = ends_with(path, ".md");
	from = topology_from(path, topology);
	civil_from_ns(clock_now(lab_clock(lab)), &c);
	fprintf(r->f, "---\ntopology: %s\nseed: %llu\nstart: %04d-%02d-%02dT%02d:%02d:%02d\nclock: %s\n---\n", from,
	    (unsigned long long)lab_seed(lab), c.year, c.month, c.day, c.hour, c.minute, c.second,
	    clock_is_virtual(lab_clock(lab)) ? "virtual" : "real");
	free(from);
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

bool
recorder_free(struct recorder *r)
{
	bool whole;

	if (r == NULL)
		return true;
	flush_part(r);
	if (r->fenced)
		fputs("```\n", r->f);
	whole = !ferror(r->f);
	whole = fclose(r->f) == 0 && whole;
	text_free(&r->part);
	transcript_free(r->lines);
	free(r);
	return whole;
}

void
recorder_typed(struct recorder *r, struct console *c, const char *prompt, const char *line, enum input_kind kind)
{
	char *masked;

	if (r == NULL)
		return;
	flush_part(r);
	if (line[0] == '\x1a' || line[0] == '\x03')
		line = line[0] == '\x1a' ? "^Z" : "^C";
	masked = kind == INPUT_PASSWORD ? xstrdup("") : secret_mask_logins(line);
	fprintf(r->f, "%s%s\n", prompt, masked);
	free(masked);
	if (kind == INPUT_COMMAND) {
		r->at = c;
		r->show = grammar_is_show(c->session->mode, c->session->privilege, line);
	}
	fflush(r->f);
}

/* Would the line be read as something else?  Under a show command one with a log time is output. */
static bool
wants_mark(const struct recorder *r, const char *s)
{
	if (strcmp(skip_blanks(s), "^") == 0)
		return false;
	if (r->show) {
		s += transcript_head(r->lines, s);
		s += *s == '%';
	}
	return !line_is_plain(r->lines, s);
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
