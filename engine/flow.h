#ifndef INSPIRE_ENGINE_FLOW_H
#define INSPIRE_ENGINE_FLOW_H

/*
 * A flow is what policy wants protected between two endpoints (the whole of a VTI's traffic, one line of
 * a crypto map's access list, GRE between two addresses); it holds pairs of IPsec SAs, of which one is
 * current: its outbound SA is the one in use.  A pair replaced by a rekey ages for REKEY_LINGER.  Flows
 * between the same two addresses share a crypto peer: its session, its dead peer detection, its path MTU.
 * Who makes a flow owns it (tunnel.c, crypto maps) and hands in functions that say what its policy is
 * and where the SA in use goes.  key_engine.c stands between IKE, the datapath and flows; flow.c keeps
 * the pairs.
 */

#include <sys/queue.h>
#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

#include "engine/internal.h"
#include "engine/ipsec_totals.h"
#include "engine/trace.h"

struct tunnel;
struct flow;
struct kmi;
struct crypto_peer;
struct flow_place;

#define FLOW_TAG	64

struct pair {
	LIST_ENTRY(pair)	 waiting;	/* until its outbound SA may be used */
	TAILQ_ENTRY(pair)	 next;		/* newest first */
	UT_hash_handle		 hh;		/* by id */
	uint64_t		 id;		/* what the datapath's events carry */
	struct flow		*flow;
	struct ike_esp		 esp;
	uint32_t		 life_s, life_kb;
	unsigned		 pfs_group;
	uint32_t		 spi_in, spi_out, conn_in, conn_out, sa_in, sa_out;
	int64_t			 begun_ns, installed_ns, enabled_ns;	/* of its exchange; of its SAs */
	bool			 initiator, enabled, aging;
	uint64_t		 cleared_in, cleared_out;	/* bytes at `clear counters`: lifetimes go on */
	int64_t			 mac_err_ns, replay_err_ns;	/* last logged, 0 = never */
	uint8_t			*keys;		/* for captures' key files: of the inbound SA, then of the outbound one */
	size_t			 nkeys;		/* bytes of one */
	struct timer		 linger;
	struct timer		 late;		/* a bug: until its inbound SA is ready */
	struct timer		 swap;		/* the outbound SA of a renewed pair waits a moment */
};

/* Sums of what SAs of the past and the flow itself have counted. */
struct flow_sums {
	uint64_t	 encaps, decaps, no_sa, invalid_sa, verify_failed, replay_failed, invalid_prot, invalid_identity, invalid_len;
	uint64_t	 internal_send, rollover_send, rollover_recv, encaps_failed, expired;
};

/* Who took the SAs away, and so who must be told and what comes next. */
enum flow_end {
	FLOW_CLEARED,		/* a person, or the configuration: DELETE; the tunnel waits for its retry */
	FLOW_EXPIRED,		/* hard end of life: the same */
	FLOW_AGED,		/* replaced by a rekey, linger over: DELETE */
	FLOW_BY_PEER,		/* DELETE, INITIAL-CONTACT or INVALID-SPI came: asked for again at once */
	FLOW_IDLE,		/* nobody has used them: the peer is told */
	FLOW_PEER_DEAD,		/* dead peer detection: nobody to tell; asked for again at once */
};

/* A DELETE that waits until the session is told to be down. */
struct late_delete { uint8_t proto; uint32_t spi; };

#define PEER_KEY	(2 * ADDR_PACKED)
/* The two addresses between which flows run: one crypto session.  Made with its first flow, gone with its last. */
struct crypto_peer {
	UT_hash_handle		 hh;		/* by key */
	uint8_t			 key[PEER_KEY];	/* local, remote */
	struct router		*r;
	struct ike_path		 path;
	TAILQ_HEAD(, flow)	 flows;		/* in the order in which they were made */
	uint64_t		 njoined;
	struct flow		**live;		/* those with SAs in use: see crypto_peer_live() */
	size_t			 nlive, clive;
	/* Session. */
	bool			 up;
	struct ike_id		 id;		/* type 0 = not known yet */
	struct timer		 up_timer, down_timer, delete_timer;
	struct late_delete	*deletes;
	size_t			 ndeletes;
	/* On-demand dead peer detection: looks at counters, once a period. */
	struct timer		 dpd_timer;
	int64_t			 dpd_period;
	uint64_t		 dpd_in, dpd_out;
	/* What routers on the way have said (RFC 4301, 8.2). */
	unsigned		 path_mtu;	/* 0 = nothing: the interface's */
	/* NAT traversal. */
	bool			 inside;	/* a translator stands before us */
	struct timer		 keepalive;
	struct timer		 mtu_timer;
};

/* How a flow is protected, as the configuration says at the moment; lent until it changes. */
struct crypto_policy {
	const struct cfg_names	*transform_sets;	/* in order of preference */
	const struct ike_esp	*suites;		/* built-in ones, besides; NULL = none */
	size_t			 nsuites;
	const char		*isakmp_profile;	/* "" = none */
	unsigned		 pfs_group;		/* 0 = none */
	uint32_t		 life_s, life_kb;	/* life_kb 0 = no limit */
	uint32_t		 idle_s;		/* 0 = none */
	unsigned		 replay_window;		/* 0 = off */
	uint8_t			 dfbit;			/* 'c' clear, 'C' copy, 's' set */
	bool			 responder_only;
};

/* What the owner of a flow does for it. All but policy may be NULL. */
struct flow_ops {
	/* False: the configuration no longer has it. */
	bool	(*policy)(const struct flow *f, struct crypto_policy *out);
	/* Its packets leave by this SA of the datapath from now on; SA_NONE: by none. */
	void	(*use)(struct flow *f, uint32_t sa);
	/* The plaintext MTU of the SA in use has been looked at anew. */
	void	(*mtu)(struct flow *f, unsigned plaintext_mtu);
	/* SAs have come or gone, or a negotiation has ended without any. */
	void	(*changed)(struct flow *f);
	/* The peer took the last SAs away, or is dead: ask again if they are wanted. */
	void	(*lost)(struct flow *f, enum flow_end why);
	/* A negotiation that was asked for has failed. changed follows. */
	void	(*failed)(struct flow *f, enum ike_fail why);
	/* No SA is in use any more, whoever took them away. */
	void	(*ended)(struct flow *f, enum flow_end why);
};

/* What a flow is made of; strings are copied. */
struct flow_init {
	const struct flow_ops	*ops;
	void			*owner;
	const char		*ifname;		/* whose crypto this is: Tunnel0, or where the crypto map is */
	const char		*tag;			/* "Tunnel0-head-0", or the crypto map's name */
	struct addr		 local, remote;		/* endpoints */
	struct ike_id		 local_id, remote_id;	/* proxies; of a VTI ipsec_any_id() */
	bool			 transport;		/* a transform set's transport mode may be used */
	bool			 named;			/* the configuration names this peer: recovery may start IKE to it */
	uint32_t		 guard;			/* of its inbound SAs (sa_params.guard); 0 = none */
};

struct flow {
	TAILQ_ENTRY(flow)	 next;			/* of the router, by interface */
	TAILQ_ENTRY(flow)	 peer_next;
	LIST_ENTRY(flow)	 place_next;
	struct flow_place	*place;			/* those of the same interface, and far end where it has a guard */
	uint64_t		 joined;		/* the peer's count of flows that came to it */
	size_t			 live_slot;		/* 0 = no SAs are in use */
	UT_hash_handle		 hh;			/* by cookie */
	struct router		*r;
	const struct flow_ops	*ops;
	void			*owner;
	struct crypto_peer	*peer;
	uint64_t		 cookie;
	char			 ifname[CFG_IF_NAME];
	char			 tag[FLOW_TAG];
	struct ike_id		 local_id, remote_id;
	bool			 transport, named;
	uint32_t		 guard;			/* of its inbound SAs (sa_params.guard) */
	bool			 on_demand;	/* SAs are asked for by traffic: what is not used is not rekeyed */
	bool			 listed;	/* an access list's: show says so */
	bool			 standby;	/* its peer isn't the one in use: shown only with SAs */
	uint32_t		 policy;	/* of the datapath, that its inbound SAs stand for; 0 = none */
	uint16_t		 port;		/* of the peer, behind a translator; 0 = it is not, or there are no SAs */
	unsigned		 tunnel_if;		/* of the datapath: what comes out of its inbound SAs comes in there; 0 = the port it came by */
	TAILQ_HEAD(, pair)	 pairs;
	struct pair		*current;
	bool			 negotiating;
	int64_t			 asked_ns;
	int64_t			 up_since_ns;
	struct flow_sums	 sums;
	struct ipsec_totals	 past;			/* of SAs that have gone, and of what was cleared */
};

struct key_engine {
	struct router		*r;
	TAILQ_HEAD(flows, flow)	 flows;
	struct flow		*by_cookie;
	struct flow_place	*places;
	struct crypto_peer	*peers;
	struct pair		*by_id;
	LIST_HEAD(, pair)	 waiting;	/* those not enabled */
	uint64_t		 last_id, last_cookie;
	uint32_t		 next_conn;
	TAILQ_HEAD(, kmi)	 queue;
	struct timer		 queue_timer;
	int64_t			 not_ipsec_ns;	/* last logged */
	struct ipsec_totals	 past;
	enum trace_cause	 cause;		/* why SAs are being taken away just now, where enum flow_end does not say */
};

/* flow.c */
struct flow	*flow_new(struct router *r, const struct flow_init *init);
void		 flow_free(struct flow *f);			/* without a word to anybody: see flow_end() */
/* Its pairs are cleared, the peer is told, and it is freed. */
void		 flow_move(struct flow *f, const struct addr *remote);	/* its peer is there now; its SAs are the caller's to move */
void		 flow_close(struct flow *f);
struct flow	*flow_by_cookie(const struct router *r, uint64_t cookie);
struct crypto_peer *crypto_peer_find(const struct router *r, const struct addr *local, const struct addr *remote);	/* NULL: no flow is there */
struct crypto_peer *crypto_peer_of(const struct router *r, const struct ike_path *path);
struct flow	*crypto_peer_flow(const struct crypto_peer *c);	/* its first; NULL if c is */
struct ike_id	 ipsec_any_id(uint8_t af);			/* 0.0.0.0/0, any protocol */
bool		 ipsec_id_eq(const struct ike_id *a, const struct ike_id *b);	/* addresses, protocol and port */
bool		 flow_policy(const struct flow *f, struct crypto_policy *out);
/* An IPsec profile's, with the global settings where it has none; false if ip is NULL. */
bool		 profile_policy(const struct router *r, const struct cfg_ipsec_profile *ip, struct crypto_policy *out);
void		 flow_ask(struct flow *f);			/* IKE for a pair, unless one is being negotiated */
bool		 flow_install(struct flow *f, const struct ike_child *c);
void		 flow_enable(struct flow *f, struct pair *p);
/* Takes away the pairs for which which() says so (NULL = all). */
void		 flow_remove(struct flow *f, bool (*which)(const struct pair *p, uint64_t arg), uint64_t arg, enum flow_end why);
void		 pair_remove(struct pair *p, enum flow_end why);
struct pair	*pair_by_id(const struct router *r, uint64_t id);
/* All SAs with their keys, in no order. */
void		 pair_keys_each(const struct router *r, void (*fn)(void *arg, const struct sa_params *p), void *arg);

/* flow_index.c */
void		 flow_join(struct flow *f, struct crypto_peer *c);	/* it is the peer's, last of all */
void		 flow_part(struct flow *f);
void		 flow_rename(struct flow *f, const char *ifname);
void		 flow_live(struct flow *f, bool live);		/* SAs of it are in use, or none any more */
bool		 flow_others_live(const struct flow *f);	/* has another flow of the same session SAs in use? */
const struct flow *crypto_peer_live(const struct crypto_peer *c);	/* the first flow that has SAs in use; NULL if none */
/* A packet that would go out by the interface, and with many far ends to that one (0: of no family that has any), found no SA. */
void		 flows_no_sa(struct key_engine *k, const char *ifname, uint32_t remote);

/* session.c */
void		 session_init(struct crypto_peer *c);
void		 session_fini(struct crypto_peer *c);
void		 session_came(struct crypto_peer *c);		/* told SESSION_SETTLE later, if still so */
void		 session_going(struct crypto_peer *c);		/* its last SAs are about to go */
void		 session_delete_later(struct crypto_peer *c, uint8_t proto, uint32_t spi);
void		 session_flush(struct crypto_peer *c);		/* now, before its last flow goes */
void		 peer_delete_spi(struct router *r, const struct ike_path *path, uint8_t proto, uint32_t spi);	/* DELETE, or says why it can't */
void		 session_moved(const struct crypto_peer *was, struct crypto_peer *c);
void		 session_dpd(struct crypto_peer *c);		/* starts or stops watching for silence */

/* natt.c: NAT traversal. */
void		 natt_init(struct crypto_peer *c);
void		 natt_fini(struct crypto_peer *c);
void		 natt_apply(struct router *r);
/* How IKE reaches the peer of this flow: of several behind one translator that with its port. */
struct ike_path	 natt_path(const struct flow *f);
/* Does this come by the path of the flow's peer? */
bool		 natt_is_peer(const struct flow *f, const struct ike_path *path);
/* An IKE message that came to port 4500: takes its marker off; false: it has none. */
bool		 natt_unmark(const uint8_t **p, size_t *n);
void		 natt_send(struct router *r, const struct ike_path *path, const uint8_t *p, size_t n);
/* IKE has found out how the peer is reached. */
void		 natt_known(struct crypto_peer *c, uint16_t port, bool udp, bool inside);
bool		 natt_ike_moved(struct router *r, const struct ike_path *path, const struct ike_path *old);
void		 natt_esp_moved(struct pair *p);		/* SA_EVENT_MOVED */

/* path_mtu.c: how long our outer packets may be on their way. */
void		 path_mtu_init(struct crypto_peer *c);
void		 path_mtu_fini(struct crypto_peer *c);
void		 path_mtu_icmp6(struct router *r, const struct dp6_icmp *i);	/* "packet too big" came */
void		 path_mtu_icmp(struct router *r, const struct dp_icmp *i);	/* "fragmentation needed" came */
void		 path_mtu_sync(struct flow *f);			/* the flow's owner learns what the SA in use leaves room for */
void		 path_mtu_net_changed(struct router *r);

/* key_engine.c */
struct key_engine *key_engine_new(struct router *r);
void		 key_engine_free(struct key_engine *k);
extern const struct ike_ops ike_calls;
void		 key_engine_sa_event(struct router *r, enum sa_event_kind k, uint64_t cookie);
void		 key_engine_no_sa(struct router *r, unsigned tunnel_if, uint32_t dst);
void		 key_engine_fault(struct router *r, const struct dp_fault *e);
void		 key_engine_not_ipsec(struct router *r, uint32_t src, uint32_t dst, uint8_t proto);

/* ipsec_offer.c */
enum ike_verdict ipsec_offer(struct router *r, const struct ike_offer *o, struct ike_choice *out);
/* transport: a transform set's transport mode may be used between these ends. */
enum ike_verdict ipsec_judge(const struct router *r, const struct crypto_policy *cp, bool transport, const struct ike_offer *o);

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
void		 tunnel_drop_stale(struct router *r, const char *ifname);	/* that one, if so */
void		 tunnel_apply(struct router *r, const struct cfg_if *c);	/* makes that one, if it is wanted */
void		 tunnels_apply(struct router *r);
void		 tunnels_net_changed(struct router *r);

/* inv_spi.c */
struct inv_spi	*inv_spi_new(struct router *r);
void		 inv_spi_free(struct inv_spi *s);
void		 inv_spi_packet(struct router *r, const struct dp_inv_spi *e);
/* This inbound SPI has just aged out, or is about to come (handle 0). */
void		 inv_spi_transient(struct router *r, uint32_t spi, uint32_t handle);
int64_t		 inv_spi_asked_ns(const struct router *r, uint32_t spi);	/* when IKE was given it; now, if that is long ago */
void		 inv_spi_installed(struct router *r, uint32_t spi);	/* it has come: whatever ends it now is told in full */

#endif
