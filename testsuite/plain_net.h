#ifndef INSPIRE_TESTSUITE_PLAIN_NET_H
#define INSPIRE_TESTSUITE_PLAIN_NET_H

/* The little network that benches and tests put around a datapath: interfaces with an address each, neighbours who answer, plain packets. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "datapath/datapath.h"

#define PLAIN_IP(a, b, c, d)	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

extern const uint8_t plain_station[6];	/* everybody else's address */

/* An interface that is up, in the /24 of its address, which is a route. */
unsigned	 plain_port(struct dp *d, enum dp_if_kind kind, const uint8_t *mac, uint32_t addr);
/* True: the frame was ARP.  Whoever is asked for answers at once. */
bool		 plain_arp(struct dp *d, unsigned ifidx, const uint8_t *frame, int64_t now);
/* A header for len bytes in all. */
void		 plain_ip(uint8_t *ip, unsigned len, uint8_t proto, uint32_t src, uint32_t dst);
/* The same behind an Ethernet header. */
void		 plain_frame(uint8_t *frame, const uint8_t to[6], unsigned len, uint8_t proto, uint32_t src, uint32_t dst);

#endif
