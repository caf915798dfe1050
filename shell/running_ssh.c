/* Writer of the running configuration: SSH. */

#include "engine/config.h"
#include "lib/text.h"
#include "shell/cmds_config_ssh.h"

static void
write_key(const struct cfg_ssh_key *k, struct text *out)
{
	text_printf(out, "   key-hash %s ", k->kind);
	for (size_t i = 0; i < SSH_HASH; i++)
		text_printf(out, "%02X", k->hash[i]);
	text_printf(out, "%s%s\n", k->comment != NULL ? " " : "", k->comment != NULL ? k->comment : "");
}

static void
write_chain(const struct cfg_ssh *s, struct text *out)
{
	const struct cfg_ssh_user *u;
	const struct cfg_ssh_key *k;

	text_add(out, "ip ssh pubkey-chain\n");
	TAILQ_FOREACH(u, &s->users, next) {
		text_printf(out, "  username %s\n", u->name);
		TAILQ_FOREACH(k, &u->keys, next)
			write_key(k, out);
	}
}

void
running_ssh(const struct config *c, struct text *out)
{
	static const char *const words[SSH_OFFERS] = { [SSH_KEX] = "kex", [SSH_HOSTKEY] = "hostkey", [SSH_CIPHER] = "encryption",
	    [SSH_MAC] = "mac", [SSH_PUBKEY] = "publickey", [SSH_AUTH] = "authentication" };
	const struct cfg_ssh *s = &c->ssh;
	size_t before = out->len;

	if (s->timeout_s != SSH_TIMEOUT)
		text_printf(out, "ip ssh time-out %u\n", s->timeout_s);
	if (s->retries != SSH_RETRIES)
		text_printf(out, "ip ssh authentication-retries %u\n", s->retries);
	if (s->port != 0)
		text_printf(out, "ip ssh port %u rotary %u\n", s->port, s->rotary);
	if (s->source_if != NULL)
		text_printf(out, "ip ssh source-interface %s\n", s->source_if);
	if (s->version2)
		text_add(out, "ip ssh version 2\n");
	for (size_t i = 0; i < SSH_OFFERS; i++)
		if (s->offer[i] != NULL)
			text_printf(out, "ip ssh server algorithm %s %s\n", words[i], s->offer[i]);
	if (s->pubkey_chain)
		write_chain(s, out);
	if (out->len > before)
		text_add(out, "!\n");
}
