/* The configuration of the SSH server: algorithms known and offered, users' public keys kept by their hashes. */

#include "engine/cfg_ssh.h"

#include <stdlib.h>
#include <string.h>

#include "engine/config.h"
#include "engine/login_int.h"
#include "engine/router.h"
#include "lib/buf.h"
#include "lib/mem.h"
#include "lib/prf.h"
#include "lib/text.h"

/* ---- algorithms ---- */

static const struct ssh_algorithm kex[] = {
	{ "curve25519-sha256", true }, { "curve25519-sha256@libssh.org", true }, { "ecdh-sha2-nistp256", true },
	{ "ecdh-sha2-nistp384", true }, { "ecdh-sha2-nistp521", true }, { "diffie-hellman-group18-sha512", false },
	{ "diffie-hellman-group16-sha512", true }, { "diffie-hellman-group14-sha256", true }, { "diffie-hellman-group14-sha1", false },
};
static const struct ssh_algorithm hostkey[] = {
	{ "ssh-ed25519", true }, { "ecdsa-sha2-nistp521", true }, { "ecdsa-sha2-nistp384", true }, { "ecdsa-sha2-nistp256", true },
	{ "rsa-sha2-512", true }, { "rsa-sha2-256", true }, { "ssh-rsa", false },
};
static const struct ssh_algorithm cipher[] = {
	{ "chacha20-poly1305@openssh.com", true }, { "aes256-gcm@openssh.com", true }, { "aes128-gcm@openssh.com", true },
	{ "aes256-ctr", true }, { "aes192-ctr", true }, { "aes128-ctr", true }, { "aes256-cbc", false }, { "aes192-cbc", false },
	{ "aes128-cbc", false },
};
static const struct ssh_algorithm mac[] = {
	{ "hmac-sha2-256-etm@openssh.com", true }, { "hmac-sha2-512-etm@openssh.com", true }, { "hmac-sha2-256", true },
	{ "hmac-sha2-512", true }, { "hmac-sha1-etm@openssh.com", false }, { "hmac-sha1", false },
};
static const struct ssh_algorithm pubkey[] = {
	{ "ssh-ed25519", true }, { "ecdsa-sha2-nistp521", true }, { "ecdsa-sha2-nistp384", true }, { "ecdsa-sha2-nistp256", true },
	{ "rsa-sha2-512", true }, { "rsa-sha2-256", true }, { "ssh-rsa", false },
};
static const struct ssh_algorithm method[] = { { "publickey", true }, { "keyboard", true }, { "password", true } };

#define LIST(a)		{ a, sizeof(a) / sizeof((a)[0]) }
static const struct { const struct ssh_algorithm *v; size_t n; } lists[SSH_OFFERS] = {
	[SSH_KEX] = LIST(kex), [SSH_HOSTKEY] = LIST(hostkey), [SSH_CIPHER] = LIST(cipher), [SSH_MAC] = LIST(mac),
	[SSH_PUBKEY] = LIST(pubkey), [SSH_AUTH] = LIST(method),
};

const struct ssh_algorithm *
ssh_algorithms(enum ssh_offer o, size_t *n)
{
	*n = lists[o].n;
	return lists[o].v;
}

static bool
in_words(const char *words, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = words; (p = strstr(p, name)) != NULL; p += len)
		if ((p == words || p[-1] == ' ') && (p[len] == '\0' || p[len] == ' '))
			return true;
	return false;
}

bool
cfg_ssh_offers(const struct cfg_ssh *s, enum ssh_offer o, const char *name)
{
	if (s->offer[o] != NULL)
		return in_words(s->offer[o], name);
	for (size_t i = 0; i < lists[o].n; i++)
		if (strcmp(lists[o].v[i].name, name) == 0)
			return lists[o].v[i].usual;
	return false;
}

char *
cfg_ssh_offer(const struct cfg_ssh *s, enum ssh_offer o)
{
	struct text t = { 0 };

	for (const char *p = s->offer[o]; p != NULL && *p != '\0'; p++)
		text_addc(&t, *p == ' ' ? ',' : *p);
	for (size_t i = 0; s->offer[o] == NULL && i < lists[o].n; i++)
		if (lists[o].v[i].usual)
			text_printf(&t, "%s%s", t.len > 0 ? "," : "", lists[o].v[i].name);
	return t.s == NULL ? xstrdup("") : text_take(&t);
}

/* ---- users and keys ---- */

void
cfg_ssh_init(struct cfg_ssh *s)
{
	s->timeout_s = SSH_TIMEOUT;
	s->retries = SSH_RETRIES;
	TAILQ_INIT(&s->users);
}

struct cfg_ssh_user *
cfg_ssh_user(struct cfg_ssh *s, const char *name, bool create)
{
	struct cfg_ssh_user *u;

	TAILQ_FOREACH(u, &s->users, next)
		if (strcmp(u->name, name) == 0)
			return u;
	if (!create)
		return NULL;
	u = xcalloc(1, sizeof(*u));
	u->name = xstrdup(name);
	TAILQ_INIT(&u->keys);
	TAILQ_INSERT_TAIL(&s->users, u, next);
	return u;
}

void
cfg_ssh_key_del(struct cfg_ssh_user *u, struct cfg_ssh_key *k)
{
	TAILQ_REMOVE(&u->keys, k, next);
	free(k->kind);
	free(k->comment);
	free(k);
}

void
cfg_ssh_user_del(struct cfg_ssh *s, struct cfg_ssh_user *u)
{
	while (!TAILQ_EMPTY(&u->keys))
		cfg_ssh_key_del(u, TAILQ_FIRST(&u->keys));
	TAILQ_REMOVE(&s->users, u, next);
	free(u->name);
	free(u);
}

void
cfg_ssh_free(struct cfg_ssh *s)
{
	while (!TAILQ_EMPTY(&s->users))
		cfg_ssh_user_del(s, TAILQ_FIRST(&s->users));
	for (size_t i = 0; i < SSH_OFFERS; i++)
		free(s->offer[i]);
	free(s->source_if);
}

struct cfg_ssh_key *
cfg_ssh_key(struct cfg_ssh_user *u, const uint8_t hash[SSH_HASH])
{
	struct cfg_ssh_key *k;

	TAILQ_FOREACH(k, &u->keys, next)
		if (memcmp(k->hash, hash, SSH_HASH) == 0)
			return k;
	return NULL;
}

bool
cfg_ssh_key_add(struct cfg_ssh_user *u, const char *kind, const uint8_t hash[SSH_HASH], const char *comment)
{
	struct cfg_ssh_key *k = cfg_ssh_key(u, hash);
	size_t n = 0;

	if (k != NULL)
		return true;
	TAILQ_FOREACH(k, &u->keys, next)
		n++;
	if (n >= SSH_USER_KEYS)
		return false;
	k = xcalloc(1, sizeof(*k));
	k->kind = xstrdup(kind);
	memcpy(k->hash, hash, SSH_HASH);
	k->comment = comment == NULL || *comment == '\0' ? NULL : xstrdup(comment);
	TAILQ_INSERT_TAIL(&u->keys, k, next);
	return true;
}

/* ---- blobs ---- */

static const char *const kinds[] = { "ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521" };

/* The kind as a string, then its numbers as strings, to the end. */
bool
ssh_blob(const uint8_t *blob, size_t n, char kind[SSH_KIND_MAX], uint8_t hash[SSH_HASH])
{
	struct iov v = { blob, n };
	uint8_t sum[HASH_MAX];
	const char *name = NULL;
	struct rd r;
	size_t len, strings = 0;

	rd_init(&r, blob, n);
	for (; !r.bad && rd_left(&r) > 0; strings++) {
		const uint8_t *p;

		len = rd_u32(&r);
		if (len > n || (p = rd_bytes(&r, len)) == NULL)
			return false;
		for (size_t i = 0; strings == 0 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
			if (strlen(kinds[i]) == len && memcmp(kinds[i], p, len) == 0)
				name = kinds[i];
	}
	if (r.bad || name == NULL || strings < 2 || strings > 3)
		return false;
	hash_iov(HASH_MD5, &v, 1, sum);
	memcpy(hash, sum, SSH_HASH);
	memcpy(kind, name, strlen(name) + 1);
	return true;
}

bool
login_key(struct router *r, const char *user, const uint8_t *blob, size_t n)
{
	struct cfg_ssh_user *u = cfg_ssh_user(&r->cfg->ssh, user, false);
	struct cfg_ssh_key *k;
	char kind[SSH_KIND_MAX];
	uint8_t hash[SSH_HASH];

	if (u == NULL || config_user(r->cfg, user, false) == NULL || (r->login != NULL && login_user_locked(r->login, user)) || !ssh_blob(blob, n, kind, hash))
		return false;
	k = cfg_ssh_key(u, hash);
	return k != NULL && strcmp(k->kind, kind) == 0;
}
