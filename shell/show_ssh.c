/* SSH as it is: show ip ssh, show ssh, disconnect ssh. */

#include <stdlib.h>
#include <string.h>

#include "engine/keypair.h"
#include "engine/router.h"
#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds.h"
#include "shell/cmds_config_ssh.h"
#include "shell/session.h"
#include "shell/show.h"
#include "shell/tty.h"

/* ---- show ip ssh ---- */

static void
put_offer(struct text *out, const char *what, const struct cfg_ssh *c, enum ssh_offer o)
{
	char *list = cfg_ssh_offer(c, o);

	text_printf(out, "%s:%s\n", what, list);
	free(list);
}

static void
put_methods(struct text *out, const struct cfg_ssh *c)
{
	static const struct { const char *name, *shown; } methods[] = { { "publickey", "publickey" }, { "keyboard", "keyboard-interactive" },
	    { "password", "password" } };
	bool first = true;

	text_add(out, "Authentication methods:");
	for (size_t i = 0; i < 3; i++)
		if (cfg_ssh_offers(c, SSH_AUTH, methods[i].name)) {
			text_printf(out, "%s%s", first ? "" : ",", methods[i].shown);
			first = false;
		}
	text_addc(out, '\n');
}

static const struct keypair *
rsa_key(const struct router *r)
{
	for (const struct keypair *p = keypairs_first(r->keypairs); p != NULL; p = TAILQ_NEXT(p, next))
		if (p->kind == KEYPAIR_RSA && !p->encryption && p->bits >= 2048)
			return p;
	return NULL;
}

static void
run_ip_ssh(struct session *s, const struct args *a)
{
	const struct cfg_ssh *c = &s->router->cfg->ssh;
	const struct keypair *rsa = rsa_key(s->router);
	bool served = keypairs_maker(s->router->keypairs)->make != NULL, enabled = served && keypairs_first(s->router->keypairs) != NULL;
	struct text out = { 0 };
	char *secsh = NULL;

	(void)a;
	text_printf(&out, "SSH %s - version 2.0\n", enabled ? "Enabled" : "Disabled");
	if (!served)
		text_add(&out, "%No SSH is served here: the program was started without --ssh.\n");
	else if (!enabled)
		text_add(&out, "%Please create key pairs to enable SSH (crypto key generate).\n");
	put_methods(&out, c);
	put_offer(&out, "Authentication Publickey Algorithms", c, SSH_PUBKEY);
	put_offer(&out, "Hostkey Algorithms", c, SSH_HOSTKEY);
	put_offer(&out, "Encryption Algorithms", c, SSH_CIPHER);
	put_offer(&out, "MAC Algorithms", c, SSH_MAC);
	put_offer(&out, "KEX Algorithms", c, SSH_KEX);
	text_printf(&out, "Authentication timeout: %u secs; Authentication retries: %u\n", c->timeout_s, c->retries);
	text_add(&out, "Minimum expected Diffie Hellman key size : 2048 bits\n");
	text_printf(&out, "IOS Keys in SECSH format(ssh-rsa, base64 encoded): %s\n", rsa == NULL ? "NONE" : rsa->label);
	if (rsa != NULL && (secsh = keypair_secsh(rsa)) != NULL)
		text_printf(&out, "ssh-rsa %s\n", secsh);
	free(secsh);
	show_flush(s, &out);
}

/* ---- show ssh ---- */

static const struct tty *
by_ssh(const struct router *r, unsigned number)
{
	const struct tty *t;

	LIST_FOREACH(t, &r->ttys, next)
		if (t->by == TTY_SSH && t->from.number == number)
			return t;
	return NULL;
}

static void
put_direction(struct text *out, const struct tty *t, const char *direction)
{
	char user[USER_NAME_MAX + 1];

	text_printf(out, "%-10u %-7s %-4s %-11s %-12s %-21s %s\n", t->from.number, "2.0", direction, t->ssh.cipher, t->ssh.mac,
	    t->session != NULL && t->session->coro != NULL ? "Session started" : "Session open", login_clean(t->user, user));
}

static void
run_ssh(struct session *s, const struct args *a)
{
	struct text out = { 0 };
	const struct tty *t;

	(void)a;
	for (unsigned n = 0; n < LINE_VTYS; n++) {
		if ((t = by_ssh(s->router, n)) == NULL)
			continue;
		if (out.len == 0)
			text_add(&out, "Connection Version Mode Encryption  Hmac         State                 Username\n");
		put_direction(&out, t, "IN");
		put_direction(&out, t, "OUT");
	}
	if (out.len == 0)
		text_add(&out, "%No SSHv2 server connections running.\n");
	text_add(&out, "%No SSHv1 server connections running.\n");
	show_flush(s, &out);
}

/* ---- disconnect ssh ---- */

static void
run_disconnect(struct session *s, const struct args *a)
{
	struct tty *t;
	unsigned number = arg_u32(a, "number");

	LIST_FOREACH(t, &s->router->ttys, next)
		if (t->by == TTY_SSH && t->from.number == number) {
			tty_hangup(t);
			return;
		}
	session_error(s, "%% There is no SSH connection %u", number);
}

static const struct cmd rows[] = {
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show ip ssh", "Show what is\nIP\nThe SSH server", run_ip_ssh },
	{ M(EXEC) | M(PRIV), 1, CMD_SHOW, "show ssh", "Show what is\nSSH connections", run_ssh },
	{ M(PRIV), 1, 0, "disconnect ssh [ vty ] <0-15>:number", "End a connection\nOf SSH\nOf a terminal line\nIts number", run_disconnect },
};

CMD_TABLE(cmds_show_ssh, rows);
