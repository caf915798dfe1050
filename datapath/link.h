#ifndef INSPIRE_DATAPATH_LINK_H
#define INSPIRE_DATAPATH_LINK_H

/* The Ethernet header on the way out. */

#include <stdint.h>

struct dp;
struct dp_if;
struct pkt;

/* Puts the header before data, pads, sends and frees p. */
void	 eth_send(struct dp *d, struct dp_if *ifp, struct pkt *p, const uint8_t to[6], unsigned type, int64_t now);

#endif
