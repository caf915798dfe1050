#ifndef INSPIRE_DATAPATH_NAT6_H
#define INSPIRE_DATAPATH_NAT6_H

/*
 * Address and port translation between two IPv6 networks, as nat.h has it for IPv4: what comes in by the inside interface
 * and leaves by the outside one gets the outside's address and a port of its own; answers find back by the table, and nothing
 * else gets in.  TCP and UDP go by ports, echo by its identifier, errors by what they quote, other protocols by addresses
 * alone.  Fragments are not put together here: those behind the first have no ports and are refused.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/a6.h"

struct dp;
struct pkt;

#define DP6_NAT_MAX	16384u

/* global: an address of the outside interface. */
void	 dp6_nat_set(struct dp *d, unsigned inside_if, unsigned outside_if, struct a6 global);
void	 dp6_nat_clear(struct dp *d);

struct dp6_nat_entry {
	uint8_t		proto;
	struct a6	global, inside, outside;
	uint16_t	global_port, inside_port, outside_port;
};
/* Live ones, the oldest first. */
void	 dp6_nat_each(const struct dp *d, void (*fn)(void *arg, const struct dp6_nat_entry *e), void *arg);

/* --- Stages: false where the packet may not go on (the caller drops it as nat_refused). --- */
void	 nat6_free(struct dp *d);
bool	 nat6_in(struct dp *d, struct pkt *p, int64_t now);	/* before it is decided whether it ends here */
bool	 nat6_out(struct dp *d, struct pkt *p, int64_t now);	/* routed */

#endif
