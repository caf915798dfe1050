#ifndef INSPIRE_ENGINE_NHRP_INT_H
#define INSPIRE_ENGINE_NHRP_INT_H

/*
 * What the files of NHRP know of each other.  nhrp.c has the interfaces and what is told from outside; nhrp_cache.c
 * the bindings and the far ends that they hold; nhrp_nhs.c registers with servers; nhrp_serve.c answers; nhrp_resolve.c
 * asks and takes answers; nhrp_send.c builds packets, sends and forwards them.
 */

#include <sys/queue.h>
#include <uthash.h>

#include "engine/cfg_nhrp.h"
#include "engine/internal.h"
#include "engine/log.h"
#include "lib/addr.h"
#include "engine/mgre.h"
#include "engine/nhrp.h"

#define NHRP_CACHE_MAX		8192u			/* bindings of an interface */
#define NHRP_REQUESTERS_MAX	1024u			/* of a binding */
#define NHRP_REDIRECTS_MAX	4096u			/* flows of which is known when they were last told of */
#define NHRP_PENDING_MAX	64u			/* answers that wait for a tunnel */
#define NHRP_HOPS		255u
#define NHRP_RETRY_MAX_S	64u
#define NHRP_TRIES_DOWN		3u			/* unanswered registrations: the server is down */
#define NHRP_INCOMPLETE_LIFE	(180 * NSEC_SEC)
#define NHRP_REFRESH_S		120u			/* so long before its end a binding in use is asked for again */
#define NHRP_PENDING_LIFE	(5 * NSEC_SEC)		/* then an answer takes the way by the servers */
#define NHRP_REDIRECT_S		8u
#define NHRP_PEER_LINGER	(2 * NSEC_SEC)		/* what is under way with a far end may still come */
#define NHRP_MTU		17916u			/* of a multipoint tunnel */

/* A far end by its NBMA address, held for all bindings that lead there. */
struct nhrp_peer {
	UT_hash_handle	 hh;
	uint32_t	 nbma;
	unsigned	 holds, named;
	bool		 ready, last_named;
	int64_t		 since_ns;
	struct nhrp_if	*nif;
	struct timer	 linger;		/* armed: nobody holds it any more, but it is kept a while */
};

/* Who was told of a binding, and must be told when it is no longer true. */
struct nhrp_requester {
	TAILQ_ENTRY(nhrp_requester) next;
	uint32_t	 addr, nbma, reqid;
	int64_t		 until_ns;
};

struct nhrp_entry {
	UT_hash_handle	 hh;
	struct nhrp_key { uint32_t prefix, len; } key;
	struct nhrp_if	*nif;
	enum nhrp_kind	 kind;
	unsigned	 flags;
	uint32_t	 via, nbma;
	uint32_t	 target;		/* the address that was asked for */
	uint16_t	 holdtime;
	int64_t		 created_ns, expires_ns;
	uint64_t	 hits;
	uint32_t	 reqid;			/* of a request under way, 0 = none */
	unsigned	 retry_s;
	uint64_t	 sent_mark;		/* what had gone to its far end when its use was last looked at */
	bool		 told_up;		/* %DMVPN-5-NHRP_NHC_UP */
	bool		 named, kept;		/* kept: while the configuration is gone through */
	struct nhrp_peer *peer;			/* held by it */
	uint32_t	 mapped;		/* what the tunnel was told, 0 = nothing */
	bool		 routed;		/* it made a route */
	struct timer	 timer;			/* end of life, refresh, next try: what comes first */
	TAILQ_HEAD(, nhrp_requester) requesters;
	size_t		 nrequesters;
};

struct nhrp_nhs {
	TAILQ_ENTRY(nhrp_nhs) next;		/* by cluster, priority, then as configured */
	struct nhrp_if	*nif;
	uint32_t	 addr, nbma;
	uint8_t		 priority, cluster;
	bool		 active, responding, failed, kept, told;
	unsigned	 tries, retry_s;
	uint32_t	 reqid, acked;
	uint64_t	 sent, nfailed, received;
	int64_t		 last_ns, up_ns;
	struct timer	 timer;
};

/* When a flow was last told of: by source's far end and destination. */
struct nhrp_redirect {
	UT_hash_handle	 hh;
	struct nhrp_flow_key { uint32_t nbma, dst; } key;
	int64_t		 until_ns;
};

/* An answer that waits until there is a tunnel to who asked. */
struct nhrp_pending {
	TAILQ_ENTRY(nhrp_pending) next;
	struct nhrp_if	*nif;
	uint32_t	 nbma;
	struct nhrp_msg	 msg;
	struct timer	 timer;
};

struct nhrp_if {
	TAILQ_ENTRY(nhrp_if) next;		/* in the order of the configuration */
	struct nhrp	*n;
	char		 name[CFG_IF_NAME];
	uint32_t	 network_id, addr, source, destination, key;
	unsigned	 len;			/* of its network */
	bool		 up, kept;
	struct nhrp_entry *cache;
	struct nhrp_peer *peers;
	unsigned	 lens[33];		/* bindings by prefix length */
	TAILQ_HEAD(nhss_head, nhrp_nhs) nhss;
	struct nhrp_redirect *redirects;
	TAILQ_HEAD(, nhrp_pending) pending;
	size_t		 npending;
	struct nhrp_mcast_info *mcast;
	size_t		 nmcast;
	uint32_t	*mcast_held;		/* by the configuration */
	size_t		 nmcast_held;
	uint32_t	 fallback;
	uint64_t	 sent[NHRP_TYPE__END], received[NHRP_TYPE__END], forwarded[NHRP_TYPE__END];
	uint64_t	 redirects_held, quota_dropped, bad;
	int64_t		 window_ns;		/* of max-send */
	uint32_t	 window_sent;
	bool		 quota_told;
	int64_t		 error_ns;		/* when another's error indication was last told; 0 = never */
	struct timer	 mcast_timer, fallback_timer;
};

struct nhrp {
	struct router	*r;
	TAILQ_HEAD(, nhrp_if) ifs;
	uint32_t	 last_reqid;
	bool		 ending;		/* all goes: nobody is told */
};

/* nhrp.c */
struct nhrp_if	*nhrp_if_find(const struct router *r, const char *ifname);
const struct cfg_nhrp *nhrp_cfg(const struct nhrp_if *i);	/* never NULL while the interface is there */
uint16_t	 nhrp_holdtime(const struct nhrp_if *i);
bool		 nhrp_is_protected(const struct nhrp_if *i);
void		 nhrp_mcast_update(struct nhrp_if *i);		/* soon, and once for many changes */
void		 nhrp_say(const struct nhrp_if *i, int severity, const char *mnemonic, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void		 nhrp_debug_cache(const struct nhrp_entry *e, const char *what);
void		 nhrp_debug_line(struct router *r, bool on, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* nhrp_cache.c */
struct nhrp_entry *nhrp_cache_find(struct nhrp_if *i, uint32_t prefix, unsigned len);
struct nhrp_entry *nhrp_cache_lookup(struct nhrp_if *i, uint32_t addr);		/* the longest that covers it, own ones not */
struct nhrp_entry *nhrp_cache_add(struct nhrp_if *i, uint32_t prefix, unsigned len, enum nhrp_kind kind);	/* NULL: full */
/* Gives it its far end, and its holder. */
void		 nhrp_cache_bind(struct nhrp_entry *e, uint32_t via, uint32_t nbma, bool named);
void		 nhrp_cache_live(struct nhrp_entry *e, uint16_t holdtime_s);	/* anew, from now */
void		 nhrp_cache_del(struct nhrp_entry *e, const char *why);		/* why: of %DMVPN-5-NHRP_NHC_DOWN */
void		 nhrp_requester_add(struct nhrp_entry *e, uint32_t addr, uint32_t nbma, uint32_t reqid);
void		 nhrp_requesters_purge(struct nhrp_entry *e);			/* tells them all */
struct nhrp_peer *nhrp_peer_find(struct nhrp_if *i, uint32_t nbma);
struct nhrp_peer *nhrp_peer_hold(struct nhrp_if *i, uint32_t nbma, bool named);
void		 nhrp_peer_drop(struct nhrp_if *i, struct nhrp_peer *p, bool named);
void		 nhrp_peers_free(struct nhrp_if *i);				/* those that linger */
void		 nhrp_peer_changed(struct nhrp_if *i, uint32_t nbma, bool up);
bool		 nhrp_entry_used(struct nhrp_entry *e);				/* since last asked */

/* nhrp_nhs.c */
void		 nhrp_nhs_apply(struct nhrp_if *i);
void		 nhrp_nhs_free_all(struct nhrp_if *i);
void		 nhrp_nhs_tunnel(struct nhrp_if *i);				/* its source came, went or changed */
void		 nhrp_nhs_endpoint(struct nhrp_if *i, uint32_t nbma, bool up);
void		 nhrp_nhs_reply(struct nhrp_if *i, const struct nhrp_msg *m);
void		 nhrp_nhs_choose(struct nhrp_if *i);				/* which are active */
struct nhrp_nhs	*nhrp_nhs_best(struct nhrp_if *i);				/* to ask; NULL if none */
struct nhrp_nhs	*nhrp_nhs_find(struct nhrp_if *i, uint32_t addr);

/* nhrp_serve.c */
void		 nhrp_serve_registration(struct nhrp_if *i, uint32_t nbma_src, struct nhrp_msg *m);
void		 nhrp_serve_resolution(struct nhrp_if *i, uint32_t nbma_src, struct nhrp_msg *m);
void		 nhrp_serve_purge(struct nhrp_if *i, uint32_t nbma_src, struct nhrp_msg *m);
void		 nhrp_serve_turned(struct nhrp_if *i, uint32_t nbma_src, const char *out_if, uint32_t next_hop, const uint8_t *ip, size_t n);
void		 nhrp_pending_up(struct nhrp_if *i, uint32_t nbma);
void		 nhrp_pending_free(struct nhrp_pending *p);

/* nhrp_resolve.c */
void		 nhrp_resolve(struct nhrp_if *i, uint32_t addr);
void		 nhrp_resolve_again(struct nhrp_entry *e);			/* the next try, or a refresh */
void		 nhrp_resolve_reply(struct nhrp_if *i, const struct nhrp_msg *m);
void		 nhrp_resolve_redirected(struct nhrp_if *i, const struct nhrp_msg *m);
void		 nhrp_route_sync(struct nhrp_entry *e, bool wanted);		/* the route that a binding makes */
unsigned	 nhrp_route_flags(const struct nhrp_entry *e);

/* nhrp_send.c */
void		 nhrp_msg_init(struct nhrp_if *i, struct nhrp_msg *m, enum nhrp_type type, uint32_t dst);
struct nhrp_cie	 nhrp_cie_self(const struct nhrp_if *i, uint16_t holdtime);
bool		 nhrp_send(struct nhrp_if *i, uint32_t nbma, struct nhrp_msg *m);
/* By the address that it is for (of a reply: who asked); false if there is no way, or it has been here before. */
bool		 nhrp_forward(struct nhrp_if *i, struct nhrp_msg *m, uint32_t dst);
/* To who sent m; p, n: its bytes. */
void		 nhrp_send_error(struct nhrp_if *i, uint32_t nbma, const struct nhrp_msg *m, enum nhrp_code code, size_t offset, const uint8_t *p, size_t n);
/* An answer to m, addresses and extensions as they came. */
void		 nhrp_reply_init(struct nhrp_if *i, struct nhrp_msg *reply, const struct nhrp_msg *m, enum nhrp_type type);
bool		 nhrp_reply(struct nhrp_if *i, uint32_t nbma, struct nhrp_msg *reply);
/* Where a next hop is reached by NHRP's own knowledge; 0 = not known. */
uint32_t	 nhrp_nbma_of(struct nhrp_if *i, uint32_t next_hop);
void		 nhrp_if_usage(const struct nhrp_if *i, struct nhrp_if_info *out);
void		 nhrp_debug_packet(struct nhrp_if *i, const char *verb, const struct nhrp_msg *m);

#endif
