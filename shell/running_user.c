/* Writers of the running configuration: AAA, local users, passwords, how logins are met. */

#include <stddef.h>
#include <string.h>

#include "engine/config.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/running_access.h"
#include "shell/running_ezvpn.h"

#define HIDE_SALT	7u

static const char *
method_word(enum aaa_method m)
{
	static const char *const words[] = {
		[AAA_LOCAL] = "local", [AAA_LOCAL_CASE] = "local-case", [AAA_NONE] = "none", [AAA_ENABLE] = "enable",
		[AAA_LINE] = "line", [AAA_IF_AUTHENTICATED] = "if-authenticated", [AAA_GROUP] = "group",
	};

	return words[m];
}

static void
write_list(const struct cfg_aaa_list *l, struct text *out)
{
	static const char *const services[] = {
		[AAA_LOGIN] = "authentication login", [AAA_ENABLING] = "authentication enable", [AAA_EXEC] = "authorization exec",
		[AAA_COMMANDS] = "authorization commands", [AAA_NETWORK] = "authorization network",
	};

	text_printf(out, "aaa %s ", services[l->service]);
	if (l->service == AAA_COMMANDS)
		text_printf(out, "%u ", l->level);
	text_printf(out, "%s ", l->name);
	for (size_t i = 0; i < l->n; i++)
		if (l->methods[i] == AAA_GROUP)
			text_printf(out, "group %s ", l->groups[i]);
		else
			text_printf(out, "%s ", method_word(l->methods[i]));
	text_addc(out, '\n');
}

static void
write_lists(const struct config *c, enum aaa_service s, struct text *out)
{
	const struct cfg_aaa_list *l;

	TAILQ_FOREACH(l, &c->aaa_lists, next)
		if (l->service == s)
			write_list(l, out);
}

void
running_aaa(const struct config *c, struct text *out)
{
	if (!c->aaa_new_model) {
		text_add(out, "no aaa new-model\n");
		return;
	}
	text_add(out, "aaa new-model\n");
	if (c->access.max_fail != 0)
		text_printf(out, "aaa local authentication attempts max-fail %u\n", c->access.max_fail);
	text_add(out, "!\n!\n");
	if (c->access.tries != 0)
		text_printf(out, "aaa authentication attempts login %u\n", c->access.tries);
	write_lists(c, AAA_LOGIN, out);
	write_lists(c, AAA_ENABLING, out);
	if (c->access.console)
		text_add(out, "aaa authorization console\n");
	write_lists(c, AAA_EXEC, out);
	write_lists(c, AAA_COMMANDS, out);
	write_lists(c, AAA_NETWORK, out);
	text_add(out, "!\n");
}

/* A password that was typed in the clear is hidden from a glance if the router is told to. */
static void
write_stored(enum passwd_type t, const char *stored, bool hide, struct text *out)
{
	char hidden[PASSWD_STORED_MAX];

	if (t != PASSWD_CLEAR || !hide) {
		text_printf(out, " %d %s", (int)t, stored);
		return;
	}
	passwd_hide(stored, HIDE_SALT, hidden);
	text_printf(out, " 7 %s", hidden);
	wipe(hidden, sizeof(hidden));
}

void
running_users(const struct config *c, struct text *out)
{
	const struct cfg_user *u;

	TAILQ_FOREACH(u, &c->users, next) {
		text_printf(out, "username %s", u->name);
		if (u->privilege != 1)
			text_printf(out, " privilege %u", u->privilege);
		if (u->stored != NULL) {
			text_add(out, u->secret ? " secret" : " password");
			write_stored(u->type, u->stored, c->service_password_encryption, out);
		}
		if (u->nopassword)
			text_add(out, " nopassword");
		text_addc(out, '\n');
		if (u->autocommand != NULL)
			text_printf(out, "username %s autocommand %s\n", u->name, u->autocommand);
	}
	if (!TAILQ_EMPTY(&c->users))
		text_add(out, "!\n");
}

static void
write_enable(const struct cfg_enable *e, const char *what, unsigned level, bool hide, struct text *out)
{
	if (e->stored == NULL)
		return;
	text_printf(out, "enable %s", what);
	if (level != PRIV_LEVELS - 1)
		text_printf(out, " level %u", level);
	if (e->type == PASSWD_CLEAR && !hide)
		text_printf(out, " %s\n", e->stored);
	else {
		write_stored(e->type, e->stored, hide, out);
		text_addc(out, '\n');
	}
}

void
running_enable(const struct config *c, struct text *out)
{
	size_t before = out->len;

	for (unsigned l = 0; l < PRIV_LEVELS; l++)
		write_enable(&c->access.secret[l], "secret", l, c->service_password_encryption, out);
	for (unsigned l = 0; l < PRIV_LEVELS; l++)
		write_enable(&c->access.password[l], "password", l, c->service_password_encryption, out);
	if (out->len > before)
		text_add(out, "!\n");
}

static void
write_log(const char *what, unsigned every, struct text *out)
{
	if (every == 1)
		text_printf(out, "login %s log\n", what);
	else if (every != 0)
		text_printf(out, "login %s log every %u\n", what, every);
}

void
running_login(const struct config *c, struct text *out)
{
	const struct cfg_login_guard *g = &c->access.guard;

	if (g->block_s != 0)
		text_printf(out, "login block-for %u attempts %u within %u\n", g->block_s, g->tries, g->within_s);
	if (g->delay_s != 0)
		text_printf(out, "login delay %u\n", g->delay_s);
	if (g->quiet_class != NULL)
		text_printf(out, "login quiet-mode access-class %s\n", g->quiet_class);
	write_log("on-failure", g->failure_every, out);
	write_log("on-success", g->success_every, out);
}

/* A line of a terminal line's block, its password hidden if the router is told to. */
void
running_line_words(const struct config *c, const char *words, struct text *out)
{
	char hidden[PASSWD_STORED_MAX];
	const char *p;

	if (!c->service_password_encryption || strncmp(words, "password ", 9) != 0 || strncmp(words, "password 7 ", 11) == 0) {
		text_printf(out, " %s\n", words);
		return;
	}
	p = words + 9 + (strncmp(words + 9, "0 ", 2) == 0 ? 2 : 0);
	passwd_hide(p, HIDE_SALT, hidden);
	text_printf(out, " password 7 %s\n", hidden);
	wipe(hidden, sizeof(hidden));
}
