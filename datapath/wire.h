#ifndef INSPIRE_DATAPATH_WIRE_H
#define INSPIRE_DATAPATH_WIRE_H

/* The fields of Ethernet, ARP, IPv4, ICMP and UDP by their offsets, and the Internet checksum. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ETH_LEN		14
#define ETH_MIN		60		/* without FCS */
#define ETH_MTU		1500
#define ETHERTYPE_IP4	0x0800
#define ETHERTYPE_ARP4	0x0806

#define ARP_LEN		28

#define IP4_LEN		20
#define IP4_MAX		65535
#define IP4_TOS		1
#define IP4_TOTAL	2
#define IP4_ID		4
#define IP4_FRAG	6
#define IP4_TTL		8
#define IP4_PROTO	9
#define IP4_SUM		10
#define IP4_SRC		12
#define IP4_DST		16
#define IP4_DF		0x4000
#define IP4_MF		0x2000
#define IP4_OFFMASK	0x1fff		/* in units of 8 bytes */
#define IP4_MIN_MTU	68

#define PROTO_ICMP	1
#define PROTO_UDP	17
#define PROTO_GRE	47
#define PROTO_ESP	50
#define PROTO_AH	51

#define UDP_LEN		8
#define ICMP_LEN	8

#define ICMP_ECHO_REPLY		0
#define ICMP_UNREACH		3
#define ICMP_QUENCH		4
#define ICMP_ECHO		8
#define ICMP_TIME_EXCEEDED	11
#define ICMP_PARAM_PROBLEM	12

#define UNREACH_NET		0
#define UNREACH_HOST		1
#define UNREACH_PROTO		2
#define UNREACH_PORT		3
#define UNREACH_FRAG		4

static inline uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void
put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

/*
 * The sum of n bytes, n a multiple of 8, as wide as the machine adds: the sum of words of any width in any byte order folds to that
 * of 16-bit words, their bytes swapped where the machine's order is the other (RFC 1071, 2 (B) and (C)).
 */
static inline uint16_t
sum_wide(const uint8_t *p, size_t n)
{
	const uint8_t native[2] = { 1, 2 };
	uint64_t lo = 0, hi = 0, w;
	uint16_t order, sum;

	for (; n > 0; p += 8, n -= 8) {
		memcpy(&w, p, 8);
		lo += w & 0xffffffff;
		hi += w >> 32;
	}
	w = (lo & 0xffffffff) + (lo >> 32) + (hi & 0xffffffff) + (hi >> 32);
	w = (w & 0xffffffff) + (w >> 32);
	w = (w & 0xffff) + (w >> 16);
	w = (w & 0xffff) + (w >> 16);
	sum = (uint16_t)((w & 0xffff) + (w >> 16));
	memcpy(&order, native, 2);
	return order == 0x0102 ? sum : (uint16_t)(sum << 8 | sum >> 8);
}

/* RFC 1071: the sum of n bytes, not folded, added to sum. */
static inline uint64_t
sum_add(uint64_t sum, const uint8_t *p, size_t n)
{
	if (n >= 64) {
		size_t wide = n & ~(size_t)7;

		sum += sum_wide(p, wide);
		p += wide;
		n -= wide;
	}
	for (; n >= 8; p += 8, n -= 8)
		sum += (uint64_t)get32(p) + get32(p + 4);
	for (; n >= 2; p += 2, n -= 2)
		sum += get16(p);
	return n ? sum + ((uint64_t)p[0] << 8) : sum;
}

/* Folds and complements: what stands in a checksum field, or 0 if the field was summed and right. */
static inline uint16_t
sum_done(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static inline uint16_t
sum_of(const uint8_t *p, size_t n)
{
	return sum_done(sum_add(0, p, n));
}

/* Is the checksum of an IPv4 header without options right?  In the machine's order of bytes, which the sum does not mind. */
static inline int
ip4_sum_right(const uint8_t *ip)
{
	uint64_t a, b, sum;
	uint32_t c;

	memcpy(&a, ip, sizeof(a));
	memcpy(&b, ip + 8, sizeof(b));
	memcpy(&c, ip + 16, sizeof(c));
	sum = (a & 0xffffffff) + (a >> 32) + (b & 0xffffffff) + (b >> 32) + c;
	sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

/* RFC 1624: the checksum at field after a 16-bit word changed. */
static inline void
sum_fix(uint8_t *field, uint16_t was, uint16_t is)
{
	put16(field, sum_done((uint64_t)(uint16_t)~get16(field) + (uint16_t)~was + is));
}

/* One hop less, and the checksum with it: as sum_fix() has it, the field is never 0xffff. */
static inline void
ttl_step(uint8_t *ip)
{
	unsigned sum = get16(ip + IP4_SUM) + 0x100u;

	ip[IP4_TTL]--;
	put16(ip + IP4_SUM, sum >= 0xffff ? sum - 0xffff : sum);
}

/* Sets the checksum of the IPv4 header of ihl bytes. */
static inline void
ip4_seal(uint8_t *ip, size_t ihl)
{
	put16(ip + IP4_SUM, 0);
	put16(ip + IP4_SUM, sum_of(ip, ihl));
}

#endif
