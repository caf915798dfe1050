#ifndef INSPIRE_DATAPATH_NAT_H
#define INSPIRE_DATAPATH_NAT_H

/*
 * Address and port translation (RFC 3022, 4; ICMP as RFC 5508): packets from inside interfaces that leave by an outside
 * one get one of its global addresses, with a port of their own; answers find back by the table.  ICMP queries go by
 * their identifiers, errors are translated with what they quote, other protocols by addresses alone.  The
 * table is bounded and forgets what has been silent for long.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "datapath/acl.h"

struct dp;
struct pkt;

#define DP_NAT_MAX	16384u		/* translations at a time, unless set */

/* Packets that leave by an outside interface: the first that fits says to which address; to 0 = as they are. */
struct dp_nat_rule {
	struct dp_ace	match;		/* permit, log not looked at */
	uint32_t	to;
};

/* Replaces the rules of an outside interface; translations to addresses that have gone are forgotten. n 0 = none. */
void	 dp_nat_set(struct dp *d, unsigned out_if, const struct dp_nat_rule *rules, size_t n);
void	 dp_nat_inside(struct dp *d, unsigned ifidx, bool on);
void	 dp_nat_limit(struct dp *d, size_t max);
void	 dp_nat_clear(struct dp *d);		/* all translations */

struct dp_nat_entry {
	uint8_t		proto;
	uint32_t	global, inside, outside;
	uint16_t	global_port, inside_port, outside_port;	/* ICMP: identifiers; 0 = none */
	int64_t		left_ns;				/* until it is forgotten */
};
/* Live ones, the oldest first. */
void	 dp_nat_each(const struct dp *d, void (*fn)(void *arg, const struct dp_nat_entry *e), void *arg);

struct dp_nat_info {
	size_t		active, peak, max;
	int64_t		peak_ns;		/* when the peak was reached, 0 = never */
	uint64_t	hits, misses;		/* packets that had a translation; that needed a new one */
	uint64_t	expired, full, no_port;
};
void	 dp_nat_info(const struct dp *d, struct dp_nat_info *out);

/* --- Stages --- */

struct nat;
void	 nat_free(struct dp *d);
/* Packets that came in: what answers a translation gets its inside address back. Gives how many go on. */
size_t	 nat_in_keep(struct dp *d, struct pkt **v, size_t n, int64_t now);
/* A routed packet before policy is asked; false where it is gone or held. *p may be another one then (reassembled, to be routed anew). */
bool	 nat_out(struct dp *d, struct pkt **p, int64_t now);
/* An ICMP error of our own about a translated packet: who sent that must get it. */
void	 nat_own_error(struct dp *d, struct pkt *p, int64_t now);

#endif
