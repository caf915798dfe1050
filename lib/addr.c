/* IPv4 and IPv6 addresses: compare, print, parse. */

#include "lib/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

struct addr
addr_v4(uint32_t v4)
{
	struct addr a;

	memset(&a, 0, sizeof(a));
	a.af = ADDR_V4;
	a.v4 = v4;
	return a;
}

void
addr_pack(const struct addr *a, uint8_t out[ADDR_PACKED])
{
	memset(out, 0, ADDR_PACKED);
	out[0] = a->af;
	if (a->af == ADDR_V4)
		for (unsigned i = 0; i < 4; i++)
			out[1 + i] = (uint8_t)(a->v4 >> (24 - 8 * i));
	else if (a->af == ADDR_V6)
		memcpy(out + 1, a->v6, sizeof(a->v6));
}

bool
addr_eq(const struct addr *a, const struct addr *b)
{
	return addr_cmp(a, b) == 0;
}

int
addr_cmp(const struct addr *a, const struct addr *b)
{
	if (a->af != b->af)
		return a->af < b->af ? -1 : 1;
	if (a->af == ADDR_V4)
		return (a->v4 > b->v4) - (a->v4 < b->v4);
	if (a->af == ADDR_V6)
		return memcmp(a->v6, b->v6, sizeof(a->v6));
	return 0;
}

/* In upper case, as routers print them. */
const char *
addr_fmt(const struct addr *a, char out[ADDR_STRLEN])
{
	char *p;

	if (a->af == ADDR_V4)
		return ip4_fmt(a->v4, out);
	if (a->af != ADDR_V6 || inet_ntop(AF_INET6, a->v6, out, ADDR_STRLEN) == NULL)
		out[0] = '\0';
	for (p = out; *p != '\0'; p++)
		if (*p >= 'a' && *p <= 'f')
			*p = (char)(*p - 'a' + 'A');
	return out;
}

/* Long lists are full of them: by hand, ten times as fast as printf. */
const char *
ip4_fmt(uint32_t v4, char out[ADDR_STRLEN])
{
	char *p = out;

	for (int shift = 24; shift >= 0; shift -= 8) {
		unsigned v = v4 >> shift & 255;

		if (v >= 100)
			*p++ = (char)('0' + v / 100);
		if (v >= 10)
			*p++ = (char)('0' + v / 10 % 10);
		*p++ = (char)('0' + v % 10);
		*p++ = shift != 0 ? '.' : '\0';
	}
	return out;
}

/* One to max decimal digits; NULL if there is none or the value exceeds limit. */
static const char *
number(const char *s, unsigned max, unsigned limit, unsigned *out)
{
	unsigned n = 0, v = 0;

	for (; n < max && s[n] >= '0' && s[n] <= '9'; n++)
		v = v * 10 + (unsigned)(s[n] - '0');
	if (n == 0 || v > limit)
		return NULL;
	*out = v;
	return s + n;
}

/* The quad at the start of s; NULL if there is none, else what follows it.  010 is ten, as routers read it. */
static const char *
quad(const char *s, uint32_t *out)
{
	uint32_t v = 0;
	unsigned part;

	for (int i = 0; i < 4; i++) {
		if (i > 0 && *s++ != '.')
			return NULL;
		if ((s = number(s, 3, 255, &part)) == NULL)
			return NULL;
		v = v << 8 | part;
	}
	*out = v;
	return s;
}

bool
ip4_parse(const char *s, uint32_t *out)
{
	uint32_t v;

	if ((s = quad(s, &v)) == NULL || *s != '\0')
		return false;
	*out = v;
	return true;
}

bool
addr_parse(const char *s, struct addr *out)
{
	struct addr a;
	uint32_t v4;

	if (ip4_parse(s, &v4)) {
		*out = addr_v4(v4);
		return true;
	}
	memset(&a, 0, sizeof(a));
	a.af = ADDR_V6;
	if (inet_pton(AF_INET6, s, a.v6) != 1)
		return false;
	*out = a;
	return true;
}

bool
ip4_parse_cidr(const char *s, uint32_t *addr, unsigned *len)
{
	uint32_t v;
	unsigned n;

	if ((s = quad(s, &v)) == NULL || *s++ != '/')
		return false;
	if ((s = number(s, 2, 32, &n)) == NULL || *s != '\0')
		return false;
	*addr = v;
	*len = n;
	return true;
}

uint32_t
ip4_mask(unsigned len)
{
	if (len == 0)
		return 0;
	return len >= 32 ? UINT32_MAX : UINT32_MAX << (32 - len);
}

int
ip4_mask_len(uint32_t mask)
{
	unsigned len = (unsigned)__builtin_popcount(mask);

	return ip4_mask(len) == mask ? (int)len : -1;
}
