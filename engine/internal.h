#ifndef INSPIRE_ENGINE_INTERNAL_H
#define INSPIRE_ENGINE_INTERNAL_H

/*
 * What the files of a router know of each other.  The order in which things are told: an interface's
 * line protocol changes (ifnet) -> routes are made anew (route) -> tunnels look whether they have a
 * source and a way to their end (tunnel) -> they ask for SAs (flow, key_engine -> ike).  SAs come and go
 * (key_engine <- ike, datapath) -> the tunnel's line protocol follows LINE_SETTLE later, on a timer, so
 * that the circle never closes within one call.
 */

#include <sys/queue.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/router.h"
#include "lib/clock.h"

/*
 * How long after SAs have come or gone their consequences are told.  The order is that of a real
 * router: the line protocol, then the session's status with the peer's reaping and the requests for DELETE.
 */
#define LINE_SETTLE	(NSEC_MS / 10)
#define SESSION_SETTLE	(6 * NSEC_MS)
/* A pair that a newer one replaced is kept so long, for what is still under way with it. */
#define REKEY_LINGER	(30 * NSEC_SEC)
/* Two pairs of one flow that came up within this time are duplicates: one of them goes. */
#define DUP_WINDOW	(10 * NSEC_SEC)
/* Unless the exchange of one began so long after the other was in use. */
#define DUP_BEGUN	NSEC_SEC

struct rif;

/* log.c */
void		 logger_reset(struct logger *l);
void		 log_apply(struct router *r);
bool		 debug_passes(const struct router *r, const struct addr *peer, uint32_t spi);

/* router.c */
bool		 router_ready(const struct router *r);		/* powered and done with booting */
void		 router_tell_keys(struct router *r, const struct key_report *k);	/* to who wants to read captures */
void		 router_line_changed(struct router *r, const struct rif *i);	/* of that one alone */
void		 router_net_changed(struct router *r);		/* a line protocol, an address: routes, then tunnels */

/* ifnet.c: an interface as it is. */
struct rif {
	TAILQ_ENTRY(rif)	 next;
	UT_hash_handle		 hh;			/* by name */
	size_t			 at;			/* in the list, when that was last asked */
	char			 name[CFG_IF_NAME];
	enum cfg_if_kind	 kind;
	bool			 vti;
	unsigned		 dp_if;			/* 0 = the datapath has none */
	bool			 known;			/* states below have been looked at once */
	bool			 busy;			/* while others are told of them */
	bool			 admin_up, link_up, line_up;
	bool			 tunnel_line;		/* tunnels: what tunnel.c says */
	struct cfg_ip		 ip, nvram_ip;
	uint32_t		*addrs;			/* as the datapath was told */
	unsigned		*lens;
	size_t			 naddrs;
	unsigned		 mtu, sa_mtu;		/* told; tunnels: what the SA leaves room for */
	struct if_wire		 wire_base;		/* as they were when counters were cleared */
	unsigned		 wire_mtu;		/* what the wire carries, 0 = not less than asked */
	int64_t			 counters_cleared_ns;
	unsigned		 resets, link_flaps;
	int64_t			 dup_ns;		/* when a duplicate address was last logged; 0 = never */
};
struct ifnet	*ifnet_new(struct router *r);
void		 ifnet_free(struct ifnet *n);
void		 ifnet_apply(struct router *r);
void		 ifnet_booted(struct router *r);		/* addresses up to now are NVRAM's */
struct rif	*ifnet_find(const struct router *r, const char *name);
struct rif	*ifnet_by_dp(const struct router *r, unsigned dp_if);
struct rif	*ifnet_by_addr(const struct router *r, uint32_t addr);
void		 ifnet_dup_addr(struct router *r, unsigned dp_if, uint32_t addr, const uint8_t mac[6]);
void		 ifnet_admin_changed(struct router *r, struct rif *i, bool up);
void		 ifnet_tunnel_line(struct router *r, struct rif *i, bool up);
void		 ifnet_tunnel_mtu(struct router *r, struct rif *i, unsigned mtu);	/* 0 = no SA */

/* route.c */
struct rib;
struct rib	*rib_new(struct router *r);
void		 rib_free(struct rib *t);
void		 rib_update(struct router *r);
/* Does a tunnel begin at the interface, or end in a network of its? */
bool		 tunnels_hang_on(const struct router *r, const struct rif *i);
/* The line protocol of an interface came or went. False, and nothing done: more than its own networks hangs on it. */
bool		 rib_line_changed(struct router *r, const struct rif *i);
/*
 * A route that the router adds by itself (a reverse route, a shortcut, an address lent by mode configuration).  owner
 * tells whose it is: one more of the same owner, prefix and length takes its place.  The table is made anew right after,
 * on a timer, so that whoever adds or withdraws may be in the middle of something.
 */
struct rib_own {
	uint32_t	 prefix;
	unsigned	 len;
	uint32_t	 via;			/* 0 = by the interface alone */
	char		 ifname[CFG_IF_NAME];	/* "" = found by via */
	char		 code;			/* S, H ... as `show ip route` prints it */
	uint8_t		 distance;
	bool		 next_hop_override;	/* a route of others to the same prefix stays, and leads by this one's next hop */
};
void		 rib_inject(struct router *r, const void *owner, const struct rib_own *route);
void		 rib_withdraw(struct router *r, const void *owner);				/* all of that owner */
void		 rib_withdraw_one(struct router *r, const void *owner, uint32_t prefix, unsigned len);
void		 rib_tracks_changed(struct router *r);	/* routes may follow them */

/* probe.c */
struct pings	*pings_new(struct router *r);
void		 pings_free(struct pings *p);
void		 pings_icmp(struct router *r, const struct dp_icmp *i);
struct dp6_icmp;
void		 pings_icmp6(struct router *r, const struct dp6_icmp *i);

/* isakmp.c */
struct isakmp	*isakmp_new(void);
void		 isakmp_free(struct isakmp *i);
void		 isakmp_apply(struct router *r);
size_t		 isakmp_policies(struct router *r, const struct ike_policy **out);
void		 isakmp_peer_config(struct router *r, const struct ike_path *path, const char *wanted, const struct ike_id *id, struct ike_peer_config *out);
/* Is IKE in use: enabled, and protection is on an interface that is not shut down? */
bool		 isakmp_wanted(const struct router *r);
bool		 isakmp_settled(const struct router *r);	/* in use, and still to be */
struct ike_path	 isakmp_path(struct addr local, struct addr remote);

#endif
