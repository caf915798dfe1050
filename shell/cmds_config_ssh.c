/* Configuration commands of the SSH server: ip ssh ..., and the public keys of users. */

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "lib/mem.h"
#include "lib/text.h"
#include "shell/cmds_config.h"
#include "shell/cmds_config_ssh.h"

#define KEY_TEXT_MAX	8192u	/* of a key string, all its lines */

/* ---- numbers ---- */

static void
run_version(struct session *s, const struct args *a)
{
	conf(s)->ssh.version2 = !args_off(a);
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_timeout(struct session *s, const struct args *a)
{
	conf(s)->ssh.timeout_s = args_off(a) ? SSH_TIMEOUT : arg_u32(a, "seconds");
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_retries(struct session *s, const struct args *a)
{
	conf(s)->ssh.retries = args_off(a) ? SSH_RETRIES : arg_u32(a, "count");
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_source(struct session *s, const struct args *a)
{
	conf_str(&conf(s)->ssh.source_if, a, "ifname");
	conf_changed(s, CFG_AREA_OTHER);
}

/* Where a server is reached is said where the program is started. */
static void
run_port(struct session *s, const struct args *a)
{
	struct cfg_ssh *c = &conf(s)->ssh;

	c->port = args_off(a) ? 0 : arg_u32(a, "port");
	c->rotary = args_off(a) ? 0 : arg_u32(a, "group");
	if (c->port != 0 && !s->loading)
		session_printf(s, "%% It is kept; which port SSH is served at is said where the program is started (--ssh)\n");
	conf_changed(s, CFG_AREA_OTHER);
}

/* ---- algorithms ---- */

static enum ssh_offer
offer_typed(const struct args *a)
{
	return arg_has(a, "encryption") ? SSH_CIPHER : arg_has(a, "mac") ? SSH_MAC : arg_has(a, "kex") ? SSH_KEX :
	    arg_has(a, "hostkey") ? SSH_HOSTKEY : arg_has(a, "authentication") ? SSH_AUTH : SSH_PUBKEY;
}

static bool
typed_before(const struct args *a, size_t at, const char *name)
{
	for (size_t i = 0; i < at; i++)
		if (args_is(a, i, name))
			return true;
	return false;
}

static void
run_offer(struct session *s, const struct args *a)
{
	enum ssh_offer o = offer_typed(a);
	const struct ssh_algorithm *v;
	struct text t = { 0 };
	size_t n;

	v = ssh_algorithms(o, &n);
	for (size_t i = 0; !args_off(a) && args_at(a, i) != NULL; i++)
		for (size_t k = 0; k < n; k++)
			if (args_is(a, i, v[k].name) && !typed_before(a, i, v[k].name))
				text_printf(&t, "%s%s", t.len > 0 ? " " : "", v[k].name);
	if (t.len == 0 && !args_off(a)) {
		session_error(s, "%% Incomplete command.\n\n");
		return;
	}
	free(conf(s)->ssh.offer[o]);
	conf(s)->ssh.offer[o] = t.len == 0 ? NULL : text_take(&t);
	text_free(&t);
	conf_changed(s, CFG_AREA_OTHER);
}

/* ---- public keys ---- */

static void
run_chain(struct session *s, const struct args *a)
{
	struct cfg_ssh *c = &conf(s)->ssh;

	c->pubkey_chain = !args_off(a);
	while (args_off(a) && !TAILQ_EMPTY(&c->users))
		cfg_ssh_user_del(c, TAILQ_FIRST(&c->users));
	if (!args_off(a))
		session_mode(s, MODE_SSH_CHAIN, NULL);
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_user(struct session *s, const struct args *a)
{
	struct cfg_ssh *c = &conf(s)->ssh;
	const char *name = arg_str(a, "name");
	struct cfg_ssh_user *u;

	if (strlen(name) > USER_NAME_MAX) {
		session_error(s, "%% A user's name has at most %d characters", USER_NAME_MAX);
		return;
	}
	u = cfg_ssh_user(c, name, !args_off(a));
	if (args_off(a) && u != NULL)
		cfg_ssh_user_del(c, u);
	else if (args_off(a))
		session_error(s, "%% SSH: user %s is not in the chain", name);
	else
		session_mode(s, MODE_SSH_USER, name);
	conf_changed(s, CFG_AREA_OTHER);
}

static struct cfg_ssh_user *
user_edited(struct session *s)
{
	const char *name = s->object_name == NULL ? "" : s->object_name;
	size_t n = strcspn(name, "\n");
	char *copy = xstrndup(name, n);
	struct cfg_ssh_user *u = cfg_ssh_user(&conf(s)->ssh, copy, false);

	if (u == NULL)
		session_error(s, "%% %s does not exist any more", copy);
	free(copy);
	return u;
}

static void
add(struct session *s, struct cfg_ssh_user *u, const char *kind, const uint8_t hash[SSH_HASH], const char *comment)
{
	if (!cfg_ssh_key_add(u, kind, hash, comment))
		session_error(s, "%% SSH: a user has at most %u public keys", SSH_USER_KEYS);
	conf_changed(s, CFG_AREA_OTHER);
}

static void
run_hash(struct session *s, const struct args *a)
{
	struct cfg_ssh_user *u = user_edited(s);
	const char *hex = arg_str(a, "hash");
	uint8_t hash[SSH_HASH + 1];
	struct cfg_ssh_key *k;

	if (u == NULL)
		return;
	if (strlen(hex) != 2 * SSH_HASH || hex_parse(hex, hash, sizeof(hash)) != SSH_HASH) {
		session_error(s, "%%SSH: a key's hash has %u hexadecimal digits", 2 * SSH_HASH);
		return;
	}
	k = cfg_ssh_key(u, hash);
	if (!args_off(a))
		add(s, u, args_at(a, 1), hash, arg_str(a, "comment"));
	else if (k != NULL)
		cfg_ssh_key_del(u, k);
	else
		session_error(s, "%% SSH: the user has no such key");
	conf_changed(s, CFG_AREA_OTHER);
}

/* The lines of a key come one by one, kept behind the user's name until the last one has. */
static void
run_string(struct session *s, const struct args *a)
{
	(void)a;
	if (user_edited(s) != NULL)
		session_mode(s, MODE_SSH_DATA, s->object_name);
}

static void
run_data(struct session *s, const struct args *a)
{
	char *all = xasprintf("%s\n%s", s->object_name, arg_str(a, "data"));

	if (strlen(all) > KEY_TEXT_MAX)
		session_error(s, "%%SSH: the key is too long");
	else
		session_mode(s, MODE_SSH_DATA, all);
	free(all);
}

/* "ssh-rsa AAAA... comment", or the base64 alone; a line's end may stand anywhere in it. */
static bool
decode(char *text, uint8_t *blob, size_t *n, const char **comment)
{
	static const char *const kinds[] = { "ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521" };
	size_t len, pad = 0;
	int got;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (str_prefix(text, kinds[i]))
			text += strlen(kinds[i]);
	text += strspn(text, " \t");
	len = strcspn(text, " \t");
	*comment = text + len + strspn(text + len, " \t");
	text[len] = **comment == '\0' ? text[len] : '\0';
	while (pad < 2 && pad < len && text[len - 1 - pad] == '=')
		pad++;
	got = len == 0 || len % 4 != 0 ? -1 : EVP_DecodeBlock(blob, (const uint8_t *)text, (int)len);
	if (got < (int)pad || got <= 0)
		return false;
	*n = (size_t)got - pad;
	return true;
}

static void
take_string(struct session *s, const char *lines)
{
	struct cfg_ssh_user *u = user_edited(s);
	char *text = xmalloc(strlen(lines) + 1), kind[SSH_KIND_MAX], *p = text;
	uint8_t blob[KEY_TEXT_MAX], hash[SSH_HASH];
	const char *comment;
	size_t n;

	for (; *lines != '\0'; lines++)
		if (*lines != '\n')
			*p++ = *lines;
	*p = '\0';
	if (u == NULL || *text == '\0')
		;
	else if (!decode(text, blob, &n, &comment) || !ssh_blob(blob, n, kind, hash))
		session_error(s, "%%SSH: Failed to decode the Key Value");
	else
		add(s, u, kind, hash, comment);
	free(text);
}

static void
run_data_exit(struct session *s, const struct args *a)
{
	char *user = xstrndup(s->object_name, strcspn(s->object_name, "\n"));

	(void)a;
	session_mode(s, MODE_SSH_USER, user);	/* conf_ssh_data_left() takes the key in */
	free(user);
}

void
conf_ssh_data_left(struct session *s)
{
	const char *lines = s->object_name == NULL ? NULL : strchr(s->object_name, '\n');

	if (lines != NULL)
		take_string(s, lines);
}

#define IP_SSH		"IP\nSecure shell\n"
#define SERVER		IP_SSH "Of the server\nWhat it offers\n"
#define KIND_HELP	"RSA\nEd25519\nECDSA on P-256\nECDSA on P-384\nECDSA on P-521\n"
#define KINDS		"{ ssh-rsa | ssh-ed25519 | ecdsa-sha2-nistp256 | ecdsa-sha2-nistp384 | ecdsa-sha2-nistp521 }"

static const struct cmd rows[] = {
	{ M(CONFIG), 15, CMD_NO, "ip ssh version 2", IP_SSH "Of the protocol\nThe only one there is", run_version },
	{ M(CONFIG), 15, CMD_NO, "ip ssh time-out ~ <1-120>:seconds", IP_SSH "Time to log in\nSeconds", run_timeout },
	{ M(CONFIG), 15, CMD_NO, "ip ssh authentication-retries ~ <0-5>:count", IP_SSH "How often one may try\nTimes", run_retries },
	{ M(CONFIG), 15, CMD_NO, "ip ssh source-interface ~ IFNAME:ifname", IP_SSH "Address of a client's connections\nThe interface", run_source },
	{ M(CONFIG), 15, CMD_NO, "ip ssh port ~ <2000-10000>:port rotary <1-127>:group",
	    IP_SSH "Another port\nIts number\nLines of a group\nThe group", run_port },
	{ M(CONFIG), 15, CMD_NO, "ip ssh server algorithm encryption ~ { chacha20-poly1305@openssh.com | aes256-gcm@openssh.com | "
	    "aes128-gcm@openssh.com | aes256-ctr | aes192-ctr | aes128-ctr | aes256-cbc | aes192-cbc | aes128-cbc }*",
	    SERVER "Ciphers\nChaCha20 and Poly1305\nAES 256 bits, GCM\nAES 128 bits, GCM\nAES 256 bits, counter\nAES 192 bits, counter\n"
	    "AES 128 bits, counter\nAES 256 bits, CBC\nAES 192 bits, CBC\nAES 128 bits, CBC", run_offer },
	{ M(CONFIG), 15, CMD_NO, "ip ssh server algorithm mac ~ { hmac-sha2-256-etm@openssh.com | hmac-sha2-512-etm@openssh.com | "
	    "hmac-sha2-256 | hmac-sha2-512 | hmac-sha1-etm@openssh.com | hmac-sha1 }*",
	    SERVER "Message authentication\nSHA-256, of what is enciphered\nSHA-512, of what is enciphered\nSHA-256\nSHA-512\n"
	    "SHA-1, of what is enciphered\nSHA-1", run_offer },
	{ M(CONFIG), 15, CMD_NO, "ip ssh server algorithm kex ~ { curve25519-sha256 | curve25519-sha256@libssh.org | ecdh-sha2-nistp256 | "
	    "ecdh-sha2-nistp384 | ecdh-sha2-nistp521 | diffie-hellman-group18-sha512 | diffie-hellman-group16-sha512 | "
	    "diffie-hellman-group14-sha256 | diffie-hellman-group14-sha1 }*",
	    SERVER "Key exchange\nCurve25519\nCurve25519, its first name\nP-256\nP-384\nP-521\nGroup 18\nGroup 16\nGroup 14, SHA-256\nGroup 14, SHA-1",
	    run_offer },
	{ M(CONFIG), 15, CMD_NO, "ip ssh server algorithm hostkey ~ { ssh-ed25519 | ecdsa-sha2-nistp521 | ecdsa-sha2-nistp384 | "
	    "ecdsa-sha2-nistp256 | rsa-sha2-512 | rsa-sha2-256 | ssh-rsa }*",
	    SERVER "The server's own key\nEd25519\nECDSA on P-521\nECDSA on P-384\nECDSA on P-256\nRSA, SHA-512\nRSA, SHA-256\nRSA, SHA-1", run_offer },
	{ M(CONFIG), 15, CMD_NO, "ip ssh server algorithm publickey ~ { ssh-ed25519 | ecdsa-sha2-nistp521 | ecdsa-sha2-nistp384 | "
	    "ecdsa-sha2-nistp256 | rsa-sha2-512 | rsa-sha2-256 | ssh-rsa }*",
	    SERVER "Keys of users\nEd25519\nECDSA on P-521\nECDSA on P-384\nECDSA on P-256\nRSA, SHA-512\nRSA, SHA-256\nRSA, SHA-1", run_offer },
	{ M(CONFIG), 15, CMD_NO, "ip ssh server algorithm authentication ~ { publickey | keyboard | password }*",
	    SERVER "How users log in\nBy a key\nBy what they are asked\nBy a password", run_offer },
	{ M(CONFIG), 15, CMD_NO, "ip ssh pubkey-chain", IP_SSH "Public keys of users", run_chain },
	{ M(SSH_CHAIN), 15, CMD_NO, "username WORD:name ~", "A user\nThe name", run_user },
	{ M(SSH_USER), 15, CMD_NO, "key-hash " KINDS " WORD:hash ~ [ LINE:comment ]",
	    "A key by its hash\n" KIND_HELP "MD5 of the key\nWhatever is to be said of it", run_hash },
	{ M(SSH_USER), 15, 0, "key-string", "A key in base64, on the lines that follow", run_string },
	{ M(SSH_DATA), 15, 0, "exit", "The key is complete", run_data_exit },
	{ M(SSH_DATA), 15, 0, "LINE:data", "The key, or a part of it", run_data },
};

const struct cmd_table cmds_config_ssh = { rows, NROWS(rows) };
