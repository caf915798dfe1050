#ifndef INSPIRE_TEST_PLAY_H
#define INSPIRE_TEST_PLAY_H

/*
 * Two key exchanges played against each other in one process on a virtual clock.  What one sends waits until the test
 * passes it on, drops it or keeps it; IPsec is a list of the SAs that were installed.
 */

#include "ike/ike.h"
#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/text.h"
#include "testsuite/fsm/pki.h"

#define PLAY_MSGS	64
#define PLAY_SAS	32

enum { R1, R2 };

struct play_msg { uint8_t p[4096]; size_t n; struct ike_path path; /* by which it was sent */ };

struct play_sa {
	struct ike_child c;
	bool	enabled, gone;
};

struct play_end {
	struct play	*play;
	struct ike	*ike;
	struct ike_path	 path;
	struct ike_settings set;
	struct ike_policy policies[8];
	size_t		 npolicies;
	struct ike_peer_config cfg;
	struct ike_esp	 esp[4];	/* what IPsec accepts and asks for */
	size_t		 nesp;
	unsigned	 pfs_group;
	uint32_t	 life_s, life_kb;
	struct ike_id	 local_id, remote_id;
	bool		 full;		/* install() fails */
	struct play_msg	 out[PLAY_MSGS];	/* sent, not yet passed on */
	size_t		 nout;
	struct play_sa	 sas[PLAY_SAS];
	size_t		 nsas;
	struct text	 log, syslog;
	struct ike_path	 moved;		/* of the last call */
	unsigned	 moves;
	bool		 fixed;		/* the peer's address is configured: no other is followed */
	unsigned	 ups, downs, dpd_deaths, ics, fails, invalid_spis;
	enum ike_fail	 last_fail;
	uint32_t	 last_invalid;
	bool		 again;		/* asks for new SAs when the peer has removed them */
	/* Signatures */
	enum ike_cert_verdict verdict;	/* instead of what there is to find */
	bool		 keyless, no_authority;	/* sign() fails; asks for no authority by name */
	unsigned	 chain;		/* certificates sent: 0 = one */
	size_t		 wanted, proofs;	/* names in the peer's requests; certificates in the last proof */
	/* Aggressive mode, XAUTH and mode configuration */
	char		 group[IKE_NAME_MAX];	/* server: the only one known by key id; "" = names don't matter */
	bool		 by_profile;	/* its cfg is a profile's: asked for by name, or found by the identity */
	enum ike_answer	 answer;		/* client: IKE_LATER or IKE_NO instead of the credentials */
	bool		 later, refuse;		/* server: the verdict comes later; no address to give */
	struct ike_credentials creds;		/* client: what the user types; server: the user let in */
	struct ike_modecfg want, give, got;
	struct ike_sa_info info;		/* of the last call upward with one */
	unsigned	 attempt, asks, checks, gives, takes, readies, begin_fails, xauth_oks, xauth_nos;
	enum ike_fail	 begin_why;
};

/* A translator before an end: the other one sees its outside, and what ports it makes of 500 and 4500. */
struct play_nat {
	bool		 on;
	struct addr	 outside;
	uint16_t	 ike, natt;
};

struct play {
	struct clock	*clock;
	struct chance	*chance;
	struct play_end	 end[2];
	struct play_pki	*pki;		/* NULL: nobody has a certificate */
	struct play_nat	 nat[2];
};

/* Group 2, AES-128, SHA-1, PSK "secret"; ESP AES-128 with SHA-1. */
struct play	*play_new(uint64_t seed);
void		 play_free(struct play *t);
void		 play_set(struct play *t);		/* after a change of settings */
void		 play_policy(struct play_end *e, enum cipher_alg c, enum hash_alg h, unsigned group);	/* the only one */

/* Both have certificates, longer by so many bytes, and sign; no key is shared. */
void		 play_signatures(struct play *t, size_t spare);
/* Puts a translator before an end, which gets the address `own`. */
void		 play_nat(struct play *t, int at, uint32_t own, uint16_t ike, uint16_t natt);
/* R1 an EzVPN client (group GRP, alice), R2 the server: everything as it would be. */
void		 play_ezvpn(struct play *t);
bool		 t_begin(struct play *t, int from);
void		 t_request(struct play *t, int from);
bool		 t_pass(struct play *t, int from);	/* the oldest message; false: there is none */
bool		 t_drop(struct play *t, int from);
bool		 t_twice(struct play *t, int from);	/* delivered twice */
void		 t_flow(struct play *t);		/* all, until nobody has more to say */
void		 t_wait(struct play *t, int64_t ns);	/* time alone */
void		 t_live(struct play *t, int64_t ns);	/* time, everything delivered at once */
void		 t_deliver(struct play *t, int to, const uint8_t *p, size_t n);
void		 t_pay(struct play *t);			/* both have SAs that fit each other */
size_t		 t_sas(struct play_end *e);		/* pairs that are there */
size_t		 t_ike_sas(struct play_end *e);		/* established, not deleted */
struct play_sa	*t_sa(struct play_end *e);		/* the newest pair */
bool		 t_said(struct play_end *e, const char *line);
void		 t_forget(struct play *t);		/* empties the logs */
void		 t_up(struct play *t);			/* request by R1, all of it delivered, checked */

#endif
