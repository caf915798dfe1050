#ifndef INSPIRE_ENGINE_IP6_H
#define INSPIRE_ENGINE_IP6_H

/*
 * IPv6 of a router: interfaces told to the datapath, the routing table, what show asks.  Addresses of an interface that
 * has IPv6: the link-local one, as typed or made of a MAC address, then the others as typed.
 */

#include <stdbool.h>
#include <stddef.h>

#include "datapath/datapath6.h"
#include "engine/cfg_ip6.h"
#include "engine/config.h"
#include "ike/ike.h"

struct router;
struct rif;
struct rib6;

/* ifnet6.c */
void		 ifnet6_sync(struct router *r, const struct rif *i, const struct cfg_if *c);
void		 ifnet6_dup_addr(struct router *r, unsigned dp_if, struct a6 addr);
/* The interface's addresses as the configuration has them, the link-local one first; 0 if it has no IPv6. */
size_t		 ifnet6_addrs(const struct router *r, const struct cfg_if *c, struct dp6_addr *out, size_t max);
/* Its address for the world: the first that is not of the link's own scope; all zero = none. */
struct a6	 ifnet6_global(const struct router *r, const struct cfg_if *c);
const struct rif *ifnet6_by_addr(const struct router *r, struct a6 addr);

/* The interface of the datapath by which a goes out, of either family; false if there is no route. */
bool		 ip_way_to(const struct router *r, const struct addr *a, unsigned *dp_if);
unsigned	 ip_mtu_to(const struct router *r, const struct addr *a);	/* of that interface; 0 if there is none */
/* "255.255.255.0", or for IPv6 "64", of an identity that is an address. */
const char	*ident_mask(const struct ike_id *id, char out[ADDR_STRLEN]);

/* route6.c */
struct rib6	*rib6_new(void);
void		 rib6_free(struct rib6 *t);
void		 rib6_update(struct router *r);

struct route6_info {
	struct a6	 prefix, via;		/* via all zero = by the interface */
	unsigned	 len;
	char		 ifname[CFG_IF_NAME];
	char		 code;			/* C L S */
	uint8_t		 distance;
};
void		 router_route6_each(struct router *r, void (*fn)(void *arg, const struct route6_info *i), void *arg);

#define IF6_ADDRS	32
struct if6_info {
	bool			 on;
	struct dp6_addr_info	 addrs[IF6_ADDRS];	/* the link-local one first */
	size_t			 naddrs;
	unsigned		 mtu;
};
bool		 router_if6_info(struct router *r, const char *name, struct if6_info *out);	/* false: no such interface */

#endif
