#ifndef INSPIRE_ENGINE_CFG_SSH_H
#define INSPIRE_ENGINE_CFG_SSH_H

/* `ip ssh ...`: what an SSH server offers, how long and how often one may try, and the public keys of users. */

#include <sys/queue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;

#define SSH_TIMEOUT	120u	/* seconds to log in */
#define SSH_RETRIES	3u
#define SSH_USER_KEYS	16u	/* public keys of one user at most */

/* Algorithms, by the names of RFC 4250 and its successors. */
enum ssh_offer { SSH_KEX, SSH_HOSTKEY, SSH_CIPHER, SSH_MAC, SSH_PUBKEY, SSH_AUTH, SSH_OFFERS };
struct ssh_algorithm { const char *name; bool usual; /* offered unless configured otherwise */ };
const struct ssh_algorithm *ssh_algorithms(enum ssh_offer o, size_t *n);

/* A public key of a user is kept as its kind and the MD5 sum of its blob (RFC 4253, 6.6), as running-config prints it. */
#define SSH_HASH	16u
struct cfg_ssh_key {
	TAILQ_ENTRY(cfg_ssh_key) next;	/* in the order typed */
	char			*kind;		/* "ssh-rsa", "ssh-ed25519", ... */
	uint8_t			 hash[SSH_HASH];
	char			*comment;	/* NULL = none */
};
struct cfg_ssh_user {
	TAILQ_ENTRY(cfg_ssh_user) next;	/* in the order typed */
	char			*name;
	TAILQ_HEAD(, cfg_ssh_key) keys;
};

struct cfg_ssh {
	bool			 version2;	/* `ip ssh version 2` is written */
	unsigned		 timeout_s, retries;	/* SSH_TIMEOUT, SSH_RETRIES unless configured */
	unsigned		 port, rotary;	/* 0 = not configured: kept, the port is the program's option */
	char			*source_if;	/* NULL = none */
	bool			 pubkey_chain;	/* it has been entered */
	char			*offer[SSH_OFFERS];	/* as typed, names with blanks between; NULL = the usual ones */
	TAILQ_HEAD(, cfg_ssh_user) users;
};

void	cfg_ssh_init(struct cfg_ssh *s);
void	cfg_ssh_free(struct cfg_ssh *s);
/* Is it offered? */
bool	cfg_ssh_offers(const struct cfg_ssh *s, enum ssh_offer o, const char *name);
/* All that is offered, in order, commas between; caller frees. */
char	*cfg_ssh_offer(const struct cfg_ssh *s, enum ssh_offer o);
struct cfg_ssh_user *cfg_ssh_user(struct cfg_ssh *s, const char *name, bool create);
void	cfg_ssh_user_del(struct cfg_ssh *s, struct cfg_ssh_user *u);
struct cfg_ssh_key *cfg_ssh_key(struct cfg_ssh_user *u, const uint8_t hash[SSH_HASH]);
/* False: the user has as many as he may. */
bool	cfg_ssh_key_add(struct cfg_ssh_user *u, const char *kind, const uint8_t hash[SSH_HASH], const char *comment);
void	cfg_ssh_key_del(struct cfg_ssh_user *u, struct cfg_ssh_key *k);
/* The kind's name that a blob begins with and its hash; false: it is no blob of a key of a known kind. */
#define SSH_KIND_MAX	32u
bool	ssh_blob(const uint8_t *blob, size_t n, char kind[SSH_KIND_MAX], uint8_t hash[SSH_HASH]);

#endif
