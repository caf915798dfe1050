#ifndef INSPIRE_IKE_IMPL_H
#define INSPIRE_IKE_IMPL_H

/*
 * The inside of the key exchange, shared by ike/ and ike/v1/ only.
 *
 * Ownership: struct ike owns SAs and peers; an SA owns its nodes (phase 2 exchanges) and waiting requests, and holds
 * one reference on its peer until it is deleted.  SAs and nodes are freed from timers alone, so that a call
 * upward (struct ike_ops), which may call back in, never pulls away what its caller stands on.
 */

#include <sys/queue.h>

#include "ike/ike.h"
#include "ike/say.h"
#include "ike/v1/keys.h"
#include "ike/v1/rules.h"
#include "ike/wire/cfg.h"
#include "ike/wire/wire.h"
#include "lib/chance.h"
#include "lib/clock.h"
#include "lib/mem.h"

#define IKE_RETRY		(10 * NSEC_SEC)
#define IKE_CROSSING		NSEC_SEC		/* first messages that crossed on their way came within it */
#define IKE_TRIES		5
#define IKE_HALF_OPEN_MAX	256	/* SAs under negotiation, unless set */
#define IKE_HALF_OPEN_LIFE	(75 * NSEC_SEC)	/* a responder's SA that doesn't get on */
#define IKE_NODES_MAX		64	/* live exchanges of one SA */
#define IKE_NODES_OWN	32	/* of these that we begin; more wait */
#define IKE_PENDING_MAX		256	/* requests that wait for one SA */
#define IKE_NODE_PURGE		(50 * NSEC_SEC)	/* a finished exchange still answers duplicates so long */
#define IKE_REPLACED_LINGER	(5 * NSEC_SEC)	/* a rekeyed IKE SA lets what is under way end */
#define IKE_PEER_REAP		(6 * NSEC_MS)	/* after ike_peer_touch() */
#define IKE_DPD_TRIES		5
#define IKE_BAD_SPIS		16	/* to tell of when a recovery's SA is up */
#define IKE_DAMP_MAX		64	/* pairs of addresses in the damping table */
#define IKE_SEEN_GROW		16	/* divides IKE_SEEN */
#define IKE_SEEN		256	/* message ids of the peer remembered, against replay */
#define IKE_BUCKETS		64	/* of each index, at first: as many as there are SAs and peers, once those are more */
#define IKE_FRAG_LIFE		(15 * NSEC_SEC)	/* pieces of a message wait so long for the others */
#define IKE_FRAG_WHOLE		1228	/* bytes of a message that goes in one: what IPv6 takes everywhere, with UDP and a marker */

/* What has a handle, that no two may have alike. */
struct handled {
	LIST_ENTRY(handled) near;
	uint64_t	 h;
};

struct peer {
	TAILQ_ENTRY(peer) link;
	LIST_ENTRY(peer) near;
	struct handled	 handled;
	struct addr	 local, remote;
	uint16_t	 remote_port;
	unsigned	 refs;
	uint64_t	 handle;
	uint8_t		*id;		/* struct ike_id of its last IKE SA, without what is behind the name; NULL = never known */
	size_t		 id_len;
	struct timer	 reap;
	struct ike	*ike;
};

struct retry {
	struct timer	 timer;
	uint8_t		*bytes;
	size_t		 n;
	unsigned	 tries;
};

struct bad_spi {
	uint8_t		 proto;
	uint32_t	 spi;
};

struct request {
	TAILQ_ENTRY(request) link;
	struct ike_child_request rq;
};
TAILQ_HEAD(requests, request);

/* A phase 2 exchange. */
struct node {
	TAILQ_ENTRY(node) link;
	struct sa	*sa;
	uint32_t	 msgid;
	bool		 initiator, done, yielded;	/* yielded: for the peer's own */
	bool		 crossed, insisted;	/* the peer's own, left for ours; and that once more, which is taken */
	bool		 cfg;		/* a transaction, not Quick Mode */
	enum ike_state	 state;
	struct ike_child_request rq;	/* what we asked for (initiator) */
	struct ike_child child;		/* what comes of it */
	struct addr	 oa_peer, oa_us;	/* NAT-OA: what the peer calls itself, and us */
	struct ike_esp	 offered[8];
	uint32_t	 offered_spi[8];
	uint8_t		 prop_number, trans_number;
	bool		 lowered;	/* responder: our lifetimes are lower than offered */
	struct dh	*dh;
	uint8_t		*gxy;
	size_t		 gxy_len;
	uint8_t		 ni[IKE_NONCE_MAX], nr[IKE_NONCE_MAX];
	size_t		 ni_len, nr_len;
	uint8_t		 iv[16];
	uint8_t		 last_in[32];	/* digest of the message answered last */
	bool		 has_last_in;
	struct retry	 retry;
	struct timer	 purge;
};

struct dpd {
	struct timer	 timer;
	bool		 asking;
	unsigned	 tries;
	uint32_t	 seq;
	int64_t		 heard;
};

/* Of extended authentication. */
struct xauth {
	bool		 done, ok;
	bool		 answered;	/* an op has answered, and that has not been acted on */
	unsigned	 attempt;
	bool		 has_kind, want_user, want_password;	/* client: what the REQUEST says */
	char		 user[IKE_XAUTH_USER_MAX];
	struct ike_credentials *reply;	/* client: what will be sent; NULL: the user gives up */
};

struct nonces {
	uint8_t		 i[IKE_NONCE_MAX], r[IKE_NONCE_MAX];
	size_t		 i_len, r_len;
};

struct certreqs;
struct frags;

struct sa {
	TAILQ_ENTRY(sa)	 link;
	LIST_ENTRY(sa)	 bucket;
	struct handled	 handled;
	TAILQ_ENTRY(sa)	 near;
	struct ike	*ike;
	struct ike_path	 path;
	struct peer	*peer;		/* NULL once deleted */
	uint8_t		 icookie[IKE_COOKIE], rcookie[IKE_COOKIE];
	uint64_t	 handle;
	uint32_t	 conn_id;
	bool		 initiator, established, deleted, replaced, recovery;
	bool		 initial_contact;	/* received in phase 1 */
	bool		 aggressive, begun;	/* begun: by ike_begin() */
	bool		 ready, configured;	/* nothing stands before Quick Mode; mode configuration is done */
	enum ike_state	 state;
	const char	*shown;

	struct ike_peer_config cfg;
	char		 wanted[IKE_NAME_MAX];	/* profile */
	struct ike_policy policy;
	struct ike_policy *offered;	/* initiator: what MM1 said */
	size_t		 noffered;
	uint8_t		 chosen;	/* responder: transform number, as offered */
	struct ike_id	 peer_id;

	/* Of the exchange: kept until phase 1 is complete. */
	struct dh	*dh;
	uint8_t		*sai_b, *gx_peer, *gxy, *idi_b, *idr_b;
	size_t		 sai_len, gx_peer_len, gxy_len, idi_len, idr_len;
	struct nonces	*nonces;
	struct certreqs	*certreqs;	/* what authorities the peer takes; NULL: it hasn't said */

	struct frags	*frags;		/* a message that comes in pieces, NULL: none */
	bool		 peer_frags;	/* the peer puts pieces together */
	struct ike_keys	 keys;
	bool		 has_keys;
	uint8_t		 iv[16];	/* last block of phase 1 */
	uint8_t		 last_in[32];
	bool		 has_last_in;
	uint8_t		 natd_type;	/* 0: not agreed */
	bool		 nat_mine, nat_his, peer_dpd, life_lowered;
	enum vid	 natt_vid;
	uint16_t	 xauth_method;	/* of the policy agreed: 0 = without XAUTH */
	struct xauth	 xauth;
	struct node	*tx;		/* the transaction that waits for the peer, or for our answer */
	uint16_t	 tx_id;		/* identifier of the peer's REQUEST */
	struct ike_modecfg *asked;	/* server: what the client's REQUEST asks for */
	struct addr	 assigned;

	int64_t		 created, up_since;
	struct retry	 retry;
	unsigned	 hastened;	/* 1 + the tries of retry after which its message went once more */
	struct timer	 life, rekey, purge, wait, line;	/* wait: for XAUTH and mode configuration; line: for an exchange that begins when another has ended */
	struct dpd	 dpd;
	struct requests	 pending;
	TAILQ_HEAD(nodes, node) nodes;
	size_t		 nnodes, npending;
	struct bad_spi	*bad;		/* NULL, or IKE_BAD_SPIS of them */
	size_t		 nbad;
	uint32_t	*seen;		/* grows to IKE_SEEN of them, the latest, in a ring */
	size_t		 nseen;
};

struct damp {
	struct addr	 local, remote;
	int64_t		 until;
};

struct ike {
	struct clock	*clock;
	struct chance	*chance;
	const struct ike_ops *ops;
	void		*arg;
	struct ike_settings set;
	TAILQ_HEAD(sa_list, sa) sas;	/* oldest first */
	/* Indices of nbuckets each; nindexed: SAs and peers in them. */
	size_t		 nbuckets, nindexed;
	LIST_HEAD(sa_bucket, sa) *by_cookie;
	TAILQ_HEAD(sa_near, sa) *by_pair;	/* oldest first */
	LIST_HEAD(handle_bucket, handled) *by_handle;
	TAILQ_HEAD(, peer) peers;
	LIST_HEAD(peer_bucket, peer) *peers_by_pair;
	uint32_t	 next_conn, peers_made;
	unsigned	 half_open;	/* begun by others, not established, not deleted: what strangers can make us hold */
	uint64_t	 count[IKEC__COUNT];
	struct {		/* the message that is looked at; p NULL: none is */
		const struct ike_path *path;
		const uint8_t	*p;
		size_t		 n;
	} now;
	struct damp	 damp[IKE_DAMP_MAX];
	struct { const char *mnemonic; int64_t at; } logged[8];	/* syslog: one a second of a kind */
};

void		 ike_refuse(struct ike *i, enum ike_counter c);	/* tells of the present message, once, if c says that it is bad */

static inline void
ike_note(struct ike *i, enum ike_counter c)
{
	i->count[c]++;
	if (i->now.p != NULL)
		ike_refuse(i, c);
}

void		 ike_syslog(struct ike *i, int severity, const char *mnemonic, const char *fmt, ...)
		    __attribute__((format(printf, 4, 5)));
uint64_t	 ike_handle(struct ike *i);
void		 ike_send(struct sa *sa, const uint8_t *p, size_t n);	/* with the debug line */

/* peer.c */
struct peer	*peer_find(struct ike *i, const struct ike_path *path);
struct peer	*peer_get(struct ike *i, const struct ike_path *path);	/* says found or created */
void		 peer_lock(struct ike *i, struct peer *p, const char *why);
void		 peer_unlock(struct ike *i, struct peer *p, const char *why);
void		 peer_free(struct ike *i, struct peer *p);

/* sa.c */
struct sa	*sa_new(struct ike *i, const struct ike_path *path, bool initiator);
void		 sa_cookie_changed(struct sa *sa);		/* rehashes */
struct sa	*sa_find(struct ike *i, const struct isakmp_hdr *h, const struct ike_path *path);
void		 damp_end(struct ike *i, const struct ike_path *path);	/* a recovery got through */
void		 peer_id_set(struct peer *p, const struct ike_id *id);
void		 sa_bad_add(struct sa *sa, const struct bad_spi *b);
/* index.c: by cookie, by the pair of addresses, by handle. */
size_t		 pair_bucket(const struct ike *i, const struct ike_path *path);
void		 index_init(struct ike *i);
void		 index_fini(struct ike *i);
void		 index_sa(struct sa *sa);
void		 index_sa_gone(struct sa *sa);
void		 index_sa_cookie(struct sa *sa);		/* it has another initiator cookie now */
struct sa_bucket *index_cookie(struct ike *i, const uint8_t *icookie);
void		 index_peer(struct peer *p);
void		 index_peer_gone(struct peer *p);
struct sa_near	*sa_near(struct ike *i, const struct ike_path *path);
/* Between the two addresses of a path: a router with two of its own has an IKE SA by each with the same peer. */
struct sa	*sa_find_up(struct ike *i, const struct ike_path *path);
/* The same, of several peers behind one translator that with the path's port, if it has one. */
struct sa	*sa_find_to(struct ike *i, const struct ike_path *path);
struct sa	*sa_find_coming(struct ike *i, const struct ike_path *path);	/* one that will be up, unless it fails */
void		 sa_conn_id(struct sa *sa);
void		 sa_delete(struct sa *sa, const char *reason, bool tell, bool dpd, enum ike_fail why);
void		 sa_established(struct sa *sa);
void		 sa_ready(struct sa *sa);			/* Quick Mode may begin */
void		 sa_move(struct sa *sa, const struct ike_path *path);
void		 sa_forget_exchange(struct sa *sa);
void		 sa_purge(struct sa *sa);			/* frees */
void		 sa_info(const struct sa *sa, struct ike_sa_info *out);
const char	*sa_role(const struct sa *sa);
void		 sa_ask(struct sa *sa, const struct ike_child_request *rq);	/* queues, starts if it can */
bool		 sa_hands_over(struct sa *from, const struct ike_child_request *rq, enum ike_fail why);
void		 sa_satisfied(struct ike *i, const struct ike_path *path, const struct ike_id *local_id, const struct ike_id *remote_id);

/* node */
struct node	*node_new(struct sa *sa, uint32_t msgid, bool initiator);
struct node	*node_find(struct sa *sa, uint32_t msgid);
void		 node_done(struct node *n, bool error, const char *reason);
void		 node_free(struct node *n);
uint32_t	 msgid_new(struct sa *sa);

/* retry.c */
void		 retry_init(struct retry *r, struct clock *c, void (*fn)(void *), void *arg);
void		 retry_keep(struct retry *r, const uint8_t *p, size_t n, bool timer);
void		 retry_stop(struct retry *r);			/* the bytes stay, for duplicates */
void		 retry_fini(struct retry *r);
void		 retry_phase1(void *sa);
void		 retry_phase2(void *node);

#endif
