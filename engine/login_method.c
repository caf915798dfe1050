/*
 * Methods of logging in: what a line, or with aaa new-model a list, asks of whom.  The first method that can answer
 * decides; one that has nothing to go by (no user, no password of the line) leaves it to the next.
 */

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <stdlib.h>

#include "engine/internal.h"
#include "engine/log.h"
#include "engine/login_int.h"
#include "lib/mem.h"

#define TRIES	3u

/* Hashes of nothing that anybody knows: 32 bytes of zero. */
static const char nobody8[] = "$8$..............$...........................................";
static const char nobody9[] = "$9$..............$...........................................";

static bool
over_network(const struct login_from *f)
{
	return f->remote.af != ADDR_NONE;
}

/* ---- lists ---- */

static struct cfg_aaa_list *
list_of(struct router *r, enum aaa_service s, const char *name)
{
	return config_aaa_list(r->cfg, s, name != NULL ? name : "default", false);
}

/* The methods of a line's login; a default list that is not there is `local`, and at the console nothing. */
static size_t
methods(struct router *r, const struct login_from *f, const struct line_settings *s, enum aaa_method out[AAA_METHODS])
{
	const struct cfg_aaa_list *l = list_of(r, AAA_LOGIN, s->list);

	if (l != NULL) {
		memcpy(out, l->methods, l->n * sizeof(out[0]));
		return l->n;
	}
	if (s->list != NULL && strcmp(s->list, "default") != 0)
		return 0;
	out[0] = over_network(f) ? AAA_LOCAL : AAA_NONE;
	return 1;
}

/* ---- one password ---- */

static void
stored(struct login_secret *o, enum passwd_type t, const char *text)
{
	o->known = true;
	o->type = t;
	snprintf(o->stored, sizeof(o->stored), "%s", text);
}

/* Costs what the first user's would, so that time does not tell who is there. */
static void
nobody(const struct config *c, struct login_secret *o)
{
	const struct cfg_user *u = TAILQ_FIRST(&c->users);

	o->known = false;
	o->type = u != NULL && u->type == PASSWD_PBKDF2 ? PASSWD_PBKDF2 : PASSWD_SCRYPT;
	snprintf(o->stored, sizeof(o->stored), "%s", o->type == PASSWD_PBKDF2 ? nobody8 : nobody9);
}

static bool
local(struct router *r, const struct login_from *f, const char *user, bool with_case, struct login_secret *o)
{
	const struct cfg_user *u = cfg_user_find(r->cfg, user, with_case);

	if (TAILQ_EMPTY(&r->cfg->users))
		return false;
	if (u == NULL || (r->login != NULL && login_user_locked(r->login, u->name)))
		return true;
	if (u->nopassword)
		o->none = o->known = !over_network(f);
	else if (u->stored != NULL)
		stored(o, u->type, u->stored);
	return true;
}

static const struct cfg_enable *
enable_of(const struct config *c, unsigned level)
{
	if (c->access.secret[level].stored != NULL)
		return &c->access.secret[level];
	return c->access.password[level].stored != NULL ? &c->access.password[level] : NULL;
}

static bool
by_enable(struct router *r, unsigned level, struct login_secret *o)
{
	const struct cfg_enable *e = enable_of(r->cfg, level);

	if (e != NULL)
		stored(o, e->type, e->stored);
	return e != NULL;
}

static bool
by_line(const struct line_settings *s, struct login_secret *o)
{
	if (s->password != NULL)
		stored(o, s->password_type, s->password);
	return s->password != NULL;
}

/* Does the method answer?  What it says is in *o. */
static bool
ask(struct router *r, enum aaa_method m, const struct login_from *f, const struct line_settings *s, const char *user, struct login_secret *o)
{
	switch (m) {
	case AAA_LOCAL:
	case AAA_LOCAL_CASE:
		return local(r, f, user, m == AAA_LOCAL_CASE, o);
	case AAA_ENABLE:
		return by_enable(r, PRIV_LEVELS - 1, o);
	case AAA_LINE:
		return by_line(s, o);
	case AAA_NONE:
		o->none = o->known = !over_network(f);
		return true;
	case AAA_IF_AUTHENTICATED:
	case AAA_GROUP:
		break;
	}
	return false;
}

void
login_secret(struct router *r, const struct login_from *from, const char *user, struct login_secret *out)
{
	enum aaa_method m[AAA_METHODS];
	struct line_settings s;
	size_t n = 0;

	*out = (struct login_secret){ 0 };
	line_settings(r->cfg, from->kind, from->number, &s);
	nobody(r->cfg, out);
	if (r->cfg->aaa_new_model)
		n = methods(r, from, &s, m);
	else
		m[n++] = over_network(from) || s.login == LINE_LOGIN_LOCAL ? AAA_LOCAL : s.login == LINE_LOGIN_PASSWORD ? AAA_LINE : AAA_NONE;
	for (size_t i = 0; i < n; i++)
		if (ask(r, m[i], from, &s, user, out))
			return;
}

/* ---- what is asked ---- */

static enum login_ask
method_asks(struct router *r, enum aaa_method m, const struct line_settings *s, bool *answers)
{
	struct login_secret o = { 0 };

	*answers = true;
	switch (m) {
	case AAA_NONE:
		return LOGIN_ASK_NOTHING;
	case AAA_ENABLE:
		*answers = by_enable(r, PRIV_LEVELS - 1, &o);
		break;
	case AAA_LINE:
		*answers = by_line(s, &o);
		break;
	case AAA_GROUP:
		*answers = false;
		break;
	default:
		*answers = !TAILQ_EMPTY(&r->cfg->users);
		return LOGIN_ASK_USER;
	}
	wipe(&o, sizeof(o));
	return LOGIN_ASK_PASSWORD;
}

static enum login_ask
list_asks(struct router *r, const struct login_from *f, const struct line_settings *s)
{
	enum aaa_method m[AAA_METHODS];
	size_t n = methods(r, f, s, m);
	enum login_ask a;
	bool answers;

	for (size_t i = 0; i < n; i++) {
		a = method_asks(r, m[i], s, &answers);
		if (answers)
			return a;
	}
	return LOGIN_ASK_USER;
}

/* A line that is to ask for its password but has none asks nobody: IOS says so when it is configured. */
enum login_ask
login_asks(struct router *r, const struct login_from *from)
{
	struct line_settings s;

	line_settings(r->cfg, from->kind, from->number, &s);
	if (over_network(from))
		return LOGIN_ASK_USER;
	if (r->cfg->aaa_new_model)
		return list_asks(r, from, &s);
	if (s.login == LINE_LOGIN_PASSWORD)
		return s.password != NULL ? LOGIN_ASK_PASSWORD : LOGIN_ASK_NOTHING;
	return s.login == LINE_LOGIN_LOCAL ? LOGIN_ASK_USER : LOGIN_ASK_NOTHING;
}

unsigned
login_tries(const struct router *r)
{
	return r->cfg->aaa_new_model && r->cfg->access.tries != 0 ? r->cfg->access.tries : TRIES;
}

/* ---- enable ---- */

enum login_enable
login_enable_secret(struct router *r, const struct login_from *from, unsigned level, struct login_secret *out)
{
	enum aaa_method fallback[] = { AAA_ENABLE };
	const struct cfg_aaa_list *l;
	struct line_settings s;
	const enum aaa_method *m = fallback;
	size_t n = 1;

	*out = (struct login_secret){ 0 };
	nobody(r->cfg, out);
	line_settings(r->cfg, from->kind, from->number, &s);
	l = r->cfg->aaa_new_model ? list_of(r, AAA_ENABLING, NULL) : NULL;
	if (l != NULL) {
		m = l->methods;
		n = l->n;
	}
	for (size_t i = 0; i < n; i++) {
		if (m[i] == AAA_NONE)
			return LOGIN_ENABLE_FREE;
		if (m[i] == AAA_ENABLE ? by_enable(r, level, out) : ask(r, m[i], from, &s, "", out))
			return LOGIN_ENABLE_ASK;
	}
	return over_network(from) || l != NULL ? LOGIN_ENABLE_UNSET : LOGIN_ENABLE_FREE;
}

/* ---- what a user may ---- */

static const struct cfg_aaa_list *
exec_list(struct router *r, const struct login_from *f, const struct line_settings *s)
{
	if (!r->cfg->aaa_new_model || (f->kind == LINE_CON && !r->cfg->access.console))
		return NULL;
	return list_of(r, AAA_EXEC, s->exec_list);
}

/* `local` asks for the user's own level. */
static bool
by_local(const struct cfg_aaa_list *l)
{
	enum aaa_method m;

	return cfg_aaa_method(l, &m) && m == AAA_LOCAL;
}

/* Does another method than `local` let that user? */
static bool
by_other(const struct cfg_aaa_list *l, const char *user)
{
	enum aaa_method m;

	return cfg_aaa_method(l, &m) && (m == AAA_NONE || (m == AAA_IF_AUTHENTICATED && *user != '\0'));
}

unsigned
login_privilege(struct router *r, const struct login_from *from, const char *user)
{
	const struct cfg_user *u = cfg_user_find(r->cfg, user, false);
	const struct cfg_aaa_list *l;
	struct line_settings s;
	bool users;

	line_settings(r->cfg, from->kind, from->number, &s);
	l = exec_list(r, from, &s);
	users = r->cfg->aaa_new_model ? by_local(l) : over_network(from) || s.login == LINE_LOGIN_LOCAL;
	return users && u != NULL && (u->privilege != 1 || !s.privilege_set) ? u->privilege : s.privilege;
}

bool
login_exec_ok(struct router *r, const struct login_from *from, const char *user)
{
	const struct cfg_aaa_list *l;
	struct line_settings s;

	line_settings(r->cfg, from->kind, from->number, &s);
	if ((l = exec_list(r, from, &s)) == NULL)
		return true;
	return by_local(l) ? cfg_user_find(r->cfg, user, false) != NULL : by_other(l, user);
}

bool
login_authorizes(struct router *r, const struct login_from *from, const char *user, unsigned level)
{
	const struct cfg_user *u = cfg_user_find(r->cfg, user, false);
	const struct cfg_aaa_list *l;
	struct line_settings s;

	if (!r->cfg->aaa_new_model || level >= PRIV_LEVELS || (from->kind == LINE_CON && !r->cfg->access.console))
		return true;
	line_settings(r->cfg, from->kind, from->number, &s);
	l = config_aaa_commands(r->cfg, level, s.commands_list[level] != NULL ? s.commands_list[level] : "default", false);
	if (l == NULL)
		return true;
	return by_local(l) ? u != NULL && u->privilege >= level : by_other(l, user);
}

const char *
login_autocommand(struct router *r, const char *user)
{
	const struct cfg_user *u = cfg_user_find(r->cfg, user, false);

	return u == NULL ? NULL : u->autocommand;
}

/* ---- users that are locked out ---- */

static struct login_user *
user_of(const struct login *l, const char *name)
{
	struct login_user *u;

	TAILQ_FOREACH(u, &l->users, next)
		if (strcasecmp(u->name, name) == 0)
			return u;
	return NULL;
}

bool
login_user_locked(const struct login *l, const char *name)
{
	const struct login_user *u = user_of(l, name);

	return u != NULL && u->locked_ns != 0 && l->r->cfg->aaa_new_model;
}

/* Only names that the configuration has are counted, so there are no more of them than that; level 15 is never locked out. */
void
login_user_failed(struct login *l, const char *name)
{
	const struct cfg_user *c = cfg_user_find(l->r->cfg, name, false);
	unsigned most = l->r->cfg->access.max_fail;
	struct login_user *u;

	if (c == NULL || most == 0 || !l->r->cfg->aaa_new_model || c->privilege == PRIV_LEVELS - 1)
		return;
	if ((u = user_of(l, name)) == NULL) {
		u = xcalloc(1, sizeof(*u));
		snprintf(u->name, sizeof(u->name), "%s", c->name);
		TAILQ_INSERT_TAIL(&l->users, u, next);
	}
	if (++u->fails < most || u->locked_ns != 0)
		return;
	u->locked_ns = router_now(l->r);
	log_syslog(l->r, "AAA", 5, "USER_LOCKED", "User %s locked out on authentication failure", u->name);
}

static void
user_forget(struct login *l, struct login_user *u)
{
	TAILQ_REMOVE(&l->users, u, next);
	free(u);
}

void
login_user_right(struct login *l, const char *name)
{
	struct login_user *u = user_of(l, name);

	if (u != NULL)
		user_forget(l, u);
}

void
login_users_free(struct login *l)
{
	while (!TAILQ_EMPTY(&l->users))
		user_forget(l, TAILQ_FIRST(&l->users));
}

void
login_locked_each(struct router *r, void (*fn)(void *, const char *, int64_t), void *arg)
{
	const struct login_user *u;

	TAILQ_FOREACH(u, &r->login->users, next)
		if (u->locked_ns != 0)
			fn(arg, u->name, u->locked_ns);
}

bool
login_unlock(struct router *r, const char *user, const char *by)
{
	struct login_user *u, *after;
	bool any = false;

	for (u = TAILQ_FIRST(&r->login->users); u != NULL; u = after) {
		after = TAILQ_NEXT(u, next);
		if (u->locked_ns == 0 || (user != NULL && strcasecmp(u->name, user) != 0))
			continue;
		log_syslog(r, "AAA", 5, "USER_UNLOCKED", "User %s unlocked by %s", u->name, by);
		user_forget(r->login, u);
		any = true;
	}
	return any;
}
