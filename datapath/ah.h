#ifndef INSPIRE_DATAPATH_AH_H
#define INSPIRE_DATAPATH_AH_H

/* The Authentication Header (RFC 4302).  ip is an IPv4 header of ihl bytes with AH right behind it, both
 * within len bytes; the fields that may change on the way, and the ICV's place, are taken as zero. */

#include <stddef.h>
#include <stdint.h>

#include "datapath/crypto.h"

#define AH_HEADER	12		/* up to the ICV */

/* The same of an IPv6 header with those that follow it, of ihl bytes in all (at most IP6_HEADERS_MAX); what the ICV is padded
 * with counts too. */
void	 ah_icv6(const struct cryptor *k, const uint8_t *ip, size_t ihl, size_t len, uint64_t seq, uint8_t *icv);
void	 ah_icv(const struct cryptor *k, const uint8_t *ip, size_t ihl, size_t len, uint64_t seq, uint8_t *icv);

#endif
