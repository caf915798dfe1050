/* The Embedded Event Manager's configuration: its lists, found and made and taken away. */

#include "engine/cfg_eem.h"

#include <stdlib.h>
#include <string.h>

#include "engine/config.h"
#include "lib/clock.h"
#include "lib/mem.h"

void
cfg_eem_init(struct cfg_eem *e)
{
	TAILQ_INIT(&e->applets);
	TAILQ_INIT(&e->policies);
	TAILQ_INIT(&e->vars);
	e->history_events = e->history_traps = EEM_HISTORY_DEFAULT;
}

void
cfg_eem_free(struct cfg_eem *e)
{
	while (!TAILQ_EMPTY(&e->applets))
		cfg_eem_applet_del(e, TAILQ_FIRST(&e->applets));
	while (!TAILQ_EMPTY(&e->policies))
		cfg_eem_policy_del(e, TAILQ_FIRST(&e->policies));
	while (!TAILQ_EMPTY(&e->vars))
		cfg_eem_var_set(e, TAILQ_FIRST(&e->vars)->name, NULL);
	free(e->user);
	free(e->directory);
	e->user = e->directory = NULL;
}

void
cfg_eem_event_init(struct cfg_eem_event *v)
{
	*v = (struct cfg_eem_event){ .maxrun_ns = -1, .ratelimit_ns = -1, .severity = -1 };
}

void
cfg_eem_event_free(struct cfg_eem_event *v)
{
	free(v->pattern);
	free(v->name);
	free(v->cron);
	free(v->parameter);
	free(v->oid);
	free(v->oid_value);
	cfg_eem_event_init(v);
}

void
cfg_eem_event_copy(struct cfg_eem_event *to, const struct cfg_eem_event *from)
{
	*to = *from;
	to->pattern = to->name = to->cron = to->parameter = to->oid = to->oid_value = NULL;
	config_set_str(&to->pattern, from->pattern);
	config_set_str(&to->name, from->name);
	config_set_str(&to->cron, from->cron);
	config_set_str(&to->parameter, from->parameter);
	config_set_str(&to->oid, from->oid);
	config_set_str(&to->oid_value, from->oid_value);
}

struct cfg_eem_applet *
cfg_eem_applet(struct cfg_eem *e, const char *name, bool create)
{
	struct cfg_eem_applet *a;

	TAILQ_FOREACH(a, &e->applets, next)
		if (strcmp(a->name, name) == 0)
			return a;
	if (!create)
		return NULL;
	a = xcalloc(1, sizeof(*a));
	a->name = xstrdup(name);
	TAILQ_INIT(&a->actions);
	cfg_eem_event_init(&a->event);
	TAILQ_INSERT_TAIL(&e->applets, a, next);
	cfg_eem_changed(e, a);
	return a;
}

void
cfg_eem_changed(struct cfg_eem *e, struct cfg_eem_applet *a)
{
	e->revision++;
	if (a != NULL)
		a->revision = e->revision;
}

void
cfg_eem_applet_del(struct cfg_eem *e, struct cfg_eem_applet *a)
{
	while (!TAILQ_EMPTY(&a->actions))
		cfg_eem_action_del(a, TAILQ_FIRST(&a->actions));
	TAILQ_REMOVE(&e->applets, a, next);
	cfg_eem_event_free(&a->event);
	cfg_eem_changed(e, NULL);
	free(a->description);
	free(a->name);
	free(a);
}

struct cfg_eem_action *
cfg_eem_action(struct cfg_eem_applet *a, const char *label, bool create)
{
	struct cfg_eem_action *x, *new;

	TAILQ_FOREACH(x, &a->actions, next)
		if (strcmp(x->label, label) >= 0)
			break;
	if (x != NULL && strcmp(x->label, label) == 0)
		return x;
	if (!create || a->nactions >= EEM_ACTIONS_MAX)
		return NULL;
	new = xcalloc(1, sizeof(*new));
	new->label = xstrdup(label);
	if (x != NULL)
		TAILQ_INSERT_BEFORE(x, new, next);
	else
		TAILQ_INSERT_TAIL(&a->actions, new, next);
	a->nactions++;
	return new;
}

void
cfg_eem_action_clear(struct cfg_eem_action *x)
{
	for (size_t i = 0; i < EEM_ARGS_MAX; i++) {
		free(x->arg[i]);
		x->arg[i] = NULL;
	}
}

void
cfg_eem_action_del(struct cfg_eem_applet *a, struct cfg_eem_action *x)
{
	TAILQ_REMOVE(&a->actions, x, next);
	a->nactions--;
	cfg_eem_action_clear(x);
	free(x->label);
	free(x);
}

struct cfg_eem_policy *
cfg_eem_policy(struct cfg_eem *e, const char *name, bool create)
{
	struct cfg_eem_policy *p;

	TAILQ_FOREACH(p, &e->policies, next)
		if (strcmp(p->name, name) == 0)
			return p;
	if (!create)
		return NULL;
	p = xcalloc(1, sizeof(*p));
	p->name = xstrdup(name);
	cfg_eem_event_init(&p->event);
	TAILQ_INSERT_TAIL(&e->policies, p, next);
	return p;
}

void
cfg_eem_policy_changed(struct cfg_eem *e, struct cfg_eem_policy *p)
{
	p->revision = ++e->revision;
}

void
cfg_eem_policy_del(struct cfg_eem *e, struct cfg_eem_policy *p)
{
	TAILQ_REMOVE(&e->policies, p, next);
	cfg_eem_event_free(&p->event);
	cfg_eem_changed(e, NULL);
	free(p->text);
	free(p->name);
	free(p);
}

const char *
cfg_eem_var(const struct cfg_eem *e, const char *name)
{
	const struct cfg_eem_var *v;

	TAILQ_FOREACH(v, &e->vars, next)
		if (strcmp(v->name, name) == 0)
			return v->value;
	return NULL;
}

static void
var_del(struct cfg_eem *e, struct cfg_eem_var *v)
{
	TAILQ_REMOVE(&e->vars, v, next);
	free(v->name);
	free(v->value);
	free(v);
}

void
cfg_eem_var_set(struct cfg_eem *e, const char *name, const char *value)
{
	struct cfg_eem_var *v, *new;

	TAILQ_FOREACH(v, &e->vars, next)
		if (strcmp(v->name, name) >= 0)
			break;
	if (v != NULL && strcmp(v->name, name) == 0) {
		if (value == NULL)
			var_del(e, v);
		else
			config_set_str(&v->value, value);
		return;
	}
	if (value == NULL)
		return;
	new = xcalloc(1, sizeof(*new));
	new->name = xstrdup(name);
	new->value = xstrdup(value);
	if (v != NULL)
		TAILQ_INSERT_BEFORE(v, new, next);
	else
		TAILQ_INSERT_TAIL(&e->vars, new, next);
}

bool
eem_seconds_parse(const char *s, int64_t *ns)
{
	int64_t v = 0, unit = NSEC_SEC;
	const char *p = s;

	for (; *p >= '0' && *p <= '9'; p++)
		if ((v = v * 10 + (*p - '0')) > UINT32_MAX)
			return false;
	if (p == s)
		return false;
	*ns = v * NSEC_SEC;
	if (*p == '\0')
		return true;
	if (*p++ != '.' || *p == '\0' || strlen(p) > 3)
		return false;
	for (; *p >= '0' && *p <= '9'; p++) {
		unit /= 10;
		*ns += (*p - '0') * unit;
	}
	return *p == '\0';
}
