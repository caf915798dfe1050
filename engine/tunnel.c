/*
 * Static virtual tunnel interfaces (`tunnel mode ipsec ipv4` and `ipv6`).  A tunnel is able when its source has an
 * address and its line protocol, and a route leads to its destination; then its crypto socket asks for SAs
 * (csock.h).  The line protocol is up while the tunnel is able and has SAs; it follows LINE_SETTLE behind.
 */

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "engine/csock.h"
#include "engine/tunnel.h"
#include "lib/mem.h"
#include "lib/text.h"

struct tunnel {
	struct csock_user	 sock;				/* first: a user is its tunnel */
	TAILQ_ENTRY(tunnel)	 next;
	UT_hash_handle		 hh;				/* by name */
	struct router		*r;
	char			 ifname[CFG_IF_NAME];
	char			 source_if[CFG_IF_NAME];	/* "" = found by its address */
	char			*profile;			/* IPsec profile */
	struct addr		 source, destination;
	uint8_t			 inner;				/* ADDR_*: what goes through */
	unsigned		 dp_if;
	bool			 able, recursing;
	struct timer		 line;
};

/* Where tunnels end, with how many do. */
struct far_end {
	uint32_t	 addr;
	unsigned	 n;
	UT_hash_handle	 hh;
};

struct tunnels {
	TAILQ_HEAD(, tunnel)	 list;
	struct tunnel		*names;		/* the same by name */
	struct far_end		*ends;
	unsigned		 nested;	/* whose source may be another tunnel's */
};

struct tunnels *
tunnels_new(struct router *r)
{
	struct tunnels *t = xcalloc(1, sizeof(*t));

	(void)r;
	TAILQ_INIT(&t->list);
	return t;
}

static void
far_end_count(struct tunnels *ts, const struct addr *a, bool more)
{
	struct far_end *e;

	if (a->af != ADDR_V4)
		return;
	HASH_FIND(hh, ts->ends, &a->v4, sizeof(a->v4), e);
	if (e == NULL) {
		e = xcalloc(1, sizeof(*e));
		e->addr = a->v4;
		HASH_ADD(hh, ts->ends, addr, sizeof(e->addr), e);
	}
	e->n += more ? 1 : -1u;
	if (e->n == 0) {
		HASH_DEL(ts->ends, e);
		free(e);
	}
}

static bool
may_nest(const struct tunnel *t)
{
	return t->source_if[0] == '\0' || str_prefix(t->source_if, "Tunnel");
}

static bool
ends_in(const struct tunnels *ts, uint32_t prefix, unsigned len)
{
	struct far_end *e;

	if (len > 24 && HASH_COUNT(ts->ends) > 1u << (32 - len)) {
		for (uint32_t k = 0; k < 1u << (32 - len); k++) {
			uint32_t addr = prefix + k;

			HASH_FIND(hh, ts->ends, &addr, sizeof(addr), e);
			if (e != NULL)
				return true;
		}
		return false;
	}
	for (e = ts->ends; e != NULL; e = e->hh.next)
		if (((e->addr ^ prefix) & ip4_mask(len)) == 0)
			return true;
	return false;
}

bool
tunnels_hang_on(const struct router *r, const struct rif *i)
{
	if (r->tunnels->nested > 0)
		return true;
	for (size_t k = 0; k < i->naddrs; k++)
		if (ends_in(r->tunnels, i->addrs[k] & ip4_mask(i->lens[k]), i->lens[k]))
			return true;
	return false;
}

static void
tunnel_free(struct tunnels *ts, struct tunnel *t)
{
	timer_stop(&t->line);
	TAILQ_REMOVE(&ts->list, t, next);
	HASH_DEL(ts->names, t);
	far_end_count(ts, &t->destination, false);
	ts->nested -= may_nest(t);
	free(t->profile);
	free(t);
}

/* Flows and sockets have been freed with the key engine. */
void
tunnels_free(struct tunnels *ts)
{
	struct tunnel *t;

	if (ts == NULL)
		return;
	while ((t = TAILQ_FIRST(&ts->list)) != NULL)
		tunnel_free(ts, t);
	free(ts);
}

static struct tunnel *
tunnel_find(const struct router *r, const char *ifname)
{
	struct tunnel *t;

	HASH_FIND_STR(r->tunnels->names, ifname, t);
	return t;
}

/* Whether all is configured that a tunnel needs to be one. */
static bool
complete(const struct router *r, const struct cfg_if *c)
{
	return cfg_if_is_vti(c) && !c->shutdown && c->protection != NULL && !r->cfg->isakmp_disabled &&
	       tunnel_source_addr(r, c).af != ADDR_NONE && c->destination.af == tunnel_source_addr(r, c).af &&
	       config_ipsec_profile(r->cfg, c->protection, false) != NULL;
}

static uint8_t
inner_of(const struct cfg_if *c)
{
	return (c->mode == CFG_TUN_IPSEC_V6) != c->overlay ? ADDR_V6 : ADDR_V4;
}

static bool
still_the_same(const struct tunnel *t, const struct cfg_if *c)
{
	struct addr source;

	if (c == NULL || !complete(t->r, c))
		return false;
	source = tunnel_source_addr(t->r, c);
	return addr_eq(&source, &t->source) && addr_eq(&c->destination, &t->destination) &&
	       inner_of(c) == t->inner && str_eq(t->profile, c->protection);
}

static bool
line_wanted(const struct tunnel *t)
{
	return t->able && csock_up(&t->sock);
}

static void
on_line(void *arg)
{
	struct tunnel *t = arg;
	struct rif *i = ifnet_find(t->r, t->ifname);

	if (i != NULL)
		ifnet_tunnel_line(t->r, i, line_wanted(t));
}

static void
line_settle(struct tunnel *t)
{
	const struct rif *i = ifnet_find(t->r, t->ifname);

	if (i != NULL && i->tunnel_line != line_wanted(t) && !timer_armed(&t->line))
		timer_in(&t->line, LINE_SETTLE);
}

/* What the socket tells. */

static void
on_use(struct csock_user *u, uint32_t sa)
{
	struct tunnel *t = (struct tunnel *)u;

	if (t->dp_if != 0)
		dp_tunnel_use(t->r->dp, t->dp_if, sa);
}

static void
on_mtu(struct csock_user *u, unsigned plaintext_mtu)
{
	struct tunnel *t = (struct tunnel *)u;
	struct rif *i = ifnet_find(t->r, t->ifname);

	if (i != NULL && i->dp_if != 0)
		ifnet_tunnel_mtu(t->r, i, plaintext_mtu);
}

static void
on_changed(struct csock_user *u)
{
	line_settle((struct tunnel *)u);
}

static const struct csock_calls sock_calls = {
	.use = on_use,
	.mtu = on_mtu,
	.changed = on_changed,
};

/* A way to the destination that is not through the tunnel itself. */
static bool
way_out(struct tunnel *t)
{
	enum tunnel_way way = tunnel_way_to(t->r, t->ifname, &t->destination);

	if (way == TUNNEL_NO_WAY)
		return false;
	if (way == TUNNEL_RECURSING && !t->recursing)
		tunnel_log_recursion(t->r, t->ifname);
	t->recursing = way == TUNNEL_RECURSING;
	return way == TUNNEL_WAY;
}

static void
look_around(struct tunnel *t)
{
	t->able = tunnel_source_ready(t->r, t->source_if, &t->source) && way_out(t);
	csock_able(&t->sock, t->able);
	line_settle(t);
}

static void
sock_open(struct tunnel *t)
{
	struct csock_init init = {.ifname = t->ifname,
	    .profile = t->profile,
	    .local = t->source,
	    .remote = t->destination,
	    .inner = t->inner,
	    .tunnel_if = t->dp_if};

	t->sock = (struct csock_user){ .calls = &sock_calls, .wants = true, .named = true };
	csock_join(t->r, &t->sock, &init);
}

static struct tunnel *
tunnel_new(struct router *r, const struct cfg_if *c)
{
	struct tunnel *t = xcalloc(1, sizeof(*t));
	const struct rif *i = ifnet_find(r, c->name);

	t->r = r;
	memcpy(t->ifname, c->name, sizeof(t->ifname));
	if (c->source_if != NULL)
		memcpy(t->source_if, c->source_if, strnlen(c->source_if, sizeof(t->source_if) - 1));
	timer_init(&t->line, r->clock, on_line, t);
	config_set_str(&t->profile, c->protection);
	t->source = tunnel_source_addr(r, c);
	t->destination = c->destination;
	t->inner = inner_of(c);
	t->dp_if = i == NULL ? 0 : i->dp_if;
	sock_open(t);
	TAILQ_INSERT_TAIL(&r->tunnels->list, t, next);
	HASH_ADD_STR(r->tunnels->names, ifname, t);
	far_end_count(r->tunnels, &t->destination, true);
	r->tunnels->nested += may_nest(t);
	return t;
}

/* Its SAs go, DELETEs are sent while there is an IKE SA, and the line protocol falls with it. */
static void
tunnel_drop(struct router *r, struct tunnel *t)
{
	struct rif *i = ifnet_find(r, t->ifname);

	csock_leave(&t->sock);
	tunnel_free(r->tunnels, t);
	if (i != NULL && i->tunnel_line)
		ifnet_tunnel_line(r, i, false);
}

void
tunnels_drop_stale(struct router *r)
{
	struct tunnel *t, *next;

	for (t = TAILQ_FIRST(&r->tunnels->list); t != NULL; t = next) {
		next = TAILQ_NEXT(t, next);
		if (!still_the_same(t, config_if(r->cfg, t->ifname, false)))
			tunnel_drop(r, t);
	}
}

void
tunnel_drop_stale(struct router *r, const char *ifname)
{
	struct tunnel *t = tunnel_find(r, ifname);

	if (t != NULL && !still_the_same(t, config_if(r->cfg, ifname, false)))
		tunnel_drop(r, t);
}

void
tunnel_apply(struct router *r, const struct cfg_if *c)
{
	if (complete(r, c) && tunnel_find(r, c->name) == NULL)
		look_around(tunnel_new(r, c));
}

void
tunnels_apply(struct router *r)
{
	struct cfg_if *c;
	struct tunnel *t;

	TAILQ_FOREACH(c, &r->cfg->ifs, next)
		if (complete(r, c) && tunnel_find(r, c->name) == NULL)
			tunnel_new(r, c);
	TAILQ_FOREACH(t, &r->tunnels->list, next)
		look_around(t);
}

void
tunnels_net_changed(struct router *r)
{
	struct tunnel *t;

	TAILQ_FOREACH(t, &r->tunnels->list, next)
		look_around(t);
}
