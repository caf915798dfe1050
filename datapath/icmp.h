#ifndef INSPIRE_DATAPATH_ICMP_H
#define INSPIRE_DATAPATH_ICMP_H

/* ICMP (RFC 792, RFC 1122 3.2.2, RFC 1812 4.3): echo, errors made and errors heard. */

#include <stdbool.h>
#include <stdint.h>

struct dp;
struct pkt;

#define ICMP_QUOTE	576		/* an error is at most this long (RFC 1812, 4.3.2.3) */

/* Errors a second: a bucket each for what a path needs to be told (TTL, MTU); "unreachable" comes
 * once in half a second, as IOS has it by default. */
#define ICMP_BURST	20
#define ICMP_REFILL_NS	(10 * 1000000)
#define ICMP_UNREACH_NS	(500 * 1000000)

struct icmp_limits *icmp_limits_new(void);

/* Frees p. */
void	 icmp_input(struct dp *d, struct pkt *p, int64_t now);
/* About a packet that the caller still owns and frees; mtu for "fragmentation needed" only. */
void	 icmp_error(struct dp *d, const struct pkt *p, uint8_t type, uint8_t code, unsigned mtu, int64_t now);
/* Calls ops->icmp; the caller frees p. */
void	 icmp_deliver(struct dp *d, const struct pkt *p);

#endif
