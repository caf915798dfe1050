#ifndef INSPIRE_ENGINE_CFG_IP6_H
#define INSPIRE_ENGINE_CFG_IP6_H

/* IPv6 as configured: what an interface has of it, static routes, and whether the router forwards. */

#include <sys/queue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/a6.h"

#define CFG_RA_INTERVAL	200u		/* seconds */
#define CFG_RA_LIFETIME	1800u

struct cfg_addr6 {
	struct a6	addr;		/* as typed; with eui64 the lower half is the interface's own */
	unsigned	len;
	bool		eui64;
};

struct cfg_if6 {
	bool			 enable;	/* ipv6 enable */
	struct a6		 link_local;	/* all zero = made of the MAC address */
	struct cfg_addr6	*addrs;		/* in the order typed */
	size_t			 naddrs;
	unsigned		 mtu;		/* 0 = default */
	bool			 dad_set;
	unsigned		 dad;
	bool			 ra_suppress, ra_suppress_all, ra_managed, ra_other, ra_lifetime_set;
	unsigned		 ra_interval, ra_interval_min, ra_lifetime;	/* 0 = default, but for lifetime */
};

struct cfg_route6 {
	TAILQ_ENTRY(cfg_route6)	 next;
	struct a6		 prefix;
	unsigned		 len;
	struct a6		 via;		/* all zero = by interface alone */
	char			*ifname;
	uint8_t			 distance;	/* default 1 */
	char			*name;
};

struct cfg_ip6 {
	bool			 unicast_routing;
	TAILQ_HEAD(, cfg_route6) routes;
};

void		 cfg_ip6_init(struct cfg_ip6 *c);
void		 cfg_ip6_free(struct cfg_ip6 *c);
void		 cfg_if6_free(struct cfg_if6 *c);
bool		 cfg_if6_on(const struct cfg_if6 *c);	/* has it anything of IPv6? */
void		 cfg_if6_add(struct cfg_if6 *c, const struct cfg_addr6 *a);	/* one more, or in the place of the same */
bool		 cfg_if6_del(struct cfg_if6 *c, const struct cfg_addr6 *a);
/* The route with that prefix, next hop (all zero = none) and interface (NULL = none). */
struct cfg_route6 *cfg_route6(struct cfg_ip6 *c, const struct cfg_route6 *like, bool create);
void		 cfg_route6_del(struct cfg_ip6 *c, struct cfg_route6 *r);

#endif
