/* What a row captured from a line. */

#include "shell/args.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/config.h"
#include "lib/addr.h"
#include "lib/clock.h"
#include "lib/mem.h"

struct arg {
	const char	*name;		/* within the row's syntax */
	size_t		 name_len;
	char		*value;
	uint64_t	 number;
	unsigned	 prefix_len;
};

struct args {
	const struct cmd *cmd;
	char		*line;
	bool		 no, dflt;
	struct arg	*v;
	size_t		 n;
};

struct args *
args_new(const struct cmd *cmd, const char *line, bool no, bool dflt)
{
	struct args *a = xcalloc(1, sizeof(*a));

	a->cmd = cmd;
	a->line = xstrdup(line);
	a->no = no;
	a->dflt = dflt;
	return a;
}

void
args_free(struct args *a)
{
	if (a == NULL)
		return;
	for (size_t i = 0; i < a->n; i++)
		wipe_free(a->v[i].value, strlen(a->v[i].value));	/* it may be a password */
	free(a->v);
	wipe_free(a->line, strlen(a->line));
	free(a);
}

static uint64_t
month_number(const char *s)
{
	static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	for (uint64_t i = 0; i < 12; i++)
		if (strncasecmp(s, months + 3 * i, 3) == 0)
			return i + 1;
	return 0;
}

static void
arg_value(struct arg *v, enum element_kind kind)
{
	uint32_t v4 = 0;
	int64_t ns = 0;

	switch (kind) {
	case EL_NUMBER:
		v->number = strtoull(v->value, NULL, 10);
		break;
	case EL_HEX:
		v->number = strtoull(v->value, NULL, 16);
		break;
	case EL_ADDR:
		ip4_parse(v->value, &v4);
		v->number = v4;
		break;
	case EL_PREFIX:
		ip4_parse_cidr(v->value, &v4, &v->prefix_len);
		v->number = v4;
		break;
	case EL_DURATION:
		duration_parse(v->value, &ns);
		v->number = (uint64_t)ns;
		break;
	case EL_MONTH:
		v->number = month_number(v->value);
		break;
	default:
		break;
	}
}

static struct arg *
arg_new(struct args *a, const struct element *e)
{
	a->v = xrealloc(a->v, (a->n + 1) * sizeof(*a->v));
	a->v[a->n] = (struct arg){ .name = e->name, .name_len = e->name_len };
	return &a->v[a->n++];
}

void
args_add(struct args *a, const struct element *e, const struct token *t)
{
	struct arg *v = arg_new(a, e);
	char name[CFG_IF_NAME];

	if (e->kind == EL_KEYWORD)
		v->value = xstrndup(e->text, e->len);
	else if (e->kind == EL_IFNAME && ifname_joined(t, NULL, name))
		v->value = xstrdup(name);
	else
		v->value = xstrndup(t->p, t->len);
	arg_value(v, e->kind);
}

void
args_set_ifname(struct args *a, const struct element *e, const char *canonical)
{
	arg_new(a, e)->value = xstrdup(canonical);
}

/* The last of that name: what is typed twice holds as typed last. */
static const struct arg *
arg_find(const struct args *a, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = a->n; i-- > 0;)
		if (a->v[i].name_len == len && memcmp(a->v[i].name, name, len) == 0)
			return &a->v[i];
	return NULL;
}

bool
args_no(const struct args *a)
{
	return a->no;
}

bool
args_default(const struct args *a)
{
	return a->dflt;
}

bool
arg_has(const struct args *a, const char *name)
{
	return arg_find(a, name) != NULL;
}

const char *
arg_str(const struct args *a, const char *name)
{
	const struct arg *v = arg_find(a, name);

	return v == NULL ? NULL : v->value;
}

bool
args_is(const struct args *a, size_t i, const char *name)
{
	size_t len = strlen(name);

	return i < a->n && a->v[i].name_len == len && memcmp(a->v[i].name, name, len) == 0;
}

const char *
args_at(const struct args *a, size_t i)
{
	return i < a->n ? a->v[i].value : NULL;
}

uint64_t
arg_u64(const struct args *a, const char *name)
{
	const struct arg *v = arg_find(a, name);

	return v == NULL ? 0 : v->number;
}

bool
arg_addr(const struct args *a, const char *name, struct addr *out)
{
	const char *s = arg_str(a, name);

	return s != NULL && addr_parse(s, out);
}

uint32_t
arg_u32(const struct args *a, const char *name)
{
	return (uint32_t)arg_u64(a, name);
}

int64_t
arg_duration(const struct args *a, const char *name)
{
	return (int64_t)arg_u64(a, name);
}

unsigned
arg_prefix_len(const struct args *a, const char *name)
{
	const struct arg *v = arg_find(a, name);

	return v == NULL ? 0 : v->prefix_len;
}

const char *
args_line(const struct args *a)
{
	return a->line;
}

const struct cmd *
args_cmd(const struct args *a)
{
	return a->cmd;
}
