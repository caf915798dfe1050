/* Exec commands of EzVPN: connecting, answering a server that asks who we are, ending, debugging. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/ezvpn.h"
#include "lib/mem.h"
#include "shell/cmds_config.h"
#include "shell/show.h"

/* The connection that is meant: the one that is named, or the only one there is. */
static const char *
meant(struct session *s, const struct args *a)
{
	const struct cfg_ezvpn *v = TAILQ_FIRST(&conf(s)->ez.clients);

	if (arg_has(a, "name"))
		return arg_str(a, "name");
	if (v == NULL)
		session_error(s, "%% No EzVPN connection is configured");
	else if (TAILQ_NEXT(v, next) != NULL)
		session_error(s, "%% There is more than one EzVPN connection: name it");
	else
		return v->name;
	return NULL;
}

static void
run_connect(struct session *s, const struct args *a)
{
	const char *name = meant(s, a), *why = name == NULL ? NULL : router_ezvpn_connect(s->router, name);

	if (why != NULL)
		session_error(s, "%% EzVPN connection %s: %s", name, why);
}

/* False: nothing was typed.  Too much is found out after the last question: else a password would be taken for a command. */
static bool
ask(struct session *s, const char *question, enum input_kind kind, char *out, size_t n, bool *fits)
{
	char *typed = session_ask(s, question, kind);

	if (typed == NULL)
		return false;
	*fits &= strlen(typed) < n;
	snprintf(out, n, "%s", typed);
	wipe_free(typed, strlen(typed));
	return true;
}

static const char *
answer(struct session *s, const char *name)
{
	struct ike_credentials c = { "", "" };
	const char *why = "not answered";
	bool fits = true;

	if (ask(s, "Username: ", INPUT_QUESTION, c.user, sizeof(c.user), &fits) &&
	    ask(s, "Password: ", INPUT_PASSWORD, c.password, sizeof(c.password), &fits))
		why = fits ? router_ezvpn_xauth(s->router, name, &c) : "the name or the password is too long";
	wipe(&c, sizeof(c));
	return why;
}

static void
run_xauth(struct session *s, const struct args *a)
{
	const char *name = meant(s, a), *why;

	if (name == NULL)
		return;
	why = router_ezvpn_asks(s->router, name) ? answer(s, name) : "no request is pending";
	if (why != NULL)
		session_error(s, "%% EzVPN connection %s: %s", name, why);
}

static void
run_clear(struct session *s, const struct args *a)
{
	if (!router_ezvpn_clear(s->router, arg_str(a, "name")))
		session_error(s, "%% EzVPN connection %s does not exist", arg_str(a, "name"));
}

static void
run_clear_user(struct session *s, const struct args *a)
{
	if (!router_clear_user(s->router, arg_str(a, "name")))
		session_error(s, "%% No client is in by the name of %s", arg_str(a, "name"));
}

static void
debug_set(struct session *s, bool on)
{
	s->router->debug.ezvpn = on;
	session_printf(s, "EzVPN debugging is %s\n", on ? "on" : "off");
}

static void
run_debug(struct session *s, const struct args *a)
{
	debug_set(s, !args_no(a));
}

static void
run_undebug(struct session *s, const struct args *a)
{
	(void)a;
	debug_set(s, false);
}

#define CICE		"crypto ipsec client ezvpn "
#define CICE_HELP	"Encryption\nIPsec\nThis router as a client\nOf an EzVPN server\n"

static const struct cmd rows[] = {
	{ M(PRIV), 15, 0, CICE "connect [ WORD:name ]", CICE_HELP "Connect now\nName of the connection", run_connect },
	{ M(PRIV), 15, 0, CICE "xauth [ WORD:name ]", CICE_HELP "Answer a server that asks for user and password\nName of the connection", run_xauth },
	{ M(PRIV), 15, 0, "clear " CICE "[ WORD:name ]", "Take away or set to zero\n" CICE_HELP "Name of a connection", run_clear },
	{ M(PRIV), 15, 0, "clear crypto session username WORD:name",
	    "Take away or set to zero\nEncryption\nISAKMP and IPsec security associations\nThose of a user\nThe user's name", run_clear_user },
	{ M(PRIV), 15, CMD_NO, "debug crypto ipsec client ezvpn",
	    "Turn debug output on\nEncryption and key exchange\nIPsec\nThis router as a client\nOf an EzVPN server", run_debug },
	{ M(PRIV), 15, 0, "undebug crypto ipsec client ezvpn",
	    "Turn debug output off\nEncryption and key exchange\nIPsec\nThis router as a client\nOf an EzVPN server", run_undebug },
};

const struct cmd_table cmds_ezvpn = { rows, NROWS(rows) };
