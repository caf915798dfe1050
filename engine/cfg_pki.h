#ifndef INSPIRE_ENGINE_CFG_PKI_H
#define INSPIRE_ENGINE_CFG_PKI_H

/*
 * Configuration of certificates: trustpoints (`crypto pki trustpoint`), what they hold (`crypto pki certificate chain`),
 * and the maps that judge certificates by their fields (`crypto pki certificate map`).  Private keys are none of it.
 */

#include <sys/queue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CFG_CERT_MAX		8192u	/* bytes of a certificate in DER */
#define CFG_CHAIN_CERTS		8u	/* certificates of a trustpoint */
#define CFG_TRUSTPOINTS		64u

enum cfg_cert_kind { CFG_CERT_CA, CFG_CERT_OWN, CFG_CERT_SELF };
struct cfg_cert {
	TAILQ_ENTRY(cfg_cert)	 next;		/* as they print: those of the router, then the authority's */
	enum cfg_cert_kind	 kind;
	uint8_t			*der;
	size_t			 n;		/* 0: it cannot be read, or lies elsewhere; only its lines are kept */
	char			*text;		/* then, from the word `certificate` on */
	int64_t			 since_ns;	/* taken in, the router's clock */
};

enum cfg_enroll { CFG_ENROLL_NONE, CFG_ENROLL_TERMINAL, CFG_ENROLL_SELF, CFG_ENROLL_URL, CFG_ENROLL_PKCS12 };
enum cfg_pki_word { CFG_PKI_UNSET, CFG_PKI_YES, CFG_PKI_NONE };	/* not said: a dialogue asks */
/* What is tried in turn to learn whether a certificate is revoked. */
enum cfg_revocation { CFG_REVOKE_CRL, CFG_REVOKE_OCSP, CFG_REVOKE_NONE };
enum cfg_pki_hash { CFG_PKI_SHA1, CFG_PKI_MD5, CFG_PKI_SHA256, CFG_PKI_SHA384, CFG_PKI_SHA512 };

struct cfg_trustpoint {
	TAILQ_ENTRY(cfg_trustpoint) next;	/* in the order made */
	char			*name;
	enum cfg_enroll		 enroll;
	bool			 pem;		/* enrollment terminal pem */
	char			*url;
	char			*subject;	/* as typed */
	char			*alt_name;
	char			*fqdn;		/* NULL and fqdn_none false: the router's own name */
	bool			 fqdn_none;
	enum cfg_pki_word	 ip_word;
	char			*ip;		/* an address, or an interface's name */
	enum cfg_pki_word	 serial;
	char			*key_label;	/* NULL: the router's full name */
	unsigned		 key_bits;	/* 0 = not said */
	bool			 revocation_set;
	enum cfg_revocation	 revocation[3];
	unsigned		 nrevocation;
	char			*crl_file;	/* `crl file flash:NAME`; NULL = those that were imported */
	char			*chain_to;	/* `chain-validation continue NAME` */
	bool			 chain_continue;
	bool			 hash_set;
	enum cfg_pki_hash	 hash;
	bool			 usage_ike;
	TAILQ_HEAD(, cfg_cert)	 certs;
};

enum cfg_pki_field { CFG_PKI_SUBJECT, CFG_PKI_ISSUER, CFG_PKI_ALT, CFG_PKI_NAME /* any of subject's or alternative ones */, CFG_PKI_UNSTRUCTURED, CFG_PKI_SERIAL };
enum cfg_pki_test { CFG_PKI_EQ, CFG_PKI_NE, CFG_PKI_CO, CFG_PKI_NC };
struct cfg_cert_rule {
	TAILQ_ENTRY(cfg_cert_rule) next;
	enum cfg_pki_field	 field;
	enum cfg_pki_test	 test;
	char			*value;
};
/* One number of a certificate map: all of its rules must hold; of several numbers one is enough. */
struct cfg_cert_map {
	TAILQ_ENTRY(cfg_cert_map) next;		/* by name as first made, then by number */
	char			*name;
	unsigned		 seq;
	TAILQ_HEAD(, cfg_cert_rule) rules;
};

struct cfg_pki {
	TAILQ_HEAD(, cfg_trustpoint) trustpoints;
	TAILQ_HEAD(, cfg_cert_map) maps;
};

void			 cfg_pki_init(struct cfg_pki *p);
void			 cfg_pki_free(struct cfg_pki *p);
struct cfg_trustpoint	*cfg_trustpoint(struct cfg_pki *p, const char *name, bool create);
void			 cfg_trustpoint_del(struct cfg_pki *p, struct cfg_trustpoint *t);
unsigned		 cfg_trustpoint_count(const struct cfg_pki *p);
/* The methods in force: `revocation-check crl` where none is configured. */
unsigned		 cfg_trustpoint_revocation(const struct cfg_trustpoint *t, const enum cfg_revocation **out);

/* The first of that kind; of CFG_CERT_OWN also a self-signed one. */
struct cfg_cert		*cfg_cert_find(const struct cfg_trustpoint *t, enum cfg_cert_kind kind);
/* Copies; an authority's and a self-signed one take the place of what was there.  NULL: too many. */
struct cfg_cert		*cfg_cert_add(struct cfg_trustpoint *t, enum cfg_cert_kind kind, const uint8_t *der, size_t n, int64_t now);
/* Keeps lines that are no certificate that can be read. */
void			 cfg_cert_keep(struct cfg_trustpoint *t, enum cfg_cert_kind kind, const char *text);
void			 cfg_cert_del(struct cfg_trustpoint *t, struct cfg_cert *c);

struct cfg_cert_map	*cfg_cert_map(struct cfg_pki *p, const char *name, unsigned seq, bool create);
void			 cfg_cert_map_del(struct cfg_pki *p, struct cfg_cert_map *m);
/* One whose value begins so; with value NULL: any of that field and test. */
struct cfg_cert_rule	*cfg_cert_rule(struct cfg_cert_map *m, enum cfg_pki_field f, enum cfg_pki_test t, const char *value);
void			 cfg_cert_rule_add(struct cfg_cert_map *m, enum cfg_pki_field f, enum cfg_pki_test t, const char *value);
void			 cfg_cert_rule_del(struct cfg_cert_map *m, struct cfg_cert_rule *r);

#endif
