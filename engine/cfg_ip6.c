/* IPv6 as configured. */

#include "engine/cfg_ip6.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/text.h"

void
cfg_ip6_init(struct cfg_ip6 *c)
{
	TAILQ_INIT(&c->routes);
}

void
cfg_ip6_free(struct cfg_ip6 *c)
{
	while (!TAILQ_EMPTY(&c->routes))
		cfg_route6_del(c, TAILQ_FIRST(&c->routes));
}

void
cfg_if6_free(struct cfg_if6 *c)
{
	free(c->addrs);
	c->addrs = NULL;
	c->naddrs = 0;
}

bool
cfg_if6_on(const struct cfg_if6 *c)
{
	return c->enable || c->naddrs > 0 || !a6_is_any(c->link_local);
}

static size_t
place(const struct cfg_if6 *c, const struct cfg_addr6 *a)
{
	size_t i = 0;

	while (i < c->naddrs && (!a6_eq(c->addrs[i].addr, a->addr) || c->addrs[i].eui64 != a->eui64))
		i++;
	return i;
}

void
cfg_if6_add(struct cfg_if6 *c, const struct cfg_addr6 *a)
{
	size_t i = place(c, a);

	if (i == c->naddrs) {
		c->addrs = xrealloc(c->addrs, (c->naddrs + 1) * sizeof(*c->addrs));
		c->naddrs++;
	}
	c->addrs[i] = *a;
}

bool
cfg_if6_del(struct cfg_if6 *c, const struct cfg_addr6 *a)
{
	size_t i = place(c, a);

	if (i == c->naddrs || c->addrs[i].len != a->len)
		return false;
	c->naddrs--;
	memmove(&c->addrs[i], &c->addrs[i + 1], (c->naddrs - i) * sizeof(*c->addrs));
	return true;
}

struct cfg_route6 *
cfg_route6(struct cfg_ip6 *c, const struct cfg_route6 *like, bool create)
{
	struct cfg_route6 *r;

	TAILQ_FOREACH(r, &c->routes, next)
		if (r->len == like->len && a6_eq(r->prefix, like->prefix) && a6_eq(r->via, like->via) &&
		    str_eq(r->ifname, like->ifname))
			return r;
	if (!create)
		return NULL;
	r = xcalloc(1, sizeof(*r));
	r->prefix = like->prefix;
	r->len = like->len;
	r->via = like->via;
	r->ifname = like->ifname == NULL ? NULL : xstrdup(like->ifname);
	r->distance = 1;
	TAILQ_INSERT_TAIL(&c->routes, r, next);
	return r;
}

void
cfg_route6_del(struct cfg_ip6 *c, struct cfg_route6 *r)
{
	TAILQ_REMOVE(&c->routes, r, next);
	free(r->ifname);
	free(r->name);
	free(r);
}
