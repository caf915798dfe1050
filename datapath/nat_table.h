#ifndef INSPIRE_DATAPATH_NAT_TABLE_H
#define INSPIRE_DATAPATH_NAT_TABLE_H

/* The translations: found by what comes from inside, and by what comes from outside. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "lib/clock.h"

/* One end as a packet has it; port 0 where the protocol has none. ICMP: the identifier stands on the host's own side only. */
struct nat_key {
	uint32_t	a, b, c;	/* out: inside, outside, global; in: global, outside, 0 */
	uint16_t	pa, pb;
	uint8_t		proto, pad[3];
};

struct nat_trans {
	UT_hash_handle	 hh_out, hh_in;
	struct nat_key	 out, in;
	uint8_t		 tcp_seen;	/* NAT_TCP_* */
	int64_t		 last_ns;
};

#define NAT_TCP_ANSWERED	1	/* packets have come both ways */
#define NAT_TCP_ENDING		2	/* FIN or RST was seen */

struct nat_table {
	struct nat_trans	*by_out, *by_in;
	size_t			 n, max, peak;
	int64_t			 peak_ns;
	uint64_t		 expired, full, no_port;
};

/* NULL: there is none, or it has been silent for too long. */
struct nat_trans *nat_find_out(struct nat_table *t, const struct nat_key *k, int64_t now);
struct nat_trans *nat_find_in(struct nat_table *t, const struct nat_key *k, int64_t now);
/* A new one, with the port it has inside if that is free; NULL: no port, no room (counted). */
struct nat_trans *nat_make(struct nat_table *t, const struct nat_key *out, int64_t now);
void		  nat_forget(struct nat_table *t, struct nat_trans *e);
int64_t		  nat_life(const struct nat_trans *e);
void		  nat_sweep(struct nat_table *t, int64_t now);

#endif
