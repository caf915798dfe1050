/* Small helpers of the configuration commands: the object of a sub-mode, marking a change, words in full. */

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds_config.h"

struct config *
conf(const struct session *s)
{
	return s->router->cfg;
}

bool
conf_touched(struct session *s)
{
	if (!s->loading)
		config_set_str(&conf(s)->changed_by, s->user);
	return !s->loading;
}

void
conf_changed(struct session *s, enum cfg_area area)
{
	if (conf_touched(s))
		router_apply(s->router, area);
}

/* Gives what was found, or says that it has gone (another session may have taken it away). */
static void *
present(struct session *s, void *object)
{
	if (object == NULL)
		session_error(s, "%% %s does not exist any more", s->object_name == NULL ? "It" : s->object_name);
	return object;
}

struct cfg_if *
conf_if(struct session *s)
{
	return present(s, s->object_name == NULL ? NULL : config_if(conf(s), s->object_name, false));
}

struct cfg_policy *
conf_policy(struct session *s)
{
	unsigned long n = s->object_name == NULL ? 0 : strtoul(s->object_name, NULL, 10);

	return present(s, config_policy(conf(s), (unsigned)n, false));
}

#define CONF_NAMED(type)										\
	struct cfg_##type *										\
	conf_##type(struct session *s)									\
	{												\
		return present(s, s->object_name == NULL ? NULL :					\
		    config_##type(conf(s), s->object_name, false));					\
	}

struct cfg_acl *
conf_acl(struct session *s)
{
	return present(s, s->object_name == NULL ? NULL : config_acl(conf(s), s->object_name));
}

CONF_NAMED(keyring)
CONF_NAMED(isakmp_profile)
CONF_NAMED(transform_set)
CONF_NAMED(ipsec_profile)

/* Is this element of a syntax string a parameter, "KIND:name"?  Then its name. */
static const char *
param_name(const char *element)
{
	const char *colon = strchr(element, ':');

	return colon == NULL ? NULL : colon + 1;
}

static bool
is_bracket(char c)
{
	return strchr("[]{}|~", c) != NULL;
}

static void
add_element(struct text *t, const struct args *a, const char *element)
{
	const char *name = param_name(element), *word = element;

	if (name != NULL)
		word = arg_str(a, name);
	else if (!arg_has(a, element))
		word = NULL;
	if (word != NULL)
		text_printf(t, "%s%s", t->len > 0 ? " " : "", word);
}

char *
args_words(const struct args *a)
{
	struct text t = { 0 };
	char *copy = xstrdup(args_cmd(a)->syntax), *rest = copy, *element;

	for (char *p = copy; *p != '\0'; p++)
		if (is_bracket(*p))
			*p = ' ';
	while ((element = strsep(&rest, " ")) != NULL)
		if (*element != '\0')
			add_element(&t, a, element);
	free(copy);
	return text_take(&t);
}

size_t
args_key_len(const struct args *a)
{
	const char *s = args_cmd(a)->syntax;
	size_t end = 0, n;

	for (;;) {
		n = strcspn(s + end, " ");
		if (n == 0 || is_bracket(s[end]) || memchr(s + end, ':', n) != NULL)
			return end > 0 ? end - 1 : 0;
		if (s[end + n] == '\0')
			return end + n;
		end += n + 1;
	}
}

void
conf_str(char **slot, const struct args *a, const char *param)
{
	config_set_str(slot, args_off(a) ? NULL : arg_str(a, param));
}
