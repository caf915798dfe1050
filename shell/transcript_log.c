/* Expected log lines: sought among what a router has logged since the last command, then waited for in lab time. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/mem.h"
#include "shell/transcript_run.h"

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

/* `times: TOLERANCE`: the gap to the log line before is as written. */
static bool
gap_fits(struct run *r, struct console *c, const struct tr_line *l, const struct logged *m)
{
	int64_t written = l->stamp != NULL ? transcript_stamp_ns(l->stamp) : -1, off;

	if (r->t->opt.times_ns < 0 || written < 0 || strncmp(l->stamp, "<<", 2) == 0)
		return true;
	off = c->timed_written < 0 ? 0 : (m->when_ns - c->timed_came) - (written - c->timed_written);
	if (off > r->t->opt.times_ns || -off > r->t->opt.times_ns) {
		text_printf(&r->faults, "-%s: %s\n+%s: %s\n ! %lld ms off the written gap\n", l->stamp, l->text, m->stamp, m->body, (long long)(off / NSEC_MS));
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
			text_printf(&r->faults, "+%s%s%s\n", c->logs[k].stamp, *c->logs[k].stamp ? ": " : "", c->logs[k].body);
	gap_fits(r, c, l, m);
	if (written >= 0) {
		c->timed_written = written;
		c->timed_came = m->when_ns;
	}
	c->next = i + 1;
	c->omitted = false;
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

/* --update: the written line becomes the message that is nearest in kind, or goes. */
static void
rewrite(struct run *r, struct console *c, const struct tr_line *l, size_t n, size_t nearest)
{
	char *line;

	if (nearest == c->nlogs) {
		result_edit(r->result, l->no, n, "");
		return;
	}
	line = xasprintf("%s%s%s\n", l->stamp != NULL ? l->stamp : "", l->stamp != NULL ? ": " : "", c->logs[nearest].body);
	result_edit(r->result, l->no, n, line);
	free(line);
	c->next = nearest + 1;
}

/* Nothing fits: what was written, and what did come that is nearest in kind. */
static size_t
missing(struct run *r, struct console *c, const struct tr_want *want, size_t nwant)
{
	const struct tr_line *l = want->line;
	size_t n = 1, word = strcspn(l->text, " "), nearest = c->nlogs;

	text_printf(&r->faults, "-%s%s%s\n", l->stamp != NULL ? l->stamp : "", l->stamp != NULL ? ": " : "", l->text);
	for (; n < nwant && want[n].line->kind == TR_OUTPUT && blank_at(r->t->file[want[n].line->no - 1]) > 0; n++)
		text_printf(&r->faults, "-%s\n", r->t->file[want[n].line->no - 1]);
	for (size_t i = c->next; i < c->nlogs; i++)
		if (strncmp(c->logs[i].body, l->text, word) == 0) {
			nearest = nearest < i ? nearest : i;
			text_printf(&r->faults, "+%s: %s\n", c->logs[i].stamp, c->logs[i].body);
		}
	if (r->o->update)
		rewrite(r, c, l, n, nearest);
	return n;
}

size_t
log_hold(struct run *r, struct console *c, const struct tr_want *want, size_t nwant)
{
	int64_t deadline = clock_now(lab_clock(r->lab)) + r->t->opt.timeout_ns;
	size_t i = c->next, used = 0;
	bool more = true;

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
