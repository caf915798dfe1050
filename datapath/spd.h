#ifndef INSPIRE_DATAPATH_SPD_H
#define INSPIRE_DATAPATH_SPD_H

/* The security policy databases of the interfaces, as the stages use them; set through acl.h. */

#include <stddef.h>
#include <stdint.h>

struct dp;
struct dp_if;
struct dp_tuple;
struct pkt;

/* The SA of each policy, by its number. */
struct policies {
	uint32_t	*sa;
	size_t		 n;
};

struct spd;

void	 spd_free(struct spd *s);

/* Routed packets that leave by an interface with a database, in the clear so far: to protect_batch,
 * to ip_output_batch, or gone. */
void	 spd_out_batch(struct dp *d, struct pkt **v, size_t n, int64_t now);
/* Keeps what may have come as it did; the rest is gone.  Gives how many are left. */
size_t	 spd_in_keep(struct dp *d, struct pkt **v, size_t n);

/* The packets as policy sees them. */
void	 pkt_tuples(struct dp_tuple *out, struct pkt **v, size_t n);

/* filter.c: keeps what the interface's access list lets pass, in or out; the rest is gone. */
size_t	 filter_in_keep(struct dp *d, struct pkt **v, size_t n, int64_t now);
size_t	 filter_out_keep(struct dp *d, struct pkt **v, size_t n, int64_t now);	/* by a link */
size_t	 filter_tunnel_keep(struct dp *d, struct pkt **v, size_t n, int64_t now);	/* into a tunnel */

#endif
