#ifndef INSPIRE_DATAPATH_IP6_TEST_H
#define INSPIRE_DATAPATH_IP6_TEST_H

/*
 * The bench of datapath_test.h with IPv6 on:
 *
 *	A 2001:db8:1::10 --- ::1 [2] dp 0 [1] 2001:db8::1 --- 2001:db8::2 [1] dp 1 [2] ::1 --- 2001:db8:2::10 B
 */

#include "datapath/ip6.h"
#include "testsuite/unit/datapath_test.h"

#define A6(hi, lo)	((struct a6){ UINT64_C(hi), UINT64_C(lo) })
#define LINK6(i)	((struct a6){ UINT64_C(0x20010db800000000), 1u + (unsigned)(i) })
#define LAN6(i)		((struct a6){ UINT64_C(0x20010db800000000) + ((1u + (unsigned)(i)) << 16), 1 })
#define HOST6(i)	((struct a6){ UINT64_C(0x20010db800000000) + ((1u + (unsigned)(i)) << 16), 0x10 })
#define LL6(i, ifidx)	((struct a6){ UINT64_C(0xfe80) << 48, 0x100u * (unsigned)(ifidx) + 1u + (unsigned)(i) })

struct bench	*bench6_new(void);	/* addresses are settled, hosts' MAC addresses known, nothing is on the wire */
void		 bench6_if(struct bench *b, int i, unsigned ifidx, struct a6 addr);
void		 bench6_host_send(struct bench *b, int i, const void *ip, size_t n);
/* The nth IPv6 packet among out[] of LAN i; NULL if there is none. */
const uint8_t	*bench6_out(const struct bench *b, int i, size_t nth, size_t *len);
size_t		 mk6_ip(uint8_t *out, struct a6 src, struct a6 dst, uint8_t next, uint8_t hops, const void *data, size_t n);
/* With its checksum; type and code, then 4 bytes of head, then data. */
size_t		 mk6_icmp(uint8_t *out, struct a6 src, struct a6 dst, uint8_t hops, uint8_t type, uint8_t code, uint32_t head,
		    const void *data, size_t n);
size_t		 mk6_udp(uint8_t *out, struct a6 src, struct a6 dst, uint16_t sport, uint16_t dport, const void *data, size_t n);

#endif
