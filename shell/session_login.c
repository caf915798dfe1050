/* Logging in: the dialogue of a console, the banners, what the line says of a session, and its time-outs. */

#include "shell/session_login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/login.h"
#include "engine/router.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/banner.h"
#include "shell/session_int.h"
#include "shell/tty.h"

#define LENGTH_USUAL	24u
#define WIDTH_USUAL	80u

static struct line_settings
line_of(const struct session *s)
{
	struct line_settings l;

	line_settings(s->router->cfg, s->tty->from.kind, s->tty->from.number, &l);
	return l;
}

void
session_level(struct session *s, unsigned level)
{
	s->privilege = level;
	session_mode(s, level > 1 ? MODE_PRIV : MODE_EXEC, NULL);
}

/* ---- who comes ---- */

static const char *
refusal(const struct session *s, enum login_ask ask)
{
	if (s->router->cfg->aaa_new_model)
		return "% Authentication failed\n\n";
	return ask == LOGIN_ASK_USER ? "% Login invalid\n\n" : "";
}

static bool
blocked(const struct session *s)
{
	return s->router->login == NULL;
}

/* One try; false: no more is typed there. */
static bool
try(struct session *s, enum login_ask ask, bool *in)
{
	const struct login_from *from = &s->tty->from;
	struct login_secret secret;
	char *user = ask == LOGIN_ASK_USER ? session_ask(s, "Username: ", INPUT_QUESTION) : xstrdup(""), *typed = NULL;

	*in = false;
	if (user == NULL || blocked(s)) {
		free(user);
		return false;
	}
	if (ask == LOGIN_ASK_USER && *user == '\0') {
		free(user);
		return true;
	}
	login_secret(s->router, from, user, &secret);
	if (!secret.none && (typed = session_ask(s, "Password: ", INPUT_PASSWORD)) == NULL) {
		wipe(&secret, sizeof(secret));
		free(user);
		return false;
	}
	*in = secret.none || session_password(s, &secret, typed);
	wipe(&secret, sizeof(secret));
	if (blocked(s))
		*in = false;
	else if (*in) {
		snprintf(s->tty->user, sizeof(s->tty->user), "%.*s", USER_NAME_MAX, user);
		login_succeeded(s->router, from, user);
	} else {
		session_sleep(s, login_failed(s->router, from, user, "Login Authentication Failed"));
		session_write(s, refusal(s, ask), strlen(refusal(s, ask)));
	}
	free(user);
	return !s->quit && !s->interrupted;
}

static bool
dialogue(struct session *s, enum login_ask ask)
{
	unsigned tries = login_tries(s->router);
	bool in = false;

	if (s->tty->logged_in_ns == 0)
		session_printf(s, "\nUser Access Verification\n\n");
	for (unsigned i = 0; i < tries && !in; i++)
		if (!try(s, ask, &in))
			return false;
	if (!in && ask == LOGIN_ASK_PASSWORD && !s->router->cfg->aaa_new_model)
		session_printf(s, "%% Bad passwords\n");
	return in;
}

/* ---- what the line says ---- */

static void
screen(struct session *s, const struct line_settings *l)
{
	if (l->length != LENGTH_USUAL) {
		s->length = l->length;
		s->length_set = true;
	}
	if (l->width != WIDTH_USUAL) {
		s->width = l->width;
		s->width_set = true;
	}
	s->no_editing = l->no_editing;
	if (l->history != s->history_size)
		session_history_resize(s, l->history);
}

static bool
asked(struct session *s)
{
	enum login_ask ask = s->tty->by == TTY_SSH ? LOGIN_ASK_NOTHING : login_asks(s->router, &s->tty->from);

	if (ask == LOGIN_ASK_NOTHING)
		return true;
	return dialogue(s, ask);
}

/* At a console that asks nobody one begins with all rights, unless its line says which. */
static void
rights(struct session *s, const struct line_settings *l, bool free)
{
	if (!free)
		session_level(s, login_privilege(s->router, &s->tty->from, s->tty->user));
	else if (l->privilege_set)
		session_level(s, l->privilege);
	if (s->tty->user[0] != '\0')
		s->user = s->tty->user;
}

/* It runs whatever else he asks for: it may be all that he may do. */
static void
autocommand(struct session *s)
{
	const char *command = login_autocommand(s->router, s->tty->user);

	config_set_str(&s->autocommand, command);
	if (command != NULL)
		s->exec = s->autocommand;
}

bool
session_login(struct session *s)
{
	struct line_settings l = line_of(s);
	bool free = s->tty->by != TTY_SSH && login_asks(s->router, &s->tty->from) == LOGIN_ASK_NOTHING;

	if (s->tty->by != TTY_SSH && login_gate(s->router, &s->tty->from) != LOGIN_OPEN)
		return false;
	if (!free)
		s->privilege = 0;	/* until it is known who it is */
	if (s->tty->by != TTY_SSH) {
		if (!l.no_motd)
			banner_show(s, BANNER_MOTD);
		if (!free)
			banner_show(s, BANNER_LOGIN);
	}
	if (!asked(s)) {
		s->left = true;
		return false;
	}
	l = line_of(s);
	if (!free && !login_exec_ok(s->router, &s->tty->from, s->tty->user)) {
		session_printf(s, "%% Authorization failed.\n");
		return false;
	}
	rights(s, &l, free);
	screen(s, &l);
	s->tty->logged_in_ns = clock_now(session_clock(s));
	autocommand(s);
	if (s->tty->by == TTY_SSH && s->exec == NULL && !l.no_motd)
		banner_show(s, BANNER_MOTD);
	if (!l.no_exec_banner && s->exec == NULL)
		banner_show(s, BANNER_EXEC);
	return true;
}

bool
session_logged_in(const struct session *s)
{
	return s->tty != NULL && (s->tty->by == TTY_SSH || s->tty->user[0] != '\0' || login_asks(s->router, &s->tty->from) != LOGIN_ASK_NOTHING);
}

/* Nothing of the last person stays. */
static void
clean(struct session *s)
{
	s->quit = s->left = s->interrupted = false;
	s->user = s->exec = NULL;
	s->tty->user[0] = '\0';
	s->tty->logged_in_ns = 0;
	s->tcl = false;
	session_history_clear(s);
	text_clear(&s->typeahead);
	session_level(s, 1);
}

bool
session_again(struct session *s)
{
	char *key;

	if (s->tty == NULL || s->tty->by != TTY_CONSOLE || !s->left || !s->router->powered ||
	    login_asks(s->router, &s->tty->from) == LOGIN_ASK_NOTHING)
		return false;
	session_printf(s, "\n\n%s con0 is now available\n\n\nPress RETURN to get started.\n\n", router_hostname(s->router));
	if (s->lab != NULL)
		return false;
	clean(s);
	key = session_ask(s, "", INPUT_KEY);
	free(key);
	return key != NULL;
}

bool
session_login_anew(struct session *s)
{
	enum login_ask ask = login_asks(s->router, &s->tty->from);
	struct line_settings l = line_of(s);

	if (ask != LOGIN_ASK_NOTHING && !dialogue(s, ask))
		return false;
	rights(s, &l, ask == LOGIN_ASK_NOTHING);
	session_history_clear(s);
	return true;
}
