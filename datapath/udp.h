#ifndef INSPIRE_DATAPATH_UDP_H
#define INSPIRE_DATAPATH_UDP_H

/* UDP (RFC 768) between the wire and the open ports. */

#include <stdbool.h>
#include <stdint.h>

#include "datapath/datapath.h"

struct dp;
struct pkt;

/* Ports of key exchange: policy would have it wait for the SA that it is about to make. */
static inline bool
udp_is_ike(uint16_t port)
{
	return port == 500 || port == 4500;
}

bool	 udp_port_open(const struct dp *d, uint16_t port);
enum dp_counter	 udp_check(const struct pkt *p);	/* DPC__COUNT if the datagram is sound */
enum dp_counter	 udp6_check(const struct pkt *p, bool zero);	/* zero: it may be without a checksum */
void	 udp6_seal(const uint8_t *ip, uint8_t *udp, size_t n);	/* puts the checksum of n bytes of UDP */
void	 udp_input(struct dp *d, struct pkt *p, int64_t now);	/* takes p */
void	 udp_deliver(struct dp *d, const struct pkt *p);	/* calls ops->udp; the caller frees p */

#endif
