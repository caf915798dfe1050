/* Configuration and show commands of event manager policies that are scripts, and how they are printed back. */

#include <stdlib.h>
#include <string.h>

#include "engine/eem_script.h"
#include "engine/flash.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/cmds_config_eem.h"
#include "shell/show.h"

static const char *
directory(const struct cfg_eem *e)
{
	return e->directory != NULL ? e->directory : "flash:/";
}

static void
run_directory(struct session *s, const struct args *a)
{
	const char *place = arg_str(a, "place");
	struct cfg_eem *e = &conf(s)->eem;
	size_t n;

	if (args_off(a)) {
		config_set_str(&e->directory, NULL);
		conf_changed(s, CFG_AREA_OTHER);
		return;
	}
	n = flash_prefix(place);
	if (n == 0 || (place[n] != '\0' && strcmp(place + n, "/") != 0)) {
		session_error(s, "EEM configuration: user policy directory %s could not be located (%s)", place,
		    flash_why(n == 0 ? FLASH_BAD_SYSTEM : FLASH_NO_FILE));
		return;
	}
	config_set_str(&e->directory, place);
	conf_changed(s, CFG_AREA_OTHER);
}

/* The file is read now, and what it registers for; what stood there under that name stays if it is no good. */
static void
policy_set(struct session *s, const char *name, bool trap)
{
	struct cfg_eem *e = &conf(s)->eem;
	struct cfg_eem_policy *p = cfg_eem_policy(e, name, false), *made = p == NULL ? cfg_eem_policy(e, name, true) : NULL;
	char *why = eem_script_load(s->router, p != NULL ? p : made);

	if (why != NULL) {
		session_error(s, "EEM Register event failed: %s: %s", name, why);
		if (made != NULL)
			cfg_eem_policy_del(e, made);
		free(why);
		return;
	}
	p = p != NULL ? p : made;
	p->trap = trap;
	cfg_eem_policy_changed(e, p);
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_policy(struct session *s, const struct args *a)
{
	struct cfg_eem *e = &conf(s)->eem;
	const char *name = arg_str(a, "file"), *file;
	struct cfg_eem_policy *p = cfg_eem_policy(e, name, false);

	if (args_off(a)) {
		if (p != NULL)
			cfg_eem_policy_del(e, p);
		conf_changed(s, CFG_AREA_OTHER);
	} else if (flash_prefix(name) > 0 || flash_url(name, &file) != FLASH_OK || file != name)
		session_error(s, "EEM configuration: %s is no name of a file in %s", name, directory(e));
	else
		policy_set(s, name, arg_has(a, "trap"));
}

void
running_eem_script(const struct cfg_eem *e, struct text *out)
{
	const struct cfg_eem_policy *p;

	if (e->directory != NULL)
		text_printf(out, "event manager directory user policy \"%s\"\n", e->directory);
	TAILQ_FOREACH(p, &e->policies, next)
		text_printf(out, "event manager policy %s type user%s\n", p->name, p->trap ? " trap" : "");
}

static void
run_show_directory(struct session *s, const struct args *a)
{
	(void)a;
	session_printf(s, "%s\n", directory(&conf(s)->eem));
}

struct available { struct session *s; struct text t; unsigned n; };

static void
put_available(void *arg, const struct flash_file *x)
{
	struct available *v = arg;
	size_t n = strlen(x->name);

	if (n < 5 || strcmp(x->name + n - 4, ".tcl") != 0)
		return;
	text_printf(&v->t, "%-5u%-8s", ++v->n, "user");
	show_eem_time(&v->t, conf(v->s), x->when_ns);
	text_printf(&v->t, "  %s\n", x->name);
}

static void
run_show_available(struct session *s, const struct args *a)
{
	struct available v = { .s = s };

	(void)a;
	text_printf(&v.t, "%-5s%-8s%-26s%s\n", "No.", "Type", "Time Created", "Name");
	flash_each(s->router->flash, put_available, &v);
	show_flush(s, &v.t);
}

#define EM		"event manager "
#define EM_HELP		"Events and what is done about them\nThe embedded event manager\n"
#define SH		"show event manager "
#define SH_HELP		"Show what is going on\n" EM_HELP
#define E		M(EXEC) | M(PRIV), 1, CMD_SHOW

static const struct cmd rows[] = {
	{ M(CONFIG), 15, CMD_NO, EM "directory user policy ~ STRING:place",
	    EM_HELP "Where files are\nOf users\nPolicies\nA file system: flash:/", run_directory },
	{ M(CONFIG), 15, CMD_NO, EM "policy WORD:file ~ { type user | trap }*",
	    EM_HELP "A policy that is a script\nIts file\nWhose it is\nA user's\nSend a trap when it runs", run_policy },
	{ E, SH "directory user policy", SH_HELP "Where files are\nOf users\nPolicies", run_show_directory },
	{ E, SH "policy available [ user ]", SH_HELP "Policies\nScripts that could be configured\nA user's", run_show_available },
};

const struct cmd_table cmds_config_eem_script = { rows, NROWS(rows) };
