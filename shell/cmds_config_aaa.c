/*
 * Lists of methods: how users are asked who they are (`aaa authentication`) and what they may (`aaa authorization`).
 * All that is known here is local; a list's methods are tried in the order in which they are written.
 */

#include <string.h>

#include "lib/mem.h"
#include "shell/cmds_config.h"

static const struct { const char *word; enum aaa_method method; } methods[] = {
	{ "local", AAA_LOCAL }, { "local-case", AAA_LOCAL_CASE }, { "enable", AAA_ENABLE }, { "line", AAA_LINE },
	{ "none", AAA_NONE }, { "if-authenticated", AAA_IF_AUTHENTICATED }, { "group", AAA_GROUP },
};

static size_t
methods_count(const struct args *a, size_t first)
{
	size_t n = 0;

	for (size_t i = first; args_at(a, i) != NULL; i++)
		n += !args_is(a, i, "server");
	return n;
}

static void
method_take(struct cfg_aaa_list *l, const struct args *a, size_t i)
{
	for (size_t k = 0; k < NROWS(methods); k++)
		if (args_is(a, i, methods[k].word))
			l->methods[l->n] = methods[k].method;
	if (args_is(a, i, "group"))
		l->groups[l->n] = xstrdup(args_at(a, i + 1));
	l->n++;
}

/* False: there are too many. */
static bool
methods_take(struct cfg_aaa_list *l, const struct args *a)
{
	size_t i = 0;

	while (!args_is(a, i, "default") && !args_is(a, i, "list"))	/* words before the list's name are no methods */
		i++;
	if (methods_count(a, ++i) > AAA_METHODS)
		return false;
	cfg_aaa_clear(l);
	for (; args_at(a, i) != NULL; i++)
		if (!args_is(a, i, "server"))
			method_take(l, a, i);
	return true;
}

static struct cfg_aaa_list *
list_of(struct session *s, const struct args *a, enum aaa_service service, bool create)
{
	const char *name = arg_has(a, "list") ? arg_str(a, "list") : "default";

	if (service == AAA_COMMANDS)
		return config_aaa_commands(conf(s), arg_u32(a, "level"), name, create);
	return config_aaa_list(conf(s), service, name, create);
}

static bool
modelled(struct session *s)
{
	if (!conf(s)->aaa_new_model)
		session_error(s, "%% AAA: aaa new-model is not configured");
	return conf(s)->aaa_new_model;
}

static void
list_typed(struct session *s, const struct args *a, enum aaa_service service)
{
	struct cfg_aaa_list *l;
	bool fresh;

	if (!modelled(s))
		return;
	fresh = (l = list_of(s, a, service, false)) == NULL;
	if (args_off(a)) {
		if (l == NULL)
			session_error(s, "%% AAA: list \"%s\" is not defined", arg_has(a, "list") ? arg_str(a, "list") : "default");
		else
			config_aaa_list_del(conf(s), l);
		conf_changed(s, CFG_AREA_ISAKMP);
		return;
	}
	l = list_of(s, a, service, true);
	if (!methods_take(l, a)) {
		session_error(s, "%% AAA: a list has at most %d methods", AAA_METHODS);
		if (fresh)
			config_aaa_list_del(conf(s), l);
	}
	conf_changed(s, CFG_AREA_ISAKMP);
}

static void
run_login(struct session *s, const struct args *a)
{
	list_typed(s, a, AAA_LOGIN);
}

static void
run_enable(struct session *s, const struct args *a)
{
	list_typed(s, a, AAA_ENABLING);
}

static void
run_exec(struct session *s, const struct args *a)
{
	list_typed(s, a, AAA_EXEC);
}

static void
run_commands(struct session *s, const struct args *a)
{
	list_typed(s, a, AAA_COMMANDS);
}

static void
run_network(struct session *s, const struct args *a)
{
	list_typed(s, a, AAA_NETWORK);
}

static void
run_console(struct session *s, const struct args *a)
{
	if (modelled(s))
		conf(s)->access.console = !args_off(a);
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_attempts(struct session *s, const struct args *a)
{
	if (modelled(s))
		conf(s)->access.tries = args_off(a) ? 0 : arg_u32(a, "tries");
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_max_fail(struct session *s, const struct args *a)
{
	if (modelled(s))
		conf(s)->access.max_fail = args_off(a) ? 0 : arg_u32(a, "fails");
	conf_changed(s, CFG_AREA_OTHER);
}

#define AAA		"Authentication, authorization, accounting\n"
#define WHO		AAA "Who a user is\n"
#define MAY		AAA "What a user may\n"
#define NAMED		"The list where none is named\nName of a list\n"
#define LOCALS		"The local users\nThe local users, case of the name too\n"
#define SERVERS		"\nServers, of which none is there: the next method is asked\nName of the group"
#define PASSWORDS	"The password of enable\nThe password of the line\n"

static const struct cmd rows[] = {
	{ M(CONFIG), 15, CMD_NO, "aaa authentication login { default | WORD:list } ~ { local | local-case | enable | line | none | group WORD:server }*",
	    WHO "When logging in\n" NAMED LOCALS PASSWORDS "Anybody" SERVERS, run_login },
	{ M(CONFIG), 15, CMD_NO, "aaa authentication enable default ~ { enable | line | none | group WORD:server }*",
	    WHO "When more rights are asked for\nThe only list\n" PASSWORDS "Anybody" SERVERS, run_enable },
	{ M(CONFIG), 15, CMD_NO, "aaa authorization exec { default | WORD:list } ~ { local | if-authenticated | none | group WORD:server }*",
	    MAY "Have a session, with which rights\n" NAMED "By the local users\nWhoever has logged in\nNothing is asked" SERVERS, run_exec },
	{ M(CONFIG), 15, CMD_NO, "aaa authorization commands <0-15>:level { default | WORD:list } ~ { local | if-authenticated | none | group WORD:server }*",
	    MAY "Type commands\nOf this level\n" NAMED "By the local users\nWhoever has logged in\nNothing is asked" SERVERS, run_commands },
	{ M(CONFIG), 15, CMD_NO, "aaa authorization console", MAY "At the console too", run_console },
	{ M(CONFIG), 15, CMD_NO, "aaa authorization network { default | WORD:list } ~ { local | none }",
	    MAY "Use of the network\n" NAMED "What is configured here\nNothing is asked", run_network },
	{ M(CONFIG), 15, CMD_NO, "aaa authentication attempts login ~ <1-25>:tries", WHO "How often one may try\nWhen logging in\nNumber of tries", run_attempts },
	{ M(CONFIG), 15, CMD_NO, "aaa local authentication attempts max-fail ~ <1-65535>:fails",
	    AAA "Local users\nWho a user is\nHow often one may try\nLock a user out behind so many failures\nNumber of failures", run_max_fail },
};

const struct cmd_table cmds_config_aaa = { rows, NROWS(rows) };
