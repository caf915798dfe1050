#ifndef INSPIRE_ENGINE_FLOW_H
#define INSPIRE_ENGINE_FLOW_H

/*
 * A flow is what policy wants protected between two endpoints (the whole of a VTI's traffic); it holds
 * pairs of IPsec SAs, of which one is current: its outbound SA is the one in use.  A pair replaced by a
 * rekey ages for REKEY_LINGER.  key_engine.c stands between IKE, the datapath and flows; flow.c keeps
 * the pairs; tunnel.c owns the flows.
 */

#include <sys/queue.h>
#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

#include "engine/internal.h"

struct tunnel;
struct flow;
struct kmi;

struct pair {
	TAILQ_ENTRY(pair)	 next;		/* newest first */
	UT_hash_handle		 hh;		/* by id */
	uint64_t		 id;		/* what the datapath's events carry */
	struct flow		*flow;
	struct ike_esp		 esp;
	uint32_t		 life_s, life_kb;
	unsigned		 pfs_group;
	uint32_t		 spi_in, spi_out, conn_in, conn_out, sa_in, sa_out;
	int64_t			 installed_ns;
	bool			 initiator, enabled, aging;
	uint64_t		 cleared_in, cleared_out;	/* bytes at `clear counters`: lifetimes go on */
	int64_t			 mac_err_ns, replay_err_ns;	/* last logged, 0 = never */
	struct timer		 linger;
};

/* Sums of what SAs of the past and the flow itself have counted. */
struct flow_sums {
	uint64_t	 encaps, decaps, no_sa, invalid_sa, verify_failed, replay_failed, invalid_prot, invalid_identity, invalid_len;
	uint64_t	 internal_send, rollover_send, rollover_recv, encaps_failed, expired;
};

/* A DELETE that waits until the session is told to be down. */
struct late_delete { uint8_t proto; uint32_t spi; };

struct flow {
	TAILQ_ENTRY(flow)	 next;
	struct router		*r;
	struct tunnel		*tunnel;
	uint64_t		 cookie;
	char			 ifname[CFG_IF_NAME];
	char			*ipsec_profile;
	uint32_t		 local, remote;
	struct ike_path		 path;
	TAILQ_HEAD(, pair)	 pairs;
	struct pair		*current;
	bool			 negotiating;
	int64_t			 asked_ns;
	int64_t			 up_since_ns;
	struct flow_sums	 sums;
	/* Session. */
	bool			 session_up;
	struct ike_id		 peer_id;	/* type 0 = not known yet */
	struct timer		 up_timer, down_timer, delete_timer;
	struct late_delete	*deletes;
	size_t			 ndeletes;
	/* On-demand dead peer detection: looks at counters, once a period. */
	struct timer		 dpd_timer;
	int64_t			 dpd_period;
	uint64_t		 dpd_in, dpd_out;
	/* What routers on the way have said (RFC 4301, 8.2). */
	unsigned		 path_mtu;	/* 0 = nothing: the interface's */
	struct timer		 mtu_timer;
};

/* Who took the SAs away, and so who must be told and what comes next. */
enum flow_end {
	FLOW_CLEARED,		/* a person, or the configuration: DELETE; the tunnel waits for its retry */
	FLOW_EXPIRED,		/* hard end of life: the same */
	FLOW_AGED,		/* replaced by a rekey, linger over: DELETE */
	FLOW_BY_PEER,		/* DELETE, INITIAL-CONTACT or INVALID-SPI came: asked for again at once */
	FLOW_PEER_DEAD,		/* dead peer detection: nobody to tell; asked for again at once */
};

struct key_engine {
	struct router		*r;
	TAILQ_HEAD(, flow)	 flows;
	struct pair		*by_id;
	uint64_t		 last_id, last_cookie;
	uint32_t		 next_conn;
	TAILQ_HEAD(, kmi)	 queue;
	struct timer		 queue_timer;
	int64_t			 not_ipsec_ns;	/* last logged */
};

/* flow.c */
struct flow	*flow_new(struct router *r, struct tunnel *t, const char *ifname, uint32_t local, uint32_t remote);
void		 flow_free(struct flow *f);			/* its pairs are cleared */
struct flow	*flow_find(const struct router *r, uint32_t local, uint32_t remote);
struct flow	*flow_by_cookie(const struct router *r, uint64_t cookie);
struct cfg_ipsec_profile *flow_profile(const struct flow *f);	/* NULL if it has gone */
void		 flow_ask(struct flow *f);			/* IKE for a pair, unless one is being negotiated */
bool		 flow_install(struct flow *f, const struct ike_child *c);
void		 flow_enable(struct flow *f, struct pair *p);
/* Takes away the pairs for which which() says so (NULL = all). */
void		 flow_remove(struct flow *f, bool (*which)(const struct pair *p, uint64_t arg), uint64_t arg, enum flow_end why);
void		 pair_remove(struct pair *p, enum flow_end why);
struct pair	*pair_by_id(const struct router *r, uint64_t id);

/* session.c */
void		 session_init(struct flow *f);
void		 session_fini(struct flow *f);
void		 session_came(struct flow *f);			/* told SESSION_SETTLE later, if still so */
void		 session_going(struct flow *f);
void		 session_delete_later(struct flow *f, uint8_t proto, uint32_t spi);
void		 session_flush(struct flow *f);			/* now, before the flow goes */
void		 flow_delete_at_peer(struct flow *f, uint8_t proto, uint32_t spi);	/* or says why it can't */
void		 session_dpd(struct flow *f);			/* starts or stops watching for silence */

/* path_mtu.c: how long our outer packets may be on their way. */
void		 path_mtu_init(struct flow *f);
void		 path_mtu_icmp(struct router *r, const struct dp_icmp *i);	/* "fragmentation needed" came */
void		 path_mtu_sync(struct flow *f);			/* the tunnel's interface follows the SA in use */
void		 path_mtu_net_changed(struct router *r);

/* key_engine.c */
struct key_engine *key_engine_new(struct router *r);
void		 key_engine_free(struct key_engine *k);
extern const struct ike_ops ike_calls;
void		 key_engine_sa_event(struct router *r, enum sa_event_kind k, uint64_t cookie);
void		 key_engine_no_sa(struct router *r, unsigned tunnel_if);
void		 key_engine_fault(struct router *r, const struct dp_fault *e);
void		 key_engine_not_ipsec(struct router *r, uint32_t src, uint32_t dst, uint8_t proto);

/* ipsec_offer.c */
enum ike_verdict ipsec_offer(struct router *r, const struct ike_offer *o, struct ike_choice *out);

/* sa_params.c: from what was negotiated to what the datapath runs. */
void		 sa_params_fill(const struct flow *f, const struct pair *p, const struct ike_child *c, enum sa_dir dir, struct sa_params *out);

/* ipsec_debug.c */
bool		 ipsec_debug_on(const struct flow *f, uint32_t spi);
void		 ipsec_debug_sa(const struct pair *p, bool in, const char *what);
void		 ipsec_debug_engine(const struct pair *p, bool made);	/* both SAs of a pair */
void		 ipsec_debug_current(const struct flow *f, uint32_t spi);
void		 ipsec_debug_request(const struct flow *f, const struct ike_child_request *rq);
void		 ipsec_debug_match(const struct flow *f, const struct ike_id *local_id, const struct ike_id *remote_id, unsigned any);
void		 ipsec_debug_offer(struct router *r, const struct ike_offer *o);
const char	*ipsec_transform_words(const struct ike_esp *e, char out[CFG_TRANSFORM_MAX]);

/* tunnel.c */
struct tunnels	*tunnels_new(struct router *r);
void		 tunnels_free(struct tunnels *t);
void		 tunnels_drop_stale(struct router *r);		/* those that the configuration no longer wants as they are */
void		 tunnels_apply(struct router *r);
void		 tunnels_net_changed(struct router *r);
void		 tunnel_pairs_changed(struct tunnel *t);
void		 tunnel_lost(struct tunnel *t);			/* the peer took its SAs away */

/* inv_spi.c */
struct inv_spi	*inv_spi_new(struct router *r);
void		 inv_spi_free(struct inv_spi *s);
void		 inv_spi_packet(struct router *r, const struct dp_inv_spi *e);
void		 inv_spi_transient(struct router *r, uint32_t spi);	/* this inbound SPI has just aged out, or is about to come */
void		 inv_spi_installed(struct router *r, uint32_t spi);	/* it has come: whatever ends it now is told in full */

#endif
