/*
 * GRE tunnels (`tunnel mode gre ip`, `gre multipoint`).  One is able when its source has an address and its line
 * protocol and, with a destination, a route leads there that is not the tunnel itself; where that is the case
 * the tunnel rests for RECURSION_HOLD.  Its line protocol follows LINE_SETTLE behind, and with `keepalive` falls
 * when so many of them in a row have not come back.  Protection does not concern the line protocol: without SAs
 * packets are dropped.  Each tunnel of the configuration has its struct here, complete or not.
 */

#include <stdlib.h>
#include <string.h>

#include "engine/csock.h"
#include "engine/log.h"
#include "engine/mgre.h"
#include "engine/tunnel.h"
#include "lib/mem.h"
#include "lib/text.h"

#define RECURSION_HOLD	(60 * NSEC_SEC)
#define KEEPALIVE_S	10u
#define KEEPALIVE_TRIES	3u
#define OUTER_MTU	1500u
#define PATH_MTU_LEAST	92u
#define PATH_MTU_AGE	(600 * NSEC_SEC)
#define ICMP_UNREACH	3
#define UNREACH_FRAG	4
#define PROTO_GRE	47

struct gre_tunnel {
	struct csock_user	 sock;				/* first: a user is its tunnel; point to point and protected */
	TAILQ_ENTRY(gre_tunnel)	 next;
	struct router		*r;
	char			 ifname[CFG_IF_NAME];
	char			 source_if[CFG_IF_NAME];	/* "" = found by its address */
	char			*profile;			/* NULL = not protected */
	struct dp_gre		 c;				/* src 0: not complete */
	unsigned		 dp_if;
	bool			 multipoint, shared, broken;
	uint32_t		 guard;				/* its own, or that of those that it shares with */
	bool			 able, dead;			/* dead: keepalives stay out */
	bool			 renewed;			/* not as it was when the line protocol was last told */
	unsigned		 every_s, tries, missed;	/* keepalives; every_s 0 = none */
	uint64_t		 keepalives_sent, keepalives_back;
	unsigned		 sa_mtu, path_mtu;		/* of GRE packets; 0 = not known */
	int64_t			 recursion_ns;			/* when the tunnel was last laid to rest for it; 0 = never */
	struct timer		 line, keepalive, rest, age;
};

struct gre_tunnels {
	TAILQ_HEAD(, gre_tunnel) list;
	uint32_t		 last_guard;
};

static void look_around(struct gre_tunnel *t);

struct gre_tunnels *
gre_new(struct router *r)
{
	struct gre_tunnels *t = xcalloc(1, sizeof(*t));

	(void)r;
	TAILQ_INIT(&t->list);
	return t;
}

static void
tunnel_free(struct gre_tunnels *ts, struct gre_tunnel *t)
{
	timer_stop(&t->line);
	timer_stop(&t->keepalive);
	timer_stop(&t->rest);
	timer_stop(&t->age);
	TAILQ_REMOVE(&ts->list, t, next);
	free(t->profile);
	free(t);
}

/* Flows and sockets have been freed with the key engine. */
void
gre_free(struct gre_tunnels *ts)
{
	struct gre_tunnel *t;

	if (ts == NULL)
		return;
	while ((t = TAILQ_FIRST(&ts->list)) != NULL)
		tunnel_free(ts, t);
	free(ts);
}

static struct gre_tunnel *
tunnel_find(const struct router *r, const char *ifname)
{
	struct gre_tunnel *t;

	if (r->gre == NULL)
		return NULL;
	TAILQ_FOREACH(t, &r->gre->list, next)
		if (strcmp(t->ifname, ifname) == 0)
			return t;
	return NULL;
}

static bool
is_gre(const struct cfg_if *c)
{
	return c != NULL && c->kind == CFG_IF_TUNNEL && (c->mode == CFG_TUN_GRE || c->mode == CFG_TUN_GRE_MULTIPOINT);
}

/* --- What the configuration says --- */

static struct dp_gre
wanted(const struct router *r, const struct cfg_if *c)
{
	bool many = c->mode == CFG_TUN_GRE_MULTIPOINT;
	struct dp_gre g = {.src = tunnel_source(r, c),
	    .dst = many || c->destination.af != ADDR_V4 ? 0 : c->destination.v4,
	    .key = c->key,
	    .key_set = c->key_set,
	    .checksum = c->tunnel_checksum,
	    .sequence = c->tunnel_sequence && !many,
	    .tos_set = c->tunnel_tos_set,
	    .tos = c->tunnel_tos,
	    .ttl = c->tunnel_ttl,
	    .copy_df = c->pmtud,
	    .is_protected = c->protection != NULL};

	if (c->shutdown || (!many && g.dst == 0))
		g.src = 0;
	return g;
}

static bool
no_protection(const struct router *r, const struct cfg_if *c)
{
	return c->protection != NULL &&
	       (r->cfg->isakmp_disabled || config_ipsec_profile(r->cfg, c->protection, false) == NULL);
}

/* Guards are the sockets', and no setting. */
static bool
same_settings(const struct dp_gre *a, const struct dp_gre *b)
{
	return a->src == b->src && a->dst == b->dst && a->key_set == b->key_set && a->key == b->key &&
	       a->checksum == b->checksum && a->sequence == b->sequence && a->tos_set == b->tos_set && a->tos == b->tos &&
	       a->ttl == b->ttl && a->copy_df == b->copy_df && a->is_protected == b->is_protected;
}

/* A change of these makes SAs of before useless. */
static bool
same_socket(const struct gre_tunnel *t, const struct cfg_if *c)
{
	struct dp_gre w = wanted(t->r, c);

	return t->c.src == w.src && t->c.dst == w.dst && t->multipoint == (c->mode == CFG_TUN_GRE_MULTIPOINT) &&
	       str_eq(t->profile, c->protection) && t->shared == c->shared && t->broken == no_protection(t->r, c) &&
	       strcmp(t->source_if, c->source_if == NULL ? "" : c->source_if) == 0;
}

/* --- The line protocol --- */

static bool
line_wanted(const struct gre_tunnel *t)
{
	return t->able && !t->dead;
}

static void
on_line(void *arg)
{
	struct gre_tunnel *t = arg;
	struct rif *i = ifnet_find(t->r, t->ifname);
	bool up = line_wanted(t), renewed = t->renewed && up;

	t->renewed = false;
	if (i == NULL || (i->tunnel_line == up && !renewed))
		return;
	if (i->tunnel_line != up)
		ifnet_tunnel_line(t->r, i, up);
	mgre_line(t->r, t->ifname, up);
}

static void
line_settle(struct gre_tunnel *t)
{
	const struct rif *i = ifnet_find(t->r, t->ifname);

	if (i != NULL && (i->tunnel_line != line_wanted(t) || t->renewed) && !timer_armed(&t->line))
		timer_in(&t->line, LINE_SETTLE);
}

static void
on_keepalive(void *arg)
{
	struct gre_tunnel *t = arg;

	timer_in(&t->keepalive, (int64_t)t->every_s * NSEC_SEC);
	if (!t->able)
		return;
	if (t->missed >= t->tries && !t->dead) {
		t->dead = true;
		line_settle(t);
	}
	t->missed++;
	t->keepalives_sent++;
	dp_gre_keepalive(t->r->dp, t->dp_if, clock_now(t->r->clock));
}

static void
keepalive_back(struct gre_tunnel *t)
{
	t->keepalives_back++;
	t->missed = 0;
	t->dead = false;
	line_settle(t);
}

static void
keepalive_set(struct gre_tunnel *t, const struct cfg_if *c)
{
	unsigned every = !c->tunnel_keepalive || t->multipoint || t->c.src == 0 ? 0 : c->keepalive_s != 0 ? c->keepalive_s : KEEPALIVE_S;

	t->tries = c->keepalive_tries != 0 ? c->keepalive_tries : KEEPALIVE_TRIES;
	if (every == t->every_s)
		return;
	t->every_s = every;
	t->missed = 0;
	t->dead = false;
	if (every != 0)
		timer_in(&t->keepalive, (int64_t)every * NSEC_SEC);
	else
		timer_stop(&t->keepalive);
}

/* --- How long a passenger may be --- */

static unsigned
outer_mtu(const struct gre_tunnel *t)
{
	const struct rif *out;
	struct dp_if_info info;
	unsigned dp_if = 0;
	uint32_t via;

	if (t->multipoint)
		out = t->source_if[0] != '\0' ? ifnet_find(t->r, t->source_if) : ifnet_by_addr(t->r, t->c.src);
	else
		out = dp_route_lookup(t->r->dp, t->c.dst, &via, &dp_if) ? ifnet_by_dp(t->r, dp_if) : NULL;
	if (out == NULL || out->kind == CFG_IF_LOOPBACK || out->dp_if == t->dp_if || !dp_if_info(t->r->dp, out->dp_if, &info))
		return OUTER_MTU;
	return info.mtu;
}

static void
mtu_sync(struct gre_tunnel *t)
{
	struct rif *i = ifnet_find(t->r, t->ifname);
	unsigned mtu = outer_mtu(t), over = dp_gre_overhead(&t->c);

	if (t->sa_mtu != 0 && t->sa_mtu < mtu)
		mtu = t->sa_mtu;
	if (t->path_mtu != 0 && t->path_mtu < mtu)
		mtu = t->path_mtu;
	if (i != NULL && i->dp_if != 0 && mtu > over)
		ifnet_tunnel_mtu(t->r, i, mtu - over);
}

static void
on_age(void *arg)
{
	struct gre_tunnel *t = arg;

	t->path_mtu = 0;
	mtu_sync(t);
}

/* RFC 1191 with `tunnel path-mtu-discovery`; protected packets are told of as ESP, to path_mtu.c. */
void
gre_icmp(struct router *r, const struct dp_icmp *i)
{
	struct gre_tunnel *t;
	unsigned mtu = i->mtu < PATH_MTU_LEAST ? PATH_MTU_LEAST : i->mtu;

	if (r->gre == NULL || i->type != ICMP_UNREACH || i->code != UNREACH_FRAG || i->orig_proto != PROTO_GRE)
		return;
	TAILQ_FOREACH(t, &r->gre->list, next) {
		if (!t->c.copy_df || t->profile != NULL || t->multipoint || t->c.src != i->orig_src || t->c.dst != i->orig_dst ||
		    mtu >= outer_mtu(t) || (t->path_mtu != 0 && mtu >= t->path_mtu))
			continue;
		t->path_mtu = mtu;
		timer_in(&t->age, PATH_MTU_AGE);
		mtu_sync(t);
	}
}

/* --- Protection of a tunnel with one far end --- */

static void
on_use(struct csock_user *u, uint32_t sa)
{
	struct gre_tunnel *t = (struct gre_tunnel *)u;

	if (t->dp_if != 0)
		dp_gre_use(t->r->dp, t->dp_if, t->c.dst, sa);
}

static void
on_mtu(struct csock_user *u, unsigned plaintext_mtu)
{
	struct gre_tunnel *t = (struct gre_tunnel *)u;

	t->sa_mtu = plaintext_mtu;
	mtu_sync(t);
}

static void
on_changed(struct csock_user *u)
{
	struct gre_tunnel *t = (struct gre_tunnel *)u;

	mgre_changed(t->r, t->ifname);
}

static const struct csock_calls sock_calls = {
	.use = on_use,
	.mtu = on_mtu,
	.changed = on_changed,
};

static void
sock_open(struct gre_tunnel *t)
{
	struct csock_init init = {.ifname = t->ifname,
	    .profile = t->profile,
	    .local = addr_v4(t->c.src),
	    .remote = addr_v4(t->c.dst),
	    .gre = true,
	    .shared = t->shared,
	    .guard = t->guard};

	t->sock = (struct csock_user){ .calls = &sock_calls, .wants = true, .named = true };
	csock_join(t->r, &t->sock, &init);
}

static void
dp_tell(struct gre_tunnel *t)
{
	struct flow *f = csock_flow(&t->sock);

	dp_gre_set(t->r->dp, t->dp_if, &t->c);
	if (f != NULL)
		dp_gre_use(t->r->dp, t->dp_if, t->c.dst, f->current == NULL ? SA_NONE : f->current->sa_out);
}

/* All that the tunnel was is taken down; the struct stays. */
static void
tunnel_close(struct gre_tunnel *t)
{
	if (t->c.src == 0)
		return;
	mgre_closing(t->r, t->ifname);
	if (t->multipoint && t->profile != NULL && !t->broken)
		csocks_listen(t->r, false);
	csock_leave(&t->sock);
	t->able = t->dead = false;
	t->sa_mtu = t->path_mtu = 0;
	t->recursion_ns = 0;
	timer_stop(&t->rest);
	timer_stop(&t->age);
	t->c = (struct dp_gre){ 0 };
	if (t->dp_if != 0)
		dp_gre_set(t->r->dp, t->dp_if, &t->c);
	line_settle(t);
}

/* Tunnels with one source and a shared profile take each other's packets. */
static uint32_t
guard_for(const struct gre_tunnel *t)
{
	const struct gre_tunnel *o;

	if (t->shared)
		TAILQ_FOREACH(o, &t->r->gre->list, next)
			if (o != t && o->shared && o->c.src == t->c.src && str_eq(o->profile, t->profile))
				return o->guard;
	return ++t->r->gre->last_guard;
}

static void
tunnel_open(struct gre_tunnel *t, const struct cfg_if *c)
{
	t->c = wanted(t->r, c);
	t->multipoint = c->mode == CFG_TUN_GRE_MULTIPOINT;
	t->shared = c->shared;
	t->broken = no_protection(t->r, c);
	config_set_str(&t->profile, c->protection);
	memset(t->source_if, 0, sizeof(t->source_if));
	if (c->source_if != NULL)
		memcpy(t->source_if, c->source_if, strnlen(c->source_if, sizeof(t->source_if) - 1));
	if (t->c.src == 0)
		return;
	t->guard = t->c.guard = guard_for(t);
	if (t->profile != NULL && !t->broken && !t->multipoint)
		sock_open(t);
	if (t->multipoint && t->profile != NULL && !t->broken)
		csocks_listen(t->r, true);
	t->renewed = true;
	dp_tell(t);
	mgre_opened(t->r, t->ifname);
}

/* --- Looking around --- */

static void
on_rest(void *arg)
{
	struct gre_tunnel *t = arg;

	t->recursion_ns = 0;
	look_around(t);
}

/* Is there a way to the far end?  A tunnel that leads into itself rests for a while. */
static bool
way_out(struct gre_tunnel *t)
{
	enum tunnel_way way;

	if (t->multipoint)
		return true;
	if (t->recursion_ns != 0)
		return false;
	way = tunnel_way(t->r, t->ifname, t->c.dst);
	if (way == TUNNEL_RECURSING) {
		t->recursion_ns = clock_now(t->r->clock);
		timer_in(&t->rest, RECURSION_HOLD);
		tunnel_log_recursion(t->r, t->ifname);
	}
	return way == TUNNEL_WAY;
}

static void
look_around(struct gre_tunnel *t)
{
	bool was = t->able;

	if (t->c.src == 0)
		return;
	t->able = tunnel_source_up(t->r, t->source_if, t->c.src) && way_out(t);
	if (!was && t->able) {
		t->missed = 0;
		t->dead = false;
	}
	csock_able(&t->sock, t->able);
	mtu_sync(t);
	if (was != t->able)
		mgre_changed(t->r, t->ifname);
	line_settle(t);
}

static struct gre_tunnel *
tunnel_new(struct router *r, const struct cfg_if *c)
{
	struct gre_tunnel *t = xcalloc(1, sizeof(*t));

	t->r = r;
	memcpy(t->ifname, c->name, sizeof(t->ifname));
	timer_init(&t->line, r->clock, on_line, t);
	timer_init(&t->keepalive, r->clock, on_keepalive, t);
	timer_init(&t->rest, r->clock, on_rest, t);
	timer_init(&t->age, r->clock, on_age, t);
	TAILQ_INSERT_TAIL(&r->gre->list, t, next);
	return t;
}

void
gre_drop_stale(struct router *r)
{
	struct gre_tunnel *t, *next;
	const struct cfg_if *c;

	for (t = TAILQ_FIRST(&r->gre->list); t != NULL; t = next) {
		next = TAILQ_NEXT(t, next);
		c = config_if(r->cfg, t->ifname, false);
		if (is_gre(c) && same_socket(t, c))
			continue;
		tunnel_close(t);
		if (is_gre(c))
			continue;
		on_line(t);
		tunnel_free(r->gre, t);
	}
}

/* Settings that leave the SAs as they are. */
static void
settings_sync(struct gre_tunnel *t, const struct cfg_if *c)
{
	struct dp_gre w = wanted(t->r, c);

	if (same_settings(&w, &t->c))
		return;
	w.guard = t->c.guard;
	t->c = w;
	dp_gre_set(t->r->dp, t->dp_if, &t->c);
}

void
gre_apply(struct router *r)
{
	struct gre_tunnel *t;
	const struct rif *i;
	struct cfg_if *c;

	TAILQ_FOREACH(c, &r->cfg->ifs, next) {
		if (!is_gre(c) || (i = ifnet_find(r, c->name)) == NULL)
			continue;
		if ((t = tunnel_find(r, c->name)) == NULL)
			t = tunnel_new(r, c);
		t->dp_if = i->dp_if;
		if (t->c.src == 0)
			tunnel_open(t, c);
		else
			settings_sync(t, c);
		keepalive_set(t, c);
		look_around(t);
		if (t->c.src == 0)
			on_line(t);
	}
}

bool
gre_none(const struct router *r)
{
	return TAILQ_EMPTY(&r->gre->list);
}

void
gre_net_changed(struct router *r)
{
	struct gre_tunnel *t;

	TAILQ_FOREACH(t, &r->gre->list, next)
		look_around(t);
}

/* --- What came, and what others may know --- */

void
gre_input(struct router *r, const struct dp_gre_in *g)
{
	const struct rif *i = ifnet_by_dp(r, g->tunnel_if);
	struct gre_tunnel *t = i == NULL ? NULL : tunnel_find(r, i->name);

	if (t == NULL)
		return;
	if (g->protocol == GRE_PROTO_NHRP)
		mgre_packet(r, t->ifname, g);
	else if (g->protocol == GRE_PROTO_KEEPALIVE && t->every_s != 0)
		keepalive_back(t);
}

static void
end_fill(const struct gre_tunnel *t, struct gre_end *out)
{
	*out = (struct gre_end){.ifname = t->ifname,
	    .profile = t->profile,
	    .dp_if = t->dp_if,
	    .source = t->c.src,
	    .destination = t->c.dst,
	    .key = t->c.key_set ? t->c.key : 0,
	    .guard = t->guard,
	    .shared = t->shared,
	    .able = t->able,
	    .sa_up = t->profile == NULL || csock_up(&t->sock),
	    .broken = t->broken};
}

bool
gre_end(const struct router *r, const char *ifname, struct gre_end *out)
{
	const struct gre_tunnel *t = tunnel_find(r, ifname);

	if (t == NULL || t->c.src == 0)
		return false;
	end_fill(t, out);
	return true;
}

void
gre_each_multipoint(struct router *r, void (*fn)(void *arg, const struct gre_end *e), void *arg)
{
	struct gre_tunnel *t;
	struct gre_end e;

	TAILQ_FOREACH(t, &r->gre->list, next)
		if (t->c.src != 0 && t->multipoint) {
			end_fill(t, &e);
			fn(arg, &e);
		}
}

static const char *
state_of(const struct gre_tunnel *t, const struct cfg_if *c)
{
	const struct rif *i;

	if (t->c.src == 0)
		return tunnel_source(t->r, c) == 0 ? "no IPv4 tunnel source address" : "no IPv4 tunnel destination address";
	i = t->source_if[0] != '\0' ? ifnet_find(t->r, t->source_if) : ifnet_by_addr(t->r, t->c.src);
	if (!tunnel_source_up(t->r, t->source_if, t->c.src))
		return i == NULL ? "no IPv4 tunnel source address" : "tunnel source is down";
	if (t->recursion_ns != 0)
		return "recursive routing";
	if (!t->able)
		return "no output interface";
	return t->dead ? "keepalive" : NULL;
}

bool
router_gre_info(struct router *r, const char *ifname, struct gre_info *out)
{
	const struct gre_tunnel *t = tunnel_find(r, ifname);
	const struct cfg_if *c = config_if(r->cfg, ifname, false);

	*out = (struct gre_info){ 0 };
	if (!is_gre(c) || t == NULL)
		return false;
	out->down_for = state_of(t, c);
	out->keepalive_s = t->every_s;
	out->keepalive_tries = t->tries;
	out->keepalives_sent = t->keepalives_sent;
	out->keepalives_back = t->keepalives_back;
	out->path_mtu_left_s = timer_armed(&t->age) ? (unsigned)((timer_due(&t->age) - clock_now(r->clock)) / NSEC_SEC) : 0;
	return true;
}
