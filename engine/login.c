/*
 * The outcome of logins: counted, logged, and answered by quiet mode when there are too many failures within a while.
 * What comes from outside is made harmless before it is written anywhere.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/acl.h"
#include "engine/internal.h"
#include "engine/log.h"
#include "engine/login_int.h"
#include "lib/mem.h"

#define FAILURE_DELAY	NSEC_SEC	/* unless `login delay` says another */
#define TIMES_MAX	65535u		/* most attempts that `login block-for` can be told */

/* ---- text ---- */

const char *
login_clean(const char *user, char out[USER_NAME_MAX + 1])
{
	size_t n = 0;

	for (; user[n] != '\0' && n < USER_NAME_MAX; n++)
		out[n] = user[n] > ' ' && user[n] < 0x7f ? user[n] : '?';
	out[n] = '\0';
	return out;
}

const char *
login_time(const struct router *r, int64_t ns, char out[LOGIN_TIME_MAX])
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	const struct config *c = r->cfg;
	struct civil t;

	civil_from_ns(ns + (c->timezone == NULL ? 0 : c->timezone_minutes * INT64_C(60) * NSEC_SEC), &t);
	snprintf(out, LOGIN_TIME_MAX, "%02d:%02d:%02d %.16s %s %s %d %d", t.hour, t.minute, t.second,
	    c->timezone == NULL ? "UTC" : c->timezone, days[t.weekday], months[t.month - 1], t.day, t.year);
	return out;
}

static const char *
source(const struct login_from *f, char out[ADDR_STRLEN])
{
	if (f->remote.af == ADDR_NONE)
		return strcpy(out, "0.0.0.0");
	return addr_fmt(&f->remote, out);
}

/* ---- before anything is asked ---- */

/* Access lists of IPv4 say nothing of IPv6: where one is named, nobody comes in by that. */
static bool
acl_lets(struct router *r, const char *name, const struct login_from *f)
{
	struct cfg_acl *l = acl_find(r, name);
	struct dp_tuple t = { .src = f->remote.v4, .dst = f->local.v4, .sport = f->remote_port, .dport = f->local_port, .proto = 6 };
	const struct dp_ace *ace;
	uint32_t i;

	if (l == NULL || l->n == 0)
		return true;
	if (f->remote.af != ADDR_V4)
		return false;
	dp_acl_match(acl_compiled(l), &t, 1, &i);
	if (i == DP_ACL_NONE)
		return false;
	ace = dp_acl_ace(acl_compiled(l), i);
	if (ace->hits != NULL)
		ace->hits->n++;
	return ace->permit;
}

static bool
quiet(const struct router *r)
{
	return r->login != NULL && timer_armed(&r->login->quiet);
}

static bool
may_in_quiet(struct router *r, const struct login_from *f)
{
	const char *acl = r->cfg->access.guard.quiet_class;

	return acl != NULL && acl_find(r, acl) != NULL && acl_lets(r, acl, f);
}

/* Is there anybody, or any password, that one could come in with over a network? */
static bool
somebody(struct router *r, const struct login_from *f)
{
	struct login_secret s;
	const struct cfg_user *u;
	bool known;

	TAILQ_FOREACH(u, &r->cfg->users, next)
		if (!u->nopassword || cfg_ssh_user(&r->cfg->ssh, u->name, false) != NULL)
			return true;
	login_secret(r, f, "", &s);	/* with aaa new-model by a line's or enable's password */
	known = s.known;
	wipe(&s, sizeof(s));
	return known;
}

enum login_gate
login_line_gate(struct router *r, const struct login_from *f)
{
	struct line_settings l;

	line_settings(r->cfg, f->kind, f->number, &l);
	if (f->remote.af == ADDR_NONE)
		return l.no_exec ? LOGIN_TRANSPORT : LOGIN_OPEN;
	if (!l.ssh || l.no_exec)
		return LOGIN_TRANSPORT;
	return l.access_class[0] != '\0' && !acl_lets(r, l.access_class, f) ? LOGIN_ACCESS_CLASS : LOGIN_OPEN;
}

static enum login_gate
gate(struct router *r, const struct login_from *f)
{
	enum login_gate g = login_line_gate(r, f);

	if (g != LOGIN_OPEN || f->remote.af == ADDR_NONE)
		return g;
	if (quiet(r) && !may_in_quiet(r, f))
		return LOGIN_BLOCKED;
	return somebody(r, f) ? LOGIN_OPEN : LOGIN_NO_USERS;
}

enum login_gate
login_gate(struct router *r, const struct login_from *from)
{
	enum login_gate g = gate(r, from);
	char a[ADDR_STRLEN], when[LOGIN_TIME_MAX];

	if (g == LOGIN_OPEN || r->login == NULL)
		return g;
	r->login->refused++;
	if (r->cfg->access.guard.failure_every != 0)
		log_syslog(r, "SEC_LOGIN", 4, "LOGIN_FAILED", "Login failed [user: ] [Source: %s] [localport: %u] [Reason: %s] at %s",
		    source(from, a), from->local_port, login_gate_why(g), login_time(r, router_now(r), when));
	return g;
}

const char *
login_gate_why(enum login_gate g)
{
	switch (g) {
	case LOGIN_OPEN:
		break;
	case LOGIN_BLOCKED:
		return "Quiet mode";
	case LOGIN_ACCESS_CLASS:
		return "Access list of the line";
	case LOGIN_TRANSPORT:
		return "Not a transport of the line";
	case LOGIN_NO_USERS:
		return "No user is configured";
	}
	return "";
}

/* ---- quiet mode ---- */

static void
quiet_over(void *arg)
{
	struct login *l = arg;
	char when[LOGIN_TIME_MAX];

	log_syslog(l->r, "SEC_LOGIN", 5, "QUIET_MODE_OFF", "Quiet Mode is OFF, because block period timed out at %s",
	    login_time(l->r, router_now(l->r), when));
}

/* Drops what is too old to count. */
static void
window_slide(struct login *l)
{
	int64_t since = clock_now(l->r->clock) - l->r->cfg->access.guard.within_s * NSEC_SEC;
	size_t gone = 0;

	while (gone < l->ntimes && l->times[gone] <= since)
		gone++;
	if (gone > 0)
		memmove(l->times, l->times + gone, (l->ntimes - gone) * sizeof(*l->times));
	l->ntimes -= gone;
}

static void
quiet_on(struct login *l, const struct login_from *f, const char *user, const char *why)
{
	const struct cfg_login_guard *g = &l->r->cfg->access.guard;
	int64_t left = l->times[0] + g->within_s * NSEC_SEC - clock_now(l->r->clock);
	char a[ADDR_STRLEN], when[LOGIN_TIME_MAX];

	l->ntimes = 0;
	timer_in(&l->quiet, g->block_s * NSEC_SEC);
	log_syslog(l->r, "SEC_LOGIN", 1, "QUIET_MODE_ON",
	    "Still timeleft for watching failures is %lld secs, [user: %s] [Source: %s] [localport: %u] [Reason: %s] [ACL: %s] at %s",
	    (long long)(left / NSEC_SEC), user, source(f, a), f->local_port, why, g->quiet_class != NULL ? g->quiet_class : "sl_def_acl",
	    login_time(l->r, router_now(l->r), when));
}

static void
watch(struct login *l, const struct login_from *f, const char *user, const char *why)
{
	const struct cfg_login_guard *g = &l->r->cfg->access.guard;

	if (g->block_s == 0 || timer_armed(&l->quiet))
		return;
	window_slide(l);
	if (l->ntimes < TIMES_MAX) {
		l->times = xrealloc(l->times, (l->ntimes + 1) * sizeof(*l->times));
		l->times[l->ntimes++] = clock_now(l->r->clock);
	}
	if (l->ntimes >= g->tries)
		quiet_on(l, f, user, why);
}

/* ---- outcomes ---- */

static void
note(struct login *l, const struct login_from *f, const char *user)
{
	struct login_failure *e;

	for (size_t i = 0; i < l->nlast; i++) {
		e = &l->last[i];
		if (strcmp(e->user, user) == 0 && addr_eq(&e->source, &f->remote) && e->port == f->local_port) {
			e->count++;
			e->when_ns = router_now(l->r);
			return;
		}
	}
	if (l->nlast == LOGIN_FAILURES)
		memmove(l->last, l->last + 1, --l->nlast * sizeof(*l->last));
	e = &l->last[l->nlast++];
	*e = (struct login_failure){ .source = f->remote, .port = f->local_port, .count = 1, .when_ns = router_now(l->r) };
	snprintf(e->user, sizeof(e->user), "%s", user);
}

int64_t
login_failed(struct router *r, const struct login_from *from, const char *user, const char *why)
{
	const struct cfg_login_guard *g = &r->cfg->access.guard;
	char name[USER_NAME_MAX + 1], a[ADDR_STRLEN], when[LOGIN_TIME_MAX];
	struct login *l = r->login;

	login_clean(user, name);
	if (l != NULL) {
		l->failed++;
		note(l, from, name);
		login_user_failed(l, user);
		if (g->failure_every != 0 && l->failed % g->failure_every == 0)
			log_syslog(r, "SEC_LOGIN", 4, "LOGIN_FAILED", "Login failed [user: %s] [Source: %s] [localport: %u] [Reason: %s] at %s",
			    name, source(from, a), from->local_port, why, login_time(r, router_now(r), when));
		watch(l, from, name, why);
	}
	return g->delay_s != 0 ? g->delay_s * NSEC_SEC : FAILURE_DELAY;
}

void
login_succeeded(struct router *r, const struct login_from *from, const char *user)
{
	unsigned every = r->cfg->access.guard.success_every;
	char name[USER_NAME_MAX + 1], a[ADDR_STRLEN], when[LOGIN_TIME_MAX];
	struct login *l = r->login;

	if (l == NULL)
		return;
	l->succeeded++;
	login_user_right(l, user);
	if (every != 0 && l->succeeded % every == 0)
		log_syslog(r, "SEC_LOGIN", 5, "LOGIN_SUCCESS", "Login Success [user: %s] [Source: %s] [localport: %u] at %s",
		    login_clean(user, name), source(from, a), from->local_port, login_time(r, router_now(r), when));
}

/* ---- told ---- */

void
login_line_used(struct router *r, unsigned line)
{
	if (r->login != NULL && line < LINE_VTYS + 2)
		r->login->uses[line]++;
}

unsigned
login_line_uses(const struct router *r, unsigned line)
{
	return r->login != NULL && line < LINE_VTYS + 2 ? r->login->uses[line] : 0;
}

void
login_info(const struct router *r, struct login_info *out)
{
	struct login *l = r->login;
	int64_t now = clock_now(r->clock);

	*out = (struct login_info){ 0 };
	if (l == NULL)
		return;
	window_slide(l);
	out->failed = l->failed;
	out->succeeded = l->succeeded;
	out->refused = l->refused;
	out->in_window = (unsigned)l->ntimes;
	out->window_left_ns = r->cfg->access.guard.within_s * NSEC_SEC - (l->ntimes > 0 ? now - l->times[0] : 0);
	out->quiet_left_ns = timer_armed(&l->quiet) ? timer_due(&l->quiet) - now : 0;
}

void
login_failure_each(struct router *r, void (*fn)(void *, const struct login_failure *), void *arg)
{
	for (size_t i = 0; r->login != NULL && i < r->login->nlast; i++)
		fn(arg, &r->login->last[i]);
}

/* ---- life ---- */

struct login *
login_new(struct router *r)
{
	struct login *l = xcalloc(1, sizeof(*l));

	l->r = r;
	timer_init(&l->quiet, r->clock, quiet_over, l);
	TAILQ_INIT(&l->users);
	return l;
}

void
login_free(struct login *l)
{
	if (l == NULL)
		return;
	timer_stop(&l->quiet);
	login_users_free(l);
	free(l->times);
	free(l);
}

/* `no login block-for` ends quiet mode too. */
void
login_apply(struct router *r)
{
	if (r->cfg->access.guard.block_s != 0)
		return;
	timer_stop(&r->login->quiet);
	r->login->ntimes = 0;
}
