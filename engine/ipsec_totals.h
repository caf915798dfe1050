#ifndef INSPIRE_ENGINE_IPSEC_TOTALS_H
#define INSPIRE_ENGINE_IPSEC_TOTALS_H

/*
 * What IPsec has done since the router booted, SAs of the past included and whatever has been cleared meanwhile: the
 * figures that a flow monitor MIB has.
 */

#include <stdbool.h>
#include <stdint.h>

struct flow;
struct pair;
struct router;

struct ipsec_totals {
	uint64_t	in_octets, out_octets, in_packets, out_packets;	/* octets of the plain packets */
	uint64_t	in_failed_auth, in_replayed, in_bad;	/* in_bad: anything else that was wrong with them */
	uint64_t	out_failed;
	uint64_t	created, refused, expired, rekeyed;	/* SAs; rekeyed: pairs */
	uint64_t	ended;					/* flows that were up, and then not */
};

/* A pair's counters are added to those of its flow and its router, before they are lost. */
void	 ipsec_totals_keep(const struct pair *p);
void	 ipsec_totals_of(const struct flow *f, struct ipsec_totals *out);	/* the flow's */
/* All of them until now. */
void	 router_ipsec_totals(const struct router *r, struct ipsec_totals *out);
/* no_sa: of all flows there are. */
uint64_t router_ipsec_no_sa(const struct router *r);

#endif
