/* Writers of the running configuration: AAA and local users. */

#include <stddef.h>

#include "engine/config.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/running_ezvpn.h"

#define HIDE_SALT	7u

static const char *
method_word(enum aaa_method m)
{
	return m == AAA_LOCAL ? "local" : m == AAA_LOCAL_CASE ? "local-case" : "none";
}

static void
write_list(const struct cfg_aaa_list *l, struct text *out)
{
	text_printf(out, "aaa %s %s ", l->service == AAA_LOGIN ? "authentication login" : "authorization network", l->name);
	for (size_t i = 0; i < l->n; i++)
		text_printf(out, "%s ", method_word(l->methods[i]));
	text_addc(out, '\n');
}

void
running_aaa(const struct config *c, struct text *out)
{
	const struct cfg_aaa_list *l;

	if (!c->aaa_new_model) {
		text_add(out, "no aaa new-model\n");
		return;
	}
	text_add(out, "aaa new-model\n!\n!\n");
	for (unsigned s = AAA_LOGIN; s <= AAA_NETWORK; s++)
		TAILQ_FOREACH(l, &c->aaa_lists, next)
			if (l->service == (enum aaa_service)s)
				write_list(l, out);
	text_add(out, "!\n");
}

/* A password that was typed in the clear is hidden from a glance if the router is told to. */
static void
write_stored(const struct cfg_user *u, bool hide, struct text *out)
{
	char hidden[PASSWD_STORED_MAX];

	if (u->type != PASSWD_CLEAR || !hide) {
		text_printf(out, " %d %s", (int)u->type, u->stored);
		return;
	}
	passwd_hide(u->stored, HIDE_SALT, hidden);
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
			write_stored(u, c->service_password_encryption, out);
		}
		text_addc(out, '\n');
	}
	if (!TAILQ_EMPTY(&c->users))
		text_add(out, "!\n");
}
