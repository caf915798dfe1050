#ifndef INSPIRE_DATAPATH_ARP_H
#define INSPIRE_DATAPATH_ARP_H

/* Address resolution (RFC 826, RFC 5227 for gratuitous ones), with the packets that wait for it. */

#include <stdbool.h>
#include <stdint.h>

#include "lib/clock.h"

struct arp;
struct dp;
struct dp_if;
struct pkt;

#define ARP_AGE_NS	(4 * 3600 * NSEC_SEC)	/* as IOS */
#define ARP_RETRY_NS	(1 * NSEC_SEC)
#define ARP_TRIES	3
#define ARP_FAILED_NS	(2 * NSEC_SEC)		/* after that many tries nobody is asked for so long */
#define ARP_DEFEND_NS	(10 * NSEC_SEC)		/* our address is defended once in so long */
#define ARP_QUEUE	4			/* packets waiting for one next hop */
#define ARP_MAX		4096			/* entries learned or asked for */

struct arp	*arp_new(void);
void		 arp_free(struct dp *d);
/* data at the ARP packet (after the Ethernet header); takes p. */
void		 arp_input(struct dp *d, struct pkt *p, int64_t now);
/* The neighbour's address if packets may go there; lent until the clock moves or anything comes in. */
const uint8_t	*arp_mac(struct dp *d, unsigned ifidx, uint32_t ip);
/* An IPv4 packet for p->next_hop by the Ethernet interface p->out_if; takes p. */
void		 arp_output(struct dp *d, struct pkt *p, int64_t now);
void		 arp_announce(struct dp *d, struct dp_if *ifp, uint32_t addr);	/* gratuitous */
/* Is the neighbour's address known? */
bool		 arp_known(struct dp *d, unsigned ifidx, uint32_t ip);
/* The neighbour is there by another's word, or no more (mac NULL). */
void		 arp_told(struct dp *d, unsigned ifidx, uint32_t ip, const uint8_t *mac);
void		 arp_flush(struct dp *d, unsigned ifidx);	/* 0 = all */

#endif
