/* How logins went: show login, and users who are locked out. */

#include <inttypes.h>
#include <string.h>

#include "engine/login.h"
#include "engine/router.h"
#include "lib/text.h"
#include "shell/cmds.h"
#include "shell/session.h"
#include "shell/show.h"
#include "shell/tty.h"

static void
put_quiet(struct text *out, const struct cfg_login_guard *g, const struct login_info *i)
{
	text_printf(out, "     Router presently in Quiet-Mode.\n     Will remain in Quiet-Mode for %" PRId64 " seconds.\n", i->quiet_left_ns / NSEC_SEC);
	if (g->quiet_class != NULL)
		text_printf(out, "     Restricted logins filtered by applied ACL %s.\n", g->quiet_class);
	else
		text_add(out, "     Denying logins from all sources.\n");
}

static void
put_watch(struct text *out, const struct cfg_login_guard *g, const struct login_info *i)
{
	if (g->block_s == 0) {
		text_add(out, "     Router NOT enabled to watch for login Attacks\n");
		return;
	}
	text_printf(out, "     Router enabled to watch for login Attacks.\n     If more than %u login failures occur in %u seconds or less,\n"
	    "     logins will be disabled for %u seconds.\n\n", g->tries, g->within_s, g->block_s);
	if (i->quiet_left_ns > 0)
		put_quiet(out, g, i);
	else
		text_printf(out, "     Router presently in Normal-Mode.\n     Current Watch Window\n         Time remaining: %" PRId64 " seconds.\n"
		    "         Login failures for current window: %u.\n", i->window_left_ns / NSEC_SEC, i->in_window);
	text_printf(out, "     Total login failures: %" PRIu64 ".\n", i->failed);
}

static void
run_login(struct session *s, const struct args *a)
{
	const struct cfg_login_guard *g = &s->router->cfg->access.guard;
	struct text out = { 0 };
	struct login_info i;

	(void)a;
	login_info(s->router, &i);
	if (g->delay_s != 0 || g->block_s != 0)
		text_printf(&out, "     A login delay of %u seconds is applied.\n", g->delay_s != 0 ? g->delay_s : 1);
	else
		text_add(&out, "     A default login delay of 1 second is applied.\n");
	if (g->quiet_class != NULL)
		text_printf(&out, "     Quiet-Mode access list %s is applied.\n", g->quiet_class);
	else
		text_add(&out, "     No Quiet-Mode access list has been configured.\n");
	if (g->success_every == 1)
		text_add(&out, "     All successful login is logged.\n");
	else if (g->success_every != 0)
		text_printf(&out, "     Every %u successful login is logged.\n", g->success_every);
	if (g->failure_every == 1)
		text_add(&out, "     All failed login is logged.\n");
	else if (g->failure_every != 0)
		text_printf(&out, "     Every %u failed login is logged.\n", g->failure_every);
	text_addc(&out, '\n');
	put_watch(&out, g, &i);
	show_flush(s, &out);
}

struct table { struct text out; const struct router *r; size_t n; };

static void
put_failure(void *arg, const struct login_failure *f)
{
	char a[ADDR_STRLEN], when[LOGIN_TIME_MAX];
	struct table *t = arg;

	text_printf(&t->out, "%-15s %-15s %-5u %-5u %s\n", f->user, f->source.af == ADDR_NONE ? "0.0.0.0" : addr_fmt(&f->source, a), f->port, f->count,
	    login_time(t->r, f->when_ns, when));
	t->n++;
}

static void
run_failures(struct session *s, const struct args *a)
{
	struct table t = { .r = s->router };
	struct login_info i;

	(void)a;
	login_info(s->router, &i);
	login_failure_each(s->router, put_failure, &t);
	if (t.n == 0)
		session_printf(s, "*** No logged failed login attempts with the device.***\n");
	else
		session_printf(s, "Total failed logins: %" PRIu64 "\nDetailed information about last 50 failures\n\n"
		    "%-15s %-15s %-5s %-5s %s\n%s\n", i.failed, "Username", "SourceIPAddr", "lPort", "Count", "TimeStamp", text_str(&t.out));
	text_free(&t.out);
}

static void
put_locked(void *arg, const char *user, int64_t since_ns)
{
	struct table *t = arg;
	char when[LOGIN_TIME_MAX];

	text_printf(&t->out, "          %-27s %s\n", user, login_time(t->r, since_ns, when));
	t->n++;
}

static void
run_lockout(struct session *s, const struct args *a)
{
	struct table t = { .r = s->router };

	(void)a;
	login_locked_each(s->router, put_locked, &t);
	session_printf(s, "          %-27s %s\n%s", "Local-user", "Lock time", text_str(&t.out));
	text_free(&t.out);
}

static void
run_unlock(struct session *s, const struct args *a)
{
	char who[TTY_WHO_MAX];

	if (!login_unlock(s->router, arg_str(a, "user"), session_who(s, who, sizeof(who))) && arg_has(a, "user"))
		session_error(s, "%% User %s is not locked out", arg_str(a, "user"));
}

#define SHOW	"Show what is going on\n"
#define LOCAL	"Authentication, authorization, accounting\nLocal\nUsers\nThose whom too many failures have locked out"

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show login", SHOW "How logins are watched", run_login },
	{ M(PRIV), 15, CMD_SHOW, "show login failures", SHOW "How logins are watched\nThe last that failed", run_failures },
	{ M(PRIV), 15, CMD_SHOW, "show aaa local user lockout", SHOW LOCAL, run_lockout },
	{ M(PRIV), 15, 0, "clear aaa local user lockout { username WORD:user | all }",
	    "Take away or set to zero\n" LOCAL "\nOne of them\nHis name\nAll of them", run_unlock },
};

CMD_TABLE(cmds_show_login, rows);
