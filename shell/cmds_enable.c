/* Rights gained and given back: enable, disable, login. */

#include <stdlib.h>
#include <string.h>

#include "engine/log.h"
#include "engine/login.h"
#include "engine/router.h"
#include "lib/mem.h"
#include "shell/cmds.h"
#include "shell/session.h"
#include "shell/session_login.h"
#include "shell/tty.h"

#define TRIES	3u

/* A session of a policy or of a test sits nowhere: it has the console's rights. */
static struct login_from
from_of(const struct session *s)
{
	return s->tty != NULL ? s->tty->from : (struct login_from){ .kind = LINE_CON };
}

static bool
asked(struct session *s, const struct login_secret *secret)
{
	for (unsigned i = 0; i < TRIES; i++) {
		char *typed = session_ask(s, "Password: ", INPUT_PASSWORD);

		if (typed == NULL)
			return false;
		if (session_password(s, secret, typed))
			return true;
		if (s->quit || s->router->login == NULL)
			return false;
		session_sleep(s, NSEC_SEC);
	}
	if (s->router->cfg->aaa_new_model)
		session_error(s, "%% Access denied\n\n");
	else
		session_error(s, "%% Bad secrets\n\n");
	return false;
}

static bool
granted(struct session *s, unsigned level)
{
	struct login_from from = from_of(s);
	struct login_secret secret;
	bool in = false;

	switch (login_enable_secret(s->router, &from, level, &secret)) {
	case LOGIN_ENABLE_FREE:
		in = true;
		break;
	case LOGIN_ENABLE_UNSET:
		session_error(s, s->router->cfg->aaa_new_model ? "%% Error in authentication.\n\n" : "%% No password set");
		break;
	case LOGIN_ENABLE_ASK:
		in = asked(s, &secret);
		break;
	}
	wipe(&secret, sizeof(secret));
	return in;
}

/* logging userinfo */
static void
log_granted(const struct session *s, unsigned level, bool in)
{
	char who[TTY_WHO_MAX];

	if (s->router->cfg->syslog.userinfo)
		log_syslog(s->router, "SYS", 5, in ? "PRIV_AUTH_PASS" : "PRIV_AUTH_FAIL", "%s to %u by %s",
		    in ? "Privilege level set" : "Authentication failed for change of privilege level", level, session_who(s, who, sizeof(who)));
}

/* Fewer rights, or those that one has, are nothing to ask for. */
static void
cmd_enable(struct session *s, const struct args *a)
{
	unsigned level = arg_has(a, "level") ? arg_u32(a, "level") : 15;

	if (level > s->privilege) {
		bool in = granted(s, level);

		log_granted(s, level, in);
		if (!in)
			return;
	}
	session_level(s, level);
}

static void
cmd_disable(struct session *s, const struct args *a)
{
	unsigned level = arg_has(a, "level") ? arg_u32(a, "level") : 1;

	if (level > s->privilege)
		session_error(s, "%% Privilege level %u is above the present one: use enable", level);
	else
		session_level(s, level);
}

/* Somebody else sits down here. */
static void
cmd_login(struct session *s, const struct args *a)
{
	(void)a;
	if (s->tty == NULL)
		session_error(s, "%% There is nobody to ask here");
	else if (!session_login_anew(s))
		s->quit = true;
}

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 0, 0, "enable [ <0-15>:level ]", "Go to privileged commands\nPrivilege level", cmd_enable },
	{ M(EXEC) | M(PRIV), 0, 0, "disable [ <0-15>:level ]", "Leave privileged commands\nPrivilege level", cmd_disable },
	{ M(EXEC) | M(PRIV), 1, 0, "login", "Log in anew, as another user", cmd_login },
};

CMD_TABLE(cmds_enable, rows);
