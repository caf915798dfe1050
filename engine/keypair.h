#ifndef INSPIRE_ENGINE_KEYPAIR_H
#define INSPIRE_ENGINE_KEYPAIR_H

/*
 * A router's own key pairs (`crypto key generate`, and the host keys of its SSH server).  They are no part of the
 * configuration.  A router that is given a folder keeps each in a file of it that nobody else can read; without one
 * they live as long as the router.
 */

#include <sys/queue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chance;
struct router;
struct keypairs;

enum keypair_kind { KEYPAIR_RSA, KEYPAIR_EC, KEYPAIR_ED25519 };

#define KEYPAIR_LABEL_MAX	64u
#define KEYPAIR_BITS_MIN	1024u	/* RSA: what may be made; a server takes 2048 and more */
#define KEYPAIR_BITS_MAX	4096u
#define KEYPAIR_PEM_MAX		8192u

struct keypair {
	TAILQ_ENTRY(keypair)	 next;		/* in the order made */
	enum keypair_kind	 kind;
	char			*label;
	unsigned		 bits;		/* 2048; 256, 384 */
	bool			 usage;		/* one of a pair for special usage: signature here, encryption in the one behind it */
	bool			 encryption;
	bool			 exportable;	/* it may leave the router */
	int64_t			 made_ns;	/* the router's clock */
	char			*pem;		/* PKCS #8, NUL terminated; wiped when freed */
	uint8_t			*public;	/* SubjectPublicKeyInfo, DER */
	size_t			 npublic;
};

struct keypairs	*keypairs_new(void);
void		 keypairs_free(struct keypairs *k);
struct keypair	*keypairs_first(struct keypairs *k);		/* then TAILQ_NEXT */
struct keypair	*keypairs_last(struct keypairs *k);		/* the one added last */
struct keypair	*keypair_find(struct keypairs *k, enum keypair_kind kind, const char *label);

/* From now on they are kept in that folder (made with mode 0700), and those there are taken in. False with *why (caller frees). */
bool		 keypairs_keep(struct keypairs *k, const char *dir, char **why);
/* The same, but the folder is made when the first key comes. */
bool		 keypairs_keep_later(struct keypairs *k, const char *dir, char **why);
/* Draws a key: RSA takes a while. Caller wipes and frees; NULL: the library refused. */
char		*keypair_make(struct chance *c, enum keypair_kind kind, unsigned bits);
/* The same from a stream of its own of the router's chance, another one for each key. */
char		*keypairs_make(struct keypairs *k, struct chance *parent, enum keypair_kind kind, unsigned bits);
/* Takes one in under that label, in place of one that is there; false with *why (caller frees): it could not be kept, or is none. */
bool		 keypair_add(struct keypairs *k, const char *label, const char *pem, int64_t made_ns, bool usage, bool encryption, char **why);
/* The public half of an RSA key as files of OpenSSH have it, base64 of RFC 4253, 6.6; NULL: it is none. Caller frees. */
char		*keypair_secsh(const struct keypair *p);
void		 keypair_del(struct keypairs *k, struct keypair *p);
/* It may leave the router from now on; false with *why: that could not be kept. */
bool		 keypair_export(struct keypairs *k, struct keypair *p, char **why);
/* Another number whenever one came or went. */
uint64_t	 keypairs_changes(const struct keypairs *k);

/* Given by whoever can make keys without stopping the routers: asks for one; done is called later, pem NULL: it failed. May be NULL. */
struct keypair_maker {
	bool	(*make)(void *arg, enum keypair_kind kind, unsigned bits, void (*done)(void *done_arg, char *pem), void *done_arg);
	void	*arg;
};
void		 keypairs_set_maker(struct keypairs *k, const struct keypair_maker *m);
const struct keypair_maker *keypairs_maker(const struct keypairs *k);	/* make NULL: none */

#endif
