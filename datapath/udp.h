#ifndef INSPIRE_DATAPATH_UDP_H
#define INSPIRE_DATAPATH_UDP_H

/* UDP (RFC 768) between the wire and the open ports. */

#include <stdint.h>

struct dp;
struct pkt;

void	 udp_input(struct dp *d, struct pkt *p, int64_t now);	/* takes p */
void	 udp_deliver(struct dp *d, const struct pkt *p);	/* calls ops->udp; the caller frees p */

#endif
