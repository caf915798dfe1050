/* IPv6 addresses: text, and what a MAC address makes of them. */

#include "lib/a6.h"

#include <string.h>

struct addr
addr_v6(struct a6 a)
{
	struct addr out;

	memset(&out, 0, sizeof(out));
	out.af = ADDR_V6;
	a6_put(out.v6, a);
	return out;
}

struct a6
a6_of(const struct addr *a)
{
	return a6_get(a->v6);
}

const char *
a6_fmt(struct a6 a, char out[ADDR_STRLEN])
{
	struct addr v = addr_v6(a);

	return addr_fmt(&v, out);
}

bool
a6_parse(const char *s, struct a6 *out)
{
	struct addr a;

	if (!addr_parse(s, &a) || a.af != ADDR_V6)
		return false;
	*out = a6_of(&a);
	return true;
}

bool
a6_parse_cidr(const char *s, struct a6 *out, unsigned *len)
{
	const char *slash = strchr(s, '/');
	char text[ADDR_STRLEN];
	unsigned n = 0;
	size_t i;

	if (slash == NULL || (size_t)(slash - s) >= sizeof(text) || slash[1] == '\0' || strlen(slash + 1) > 3)
		return false;
	for (i = 1; slash[i] != '\0'; i++) {
		if (slash[i] < '0' || slash[i] > '9')
			return false;
		n = n * 10 + (unsigned)(slash[i] - '0');
	}
	memcpy(text, s, (size_t)(slash - s));
	text[slash - s] = '\0';
	if (n > 128 || !a6_parse(text, out))
		return false;
	*len = n;
	return true;
}

uint64_t
a6_eui64(const uint8_t mac[6])
{
	return (uint64_t)(mac[0] ^ 2) << 56 | (uint64_t)mac[1] << 48 | (uint64_t)mac[2] << 40 | UINT64_C(0xfffe) << 24 |
	    (uint64_t)mac[3] << 16 | (uint64_t)mac[4] << 8 | mac[5];
}
