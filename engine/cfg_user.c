/* Local users and lists of methods: kept, found, and asked. */

#include "engine/cfg_user.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/config.h"
#include "lib/mem.h"

static void
stored_wipe(struct cfg_user *u)
{
	if (u->stored != NULL)
		wipe_free(u->stored, strlen(u->stored));
	u->stored = NULL;
}

static void
user_free(struct cfg_user *u)
{
	stored_wipe(u);
	free(u->autocommand);
	free(u->name);
	free(u);
}

struct cfg_user *
config_user(struct config *c, const char *name, bool create)
{
	struct cfg_user *u;

	TAILQ_FOREACH(u, &c->users, next)
		if (strcmp(u->name, name) == 0)
			return u;
	if (!create)
		return NULL;
	u = xcalloc(1, sizeof(*u));
	u->name = xstrdup(name);
	u->privilege = 1;
	TAILQ_INSERT_TAIL(&c->users, u, next);
	return u;
}

void
config_user_del(struct config *c, struct cfg_user *u)
{
	TAILQ_REMOVE(&c->users, u, next);
	user_free(u);
}

void
cfg_user_set(struct cfg_user *u, bool secret, enum passwd_type t, const char *stored)
{
	stored_wipe(u);
	u->secret = secret;
	u->type = t;
	u->stored = stored == NULL ? NULL : xstrdup(stored);
}

void
cfg_users_free(struct cfg_users *l)
{
	struct cfg_user *u;

	while ((u = TAILQ_FIRST(l)) != NULL) {
		TAILQ_REMOVE(l, u, next);
		user_free(u);
	}
}

static struct cfg_aaa_list *
list_find(struct config *c, enum aaa_service s, unsigned level, const char *name, bool create)
{
	struct cfg_aaa_list *l;

	TAILQ_FOREACH(l, &c->aaa_lists, next)
		if (l->service == s && l->level == level && strcmp(l->name, name) == 0)
			return l;
	if (!create)
		return NULL;
	l = xcalloc(1, sizeof(*l));
	l->service = s;
	l->level = level;
	l->name = xstrdup(name);
	TAILQ_INSERT_TAIL(&c->aaa_lists, l, next);
	return l;
}

struct cfg_aaa_list *
config_aaa_list(struct config *c, enum aaa_service s, const char *name, bool create)
{
	return list_find(c, s, 0, name, create);
}

struct cfg_aaa_list *
config_aaa_commands(struct config *c, unsigned level, const char *name, bool create)
{
	return list_find(c, AAA_COMMANDS, level, name, create);
}

void
cfg_aaa_clear(struct cfg_aaa_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->groups[i]);
		l->groups[i] = NULL;
	}
	l->n = 0;
}

bool
cfg_aaa_method(const struct cfg_aaa_list *l, enum aaa_method *out)
{
	for (size_t i = 0; l != NULL && i < l->n; i++)
		if (l->methods[i] != AAA_GROUP) {
			*out = l->methods[i];
			return true;
		}
	return false;
}

void
config_aaa_list_del(struct config *c, struct cfg_aaa_list *l)
{
	TAILQ_REMOVE(&c->aaa_lists, l, next);
	cfg_aaa_clear(l);
	free(l->name);
	free(l);
}

void
cfg_aaa_free(struct cfg_aaa_lists *lists)
{
	struct cfg_aaa_list *l;

	while ((l = TAILQ_FIRST(lists)) != NULL) {
		TAILQ_REMOVE(lists, l, next);
		cfg_aaa_clear(l);
		free(l->name);
		free(l);
	}
}

const struct cfg_user *
cfg_user_find(const struct config *c, const char *name, bool with_case)
{
	const struct cfg_user *u;

	TAILQ_FOREACH(u, &c->users, next)
		if (with_case ? strcmp(u->name, name) == 0 : strcasecmp(u->name, name) == 0)
			return u;
	return NULL;
}

static bool
local_login(const struct config *c, enum aaa_method m, const char *user, const char *password)
{
	const struct cfg_user *u = cfg_user_find(c, user, m == AAA_LOCAL_CASE);

	return (m == AAA_LOCAL || m == AAA_LOCAL_CASE) && u != NULL && u->stored != NULL && passwd_check(u->type, u->stored, password);
}

/* The first method that can answer decides. */
bool
aaa_login(struct config *c, const char *list, const char *user, const char *password)
{
	const struct cfg_aaa_list *l = c->aaa_new_model ? config_aaa_list(c, AAA_LOGIN, list, false) : NULL;
	enum aaa_method m;

	return cfg_aaa_method(l, &m) && (m == AAA_NONE || local_login(c, m, user, password));
}

bool
aaa_authorizes(struct config *c, const char *list)
{
	const struct cfg_aaa_list *l = c->aaa_new_model ? config_aaa_list(c, AAA_NETWORK, list, false) : NULL;
	enum aaa_method m;

	return cfg_aaa_method(l, &m) && m != AAA_NONE;
}
