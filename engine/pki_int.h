#ifndef INSPIRE_ENGINE_PKI_INT_H
#define INSPIRE_ENGINE_PKI_INT_H

/* What the files of certificates know of each other. */

#include <sys/queue.h>

#include "engine/pki.h"
#include "engine/router.h"

/* A trustpoint as it is in force. */
struct pki_tp {
	const struct cfg_trustpoint *t;
	X509		*ca, *own;
	EVP_PKEY	*key;		/* the private half of own's; NULL: not here */
	bool		 key_looked;
};

/* A file with lists, as it was read last. */
struct pki_crl_file {
	TAILQ_ENTRY(pki_crl_file) next;
	char		*trustpoint, *file;
	size_t		 len;
	int64_t		 when_ns, disk_ns;
	uint64_t	 inode;
	STACK_OF(X509_CRL) *crls;
};

struct pki {
	struct pki_tp	*tps;
	size_t		 ntps;
	bool		 loaded;
	uint64_t	 keys_seen;	/* keypairs_changes() when they were looked up */
	TAILQ_HEAD(, pki_crl_file) crls;
	/* What own_certs() chose last, for the signature that goes with it. */
	struct ike_path	 path;
	char		 profile[IKE_NAME_MAX];
	char		*chosen;	/* a trustpoint's name */
	/* The last proof that held. */
	struct ike_path	 proven_path;
	struct ike_id	 proven_id;
	X509		*proven;
	STACK_OF(X509)	*proven_others;
};

/* All trustpoints, looked up if need be. */
size_t		 pki_tps(struct router *r, struct pki_tp **out);
/* May peers of that profile use the trustpoint? (`ca trust-point`) */
bool		 pki_tp_allowed(const struct router *r, const char *profile, const struct pki_tp *tp);
void		 pki_crls_forget(struct pki *p);
void		 pki_proof_forget(struct pki *p);
/* The list of that issuer, made out by its key, in force at that time; NULL: none. */
X509_CRL	*pki_crl_for(struct router *r, const char *profile, X509 *issuer, int64_t now);

#endif
