#ifndef INSPIRE_DATAPATH_IP_H
#define INSPIRE_DATAPATH_IP_H

/* IPv4: vectors between stages, and packets that this router makes. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "datapath/internal.h"

/* Gathers packets for a stage, which gets them when the vector is full and at vec_flush(). */
struct vec {
	dp_stage	 stage;
	int64_t		 now;
	size_t		 n;
	struct pkt	*p[DP_BATCH];
};

static inline void
vec_init(struct vec *v, dp_stage stage, int64_t now)
{
	v->stage = stage;
	v->now = now;
	v->n = 0;
}

static inline void
vec_flush(struct dp *d, struct vec *v)
{
	size_t n = v->n;

	v->n = 0;
	if (n > 0)
		v->stage(d, v->p, n, v->now);
}

static inline void
vec_put(struct dp *d, struct vec *v, struct pkt *p)
{
	v->p[v->n++] = p;
	if (v->n == DP_BATCH)
		vec_flush(d, v);
}

/* May this be the address of one host on a wire?  (RFC 1812, 5.3.7) */
static inline bool
ip_is_host(uint32_t a)
{
	return a >> 24 != 0 && a >> 24 != 127 && a < 0xe0000000;
}

/* Did p come in the clear where a policy wants it protected?  Then it is gone. */
bool	 ip_clear_refused(struct dp *d, struct pkt *p);
/* IKE's UDP ports, either side. */
bool	 ip_is_key_exchange(const struct pkt *p);

struct ip_make {
	uint32_t	src, dst;
	uint8_t		proto, ttl, tos;
	bool		df;
};
/* Fills the 20-byte header at p->data (len says the whole length) and p's fields; p is ours (PKT_LOCAL). */
void	 ip_make(struct dp *d, struct pkt *p, const struct ip_make *m);
/* src, or with 0 the address to use towards dst; 0 (counted) if there is no way. */
uint32_t ip_source(struct dp *d, uint32_t src, uint32_t dst);
/* The way to dst: an interface that is up, and the next hop there.  NULL: *why says why. */
struct dp_if *ip_way(const struct dp *d, uint32_t dst, uint32_t *next_hop, enum dp_counter *why);
/* A packet made here, on its way. */
void	 ip_send(struct dp *d, struct pkt *p, int64_t now);

#endif
