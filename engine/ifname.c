/*
 * Interface names: what a person may type ("gi0/0", "Tunnel 0", "GigabitEthernet0/1"), the canonical
 * form, and the short form of tables ("Gi0/0").
 */

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "engine/config.h"

#define SLOTS_MAX	3

struct if_kind {
	const char	*name;
	size_t		 nshort;	/* characters of the name that the short form keeps */
	size_t		 slots;		/* numbers at most, divided by '/' */
	unsigned long	 number_max;
};

/* Indexed by enum cfg_if_kind. */
static const struct if_kind kinds[] = {
	[CFG_IF_GIGABIT] = { "GigabitEthernet", 2, SLOTS_MAX, 255 },
	[CFG_IF_FASTETHERNET] = { "FastEthernet", 2, SLOTS_MAX, 255 },
	[CFG_IF_ETHERNET] = { "Ethernet", 2, SLOTS_MAX, 255 },
	[CFG_IF_LOOPBACK] = { "Loopback", 2, 1, 2147483647 },
	[CFG_IF_TUNNEL] = { "Tunnel", 2, 1, 2147483647 },
};

#define NKINDS	(sizeof(kinds) / sizeof(kinds[0]))

/* The kind whose name begins with the n letters at s; first letters are distinct, so one at most. */
static int
kind_find(const char *s, size_t n)
{
	for (size_t k = 0; k < NKINDS; k++)
		if (n > 0 && n <= strlen(kinds[k].name) && strncasecmp(s, kinds[k].name, n) == 0)
			return (int)k;
	return -1;
}

/* One number at *s, no longer than max; moves *s behind it. */
static bool
number(const char **s, unsigned long max, unsigned long *out)
{
	unsigned long v = 0;

	if (!isdigit((unsigned char)**s))
		return false;
	for (; isdigit((unsigned char)**s); (*s)++) {
		v = v * 10 + (unsigned long)(**s - '0');
		if (v > max)
			return false;
	}
	*out = v;
	return true;
}

/* "0/1" and the end of the string. */
static bool
slots_parse(const char *s, const struct if_kind *k, char out[CFG_IF_NAME])
{
	size_t used = (size_t)snprintf(out, CFG_IF_NAME, "%s", k->name);
	unsigned long v;

	for (size_t i = 0; i < k->slots; i++) {
		if (!number(&s, k->number_max, &v))
			return false;
		used += (size_t)snprintf(out + used, CFG_IF_NAME - used, i == 0 ? "%lu" : "/%lu", v);
		if (*s == '\0')
			return true;
		if (*s++ != '/')
			return false;
	}
	return false;
}

bool
ifname_parse(const char *s, char out[CFG_IF_NAME], enum cfg_if_kind *kind)
{
	size_t n = 0;
	int k;

	while (isalpha((unsigned char)s[n]))
		n++;
	if ((k = kind_find(s, n)) < 0)
		return false;
	s += n;
	while (*s == ' ' || *s == '\t')
		s++;
	if (!slots_parse(s, &kinds[k], out))
		return false;
	if (kind != NULL)
		*kind = (enum cfg_if_kind)k;
	return true;
}

void
ifname_short(const char *name, char out[CFG_IF_NAME])
{
	size_t n = strcspn(name, "0123456789");
	int k = kind_find(name, n);
	size_t keep = k < 0 ? n : kinds[k].nshort;

	snprintf(out, CFG_IF_NAME, "%.*s%s", (int)keep, name, name + n);
}
