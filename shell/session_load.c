/* Configuration text taken in without a person: what is wrong is reported with its line, the rest stands. */

#include <stdlib.h>
#include <string.h>

#include "engine/router.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds_archive.h"
#include "shell/eem_cli.h"
#include "shell/expected.h"
#include "shell/foreign.h"
#include "shell/session_int.h"
#include "shell/syntax.h"

struct load {
	struct session	 s;
	struct text	 said;
	const char	*rest;		/* behind the line under way */
	size_t		 line, faults;
	size_t		 base;		/* blanks that all lines begin with */
	bool		 headless;	/* the line that began a section was refused */
	char		*head;		/* the line before that is not indented is kept as text: this; NULL = it was known */
	char		*until;		/* a text under it ends with this mark */
	struct foreign_place place;
	bool		 part;
	void		(*report)(void *arg, size_t line, const char *message);
	void		(*kept)(void *arg, size_t line, unsigned kind, const char *text);
	void		*arg;
};

/* The next line, without its end; NULL behind the last. Caller frees. */
static char *
load_next(struct load *l)
{
	size_t n = strcspn(l->rest, "\n");
	char *line;

	if (*l->rest == '\0')
		return NULL;
	line = xstrndup(l->rest, n > 0 && l->rest[n - 1] == '\r' ? n - 1 : n);
	l->rest += n + (l->rest[n] == '\n');
	l->line++;
	return line;
}

/* Is the next line one of a certificate: hexadecimal or `quit`, indented or not? */
static bool
is_digits(const char *line)
{
	size_t n = strcspn(line, "\r\n"), lead = strspn(line, " \t"), digits;

	if (n > lead + 3 && strncmp(line + lead, "quit", 4) == 0)
		return true;
	digits = lead + strspn(line + lead, "0123456789abcdefABCDEF ");
	return n > 0 && (digits >= n || (lead > 0 && line[lead] != '!' && !str_prefix(line + lead, "certificate ")));
}

/* Questions are for a person; text that a command has over several lines stands in the file. */
static char *
load_readline(void *arg, struct session *s, const char *prompt, enum input_kind kind)
{
	struct load *l = arg;

	(void)prompt;
	if (kind != INPUT_TEXT || (s->mode == MODE_CERT_CHAIN && !is_digits(l->rest)))
		return NULL;
	return load_next(l);
}

static void
load_write(void *arg, struct session *s, const char *p, size_t n)
{
	struct load *l = arg;

	(void)s;
	text_addn(&l->said, p, n);
}

static const struct session_io load_io = { .readline = load_readline, .write = load_write };

static void
load_complain(struct load *l, const char *line, size_t at)
{
	struct text wanted = { 0 };
	bool expected = strchr(text_str(&l->said), '^') != NULL && expected_at(l->s.mode, l->s.privilege, line, &wanted);
	char *message;

	while (l->said.len > 0 && l->said.s[l->said.len - 1] == '\n')
		l->said.s[--l->said.len] = '\0';
	message = xasprintf("%s\n%s%s%s", line, text_str(&l->said), expected ? "\n% Expected: " : "", text_str(&wanted));
	text_free(&wanted);
	l->faults++;
	if (l->report != NULL)
		l->report(l->arg, at, message);
	free(message);
}

/* ---- what surrounds a configuration that was taken from a router ---- */

/* A prompt with a command, as a capture of a terminal begins: "R1#show running-config". */
static bool
is_prompt(const char *text)
{
	size_t n = strcspn(text, " #>");

	if (n == 0 || (text[n] != '#' && text[n] != '>'))
		return false;
	text += n + 1;
	text += strspn(text, " ");
	return *text == '\0' || strncmp(text, "sh", 2) == 0 || strncmp(text, "wr", 2) == 0 || strncmp(text, "more ", 5) == 0;
}

static bool
is_noise(const char *text)
{
	static const char *const heads[] = { "Building configuration...", "Current configuration :", "Current configuration:", "Using ", "Load for five secs:",
	    "Time source is " };

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (str_prefix(text, heads[i]))
			return strcmp(heads[i], "Using ") != 0 || strstr(text, " bytes") != NULL;
	return is_prompt(text);
}

/* ---- texts between two marks, and certificates ---- */

static bool
is_certificate_chain(const char *head)
{
	return str_prefix(head, "crypto pki certificate chain") || str_prefix(head, "crypto ca certificate chain");
}

static void
text_end(struct load *l)
{
	free(l->until);
	l->until = NULL;
}

/* The line just kept begins a text: it goes on until its mark comes again.  False: that is nowhere. */
static bool
text_begin(struct load *l, const char *line)
{
	const char *mark = line;

	if (str_prefix(line, "macro name ")) {
		l->until = xstrdup("@");
		return strchr(l->rest, '@') != NULL;
	}
	for (int words = 0; words < 2; words++) {
		mark += strcspn(mark, " ");
		mark += strspn(mark, " ");
	}
	if (*mark == '\0')
		return true;
	l->until = xstrndup(mark, *mark == '^' && mark[1] != '\0' ? 2 : 1);
	if (strstr(mark + strlen(l->until), l->until) == NULL)
		return strstr(l->rest, l->until) != NULL;
	text_end(l);
	return true;
}

/* Hexadecimal, indented or not, until `quit`; anything else at the margin ends it too. */
static bool
certificate_goes_on(struct load *l, const char *raw)
{
	const char *text = raw + strspn(raw, " \t");
	bool quit = strcmp(text, "quit") == 0, in = quit || text > raw || (*text != '\0' && text[strspn(text, "0123456789abcdefABCDEF ")] == '\0');

	if (quit || !in)
		text_end(l);
	return in;
}

/* The line belongs to a text that has begun. */
static bool
text_goes_on(struct load *l, const char *raw)
{
	if (l->until == NULL)
		return false;
	if (strcmp(l->until, "quit") == 0)
		return certificate_goes_on(l, raw);
	if (strstr(raw, l->until) != NULL)
		text_end(l);
	return true;
}

/* ---- lines ---- */

/* Blanks of any kind before the line become plain ones; what is behind its end goes. Caller frees. */
static char *
line_clean(const char *line)
{
	const char *end = line + strlen(line), *p = line;
	size_t n, blanks = 0;
	char *out;

	while (end > line && strchr(" \t\r\n", end[-1]) != NULL)
		end--;
	if (*p == ' ')
		return xstrndup(line, (size_t)(end - line));
	for (; (n = space_len(p, end)) > 0; p += n)
		blanks++;
	out = xasprintf("%*s%.*s", (int)blanks, "", (int)(end - p), p);
	return out;
}

static void
inside(struct load *l, char *raw)
{
	for (char *p = raw; l->until != NULL && *p != '\0'; p++)
		if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
			*p = ' ';
	for (size_t n = strlen(raw); l->until != NULL && n > 0 && (raw[n - 1] == ' ' || raw[n - 1] == '\t'); n--)
		raw[n - 1] = '\0';
	if (foreign_inside(&l->s, l->head, raw)) {
		if (l->until == NULL && is_certificate_chain(l->head) && str_prefix(raw + strspn(raw, " \t"), "certificate"))
			l->until = xstrdup("quit");
		return;
	}
	text_clear(&l->said);
	text_add(&l->said, "% Control characters are not kept");
	load_complain(l, raw, l->line);
}

/* A text that has no end would swallow all that follows: it is refused. */
static void
text_open(struct load *l, const char *line, size_t at)
{
	if (text_begin(l, l->head)) {
		foreign_empty(&l->s, l->head);
		return;
	}
	foreign_drop(&l->s, l->head);
	text_end(l);
	free(l->head);
	l->head = NULL;
	text_add(&l->said, "% The mark that ends this text does not come again");
	load_complain(l, line, at);
}

static void
execute(struct load *l, const char *line, bool indented)
{
	size_t at = l->line;	/* it may take in lines behind it */

	if (!indented && l->part)
		session_mode(&l->s, MODE_CONFIG, NULL);
	text_clear(&l->said);
	if (indented && l->headless) {	/* neither to the section before nor to the whole configuration */
		text_add(&l->said, "% Not read: the line that begins its section is wrong");
		load_complain(l, line, at);
		return;
	}
	if (!indented)
		config_set_str(&l->place.head, NULL);
	session_execute(&l->s, line);
	if (l->s.failed)
		load_complain(l, line, at);
	if (!indented) {
		l->headless = l->s.failed;
		config_set_str(&l->head, l->place.head);
		if (l->head != NULL && (str_prefix(l->head, "banner ") || str_prefix(l->head, "macro name ")))
			text_open(l, line, at);
	}
	/* `end` and a stray `exit` leave a person's configuration mode, not a file's. */
	if (!mode_is_config(l->s.mode))
		session_mode(&l->s, MODE_CONFIG, NULL);
}

static void
load_line(struct load *l, const char *line)
{
	char *clean;
	bool indented;

	if (l->line == 1 && str_prefix(line, "\xef\xbb\xbf"))
		line += 3;
	clean = line_clean(line + (strspn(line, " ") >= l->base ? l->base : 0));
	indented = *clean == ' ';
	if (l->head != NULL && (text_goes_on(l, clean) || indented))
		inside(l, clean);
	else if (indented || !is_noise(clean))
		execute(l, clean, indented && clean[strspn(clean, " \t")] != '!');
	wipe_free(clean, strlen(clean));
}

/* A text may be indented as a whole, as within another file. */
static size_t
base_indent(const char *text)
{
	size_t least = SIZE_MAX;

	for (size_t n; *text != '\0'; text += n + (text[n] == '\n')) {
		size_t lead = strspn(text, " ");

		n = strcspn(text, "\n");
		if (lead < n && strchr("!\r", text[lead]) == NULL && lead < least)
			least = lead;
	}
	return least == SIZE_MAX ? 0 : least;
}

static void
load_kept(void *arg, enum foreign_kind kind, const char *line)
{
	struct load *l = arg;

	if (l->kept != NULL)
		l->kept(l->arg, l->line, kind, line);
}

static void
load_end(struct load *l)
{
	session_mode(&l->s, MODE_CONFIG, NULL);
	if (!l->part)
		router_apply(l->s.router, CFG_AREA_ALL);
	free(l->s.object_name);
	free(l->s.section);
	free(l->place.top);
	free(l->place.sub);
	free(l->place.head);
	free(l->head);
	free(l->until);
	text_free(&l->said);
}

size_t
session_load_watched(struct lab *lab, struct router *r, const char *text, const struct load_watch *w)
{
	struct load l = { .rest = text, .base = base_indent(text), .report = w->report, .kept = w->kept, .part = w->part, .arg = w->arg };
	char *line;

	eem_cli_attach(lab, r);
	archive_shell(lab, r);
	l.place = (struct foreign_place){ .load = ++r->cfg->foreign.loads, .undo = w->undo, .kept = load_kept, .arg = &l };
	l.s = (struct session){ .lab = lab, .router = r, .mode = MODE_CONFIG, .privilege = 15, .io = &load_io,
	    .io_arg = &l, .loading = true, .place = &l.place };
	while ((line = load_next(&l)) != NULL) {
		load_line(&l, line);
		wipe_free(line, strlen(line));
	}
	load_end(&l);
	return l.faults;
}

size_t
session_load(struct lab *lab, struct router *r, const char *text,
    void (*report)(void *arg, size_t line, const char *message), void *arg)
{
	const struct load_watch w = { .report = report, .arg = arg };

	return session_load_watched(lab, r, text, &w);
}
