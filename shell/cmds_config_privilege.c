/* `privilege MODE level N COMMAND`: the level that a command asks for. */

#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/privilege.h"
#include "shell/running_access.h"

static enum mode
mode_typed(const struct args *a)
{
	for (unsigned m = 0; m < MODE__COUNT; m++) {
		const char *name = privilege_mode_name((enum mode)m);

		if (name != NULL && arg_has(a, name))
			return (enum mode)m;
	}
	return MODE_PRIV;
}

static void
run_privilege(struct session *s, const struct args *a)
{
	struct cfg_access *access = &conf(s)->access;
	enum mode mode = mode_typed(a);
	char *words = privilege_words(mode, arg_str(a, "command"));
	struct cfg_privilege *p;

	if (words == NULL) {
		session_error(s, "%% There is no such command: %s", arg_str(a, "command"));
		return;
	}
	p = cfg_privilege(access, mode, words);
	if (!args_off(a) && !arg_has(a, "reset"))
		cfg_privilege_put(access, mode, words, arg_u32(a, "to"), arg_has(a, "all"));
	else if (p != NULL)
		cfg_privilege_del(access, p);
	free(words);
	conf_changed(s, CFG_AREA_OTHER);
}

void
running_privileges(const struct config *c, struct text *out)
{
	const struct cfg_privilege *p;

	TAILQ_FOREACH(p, &c->access.privileges, next)
		text_printf(out, "privilege %s %slevel %u %s\n", privilege_mode_name((enum mode)p->mode), p->all ? "all " : "", p->level, p->words);
}

#define MODES	"{ exec | configure | interface | line | crypto-map | crypto-transform | ipsec-profile | isakmp-policy | isakmp-profile | " \
		"keyring | ipsnacl | ipenacl | tracking-config }"

static const struct cmd rows[] = {
	{ M(CONFIG), 15, CMD_NO, "privilege " MODES " [ all ] { level <0-15>:to LINE:command | reset LINE:command } ~",
	    "The level that a command asks for\nExec commands\nConfiguration commands\nThose of an interface\nThose of a terminal line\nThose of a crypto map\n"
	    "Those of a transform set\nThose of an IPsec profile\nThose of an ISAKMP policy\nThose of an ISAKMP profile\nThose of a keyring\n"
	    "Those of a standard access list\nThose of an extended access list\nThose of a tracked object\nAll commands that begin so\nThe level\nThe level\n"
	    "The command, or how it begins\nWhat it asked for at first\nThe command, or how it begins", run_privilege },
};

const struct cmd_table cmds_config_privilege = { rows, NROWS(rows) };
