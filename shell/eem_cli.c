/*
 * Command sessions of policies.  Each is a session like a person's, with a console that nobody sees: what it prints
 * up to its next prompt is handed back.  The session belongs to the policy's run; where that ends while a command of
 * its own is under way (it reloads the router, it ends itself) the session is put aside and freed later.
 */

#include "shell/eem_cli.h"
#include "shell/mask.h"

#include <sys/queue.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "engine/eem.h"
#include "engine/log.h"
#include "engine/router.h"
#include "lib/coro.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/args.h"
#include "shell/cmds_config.h"
#include "shell/session.h"

struct cli {
	LIST_ENTRY(cli)	 next;
	struct session	*s;
	char		*policy;
	char		*line;			/* to be read by the session */
	char		*prompt;		/* at which it waits for it */
	regex_t		 pattern;
	bool		 has_pattern, closed;
	struct text	 out;
	void		(*done)(void *arg, const char *output);
	void		*arg;
};

/* What a router keeps of the shell. */
struct clis { struct lab *lab; LIST_HEAD(, cli) list; };

/* `debug event manager action cli`: a message a line; what comes back ends with the prompt. */
static void
tell(const struct cli *c, const char *way, const char *text, size_t n)
{
	if (c->s->router->debug.eem_cli)
		eem_log(c->s->router, 6, "LOG", "%s : DEBUG(cli_lib) : : %s : %.*s", c->policy, way, (int)n, text);
}

static void
tell_input(const struct cli *c, const char *line)
{
	char *shown = c->s->waiting && c->s->waiting_kind == INPUT_PASSWORD ? xstrdup("") : secret_mask(line);
	char *all = xasprintf("%s%s", c->prompt != NULL ? c->prompt : "", shown);

	tell(c, "IN ", all, strlen(all));
	free(all);
	free(shown);
}

static void
tell_output(const struct cli *c)
{
	const char *p = text_str(&c->out), *end;

	for (; *p != '\0'; p = *end == '\0' ? end : end + 1) {
		end = p + strcspn(p, "\n");
		if (end > p)
			tell(c, "OUT", p, (size_t)(end - p));
	}
}

/* ---- the console ---- */

static void
deliver(struct cli *c)
{
	void (*done)(void *, const char *) = c->done;

	tell_output(c);
	c->done = NULL;
	if (done != NULL)
		done(c->arg, text_str(&c->out));
	text_clear(&c->out);
}

/* A prompt ends a command; a question only if it is what was asked for. */
static bool
ends(const struct cli *c, enum input_kind kind)
{
	if (kind == INPUT_COMMAND && !c->has_pattern)
		return true;
	if (c->has_pattern)
		return kind == INPUT_COMMAND || regexec(&c->pattern, text_str(&c->out), 0, NULL, 0) == 0;
	return false;
}

static char *
cli_readline(void *arg, struct session *s, const char *prompt, enum input_kind kind)
{
	struct cli *c = arg;
	char *line;

	text_add(&c->out, prompt);
	free(c->prompt);
	c->prompt = xstrdup(prompt);
	if (ends(c, kind))
		deliver(c);
	while (c->line == NULL && !c->closed && !s->quit)
		coro_yield(s->coro);
	line = c->line;
	c->line = NULL;
	return line;
}

static void
cli_write(void *arg, struct session *s, const char *p, size_t n)
{
	struct cli *c = arg;

	(void)s;
	if (c->out.len + n <= EEM_VALUE_MAX)	/* more than a variable holds is lost there anyway */
		text_addn(&c->out, p, n);
}

static void
cli_log(void *arg, struct session *s, const struct log_entry *e, const char *formatted)
{
	(void)arg;
	(void)s;
	(void)e;
	(void)formatted;
}

static void
cli_ended(void *arg, struct session *s)
{
	(void)s;
	deliver(arg);
}

static const struct session_io cli_io = { .readline = cli_readline, .write = cli_write, .log = cli_log, .ended = cli_ended };

/* ---- the manager's side ---- */

static void
cli_free(struct cli *c)
{
	LIST_REMOVE(c, next);
	session_free(c->s);
	if (c->has_pattern)
		regfree(&c->pattern);
	text_free(&c->out);
	free(c->policy);
	free(c->line);
	free(c->prompt);
	free(c);
}

/* Those that could not be freed when they were closed. */
static void
sweep(struct clis *all)
{
	struct cli *c, *next;

	for (c = LIST_FIRST(&all->list); c != NULL; c = next) {
		next = LIST_NEXT(c, next);
		if (c->closed && !coro_running(c->s->coro))
			cli_free(c);
	}
}

static void *
cli_open(struct router *r, const char *policy, const char *user)
{
	static const char opened[] = "cli_open called.";
	struct clis *all = r->eem_cli_arg;
	struct cli *c = xcalloc(1, sizeof(*c));

	sweep(all);
	c->policy = xstrdup(policy);
	c->s = session_new(all->lab, NULL, r, &cli_io, c);
	log_tap_del(c->s->tap);
	c->s->tap = NULL;
	c->s->mode = MODE_EXEC;
	c->s->privilege = 1;
	c->s->length = 0;
	c->s->user = user;
	c->s->policy = c->policy;
	LIST_INSERT_HEAD(&all->list, c, next);
	tell(c, "CTL", opened, strlen(opened));
	session_start(c->s);
	return c;
}

static void
cli_exec(void *arg, const char *line, const char *pattern, void (*done)(void *arg, const char *output), void *done_arg)
{
	struct cli *c = arg;

	if (c->has_pattern)
		regfree(&c->pattern);
	c->has_pattern = pattern != NULL && regcomp(&c->pattern, pattern, REG_EXTENDED | REG_NOSUB) == 0;
	c->done = done;
	c->arg = done_arg;
	text_clear(&c->out);
	if (coro_done(c->s->coro)) {		/* the policy has typed `exit` */
		deliver(c);
		return;
	}
	tell_input(c, line);
	free(c->line);
	c->line = xstrdup(line);
	coro_resume(c->s->coro);
}

static void
cli_close(void *arg)
{
	static const char closed[] = "cli_close called.";
	struct cli *c = arg;

	tell(c, "CTL", closed, strlen(closed));
	c->done = NULL;
	c->closed = true;
	if (!coro_running(c->s->coro))
		cli_free(c);
}

static void
cli_forget(struct router *r)
{
	struct clis *all = r->eem_cli_arg;

	while (!LIST_EMPTY(&all->list))
		cli_free(LIST_FIRST(&all->list));
	free(all);
	r->eem_cli = NULL;
	r->eem_cli_arg = NULL;
}

static const struct eem_cli_ops cli_ops = { cli_open, cli_exec, cli_close, cli_forget };

void
eem_cli_attach(struct lab *lab, struct router *r)
{
	struct clis *all;

	if (r->eem_cli != NULL)
		return;
	all = xcalloc(1, sizeof(*all));
	all->lab = lab;
	LIST_INIT(&all->list);
	r->eem_cli = &cli_ops;
	r->eem_cli_arg = all;
}

/* ---- who waits ---- */

struct waiter { struct session *s; struct eem_wait w; bool done, asked; };

static void
wait_done(void *arg)
{
	struct waiter *w = arg;

	w->done = true;
	session_wake(w->s);
}

static void
wait_ask(void *arg)
{
	struct waiter *w = arg;

	w->asked = true;
	session_wake(w->s);
}

static void
wait_puts(void *arg, const char *text)
{
	const struct waiter *w = arg;

	session_write(w->s, text, strlen(text));
}

static void
waiter_init(struct waiter *w, struct session *s)
{
	*w = (struct waiter){ .s = s };
	w->w = (struct eem_wait){ .done = wait_done, .puts = wait_puts, .ask = wait_ask, .arg = w };
}

/* False: it was given up. */
static bool
await(struct waiter *w)
{
	while (!w->done) {
		if (w->asked) {
			char *line = session_ask(w->s, "", INPUT_QUESTION);

			w->asked = false;
			eem_wait_answer(&w->w, line != NULL ? line : "");
			free(line);
			continue;
		}
		if (!session_block(w->s, CLOCK_NEVER) && !w->done) {
			eem_wait_cancel(&w->w);
			return false;
		}
	}
	return true;
}

static char *
command_text(const struct match *m)
{
	char *words = args_words(m->args), *all;

	all = xasprintf("%s%s", args_no(m->args) ? "no " : args_default(m->args) ? "default " : "", words);
	free(words);
	return all;
}

bool
eem_cli_gate(struct session *s, const struct match *m)
{
	struct waiter w;
	enum eem_cli_verdict v;
	char *command;

	if (s->router == NULL || s->loading || s->policy != NULL || !eem_cli_wanted(s->router))
		return true;
	waiter_init(&w, s);
	command = command_text(m);
	v = eem_cli_event(s->router, command, mode_is_config(s->mode) && !m->via_do ? "config" : "exec", &w.w);
	free(command);
	if (v == EEM_CLI_WAIT)
		return await(&w) && w.w.run;
	return v == EEM_CLI_RUN;
}

void
eem_cli_run(struct session *s, const char *name)
{
	const char *why;
	struct waiter w;

	waiter_init(&w, s);
	if (!eem_run(s->router, name, &w.w, &why)) {
		session_error(s, "EEM policy %s %s", name, why);
		return;
	}
	if (w.w.left > 0)
		await(&w);
}
