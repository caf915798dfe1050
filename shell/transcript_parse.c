/*
 * Reading a transcript: which lines of the file are a console's, and what each of them is.  Nothing is run
 * here; what only a run can tell (whether a command is a show, what it asks) is left to it.
 */

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "shell/transcript.h"
#include "shell/transcript_front.h"

#define FILE_MAX	(8u << 20)

static const char head_re[] = "^([0-9]+: )?[*.]?"
    "((Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}[0-9]{1,2} ([0-9]{4} )?[0-9]{1,2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?( [A-Za-z]{1,6})?|"
    "[0-9]{2}:[0-9]{2}:[0-9]{2}|[0-9]+[dwy][0-9]+[hdw]):( +|$)";
static const char mnemonic_re[] = "^%[A-Z][A-Z0-9_]*(-[A-Z][A-Z0-9_]*)*-[0-7]-[A-Z0-9_]+:( |$)";
static const char *const omissions[] = {"...", "\xe2\x80\xa6", "[...]", "(omitted)", "(snip)", "(\xe4\xb8\xad\xe7\x95\xa5)", "(\xe7\x95\xa5)"};

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
front_matter(struct transcript *t, size_t *body, char **why)
{
	struct text y = {0};
	size_t i;
	bool ok;

	*body = 0;
	if (t->nfile == 0 || strcmp(t->file[0], "---") != 0)
		return true;
	for (i = 1; i < t->nfile && strcmp(t->file[i], "---") != 0; i++)
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
	if (regcomp(&t->head_re, head_re, REG_EXTENDED) != 0 || regcomp(&t->mnemonic_re, mnemonic_re, REG_EXTENDED) != 0)
		fatal("our own regular expressions do not compile");
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

size_t
transcript_head(const struct transcript *t, const char *s)
{
	regmatch_t m;

	return regexec(&t->head_re, s, 1, &m, 0) == 0 ? (size_t)m.rm_eo : 0;
}

/* Bytes are not columns: continuation bytes of UTF-8 take none. */
static size_t
columns(const char *s, size_t n)
{
	size_t c = 0;

	for (size_t i = 0; i < n && s[i] != '\0'; i++)
		c += ((unsigned char)s[i] & 0xc0) != 0x80;
	return c;
}

static const char *
skip_blanks(const char *s)
{
	for (size_t n; (n = blank_at(s)) > 0; s += n)
		;
	return s;
}

/* U+00A0 and U+3000 as blanks. */
static char *
plain_blanks(const char *s, size_t n)
{
	struct text t = {0};
	size_t b;

	for (const char *end = s + n; s < end; s += b > 0 ? b : 1) {
		b = blank_at(s);
		text_addc(&t, b > 1 ? ' ' : *s);
	}
	return t.s == NULL ? xstrdup("") : text_take(&t);
}

static char *
trim(const char *s)
{
	const char *end, *p;

	s = skip_blanks(s);
	for (p = end = s; *p != '\0';) {
		size_t n = blank_at(p);

		p += n > 0 ? n : 1;
		if (n == 0)
			end = p;
	}
	return plain_blanks(s, (size_t)(end - s));
}

/* Cuts a vendor's mark from the end of a line. */
static char *
without_annotation(const char *s)
{
	const char *a = strstr(s, " <==="), *b = strstr(s, " <---"), *e;

	e = a == NULL || (b != NULL && b < a) ? b : a;
	return e == NULL ? xstrdup(s) : xstrndup(s, (size_t)(e - s));
}

/* NAME, an optional (mode), # or >: what stands before the rest, or 0. */
static size_t
prompt_len(const char *s, size_t *name)
{
	size_t n = 0, m;

	while (isalnum((unsigned char)s[n]) || (n > 0 && s[n] != '\0' && strchr("._-", s[n]) != NULL) || s[n] == '_')
		n++;
	if (n == 0)
		return 0;
	*name = n;
	if (s[n] == '(') {
		for (m = n + 1; isalnum((unsigned char)s[m]) || s[m] == '-'; m++)
			;
		if (m == n + 1 || s[m] != ')')
			return 0;
		n = m + 1;
	}
	return s[n] == '#' || s[n] == '>' ? n + 1 : 0;
}

static void
read_prompt(struct tr_line *l, const char *raw, const char *s, size_t name, size_t len)
{
	const char *rest = skip_blanks(s + len);

	l->node = xstrndup(s, name);
	l->tail = xstrndup(s + name, len - name);
	l->indent = columns(raw, (size_t)(s - raw));
	l->gap = columns(s + len, (size_t)(rest - s - len));
	l->text = trim(rest);
	l->kind = *l->text == '\0' ? TR_BARE : TR_COMMAND;
}

static bool
is_omission(const char *s)
{
	for (size_t i = 0; i < sizeof(omissions) / sizeof(omissions[0]); i++)
		if (strcmp(s, omissions[i]) == 0)
			return true;
	return false;
}

/* A head without its colon and the blanks after it. */
static char *
stamp_cut(const char *s, size_t head)
{
	while (head > 0 && s[head - 1] == ' ')
		head--;
	return xstrndup(s, head > 0 ? head - 1 : 0);
}

/* What a line that is no prompt is. s has no blanks at its ends. */
static void
read_text(struct transcript *t, struct tr_line *l, const char *raw, const char *s)
{
	size_t head, hole;

	if (*s == '\\') {
		l->kind = TR_OUTPUT;
		l->text = xstrdup(s + 1);
	} else if (is_omission(s)) {
		l->kind = TR_OMIT;
		l->text = xstrdup(s);
	} else if (strcmp(s, "^") == 0) {
		l->kind = TR_CARET;
		l->caret = columns(raw, (size_t)(strchr(raw, '^') - raw));
		l->text = xstrdup(s);
	} else if ((head = transcript_head(t, s)) > 0) {
		l->kind = TR_LOG;
		l->stamp = stamp_cut(s, head);
		l->text = xstrdup(s + head);
	} else if ((hole = hole_time_prefix(s, &t->kept)) > 0) {
		l->kind = TR_LOG;
		l->stamp = xstrndup(s, hole);
		hole += s[hole] == ':';
		l->text = xstrdup(skip_blanks(s + hole));
	} else {
		l->kind = regexec(&t->mnemonic_re, s, 0, NULL, 0) == 0 ? TR_LOG : TR_OUTPUT;
		l->text = t->opt.exact ? without_annotation(raw) : xstrdup(s);
	}
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

static void
remember_hostname(struct reader *r, const char *command)
{
	char word[16], name[64], *all;

	if (sscanf(command, "%15s %63s", word, name) != 2 || strncasecmp(word, "hostname", strlen(word)) != 0 || strlen(word) < 4)
		return;
	all = xasprintf("%s%s\n", r->hostnames, name);
	free(r->hostnames);
	r->hostnames = all;
}

static bool
check_line(struct reader *r, struct tr_line *l)
{
	const char *why;

	if (l->kind == TR_COMMAND) {
		r->no = l->no;
		if (!holes_each(l->text, name_used, r, &why))
			return refuse(r, l->no, "%s", why);
		remember_hostname(r, l->text);
		return !r->bad;
	}
	if (l->kind == TR_LOG && (r->current == NULL || strcmp(r->current->node, "lab") == 0))
		return refuse(r, l->no, "%s", "a log line needs the prompt of a router above it: no router is current here");
	if ((l->kind == TR_OUTPUT || l->kind == TR_CARET || l->kind == TR_OMIT) && r->current == NULL)
		return refuse(r, l->no, "expected a prompt and a command above '%s'", l->text);
	if (l->kind != TR_OUTPUT && l->kind != TR_LOG)
		return true;
	l->pattern = pattern_new(l->text, r->t->opt.exact, &r->t->kept, &why);
	if (l->pattern == NULL)
		return refuse(r, l->no, "%s", why);
	if (l->stamp != NULL && hole_time_prefix(l->stamp, &r->t->kept) > 0) {
		struct pattern *p = pattern_new(l->stamp, true, &r->t->kept, &why);

		if (p == NULL)
			return refuse(r, l->no, "%s", why);
		pattern_free(p);
	}
	return true;
}

static bool
read_line(struct reader *r, size_t i)
{
	struct transcript *t = r->t;
	const char *raw = t->file[i];
	char *cut = without_annotation(raw), *s = trim(cut);
	size_t name = 0, len = 0;
	struct tr_line *l;
	bool ok = true;

	free(cut);
	if (*s == '\0' || str_prefix(s, "!---"))
		goto out;
	len = prompt_len(s, &name);
	l = &t->lines[t->n++];
	*l = (struct tr_line){.no = i + 1, .width = columns(raw, strlen(raw))};
	if (len > 0)
		read_prompt(l, raw, skip_blanks(raw), name, len);
	else
		read_text(t, l, raw, s);
	if (len > 0) {
		/* The vendor's mark may stand after a command too. */
		cut = without_annotation(l->text);
		free(l->text);
		l->text = trim(cut);
		free(cut);
		l->kind = *l->text == '\0' ? TR_BARE : TR_COMMAND;
	}
	if (len > 0 && !name_known(r, l->node))
		ok = refuse(r, i + 1, "'%s' looks like a prompt, but no node and no hostname is called so", l->node);
	else
		ok = check_line(r, l);
	if (len > 0)
		r->current = l;
out:
	free(s);
	return ok;
}

bool
transcript_parse(struct transcript *t, bool (*known)(void *, const char *), void *arg, char **why)
{
	struct reader r = {.t = t, .known = known, .arg = arg, .why = why, .hostnames = xstrdup("\n")};
	size_t total = 0, commands = 0;
	bool ok = true;

	/* One place for all, so that pointers to lines stay good. */
	for (size_t i = 0; i < t->nfile; i++)
		total += t->counts[i];
	t->lines = xcalloc(total + 1, sizeof(*t->lines));
	for (size_t i = 0; i < t->nfile && ok; i++)
		if (t->counts[i])
			ok = read_line(&r, i);
	for (size_t i = 0; i < t->n; i++)
		commands += t->lines[i].kind == TR_COMMAND || t->lines[i].kind == TR_LOG;
	if (ok && commands == 0)
		ok = refuse(&r, 1, "%s", "no command to type: a transcript is prompts with commands (in Markdown: in ```console blocks)");
	free(r.hostnames);
	return ok;
}

int64_t
transcript_stamp_ns(const char *stamp)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct civil c = {.year = 1972, .month = 1, .day = 1};
	char mon[4] = "", frac[10] = "";
	const char *p, *m;
	unsigned year;

	if ((p = strstr(stamp, ": ")) != NULL)
		stamp = p + 2;
	stamp += strspn(stamp, "*.");
	if (sscanf(stamp, "%3[A-Za-z] %d", mon, &c.day) == 2 && (m = strstr(months, mon)) != NULL) {
		c.month = (int)(m - months) / 3 + 1;
		p = strchr(stamp, ':');
		if (p != NULL && sscanf(stamp + strcspn(stamp, "0123456789"), "%*d %4u ", &year) == 1 && year > 31)
			c.year = (int)year;
	} else if (strchr(stamp, ':') == NULL)
		return -1;
	if ((p = strchr(stamp, ':')) == NULL)
		return -1;
	while (p > stamp && isdigit((unsigned char)p[-1]))
		p--;
	if (sscanf(p, "%d:%d:%d.%9[0-9]", &c.hour, &c.minute, &c.second, frac) < 3)
		return -1;
	while (strlen(frac) < 9)
		strcat(frac, "0");
	return civil_to_ns(&c) + strtoll(frac, NULL, 10);
}
