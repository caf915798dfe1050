#ifndef INSPIRE_ENGINE_TUNNEL_H
#define INSPIRE_ENGINE_TUNNEL_H

/* What the kinds of tunnels have in common: where they begin, and whether there is a way to where they end. */

#include "engine/internal.h"

/* The address of the tunnel's outer family that `tunnel source` comes to; af ADDR_NONE = none. */
struct addr	 tunnel_source_addr(const struct router *r, const struct cfg_if *c);
/* The same of IPv4; 0 = none. */
uint32_t	 tunnel_source(const struct router *r, const struct cfg_if *c);
/* Is the interface up by which the source is had: the named one, or with "" that which has the address? */
bool		 tunnel_source_up(const struct router *r, const char *source_if, uint32_t source);
enum tunnel_way { TUNNEL_NO_WAY, TUNNEL_RECURSING, TUNNEL_WAY };
/* A way to dst that is not through the tunnel itself. */
enum tunnel_way	 tunnel_way_to(const struct router *r, const char *ifname, const struct addr *dst);
bool		 tunnel_source_ready(const struct router *r, const char *source_if, const struct addr *source);	/* of either family */
enum tunnel_way	 tunnel_way(const struct router *r, const char *ifname, uint32_t dst);
void		 tunnel_log_recursion(struct router *r, const char *ifname);

/* gre.c: tunnels of GRE, to one far end or to many. */
struct gre_tunnels;
struct gre_tunnels *gre_new(struct router *r);
void		 gre_free(struct gre_tunnels *t);
void		 gre_drop_stale(struct router *r);
void		 gre_apply(struct router *r);
void		 gre_net_changed(struct router *r);
bool		 gre_none(const struct router *r);
void		 gre_input(struct router *r, const struct dp_gre_in *g);
void		 gre_icmp(struct router *r, const struct dp_icmp *i);

/* A GRE tunnel as mgre.c sees it. */
struct gre_end {
	const char	*ifname, *profile;	/* profile NULL = not protected */
	unsigned	 dp_if;
	uint32_t	 source, destination;	/* destination 0 = multipoint */
	uint32_t	 key;
	uint32_t	 guard;
	bool		 shared, able;
	bool		 sa_up;			/* point to point: the SAs are there, or none are needed */
	bool		 broken;		/* to be protected by what is not there: nothing passes */
};
bool		 gre_end(const struct router *r, const char *ifname, struct gre_end *out);
void		 gre_each_multipoint(struct router *r, void (*fn)(void *arg, const struct gre_end *e), void *arg);

/* mgre.c, beside what mgre.h gives to a resolver. */
struct mgre;
struct mgre	*mgre_new(struct router *r);
void		 mgre_free(struct mgre *m);
void		 mgre_closing(struct router *r, const char *ifname);	/* before the tunnel goes, or becomes another */
void		 mgre_opened(struct router *r, const char *ifname);
void		 mgre_changed(struct router *r, const char *ifname);	/* the tunnel became able or unable, or the SAs of a point-to-point one */
void		 mgre_line(struct router *r, const char *ifname, bool up);
void		 mgre_packet(struct router *r, const char *ifname, const struct dp_gre_in *g);
void		 mgre_miss(struct router *r, unsigned tunnel_if, uint32_t next_hop, uint32_t src, uint32_t dst);
void		 mgre_turn(struct router *r, const struct dp_gre_turn *t);
/* A peer that nobody knew asks for SAs for GRE with a multipoint tunnel of ours: the flow for it; NULL if there is none. */
struct flow	*mgre_offer(struct router *r, const struct ike_offer *o);

#endif
