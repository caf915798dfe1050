/* Expected log lines: sought among what a router has logged since the last command, then waited for in lab time. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "shell/transcript_run.h"

#define ALIKE_LEAST	50	/* percent */

static void
show_logged(struct console *c, const char *formatted)
{
	struct run *r = c->run;

	if (!r->o->show)
		return;
	if (r->shown != c) {
		char *prompt = c->session != NULL ? session_prompt(c->session) : xasprintf("%s#", router_hostname(c->router));

		printf("\n%s\n", prompt);
		free(prompt);
		r->shown = c;
	}
	printf("%s\n", formatted);
	fflush(stdout);
}

void
console_logged(void *arg, const struct log_entry *e, const char *formatted)
{
	struct console *c = arg;
	size_t n = strlen(formatted), b = strlen(e->body);
	struct logged *l;

	c->logs = xrealloc(c->logs, (c->nlogs + 1) * sizeof(*c->logs));
	l = &c->logs[c->nlogs++];
	*l = (struct logged){.when_ns = e->when_ns, .body = xstrdup(e->body)};
	n = n >= b ? n - b : 0;
	while (n > 0 && (formatted[n - 1] == ' ' || formatted[n - 1] == ':'))
		n--;
	l->stamp = xstrndup(formatted, n);
	show_logged(c, formatted);
}

static bool
stamp_fits(struct run *r, const struct tr_line *l, const struct logged *m)
{
	struct pattern *p;
	const char *why;
	bool ok;

	if (l->stamp == NULL || strncmp(l->stamp, "<<", 2) != 0)
		return true;
	p = pattern_new(l->stamp, false, &r->t->kept, &why);
	ok = p != NULL && pattern_match(p, m->stamp, &r->t->kept);
	pattern_free(p);
	return ok;
}

/* A message that came, each of its lines. */
static void
fault_came(struct run *r, const struct logged *m)
{
	size_t n;
	char **lines = lines_split(m->body, &n, false);

	for (size_t i = 0; i < n; i++)
		text_printf(&r->faults, "+%s%s%s\n", i == 0 ? m->stamp : "", i == 0 && *m->stamp != '\0' ? ": " : "", lines[i]);
	lines_free(lines, n);
}

/* `times: TOLERANCE`: the gap to the log line before is as written. */
static bool
gap_fits(struct run *r, struct console *c, const struct tr_line *l, const struct logged *m)
{
	int64_t written = l->stamp != NULL ? transcript_stamp_ns(l->stamp) : -1, off;

	if (r->t->opt.times_ns < 0 || written < 0 || strncmp(l->stamp, "<<", 2) == 0)
		return true;
	off = c->timed_written < 0 ? 0 : (m->when_ns - c->timed_came) - (written - c->timed_written);
	if (off > r->t->opt.times_ns || -off > r->t->opt.times_ns) {
		text_printf(&r->faults, "-%s: %s\n", l->stamp, l->text);
		fault_came(r, m);
		text_printf(&r->faults, "\\ %lld ms off the written gap\n", (long long)(off / NSEC_MS));
		return false;
	}
	return true;
}

static void
taken(struct run *r, struct console *c, const struct tr_line *l, size_t i)
{
	const struct logged *m = &c->logs[i];
	int64_t written = l->stamp != NULL && strncmp(l->stamp, "<<", 2) != 0 ? transcript_stamp_ns(l->stamp) : -1;

	if (r->t->opt.all_logs && !c->omitted)
		for (size_t k = c->next; k < i; k++)
			fault_came(r, &c->logs[k]);
	gap_fits(r, c, l, m);
	if (written >= 0) {
		c->timed_written = written;
		c->timed_came = m->when_ns;
	}
	c->next = i + 1;
	c->omitted = false;
	if (m->when_ns > r->awaited_from)
		r->awaited_from = m->when_ns;
}

/* The first message from i on that fits, or nlogs. */
static size_t
seek(struct run *r, struct console *c, size_t i, const struct tr_want *want, size_t nwant, size_t *used)
{
	bool *set = xcalloc(r->t->kept.n + 1, sizeof(*set));
	size_t n = kept_mark(&r->t->kept, set);

	for (; i < c->nlogs; i++) {
		*used = message_match(r->t, want, nwant, c->logs[i].body, &r->t->kept);
		if (*used > 0 && stamp_fits(r, want->line, &c->logs[i]))
			break;
		kept_undo(&r->t->kept, set, n);
	}
	free(set);
	return i;
}

/* The message that is most like the written line, if any is half of it, or nlogs. */
static size_t
nearest(struct run *r, const struct console *c, const struct tr_line *l)
{
	size_t best = c->nlogs;
	unsigned most = ALIKE_LEAST, alike;

	for (size_t i = c->next; i < c->nlogs; i++) {
		char *first = xstrndup(c->logs[i].body, strcspn(c->logs[i].body, "\n"));

		if ((alike = words_alike(l->text, first, &r->t->kept)) > most) {
			most = alike;
			best = i;
		}
		free(first);
	}
	return best;
}

/* How many of the written lines are meant to be of one message: those that are indented, and those like one that came. */
static size_t
lines_of(struct run *r, const struct tr_want *want, size_t nwant, const char *body)
{
	size_t n = 1, ncame;
	char **came = lines_split(body, &ncame, false);

	while (n < nwant && (blank_at(r->t->file[want[n].line->no - 1]) > 0 ||
	    (n < ncame && words_alike(want[n].line->text, came[n], &r->t->kept) > ALIKE_LEAST)))
		n++;
	lines_free(came, ncame);
	return n;
}

/* Nothing fits: what was written, and what did come that is nearest. */
static size_t
missing(struct run *r, struct console *c, const struct tr_want *want, size_t nwant)
{
	size_t near = nearest(r, c, want->line), n = lines_of(r, want, nwant, near < c->nlogs ? c->logs[near].body : "");

	for (size_t i = 0; i < n; i++)
		text_printf(&r->faults, "-%s\n", r->t->file[want[i].line->no - 1]);
	if (near < c->nlogs)
		fault_came(r, &c->logs[near]);
	if (!r->o->update)
		return n;
	if (near < c->nlogs) {
		rewrite_message(r, want, n, c->logs[near].body);
		c->next = near + 1;
	} else
		for (size_t i = 0; i < n; i++)
			rewrite_delete(r, want[i].line);
	return n;
}

size_t
log_hold(struct run *r, struct console *c, const struct tr_want *want, size_t nwant)
{
	int64_t deadline = r->awaited_from + r->t->opt.timeout_ns;
	size_t i = c->next, used = 0;
	bool more = clock_now(lab_clock(r->lab)) < deadline;

	for (;;) {
		i = seek(r, c, i, want, nwant, &used);
		if (i < c->nlogs) {
			taken(r, c, want->line, i);
			return used;
		}
		while (more && c->nlogs == i)
			more = lab_step(r->lab, deadline);
		if (c->nlogs == i)
			return missing(r, c, want, nwant);
	}
}
