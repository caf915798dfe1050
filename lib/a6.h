#ifndef INSPIRE_LIB_A6_H
#define INSPIRE_LIB_A6_H

/* An IPv6 address alone: two halves in host order, passed by value, as an IPv4 address alone is a uint32_t. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"

struct a6 {
	uint64_t	hi, lo;
};

static inline struct a6
a6_get(const uint8_t *p)
{
	struct a6 a = { 0, 0 };

	for (int i = 0; i < 8; i++) {
		a.hi = a.hi << 8 | p[i];
		a.lo = a.lo << 8 | p[i + 8];
	}
	return a;
}

static inline void
a6_put(uint8_t *p, struct a6 a)
{
	for (int i = 0; i < 8; i++) {
		p[i] = (uint8_t)(a.hi >> (56 - 8 * i));
		p[i + 8] = (uint8_t)(a.lo >> (56 - 8 * i));
	}
}

static inline bool
a6_eq(struct a6 a, struct a6 b)
{
	return a.hi == b.hi && a.lo == b.lo;
}

static inline int
a6_cmp(struct a6 a, struct a6 b)
{
	if (a.hi != b.hi)
		return a.hi < b.hi ? -1 : 1;
	return (a.lo > b.lo) - (a.lo < b.lo);
}

/* The first len bits (0 to 128) of a, the others zero. */
static inline struct a6
a6_mask(struct a6 a, unsigned len)
{
	if (len <= 64)
		return (struct a6){ len == 0 ? 0 : a.hi & UINT64_MAX << (64 - len), 0 };
	return (struct a6){ a.hi, a.lo & UINT64_MAX << (128 - len) };
}

static inline bool
a6_within(struct a6 a, struct a6 net, unsigned len)
{
	return a6_eq(a6_mask(a, len), a6_mask(net, len));
}

static inline bool
a6_is_any(struct a6 a)
{
	return a.hi == 0 && a.lo == 0;
}

static inline bool
a6_is_loopback(struct a6 a)
{
	return a.hi == 0 && a.lo == 1;
}

static inline bool
a6_is_multicast(struct a6 a)
{
	return a.hi >> 56 == 0xff;
}

static inline bool
a6_is_link_local(struct a6 a)		/* fe80::/10 */
{
	return a.hi >> 54 == 0x3fa;
}

/* RFC 4291, 2.7.1 */
static inline struct a6
a6_solicited(struct a6 a)
{
	return (struct a6){ UINT64_C(0xff02) << 48, UINT64_C(0x1ff000000) | (a.lo & 0xffffff) };
}

#define A6_ALL_NODES	((struct a6){ UINT64_C(0xff02) << 48, 1 })
#define A6_ALL_ROUTERS	((struct a6){ UINT64_C(0xff02) << 48, 2 })

struct addr	 addr_v6(struct a6 a);
struct a6	 a6_of(const struct addr *a);		/* a is an ADDR_V6 */
const char	*a6_fmt(struct a6 a, char out[ADDR_STRLEN]);	/* as IOS: "2001:DB8::1" */
bool		 a6_parse(const char *s, struct a6 *out);
/* "X:X::X/len"; host bits are kept. */
bool		 a6_parse_cidr(const char *s, struct a6 *out, unsigned *len);
/* The interface identifier that a MAC address gives (RFC 4291, appendix A). */
uint64_t	 a6_eui64(const uint8_t mac[6]);

#endif
