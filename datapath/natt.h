#ifndef INSPIRE_DATAPATH_NATT_H
#define INSPIRE_DATAPATH_NATT_H

/*
 * ESP in UDP (RFC 3948), over either family: what comes to port 4500 is a keepalive, key exchange behind a marker of four zero bytes, or ESP.
 */

#include <stddef.h>
#include <stdint.h>

struct dp;
struct pkt;

#define NATT_PORT	4500
#define NATT_MARKER	4	/* zero bytes before an IKE message: no ESP has SPI 0 */
#define NATT_UDP	8	/* the UDP header before ESP */
#define NATT_KEEPALIVE	0xff

/*
 * A whole UDP packet for us.  ESP comes back without its UDP header, as if it had come plain (PKT_UDP, sport set); what is
 * not for us to look at comes back as it was; NULL: it was a keepalive, or bad (counted).
 */
struct pkt	*natt_input(struct dp *d, struct pkt *p);

/* Sealed packets over IPv6: those in UDP get the checksum that IPv6 asks for (RFC 8200, 8.1), for many take none without (RFC 6935 only allows it). */
void		 natt6_sums(struct pkt **v, size_t n);

#endif
